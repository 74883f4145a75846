/* SPDX-License-Identifier: MIT */
/* json_stream: from any sound state (is_sound() below says what that is, is_initial that the first
 * one is) any byte leads to another; as each step shows it again, all of this holds for texts of any
 * length and depth. No step takes more than the byte it was given, and of two that follow each
 * other one takes it or ends the text: no loop without progress. A read takes no more than it was
 * given, and all of it unless something began, ended or went wrong. The depth stays in range,
 * containers are closed only where one is open, and no string is taken that is not UTF-8.
 * Of json_path everything is allowed that tests/proofs/json_path.c shows of it.
 *
 * PROOF: prove_json_stream_init | reflow_json_stream_init | any number of paths | --unwind 33
 * PROOF: prove_json_stream_step | step, state_after, in_token, in_string, first_of_character,
 *        in_character, after_backslash, in_escape, in_number, is_digit, digit_in_number, after_digits,
 *        begin_word, in_word, is_space, close_container, kind_of, before_value, in_first_byte,
 *        before_name, in_empty_container, before_colon, after_value, verdict |
 *        any sound state, any byte | --unwind 33
 * PROOF: prove_json_stream_utf8 | in_string, in_character, first_of_character |
 *        all sequences of 4 bytes | --unwind 5
 * PROOF: prove_json_stream_number | in_number, digit_in_number | all texts of 6 bytes | --unwind 8
 * PROOF: prove_json_stream_read | reflow_json_stream_read | any sound state, texts up to 16 bytes |
 *        --unwind 35
 * PROOF: prove_json_stream_end | reflow_json_stream_end | any sound state | --unwind 33
 * REPLACE: prove_json_stream_step | reflow_json_path_name=path_name,
 *        reflow_json_path_byte=path_byte, reflow_json_path_name_end=path_name_end,
 *        reflow_json_path_enter=path_enter, reflow_json_path_leave=path_leave
 * REPLACE: prove_json_stream_end | reflow_json_path_name=path_name,
 *        reflow_json_path_byte=path_byte, reflow_json_path_name_end=path_name_end,
 *        reflow_json_path_enter=path_enter, reflow_json_path_leave=path_leave
 * REPLACE: prove_json_stream_utf8 | reflow_json_path_byte=path_byte
 * REPLACE: prove_json_stream_read | step=any_step
 *
 * MUTANT: prove_json_stream_init | count < REFLOW_JSON_PATHS ? count : REFLOW_JSON_PATHS | count
 * MUTANT: prove_json_stream_step | stream->state < BEGUN | stream->state <= BEGUN
 * MUTANT: prove_json_stream_step | stream->left = 4; | stream->left = 0;
 * MUTANT: prove_json_stream_step | words[stream->word + 1] == ',' ? ENDED : WORD | WORD
 * MUTANT: prove_json_stream_step | if (stream->depth == 0) { | if (stream->depth > 64) {
 * MUTANT: prove_json_stream_step | reflow_json_in_array(stream) ? VALUE : NAME | reflow_json_in_array(stream) ? NAME : VALUE
 * MUTANT: prove_json_stream_utf8 | 0xed ? 0x9f | 0xed ? 0xaf
 * MUTANT: prove_json_stream_utf8 | stream->low = 0x80; | stream->low = 0x40;
 * MUTANT: prove_json_stream_number | case ZERO: return INVALID; | case ZERO:
 * MUTANT: prove_json_stream_read | taken < length | taken <= length
 * MUTANT: prove_json_stream_end | stream->depth > 0 || stream->state != AFTER | stream->depth > 0
 *
 * MEANT: reflow_json_stream_read | type conversion in (uint8_t)bytes | a character is taken as a byte
 */
#include <json_stream.c>

#include "json_between.h"
#include "proof.h"

/* ---- What a sound state is -------------------------------------------------------------------- */

static bool is_sound_string(const struct reflow_json_stream *stream)
{
    if (stream->after == COLON) {
        return json_path_between(stream) && !reflow_json_in_array(stream);
    }
    return stream->after == ENDED;
}

static bool is_sound_word(const struct reflow_json_stream *stream)
{
    return stream->word + 2U < sizeof words && words[stream->word] != ',' &&
           words[stream->word + 1] != ',';
}

