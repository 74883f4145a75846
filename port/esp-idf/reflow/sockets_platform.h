/* SPDX-License-Identifier: MIT */
/* sockets_platform: ESP-IDF's names for what port/sockets calls: POSIX's. */
#ifndef REFLOW_SOCKETS_PLATFORM_H
#define REFLOW_SOCKETS_PLATFORM_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PLATFORM(name) name
#define PLATFORM_F_SETFL F_SETFL
#define PLATFORM_O_NONBLOCK O_NONBLOCK
#define PLATFORM_POLLIN POLLIN
#define PLATFORM_POLLOUT POLLOUT

#endif
