/* SPDX-License-Identifier: MIT */
/* sockets_resolve: from a name to an address, by a resolver that calls back from another thread.
 * Private to port/sockets and the systems that it serves, which provide the last part. */
#ifndef REFLOW_SOCKETS_RESOLVE_H
#define REFLOW_SOCKETS_RESOLVE_H

#include "reflow_sockets.h"
#include "sockets_platform.h"

/* How many names can be resolved at once, those included that nobody waits for any more. */
#ifndef REFLOW_SOCKETS_QUERIES
#define REFLOW_SOCKETS_QUERIES 2
#endif

union reflow_sockets_address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

enum reflow_sockets_query_state {
    REFLOW_QUERY_FREE,
    REFLOW_QUERY_TO_ASK, /* the resolver has had no room for it */
    REFLOW_QUERY_ASKED,  /* the resolver will call back, whatever happens to the connection */
    REFLOW_QUERY_ANSWERED
};

/* A query outlives the connection that asked when that is closed: the resolver calls back in any
 * case, with what it was given. So it is given one of these, which stays. The lock guards it. */
struct reflow_sockets_query {
    enum reflow_sockets_query_state state;
    bool abandoned; /* ASKED: nobody waits any more */
    bool found;     /* and there is an address */
    int family;
    union reflow_sockets_address address;
    char host[254]; /* a copy: resolvers keep the pointer */
};

enum reflow_sockets_answer { REFLOW_ANSWER_PENDING, REFLOW_ANSWER_FOUND, REFLOW_ANSWER_NOBODY };

/* Takes a free query for that name; NULL when there is none. */
struct reflow_sockets_query *reflow_sockets_query_start(const char *host);

/* To be asked next, by looking: an address of that family. */
void reflow_sockets_query_aim(struct reflow_sockets_query *query, int family);

/* Asks, if it has not been asked yet, and looks whether an answer has come. */
enum reflow_sockets_answer reflow_sockets_query_look(struct reflow_sockets_query *query,
                                                     union reflow_sockets_address *address);

/* Gives the query back, answered or not. */
void reflow_sockets_query_drop(struct reflow_sockets_query *query);

/* ---- For the system's part, from any thread --------------------------------------------------- */

/* Keeps the first address, of `size` bytes, if it is of the family that was asked for. */
void reflow_sockets_query_found(struct reflow_sockets_query *query, const void *address,
                                size_t size);

/* The resolver is done with this query, and will not call back again. */
void reflow_sockets_query_end(struct reflow_sockets_query *query);

/* ---- What the system's part provides ---------------------------------------------------------- */

enum reflow_platform_said {
    REFLOW_PLATFORM_ASKED, /* reflow_sockets_query_end() has been called or will be */
    REFLOW_PLATFORM_BUSY,  /* not asked: no room, try again */
    REFLOW_PLATFORM_NOBODY /* not asked: it cannot be */
};

/* Begins to resolve query->host to an address of query->family. Does not block. */
enum reflow_platform_said reflow_platform_look_up(struct reflow_sockets_query *query);

void reflow_platform_lock(void);
void reflow_platform_unlock(void);

uint32_t reflow_platform_now_ms(void);
int64_t reflow_platform_unix_time(void); /* as far as it is known; before 2020 it is not */
void reflow_platform_sleep_ms(uint32_t milliseconds);

#endif
