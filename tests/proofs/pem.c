/* SPDX-License-Identifier: MIT */
/* pem: a block that is found lies inside of the text, behind the place where the search began, and
 * the search has moved on behind it: a walk through certificates ends. What is decoded fits into its
 * place and is never more than three bytes for four characters; what was encoded comes back. DER is
 * read header by header: each header and its value lie inside of what is left (any size), and so
 * the subject lies inside of the certificate (up to 4096 bytes).
 *
 * PROOF: prove_pem_stands_at | stands_at | lines up to 8 bytes | --unwind 9
 * PROOF: prove_pem_next | reflow_pem_next | texts up to 60 bytes, with up to 4 hyphens that the
 *        search looks at | --unwind 61 --unwindset reflow_pem_next.0:6
 * PROOF: prove_pem_sextet | sextet_of | every byte |
 * PROOF: prove_pem_decode | reflow_pem_decode, sextet_of, ends_well | up to 12 characters |
 *        --unwind 13
 * PROOF: prove_pem_inverse | reflow_pem_decode | all certificates of up to 4 bytes | --unwind 9
 * PROOF: prove_pem_open_value | open_value | any size | --unwind 5
 * PROOF: prove_pem_subject | reflow_pem_subject | up to 4096 bytes | --unwind 10
 * REPLACE: prove_pem_next | stands_at=may_stand_at, memchr=find
 * REPLACE: prove_pem_subject | open_value=some_value
 *
 * MUTANT: prove_pem_stands_at | left >= length && memcmp | memcmp
 * MUTANT: prove_pem_next | hyphen += sizeof begin - 1 | hyphen += sizeof begin + 40
 * MUTANT: prove_pem_next | base64 = NULL; hyphen++; | base64 = NULL;
 * MUTANT: prove_pem_sextet | index < sizeof sextets | index <= sizeof sextets
 * MUTANT: prove_pem_decode | if (written == size) | if (written > size)
 * MUTANT: prove_pem_inverse | left_over -= 8; | left_over -= 6;
 * MUTANT: prove_pem_open_value | header < 3 || header > 5 || header > der->left | header > der->left
 * MUTANT: prove_pem_open_value | || header > der->left) | )
 * MUTANT: prove_pem_open_value | return *length <= der->left; | return true;
 * MUTANT: prove_pem_subject | path[i] == VERSION && rest.left > 0 && | path[i] == VERSION &&
 *
 * MEANT: sextet_of | type conversion in (unsigned char)c | a character is taken as a byte
 * MEANT: sextet_of | unsigned - in (size_t)(unsigned char)c | what lies below the table is beyond it
 */
#include <pem.c>

#include "proof.h"

#include <stdlib.h>

void prove_pem_stands_at(void)
{
    char room[8];
    char line[8];
    const size_t left = proof_up_to(sizeof room);
    const size_t length = proof_up_to(sizeof line);
    const size_t i = proof_up_to(sizeof line - 1);

    if (stands_at(PROOF_END_OF(room, left), left, line, length)) {
        prove(length <= left);
        prove(i >= length || PROOF_END_OF(room, left)[i] == line[i]);
    }
}

/* prove_pem_stands_at shows this of stands_at(). */
bool may_stand_at(const char *at, size_t left, const char *line, size_t length)
{
    prove(left == 0 || __CPROVER_r_ok(at, left));
    return left >= length && nondet_bool();
}

/* The first of some bytes, if there is one: what the C standard says of memchr(). */
void *find(const void *bytes, int byte, size_t length)
{
    static unsigned found = 0;
    static const char *last = NULL;
    const size_t at = nondet_size();

    prove(last == NULL || (const char *)bytes > last); /* each search gets further */
    prove(length == 0 || __CPROVER_r_ok(bytes, length));
    if (at >= length) {
        return NULL;
    }
    assume(((const char *)bytes)[at] == (char)byte);
    found++;
    assume(found <= 4);
    last = (const char *)bytes + at;
    return (char *)bytes + at;
}

