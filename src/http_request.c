/* SPDX-License-Identifier: MIT */
/* http_request: the request head, written so that nobody can break out of his place in it. */
#include "http_request.h"

#include <string.h>

#include "text.h"

#define HTTPS_PORT 443

/* Appends bytes of which each must be visible. */
static void visible(struct reflow_text *head, const char *bytes, size_t length)
{
    if (!reflow_text_visible(bytes, length)) {
        head->invalid = true;
    }
    reflow_text_bytes(head, bytes, length);
}

void reflow_http_request_begin(struct reflow_text *head, const char *method,
                               const struct reflow_url *base)
{
    visible(head, method, strlen(method));
    reflow_text_string(head, " ");
    visible(head, base->path, base->path_length);
}

void reflow_http_request_target(struct reflow_text *head, const char *literal)
{
    visible(head, literal, strlen(literal));
}

void reflow_http_request_value(struct reflow_text *head, const char *value)
{
    reflow_text_percent(head, value);
}

void reflow_http_request_host(struct reflow_text *head, const struct reflow_url *url)
{
    reflow_text_string(head, " HTTP/1.1\r\nHost: ");
    reflow_text_string(head, url->ipv6 ? "[" : "");
    visible(head, url->host, url->host_length);
    reflow_text_string(head, url->ipv6 ? "]" : "");
    if (url->port != HTTPS_PORT) {
        reflow_text_string(head, ":");
        reflow_text_number(head, url->port);
    }
    reflow_text_string(head, "\r\n");
}

/* RFC 9110 section 5.5, without its obsolete parts: no byte that could end the line, and no blank
 * at an end, which a reader would strip. No two of them, either. */
static bool value_sound(const char *value)
{
    size_t i;

    for (i = 0; value[i] != '\0'; i++) {
        const bool blank = value[i] == ' ' && i > 0 && reflow_is_visible(value[i + 1]);
        if (!blank && !reflow_is_visible(value[i])) {
            return false;
        }
    }
    return i > 0;
}

void reflow_http_request_field(struct reflow_text *head, const char *name, const char *value)
{
    if (!value_sound(value)) {
        head->invalid = true;
        return;
    }
    visible(head, name, strlen(name));
    reflow_text_string(head, ": ");
    reflow_text_string(head, value);
    reflow_text_string(head, "\r\n");
}

size_t reflow_http_request_bearer(struct reflow_text *head, const char *token)
{
    size_t at;

    if (token == NULL || token[0] == '\0') {
        head->invalid = true;
        return 0;
    }
    reflow_text_string(head, "Authorization: Bearer ");
    at = head->length;
    visible(head, token, strlen(token));
    reflow_text_string(head, "\r\n");
    return at;
}

void reflow_http_request_end(struct reflow_text *head)
{
    reflow_text_string(head, "\r\n");
}
