/* SPDX-License-Identifier: MIT */
/* network: one Ethernet interface, its address by DHCP, and lwIP kept going. */
#ifndef FIRMWARE_NETWORK_H
#define FIRMWARE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

/* Starts lwIP and DHCP. `dns_port`: where the name server listens on the gateway; 0: on the usual
 * port of the one that DHCP names. */
void network_start(uint16_t dns_port);

/* One round: frames that have come, or a short sleep when there are none; timers that are due. Fits struct reflow_lwip_board. */
void network_work(void *unused);

/* Works until there is an address, or so many milliseconds have passed. */
bool network_wait(uint32_t timeout_ms);

#endif
