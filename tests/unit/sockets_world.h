/* SPDX-License-Identifier: MIT */
/* sockets_world: what the tests of the sockets port share, whichever system it is on: a resolver
 * that answers while the port sleeps, and the tests of what is the port's own. */
#ifndef SOCKETS_WORLD_H
#define SOCKETS_WORLD_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "posix_peer.h"
#include "sockets_resolve.h"

#define MOMENT_MS 10000U

static struct reflow_sockets sockets;
static struct posix_peer peer;

/* ---- The system ------------------------------------------------------------------------------ */

struct question {
    const char *host; /* the asker's: resolvers keep the pointer */
    int family;
    void *argument;
};

static struct {
    const char *ipv4; /* the addresses of name.test; NULL: none */
    const char *ipv6;
    bool busy;   /* takes no question */
    bool silent; /* does not answer */
    int refusals;
    int count; /* questions that are not answered yet */
    struct question question[8];
} resolver;

static int lock_depth;

/* Each system's own way to call back: with an address, or with NULL. */
static void call_back(const struct question *question, const char *address);

static bool resolver_takes(const char *host, int family, void *argument)
{
    assert_int_equal(lock_depth, 0); /* it may call back at once */
    if (resolver.busy) {
        resolver.refusals++;
        return false;
    }
    assert_true(resolver.count < 8);
    resolver.question[resolver.count++] = (struct question){host, family, argument};
    return true;
}

static void resolver_answers(void)
{
    while (!resolver.silent && resolver.count > 0) {
        const struct question question = resolver.question[--resolver.count];
        const char *address = question.family == AF_INET ? resolver.ipv4 : resolver.ipv6;

        call_back(&question, strcmp(question.host, "name.test") == 0 ? address : NULL);
    }
}

static int64_t microseconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void system_sleeps(uint32_t milliseconds)
{
    assert_int_equal(lock_depth, 0);
    assert_true(milliseconds > 0 && milliseconds <= 1010);
    resolver_answers();
    (void)poll(NULL, 0, (int)milliseconds);
}

/* ---- The tests ------------------------------------------------------------------------------- */

static bool loopback_available(int family)
{
    struct posix_peer probe;
    bool available;

    posix_peer_init(&probe, family);
    available = posix_peer.listen(&probe) != 0;
    posix_peer.close(&probe);
    return available;
}

static enum reflow_open open_to(const char *host, uint16_t port)
{
    enum reflow_open said;

    while ((said = reflow_sockets.open(&sockets, host, port)) == REFLOW_OPEN_PENDING) {
        reflow_sockets.wait(&sockets, REFLOW_WRITABLE, MOMENT_MS);
    }
    return said;
}

static int prepare(void **state)
{
    (void)state;
    memset(&resolver, 0, sizeof resolver);
    reflow_sockets_init(&sockets);
    posix_peer_init(&peer, AF_INET);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    reflow_sockets.close(&sockets);
    posix_peer.close(&peer);
    resolver.silent = false;
    resolver_answers();
    return lock_depth;
}

static void a_name_leads_to_its_address(void **state)
{
    (void)state;
    resolver.ipv4 = "127.0.0.1";
    assert_int_equal(open_to("name.test", posix_peer.listen(&peer)), REFLOW_OPEN_READY);
    assert_true(posix_peer.accept(&peer));
    assert_int_equal(reflow_sockets.open(&sockets, "name.test", 1), REFLOW_OPEN_READY);
}

