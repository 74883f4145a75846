/* SPDX-License-Identifier: MIT */
/* lwipopts: lwIP as small as one HTTPS client can have it: IPv4, DHCP, DNS and TCP by the raw
 * interface, no operating system, no heap but the two arenas below.
 *
 * A file of the user's, named by -DREFLOW_LWIPOPTS_FILE='"my_lwipopts.h"', comes first; what it
 * defines is left as it is, and whatever else lwIP knows may stand there too. */
#ifndef REFLOW_LWIPOPTS_H
#define REFLOW_LWIPOPTS_H

#ifdef REFLOW_LWIPOPTS_FILE
#include REFLOW_LWIPOPTS_FILE
#endif

/* ---- No operating system, no heap of the C library's ---- */

#define NO_SYS 1
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#ifndef SYS_LIGHTWEIGHT_PROT
#define SYS_LIGHTWEIGHT_PROT 0 /* the interrupt that hears of a frame does not call lwIP */
#endif
#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#ifndef MEM_ALIGNMENT
#define MEM_ALIGNMENT 4
#endif

/* ---- Memory: about 11 KB ---- */

/* What is sent lies here until it is acknowledged: TCP_SND_BUF, a header for each segment, and one
 * DHCP message (about 600 bytes) beside it. */
#ifndef MEM_SIZE
#define MEM_SIZE 4096
#endif

/* What is received: a full frame takes three of these, and the window two full frames. The rest is
 * for what comes beside: a broadcast, a name server's answer. */
#ifndef PBUF_POOL_SIZE
#define PBUF_POOL_SIZE 9
#endif
#ifndef PBUF_POOL_BUFSIZE
#define PBUF_POOL_BUFSIZE 512
#endif

#ifndef TCP_MSS
#define TCP_MSS 1460
#endif
#ifndef TCP_WND
#define TCP_WND (2 * TCP_MSS)
#endif
#ifndef TCP_SND_BUF
#define TCP_SND_BUF (2 * TCP_MSS)
#endif
#ifndef TCP_SND_QUEUELEN
#define TCP_SND_QUEUELEN 8
#endif
#ifndef MEMP_NUM_TCP_SEG
#define MEMP_NUM_TCP_SEG TCP_SND_QUEUELEN
#endif
#ifndef MEMP_NUM_PBUF
#define MEMP_NUM_PBUF 8
#endif
/* One connection, and one before it that is still saying goodbye. */
#ifndef MEMP_NUM_TCP_PCB
#define MEMP_NUM_TCP_PCB 2
#endif
#ifndef MEMP_NUM_UDP_PCB
#define MEMP_NUM_UDP_PCB 3 /* DHCP, and two queries of DNS */
#endif
#ifndef DNS_TABLE_SIZE
#define DNS_TABLE_SIZE 2
#endif
#ifndef DNS_MAX_NAME_LENGTH
#define DNS_MAX_NAME_LENGTH 254 /* any name there is */
#endif
#ifndef ARP_TABLE_SIZE
#define ARP_TABLE_SIZE 4
#endif

/* ---- What there is ---- */

#ifndef LWIP_IPV6
#define LWIP_IPV6 0
#endif
#define LWIP_TCP 1
#define LWIP_UDP 1
#define LWIP_DNS 1
#ifndef LWIP_DHCP
#define LWIP_DHCP 1
#endif
/* Asking by ARP whether somebody has the address already takes DHCP from 0.1 to 7.7 seconds. */
#ifndef LWIP_DHCP_DOES_ACD_CHECK
#define LWIP_DHCP_DOES_ACD_CHECK 0
#endif
#ifndef LWIP_ICMP
#define LWIP_ICMP 1 /* answers a ping: 0.6 KB */
#endif

/* ---- What there is not ---- */

#ifndef LWIP_RAW
#define LWIP_RAW 0
#endif
#ifndef LWIP_STATS
#define LWIP_STATS 0
#endif
#ifndef LWIP_TCP_KEEPALIVE
#define LWIP_TCP_KEEPALIVE 0
#endif
#ifndef IP_REASSEMBLY
#define IP_REASSEMBLY 0 /* TCP never has its segments fragmented, answers of DNS are short */
#endif
#ifndef IP_FRAG
#define IP_FRAG 0
#endif
/* A segment that overtakes another is sent again by the peer: 1.4 KB less code, no memory held. */
#ifndef TCP_QUEUE_OOSEQ
#define TCP_QUEUE_OOSEQ 0
#endif
#ifndef LWIP_ETHERNET
#define LWIP_ETHERNET 1
#endif
#define LWIP_NETIF_API 0
/* Assertions are for whoever changes lwIP or writes a driver: 2 KB, without their words. */
#if !defined(LWIP_NOASSERT) && !defined(REFLOW_LWIP_ASSERT)
#define LWIP_NOASSERT 1
#endif

#endif
