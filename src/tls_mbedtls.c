/* SPDX-License-Identifier: MIT */
/* tls_mbedtls: the TLS session at work, with mbedTLS 2.28, 3.6 or 4. */
#include <string.h>

#include "tls_mbedtls.h"

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
int reflow_tls_gather(void *context, const unsigned char *bytes, size_t length)
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

/* Inside mbedTLS a peer could go on for ever with records that mean nothing (tickets, warnings). After
 * this many bytes it is told that there is nothing more, so that a step returns; the connection is
 * still readable, and the next step goes on. Four records of the largest size. */
#define MOST_AT_ONCE 66000

/* Keeps in mind how long the record is that mbedTLS is receiving: it does not say so itself. */
static void follow_records(struct reflow_session *session, const unsigned char *bytes,
                           size_t length)
{
#if SHORT_RECORDS
    size_t i = 0;

    while (i < length) {
        if (session->head_left > 0) {
            if (session->head_left == RECORD_HEAD) {
                session->record_type = bytes[i];
            }
            session->record_length = (uint16_t)((session->record_length & 0xff) << 8 | bytes[i]);
            session->head_left--;
            session->record_left = session->record_length;
            i++;
        } else {
            const size_t left = length - i;
            const size_t taken = left < session->record_left ? left : session->record_left;
            session->record_left = (uint16_t)(session->record_left - taken);
            i += taken;
        }
        if (session->head_left == 0 && session->record_left == 0) {
            session->head_left = RECORD_HEAD;
        }
    }
#else
    (void)session;
    (void)bytes;
    (void)length;
#endif
}

