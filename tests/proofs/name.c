/* SPDX-License-Identifier: MIT */
/* name: patterns and hosts are read inside their bytes, the wildcard included; a match has a host that is a name of
 * letters, digits, "-", "_" and dots, and a pattern of the same bytes or a wildcard. An address is read inside its
 * string and written inside its 16 bytes.
 * Bounds: hosts and patterns up to 12 bytes; addresses by parts, each for any state that the part before can leave.
 *
 * PROOF: prove_name_characters | is_host_character, hexadecimal | all bytes |
 * PROOF: prove_name_labels | count_labels | names up to 24 bytes | --unwind 26
 * PROOF: prove_name_same | same | texts up to 24 bytes | --unwind 26
 * PROOF: prove_name_matches | reflow_name_matches, count_labels, same | hosts and patterns up to 12 bytes
 *        | --unwind 14
 * PROOF: prove_name_octet | read_octet | strings up to 6 bytes | --unwind 8
 * PROOF: prove_name_ipv4 | read_ipv4, read_octet | strings up to 18 bytes | --unwind 20
 * PROOF: prove_name_group | read_group | strings up to 6 bytes | --unwind 8
 * PROOF: prove_name_colons | skip_colons | strings up to 4 bytes |
 * PROOF: prove_name_piece | read_piece | strings up to 8 bytes, any bytes before | --unwind 10
 * PROOF: prove_name_gap | close_gap | any bytes | --unwind 18
 * PROOF: prove_name_ipv6 | read_ipv6 | strings up to 24 bytes | --unwind 26
 * PROOF: prove_name_address | reflow_name_address | any string | --unwind 2
 * REPLACE: prove_name_piece | read_ipv4=some_ipv4, read_group=some_group
 * REPLACE: prove_name_ipv6 | read_piece=some_piece, close_gap=some_gap
 * REPLACE: prove_name_address | read_ipv4=some_ipv4, read_ipv6=some_ipv6
 *
 * MUTANT: prove_name_characters | c == '-' \|\| c == '_' | c == '-' \|\| c == '_' \|\| c == '\0'
 * MUTANT: prove_name_labels | for (size_t i = 0; i < length; i++) { if (name[i] | for (size_t i = 0; i <= length; i++) { if (name[i]
 * MUTANT: prove_name_same | for (size_t i = 0; i < length; i++) { if (reflow_lower | for (size_t i = 0; i <= length; i++) { if (reflow_lower
 * MUTANT: prove_name_matches | length == host_length && same | same
 * MUTANT: prove_name_matches | length > 0 && pattern[0] == '*' | pattern[0] == '*'
 * MUTANT: prove_name_octet | digits < 3 && | digits < 4 &&
 * MUTANT: prove_name_ipv4 | host += digits + 1; | host += digits + 2;
 * MUTANT: prove_name_group | digits < 4 && | digits < 5 &&
 * MUTANT: prove_name_colons | return host + 2; | return host + 3;
 * MUTANT: prove_name_piece | ipv6->count <= 12 && | ipv6->count <= 14 &&
 * MUTANT: prove_name_gap | if (ipv6->count == 16) | if (ipv6->count == 14)
 * MUTANT: prove_name_gap | i <= after; i++ | i <= after + 2; i++
 * MUTANT: prove_name_ipv6 | ipv6.before = 0; host += 2; | ipv6.before = 0; host += 3;
 * MUTANT: prove_name_address | return 4; | return 40;
 */
#include <name.c>

#include "proof.h"

