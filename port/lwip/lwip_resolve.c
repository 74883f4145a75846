/* SPDX-License-Identifier: MIT */
/* lwip_resolve: lwIP's resolver, whose queries cannot be called back. */
#include "lwip_resolve.h"

#include "lwip/dns.h"
#include "lwip/opt.h"

/* A query outlives the connection that asked when that is closed: lwIP calls back in any case, with
 * what it was given. So it is given one of these, which stays, and not the connection, which may be
 * gone. lwIP has no more than DNS_MAX_REQUESTS callbacks, hence there is always one free when it
 * takes another. */
struct query {
    struct reflow_lwip *owner; /* NULL: nobody waits any more */
    bool pending;
};

#ifdef DNS_MAX_REQUESTS
#define QUERIES DNS_MAX_REQUESTS
#else
#define QUERIES DNS_TABLE_SIZE /* as in dns.c, where it depends on LWIP_DNS_SECURE */
#endif

static struct query queries[QUERIES];

static struct query *free_query(void)
{
    for (size_t i = 0; i < QUERIES; i++) {
        if (!queries[i].pending) {
            return &queries[i];
        }
    }
    return NULL;
}

static void on_found(const char *name, const ip_addr_t *address, void *argument)
{
    struct query *query = argument;

    (void)name;
    query->pending = false;
    if (query->owner == NULL) {
        return;
    }
    query->owner->answered = true;
    query->owner->found = address != NULL;
    if (address != NULL) {
        ip_addr_copy(query->owner->address, *address);
    }
    query->owner = NULL;
}

enum reflow_lwip_answer reflow_lwip_resolve(struct reflow_lwip *connection, const char *host)
{
    struct query *query = free_query();
    err_t said;

    if (query == NULL) {
        return ipaddr_aton(host, &connection->address) ? REFLOW_LWIP_KNOWN : REFLOW_LWIP_FULL;
    }
    connection->answered = false;
    query->pending = true;
    query->owner = connection;
    said = dns_gethostbyname(host, &connection->address, on_found, query);
    if (said == ERR_INPROGRESS) {
        return REFLOW_LWIP_ASKED;
    }
    query->pending = false;
    query->owner = NULL;
    if (said == ERR_OK) {
        return REFLOW_LWIP_KNOWN;
    }
    return said == ERR_MEM ? REFLOW_LWIP_FULL : REFLOW_LWIP_NOBODY;
}

void reflow_lwip_forget(const struct reflow_lwip *connection)
{
    for (size_t i = 0; i < QUERIES; i++) {
        if (queries[i].owner == connection) {
            queries[i].owner = NULL;
        }
    }
}
