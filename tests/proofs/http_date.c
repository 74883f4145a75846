/* SPDX-License-Identifier: MIT */
/* http_date: a value is read within its bytes, never past them, and either taken whole or not at all; what is
 * taken is a day and a time that exist in the years 0 to 9999, and otherwise `seconds` is left alone.
 * By parts: the helpers for any place in a value of up to 12 bytes, each part of a form, each form with its parts
 * replaced by what they were shown to do, and the calendar for all numbers that they can give.
 *
 * PROOF: prove_date_take_if | take_if | values and literals up to 12 bytes | --unwind 14
 * PROOF: prove_date_number | take_number, take_short_year | values up to 6 bytes, up to 4 digits | --unwind 6
 * PROOF: prove_date_names | take_month, take_weekday, take_if | values up to 12 bytes | --unwind 14
 * PROOF: prove_date_part | take_part | values up to 12 bytes, all letters of the forms | --unwind 14
 * PROOF: prove_date_form | read_form | values of any length, all three forms | --unwind 20
 * PROOF: prove_date_calendar | read_calendar | all numbers that forms can give |
 * PROOF: prove_http_date | reflow_http_date | values of any length | --unwind 7
 * REPLACE: prove_date_part | take_weekday=some_weekday, take_month=some_month, take_number=some_number,
 *        take_short_year=some_short_year
 * REPLACE: prove_date_form | take_part=some_part
 * REPLACE: prove_date_calendar | reflow_civil_seconds=some_seconds
 * REPLACE: prove_http_date | read_form=some_form, read_calendar=some_calendar
 *
 * MUTANT: prove_date_take_if | place->left < length | place->left + 1 < length
 * MUTANT: prove_date_take_if | place->left -= length | place->left -= 1
 * MUTANT: prove_date_number | place->left == 0 \|\| | false \|\|
 * MUTANT: prove_date_number | year < 70 | year < 69
 * MUTANT: prove_date_names | month <= 12; | month <= 13;
 * MUTANT: prove_date_names | i < sizeof weekdays / sizeof weekdays[0] | i < 8
 * MUTANT: prove_date_part | take_if(place, " ", 1) ? 1 : 2 | take_if(place, " ", 1) ? 1 : 3
 * MUTANT: prove_date_part | date[number - numbers] = | date[number - numbers + 3] =
 * MUTANT: prove_date_form | !place.bad && place.left == 0 | !place.bad
 * MUTANT: prove_date_calendar | date[HOUR] > 23 | date[HOUR] > 24
 * MUTANT: prove_date_calendar | date[MONTH] != 12 && | date[MONTH] != 11 &&
 * MUTANT: prove_date_calendar | date[DAY] < 1 \|\| | date[DAY] < 0 \|\|
 * MUTANT: prove_http_date | return read_calendar(date, seconds); | return !read_calendar(date, seconds);
 */
#include <http_date.c>

#include "proof.h"

/* Any place in a value whose last `left` bytes lie at the end of `room`. */
static struct place any_place(const char *room, size_t size)
{
    struct place place = {NULL, proof_up_to(size), nondet_bool()};

    place.at = room + (size - place.left);
    return place;
}

/* It goes on by what it takes, and stays within the value. */
static bool moved(const struct place *before, const struct place *after, size_t by)
{
    return by <= before->left && after->at == before->at + by && after->left == before->left - by;
}

void prove_date_take_if(void)
{
    char room[12], wanted[12];
    struct place place = any_place(room, sizeof room);
    const struct place before = place;
    const size_t length = proof_up_to(sizeof wanted);
    const bool taken = take_if(&place, PROOF_END_OF(wanted, length), length);

    prove(moved(&before, &place, taken ? length : 0));
    prove(place.bad == before.bad);
}

void prove_date_number(void)
{
    char room[6];
    struct place place = any_place(room, sizeof room);
    const struct place before = place;
    const size_t digits = proof_up_to(4);

    if (nondet_bool()) {
        const int number = take_number(&place, digits);
        prove(number >= 0 && number <= 9999 && (digits > 2 || number <= 99));
        prove(place.bad || moved(&before, &place, digits));
    } else {
        const int year = take_short_year(&place);
        prove(year >= 1970 && year <= 2069);
        prove(place.bad || moved(&before, &place, 2));
    }
    prove(place.at >= before.at && moved(&before, &place, (size_t)(place.at - before.at)));
    prove(place.bad || !before.bad);
}

