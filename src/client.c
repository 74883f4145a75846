/* SPDX-License-Identifier: MIT */
/* client: drives one operation from its beginning to its one true outcome. All time and all I/O is
 * in this and its two neighbours, states.c and finish.c; every decision is asked of a pure module. */
#include "client.h"

#include <string.h>

#include "outcome.h"
#include "states.h"
#include "text.h"
#include "tls.h"
#include "url.h"

/* What may be gathered in front of the request: TLS 1.3's change_cipher_spec and Finished are 80
 * bytes with SHA-384. */
#define LAST_FLIGHT_SIZE 128

void reflow_trace(const struct reflow_client *client, enum reflow_trace what, const char *text,
                  size_t length)
{
    if (client->config.on_trace != NULL && length > 0) {
        client->config.on_trace(client->config.callback_context, what, text, length);
    }
}

uint32_t reflow_now_ms(const struct reflow_client *client)
{
    return client->config.port->now_ms(client->config.port_context);
}

uint32_t reflow_elapsed_ms(const struct reflow_client *client)
{
    return reflow_now_ms(client) - client->started_ms; /* right across a wrap of the clock */
}

uint32_t reflow_remaining_ms(const struct reflow_client *client)
{
    const uint32_t elapsed = reflow_elapsed_ms(client);

    return elapsed < client->config.timeout_ms ? client->config.timeout_ms - elapsed : 0;
}

bool reflow_go_on(struct reflow_client *client, enum reflow_state state)
{
    client->state = (uint8_t)state;
    return true;
}

bool reflow_stop(struct reflow_client *client, enum reflow_event event)
{
    client->event = (uint8_t)event;
    client->wake_ms = client->started_ms + client->config.timeout_ms;
    return false;
}

enum reflow_event reflow_step(struct reflow_client *client)
{
    bool more = true;

    while (more) {
        if (reflow_client_busy(client) && reflow_remaining_ms(client) == 0) {
            more = client->state == STATE_PAUSING ? reflow_end(client)
                                                  : reflow_fail(client, REFLOW_ERR_TIMEOUT);
        } else {
            more = reflow_state_step(client);
        }
    }
    return (enum reflow_event)client->event;
}

uint32_t reflow_wake_ms(const struct reflow_client *client)
{
    return client->wake_ms;
}

const struct reflow_result *reflow_result(const struct reflow_client *client)
{
    return &client->result;
}

bool reflow_client_busy(const struct reflow_client *client)
{
    return client->state != STATE_IDLE && client->state != STATE_ENDED;
}

void reflow_client_init(struct reflow_client *client)
{
    client->state = STATE_IDLE;
    (void)reflow_client_refuse(client, REFLOW_ERR_INVALID_ARGUMENT); /* until something is done */
}

enum reflow_error reflow_client_refuse(struct reflow_client *client, enum reflow_error error)
{
    memset(&client->result, 0, sizeof client->result);
    client->result.error = error;
    client->result.outcome = reflow_outcome(error, false, false);
    client->event = REFLOW_FAILED;
    return error;
}

/* Written once for the eye only, where there is nothing yet to be lost by it. */
static enum reflow_error try_request(struct reflow_client *client)
{
    struct reflow_text head;
    size_t ignored;

    reflow_text_init(&head, client->buffer, sizeof client->buffer - LAST_FLIGHT_SIZE);
    (void)client->operation->write(&head, client, &ignored);
    reflow_wipe(client->buffer, head.length);
    if (head.invalid) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    return head.overflow ? REFLOW_ERR_REQUEST_TOO_LARGE : REFLOW_OK;
}

bool reflow_client_turn(struct reflow_client *client, const char *url)
{
    struct reflow_url there;

    memset(&there, 0, sizeof there); /* its padding, too: nothing of the stack gets into a client */
    if (!reflow_url_read(&there, url)) {
        return false;
    }
    client->url = there;
    memcpy(client->host, there.host, there.host_length);
    client->host[there.host_length] = '\0';
    return true;
}

/* A connection to one server is of no use for another, and no more is what TLS keeps from one
 * connection to the next: the name that it asks for, and what it has learnt of the server. */
static bool turn_to(struct reflow_client *client, const char *url)
{
    const char *service = client->config.url != NULL ? client->config.url : REFLOW_DEFAULT_URL;

    if (url == NULL && !client->elsewhere) {
        return true;
    }
    reflow_drop(client);
    reflow_tls_close(&client->tls);
    if (!reflow_client_turn(client, url != NULL ? url : service)) {
        return false;
    }
    client->elsewhere = url != NULL;
    client->tls.ticket = url != NULL ? NULL : client->ticket;
    return true;
}

enum reflow_error reflow_client_start(struct reflow_client *client,
                                      const struct reflow_operation *operation, const char *url,
                                      const char *subject, void *object)
{
    enum reflow_error error;

    client->operation = operation;
    client->subject = subject;
    client->object = object;
    client->token = client->config.token;
    error = turn_to(client, url) ? try_request(client) : REFLOW_ERR_INVALID_ARGUMENT;
    if (error != REFLOW_OK) {
        return reflow_client_refuse(client, error);
    }
    memset(&client->result, 0, sizeof client->result);
    client->started_ms = reflow_now_ms(client);
    client->announced = false;
    client->committed = false;
    client->state = STATE_BEGINNING;
    return REFLOW_OK;
}

void reflow_abandon(struct reflow_client *client, enum reflow_error why)
{
    if (!reflow_client_busy(client)) {
        return;
    }
    if (client->state == STATE_PAUSING) { /* what the last attempt met is still what is known */
        (void)reflow_end(client);
        return;
    }
    reflow_clear(client);
    client->result.outcome = reflow_may_have_acted(client) ? REFLOW_UNKNOWN : REFLOW_NOT_APPLIED;
    /* A reason that would tell of something else (a refusal, say) is none. */
    client->result.error =
        reflow_outcome(why, reflow_may_have_acted(client), false) == client->result.outcome
            ? why
            : REFLOW_ERR_CONNECTION_LOST;
    (void)reflow_end(client);
}

void reflow_close(struct reflow_client *client)
{
    reflow_drop(client);
    reflow_tls_close(&client->tls);
    reflow_wipe(client->buffer, sizeof client->buffer);
    client->state = STATE_IDLE;
}
