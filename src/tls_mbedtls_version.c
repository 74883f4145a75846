/* SPDX-License-Identifier: MIT */
/* tls_mbedtls_version: where the versions of mbedTLS differ most: random numbers, SHA-256, error codes.
 *
 * mbedTLS 4 has the first two through PSA and in no other way; 3.6 has them so as well where PSA is
 * configured, which TLS 1.3 demands. From 2.28, and from a 3.6 without PSA, they are modules of their own. */
#include "tls_mbedtls.h"

/* ---- Random numbers and SHA-256 ---- */

#if THROUGH_PSA
static unsigned users;

int reflow_tls_start_random(struct reflow_session *session)
{
    users++; /* also when it fails: reflow_tls_stop_random() is called all the same */
    if (psa_crypto_init() != PSA_SUCCESS) {
        return NO_MEMORY;
    }
#if MBEDTLS_VERSION_MAJOR < 4
    mbedtls_ssl_conf_rng(&session->settings, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
#else
    (void)session; /* TLS has no other generator */
#endif
    return 0;
}

void reflow_tls_stop_random(struct reflow_session *session)
{
    (void)session;
    users--;
    if (users == 0 && REFLOW_PSA_SHARED == 0) {
        mbedtls_psa_crypto_free();
    }
}

static void draw(struct reflow_session *session, uint32_t *random)
{
    (void)session;
    (void)psa_generate_random((uint8_t *)random, sizeof *random);
}

/* All zeros, as the session has it from the beginning, and after its end, it may begin. One that has failed
 * says so in all that follows. */
void reflow_tls_digest_begin(struct reflow_digest *digest)
{
    (void)psa_hash_setup(&digest->hash, PSA_ALG_SHA_256);
}

void reflow_tls_digest_add(struct reflow_digest *digest, const void *bytes, size_t length)
{
    (void)psa_hash_update(&digest->hash, bytes, length);
}

bool reflow_tls_digest_end(struct reflow_digest *digest, unsigned char sum[DIGEST_SIZE])
{
    size_t length;
    const psa_status_t status = psa_hash_finish(&digest->hash, sum, DIGEST_SIZE, &length);

    (void)psa_hash_abort(&digest->hash);
    return status == PSA_SUCCESS;
}
#else
#if MBEDTLS_VERSION_MAJOR < 3
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

int reflow_tls_start_random(struct reflow_session *session)
{
    mbedtls_entropy_init(&session->entropy);
    mbedtls_ctr_drbg_init(&session->random);
    mbedtls_ssl_conf_rng(&session->settings, mbedtls_ctr_drbg_random, &session->random);
    return mbedtls_ctr_drbg_seed(&session->random, mbedtls_entropy_func, &session->entropy, NULL,
                                 0);
}

void reflow_tls_stop_random(struct reflow_session *session)
{
    mbedtls_ctr_drbg_free(&session->random);
    mbedtls_entropy_free(&session->entropy);
}

static void draw(struct reflow_session *session, uint32_t *random)
{
    (void)mbedtls_ctr_drbg_random(&session->random, (unsigned char *)random, sizeof *random);
}

void reflow_tls_digest_begin(struct reflow_digest *digest)
{
    mbedtls_sha256_init(&digest->hash);
    digest->failed = mbedtls_sha256_starts(&digest->hash, 0) != 0;
}

void reflow_tls_digest_add(struct reflow_digest *digest, const void *bytes, size_t length)
{
    digest->failed = mbedtls_sha256_update(&digest->hash, bytes, length) != 0 || digest->failed;
}

bool reflow_tls_digest_end(struct reflow_digest *digest, unsigned char sum[DIGEST_SIZE])
{
    digest->failed = mbedtls_sha256_finish(&digest->hash, sum) != 0 || digest->failed;
    mbedtls_sha256_free(&digest->hash);
    return !digest->failed;
}
#endif

uint32_t reflow_tls_random(struct reflow_tls *tls)
{
    uint32_t random = 0;

    if (tls->session != NULL) {
        draw(tls->session, &random);
    }
    return random;
}

/* ---- Error codes ---- */

#if MBEDTLS_VERSION_MAJOR >= 4
bool reflow_tls_is_memory_error(int code)
{
    return code == NO_MEMORY;
}

/* Of a certificate that cannot be parsed mbedTLS says where its ASN.1 is wrong. Of a signature it says
 * the same, but not before the certificates were judged. */
bool reflow_tls_is_certificate_error(const struct reflow_session *session, int code)
{
    const bool is_asn1 =
        code <= MBEDTLS_ERR_ASN1_OUT_OF_DATA && code >= MBEDTLS_ERR_ASN1_INVALID_DATA;

    return (is_asn1 && !session->judged) ||
           (code <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE &&
            code >= MBEDTLS_ERR_X509_FILE_IO_ERROR) ||
           code == MBEDTLS_ERR_X509_FATAL_ERROR || code == MBEDTLS_ERR_SSL_BAD_CERTIFICATE;
}
#else
/* mbedTLS adds a module's high-level code to a low-level one; "no memory" may be either. */
bool reflow_tls_is_memory_error(int code)
{
    const int low = -code & 0x7f;
    const int high = -code & 0x7f80;

    return high == -MBEDTLS_ERR_SSL_ALLOC_FAILED || high == -MBEDTLS_ERR_X509_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_PK_ALLOC_FAILED || high == -MBEDTLS_ERR_ECP_ALLOC_FAILED ||
           high == -MBEDTLS_ERR_MD_ALLOC_FAILED || high == -MBEDTLS_ERR_CIPHER_ALLOC_FAILED ||
           low == -MBEDTLS_ERR_MPI_ALLOC_FAILED || low == -MBEDTLS_ERR_ASN1_ALLOC_FAILED;
}

bool reflow_tls_is_certificate_error(const struct reflow_session *session, int code)
{
    const int high = -code & 0x7f80;

    (void)session;
    return (high >= -MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE &&
            high <= -MBEDTLS_ERR_X509_BUFFER_TOO_SMALL) ||
           high == -MBEDTLS_ERR_X509_FATAL_ERROR || high == -MBEDTLS_ERR_SSL_BAD_CERTIFICATE;
}
#endif

/* "mbedTLS 3.6.6" */
const char *reflow_tls_version(void)
{
    return "mbedTLS " MBEDTLS_VERSION_STRING;
}
