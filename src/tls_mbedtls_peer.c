/* SPDX-License-Identifier: MIT */
/* tls_mbedtls_peer: what the server's certificate says of itself, for a person to read. */
#include <string.h>

#include "civil.h"
#include "tls_mbedtls.h"

/* mbedTLS stops at the first piece that does not fit, and leaves what it has written. */
static void write_name(char text[REFLOW_MAX_NAME], const mbedtls_x509_name *name)
{
    static const char cut[] = "...";
    size_t length;

    memset(text, 0, REFLOW_MAX_NAME);
    if (mbedtls_x509_dn_gets(text, REFLOW_MAX_NAME, name) < 0) {
        text[REFLOW_MAX_NAME - 1] = '\0';
        length = strlen(text);
        length = length <= REFLOW_MAX_NAME - sizeof cut ? length : REFLOW_MAX_NAME - sizeof cut;
        memcpy(text + length, cut, sizeof cut);
    }
}

bool reflow_server_certificate(const struct reflow_client *client,
                               struct reflow_certificate *certificate)
{
    const struct reflow_session *session = client->tls.session;
    const mbedtls_x509_crt *leaf = NULL;

    if (client->connected && client->tls.established) {
        leaf = mbedtls_ssl_get_peer_cert(&session->ssl);
    }
    if (leaf == NULL) {
        return false;
    }
    write_name(certificate->issuer, &leaf->issuer);
    write_name(certificate->subject, &leaf->subject);
    certificate->not_before = reflow_tls_seconds(&leaf->valid_from);
    certificate->not_after = reflow_tls_seconds(&leaf->valid_to);
    return true;
}
