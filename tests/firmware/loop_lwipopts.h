/* SPDX-License-Identifier: MIT */
/* loop_lwipopts: lwIP on this machine, talking to itself: port and peer in one stack, with its own
 * checks switched on. */
#ifndef LOOP_LWIPOPTS_H
#define LOOP_LWIPOPTS_H

#define MEM_ALIGNMENT 8
#define REFLOW_LWIP_ASSERT 1
#define LWIP_HAVE_LOOPIF 1
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_NETIF_LOOPBACK_MULTITHREADING 0
#define LWIP_ETHERNET 0
#define LWIP_ARP 0
#define LWIP_DHCP 0
#define LWIP_STATS 1
#define MEM_STATS 1
#define MEMP_STATS 1

/* Two ends of every connection, and all that is between them. */
#define MEM_SIZE 65536
#define PBUF_POOL_SIZE 64
#define MEMP_NUM_TCP_PCB 8
#define MEMP_NUM_TCP_SEG 64
#define MEMP_NUM_PBUF 64
#define TCP_SND_QUEUELEN 16
#define MEMP_NUM_UDP_PCB 4

#endif
