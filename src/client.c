/* SPDX-License-Identifier: MIT */
/* client: drives one operation from its beginning to its one true outcome. All time and all I/O is
 * here; every decision is asked of a pure module. */
#include "client.h"

#include <string.h>

#include "answer.h"
#include "outcome.h"
#include "retry.h"
#include "text.h"
#include "tls.h"

/* An attempt, and the ways out of it:
 *
 *            +---------------------------- PAUSING <--------------------+
 *            v                                                          |
 *   start -> BEGINNING -> OPENING -> GREETING -> COMMITTING             |
 *              | kept and silent                   |  ^                 |
 *              +-----------------------------------+--+                 |
 *                                                  v                    |
 *                                   WRITING -> SENDING -> ANSWERING --> judged -> ENDED
 *                                        (lost: what the peer had said)
 *
 * BEGINNING   looks whether the kept connection is still silent, and whether there is one
 * OPENING     the port resolves and connects
 * GREETING    the TLS handshake; ends with the server verified
 * COMMITTING  stops once with REFLOW_COMMIT, before the first byte of a request that changes
 * something WRITING     builds the request; SENDING encrypts and sends it: its last byte is the
 * commit point ANSWERING   reads until the answer is whole, broken or not to come PAUSING     waits
 * before the next attempt */
enum state {
    IDLE,
    BEGINNING,
    OPENING,
    GREETING,
    COMMITTING,
    WRITING,
    SENDING,
    ANSWERING,
    PAUSING,
    ENDED
};

/* The buffer, while an answer is read: bytes as they come, members that are kept, and room for what
 * TLS itself may have to say (an alert: 31 bytes at the most). */
#define ALERT_SIZE 64
#define KEPT_SIZE (REFLOW_BUFFER_SIZE - REFLOW_READ_SIZE - ALERT_SIZE)

#define READS_A_STEP 32

/* What may be gathered in front of the request: TLS 1.3's change_cipher_spec and Finished are 80
 * bytes with SHA-384. */
#define LAST_FLIGHT_SIZE 128

static void trace(const struct reflow_client *client, enum reflow_trace what, const char *text,
                  size_t length)
{
    if (client->config.on_trace != NULL && length > 0) {
        client->config.on_trace(client->config.callback_context, what, text, length);
    }
}

static uint32_t now_ms(const struct reflow_client *client)
{
    return client->config.port->now_ms(client->config.port_context);
}

static uint32_t elapsed_ms(const struct reflow_client *client)
{
    return now_ms(client) - client->started_ms; /* right across a wrap of the clock */
}

static uint32_t remaining_ms(const struct reflow_client *client)
{
    const uint32_t elapsed = elapsed_ms(client);

    return elapsed < client->config.timeout_ms ? client->config.timeout_ms - elapsed : 0;
}

static bool go_on(struct reflow_client *client, enum state state)
{
    client->state = (uint8_t)state;
    return true;
}

static bool stop(struct reflow_client *client, enum reflow_event event)
{
    client->event = (uint8_t)event;
    client->wake_ms = client->started_ms + client->config.timeout_ms;
    return false;
}

/* ---- Ends ---- */

/* In the middle of sending there is no goodbye: it could push the rest of the request out. */
static void drop(struct reflow_client *client)
{
    if (client->connected) {
        if (client->state != SENDING) {
            reflow_tls_goodbye(&client->tls);
        }
        client->config.port->close(client->config.port_context);
        client->connected = false;
    }
}

static bool end(struct reflow_client *client)
{
    client->result.elapsed_ms = elapsed_ms(client);
    client->state = ENDED;
    return stop(client, client->result.outcome == REFLOW_RETRIGGERED ? REFLOW_DONE : REFLOW_FAILED);
}

static uint32_t repeat_delay(struct reflow_client *client)
{
    const struct reflow_config *config = &client->config;
    struct reflow_retry_facts facts = {0};

    reflow_answer_retry_after(&client->answer, &facts);
    facts.now = config->port->unix_time(config->port_context);
    facts.attempt = client->result.attempts;
    facts.attempts = config->attempts;
    facts.remaining_ms = remaining_ms(client);
    facts.random = reflow_tls_random(&client->tls);
    return reflow_retry_delay(&facts);
}

