/* SPDX-License-Identifier: MIT */
/* reflow_lwip: the port for lwIP 2.2's raw interface, as firmware without an operating system
 * (NO_SYS) uses it.
 *
 *     static struct reflow_lwip connection;
 *     reflow_lwip_init(&connection, &board);
 *     config.port = &reflow_lwip;
 *     config.port_context = &connection;
 *
 * Each client needs a struct reflow_lwip of its own; DNS_TABLE_SIZE of them can resolve at once.
 * Everything here is called from where lwIP is: with NO_SYS the main loop, never an interrupt; in a
 * system with threads only lwIP's own thread, or with its core locked.
 *
 * Nothing blocks but wait(), and nothing is allocated but from lwIP's own pools. The image provides
 *     uint32_t sys_now(void);              milliseconds, for lwIP and for this port
 *     uint32_t reflow_lwip_random(void);   32 random bits: see arch/cc.h */
#ifndef REFLOW_LWIP_H
#define REFLOW_LWIP_H

#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"
#include "lwip/tcp.h"

#include "reflow.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the board does. Each may be NULL. */
struct reflow_lwip_board {
    /* One round of the network: hands the frames that have come to netif->input() and calls
     * sys_check_timeouts(); may then sleep until the next interrupt. Called by wait() alone: a
     * super-loop that drives reflow_step() does the same by itself. NULL: something else, such as
     * an interrupt in lwIP's thread, keeps the network going. */
    void (*work)(void *context);

    /* Seconds since 1970 in UTC, or REFLOW_TIME_UNKNOWN. NULL: there is no wall clock. */
    int64_t (*unix_time)(void *context);

    void *context; /* what both are given */
};

/*              open()              address known           the peer answers
 *      IDLE ------------> RESOLVING -----------> CONNECTING ----------> OPEN
 *       |                     |                   ^    |                  | lwIP gives up, RST
 *       |  address in digits  | no address: IDLE  |    | refused: IDLE    v
 *       +-----------------------------------------+                      LOST
 * and close() leads from everywhere to IDLE. */
enum reflow_lwip_state {
    REFLOW_LWIP_IDLE,
    REFLOW_LWIP_RESOLVING,
    REFLOW_LWIP_CONNECTING,
    REFLOW_LWIP_OPEN,
    REFLOW_LWIP_LOST
};

/* Storage that the caller provides; its members are private. */
struct reflow_lwip {
    enum reflow_lwip_state state;
    const struct reflow_lwip_board *board;
    ip_addr_t address; /* RESOLVING: once it is known; from CONNECTING on */
    uint16_t port;
    bool answered;         /* RESOLVING: the resolver has, with an address or without */
    bool found;            /* and with one */
    bool ended;            /* the peer's FIN has come, after all that is in `received` */
    struct tcp_pcb *pcb;   /* CONNECTING, OPEN */
    struct pbuf *received; /* what has come and was not yet asked for */
};

/* For config.port. */
extern const struct reflow_port reflow_lwip;

/* Prepares the storage; `board` is borrowed as long as it is used. lwIP itself is the caller's to
 * start: lwip_init(), netif_add(), an address by DHCP or fixed, dns_setserver() where DHCP does not
 * name one. */
void reflow_lwip_init(struct reflow_lwip *connection, const struct reflow_lwip_board *board);

#ifdef __cplusplus
}
#endif

#endif
