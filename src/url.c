/* SPDX-License-Identifier: MIT */
/* url: one pass over the scheme, HOST[:PORT] and [/PATH]; each part is checked byte for byte, because
 * each of them is later written into a request line or a Host field. */
#include "url.h"

#include <string.h>

#include "name.h"
#include "text.h"

#define SCHEME "https://"
#define HTTPS_PORT 443
#define MOST_HOST 253 /* RFC 1035 section 2.3.4, without the root's dot */
#define MOST_PATH 512

static bool is_name_char(char c)
{
    const char lower = reflow_lower(c);

    return (lower >= 'a' && lower <= 'z') || reflow_is_digit(c) || c == '-' || c == '_' || c == '.';
}

static bool is_ipv6_char(char c)
{
    const char lower = reflow_lower(c);

    return (lower >= 'a' && lower <= 'f') || reflow_is_digit(c) || c == ':' || c == '.';
}

/* pchar of RFC 3986 section 3.3, and the slash between segments. "%" must have been encoded right
 * by the caller; nothing that it encodes can break out of the line. Never asked about the NUL. */
static bool is_path_char(char c)
{
    return reflow_is_unreserved(c) || strchr("/%!$&'()*+,;=:@", c) != NULL;
}

/* The number of leading characters that `allowed` takes, at most `most`. */
static size_t span(const char *text, size_t most, bool (*allowed)(char))
{
    size_t length = 0;

    while (length < most && text[length] != '\0' && allowed(text[length])) {
        length++;
    }
    return length;
}

/* Empty labels, as in "a..b", would be names that no resolver takes. */
static bool labels_sound(const char *host, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (host[i] == '.' && (i == 0 || host[i - 1] == '.')) {
            return false;
        }
    }
    return true;
}

/* Whether it is an IPv6 address, and not only made of its characters. */
static bool is_address(const char *host, size_t length)
{
    char text[48];
    uint8_t address[16];

    if (length >= sizeof text) {
        return false;
    }
    memcpy(text, host, length);
    text[length] = '\0';
    return reflow_name_address(text, address) == sizeof address;
}

/* Reads the host at `text`; returns what follows it, or NULL. */
static const char *read_host(struct reflow_url *url, const char *text)
{
    size_t length;

    url->ipv6 = text[0] == '[';
    if (url->ipv6) {
        text++;
    }
    length = span(text, MOST_HOST + 1, url->ipv6 ? is_ipv6_char : is_name_char);
    if (length == 0 || length > MOST_HOST || (!url->ipv6 && !labels_sound(text, length))) {
        return NULL;
    }
    url->host = text;
    url->host_length = (uint16_t)length;
    text += length;
    if (url->ipv6) {
        return text[0] == ']' && is_address(url->host, length) ? text + 1 : NULL;
    }
    return text;
}

/* Reads ":PORT", if there is one; returns what follows, or NULL. */
static const char *read_port(struct reflow_url *url, const char *text)
{
    uint32_t port = 0;

    if (text[0] != ':') {
        return text;
    }
    for (text++; reflow_is_digit(text[0]) && port <= UINT16_MAX; text++) {
        port = port * 10 + (uint32_t)(text[0] - '0');
    }
    if (port == 0 || port > UINT16_MAX) {
        return NULL;
    }
    url->port = (uint16_t)port;
    return text;
}

const char *reflow_url_authority(struct reflow_url *url, const char *text, uint16_t port)
{
    url->port = port;
    text = read_host(url, text);
    return text != NULL ? read_port(url, text) : NULL;
}

bool reflow_url_read(struct reflow_url *url, const char *text)
{
    size_t length;

    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0) {
        return false;
    }
    text = reflow_url_authority(url, text + strlen(SCHEME), HTTPS_PORT);
    if (text == NULL || (text[0] != '\0' && text[0] != '/')) {
        return false;
    }
    length = span(text, MOST_PATH + 1, is_path_char);
    if (length > MOST_PATH || text[length] != '\0') {
        return false;
    }
    while (length > 0 && text[length - 1] == '/') {
        length--;
    }
    url->path = text;
    url->path_length = (uint16_t)length;
    return true;
}
