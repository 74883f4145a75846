/* SPDX-License-Identifier: MIT */
/* proxy: a port in front of another port, which opens a tunnel before it lets a byte through. The client
 * knows nothing of it but that opening takes longer, and whom to blame when it fails. */
#include <string.h>

#include "http_response.h"
#include "proxy_except.h"
#include "proxy_request.h"
#include "states.h"
#include "text.h"

/* CLOSED -> CONNECTING -> ASKING -> LISTENING -> TUNNEL -> GREETED -> ANSWERED, the last two when the
 * first byte goes into the tunnel and when one comes out of it; or, by an exception, CLOSED -> DIRECT. */
enum stage { CLOSED, CONNECTING, ASKING, LISTENING, TUNNEL, GREETED, ANSWERED, DIRECT };

enum fault {
    FAULT_NONE,
    FAULT_NAME,
    FAULT_CONNECTION,
    FAULT_NO_ANSWER,
    FAULT_NO_HTTP,
    FAULT_SURPLUS,
    FAULT_CREDENTIALS,
    FAULT_REFUSED, /* its words stand in the buffer */
    FAULT_TUNNEL,
    FAULT_NO_TLS
};

static const char *const words[] = {
    [FAULT_NONE] = NULL,
    [FAULT_NAME] = "the proxy's name cannot be resolved",
    [FAULT_CONNECTION] = "no connection to the proxy",
    [FAULT_NO_ANSWER] = "the proxy does not answer",
    [FAULT_NO_HTTP] = "what the proxy answers is not HTTP",
    [FAULT_SURPLUS] = "the proxy says more than an answer",
    [FAULT_CREDENTIALS] = "the proxy asks for other credentials (HTTP 407)",
    [FAULT_REFUSED] = NULL,
    [FAULT_TUNNEL] = "the proxy opened a tunnel, and nothing came out of it",
    [FAULT_NO_TLS] = "the proxy opened a tunnel, and what came out of it is not TLS",
};

/* The first byte of a server in TLS: a handshake or an alert (RFC 8446 section 5.1). */
#define TLS_ALERT 21
#define TLS_HANDSHAKE 22

/* Of a request that was not sent whole nothing stays. */
static void drop(struct reflow_proxy *proxy)
{
    if (proxy->state == ASKING) {
        reflow_wipe(proxy->buffer, sizeof proxy->buffer);
    }
    proxy->port->close(proxy->port_context);
    proxy->state = CLOSED;
}

static enum reflow_open fail(struct reflow_proxy *proxy, enum fault fault)
{
    proxy->fault = (uint8_t)fault;
    drop(proxy);
    return REFLOW_OPEN_FAILED;
}

/* ---- Opening a tunnel ---- */

/* "the proxy refuses (HTTP 403)". The answer's own words are anybody's, and none are kept. */
static enum reflow_open refuse(struct reflow_proxy *proxy)
{
    struct reflow_text text;

    if (proxy->response.status == 407) {
        return fail(proxy, FAULT_CREDENTIALS);
    }
    reflow_text_init(&text, proxy->buffer, sizeof proxy->buffer);
    reflow_text_string(&text, "the proxy refuses (HTTP ");
    reflow_text_number(&text, proxy->response.status);
    reflow_text_bytes(&text, ")", sizeof ")");
    return fail(proxy, FAULT_REFUSED);
}

/* Whatever a 2xx says of content, there is none: what follows is the tunnel's (RFC 9110 section
 * 9.3.6), where no server speaks first. */
static enum reflow_open judge(struct reflow_proxy *proxy, size_t surplus)
{
    if (proxy->response.status / 100 != 2) {
        return refuse(proxy);
    }
    if (surplus > 0) {
        return fail(proxy, FAULT_SURPLUS);
    }
    proxy->state = TUNNEL;
    return REFLOW_OPEN_READY;
}

/* Takes what the proxy said; REFLOW_OPEN_READING: it has not said all yet. */
static enum reflow_open take(struct reflow_proxy *proxy, size_t length)
{
    enum reflow_http_event event = REFLOW_HTTP_FIELD;
    size_t at = 0;

    while (event == REFLOW_HTTP_FIELD) {
        at += reflow_http_response_read(&proxy->response, proxy->buffer + at, length - at, &event);
    }
    if (event == REFLOW_HTTP_HEAD) {
        return judge(proxy, length - at);
    }
    return event == REFLOW_HTTP_MORE ? REFLOW_OPEN_READING : fail(proxy, FAULT_NO_HTTP);
}

static enum reflow_open listen_to(struct reflow_proxy *proxy)
{
    enum reflow_open opened = REFLOW_OPEN_READING;

    while (opened == REFLOW_OPEN_READING) {
        const int32_t got =
            proxy->port->recv(proxy->port_context, proxy->buffer, sizeof proxy->buffer);
        if (got == REFLOW_IO_WOULD_BLOCK) {
            return REFLOW_OPEN_READING;
        }
        opened = got > 0 ? take(proxy, (size_t)got) : fail(proxy, FAULT_NO_ANSWER);
    }
    return opened;
}

static enum reflow_open ask(struct reflow_proxy *proxy)
{
    while (proxy->at < proxy->length) {
        const int32_t sent = proxy->port->send(proxy->port_context, proxy->buffer + proxy->at,
                                               (size_t)proxy->length - proxy->at);
        if (sent == REFLOW_IO_WOULD_BLOCK) {
            return REFLOW_OPEN_PENDING;
        }
        if (sent < 0) {
            return fail(proxy, FAULT_NO_ANSWER);
        }
        proxy->at = (uint16_t)(proxy->at + (uint32_t)sent);
    }
    reflow_wipe(proxy->buffer, proxy->length);
    reflow_http_response_init(&proxy->response);
    proxy->state = LISTENING;
    return listen_to(proxy);
}