void prove_name_characters(void)
{
    const char c = nondet_char();

    prove(!is_host_character(c) || (reflow_is_visible(c) && c != '.' && c != '*'));
    prove(hexadecimal(c) <= 16);
    prove((hexadecimal(c) == 16) ==
          !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

void prove_name_labels(void)
{
    char room[24];
    const size_t length = proof_up_to(sizeof room), at = nondet_size();
    const char *const name = PROOF_END_OF(room, length);
    const size_t labels = count_labels(name, length);

    prove(labels <= length);
    prove(labels == 0 || at >= length || name[at] == '.' || is_host_character(name[at]));
    prove(labels == 0 || (name[0] != '.' && name[length - 1] != '.'));
}

void prove_name_same(void)
{
    char room[24], other[24];
    const size_t length = proof_up_to(sizeof room), at = nondet_size();
    const char *const a = PROOF_END_OF(room, length), *const b = PROOF_END_OF(other, length);

    if (same(a, b, length) && at < length) {
        prove(reflow_lower(a[at]) == reflow_lower(b[at]));
    }
}

void prove_name_matches(void)
{
    char room[13], other[12];
    const char *const host = PROOF_STRING(room);
    const size_t length = proof_up_to(sizeof other), at = nondet_size();
    const char *const pattern = PROOF_END_OF(other, length);

    if (reflow_name_matches(pattern, length, host)) {
        prove(length > 0);
        if (at < length) {
            prove(pattern[at] == '.' || is_host_character(pattern[at]) ||
                  (at == 0 && pattern[0] == '*'));
        }
        if (pattern[0] == '*') {
            prove(length >= 4 && pattern[1] == '.');
        } else {
            prove(reflow_lower(pattern[0]) == reflow_lower(host[0]));
            prove(strlen(host) - length <= 1);
        }
    }
}

void prove_name_octet(void)
{
    char room[7];
    const char *const host = PROOF_STRING(room);
    uint8_t octet;
    const size_t digits = read_octet(host, &octet);

    prove(digits <= 3 && digits <= strlen(host));
    prove(digits < 2 || host[0] != '0');
}

void prove_name_ipv4(void)
{
    char room[19];
    uint8_t address[4];
    const char *const host = PROOF_STRING(room);

    if (read_ipv4(host, address)) {
        const size_t length = strlen(host);
        prove(length >= 7 && length <= 15);
    }
}

void prove_name_group(void)
{
    char room[7];
    uint8_t group[2];
    const char *const host = PROOF_STRING(room);

    prove(read_group(host, group) <= 4);
}

/* What can be before a piece: an even number of bytes, a gap at most that far. */
static struct ipv6 any_ipv6(uint8_t *bytes)
{
    const struct ipv6 ipv6 = {bytes, proof_up_to(16), nondet_size()};

    assume(ipv6.count % 2 == 0);
    assume(ipv6.before == NO_GAP || (ipv6.before <= ipv6.count && ipv6.before % 2 == 0));
    return ipv6;
}

static bool is_sound(const struct ipv6 *ipv6)
{
    return ipv6->count <= 16 && ipv6->count % 2 == 0 &&
           (ipv6->before == NO_GAP || (ipv6->before <= ipv6->count && ipv6->before % 2 == 0));
}

void prove_name_colons(void)
{
    char room[5];
    uint8_t bytes[16];
    struct ipv6 ipv6 = any_ipv6(bytes);
    const char *const host = PROOF_STRING(room);
    const char *const end = room + sizeof room;
    const char *const next = skip_colons(&ipv6, host);

    prove(is_sound(&ipv6));
    prove(next == NULL || (next >= host && next < end));
}

/* What prove_name_ipv4 and prove_name_group show: they write so many bytes, and read only the string. */
bool some_ipv4(const char *host, uint8_t *address)
{
    prove(__CPROVER_w_ok(address, 4) && __CPROVER_r_ok(host, 1));
    return nondet_bool();
}

size_t some_group(const char *host, uint8_t *group)
{
    const size_t digits = proof_up_to(4);

    prove(__CPROVER_w_ok(group, 2) && __CPROVER_r_ok(host, 1));
    assume(digits <= strlen(host));
    return digits;
}

void prove_name_piece(void)
{
    char room[9];
    uint8_t bytes[16];
    struct ipv6 ipv6 = any_ipv6(bytes);
    const struct ipv6 before = ipv6;
    const char *const host = PROOF_STRING(room);
    const char *const end = room + sizeof room;
    const char *const next = read_piece(&ipv6, host);

    prove(is_sound(&ipv6) && ipv6.bytes == bytes);
    prove(next == NULL || *next == '\0' || (next > host && next < end));
    prove(next == NULL || ipv6.count > before.count);
}

void prove_name_gap(void)
{
    uint8_t bytes[16];
    struct ipv6 ipv6 = any_ipv6(bytes);
    const struct ipv6 before = ipv6;
    const size_t at = nondet_size();

    assume(at < 16);

    const uint8_t old = bytes[at];
    const bool whole = close_gap(&ipv6);

    prove(whole == ((before.before == NO_GAP) == (before.count == 16)));
    if (whole && before.before != NO_GAP) {
        prove(at >= before.before || bytes[at] == old);
        prove(at < before.before || at >= before.before + 16 - before.count || bytes[at] == 0);
    }
}

/* What prove_name_piece shows. */
const char *some_piece(struct ipv6 *ipv6, const char *host)
{
    const size_t count = ipv6->count, by = nondet_size();

    prove(is_sound(ipv6) && *host != '\0');
    ipv6->count = nondet_size();
    ipv6->before = nondet_size();
    assume(is_sound(ipv6) && ipv6->count > count);
    assume(by >= 1 && by <= strlen(host));
    return nondet_bool() ? NULL : nondet_bool() ? "" : host + by;
}

bool some_gap(struct ipv6 *ipv6)
{
    prove(is_sound(ipv6) && __CPROVER_w_ok(ipv6->bytes, 16));
    return nondet_bool();
}

void prove_name_ipv6(void)
{
    char room[25];
    uint8_t address[16];

    read_ipv6(PROOF_STRING(room), address);
}

bool some_ipv6(const char *host, uint8_t address[16])
{
    prove(__CPROVER_w_ok(address, 16) && __CPROVER_r_ok(host, 1));
    return nondet_bool();
}

void prove_name_address(void)
{
    char room[49];
    uint8_t address[16];
    const size_t length = reflow_name_address(PROOF_STRING(room), address);

    prove(length == 0 || length == 4 || length == 16);
}
