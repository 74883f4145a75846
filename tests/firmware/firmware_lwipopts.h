/* SPDX-License-Identifier: MIT */
/* firmware_lwipopts: what the firmware under test wants otherwise than port/lwip/lwipopts.h. */
#ifndef FIRMWARE_LWIPOPTS_H
#define FIRMWARE_LWIPOPTS_H

#include <stdint.h>

/* A name server of the test's cannot have port 53 on a machine that is not its own. */
extern uint16_t network_dns_port;
#define DNS_SERVER_PORT network_dns_port

#endif
