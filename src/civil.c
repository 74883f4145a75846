/* SPDX-License-Identifier: MIT */
/* civil: days are counted in years that begin in March, so that the leap day is the last. */
#include "civil.h"

#define SECONDS_OF_DAY 86400
#define DAYS_TO_1970 719468 /* from the first of March of the year 0 */

int64_t reflow_civil_seconds(int year, int month, int day)
{
    const int32_t years =
        month > 2 ? year : year - 1 + 400; /* never negative; 400 years are a cycle */
    const int32_t months = month > 2 ? month - 3 : month + 9;
    const int32_t leap_days = years / 4 - years / 100 + years / 400;
    /* Of five months in a row from March, August or January, three have 31 days: 153 in all. */
    const int32_t days = years * 365 + leap_days + (153 * months + 2) / 5 + day - 1;
    const int32_t cycle = month > 2 ? 0 : 146097;

    return (int64_t)(days - cycle - DAYS_TO_1970) * SECONDS_OF_DAY;
}
