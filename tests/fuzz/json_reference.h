/* SPDX-License-Identifier: MIT */
/* json_reference: a second reader of JSON (RFC 8259), for comparison: it recurs over a whole text,
 * and shares nothing with json_stream. */
#ifndef FUZZ_JSON_REFERENCE_H
#define FUZZ_JSON_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#define REFERENCE_DEPTH 64 /* levels, as REFLOW_MAX_JSON_DEPTH */

/* Whether the text is one whole JSON value, not nested too deeply. If so, `log` tells where the
 * values at `paths` (the last one is NULL) stand, in the words of tests/unit/json_trace.h: "0("
 * before the bytes of the value at paths[0], ")" behind them. The log must have room for every byte
 * at every level. */
bool json_reference(const char *text, size_t length, const char *const *paths, char *log,
                    size_t *log_length);

/* Whether the text is one JSON string. If so, `decoded`, of `length` bytes, is what it stands for,
 * with a NUL; lone surrogates and \u0000 are U+FFFD in it. */
bool json_reference_string(const char *text, size_t length, char *decoded);

#endif
