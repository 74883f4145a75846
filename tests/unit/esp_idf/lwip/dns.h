/* SPDX-License-Identifier: MIT */
/* What port/esp-idf uses of lwIP's resolver; the test defines it. */
#ifndef STUB_LWIP_DNS_H
#define STUB_LWIP_DNS_H

#include "lwip/inet.h"

#define LWIP_DNS_ADDRTYPE_IPV4 0
#define LWIP_DNS_ADDRTYPE_IPV6 1

typedef void (*dns_found_callback)(const char *name, const ip_addr_t *ip, void *argument);

err_t dns_gethostbyname_addrtype(const char *host, ip_addr_t *ip, dns_found_callback found,
                                 void *argument, uint8_t type);

#endif
