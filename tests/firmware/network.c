/* SPDX-License-Identifier: MIT */
/* network: the interface, DHCP, and the rounds that keep lwIP going. */
#include "network.h"

#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/sys.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#include "board.h"
#include "lan9118.h"

uint16_t network_dns_port = 53;

static struct netif interface;
static struct dhcp lease; /* or lwIP takes it from its heap */
static bool dns_on_gateway;

uint32_t sys_now(void)
{
    return board_ms();
}

void network_start(uint16_t dns_port)
{
    lwip_init();
    dns_on_gateway = dns_port != 0;
    if (dns_on_gateway) {
        network_dns_port = dns_port;
    }
    (void)netif_add(&interface, IP4_ADDR_ANY4, IP4_ADDR_ANY4, IP4_ADDR_ANY4, NULL, lan9118_init,
                    ethernet_input);
    netif_set_default(&interface);
    netif_set_up(&interface);
    dhcp_set_struct(&interface, &lease);
    (void)dhcp_start(&interface);
}

void network_work(void *unused)
{
    (void)unused;
    if (!lan9118_poll(&interface)) {
        board_sleep();
    }
    sys_check_timeouts();
}

bool network_wait(uint32_t timeout_ms)
{
    const uint32_t start = sys_now();

    while (dhcp_supplied_address(&interface) == 0) {
        if (sys_now() - start >= timeout_ms) {
            return false;
        }
        network_work(NULL);
    }
    if (dns_on_gateway) {
        dns_setserver(0, netif_ip_gw4(&interface));
    }
    return true;
}