static void trace_pause(const struct reflow_client *client, uint32_t delay_ms)
{
    char digits[16];
    struct reflow_text text;

    reflow_text_init(&text, digits, sizeof digits);
    reflow_text_number(&text, delay_ms);
    trace(client, REFLOW_TRACE_REPEAT, digits, text.length);
}

/* One attempt is over, with the connection kept or dropped by the caller. */
static bool end_attempt(struct reflow_client *client, enum reflow_error error, bool later)
{
    const enum reflow_outcome outcome = reflow_outcome(error, client->committed, later);
    const char *name = reflow_error_name(error);
    uint32_t delay_ms = REFLOW_RETRY_STOP;

    client->result.error = error;
    client->result.outcome = outcome;
    trace(client, REFLOW_TRACE_END, name, strlen(name));
    if (reflow_repeatable(outcome, error)) {
        delay_ms = repeat_delay(client);
    }
    if (delay_ms == REFLOW_RETRY_STOP) {
        return end(client);
    }
    trace_pause(client, delay_ms);
    client->pause_ends_ms = now_ms(client) + delay_ms;
    return go_on(client, PAUSING);
}

/* Gives up what is in the buffer, the peer's words included. */
static void clear(struct reflow_client *client)
{
    drop(client);
    reflow_wipe(client->buffer, sizeof client->buffer);
    client->result.id = NULL;
    client->result.etag = NULL;
    client->result.code = NULL;
    client->result.detail = NULL;
    client->result.request_id = NULL;
}

static bool fail(struct reflow_client *client, enum reflow_error error)
{
    clear(client);
    return end_attempt(client, error, false);
}

/* ---- States ---- */

/* Whatever a kept connection says unasked (a late answer, an end), it is not for the next run. */
static bool still_silent(struct reflow_client *client)
{
    unsigned char byte;

    return reflow_tls_read(&client->tls, &byte, 1) == REFLOW_IO_WOULD_BLOCK;
}

static bool begin(struct reflow_client *client)
{
    const uint8_t attempts = client->result.attempts;
    enum reflow_error error;

    memset(&client->result, 0, sizeof client->result);
    client->result.attempts = (uint8_t)(attempts + 1);
    client->committed = false;
    reflow_answer_init(&client->answer, client->operation, client->buffer, 0);
    reflow_tls_lend(&client->tls, client->buffer, sizeof client->buffer);
    if (client->connected && still_silent(client)) {
        return go_on(client, COMMITTING);
    }
    drop(client);
    error = reflow_tls_open(&client->tls);
    if (error != REFLOW_OK) {
        return fail(client, error);
    }
    trace(client, REFLOW_TRACE_CONNECT, client->host, strlen(client->host));
    client->connected = true;
    return go_on(client, OPENING);
}

static bool open_connection(struct reflow_client *client)
{
    const struct reflow_config *config = &client->config;

    switch (config->port->open(config->port_context, client->host, client->url.port)) {
    case REFLOW_OPEN_READY:
        return go_on(client, GREETING);
    case REFLOW_OPEN_PENDING:
        return stop(client, REFLOW_WRITABLE);
    case REFLOW_OPEN_DNS:
        return fail(client, REFLOW_ERR_DNS);
    case REFLOW_OPEN_FAILED:
    default:
        return fail(client, REFLOW_ERR_CONNECT);
    }
}

static void trace_session(const struct reflow_client *client)
{
    const char *protocol = reflow_tls_protocol(&client->tls);
    const char *suite = reflow_tls_suite(&client->tls);

    trace(client, REFLOW_TRACE_TLS, protocol, strlen(protocol));
    trace(client, REFLOW_TRACE_TLS, suite, strlen(suite));
}

