/* SPDX-License-Identifier: MIT */
/* proxy_except: which hosts are connected to without the proxy: curl's rules for NO_PROXY. */
#ifndef REFLOW_PROXY_EXCEPT_H
#define REFLOW_PROXY_EXCEPT_H

#include "reflow.h"

/* Whether `list` (NULL: empty) names `host`, which is a name or an address without brackets. The list
 * is "*", or entries with commas or blanks between them.
 *   NAME           the host, and every host below it; case, a dot in front and one at the end do not count
 *   ADDRESS        IPv4 or IPv6, without brackets, however it is spelt
 *   ADDRESS/BITS   each address of which the first BITS are the same; BITS 0 are all
 * A name in the list says nothing of a host that is an address, nor the other way round. */
bool reflow_proxy_excepts(const char *list, const char *host);

#endif
