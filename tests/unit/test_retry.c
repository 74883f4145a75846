/* SPDX-License-Identifier: MIT */
/* The contract of retry: reading Retry-After and HTTP-date, and the delay that follows. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "retry.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BASE REFLOW_RETRY_BASE_MS
#define CAP REFLOW_RETRY_CAP_MS
#define DAY 86400
#define THE_EXAMPLE 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT, the date that RFC 9110 shows */

/* What a value is read as, with the fence behind it. */
static enum reflow_retry_after_kind read_value(const char *value, int64_t *seconds)
{
    const size_t length = strlen(value);
    return reflow_retry_after(fenced(value, length), length, seconds);
}

static void is_date(const char *value, int64_t expected)
{
    const size_t length = strlen(value);
    int64_t seconds = expected + 1;

    if (!reflow_http_date(fenced(value, length), length, &seconds)) {
        fail_msg("not read as a date: %s", value);
    }
    if (seconds != expected) {
        fail_msg("%s: read as %lld, not %lld", value, (long long)seconds, (long long)expected);
    }
}

static void is_no_date(const char *value)
{
    const size_t length = strlen(value);
    int64_t seconds = 42;

    if (reflow_http_date(fenced(value, length), length, &seconds)) {
        fail_msg("read as a date: %s", value);
    }
    assert_int_equal(seconds, 42);
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
    static const char *const wrong[] = {"",     "-1",   "+1",   "1.5", "1,2",  " 1",  "1 ", "0x10",
                                        "1e3",  "soon", "12a",  "/",   ":",    "1:",  "\t1",
                                        "1\n",  "Sun, 06 Nov 1994 08:49:37", "6 GMT", "1;2"};
    int64_t seconds = 42;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_int_equal(read_value(wrong[i], &seconds), REFLOW_RETRY_NONE);
    }
    assert_int_equal(reflow_retry_after("1\0" "2", 3, &seconds), REFLOW_RETRY_NONE);
    assert_int_equal(seconds, 42);
}

/* ---- HTTP-date ---- */

static void all_three_forms_are_read(void **state)
{
    (void)state;
    is_date("Sun, 06 Nov 1994 08:49:37 GMT", THE_EXAMPLE);
    is_date("Sunday, 06-Nov-94 08:49:37 GMT", THE_EXAMPLE);
    is_date("Sun Nov  6 08:49:37 1994", THE_EXAMPLE);
    is_date("Sun Nov 06 08:49:37 1994", THE_EXAMPLE);
    is_date("Wed Nov 16 08:49:37 1994", THE_EXAMPLE + 10 * DAY);
}

static void every_month_and_weekday_is_known(void **state)
{
    static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                           "Friday", "Saturday", "Sunday"};
    static const struct {
        const char *name;
        int days_before;
    } months[] = {{"Jan", 0},   {"Feb", 31},  {"Mar", 59},  {"Apr", 90},
                  {"May", 120}, {"Jun", 151}, {"Jul", 181}, {"Aug", 212},
                  {"Sep", 243}, {"Oct", 273}, {"Nov", 304}, {"Dec", 334}};
    char value[64];

    (void)state;
    for (size_t m = 0; m < COUNT_OF(months); m++) {
        for (size_t w = 0; w < COUNT_OF(weekdays); w++) {
            const int64_t seconds = (int64_t)months[m].days_before * DAY;
            snprintf(value, sizeof value, "%.3s, 01 %s 1970 00:00:00 GMT", weekdays[w],
                     months[m].name);
            is_date(value, seconds);
            snprintf(value, sizeof value, "%s, 01-%s-70 00:00:00 GMT", weekdays[w], months[m].name);
            is_date(value, seconds);
            snprintf(value, sizeof value, "%.3s %s  1 00:00:00 1970", weekdays[w], months[m].name);
            is_date(value, seconds);
        }
    }
}

static void the_calendar_is_real(void **state)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t expected = -719528LL * DAY; /* the first of January of the year 0 */
    char value[64];

    (void)state;
    for (int year = 0; year <= 9999; year++) {
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int month = 0; month < 12; month++) {
            const int days = lengths[month] + (leap && month == 1);
            for (int day = 0; day <= 33; day++) {
                snprintf(value, sizeof value, "Mon, %02d %s %04d 00:00:00 GMT", day, names[month],
                         year);
                if (day < 1 || day > days) {
                    is_no_date(value);
                } else if (day < 3 || day > 27) {
                    is_date(value, expected + (day - 1) * (int64_t)DAY);
                }
            }
            expected += days * (int64_t)DAY;
        }
    }
    is_no_date("Mon, 99 Dec 1994 00:00:00 GMT");
}

