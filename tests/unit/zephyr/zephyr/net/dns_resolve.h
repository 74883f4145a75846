/* SPDX-License-Identifier: MIT */
/* What port/zephyr uses of Zephyr's resolver, as its documentation gives it; the test defines it. */
#ifndef STUB_ZEPHYR_DNS_RESOLVE_H
#define STUB_ZEPHYR_DNS_RESOLVE_H

#include <zephyr/net/socket.h>

enum dns_query_type { DNS_QUERY_TYPE_A = 1, DNS_QUERY_TYPE_AAAA = 28 };

enum dns_resolve_status {
    DNS_EAI_NODATA = -5,
    DNS_EAI_INPROGRESS = -100,
    DNS_EAI_CANCELED = -101,
    DNS_EAI_ALLDONE = -103
};

struct dns_addrinfo {
    uint8_t ai_family;
    socklen_t ai_addrlen;
    struct sockaddr_storage ai_addr;
};

typedef void (*dns_resolve_cb_t)(enum dns_resolve_status status, struct dns_addrinfo *info,
                                 void *user_data);

int dns_get_addr_info(const char *query, enum dns_query_type type, uint16_t *dns_id,
                      dns_resolve_cb_t cb, void *user_data, int32_t timeout);

#endif
