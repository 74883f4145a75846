/* SPDX-License-Identifier: MIT */
/* tls: one verified TLS session over the port's bytes. The contract that hides which library does
 * it; tls_mbedtls.c is the one that there is.
 *
 * What TLS wants to send is gathered in memory lent by the client, so that a handshake flight, or
 * the last flight together with the request, leaves in one send. */
#ifndef REFLOW_TLS_H
#define REFLOW_TLS_H

#include "reflow.h"

enum reflow_tls_status {
    REFLOW_TLS_OK,
    REFLOW_TLS_READ,   /* call again when the connection is readable */
    REFLOW_TLS_WRITE,  /* call again when the connection is writable */
    REFLOW_TLS_LOST,   /* the connection is of no more use: see `fault` */
    REFLOW_TLS_FAILED, /* the handshake failed: see reflow_tls_error() */
    REFLOW_TLS_AGAIN   /* the handshake failed in a way that a new connection will avoid */
};

/* What the port has said of the connection (`fault`): sticky until the next connection. */
enum reflow_tls_fault {
    REFLOW_TLS_SOUND,
    REFLOW_TLS_ENDED,    /* TCP ended without close_notify: nothing can be concluded from it */
    REFLOW_TLS_BROKEN,   /* lost, or TLS itself found the bytes wrong */
    REFLOW_TLS_SEND_DEAD /* sending failed; what the peer had sent before may still be read */
};

/* Optional: how sessions are resumed. With a `ticket`, each is called as its name says. */
struct reflow_tls_resumption {
    void (*prepare)(struct reflow_tls *tls); /* when settings are made */
    void (*offer)(struct reflow_tls *tls);   /* before a handshake */
    void (*keep)(struct reflow_tls *tls);    /* after a handshake, and when a ticket comes */
    void (*forget)(struct reflow_tls *tls);
};

/* Nothing allocated yet. */
void reflow_tls_init(struct reflow_tls *tls, const struct reflow_config *config, const char *host);

/* Names the memory in which output is gathered from now on. Nothing may be gathered at the time. */
void reflow_tls_lend(struct reflow_tls *tls, void *memory, size_t size);

/* Readies for a new connection: allocates on first use, resets later. Returns REFLOW_OK,
 * REFLOW_ERR_OUT_OF_MEMORY, REFLOW_ERR_CLOCK_UNSET or REFLOW_ERR_TLS_HANDSHAKE (the library would
 * not start). */
enum reflow_error reflow_tls_open(struct reflow_tls *tls);

/* Goes on with the handshake. REFLOW_TLS_OK: the server is verified; the client's last flight may
 * still be gathered and not sent. */
enum reflow_tls_status reflow_tls_handshake(struct reflow_tls *tls);

/* After REFLOW_TLS_FAILED: why. */
enum reflow_error reflow_tls_error(const struct reflow_tls *tls);

/* Whether memory was short at any time since reflow_tls_open(). */
bool reflow_tls_starved(const struct reflow_tls *tls);

/* Whether the connection was lost or refused because the peer's record was longer than TLS has memory
 * for; then what to change. NULL: that was not the reason. */
const char *reflow_tls_overrun(const struct reflow_tls *tls);

/* Bytes gathered and not yet sent; they lie at the beginning of the memory. */
size_t reflow_tls_gathered(const struct reflow_tls *tls);

/* Encrypts up to `length` bytes at `data`, which may lie in the gathering memory itself: gathering
 * then stays in front of what is not yet encrypted. Returns how many bytes were taken; sends only
 * when the memory is full, and then `status` tells what it waits for. */
size_t reflow_tls_write(struct reflow_tls *tls, const unsigned char *data, size_t length,
                        enum reflow_tls_status *status);

/* Sends what is gathered. REFLOW_TLS_OK: the port has accepted all of it. */
enum reflow_tls_status reflow_tls_flush(struct reflow_tls *tls);

/* Receives; sets `heard` when the port had any bytes, even if they were no whole record. The number of bytes (1 or more), or REFLOW_IO_WOULD_BLOCK, REFLOW_IO_END (close_notify:
 * an authenticated end) or REFLOW_IO_LOST. */
int32_t reflow_tls_read(struct reflow_tls *tls, void *data, size_t size);

/* Tries once to send close_notify, where a session is established and sound. */
void reflow_tls_goodbye(struct reflow_tls *tls);

/* Frees everything. */
void reflow_tls_close(struct reflow_tls *tls);

/* 32 random bits from the TLS library's generator; 0 before the first reflow_tls_open(). */
uint32_t reflow_tls_random(struct reflow_tls *tls);

/* Protocol version and cipher suite of the established session. */
const char *reflow_tls_protocol(const struct reflow_tls *tls);
const char *reflow_tls_suite(const struct reflow_tls *tls);

/* Whether that session goes on from an earlier one. */
bool reflow_tls_resumed(const struct reflow_tls *tls);

#endif
