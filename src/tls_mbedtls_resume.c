/* SPDX-License-Identifier: MIT */
/* tls_mbedtls_resume: sessions that outlive their connection, in memory of the caller's.
 *
 *   SHA-256   of all that follows, and of what the session was verified by
 *   16 bytes  from when until when all certificates of the chain count, in seconds since 1970
 *   ...       mbedTLS's own form, which says of itself by which version it was written
 *
 * A resumed handshake shows no certificates. So a session is offered only where those that it was
 * verified by would still be good: same host, anchors, pins, clock policy, and their dates. Anything
 * else, one changed bit of the ticket included, leads to a full handshake. */
#include <string.h>

#include "text.h"
#include "tls_mbedtls.h"

#define DATE 8
#define HEAD (DIGEST_SIZE + 2 * DATE)

/* ---- What a session is bound to ---- */

static void write_number(unsigned char bytes[8], uint64_t number)
{
    size_t i;

    for (i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(number >> (8 * i) & 0xff);
    }
}

static uint64_t read_number(const unsigned char bytes[8])
{
    uint64_t number = 0;
    size_t i;

    for (i = 0; i < 8; i++) {
        number |= (uint64_t)bytes[i] << (8 * i);
    }
    return number;
}

static void add_number(struct reflow_digest *digest, uint64_t number)
{
    unsigned char bytes[8];

    write_number(bytes, number);
    reflow_tls_digest_add(digest, bytes, sizeof bytes);
}

/* With its length in front, so that no two settings read alike. */
static void add_bytes(struct reflow_digest *digest, const void *bytes, size_t length)
{
    add_number(digest, length);
    reflow_tls_digest_add(digest, bytes, length);
}

/* A bundle of anchors may be 200 KB, and its SHA-256 for each ticket would cost half a handshake. Here
 * it need only be noticed that the owner has changed it, which nobody else can: so this is no
 * cryptographic sum. Each step is one to one: where a single word differs the sum does. */
static uint64_t mix(const unsigned char *bytes, size_t length)
{
    uint64_t sum = 0;

    while (length > 0) {
        const size_t taken = length < sizeof sum ? length : sizeof sum;
        uint64_t word = 0;

        memcpy(&word, bytes, taken);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 29;
        bytes += taken;
        length -= taken;
    }
    return sum;
}

static bool digest_of(const struct reflow_tls *tls, unsigned char sum[DIGEST_SIZE])
{
    const struct reflow_config *config = tls->config;
    const struct reflow_ticket *ticket = tls->ticket;
    struct reflow_session *session = tls->session;
    struct reflow_digest *digest = &session->digest;

    reflow_tls_digest_begin(digest);
    add_bytes(digest, tls->host, strlen(tls->host));
    add_number(digest, config->anchors_size);
    add_number(digest, mix(config->anchors, config->anchors_size));
    add_bytes(digest, config->pins, config->pin_count * REFLOW_PIN_SIZE);
    add_number(digest, (uint64_t)config->clock_policy);
    add_number(digest, (uint64_t)config->build_time);
    add_bytes(digest, ticket->bytes + DIGEST_SIZE, ticket->length - DIGEST_SIZE);
    return reflow_tls_digest_end(digest, sum);
}

/* ---- Offering ---- */

static void forget(struct reflow_tls *tls)
{
    reflow_wipe(tls->ticket, sizeof *tls->ticket);
}

static bool is_whole(const struct reflow_tls *tls)
{
    const struct reflow_ticket *ticket = tls->ticket;
    unsigned char sum[DIGEST_SIZE];

    return ticket->length > HEAD && ticket->length <= sizeof ticket->bytes && digest_of(tls, sum) &&
           memcmp(sum, ticket->bytes, DIGEST_SIZE) == 0;
}

/* mbedTLS's own form of a session, some 400 bytes: too much for a small stack. NULL: no memory. */
static mbedtls_ssl_session *new_saved(void)
{
    mbedtls_ssl_session *saved = mbedtls_calloc(1, sizeof *saved);

    if (saved != NULL) {
        mbedtls_ssl_session_init(saved);
    }
    return saved;
}

static void free_saved(mbedtls_ssl_session *saved)
{
    if (saved != NULL) {
        mbedtls_ssl_session_free(saved);
        mbedtls_free(saved);
    }
}

static int load_into(struct reflow_session *session, mbedtls_ssl_session *saved,
                     const struct reflow_ticket *ticket)
{
    if (mbedtls_ssl_session_load(saved, ticket->bytes + HEAD, ticket->length - HEAD) != 0) {
        return 0;
    }
    return mbedtls_ssl_set_session(&session->ssl, saved) == 0 ? 1 : -1;
}

static bool load(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;
    mbedtls_ssl_session *saved = new_saved();
    const int loaded = saved != NULL ? load_into(session, saved, tls->ticket) : 0;

    if (loaded < 0) { /* memory ended in the middle: a half of it must not be left there */
        tls->starved = mbedtls_ssl_session_reset(&session->ssl) != 0;
    }
    free_saved(saved);
    return loaded > 0;
}

static void offer(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;
    const unsigned char *bytes = tls->ticket->bytes;

    if (is_whole(tls)) {
        session->dates.from = (int64_t)read_number(bytes + DIGEST_SIZE);
        session->dates.until = (int64_t)read_number(bytes + DIGEST_SIZE + DATE);
        session->offered = reflow_tls_dates_sound(session, &session->dates) && load(tls);
    }
    if (!session->offered) {
        forget(tls);
    }
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
    write_number(ticket->bytes + DIGEST_SIZE, (uint64_t)session->dates.from);
    write_number(ticket->bytes + DIGEST_SIZE + DATE, (uint64_t)session->dates.until);
    ticket->length = (uint16_t)(HEAD + length);
    return digest_of(tls, ticket->bytes);
}

/* In TLS 1.3 there is nothing to be kept before a ticket comes, and the last one counts. */
static void keep(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;
    const bool tickets = strcmp(mbedtls_ssl_get_version(&session->ssl), "TLSv1.3") == 0;
    mbedtls_ssl_session *saved;

    if (tickets && !session->ticketed) {
        session->ticketed = true;
        return;
    }
    saved = new_saved();
    if (saved == NULL || mbedtls_ssl_get_session(&session->ssl, saved) != 0 ||
        !write_ticket(tls, saved)) {
        forget(tls);
    }
    free_saved(saved);
}

/* mbedTLS 3.6 says nothing of TLS 1.3's tickets unless it is asked to (since 3.6.1). */
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

/* Memory that is short for a session's sake costs a full handshake later, and explains nothing else
 * that may go wrong. */
static void without_blame(struct reflow_tls *tls, void (*what)(struct reflow_tls *tls))
{
    const uint32_t before = reflow_tls_memory_failures(tls);

    what(tls);
    tls->failures += reflow_tls_memory_failures(tls) - before;
}

static void offer_freely(struct reflow_tls *tls)
{
    without_blame(tls, offer);
}

static void keep_freely(struct reflow_tls *tls)
{
    without_blame(tls, keep);
}

static const struct reflow_tls_resumption resumption = {prepare, offer_freely, keep_freely, forget};

void reflow_use_ticket(struct reflow_client *client, struct reflow_ticket *ticket)
{
    client->tls.resumption = &resumption;
    client->ticket = ticket;
    client->tls.ticket = ticket;
}
