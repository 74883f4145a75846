/* SPDX-License-Identifier: MIT */
/* sockets_resolve: from a name to an address, by a resolver that calls back from another thread. */
#include "sockets_resolve.h"

#include <string.h>

static struct reflow_sockets_query queries[REFLOW_SOCKETS_QUERIES];

static struct reflow_sockets_query *take_free(void)
{
    for (size_t i = 0; i < REFLOW_SOCKETS_QUERIES; i++) {
        if (queries[i].state == REFLOW_QUERY_FREE) {
            queries[i].state = REFLOW_QUERY_TO_ASK;
            return &queries[i];
        }
    }
    return NULL;
}

struct reflow_sockets_query *reflow_sockets_query_start(const char *host)
{
    const size_t size = strlen(host) + 1;
    struct reflow_sockets_query *query = NULL;

    reflow_platform_lock();
    if (size <= sizeof query->host) {
        query = take_free();
    }
    reflow_platform_unlock();
    if (query != NULL) {
        memcpy(query->host, host, size);
    }
    return query;
}

static void set_state(struct reflow_sockets_query *query, enum reflow_sockets_query_state state)
{
    reflow_platform_lock();
    query->state = state;
    reflow_platform_unlock();
}

void reflow_sockets_query_aim(struct reflow_sockets_query *query, int family)
{
    query->family = family;
    query->found = false;
    query->abandoned = false;
    set_state(query, REFLOW_QUERY_TO_ASK);
}

/* The resolver may call back before it returns, or at any moment after: not under the lock, and
 * ASKED before it is. */
static void ask(struct reflow_sockets_query *query)
{
    enum reflow_platform_said said;

    set_state(query, REFLOW_QUERY_ASKED);
    said = reflow_platform_look_up(query);
    if (said == REFLOW_PLATFORM_BUSY) {
        set_state(query, REFLOW_QUERY_TO_ASK);
    } else if (said == REFLOW_PLATFORM_NOBODY) {
        set_state(query, REFLOW_QUERY_ANSWERED);
    } else {
        /* the answer comes by itself */
    }
}

enum reflow_sockets_answer reflow_sockets_query_look(struct reflow_sockets_query *query,
                                                     union reflow_sockets_address *address)
{
    enum reflow_sockets_answer answer = REFLOW_ANSWER_PENDING;
    bool to_ask;

    reflow_platform_lock();
    to_ask = query->state == REFLOW_QUERY_TO_ASK;
    reflow_platform_unlock();
    if (to_ask) {
        ask(query);
    }
    reflow_platform_lock();
    if (query->state == REFLOW_QUERY_ANSWERED) {
        answer = query->found ? REFLOW_ANSWER_FOUND : REFLOW_ANSWER_NOBODY;
        *address = query->address;
    }
    reflow_platform_unlock();
    return answer;
}

void reflow_sockets_query_drop(struct reflow_sockets_query *query)
{
    reflow_platform_lock();
    if (query->state == REFLOW_QUERY_ASKED) {
        query->abandoned = true;
    } else {
        query->state = REFLOW_QUERY_FREE;
    }
    reflow_platform_unlock();
}

void reflow_sockets_query_found(struct reflow_sockets_query *query, const void *address,
                                size_t size)
{
    union reflow_sockets_address seen;

    if (size > sizeof seen) {
        return;
    }
    memset(&seen, 0, sizeof seen);
    memcpy(&seen, address, size);
    reflow_platform_lock();
    if (query->state == REFLOW_QUERY_ASKED && !query->found &&
        seen.any.sa_family == query->family) {
        query->address = seen;
        query->found = true;
    }
    reflow_platform_unlock();
}

void reflow_sockets_query_end(struct reflow_sockets_query *query)
{
    reflow_platform_lock();
    query->state = query->abandoned ? REFLOW_QUERY_FREE : REFLOW_QUERY_ANSWERED;
    reflow_platform_unlock();
}
