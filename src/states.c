/* SPDX-License-Identifier: MIT */
/* states: what is done in each state of an attempt. All I/O is here. */
#include "states.h"

#include <string.h>

#include "answer.h"
#include "text.h"
#include "tls.h"

/* The buffer, while an answer is read: bytes as they come, members that are kept, and room for what
 * TLS itself may have to say (an alert: 31 bytes at the most). */
#define ALERT_SIZE 64
#define KEPT_SIZE (REFLOW_BUFFER_SIZE - REFLOW_READ_SIZE - ALERT_SIZE)

#define READS_A_STEP 32

/* Whatever a kept connection says unasked (a late answer, a part of one, an end), it is not for the
 * next run. Looked at as late as can be: recording the intent may have taken its time. */
static bool still_silent(struct reflow_client *client)
{
    unsigned char byte;

    client->tls.heard = false;
    return reflow_tls_read(&client->tls, &byte, 1) == REFLOW_IO_WOULD_BLOCK && !client->tls.heard;
}

/* The buffer is nobody's at this moment. */
static void trace_connect(struct reflow_client *client)
{
    struct reflow_text text;

    reflow_text_init(&text, client->buffer, sizeof client->buffer);
    reflow_text_string(&text, client->host);
    reflow_text_string(&text, " port ");
    reflow_text_number(&text, client->url.port);
    reflow_trace(client, REFLOW_TRACE_CONNECT, text.data, text.length);
}

static bool connect_anew(struct reflow_client *client)
{
    enum reflow_error error;

    reflow_drop(client);
    reflow_tls_lend(&client->tls, client->buffer, sizeof client->buffer);
    client->kept = false;
    error = reflow_tls_open(&client->tls);
    if (error != REFLOW_OK) {
        return reflow_fail(client, error);
    }
    trace_connect(client);
    client->connected = true;
    return reflow_go_on(client, STATE_OPENING);
}

static bool begin(struct reflow_client *client)
{
    const uint8_t attempts = client->result.attempts;

    memset(&client->result, 0, sizeof client->result);
    client->result.attempts = (uint8_t)(attempts + 1);
    client->committed = false;
    reflow_answer_init(&client->answer, client->operation, client->object, client->buffer, 0);
    reflow_tls_lend(&client->tls, client->buffer, sizeof client->buffer);
    client->kept = client->connected;
    return client->kept ? reflow_go_on(client, STATE_COMMITTING) : connect_anew(client);
}

static bool open_connection(struct reflow_client *client)
{
    const struct reflow_config *config = &client->config;

    switch (config->port->open(config->port_context, client->host, client->url.port)) {
    case REFLOW_OPEN_READY:
        return reflow_go_on(client, STATE_GREETING);
    case REFLOW_OPEN_PENDING:
        return reflow_stop(client, REFLOW_WRITABLE);
    case REFLOW_OPEN_READING:
        return reflow_stop(client, REFLOW_READABLE);
    case REFLOW_OPEN_DNS:
        return reflow_fail(client, REFLOW_ERR_DNS);
    default: /* REFLOW_OPEN_FAILED */
        return reflow_fail(client, REFLOW_ERR_CONNECT);
    }
}

static void trace_session(const struct reflow_client *client)
{
    const char *protocol = reflow_tls_protocol(&client->tls);
    const char *suite = reflow_tls_suite(&client->tls);

    reflow_trace(client, REFLOW_TRACE_TLS, protocol, strlen(protocol));
    reflow_trace(client, REFLOW_TRACE_TLS, suite, strlen(suite));
    if (reflow_tls_resumed(&client->tls)) {
        reflow_trace(client, REFLOW_TRACE_TLS, "resumed", strlen("resumed"));
    }
}

/* Words of our own take the place of the service's, which has said nothing; of those that blame a
 * proxy, too, there is nothing better. */
static bool fail_saying(struct reflow_client *client, enum reflow_error error, const char *detail)
{
    const bool more = reflow_fail(client, error);

    if (client->result.detail == NULL) {
        client->result.detail = detail;
    }
    return more;
}

