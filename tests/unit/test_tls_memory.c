/* SPDX-License-Identifier: MIT */
/* What the TLS session allocates: all of it through mbedtls_calloc, all of it freed at close, and
 * every allocation may fail. Needs MBEDTLS_PLATFORM_MEMORY. */
#include "tls_world.h"

#include <stdlib.h>

#if defined(MBEDTLS_PLATFORM_MEMORY)

#define SET_UP 100 /* allocations: until the hello is sent, and some more */

static struct {
    size_t calls;      /* allocations since reset */
    size_t fail_at;    /* this one fails */
    size_t fail_count; /* and so many from it on */
    size_t failed;
    uint32_t failed_ever;
    size_t alive;
    size_t bytes, peak;
} heap;

union header {
    size_t size;
    long double align;
};

static void *count_calloc(size_t count, size_t size)
{
    const size_t call = heap.calls++;
    union header *header;

    if (call >= heap.fail_at && call - heap.fail_at < heap.fail_count) {
        heap.failed++;
        heap.failed_ever++;
        return NULL;
    }
    header = calloc(1, sizeof *header + count * size);
    assert_non_null(header);
    header->size = count * size;
    heap.alive++;
    heap.bytes += count * size;
    heap.peak = heap.bytes > heap.peak ? heap.bytes : heap.peak;
    return header + 1;
}

static void count_free(void *memory)
{
    union header *header = memory;

    if (header != NULL) {
        header--;
        heap.alive--;
        heap.bytes -= header->size;
        free(header);
    }
}

static uint32_t memory_failures(void *context)
{
    (void)context;
    return heap.failed_ever;
}

static void reset_heap(size_t fail_at, size_t fail_count)
{
    heap.calls = 0;
    heap.failed = 0;
    heap.fail_at = fail_at;
    heap.fail_count = fail_count;
}

static int count_allocations(void **state)
{
    (void)state;
    return mbedtls_platform_set_calloc_free(count_calloc, count_free);
}

static void begin(int version, bool rsa)
{
    tls_world_begin();
    tls_world.options.version = version;
    tls_world.options.rsa = rsa;
    tls_world_open();
}

/* ---- Sound ----------------------------------------------------------------------------------- */

static void all_memory_is_freed_at_close(void **state)
{
    int kind;

    (void)state;
    for (kind = HAS_TLS13 ? 0 : 2; kind < 4; kind++) {
        reset_heap(FAKE_NEVER, 0);
        heap.peak = 0;
        begin(kind < 2 ? TLS1_3_VERSION : TLS1_2_VERSION, kind % 2 == 1);
        assert_int_equal(heap.calls, 0); /* nothing before the first connection */
        assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
        assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
        assert_true(heap.alive > 0);
        tls_world_close();
        assert_int_equal(heap.alive, 0);
        print_message("%s %s: %zu allocations, at most %zu bytes\n",
                      kind < 2 ? "TLS 1.3" : "TLS 1.2", kind % 2 == 1 ? "RSA" : "ECDSA", heap.calls,
                      heap.peak);
    }
}

/* ---- Every allocation fails ------------------------------------------------------------------ */

static struct {
    bool counts; /* reflow is told how often memory was short */
    size_t runs, leaks;
    size_t full; /* handshakes where a session was to be resumed */
    size_t by_error[REFLOW_ERROR_COUNT];
} tally;

/* One run in which the allocation number `at` fails, and `count` - 1 after it. */
static bool run_short_of_memory(int version, bool rsa, const char *alternatives, size_t at,
                                size_t count)
{
    const struct reflow_result *result;
    enum reflow_error error;
    const size_t alive = heap.alive;
    bool reached;

    tls_world_begin();
    tls_world.options.version = version;
    tls_world.options.rsa = rsa;
    tls_world.options.alternatives = alternatives;
    tls_world.config.memory_failures = tally.counts ? memory_failures : NULL;
    tls_world_open();
    reset_heap(at, count);
    result = tls_world_run();
    error = result->error;
    reached = heap.failed > 0;
    tally.runs++;
    tally.by_error[error]++;
    assert_true(strcmp(alternatives, "DNS:" PEER_HOST) == 0 || tls_world.commits == 0);
    heap.fail_at = FAKE_NEVER;
    tls_world_close();
    if (heap.alive != alive) {
        print_error("%s: allocation %zu (and %zu more) fails: %s, and %zu are not freed\n",
                    tls_world.protocol, at, count - 1, reflow_error_name(error),
                    heap.alive - alive);
        tally.leaks++;
        /* mbedTLS 3.6.6 loses a cipher's context where it cannot set up TLS 1.3's keys: it frees a
         * transform without what the transform holds
         * (mbedtls_ssl_tls13_compute_handshake_transform). */
        assert_true(version == TLS1_3_VERSION && at >= SET_UP);
    }
    return reached;
}

