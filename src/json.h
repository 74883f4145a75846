/* SPDX-License-Identifier: MIT */
/* json: typed reads of one small JSON value that json_stream has validated and cut out. The only
 * module that knows jsmn. */
#ifndef REFLOW_JSON_H
#define REFLOW_JSON_H

#include "reflow.h"

/* Decodes the JSON string that `slice` (quotes included, `length` bytes) consists of, in place, and
 * ends it with a NUL; the text is never longer than the slice was. Lone surrogates and \u0000
 * become U+FFFD. Returns whether it was a string; if not, the slice is as before. */
bool reflow_json_string(char *slice, size_t length);

/* Reads a whole number (no fraction, no exponent, no zero before others) that an int64_t can hold.
 * Returns whether it was one; if not, `number` is as before. */
bool reflow_json_integer(const char *slice, size_t length, int64_t *number);

#endif
