/* SPDX-License-Identifier: MIT */
/* Zephyr's sockets by their prefixed names: here this machine's. */
#ifndef STUB_ZEPHYR_SOCKET_H
#define STUB_ZEPHYR_SOCKET_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ZSOCK_POLLIN POLLIN
#define ZSOCK_POLLOUT POLLOUT
#define zsock_pollfd pollfd
#define zsock_socket socket
#define zsock_connect connect
#define zsock_send send
#define zsock_recv recv
#define zsock_close close
#define zsock_fcntl fcntl
#define zsock_setsockopt setsockopt
#define zsock_getsockopt getsockopt
#define zsock_inet_pton inet_pton
#define zsock_poll poll

#endif