static void print_tally(const char *what)
{
    int error;

    print_message("%s: %zu runs;", what, tally.runs);
    for (error = 0; error < REFLOW_ERROR_COUNT; error++) {
        if (tally.by_error[error] != 0) {
            print_message(" %s=%zu",
                          error == 0 ? "(no error)" : reflow_error_name((enum reflow_error)error),
                          tally.by_error[error]);
        }
    }
    print_message(" leaks=%zu\n", tally.leaks);
    memset(&tally, 0, sizeof tally);
}

/* The first allocations one by one, then in strides: most are elliptic curves' numbers. All
 * of them, in several minutes, with REFLOW_EVERY_ALLOCATION in the environment. */
static void fail_each(int version, bool rsa, const char *alternatives, size_t count, size_t stride)
{
    const bool every = getenv("REFLOW_EVERY_ALLOCATION") != NULL;
    size_t at = 0;

    while (run_short_of_memory(version, rsa, alternatives, at, count)) {
        at += every || (at < SET_UP && count == 1) ? 1 : stride;
    }
}

static void any_allocation_may_fail(void **state)
{
    int kind;

    (void)state;
    memset(&tally, 0, sizeof tally);
    for (kind = HAS_TLS13 ? 0 : 2; kind < 4; kind++) {
        const int version = kind < 2 ? TLS1_3_VERSION : TLS1_2_VERSION;
        fail_each(version, kind % 2 == 1, "DNS:" PEER_HOST, 1, 31);
        print_tally(kind < 2 ? "one failure, TLS 1.3" : "one failure, TLS 1.2");
        fail_each(version, kind % 2 == 1, "DNS:" PEER_HOST, FAKE_NEVER, 101);
        print_tally(kind < 2 ? "from one on, TLS 1.3" : "from one on, TLS 1.2");
    }
}

/* Whatever fails, nobody else is taken for the service. */
static void no_failure_lets_a_wrong_certificate_pass(void **state)
{
    int kind;

    (void)state;
    memset(&tally, 0, sizeof tally);
    for (kind = HAS_TLS13 ? 0 : 2; kind < 4; kind++) {
        const int version = kind < 2 ? TLS1_3_VERSION : TLS1_2_VERSION;
        fail_each(version, kind % 2 == 1, "DNS:other.example", 1, 37);
        fail_each(version, kind % 2 == 1, "DNS:other.example", FAKE_NEVER, 211);
    }
    print_tally("wrong host");
}

/* Lack of memory is told by its name, and not as a server's fault. */
static void lack_of_memory_is_told_by_its_name(void **state)
{
    int kind;
    size_t named = 0;
    size_t runs = 0;

    (void)state;
    memset(&tally, 0, sizeof tally);
    tally.counts = true;
    for (kind = HAS_TLS13 ? 0 : 2; kind < 4; kind++) {
        fail_each(kind < 2 ? TLS1_3_VERSION : TLS1_2_VERSION, kind % 2 == 1, "DNS:" PEER_HOST, 1,
                  61);
    }
    named = tally.by_error[REFLOW_ERR_OUT_OF_MEMORY] + tally.by_error[REFLOW_OK];
    runs = tally.runs;
    print_tally("by name");
    assert_int_equal(runs - named, 0);
}

/* ---- Resumption ------------------------------------------------------------------------------ */

/* PSA allocates a cipher's context for each record. mbedTLS 4 has no other ciphers. */
#if defined(MBEDTLS_USE_PSA_CRYPTO) || MBEDTLS_VERSION_MAJOR >= 4
#define RECORDS_TAKE_MEMORY true
#else
#define RECORDS_TAKE_MEMORY false
#endif

