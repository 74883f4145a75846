/* SPDX-License-Identifier: MIT */
/* Compile-time sizes of reflow: each may be overridden, each is checked.
 *
 * Override with -DREFLOW_CONFIG_FILE='"my_sizes.h"', a file of plain #define lines, or with single
 * -D options. Library and application must be compiled with the same values: reflow_init() compares
 * sizeof(struct reflow_client) and refuses a mismatch. All sizes are bytes unless a line says
 * otherwise. */
#ifndef REFLOW_CONFIG_H
#define REFLOW_CONFIG_H

#ifdef REFLOW_CONFIG_FILE
#include REFLOW_CONFIG_FILE
#endif

/* Longest access token. Its length is undocumented; 4,096 holds every one seen. */
#ifndef REFLOW_MAX_TOKEN
#define REFLOW_MAX_TOKEN 4096
#endif

/* The one big buffer of a client: outgoing handshake flights, then the request head, then what of
 * the answer is kept. The request is the largest of them: the token and up to 1 KB of the rest. */
#ifndef REFLOW_BUFFER_SIZE
#define REFLOW_BUFFER_SIZE (REFLOW_MAX_TOKEN + 1024)
#endif

/* How much of that buffer receives the answer's bytes as they come; the rest keeps its members. */
#ifndef REFLOW_READ_SIZE
#define REFLOW_READ_SIZE 512
#endif

/* Longest value of a field line that the client looks at (Retry-After, Date, X-Request-Id, ...). */
#ifndef REFLOW_MAX_FIELD
#define REFLOW_MAX_FIELD 96
#endif

/* All heads of one answer together, interim responses included. */
#ifndef REFLOW_MAX_HEAD
#define REFLOW_MAX_HEAD 32768
#endif

/* Interim (1xx) responses before the final one. */
#ifndef REFLOW_MAX_INTERIM
#define REFLOW_MAX_INTERIM 16
#endif

/* Content of one answer, and the framing of a chunked one (sizes, extensions, trailer). */
#ifndef REFLOW_MAX_CONTENT
#define REFLOW_MAX_CONTENT 16777216
#endif
#ifndef REFLOW_MAX_CHUNK_FRAMING
#define REFLOW_MAX_CHUNK_FRAMING 1048576
#endif

/* Levels of nested arrays and objects in an answer. A multiple of 8. */
#ifndef REFLOW_MAX_JSON_DEPTH
#define REFLOW_MAX_JSON_DEPTH 64
#endif

/* Members of an answer that can be kept at once: an error body has up to eight that matter, a run
 * thirteen, a list with it one more: with fewer, some of a run would be missing without a word. */
#ifndef REFLOW_MAX_SLICES
#define REFLOW_MAX_SLICES 16
#endif

/* A session that can be resumed; one that does not fit is not kept. With OpenSSL as the server 320
 * bytes in TLS 1.3. In TLS 1.2 150 bytes, the ticket (180 with OpenSSL) if there is one, and the
 * server's own certificate where mbedTLS keeps it (MBEDTLS_SSL_KEEP_PEER_CERTIFICATE): 350 bytes to
 * more than 2,048 with RSA and many names. */
#ifndef REFLOW_MAX_TICKET
#define REFLOW_MAX_TICKET 2048
#endif

/* Repetition: the first delay's ceiling, and every delay's ceiling, in milliseconds. */
#ifndef REFLOW_RETRY_BASE_MS
#define REFLOW_RETRY_BASE_MS 1000
#endif
#ifndef REFLOW_RETRY_CAP_MS
#define REFLOW_RETRY_CAP_MS 30000
#endif

/* mbedTLS's PSA layer is one for a whole program. 0: reflow starts it with its first client and
 * frees it with its last. 1: the application owns it; reflow only makes sure that it is started. */
#ifndef REFLOW_PSA_SHARED
#define REFLOW_PSA_SHARED 0
#endif

#if REFLOW_MAX_TOKEN < 16 || REFLOW_MAX_TOKEN > 16384
#error "REFLOW_MAX_TOKEN must be 16 to 16384"
#endif
#if REFLOW_BUFFER_SIZE < REFLOW_MAX_TOKEN + 512 || REFLOW_BUFFER_SIZE > 32768
#error "REFLOW_BUFFER_SIZE must be REFLOW_MAX_TOKEN + 512 to 32768"
#endif
#if REFLOW_READ_SIZE < 64 || REFLOW_READ_SIZE > REFLOW_BUFFER_SIZE / 2
#error "REFLOW_READ_SIZE must be 64 to half of REFLOW_BUFFER_SIZE"
#endif
#if REFLOW_MAX_FIELD < 64 || REFLOW_MAX_FIELD > 255
#error "REFLOW_MAX_FIELD must be 64 to 255"
#endif
#if REFLOW_MAX_HEAD < 1024 || REFLOW_MAX_HEAD > 1048576
#error "REFLOW_MAX_HEAD must be 1024 to 1048576"
#endif
#if REFLOW_MAX_INTERIM < 1 || REFLOW_MAX_INTERIM > 255
#error "REFLOW_MAX_INTERIM must be 1 to 255"
#endif
#if REFLOW_MAX_CONTENT < 1024 || REFLOW_MAX_CONTENT > 1073741824
#error "REFLOW_MAX_CONTENT must be 1024 to 1073741824"
#endif
#if REFLOW_MAX_CHUNK_FRAMING < 1024 || REFLOW_MAX_CHUNK_FRAMING > 16777216
#error "REFLOW_MAX_CHUNK_FRAMING must be 1024 to 16777216"
#endif
#if REFLOW_MAX_JSON_DEPTH < 8 || REFLOW_MAX_JSON_DEPTH > 248 || REFLOW_MAX_JSON_DEPTH % 8 != 0
#error "REFLOW_MAX_JSON_DEPTH must be a multiple of 8 from 8 to 248"
#endif
#if REFLOW_MAX_SLICES < 14 || REFLOW_MAX_SLICES > 64
#error "REFLOW_MAX_SLICES must be 14 to 64"
#endif
#if REFLOW_MAX_TICKET < 256 || REFLOW_MAX_TICKET > 16384
#error "REFLOW_MAX_TICKET must be 256 to 16384"
#endif
#if REFLOW_RETRY_BASE_MS < 1 || REFLOW_RETRY_BASE_MS > REFLOW_RETRY_CAP_MS
#error "REFLOW_RETRY_BASE_MS must be 1 to REFLOW_RETRY_CAP_MS"
#endif
#if REFLOW_RETRY_CAP_MS > 3600000
#error "REFLOW_RETRY_CAP_MS must be at most 3600000 (an hour)"
#endif

#endif
