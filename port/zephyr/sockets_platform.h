/* SPDX-License-Identifier: MIT */
/* sockets_platform: Zephyr's names for what port/sockets calls. */
#ifndef REFLOW_SOCKETS_PLATFORM_H
#define REFLOW_SOCKETS_PLATFORM_H

#include <zephyr/net/socket.h>
#include <zephyr/sys/fdtable.h>

/* The prefixed names are there whether or not the application wants POSIX's. */
#define PLATFORM(name) zsock_##name
#define PLATFORM_F_SETFL ZVFS_F_SETFL
#define PLATFORM_O_NONBLOCK ZVFS_O_NONBLOCK
#define PLATFORM_POLLIN ZSOCK_POLLIN
#define PLATFORM_POLLOUT ZSOCK_POLLOUT

#endif