/* A second connection, on which the allocation number `at` fails. Returns whether it came to that. */
static bool resume_short_of_memory(size_t at, size_t count)
{
    static struct reflow_ticket ticket;
    /* Only its end says that it is whole: what an earlier failure is blamed for would show. */
    const struct fake_answer run = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"id\":\"a-new1\"}", true, true};
    const size_t alive = heap.alive;
    enum reflow_error error;
    bool reached;

    reset_heap(FAKE_NEVER, 0);
    memset(&ticket, 0, sizeof ticket);
    fake_service_init(&tls_world.service);
    fake_service_answers(&tls_world.service, run);
    tls_world.config.memory_failures = memory_failures;
    tls_world_open();
    reflow_use_ticket(&tls_world.client, &ticket);
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    reset_heap(at, count);
    error = tls_world_run()->error;
    reached = heap.failed > 0;
    reset_heap(FAKE_NEVER, 0);
    if (error != REFLOW_OK && error != REFLOW_ERR_OUT_OF_MEMORY) {
        print_error("%s: allocation %zu fails: %s\n", tls_world.protocol, at,
                    reflow_error_name(error));
    }
    assert_true(error == REFLOW_OK || error == REFLOW_ERR_OUT_OF_MEMORY);
    assert_true(reflow_result(&tls_world.client)->outcome != REFLOW_UNKNOWN ||
                tls_world.options.version == TLS1_3_VERSION || /* a ticket takes memory there */
                RECORDS_TAKE_MEMORY);
    assert_true(reached || SSL_session_reused(tls_world.peer.ssl));
    tally.runs++;
    tally.by_error[error]++;
    tally.full += error == REFLOW_OK && !SSL_session_reused(tls_world.peer.ssl);
    tls_world.port.sent = 0;
    assert_int_equal(tls_world_run()->error, REFLOW_OK); /* whatever is left of the session */
    tls_world_close();
    tally.leaks += heap.alive != alive;
    assert_true(heap.alive == alive || tls_world.options.version == TLS1_3_VERSION);
    return reached;
}

static void memory_that_fails_for_a_session_costs_a_full_handshake(void **state)
{
    int kind;
    size_t at = 0;

    (void)state;
    for (kind = HAS_TLS13 ? 0 : 1; kind < 3; kind++) {
        memset(&tally, 0, sizeof tally);
        for (at = 0;; at += at < SET_UP || getenv("REFLOW_EVERY_ALLOCATION") != NULL ? 1 : 31) {
            tls_world_begin();
            tls_world.options.version = kind == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
            tls_world.options.seals = kind == 1;
            if (!resume_short_of_memory(at, 1)) {
                break;
            }
        }
        assert_true(tally.full > 0);
        print_message("full handshakes in its place: %zu\n", tally.full);
        print_tally(kind == 0 ? "resuming, TLS 1.3" : "resuming, TLS 1.2");
    }
}

/* ---- Two clients ----------------------------------------------------------------------------- */

/* What one client's failure gives back is not the other's. */
static void a_client_that_fails_takes_nothing_from_another(void **state)
{
    static struct reflow_client other;
    static struct fake_port port; /* where nobody answers */
    struct reflow_config config;
    const size_t alive = heap.alive;
    size_t at;

    (void)state;
    for (at = 0; at < 12; at++) {
        reset_heap(FAKE_NEVER, 0);
        begin(HAS_TLS13 ? TLS1_3_VERSION : TLS1_2_VERSION, false);
        assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
        fake_port_init(&port);
        config = tls_world.config;
        config.port_context = &port;
        assert_int_equal(reflow_init(&other, sizeof other, &config), REFLOW_OK);
        reset_heap(at, FAKE_NEVER);
        assert_int_equal(reflow_start_retrigger(&other, "another"), REFLOW_OK);
        if (reflow_step(&other) == REFLOW_FAILED) {
            assert_int_equal(reflow_result(&other)->outcome, REFLOW_NOT_APPLIED);
        }
        reset_heap(FAKE_NEVER, 0);
        reflow_close(&other);
        assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
        tls_world_close();
        assert_int_equal(heap.alive, alive);
    }
}

static int free_keys(void **state)
{
    (void)state;
    openssl_keys_free();
    return mbedtls_platform_set_calloc_free(calloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_memory_is_freed_at_close, tls_world_clean_up),
        cmocka_unit_test_teardown(any_allocation_may_fail, tls_world_clean_up),
        cmocka_unit_test_teardown(no_failure_lets_a_wrong_certificate_pass, tls_world_clean_up),
        cmocka_unit_test_teardown(lack_of_memory_is_told_by_its_name, tls_world_clean_up),
        cmocka_unit_test_teardown(memory_that_fails_for_a_session_costs_a_full_handshake,
                                  tls_world_clean_up),
        cmocka_unit_test_teardown(a_client_that_fails_takes_nothing_from_another,
                                  tls_world_clean_up),
    };

    return cmocka_run_group_tests_name("tls_memory", tests, count_allocations, free_keys);
}

#else

static void allocations_can_be_counted(void **state)
{
    (void)state;
    skip(); /* this mbedTLS was built without MBEDTLS_PLATFORM_MEMORY */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(allocations_can_be_counted)};

    return cmocka_run_group_tests_name("tls_memory", tests, NULL, NULL);
}

#endif
