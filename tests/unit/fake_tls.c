/* SPDX-License-Identifier: MIT */
/* fake_tls: both ends of a session in clear text. */
#include "fake_tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEADER_SIZE 3

enum { STAGE_HELLO, STAGE_SERVER, STAGE_OPEN, STAGE_CLOSED };

struct fake_tls fake_tls;

/* ---- The service's end ----------------------------------------------------------------------- */

static void say_record(unsigned char type, const void *bytes, size_t length)
{
    const unsigned char header[HEADER_SIZE] = {type, (unsigned char)(length >> 8),
                                               (unsigned char)length};

    assert_true(length <= FAKE_RECORD_SIZE - HEADER_SIZE);
    fake_port_deliver(fake_tls.port, header, sizeof header);
    fake_port_deliver(fake_tls.port, bytes, length);
}

static void service_says(void *link, const void *bytes, size_t length)
{
    (void)link;
    say_record('D', bytes, length);
}

void fake_tls_say(const char *text)
{
    say_record('D', text, strlen(text));
}

void fake_tls_say_goodbye(void)
{
    say_record('C', "", 0);
    fake_port_hang_up(fake_tls.port, REFLOW_IO_END);
}

static void service_ends(void *link)
{
    (void)link;
    fake_tls_say_goodbye();
}

static void hear_record(unsigned char type, const unsigned char *bytes, size_t length)
{
    switch (type) {
    case 'H':
        if (length == 5) {
            say_record('H', "server", 6);
        } else {
            fake_tls.finished = true;
        }
        break;
    case 'D':
        assert_true(fake_tls.finished);
        fake_service_hear(fake_tls.service, bytes, length);
        break;
    case 'C':
        fake_tls.goodbyes_heard++;
        break;
    default:
        fail_msg("a record of type %d", type);
    }
}

static size_t record_length(const unsigned char *record)
{
    return HEADER_SIZE + ((size_t)record[1] << 8 | record[2]);
}

static void on_sent(void *peer, const unsigned char *bytes, size_t length)
{
    size_t i;

    (void)peer;
    for (i = 0; i < length; i++) {
        assert_true(fake_tls.heard_length < sizeof fake_tls.heard);
        fake_tls.heard[fake_tls.heard_length++] = bytes[i];
        if (fake_tls.heard_length >= HEADER_SIZE &&
            fake_tls.heard_length == record_length(fake_tls.heard)) {
            fake_tls.heard_length = 0;
            hear_record(fake_tls.heard[0], fake_tls.heard + HEADER_SIZE,
                        record_length(fake_tls.heard) - HEADER_SIZE);
        }
    }
}

static void on_open(void *peer)
{
    (void)peer;
    fake_tls.heard_length = 0;
    fake_tls.finished = false;
    fake_service_greet(fake_tls.service);
}

void fake_tls_init(struct fake_port *port, struct fake_service *service)
{
    memset(&fake_tls, 0, offsetof(struct fake_tls, in));
    fake_tls.want_read_at = fake_tls.want_write_at = fake_tls.break_at = FAKE_NEVER;
    fake_tls.break_by = REFLOW_TLS_LOST;
    fake_tls.error = REFLOW_ERR_TLS_HANDSHAKE;
    fake_tls.fault = REFLOW_TLS_BROKEN;
    fake_tls.record = 512;
    fake_tls.protocol = "FAKEv1";
    fake_tls.port = port;
    fake_tls.service = service;
    port->on_open = on_open;
    port->on_sent = on_sent;
    service->say = service_says;
    service->end = service_ends;
}

/* ---- The client's end: src/tls.h ------------------------------------------------------------- */

/* What the script makes of this call; OK: nothing. */
static enum reflow_tls_status whim(struct reflow_tls *tls)
{
    const size_t call = fake_tls.calls++;

    if (tls->fault != REFLOW_TLS_SOUND && tls->fault != REFLOW_TLS_SEND_DEAD) {
        return REFLOW_TLS_LOST;
    }
    if (call == fake_tls.break_at) {
        if (fake_tls.break_by == REFLOW_TLS_LOST) {
            tls->fault = (uint8_t)fake_tls.fault;
            tls->out_start = tls->out_end = 0;
        }
        return fake_tls.break_by;
    }
    if (call == fake_tls.want_read_at || call == fake_tls.want_write_at) {
        fake_tls.port->stalled = true;
        return call == fake_tls.want_read_at ? REFLOW_TLS_READ : REFLOW_TLS_WRITE;
    }
    return REFLOW_TLS_OK;
}

