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

/* What reading a section leaves alone: all of where the response stands; what is already known of
 * its framing; flags, but that they turn for the worse; and in a trailer everything. */
static bool section_kept(const struct reflow_http_response *before,
                         const struct reflow_http_response *after)
{
    const unsigned lost = before->flags & ~(unsigned)after->flags;
    const unsigned won = after->flags & ~(unsigned)before->flags;

    if (after->state != before->state || after->status != before->status ||
        after->allowance != before->allowance || after->content != before->content ||
        after->interim != before->interim) {
        return false;
    }
    if (before->framing == REFLOW_HTTP_TRAILER) {
        return after->framing == REFLOW_HTTP_TRAILER && after->flags == before->flags &&
               after->remaining == before->remaining;
    }
    return after->framing != REFLOW_HTTP_TRAILER &&
           (before->framing & ~(unsigned)after->framing) == 0 &&
           (lost & ~REFLOW_HTTP_KEEP_ALIVE) == 0 && (won & ~REFLOW_HTTP_ENCODED) == 0;
}

/* What an event of a section says. */
static bool section_event(const struct reflow_http_response *after, enum reflow_http_event event)
{
    switch (event) {
    case REFLOW_HTTP_ERROR:
        return after->error == REFLOW_ERR_HTTP_MALFORMED ||
               after->error == REFLOW_ERR_HTTP_TOO_LARGE;
    case REFLOW_HTTP_FIELD:
        return section_valid(after) && after->field <= REFLOW_HTTP_REQUEST_ID &&
               after->status >= 200 && after->framing != REFLOW_HTTP_TRAILER;
    case REFLOW_HTTP_HEAD:
        return section_valid(after) && after->line == 0 && after->candidates == 0;
    default:
        return section_valid(after) && event == REFLOW_HTTP_MORE;
    }
}

#endif
