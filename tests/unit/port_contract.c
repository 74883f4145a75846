/* SPDX-License-Identifier: MIT */
/* port_contract: the contract of a port as a test that every port must pass. */
#include "port_contract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What must happen within a moment is given ten seconds: only a port that hangs takes them. A
 * resolver without a name server may need longer. */
#define MOMENT_MS 10000U
#define RESOLVER_MS 120000U

#define CHUNK 16384U
#define MEBIBYTE 1048576U

static const struct port_contract *the;
static uint8_t chunk[CHUNK];

/* ---- Driving the port ------------------------------------------------------------------------ */

static uint32_t now(void)
{
    return the->port->now_ms(the->context);
}

/* A port without wait() is driven as the blocking calls drive it: they spin. */
static void wait_for(int event, uint32_t timeout_ms)
{
    if (the->port->wait != NULL) {
        the->port->wait(the->context, event, timeout_ms);
    }
}

static enum reflow_open open_within(const char *host, uint16_t port, uint32_t limit_ms)
{
    uint32_t start = now();
    enum reflow_open said = the->port->open(the->context, host, port);

    while (said == REFLOW_OPEN_PENDING && now() - start < limit_ms) {
        wait_for(REFLOW_WRITABLE, 1000);
        said = the->port->open(the->context, host, port);
    }
    return said;
}

static int32_t send_soon(const void *data, size_t length)
{
    uint32_t start = now();
    int32_t said = the->port->send(the->context, data, length);

    while (said == REFLOW_IO_WOULD_BLOCK && now() - start < MOMENT_MS) {
        wait_for(REFLOW_WRITABLE, 1000);
        said = the->port->send(the->context, data, length);
    }
    return said;
}

static int32_t recv_soon(void *data, size_t length)
{
    uint32_t start = now();
    int32_t said = the->port->recv(the->context, data, length);

    while (said == REFLOW_IO_WOULD_BLOCK && now() - start < MOMENT_MS) {
        wait_for(REFLOW_READABLE, 1000);
        said = the->port->recv(the->context, data, length);
    }
    return said;
}

/* Receives exactly `length` bytes, which must be those at `expected`. */
static void expect_bytes(const void *expected, size_t length)
{
    size_t have = 0;

    assert_true(length <= sizeof chunk);
    while (have < length) {
        int32_t got = recv_soon(chunk + have, length - have);

        assert_true(got > 0 && (size_t)got <= length - have);
        have += (size_t)got;
    }
    assert_memory_equal(chunk, expected, length);
}

static void connect_to_peer(void)
{
    uint16_t port = the->peer->listen(the->peer_context);

    assert_int_not_equal(port, 0);
    assert_int_equal(open_within(the->host, port, MOMENT_MS), REFLOW_OPEN_READY);
    assert_true(the->peer->accept(the->peer_context));
}

static void peer_sends(const char *text)
{
    assert_true(the->peer->send(the->peer_context, text, strlen(text)));
}

static int drop_everything(void **state)
{
    (void)state;
    the->port->close(the->context);
    the->peer->close(the->peer_context);
    return 0;
}

/* ---- open and close -------------------------------------------------------------------------- */

static void open_is_ready_when_somebody_listens(void **state)
{
    (void)state;
    connect_to_peer();
}

static void open_fails_when_nobody_listens(void **state)
{
    uint16_t port = the->peer->listen(the->peer_context);

    (void)state;
    the->peer->close(the->peer_context);
    assert_int_equal(open_within(the->host, port, MOMENT_MS), REFLOW_OPEN_FAILED);
    /* and a failure leaves nothing behind that would stop the next attempt */
    connect_to_peer();
}

static void open_tells_an_unknown_name_from_a_failed_connection(void **state)
{
    (void)state;
    assert_int_equal(open_within(the->unknown_name, 443, RESOLVER_MS), REFLOW_OPEN_DNS);
    connect_to_peer();
}

static void close_is_harmless_at_any_time(void **state)
{
    (void)state;
    the->port->close(the->context);
    the->port->close(the->context);
    connect_to_peer();
    the->port->close(the->context);
    the->port->close(the->context);
}

static void close_drops_an_attempt_under_way(void **state)
{
    uint16_t port = the->peer->listen(the->peer_context);

    (void)state;
    (void)the->port->open(the->context, the->host, port);
    the->port->close(the->context);
    (void)the->port->open(the->context, the->unknown_name, 443);
    the->port->close(the->context);
    the->peer->close(the->peer_context);
    connect_to_peer();
}

