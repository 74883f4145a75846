/* SPDX-License-Identifier: MIT */
/* posix_peer: the other end of a port's connections, on this machine's loopback. Plain blocking
 * sockets: the kernel completes a connection before anybody accepts it, so no thread is needed.
 * Each test that includes this has its own. */
#ifndef POSIX_PEER_H
#define POSIX_PEER_H

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "port_contract.h"

struct posix_peer {
    int family;     /* AF_INET: 127.0.0.1, AF_INET6: ::1 */
    uint16_t port;  /* to listen on; 0: any that is free */
    int listener;   /* -1: none */
    int connection; /* -1: none */
};

#define PEER_PATIENCE_MS 10000

union peer_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static socklen_t peer_address(union peer_address *address, int family, uint16_t port)
{
    memset(address, 0, sizeof *address);
    if (family == AF_INET) {
        address->ipv4.sin_family = AF_INET;
        address->ipv4.sin_port = htons(port);
        address->ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return sizeof address->ipv4;
    }
    address->ipv6.sin6_family = AF_INET6;
    address->ipv6.sin6_port = htons(port);
    address->ipv6.sin6_addr = in6addr_loopback;
    return sizeof address->ipv6;
}

static uint16_t peer_port(int fd, int family)
{
    union peer_address address;
    socklen_t size = sizeof address;

    if (getsockname(fd, &address.any, &size) != 0) {
        return 0;
    }
    return ntohs(family == AF_INET ? address.ipv4.sin_port : address.ipv6.sin6_port);
}

static void peer_drop(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

static uint16_t peer_listen(void *context)
{
    struct posix_peer *self = context;
    union peer_address address;
    socklen_t size = peer_address(&address, self->family, self->port);
    int on = 1;

    peer_drop(&self->listener);
    self->listener = socket(self->family, SOCK_STREAM, 0);
    if (self->listener < 0) {
        return 0;
    }
    (void)setsockopt(self->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(self->listener, &address.any, size) != 0 || listen(self->listener, 1) != 0) {
        return 0;
    }
    return peer_port(self->listener, self->family);
}

static bool peer_accept(void *context)
{
    struct posix_peer *self = context;
    struct pollfd fd = {self->listener, POLLIN, 0};

    peer_drop(&self->connection);
    if (poll(&fd, 1, PEER_PATIENCE_MS) == 1) {
        self->connection = accept(self->listener, NULL, NULL);
    }
    return self->connection >= 0;
}

static bool peer_send(void *context, const void *data, size_t length)
{
    struct posix_peer *self = context;

    return send(self->connection, data, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static size_t peer_recv(void *context, void *data, size_t length)
{
    struct posix_peer *self = context;
    struct pollfd fd = {self->connection, POLLIN, 0};
    ssize_t got = poll(&fd, 1, PEER_PATIENCE_MS) == 1 ? recv(self->connection, data, length, 0) : 0;

    return got > 0 ? (size_t)got : 0;
}

static void peer_finish(void *context)
{
    struct posix_peer *self = context;

    (void)shutdown(self->connection, SHUT_WR);
}

static void peer_leave(void *context)
{
    struct posix_peer *self = context;

    peer_drop(&self->connection);
}

static void peer_reset(void *context)
{
    struct posix_peer *self = context;
    struct linger at_once = {1, 0}; /* closing then sends RST instead of FIN */

    (void)setsockopt(self->connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    peer_drop(&self->connection);
}

static void peer_close(void *context)
{
    struct posix_peer *self = context;

    peer_drop(&self->connection);
    peer_drop(&self->listener);
}

static const struct port_peer posix_peer = {
    .listen = peer_listen,
    .accept = peer_accept,
    .send = peer_send,
    .recv = peer_recv,
    .finish = peer_finish,
    .leave = peer_leave,
    .reset = peer_reset,
    .close = peer_close,
};

static void posix_peer_init(struct posix_peer *peer, int family)
{
    peer->family = family;
    peer->port = 0;
    peer->listener = -1;
    peer->connection = -1;
}

#endif
