/* SPDX-License-Identifier: MIT */
/* json_escape: what the escapes of JSON strings stand for (RFC 8259 section 7). */
#ifndef REFLOW_JSON_ESCAPE_H
#define REFLOW_JSON_ESCAPE_H

#include "reflow.h"

/* What a backslash and `letter` stand for; 0 when nothing, or when `letter` is u. */
uint8_t reflow_json_escaped(uint8_t letter);

/* The value of a hexadecimal digit; 16 or more when it is none. */
unsigned reflow_json_hex(uint8_t digit);

bool reflow_json_is_high(uint32_t unit); /* the first half of a surrogate pair */
bool reflow_json_is_low(uint32_t unit);  /* the second half */

/* Writes the UTF-8 of the UTF-16 code unit in the low 16 bits of `units` and returns its length, 1
 * to 3. Each half of a surrogate pair gives two of the pair's four bytes; for that, the second half
 * needs the first one in the high 16 bits. A half alone makes bytes that are in no UTF-8. */
unsigned reflow_json_utf8(uint32_t units, uint8_t utf8[3]);

#endif
