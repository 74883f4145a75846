/* SPDX-License-Identifier: MIT */
/* finish: how attempts and operations end, and what is repeated. */
#include <string.h>

#include "answer.h"
#include "outcome.h"
#include "retry.h"
#include "states.h"
#include "text.h"
#include "tls.h"

/* In the middle of sending there is no goodbye: it could push the rest of the request out. */
void reflow_drop(struct reflow_client *client)
{
    if (client->connected) {
        if (client->state != STATE_SENDING) {
            reflow_tls_goodbye(&client->tls);
        }
        client->config.port->close(client->config.port_context);
        client->connected = false;
    }
}

bool reflow_end(struct reflow_client *client)
{
    client->result.elapsed_ms = reflow_elapsed_ms(client);
    client->state = STATE_ENDED;
    return reflow_stop(client, client->result.error == REFLOW_OK ? REFLOW_DONE : REFLOW_FAILED);
}

bool reflow_may_have_acted(const struct reflow_client *client)
{
    return client->committed && client->operation->changes;
}

static enum reflow_outcome outcome_of(const struct reflow_client *client, enum reflow_error error,
                                      bool later)
{
    if (error == REFLOW_OK && !client->operation->changes) {
        return REFLOW_NOT_APPLIED; /* which is what it was meant to be */
    }
    return reflow_outcome(error, reflow_may_have_acted(client), later);
}

static uint32_t repeat_delay(const struct reflow_client *client,
                             const struct reflow_retry_facts *answered)
{
    struct reflow_retry_facts facts = *answered;

    facts.attempts = client->config.attempts;
    facts.remaining_ms = reflow_remaining_ms(client);
    return reflow_retry_delay(&facts);
}

#define LONGEST_HOLD_MS 86400000

/* The same without the limits of this operation, for those that share the service with it. */
static uint32_t hold(const struct reflow_retry_facts *answered, enum reflow_error error)
{
    struct reflow_retry_facts facts = *answered;
    uint32_t delay_ms;

    if (error != REFLOW_ERR_RATE_LIMITED && error != REFLOW_ERR_UNAVAILABLE) {
        return 0;
    }
    facts.attempts = UINT32_MAX;
    facts.remaining_ms = LONGEST_HOLD_MS;
    delay_ms = reflow_retry_delay(&facts);
    return delay_ms == REFLOW_RETRY_STOP ? LONGEST_HOLD_MS : delay_ms;
}

static void gather_facts(struct reflow_client *client, struct reflow_retry_facts *facts)
{
    memset(facts, 0, sizeof *facts);
    reflow_answer_retry_after(&client->answer, facts);
    facts->now = client->config.port->unix_time(client->config.port_context);
    facts->attempt = client->result.attempts;
    facts->random = reflow_tls_random(&client->tls);
}

static void trace_pause(const struct reflow_client *client, uint32_t delay_ms)
{
    char digits[16];
    struct reflow_text text;

    reflow_text_init(&text, digits, sizeof digits);
    reflow_text_number(&text, delay_ms);
    reflow_trace(client, REFLOW_TRACE_REPEAT, digits, text.length);
}

/* Gives up what is in the buffer, the peer's words included. */
void reflow_clear(struct reflow_client *client)
{
    reflow_drop(client);
    reflow_wipe(client->buffer, sizeof client->buffer);
    client->result.id = NULL;
    client->result.etag = NULL;
    client->result.code = NULL;
    client->result.detail = NULL;
    client->result.request_id = NULL;
}

/* Decides on another try: when, if at all. */
static uint32_t plan(struct reflow_client *client)
{
    struct reflow_retry_facts facts;

    if (!reflow_repeatable(client->result.outcome, client->result.error)) {
        return REFLOW_RETRY_STOP;
    }
    gather_facts(client, &facts);
    client->result.hold_ms = hold(&facts, client->result.error);
    return repeat_delay(client, &facts);
}

/* One attempt is over, with the connection kept or dropped by the caller. */
bool reflow_end_attempt(struct reflow_client *client, enum reflow_error error, bool later)
{
    const char *name = reflow_error_name(error);
    uint32_t delay_ms;

    /* Only the words of a refusal are for anybody to keep. An answer without a status is none, but
     * what came of it may hold the secret all the same. */
    if (client->operation->secret && client->result.http_status < 400) {
        reflow_clear(client);
    }
    client->result.error = error;
    client->result.outcome = outcome_of(client, error, later);
    reflow_trace(client, REFLOW_TRACE_END, name, strlen(name));
    delay_ms = plan(client);
    if (delay_ms == REFLOW_RETRY_STOP) {
        return reflow_end(client);
    }
    trace_pause(client, delay_ms);
    client->pause_ends_ms = reflow_now_ms(client) + delay_ms;
    return reflow_go_on(client, STATE_PAUSING);
}

/* Until the server is verified, a failure may be that of something on the way to it. */
static const char *blame(const struct reflow_client *client)
{
    const struct reflow_config *config = &client->config;
    const bool on_the_way = client->state == STATE_OPENING || client->state == STATE_GREETING;

    return on_the_way && config->port->blame != NULL ? config->port->blame(config->port_context)
                                                     : NULL;
}

bool reflow_fail(struct reflow_client *client, enum reflow_error error)
{
    const char *words = blame(client);
    bool more;

    reflow_clear(client);
    more = reflow_end_attempt(client, words != NULL ? REFLOW_ERR_PROXY : error, false);
    if (words != NULL) {
        client->result.detail = words;
    }
    return more;
}
