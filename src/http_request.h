/* SPDX-License-Identifier: MIT */
/* http_request: writes the head of one HTTP/1.1 request (RFC 9112 section 3) into a bounded text.
 * No byte of a caller's can end a line or a request target: what could is not written, and the text
 * becomes invalid, which sticks. */
#ifndef REFLOW_HTTP_REQUEST_H
#define REFLOW_HTTP_REQUEST_H

#include "reflow.h"

/* "METHOD BASE", the beginning of the request line. `base` is the path in front of all others. */
void reflow_http_request_begin(struct reflow_text *head, const char *method,
                               const struct reflow_url *base);

/* Appends to the request target: as it is (a literal of ours), or percent-encoded (a value). */
void reflow_http_request_target(struct reflow_text *head, const char *literal);
void reflow_http_request_value(struct reflow_text *head, const char *value);

/* Ends the request line and writes Host from `url` (RFC 9110 section 7.2). */
void reflow_http_request_host(struct reflow_text *head, const struct reflow_url *url);

/* One field line. The value is 1 or more visible ASCII characters, with single spaces allowed
 * between them. */
void reflow_http_request_field(struct reflow_text *head, const char *name, const char *value);

/* "Authorization: Bearer TOKEN" (RFC 6750 section 2.1). Returns where in the text the token begins,
 * so that it can be hidden. Without a token (NULL, or empty) the text becomes invalid. */
size_t reflow_http_request_bearer(struct reflow_text *head, const char *token);

/* The empty line. */
void reflow_http_request_end(struct reflow_text *head);

#endif
