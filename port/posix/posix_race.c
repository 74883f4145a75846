/* SPDX-License-Identifier: MIT */
/* posix_race: from several addresses to one connection (RFC 8305). */
#include "posix_race.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* A non-blocking socket that an exec'd program does not inherit; -1 when there is none to be had.
 * With the flags of POSIX.1-2024 that is one system call, else three. */
static int new_socket(int family)
{
#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
    int fd = socket(family, SOCK_STREAM, 0);

    if (fd >= 0 && (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
#endif
}

/* Nagle's algorithm would meet delayed acknowledgements in the middle of a handshake: 40 ms. Where
 * neither way to send without SIGPIPE exists this does not compile, and should not. */
static void set_options(int fd)
{
    int on = 1;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#if !defined(MSG_NOSIGNAL)
    (void)setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
}

static void win(struct reflow_posix *posix, size_t winner)
{
    posix->socket = posix->attempt[winner];
    posix->attempt[winner] = -1;
    reflow_posix_race_end(posix);
    posix->state = REFLOW_POSIX_CONNECTED;
}

static void lose(struct reflow_posix *posix, size_t loser)
{
    (void)close(posix->attempt[loser]);
    posix->attempt[loser] = -1;
}

static void begin_attempt(struct reflow_posix *posix)
{
    size_t i = posix->attempts++;
    const union reflow_posix_address *address = &posix->address[i];
    socklen_t size = address->any.sa_family == AF_INET ? (socklen_t)sizeof address->ipv4
                                                       : (socklen_t)sizeof address->ipv6;

    posix->attempt[i] = new_socket(address->any.sa_family);
    if (posix->attempt[i] < 0) {
        return;
    }
    set_options(posix->attempt[i]);
    if (connect(posix->attempt[i], &address->any, size) == 0) {
        win(posix, i);
    } else if (errno == EINPROGRESS || errno == EINTR) {
        /* EINTR does not stop it, and it must not be called a second time. */
        posix->attempted_ms = reflow_posix.now_ms(NULL);
    } else {
        lose(posix, i);
    }
}

/* Milliseconds until the next attempt may begin beside those under way. */
static uint32_t stagger_left(const struct reflow_posix *posix)
{
    uint32_t elapsed = reflow_posix.now_ms(NULL) - posix->attempted_ms;

    return elapsed < REFLOW_POSIX_STAGGER_MS ? REFLOW_POSIX_STAGGER_MS - elapsed : 0;
}

static bool under_way(const struct reflow_posix *posix)
{
    for (size_t i = 0; i < posix->attempts; i++) {
        if (posix->attempt[i] >= 0) {
            return true;
        }
    }
    return false;
}

/* Begins attempts until there is something to wait for, or nothing left to begin. */
static enum reflow_open go_on(struct reflow_posix *posix)
{
    while (posix->state == REFLOW_POSIX_CONNECTING) {
        bool waiting = under_way(posix);

        if (posix->attempts < posix->addresses && (!waiting || stagger_left(posix) == 0)) {
            begin_attempt(posix);
        } else if (waiting) {
            return REFLOW_OPEN_PENDING;
        } else {
            posix->state = REFLOW_POSIX_IDLE;
            return REFLOW_OPEN_FAILED;
        }
    }
    return REFLOW_OPEN_READY;
}

enum reflow_open reflow_posix_race_start(struct reflow_posix *posix)
{
    posix->state = REFLOW_POSIX_CONNECTING;
    posix->attempts = 0;
    return go_on(posix);
}

enum reflow_open reflow_posix_race(struct reflow_posix *posix)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS];
    int timeout = 0;
    size_t count = reflow_posix_race_pollfds(posix, fds, &timeout);
    int ready = 0;

    if (count > 0) {
        do { /* a signal tells nothing about the attempts */
            ready = poll(fds, (nfds_t)count, 0);
        } while (ready < 0 && errno == EINTR);
    }
    if (ready > 0) {
        reflow_posix_race_note(posix, fds, count);
    }
    return go_on(posix);
}

size_t reflow_posix_race_pollfds(const struct reflow_posix *posix, struct pollfd *fds,
                                 int *timeout_ms)
{
    size_t count = 0;

    for (size_t i = 0; i < posix->attempts; i++) {
        if (posix->attempt[i] >= 0) {
            fds[count].fd = posix->attempt[i];
            fds[count].events = POLLOUT;
            fds[count].revents = 0;
            count++;
        }
    }
    if (count == 0 || posix->attempts < posix->addresses) {
        int left = count > 0 ? (int)stagger_left(posix) : 0;

        if (*timeout_ms < 0 || left < *timeout_ms) {
            *timeout_ms = left;
        }
    }
    return count;
}

static void end_attempt(struct reflow_posix *posix, int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    size_t i = 0;

    while (posix->attempt[i] != fd) {
        i++;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
        win(posix, i);
    } else {
        lose(posix, i);
    }
}

void reflow_posix_race_note(struct reflow_posix *posix, const struct pollfd *fds, size_t count)
{
    for (size_t i = 0; i < count && posix->state == REFLOW_POSIX_CONNECTING; i++) {
        if (fds[i].revents != 0) {
            end_attempt(posix, fds[i].fd);
        }
    }
}

void reflow_posix_race_end(struct reflow_posix *posix)
{
    for (size_t i = 0; i < posix->attempts; i++) {
        if (posix->attempt[i] >= 0) {
            lose(posix, i);
        }
    }
    posix->attempts = 0;
}
