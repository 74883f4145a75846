/* SPDX-License-Identifier: MIT */
/* loop_peer: a TCP server by lwIP's raw interface. */
#include "loop_peer.h"

#include <string.h>
#include <time.h>

#include "lwip/init.h"
#include "lwip/netif.h"
#include "lwip/stats.h"
#include "lwip/sys.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"

#include "loop_names.h"

#define PATIENCE_MS 10000U

static struct tcp_pcb *listener;
static struct tcp_pcb *connection;
static struct pbuf *received;
static bool leaving; /* further bytes are answered by RST */
static bool ended;   /* the port's FIN has come */

uint32_t sys_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)now.tv_sec * 1000U + (uint32_t)(now.tv_nsec / 1000000);
}

uint32_t reflow_lwip_random(void)
{
    static uint32_t state = 1;

    state = state * 1664525U + 1013904223U;
    return state ^ state >> 16;
}

void loop_start(void)
{
    lwip_init();
    loop_names_start();
}

void loop_work(void *unused)
{
    (void)unused;
    netif_poll_all();
    sys_check_timeouts();
}

bool loop_all_given_back(void)
{
    return lwip_stats.mem.used == 0 && lwip_stats.memp[MEMP_TCP_SEG]->used == 0;
}

/* ---- What lwIP tells ------------------------------------------------------------------------- */

static void forget_received(void)
{
    if (received != NULL) {
        (void)pbuf_free(received);
        received = NULL;
    }
}

static err_t on_received(void *argument, struct tcp_pcb *pcb, struct pbuf *buffers, err_t error)
{
    (void)argument;
    (void)error;
    if (buffers == NULL) {
        ended = true;
        return ERR_OK;
    }
    if (leaving) {
        (void)pbuf_free(buffers);
        connection = NULL;
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    if (received == NULL) {
        received = buffers;
    } else {
        pbuf_cat(received, buffers);
    }
    return ERR_OK;
}

static void on_lost(void *argument, err_t error)
{
    (void)argument;
    (void)error;
    connection = NULL;
}

static err_t on_accepted(void *argument, struct tcp_pcb *pcb, err_t error)
{
    (void)argument;
    if (error != ERR_OK || connection != NULL) {
        return ERR_MEM;
    }
    connection = pcb;
    tcp_nagle_disable(pcb);
    tcp_recv(pcb, on_received);
    tcp_err(pcb, on_lost);
    return ERR_OK;
}

/* ---- struct port_peer ------------------------------------------------------------------------ */

static void drop_connection(void)
{
    struct tcp_pcb *pcb = connection;

    connection = NULL;
    leaving = false;
    ended = false;
    forget_received();
    if (pcb != NULL) {
        tcp_recv(pcb, NULL);
        tcp_err(pcb, NULL);
        tcp_abort(pcb);
    }
}

static void peer_close(void *context)
{
    (void)context;
    drop_connection();
    if (listener != NULL) {
        (void)tcp_close(listener);
        listener = NULL;
    }
}

static uint16_t peer_listen(void *context)
{
    struct tcp_pcb *pcb;

    peer_close(context);
    pcb = tcp_new();
    if (pcb == NULL || tcp_bind(pcb, IP_ADDR_ANY, 0) != ERR_OK) {
        return 0;
    }
    listener = tcp_listen(pcb);
    if (listener == NULL) {
        return 0;
    }
    tcp_accept(listener, on_accepted);
    return listener->local_port;
}

static bool peer_accept(void *context)
{
    const uint32_t start = sys_now();

    (void)context;
    while (connection == NULL && sys_now() - start < PATIENCE_MS) {
        loop_work(NULL);
    }
    return connection != NULL;
}

static bool peer_send(void *context, const void *data, size_t length)
{
    const char *rest = data;
    const uint32_t start = sys_now();

    (void)context;
    while (length > 0 && connection != NULL && sys_now() - start < PATIENCE_MS) {
        const size_t room = tcp_sndbuf(connection);
        const uint16_t some = (uint16_t)(length < room ? length : room);

        if (some > 0 && tcp_write(connection, rest, some, TCP_WRITE_FLAG_COPY) == ERR_OK) {
            (void)tcp_output(connection);
            rest += some;
            length -= some;
        }
        loop_work(NULL);
    }
    return length == 0;
}

static size_t peer_recv(void *context, void *data, size_t length)
{
    const uint32_t start = sys_now();
    uint16_t count;

    (void)context;
    while (received == NULL && connection != NULL && !ended && sys_now() - start < PATIENCE_MS) {
        loop_work(NULL);
    }
    if (received == NULL) {
        return 0;
    }
    count =
        pbuf_copy_partial(received, data, (uint16_t)(length < UINT16_MAX ? length : UINT16_MAX), 0);
    received = pbuf_free_header(received, count);
    if (connection != NULL) {
        tcp_recved(connection, count);
    }
    loop_work(NULL);
    return count;
}

static void peer_finish(void *context)
{
    (void)context;
    (void)tcp_shutdown(connection, 0, 1);
    loop_work(NULL);
}

static void peer_leave(void *context)
{
    leaving = true;
    peer_finish(context);
}

static void peer_reset(void *context)
{
    (void)context;
    drop_connection();
    loop_work(NULL);
}

const struct port_peer loop_peer = {
    .listen = peer_listen,
    .accept = peer_accept,
    .send = peer_send,
    .recv = peer_recv,
    .finish = peer_finish,
    .leave = peer_leave,
    .reset = peer_reset,
    .close = peer_close,
};
