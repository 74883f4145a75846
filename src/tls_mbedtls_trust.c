/* SPDX-License-Identifier: MIT */
/* tls_mbedtls_trust: which certificates are believed.
 *
 * Chain building and signatures are mbedTLS's. What a certificate must say to stand for the service
 * (its dates by the port's clock, its names by RFC 9525, its pin) is judged here, because mbedTLS
 * takes the date from the operating system and falls back to the common name. */
#include <string.h>

#include "civil.h"
#include "name.h"
#include "pem.h"
#include "tls_mbedtls.h"

/* ---- Judging certificates ---- */

int64_t reflow_tls_seconds(const mbedtls_x509_time *time)
{
    return reflow_civil_seconds(time->year, time->mon, time->day) + time->hour * 3600L +
           time->min * 60L + time->sec;
}

bool reflow_tls_dates_sound(const struct reflow_session *session, const struct reflow_dates *dates)
{
    if (session->now != REFLOW_TIME_UNKNOWN) {
        return dates->from <= session->now && session->now <= dates->until;
    }
    return session->config->clock_policy == REFLOW_CLOCK_PINNED_ONLY ||
           dates->until >= session->config->build_time;
}

static void narrow(struct reflow_dates *chain, const struct reflow_dates *dates)
{
    if (chain->from < dates->from) {
        chain->from = dates->from;
    }
    if (chain->until > dates->until) {
        chain->until = dates->until;
    }
}

/* RFC 9525 section 6: subject alternative names only; an address only against address entries. */
static bool name_sound(const struct reflow_session *session, const mbedtls_x509_crt *certificate)
{
    uint8_t address[16];
    const size_t address_length = reflow_name_address(session->host, address);
    const mbedtls_x509_sequence *entry;

    for (entry = &certificate->subject_alt_names; entry != NULL; entry = entry->next) {
        const int kind = entry->buf.tag & 0x1f; /* RFC 5280 section 4.2.1.6: 2 dNSName, 7 address */
        if (entry->buf.p == NULL) {
            continue;
        }
        if (kind == 7 && address_length != 0 && entry->buf.len == address_length &&
            memcmp(entry->buf.p, address, address_length) == 0) {
            return true;
        }
        if (kind == 2 && address_length == 0 &&
            reflow_name_matches((const char *)entry->buf.p, entry->buf.len, session->host)) {
            return true;
        }
    }
    return false;
}

static bool pin_sound(struct reflow_session *session, const mbedtls_x509_crt *certificate)
{
    unsigned char sum[REFLOW_PIN_SIZE];
    size_t i;

    reflow_tls_digest_begin(&session->digest);
    reflow_tls_digest_add(&session->digest, certificate->pk_raw.p, certificate->pk_raw.len);
    if (!reflow_tls_digest_end(&session->digest, sum)) {
        return false;
    }
    for (i = 0; i < session->config->pin_count; i++) {
        if (memcmp(session->config->pins[i], sum, sizeof sum) == 0) {
            return true;
        }
    }
    return false;
}

/* Called for each certificate from the root down to the leaf, after mbedTLS's own checks. */
int reflow_tls_judge(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    const uint32_t judged_here = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE |
                                 MBEDTLS_X509_BADCERT_CN_MISMATCH;
    struct reflow_session *session = context;
    const struct reflow_dates dates = {reflow_tls_seconds(&certificate->valid_from),
                                       reflow_tls_seconds(&certificate->valid_to)};

    if (!session->judged) {
        session->dates = dates;
        session->judged = true;
    }
    narrow(&session->dates, &dates);
    if ((*flags & ~judged_here) != 0) {
        session->wrong |= REFLOW_UNTRUSTED;
    }
    if (!reflow_tls_dates_sound(session, &dates)) {
        session->wrong |= REFLOW_WRONG_DATE;
    }
    if (depth == 0 && !name_sound(session, certificate)) {
        session->wrong |= REFLOW_WRONG_NAME;
    }
    if (depth == 0 && session->config->pin_count != 0 && !pin_sound(session, certificate)) {
        session->wrong |= REFLOW_WRONG_PIN;
    }
    *flags = (*flags & ~judged_here) | (session->wrong != 0 ? MBEDTLS_X509_BADCERT_OTHER : 0);
    return 0;
}

/* ---- Trust anchors ---- */

/* Adds the certificate in one PEM block to `chain`, if its subject is `name` (NULL: any). A block
 * that cannot be read is no anchor, and no error; only a lack of memory is. */
static int add_anchor(mbedtls_x509_crt *chain, const char *base64, size_t length,
                      const mbedtls_x509_buf *name)
{
    unsigned char *der = mbedtls_calloc(1, length);
    size_t der_length;
    size_t subject_length;
    const uint8_t *subject;
    int code = 0;

    if (der == NULL) {
        return NO_MEMORY;
    }
    der_length = reflow_pem_decode(base64, length, der, length);
    subject = reflow_pem_subject(der, der_length, &subject_length);
    if (subject != NULL && (name == NULL || (name->len == subject_length &&
                                             memcmp(name->p, subject, subject_length) == 0))) {
        code = mbedtls_x509_crt_parse_der(chain, der, der_length);
    }
    mbedtls_free(der);
    return reflow_tls_is_memory_error(code) ? code : 0;
}

int reflow_tls_add_anchors(const struct reflow_config *config, mbedtls_x509_crt *chain,
                           const mbedtls_x509_buf *name)
{
    const char *text = config->anchors;
    const char *block;
    size_t at = 0;
    size_t length;
    int code;

    if (config->anchors_size > 0 && text[0] == 0x30) { /* a SEQUENCE: DER */
        code = mbedtls_x509_crt_parse_der(chain, config->anchors, config->anchors_size);
        return reflow_tls_is_memory_error(code) ? code : 0; /* unreadable: no anchor */
    }
    do {
        block = reflow_pem_next(text, config->anchors_size, &at, &length);
        code = block != NULL ? add_anchor(chain, block, length, name) : 0;
    } while (block != NULL && code == 0);
    return code;
}

#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
/* mbedTLS asks for the issuers that a certificate may have, so that of a large bundle only those
 * are parsed. It frees what it is given. */
int reflow_tls_find_issuers(void *context, const mbedtls_x509_crt *child,
                            mbedtls_x509_crt **candidates)
{
    const struct reflow_session *session = context;
    mbedtls_x509_crt *chain = mbedtls_calloc(1, sizeof *chain);
    int code;

    if (chain == NULL) {
        return NO_MEMORY;
    }
    mbedtls_x509_crt_init(chain);
    code = reflow_tls_add_anchors(session->config, chain, &child->issuer_raw);
    if (code != 0 || chain->raw.p == NULL) {
        mbedtls_x509_crt_free(chain);
        mbedtls_free(chain);
        chain = NULL;
    }
    *candidates = chain;
    return code;
}
#endif
