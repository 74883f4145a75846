/* SPDX-License-Identifier: MIT */
/* fake_tls: the contract of src/tls.h in clear text, in the place of tls_mbedtls.c, and the service's
 * end of it. A record is a type, two bytes of length, and that many bytes in the clear:
 *
 *   'H' handshake: "hello" there, "server" back, "finished" there, gathered before the request
 *   'D' data
 *   'C' close_notify
 *
 * As with TLS, a record counts only when all of it has come. Its functions can be told to fail. */
#ifndef FAKE_TLS_H
#define FAKE_TLS_H

#include "fake_port.h"
#include "fake_service.h"
#include "tls.h"

#define FAKE_RECORD_SIZE 20000

struct fake_tls {
    /* The script. Calls of reflow_tls_*() that may wait are counted together, from 0. */
    size_t want_read_at; /* this call waits for readable, the next one does not */
    size_t want_write_at;
    size_t break_at;                 /* this call ends in this way: */
    enum reflow_tls_status break_by; /* LOST, FAILED, AGAIN; read knows only LOST */
    enum reflow_error error;         /* FAILED's */
    enum reflow_tls_fault fault;     /* LOST's */
    enum reflow_error open_error;    /* reflow_tls_open()'s */
    const char *overrun;             /* what is said of LOST and FAILED */
    size_t record;                   /* bytes of data in one record, at most */
    uint32_t random;
    const char *protocol;

    /* The client's end. */
    size_t calls, opens, closes, goodbyes, handshakes;
    unsigned char stage;
    size_t in_length;
    size_t in_taken; /* bytes of its data that were handed out */

    /* The service's end. */
    struct fake_port *port;
    struct fake_service *service;
    size_t heard_length;
    bool finished; /* the client's last flight has come */
    size_t goodbyes_heard;

    unsigned char in[FAKE_RECORD_SIZE]; /* a record, as far as it came */
    unsigned char heard[FAKE_RECORD_SIZE];
};

extern struct fake_tls fake_tls;

/* Without any whims, between that port and that service. */
void fake_tls_init(struct fake_port *port, struct fake_service *service);

/* What the service sends unasked: data, close_notify. */
void fake_tls_say(const char *text);
void fake_tls_say_goodbye(void);

#endif
