/* SPDX-License-Identifier: MIT */
/* http_field: reads a section of field lines, and keeps what they say of the framing.
 *
 * A part of http_response, which alone calls it: a head's fields and a chunked content's trailer
 * are the same grammar (RFC 9112 section 5). Both modules work on one struct reflow_http_response;
 * its members `line`, `field`, `at`, `candidates`, `value` and `value_length` belong to this one.
 */
#ifndef REFLOW_HTTP_FIELD_H
#define REFLOW_HTTP_FIELD_H

#include "http_response.h"

/* Bits of `framing`: what the head has said so far of how its content ends. */
#define REFLOW_HTTP_LENGTH 1U   /* a Content-Length, now in `remaining` */
#define REFLOW_HTTP_CHUNKED 2U  /* Transfer-Encoding: chunked */
#define REFLOW_HTTP_CODED 4U    /* Transfer-Encoding: anything else, alone or before chunked */
#define REFLOW_HTTP_OLD 8U      /* HTTP/1.0, which has no Transfer-Encoding */
#define REFLOW_HTTP_TRAILER 16U /* not a head: nothing that a trailer says counts */

/* Takes bytes of a section up to and including what causes the next event, and tells how many in
 * `taken`. REFLOW_HTTP_HEAD means that the empty line after the section has ended;
 * REFLOW_HTTP_MORE, _FIELD and _ERROR are as for reflow_http_response_read(). */
enum reflow_http_event reflow_http_fields_read(struct reflow_http_response *response,
                                               const char *bytes, size_t length, size_t *taken);

/* Whether `c` may stand in a field's value, a reason phrase or a chunk extension: VCHAR, SP, HTAB,
 * obs-text (RFC 9110 section 5.5). Everything else is a control character. */
bool reflow_http_is_text(char c);

/* Remembers why `response` is none, and returns REFLOW_HTTP_ERROR. */
enum reflow_http_event reflow_http_fail(struct reflow_http_response *response,
                                        enum reflow_error error);

#endif
