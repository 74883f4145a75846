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
    return reflow_stop(client,
                       client->result.outcome == REFLOW_RETRIGGERED ? REFLOW_DONE : REFLOW_FAILED);
}

static uint32_t repeat_delay(struct reflow_client *client)
{
    const struct reflow_config *config = &client->config;
    struct reflow_retry_facts facts = {0};

    reflow_answer_retry_after(&client->answer, &facts);
    facts.now = config->port->unix_time(config->port_context);
    facts.attempt = client->result.attempts;
    facts.attempts = config->attempts;
    facts.remaining_ms = reflow_remaining_ms(client);
    facts.random = reflow_tls_random(&client->tls);
    return reflow_retry_delay(&facts);
}

static void trace_pause(const struct reflow_client *client, uint32_t delay_ms)
{
    char digits[16];
    struct reflow_text text;

    reflow_text_init(&text, digits, sizeof digits);
    reflow_text_number(&text, delay_ms);
    reflow_trace(client, REFLOW_TRACE_REPEAT, digits, text.length);
}

/* One attempt is over, with the connection kept or dropped by the caller. */
bool reflow_end_attempt(struct reflow_client *client, enum reflow_error error, bool later)
{
    const enum reflow_outcome outcome = reflow_outcome(error, client->committed, later);
    const char *name = reflow_error_name(error);
    uint32_t delay_ms = REFLOW_RETRY_STOP;

    client->result.error = error;
    client->result.outcome = outcome;
    reflow_trace(client, REFLOW_TRACE_END, name, strlen(name));
    if (reflow_repeatable(outcome, error)) {
        delay_ms = repeat_delay(client);
    }
    if (delay_ms == REFLOW_RETRY_STOP) {
        return reflow_end(client);
    }
    trace_pause(client, delay_ms);
    client->pause_ends_ms = reflow_now_ms(client) + delay_ms;
    return reflow_go_on(client, STATE_PAUSING);
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

bool reflow_fail(struct reflow_client *client, enum reflow_error error)
{
    reflow_clear(client);
    return reflow_end_attempt(client, error, false);
}
