/* SPDX-License-Identifier: MIT */
/* http_response: the state machine of a response: status line, heads, content, chunks. */
#include "http_response.h"

#include "http_field.h"
#include "text.h"

#include <string.h>

/* Where in the response the next byte stands. A head's fields are http_field's own machine.
 *
 *   BEGIN --'H'--> VERSION --SP--> STATUS --3 digits--> STATUS_END --SP--> REASON
 *                     ^                                        |              |
 *                     |                                        `------CR------+---> STATUS_LF
 *                     |                                                                 |
 *                     `------ interim response ------ FIELDS <-----------LF-------------'
 *                                                       |
 *                                                     HEAD, and then by RFC 9112 section 6.3:
 *
 *   no content:       -------------------------------------------------------------> ENDED
 *   Content-Length:   LENGTH --no byte remains-------------------------------------> ENDED
 *   neither:          UNTIL_CLOSE --reflow_http_response_close()-------------------> ENDED
 *   chunked:          SIZE_BEGIN --hex digit--> SIZE --';'--> EXTENSION
 *                      ^                         |              |
 *                      |                         `------CR------+---> SIZE_LF --0--> FIELDS, again
 *                      |                                                 |              `---> ENDED
 *                      `--LF-- CHUNK_LF <--CR-- CHUNK_CR <-- CHUNK <-----'
 *
 * What is not drawn is malformed. */
enum state {
    STATE_BEGIN,
    STATE_VERSION,
    STATE_STATUS,
    STATE_STATUS_END,
    STATE_REASON,
    STATE_STATUS_LF,
    STATE_FIELDS,
    STATE_SIZE_BEGIN, /* from here on: chunk framing */
    STATE_SIZE,
    STATE_EXTENSION,
    STATE_SIZE_LF,
    STATE_CHUNK_CR,
    STATE_CHUNK_LF,
    STATE_LENGTH, /* from here on: no byte is looked at */
    STATE_CHUNK,
    STATE_UNTIL_CLOSE,
    STATE_ENDED
};

enum reflow_http_event reflow_http_fail(struct reflow_http_response *response,
                                        enum reflow_error error)
{
    response->error = (uint8_t)error;
    return REFLOW_HTTP_ERROR;
}

static enum reflow_http_event malformed(struct reflow_http_response *response)
{
    return reflow_http_fail(response, REFLOW_ERR_HTTP_MALFORMED);
}

static enum reflow_http_event too_large(struct reflow_http_response *response)
{
    return reflow_http_fail(response, REFLOW_ERR_HTTP_TOO_LARGE);
}

static enum reflow_http_event unsupported(struct reflow_http_response *response)
{
    return reflow_http_fail(response, REFLOW_ERR_HTTP_UNSUPPORTED);
}

static enum reflow_http_event go(struct reflow_http_response *response, enum state state)
{
    response->state = (uint8_t)state;
    return REFLOW_HTTP_MORE;
}

/* A lone CR or LF ends no line (RFC 9112 section 2.2 lets it, and so lets two readers disagree). */
static enum reflow_http_event expect(struct reflow_http_response *response, bool expected,
                                     enum state state)
{
    return expected ? go(response, state) : malformed(response);
}

/* Forgets a head, but not that a peer wants to close, nor what was already read. */
static void head_begin(struct reflow_http_response *response)
{
    response->state = STATE_VERSION;
    response->at = 0;
    response->status = 0;
    response->framing = 0;
    response->flags &= REFLOW_HTTP_KEEP_ALIVE;
}

void reflow_http_response_init(struct reflow_http_response *response)
{
    memset(response, 0, sizeof *response);
    head_begin(response);
    response->state = STATE_BEGIN;
    response->flags = REFLOW_HTTP_KEEP_ALIVE;
    response->allowance = REFLOW_MAX_HEAD;
}

static enum reflow_http_event step_version(struct reflow_http_response *response, char c)
{
    static const char version[] = "HTTP/1.1 ";

    response->state = STATE_VERSION;
    if (response->at == 7 && c == '0') {
        response->framing = REFLOW_HTTP_OLD;
        response->flags = 0;
    } else if (c != version[response->at]) {
        return response->at >= 5 && reflow_is_digit(c) ? unsupported(response)
                                                       : malformed(response);
    }
    response->at++;
    if (response->at < sizeof version - 1) {
        return REFLOW_HTTP_MORE;
    }
    response->at = 0;
    return go(response, STATE_STATUS);
}

