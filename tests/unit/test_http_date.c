/* SPDX-License-Identifier: MIT */
/* The contract of http_date: what is a date in one of the three forms, and which moment it is. */
#include "fence.h"

#include <stdio.h>

#include "retry.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define DAY 86400
#define THE_EXAMPLE 784111777 /* Sun, 06 Nov 1994 08:49:37 GMT, the date that RFC 9110 shows */

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

/* Of a month that begins at `first`, the days that exist are dates, those around them are not. */
static void month_has_days(int year, const char *month, int days, int64_t first)
{
    char value[64];

    for (int day = 0; day <= 33; day++) {
        snprintf(value, sizeof value, "Mon, %02d %s %04d 00:00:00 GMT", day, month, year);
        if (day < 1 || day > days) {
            is_no_date(value);
        } else {
            is_date(value, first + (day - 1) * (int64_t)DAY);
        }
    }
}

static void the_calendar_is_real(void **state)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t first = -719528LL * DAY; /* the first of January of the year 0 */

    (void)state;
    for (int year = 0; year <= 9999; year++) {
        const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (int month = 0; month < 12; month++) {
            const int days = lengths[month] + (leap && month == 1 ? 1 : 0);
            month_has_days(year, names[month], days, first);
            first += days * (int64_t)DAY;
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
        "sun, 06 Nov 1994 08:49:37 GMT",      "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 gmt",      "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",    "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",     "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",       "Sun,  6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",         "Sun, 06 Nov 1994 08:49:37.0 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",   "Sund, 06-Nov-94 08:49:37 GMT",
        "Sonday, 06-Nov-94 08:49:37 GMT",     "Sun Nov 6 08:49:37 1994",
        "Sun Nov   6 08:49:37 1994",          "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov  06 08:49:37 1994",          "Sun, Nov  6 08:49:37 1994",
        "Sun, 06 Nox 1994 08:49:37 GMT",      "Sux, 06 Nov 1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT",           "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, +6 Nov 1994 08:49:37 GMT",      "Sun, 06 Nov 1994 08-49-37 GMT",
        "Sun, 06 Nov 19941 08:49:37 GMT",     "1994-11-06T08:49:37Z",
        "Sun, 06 anF 1994 08:49:37 GMT",      "onT, 06 Nov 1994 08:49:37 GMT",
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_three_forms_are_read),
        cmocka_unit_test(every_month_and_weekday_is_known),
        cmocka_unit_test(the_calendar_is_real),
        cmocka_unit_test(known_moments_are_right),
        cmocka_unit_test(a_time_of_day_must_exist_and_a_leap_second_does),
        cmocka_unit_test(two_digit_years_are_1970_to_2069),
        cmocka_unit_test(the_weekday_need_not_be_the_dates),
        cmocka_unit_test(loose_spellings_are_no_dates),
        cmocka_unit_test(a_date_cut_short_or_changed_anywhere_never_reads_past_its_end),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
