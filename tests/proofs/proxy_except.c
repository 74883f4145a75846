/* SPDX-License-Identifier: MIT */
/* proxy_except: list and host are read inside their strings, blocks and addresses inside their bytes, and never more
 * bits than there are; every entry of a list is looked at once, whatever they say. By parts.
 * Bounds: hosts and entries up to 12 bytes, numbers of bits up to 6 digits, lists up to 8 bytes.
 *
 * PROOF: prove_except_between | is_between | all bytes |
 * PROOF: prove_except_dot | without_final_dot | names up to 12 bytes |
 * PROOF: prove_except_same_name | same_name | up to 24 bytes | --unwind 26
 * PROOF: prove_except_names | names, without_final_dot | hosts and entries up to 12 bytes | --unwind 15
 * PROOF: prove_except_bits | read_bits | up to 6 bytes of any kind | --unwind 8
 * PROOF: prove_except_same_bits | same_bits | all numbers of bits | --unwind 18
 * PROOF: prove_except_covers | covers | entries up to 64 bytes | --unwind 66
 * PROOF: prove_except_length | entry_length | strings up to 16 bytes | --unwind 18
 * PROOF: prove_except_next | next_entry, is_between | strings up to 16 bytes | --unwind 18
 * PROOF: prove_except_list | reflow_proxy_excepts, entry_length, next_entry, is_between | lists up to 8 bytes
 *        | --unwind 11
 * REPLACE: prove_except_names | same_name=some_same
 * REPLACE: prove_except_covers | reflow_name_address=some_address, read_bits=some_bits, same_bits=some_same_bits
 * REPLACE: prove_except_list | reflow_name_address=some_host, names=some_names, covers=some_covers
 *
 * MUTANT: prove_except_between | c == ',' \|\| | c == ',' \|\| c == '\0' \|\|
 * MUTANT: prove_except_dot | length > 0 && name[length - 1] | name[length - 1]
 * MUTANT: prove_except_same_name | for (i = 0; i < length; i++) { if (reflow_lower | for (i = 0; i <= length; i++) { if (reflow_lower
 * MUTANT: prove_except_names | length == 0 \|\| length > host_length | length == 0
 * MUTANT: prove_except_names | length == host_length \|\| tail | tail
 * MUTANT: prove_except_names | length > 0 && entry[0] == '.' | entry[0] == '.'
 * MUTANT: prove_except_bits | i < length && bits <= most | i < length
 * MUTANT: prove_except_bits | bits > 0 ? bits : most | bits
 * MUTANT: prove_except_same_bits | bits / 8 | bits / 4
 * MUTANT: prove_except_same_bits | rest == 0 \|\| | (void)rest,
 * MUTANT: prove_except_covers | until >= sizeof text | until > sizeof text
 * MUTANT: prove_except_covers | length - until, most | length, most
 * MUTANT: prove_except_length | entry[length] != '\0' && !is_between | !is_between
 * MUTANT: prove_except_next | list++; | list += 2;
 * MUTANT: prove_except_list | next_entry(list + length) | next_entry(list + length + 1)
 */
#include <proxy_except.c>

#include "proof.h"

void prove_except_between(void)
{
    const char c = nondet_char();

    prove(!is_between(c) || c != '\0');
}

void prove_except_dot(void)
{
    char room[12];
    const size_t length = proof_up_to(sizeof room);
    const size_t left = without_final_dot(PROOF_END_OF(room, length), length);

    prove(left == length || (left + 1 == length && room[sizeof room - 1] == '.'));
}

void prove_except_same_name(void)
{
    char one[24];
    char other[24];
    const size_t length = proof_up_to(sizeof one);

    (void)same_name(PROOF_END_OF(one, length), PROOF_END_OF(other, length), length);
}

/* What prove_except_same_name shows: it reads so many bytes of both. */
bool some_same(const char *one, const char *other, size_t length)
{
    prove(__CPROVER_r_ok(one, length) && __CPROVER_r_ok(other, length) && length > 0);
    return nondet_bool();
}

