/* SPDX-License-Identifier: MIT */
/* The contract of civil: a date's midnight in seconds, against a table that another calendar (the
 * one of Python's datetime) has made, and day by day from one end of the range to the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "civil.h"

#define SECONDS_OF_DAY 86400

static const struct {
    int year, month, day;
    int64_t seconds;
} table[] = {
    {0, 1, 1, INT64_C(-62167219200)},
    {0, 1, 31, INT64_C(-62164627200)},
    {0, 2, 1, INT64_C(-62164540800)},
    {0, 2, 29, INT64_C(-62162121600)},
    {0, 3, 1, INT64_C(-62162035200)},
    {0, 12, 31, INT64_C(-62135683200)},
    {1, 1, 1, INT64_C(-62135596800)},
    {1, 2, 28, INT64_C(-62130585600)},
    {1, 3, 1, INT64_C(-62130499200)},
    {4, 2, 29, INT64_C(-62035891200)},
    {100, 2, 28, INT64_C(-59006448000)},
    {100, 3, 1, INT64_C(-59006361600)},
    {399, 12, 31, INT64_C(-49544524800)},
    {400, 1, 1, INT64_C(-49544438400)},
    {400, 2, 29, INT64_C(-49539340800)},
    {400, 3, 1, INT64_C(-49539254400)},
    {1582, 10, 15, INT64_C(-12219292800)},
    {1600, 2, 29, INT64_C(-11670998400)},
    {1600, 3, 1, INT64_C(-11670912000)},
    {1700, 2, 28, INT64_C(-8515324800)},
    {1700, 3, 1, INT64_C(-8515238400)},
    {1899, 12, 31, INT64_C(-2209075200)},
    {1900, 1, 1, INT64_C(-2208988800)},
    {1900, 2, 28, INT64_C(-2203977600)},
    {1900, 3, 1, INT64_C(-2203891200)},
    {1969, 12, 31, INT64_C(-86400)},
    {1970, 1, 1, INT64_C(0)},
    {1970, 1, 2, INT64_C(86400)},
    {1970, 2, 1, INT64_C(2678400)},
    {1970, 2, 28, INT64_C(5011200)},
    {1970, 3, 1, INT64_C(5097600)},
    {1970, 12, 31, INT64_C(31449600)},
    {1971, 1, 1, INT64_C(31536000)},
    {1972, 2, 29, INT64_C(68169600)},
    {1972, 3, 1, INT64_C(68256000)},
    {1999, 12, 31, INT64_C(946598400)},
    {2000, 1, 1, INT64_C(946684800)},
    {2000, 2, 28, INT64_C(951696000)},
    {2000, 2, 29, INT64_C(951782400)},
    {2000, 3, 1, INT64_C(951868800)},
    {2000, 12, 31, INT64_C(978220800)},
    {2001, 1, 1, INT64_C(978307200)},
    {2001, 2, 28, INT64_C(983318400)},
    {2001, 3, 1, INT64_C(983404800)},
    {2004, 2, 29, INT64_C(1078012800)},
    {2020, 6, 25, INT64_C(1593043200)},
    {2024, 1, 1, INT64_C(1704067200)},
    {2024, 2, 29, INT64_C(1709164800)},
    {2024, 12, 31, INT64_C(1735603200)},
    {2037, 12, 31, INT64_C(2145830400)},
    {2038, 1, 1, INT64_C(2145916800)},
    {2038, 1, 19, INT64_C(2147472000)},
    {2038, 1, 20, INT64_C(2147558400)},
    {2038, 2, 1, INT64_C(2148595200)},
    {2099, 12, 31, INT64_C(4102358400)},
    {2100, 1, 1, INT64_C(4102444800)},
    {2100, 2, 28, INT64_C(4107456000)},
    {2100, 3, 1, INT64_C(4107542400)},
    {2106, 2, 7, INT64_C(4294944000)},
    {2106, 2, 8, INT64_C(4295030400)},
    {2400, 2, 29, INT64_C(13574563200)},
    {4000, 2, 29, INT64_C(64065686400)},
    {9996, 2, 29, INT64_C(253281168000)},
    {9999, 1, 1, INT64_C(253370764800)},
    {9999, 2, 28, INT64_C(253375776000)},
    {9999, 3, 1, INT64_C(253375862400)},
    {9999, 12, 31, INT64_C(253402214400)},
};

static void dates_are_where_another_calendar_has_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(reflow_civil_seconds(table[i].year, table[i].month, table[i].day),
                         table[i].seconds);
    }
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

static void every_day_from_year_0_to_9999_is_86400_seconds_after_the_one_before(void **state)
{
    int64_t expected = table[0].seconds;

    (void)state;
    for (int year = 0; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int day = 1; day <= days_of(year, month); day++) {
                const int64_t seconds = reflow_civil_seconds(year, month, day);

                if (seconds != expected) {
                    fail_msg("%04d-%02d-%02d", year, month, day);
                }
                expected += SECONDS_OF_DAY;
            }
        }
    }
}

/* Whoever reads dates finds out by it that there is no such day. */
static void a_day_that_a_month_does_not_have_is_one_of_the_next_month(void **state)
{
    (void)state;
    assert_int_equal(reflow_civil_seconds(2023, 2, 29), reflow_civil_seconds(2023, 3, 1));
    assert_int_equal(reflow_civil_seconds(2100, 2, 29), reflow_civil_seconds(2100, 3, 1));
    assert_int_equal(reflow_civil_seconds(2024, 2, 31), reflow_civil_seconds(2024, 3, 2));
    assert_int_equal(reflow_civil_seconds(2024, 4, 31), reflow_civil_seconds(2024, 5, 1));
    assert_int_equal(reflow_civil_seconds(0, 2, 31), reflow_civil_seconds(0, 3, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_where_another_calendar_has_them),
        cmocka_unit_test(every_day_from_year_0_to_9999_is_86400_seconds_after_the_one_before),
        cmocka_unit_test(a_day_that_a_month_does_not_have_is_one_of_the_next_month),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