void prove_pem_next(void)
{
    char room[60];
    const size_t size = proof_up_to(sizeof room);
    const char *text = PROOF_END_OF(room, size);
    const size_t before = proof_up_to(size);
    size_t at = before;
    size_t length;
    const char *base64 = reflow_pem_next(text, size, &at, &length);

    prove(at <= size);
    if (base64 != NULL) {
        prove(at > before && (size_t)(base64 - text) >= before + sizeof begin - 1);
        prove((size_t)(base64 - text) + length + sizeof end - 1 == at);
    } else {
        prove(at == size);
    }
}

/* ---- Base64 ----------------------------------------------------------------------------------- */

static char letter_of(unsigned sextet)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    return letters[sextet & 63];
}

void prove_pem_sextet(void)
{
    const char c = nondet_char();
    const unsigned sextet = sextet_of(c);

    prove(sextet <= BLANK);
    prove(sextet > 63 || letter_of(sextet) == c);
    prove(sextet != NONE || c != letter_of(nondet_uint8()));
    prove((sextet == PADDING) == (c == '='));
}

void prove_pem_decode(void)
{
    char room[12];
    uint8_t der[8];
    const size_t length = proof_up_to(sizeof room);
    const size_t size = proof_up_to(sizeof der);
    const size_t written =
        reflow_pem_decode(PROOF_END_OF(room, length), length, PROOF_END_OF(der, size), size);

    prove(written <= size && written <= length / 4 * 3);
}

void prove_pem_inverse(void)
{
    const size_t length = proof_up_to(4);
    const size_t i = proof_up_to(3);
    uint8_t bytes[6] = {nondet_uint8(), nondet_uint8(), nondet_uint8(), nondet_uint8()};
    uint8_t der[4];
    char text[8];
    size_t written = 0;
    size_t at;

    for (at = length; at < 4; at++) {
        bytes[at] = 0;
    }
    for (at = 0; at < length; at += 3) {
        const unsigned bits =
            (unsigned)bytes[at] << 16 | (unsigned)bytes[at + 1] << 8 | bytes[at + 2];

        text[written++] = letter_of(bits >> 18);
        text[written++] = letter_of(bits >> 12);
        text[written++] = at + 1 < length ? letter_of(bits >> 6) : '=';
        text[written++] = at + 2 < length ? letter_of(bits) : '=';
    }
    prove(reflow_pem_decode(text, written, der, sizeof der) == length);
    prove(i >= length || der[i] == bytes[i]);
}

/* ---- DER -------------------------------------------------------------------------------------- */

/* So much as can be in one object. */
static const uint8_t *any_der(size_t size)
{
    const uint8_t *der = malloc(size);

    assume(size > 0 && der != NULL);
    return der;
}

void prove_pem_open_value(void)
{
    const size_t size = proof_up_to(UINT32_MAX);
    const uint8_t *at = any_der(size);
    struct der der = {at, size};
    size_t length = 0;

    if (open_value(&der, nondet_uint8(), &length)) {
        prove(der.left < size && der.at == at + (size - der.left));
        prove(length <= der.left);
    }
}

static uint8_t certificate[4096];

static size_t place_of(const uint8_t *at)
{
    return (size_t)(at - certificate);
}

/* prove_pem_open_value shows this of open_value(). That what is left ends with the certificate is
 * proven before each call and known after it, lest the solver add up all headers each time. */
bool some_value(struct der *der, uint8_t tag, size_t *length)
{
    const size_t at = place_of(der->at);
    const size_t next = proof_up_to(sizeof certificate);

    prove(at <= sizeof certificate && der->left <= sizeof certificate - at);
    assume(at <= sizeof certificate && der->left <= sizeof certificate - at);
    if (next < at + 2 || next > at + 5 || next - at > der->left) {
        return false;
    }
    der->at = certificate + next;
    der->left -= next - at;
    *length = proof_up_to(der->left);
    assume(der->left <= sizeof certificate - next);
    return true;
}

void prove_pem_subject(void)
{
    const size_t size = proof_up_to(sizeof certificate);
    const uint8_t *der = PROOF_END_OF(certificate, size);
    size_t length = 0;
    const uint8_t *subject;

    __CPROVER_havoc_object(certificate);
    subject = reflow_pem_subject(der, size, &length);
    if (subject != NULL) {
        prove(subject >= der && place_of(subject) <= sizeof certificate);
        prove(length >= 2 && length <= sizeof certificate - place_of(subject));
    }
}
