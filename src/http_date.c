/* SPDX-License-Identifier: MIT */
/* http_date: the three forms of HTTP-date (RFC 9110 section 5.6.7), read strictly. */
#include "retry.h"

#include <string.h>

#include "civil.h"
#include "text.h"

/* IMF-fixdate, RFC 850, asctime. A lower-case letter, and Y, stands for a part of the date (see
 * take_part()), everything else for itself. */
static const char forms[][20] = {"w, d m Y h:i:s GMT", "l, d-m-y h:i:s GMT", "w m e h:i:s Y"};

/* The numbers of two digits, and where each is kept. */
static const char numbers[] = "dhis";
enum part { DAY, HOUR, MINUTE, SECOND, MONTH, YEAR, PARTS };

/* The date is case-sensitive: a month, and the start of a weekday, is three exact letters. */
#define SHORT_NAME 3
#define WEEKDAY 10
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[][WEEKDAY] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                         "Friday", "Saturday", "Sunday"};

/* A place in the value. The first thing that does not fit sticks: `bad` stays set. */
struct place {
    const char *at;
    size_t left;
    bool bad;
};

static bool take_if(struct place *place, const char *literal, size_t length)
{
    if (place->left < length || memcmp(place->at, literal, length) != 0) {
        return false;
    }
    place->at += length;
    place->left -= length;
    return true;
}

static int take_number(struct place *place, size_t digits)
{
    int number = 0;

    for (; digits > 0; digits--) {
        if (place->left == 0 || !reflow_is_digit(*place->at)) {
            place->bad = true;
            return 0;
        }
        number = number * 10 + (*place->at - '0');
        place->at++;
        place->left--;
    }
    return number;
}

static int take_month(struct place *place)
{
    for (int month = 1; month <= 12; month++) {
        if (take_if(place, months + (size_t)(month - 1) * SHORT_NAME, SHORT_NAME)) {
            return month;
        }
    }
    place->bad = true;
    return 0;
}

/* It must be a weekday, but need not be the date's: who gets it wrong still means the date. */
static void take_weekday(struct place *place, bool whole)
{
    for (size_t i = 0; i < sizeof weekdays / sizeof weekdays[0]; i++) {
        if (take_if(place, weekdays[i], whole ? strlen(weekdays[i]) : SHORT_NAME)) {
            return;
        }
    }
    place->bad = true;
}

/* RFC 9110 wants a two-digit year that seems more than 50 years ahead to be in the past. That takes
 * a clock; a fixed century serves until 2069. */
static int take_short_year(struct place *place)
{
    const int year = take_number(place, 2);

    return year < 70 ? 2000 + year : 1900 + year;
}

static void take_part(struct place *place, const char *what, int *date)
{
    const char *number;

    switch (*what) {
    case 'w':
    case 'l':
        take_weekday(place, *what == 'l');
        break;
    case 'm':
        date[MONTH] = take_month(place);
        break;
    case 'Y':
        date[YEAR] = take_number(place, 4);
        break;
    case 'y':
        date[YEAR] = take_short_year(place);
        break;
    case 'e': /* a day that a space makes two characters long */
        date[DAY] = take_number(place, take_if(place, " ", 1) ? 1 : 2);
        break;
    default:
        number = memchr(numbers, *what, sizeof numbers - 1);
        if (number != NULL) {
            date[number - numbers] = take_number(place, 2);
        } else if (!take_if(place, what, 1)) {
            place->bad = true;
        }
    }
}

static bool read_form(const char *form, const char *value, size_t length, int *date)
{
    struct place place = {value, length, false};

    for (; *form != '\0' && !place.bad; form++) {
        take_part(&place, form, date);
    }
    return !place.bad && place.left == 0;
}

/* Reads seconds since 1970, if there are such a day and such a time. The last second may be the
 * 60th: a leap second. */
static bool read_calendar(const int *date, int64_t *seconds)
{
    int64_t day;

    if (date[HOUR] > 23 || date[MINUTE] > 59 || date[SECOND] > 60 || date[DAY] < 1 ||
        date[DAY] > 31) {
        return false;
    }
    day = reflow_civil_seconds(date[YEAR], date[MONTH], date[DAY]);
    if (date[MONTH] != 12 && day >= reflow_civil_seconds(date[YEAR], date[MONTH] + 1, 1)) {
        return false;
    }
    *seconds = day + date[HOUR] * 3600L + date[MINUTE] * 60L + date[SECOND];
    return true;
}

bool reflow_http_date(const char *value, size_t length, int64_t *seconds)
{
    int date[PARTS] = {0};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (read_form(forms[i], value, length, date)) {
            return read_calendar(date, seconds);
        }
    }
    return false;
}