static bool greet(struct reflow_client *client)
{
    switch (reflow_tls_handshake(&client->tls)) {
    case REFLOW_TLS_OK:
        trace_session(client);
        return reflow_go_on(client, STATE_COMMITTING);
    case REFLOW_TLS_READ:
        return reflow_stop(client, REFLOW_READABLE);
    case REFLOW_TLS_WRITE:
        return reflow_stop(client, REFLOW_WRITABLE);
    case REFLOW_TLS_AGAIN:
        return connect_anew(client);
    case REFLOW_TLS_FAILED:
        return fail_saying(client, reflow_tls_error(&client->tls),
                           reflow_tls_overrun(&client->tls));
    default: /* REFLOW_TLS_LOST */
        return reflow_fail(client, REFLOW_ERR_CONNECTION_LOST);
    }
}

static bool commit(struct reflow_client *client)
{
    client->state = STATE_WRITING;
    if (client->operation->changes && !client->announced) {
        client->announced = true;
        return reflow_stop(client, REFLOW_COMMIT);
    }
    return true;
}

static void trace_request(const struct reflow_client *client, const struct reflow_text *head,
                          size_t secret_at, size_t secret_length)
{
    const size_t after = secret_at + secret_length;

    reflow_trace(client, REFLOW_TRACE_REQUEST, head->data, secret_at);
    reflow_trace(client, REFLOW_TRACE_REQUEST, "***", 3);
    reflow_trace(client, REFLOW_TRACE_REQUEST, head->data + after, head->length - after);
}

/* The head is built behind what is still gathered, then moved to the end of the buffer, so that its
 * cipher text can be gathered in front of it and everything leaves in one send. */
static bool write_head(struct reflow_client *client)
{
    const size_t gathered = reflow_tls_gathered(&client->tls);
    struct reflow_text head;
    size_t secret_at;
    size_t secret_length;

    reflow_text_init(&head, client->buffer + gathered, sizeof client->buffer - gathered);
    secret_at = client->operation->write(&head, client, &secret_length);
    if (!reflow_text_sound(
            &head)) { /* it was when the operation began: the caller has changed it */
        return reflow_fail(client, REFLOW_ERR_REQUEST_TOO_LARGE);
    }
    trace_request(client, &head, secret_at, secret_length);
    client->request_at = (uint16_t)(sizeof client->buffer - head.length);
    memmove(client->buffer + client->request_at, head.data, head.length);
    return reflow_go_on(client, STATE_SENDING);
}

static bool write_request(struct reflow_client *client)
{
    return client->kept && !still_silent(client) ? connect_anew(client) : write_head(client);
}

/* From here on the buffer belongs to the answer; of the request nothing stays in it. */
static bool await_answer(struct reflow_client *client)
{
    unsigned char *kept = client->buffer + REFLOW_READ_SIZE;

    reflow_wipe(client->buffer, sizeof client->buffer);
    reflow_answer_init(&client->answer, client->operation, client->object, kept, KEPT_SIZE);
    reflow_tls_lend(&client->tls, kept + KEPT_SIZE, ALERT_SIZE);
    return reflow_go_on(client, STATE_ANSWERING);
}

/* The commit point lies in the flush: it is passed when the port has accepted the last byte. When
 * the sending side is dead before that, the peer may have said why. */
static bool send_request(struct reflow_client *client)
{
    enum reflow_tls_status status = REFLOW_TLS_OK;
    size_t left = sizeof client->buffer - client->request_at;

    while (left > 0 && status == REFLOW_TLS_OK) {
        const size_t taken =
            reflow_tls_write(&client->tls, client->buffer + client->request_at, left, &status);
        client->request_at = (uint16_t)(client->request_at + taken);
        left -= taken;
    }
    if (status == REFLOW_TLS_OK) {
        status = reflow_tls_flush(&client->tls);
        client->committed = status == REFLOW_TLS_OK;
    }
    if (status == REFLOW_TLS_WRITE || status == REFLOW_TLS_READ) {
        return reflow_stop(client, status == REFLOW_TLS_WRITE ? REFLOW_WRITABLE : REFLOW_READABLE);
    }
    (void)await_answer(client);
    /* Right after sending there is nothing to be read yet: waiting first saves a look. */
    return client->committed ? reflow_stop(client, REFLOW_READABLE) : true;
}

