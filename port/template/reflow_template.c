/* SPDX-License-Identifier: MIT */
/* reflow_template: a port's functions, to be filled in. The contract is in reflow.h, "The port";
 * port/README.md has the checklist; tests/unit/port_contract.c is the test that a port must pass.
 *
 * "lwIP" below is lwIP's raw interface with NO_SYS; "sockets" any stack with numbered sockets, as
 * in radio and Ethernet modules. */
#include "reflow_template.h"

void reflow_template_init(struct reflow_template *connection)
{
    connection->state = REFLOW_TEMPLATE_IDLE;
    connection->calls = 0;
}

/* Called over and over while it says PENDING: begin once, then only look how far it has come.
 *
 *   IDLE     begin. An address in digits needs no resolver (lwIP: ipaddr_aton()). A name does:
 *            lwIP dns_gethostbyname(), which may answer at once, or later by a callback that must
 *            only take a note. No such name, no answer: REFLOW_OPEN_DNS. Then connect: lwIP
 *            tcp_new(), tcp_nagle_disable(), tcp_arg(), tcp_recv(), tcp_err(), tcp_connect();
 *            sockets socket(), non-blocking, connect().
 *   OPENING  REFLOW_OPEN_PENDING until the stack has said how it ended, then OPEN and
 *            REFLOW_OPEN_READY, or IDLE and REFLOW_OPEN_FAILED. No deadline here: the client keeps
 *            it, and calls close() when it passes.
 *
 * A late callback of an attempt that was closed must find nothing to write to: give callbacks a
 * number of the attempt, or deregister them in close(). A resolver that blocks is allowed if there
 * is nothing better; say so in the port's documentation, since the client's deadline then cannot
 * hold meanwhile. */
static enum reflow_open template_open(void *context, const char *host, uint16_t port)
{
    struct reflow_template *connection = context;

    (void)host;
    (void)port;
    connection->state = REFLOW_TEMPLATE_IDLE;
    return REFLOW_OPEN_FAILED; /* there is no network yet */
}

/* Takes what fits and says how much that was; a record may leave in many pieces. Bytes that were
 * counted as taken are taken for good: the client will never offer them again, and regards a
 * request as committed once its last byte was.
 *
 *   lwIP     the smaller of `length` and tcp_sndbuf(); 0: REFLOW_IO_WOULD_BLOCK. tcp_write() with
 *            TCP_WRITE_FLAG_COPY, since `data` is the caller's again on return; ERR_MEM:
 *            REFLOW_IO_WOULD_BLOCK. Then tcp_output(), or the bytes wait for a timer.
 *   sockets  send(); "would block" and "out of buffers" are REFLOW_IO_WOULD_BLOCK, every other
 *            failure is REFLOW_IO_LOST. */
static int32_t template_send(void *context, const void *data, size_t length)
{
    (void)context;
    (void)data;
    (void)length;
    return REFLOW_IO_LOST;
}

/* Four results that must not be confused: bytes, nothing yet, an orderly end, a loss. What has
 * arrived is handed out before an end or a loss is told, and once told it is told again.
 *
 *   lwIP     the receive callback chains the pbufs; here pbuf_copy_partial(), pbuf_free_header(),
 *            and tcp_recved() for what was copied, or the window closes. The callback with a NULL
 *            pbuf is the end: REFLOW_IO_END. The error callback is the loss, whatever its code; the
 *            pcb is freed already and must not be touched again.
 *   sockets  recv(); 0 is the end, unless the stack says 0 for "nothing yet" too: then ask it for
 *            the connection's state. */
static int32_t template_recv(void *context, void *data, size_t length)
{
    (void)context;
    (void)data;
    (void)length;
    return REFLOW_IO_LOST;
}

/* At once and without waiting, from every state, twice as well.
 *
 *   lwIP     deregister the callbacks, free queued pbufs, then tcp_close(), and where that fails
 *            tcp_abort(). Not from within a callback.
 *   sockets  close(), without lingering. */
static void template_close(void *context)
{
    struct reflow_template *connection = context;

    connection->state = REFLOW_TEMPLATE_IDLE;
}

/* Milliseconds that only ever go forward: lwIP sys_now(), HAL_GetTick(), a timer. It may start
 * anywhere and wrap at 2^32, not earlier. Best when it goes on during sleep.
 *
 * Until there is a clock, each call passes for a millisecond, so that deadlines pass and a client
 * ends instead of hanging. */
static uint32_t template_now_ms(void *context)
{
    struct reflow_template *connection = context;

    connection->calls++;
    return connection->calls;
}

/* Seconds since 1970 in UTC from a real-time clock or SNTP, and REFLOW_TIME_UNKNOWN until one of
 * them was set: certificates are judged by it, so a guess is worse than none. */
static int64_t template_unix_time(void *context)
{
    (void)context;
    return REFLOW_TIME_UNKNOWN;
}

/* Leave the pointer NULL in a super-loop that drives reflow_step() itself. For the blocking calls:
 * let the stack work until the connection can go on (`event` is REFLOW_READABLE or REFLOW_WRITABLE;
 * with REFLOW_LATER only time counts) or `timeout_ms` have passed. Returning early is allowed and
 * never wrong: lwIP one round of netif_poll() and sys_check_timeouts(), then WFI; an RTOS a
 * semaphore that the callbacks give. */
static void template_wait(void *context, int event, uint32_t timeout_ms)
{
    (void)context;
    (void)event;
    (void)timeout_ms;
}

const struct reflow_port reflow_template = {
    .open = template_open,
    .send = template_send,
    .recv = template_recv,
    .close = template_close,
    .now_ms = template_now_ms,
    .unix_time = template_unix_time,
    .wait = template_wait,
};