/* mbedTLS's receive. Whoever waits for the peer's answer must have sent the question. */
int reflow_tls_receive(void *context, unsigned char *bytes, size_t size)
{
    struct reflow_tls *tls = context;
    const struct reflow_config *config = tls->config;
    int32_t got;

    if (reflow_tls_flush(tls) == REFLOW_TLS_WRITE) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    got = REFLOW_IO_WOULD_BLOCK;
    if (tls->taken < MOST_AT_ONCE) {
        got = config->port->recv(config->port_context, bytes, size);
    }
    if (got == REFLOW_IO_WOULD_BLOCK) {
        tls->dry = true;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    if (got <= 0 || (size_t)got > size) {
        (void)lose(tls, got == REFLOW_IO_END ? REFLOW_TLS_ENDED : REFLOW_TLS_BROKEN);
        return MBEDTLS_ERR_SSL_CONN_EOF;
    }
    follow_records(tls->session, bytes, (size_t)got);
    tls->heard = true;
    tls->taken += (uint32_t)got;
    return got;
}

/* ---- Handshake and records ---- */

/* Key usage is checked by mbedTLS after our callback, and shows only in its own verdict. */
static bool is_verdict(const struct reflow_session *session)
{
    const uint32_t flags = mbedtls_ssl_get_verify_result(&session->ssl);

    return flags != 0 && flags != UINT32_MAX; /* all ones: not verified yet */
}

bool reflow_tls_starved(const struct reflow_tls *tls)
{
    return tls->starved || reflow_tls_memory_failures(tls) != tls->failures;
}

static enum reflow_error handshake_error(const struct reflow_tls *tls, int code)
{
    const struct reflow_session *session = tls->session;

    if (reflow_tls_starved(tls)) {
        return REFLOW_ERR_OUT_OF_MEMORY;
    }
    if ((session->wrong & REFLOW_UNTRUSTED) != 0 ||
        (session->wrong == 0 &&
         (is_verdict(session) || reflow_tls_is_certificate_error(session, code)))) {
        return REFLOW_ERR_TLS_UNTRUSTED;
    }
    if ((session->wrong & REFLOW_WRONG_NAME) != 0) {
        return REFLOW_ERR_TLS_HOSTNAME;
    }
    if ((session->wrong & REFLOW_WRONG_DATE) != 0) {
        return REFLOW_ERR_TLS_EXPIRED;
    }
    return (session->wrong & REFLOW_WRONG_PIN) != 0 ? REFLOW_ERR_TLS_PIN : REFLOW_ERR_TLS_HANDSHAKE;
}

/* "Bad input" is what mbedTLS says of a record, or of a message in several, that does not fit into its
 * input buffer; "invalid" is what it says of one that fits in there only as cipher text, and of much
 * else. */
static bool is_overrun(const struct reflow_tls *tls, int code)
{
#if SHORT_RECORDS
    const struct reflow_session *session = tls->session;
    const size_t length = session->record_length;
    const bool is_record = session->record_type >= MBEDTLS_SSL_MSG_CHANGE_CIPHER_SPEC &&
                           session->record_type <= MBEDTLS_SSL_MSG_APPLICATION_DATA;

    return is_record && length <= LONGEST_CIPHER_TEXT &&
           (code == BAD_INPUT ||
            (code == MBEDTLS_ERR_SSL_INVALID_RECORD && length > MBEDTLS_SSL_IN_CONTENT_LEN));
#else
    (void)tls;
    (void)code;
    return false;
#endif
}

const char *reflow_tls_overrun(const struct reflow_tls *tls)
{
    return tls->overrun ? "a TLS record or message is longer than MBEDTLS_SSL_IN_CONTENT_LEN"
                        : NULL;
}

/* What one of mbedTLS's results asks for. */
static enum reflow_tls_status status_of(struct reflow_tls *tls, int code)
{
    /* uncovered: true only where records are short, which make test-small tries */
    tls->overrun = tls->overrun || is_overrun(tls, code);
    tls->starved = tls->starved || reflow_tls_is_memory_error(code);
    if (tls->fault != REFLOW_TLS_SOUND && tls->fault != REFLOW_TLS_SEND_DEAD) {
        return REFLOW_TLS_LOST;
    }
    if (code != MBEDTLS_ERR_SSL_WANT_READ && code != MBEDTLS_ERR_SSL_WANT_WRITE) {
        return REFLOW_TLS_FAILED;
    }
    if (tls->fault != REFLOW_TLS_SOUND) {
        return REFLOW_TLS_LOST; /* who cannot be asked has nothing more to say */
    }
    return code == MBEDTLS_ERR_SSL_WANT_READ ? REFLOW_TLS_READ : REFLOW_TLS_WRITE;
}

static void keep_session(struct reflow_tls *tls)
{
    if (tls->ticket != NULL) {
        tls->resumption->keep(tls);
    }
}

/* What has been offered is not offered again, unless the server says that it may be: one that chokes
 * on it, in whatever way, has to be met with a full handshake next. And RFC 8446 appendix C.4: a
 * ticket that is seen twice tells whoever listens that it is the same client. */
static void spend_session(struct reflow_tls *tls)
{
    const struct reflow_session *session = tls->session;

    if (session->offered && tls->ticket->length > 0) {
        tls->resumption->forget(tls);
    }
}

enum reflow_tls_status reflow_tls_handshake(struct reflow_tls *tls)
{
    struct reflow_session *session = tls->session;
    enum reflow_tls_status status;
    bool again;
    int code;

    tls->taken = 0;
    spend_session(tls);
    code = mbedtls_ssl_handshake(&session->ssl);
    /* Of memory that is short for its Finished mbedTLS 3.6.6 says nothing. Where a session of TLS 1.2 is
     * resumed that message is the last, and would be refused when the request is already gone. */
    if (code == 0 && reflow_tls_starved(tls)) {
        code = NO_MEMORY;
    }
    if (code == 0) {
        tls->established = true;
        keep_session(tls);
        return REFLOW_TLS_OK;
    }
    status = status_of(tls, code);
    again = session->offered && session->wrong == 0 && status != REFLOW_TLS_READ &&
            status != REFLOW_TLS_WRITE;
    if (status == REFLOW_TLS_FAILED) {
        tls->error = (uint8_t)handshake_error(tls, code);
        (void)reflow_tls_flush(tls); /* the alert, as far as it goes */
        again = again || reflow_tls_offer_again(session, code);
    }
    return again ? REFLOW_TLS_AGAIN : status;
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
    const struct reflow_session *session = tls->session;
    const int size = mbedtls_ssl_get_max_out_record_payload(&session->ssl);

    return size > 0 ? (size_t)size : 1;
}

size_t reflow_tls_write(struct reflow_tls *tls, const unsigned char *data, size_t length,
                        enum reflow_tls_status *status)
{
    struct reflow_session *session = tls->session;
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

/* TLS 1.3's tickets arrive whenever the server likes, and are no answer. mbedTLS 3.6.0 and 4 report them
 * unasked; from 3.6.1 on they are passed over inside. */
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
    struct reflow_session *session = tls->session;
    int code;
    int tries;

    tls->dry = false;
    tls->taken = 0;
    for (tries = 0; tries < 32; tries++) {
        code = mbedtls_ssl_read(&session->ssl, data, size);
        if (is_ticket(code)) {
            keep_session(tls);
        } else if (code != MBEDTLS_ERR_SSL_WANT_READ || tls->dry) {
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
    struct reflow_session *session = tls->session;

    if (session != NULL && tls->established && tls->fault == REFLOW_TLS_SOUND &&
        mbedtls_ssl_close_notify(&session->ssl) == 0) {
        (void)reflow_tls_flush(tls);
    }
    tls->established = false;
}

const char *reflow_tls_protocol(const struct reflow_tls *tls)
{
    const struct reflow_session *session = tls->session;

    return mbedtls_ssl_get_version(&session->ssl);
}

bool reflow_tls_resumed(const struct reflow_tls *tls)
{
    const struct reflow_session *session = tls->session;

    return tls->established && session->offered && !session->judged;
}

const char *reflow_tls_suite(const struct reflow_tls *tls)
{
    const struct reflow_session *session = tls->session;
    const char *suite = mbedtls_ssl_get_ciphersuite(&session->ssl);

    return suite != NULL ? suite : "";
}
