/* SPDX-License-Identifier: MIT */
/* The POSIX port between a resolver and several addresses: order, staggering, late and empty
 * answers. The resolver and the wall clock are this file's own: it defines getaddrinfo(),
 * freeaddrinfo() and time(), which the program then uses instead of the C library's. */
#include "reflow_posix.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "posix_peer.h"

#define MOMENT_MS 10000U
#define MOST 12
#define CROWD 4

static struct reflow_posix posix;
static struct posix_peer peer;
static int crowd[CROWD]; /* what keeps 127.0.0.2 busy; 0: nothing */

/* ---- The resolver ---------------------------------------------------------------------------- */

static struct {
    int result;
    int count;
    struct addrinfo info[MOST];
    union reflow_posix_address address[MOST];
    pthread_mutex_t gate; /* held by a test: the resolver does not answer */
    pthread_key_t at_end;
    int lists; /* answers not yet freed */
} resolver;

static time_t wall_clock;

time_t time(time_t *copy) /* which the port leaves NULL */
{
    (void)copy;
    return wall_clock;
}

/* Told by each helper as it ends, after all that it had to free. */
static pthread_mutex_t helpers_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t helper_has_gone = PTHREAD_COND_INITIALIZER;
static int helpers_gone;

static void helper_ends(void *value)
{
    (void)value;
    pthread_mutex_lock(&helpers_lock);
    helpers_gone++;
    pthread_cond_signal(&helper_has_gone);
    pthread_mutex_unlock(&helpers_lock);
}

int getaddrinfo(const char *restrict host, const char *restrict service,
                const struct addrinfo *restrict hints, struct addrinfo **restrict list)
{
    (void)service;
    pthread_setspecific(resolver.at_end, &resolver);
    pthread_mutex_lock(&resolver.gate);
    pthread_mutex_unlock(&resolver.gate);
    if (resolver.result != 0 || strcmp(host, "several.test") != 0 ||
        hints->ai_socktype != SOCK_STREAM) {
        return resolver.result != 0 ? resolver.result : EAI_NONAME;
    }
    *list = resolver.count > 0 ? &resolver.info[0] : NULL;
    resolver.lists += resolver.count > 0;
    return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
    assert_ptr_equal(list, &resolver.info[0]);
    resolver.lists--;
}

static void knows(const char *text)
{
    int i = resolver.count++;
    union reflow_posix_address *address = &resolver.address[i];
    struct addrinfo *info = &resolver.info[i];

    memset(address, 0, sizeof *address);
    memset(info, 0, sizeof *info);
    if (inet_pton(AF_INET, text, &address->ipv4.sin_addr) == 1) {
        address->any.sa_family = AF_INET;
        info->ai_addrlen = sizeof address->ipv4;
    } else if (inet_pton(AF_INET6, text, &address->ipv6.sin6_addr) == 1) {
        address->any.sa_family = AF_INET6;
        info->ai_addrlen = sizeof address->ipv6;
    } else {
        info->ai_addrlen = sizeof address->any; /* of a family that nobody knows */
    }
    info->ai_family = address->any.sa_family;
    info->ai_addr = &address->any;
    if (i > 0) {
        resolver.info[i - 1].ai_next = info;
    }
}

static int prepare(void **state)
{
    (void)state;
    memset(&resolver, 0, sizeof resolver);
    pthread_mutex_init(&resolver.gate, NULL);
    helpers_gone = 0;
    pthread_key_create(&resolver.at_end, helper_ends);
    reflow_posix_init(&posix);
    posix_peer_init(&peer, AF_INET);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    reflow_posix.close(&posix);
    posix_peer.close(&peer);
    for (size_t i = 0; i < CROWD && crowd[i] > 0; i++) {
        (void)close(crowd[i]);
        crowd[i] = 0;
    }
    pthread_key_delete(resolver.at_end);
    pthread_mutex_destroy(&resolver.gate);
    return resolver.lists;
}

static enum reflow_open open_to(const char *host, uint16_t port)
{
    enum reflow_open said;

    while ((said = reflow_posix.open(&posix, host, port)) == REFLOW_OPEN_PENDING) {
        reflow_posix.wait(&posix, REFLOW_WRITABLE, MOMENT_MS);
    }
    return said;
}

/* ---- No address ------------------------------------------------------------------------------ */

static void every_failure_of_the_resolver_is_the_names(void **state)
{
    static const int results[] = {EAI_NONAME, EAI_AGAIN, EAI_FAIL, EAI_SYSTEM, EAI_MEMORY};

    (void)state;
    knows("127.0.0.1");
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        resolver.result = results[i];
        assert_int_equal(open_to("several.test", 443), REFLOW_OPEN_DNS);
    }
}

