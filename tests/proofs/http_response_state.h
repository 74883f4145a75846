/* SPDX-License-Identifier: MIT */
/* http_response_state: what is always true of a struct reflow_http_response between two steps of
 * http_response that have not failed. To be included behind the source. */
#ifndef REFLOW_HTTP_RESPONSE_STATE_H
#define REFLOW_HTTP_RESPONSE_STATE_H

#include "http_state.h"

/* Before the status is known: as many digits of it as have come. */
static bool beginning_valid(const struct reflow_http_response *response)
{
    static const unsigned digits[] = {1, 10, 100};

    if (response->framing != 0 && response->framing != REFLOW_HTTP_OLD) {
        return false;
    }
    switch (response->state) {
    case STATE_BEGIN:
        return response->at == 0 && response->status == 0;
    case STATE_VERSION:
        return response->at <= 8 && response->status == 0;
    case STATE_STATUS:
        return response->at <= 2 && response->status < digits[response->at];
    default:
        return status_valid(response);
    }
}

/* Between the sizes of chunks: what of the content may still come is in `content`, and in
 * `remaining` once a chunk has begun. */
static bool chunk_valid(const struct reflow_http_response *response)
{
    if (response->framing != REFLOW_HTTP_CHUNKED || response->content > REFLOW_MAX_CONTENT ||
        !status_valid(response) || response->status < 200) {
        return false;
    }
    switch (response->state) {
    case STATE_SIZE:
    case STATE_EXTENSION:
    case STATE_SIZE_LF:
        return response->remaining <= response->content;
    case STATE_CHUNK:
        return response->remaining > 0 &&
               response->remaining <= REFLOW_MAX_CONTENT - response->content;
    default:
        return response->remaining == 0;
    }
}

static bool content_valid(const struct reflow_http_response *response)
{
    const unsigned framing = response->framing;

    if (!status_valid(response) || response->status < 200) {
        return false;
    }
    switch (response->state) {
    case STATE_LENGTH:
        return (framing & REFLOW_HTTP_LENGTH) != 0 && response->remaining > 0;
    case STATE_UNTIL_CLOSE:
        return (framing == 0 || framing == REFLOW_HTTP_OLD) &&
               response->remaining <= REFLOW_MAX_CONTENT &&
               (response->flags & REFLOW_HTTP_KEEP_ALIVE) == 0;
    default:
        return true;
    }
}

/* The members of http_field are its own business within a section, and at rest outside of one. */
static bool valid(const struct reflow_http_response *response)
{
    if (response->state > STATE_ENDED || response->error != 0 || !framing_valid(response) ||
        response->flags > (REFLOW_HTTP_KEEP_ALIVE | REFLOW_HTTP_ENCODED) ||
        response->allowance > REFLOW_MAX_CHUNK_FRAMING) {
        return false;
    }
    if (response->state == STATE_FIELDS) {
        return section_valid(response) &&
               (response->framing != REFLOW_HTTP_TRAILER || response->status >= 200);
    }
    if (response->line != 0 || response->candidates != 0) {
        return false;
    }
    if (response->state < STATE_FIELDS) {
        return beginning_valid(response);
    }
    return response->state < STATE_LENGTH || response->state == STATE_CHUNK
               ? chunk_valid(response)
               : content_valid(response);
}

#endif
