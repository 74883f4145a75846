/* SPDX-License-Identifier: MIT */
/* posix_resolve: from a host to its addresses, without blocking. Private to port/posix. */
#ifndef REFLOW_POSIX_RESOLVE_H
#define REFLOW_POSIX_RESOLVE_H

#include "reflow_posix.h"

/* The addresses that need no resolver: those written in digits, and localhost's. Returns how many
 * of the REFLOW_POSIX_ADDRESSES at `address` it filled in, 0 when `host` is a name to be resolved.
 */
uint8_t reflow_posix_known_addresses(union reflow_posix_address *address, const char *host,
                                     uint16_t port);

/* Begins to resolve; copies `host`. NULL when the system is out of memory, descriptors or threads.
 * Each query ends in either reflow_posix_query_take() or reflow_posix_query_abandon(). */
struct reflow_posix_query *reflow_posix_query_start(const char *host, uint16_t port);

/* A descriptor that becomes readable when the query is done. Not to be read from. */
int reflow_posix_query_fd(const struct reflow_posix_query *query);

/* Whether the query is done. */
bool reflow_posix_query_done(struct reflow_posix_query *query);

/* Copies up to REFLOW_POSIX_ADDRESSES addresses of a query that is done, frees it, and returns
 * their number: 0 when the name cannot be resolved, for whatever reason. */
uint8_t reflow_posix_query_take(struct reflow_posix_query *query,
                                union reflow_posix_address *address);

/* Gives up at once, done or not; the helper frees what is left when it is. */
void reflow_posix_query_abandon(struct reflow_posix_query *query);

#endif
