/* SPDX-License-Identifier: MIT */
/* json_escape: letters, hexadecimal digits, and UTF-16 code units to UTF-8. */
#include "json_escape.h"

uint8_t reflow_json_escaped(uint8_t letter)
{
    static const uint8_t pairs[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    unsigned i;

    for (i = 0; pairs[i] != 0; i += 2) {
        if (pairs[i] == letter) {
            return pairs[i + 1];
        }
    }
    return 0;
}

unsigned reflow_json_hex(uint8_t digit)
{
    const unsigned lower = digit | 0x20U;

    if (digit >= '0' && digit <= '9') {
        return digit - (unsigned)'0';
    }
    return lower >= 'a' ? lower - (unsigned)'a' + 10U : 16U;
}

bool reflow_json_is_high(uint32_t unit)
{
    return unit >> 10 == 0xd800U >> 10;
}

bool reflow_json_is_low(uint32_t unit)
{
    return unit >> 10 == 0xdc00U >> 10;
}

static uint8_t tail(uint32_t bits)
{
    return (uint8_t)(0x80 | (bits & 0x3f));
}

unsigned reflow_json_utf8(uint32_t units, uint8_t utf8[3])
{
    const uint32_t unit = units & 0xffff;
    /* Of a pair that stands for U: the bits of U from the tenth on (RFC 2781 section 2.1). */
    const uint32_t upper = (unit & 0x3ff) + (0x10000U >> 10);
    unsigned length = 0;

    if (unit < 0x80) {
        utf8[0] = (uint8_t)unit;
        return 1;
    }
    if (unit < 0x800) {
        utf8[length++] = (uint8_t)(0xc0 | unit >> 6);
    } else if (reflow_json_is_high(unit)) {
        utf8[0] = (uint8_t)(0xf0 | upper >> 8);
        utf8[1] = tail(upper >> 2);
        return 2;
    } else if (reflow_json_is_low(unit)) {
        utf8[length++] = tail((units >> 12 & 0x30) | (unit >> 6 & 0x0f));
    } else {
        utf8[length++] = (uint8_t)(0xe0 | unit >> 12);
        utf8[length++] = tail(unit >> 6);
    }
    utf8[length++] = tail(unit);
    return length;
}
