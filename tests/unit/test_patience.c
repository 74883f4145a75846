/* SPDX-License-Identifier: MIT */
/* The contract of patience: waits that grow by half, are never in step, never nothing, and never long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/patience.c"

#define MIDDLE UINT32_C(0x80000000)
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const uint32_t randoms[] = {0, 1, MIDDLE - 1, MIDDLE, UINT32_MAX - 1, UINT32_MAX};

static void without_jitter_five_seconds_grow_by_half_up_to_a_minute(void **state)
{
    static const uint32_t expected[] = {5000,  7501,  11252, 16879, 25319,
                                        37979, 56969, 60000, 60000};
    uint32_t wait = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        wait = patience_next(wait, 0, MIDDLE);
        assert_int_equal(wait, expected[i]);
    }
}

static void the_first_wait_is_the_one_that_is_asked_for(void **state)
{
    (void)state;
    assert_int_equal(patience_next(0, 100, MIDDLE), 100);
    assert_int_equal(patience_next(0, 1, MIDDLE), 1);
    assert_int_equal(patience_next(0, 60000, MIDDLE), 60000);
    assert_int_equal(patience_next(0, 60001, MIDDLE), 60000);
    assert_int_equal(patience_next(0, UINT32_MAX, MIDDLE), 60000);
}

static void jitter_is_a_tenth_to_either_side(void **state)
{
    (void)state;
    assert_int_equal(patience_next(0, 5000, 0), 4500);
    assert_int_equal(patience_next(0, 5000, UINT32_MAX), 5500);
    assert_int_equal(patience_next(60000, 5000, 0), 54000);
    assert_int_equal(patience_next(60000, 5000, UINT32_MAX), 66000);
}

/* Of 2,001 waits each comes from as many of the random numbers as any other, or one more. */
static void jitter_is_spread_evenly(void **state)
{
    uint32_t counts[2001] = {0};

    (void)state;
    for (uint32_t i = 0; i < 20010; i++) {
        const uint32_t wait = patience_next(0, 10000, i * (UINT32_MAX / 20010));
        assert_in_range(wait, 9000, 11000);
        counts[wait - 9000]++;
    }
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        assert_in_range(counts[i], 9, 11);
    }
}

static void a_wait_is_never_nothing_and_never_beyond_66_seconds(void **state)
{
    static const uint32_t edges[] = {0,     1,          2,         9,          10,
                                     4999,  39999,      40000,     59999,      60000,
                                     66000, UINT32_MAX, INT32_MAX, 2863311531U};

    (void)state;
    for (size_t p = 0; p < COUNT_OF(edges); p++) {
        for (size_t f = 0; f < COUNT_OF(edges); f++) {
            for (size_t r = 0; r < COUNT_OF(randoms); r++) {
                assert_in_range(patience_next(edges[p], edges[f], randoms[r]),
                                edges[p] >= 40000 ? 54000 : 1, 66000);
            }
        }
    }
}

static void each_wait_is_longer_than_the_last_until_the_longest(void **state)
{
    (void)state;
    for (uint32_t previous = 1; previous < 40000; previous++) {
        assert_true(patience_next(previous, 0, 0) > previous);
    }
    for (size_t r = 0; r < COUNT_OF(randoms); r++) {
        assert_in_range(patience_next(66000, 0, randoms[r]), 54000, 66000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_jitter_five_seconds_grow_by_half_up_to_a_minute),
        cmocka_unit_test(the_first_wait_is_the_one_that_is_asked_for),
        cmocka_unit_test(jitter_is_a_tenth_to_either_side),
        cmocka_unit_test(jitter_is_spread_evenly),
        cmocka_unit_test(a_wait_is_never_nothing_and_never_beyond_66_seconds),
        cmocka_unit_test(each_wait_is_longer_than_the_last_until_the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