static void sockets_do_not_block_and_do_not_delay(void **state)
{
    int on = 0;
    socklen_t size = sizeof on;

    (void)state;
    assert_int_equal(open_to("127.0.0.1", posix_peer.listen(&peer)), REFLOW_OPEN_READY);
    assert_int_not_equal(fcntl(sockets.socket, F_GETFL) & O_NONBLOCK, 0);
    assert_int_equal(getsockopt(sockets.socket, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    assert_int_not_equal(on, 0);
}

static void ipv6_is_tried_where_ipv4_has_no_address_or_refuses(void **state)
{
    uint16_t port;

    (void)state;
    if (!loopback_available(AF_INET6)) {
        skip();
    }
    posix_peer_init(&peer, AF_INET6);
    port = posix_peer.listen(&peer);
    resolver.ipv6 = "::1";
    assert_int_equal(open_to("name.test", port), REFLOW_OPEN_READY);
    assert_true(posix_peer.accept(&peer));
    reflow_sockets.close(&sockets);
    resolver.ipv4 = "127.0.0.1";
    assert_int_equal(open_to("name.test", port), REFLOW_OPEN_READY);
    assert_true(posix_peer.accept(&peer));
    posix_peer.close(&peer);
    reflow_sockets.close(&sockets);
    assert_int_equal(open_to("name.test", port), REFLOW_OPEN_FAILED); /* both refuse */
    resolver.ipv6 = NULL;
    assert_int_equal(open_to("name.test", port), REFLOW_OPEN_FAILED); /* one was found */
    resolver.ipv4 = NULL;
    assert_int_equal(open_to("name.test", port), REFLOW_OPEN_DNS);
}

static void a_busy_resolver_is_asked_again(void **state)
{
    uint16_t port = posix_peer.listen(&peer);

    (void)state;
    resolver.ipv4 = "127.0.0.1";
    resolver.busy = true;
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(reflow_sockets.open(&sockets, "name.test", port), REFLOW_OPEN_PENDING);
        assert_int_equal(resolver.refusals, i);
    }
    resolver.busy = false;
    assert_int_equal(open_to("name.test", port), REFLOW_OPEN_READY);
}

/* A query that nobody waits for is busy until the resolver is done with it, and no longer. */
static void a_late_answer_finds_nobody(void **state)
{
    char host[] = "name.test";
    struct reflow_sockets before;

    (void)state;
    resolver.ipv4 = "127.0.0.1";
    resolver.silent = true;
    for (int i = 0; i < REFLOW_SOCKETS_QUERIES; i++) {
        assert_int_equal(reflow_sockets.open(&sockets, host, 443), REFLOW_OPEN_PENDING);
        reflow_sockets.wait(&sockets, REFLOW_WRITABLE, 1);
        assert_int_equal(reflow_sockets.open(&sockets, host, 443), REFLOW_OPEN_PENDING);
        reflow_sockets.close(&sockets);
    }
    memset(host, '?', sizeof host - 1); /* the caller's again */
    assert_int_equal(open_to("name.test", 443), REFLOW_OPEN_FAILED);
    before = sockets;
    resolver.silent = false;
    assert_string_equal(resolver.question[0].host, "name.test");
    resolver_answers();
    assert_memory_equal(&sockets, &before, sizeof before);
    assert_int_equal(open_to("name.test", posix_peer.listen(&peer)), REFLOW_OPEN_READY);
}

static void queries_are_given_back(void **state)
{
    uint16_t port = posix_peer.listen(&peer);

    (void)state;
    resolver.ipv4 = "127.0.0.1";
    for (int i = 0; i < 3 * REFLOW_SOCKETS_QUERIES; i++) {
        assert_int_equal(open_to("name.invalid", port), REFLOW_OPEN_DNS);
        assert_int_equal(open_to("name.test", port), REFLOW_OPEN_READY);
        assert_true(posix_peer.accept(&peer)); /* its queue is short */
        reflow_sockets.close(&sockets);
        (void)reflow_sockets.open(&sockets, "name.test", port);
        resolver_answers();
        reflow_sockets.close(&sockets);
    }
}

static void a_name_that_is_too_long_is_not_asked_for(void **state)
{
    char host[300];

    (void)state;
    memset(host, 'a', sizeof host);
    host[sizeof host - 1] = '\0';
    assert_int_equal(open_to(host, 443), REFLOW_OPEN_FAILED);
    assert_int_equal(resolver.count, 0);
}

static int run_contract(const char *system, int family, const char *host)
{
    const struct port_contract contract = {&reflow_sockets, &sockets, &posix_peer,
                                           &peer,           host,     "name.invalid"};
    char name[64];

    (void)snprintf(name, sizeof name, "port contract: %s, %s", system, host);
    if (!loopback_available(family)) {
        print_message("%s: not on this machine\n", name);
        return 0;
    }
    (void)prepare(NULL);
    posix_peer_init(&peer, family);
    return port_contract_run(name, &contract);
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, prepare, clean_up)
#define WORLD_TESTS                                                                                \
    WORLD_TEST(a_name_leads_to_its_address), WORLD_TEST(sockets_do_not_block_and_do_not_delay),    \
        WORLD_TEST(ipv6_is_tried_where_ipv4_has_no_address_or_refuses),                            \
        WORLD_TEST(a_busy_resolver_is_asked_again), WORLD_TEST(a_late_answer_finds_nobody),        \
        WORLD_TEST(queries_are_given_back), WORLD_TEST(a_name_that_is_too_long_is_not_asked_for)

/* These stacks know no signals. */
static int world_contract(const char *system)
{
    (void)signal(SIGPIPE, SIG_IGN);
    return run_contract(system, AF_INET, "127.0.0.1") + run_contract(system, AF_INET6, "::1");
}

#endif
