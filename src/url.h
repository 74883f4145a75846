/* SPDX-License-Identifier: MIT */
/* url: reads the one form of URL that reflow connects to, https://HOST[:PORT][/PATH]. */
#ifndef REFLOW_URL_H
#define REFLOW_URL_H

#include "reflow.h"

/* Takes `text` apart without copying: host (without brackets) and path point into it. The path
 * comes without slashes at its end, so that "/runs" can follow; it may be empty. Refused: other
 * schemes, user information, a query or fragment, a path with bytes other than those of RFC 3986's
 * pchar and
 * "/", a host that is not a name (RFC 1123: labels of letters, digits and hyphens; underscores are
 * let pass) or an address, a port outside 1 to 65535. Returns whether it was such a URL. */
bool reflow_url_read(struct reflow_url *url, const char *text);

/* The HOST[:PORT] of it alone, with `port` where there is none: sets host, host_length, port and
 * ipv6, by the same rules, and returns what follows in `text`; or NULL. */
const char *reflow_url_authority(struct reflow_url *url, const char *text, uint16_t port);

#endif