/* Of the state alone. VALUE in an object comes after a name, which a path may have matched. */
static bool fits_state(const struct reflow_json_stream *stream)
{
    const bool outside = stream->depth == 0;

    switch (stream->state) {
    case VALUE:
        return !reflow_json_in_array(stream) || json_path_between(stream);
    case AFTER:
        return outside || json_path_between(stream);
    case FIRST_VALUE:
        return json_path_between(stream) && reflow_json_in_array(stream);
    case NAME:
    case FIRST_NAME:
        return json_path_between(stream) && !reflow_json_in_array(stream);
    case COLON:
        return !outside && !reflow_json_in_array(stream);
    case STRING:
    case ESCAPE:
        return is_sound_string(stream);
    case HEX:
        return is_sound_string(stream) && stream->left >= 1 && stream->left <= 4;
    case TAIL:
        return is_sound_string(stream) && stream->left >= 1 && stream->left <= 3;
    case WORD:
        return is_sound_word(stream);
    case ENDED:
    case PASSED:
        return false;
    default:
        return stream->state <= TOO_DEEP;
    }
}

static bool is_sound(const struct reflow_json_stream *stream)
{
    return json_path_sound(stream) && fits_state(stream);
}

/* ---- What tests/proofs/json_path.c shows ------------------------------------------------------ */

void path_name(struct reflow_json_stream *stream)
{
    prove(json_path_sound(stream));
    stream->at = 0;
    stream->candidates = nondet_uint32();
}

void path_byte(struct reflow_json_stream *stream, uint8_t byte)
{
    stream->at = nondet_uint8();
    stream->candidates &= nondet_uint32();
}

static void match_any(struct reflow_json_stream *stream)
{
    unsigned p;

    prove(json_path_sound(stream));
    for (p = 0; p < REFLOW_JSON_PATHS; p++) {
        stream->matched[p] = nondet_bool() ? stream->matched[p] : stream->depth;
    }
}

void path_name_end(struct reflow_json_stream *stream)
{
    match_any(stream);
    stream->candidates = 0;
}

static bool wants_any(struct reflow_json_stream *stream)
{
    const bool wanted = nondet_bool();

    if (wanted) {
        stream->path = nondet_uint8();
        assume(stream->path < stream->path_count);
    }
    return wanted;
}

bool path_enter(struct reflow_json_stream *stream)
{
    match_any(stream);
    return wants_any(stream);
}

bool path_leave(struct reflow_json_stream *stream)
{
    unsigned p;

    prove(json_path_sound(stream));
    for (p = 0; p < REFLOW_JSON_PATHS && stream->depth > 0; p++) {
        if (stream->matched[p] == stream->depth) {
            stream->matched[p]--;
        }
    }
    return wants_any(stream);
}

/* ---- One step --------------------------------------------------------------------------------- */

/* How many steps can follow this state before one takes a byte, or ends the text. */
static unsigned idle_steps(const struct reflow_json_stream *stream)
{
    return stream->state == BEGUN || stream->state == AFTER ? 0 : 1;
}

static bool is_over(const struct reflow_json_stream *stream)
{
    return stream->state == INVALID || stream->state == TOO_DEEP;
}

/* What a step promises besides a sound state. */
static bool keeps_promise(const struct reflow_json_stream *before,
                          const struct reflow_json_stream *after, size_t taken,
                          enum reflow_json_event event)
{
    if (taken > 1 || after->depth > before->depth + 1 || before->depth > after->depth + 1) {
        return false;
    }
    if (taken == 0 && !is_over(after) && idle_steps(after) >= idle_steps(before)) {
        return false;
    }
    switch (event) {
    case REFLOW_JSON_MORE:
        return !is_over(after);
    case REFLOW_JSON_BEGIN:
        return taken == 0 && after->state == BEGUN && after->path < after->path_count;
    case REFLOW_JSON_FINISH:
        return after->state == AFTER && after->path < after->path_count;
    case REFLOW_JSON_INVALID:
        return taken == 0 && after->state == INVALID;
    default:
        return event == REFLOW_JSON_TOO_DEEP && taken == 0 && after->state == TOO_DEEP;
    }
}

static struct reflow_json_stream any_stream(void)
{
    struct reflow_json_stream stream;

    assume(is_sound(&stream));
    return stream;
}

void prove_json_stream_init(void)
{
    struct reflow_json_stream stream;
    const char *paths[1];

    reflow_json_stream_init(&stream, paths, nondet_size());
    prove(is_sound(&stream) && stream.depth == 0 && stream.state == VALUE);
}

void prove_json_stream_step(void)
{
    struct reflow_json_stream stream = any_stream();
    const struct reflow_json_stream before = stream;
    const size_t most = proof_up_to(SIZE_MAX - 1);
    size_t taken = most;
    enum reflow_json_event event;

    assume(!is_over(&stream));
    event = step(&stream, nondet_uint8(), &taken);
    prove(is_sound(&stream));
    prove(taken >= most && keeps_promise(&before, &stream, taken - most, event));
}

