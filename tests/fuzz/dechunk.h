/* SPDX-License-Identifier: MIT */
/* dechunk: a second reader of chunked content (RFC 9112 section 7.1), for comparison: it sees all
 * bytes at once, looks for whole lines, and shares nothing with http_response. */
#ifndef FUZZ_DECHUNK_H
#define FUZZ_DECHUNK_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the bytes begin with a whole chunked content. If so, tells how many they are, and writes
 * the content, for which there must be room for as many bytes as there are. */
bool dechunk(const char *bytes, size_t length, size_t *taken, char *content,
             size_t *content_length);

#endif
