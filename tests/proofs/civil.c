/* SPDX-License-Identifier: MIT */
/* civil: no value on the way wraps and the result stays within the seconds of those years, for all days of the
 * years 0 to 9999. It counts the days of the Gregorian calendar: 1970-01-01 is 0, and from each year of a whole
 * cycle of 400, and from each month of a year of each kind, it goes on by just the days of the calendar's own rule.
 *
 * PROOF: prove_civil_seconds | reflow_civil_seconds | all days of the years 0 to 9999 |
 * PROOF: prove_civil_years | reflow_civil_seconds | the years 1970 to 2370 | --unwind 402
 * PROOF: prove_civil_months | reflow_civil_seconds | all months of 2000, 2001, 2004 and 2100 | --unwind 13
 *
 * MUTANT: prove_civil_seconds | const int32_t months = month > 2 ? month - 3 : month + 9 | const uint32_t months = (uint32_t)(month - 3)
 * MUTANT: prove_civil_seconds | year - 1 + 400 | year - 1
 * MUTANT: prove_civil_months | 153 * months + 2 | 153 * months + 1
 * MUTANT: prove_civil_years | years / 4 - years / 100 + | years / 4 +
 * MUTANT: prove_civil_years | 719468 | 719467
 */
#include <civil.c>

#include "proof.h"

void prove_civil_seconds(void)
{
    const int year = nondet_int(), month = nondet_int(), day = nondet_int();

    assume(year >= 0 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31);

    const int64_t seconds = reflow_civil_seconds(year, month, day);
    prove(seconds >= -62167219200 && seconds <= 253402214400);
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Years and months are given one after the other: CBMC then computes instead of solving. */
void prove_civil_years(void)
{
    int64_t seconds = 0;

    for (int year = 1970; year <= 2370; year++) {
        prove(reflow_civil_seconds(year, 1, 1) == seconds);
        for (int month = 1; month <= 12; month++) {
            seconds += days_of(year, month) * INT64_C(86400);
        }
    }
}

static void prove_months(int year)
{
    int64_t seconds = reflow_civil_seconds(year, 1, 1);

    for (int month = 1; month <= 12; month++) {
        prove(reflow_civil_seconds(year, month, 1) == seconds);
        seconds += days_of(year, month) * INT64_C(86400);
        prove(reflow_civil_seconds(year, month, days_of(year, month)) == seconds - 86400);
    }
}

void prove_civil_months(void)
{
    prove_months(2000);
    prove_months(2001);
    prove_months(2004);
    prove_months(2100);
}
