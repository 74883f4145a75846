/* SPDX-License-Identifier: MIT */
/* reflow_lwip: the port's functions for lwIP's raw interface. */
#include "reflow_lwip.h"

#include <string.h>

#include "lwip/sys.h"

#include "lwip_resolve.h"

void reflow_lwip_init(struct reflow_lwip *connection, const struct reflow_lwip_board *board)
{
    memset(connection, 0, sizeof *connection);
    connection->state = REFLOW_LWIP_IDLE;
    connection->board = board;
}

/* ---- What lwIP tells ------------------------------------------------------------------------- */

static err_t on_connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    struct reflow_lwip *connection = argument;

    (void)pcb;
    (void)error; /* always ERR_OK */
    connection->state = REFLOW_LWIP_OPEN;
    return ERR_OK;
}

/* No buffers: the peer's FIN. Buffers that cannot be chained, since a chain's length has 16 bits,
 * are refused: lwIP keeps them and offers them again. */
static err_t on_received(void *argument, struct tcp_pcb *pcb, struct pbuf *buffers, err_t error)
{
    struct reflow_lwip *connection = argument;

    (void)pcb;
    (void)error; /* always ERR_OK */
    if (buffers == NULL) {
        connection->ended = true;
    } else if (connection->received == NULL) {
        connection->received = buffers;
    } else if (connection->received->tot_len > UINT16_MAX - buffers->tot_len) {
        return ERR_MEM;
    } else {
        pbuf_cat(connection->received, buffers);
    }
    return ERR_OK;
}

/* Reset by the peer, or given up after many repetitions. lwIP has freed the pcb. */
static void on_lost(void *argument, err_t error)
{
    struct reflow_lwip *connection = argument;

    (void)error;
    connection->pcb = NULL;
    connection->state = REFLOW_LWIP_LOST;
}

/* ---- open and close -------------------------------------------------------------------------- */

/* After this lwIP has nothing left to call, and nothing to be called with. What send() has taken is
 * still delivered, then FIN; after bytes that nobody has read, or never will, RST. */
static void drop_pcb(struct reflow_lwip *connection)
{
    struct tcp_pcb *pcb = connection->pcb;

    connection->pcb = NULL;
    if (pcb == NULL) {
        return;
    }
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_err(pcb, NULL);
    if (tcp_close(pcb) != ERR_OK) {
        tcp_abort(pcb);
    }
}

static void lwip_close(void *context)
{
    struct reflow_lwip *connection = context;

    reflow_lwip_forget(connection);
    drop_pcb(connection);
    if (connection->received != NULL) {
        (void)pbuf_free(connection->received);
        connection->received = NULL;
    }
    connection->ended = false;
    connection->answered = false;
    connection->state = REFLOW_LWIP_IDLE;
}

/* The end of an attempt: the next open() begins afresh. */
static enum reflow_open fail(struct reflow_lwip *connection, enum reflow_open why)
{
    lwip_close(connection);
    return why;
}

/* Nagle's algorithm would meet delayed acknowledgements in the middle of a handshake. */
static enum reflow_open connect_to(struct reflow_lwip *connection)
{
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(&connection->address));

    if (pcb == NULL) {
        return fail(connection, REFLOW_OPEN_FAILED);
    }
    connection->pcb = pcb;
    connection->state = REFLOW_LWIP_CONNECTING;
    tcp_nagle_disable(pcb);
    tcp_arg(pcb, connection);
    tcp_recv(pcb, on_received);
    tcp_err(pcb, on_lost);
    if (tcp_connect(pcb, &connection->address, connection->port, on_connected) != ERR_OK) {
        return fail(connection, REFLOW_OPEN_FAILED);
    }
    return REFLOW_OPEN_PENDING;
}

static enum reflow_open begin(struct reflow_lwip *connection, const char *host, uint16_t port)
{
    connection->port = port;
    switch (reflow_lwip_resolve(connection, host)) {
    case REFLOW_LWIP_KNOWN:
        return connect_to(connection);
    case REFLOW_LWIP_ASKED:
        connection->state = REFLOW_LWIP_RESOLVING;
        return REFLOW_OPEN_PENDING;
    case REFLOW_LWIP_FULL:
        return fail(connection, REFLOW_OPEN_FAILED);
    case REFLOW_LWIP_NOBODY:
    default:
        break;
    }
    return fail(connection, REFLOW_OPEN_DNS);
}

static enum reflow_open lwip_open(void *context, const char *host, uint16_t port)
{
    struct reflow_lwip *connection = context;

