/* SPDX-License-Identifier: MIT */
/* when: RFC 3339 and times ago, read strictly; days are counted as civil.c counts them. */
#include "when.h"

#include <string.h>

#include "civil.h"
#include "text.h"

#define SECONDS_OF_DAY 86400
#define LAST_SECOND INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* What follows is read from a place that moves on. A NUL fits nothing that is looked for, so it is
 * never passed. */

static bool take(const char **at, char c)
{
    if (**at != c) {
        return false;
    }
    (*at)++;
    return true;
}

/* Exactly so many digits. */
static bool take_number(const char **at, int digits, int *number)
{
    *number = 0;
    for (; digits > 0; digits--) {
        if (!reflow_is_digit(**at)) {
            return false;
        }
        *number = *number * 10 + (**at - '0');
        (*at)++;
    }
    return true;
}

/* Two digits, within these bounds. */
static bool take_two(const char **at, int least, int most, int *number)
{
    return take_number(at, 2, number) && *number >= least && *number <= most;
}

/* ---- Dates and times ---- */

static bool take_date(const char **at, int64_t *seconds)
{
    int year;
    int month;
    int day;

    if (!take_number(at, 4, &year) || !take(at, '-') || !take_two(at, 1, 12, &month) ||
        !take(at, '-') || !take_two(at, 1, 31, &day)) {
        return false;
    }
    *seconds = reflow_civil_seconds(year, month, day);
    /* A day that the month does not have is one of the next month. */
    return month == 12 || *seconds < reflow_civil_seconds(year, month + 1, 1);
}

static bool take_time_of_day(const char **at, int64_t *seconds, int last_second)
{
    int hour;
    int minute;
    int second;

    if (!take_two(at, 0, 23, &hour) || !take(at, ':') || !take_two(at, 0, 59, &minute) ||
        !take(at, ':') || !take_two(at, 0, last_second, &second)) {
        return false;
    }
    *seconds += hour * 3600L + minute * 60L + (second > 59 ? 59 : second);
    return true;
}

static bool drop_fraction(const char **at)
{
    if (!take(at, '.')) {
        return true;
    }
    if (!reflow_is_digit(**at)) {
        return false;
    }
    while (reflow_is_digit(**at)) {
        (*at)++;
    }
    return true;
}

/* How far local time is ahead of UTC. */
static bool take_offset(const char **at, int64_t *ahead)
{
    const bool behind = **at == '-';
    int hours;
    int minutes;

    *ahead = 0;
    if (take(at, 'Z') || take(at, 'z')) {
        return true;
    }
    if ((!take(at, '+') && !take(at, '-')) || !take_two(at, 0, 23, &hours) || !take(at, ':') ||
        !take_two(at, 0, 59, &minutes)) {
        return false;
    }
    *ahead = (hours * 3600L + minutes * 60L) * (behind ? -1 : 1);
    return true;
}

/* RFC 3339 section 5.6, whose T and Z may be lower case, or its full-date alone. */
static bool read_date_time(const char *text, int64_t *seconds)
{
    int64_t ahead = 0;

    if (!take_date(&text, seconds)) {
        return false;
    }
    if (*text == '\0') {
        return true;
    }
    if ((!take(&text, 'T') && !take(&text, 't')) || !take_time_of_day(&text, seconds, 60) ||
        !drop_fraction(&text) || !take_offset(&text, &ahead)) {
        return false;
    }
    *seconds -= ahead;
    return *text == '\0';
}

/* ---- Times ago ---- */

static int64_t seconds_of_unit(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return SECONDS_OF_DAY;
    case 'w':
        return INT64_C(7) * SECONDS_OF_DAY;
    default:
        return 0;
    }
}

/* Counting ends where the units lead back beyond 1970, so nothing overflows. */
static bool read_ago(const char *text, int64_t now, int64_t *seconds)
{
    const size_t digits = strspn(text, "0123456789");
    const int64_t unit = seconds_of_unit(text[digits]);
    int64_t number = 0;
    size_t i;

    if (digits == 0 || unit == 0 || text[digits + 1] != '\0' || now < 0 || now > LAST_SECOND) {
        return false;
    }
    for (i = 0; i < digits; i++) {
        number = number * 10 + (text[i] - '0');
        if (number > now / unit) {
            return false;
        }
    }
    *seconds = now - number * unit;
    return number >= 1;
}

/* ---- The three functions ---- */

bool when_read(const char *text, int64_t now, int64_t *seconds)
{
    int64_t found;

    if ((!read_ago(text, now, &found) && !read_date_time(text, &found)) || found < 0) {
        return false;
    }
    *seconds = found;
    return true;
}

bool when_read_time(const char *text, size_t length, int64_t *seconds)
{
    char copy[WHEN_SIZE];
    const char *at = copy;
    int64_t found;

    if (length != WHEN_LENGTH) {
        return false;
    }
    memcpy(copy, text, WHEN_LENGTH);
    copy[WHEN_LENGTH] = '\0';
    if (!take_date(&at, &found) || !take(&at, 'T') || !take_time_of_day(&at, &found, 59) ||
        !take(&at, 'Z') || found < 0) {
        return false;
    }
    *seconds = found;
    return true;
}

static char *put_number(char *at, int32_t number, size_t digits, char behind)
{
    size_t i;

    for (i = digits; i > 0; i--) {
        at[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    at[digits] = behind;
    return at + digits + 1;
}

/* Days are counted from 0000-03-01, in cycles of 400 years that begin in March, so that each leap
 * day is the last of its year, its century or its cycle. */
static char *put_date(char *at, int32_t days)
{
    const int32_t days_to_1970 = 719468;
    const int32_t cycle = (days + days_to_1970) / 146097;
    const int32_t of_cycle = (days + days_to_1970) % 146097;
    const int32_t years = (of_cycle - of_cycle / 1460 + of_cycle / 36524 - of_cycle / 146096) / 365;
    const int32_t of_year = of_cycle - (years * 365 + years / 4 - years / 100);
    const int32_t months = (5 * of_year + 2) / 153; /* from March */
    const int32_t day = of_year - (153 * months + 2) / 5 + 1;
    const int32_t month = months < 10 ? months + 3 : months - 9;

    at = put_number(at, cycle * 400 + years + (month <= 2 ? 1 : 0), 4, '-');
    at = put_number(at, month, 2, '-');
    return put_number(at, day, 2, 'T');
}

void when_write(int64_t seconds, char text[WHEN_SIZE])
{
    const int64_t from_1970 = seconds > 0 ? seconds : 0;
    const int64_t clamped = from_1970 < LAST_SECOND ? from_1970 : LAST_SECOND;
    const int32_t of_day = (int32_t)(clamped % SECONDS_OF_DAY);
    char *at = put_date(text, (int32_t)(clamped / SECONDS_OF_DAY));

    at = put_number(at, of_day / 3600, 2, ':');
    at = put_number(at, of_day / 60 % 60, 2, ':');
    at = put_number(at, of_day % 60, 2, 'Z');
    *at = '\0';
}
