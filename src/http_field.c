/* SPDX-License-Identifier: MIT */
/* http_field: the state machine of a section of field lines, and the few values that matter. */
#include "http_field.h"

#include "text.h"

/* Where in the section the next byte stands.
 *
 *   ---> START --token--> NAME --':'--> one of three, by the field:
 *        ^ |
 *        | |                 TEXT ---------------------------------------------------CR--> LF
 *        | |                 LENGTH_GAP --digit--> LENGTH --SP--> LENGTH_TAIL -------CR--> LF
 *        | |                                          `------------------------------CR--> LF
 *        | |                 LIST_GAP --token--> ELEMENT --SP--> ELEMENT_TAIL -------CR--> LF
 *        | |                  ^ |                   | `------------- | --------------CR--> LF
 *        | |                  | `------------------ | -------------- | --------------CR--> LF
 *        | |                  `---------','---------'------','-------'
 *        | `--CR--> SECTION_LF --LF--> the section has ended
 *        `--LF--- LF
 *
 * A GAP takes the white space before, a TAIL that after. What is not drawn is malformed, but for
 * LIST states: see list_oddity(). */
enum line_state {
    LINE_START, /* zero: so a response begins, and so each section leaves it for the next */
    LINE_NAME,
    LINE_TEXT,
    LINE_LF,
    LINE_SECTION_LF,
    LINE_LENGTH_GAP,
    LINE_LENGTH,
    LINE_LENGTH_TAIL,
    LINE_LIST_GAP,
    LINE_ELEMENT,
    LINE_ELEMENT_TAIL
};

/* Every word that is compared: first the fields that are reported, in the order of enum
 * reflow_http_field, then those that are acted upon, then for each list among these, in the same
 * order, the one element that it may hold or must not hold. */
enum {
    FIELD_CONTENT_LENGTH = REFLOW_HTTP_REQUEST_ID + 1,
    FIELD_CONNECTION,
    FIELD_CONTENT_ENCODING,
    FIELD_TRANSFER_ENCODING,
    WORD_CLOSE,
    WORD_IDENTITY,
    WORD_CHUNKED,
    WORD_COUNT,
    FIELD_OTHER = WORD_COUNT
};
#define NAME_WORDS ((1U << WORD_CLOSE) - 1U)

static const char words[WORD_COUNT][sizeof "transfer-encoding"] = {
    "date",       "retry-after",      "x-request-id",      "content-length",
    "connection", "content-encoding", "transfer-encoding", "close",
    "identity",   "chunked"};

static enum reflow_http_event malformed(struct reflow_http_response *response)
{
    return reflow_http_fail(response, REFLOW_ERR_HTTP_MALFORMED);
}

static enum reflow_http_event go(struct reflow_http_response *response, enum line_state line)
{
    response->line = (uint8_t)line;
    return REFLOW_HTTP_MORE;
}

