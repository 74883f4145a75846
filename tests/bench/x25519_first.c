/* SPDX-License-Identifier: MIT */
/* x25519_first: offers X25519 before P-256, in a tool linked with --wrap=mbedtls_ssl_conf_groups. */
#include <stdint.h>

#include <mbedtls/ssl.h>

void __real_mbedtls_ssl_conf_groups(mbedtls_ssl_config *settings, const uint16_t *groups);
void __wrap_mbedtls_ssl_conf_groups(mbedtls_ssl_config *settings, const uint16_t *groups);

void __wrap_mbedtls_ssl_conf_groups(mbedtls_ssl_config *settings, const uint16_t *groups)
{
    static const uint16_t others[] = {
        MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};

    (void)groups;
    __real_mbedtls_ssl_conf_groups(settings, others);
}
