/* SPDX-License-Identifier: MIT */
/* fake_port: the scripted port's functions. */
#include "fake_port.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void fake_port_init(struct fake_port *port)
{
    memset(port, 0, offsetof(struct fake_port, wire));
    port->opens = REFLOW_OPEN_READY;
    port->block_send_at = port->block_recv_at = FAKE_NEVER;
    port->lose_send_at = port->lose_recv_at = port->end_recv_at = FAKE_NEVER;
    port->most_sent = port->most_received = FAKE_NEVER;
    port->lose_sent_at = port->stick_sent_at = port->swallow_sent_at = FAKE_NEVER;
    port->cut_received_at = FAKE_NEVER;
    port->cut_received_by = REFLOW_IO_LOST;
    port->jump_at = FAKE_NEVER;
    port->now = 1000;
    port->wall = 1772323200;
    port->after = REFLOW_IO_WOULD_BLOCK;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static enum reflow_open port_open(void *context, const char *host, uint16_t number)
{
    struct fake_port *port = context;

    assert_false(port->open);
    port->open_calls++;
    port->host = host;
    port->port = number;
    if (port->pending > 0) {
        port->pending--;
        port->stalled = true;
        return REFLOW_OPEN_PENDING;
    }
    if (port->opens != REFLOW_OPEN_READY) {
        return port->opens;
    }
    port->open = true;
    port->dead = false;
    port->deaf = 0;
    port->taken = port->delivered; /* what the last connection left unread is gone */
    port->after = REFLOW_IO_WOULD_BLOCK;
    port->sent_here = 0;
    port->connections++;
    if (port->on_open != NULL) {
        port->on_open(port->peer);
    }
    return REFLOW_OPEN_READY;
}

/* Whether this call is to block by the script. */
static bool balks(struct fake_port *port, size_t call, size_t at)
{
    port->stalled = call == at || (port->block_every_other && call % 2 == 0);
    return port->stalled;
}

static void arrive(struct fake_port *port, const unsigned char *bytes, size_t length)
{
    const size_t swallowed =
        port->sent > port->swallow_sent_at ? port->sent - port->swallow_sent_at : 0;

    length -= least(length, swallowed);
    if (length > 0 && port->on_sent != NULL) {
        port->on_sent(port->peer, bytes, length);
    }
}

static int32_t port_send(void *context, const void *data, size_t length)
{
    struct fake_port *port = context;
    const size_t call = port->sends++;
    size_t most = least(length, port->most_sent);

    assert_true(port->open && length > 0);
    if (call == port->lose_send_at || port->sent >= port->lose_sent_at || port->dead) {
        port->dead = true;
        port->lose_sent_at = FAKE_NEVER;
        port->after = port->after == REFLOW_IO_WOULD_BLOCK ? REFLOW_IO_LOST : port->after;
        return REFLOW_IO_LOST;
    }
    if (port->sent >= port->stick_sent_at || balks(port, call, port->block_send_at)) {
        return REFLOW_IO_WOULD_BLOCK;
    }
    most = least(most, port->lose_sent_at - port->sent);
    most = least(most, port->stick_sent_at - port->sent);
    assert_true(port->sent + most <= sizeof port->wire);
    memcpy(port->wire + port->sent, data, most);
    port->sent += most;
    port->sent_here += most;
    arrive(port, data, most);
    return (int32_t)most;
}

static int32_t port_recv(void *context, void *data, size_t length)
{
    struct fake_port *port = context;
    const size_t call = port->recvs++;
    size_t most = least(length, port->most_received);

    assert_true(port->open && length > 0);
    if (call == port->lose_recv_at || call == port->end_recv_at) {
        port->deaf = call == port->lose_recv_at ? REFLOW_IO_LOST : REFLOW_IO_END;
    } else if (port->received >= port->cut_received_at) {
        port->cut_received_at = FAKE_NEVER;
        port->deaf = port->cut_received_by;
    }
    if (port->deaf != 0) {
        return port->deaf;
    }
    if (balks(port, call, port->block_recv_at)) {
        return REFLOW_IO_WOULD_BLOCK;
    }
    if (port->taken == port->delivered && port->on_thirst != NULL) {
        port->on_thirst(port->peer);
    }
    if (port->taken == port->delivered) {
        return port->after;
    }
    most = least(most, port->delivered - port->taken);
    most = least(most, port->cut_received_at - port->received);
    memcpy(data, port->inbox + port->taken, most);
    port->taken += most;
    port->received += most;
    return (int32_t)most;
}

static void port_close(void *context)
{
    struct fake_port *port = context;

    port->closes++;
    if (port->open && port->on_close != NULL) {
        port->on_close(port->peer);
    }
    port->open = false;
}

static uint32_t port_now_ms(void *context)
{
    struct fake_port *port = context;

    if (port->readings++ == port->jump_at) {
        port->now += port->jump_by;
    }
    return port->now;
}

static int64_t port_unix_time(void *context)
{
    const struct fake_port *port = context;

    return port->wall;
}

static void port_wait(void *context, int event, uint32_t timeout_ms)
{
    struct fake_port *port = context;

    port->waits++;
    fake_port_wait(port, event, port->now + timeout_ms);
}

/* Without wait() the blocking calls spin: each reading of the clock is a millisecond later. */
static uint32_t ticking_now_ms(void *context)
{
    struct fake_port *port = context;

    port->now++;
    return port_now_ms(port);
}

const struct reflow_port fake_port = {port_open,   port_send,      port_recv, port_close,
                                      port_now_ms, port_unix_time, port_wait, NULL};
const struct reflow_port fake_port_without_wait = {
    port_open, port_send, port_recv, port_close, ticking_now_ms, port_unix_time, NULL, NULL};

void fake_port_deliver(struct fake_port *port, const void *bytes, size_t length)
{
    if (port->taken == port->delivered) { /* endless peers start again where all was read */
        port->taken = port->delivered = 0;
    }
    assert_true(port->delivered + length <= sizeof port->inbox);
    memcpy(port->inbox + port->delivered, bytes, length);
    port->delivered += length;
}

void fake_port_hang_up(struct fake_port *port, int32_t how)
{
    port->after = how;
}

void fake_port_wait(struct fake_port *port, int event, uint32_t until)
{
    const bool something = port->taken < port->delivered || port->after != REFLOW_IO_WOULD_BLOCK;
    const bool readable = something && port->deaf != REFLOW_IO_WOULD_BLOCK;

    if (event != REFLOW_LATER && (port->stalled || (event == REFLOW_READABLE && readable))) {
        port->stalled = false;
        return;
    }
    if (until - port->now <= UINT32_MAX / 2) {
        port->now = until;
    }
}