void reflow_tls_init(struct reflow_tls *tls, const struct reflow_config *config, const char *host)
{
    memset(tls, 0, sizeof *tls);
    tls->config = config;
    tls->host = host;
}

void reflow_tls_lend(struct reflow_tls *tls, void *memory, size_t size)
{
    tls->out = memory;
    tls->out_size = (uint16_t)size;
    tls->out_limit = tls->out_size;
    tls->out_start = 0;
    tls->out_end = 0;
}

enum reflow_error reflow_tls_open(struct reflow_tls *tls)
{
    fake_tls.opens++;
    tls->session = &fake_tls;
    tls->fault = REFLOW_TLS_SOUND;
    tls->established = false;
    fake_tls.stage = STAGE_HELLO;
    fake_tls.in_length = fake_tls.in_taken = 0;
    return fake_tls.open_error;
}

static enum reflow_tls_status send_gathered(struct reflow_tls *tls)
{
    const struct reflow_config *config = tls->config;

    while (tls->out_start < tls->out_end) {
        const size_t left = (size_t)(tls->out_end - tls->out_start);
        const int32_t sent =
            config->port->send(config->port_context, tls->out + tls->out_start, left);
        if (sent == REFLOW_IO_WOULD_BLOCK) {
            return REFLOW_TLS_WRITE;
        }
        if (sent <= 0) {
            tls->fault = REFLOW_TLS_SEND_DEAD;
            tls->out_start = tls->out_end = 0;
            return REFLOW_TLS_LOST;
        }
        tls->out_start = (uint16_t)(tls->out_start + sent);
    }
    tls->out_start = tls->out_end = 0;
    return REFLOW_TLS_OK;
}

/* Gathers one record, in front of `limit`; sends what is in its way. `bytes` may lie in the
 * memory, behind the record's place. */
static enum reflow_tls_status gather(struct reflow_tls *tls, unsigned char type, const void *bytes,
                                     size_t length, size_t limit)
{
    unsigned char *at;

    if (tls->fault != REFLOW_TLS_SOUND) {
        return REFLOW_TLS_LOST;
    }
    if (tls->out_end + HEADER_SIZE + length > limit) {
        const enum reflow_tls_status status = send_gathered(tls);
        if (status != REFLOW_TLS_OK) {
            return status;
        }
    }
    assert_true(HEADER_SIZE + length <= limit);
    at = tls->out + tls->out_end;
    memmove(at + HEADER_SIZE, bytes, length);
    at[0] = type;
    at[1] = (unsigned char)(length >> 8);
    at[2] = (unsigned char)length;
    tls->out_end = (uint16_t)(tls->out_end + HEADER_SIZE + length);
    return REFLOW_TLS_OK;
}

/* Goes on receiving one record. OK: it is whole. */
static enum reflow_tls_status receive_record(struct reflow_tls *tls)
{
    const struct reflow_config *config = tls->config;
    enum reflow_tls_status status = send_gathered(tls);
    size_t most;
    int32_t got;

    if (status == REFLOW_TLS_WRITE) {
        return status;
    }
    while (fake_tls.in_length < HEADER_SIZE || fake_tls.in_length < record_length(fake_tls.in)) {
        most = fake_tls.in_length < HEADER_SIZE ? HEADER_SIZE : record_length(fake_tls.in);
        got = config->port->recv(config->port_context, fake_tls.in + fake_tls.in_length,
                                 most - fake_tls.in_length);
        if (got == REFLOW_IO_WOULD_BLOCK) {
            return REFLOW_TLS_READ;
        }
        if (got <= 0) {
            tls->out_start = tls->out_end = 0;
            tls->fault = got == REFLOW_IO_END ? REFLOW_TLS_ENDED : REFLOW_TLS_BROKEN;
            return REFLOW_TLS_LOST;
        }
        tls->heard = true;
        fake_tls.in_length += (size_t)got;
    }
    return REFLOW_TLS_OK;
}

enum reflow_tls_status reflow_tls_handshake(struct reflow_tls *tls)
{
    enum reflow_tls_status status = whim(tls);

