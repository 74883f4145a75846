/* SPDX-License-Identifier: MIT */
/* port_contract: the contract of a port (reflow.h, "The port") as a test that every port must pass.
 * The caller brings the port and a peer on the other end of its connections. */
#ifndef PORT_CONTRACT_H
#define PORT_CONTRACT_H

#include "reflow.h"

/* The other end: a TCP server with one connection at a time. Each function does at once what it
 * says, or waits for it, ten seconds at most; where port and peer live in one loop it lets the
 * port's network work meanwhile. */
struct port_peer {
    uint16_t (*listen)(void *peer); /* on a free TCP port; returns it, or 0 */
    bool (*accept)(void *peer);     /* takes the connection that was made */
    bool (*send)(void *peer, const void *data, size_t length);
    size_t (*recv)(void *peer, void *data, size_t length); /* 1 to length bytes; 0: no more */
    void (*finish)(void *peer);                            /* FIN; goes on receiving */
    void (*leave)(void *peer);                             /* FIN; answers further bytes by RST */
    void (*reset)(void *peer);                             /* RST, and no FIN */
    void (*close)(void *peer);                             /* all, the listener too; harmless */
};

struct port_contract {
    const struct reflow_port *port;
    void *context; /* initialized, nothing open */
    const struct port_peer *peer;
    void *peer_context;
    const char *host;         /* where the peer listens, as the port is to be told */
    const char *unknown_name; /* a name that no resolver knows */
};

/* Runs all tests as a group of that name; returns the number of failed ones. */
int port_contract_run(const char *name, const struct port_contract *contract);

#endif
