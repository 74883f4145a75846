/* SPDX-License-Identifier: MIT */
/* What port/esp-idf uses of lwIP's thread; the test defines it. */
#ifndef STUB_LWIP_TCPIP_H
#define STUB_LWIP_TCPIP_H

#include "lwip/inet.h"

typedef void (*tcpip_callback_fn)(void *argument);

err_t tcpip_try_callback(tcpip_callback_fn function, void *argument);

#endif
