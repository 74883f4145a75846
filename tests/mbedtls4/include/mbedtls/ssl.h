/* SPDX-License-Identifier: MIT */
/* mbedTLS 3.6's, without the names that 4.0 has no longer, and with functions that behave as 4.0's do (as_4.c). */
#pragma GCC system_header

#if !defined(STAND_IN_SSL_H) && !defined(MBEDTLS_AS_IT_IS)
#define STAND_IN_SSL_H

#pragma redefine_extname mbedtls_ssl_config_defaults as_4_ssl_config_defaults
#pragma redefine_extname mbedtls_ssl_handshake as_4_ssl_handshake
#pragma redefine_extname mbedtls_ssl_read as_4_ssl_read
#pragma redefine_extname mbedtls_ssl_session_reset as_4_ssl_session_reset
#pragma redefine_extname mbedtls_ssl_set_hostname as_4_ssl_set_hostname
#pragma redefine_extname mbedtls_ssl_setup as_4_ssl_setup
#pragma redefine_extname mbedtls_ssl_write as_4_ssl_write
#pragma redefine_extname mbedtls_x509_crt_parse_der as_4_x509_crt_parse_der
#include_next <mbedtls/ssl.h>

/* The codes that became PSA's: 4.0-migration-guide.md, and 1.0-migration-guide.md of TF-PSA-Crypto. */
#undef MBEDTLS_ERR_ASN1_ALLOC_FAILED
#undef MBEDTLS_ERR_ASN1_BUF_TOO_SMALL
#undef MBEDTLS_ERR_CIPHER_ALLOC_FAILED
#undef MBEDTLS_ERR_ECP_ALLOC_FAILED
#undef MBEDTLS_ERR_MD_ALLOC_FAILED
#undef MBEDTLS_ERR_MPI_ALLOC_FAILED
#undef MBEDTLS_ERR_PK_ALLOC_FAILED
#undef MBEDTLS_ERR_PK_BUFFER_TOO_SMALL
#undef MBEDTLS_ERR_SSL_ALLOC_FAILED
#undef MBEDTLS_ERR_SSL_BAD_INPUT_DATA
#undef MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL
#undef MBEDTLS_ERR_X509_ALLOC_FAILED
#undef MBEDTLS_ERR_X509_BUFFER_TOO_SMALL

#undef MBEDTLS_SSL_MAJOR_VERSION_3
#undef MBEDTLS_SSL_MINOR_VERSION_3
#undef MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_DISABLED
#undef MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED

#else
#include_next <mbedtls/ssl.h>
#endif