static bool greet(struct reflow_client *client)
{
    switch (reflow_tls_handshake(&client->tls)) {
    case REFLOW_TLS_OK:
        trace_session(client);
        return go_on(client, COMMITTING);
    case REFLOW_TLS_READ:
        return stop(client, REFLOW_READABLE);
    case REFLOW_TLS_WRITE:
        return stop(client, REFLOW_WRITABLE);
    case REFLOW_TLS_FAILED:
        return fail(client, reflow_tls_error(&client->tls));
    case REFLOW_TLS_LOST:
    default:
        return fail(client, REFLOW_ERR_CONNECTION_LOST);
    }
}

static bool commit(struct reflow_client *client)
{
    client->state = WRITING;
    if (client->operation->changes && !client->announced) {
        client->announced = true;
        return stop(client, REFLOW_COMMIT);
    }
    return true;
}

static void trace_request(const struct reflow_client *client, const struct reflow_text *head,
                          size_t secret_at, size_t secret_length)
{
    const size_t after = secret_at + secret_length;

    trace(client, REFLOW_TRACE_REQUEST, head->data, secret_at);
    trace(client, REFLOW_TRACE_REQUEST, "***", 3);
    trace(client, REFLOW_TRACE_REQUEST, head->data + after, head->length - after);
}

/* The head is built behind what is still gathered, then moved to the end of the buffer, so that its
 * cipher text can be gathered in front of it and everything leaves in one send. */
static bool write_request(struct reflow_client *client)
{
    const size_t gathered = reflow_tls_gathered(&client->tls);
    struct reflow_text head;
    size_t secret_at;
    size_t secret_length;

    reflow_text_init(&head, client->buffer + gathered, sizeof client->buffer - gathered);
    secret_at = client->operation->write(&head, client, &secret_length);
    if (!reflow_text_sound(
            &head)) { /* it was when the operation began: nobody else may write here */
        return fail(client, REFLOW_ERR_REQUEST_TOO_LARGE);
    }
    trace_request(client, &head, secret_at, secret_length);
    client->request_at = (uint16_t)(sizeof client->buffer - head.length);
    memmove(client->buffer + client->request_at, head.data, head.length);
    return go_on(client, SENDING);
}

/* From here on the buffer belongs to the answer; of the request nothing stays in it. */
static bool await_answer(struct reflow_client *client)
{
    unsigned char *kept = client->buffer + REFLOW_READ_SIZE;

    reflow_wipe(client->buffer, sizeof client->buffer);
    reflow_answer_init(&client->answer, client->operation, kept, KEPT_SIZE);
    reflow_tls_lend(&client->tls, kept + KEPT_SIZE, ALERT_SIZE);
    return go_on(client, ANSWERING);
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
        return stop(client, status == REFLOW_TLS_WRITE ? REFLOW_WRITABLE : REFLOW_READABLE);
    }
    return await_answer(client);
}

/* An answer that came before its request was whole can refuse it, but not have carried it out. */
static bool judge(struct reflow_client *client)
{
    bool later;
    enum reflow_error error = reflow_answer_judge(&client->answer, &client->result, &later);

    if (error == REFLOW_OK && !client->committed) {
        error = REFLOW_ERR_CONNECTION_LOST;
    }
    if (!client->committed || !reflow_answer_keeps_alive(&client->answer)) {
        drop(client);
    }
    return end_attempt(client, error, later);
}

/* A peer that sends without end must not keep a step from returning. */
static bool take_breath(struct reflow_client *client)
{
    client->reads++;
    if (client->reads % READS_A_STEP != 0) {
        return true;
    }
    (void)stop(client, REFLOW_LATER);
    client->wake_ms = now_ms(client);
    return false;
}

static bool take_bytes(struct reflow_client *client, size_t length)
{
    switch (reflow_answer_read(&client->answer, (const char *)client->buffer, length,
                               &client->result)) {
    case REFLOW_ANSWER_COMPLETE:
        return judge(client);
    case REFLOW_ANSWER_BROKEN:
        drop(client);
        return end_attempt(client, reflow_answer_error(&client->answer), false);
    case REFLOW_ANSWER_MORE:
    default:
        return take_breath(client);
    }
}

