/* SPDX-License-Identifier: MIT */
/* The contract of retry: reading Retry-After, and the delay that follows. */
#include "fence.h"

#include "retry.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BASE REFLOW_RETRY_BASE_MS
#define CAP REFLOW_RETRY_CAP_MS
#define THE_EXAMPLE 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT, the date that RFC 9110 shows */

/* What a value is read as, with the fence behind it. */
static enum reflow_retry_after_kind read_value(const char *value, int64_t *seconds)
{
    const size_t length = strlen(value);
    return reflow_retry_after(fenced(value, length), length, seconds);
}

/* ---- Retry-After ---- */

static void digits_are_seconds(void **state)
{
    int64_t seconds = -1;

    (void)state;
    assert_int_equal(read_value("120", &seconds), REFLOW_RETRY_SECONDS);
    assert_int_equal(seconds, 120);
    assert_int_equal(read_value("0", &seconds), REFLOW_RETRY_SECONDS);
    assert_int_equal(seconds, 0);
    assert_int_equal(read_value("0007", &seconds), REFLOW_RETRY_SECONDS);
    assert_int_equal(seconds, 7);
}

static void huge_numbers_of_seconds_saturate(void **state)
{
    static const char *const huge[] = {"4294967295", "4294967296", "18446744073709551617",
                                       "99999999999999999999999999999999999999",
                                       "42949672960000000000000"};
    int64_t seconds = 0;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(huge); i++) {
        assert_int_equal(read_value(huge[i], &seconds), REFLOW_RETRY_SECONDS);
        assert_int_equal(seconds, UINT32_MAX);
    }
    assert_int_equal(read_value("4294967289", &seconds), REFLOW_RETRY_SECONDS);
    assert_int_equal(seconds, 4294967289);
}

static void a_date_is_told_from_seconds(void **state)
{
    int64_t seconds = 0;

    (void)state;
    assert_int_equal(read_value("Sun, 06 Nov 1994 08:49:37 GMT", &seconds), REFLOW_RETRY_DATE);
    assert_int_equal(seconds, THE_EXAMPLE);
}

static void anything_else_is_no_retry_after(void **state)
{
    static const char *const wrong[] = {"",
                                        "-1",
                                        "+1",
                                        "1.5",
                                        "1,2",
                                        " 1",
                                        "1 ",
                                        "0x10",
                                        "1e3",
                                        "soon",
                                        "12a",
                                        "/",
                                        ":",
                                        "1:",
                                        "\t1",
                                        "1\n",
                                        "Sun, 06 Nov 1994 08:49:37",
                                        "6 GMT",
                                        "1;2"};
    int64_t seconds = 42;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(read_value(wrong[i], &seconds), REFLOW_RETRY_NONE);
    }
    assert_int_equal(reflow_retry_after("1\0"
                                        "2",
                                        3, &seconds),
                     REFLOW_RETRY_NONE);
    assert_int_equal(seconds, 42);
}

/* ---- The delay ---- */

static struct reflow_retry_facts first_attempt(void)
{
    const struct reflow_retry_facts facts = {.kind = REFLOW_RETRY_NONE,
                                             .date = REFLOW_TIME_UNKNOWN,
                                             .now = REFLOW_TIME_UNKNOWN,
                                             .attempt = 1,
                                             .attempts = UINT32_MAX,
                                             .remaining_ms = UINT32_MAX};
    return facts;
}

static uint32_t least_delay(struct reflow_retry_facts facts)
{
    facts.random = 0;
    return reflow_retry_delay(&facts);
}

static uint32_t greatest_delay(struct reflow_retry_facts facts)
{
    facts.random = UINT32_MAX;
    return reflow_retry_delay(&facts);
}

static void the_delay_is_anything_from_0_to_a_ceiling_that_doubles_up_to_the_cap(void **state)
{
    struct reflow_retry_facts facts = first_attempt();
    uint64_t ceiling = BASE;

    (void)state;
    for (facts.attempt = 1; facts.attempt < 200; facts.attempt++) {
        assert_int_equal(least_delay(facts), 0);
        assert_int_equal(greatest_delay(facts), ceiling);
        ceiling = ceiling * 2 < CAP ? ceiling * 2 : CAP;
    }
    facts.attempt = UINT32_MAX - 1;
    assert_int_equal(greatest_delay(facts), CAP);
}

