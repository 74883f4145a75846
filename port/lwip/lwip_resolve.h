/* SPDX-License-Identifier: MIT */
/* lwip_resolve: from a host to its address. Private to port/lwip. */
#ifndef REFLOW_LWIP_RESOLVE_H
#define REFLOW_LWIP_RESOLVE_H

#include "reflow_lwip.h"

enum reflow_lwip_answer {
    REFLOW_LWIP_KNOWN,  /* `connection->address` is the host's */
    REFLOW_LWIP_ASKED,  /* `connection->answered` will be set, and `found` */
    REFLOW_LWIP_NOBODY, /* no such name, or no name server */
    REFLOW_LWIP_FULL    /* as many queries as lwIP can have are under way */
};

/* Begins to resolve. */
enum reflow_lwip_answer reflow_lwip_resolve(struct reflow_lwip *connection, const char *host);

/* Forgets the query of `connection`, if there is one: its answer will find nobody. */
void reflow_lwip_forget(const struct reflow_lwip *connection);

#endif
