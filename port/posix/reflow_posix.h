/* SPDX-License-Identifier: MIT */
/* reflow_posix: the port for POSIX.1-2008 systems: sockets, name resolution and clocks.
 *
 *     struct reflow_posix posix;
 *     reflow_posix_init(&posix);
 *     config.port = &reflow_posix;
 *     config.port_context = &posix;
 *
 * Each client needs a struct reflow_posix of its own, which belongs to the client's thread.
 *
 * Nothing blocks. Addresses in digits and "localhost" (RFC 6761 section 6.3) are known at once; any
 * other name is resolved by getaddrinfo() in a helper thread, for which the port allocates one
 * small block. It is freed before open() answers; when close() comes first, by the helper, as soon
 * as getaddrinfo() returns. Nothing else in this port allocates.
 *
 * Several addresses are raced as RFC 8305 describes: families alternate in the resolver's order, an
 * attempt that fails hands over to the next at once, and one that says nothing gets company after
 * REFLOW_POSIX_STAGGER_MS. The first connection made is kept. */
#ifndef REFLOW_POSIX_H
#define REFLOW_POSIX_H

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "reflow.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many of a name's addresses are tried. */
#define REFLOW_POSIX_ADDRESSES 8

/* RFC 8305 section 5, "Connection Attempt Delay". */
#define REFLOW_POSIX_STAGGER_MS 250

/* So many bytes are received at once at the most, whatever less is asked for: a handshake's records and an
 * answer take a few system calls instead of two for each record. */
#define REFLOW_POSIX_AHEAD 4096

/* As many entries as reflow_posix_pollfds() can fill in. */
#define REFLOW_POSIX_POLLFDS REFLOW_POSIX_ADDRESSES

/* An address of either family. */
union reflow_posix_address {
    struct sockaddr any;      /* its family says which */
    struct sockaddr_in ipv4;  /* AF_INET */
    struct sockaddr_in6 ipv6; /* AF_INET6 */
};

/*              open()              addresses known        an attempt won
 *      IDLE ------------> RESOLVING -----------> CONNECTING ----------> CONNECTED
 *       |                     |                   ^    |                    | send() or recv()
 *       |  address in digits  | no address: IDLE  |    | none left: IDLE    v said LOST
 *       +-----------------------------------------+                      BROKEN
 * and close() leads from everywhere to IDLE. */
enum reflow_posix_state {
    REFLOW_POSIX_IDLE,
    REFLOW_POSIX_RESOLVING,
    REFLOW_POSIX_CONNECTING,
    REFLOW_POSIX_CONNECTED,
    REFLOW_POSIX_BROKEN
};

struct reflow_posix_query;

/* Storage that the caller provides; its members are private. */
struct reflow_posix {
    enum reflow_posix_state state;
    int socket;                       /* CONNECTED, BROKEN */
    struct reflow_posix_query *query; /* RESOLVING */
    uint32_t attempted_ms;            /* CONNECTING: when the latest attempt began */
    uint8_t addresses;                /* how many are known */
    uint8_t attempts;                 /* how many of them have been begun */
    union reflow_posix_address address[REFLOW_POSIX_ADDRESSES];
    int attempt[REFLOW_POSIX_ADDRESSES]; /* their sockets; -1: has failed */
    uint16_t ahead_start;                /* what has been received and not asked for yet: */
    uint16_t ahead_end;                  /* from here to there */
    unsigned char ahead[REFLOW_POSIX_AHEAD];
};

/* For config.port. */
extern const struct reflow_port reflow_posix;

/* Prepares the storage. Opens and allocates nothing, so that nothing need be undone. */
void reflow_posix_init(struct reflow_posix *posix);

/* For programs with a poll loop of their own: what the client waits for after reflow_step() has
 * returned `event`. Fills in `fd` and `events` of up to REFLOW_POSIX_POLLFDS entries and returns
 * how many: 0 when nothing but time matters, 1 on a connection, more while addresses are raced.
 * Lowers *timeout_ms (as poll() takes it: negative is for ever) where the race has to go on
 * earlier, and to 0 where bytes that the client has not taken yet wait in here. Ask again after each step: descriptors change. */
size_t reflow_posix_pollfds(const struct reflow_posix *posix, int event, struct pollfd *fds,
                            int *timeout_ms);

#ifdef __cplusplus
}
#endif

#endif
