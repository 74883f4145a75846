/* SPDX-License-Identifier: MIT */
/* The contract of when: which words are a point in time, which point, and how one is written. */
#include "fence.h"

#include <stdio.h>

#include "cli/when.c"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NOW INT64_C(1795316400) /* 2026-11-22T03:00:00Z */

/* The words with their NUL, right before the fence. */
static bool reads(const char *text, int64_t now, int64_t *seconds)
{
    return when_read(fenced(text, strlen(text) + 1), now, seconds);
}

static void is(const char *text, int64_t expected)
{
    int64_t seconds = expected + 1;

    if (!reads(text, NOW, &seconds) || seconds != expected) {
        fail_msg("%s: %lld, not %lld", text, (long long)seconds, (long long)expected);
    }
}

static void is_none(const char *text)
{
    int64_t seconds = 42;

    if (reads(text, NOW, &seconds) || seconds != 42) {
        fail_msg("read as a point in time: %s", text);
    }
}

/* ---- Times ago ---- */

static void a_number_and_a_unit_is_a_time_ago(void **state)
{
    (void)state;
    is("1s", NOW - 1);
    is("30s", NOW - 30);
    is("90m", NOW - 90 * 60);
    is("24h", NOW - 86400);
    is("7d", NOW - 7 * 86400);
    is("2w", NOW - 14 * 86400);
    is("1795316400s", 0);
    is("0000000000000000000000000000007d", NOW - 7 * 86400);
}

static void a_time_ago_before_1970_is_none_however_long_the_number(void **state)
{
    char text[64];
    int64_t seconds = 42;

    (void)state;
    is_none("1795316401s");
    is_none("29921941m");
    is_none("2969w");
    for (size_t digits = 10; digits < 60; digits++) {
        memset(text, '9', digits);
        for (const char *unit = "smhdw"; *unit != '\0'; unit++) {
            text[digits] = *unit;
            text[digits + 1] = '\0';
            is_none(text);
        }
    }
    is_none("18446744073709551617s"); /* 2 to the power of 64, and 1 */
    assert_false(reads("1s", 0, &seconds));
    assert_false(reads("1s", -1, &seconds));
    assert_false(reads("1s", INT64_MIN, &seconds));
    assert_false(reads("9223372036854775807s", INT64_MAX, &seconds));
    assert_false(reads("9223372036854775809s", INT64_MAX, &seconds));
    assert_false(reads("1s", LAST_SECOND + 1, &seconds));
    assert_int_equal(seconds, 42);
    assert_true(reads("1s", 1, &seconds));
    assert_int_equal(seconds, 0);
}

static void loose_times_ago_are_none(void **state)
{
    static const char *const wrong[] = {"",     "0s",  "00h",  "s",     "h",      "7",
                                        "7D",   "7H",  "7y",   "7 d",   " 7d",    "7d ",
                                        "-7d",  "+7d", "7dd",  "7d3h",  "1.5h",   "0x7d",
                                        "7e1d", "d7",  "7\td", "7days", "1,000s", "7d\n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        is_none(wrong[i]);
    }
}

/* ---- RFC 3339 ---- */

static void a_date_and_time_is_that_moment(void **state)
{
    (void)state;
    is("2026-11-22T03:00:00Z", NOW);
    is("2026-11-22t03:00:00z", NOW);
    is("2026-11-22T04:00:00+01:00", NOW);
    is("2026-11-21T21:30:00-05:30", NOW);
    is("2026-11-22T03:00:00-00:00", NOW);
    is("2026-11-23T02:59:00+23:59", NOW);
    is("1970-01-01T00:00:00Z", 0);
    is("1969-12-31T23:59:59-00:01", 59);
    is("2100-02-28T23:59:59Z", INT64_C(4107542399));
    is("9999-12-31T23:59:59Z", INT64_C(253402300799));
}

static void a_fraction_is_dropped_and_a_leap_second_is_the_one_before(void **state)
{
    (void)state;
    is("2026-11-22T03:00:00.0Z", NOW);
    is("2026-11-22T03:00:00.999999999999999999999999+00:00", NOW);
    is("2016-12-31T23:59:60Z", 1483228799);
    is("2016-12-31T23:59:60.5Z", 1483228799);
    is("2017-01-01T00:59:60+01:00", 1483228799);
}

static void a_date_alone_is_its_midnight_in_utc(void **state)
{
    (void)state;
    is("2026-11-22", NOW - 3 * 3600);
    is("1970-01-01", 0);
    is("2024-02-29", 1709164800);
}

