/* SPDX-License-Identifier: MIT */
/* tls_mbedtls: what the rooms of the mbedTLS session share. Nobody else includes this.
 *
 *   tls_mbedtls.c        the session at work: bytes, handshake, records
 *   tls_mbedtls_setup.c  what is offered, allocated and freed
 *   tls_mbedtls_resume.c sessions that outlive their connection (optional)
 *   tls_mbedtls_peer.c   what the server's certificate says, for a person (optional)
 *   tls_mbedtls_trust.c  which certificates stand for the service, and which anchors for them
 *   tls_mbedtls_version.c  what each version of mbedTLS has in a way of its own */
#ifndef REFLOW_TLS_MBEDTLS_H
#define REFLOW_TLS_MBEDTLS_H

#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

/* Whether random numbers and SHA-256 are PSA's. */
#if MBEDTLS_VERSION_MAJOR >= 4 || (MBEDTLS_VERSION_MAJOR == 3 && defined(MBEDTLS_PSA_CRYPTO_C))
#define THROUGH_PSA 1
#else
#define THROUGH_PSA 0
#endif

#if THROUGH_PSA
#include <psa/crypto.h>
#if MBEDTLS_VERSION_MAJOR < 4
#include <mbedtls/psa_util.h>
#endif
#else
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/sha256.h>
#endif

#include "tls.h"

/* Since 3.2 signatures and groups are offered by the code points that stand on the wire. */
#define OFFERS_BY_CODE_POINT (MBEDTLS_VERSION_NUMBER >= 0x03020000)

#if MBEDTLS_VERSION_MAJOR < 3
#define MBEDTLS_ERR_SSL_BAD_CERTIFICATE MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE /* its name before 3.0 */
#endif

/* What several modules may say has one code since 4.0: PSA's. */
#if MBEDTLS_VERSION_MAJOR >= 4
#define NO_MEMORY PSA_ERROR_INSUFFICIENT_MEMORY
#define BAD_INPUT PSA_ERROR_INVALID_ARGUMENT
#else
#define NO_MEMORY MBEDTLS_ERR_SSL_ALLOC_FAILED
#define BAD_INPUT MBEDTLS_ERR_SSL_BAD_INPUT_DATA
#endif

/* The bytes in front of a record; what it holds at the most (RFC 8446 section 5.1), and its cipher text (RFC 5246 section 6.2.3). */
#define RECORD_HEAD 5
#define LONGEST_RECORD 16384
#define LONGEST_CIPHER_TEXT (LONGEST_RECORD + 2048)

/* Whether a record, or a message of several, may be too long for mbedTLS's input buffer. */
#define SHORT_RECORDS (MBEDTLS_SSL_IN_CONTENT_LEN < LONGEST_RECORD)

/* Whether shorter records can be asked for: messages that are cut to fit are put together again
 * since 3.6.3. */
#if SHORT_RECORDS && defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH) &&                                   \
    MBEDTLS_VERSION_NUMBER >= 0x03060300
#define ASKS_FOR_SHORT_RECORDS 1
#else
#define ASKS_FOR_SHORT_RECORDS 0
#endif

/* What the verification has found wrong; several may hold, the first of them is what is said. */
enum { REFLOW_UNTRUSTED = 1, REFLOW_WRONG_NAME = 2, REFLOW_WRONG_DATE = 4, REFLOW_WRONG_PIN = 8 };

/* From when until when something counts, the first and the last second included. Of a chain: from when
 * the last of its certificates counts, until the first ends. */
struct reflow_dates {
    int64_t from;
    int64_t until;
};

/* SHA-256 of what comes in pieces. What goes wrong is remembered until the end. PSA's is too large for a
 * small stack. */
struct reflow_digest {
#if THROUGH_PSA
    psa_hash_operation_t hash;
#else
    mbedtls_sha256_context hash;
    bool failed;
#endif
};
#define DIGEST_SIZE 32

struct reflow_session {
    const struct reflow_config *config;
    const char *host;
    int64_t now;               /* or REFLOW_TIME_UNKNOWN */
    struct reflow_dates dates; /* of the verified chain */
    unsigned wrong;
    bool ticketed; /* the handshake is over: what comes now is a ticket */
    bool offered;  /* an earlier session is, in this handshake */
    bool judged;   /* certificates were, in this handshake: it is a full one */
#if OFFERS_BY_CODE_POINT
    bool without_pss; /* RSA-PSS is no longer offered */
#endif
#if SHORT_RECORDS
    uint8_t head_left;      /* bytes of the next record's head that are still to come */
    uint8_t record_type;    /* that the last head told of */
    uint16_t record_length; /* likewise */
    uint16_t record_left;   /* of them, still to come */
#endif
#if ASKS_FOR_SHORT_RECORDS
    bool any_length; /* short records are no longer asked for */
#endif
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config settings;
    mbedtls_x509_crt anchors;
    struct reflow_digest digest;
#if !THROUGH_PSA
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
#endif
};

/* ---- tls_mbedtls.c: mbedTLS's send and receive ---- */

int reflow_tls_gather(void *context, const unsigned char *bytes, size_t length);
int reflow_tls_receive(void *context, unsigned char *bytes, size_t size);

/* ---- tls_mbedtls_setup.c ---- */

/* What the application's counter says, 0 without one. */
uint32_t reflow_tls_memory_failures(const struct reflow_tls *tls);

/* After a handshake that failed with `code`: whether it was mbedTLS that did not take what it had
 * offered itself, so that another offer, which the next handshake will make, may do. */
bool reflow_tls_offer_again(struct reflow_session *session, int code);

/* ---- tls_mbedtls_version.c ---- */

/* The generator that TLS draws from. Stopped also where it did not start. */
int reflow_tls_start_random(struct reflow_session *session);
void reflow_tls_stop_random(struct reflow_session *session);

/* The end says whether `sum` is one, and frees what the beginning has taken. */
void reflow_tls_digest_begin(struct reflow_digest *digest);
void reflow_tls_digest_add(struct reflow_digest *digest, const void *bytes, size_t length);
bool reflow_tls_digest_end(struct reflow_digest *digest, unsigned char sum[DIGEST_SIZE]);

/* Whether a result of mbedTLS's means that memory was short. */
bool reflow_tls_is_memory_error(int code);

/* Whether it means, of a handshake, that a certificate cannot be read (a critical extension that is not
 * known, say), or that the chain is too long. */
bool reflow_tls_is_certificate_error(const struct reflow_session *session, int code);

/* ---- tls_mbedtls_trust.c ---- */

/* Since 1970. */
int64_t reflow_tls_seconds(const mbedtls_x509_time *time);

/* Whether what counts between these dates counts now, by the clock and the policy for it. */
bool reflow_tls_dates_sound(const struct reflow_session *session, const struct reflow_dates *dates);

/* mbedTLS's verify callback. */
int reflow_tls_judge(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

/* Adds the anchors whose subject is `name` (NULL: all) to `chain`. */
int reflow_tls_add_anchors(const struct reflow_config *config, mbedtls_x509_crt *chain,
                           const mbedtls_x509_buf *name);

/* mbedTLS's trusted-certificate callback, where it has one. */
int reflow_tls_find_issuers(void *context, const mbedtls_x509_crt *child,
                            mbedtls_x509_crt **candidates);

#endif