static void known_moments_are_right(void **state)
{
    (void)state;
    is_date("Thu, 01 Jan 1970 00:00:00 GMT", 0);
    is_date("Wed, 31 Dec 1969 23:59:59 GMT", -1);
    is_date("Tue, 29 Feb 2000 00:00:00 GMT", 951782400);
    is_date("Tue, 19 Jan 2038 03:14:08 GMT", 2147483648);
    is_date("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799);
}

static void a_time_of_day_must_exist_and_a_leap_second_does(void **state)
{
    (void)state;
    is_date("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800);
    is_date("Sat, 31 Dec 2016 23:59:59 GMT", 1483228799);
    is_date("Sat, 31 Dec 2016 00:00:00 GMT", 1483142400);
    is_no_date("Sat, 31 Dec 2016 23:59:61 GMT");
    is_no_date("Sat, 31 Dec 2016 23:60:00 GMT");
    is_no_date("Sat, 31 Dec 2016 24:00:00 GMT");
}

static void two_digit_years_are_1970_to_2069(void **state)
{
    (void)state;
    is_date("Thursday, 01-Jan-70 00:00:00 GMT", 0);
    is_date("Friday, 31-Dec-99 23:59:59 GMT", 946684799);
    is_date("Saturday, 01-Jan-00 00:00:00 GMT", 946684800);
    is_date("Tuesday, 31-Dec-69 23:59:59 GMT", 3155759999);
}

static void the_weekday_need_not_be_the_dates(void **state)
{
    (void)state;
    is_date("Mon, 06 Nov 1994 08:49:37 GMT", THE_EXAMPLE);
    is_date("Friday, 06-Nov-94 08:49:37 GMT", THE_EXAMPLE);
    is_date("Sat Nov  6 08:49:37 1994", THE_EXAMPLE);
}

static void loose_spellings_are_no_dates(void **state)
{
    static const char *const wrong[] = {
        "sun, 06 Nov 1994 08:49:37 GMT",     "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 gmt",     "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",   "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",    "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",      "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",       "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",        "Sun, 06 Nov 1994 08:49:37.0 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",       "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",  "Sund, 06-Nov-94 08:49:37 GMT",
        "Sonday, 06-Nov-94 08:49:37 GMT",    "Sun Nov 6 08:49:37 1994",
        "Sun Nov   6 08:49:37 1994",         "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  06 08:49:37 1994",         "Sun, Nov  6 08:49:37 1994",
        "Sun, 06 Nox 1994 08:49:37 GMT",     "Sux, 06 Nov 1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT",          "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",     "Sun, 06 Nov 1994 08-49-37 GMT",
        "Sun, 06 Nov 19941 08:49:37 GMT",    "1994-11-06T08:49:37Z",
        "Sun, 06 anF 1994 08:49:37 GMT",     "onT, 06 Nov 1994 08:49:37 GMT",
        "Wednesday, 06-Nov-94 08:49:37 GMT,", ""};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        is_no_date(wrong[i]);
    }
}

static void a_date_cut_short_or_changed_anywhere_never_reads_past_its_end(void **state)
{
    static const char *const forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                        "Wednesday, 06-Nov-94 08:49:37 GMT",
                                        "Sun Nov  6 08:49:37 1994"};
    char value[40];
    int64_t seconds;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const size_t length = strlen(forms[i]);
        for (size_t cut = 0; cut < length; cut++) {
            assert_false(reflow_http_date(fenced(forms[i], cut), cut, &seconds));
            memcpy(value, forms[i], length);
            value[cut] = '\0';
            assert_false(reflow_http_date(fenced(value, length), length, &seconds));
        }
    }
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
        cmocka_unit_test(all_three_forms_are_read),
        cmocka_unit_test(every_month_and_weekday_is_known),
        cmocka_unit_test(the_calendar_is_real),
        cmocka_unit_test(known_moments_are_right),
        cmocka_unit_test(a_time_of_day_must_exist_and_a_leap_second_does),
        cmocka_unit_test(two_digit_years_are_1970_to_2069),
        cmocka_unit_test(the_weekday_need_not_be_the_dates),
        cmocka_unit_test(loose_spellings_are_no_dates),
        cmocka_unit_test(a_date_cut_short_or_changed_anywhere_never_reads_past_its_end),
        cmocka_unit_test(the_delay_is_anything_from_0_to_a_ceiling_that_doubles_up_to_the_cap),
        cmocka_unit_test(the_delay_grows_evenly_with_the_random_number),
        cmocka_unit_test(attempts_are_used_up),
        cmocka_unit_test(a_delay_must_end_before_the_deadline),
        cmocka_unit_test(retry_after_is_waited_for_with_jitter_on_top),
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
