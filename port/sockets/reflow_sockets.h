/* SPDX-License-Identifier: MIT */
/* reflow_sockets: the port for systems that have BSD sockets and are not POSIX: Zephyr, ESP-IDF.
 * port/zephyr and port/esp-idf bring what differs, and say how each is built.
 *
 *     static struct reflow_sockets sockets;
 *     reflow_sockets_init(&sockets);
 *     config.port = &reflow_sockets;
 *     config.port_context = &sockets;
 *
 * Each client needs a struct reflow_sockets of its own, which belongs to the client's thread.
 *
 * Nothing blocks, nothing is allocated, and there is no thread of this port's own: names are given
 * to the system's resolver, which calls back. IPv4 is tried first, then IPv6, one address of each,
 * one after the other: an IPv4 address that says nothing takes the rest of the deadline. */
#ifndef REFLOW_SOCKETS_H
#define REFLOW_SOCKETS_H

#include "reflow.h"

#ifdef __cplusplus
extern "C" {
#endif

/*              open()             address known            the peer answers
 *      IDLE ------------> RESOLVING <---------> CONNECTING ----------> CONNECTED
 *       |                     |     refused: next    ^                      | send() or recv()
 *       |  address in digits  | none left: IDLE      |                      v said LOST
 *       +--------------------------------------------+                    BROKEN
 * and close() leads from everywhere to IDLE. */
enum reflow_sockets_state {
    REFLOW_SOCKETS_IDLE,
    REFLOW_SOCKETS_RESOLVING,
    REFLOW_SOCKETS_CONNECTING,
    REFLOW_SOCKETS_CONNECTED,
    REFLOW_SOCKETS_BROKEN
};

struct reflow_sockets_query;

/* Storage that the caller provides; its members are private. */
struct reflow_sockets {
    enum reflow_sockets_state state;
    int socket;                         /* CONNECTING, CONNECTED, BROKEN */
    struct reflow_sockets_query *query; /* RESOLVING, CONNECTING; NULL: address in digits */
    uint16_t port;
    uint8_t families; /* how many of the two have been asked for */
    bool found;       /* at least one has an address */
};

/* For config.port. */
extern const struct reflow_port reflow_sockets;

/* Prepares the storage. Opens and allocates nothing, so that nothing need be undone. */
void reflow_sockets_init(struct reflow_sockets *sockets);

#ifdef __cplusplus
}
#endif

#endif
