/* SPDX-License-Identifier: MIT */
/* json: typed reads of one JSON value. The slice may hold any bytes: no read leaves it. */
#include "json.h"

#include <string.h>

#include "json_escape.h"

#define JSMN_STATIC
#define JSMN_STRICT
#include <jsmn.h>

#define ESCAPE_LENGTH 6 /* \uXXXX */
#define REPLACEMENT 0xfffdU

/* ---- Strings -------------------------------------------------------------------------------- */

/* Whether the slice is one string from its first byte to its last. jsmn's scanner for strings is
 * called by itself: the rest of jsmn would be dead weight for a slice that is one token, and the
 * scanner alone is small enough to be proven. It takes the opening quote for granted, sees that
 * each escape is whole, and does not look for UTF-8. */
static bool is_string(const char *slice, size_t length)
{
    jsmn_parser parser;
    jsmntok_t token;

    if (length == 0 || slice[0] != '"') {
        return false;
    }
    jsmn_init(&parser);
    return jsmn_parse_string(&parser, slice, length, &token, 1) == 0 &&
           (size_t)token.end + 1 == length;
}

static uint32_t unit_at(const char *escape)
{
    uint32_t unit = 0;
    unsigned i;

    for (i = 2; i < ESCAPE_LENGTH; i++) {
        unit = unit << 4 | reflow_json_hex((uint8_t)escape[i]);
    }
    return unit;
}

/* Whether the bytes from `at` to `end` begin with a second half of a surrogate pair. */
static bool low_follows(const char *at, const char *end)
{
    return end - at >= ESCAPE_LENGTH && at[0] == '\\' && at[1] == 'u' &&
           reflow_json_is_low(unit_at(at));
}

static char *put(char *to, uint32_t units)
{
    uint8_t utf8[3];
    const unsigned length = reflow_json_utf8(units, utf8);

    memcpy(to, utf8, length);
    return to + length;
}

/* Decodes the \u escape at `from`, or two that are a pair, and returns what follows. No escape is
 * shorter than its UTF-8, so `to` stays behind. */
static const char *decode_units(char **to, const char *from, const char *end)
{
    const uint32_t unit = unit_at(from);

    from += ESCAPE_LENGTH;
    if (reflow_json_is_high(unit) && low_follows(from, end)) {
        const uint32_t low = unit_at(from);

        *to = put(put(*to, unit), unit << 16 | low);
        return from + ESCAPE_LENGTH;
    }
    if (unit == 0 || reflow_json_is_high(unit) || reflow_json_is_low(unit)) {
        *to = put(*to, REPLACEMENT);
        return from;
    }
    *to = put(*to, unit);
    return from;
}

bool reflow_json_string(char *slice, size_t length)
{
    const char *from;
    const char *end;
    char *to = slice;

    if (!is_string(slice, length)) {
        return false;
    }
    from = slice + 1;
    end = slice + length - 1;
    while (from < end) {
        if (from[0] != '\\') {
            *to++ = *from++;
        } else if (from[1] == 'u') {
            from = decode_units(&to, from, end);
        } else {
            *to++ = (char)reflow_json_escaped((uint8_t)from[1]);
            from += 2;
        }
    }
    *to = '\0';
    return true;
}

/* ---- Numbers -------------------------------------------------------------------------------- */

/* Takes one digit more. Counts downwards, where there is room for the least number too; the bounds
 * are constants because a division of 64 bits would bring its own routine along. */
static bool add_digit(int64_t *number, int64_t least, char c)
{
    const int digit = c - '0';

    if (digit < 0 || digit > 9 || *number < INT64_MIN / 10 || *number * 10 < least + digit) {
        return false;
    }
    *number = *number * 10 - digit;
    return true;
}

/* jsmn is of no use here: it wants something behind a number, and a slice ends with it. */
bool reflow_json_integer(const char *slice, size_t length, int64_t *number)
{
    const bool negative = length > 0 && slice[0] == '-';
    const int64_t least = negative ? INT64_MIN : -INT64_MAX;
    const size_t first = negative ? 1 : 0;
    int64_t sum = 0;
    size_t at;

    if (length == first || (slice[first] == '0' && length > first + 1)) {
        return false;
    }
    for (at = first; at < length; at++) {
        if (!add_digit(&sum, least, slice[at])) {
            return false;
        }
    }
    *number = negative ? sum : -sum;
    return true;
}
