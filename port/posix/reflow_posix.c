/* SPDX-License-Identifier: MIT */
/* reflow_posix: the port's functions for POSIX.1-2008 systems. */
#include "reflow_posix.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "posix_race.h"
#include "posix_resolve.h"

/* Where the flag is missing, posix_race.c has set the socket's option of the same effect. */
#if defined(MSG_NOSIGNAL)
#define SEND_FLAGS MSG_NOSIGNAL
#else
#define SEND_FLAGS 0
#endif

/* 2020-01-01T00:00:00Z. Boards without a battery wake up in 1970 or on their firmware's date; a
 * time before this library existed is not a time. */
#define EARLIEST_TIME 1577836800

void reflow_posix_init(struct reflow_posix *posix)
{
    memset(posix, 0, sizeof *posix);
    posix->state = REFLOW_POSIX_IDLE;
}

static enum reflow_open open_begin(struct reflow_posix *posix, const char *host, uint16_t port)
{
    posix->addresses = reflow_posix_known_addresses(posix->address, host, port);
    if (posix->addresses > 0) {
        return reflow_posix_race_start(posix);
    }
    posix->query = reflow_posix_query_start(host, port);
    if (posix->query == NULL) {
        return REFLOW_OPEN_FAILED;
    }
    posix->state = REFLOW_POSIX_RESOLVING;
    return REFLOW_OPEN_PENDING;
}

static enum reflow_open open_resolved(struct reflow_posix *posix)
{
    if (!reflow_posix_query_done(posix->query)) {
        return REFLOW_OPEN_PENDING;
    }
    posix->addresses = reflow_posix_query_take(posix->query, posix->address);
    posix->query = NULL;
    if (posix->addresses > 0) {
        return reflow_posix_race_start(posix);
    }
    posix->state = REFLOW_POSIX_IDLE;
    return REFLOW_OPEN_DNS;
}

static enum reflow_open port_open(void *context, const char *host, uint16_t port)
{
    struct reflow_posix *posix = context;

    switch (posix->state) {
    case REFLOW_POSIX_IDLE:
        return open_begin(posix, host, port);
    case REFLOW_POSIX_RESOLVING:
        return open_resolved(posix);
    case REFLOW_POSIX_CONNECTING:
        return reflow_posix_race(posix);
    case REFLOW_POSIX_CONNECTED: /* wait() has seen the race end */
    case REFLOW_POSIX_BROKEN:
    default:
        break;
    }
    return REFLOW_OPEN_READY;
}

/* A count that the result can express; fewer bytes than asked for are normal. */
static size_t at_most(size_t length)
{
    return length < INT32_MAX ? length : INT32_MAX;
}

static bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

static int32_t port_send(void *context, const void *data, size_t length)
{
    struct reflow_posix *posix = context;
    ssize_t sent;

    if (posix->state != REFLOW_POSIX_CONNECTED) {
        return REFLOW_IO_LOST;
    }
    do {
        sent = send(posix->socket, data, at_most(length), SEND_FLAGS);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        return sent > 0 ? (int32_t)sent : REFLOW_IO_WOULD_BLOCK;
    }
    if (would_block(errno)) {
        return REFLOW_IO_WOULD_BLOCK;
    }
    posix->state = REFLOW_POSIX_BROKEN;
    return REFLOW_IO_LOST;
}

/* TLS asks for the five bytes of a record's head, and then for the rest: what has come is fetched in
 * one call, and waits here. */
static int32_t take_ahead(struct reflow_posix *posix, void *data, size_t length)
{
    const size_t left = (size_t)(posix->ahead_end - posix->ahead_start);
    const size_t taken = length < left ? length : left;

    memcpy(data, posix->ahead + posix->ahead_start, taken);
    posix->ahead_start = (uint16_t)(posix->ahead_start + taken);
    return (int32_t)taken;
}

static bool is_ahead(const struct reflow_posix *posix)
{
    return posix->ahead_start < posix->ahead_end;
}

static ssize_t receive(const struct reflow_posix *posix, void *data, size_t length)
{
    ssize_t received;

    do {
        received = recv(posix->socket, data, at_most(length), 0);
    } while (received < 0 && errno == EINTR);
    return received;
}