static void what_is_before_1970_is_none(void **state)
{
    (void)state;
    is_none("1969-12-31");
    is_none("1969-12-31T23:59:59Z");
    is_none("1970-01-01T00:00:00+00:01");
    is_none("0000-01-01");
}

static void days_and_hours_that_do_not_exist_are_none(void **state)
{
    static const char *const wrong[] = {"2026-00-22",
                                        "2026-13-22",
                                        "2026-11-00",
                                        "2026-11-31",
                                        "2026-01-32",
                                        "2026-12-32",
                                        "2026-02-29",
                                        "2100-02-29",
                                        "2024-02-30",
                                        "2026-04-31",
                                        "2026-11-22T24:00:00Z",
                                        "2026-11-22T23:60:00Z",
                                        "2026-11-22T23:59:61Z",
                                        "2026-11-22T03:00:00+24:00",
                                        "2026-11-22T03:00:00+00:60"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        is_none(wrong[i]);
    }
}

static void loose_dates_are_none(void **state)
{
    static const char *const wrong[] = {"2026-11-22 03:00:00Z",
                                        "2026-11-22T03:00:00",
                                        "2026-11-22T03:00Z",
                                        "2026-11-22T",
                                        "2026-11-22Z",
                                        "2026-11-22T03:00:00.Z",
                                        "2026-11-22T03:00:00,5Z",
                                        "2026-11-22T03:00:00 Z",
                                        "2026-11-22T03:00:00Z ",
                                        " 2026-11-22T03:00:00Z",
                                        "2026-11-22T03:00:00ZZ",
                                        "2026-11-22T03:00:00+01",
                                        "2026-11-22T03:00:00+0100",
                                        "2026-11-22T03:00:00+1:00",
                                        "2026-11-22T03:00:00+01:0",
                                        "2026-11-22T03:00:00+01:000",
                                        "2026-11-22T03:00:00Z+01:00",
                                        "2026-11-22T3:00:00Z",
                                        "2026-11-22T03:0:00Z",
                                        "2026-11-22T03:00:0Z",
                                        "2026-11-22T03-00-00Z",
                                        "26-11-22",
                                        "2026-11-2",
                                        "2026-1-22",
                                        "20261122",
                                        "2026/11/22",
                                        "2026-11",
                                        "2026",
                                        "+2026-11-22",
                                        "-2026-11-22",
                                        "12026-11-22",
                                        "2026-11-22T-3:00:00Z",
                                        "2026-11-22T+3:00:00Z",
                                        "2026-11-22T03:00:00\342\210\22201:00",
                                        "now",
                                        "yesterday",
                                        "2026-W47-7",
                                        "2026-11-22T03:00:00UTC"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        is_none(wrong[i]);
    }
}

/* Only the beginning that is a date alone is still one; and of a change of one byte nothing must
 * remain but another moment that writes itself the same way. */
static void a_moment_cut_short_or_changed_anywhere_is_none_or_another_moment(void **state)
{
    static const char whole[] = "2026-11-22T03:00:00.5+01:00";
    char text[sizeof whole];
    int64_t seconds;

    (void)state;
    for (size_t cut = 0; cut < sizeof whole - 1; cut++) {
        memcpy(text, whole, sizeof whole);
        text[cut] = '\0';
        if (cut != 10) {
            is_none(text);
        }
        for (int byte = 1; byte < 256; byte++) {
            text[cut] = (char)byte;
            if (byte != whole[cut] && reads(text, NOW, &seconds)) {
                assert_true(reflow_is_digit((char)byte) || byte == 't' || byte == '-');
            }
        }
    }
}

/* ---- The form in which moments are kept ---- */

static void writes(int64_t seconds, const char *expected)
{
    char text[WHEN_SIZE];

    when_write(seconds, text);
    assert_string_equal(text, expected);
}

static void a_moment_is_written_in_one_form(void **state)
{
    (void)state;
    writes(NOW, "2026-11-22T03:00:00Z");
    writes(0, "1970-01-01T00:00:00Z");
    writes(951782399, "2000-02-28T23:59:59Z");
    writes(951782400, "2000-02-29T00:00:00Z");
    writes(951868800, "2000-03-01T00:00:00Z");
    writes(INT64_C(2147483648), "2038-01-19T03:14:08Z");
    writes(INT64_C(4107542400), "2100-03-01T00:00:00Z");
    writes(INT64_C(253402300799), "9999-12-31T23:59:59Z");
}

