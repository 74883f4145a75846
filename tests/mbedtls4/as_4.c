/* SPDX-License-Identifier: MIT */
/* mbedTLS 3.6 in the behaviour of 4.0, as far as reflow sees it: TLS draws from PSA's generator without being
 * told to, and a result is one code: the deeper of two, or PSA's where several modules had one of their own. */
#define MBEDTLS_AS_IT_IS

#include <mbedtls/psa_util.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>

int as_4_ssl_config_defaults(mbedtls_ssl_config *settings, int endpoint, int transport, int preset);
int as_4_ssl_handshake(mbedtls_ssl_context *ssl);
int as_4_ssl_read(mbedtls_ssl_context *ssl, unsigned char *data, size_t size);
int as_4_ssl_session_reset(mbedtls_ssl_context *ssl);
int as_4_ssl_set_hostname(mbedtls_ssl_context *ssl, const char *name);
int as_4_ssl_setup(mbedtls_ssl_context *ssl, mbedtls_ssl_config *settings);
int as_4_ssl_write(mbedtls_ssl_context *ssl, const unsigned char *data, size_t length);
int as_4_x509_crt_parse_der(mbedtls_x509_crt *chain, const unsigned char *der, size_t length);

static int as_4(int code)
{
    const int low = -code & 0x7f;

    if (code >= 0 || (code <= PSA_ERROR_GENERIC_ERROR && code > -256)) { /* PSA's already */
        return code;
    }
    switch (code + low) {
    case MBEDTLS_ERR_CIPHER_ALLOC_FAILED:
    case MBEDTLS_ERR_ECP_ALLOC_FAILED:
    case MBEDTLS_ERR_MD_ALLOC_FAILED:
    case MBEDTLS_ERR_PK_ALLOC_FAILED:
    case MBEDTLS_ERR_SSL_ALLOC_FAILED:
    case MBEDTLS_ERR_X509_ALLOC_FAILED:
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    case MBEDTLS_ERR_SSL_BAD_INPUT_DATA:
        return PSA_ERROR_INVALID_ARGUMENT;
    case MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL:
    case MBEDTLS_ERR_X509_BUFFER_TOO_SMALL:
        return PSA_ERROR_BUFFER_TOO_SMALL;
    default:
        break;
    }
    if (-low == MBEDTLS_ERR_ASN1_ALLOC_FAILED || -low == MBEDTLS_ERR_MPI_ALLOC_FAILED) {
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    }
    return low != 0 ? -low : code;
}

int as_4_ssl_config_defaults(mbedtls_ssl_config *settings, int endpoint, int transport, int preset)
{
    return as_4(mbedtls_ssl_config_defaults(settings, endpoint, transport, preset));
}

int as_4_ssl_handshake(mbedtls_ssl_context *ssl)
{
    return as_4(mbedtls_ssl_handshake(ssl));
}

int as_4_ssl_read(mbedtls_ssl_context *ssl, unsigned char *data, size_t size)
{
    return as_4(mbedtls_ssl_read(ssl, data, size));
}

int as_4_ssl_session_reset(mbedtls_ssl_context *ssl)
{
    return as_4(mbedtls_ssl_session_reset(ssl));
}

int as_4_ssl_set_hostname(mbedtls_ssl_context *ssl, const char *name)
{
    return as_4(mbedtls_ssl_set_hostname(ssl, name));
}

int as_4_ssl_setup(mbedtls_ssl_context *ssl, mbedtls_ssl_config *settings)
{
    mbedtls_ssl_conf_rng(settings, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        settings, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
    return as_4(mbedtls_ssl_setup(ssl, settings));
}

int as_4_ssl_write(mbedtls_ssl_context *ssl, const unsigned char *data, size_t length)
{
    return as_4(mbedtls_ssl_write(ssl, data, length));
}

int as_4_x509_crt_parse_der(mbedtls_x509_crt *chain, const unsigned char *der, size_t length)
{
    return as_4(mbedtls_x509_crt_parse_der(chain, der, length));
}
