/* SPDX-License-Identifier: MIT */
/* tls_mbedtls_setup: what a session offers, and what it allocates and frees: all that there is. */
#include <string.h>

#include "name.h"
#include "tls_mbedtls.h"

/* AES first where processors usually have it and mbedTLS uses that: a request of 2,021 bytes is sealed
 * with 33,000 instructions on x86-64 and 21,000 on aarch64, by ChaCha20-Poly1305 with 59,000 and 47,000.
 * AES by tables takes 213,000 on 32-bit arm and 494,000 on riscv64, the other 80,000 and 114,000
 * (make handshake). */
#if (defined(__x86_64__) && defined(MBEDTLS_AESNI_C)) ||                                           \
    (defined(__aarch64__) && defined(MBEDTLS_AESCE_C))
#define FASTER_FIRST(aes, chacha20) (aes), (chacha20)
#else
#define FASTER_FIRST(aes, chacha20) (chacha20), (aes)
#endif

/* Only what forward secrecy and authenticated encryption leave. */
static const int suites[] = {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
    FASTER_FIRST(MBEDTLS_TLS1_3_AES_128_GCM_SHA256, MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256),
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
#endif
    FASTER_FIRST(MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                 MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    FASTER_FIRST(MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                 MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    0};

#if OFFERS_BY_CODE_POINT
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
#endif

/* RFC 6066 section 4: a server is asked for records that fit, where not every record does. TLS 1.3
 * has RFC 8449's limit in its place, which mbedTLS sends by itself (MBEDTLS_SSL_RECORD_SIZE_LIMIT). */
static int ask_for_short_records(mbedtls_ssl_config *settings)
{
#if ASKS_FOR_SHORT_RECORDS
    const int room = MBEDTLS_SSL_IN_CONTENT_LEN < MBEDTLS_SSL_OUT_CONTENT_LEN
                         ? MBEDTLS_SSL_IN_CONTENT_LEN
                         : MBEDTLS_SSL_OUT_CONTENT_LEN;
    unsigned char code = MBEDTLS_SSL_MAX_FRAG_LEN_512;

    if (room >= 1024) {
        code = room >= 4096   ? MBEDTLS_SSL_MAX_FRAG_LEN_4096
               : room >= 2048 ? MBEDTLS_SSL_MAX_FRAG_LEN_2048
                              : MBEDTLS_SSL_MAX_FRAG_LEN_1024;
    }
    return mbedtls_ssl_conf_max_frag_len(settings, code);
#else
    (void)settings;
    return 0;
#endif
}

static int set_up(struct reflow_session *session)
{
    mbedtls_ssl_config *settings = &session->settings;
    int code = mbedtls_ssl_config_defaults(
        settings, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

    code = code != 0 ? code : ask_for_short_records(settings);
#if MBEDTLS_VERSION_MAJOR >= 3
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
    mbedtls_ssl_conf_verify(settings, reflow_tls_judge, session);
#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
    mbedtls_ssl_conf_ca_cb(settings, reflow_tls_find_issuers, session);
#else
    code = code != 0 ? code : reflow_tls_add_anchors(session->config, &session->anchors, NULL);
    mbedtls_ssl_conf_ca_chain(settings, &session->anchors, NULL);
#endif
    return code != 0 ? code : mbedtls_ssl_setup(&session->ssl, settings);
}

/* RFC 6066 section 3: a name is sent without its final dot, and an address not at all. NULL also
 * switches mbedTLS's own check of names off, in favour of ours. The name is cut in the memory that is
 * lent for output, where nothing is gathered yet: on the stack it would be the deepest frame of all. */
static int set_server_name(struct reflow_tls *tls, struct reflow_session *session)
{
    uint8_t address[16];
    char *name = (char *)tls->out;
    size_t length = strlen(session->host);

    if (reflow_name_address(session->host, address) != 0) {
        return mbedtls_ssl_set_hostname(&session->ssl, NULL);
    }
    memcpy(name, session->host, length + 1);
    if (name[length - 1] == '.') {
        name[length - 1] = '\0';
    }
    return mbedtls_ssl_set_hostname(&session->ssl, name);
}

static struct reflow_session *new_session(struct reflow_tls *tls, int *code)
{
    struct reflow_session *session = mbedtls_calloc(1, sizeof *session);

    if (session == NULL) {
        *code = NO_MEMORY;
        return NULL;
    }
    session->config = tls->config;
    session->host = tls->host;
    mbedtls_ssl_init(&session->ssl);
    mbedtls_ssl_config_init(&session->settings);
    mbedtls_x509_crt_init(&session->anchors);
    tls->session = session;
    *code = reflow_tls_start_random(session);
    if (*code == 0) {
        *code = set_up(session);
    }
    if (*code == 0) {
        *code = set_server_name(tls, session);
    }
    if (tls->resumption != NULL) {
        tls->resumption->prepare(tls);
    }
    mbedtls_ssl_set_bio(&session->ssl, tls, reflow_tls_gather, reflow_tls_receive, NULL);
    return session;
}

void reflow_tls_init(struct reflow_tls *tls, const struct reflow_config *config, const char *host)
{
    memset(tls, 0, sizeof *tls);
    tls->config = config;
    tls->host = host;
}

static bool clock_sound(const struct reflow_session *session)
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

/* What is known of a connection before its first byte. */
static void begin_connection(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;

#if defined(MBEDTLS_SSL_SESSION_TICKETS)
    /* A ticket that nobody keeps is not asked for: with TLS 1.2 it is 200 bytes. */
    mbedtls_ssl_conf_session_tickets(&session->settings,
                                     tls->ticket != NULL ? MBEDTLS_SSL_SESSION_TICKETS_ENABLED
                                                         : MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
    session->wrong = 0;
    session->judged = false;
    session->ticketed = false;
    session->offered = false;
#if SHORT_RECORDS
    session->head_left = RECORD_HEAD;
    session->record_length = 0;
    session->record_left = 0;
#endif
    session->now = tls->config->port->unix_time(tls->config->port_context);
}

enum reflow_error reflow_tls_open(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;
    int code;

    tls->fault = REFLOW_TLS_SOUND;
    tls->starved = false;
    tls->overrun = false;
    tls->failures = reflow_tls_memory_failures(tls);
    tls->established = false;
    if (session == NULL) {
        session = new_session(tls, &code);
    } else {
        code = mbedtls_ssl_session_reset(&session->ssl);
    }
    if (code != 0) {
        reflow_tls_close(tls);
        return reflow_tls_is_memory_error(code) || reflow_tls_starved(tls)
                   ? REFLOW_ERR_OUT_OF_MEMORY
                   : REFLOW_ERR_TLS_HANDSHAKE;
    }
    begin_connection(tls);
    if (tls->ticket != NULL) {
        tls->resumption->offer(tls);
    }
    return clock_sound(session) ? REFLOW_OK : REFLOW_ERR_CLOCK_UNSET;
}

void reflow_tls_close(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;

    if (session == NULL) {
        return;
    }
    mbedtls_ssl_free(&session->ssl);
    mbedtls_ssl_config_free(&session->settings);
    mbedtls_x509_crt_free(&session->anchors);
    reflow_tls_stop_random(session);
    mbedtls_free(session);
    tls->session = NULL;
    tls->established = false;
}

uint32_t reflow_tls_memory_failures(const struct reflow_tls *tls)
{
    const struct reflow_config *config = tls->config;

    return config->memory_failures != NULL ? config->memory_failures(config->callback_context) : 0;
}

/* mbedTLS 3.6.6 asks a server for short records in TLS 1.2's way before it knows the version. One that
 * takes TLS 1.3 may say yes to that (RFC 8446 section 4.2 lets it), and mbedTLS does not let it. */
static bool offer_any_length(struct reflow_session *session, int code)
{
#if ASKS_FOR_SHORT_RECORDS && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    if (code == MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION && !session->any_length) {
        session->any_length = true;
        return mbedtls_ssl_conf_max_frag_len(&session->settings, MBEDTLS_SSL_MAX_FRAG_LEN_NONE) ==
               0;
    }
#else
    (void)session;
    (void)code;
#endif
    return false;
}

static bool offer_without_pss(struct reflow_session *session, int code)
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

bool reflow_tls_offer_again(struct reflow_session *session, int code)
{
    /* uncovered: the first is true only where records are short, which make test-small tries */
    return offer_any_length(session, code) || offer_without_pss(session, code);
}
