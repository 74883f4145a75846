/* SPDX-License-Identifier: MIT */
/* proxy_request: where a proxy is, and the request that asks it for a tunnel. */
#ifndef REFLOW_PROXY_REQUEST_H
#define REFLOW_PROXY_REQUEST_H

#include "reflow.h"

struct reflow_proxy_url {
    struct reflow_url at;    /* host, host_length, port, ipv6 */
    const char *credentials; /* USER[:PASSWORD], still encoded; NULL: none */
    uint16_t credentials_length;
};

/* Takes [http://][USER[:PASSWORD]@]HOST[:PORT][/] apart without copying. Refused: other schemes, a
 * path, and what url.h refuses in a host or a port; credentials that hold "@", a control character, or
 * "%" without two hexadecimal digits, or are longer than 255 bytes when they are decoded. */
bool reflow_proxy_url_read(struct reflow_proxy_url *url, const char *text);

/* The whole request for a tunnel to `port` of `host`, a name or an address without brackets (RFC 9110
 * sections 7.2 and 9.3.6), with credentials as above or none (RFC 7617 section 2). The text becomes
 * invalid when the host or the credentials could end a line. */
void reflow_proxy_request(struct reflow_text *head, const char *host, uint16_t port,
                          const char *credentials, size_t length);

#endif