static void an_empty_answer_is_no_address(void **state)
{
    (void)state;
    assert_int_equal(open_to("several.test", 443), REFLOW_OPEN_DNS);
    knows("of no known family");
    assert_int_equal(open_to("several.test", 443), REFLOW_OPEN_DNS);
}

/* ---- Several addresses ----------------------------------------------------------------------- */

static void a_refused_address_hands_over_to_the_next(void **state)
{
    uint16_t port = posix_peer.listen(&peer);

    (void)state;
    knows("::1");
    knows("127.0.0.2");
    knows("127.0.0.1");
    assert_int_equal(open_to("several.test", port), REFLOW_OPEN_READY);
    assert_true(posix_peer.accept(&peer));
    reflow_posix.close(&posix);
    posix_peer.close(&peer);
    assert_int_equal(open_to("several.test", port), REFLOW_OPEN_FAILED); /* all refuse */
}

/* Lets the resolver answer, and no connection be made. */
static void resolve_alone(void)
{
    while (reflow_posix.open(&posix, "several.test", 9) == REFLOW_OPEN_PENDING &&
           posix.state == REFLOW_POSIX_RESOLVING) {
        reflow_posix.wait(&posix, REFLOW_WRITABLE, MOMENT_MS);
    }
}

static void expect_address(size_t at, const char *text)
{
    char buffer[INET6_ADDRSTRLEN];
    const union reflow_posix_address *address = &posix.address[at];
    int family = address->any.sa_family;

    assert_true(at < posix.addresses);
    if (family == AF_INET) {
        assert_non_null(inet_ntop(family, &address->ipv4.sin_addr, buffer, sizeof buffer));
        assert_int_equal(ntohs(address->ipv4.sin_port), 9);
    } else {
        assert_non_null(inet_ntop(family, &address->ipv6.sin6_addr, buffer, sizeof buffer));
        assert_int_equal(ntohs(address->ipv6.sin6_port), 9);
    }
    assert_string_equal(buffer, text);
}

static void families_alternate_in_the_resolvers_order(void **state)
{
    (void)state;
    knows("::1");
    knows("::2");
    knows("::3");
    knows("127.0.0.1");
    knows("127.0.0.2");
    resolve_alone();
    assert_int_equal(posix.addresses, 5);
    expect_address(0, "::1");
    expect_address(1, "127.0.0.1");
    expect_address(2, "::2");
    expect_address(3, "127.0.0.2");
    expect_address(4, "::3");
}

static void no_more_addresses_are_kept_than_there_is_room_for(void **state)
{
    (void)state;
    for (int i = 0; i < MOST; i++) {
        knows(i % 4 == 0 ? "::1" : "127.0.0.1");
    }
    resolve_alone();
    assert_int_equal(posix.addresses, REFLOW_POSIX_ADDRESSES);
    expect_address(6, "127.0.0.1");
}

/* Fills the queue of 127.0.0.2 on `port`: Linux answers nothing to whoever comes next. */
static void make_silent(uint16_t port)
{
    struct sockaddr_in address;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    assert_int_equal(inet_pton(AF_INET, "127.0.0.2", &address.sin_addr), 1);
    for (size_t i = 0; i < CROWD; i++) {
        const struct sockaddr *any = (const struct sockaddr *)&address;

        crowd[i] = socket(AF_INET, SOCK_STREAM, 0);
        assert_true(crowd[i] >= 0);
        assert_int_equal(fcntl(crowd[i], F_SETFL, O_NONBLOCK), 0);
        if (i == 0) {
            assert_int_equal(bind(crowd[i], any, sizeof address), 0);
            assert_int_equal(listen(crowd[i], 0), 0);
        } else {
            (void)connect(crowd[i], any, sizeof address);
        }
    }
}

static void a_silent_address_gets_company_and_the_first_connection_is_kept(void **state)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    uint16_t port = posix_peer.listen(&peer);
    uint32_t start = reflow_posix.now_ms(&posix);
    int timeout = -1;

    (void)state;
    make_silent(port);
    knows("127.0.0.2");
    knows("127.0.0.1");
    while (posix.state != REFLOW_POSIX_CONNECTING) {
        assert_int_equal(reflow_posix.open(&posix, "several.test", port), REFLOW_OPEN_PENDING);
    }
    assert_int_equal(reflow_posix_pollfds(&posix, REFLOW_WRITABLE, fds, &timeout), 1);
    assert_in_range(timeout, 1, REFLOW_POSIX_STAGGER_MS);
    assert_int_equal(open_to("several.test", port), REFLOW_OPEN_READY);
    assert_in_range(reflow_posix.now_ms(&posix) - start, REFLOW_POSIX_STAGGER_MS, MOMENT_MS / 2);
    assert_int_equal(fcntl(fds[0].fd, F_GETFD), -1); /* the other one is dropped */
    assert_true(posix_peer.accept(&peer));
}