static bool answer_ended(struct reflow_client *client, bool orderly)
{
    const enum reflow_answer_state state = reflow_answer_close(&client->answer, orderly);

    if (state == REFLOW_ANSWER_COMPLETE) {
        return judge(client);
    }
    drop(client);
    return end_attempt(client, reflow_answer_error(&client->answer), false);
}

static bool receive_answer(struct reflow_client *client)
{
    const int32_t got = reflow_tls_read(&client->tls, client->buffer, REFLOW_READ_SIZE);

    if (got > 0) {
        return take_bytes(client, (size_t)got);
    }
    if (got == REFLOW_IO_WOULD_BLOCK && client->committed) {
        return stop(client, REFLOW_READABLE);
    }
    return answer_ended(client, got == REFLOW_IO_END);
}

static bool pause(struct reflow_client *client)
{
    const uint32_t left = client->pause_ends_ms - now_ms(client);

    /* More than the longest deadline is a time that has passed, seen across the clock's wrap. */
    if (left == 0 || left > UINT32_MAX / 2) {
        return go_on(client, BEGINNING);
    }
    (void)stop(client, REFLOW_LATER);
    client->wake_ms = client->pause_ends_ms;
    return false;
}

/* ---- The engine ---- */

static bool step(struct reflow_client *client)
{
    switch ((enum state)client->state) {
    case BEGINNING:
        return begin(client);
    case OPENING:
        return open_connection(client);
    case GREETING:
        return greet(client);
    case COMMITTING:
        return commit(client);
    case WRITING:
        return write_request(client);
    case SENDING:
        return send_request(client);
    case ANSWERING:
        return receive_answer(client);
    case PAUSING:
        return pause(client);
    case IDLE:
    case ENDED:
    default:
        return false;
    }
}

enum reflow_event reflow_step(struct reflow_client *client)
{
    bool more = true;

    while (more) {
        if (reflow_client_busy(client) && remaining_ms(client) == 0) {
            more = client->state == PAUSING ? end(client) : fail(client, REFLOW_ERR_TIMEOUT);
        } else {
            more = step(client);
        }
    }
    return (enum reflow_event)client->event;
}

uint32_t reflow_wake_ms(const struct reflow_client *client) { return client->wake_ms; }

const struct reflow_result *reflow_result(const struct reflow_client *client)
{
    return &client->result;
}

bool reflow_client_busy(const struct reflow_client *client)
{
    return client->state != IDLE && client->state != ENDED;
}

void reflow_client_init(struct reflow_client *client)
{
    client->state = IDLE;
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
    reflow_wipe(client->buffer, sizeof client->buffer);
    if (head.invalid) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    return head.overflow ? REFLOW_ERR_REQUEST_TOO_LARGE : REFLOW_OK;
}

enum reflow_error reflow_client_start(struct reflow_client *client,
                                      const struct reflow_operation *operation, const char *subject)
{
    enum reflow_error error;

    client->operation = operation;
    client->subject = subject;
    error = try_request(client);
    if (error != REFLOW_OK) {
        return reflow_client_refuse(client, error);
    }
    memset(&client->result, 0, sizeof client->result);
    client->started_ms = now_ms(client);
    client->announced = false;
    client->committed = false;
    client->state = BEGINNING;
    return REFLOW_OK;
}

void reflow_abandon(struct reflow_client *client, enum reflow_error why)
{
    if (!reflow_client_busy(client)) {
        return;
    }
    if (client->state == PAUSING) { /* what the last attempt met is still what is known */
        (void)end(client);
        return;
    }
    clear(client);
    client->result.error = why;
    client->result.outcome = reflow_outcome(why, client->committed, false);
    (void)end(client);
}

void reflow_close(struct reflow_client *client)
{
    drop(client);
    reflow_tls_close(&client->tls);
    reflow_wipe(client->buffer, sizeof client->buffer);
    client->state = IDLE;
}
