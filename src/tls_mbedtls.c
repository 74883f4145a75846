/* SPDX-License-Identifier: MIT */
/* tls_mbedtls: the TLS session with mbedTLS, 2.28 or 3.6. The only room that knows mbedTLS.
 *
 * Chain building and signatures are mbedTLS's. What a certificate must say to stand for the service
 * (its dates by the port's clock, its names by RFC 9525, its pin) is judged here, because mbedTLS
 * takes the date from the operating system and falls back to the common name. */
#include "tls.h"

#include <string.h>

#include <mbedtls/platform.h>
#include <mbedtls/sha256.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#if defined(MBEDTLS_PSA_CRYPTO_C) && MBEDTLS_VERSION_NUMBER >= 0x03000000
#define USE_PSA_RANDOM 1
#include <mbedtls/psa_util.h>
#include <psa/crypto.h>
#else
#define USE_PSA_RANDOM 0
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#endif

#include "civil.h"
#include "name.h"
#include "pem.h"

/* What the verification has found wrong; several may hold, the first of them is what is said. */
enum { UNTRUSTED = 1, WRONG_NAME = 2, WRONG_DATE = 4, WRONG_PIN = 8 };

struct session {
    const struct reflow_config *config;
    const char *host;
    int64_t now; /* or REFLOW_TIME_UNKNOWN */
    unsigned wrong;
    bool without_pss;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config settings;
    mbedtls_x509_crt anchors;
#if !USE_PSA_RANDOM
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
#endif
};

/* Only what forward secrecy and authenticated encryption leave: AES first where hardware has it,
 * which mbedTLS's own assembly decides at run time. */
static const int suites[] = {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    0};

#if MBEDTLS_VERSION_NUMBER >= 0x03020000
#define OFFERS_BY_CODE_POINT 1
/* mbedTLS 3.6.6 refuses RSA-PSS from a TLS 1.2 server, although it has to offer it for TLS 1.3. In
 * this order most servers find what can be used. For one that prefers RSA-PSS all the same, the
 * last three are left out in a second handshake; TLS 1.3 stays offered, so that nobody can bring
 * about a lower version in this way. */
static const uint16_t signatures[] = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
                                      MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
                                      MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
                                      MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
                                      MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
                                      MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
                                      MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
                                      MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
                                      MBEDTLS_TLS1_3_SIG_NONE};
static const uint16_t signatures_without_pss[] = {
    MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,       MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
    MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,       MBEDTLS_TLS1_3_SIG_NONE};

/* The first one's key share is sent with TLS 1.3's hello. P-256 takes fewer instructions here than
 * X25519 does, and every server has it. */
