/* SPDX-License-Identifier: MIT */
/* http_state: what http_response and http_field have in common of a valid struct
 * reflow_http_response: each proof of theirs assumes it before a step and shows it after. */
#ifndef REFLOW_HTTP_STATE_H
#define REFLOW_HTTP_STATE_H

#include "http_field.h"

/* A trailer says nothing of the framing. A head has a length of its own, or a transfer coding that
 * HTTP/1.1 knows, or neither: never both, and never a length beyond the limit. */
static bool framing_valid(const struct reflow_http_response *response)
{
    const unsigned framing = response->framing;
    const unsigned coded = framing & (REFLOW_HTTP_CHUNKED | REFLOW_HTTP_CODED);

    if ((framing & REFLOW_HTTP_TRAILER) != 0) {
        return framing == REFLOW_HTTP_TRAILER;
    }
    if (framing > 15 || (coded != 0 && (framing & (REFLOW_HTTP_LENGTH | REFLOW_HTTP_OLD)) != 0)) {
        return false;
    }
    return (framing & REFLOW_HTTP_LENGTH) == 0 || response->remaining <= REFLOW_MAX_CONTENT;
}

/* The statuses that a head may have once it is read: three digits, and not 101. */
static bool status_valid(const struct reflow_http_response *response)
{
    return response->status >= 100 && response->status <= 599 && response->status != 101;
}

/* All that reflow_http_fields_read() is entered with, and leaves, of what is not its own: its own
 * members are valid when `line` and `candidates` are 0, as between two sections. */
static bool section_valid(const struct reflow_http_response *response)
{
    return framing_valid(response) && status_valid(response) && response->error == 0 &&
           response->flags <= (REFLOW_HTTP_KEEP_ALIVE | REFLOW_HTTP_ENCODED);
}

#endif