void prove_date_names(void)
{
    char room[12];
    struct place place = any_place(room, sizeof room);
    const struct place before = place;

    if (nondet_bool()) {
        const int month = take_month(&place);
        prove(month >= 0 && month <= 12 && (month > 0 || place.bad));
        prove(place.bad || moved(&before, &place, 3));
    } else {
        take_weekday(&place, nondet_bool());
    }
    prove(place.at >= before.at && moved(&before, &place, (size_t)(place.at - before.at)));
    prove(place.bad || !before.bad);
}

/* What the proofs above show: the place goes on within the value, or turns bad; `bad` sticks. */
static void go_on(struct place *place, size_t most)
{
    const size_t by = nondet_size();

    assume(by <= most && by <= place->left);
    place->at += by;
    place->left -= by;
    place->bad = place->bad || nondet_bool();
}

static int some_up_to(int least, int most)
{
    const int number = nondet_int();

    assume(number >= least && number <= most);
    return number;
}

void some_weekday(struct place *place, bool whole)
{
    go_on(place, whole ? 9 : 3);
}

int some_month(struct place *place)
{
    const int month = some_up_to(0, 12);

    go_on(place, 3);
    place->bad = place->bad || month == 0;
    return month;
}

int some_number(struct place *place, size_t digits)
{
    prove(digits <= 4);
    go_on(place, digits);
    return some_up_to(0, digits == 1 ? 9 : digits == 2 ? 99 : 9999);
}

int some_short_year(struct place *place)
{
    go_on(place, 2);
    return some_up_to(1970, 2069);
}

static bool in_range(const int *date)
{
    return date[DAY] >= 0 && date[DAY] <= 99 && date[HOUR] >= 0 && date[HOUR] <= 99 &&
           date[MINUTE] >= 0 && date[MINUTE] <= 99 && date[SECOND] >= 0 && date[SECOND] <= 99 &&
           date[MONTH] >= 0 && date[MONTH] <= 12 && date[YEAR] >= 0 && date[YEAR] <= 9999;
}

void prove_date_part(void)
{
    char room[12];
    struct place place = any_place(room, sizeof room);
    const struct place before = place;
    const char what = nondet_char();
    int date[PARTS];

    assume(what != '\0' && in_range(date));
    take_part(&place, &what, date);
    prove(in_range(date));
    prove(place.at >= before.at && moved(&before, &place, (size_t)(place.at - before.at)));
    prove(place.bad || !before.bad);
}

/* What prove_date_part shows; read_form() itself never looks at the value. */
static size_t left_over;

void some_part(struct place *place, const char *what, int *date)
{
    prove(*what != '\0' && __CPROVER_w_ok(date, PARTS * sizeof *date));
    place->left = left_over = proof_up_to(place->left);
    place->bad = place->bad || nondet_bool();
}

void prove_date_form(void)
{
    const char *const form = forms[proof_up_to(2)];
    int date[PARTS] = {0};

    prove(!read_form(form, NULL, nondet_size(), date) || left_over == 0);
}

/* What civil.c shows (prove_civil_seconds), for what it asks for. */
int64_t some_seconds(int year, int month, int day)
{
    const int64_t seconds = nondet_int64();

    prove(year >= 0 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= 31);
    assume(seconds >= -62167219200 && seconds <= 253402214400);
    return seconds;
}

void prove_date_calendar(void)
{
    int date[PARTS];
    int64_t seconds = INT64_MIN;

    assume(in_range(date) && date[MONTH] >= 1);
    if (read_calendar(date, &seconds)) {
        prove(date[HOUR] <= 23 && date[MINUTE] <= 59 && date[SECOND] <= 60);
        prove(seconds >= -62167219200 && seconds <= 253402300800);
    } else {
        prove(seconds == INT64_MIN);
    }
}

/* What prove_date_form shows: a value that was taken whole holds numbers in their ranges, a month among them,
 * because each form has one. */
bool some_form(const char *form, const char *value, size_t length, int *date)
{
    for (size_t i = 0; i < PARTS; i++) {
        date[i] = nondet_int();
    }
    return nondet_bool();
}

static bool calendar_said;

bool some_calendar(const int *date, int64_t *seconds)
{
    *seconds = 1;
    calendar_said = nondet_bool();
    return calendar_said;
}

void prove_http_date(void)
{
    char value;
    int64_t seconds = 0;
    const bool taken = reflow_http_date(&value, nondet_size(), &seconds);

    prove(seconds == 1 ? taken == calendar_said : !taken);
}
