/* SPDX-License-Identifier: MIT */
/* pem: finds certificates in PEM text (RFC 7468), decodes them, and finds the subject in each. */
#include "pem.h"

#include <string.h>

static const char begin[] = "-----BEGIN CERTIFICATE-----";
static const char end[] = "-----END CERTIFICATE-----";

/* ---- PEM ------------------------------------------------------------------------------------- */

static bool stands_at(const char *at, size_t left, const char *line, size_t length)
{
    return left >= length && memcmp(at, line, length) == 0;
}

/* Base64 has no hyphens, so each search for one leaps over a whole certificate. A block begins only
 * at the start of a line, lest one that is commented out be trusted; and the first hyphen after
 * that must be its end, or else what lies between is no base64. */
const char *reflow_pem_next(const char *text, size_t size, size_t *at, size_t *length)
{
    const char *const stop = text + size;
    const char *base64 = NULL;
    const char *hyphen = text + *at;

    while ((hyphen = memchr(hyphen, '-', (size_t)(stop - hyphen))) != NULL) {
        const size_t left = (size_t)(stop - hyphen);
        const bool line_start = hyphen == text || hyphen[-1] == '\n' || hyphen[-1] == '\r';
        if (line_start && stands_at(hyphen, left, begin, sizeof begin - 1)) {
            hyphen += sizeof begin - 1;
            base64 = hyphen;
        } else if (base64 != NULL && stands_at(hyphen, left, end, sizeof end - 1)) {
            *length = (size_t)(hyphen - base64);
            *at = size - left + sizeof end - 1;
            return base64;
        } else {
            base64 = NULL;
            hyphen++;
        }
    }
    *at = size;
    return NULL;
}

/* ---- Base64 (RFC 4648 section 4) --------------------------------------------------------------
 */

/* What else than a sextet, 0 to 63, a character can be. */
#define NONE 64
#define PADDING 65
#define BLANK 66

/* From '+' to 'z'. A table, because a bundle of 140 certificates is read for each handshake, and
 * comparisons that letters and digits at random decide are what a processor cannot foresee. */
static const uint8_t sextets[] = {62, 64, 64, 64, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64,
                                  64, 64, 65, 64, 64, 64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,
                                  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
                                  64, 64, 64, 64, 64, 64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
                                  36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51};

static unsigned sextet_of(char c)
{
    const size_t index = (size_t)(unsigned char)c - (size_t)'+';

    if (index < sizeof sextets) {
        return sextets[index];
    }
    return c == '\n' || c == '\r' || c == ' ' || c == '\t' ? BLANK : NONE;
}

/* Each padding stands for two bits that are left over, and those are zero (section 3.5), so that a
 * certificate has only one spelling. Six bits are a lone character, which no padding completes. */
static bool ends_well(uint32_t bits, unsigned left_over, size_t padding)
{
    return padding * 2 == left_over && left_over < 6 && (bits & ((1U << left_over) - 1)) == 0;
}

size_t reflow_pem_decode(const char *base64, size_t length, uint8_t *der, size_t size)
{
    uint32_t bits = 0;
    unsigned left_over = 0;
    size_t padding = 0;
    size_t written = 0;

    for (size_t i = 0; i < length; i++) {
        const unsigned sextet = sextet_of(base64[i]);
        if (sextet == PADDING) {
            padding++;
        } else if (sextet != BLANK) {
            if (sextet == NONE || padding > 0) {
                return 0;
            }
            bits = bits << 6 | sextet;
            left_over += 6;
        }
        if (left_over >= 8) {
            if (written == size) {
                return 0;
            }
            left_over -= 8;
            der[written++] = (uint8_t)(bits >> left_over & 0xff);
        }
    }
    return ends_well(bits, left_over, padding) ? written : 0;
}

/* ---- DER (X.690 section 8.1) ------------------------------------------------------------------
 */

#define INTEGER 0x02
#define SEQUENCE 0x30
#define VERSION 0xa0 /* [0] EXPLICIT; a certificate of version 1 leaves it out */

struct der {
    const uint8_t *at;
    size_t left;
};

/* Takes a tag and a definite length of up to three bytes, if the value lies whole ahead. */
static bool open_value(struct der *der, uint8_t tag, size_t *length)
{
    size_t header = 2;

    if (der->left < header || der->at[0] != tag) {
        return false;
    }
    *length = der->at[1];
    if (*length >= 0x80) {
        header += *length - 0x80;
        if (header < 3 || header > 5 || header > der->left) {
            return false;
        }
        *length = 0;
        for (size_t i = 2; i < header; i++) {
            *length = *length << 8 | der->at[i];
        }
    }
    der->at += header;
    der->left -= header;
    return *length <= der->left;
}

const uint8_t *reflow_pem_subject(const uint8_t *der, size_t size, size_t *length)
{
    /* Into the certificate and its first part; there past the version, serialNumber, signature,
     * issuer and validity; then over the subject. */
    static const uint8_t path[] = {SEQUENCE, SEQUENCE, VERSION,  INTEGER,
                                   SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE};
    struct der rest = {der, size};
    const uint8_t *start = der;

    for (size_t i = 0; i < sizeof path; i++) {
        size_t value = 0;
        if (path[i] == VERSION && rest.left > 0 && rest.at[0] != VERSION) {
            continue;
        }
        start = rest.at;
        if (!open_value(&rest, path[i], &value)) {
            return NULL;
        }
        if (i < 2) {
            rest.left = value;
        } else {
            rest.at += value;
            rest.left -= value;
        }
    }
    *length = (size_t)(rest.at - start);
    return start;
}