static void close_ends_the_connection_for_both(void **state)
{
    (void)state;
    connect_to_peer();
    the->port->close(the->context);
    assert_int_equal(the->peer->recv(the->peer_context, chunk, sizeof chunk), 0);
    assert_int_equal(the->port->recv(the->context, chunk, sizeof chunk), REFLOW_IO_LOST);
    assert_int_equal(the->port->send(the->context, "x", 1), REFLOW_IO_LOST);
}

static void a_new_connection_knows_nothing_of_the_old_one(void **state)
{
    (void)state;
    connect_to_peer();
    peer_sends("old");
    assert_int_equal(recv_soon(chunk, 1), 1);
    the->port->close(the->context);
    the->peer->close(the->peer_context);
    connect_to_peer();
    assert_int_equal(the->port->recv(the->context, chunk, sizeof chunk), REFLOW_IO_WOULD_BLOCK);
    peer_sends("new");
    expect_bytes("new", 3);
}

/* ---- recv ------------------------------------------------------------------------------------ */

static void recv_gives_what_is_there_and_no_more_than_asked(void **state)
{
    (void)state;
    connect_to_peer();
    assert_int_equal(the->port->recv(the->context, chunk, sizeof chunk), REFLOW_IO_WOULD_BLOCK);
    peer_sends("abcdef");
    memset(chunk, '.', 8);
    assert_int_equal(recv_soon(chunk, 1), 1);
    assert_memory_equal(chunk, "a.......", 8);
    expect_bytes("bcdef", 5);
    assert_int_equal(the->port->recv(the->context, chunk, sizeof chunk), REFLOW_IO_WOULD_BLOCK);
}

static void recv_tells_the_end_after_all_bytes_and_again(void **state)
{
    (void)state;
    connect_to_peer();
    peer_sends("the last bytes");
    the->peer->finish(the->peer_context);
    expect_bytes("the last bytes", 14);
    assert_int_equal(recv_soon(chunk, sizeof chunk), REFLOW_IO_END);
    assert_int_equal(recv_soon(chunk, sizeof chunk), REFLOW_IO_END);
}

static void sending_goes_on_after_the_peers_end(void **state)
{
    (void)state;
    connect_to_peer();
    the->peer->finish(the->peer_context);
    assert_int_equal(recv_soon(chunk, sizeof chunk), REFLOW_IO_END);
    assert_int_equal(send_soon("x", 1), 1);
    assert_int_equal(the->peer->recv(the->peer_context, chunk, sizeof chunk), 1);
}

static void a_reset_is_lost_and_never_an_end(void **state)
{
    (void)state;
    connect_to_peer();
    the->peer->reset(the->peer_context);
    assert_int_equal(recv_soon(chunk, sizeof chunk), REFLOW_IO_LOST);
    assert_int_equal(recv_soon(chunk, sizeof chunk), REFLOW_IO_LOST);
    assert_int_equal(send_soon("x", 1), REFLOW_IO_LOST);
}

/* ---- send ------------------------------------------------------------------------------------ */

static void a_reset_told_to_send_is_no_end_to_recv(void **state)
{
    int32_t said = 1;

    (void)state;
    connect_to_peer();
    the->peer->reset(the->peer_context);
    for (uint32_t start = now(); said > 0 && now() - start < MOMENT_MS;) {
        said = send_soon("x", 1);
    }
    assert_int_equal(said, REFLOW_IO_LOST);
    assert_int_equal(recv_soon(chunk, sizeof chunk), REFLOW_IO_LOST);
}

/* An answer such as an early 413, after which the server closes without having read all. */
static void what_arrived_before_a_failed_send_is_received(void **state)
{
    int32_t said = 1;

    (void)state;
    connect_to_peer();
    peer_sends("early answer");
    assert_int_equal(recv_soon(chunk, 1), 1);
    the->peer->leave(the->peer_context);
    for (uint32_t start = now(); said > 0 && now() - start < MOMENT_MS;) {
        said = send_soon("x", 1); /* an EPIPE in the end: no signal may come of it */
    }
    assert_int_equal(said, REFLOW_IO_LOST);
    expect_bytes("arly answer", 11);
    said = recv_soon(chunk, sizeof chunk);
    assert_true(said == REFLOW_IO_LOST || said == REFLOW_IO_END);
}

static void write_pattern(uint8_t *to, size_t at, size_t length)
{
    for (size_t i = at; i < at + length; i++) {
        *to++ = (uint8_t)(i * 31 + (i >> 8) * 7);
    }
}