    if (status == REFLOW_TLS_OK && fake_tls.stage == STAGE_HELLO) {
        status = gather(tls, 'H', "hello", 5, tls->out_size);
        fake_tls.stage = STAGE_SERVER;
    }
    if (status == REFLOW_TLS_OK) {
        status = receive_record(tls);
    }
    if (status != REFLOW_TLS_OK) {
        tls->error = (uint8_t)fake_tls.error;
        return status;
    }
    assert_int_equal(fake_tls.in[0], 'H');
    fake_tls.in_length = 0;
    fake_tls.stage = STAGE_OPEN;
    fake_tls.handshakes++;
    tls->established = true;
    return gather(tls, 'H', "finished", 8, tls->out_size);
}

enum reflow_error reflow_tls_error(const struct reflow_tls *tls)
{
    return (enum reflow_error)tls->error;
}

size_t reflow_tls_gathered(const struct reflow_tls *tls)
{
    return tls->out_end;
}

size_t reflow_tls_write(struct reflow_tls *tls, const unsigned char *data, size_t length,
                        enum reflow_tls_status *status)
{
    size_t limit = tls->out_size;

    assert_true(tls->established);
    if (length > fake_tls.record) {
        length = fake_tls.record;
    }
    if (data >= tls->out && data < tls->out + tls->out_size) {
        limit = (size_t)(data + length - tls->out);
    }
    *status = whim(tls);
    if (*status == REFLOW_TLS_OK) {
        *status = gather(tls, 'D', data, length, limit);
    }
    return *status == REFLOW_TLS_OK ? length : 0;
}

enum reflow_tls_status reflow_tls_flush(struct reflow_tls *tls)
{
    const enum reflow_tls_status status = whim(tls);

    return status == REFLOW_TLS_OK ? send_gathered(tls) : status;
}

int32_t reflow_tls_read(struct reflow_tls *tls, void *data, size_t size)
{
    enum reflow_tls_status status = whim(tls);
    size_t left;

    if (fake_tls.stage == STAGE_CLOSED) {
        return REFLOW_IO_END;
    }
    if (status == REFLOW_TLS_OK && fake_tls.in_taken == 0) {
        status = receive_record(tls);
    }
    if (status != REFLOW_TLS_OK) {
        return status == REFLOW_TLS_READ || status == REFLOW_TLS_WRITE ? REFLOW_IO_WOULD_BLOCK
                                                                       : REFLOW_IO_LOST;
    }
    if (fake_tls.in[0] == 'C') {
        fake_tls.stage = STAGE_CLOSED;
        return REFLOW_IO_END;
    }
    assert_int_equal(fake_tls.in[0], 'D');
    left = record_length(fake_tls.in) - HEADER_SIZE - fake_tls.in_taken;
    if (size > left) {
        size = left;
    }
    memcpy(data, fake_tls.in + HEADER_SIZE + fake_tls.in_taken, size);
    fake_tls.in_taken += size;
    if (size == left) {
        fake_tls.in_length = fake_tls.in_taken = 0;
    }
    return (int32_t)size;
}

void reflow_tls_goodbye(struct reflow_tls *tls)
{
    if (tls->session != NULL && tls->established && tls->fault == REFLOW_TLS_SOUND &&
        gather(tls, 'C', "", 0, tls->out_size) == REFLOW_TLS_OK) {
        fake_tls.goodbyes++;
        (void)send_gathered(tls);
    }
    tls->established = false;
}

void reflow_tls_close(struct reflow_tls *tls)
{
    fake_tls.closes++;
    tls->session = NULL;
    tls->established = false;
}

uint32_t reflow_tls_random(struct reflow_tls *tls)
{
    return tls->session != NULL ? fake_tls.random : 0;
}

const char *reflow_tls_protocol(const struct reflow_tls *tls)
{
    (void)tls;
    return fake_tls.protocol;
}

const char *reflow_tls_overrun(const struct reflow_tls *tls)
{
    (void)tls;
    return fake_tls.overrun;
}

bool reflow_tls_resumed(const struct reflow_tls *tls)
{
    (void)tls;
    return false;
}

const char *reflow_tls_suite(const struct reflow_tls *tls)
{
    (void)tls;
    return "CLEAR";
}

const char *reflow_tls_version(void)
{
    return "fake";
}

bool reflow_tls_starved(const struct reflow_tls *tls)
{
    return tls->starved;
}
