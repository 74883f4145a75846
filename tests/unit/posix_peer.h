/* SPDX-License-Identifier: MIT */
/* posix_peer: the other end of a port's connections, on this machine's loopback. */
#ifndef POSIX_PEER_H
#define POSIX_PEER_H

#include "port_contract.h"

struct posix_peer {
    int family;     /* AF_INET: 127.0.0.1, AF_INET6: ::1 */
    uint16_t port;  /* to listen on; 0: any that is free */
    int listener;   /* -1: none */
    int connection; /* -1: none */
};

extern const struct port_peer posix_peer;

void posix_peer_init(struct posix_peer *peer, int family);

/* Whether this machine has that family's loopback. */
bool posix_peer_available(int family);

#endif
