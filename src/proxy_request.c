/* SPDX-License-Identifier: MIT */
/* proxy_request: from a proxy's URL to the request head, the credentials decoded on the way. */
#include "proxy_request.h"

#include <string.h>

#include "http_request.h"
#include "json_escape.h"
#include "text.h"
#include "url.h"

#define SCHEME "http://"
#define PROXY_PORT 1080 /* curl's */
#define MOST_CREDENTIALS 255

/* ---- Credentials ---- */

/* The byte that "%XX" stands for; 0, which cannot be sent, when it is none. */
static uint8_t decode_escape(const char *text, size_t length)
{
    const unsigned high = length > 2 ? reflow_json_hex((uint8_t)text[1]) : 16;
    const unsigned low = length > 2 ? reflow_json_hex((uint8_t)text[2]) : 16;

    return high < 16 && low < 16 ? (uint8_t)(high * 16 + low) : 0;
}

/* Decodes the byte at `text` of `length` (1 or more) into `byte`; returns how many characters it
 * took, or 0 when it is none that can be sent, or would end the credentials (RFC 3986 section 3.2). */
static size_t decode_byte(const char *text, size_t length, uint8_t *byte)
{
    const bool escaped = text[0] == '%';
    const bool ends = text[0] == '/' || text[0] == '?' || text[0] == '#';

    *byte = escaped ? decode_escape(text, length) : (uint8_t)text[0];
    if (ends || *byte < 0x20 || *byte == 0x7f) {
        return 0;
    }
    return escaped ? 3 : 1;
}

/* RFC 4648 section 4: three bytes become four characters, "=" stands for those that are missing of the
 * `count` (1 to 3). */
static void write_base64(struct reflow_text *text, uint8_t group[3], size_t count)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits;
    char four[4];

    memset(group + count, 0, 3 - count);
    bits = (uint32_t)group[0] << 16 | (uint32_t)group[1] << 8 | group[2];
    four[0] = letters[bits >> 18];
    four[1] = letters[bits >> 12 & 63];
    four[2] = count > 1 ? letters[bits >> 6 & 63] : '=';
    four[3] = count > 2 ? letters[bits & 63] : '=';
    reflow_text_bytes(text, four, sizeof four);
}

/* Decodes the credentials and writes them in base64. Returns whether they are sound. A user who gave
 * no password has an empty one. */
static bool write_credentials(struct reflow_text *text, const char *credentials, size_t length)
{
    const bool colon = memchr(credentials, ':', length) != NULL;
    uint8_t group[3];
    size_t held = 0;
    size_t size;
    size_t at = 0;

    for (size = 0; at < length && size < MOST_CREDENTIALS; size++) {
        const size_t taken = decode_byte(credentials + at, length - at, &group[held]);
        if (taken == 0) {
            return false;
        }
        at += taken;
        held++;
        if (held == sizeof group) {
            write_base64(text, group, held);
            held = 0;
        }
    }
    if (!colon) {
        group[held] = ':';
        held++;
    }
    if (held > 0) {
        write_base64(text, group, held);
    }
    return length > 0 && at == length;
}

/* ---- The proxy's URL ---- */

static const char *skip_scheme(const char *text)
{
    size_t i = 0;

    while (i < strlen(SCHEME) && reflow_lower(text[i]) == SCHEME[i]) {
        i++;
    }
    return i == strlen(SCHEME) ? text + i : text;
}

/* Whether they can be decoded and sent: written into no room at all. */
static bool credentials_sound(const char *credentials, size_t length)
{
    struct reflow_text nowhere;

    reflow_text_init(&nowhere, NULL, 0);
    return write_credentials(&nowhere, credentials, length);
}

bool reflow_proxy_url_read(struct reflow_proxy_url *url, const char *text)
{
    const char *at;

    memset(url, 0, sizeof *url);
    text = skip_scheme(text);
    at = strchr(text, '@');
    if (at != NULL) {
        const size_t length = (size_t)(at - text);
        if (!credentials_sound(text, length)) {
            return false;
        }
        url->credentials = text;
        url->credentials_length = (uint16_t)length;
        text = at + 1;
    }
    text = reflow_url_authority(&url->at, text, PROXY_PORT);
    return text != NULL && (text[0] == '\0' || strcmp(text, "/") == 0);
}

/* ---- The request ---- */

/* Unlike elsewhere the port is never left out (RFC 9110 section 9.3.6). */
static void write_target(struct reflow_text *head, const char *host, uint16_t port)
{
    const bool ipv6 = strchr(host, ':') != NULL;

    reflow_http_request_target(head, ipv6 ? "[" : "");
    reflow_http_request_target(head, host);
    reflow_http_request_target(head, ipv6 ? "]:" : ":");
    reflow_text_number(head, port);
}

void reflow_proxy_request(struct reflow_text *head, const char *host, uint16_t port,
                          const char *credentials, size_t length)
{
    reflow_text_string(head, "CONNECT ");
    write_target(head, host, port);
    reflow_text_string(head, " HTTP/1.1\r\nHost: ");
    write_target(head, host, port);
    reflow_text_string(head, "\r\n");
    reflow_http_request_field(head, "User-Agent", "reflow/" REFLOW_VERSION);
    if (credentials != NULL) {
        reflow_text_string(head, "Proxy-Authorization: Basic ");
        if (!write_credentials(head, credentials, length)) {
            head->invalid = true;
        }
        reflow_text_string(head, "\r\n");
    }
    reflow_http_request_end(head);
}