static void close_drops_all_attempts(void **state)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    uint16_t port = posix_peer.listen(&peer);
    int timeout = -1;

    (void)state;
    make_silent(port);
    knows("127.0.0.2");
    knows("127.0.0.2");
    while (posix.attempts < 2) {
        assert_int_equal(reflow_posix.open(&posix, "several.test", port), REFLOW_OPEN_PENDING);
        if (posix.attempts < 2) {
            reflow_posix.wait(&posix, REFLOW_WRITABLE, MOMENT_MS);
        }
    }
    assert_int_equal(reflow_posix_pollfds(&posix, REFLOW_WRITABLE, fds, &timeout), 2);
    reflow_posix.close(&posix);
    assert_int_equal(fcntl(fds[0].fd, F_GETFD), -1);
    assert_int_equal(fcntl(fds[1].fd, F_GETFD), -1);
}

/* ---- A late answer --------------------------------------------------------------------------- */

static void expect_helper_gone(void)
{
    struct timespec limit;
    int late = 0;

    assert_int_equal(clock_gettime(CLOCK_REALTIME, &limit), 0);
    limit.tv_sec += (time_t)(MOMENT_MS / 1000);
    pthread_mutex_lock(&helpers_lock);
    while (helpers_gone == 0 && late == 0) {
        late = pthread_cond_timedwait(&helper_has_gone, &helpers_lock, &limit);
    }
    pthread_mutex_unlock(&helpers_lock);
    assert_int_equal(late, 0);
}

static void open_and_close_do_not_wait_for_the_resolver(void **state)
{
    char host[] = "several.test";
    uint32_t start = reflow_posix.now_ms(&posix);
    int first_descriptor = dup(0);

    (void)state;
    (void)close(first_descriptor);
    knows("127.0.0.1");
    pthread_mutex_lock(&resolver.gate);
    assert_int_equal(reflow_posix.open(&posix, host, 443), REFLOW_OPEN_PENDING);
    reflow_posix.wait(&posix, REFLOW_WRITABLE, 20);
    assert_int_equal(reflow_posix.open(&posix, host, 443), REFLOW_OPEN_PENDING);
    reflow_posix.close(&posix);
    memset(host, '?', sizeof host - 1); /* the caller's again */
    assert_true(reflow_posix.now_ms(&posix) - start < MOMENT_MS);

    /* The context is free for the next attempt while the helper still waits. */
    assert_int_equal(reflow_posix.open(&posix, "127.0.0.1", posix_peer.listen(&peer)),
                     REFLOW_OPEN_PENDING);
    reflow_posix.close(&posix);
    posix_peer.close(&peer);

    pthread_mutex_unlock(&resolver.gate);
    expect_helper_gone();
    assert_int_equal(dup(0), first_descriptor); /* the helper has closed its pipe */
    (void)close(first_descriptor);
}

static void close_frees_an_answer_that_nobody_fetched(void **state)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    int timeout = -1;

    (void)state;
    knows("127.0.0.1");
    assert_int_equal(reflow_posix.open(&posix, "several.test", 443), REFLOW_OPEN_PENDING);
    assert_int_equal(reflow_posix_pollfds(&posix, REFLOW_READABLE, fds, &timeout), 1);
    assert_int_equal(poll(fds, 1, (int)MOMENT_MS), 1);
    reflow_posix.close(&posix);
    assert_int_equal(fcntl(fds[0].fd, F_GETFD), -1);
    expect_helper_gone();
}

/* ---- The wall clock -------------------------------------------------------------------------- */

static void a_wall_clock_before_2020_is_not_set(void **state)
{
    (void)state;
    wall_clock = (time_t)-1;
    assert_true(reflow_posix.unix_time(&posix) == REFLOW_TIME_UNKNOWN);
    wall_clock = 1577836799;
    assert_true(reflow_posix.unix_time(&posix) == REFLOW_TIME_UNKNOWN);
    wall_clock = 1577836800;
    assert_true(reflow_posix.unix_time(&posix) == 1577836800);
}

int main(void)
{
#define NAMES(test) cmocka_unit_test_setup_teardown(test, prepare, clean_up)
    static const struct CMUnitTest tests[] = {
        NAMES(every_failure_of_the_resolver_is_the_names),
        NAMES(an_empty_answer_is_no_address),
        NAMES(a_refused_address_hands_over_to_the_next),
        NAMES(families_alternate_in_the_resolvers_order),
        NAMES(no_more_addresses_are_kept_than_there_is_room_for),
        NAMES(a_silent_address_gets_company_and_the_first_connection_is_kept),
        NAMES(close_drops_all_attempts),
        NAMES(open_and_close_do_not_wait_for_the_resolver),
        NAMES(close_frees_an_answer_that_nobody_fetched),
        NAMES(a_wall_clock_before_2020_is_not_set),
    };
#undef NAMES

    return cmocka_run_group_tests_name("port: POSIX names", tests, NULL, NULL);
}