static void what_no_form_has_room_for_becomes_the_nearest_moment_that_has(void **state)
{
    (void)state;
    writes(-1, "1970-01-01T00:00:00Z");
    writes(INT64_MIN, "1970-01-01T00:00:00Z");
    writes(INT64_C(253402300800), "9999-12-31T23:59:59Z");
    writes(INT64_MAX, "9999-12-31T23:59:59Z");
}

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Writes the last second of a day and of a table's making, and reads both back. */
static void day_goes_round(int year, int month, int day, int64_t midnight)
{
    char expected[64];
    char text[WHEN_SIZE];
    int64_t seconds = -1;

    (void)snprintf(expected, sizeof expected, "%04d-%02d-%02dT23:59:59Z", year, month, day);
    when_write(midnight + 86399, text);
    if (strcmp(text, expected) != 0) {
        fail_msg("%s, not %s", text, expected);
    }
    assert_true(when_read_time(text, WHEN_LENGTH, &seconds));
    assert_int_equal(seconds, midnight + 86399);
    (void)snprintf(expected, sizeof expected, "%04d-%02d-%02d", year, month, day);
    assert_true(when_read(expected, NOW, &seconds));
    assert_int_equal(seconds, midnight);
    (void)snprintf(expected, sizeof expected, "%04d-%02d-%02d", year, month,
                   days_of(year, month) + day);
    assert_false(when_read(expected, NOW, &seconds));
}

static void every_day_of_400_years_and_more_goes_round_and_no_other_exists(void **state)
{
    int64_t midnight = 0;

    (void)state;
    for (int year = 1970; year <= 2405; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= days_of(year, month); day++) {
                day_goes_round(year, month, day, midnight);
                midnight += 86400;
            }
        }
    }
}

static void every_second_of_a_day_goes_round(void **state)
{
    char text[WHEN_SIZE];
    int64_t seconds;

    (void)state;
    for (int64_t second = NOW; second < NOW + 86400; second++) {
        when_write(second, text);
        assert_true(when_read_time(text, WHEN_LENGTH, &seconds));
        assert_int_equal(seconds, second);
    }
}

static bool reads_exactly(const char *text, size_t length)
{
    int64_t seconds = 42;
    const bool read = when_read_time(fenced(text, length), length, &seconds);

    assert_true(read || seconds == 42);
    return read;
}

static void only_that_form_is_read_back(void **state)
{
    static const char *const wrong[] = {"2026-11-22t03:00:00Z",
                                        "2026-11-22T03:00:00z",
                                        "2026-11-22 03:00:00Z",
                                        "2026-11-22T03:00:60Z",
                                        "2026-11-31T03:00:00Z",
                                        "1969-12-31T23:59:59Z",
                                        "2026-11-22T03:00:0.Z",
                                        "2026-11-22T03:00:00ZZ",
                                        "2026-11-22T03:00+01:00",
                                        "2026-11-22",
                                        "24h"};
    static const char whole[] = "2026-11-22T03:00:00Z";

    (void)state;
    assert_true(reads_exactly(whole, WHEN_LENGTH));
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        assert_false(reads_exactly(wrong[i], strlen(wrong[i])));
    }
    for (size_t cut = 0; cut < WHEN_LENGTH; cut++) {
        assert_false(reads_exactly(whole, cut));
    }
    assert_false(reads_exactly(whole, sizeof whole));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_and_a_unit_is_a_time_ago),
        cmocka_unit_test(a_time_ago_before_1970_is_none_however_long_the_number),
        cmocka_unit_test(loose_times_ago_are_none),
        cmocka_unit_test(a_date_and_time_is_that_moment),
        cmocka_unit_test(a_fraction_is_dropped_and_a_leap_second_is_the_one_before),
        cmocka_unit_test(a_date_alone_is_its_midnight_in_utc),
        cmocka_unit_test(what_is_before_1970_is_none),
        cmocka_unit_test(days_and_hours_that_do_not_exist_are_none),
        cmocka_unit_test(loose_dates_are_none),
        cmocka_unit_test(a_moment_cut_short_or_changed_anywhere_is_none_or_another_moment),
        cmocka_unit_test(a_moment_is_written_in_one_form),
        cmocka_unit_test(what_no_form_has_room_for_becomes_the_nearest_moment_that_has),
        cmocka_unit_test(every_day_of_400_years_and_more_goes_round_and_no_other_exists),
        cmocka_unit_test(every_second_of_a_day_goes_round),
        cmocka_unit_test(only_that_form_is_read_back),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
