/* SPDX-License-Identifier: MIT */
/* json_stream: one small step a byte through the grammar of RFC 8259. */
#include "json_stream.h"

#include <string.h>

#include "json_escape.h"
#include "json_path.h"

/* What is expected next. A level of nesting costs one bit, so nothing recurs; nothing read is kept.
 *
 *   VALUE, FIRST_VALUE --> BEGUN --+--> STRING, WORD, MINUS .. POWER --> ENDED, PASSED --> AFTER
 *    ^  ^                          |                                       ^                |
 *    |  |                          +--> "[" FIRST_VALUE, "{" FIRST_NAME    +--- "]" "}" <---+
 *    |  COLON <-- STRING <-- NAME, FIRST_NAME                                               |
 *    +-----------------------+------------------------------------------------- "," <-------+
 *
 * FIRST_VALUE and FIRST_NAME also take the bracket that ends an empty container. The string of a
 * name leads to COLON, any other to ENDED: that is what `after` holds. White space may stand where
 * a state up to AFTER is. BEGUN and what follows it in the list leave the byte that led there to
 * the next step: a value's first byte, so that it can be announced, and the byte behind a number,
 * which alone tells that the number is over. */
enum {
    VALUE,
    FIRST_VALUE,
    NAME,
    FIRST_NAME,
    COLON,
    AFTER,
    STRING,
    ESCAPE,
    HEX,
    TAIL, /* of a character of several bytes */
    WORD, /* true, false, null */
    MINUS,
    ZERO,
    INTEGER,
    POINT,
    FRACTION,
    EXPONENT,
    SIGN,
    POWER,
    ENDED,
    BEGUN,
    PASSED,
    INVALID,
    TOO_DEEP
};

void reflow_json_stream_init(struct reflow_json_stream *stream, const char *const *paths,
                             size_t count)
{
    memset(stream, 0, sizeof *stream);
    stream->state = VALUE;
    stream->paths = paths;
    stream->path_count = (uint8_t)(count < REFLOW_JSON_PATHS ? count : REFLOW_JSON_PATHS);
}

/* ---- Strings -------------------------------------------------------------------------------- */

/* Only the second byte of a character has narrower bounds: they keep out what is longer than need
 * be, surrogates, and what lies beyond U+10FFFF (RFC 3629 section 4). */
static uint8_t first_of_character(struct reflow_json_stream *stream, uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4) {
        return INVALID;
    }
    stream->left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    stream->low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    stream->high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return TAIL;
}

static uint8_t in_character(struct reflow_json_stream *stream, uint8_t byte)
{
    if (byte < stream->low || byte > stream->high) {
        return INVALID;
    }
    reflow_json_path_byte(stream, byte);
    stream->low = 0x80;
    stream->high = 0xbf;
    stream->left--;
    return stream->left == 0 ? STRING : TAIL;
}

static uint8_t in_string(struct reflow_json_stream *stream, uint8_t byte)
{
    if (byte == '"') {
        reflow_json_path_name_end(stream);
        return stream->after;
    }
    if (byte == '\\') {
        return ESCAPE;
    }
    if (byte < 0x20) {
        return INVALID;
    }
    reflow_json_path_byte(stream, byte);
    return byte < 0x80 ? STRING : first_of_character(stream, byte);
}

static uint8_t after_backslash(struct reflow_json_stream *stream, uint8_t byte)
{
    const uint8_t meaning = reflow_json_escaped(byte);

    if (byte == 'u') {
        stream->left = 4;
        return HEX;
    }
    if (meaning == 0) {
        return INVALID;
    }
    reflow_json_path_byte(stream, meaning);
    return STRING;
}

/* `code` keeps the escape before as well, which may have been the first half of a pair. A half that
 * stands alone makes bytes that no path has. */
static uint8_t in_escape(struct reflow_json_stream *stream, uint8_t byte)
{
    const unsigned digit = reflow_json_hex(byte);
    uint8_t utf8[3];
    unsigned length;
    unsigned i;

    if (digit > 15) {
        return INVALID;
    }
    stream->code = stream->code << 4 | digit;
    stream->left--;
    if (stream->left > 0) {
        return HEX;
    }
    length = reflow_json_utf8(stream->code, utf8);
    for (i = 0; i < length; i++) {
        reflow_json_path_byte(stream, utf8[i]);
    }
    return STRING;
}

/* ---- Numbers and words ---------------------------------------------------------------------- */

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static uint8_t digit_in_number(uint8_t state, uint8_t byte)
{
    switch (state) {
    case MINUS:
        return byte == '0' ? ZERO : INTEGER;
    case ZERO:
        return INVALID;
    case POINT:
        return FRACTION;
    case EXPONENT:
    case SIGN:
        return POWER;
    default:
        return state;
    }
}

static uint8_t after_digits(uint8_t byte)
{
    return byte == 'e' || byte == 'E' ? EXPONENT : PASSED;
}

static uint8_t in_number(uint8_t state, uint8_t byte)
{
    if (is_digit(byte)) {
        return digit_in_number(state, byte);
    }
    switch (state) {
    case ZERO:
    case INTEGER:
        return byte == '.' ? POINT : after_digits(byte);
    case FRACTION:
        return after_digits(byte);
    case POWER:
        return PASSED;
    case EXPONENT:
        return byte == '+' || byte == '-' ? SIGN : INVALID;
    default:
        return INVALID;
    }
}

/* No word's first letter occurs before it; each word ends at a comma. */
static const char words[] = "true,false,null,";

static uint8_t begin_word(struct reflow_json_stream *stream, uint8_t byte)
{
    stream->word = 0;
    while ((uint8_t)words[stream->word] != byte) {
        stream->word++;
    }
    return WORD;
}