static void without_retry_after_its_seconds_do_not_matter(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.retry_after = 7;
    assert_int_equal(least_delay(facts), 0);
    assert_int_equal(greatest_delay(facts), BASE);
}

static void the_delay_grows_evenly_with_the_random_number(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    for (uint64_t random = 0; random <= UINT32_MAX; random += 999983) {
        facts.random = (uint32_t)random;
        assert_int_equal(reflow_retry_delay(&facts), random * (BASE + 1) >> 32);
    }
    facts.random = 0x80000000U;
    assert_int_equal(reflow_retry_delay(&facts), (BASE + 1) / 2);
}

static void attempts_are_used_up(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.attempts = 4;
    facts.attempt = 3;
    assert_int_equal(least_delay(facts), 0);
    facts.attempt = 4;
    assert_int_equal(least_delay(facts), REFLOW_RETRY_STOP);
    facts.attempt = 5;
    assert_int_equal(least_delay(facts), REFLOW_RETRY_STOP);
    facts.attempts = 0;
    assert_int_equal(least_delay(facts), REFLOW_RETRY_STOP);
}

static void a_delay_must_end_before_the_deadline(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.remaining_ms = BASE + 1;
    assert_int_equal(greatest_delay(facts), BASE);
    facts.remaining_ms = BASE;
    assert_int_equal(greatest_delay(facts), REFLOW_RETRY_STOP);
    facts.remaining_ms = 1;
    assert_int_equal(least_delay(facts), 0);
    facts.remaining_ms = 0;
    assert_int_equal(least_delay(facts), REFLOW_RETRY_STOP);
}

static void retry_after_is_waited_for_with_jitter_on_top(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.kind = REFLOW_RETRY_SECONDS;
    facts.retry_after = 7;
    assert_int_equal(least_delay(facts), 7000);
    assert_int_equal(greatest_delay(facts), 7000 + BASE);
    facts.attempt = 2;
    assert_int_equal(greatest_delay(facts), 7000 + 2 * BASE);
    facts.attempt = 100;
    assert_int_equal(greatest_delay(facts), 7000 + CAP);
    facts.remaining_ms = 7000;
    assert_int_equal(least_delay(facts), REFLOW_RETRY_STOP);
    facts.remaining_ms = 7001;
    assert_int_equal(least_delay(facts), 7000);
    assert_int_equal(greatest_delay(facts), REFLOW_RETRY_STOP);
}

static void the_longer_the_service_asks_for_the_wider_a_fleet_is_spread(void **state)
{
    static const struct {
        int64_t seconds;
        uint32_t attempt;
        int64_t spread;
    } asked[] = {{8 * BASE / 1000, 1, BASE},
                 {8 * BASE / 1000 + 1, 1, BASE + 125},
                 {60, 1, 7500},
                 {60, 3, 7500},
                 {60, 4, 8 * BASE},
                 {8 * CAP / 1000 - 1, 1, CAP - 125},
                 {8 * CAP / 1000, 1, CAP},
                 {8 * CAP / 1000 + 1, 1, CAP},
                 {86400, 1, CAP},
                 {86400, 100, CAP},
                 {UINT32_MAX / 1000 - CAP, 1, CAP}};
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.kind = REFLOW_RETRY_SECONDS;
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        facts.retry_after = asked[i].seconds;
        facts.attempt = asked[i].attempt;
        assert_int_equal(least_delay(facts), asked[i].seconds * 1000);
        assert_int_equal(greatest_delay(facts), asked[i].seconds * 1000 + asked[i].spread);
    }
}

