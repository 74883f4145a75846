/* SPDX-License-Identifier: MIT */
/* fake_port: a port in memory that follows a script: when it would block, how few bytes it takes,
 * where the connection is lost or ends, what its clocks say. The peer is whoever sets the hooks. */
#ifndef FAKE_PORT_H
#define FAKE_PORT_H

#include "reflow.h"

#define FAKE_NEVER SIZE_MAX
#define FAKE_WIRE_SIZE 65536 /* of each direction, all connections of one test together */

struct fake_port {
    /* open() says pending so many times in all, then this. */
    unsigned pending;
    enum reflow_open opens;

    /* Calls and bytes are counted from 0 over the whole test. What breaks a connection leaves the
     * next one sound. */
    size_t block_send_at; /* this call would block, the next one does not */
    size_t block_recv_at;
    bool block_every_other; /* each call that could do something would block first */
    size_t lose_send_at;    /* from this call on, the connection is lost */
    size_t lose_recv_at;
    size_t end_recv_at; /* from this call on, TCP has ended */
    size_t most_sent;   /* bytes a call, at most */
    size_t most_received;
    size_t lose_sent_at;     /* the byte that is not accepted */
    size_t stick_sent_at;    /* from this byte on sending would block for ever */
    size_t swallow_sent_at;  /* from this byte on bytes are accepted and never arrive */
    size_t cut_received_at;  /* the byte that does not come any more */
    int32_t cut_received_by; /* REFLOW_IO_LOST, REFLOW_IO_END, REFLOW_IO_WOULD_BLOCK */

    /* Clocks. */
    uint32_t now;
    size_t jump_at; /* before this reading the clock jumps */
    uint32_t jump_by;
    int64_t wall;

    /* The peer; each may be NULL. `thirsty` is asked when nothing is left to be received. */
    void *peer;
    void (*on_open)(void *peer);
    void (*on_sent)(void *peer, const unsigned char *bytes, size_t length);
    void (*on_thirst)(void *peer);
    void (*on_close)(void *peer);

    /* What came of it. */
    size_t open_calls, closes, sends, recvs, readings, waits;
    size_t connections; /* that became ready */
    size_t sent;        /* bytes accepted */
    size_t received;
    size_t sent_here; /* in this connection */
    bool open;
    bool stalled; /* the last "would block" was the script's whim: try again at once */
    const char *host;
    uint16_t port;
    size_t delivered; /* bytes that the peer put there */
    size_t taken;
    int32_t after; /* what recv says behind the last byte */
    bool dead;     /* sending is over in this connection */
    int32_t deaf;  /* receiving is, and this is what recv says; 0: not */

    unsigned char wire[FAKE_WIRE_SIZE]; /* all that was accepted */
    unsigned char inbox[FAKE_WIRE_SIZE];
};

/* A port without any whims, and a wall clock of 2026-03-01. */
void fake_port_init(struct fake_port *port);

extern const struct reflow_port fake_port;
extern const struct reflow_port fake_port_without_wait;

/* For the peer. */
void fake_port_deliver(struct fake_port *port, const void *bytes, size_t length);
void fake_port_hang_up(struct fake_port *port, int32_t how); /* REFLOW_IO_END, REFLOW_IO_LOST */

/* Whoever steps waits: time passes, unless there is something to be done at once. */
void fake_port_wait(struct fake_port *port, int event, uint32_t until);

#endif