static uint8_t in_word(struct reflow_json_stream *stream, uint8_t byte)
{
    stream->word++;
    if ((uint8_t)words[stream->word] != byte) {
        return INVALID;
    }
    return words[stream->word + 1] == ',' ? ENDED : WORD;
}

/* ---- Structure ------------------------------------------------------------------------------ */

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static uint8_t close_container(struct reflow_json_stream *stream, uint8_t byte)
{
    if (byte != (reflow_json_in_array(stream) ? ']' : '}')) {
        return INVALID;
    }
    reflow_json_path_close(stream);
    return ENDED;
}

/* What kind of value a byte begins, as the state that it leads to. */
static uint8_t kind_of(uint8_t byte)
{
    switch (byte) {
    case '"':
        return STRING;
    case '[':
        return FIRST_VALUE;
    case '{':
        return FIRST_NAME;
    case 't':
    case 'f':
    case 'n':
        return WORD;
    case '-':
        return MINUS;
    case '0':
        return ZERO;
    default:
        return is_digit(byte) ? INTEGER : INVALID;
    }
}

static uint8_t before_value(uint8_t byte)
{
    return kind_of(byte) == INVALID ? INVALID : BEGUN;
}

static uint8_t in_first_byte(struct reflow_json_stream *stream, uint8_t byte)
{
    const uint8_t kind = kind_of(byte);

    if (kind == FIRST_VALUE || kind == FIRST_NAME) {
        return reflow_json_path_open(stream, kind == FIRST_VALUE) ? kind : TOO_DEEP;
    }
    if (kind == WORD) {
        return begin_word(stream, byte);
    }
    stream->after = ENDED;
    return kind;
}

static uint8_t before_name(struct reflow_json_stream *stream, uint8_t byte)
{
    if (byte != '"') {
        return INVALID;
    }
    reflow_json_path_name(stream);
    stream->after = COLON;
    return STRING;
}

static uint8_t in_empty_container(struct reflow_json_stream *stream, uint8_t byte)
{
    if (byte == ']' || byte == '}') {
        return close_container(stream, byte);
    }
    return stream->state == FIRST_VALUE ? before_value(byte) : before_name(stream, byte);
}

static uint8_t before_colon(uint8_t byte)
{
    return byte == ':' ? VALUE : INVALID;
}

static uint8_t after_value(struct reflow_json_stream *stream, uint8_t byte)
{
    if (stream->depth == 0) {
        return INVALID;
    }
    if (byte == ',') {
        return reflow_json_in_array(stream) ? VALUE : NAME;
    }
    return close_container(stream, byte);
}

/* ---- The step ------------------------------------------------------------------------------- */

static uint8_t in_token(struct reflow_json_stream *stream, uint8_t byte)
{
    switch (stream->state) {
    case STRING:
        return in_string(stream, byte);
    case ESCAPE:
        return after_backslash(stream, byte);
    case HEX:
        return in_escape(stream, byte);
    case TAIL:
        return in_character(stream, byte);
    case WORD:
        return in_word(stream, byte);
    default:
        return in_number(stream->state, byte);
    }
}

/* Names the state that a byte leads to; what else the byte changes has then been done. */
static uint8_t state_after(struct reflow_json_stream *stream, uint8_t byte)
{
    if (stream->state <= AFTER && is_space(byte)) {
        return stream->state;
    }
    switch (stream->state) {
    case FIRST_VALUE:
    case FIRST_NAME:
        return in_empty_container(stream, byte);
    case VALUE:
        return before_value(byte);
    case BEGUN:
        return in_first_byte(stream, byte);
    case NAME:
        return before_name(stream, byte);
    case COLON:
        return before_colon(byte);
    case AFTER:
        return after_value(stream, byte);
    default:
        return in_token(stream, byte);
    }
}

static enum reflow_json_event verdict(uint8_t state)
{
    if (state == INVALID) {
        return REFLOW_JSON_INVALID;
    }
    return state == TOO_DEEP ? REFLOW_JSON_TOO_DEEP : REFLOW_JSON_MORE;
}

static enum reflow_json_event step(struct reflow_json_stream *stream, uint8_t byte, size_t *taken)
{
    stream->state = state_after(stream, byte);
    if (stream->state < BEGUN) {
        ++*taken;
    }
    switch (stream->state) {
    case BEGUN:
        return reflow_json_path_enter(stream) ? REFLOW_JSON_BEGIN : REFLOW_JSON_MORE;
    case ENDED:
    case PASSED:
        stream->state = AFTER;
        return reflow_json_path_leave(stream) ? REFLOW_JSON_FINISH : REFLOW_JSON_MORE;
    default:
        return verdict(stream->state);
    }
}

size_t reflow_json_stream_read(struct reflow_json_stream *stream, const char *bytes, size_t length,
                               enum reflow_json_event *event)
{
    size_t taken = 0;

    *event = verdict(stream->state);
    while (*event == REFLOW_JSON_MORE && taken < length) {
        *event = step(stream, (uint8_t)bytes[taken], &taken);
    }
    return taken;
}

/* White space would end a number too, and makes nothing whole that was not. */
enum reflow_json_event reflow_json_stream_end(struct reflow_json_stream *stream)
{
    enum reflow_json_event event = verdict(stream->state);
    size_t taken = 0;

    if (event == REFLOW_JSON_MORE && stream->depth == 0) {
        event = step(stream, ' ', &taken);
    }
    if (event == REFLOW_JSON_MORE && (stream->depth > 0 || stream->state != AFTER)) {
        stream->state = INVALID;
        event = REFLOW_JSON_INVALID;
    }
    return event;
}