static ssize_t receive_ahead(struct reflow_posix *posix, void *data, size_t length)
{
    const ssize_t received = receive(posix, posix->ahead, sizeof posix->ahead);

    if (received <= 0) {
        return received;
    }
    posix->ahead_start = 0;
    posix->ahead_end = (uint16_t)received;
    return take_ahead(posix, data, length);
}

/* After a reset the kernel still hands out what had come before it: an answer that was sent ahead
 * of the reset must not be lost. But it tells of the reset only once, perhaps to send(), and says 0
 * from then on: on a BROKEN connection that is no orderly end. */
static int32_t port_recv(void *context, void *data, size_t length)
{
    struct reflow_posix *posix = context;
    ssize_t received;

    if (posix->state != REFLOW_POSIX_CONNECTED && posix->state != REFLOW_POSIX_BROKEN) {
        return REFLOW_IO_LOST;
    }
    if (is_ahead(posix)) {
        return take_ahead(posix, data, length);
    }
    received = length < sizeof posix->ahead ? receive_ahead(posix, data, length)
                                            : receive(posix, data, length);
    if (received > 0) {
        return (int32_t)received;
    }
    if (received < 0 && would_block(errno)) {
        return REFLOW_IO_WOULD_BLOCK;
    }
    if (received == 0 && posix->state == REFLOW_POSIX_CONNECTED) {
        return REFLOW_IO_END;
    }
    posix->state = REFLOW_POSIX_BROKEN;
    return REFLOW_IO_LOST;
}

static void port_close(void *context)
{
    struct reflow_posix *posix = context;

    switch (posix->state) {
    case REFLOW_POSIX_RESOLVING:
        reflow_posix_query_abandon(posix->query);
        posix->query = NULL;
        break;
    case REFLOW_POSIX_CONNECTING:
        reflow_posix_race_end(posix);
        break;
    case REFLOW_POSIX_CONNECTED:
    case REFLOW_POSIX_BROKEN:
        (void)close(posix->socket); /* not repeated after EINTR: the descriptor is gone */
        break;
    case REFLOW_POSIX_IDLE:
    default:
        break;
    }
    posix->state = REFLOW_POSIX_IDLE;
    posix->ahead_start = 0;
    posix->ahead_end = 0;
}

static uint32_t port_now_ms(void *context)
{
    struct timespec now;

    (void)context;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000U + (uint32_t)(now.tv_nsec / 1000000);
}

static int64_t port_unix_time(void *context)
{
    int64_t now = (int64_t)time(NULL);

    (void)context;
    return now >= EARLIEST_TIME ? now : REFLOW_TIME_UNKNOWN;
}

size_t reflow_posix_pollfds(const struct reflow_posix *posix, int event, struct pollfd *fds,
                            int *timeout_ms)
{
    if (posix->state == REFLOW_POSIX_IDLE ||
        (event != REFLOW_READABLE && event != REFLOW_WRITABLE)) {
        return 0;
    }
    if (posix->state == REFLOW_POSIX_CONNECTING) {
        return reflow_posix_race_pollfds(posix, fds, timeout_ms);
    }
    fds[0].revents = 0;
    if (posix->state == REFLOW_POSIX_RESOLVING) {
        fds[0].fd = reflow_posix_query_fd(posix->query);
        fds[0].events = POLLIN;
    } else {
        fds[0].fd = posix->socket;
        fds[0].events = event == REFLOW_READABLE ? POLLIN : POLLOUT;
    }
    if (event == REFLOW_READABLE && is_ahead(posix)) {
        *timeout_ms = 0;
    }
    return 1;
}

/* A signal ends it early, so that a program can act upon it. */
static void port_wait(void *context, int event, uint32_t timeout_ms)
{
    struct reflow_posix *posix = context;
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    int timeout = timeout_ms < INT_MAX ? (int)timeout_ms : INT_MAX;
    size_t count = reflow_posix_pollfds(posix, event, fds, &timeout);

    /* Noted here, a connection made costs open() no poll() of its own. */
    if (poll(fds, (nfds_t)count, timeout) > 0 && posix->state == REFLOW_POSIX_CONNECTING) {
        reflow_posix_race_note(posix, fds, count);
    }
}

const struct reflow_port reflow_posix = {
    .open = port_open,
    .send = port_send,
    .recv = port_recv,
    .close = port_close,
    .now_ms = port_now_ms,
    .unix_time = port_unix_time,
    .wait = port_wait,
};