static enum reflow_http_event step_status(struct reflow_http_response *response, char c)
{
    if (!reflow_is_digit(c)) {
        return malformed(response);
    }
    response->status = (uint16_t)(response->status * 10 + (c - '0'));
    response->at++;
    if (response->at < 3) {
        return REFLOW_HTTP_MORE;
    }
    /* 101: after it the connection would speak a protocol that was never asked for. */
    if (response->status == 101) {
        return unsupported(response);
    }
    return expect(response, response->status >= 100 && response->status < 600, STATE_STATUS_END);
}

static enum reflow_http_event step_reason(struct reflow_http_response *response, char c)
{
    if (c == '\r') {
        return go(response, STATE_STATUS_LF);
    }
    return expect(response, reflow_http_is_text(c), STATE_REASON);
}

/* RFC 9112 section 4 wants a space even where no reason phrase follows; many servers do not. */
static enum reflow_http_event step_status_end(struct reflow_http_response *response, char c)
{
    return c == ' ' || c == '\r' ? step_reason(response, c) : malformed(response);
}

/* The LF before a section of field lines: of the status line, or of the last chunk's size. */
static enum reflow_http_event step_section_lf(struct reflow_http_response *response, char c)
{
    return expect(response, c == '\n', STATE_FIELDS);
}

static enum reflow_http_event interim_end(struct reflow_http_response *response)
{
    if (response->interim == REFLOW_MAX_INTERIM) {
        return too_large(response);
    }
    response->interim++;
    head_begin(response);
    return REFLOW_HTTP_MORE;
}

/* RFC 9112 section 6.3, in its order. Without a length of its own only the end of the connection
 * ends the content, so that this connection is of no more use. */
static enum reflow_http_event head_end(struct reflow_http_response *response)
{
    const unsigned framing = response->framing;

    if (response->status < 200) {
        return interim_end(response);
    }
    if (response->status == 204 || response->status == 304) {
        response->state = STATE_ENDED;
    } else if ((framing & REFLOW_HTTP_CODED) != 0) {
        return unsupported(response);
    } else if ((framing & REFLOW_HTTP_CHUNKED) != 0) {
        response->state = STATE_SIZE_BEGIN;
        response->remaining = 0;
        response->content = REFLOW_MAX_CONTENT;
        response->allowance = REFLOW_MAX_CHUNK_FRAMING;
    } else if ((framing & REFLOW_HTTP_LENGTH) != 0) {
        response->state = response->remaining != 0 ? STATE_LENGTH : STATE_ENDED;
    } else {
        response->state = STATE_UNTIL_CLOSE;
        response->remaining = REFLOW_MAX_CONTENT;
        response->flags = (uint8_t)(response->flags & ~REFLOW_HTTP_KEEP_ALIVE);
    }
    return REFLOW_HTTP_HEAD;
}

static enum reflow_http_event section_end(struct reflow_http_response *response)
{
    if ((response->framing & REFLOW_HTTP_TRAILER) != 0) {
        response->state = STATE_ENDED;
        return REFLOW_HTTP_END;
    }
    return head_end(response);
}

/* 0 to 15, or 16 for what is no hexadecimal digit. */
static unsigned hex_value(char c)
{
    const char lower = reflow_lower(c);

    if (reflow_is_digit(c)) {
        return (unsigned)(c - '0');
    }
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10U : 16U;
}

static enum reflow_http_event size_digit(struct reflow_http_response *response, unsigned digit)
{
    /* As in length_digit(): checked before it could overflow, then against what may still come. */
    if (response->remaining <= REFLOW_MAX_CONTENT / 16) {
        response->remaining = response->remaining * 16 + digit;
        if (response->remaining <= response->content) {
            return go(response, STATE_SIZE);
        }
    }
    return too_large(response);
}

static enum reflow_http_event step_extension(struct reflow_http_response *response, char c)
{
    if (c == '\r') {
        return go(response, STATE_SIZE_LF);
    }
    return expect(response, reflow_http_is_text(c), STATE_EXTENSION);
}

/* RFC 9112 section 7.1: at least one digit; no sign, no 0x, no white space. */
static enum reflow_http_event step_size(struct reflow_http_response *response, char c)
{
    const unsigned digit = hex_value(c);

    if (digit < 16) {
        return size_digit(response, digit);
    }
    if (response->state == STATE_SIZE && (c == ';' || c == '\r')) {
        return step_extension(response, c);
    }
    return malformed(response);
}

