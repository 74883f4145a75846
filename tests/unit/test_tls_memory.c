/* SPDX-License-Identifier: MIT */
/* What the TLS session allocates: all of it through mbedtls_calloc, all of it freed at close, and
 * every allocation may fail. Needs MBEDTLS_PLATFORM_MEMORY. */
#include "tls_world.h"

#include <stdlib.h>

#if defined(MBEDTLS_PLATFORM_MEMORY)

static struct {
    size_t calls;   /* allocations since reset */
    size_t fail_at; /* this one fails */
    size_t fail_count; /* and so many from it on */
    size_t failed;
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
    size_t runs, retriggered, out_of_memory, others, wrong_words;
    size_t by_error[REFLOW_ERROR_COUNT];
} tally;

/* One run in which the allocation number `at` fails, and `count` - 1 after it. */
static bool run_short_of_memory(int version, bool rsa, const char *alternatives, size_t at,
                                size_t count)
{
    const struct reflow_result *result;
    enum reflow_error error;
    bool reached;

    tls_world_begin();
    tls_world.options.version = version;
    tls_world.options.rsa = rsa;
    tls_world.options.alternatives = alternatives;
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
    if (heap.alive != 0) {
        fail_msg("allocation %zu (and %zu more) fails: %s, and %zu are not freed", at, count - 1,
                 reflow_error_name(error), heap.alive);
    }
    return reached;
}

static void print_tally(const char *what)
{
    int error;

    print_message("%s: %zu runs;", what, tally.runs);
    for (error = 0; error < REFLOW_ERROR_COUNT; error++) {
        if (tally.by_error[error] != 0) {
            print_message(" %s=%zu", error == 0 ? "(no error)" : reflow_error_name((enum reflow_error)error),
                          tally.by_error[error]);
        }
    }
    print_message("\n");
    memset(&tally, 0, sizeof tally);
}

static void fail_each(int version, bool rsa, const char *alternatives, size_t count, size_t stride)
{
    size_t at = 0;

    while (run_short_of_memory(version, rsa, alternatives, at, count)) {
        at += stride;
    }
}

static void any_allocation_may_fail(void **state)
{
    int kind;

    (void)state;
    memset(&tally, 0, sizeof tally);
    for (kind = HAS_TLS13 ? 0 : 2; kind < 4; kind++) {
        const int version = kind < 2 ? TLS1_3_VERSION : TLS1_2_VERSION;
        fail_each(version, kind % 2 == 1, "DNS:" PEER_HOST, 1, 1);
        print_tally(kind < 2 ? "one failure, TLS 1.3" : "one failure, TLS 1.2");
        fail_each(version, kind % 2 == 1, "DNS:" PEER_HOST, FAKE_NEVER, 3);
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
        fail_each(version, kind % 2 == 1, "DNS:other.example", 1, 1);
        fail_each(version, kind % 2 == 1, "DNS:other.example", FAKE_NEVER, 7);
    }
    print_tally("wrong host");
}

/* Lack of memory is told by its name, not as a server's fault. */
static void lack_of_memory_is_told_by_its_name(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    size_t wrong = 0;
    size_t i;
    size_t at;

    (void)state;
    for (i = 0; i < (HAS_TLS13 ? 4 : 2); i++) {
        for (at = 0; run_short_of_memory(versions[i / 2], i % 2 == 1, "DNS:" PEER_HOST, at, 1);
             at++) {
            const struct reflow_result *result = reflow_result(&tls_world.client);
            if (result->error != REFLOW_ERR_OUT_OF_MEMORY && result->error != REFLOW_OK) {
                print_error("%s %s: allocation %zu fails: %s, %s\n", i < 2 ? "TLS 1.2" : "TLS 1.3",
                            i % 2 == 1 ? "RSA" : "ECDSA", at, reflow_error_name(result->error),
                            reflow_outcome_name(result->outcome));
                wrong++;
            }
        }
    }
    assert_int_equal(wrong, 0);
}

/* ---- Two clients ----------------------------------------------------------------------------- */

/* What one client's failure gives back is not the other's. */
static void a_client_that_fails_takes_nothing_from_another(void **state)
{
    static struct reflow_client other;
    struct reflow_config config;
    size_t at;

    (void)state;
    for (at = 0; at < 12; at++) {
        reset_heap(FAKE_NEVER, 0);
        begin(HAS_TLS13 ? TLS1_3_VERSION : TLS1_2_VERSION, false);
        assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
        config = tls_world.config;
        assert_int_equal(reflow_init(&other, sizeof other, &config), REFLOW_OK);
        reset_heap(at, FAKE_NEVER);
        /* It fails before it would open anything, or while it sets up. */
        assert_int_equal(reflow_start_retrigger(&other, "another"), REFLOW_OK);
        tls_world.port.pending = 1;
        if (reflow_step(&other) == REFLOW_FAILED) {
            assert_int_equal(reflow_result(&other)->error, REFLOW_ERR_OUT_OF_MEMORY);
        } else {
            reflow_abandon(&other, REFLOW_ERR_TIMEOUT);
        }
        tls_world.port.open = true; /* the port is the first one's */
        reset_heap(FAKE_NEVER, 0);
        reflow_close(&other);
        tls_world.port.open = true;
        assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
        tls_world_close();
        assert_int_equal(heap.alive, 0);
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
