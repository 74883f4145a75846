/* SPDX-License-Identifier: MIT */
/* What port/esp-idf uses of lwIP's addresses, in the shape that lwIP has them. */
#ifndef STUB_LWIP_INET_H
#define STUB_LWIP_INET_H

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

typedef int8_t err_t;
enum { ERR_OK = 0, ERR_MEM = -1, ERR_INPROGRESS = -5, ERR_VAL = -6 };

typedef struct {
    uint32_t addr;
} ip4_addr_t;
typedef struct {
    uint32_t addr[4];
    uint8_t zone;
} ip6_addr_t;
typedef struct {
    union {
        ip6_addr_t ip6;
        ip4_addr_t ip4;
    } u_addr;
    uint8_t type;
} ip_addr_t;

#define IPADDR_TYPE_V4 0U
#define IPADDR_TYPE_V6 6U
#define IP_IS_V4(ip) ((ip)->type == IPADDR_TYPE_V4)
#define ip_2_ip4(ip) (&(ip)->u_addr.ip4)
#define ip_2_ip6(ip) (&(ip)->u_addr.ip6)
#define inet_addr_from_ip4addr(to, from) ((to)->s_addr = (from)->addr)
#define inet6_addr_from_ip6addr(to, from) ((void)memcpy((to), (from)->addr, sizeof(from)->addr))

#endif
