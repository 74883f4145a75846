/* SPDX-License-Identifier: MIT */
/* posix_resolve: from a host to its addresses, without blocking. */
#include "posix_resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Shared by the client's thread and the helper. `lock` guards `done` and `abandoned`; the addresses
 * belong to the helper until `done`. Whoever comes second frees: the helper when it finds
 * `abandoned`, else the client's thread. */
struct reflow_posix_query {
    pthread_mutex_t lock;
    pthread_t helper;
    int pipe[2];
    bool done;
    bool abandoned;
    uint8_t addresses;
    union reflow_posix_address address[REFLOW_POSIX_ADDRESSES];
    uint16_t port;
    char host[]; /* a copy: the caller's may be gone when the helper still needs it */
};

static void set_ipv4(union reflow_posix_address *address, struct in_addr ip, uint16_t port)
{
    memset(address, 0, sizeof *address);
    address->ipv4.sin_family = AF_INET;
    address->ipv4.sin_port = htons(port);
    address->ipv4.sin_addr = ip;
}

static void set_ipv6(union reflow_posix_address *address, struct in6_addr ip, uint16_t port)
{
    memset(address, 0, sizeof *address);
    address->ipv6.sin6_family = AF_INET6;
    address->ipv6.sin6_port = htons(port);
    address->ipv6.sin6_addr = ip;
}

uint8_t reflow_posix_known_addresses(union reflow_posix_address *address, const char *host,
                                     uint16_t port)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;

    if (inet_pton(AF_INET, host, &ipv4) == 1) {
        set_ipv4(&address[0], ipv4, port);
        return 1;
    }
    if (inet_pton(AF_INET6, host, &ipv6) == 1) {
        set_ipv6(&address[0], ipv6, port);
        return 1;
    }
    /* Many a hosts file has only one of the two, and a name server need not hear of it. */
    if (strcasecmp(host, "localhost") == 0) {
        ipv4.s_addr = htonl(INADDR_LOOPBACK);
        set_ipv6(&address[0], in6addr_loopback, port);
        set_ipv4(&address[1], ipv4, port);
        return 2;
    }
    return 0;
}

/* The first Internet address from `info` on whose family is `family` (`same`), or is not. */
static const struct addrinfo *next_address(const struct addrinfo *info, int family, bool same)
{
    while (info != NULL && ((info->ai_family != AF_INET && info->ai_family != AF_INET6) ||
                            (info->ai_family == family) != same)) {
        info = info->ai_next;
    }
    return info;
}

static void keep_address(struct reflow_posix_query *query, const struct addrinfo *info)
{
    union reflow_posix_address *address = &query->address[query->addresses];

    if (query->addresses == REFLOW_POSIX_ADDRESSES || info->ai_addrlen > sizeof *address) {
        return;
    }
    memset(address, 0, sizeof *address);
    memcpy(address, info->ai_addr, info->ai_addrlen);
    if (info->ai_family == AF_INET) {
        address->ipv4.sin_port = htons(query->port);
    } else {
        address->ipv6.sin6_port = htons(query->port);
    }
    query->addresses++;
}

/* RFC 8305 section 4: keeps the resolver's order within a family and alternates between them, so
 * that one family without a route costs one attempt, not all of them. */
static void keep_alternating(struct reflow_posix_query *query, const struct addrinfo *list)
{
    int family = list->ai_family;
    const struct addrinfo *same = next_address(list, family, true);
    const struct addrinfo *other = next_address(list, family, false);

    while (same != NULL || other != NULL) {
        if (same != NULL) {
            keep_address(query, same);
            same = next_address(same->ai_next, family, true);
        }
        if (other != NULL) {
            keep_address(query, other);
            other = next_address(other->ai_next, family, false);
        }
    }
}

static void free_query(struct reflow_posix_query *query)
{
    (void)close(query->pipe[0]);
    (void)close(query->pipe[1]);
    pthread_mutex_destroy(&query->lock);
    free(query);
}

static void look_up(struct reflow_posix_query *query)
{
    struct addrinfo hints;
    struct addrinfo *list = NULL;

    /* Without AI_ADDRCONFIG, which would hide ::1 where loopback is the only IPv6 interface. */
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(query->host, NULL, &hints, &list) == 0 && list != NULL) {
        keep_alternating(query, list);
        freeaddrinfo(list);
    }
}

static void *resolve(void *argument)
{
    struct reflow_posix_query *query = argument;
    bool abandoned;

    look_up(query);
    pthread_mutex_lock(&query->lock);
    query->done = true;
    abandoned = query->abandoned;
    if (!abandoned) {
        /* A byte rather than a close: a forked child would keep the end open. The pipe is empty
         * and its reader is alive, so this neither blocks nor raises SIGPIPE. */
        while (write(query->pipe[1], "", 1) < 0 && errno == EINTR) {
        }
    }
    pthread_mutex_unlock(&query->lock);
    if (abandoned) {
        free_query(query);
    }
    return NULL;
}

/* The program's signal handlers have no business in the helper: it inherits a full mask. */
static bool start_helper(struct reflow_posix_query *query)
{
    sigset_t all;
    sigset_t before;
    bool started;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    started = pthread_create(&query->helper, NULL, resolve, query) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

struct reflow_posix_query *reflow_posix_query_start(const char *host, uint16_t port)
{
    size_t size = strlen(host) + 1;
    struct reflow_posix_query *query = calloc(1, sizeof *query + size);

    if (query == NULL) {
        return NULL;
    }
    memcpy(query->host, host, size);
    query->port = port;
    if (pipe(query->pipe) != 0) {
        free(query);
        return NULL;
    }
    (void)fcntl(query->pipe[0], F_SETFD, FD_CLOEXEC);
    (void)fcntl(query->pipe[1], F_SETFD, FD_CLOEXEC);
    pthread_mutex_init(&query->lock, NULL);
    if (!start_helper(query)) {
        free_query(query);
        return NULL;
    }
    return query;
}

int reflow_posix_query_fd(const struct reflow_posix_query *query)
{
    return query->pipe[0];
}

bool reflow_posix_query_done(struct reflow_posix_query *query)
{
    bool done;

    pthread_mutex_lock(&query->lock);
    done = query->done;
    pthread_mutex_unlock(&query->lock);
    return done;
}

uint8_t reflow_posix_query_take(struct reflow_posix_query *query,
                                union reflow_posix_address *address)
{
    uint8_t addresses = query->addresses;

    memcpy(address, query->address, sizeof query->address);
    pthread_join(query->helper, NULL); /* it has only to unlock and return */
    free_query(query);
    return addresses;
}

void reflow_posix_query_abandon(struct reflow_posix_query *query)
{
    bool done;

    pthread_mutex_lock(&query->lock);
    done = query->done;
    if (!done) {
        query->abandoned = true;
        pthread_detach(query->helper);
    }
    pthread_mutex_unlock(&query->lock);
    if (done) {
        pthread_join(query->helper, NULL);
        free_query(query);
    }
}
