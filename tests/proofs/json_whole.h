/* SPDX-License-Identifier: MIT */
/* json_whole: what jsmn's scanner is proven to see to, and json.c builds on: the inside of a string. */
#ifndef REFLOW_JSON_WHOLE_H
#define REFLOW_JSON_WHOLE_H

#include "proof.h"

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

static bool is_escape_letter(char c)
{
    return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' ||
           c == 't';
}

/* Whether the bytes from `first` up to `end` have no NUL, no quote but behind a backslash, and no
 * escape that is unknown or broken off.. */
static bool json_whole(const char *text, size_t first, size_t end)
{
    unsigned hex = 0;
    bool escape = false;
    size_t i;

    for (i = first; i < end; i++) {
        const char c = text[i];

        if (hex > 0) {
            hex--;
            if (!is_hex_digit(c)) {
                return false;
            }
        } else if (escape) {
            escape = false;
            hex = c == 'u' ? 4 : 0;
            if (c != 'u' && !is_escape_letter(c)) {
                return false;
            }
        } else if (c == '\0' || c == '"') {
            return false;
        } else {
            escape = c == '\\';
        }
    }
    return hex == 0 && !escape;
}

#endif