static enum reflow_http_event step_size_lf(struct reflow_http_response *response, char c)
{
    if (response->remaining != 0 && c == '\n') {
        response->content -= response->remaining;
        response->state = STATE_CHUNK;
        return REFLOW_HTTP_CHUNK;
    }
    response->framing = REFLOW_HTTP_TRAILER;
    return step_section_lf(response, c);
}

static enum reflow_http_event step_chunk(struct reflow_http_response *response, char c)
{
    switch (response->state) {
    case STATE_EXTENSION:
        return step_extension(response, c);
    case STATE_SIZE_LF:
        return step_size_lf(response, c);
    case STATE_CHUNK_CR:
        return expect(response, c == '\r', STATE_CHUNK_LF);
    case STATE_CHUNK_LF:
        return expect(response, c == '\n', STATE_SIZE_BEGIN);
    default:
        return step_size(response, c);
    }
}

static enum reflow_http_event step(struct reflow_http_response *response, char c)
{
    switch (response->state) {
    case STATE_BEGIN:
    case STATE_VERSION:
        return step_version(response, c);
    case STATE_STATUS:
        return step_status(response, c);
    case STATE_STATUS_END:
        return step_status_end(response, c);
    case STATE_REASON:
        return step_reason(response, c);
    case STATE_STATUS_LF:
        return step_section_lf(response, c);
    default:
        return step_chunk(response, c);
    }
}

/* One byte, or as many as http_field takes; none beyond the allowance. */
static size_t take_framing(struct reflow_http_response *response, const char *bytes, size_t length,
                           enum reflow_http_event *event)
{
    const size_t most = length < response->allowance ? length : response->allowance;
    size_t taken = 1;

    if (most == 0) {
        *event = too_large(response);
        return 0;
    }
    if (response->state == STATE_FIELDS) {
        *event = reflow_http_fields_read(response, bytes, most, &taken);
    } else {
        *event = step(response, bytes[0]);
    }
    response->allowance -= (uint32_t)taken;
    if (*event == REFLOW_HTTP_HEAD) {
        *event = section_end(response);
    }
    return taken;
}

/* Hands on what lies there, looking at none of it. */
static size_t take_content(struct reflow_http_response *response, size_t length,
                           enum reflow_http_event *event)
{
    const size_t taken = length < response->remaining ? length : response->remaining;

    if (length == 0) {
        return 0;
    }
    if (taken == 0) {
        *event = too_large(response); /* only UNTIL_CLOSE stays without anything remaining */
        return 0;
    }
    response->remaining -= (uint32_t)taken;
    if (response->remaining == 0 && response->state != STATE_UNTIL_CLOSE) {
        response->state = response->state == STATE_CHUNK ? STATE_CHUNK_CR : STATE_ENDED;
    }
    *event = REFLOW_HTTP_CONTENT;
    return taken;
}

size_t reflow_http_response_read(struct reflow_http_response *response, const char *bytes,
                                 size_t length, enum reflow_http_event *event)
{
    size_t taken = 0;

    *event = REFLOW_HTTP_MORE;
    if (response->error != 0) {
        *event = REFLOW_HTTP_ERROR;
    } else if (response->state == STATE_ENDED) {
        *event = REFLOW_HTTP_END;
    } else if (response->state >= STATE_LENGTH) {
        return take_content(response, length, event);
    }
    while (taken < length && *event == REFLOW_HTTP_MORE) {
        taken += take_framing(response, bytes + taken, length - taken, event);
    }
    return taken;
}

enum reflow_http_event reflow_http_response_close(struct reflow_http_response *response)
{
    if (response->error != 0) {
        return REFLOW_HTTP_ERROR;
    }
    if (!reflow_http_response_begun(response)) {
        return reflow_http_fail(response, REFLOW_ERR_CONNECTION_LOST);
    }
    if (response->state < STATE_UNTIL_CLOSE) {
        return reflow_http_fail(response, REFLOW_ERR_HTTP_TRUNCATED);
    }
    response->state = STATE_ENDED;
    return REFLOW_HTTP_END;
}

bool reflow_http_response_begun(const struct reflow_http_response *response)
{
    return response->state != STATE_BEGIN;
}

enum reflow_error reflow_http_error(const struct reflow_http_response *response)
{
    return (enum reflow_error)response->error;
}
