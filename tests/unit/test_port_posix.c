/* SPDX-License-Identifier: MIT */
/* The POSIX port against this machine's loopback: the contract of all ports, then what is its own:
 * descriptors, socket options, localhost, poll loops, signals. */
#include "reflow_posix.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "posix_peer.h"

#define MOMENT_MS 10000U

static struct reflow_posix posix;
static struct posix_peer peer;

static enum reflow_open open_to(const char *host, uint16_t port)
{
    enum reflow_open said;

    while ((said = reflow_posix.open(&posix, host, port)) == REFLOW_OPEN_PENDING) {
        reflow_posix.wait(&posix, REFLOW_WRITABLE, MOMENT_MS);
    }
    return said;
}

static void connect_to_peer(void)
{
    uint16_t port = posix_peer.listen(&peer);

    assert_int_equal(open_to("127.0.0.1", port), REFLOW_OPEN_READY);
    assert_true(posix_peer.accept(&peer));
}

static int prepare(void **state)
{
    (void)state;
    reflow_posix_init(&posix);
    posix_peer_init(&peer, AF_INET);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    reflow_posix.close(&posix);
    posix_peer.close(&peer);
    return 0;
}

/* Whether this machine has that family's loopback. */
static bool loopback_available(int family)
{
    struct posix_peer probe;
    bool available;

    posix_peer_init(&probe, family);
    available = posix_peer.listen(&probe) != 0;
    posix_peer.close(&probe);
    return available;
}

