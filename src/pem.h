/* SPDX-License-Identifier: MIT */
/* pem: walks certificates in PEM text (RFC 7468) without reading more of each than is asked for. */
#ifndef REFLOW_PEM_H
#define REFLOW_PEM_H

#include "reflow.h"

/* The next "BEGIN CERTIFICATE" block of `text`, at or after `*at` (0 to `size`): returns its base64
 * lines where they lie, their length in `length`, and moves `*at` behind the block. NULL when there
 * is none. A block begins at the start of a line; what has no end, or has hyphens in it, is none. */
const char *reflow_pem_next(const char *text, size_t size, size_t *at, size_t *length);

/* Decodes base64 (RFC 4648 section 4, padding required) with line ends and blanks between. Returns
 * the number of bytes written to `der`, or 0 when the text is not base64 or does not fit into
 * `size`. */
size_t reflow_pem_decode(const char *base64, size_t length, uint8_t *der, size_t size);

/* Finds the subject (a Name, tag and length included) of the certificate `der` (RFC 5280 section
 * 4.1). Returns where it lies and its length in `length`, or NULL when `der` is not shaped so. */
const uint8_t *reflow_pem_subject(const uint8_t *der, size_t size, size_t *length);

#endif
