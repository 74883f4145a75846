/* SPDX-License-Identifier: MIT */
/* json: a slice may hold any bytes; no read or write leaves it. A decoded string lies in its slice,
 * ends with a NUL there, and has no other; each step of decoding reads no further than the string's
 * closing quote and writes no further than it has read. What is no string is left as it was. A
 * number is exact or refused.
 *
 * PROOF: prove_json_is_string | is_string | slices of any size |
 * PROOF: prove_json_short | reflow_json_string, is_string, jsmn_init, jsmn_parse_string,
 *        jsmn_alloc_token, jsmn_fill_token | slices up to 4 bytes, nothing replaced |
 *        --unwind 10
 * PROOF: prove_json_string | reflow_json_string | slices up to 10 bytes | --unwind 11
 * PROOF: prove_json_units | decode_units, put, unit_at, low_follows | two escapes, any bytes |
 *        --unwind 7
 * PROOF: prove_json_digit | add_digit | any number so far, any character |
 * PROOF: prove_json_integer | reflow_json_integer | slices up to 24 bytes | --unwind 26
 * PROOF: prove_json_number | reflow_json_integer, add_digit | all numbers up to 4 bytes | --unwind 6
 * REPLACE: prove_json_is_string | jsmn_parse_string=scanned
 * REPLACE: prove_json_string | is_string=whole_string, decode_units=some_units
 * REPLACE: prove_json_integer | add_digit=some_digit
 *
 * MUTANT: prove_json_is_string | (size_t)token.end + 1 == length | true
 * MUTANT: prove_json_is_string | length == 0 || slice[0] | slice[0]
 * MUTANT: prove_json_string | end = slice + length - 1 | end = slice + length
 * MUTANT: prove_json_string | *to = '\0'; |
 * MUTANT: prove_json_units | end - at >= ESCAPE_LENGTH | end - at >= 1
 * MUTANT: prove_json_units | unit == 0 || |
 * MUTANT: prove_json_digit | *number * 10 < least + digit | *number * 10 < least
 * MUTANT: prove_json_integer | length == first || |
 * MUTANT: prove_json_number | length > first + 1 | length > first + 2
 */
#include <json.c>

#include "json_whole.h"

#include <stdlib.h>

/* ---- Strings ---------------------------------------------------------------------------------- */

/* prove_jsmn_string shows this of jsmn's scanner. */
int scanned(jsmn_parser *parser, const char *text, size_t length, jsmntok_t *tokens, size_t count)
{
    prove(parser->pos == 0 && parser->toknext == 0 && count == 1);
    prove(length > 0 && text[0] == '"');
    if (nondet_bool()) {
        return JSMN_ERROR_PART;
    }
    parser->pos = nondet_uint32();
    assume(parser->pos > 0 && parser->pos < length && text[parser->pos] == '"');
    tokens->start = 1;
    tokens->end = (int)parser->pos;
    return 0;
}

void prove_json_is_string(void)
{
    const size_t length = proof_up_to(INT32_MAX);
    const char *slice = malloc(length);

    assume(slice != NULL);
    prove(!is_string(slice, length) ||
          (length >= 2 && slice[0] == '"' && slice[length - 1] == '"'));
}

/* prove_json_is_string and prove_jsmn_string show this of is_string(). */
bool whole_string(const char *slice, size_t length)
{
    return length >= 2 && slice[0] == '"' && slice[length - 1] == '"' &&
           json_whole(slice, 1, length - 1) && nondet_bool();
}

/* prove_json_units shows this of decode_units(), whatever bytes it writes. */
const char *some_units(char **to, const char *from, const char *end)
{
    const size_t units = nondet_bool() ? 2 : 1;
    const size_t length = nondet_size();
    size_t i;

    prove(end - from >= ESCAPE_LENGTH && from - *to >= 1);
    assume(units == 1 || (end - from >= 2 * ESCAPE_LENGTH && from[6] == '\\' && from[7] == 'u'));
    assume(length >= 1 && length <= 2 * units + 1 && (units == 1 || length == 4));
    for (i = 0; i < length; i++) {
        (*to)[i] = nondet_char();
        assume((*to)[i] != '\0');
    }
    *to += length;
    return from + units * ESCAPE_LENGTH;
}