/* Offers the next bytes of the pattern; returns the new number of bytes sent. */
static size_t send_pattern(size_t sent, int32_t *said)
{
    size_t length = 1 + sent % CHUNK;

    write_pattern(chunk, sent, length);
    *said = the->port->send(the->context, chunk, length);
    assert_true(*said == REFLOW_IO_WOULD_BLOCK || (*said > 0 && (size_t)*said <= length));
    return *said > 0 ? sent + (size_t)*said : sent;
}

/* Lets the peer read some; returns the new number of bytes read. */
static size_t peer_checks_pattern(size_t read)
{
    static uint8_t expected[CHUNK];
    size_t got = the->peer->recv(the->peer_context, chunk, sizeof chunk);

    assert_int_not_equal(got, 0);
    write_pattern(expected, read, got);
    assert_memory_equal(chunk, expected, got);
    return read + got;
}

static void no_byte_is_lost_when_the_peer_is_slow(void **state)
{
    size_t sent = 0;
    size_t read = 0;
    size_t goal;
    int32_t said = 1;

    (void)state;
    connect_to_peer();
    while (said > 0) { /* the peer does not read: buffers fill up */
        sent = send_pattern(sent, &said);
        assert_true(sent < 256U * MEBIBYTE);
    }
    goal = sent + MEBIBYTE;
    while (sent < goal) { /* it reads again */
        read = peer_checks_pattern(read);
        sent = send_pattern(sent, &said);
    }
    while (read < sent) {
        read = peer_checks_pattern(read);
    }
    assert_int_equal(send_soon("x", 1), 1);
}

/* ---- wait and clocks ------------------------------------------------------------------------- */

static void wait_returns_when_the_connection_can_go_on(void **state)
{
    uint32_t start = now();
    int32_t said;

    (void)state;
    connect_to_peer();
    wait_for(REFLOW_WRITABLE, 60000);
    peer_sends("x");
    do { /* earlier returns are allowed */
        wait_for(REFLOW_READABLE, 60000);
        said = the->port->recv(the->context, chunk, 1);
    } while (said == REFLOW_IO_WOULD_BLOCK);
    assert_int_equal(said, 1);
    assert_true(now() - start < MOMENT_MS);
}

static void wait_returns_when_its_time_has_passed(void **state)
{
    uint32_t start = now();

    (void)state;
    wait_for(REFLOW_READABLE, 10); /* nothing is open: time alone counts */
    connect_to_peer();
    wait_for(REFLOW_READABLE, 10);
    wait_for(REFLOW_LATER, 10);
    wait_for(REFLOW_READABLE, 0);
    assert_true(now() - start < MOMENT_MS);
}

static void the_clock_goes_on_and_never_back(void **state)
{
    uint32_t start = now();
    uint32_t last = start;
    uint32_t calls = 0;

    (void)state;
    while (last - start < 20) {
        uint32_t next = now();

        assert_true(next - last < MOMENT_MS); /* a step back is a huge step, modulo 2^32 */
        assert_true(calls++ < 1000000000U);
        last = next;
    }
}

static void the_wall_clock_is_unknown_or_later_than_2020(void **state)
{
    int64_t time = the->port->unix_time(the->context);

    (void)state;
    assert_true(time == REFLOW_TIME_UNKNOWN || time >= 1577836800);
}

int port_contract_run(const char *name, const struct port_contract *contract)
{
#define CONTRACT(test) cmocka_unit_test_teardown(test, drop_everything)
    static const struct CMUnitTest tests[] = {
        CONTRACT(open_is_ready_when_somebody_listens),
        CONTRACT(open_fails_when_nobody_listens),
        CONTRACT(open_tells_an_unknown_name_from_a_failed_connection),
        CONTRACT(close_is_harmless_at_any_time),
        CONTRACT(close_drops_an_attempt_under_way),
        CONTRACT(close_ends_the_connection_for_both),
        CONTRACT(a_new_connection_knows_nothing_of_the_old_one),
        CONTRACT(recv_gives_what_is_there_and_no_more_than_asked),
        CONTRACT(recv_tells_the_end_after_all_bytes_and_again),
        CONTRACT(sending_goes_on_after_the_peers_end),
        CONTRACT(a_reset_is_lost_and_never_an_end),
        CONTRACT(a_reset_told_to_send_is_no_end_to_recv),
        CONTRACT(what_arrived_before_a_failed_send_is_received),
        CONTRACT(no_byte_is_lost_when_the_peer_is_slow),
        CONTRACT(wait_returns_when_the_connection_can_go_on),
        CONTRACT(wait_returns_when_its_time_has_passed),
        CONTRACT(the_clock_goes_on_and_never_back),
        CONTRACT(the_wall_clock_is_unknown_or_later_than_2020),
    };

    the = contract;
    return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
