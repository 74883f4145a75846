/* SPDX-License-Identifier: MIT */
/* json_escape: every byte and every code unit there is. Letters and digits mean what RFC 8259
 * section 7 says; the UTF-8 written is 1 to 3 bytes, never more than there is room for, and decodes
 * to the code unit, or for the two halves of a pair to the character that the pair stands for.
 *
 * PROOF: prove_json_escape_escaped | reflow_json_escaped | every byte | --unwind 10
 * PROOF: prove_json_escape_hex | reflow_json_hex | every byte |
 * PROOF: prove_json_escape_unit | reflow_json_utf8, reflow_json_is_high, reflow_json_is_low, tail |
 *         every code unit, with any other before it | --unwind 4
 * PROOF: prove_json_escape_pair | reflow_json_utf8, tail | every surrogate pair | --unwind 5
 * MUTANT: prove_json_escape_escaped | \rt\t" | \rt\tv"
 * MUTANT: prove_json_escape_hex | >= 'a' | >= 'A'
 * MUTANT: prove_json_escape_unit | unit < 0x800 | unit < 0x801
 * MUTANT: prove_json_escape_pair | tail(upper >> 2) | tail(upper >> 1)
 * MUTANT: prove_json_escape_pair | 0x0f) | 0x1f)
 */
#include <json_escape.c>

#include "proof.h"

void prove_json_escape_escaped(void)
{
    const uint8_t letter = nondet_uint8();
    const uint8_t meaning = reflow_json_escaped(letter);

    switch (letter) {
    case '"':
    case '\\':
    case '/':
        prove(meaning == letter);
        break;
    case 'b':
        prove(meaning == 8);
        break;
    case 'f':
        prove(meaning == 12);
        break;
    case 'n':
        prove(meaning == 10);
        break;
    case 'r':
        prove(meaning == 13);
        break;
    case 't':
        prove(meaning == 9);
        break;
    default:
        prove(meaning == 0);
    }
}

void prove_json_escape_hex(void)
{
    const uint8_t digit = nondet_uint8();
    const unsigned value = reflow_json_hex(digit);

    if (digit >= '0' && digit <= '9') {
        prove(value + '0' == digit);
    } else if (digit >= 'a' && digit <= 'f') {
        prove(value - 10 + 'a' == digit);
    } else if (digit >= 'A' && digit <= 'F') {
        prove(value - 10 + 'A' == digit);
    } else {
        prove(value > 15);
    }
}

/* The bits that a character's bytes carry, by RFC 3629 section 3. */
static uint32_t decoded(const uint8_t *utf8, unsigned length)
{
    uint32_t bits = length == 1 ? utf8[0] : utf8[0] & (0x7fU >> length);
    unsigned i;

    for (i = 1; i < length; i++) {
        prove(utf8[i] >= 0x80 && utf8[i] <= 0xbf);
        bits = bits << 6 | (utf8[i] & 0x3fU);
    }
    return bits;
}

void prove_json_escape_unit(void)
{
    const uint32_t units = nondet_uint32();
    const uint32_t unit = units & 0xffff;
    uint8_t utf8[3];
    const unsigned length = reflow_json_utf8(units, utf8);

    prove(length >= 1 && length <= 3);
    prove(reflow_json_is_high(unit) == (unit >= 0xd800 && unit <= 0xdbff));
    prove(reflow_json_is_low(unit) == (unit >= 0xdc00 && unit <= 0xdfff));
    if (reflow_json_is_high(unit) || reflow_json_is_low(unit)) {
        prove(length == 2);
    } else {
        prove(decoded(utf8, length) == unit);
        prove(length == (unit < 0x80 ? 1U : unit < 0x800 ? 2U : 3U));
    }
}

void prove_json_escape_pair(void)
{
    const uint32_t high = nondet_uint32();
    const uint32_t low = nondet_uint32();
    uint8_t utf8[5];

    assume(reflow_json_is_high(high) && reflow_json_is_low(low));
    prove(reflow_json_utf8(high, utf8) == 2);
    prove(reflow_json_utf8(high << 16 | low, utf8 + 2) == 2);
    prove(utf8[0] >= 0xf0 && utf8[0] <= 0xf4);
    prove(decoded(utf8, 4) == 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
}
