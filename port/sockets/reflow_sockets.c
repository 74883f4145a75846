/* SPDX-License-Identifier: MIT */
/* reflow_sockets: the port's functions for systems that have BSD sockets and are not POSIX. */
#include "reflow_sockets.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "sockets_resolve.h"

/* 2020-01-01T00:00:00Z. Boards without a battery wake up in 1970 or on their firmware's date; a
 * time before this library existed is not a time. */
#define EARLIEST_TIME 1577836800

/* How often the resolver is asked whether it has an answer, and how long a sleep may be. */
#define LOOK_MS 10U
#define SLEEP_MS 1000U

static const int families[] = {AF_INET, AF_INET6};
#define FAMILIES (sizeof families / sizeof families[0])

void reflow_sockets_init(struct reflow_sockets *sockets)
{
    memset(sockets, 0, sizeof *sockets);
    sockets->state = REFLOW_SOCKETS_IDLE;
}

static void drop_query(struct reflow_sockets *sockets)
{
    if (sockets->query != NULL) {
        reflow_sockets_query_drop(sockets->query);
        sockets->query = NULL;
    }
}

static void drop_socket(struct reflow_sockets *sockets)
{
    (void)PLATFORM(close)(sockets->socket);
    sockets->socket = -1;
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* Nagle's algorithm would meet delayed acknowledgements in the middle of a handshake: 40 ms. */
static int new_socket(int family)
{
    int fd = PLATFORM(socket)(family, SOCK_STREAM, IPPROTO_TCP);
    int on = 1;

    if (fd >= 0 && PLATFORM(fcntl)(fd, PLATFORM_F_SETFL, PLATFORM_O_NONBLOCK) < 0) {
        (void)PLATFORM(close)(fd);
        return -1;
    }
    if (fd >= 0) {
        (void)PLATFORM(setsockopt)(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}

static bool connect_to(struct reflow_sockets *sockets, union reflow_sockets_address *address)
{
    socklen_t size = (socklen_t)sizeof address->ipv6;

    if (address->any.sa_family == AF_INET) {
        size = (socklen_t)sizeof address->ipv4;
        address->ipv4.sin_port = htons(sockets->port);
    } else {
        address->ipv6.sin6_port = htons(sockets->port);
    }
    sockets->socket = new_socket(address->any.sa_family);
    if (sockets->socket < 0) {
        return false;
    }
    if (PLATFORM(connect)(sockets->socket, &address->any, size) == 0) {
        sockets->state = REFLOW_SOCKETS_CONNECTED;
    } else if (errno == EINPROGRESS) {
        sockets->state = REFLOW_SOCKETS_CONNECTING;
    } else {
        drop_socket(sockets);
        return false;
    }
    return true;
}

static bool in_digits(const char *host, union reflow_sockets_address *address)
{
    memset(address, 0, sizeof *address);
    if (PLATFORM(inet_pton)(AF_INET, host, &address->ipv4.sin_addr) == 1) {
        address->ipv4.sin_family = AF_INET;
        return true;
    }
    if (PLATFORM(inet_pton)(AF_INET6, host, &address->ipv6.sin6_addr) == 1) {
        address->ipv6.sin6_family = AF_INET6;
        return true;
    }
    return false;
}

/* Turns to the next family, if there is one left; otherwise it has failed. */
static bool next_family(struct reflow_sockets *sockets)
{
    if (sockets->query == NULL || sockets->families == FAMILIES) {
        drop_query(sockets);
        sockets->state = REFLOW_SOCKETS_IDLE;
        return false;
    }
    reflow_sockets_query_aim(sockets->query, families[sockets->families]);
    sockets->families++;
    sockets->state = REFLOW_SOCKETS_RESOLVING;
    return true;
}

static void resolved(struct reflow_sockets *sockets)
{
    union reflow_sockets_address address;
    enum reflow_sockets_answer answer = reflow_sockets_query_look(sockets->query, &address);

    if (answer == REFLOW_ANSWER_FOUND) {
        sockets->found = true;
        if (connect_to(sockets, &address)) {
            return;
        }
    }
    if (answer != REFLOW_ANSWER_PENDING) {
        (void)next_family(sockets);
    }
}

static void connected(struct reflow_sockets *sockets)
{
    struct PLATFORM(pollfd) fd = {.fd = sockets->socket, .events = PLATFORM_POLLOUT};
    int error = 0;
    socklen_t size = (socklen_t)sizeof error;

    if (PLATFORM(poll)(&fd, 1, 0) <= 0) {
        return;
    }
    if (PLATFORM(getsockopt)(sockets->socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
        error == 0) {
        sockets->state = REFLOW_SOCKETS_CONNECTED;
        return;
    }
    drop_socket(sockets);
    (void)next_family(sockets);
}

/* An address in digits makes an attempt at once; a name first has to be asked for. */
static bool begin(struct reflow_sockets *sockets, const char *host, uint16_t port)
{
    union reflow_sockets_address address;

    sockets->port = port;
    sockets->families = 0;
    sockets->found = in_digits(host, &address);
    sockets->query = NULL;
    if (sockets->found) {
        return connect_to(sockets, &address);
    }
    sockets->query = reflow_sockets_query_start(host);
    if (sockets->query == NULL) {
        sockets->found = true; /* it is not the name's fault */
    }
    return next_family(sockets);
}

static enum reflow_open port_open(void *context, const char *host, uint16_t port)
{
    struct reflow_sockets *sockets = context;
    enum reflow_sockets_state before;

    if (sockets->state == REFLOW_SOCKETS_IDLE) {
        (void)begin(sockets, host, port);
    }
    do { /* as far as it goes without waiting */
        before = sockets->state;
        if (before == REFLOW_SOCKETS_RESOLVING) {
            resolved(sockets);
        } else if (before == REFLOW_SOCKETS_CONNECTING) {
            connected(sockets);
        } else {
            /* there is nothing more to be done */
        }
    } while (sockets->state != before);
    if (sockets->state == REFLOW_SOCKETS_IDLE) {
        return sockets->found ? REFLOW_OPEN_FAILED : REFLOW_OPEN_DNS;
    }
    if (sockets->state == REFLOW_SOCKETS_RESOLVING || sockets->state == REFLOW_SOCKETS_CONNECTING) {
        return REFLOW_OPEN_PENDING;
    }
    drop_query(sockets);
    return REFLOW_OPEN_READY;
}

/* ---- Sending and receiving ------------------------------------------------------------------- */

/* A count that the result can express; fewer bytes than asked for are normal. */
static size_t at_most(size_t length)
{
    return length < (size_t)INT32_MAX ? length : (size_t)INT32_MAX;
}

/* Stacks that are out of buffers for now say so in several ways. */
static bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS || error == ENOMEM;
}

static int32_t port_send(void *context, const void *data, size_t length)
{
    struct reflow_sockets *sockets = context;
    ssize_t sent;

    if (sockets->state != REFLOW_SOCKETS_CONNECTED) {
        return REFLOW_IO_LOST;
    }
    sent = PLATFORM(send)(sockets->socket, data, at_most(length), 0);
    if (sent >= 0) {
        return sent > 0 ? (int32_t)sent : REFLOW_IO_WOULD_BLOCK;
    }
    if (would_block(errno)) {
        return REFLOW_IO_WOULD_BLOCK;
    }
    sockets->state = REFLOW_SOCKETS_BROKEN;
    return REFLOW_IO_LOST;
}

/* What had come before a reset is still handed out. But a stack tells of the reset only once,
 * perhaps to send(), and says 0 from then on: on a BROKEN connection that is no orderly end. */
static int32_t port_recv(void *context, void *data, size_t length)
{
    struct reflow_sockets *sockets = context;
    ssize_t received;

    if (sockets->state != REFLOW_SOCKETS_CONNECTED && sockets->state != REFLOW_SOCKETS_BROKEN) {
        return REFLOW_IO_LOST;
    }
    received = PLATFORM(recv)(sockets->socket, data, at_most(length), 0);
    if (received > 0) {
        return (int32_t)received;
    }
    if (received < 0 && sockets->state == REFLOW_SOCKETS_CONNECTED && would_block(errno)) {
        return REFLOW_IO_WOULD_BLOCK;
    }
    if (received == 0 && sockets->state == REFLOW_SOCKETS_CONNECTED) {
        return REFLOW_IO_END;
    }
    sockets->state = REFLOW_SOCKETS_BROKEN;
    return REFLOW_IO_LOST;
}

static void port_close(void *context)
{
    struct reflow_sockets *sockets = context;

    drop_query(sockets);
    if (sockets->state != REFLOW_SOCKETS_IDLE && sockets->state != REFLOW_SOCKETS_RESOLVING) {
        drop_socket(sockets);
    }
    sockets->state = REFLOW_SOCKETS_IDLE;
}

/* ---- Time ------------------------------------------------------------------------------------ */

static uint32_t port_now_ms(void *context)
{
    (void)context;
    return reflow_platform_now_ms();
}

static int64_t port_unix_time(void *context)
{
    const int64_t now = reflow_platform_unix_time();

    (void)context;
    return now >= EARLIEST_TIME ? now : REFLOW_TIME_UNKNOWN;
}

static void sleep_at_most(uint32_t timeout_ms, uint32_t limit_ms)
{
    if (timeout_ms > 0) {
        reflow_platform_sleep_ms(timeout_ms < limit_ms ? timeout_ms : limit_ms);
    }
}

static void port_wait(void *context, int event, uint32_t timeout_ms)
{
    const struct reflow_sockets *sockets = context;
    struct PLATFORM(pollfd) fd = {.fd = sockets->socket};

    if (sockets->state == REFLOW_SOCKETS_RESOLVING) {
        sleep_at_most(timeout_ms, LOOK_MS);
        return;
    }
    if (sockets->state == REFLOW_SOCKETS_IDLE || event == REFLOW_LATER) {
        sleep_at_most(timeout_ms, SLEEP_MS);
        return;
    }
    fd.events = sockets->state == REFLOW_SOCKETS_CONNECTED && event == REFLOW_READABLE
                    ? PLATFORM_POLLIN
                    : PLATFORM_POLLOUT;
    (void)PLATFORM(poll)(&fd, 1, timeout_ms < (uint32_t)INT_MAX ? (int)timeout_ms : INT_MAX);
}

const struct reflow_port reflow_sockets = {
    .open = port_open,
    .send = port_send,
    .recv = port_recv,
    .close = port_close,
    .now_ms = port_now_ms,
    .unix_time = port_unix_time,
    .wait = port_wait,
};