static void no_number_of_seconds_overflows(void **state)
{
    struct reflow_retry_facts facts = first_attempt();
    static const int64_t huge[] = {4294968, UINT32_MAX, (int64_t)UINT32_MAX + 1,
                                   INT64_MAX / 1000 + 1, INT64_MAX};

    (void)state;
    facts.kind = REFLOW_RETRY_SECONDS;
    for (size_t i = 0; i < COUNT_OF(huge); i++) {
        facts.retry_after = huge[i];
        assert_int_equal(least_delay(facts), REFLOW_RETRY_STOP);
    }
    facts.retry_after = 4294967; /* ends 295 ms before the last millisecond there is */
    assert_int_equal(least_delay(facts), 4294967000U);
    assert_int_equal(greatest_delay(facts), REFLOW_RETRY_STOP);
    facts.retry_after = -5;
    assert_int_equal(least_delay(facts), 0);
    facts.retry_after = INT64_MIN;
    assert_int_equal(greatest_delay(facts), BASE);
}

static void a_date_is_judged_against_the_answers_own_date(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.kind = REFLOW_RETRY_DATE;
    facts.retry_after = THE_EXAMPLE + 5;
    facts.date = THE_EXAMPLE;
    facts.now = 12; /* a clock that was never set must not matter */
    assert_int_equal(least_delay(facts), 5000);
    assert_int_equal(greatest_delay(facts), 5000 + BASE);
    facts.now = REFLOW_TIME_UNKNOWN;
    assert_int_equal(least_delay(facts), 5000);
}

static void without_the_answers_date_the_wall_clock_serves(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.kind = REFLOW_RETRY_DATE;
    facts.retry_after = THE_EXAMPLE + 5;
    facts.now = THE_EXAMPLE + 2;
    assert_int_equal(least_delay(facts), 3000);
}

static void a_date_with_no_clock_at_all_leaves_the_backoff(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.kind = REFLOW_RETRY_DATE;
    facts.retry_after = THE_EXAMPLE;
    assert_int_equal(least_delay(facts), 0);
    assert_int_equal(greatest_delay(facts), BASE);
}

static void a_date_in_the_past_asks_for_no_delay(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.kind = REFLOW_RETRY_DATE;
    facts.date = THE_EXAMPLE;
    for (int64_t ago = 0; ago < 3; ago++) {
        facts.retry_after = THE_EXAMPLE - ago;
        assert_int_equal(least_delay(facts), 0);
        assert_int_equal(greatest_delay(facts), BASE);
    }
    facts.retry_after = INT64_MIN;
    assert_int_equal(greatest_delay(facts), BASE);
}

static void dates_as_far_apart_as_can_be_do_not_overflow(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.kind = REFLOW_RETRY_DATE;
    facts.retry_after = INT64_MAX;
    facts.date = INT64_MIN + 1;
    assert_int_equal(least_delay(facts), REFLOW_RETRY_STOP);
}

static void an_attempt_of_0_counts_as_the_first(void **state)
{
    struct reflow_retry_facts facts = first_attempt();

    (void)state;
    facts.attempt = 0;
    assert_int_equal(greatest_delay(facts), BASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digits_are_seconds),
        cmocka_unit_test(huge_numbers_of_seconds_saturate),
        cmocka_unit_test(a_date_is_told_from_seconds),
        cmocka_unit_test(anything_else_is_no_retry_after),
        cmocka_unit_test(the_delay_is_anything_from_0_to_a_ceiling_that_doubles_up_to_the_cap),
        cmocka_unit_test(without_retry_after_its_seconds_do_not_matter),
        cmocka_unit_test(the_delay_grows_evenly_with_the_random_number),
        cmocka_unit_test(attempts_are_used_up),
        cmocka_unit_test(a_delay_must_end_before_the_deadline),
        cmocka_unit_test(retry_after_is_waited_for_with_jitter_on_top),
        cmocka_unit_test(the_longer_the_service_asks_for_the_wider_a_fleet_is_spread),
        cmocka_unit_test(no_number_of_seconds_overflows),
        cmocka_unit_test(a_date_is_judged_against_the_answers_own_date),
        cmocka_unit_test(without_the_answers_date_the_wall_clock_serves),
        cmocka_unit_test(a_date_with_no_clock_at_all_leaves_the_backoff),
        cmocka_unit_test(a_date_in_the_past_asks_for_no_delay),
        cmocka_unit_test(dates_as_far_apart_as_can_be_do_not_overflow),
        cmocka_unit_test(an_attempt_of_0_counts_as_the_first),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
