/* SPDX-License-Identifier: MIT */
/* http_response: reads one HTTP/1.1 response as its bytes arrive (RFC 9110, RFC 9112).
 *
 * Bytes in, events out, resumable at every byte: however the bytes are cut into pieces, the events
 * are the same (content may come in more pieces). It copies nothing but the values of the few field
 * lines that matter; content is handed on where it lies.
 *
 * It is strict where leniency has been used to smuggle: every line ends in CR LF; no white space
 * before a colon, no folded lines, no control characters; at most one Content-Length, decimal
 * digits only; never Content-Length with Transfer-Encoding; Transfer-Encoding is exactly "chunked"
 * once, and only in HTTP/1.1; chunk sizes are hexadecimal digits only. It is liberal where nothing
 * depends on it: a missing reason phrase, HTTP/1.0, unknown fields, the case of names. A Connection
 * or Content-Encoding that cannot be read counts as "close" or as an encoding.
 *
 * Of struct reflow_http_response others read `status` and `flags` once REFLOW_HTTP_HEAD was said,
 * and `field`, `value` and `value_length` when REFLOW_HTTP_FIELD is. */
#ifndef REFLOW_HTTP_RESPONSE_H
#define REFLOW_HTTP_RESPONSE_H

#include "reflow.h"

enum reflow_http_event {
    REFLOW_HTTP_MORE,    /* all bytes were taken; more are needed */
    REFLOW_HTTP_FIELD,   /* a field line that matters has ended: see field, value, value_length */
    REFLOW_HTTP_HEAD,    /* the final response's head has ended: status and flags are valid */
    REFLOW_HTTP_CONTENT, /* the bytes taken by this call are content, chunk framing removed */
    REFLOW_HTTP_CHUNK,   /* a chunk's size has been read: its content comes with the next call */
    REFLOW_HTTP_END,     /* the response is complete; later bytes are not part of it */
    REFLOW_HTTP_ERROR    /* it is not a response: see reflow_http_error(); nothing more is taken */
};

/* The fields whose values are reported by REFLOW_HTTP_FIELD. Values come without the white space
 * around them, not NUL-terminated; one longer than REFLOW_MAX_FIELD is not reported at all. */
enum reflow_http_field {
    REFLOW_HTTP_DATE,
    REFLOW_HTTP_RETRY_AFTER,
    REFLOW_HTTP_REQUEST_ID /* X-Request-Id */
};

/* Bits of `flags`. */
#define REFLOW_HTTP_KEEP_ALIVE 1U /* the connection may be used again after REFLOW_HTTP_END */
#define REFLOW_HTTP_ENCODED 2U    /* the content has a Content-Encoding other than identity */

/* Prepares for a response. */
void reflow_http_response_init(struct reflow_http_response *response);

/* Takes bytes up to and including what causes the next event, and returns how many it took: at most
 * `length`, and at least one unless `length` is 0 or the event is REFLOW_HTTP_END or
 * REFLOW_HTTP_ERROR. Content and other bytes are never taken by the same call: REFLOW_HTTP_HEAD and
 * REFLOW_HTTP_CHUNK stand between them. The content of a response without any comes as no event at
 * all, and REFLOW_HTTP_END follows REFLOW_HTTP_HEAD on the next call, which may then have a length
 * of 0. Interim (1xx) responses are skipped, with no event for their fields. */
size_t reflow_http_response_read(struct reflow_http_response *response, const char *bytes,
                                 size_t length, enum reflow_http_event *event);

/* The peer has said in an orderly and authenticated way that it sends no more (close_notify).
 * Returns REFLOW_HTTP_END when that completes the response, which only one without
 * Content-Length and chunks can be, or when it was complete already; REFLOW_HTTP_ERROR with
 * REFLOW_ERR_HTTP_TRUNCATED otherwise, or with REFLOW_ERR_CONNECTION_LOST when not one byte of an
 * answer had come. */
enum reflow_http_event reflow_http_response_close(struct reflow_http_response *response);

/* Whether a byte of a response has been seen (an interim response counts). */
bool reflow_http_response_begun(const struct reflow_http_response *response);

/* After REFLOW_HTTP_ERROR: REFLOW_ERR_HTTP_MALFORMED, _TOO_LARGE, _UNSUPPORTED, ... */
enum reflow_error reflow_http_error(const struct reflow_http_response *response);

#endif
