/* SPDX-License-Identifier: MIT */
/* Fuzzes proxies: a line for the URL, a line of exceptions, a line for the host; then the sizes and the text of what
 * the proxy answers. A URL that is taken makes one request, without a line of anybody else's; a tunnel is open only
 * behind a 2xx and its empty line, with nothing after it, and no credentials are left behind. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "http_request.h"
#include "reflow.h"
#include "text.h"

#define MOST_LINE 1200
#define PORT 443

static struct pieces pieces;
static char *answer; /* all of it, */
static size_t answer_length;
static char request[REFLOW_PROXY_SIZE + 1];
static size_t asked;    /* bytes of the request */
static size_t answered; /* bytes of the answer that were handed out */
static bool connected;

/* ---- The proxy ---- */

static enum reflow_open port_open(void *context, const char *host, uint16_t port)
{
    (void)context;
    assert_true(!connected && strlen(host) > 0 && port > 0);
    connected = true;
    return REFLOW_OPEN_READY;
}

static int32_t port_send(void *context, const void *data, size_t length)
{
    (void)context;
    assert_true(connected && length > 0 && asked + length < sizeof request);
    length = length > 100 ? 100 : length;
    memcpy(request + asked, data, length);
    asked += length;
    return (int32_t)length;
}

static int32_t port_recv(void *context, void *data, size_t size)
{
    const char *piece;
    size_t length;

    (void)context;
    assert_true(connected && size >= 32);
    if (!pieces_take(&pieces, &piece, &length)) {
        return REFLOW_IO_END;
    }
    length = length < size ? length : size; /* the rest of a long piece is lost on both */
    memcpy(data, piece, length);
    answered += length;
    return (int32_t)length;
}

static void port_close(void *context)
{
    (void)context;
    connected = false;
}

static uint32_t port_now_ms(void *context)
{
    (void)context;
    return 0;
}

static int64_t port_unix_time(void *context)
{
    (void)context;
    return 0;
}

static const struct reflow_port port = {port_open,   port_send,      port_recv, port_close,
                                        port_now_ms, port_unix_time, NULL,      NULL};

/* ---- What must be true ---- */

static void request_is_sound(const char *host)
{
    static const char basic[] = "\r\nProxy-Authorization: Basic ";
    size_t feeds = 0;
    size_t i;

    request[asked] = '\0';
    assert_true(strlen(request) == asked && strncmp(request, "CONNECT ", 8) == 0);
    assert_true(strstr(request, host) != NULL);
    for (i = 0; i < asked; i++) {
        feeds += request[i] == '\n' ? 1 : 0;
        assert_true((request[i] == '\n') == (i > 0 && request[i - 1] == '\r'));
    }
    assert_int_equal(feeds, strstr(request, basic) != NULL ? 5 : 4);
}

/* Behind interim answers, each with an empty line of its own. */
static void answer_is_sound(const char *text)
{
    const char *end = text;
    const char *last = text;

    while (end != NULL && (size_t)(end - text) < answered) {
        last = end;
        end = strstr(end, "\r\n\r\n");
        end = end != NULL ? end + 4 : NULL;
    }
    assert_true(end != NULL && (size_t)(end - text) == answered);
    assert_true(strncmp(last, "HTTP/1.", 7) == 0 && last[9] == '2');
}

static void tunnel(const struct reflow_client *client, struct reflow_proxy *proxy, const char *host)
{
    const struct reflow_port *through = client->config.port;
    const enum reflow_open opened = through->open(proxy, host, PORT);

    if (asked == 0) { /* an exception */
        assert_true(opened == REFLOW_OPEN_READY && answered == 0);
        assert_true(through->blame(proxy) == NULL);
    } else {
        request_is_sound(host);
        assert_true((opened == REFLOW_OPEN_READY) == (through->blame(proxy) == NULL));
        assert_true(opened == REFLOW_OPEN_READY || (opened == REFLOW_OPEN_FAILED && !connected));
        assert_true(!bytes_hold(proxy->buffer, sizeof proxy->buffer, "CONNECT ", 8) ||
                    bytes_hold(answer, answer_length, "CONNECT ", 8));
        if (opened == REFLOW_OPEN_READY) {
            answer_is_sound(answer);
        }
    }
    through->close(proxy);
}

/* ---- The input ---- */

static char *take_line(const uint8_t **data, size_t *size)
{
    const uint8_t *feed = memchr(*data, '\n', *size);
    const size_t whole = feed != NULL ? (size_t)(feed - *data) : *size;
    char *line = exact_copy(*data, whole < MOST_LINE ? whole : MOST_LINE, 1);

    *data += feed != NULL ? whole + 1 : whole;
    *size -= feed != NULL ? whole + 1 : whole;
    return line;
}

static bool is_host(const char *host)
{
    return strlen(host) <= 253 && reflow_text_all(host, 253, reflow_is_visible);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reflow_client client;
    static struct reflow_proxy proxy;
    char *url = take_line(&data, &size);
    char *except = take_line(&data, &size);
    char *host = take_line(&data, &size);

    memset(&client, 0, sizeof client);
    client.config.port = &port;
    pieces_begin(&pieces, data, size);
    answer_length = pieces.length;
    answer = exact_copy(pieces.text, pieces.length, 1); /* ends in a NUL */
    pieces.text = answer;
    asked = answered = 0;
    connected = false;
    if (reflow_use_proxy(&client, &proxy, url, except) == REFLOW_OK && is_host(host)) {
        tunnel(&client, &proxy, host);
    }
    free(answer);
    free(url);
    free(except);
    free(host);
    return 0;
}
