/* SPDX-License-Identifier: MIT */
/* tls_mbedtls_resume: sessions that outlive their connection, in memory of the caller's.
 *
 *   SHA-256   of all that follows, and of what the session was verified by
 *   8 bytes   when the first certificate of the chain ends, in seconds since 1970
 *   ...       mbedTLS's own form, which says of itself by which version it was written
 *
 * A resumed handshake shows no certificates. So a session is offered only where it would be verified
 * in the same way again: same host, anchors, pins, clock policy. Anything else, one changed bit of
 * the ticket included, leads to a full handshake. */
#include <string.h>

#include "text.h"
#include "tls_mbedtls.h"

#define DIGEST 32
#define UNTIL 8
#define HEAD (DIGEST + UNTIL)

#if MBEDTLS_VERSION_NUMBER < 0x03000000
#define mbedtls_sha256_starts mbedtls_sha256_starts_ret
#define mbedtls_sha256_update mbedtls_sha256_update_ret
#define mbedtls_sha256_finish mbedtls_sha256_finish_ret
#endif

/* ---- What a session is bound to ---- */

static int add_number(mbedtls_sha256_context *hash, uint64_t number)
{
    unsigned char bytes[8];
    size_t i;

    for (i = 0; i < sizeof bytes; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i) & 0xff);
    }
    return mbedtls_sha256_update(hash, bytes, sizeof bytes);
}

/* With its length in front, so that no two settings read alike. */
static int add_bytes(mbedtls_sha256_context *hash, const void *bytes, size_t length)
{
    const int code = add_number(hash, length);

    return code != 0 || length == 0 ? code : mbedtls_sha256_update(hash, bytes, length);
}

static int add_all(mbedtls_sha256_context *hash, const struct reflow_tls *tls)
{
    const struct reflow_config *config = tls->config;
    const struct reflow_ticket *ticket = tls->ticket;
    int code = mbedtls_sha256_starts(hash, 0);

    code = code != 0 ? code : add_bytes(hash, tls->host, strlen(tls->host));
    code = code != 0 ? code : add_bytes(hash, config->anchors, config->anchors_size);
    code = code != 0 ? code : add_bytes(hash, config->pins, config->pin_count * REFLOW_PIN_SIZE);
    code = code != 0 ? code : add_number(hash, (uint64_t)config->clock_policy);
    code = code != 0 ? code : add_number(hash, (uint64_t)config->build_time);
    return code != 0 ? code : add_bytes(hash, ticket->bytes + DIGEST, ticket->length - DIGEST);
}

static bool digest_of(const struct reflow_tls *tls, unsigned char digest[DIGEST])
{
    mbedtls_sha256_context hash;
    int code;

    mbedtls_sha256_init(&hash);
    code = add_all(&hash, tls);
    code = code != 0 ? code : mbedtls_sha256_finish(&hash, digest);
    mbedtls_sha256_free(&hash);
    return code == 0;
}

static void write_until(unsigned char bytes[UNTIL], int64_t until)
{
    size_t i;

    for (i = 0; i < UNTIL; i++) {
        bytes[i] = (unsigned char)((uint64_t)until >> (8 * i) & 0xff);
    }
}

static int64_t read_until(const unsigned char bytes[UNTIL])
{
    uint64_t until = 0;
    size_t i;

    for (i = 0; i < UNTIL; i++) {
        until |= (uint64_t)bytes[i] << (8 * i);
    }
    return (int64_t)until;
}

/* ---- Offering ---- */

/* A session ends with the certificates that it was verified by. */
static bool is_good(const struct reflow_tls *tls, const struct reflow_ticket *ticket)
{
    const struct reflow_session *session = tls->session;
    unsigned char digest[DIGEST];

    return ticket->length > HEAD && ticket->length <= sizeof ticket->bytes &&
           digest_of(tls, digest) && memcmp(digest, ticket->bytes, DIGEST) == 0 &&
           (session->now == REFLOW_TIME_UNKNOWN ||
            session->now <= read_until(ticket->bytes + DIGEST));
}

static void forget(struct reflow_tls *tls)
{
    reflow_wipe(tls->ticket, sizeof *tls->ticket);
}

static void offer(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;
    mbedtls_ssl_session saved;
    int code;

    if (!is_good(tls, tls->ticket)) {
        forget(tls);
        return;
    }
    session->until = read_until(tls->ticket->bytes + DIGEST);
    mbedtls_ssl_session_init(&saved);
    code = mbedtls_ssl_session_load(&saved, tls->ticket->bytes + HEAD, tls->ticket->length - HEAD);
    if (code == 0) {
        code = mbedtls_ssl_set_session(&session->ssl, &saved);
    }
    session->offered = code == 0;
    mbedtls_ssl_session_free(&saved);
}

/* ---- Keeping ---- */

static bool write_ticket(struct reflow_tls *tls, const mbedtls_ssl_session *saved)
{
    const struct reflow_session *session = tls->session;
    struct reflow_ticket *ticket = tls->ticket;
    size_t length;

    if (mbedtls_ssl_session_save(saved, ticket->bytes + HEAD, sizeof ticket->bytes - HEAD,
                                 &length) != 0) {
        return false;
    }
    write_until(ticket->bytes + DIGEST, session->until);
    ticket->length = (uint16_t)(HEAD + length);
    return digest_of(tls, ticket->bytes);
}

/* In TLS 1.3 there is nothing to be kept before a ticket comes, and the last one counts. One that has
 * been used is not used again (RFC 8446 appendix C.4). */
static void keep(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;
    const bool tickets = strcmp(mbedtls_ssl_get_version(&session->ssl), "TLSv1.3") == 0;
    mbedtls_ssl_session saved;

    if (tickets && !session->ticketed) {
        session->ticketed = true;
        forget(tls);
        return;
    }
    mbedtls_ssl_session_init(&saved);
    if (mbedtls_ssl_get_session(&session->ssl, &saved) == 0 && !write_ticket(tls, &saved)) {
        forget(tls);
    }
    mbedtls_ssl_session_free(&saved);
}

/* mbedTLS says nothing of TLS 1.3's tickets unless it is asked to (since 3.6.1). */
static void prepare(struct reflow_tls *tls)
{
#if defined(MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED) &&                              \
    defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_PROTO_TLS1_3)
    struct reflow_session *session = tls->session;

    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        &session->settings, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#else
    (void)tls;
#endif
}

static const struct reflow_tls_resumption resumption = {prepare, offer, keep, forget};

void reflow_use_ticket(struct reflow_client *client, struct reflow_ticket *ticket)
{
    client->tls.resumption = &resumption;
    client->ticket = ticket;
    client->tls.ticket = client->elsewhere ? NULL : ticket;
}