/* An answer that came before its request was whole can refuse it, but not have carried it out: of a
 * success nothing is read. */
static bool judge(struct reflow_client *client)
{
    bool later = false;
    enum reflow_error error = REFLOW_ERR_CONNECTION_LOST;

    if (client->committed || client->result.http_status / 100 != 2) {
        error = reflow_answer_judge(&client->answer, &client->result, &later);
    }
    if (!client->committed || !reflow_answer_keeps_alive(&client->answer)) {
        reflow_drop(client);
    }
    return reflow_end_attempt(client, error, later);
}

static bool broken(struct reflow_client *client)
{
    reflow_drop(client);
    return reflow_end_attempt(client, reflow_answer_error(&client->answer), false);
}

/* A peer that sends without end must not keep a step from returning. */
static bool take_breath(struct reflow_client *client)
{
    client->reads = (uint8_t)((client->reads + 1) % READS_A_STEP);
    if (client->reads != 0) {
        return true;
    }
    (void)reflow_stop(client, REFLOW_LATER);
    client->wake_ms = reflow_now_ms(client);
    return false;
}

static bool take_bytes(struct reflow_client *client, size_t length)
{
    const char *bytes = (const char *)client->buffer;
    const enum reflow_answer_state state =
        reflow_answer_read(&client->answer, bytes, length, &client->result);

    reflow_trace(client, REFLOW_TRACE_ANSWER, bytes, client->answer.head_taken);
    if (state == REFLOW_ANSWER_MORE) {
        return take_breath(client);
    }
    return state == REFLOW_ANSWER_COMPLETE ? judge(client) : broken(client);
}

static bool answer_ended(struct reflow_client *client, bool orderly)
{
    const enum reflow_answer_state state = reflow_answer_close(&client->answer, orderly);

    return state == REFLOW_ANSWER_COMPLETE ? judge(client) : broken(client);
}

static bool receive_answer(struct reflow_client *client)
{
    const int32_t got = reflow_tls_read(&client->tls, client->buffer, REFLOW_READ_SIZE);

    if (got > 0) {
        return take_bytes(client, (size_t)got);
    }
    if (got == REFLOW_IO_WOULD_BLOCK && client->committed) {
        return reflow_stop(client, REFLOW_READABLE);
    }
    if (reflow_tls_starved(&client->tls)) {
        return reflow_fail(client, REFLOW_ERR_OUT_OF_MEMORY);
    }
    if (got == REFLOW_IO_LOST && reflow_tls_overrun(&client->tls) != NULL) {
        return fail_saying(client, REFLOW_ERR_HTTP_TOO_LARGE, reflow_tls_overrun(&client->tls));
    }
    return answer_ended(client, got == REFLOW_IO_END);
}

static bool pause(struct reflow_client *client)
{
    const uint32_t left = client->pause_ends_ms - reflow_now_ms(client);

    /* More than the longest deadline is a time that has passed, seen across the clock's wrap. */
    if (left == 0 || left > UINT32_MAX / 2) {
        return reflow_go_on(client, STATE_BEGINNING);
    }
    (void)reflow_stop(client, REFLOW_LATER);
    client->wake_ms = client->pause_ends_ms;
    return false;
}

bool reflow_state_step(struct reflow_client *client)
{
    switch ((enum reflow_state)client->state) {
    case STATE_BEGINNING:
        return begin(client);
    case STATE_OPENING:
        return open_connection(client);
    case STATE_GREETING:
        return greet(client);
    case STATE_COMMITTING:
        return commit(client);
    case STATE_WRITING:
        return write_request(client);
    case STATE_SENDING:
        return send_request(client);
    case STATE_ANSWERING:
        return receive_answer(client);
    case STATE_PAUSING:
        return pause(client);
    default: /* STATE_IDLE, STATE_ENDED */
        return false;
    }
}