void prove_except_names(void)
{
    char entry[12];
    char room[13];
    const size_t length = proof_up_to(sizeof entry);
    const char *const host = PROOF_STRING(room);

    if (names(PROOF_END_OF(entry, length), length, host)) {
        prove(length > 0 && host[0] != '\0');
    }
}

void prove_except_bits(void)
{
    char room[6];
    const size_t length = proof_up_to(sizeof room);
    const unsigned most = nondet_bool() ? 32 : 128;
    const unsigned bits = read_bits(PROOF_END_OF(room, length), length, most);

    prove(bits >= 1 && bits <= most * 10 + 9);
    prove(length > 0 || bits == most);
}

void prove_except_same_bits(void)
{
    uint8_t one[16];
    uint8_t other[16];
    const size_t size = nondet_bool() ? 4 : 16;
    const unsigned bits = (unsigned)proof_up_to(size * 8);
    const unsigned bit = (unsigned)proof_up_to(127);
    const uint8_t *const first = PROOF_END_OF(one, size);
    const uint8_t *const second = PROOF_END_OF(other, size);

    if (same_bits(first, second, bits) && bit < bits) {
        prove(((first[bit / 8] ^ second[bit / 8]) >> (7 - bit % 8) & 1) == 0);
    }
}

/* What name.c shows of reflow_name_address() (prove_name_address). */
size_t some_address(const char *host, uint8_t address[16])
{
    const size_t length = nondet_size();

    prove(strlen(host) < ADDRESS_SIZE);
    address[0] = nondet_uint8();
    address[15] = nondet_uint8();
    assume(length == 0 || length == 4 || length == 16);
    return length;
}

/* What prove_except_bits and prove_except_same_bits show. */
unsigned some_bits(const char *text, size_t length, unsigned most)
{
    const unsigned bits = (unsigned)proof_up_to(most * 10 + 9);

    prove(length == 0 || __CPROVER_r_ok(text, length));
    assume(bits >= 1);
    return bits;
}

bool some_same_bits(const uint8_t *one, const uint8_t *other, unsigned bits)
{
    prove(bits <= 128 && __CPROVER_r_ok(one, bits / 8) && __CPROVER_r_ok(other, bits / 8));
    return nondet_bool();
}

void prove_except_covers(void)
{
    char entry[64];
    uint8_t address[16];
    const size_t length = proof_up_to(sizeof entry);
    const size_t size = nondet_bool() ? 4 : 16;

    (void)covers(PROOF_END_OF(entry, length), length, PROOF_END_OF(address, size), size);
}

void prove_except_length(void)
{
    char room[17];
    const char *const entry = PROOF_STRING(room);
    const size_t length = entry_length(entry);

    prove(entry + length < room + sizeof room);
    prove(entry[length] == '\0' || is_between(entry[length]));
}

void prove_except_next(void)
{
    char room[17];
    const char *const list = PROOF_STRING(room);
    const char *const next = next_entry(list);

    prove(next >= list && next < room + sizeof room && !is_between(*next));
}

static const char *looked_at; /* until where */

/* What prove_except_names and prove_except_covers show: they read the entry. */
static bool some_entry(const char *entry, size_t length)
{
    prove(entry >= looked_at && __CPROVER_r_ok(entry, length + 1));
    looked_at = entry + length;
    return nondet_bool();
}

bool some_names(const char *entry, size_t length, const char *host)
{
    (void)host;
    return some_entry(entry, length);
}

bool some_covers(const char *entry, size_t length, const uint8_t *address, size_t size)
{
    prove((size == 4 || size == 16) && __CPROVER_r_ok(address, size));
    return some_entry(entry, length);
}

size_t some_host(const char *host, uint8_t address[16])
{
    const size_t length = nondet_size();

    prove(host[0] == 'h');
    address[0] = nondet_uint8();
    assume(length == 0 || length == 4 || length == 16);
    return length;
}

void prove_except_list(void)
{
    char room[9];
    const char *const list = PROOF_STRING(room);

    looked_at = list;
    if (!reflow_proxy_excepts(list, "h")) {
        prove(strcmp(list, "*") != 0);
        prove(*next_entry(looked_at) == '\0'); /* the whole list was looked at */
    }
    prove(!reflow_proxy_excepts(NULL, "h"));
}