static void decode(char *slice, size_t length)
{
    const size_t i = nondet_size();
    const char before = i < length ? slice[i] : 0;
    const bool decoded = reflow_json_string(slice, length);

    if (decoded) {
        size_t end = 0;

        while (end < length && slice[end] != '\0') {
            end++;
        }
        prove(end + 2 <= length);
    } else {
        prove(i >= length || slice[i] == before);
    }
}

void prove_json_short(void)
{
    char room[4];
    const size_t length = proof_up_to(sizeof room);

    decode(PROOF_END_OF(room, length), length);
}

void prove_json_string(void)
{
    char room[10];
    const size_t length = proof_up_to(sizeof room);

    decode(PROOF_END_OF(room, length), length);
}

static bool is_escape(const char *at)
{
    return at[0] == '\\' && at[1] == 'u' && is_hex_digit(at[2]) && is_hex_digit(at[3]) &&
           is_hex_digit(at[4]) && is_hex_digit(at[5]);
}

/* The string's inside ends behind one escape or two, or in between. */
void prove_json_units(void)
{
    char text[2 * ESCAPE_LENGTH];
    char utf8[5];
    char *to = utf8;
    const char *end = text + ESCAPE_LENGTH + proof_up_to(ESCAPE_LENGTH);
    const char *next;
    size_t i;

    assume(is_escape(text));
    assume(end < text + sizeof text || text[6] != '\\' || text[7] != 'u' || is_escape(text + 6));
    next = decode_units(&to, text, end);
    prove(next == text + ESCAPE_LENGTH || (next == text + sizeof text && end == next));
    prove(to > utf8 && to - utf8 <= (next == text + ESCAPE_LENGTH ? 3 : 4));
    prove(next == text + ESCAPE_LENGTH || to - utf8 == 4);
    for (i = 0; i < 4; i++) {
        prove(utf8 + i >= to || utf8[i] != '\0');
    }
}

/* ---- Numbers ---------------------------------------------------------------------------------- */

void prove_json_digit(void)
{
    const int64_t least = nondet_bool() ? INT64_MIN : -INT64_MAX;
    int64_t number = nondet_int64();
    const int64_t before = number;

    assume(number <= 0 && number >= least);
    if (add_digit(&number, least, nondet_char())) {
        prove(number <= before && number >= least);
    } else {
        prove(number == before);
    }
}

/* prove_json_digit shows this of add_digit(). */
bool some_digit(int64_t *number, int64_t least, char c)
{
    const int64_t before = *number;

    prove(before <= 0 && before >= least);
    if (nondet_bool()) {
        return false;
    }
    *number = nondet_int64();
    assume(*number <= before && *number >= least);
    return true;
}

void prove_json_integer(void)
{
    char room[24];
    const size_t length = proof_up_to(sizeof room);
    const char *slice = PROOF_END_OF(room, length);
    const int64_t before = nondet_int64();
    int64_t number = before;

    if (reflow_json_integer(slice, length, &number)) {
        prove(length > 0 && (slice[0] == '-' ? number <= 0 : number >= 0));
    } else {
        prove(number == before);
    }
}

void prove_json_number(void)
{
    char text[4];
    const size_t length = proof_up_to(sizeof text);
    const size_t first = length > 0 && text[0] == '-' ? 1 : 0;
    int64_t number = 0;
    int sum = 0;
    bool whole = length > first && (text[first] != '0' || length == first + 1);
    size_t i;

    for (i = first; i < length; i++) {
        whole = whole && text[i] >= '0' && text[i] <= '9';
        sum = whole ? sum * 10 + text[i] - '0' : 0;
    }
    prove(reflow_json_integer(text, length, &number) == whole);
    prove(number == (first == 1 ? -sum : sum));
}