static int pollfds(int event, struct pollfd *fds, int *timeout)
{
    return (int)reflow_posix_pollfds(&posix, event, fds, timeout);
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static int open_descriptors(void)
{
    int count = 0;

    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static void every_descriptor_is_given_back(void **state)
{
    int before = open_descriptors();
    uint16_t port;

    (void)state;
    assert_int_equal(open_to("name.invalid", 443), REFLOW_OPEN_DNS);
    assert_int_equal(open_descriptors(), before);
    connect_to_peer();
    reflow_posix.close(&posix);
    port = posix_peer.listen(&peer);
    (void)reflow_posix.open(&posix, "127.0.0.1", port);
    reflow_posix.close(&posix);
    posix_peer.close(&peer);
    assert_int_equal(open_descriptors(), before);
    assert_int_equal(open_to("127.0.0.1", port), REFLOW_OPEN_FAILED);
    assert_int_equal(open_to("localhost", port), REFLOW_OPEN_FAILED);
    assert_int_equal(open_descriptors(), before);
}

static void sockets_do_not_block_delay_or_outlive_exec(void **state)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    int timeout = -1;
    int on = 0;
    socklen_t size = sizeof on;

    (void)state;
    connect_to_peer();
    assert_int_equal(pollfds(REFLOW_READABLE, fds, &timeout), 1);
    assert_int_not_equal(fcntl(fds[0].fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_not_equal(fcntl(fds[0].fd, F_GETFD) & FD_CLOEXEC, 0);
    assert_int_equal(getsockopt(fds[0].fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    assert_int_not_equal(on, 0);
}

static void want_of_descriptors_is_a_failure_and_not_the_names_fault(void **state)
{
    struct rlimit before;
    struct rlimit none;
    enum reflow_open digits;
    enum reflow_open name;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    digits = open_to("127.0.0.1", 443);
    name = open_to("name.invalid", 443);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(digits, REFLOW_OPEN_FAILED);
    assert_int_equal(name, REFLOW_OPEN_FAILED);
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void localhost_is_reached_whichever_family_listens(void **state)
{
    static const int families[] = {AF_INET, AF_INET6};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        if (loopback_available(families[i])) {
            uint16_t port;

            posix_peer_init(&peer, families[i]);
            port = posix_peer.listen(&peer);
            assert_int_equal(open_to(i == 0 ? "localhost" : "LocalHost", port), REFLOW_OPEN_READY);
            assert_true(posix_peer.accept(&peer));
            clean_up(NULL);
        }
    }
}

/* "127.1" is a name to inet_pton() and an address to getaddrinfo(), which asks nobody for it. */
static void the_resolvers_addresses_are_connected_to(void **state)
{
    uint16_t port = posix_peer.listen(&peer);

    (void)state;
    assert_int_equal(reflow_posix.open(&posix, "127.1", port), REFLOW_OPEN_PENDING);
    assert_int_equal(open_to("127.1", port), REFLOW_OPEN_READY);
    assert_true(posix_peer.accept(&peer));
}

/* ---- Poll loops ------------------------------------------------------------------------------ */

static void pollfds_name_what_is_waited_for(void **state)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    uint16_t port = posix_peer.listen(&peer);
    int timeout = 5000;

    (void)state;
    assert_int_equal(pollfds(REFLOW_READABLE, fds, &timeout), 0);

    assert_int_equal(reflow_posix.open(&posix, "127.0.0.1", port), REFLOW_OPEN_PENDING);
    assert_int_equal(pollfds(REFLOW_READABLE, fds, &timeout), 1);
    assert_int_equal(fds[0].events, POLLOUT); /* whatever the event: it is connecting */
    assert_int_equal(poll(fds, 1, (int)MOMENT_MS), 1);
    assert_int_equal(reflow_posix.open(&posix, "127.0.0.1", port), REFLOW_OPEN_READY);

    assert_int_equal(pollfds(REFLOW_READABLE, fds, &timeout), 1);
    assert_int_equal(fds[0].events, POLLIN);
    assert_int_equal(pollfds(REFLOW_WRITABLE, fds, &timeout), 1);
    assert_int_equal(fds[0].events, POLLOUT);
    assert_int_equal(pollfds(REFLOW_LATER, fds, &timeout), 0);
    assert_int_equal(timeout, 5000);
}

static void pollfds_tell_when_the_resolver_is_done(void **state)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    int timeout = -1;

    (void)state;
    assert_int_equal(reflow_posix.open(&posix, "127.1", 1), REFLOW_OPEN_PENDING);
    assert_int_equal(pollfds(REFLOW_WRITABLE, fds, &timeout), 1);
    assert_int_equal(fds[0].events, POLLIN);
    assert_int_equal(timeout, -1);
    assert_int_equal(poll(fds, 1, (int)MOMENT_MS), 1);
    assert_int_not_equal(fds[0].revents & POLLIN, 0);
    assert_int_equal(open_to("127.1", 1), REFLOW_OPEN_FAILED);
}

/* ---- What is fetched ahead -------------------------------------------------------------------- */

/* Nobody may wait for a socket whose bytes have been fetched from it already. */
static void bytes_that_are_fetched_but_not_taken_are_not_waited_for(void **state)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    char bytes[8];
    int timeout = -1;

    (void)state;
    connect_to_peer();
    assert_true(posix_peer.send(&peer, "12345678", 8));
    reflow_posix.wait(&posix, REFLOW_READABLE, MOMENT_MS);
    assert_int_equal(reflow_posix.recv(&posix, bytes, 5), 5);
    assert_int_equal(pollfds(REFLOW_READABLE, fds, &timeout), 1);
    assert_int_equal(poll(fds, 1, 0), 0);
    assert_int_equal(timeout, 0);
    timeout = -1;
    assert_int_equal(pollfds(REFLOW_WRITABLE, fds, &timeout), 1);
    assert_int_equal(timeout, -1);
    assert_int_equal(reflow_posix.recv(&posix, bytes + 5, 3), 3);
    assert_memory_equal(bytes, "12345678", 8);
    assert_int_equal(pollfds(REFLOW_READABLE, fds, &timeout), 1);
    assert_int_equal(timeout, -1);
    assert_int_equal(reflow_posix.recv(&posix, bytes, 5), REFLOW_IO_WOULD_BLOCK);
}

/* Whatever the pieces that come and the pieces that are asked for. */
static void a_stream_is_received_in_order_in_pieces_of_any_size(void **state)
{
    static unsigned char sent[3 * REFLOW_POSIX_AHEAD];
    static unsigned char got[sizeof sent];
    size_t length = 0;
    size_t piece = 1;

    (void)state;
    for (size_t i = 0; i < sizeof sent; i++) {
        sent[i] = (unsigned char)(i * 7 + i / 256);
    }
    connect_to_peer();
    assert_true(posix_peer.send(&peer, sent, sizeof sent));
    while (length < sizeof sent) {
        const size_t left = sizeof sent - length;
        const int32_t some = reflow_posix.recv(&posix, got + length, piece < left ? piece : left);
        assert_true(some > 0 || some == REFLOW_IO_WOULD_BLOCK);
        if (some > 0) {
            length += (size_t)some;
            piece = piece * 3 % (REFLOW_POSIX_AHEAD + 61); /* now and then more than is kept */
        } else {
            reflow_posix.wait(&posix, REFLOW_READABLE, MOMENT_MS);
        }
    }
    assert_memory_equal(got, sent, sizeof sent);
}

static void what_was_fetched_from_one_connection_is_not_the_next_ones(void **state)
{
    char bytes[2];

    (void)state;
    connect_to_peer();
    assert_true(posix_peer.send(&peer, "old", 3));
    reflow_posix.wait(&posix, REFLOW_READABLE, MOMENT_MS);
    assert_int_equal(reflow_posix.recv(&posix, bytes, 1), 1);
    reflow_posix.close(&posix);
    posix_peer.close(&peer);
    connect_to_peer();
    assert_int_equal(reflow_posix.recv(&posix, bytes, 1), REFLOW_IO_WOULD_BLOCK);
}

/* ---- The last bytes -------------------------------------------------------------------------- */

static void bytes_sent_ahead_of_a_reset_are_received(void **state)
{
    char bytes[16];

    (void)state;
    connect_to_peer();
    assert_true(posix_peer.send(&peer, "early", 5));
    posix_peer.reset(&peer);
    reflow_posix.wait(&posix, REFLOW_READABLE, MOMENT_MS);
    assert_int_equal(reflow_posix.recv(&posix, bytes, 2), 2);
    assert_int_equal(reflow_posix.recv(&posix, bytes, sizeof bytes), 3);
    assert_memory_equal(bytes, "rly", 3);
    assert_int_equal(reflow_posix.recv(&posix, bytes, sizeof bytes), REFLOW_IO_LOST);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

static uint32_t time_of_wait(int event, uint32_t timeout_ms)
{
    uint32_t start = reflow_posix.now_ms(&posix);

    reflow_posix.wait(&posix, event, timeout_ms);
    return reflow_posix.now_ms(&posix) - start;
}

static void wait_sleeps_while_nothing_can_go_on(void **state)
{
    (void)state;
    assert_true(time_of_wait(REFLOW_READABLE, 30) >= 29);
    connect_to_peer();
    assert_true(time_of_wait(REFLOW_READABLE, 30) >= 29);
    assert_true(posix_peer.send(&peer, "x", 1));
    assert_true(time_of_wait(REFLOW_LATER, 30) >= 29);
    assert_true(time_of_wait(REFLOW_READABLE, UINT32_MAX) < MOMENT_MS);
}

static volatile sig_atomic_t alarms;

static void on_alarm(int signal_number)
{
    (void)signal_number;
    alarms = alarms + 1;
}

static void wait_ends_with_a_signal(void **state)
{
    struct sigaction action;
    struct sigaction before;
    struct itimerspec soon = {{0, 10000000}, {0, 10000000}};
    timer_t timer;

    (void)state;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm;
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
    assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
    assert_true(time_of_wait(REFLOW_LATER, 60000) < MOMENT_MS);
    assert_int_equal(timer_delete(timer), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_true(alarms > 0);
}

static int run_contract(const char *name, int family, const char *host)
{
    const struct port_contract contract = {&reflow_posix, &posix, &posix_peer,
                                           &peer,         host,   "name.invalid"};

    if (!loopback_available(family)) {
        print_message("%s: not on this machine\n", name);
        return 0;
    }
    reflow_posix_init(&posix);
    posix_peer_init(&peer, family);
    return port_contract_run(name, &contract);
}

int main(void)
{
#define OWN(test) cmocka_unit_test_setup_teardown(test, prepare, clean_up)
    static const struct CMUnitTest tests[] = {
        OWN(every_descriptor_is_given_back),
        OWN(sockets_do_not_block_delay_or_outlive_exec),
        OWN(want_of_descriptors_is_a_failure_and_not_the_names_fault),
        OWN(localhost_is_reached_whichever_family_listens),
        OWN(the_resolvers_addresses_are_connected_to),
        OWN(pollfds_name_what_is_waited_for),
        OWN(pollfds_tell_when_the_resolver_is_done),
        OWN(bytes_that_are_fetched_but_not_taken_are_not_waited_for),
        OWN(a_stream_is_received_in_order_in_pieces_of_any_size),
        OWN(what_was_fetched_from_one_connection_is_not_the_next_ones),
        OWN(bytes_sent_ahead_of_a_reset_are_received),
        OWN(wait_sleeps_while_nothing_can_go_on),
        OWN(wait_ends_with_a_signal),
    };
#undef OWN
    int failed = run_contract("port contract: POSIX over IPv4", AF_INET, "127.0.0.1");

    failed += run_contract("port contract: POSIX over IPv6", AF_INET6, "::1");
    failed += cmocka_run_group_tests_name("port: POSIX", tests, NULL, NULL);
    return failed != 0;
}