static const uint16_t groups[] = {
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_X25519,
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
#else
#define OFFERS_BY_CODE_POINT 0
#endif

/* ---- Errors ---- */

/* mbedTLS adds a module's high-level code to a low-level one; "no memory" may be either. */
static bool is_memory_error(int code)
{
    const int low = -code & 0x7f;
    const int high = -code & 0x7f80;

    return high == -MBEDTLS_ERR_SSL_ALLOC_FAILED || high == -MBEDTLS_ERR_X509_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_PK_ALLOC_FAILED || high == -MBEDTLS_ERR_ECP_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_MD_ALLOC_FAILED || high == -MBEDTLS_ERR_CIPHER_ALLOC_FAILED ||
           low == -MBEDTLS_ERR_MPI_ALLOC_FAILED || low == -MBEDTLS_ERR_ASN1_ALLOC_FAILED;
}

/* Key usage is checked by mbedTLS after our callback, and shows only in its own verdict. */
static bool is_verdict(const struct session *session)
{
    const uint32_t flags = mbedtls_ssl_get_verify_result(&session->ssl);

    return flags != 0 && flags != UINT32_MAX; /* all ones: not verified yet */
}

static enum reflow_error handshake_error(const struct session *session, int code)
{
    if (is_memory_error(code)) {
        return REFLOW_ERR_OUT_OF_MEMORY;
    }
    if ((session->wrong & UNTRUSTED) != 0 || (session->wrong == 0 && is_verdict(session))) {
        return REFLOW_ERR_TLS_UNTRUSTED;
    }
    if ((session->wrong & WRONG_NAME) != 0) {
        return REFLOW_ERR_TLS_HOSTNAME;
    }
    if ((session->wrong & WRONG_DATE) != 0) {
        return REFLOW_ERR_TLS_EXPIRED;
    }
    return (session->wrong & WRONG_PIN) != 0 ? REFLOW_ERR_TLS_PIN : REFLOW_ERR_TLS_HANDSHAKE;
}

/* ---- Bytes to and from the port ---- */

static enum reflow_tls_status lose(struct reflow_tls *tls, enum reflow_tls_fault fault)
{
    tls->out_start = 0;
    tls->out_end = 0;
    tls->fault = (uint8_t)fault;
    return REFLOW_TLS_LOST;
}

enum reflow_tls_status reflow_tls_flush(struct reflow_tls *tls)
{
    const struct reflow_config *config = tls->config;

    while (tls->out_start < tls->out_end) {
        const size_t left = (size_t)(tls->out_end - tls->out_start);
        const int32_t sent =
            config->port->send(config->port_context, tls->out + tls->out_start, left);
        if (sent == REFLOW_IO_WOULD_BLOCK) {
            return REFLOW_TLS_WRITE;
        }
        if (sent <= 0 || (size_t)sent > left) {
            return lose(tls, REFLOW_TLS_SEND_DEAD);
        }
        tls->out_start = (uint16_t)(tls->out_start + sent);
    }
    tls->out_start = 0;
    tls->out_end = 0;
    return REFLOW_TLS_OK;
}

/* mbedTLS's send. Gathers; only a full memory is sent here. A dead sending side is told to mbedTLS
 * as "would block": after any other word it would not let the peer's last bytes be read. */
static int gather(void *context, const unsigned char *bytes, size_t length)
{
    struct reflow_tls *tls = context;

    if (tls->fault != REFLOW_TLS_SOUND) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    if (length > (size_t)(tls->out_limit - tls->out_end)) {
        if (reflow_tls_flush(tls) != REFLOW_TLS_OK) {
            return MBEDTLS_ERR_SSL_WANT_WRITE;
        }
        if (length > tls->out_limit) {
            length = tls->out_limit;
        }
    }
    memcpy(tls->out + tls->out_end, bytes, length);
    tls->out_end = (uint16_t)(tls->out_end + length);
    return (int)length;
}

/* mbedTLS's receive. Whoever waits for the peer's answer must have sent the question. */
static int receive(void *context, unsigned char *bytes, size_t size)
{
    struct reflow_tls *tls = context;
    const struct reflow_config *config = tls->config;
    int32_t got;

    if (reflow_tls_flush(tls) == REFLOW_TLS_WRITE) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    got = config->port->recv(config->port_context, bytes, size);
    if (got == REFLOW_IO_WOULD_BLOCK) {
        tls->dry = true;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    if (got <= 0 || (size_t)got > size) {
        (void)lose(tls, got == REFLOW_IO_END ? REFLOW_TLS_ENDED : REFLOW_TLS_BROKEN);
        return MBEDTLS_ERR_SSL_CONN_EOF;
    }
    return got;
}

/* ---- Judging certificates ---- */

static int64_t seconds_of(const mbedtls_x509_time *time)
{
    return reflow_civil_seconds(time->year, time->mon, time->day) + time->hour * 3600L +
           time->min * 60L + time->sec;
}

static bool dates_sound(const struct session *session, const mbedtls_x509_crt *certificate)
{
    const int64_t from = seconds_of(&certificate->valid_from);
    const int64_t until = seconds_of(&certificate->valid_to);

    if (session->now != REFLOW_TIME_UNKNOWN) {
        return from <= session->now && session->now <= until;
    }
    return session->config->clock_policy == REFLOW_CLOCK_PINNED_ONLY ||
           until >= session->config->build_time;
}

/* RFC 9525 section 6: subject alternative names only; an address only against address entries. */
static bool name_sound(const struct session *session, const mbedtls_x509_crt *certificate)
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

static int sha256(const unsigned char *bytes, size_t length, unsigned char digest[32])
{
#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    return mbedtls_sha256(bytes, length, digest, 0);
#else
    return mbedtls_sha256_ret(bytes, length, digest, 0);
#endif
}

static bool pin_sound(const struct session *session, const mbedtls_x509_crt *certificate)
{
    unsigned char digest[REFLOW_PIN_SIZE];
    size_t i;

    if (sha256(certificate->pk_raw.p, certificate->pk_raw.len, digest) != 0) {
        return false;
    }
    for (i = 0; i < session->config->pin_count; i++) {
        if (memcmp(session->config->pins[i], digest, sizeof digest) == 0) {
            return true;
        }
    }
    return false;
}

/* Called for each certificate from the root down to the leaf, after mbedTLS's own checks. */
static int on_certificate(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    const uint32_t judged_here = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE |
                                 MBEDTLS_X509_BADCERT_CN_MISMATCH;
    struct session *session = context;

    if ((*flags & ~judged_here) != 0) {
        session->wrong |= UNTRUSTED;
    }
    if (!dates_sound(session, certificate)) {
        session->wrong |= WRONG_DATE;
    }
    if (depth == 0 && !name_sound(session, certificate)) {
        session->wrong |= WRONG_NAME;
    }
    if (depth == 0 && session->config->pin_count != 0 && !pin_sound(session, certificate)) {
        session->wrong |= WRONG_PIN;
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
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    der_length = reflow_pem_decode(base64, length, der, length);
    subject = reflow_pem_subject(der, der_length, &subject_length);
    if (subject != NULL && (name == NULL || (name->len == subject_length &&
                                             memcmp(name->p, subject, subject_length) == 0))) {
        code = mbedtls_x509_crt_parse_der(chain, der, der_length);
    }
    mbedtls_free(der);
    return is_memory_error(code) ? code : 0;
}

static int add_anchors(const struct reflow_config *config, mbedtls_x509_crt *chain,
                       const mbedtls_x509_buf *name)
{
    const char *text = config->anchors;
    const char *block;
    size_t at = 0;
    size_t length;
    int code;

    if (config->anchors_size > 0 && text[0] == 0x30) { /* a SEQUENCE: DER */
        return mbedtls_x509_crt_parse_der(chain, config->anchors, config->anchors_size);
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
static int on_issuer(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **candidates)
{
    const struct session *session = context;
    mbedtls_x509_crt *chain = mbedtls_calloc(1, sizeof *chain);
    int code;

    if (chain == NULL) {
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    }
    mbedtls_x509_crt_init(chain);
    code = add_anchors(session->config, chain, &child->issuer_raw);
    if (code != 0 || chain->raw.p == NULL) {
        mbedtls_x509_crt_free(chain);
        mbedtls_free(chain);
        chain = NULL;
    }
    *candidates = chain;
    return code;
}
#endif

/* ---- Setting up ---- */

#if USE_PSA_RANDOM
static unsigned psa_users;

static int start_random(struct session *session)
{
    (void)session;
    if (psa_crypto_init() != PSA_SUCCESS) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    psa_users++;
    mbedtls_ssl_conf_rng(&session->settings, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
    return 0;
}

static void stop_random(struct session *session)
{
    (void)session;
    psa_users--;
    if (psa_users == 0 && REFLOW_PSA_SHARED == 0) {
        mbedtls_psa_crypto_free();
    }
}
#else
static int start_random(struct session *session)
{
    mbedtls_entropy_init(&session->entropy);
    mbedtls_ctr_drbg_init(&session->random);
    mbedtls_ssl_conf_rng(&session->settings, mbedtls_ctr_drbg_random, &session->random);
    return mbedtls_ctr_drbg_seed(&session->random, mbedtls_entropy_func, &session->entropy, NULL,
                                 0);
}

static void stop_random(struct session *session)
{
    mbedtls_ctr_drbg_free(&session->random);
    mbedtls_entropy_free(&session->entropy);
}
#endif

static int set_up(struct session *session)
{
    mbedtls_ssl_config *settings = &session->settings;
    int code = mbedtls_ssl_config_defaults(
        settings, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

#if MBEDTLS_VERSION_NUMBER >= 0x03000000
    mbedtls_ssl_conf_min_tls_version(settings, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_min_version(settings, MBEDTLS_SSL_MAJOR_VERSION_3,
                                 MBEDTLS_SSL_MINOR_VERSION_3);
#endif
#if OFFERS_BY_CODE_POINT
    mbedtls_ssl_conf_sig_algs(settings, signatures);
    mbedtls_ssl_conf_groups(settings, groups);
#endif
    mbedtls_ssl_conf_ciphersuites(settings, suites);
    mbedtls_ssl_conf_authmode(settings, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_verify(settings, on_certificate, session);
#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
    mbedtls_ssl_conf_ca_cb(settings, on_issuer, session);
#else
    code = code != 0 ? code : add_anchors(session->config, &session->anchors, NULL);
    mbedtls_ssl_conf_ca_chain(settings, &session->anchors, NULL);
#endif
    return code != 0 ? code : mbedtls_ssl_setup(&session->ssl, settings);
}

static bool is_name(const char *host)
{
    uint8_t address[16];

    return reflow_name_address(host, address) == 0;
}

static struct session *new_session(struct reflow_tls *tls, int *code)
{
    struct session *session = mbedtls_calloc(1, sizeof *session);

    if (session == NULL) {
        *code = MBEDTLS_ERR_SSL_ALLOC_FAILED;
        return NULL;
    }
    session->config = tls->config;
    session->host = tls->host;
    mbedtls_ssl_init(&session->ssl);
    mbedtls_ssl_config_init(&session->settings);
    mbedtls_x509_crt_init(&session->anchors);
    tls->session = session;
    *code = start_random(session);
    if (*code == 0) {
        *code = set_up(session);
    }
    if (*code == 0) {
        /* RFC 6066 section 3: an address is not sent as a server name. NULL also switches mbedTLS's
         * own check of names off, in favour of name_sound(). */
        *code = mbedtls_ssl_set_hostname(&session->ssl, is_name(tls->host) ? tls->host : NULL);
    }
    mbedtls_ssl_set_bio(&session->ssl, tls, gather, receive, NULL);
    return session;
}

void reflow_tls_init(struct reflow_tls *tls, const struct reflow_config *config, const char *host)
{
    memset(tls, 0, sizeof *tls);
    tls->config = config;
    tls->host = host;
}

static bool clock_sound(const struct session *session)
{
    const struct reflow_config *config = session->config;

    return session->now != REFLOW_TIME_UNKNOWN ||
           config->clock_policy == REFLOW_CLOCK_NOT_BEFORE_BUILD ||
           (config->clock_policy == REFLOW_CLOCK_PINNED_ONLY && config->pin_count != 0);
}

void reflow_tls_lend(struct reflow_tls *tls, void *memory, size_t size)
{
    tls->out = memory;
    tls->out_size = (uint16_t)size;
    tls->out_limit = tls->out_size;
    tls->out_start = 0;
    tls->out_end = 0;
}

enum reflow_error reflow_tls_open(struct reflow_tls *tls)
{
    const struct reflow_config *config = tls->config;
    struct session *session = tls->session;
    int code;

    tls->fault = REFLOW_TLS_SOUND;
    tls->established = false;
    if (session == NULL) {
        session = new_session(tls, &code);
    } else {
        code = mbedtls_ssl_session_reset(&session->ssl);
    }
    if (code != 0) {
        reflow_tls_close(tls);
        return is_memory_error(code) ? REFLOW_ERR_OUT_OF_MEMORY : REFLOW_ERR_TLS_HANDSHAKE;
    }
    session->wrong = 0;
    session->now = config->port->unix_time(config->port_context);
    return clock_sound(session) ? REFLOW_OK : REFLOW_ERR_CLOCK_UNSET;
}

void reflow_tls_close(struct reflow_tls *tls)
{
    struct session *session = tls->session;

    if (session == NULL) {
        return;
    }
    mbedtls_ssl_free(&session->ssl);
    mbedtls_ssl_config_free(&session->settings);
    mbedtls_x509_crt_free(&session->anchors);
    stop_random(session);
    mbedtls_free(session);
    tls->session = NULL;
    tls->established = false;
}

/* ---- The session at work ---- */

/* What one of mbedTLS's results asks for. */
static enum reflow_tls_status status_of(const struct reflow_tls *tls, int code)
{
    if (tls->fault != REFLOW_TLS_SOUND && tls->fault != REFLOW_TLS_SEND_DEAD) {
        return REFLOW_TLS_LOST;
    }
    if (code == MBEDTLS_ERR_SSL_WANT_READ) {
        return REFLOW_TLS_READ;
    }
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE) {
        return tls->fault == REFLOW_TLS_SOUND ? REFLOW_TLS_WRITE : REFLOW_TLS_LOST;
    }
    return REFLOW_TLS_FAILED;
}

/* Whether the server's choice of signature was at fault, and another offer is left to be made. */
static bool can_offer_again(struct session *session, int code)
{
#if OFFERS_BY_CODE_POINT
    if (code == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER && !session->without_pss &&
        strcmp(mbedtls_ssl_get_version(&session->ssl), "TLSv1.2") == 0) {
        session->without_pss = true;
        mbedtls_ssl_conf_sig_algs(&session->settings, signatures_without_pss);
        return true;
    }
#else
    (void)session;
    (void)code;
#endif
    return false;
}

enum reflow_tls_status reflow_tls_handshake(struct reflow_tls *tls)
{
    struct session *session = tls->session;
    const int code = mbedtls_ssl_handshake(&session->ssl);
    enum reflow_tls_status status;

    if (code == 0) {
        tls->established = true;
        return REFLOW_TLS_OK;
    }
    status = status_of(tls, code);
    if (status == REFLOW_TLS_FAILED) {
        tls->error = (uint8_t)handshake_error(session, code);
        (void)reflow_tls_flush(tls); /* the alert, as far as it goes */
        return can_offer_again(session, code) ? REFLOW_TLS_AGAIN : status;
    }
    return status;
}

enum reflow_error reflow_tls_error(const struct reflow_tls *tls)
{
    return (enum reflow_error)tls->error;
}

size_t reflow_tls_gathered(const struct reflow_tls *tls)
{
    return tls->out_end;
}

static size_t record_size(const struct reflow_tls *tls)
{
    const struct session *session = tls->session;
    const int size = mbedtls_ssl_get_max_out_record_payload(&session->ssl);

    return size > 0 ? (size_t)size : 1;
}

size_t reflow_tls_write(struct reflow_tls *tls, const unsigned char *data, size_t length,
                        enum reflow_tls_status *status)
{
    struct session *session = tls->session;
    const size_t most = record_size(tls);
    int code;

    if (length > most) {
        length = most;
    }
    /* mbedTLS copies a whole record's bytes before it hands out the first of their cipher text. */
    tls->out_limit = tls->out_size;
    if (data >= tls->out && data < tls->out + tls->out_size) {
        tls->out_limit = (uint16_t)(data + length - tls->out);
    }
    code = mbedtls_ssl_write(&session->ssl, data, length);
    tls->out_limit = tls->out_size;
    *status = code > 0 ? REFLOW_TLS_OK : status_of(tls, code);
    return code > 0 ? (size_t)code : 0;
}

/* TLS 1.3's tickets arrive whenever the server likes, and are no answer. */
static bool is_ticket(int code)
{
#if defined(MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
    return code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
#else
    (void)code;
    return false;
#endif
}

/* mbedTLS also says "want read" after a ticket or a warning, with more records perhaps waiting: only
 * the port knows whether there is nothing. A peer that sends nothing but such is of no use. */
static int read_record(struct reflow_tls *tls, void *data, size_t size)
{
    struct session *session = tls->session;
    int code = MBEDTLS_ERR_SSL_WANT_READ;
    int tries;

    tls->dry = false;
    for (tries = 0; tries < 32; tries++) {
        code = mbedtls_ssl_read(&session->ssl, data, size);
        if (!is_ticket(code) && (code != MBEDTLS_ERR_SSL_WANT_READ || tls->dry)) {
            return code;
        }
    }
    return MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE;
}

int32_t reflow_tls_read(struct reflow_tls *tls, void *data, size_t size)
{
    const int code = read_record(tls, data, size);
    enum reflow_tls_status status;

    if (code > 0) {
        return code;
    }
    if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        return REFLOW_IO_END;
    }
    status = status_of(tls, code);
    if (status == REFLOW_TLS_READ || status == REFLOW_TLS_WRITE) {
        return REFLOW_IO_WOULD_BLOCK;
    }
    if (tls->fault == REFLOW_TLS_SOUND) {
        tls->fault = REFLOW_TLS_BROKEN;
    }
    return REFLOW_IO_LOST;
}

void reflow_tls_goodbye(struct reflow_tls *tls)
{
    struct session *session = tls->session;

    if (session != NULL && tls->established && tls->fault == REFLOW_TLS_SOUND &&
        mbedtls_ssl_close_notify(&session->ssl) == 0) {
        (void)reflow_tls_flush(tls);
    }
    tls->established = false;
}

uint32_t reflow_tls_random(struct reflow_tls *tls)
{
    struct session *session = tls->session;
    uint32_t random = 0;

    if (session != NULL) {
#if USE_PSA_RANDOM
        (void)mbedtls_psa_get_random(MBEDTLS_PSA_RANDOM_STATE, (unsigned char *)&random,
                                     sizeof random);
#else
        (void)mbedtls_ctr_drbg_random(&session->random, (unsigned char *)&random, sizeof random);
#endif
    }
    return random;
}

const char *reflow_tls_protocol(const struct reflow_tls *tls)
{
    const struct session *session = tls->session;

    return mbedtls_ssl_get_version(&session->ssl);
}

const char *reflow_tls_suite(const struct reflow_tls *tls)
{
    const struct session *session = tls->session;
    const char *suite = mbedtls_ssl_get_ciphersuite(&session->ssl);

    return suite != NULL ? suite : "";
}

/* "mbedTLS 3.6.6" */
const char *reflow_tls_version(void)
{
    return "mbedTLS " MBEDTLS_VERSION_STRING;
}