/* The host was checked as a part of a URL, the credentials by reflow_use_proxy(): it fits. */
static enum reflow_open connected(struct reflow_proxy *proxy, const char *host, uint16_t port)
{
    struct reflow_text head;

    reflow_text_init(&head, proxy->buffer, sizeof proxy->buffer);
    reflow_proxy_request(&head, host, port, proxy->credentials, proxy->credentials_length);
    proxy->at = 0;
    proxy->length = (uint16_t)head.length;
    proxy->state = ASKING;
    return ask(proxy);
}

static enum reflow_open connect_to(struct reflow_proxy *proxy, const char *host, uint16_t port)
{
    const enum reflow_open opened =
        proxy->port->open(proxy->port_context, proxy->host, proxy->number);

    switch (opened) {
    case REFLOW_OPEN_READY:
        return connected(proxy, host, port);
    case REFLOW_OPEN_DNS:
        return fail(proxy, FAULT_NAME);
    case REFLOW_OPEN_FAILED:
        return fail(proxy, FAULT_CONNECTION);
    default: /* under way */
        return opened;
    }
}

static void trace(struct reflow_proxy *proxy)
{
    struct reflow_text text;

    reflow_text_init(&text, proxy->buffer, sizeof proxy->buffer);
    reflow_text_string(&text, proxy->host);
    reflow_text_string(&text, " port ");
    reflow_text_number(&text, proxy->number);
    reflow_text_string(&text, ", a proxy");
    reflow_trace(proxy->client, REFLOW_TRACE_CONNECT, text.data, text.length);
}

static void begin(struct reflow_proxy *proxy, const char *host)
{
    proxy->fault = FAULT_NONE;
    proxy->state = reflow_proxy_excepts(proxy->except, host) ? DIRECT : CONNECTING;
    if (proxy->state == CONNECTING) {
        trace(proxy);
    }
}

/* ---- The port ---- */

static enum reflow_open open_tunnel(void *context, const char *host, uint16_t port)
{
    struct reflow_proxy *proxy = context;

    if (proxy->state == CLOSED) {
        begin(proxy, host);
    }
    switch ((enum stage)proxy->state) {
    case CONNECTING:
        return connect_to(proxy, host, port);
    case ASKING:
        return ask(proxy);
    case LISTENING:
        return listen_to(proxy);
    default: /* DIRECT */
        return proxy->port->open(proxy->port_context, host, port);
    }
}

static int32_t pass_on(void *context, const void *data, size_t length)
{
    struct reflow_proxy *proxy = context;

    if (proxy->state == TUNNEL) {
        proxy->state = GREETED;
    }
    return proxy->port->send(proxy->port_context, data, length);
}

/* The server's first byte tells whether it is one. */
static int32_t let_through(void *context, void *data, size_t length)
{
    struct reflow_proxy *proxy = context;
    const uint8_t *bytes = data;
    const int32_t got = proxy->port->recv(proxy->port_context, data, length);

    if (proxy->state == GREETED && got > 0) {
        proxy->state = ANSWERED;
        if (bytes[0] != TLS_HANDSHAKE && bytes[0] != TLS_ALERT) {
            proxy->fault = FAULT_NO_TLS;
        }
    }
    return got;
}

static void close_tunnel(void *context)
{
    drop(context);
}

static uint32_t now_ms(void *context)
{
    const struct reflow_proxy *proxy = context;

    return proxy->port->now_ms(proxy->port_context);
}

static int64_t unix_time(void *context)
{
    const struct reflow_proxy *proxy = context;

    return proxy->port->unix_time(proxy->port_context);
}

static void wait_below(void *context, int event, uint32_t timeout_ms)
{
    const struct reflow_proxy *proxy = context;

    if (proxy->port->wait != NULL) {
        proxy->port->wait(proxy->port_context, event, timeout_ms);
    }
}

/* Whoever still waits for something of the proxy has been kept waiting by it. */
static const char *blame(void *context)
{
    const struct reflow_proxy *proxy = context;

    switch ((enum stage)proxy->state) {
    case CONNECTING:
        return words[FAULT_CONNECTION];
    case ASKING:
    case LISTENING:
        return words[FAULT_NO_ANSWER];
    case GREETED:
        return words[FAULT_TUNNEL];
    default: /* what is known of it, if anything */
        return proxy->fault == FAULT_REFUSED ? proxy->buffer : words[proxy->fault];
    }
}

static const struct reflow_port tunnel = {open_tunnel, pass_on,   let_through, close_tunnel,
                                          now_ms,      unix_time, wait_below,  blame};

enum reflow_error reflow_use_proxy(struct reflow_client *client, struct reflow_proxy *proxy,
                                   const char *url, const char *except)
{
    struct reflow_proxy_url where;

    if (!reflow_proxy_url_read(&where, url)) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    memset(proxy, 0, sizeof *proxy);
    memcpy(proxy->host, where.at.host, where.at.host_length);
    proxy->number = where.at.port;
    proxy->credentials = where.credentials;
    proxy->credentials_length = where.credentials_length;
    proxy->except = except;
    proxy->client = client;
    proxy->port = client->config.port;
    proxy->port_context = client->config.port_context;
    client->config.port = &tunnel;
    client->config.port_context = proxy;
    return REFLOW_OK;
}