bool reflow_http_is_text(char c)
{
    const unsigned value = (unsigned char)c;

    return (value >= 0x20 && value != 0x7f) || value == '\t';
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* RFC 9110 section 5.6.2: one bit for each character up to 0x7f. */
static bool is_token(char c)
{
    static const uint32_t token[4] = {0, 0x03ff6cfaU, 0xc7fffffeU, 0x57ffffffU};
    const unsigned value = (unsigned char)c;

    return value < 0x80 && (token[value >> 5] >> (value & 31) & 1) != 0;
}

/* Words are compared as they come, with all that they may still become: `candidates` has one bit
 * for each. The NUL that ends a word in the table counts, so that no word matches by its beginning.
 * No token holds a NUL and word_end() forgets the candidates, so that `at` never passes the NUL of
 * one that is left: that bounds it. */
static void word_begin(struct reflow_http_response *response, unsigned candidates)
{
    response->candidates = (uint16_t)candidates;
    response->at = 0;
}

static void word_next(struct reflow_http_response *response, char c)
{
    const char lower = reflow_lower(c);
    unsigned left = response->candidates;

    if (left == 0) {
        return;
    }
    for (unsigned i = 0; left >> i != 0; i++) {
        if (words[i][response->at] != lower) {
            left &= ~(1U << i);
        }
    }
    response->candidates = (uint16_t)left;
    response->at++;
}

/* The whole word's place in the table, or FIELD_OTHER. */
static uint8_t word_end(struct reflow_http_response *response)
{
    uint8_t word = 0;

    word_next(response, '\0');
    while (word < WORD_COUNT && (response->candidates >> word & 1) == 0) {
        word++;
    }
    response->candidates = 0;
    return word;
}

/* Only the final response's head has fields that count; of an interim one the framing and
 * Connection are still read, since a wrong one tells that the peer is no HTTP/1.1 server. */
static uint8_t field_of_name(struct reflow_http_response *response)
{
    const uint8_t field = word_end(response);
    const bool reported = field < FIELD_CONTENT_LENGTH;

    if ((response->framing & REFLOW_HTTP_TRAILER) != 0 || (reported && response->status < 200)) {
        return FIELD_OTHER;
    }
    return field;
}

/* What already stands against this field. RFC 9112 section 6.1 and 6.3: Content-Length beside
 * Transfer-Encoding, either of them twice, Transfer-Encoding in HTTP/1.0: each is how responses are
 * split or smuggled, so none is repaired. */
static unsigned forbidden_with(uint8_t field)
{
    const unsigned framed = REFLOW_HTTP_LENGTH | REFLOW_HTTP_CHUNKED | REFLOW_HTTP_CODED;

    if (field == FIELD_TRANSFER_ENCODING) {
        return framed | REFLOW_HTTP_OLD;
    }
    return field == FIELD_CONTENT_LENGTH ? framed : 0;
}

static enum reflow_http_event value_begin(struct reflow_http_response *response)
{
    const uint8_t field = field_of_name(response);

    response->field = field;
    response->value_length = 0;
    response->at = 0;
    if ((response->framing & forbidden_with(field)) != 0) {
        return malformed(response);
    }
    if (field == FIELD_CONTENT_LENGTH) {
        response->framing |= REFLOW_HTTP_LENGTH;
        response->remaining = 0;
        return go(response, LINE_LENGTH_GAP);
    }
    return go(response,
              field < FIELD_CONTENT_LENGTH || field == FIELD_OTHER ? LINE_TEXT : LINE_LIST_GAP);
}

/* White space here would begin a folded line (RFC 9112 section 5.2), which is refused with all else
 * that is no token. */
static enum reflow_http_event step_start(struct reflow_http_response *response, char c)
{
    if (c == '\r') {
        return go(response, LINE_SECTION_LF);
    }
    if (!is_token(c)) {
        return malformed(response);
    }
    word_begin(response, NAME_WORDS);
    word_next(response, c);
    return go(response, LINE_NAME);
}

static enum reflow_http_event step_name(struct reflow_http_response *response, char c)
{
    if (c == ':') {
        return value_begin(response);
    }
    if (!is_token(c)) {
        return malformed(response);
    }
    word_next(response, c);
    return REFLOW_HTTP_MORE;
}

/* Appends to a value that is reported. White space counts only once something follows it; a value
 * that does not fit becomes one that does not matter. */
static void keep(struct reflow_http_response *response, char c)
{
    const bool space = is_space(c);

    if (space && response->value_length == 0) {
        return;
    }
    if (response->at < REFLOW_MAX_FIELD) {
        response->value[response->at++] = c;
        if (!space) {
            response->value_length = response->at;
        }
    } else if (!space) {
        response->field = FIELD_OTHER;
    }
}

static enum reflow_http_event step_text(struct reflow_http_response *response, char c)
{
    if (c == '\r') {
        return go(response, LINE_LF);
    }
    if (!reflow_http_is_text(c)) {
        return malformed(response);
    }
    keep(response, c); /* never of a field that does not matter: skip() takes those bytes */
    return REFLOW_HTTP_MORE;
}

static enum reflow_http_event length_digit(struct reflow_http_response *response, char c)
{
    /* The first check keeps the sum below 2^32; the limit itself is at most 2^30. */
    if (response->remaining <= REFLOW_MAX_CONTENT / 10) {
        response->remaining = response->remaining * 10 + (uint32_t)(c - '0');
        if (response->remaining <= REFLOW_MAX_CONTENT) {
            return go(response, LINE_LENGTH);
        }
    }
    return reflow_http_fail(response, REFLOW_ERR_HTTP_TOO_LARGE);
}

/* RFC 9110 section 8.6: 1*DIGIT. No sign, no list, no 0x. */
static enum reflow_http_event step_length(struct reflow_http_response *response, char c)
{
    if (is_space(c)) {
        return go(response, response->line == LINE_LENGTH_GAP ? LINE_LENGTH_GAP : LINE_LENGTH_TAIL);
    }
    if (reflow_is_digit(c) && response->line != LINE_LENGTH_TAIL) {
        return length_digit(response, c);
    }
    if (c == '\r' && response->line != LINE_LENGTH_GAP) {
        return go(response, LINE_LF);
    }
    return malformed(response);
}

/* An element of a list is complete. Its one word was the only candidate. */
static void element_end(struct reflow_http_response *response)
{
    const bool matched = word_end(response) != FIELD_OTHER;

    if (response->field == FIELD_TRANSFER_ENCODING) {
        response->framing |= matched ? REFLOW_HTTP_CHUNKED : REFLOW_HTTP_CODED;
    } else if (response->field == FIELD_CONNECTION && matched) {
        response->flags = (uint8_t)(response->flags & ~REFLOW_HTTP_KEEP_ALIVE);
    } else if (response->field == FIELD_CONTENT_ENCODING && !matched) {
        response->flags |= REFLOW_HTTP_ENCODED;
    }
}

/* A comma or the end of a list. Empty elements are ignored (RFC 9110 section 5.6.1.2), but not in
 * Transfer-Encoding, where nothing at all may follow "chunked" either. */
static enum reflow_http_event list_break(struct reflow_http_response *response, char c)
{
    const bool transfer = response->field == FIELD_TRANSFER_ENCODING;
    const bool empty = response->line == LINE_LIST_GAP;

    if (!empty) {
        element_end(response);
    }
    if (transfer && (empty || (c == ',' && (response->framing & REFLOW_HTTP_CHUNKED) != 0))) {
        return malformed(response);
    }
    return go(response, c == ',' ? LINE_LIST_GAP : LINE_LF);
}

/* Something that is no list of tokens. Framing is not guessed; the other two lists are believed to
 * say the worst, which costs a connection or an answer but never its meaning. */
static enum reflow_http_event list_oddity(struct reflow_http_response *response, char c)
{
    if (!reflow_http_is_text(c) || response->field == FIELD_TRANSFER_ENCODING) {
        return malformed(response);
    }
    if (response->field == FIELD_CONNECTION) {
        response->flags = (uint8_t)(response->flags & ~REFLOW_HTTP_KEEP_ALIVE);
    } else {
        response->flags |= REFLOW_HTTP_ENCODED;
    }
    return go(response, LINE_ELEMENT_TAIL);
}

static enum reflow_http_event step_list(struct reflow_http_response *response, char c)
{
    if (c == '\r' || c == ',') {
        return list_break(response, c);
    }
    if (is_space(c)) {
        return go(response, response->line == LINE_LIST_GAP ? LINE_LIST_GAP : LINE_ELEMENT_TAIL);
    }
    if (!is_token(c) || response->line == LINE_ELEMENT_TAIL) {
        return list_oddity(response, c);
    }
    if (response->line == LINE_LIST_GAP) {
        word_begin(response, 1U << (response->field - FIELD_CONNECTION + WORD_CLOSE));
    }
    word_next(response, c);
    return go(response, LINE_ELEMENT);
}

static enum reflow_http_event step_lf(struct reflow_http_response *response, char c)
{
    const bool section = response->line == LINE_SECTION_LF;

    if (c != '\n') {
        return malformed(response);
    }
    response->line = LINE_START;
    if (section) {
        return REFLOW_HTTP_HEAD;
    }
    return response->field < FIELD_CONTENT_LENGTH ? REFLOW_HTTP_FIELD : REFLOW_HTTP_MORE;
}

static enum reflow_http_event step(struct reflow_http_response *response, char c)
{
    switch (response->line) {
    case LINE_START:
        return step_start(response, c);
    case LINE_NAME:
        return step_name(response, c);
    case LINE_TEXT:
        return step_text(response, c);
    case LINE_LF:
    case LINE_SECTION_LF:
        return step_lf(response, c);
    case LINE_LENGTH_GAP:
    case LINE_LENGTH:
    case LINE_LENGTH_TAIL:
        return step_length(response, c);
    default:
        return step_list(response, c);
    }
}

/* How many of these bytes change nothing, being in the name or the value of a field that does not
 * matter: most of a head. Passing over them here takes a third off the time for the whole. */
static size_t skip(const struct reflow_http_response *response, const char *bytes, size_t length)
{
    size_t skipped = 0;

    if (response->line == LINE_TEXT && response->field == FIELD_OTHER) {
        while (skipped < length && reflow_http_is_text(bytes[skipped])) {
            skipped++;
        }
    } else if (response->line == LINE_NAME && response->candidates == 0) {
        while (skipped < length && is_token(bytes[skipped])) {
            skipped++;
        }
    }
    return skipped;
}

enum reflow_http_event reflow_http_fields_read(struct reflow_http_response *response,
                                               const char *bytes, size_t length, size_t *taken)
{
    enum reflow_http_event event = REFLOW_HTTP_MORE;
    size_t at = 0;

    while (at < length && event == REFLOW_HTTP_MORE) {
        at += skip(response, bytes + at, length - at);
        if (at < length) {
            event = step(response, bytes[at]);
            at++;
        }
    }
    *taken = at;
    return event;
}