/* ---- What is in strings and numbers ----------------------------------------------------------- */

/* RFC 3629 section 3: the character that `length` bytes stand for, if they are its only spelling. */
static bool is_character(const uint8_t *bytes, unsigned length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
    const uint8_t most = (uint8_t)(0x7f >> length);
    uint32_t bits = bytes[0] & most;
    unsigned i;

    if ((bytes[0] & ~most) != marks[length]) {
        return false;
    }
    for (i = 1; i < length; i++) {
        if (bytes[i] >> 6 != 2) {
            return false;
        }
        bits = bits << 6 | (bytes[i] & 0x3fU);
    }
    return bits >= least[length] && bits <= 0x10ffff && (bits < 0xd800 || bits > 0xdfff);
}

void prove_json_stream_utf8(void)
{
    struct reflow_json_stream stream = {.state = STRING};
    uint8_t bytes[4];
    unsigned length = 0;

    assume(bytes[0] >= 0x80);
    do {
        stream.state = in_token(&stream, bytes[length]);
        length++;
    } while (stream.state == TAIL && length < sizeof bytes);
    prove(stream.state == STRING || stream.state == INVALID);
    prove(stream.state == INVALID || is_character(bytes, length));
    if (stream.state == INVALID) {
        prove(!is_character(bytes, 2) && !is_character(bytes, 3) && !is_character(bytes, 4));
    }
}

/* RFC 8259 section 6: how many bytes a number takes; 0 when there is none. */
static size_t digits(const uint8_t *text)
{
    size_t length = 0;

    while (text[length] >= '0' && text[length] <= '9') {
        length++;
    }
    return length;
}

static size_t number_length(const uint8_t *text)
{
    size_t length = text[0] == '-' ? 1 : 0;
    size_t more = digits(text + length);

    if (more == 0 || (more > 1 && text[length] == '0')) {
        return 0;
    }
    length += more;
    if (text[length] == '.') {
        more = digits(text + length + 1);
        if (more == 0) {
            return 0;
        }
        length += 1 + more;
    }
    if (text[length] == 'e' || text[length] == 'E') {
        length += text[length + 1] == '+' || text[length + 1] == '-' ? 2 : 1;
        more = digits(text + length);
        return more == 0 ? 0 : length + more;
    }
    return length;
}

void prove_json_stream_number(void)
{
    uint8_t text[9];
    uint8_t state;
    size_t length = 1;

    text[6] = 0;
    text[7] = 0;
    text[8] = 0;
    state = kind_of(text[0]);
    assume(state >= MINUS && state <= POWER);
    while (state < ENDED) {
        state = in_number(state, text[length]);
        length++;
    }
    prove(state == PASSED ? number_length(text) == length - 1 : number_length(text) == 0);
}

/* ---- Reading ---------------------------------------------------------------------------------- */

/* prove_json_stream_step shows this of step(). */
enum reflow_json_event any_step(struct reflow_json_stream *stream, uint8_t byte, size_t *taken)
{
    const struct reflow_json_stream before = *stream;
    const enum reflow_json_event event = (enum reflow_json_event)proof_up_to(REFLOW_JSON_TOO_DEEP);
    const size_t more = proof_up_to(1);

    prove(!is_over(&before));
    stream->state = nondet_uint8();
    stream->path = nondet_uint8();
    assume(keeps_promise(&before, stream, more, event));
    *taken += more;
    return event;
}

void prove_json_stream_read(void)
{
    char room[16];
    const size_t length = proof_up_to(sizeof room);
    struct reflow_json_stream stream;
    struct reflow_json_stream before;
    enum reflow_json_event event;
    size_t taken;

    assume(stream.state <= TOO_DEEP && stream.state != ENDED && stream.state != PASSED);
    before = stream;
    taken = reflow_json_stream_read(&stream, PROOF_END_OF(room, length), length, &event);
    prove(taken <= length);
    prove(event != REFLOW_JSON_MORE || taken == length);
    prove(taken > 0 || length == 0 || is_over(&stream) ||
          idle_steps(&stream) < idle_steps(&before));
    prove((event == REFLOW_JSON_INVALID || event == REFLOW_JSON_TOO_DEEP) == is_over(&stream));
}

void prove_json_stream_end(void)
{
    struct reflow_json_stream stream = any_stream();
    enum reflow_json_event event = reflow_json_stream_end(&stream);

    prove(is_sound(&stream) && event != REFLOW_JSON_BEGIN);
    prove(event != REFLOW_JSON_MORE || (stream.depth == 0 && stream.state == AFTER));
    prove(event != REFLOW_JSON_FINISH || reflow_json_stream_end(&stream) == REFLOW_JSON_MORE);
}
