/* SPDX-License-Identifier: MIT */
/* lan9118: the Ethernet controller of the MPS2 as an lwIP interface, polled. */
#ifndef FIRMWARE_LAN9118_H
#define FIRMWARE_LAN9118_H

#include <stdbool.h>

#include "lwip/netif.h"

/* For netif_add(), with ethernet_input(). */
err_t lan9118_init(struct netif *netif);

/* Hands some of the frames that have come to netif->input(). To be called again and again: returns
 * whether there were any. */
bool lan9118_poll(struct netif *netif);

#endif