    switch (connection->state) {
    case REFLOW_LWIP_IDLE:
        return begin(connection, host, port);
    case REFLOW_LWIP_RESOLVING:
        if (!connection->answered) {
            return REFLOW_OPEN_PENDING;
        }
        return connection->found ? connect_to(connection) : fail(connection, REFLOW_OPEN_DNS);
    case REFLOW_LWIP_CONNECTING:
        return REFLOW_OPEN_PENDING;
    case REFLOW_LWIP_OPEN:
        return REFLOW_OPEN_READY;
    case REFLOW_LWIP_LOST:
    default:
        break;
    }
    return fail(connection, REFLOW_OPEN_FAILED);
}

/* ---- send and recv --------------------------------------------------------------------------- */

/* tcp_write() takes all or nothing, and may lack memory for all where it has it for a part; were
 * nothing on its way then, no acknowledgement would ever make room. */
static int32_t send_some(struct tcp_pcb *pcb, const void *data, uint16_t length)
{
    err_t said = ERR_MEM;

    while (length > 0) {
        said = tcp_write(pcb, data, length, TCP_WRITE_FLAG_COPY);
        if (said != ERR_MEM) {
            break;
        }
        length /= 2;
    }
    if (said == ERR_OK) {
        (void)tcp_output(pcb); /* what cannot leave now is lwIP's to repeat */
        return (int32_t)length;
    }
    return said == ERR_MEM ? REFLOW_IO_WOULD_BLOCK : REFLOW_IO_LOST;
}

static int32_t lwip_send(void *context, const void *data, size_t length)
{
    struct reflow_lwip *connection = context;
    size_t room;

    if (connection->state != REFLOW_LWIP_OPEN) {
        return REFLOW_IO_LOST;
    }
    room = tcp_sndbuf(connection->pcb);
    if (room == 0) {
        return REFLOW_IO_WOULD_BLOCK;
    }
    return send_some(connection->pcb, data, (uint16_t)(length < room ? length : room));
}

/* Gives away the first bytes of the chain, and the window their room. */
static int32_t take(struct reflow_lwip *connection, void *data, size_t length)
{
    const uint16_t most = (uint16_t)(length < UINT16_MAX ? length : UINT16_MAX);
    const uint16_t count = pbuf_copy_partial(connection->received, data, most, 0);

    connection->received = pbuf_free_header(connection->received, count);
    if (connection->pcb != NULL) {
        tcp_recved(connection->pcb, count);
    }
    return count;
}

/* What has come is given before the end or the loss is told. A peer that has ended its bytes in good
 * order has done so, even if a reset follows. */
static int32_t lwip_recv(void *context, void *data, size_t length)
{
    struct reflow_lwip *connection = context;

    if (connection->state != REFLOW_LWIP_OPEN && connection->state != REFLOW_LWIP_LOST) {
        return REFLOW_IO_LOST;
    }
    if (connection->received != NULL) {
        return take(connection, data, length);
    }
    if (connection->ended) {
        return REFLOW_IO_END;
    }
    return connection->state == REFLOW_LWIP_OPEN ? REFLOW_IO_WOULD_BLOCK : REFLOW_IO_LOST;
}

/* ---- Clocks and waiting ---------------------------------------------------------------------- */

static uint32_t lwip_now_ms(void *context)
{
    (void)context;
    return sys_now();
}

static int64_t lwip_unix_time(void *context)
{
    const struct reflow_lwip *connection = context;
    const struct reflow_lwip_board *board = connection->board;

    if (board == NULL || board->unix_time == NULL) {
        return REFLOW_TIME_UNKNOWN;
    }
    return board->unix_time(board->context);
}

static bool can_go_on(const struct reflow_lwip *connection, int event)
{
    switch (connection->state) {
    case REFLOW_LWIP_IDLE:
        return false;
    case REFLOW_LWIP_RESOLVING:
        return connection->answered;
    case REFLOW_LWIP_CONNECTING:
        return false;
    case REFLOW_LWIP_OPEN:
        return event == REFLOW_WRITABLE ? tcp_sndbuf(connection->pcb) > 0
                                        : connection->received != NULL || connection->ended;
    case REFLOW_LWIP_LOST:
    default:
        break;
    }
    return true;
}

/* At least one round of work, also with no time left: a caller that never waits has a network too.
 * An end of CONNECTING is a change of state, which is why the state is kept. */
static void lwip_wait(void *context, int event, uint32_t timeout_ms)
{
    const struct reflow_lwip *connection = context;
    const struct reflow_lwip_board *board = connection->board;
    const enum reflow_lwip_state before = connection->state;
    const uint32_t start = sys_now();

    if (board == NULL || board->work == NULL) {
        return;
    }
    do {
        board->work(board->context);
    } while (sys_now() - start < timeout_ms && connection->state == before &&
             (event == REFLOW_LATER || !can_go_on(connection, event)));
}

const struct reflow_port reflow_lwip = {
    .open = lwip_open,
    .send = lwip_send,
    .recv = lwip_recv,
    .close = lwip_close,
    .now_ms = lwip_now_ms,
    .unix_time = lwip_unix_time,
    .wait = lwip_wait,
};
