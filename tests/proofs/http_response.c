/* SPDX-License-Identifier: MIT */
/* Proofs of http_response: a response of any length, cut into any pieces.
 *
 * One step, with any byte in any valid state, leaves a valid state or an error; so does every
 * number of steps. What a valid state is says valid(). Fields are http_field's, whose proofs are
 * assumed where it is called. Beyond memory: a read takes at most what it was given, and at least
 * one byte of what it was given, or the response is complete or has failed, which is for good; the
 * bytes of all heads count against one allowance, those of chunk framing against another; content
 * is handed on exactly as long as Content-Length or the chunks' sizes say, and what may still come
 * never grows, so that no count wraps; the end of the head leads where RFC 9112 section 6.3 says;
 * a line ends in CR LF and holds no other control character than a tab.
 *
 * PROOF: prove_response_init | reflow_http_response_init, head_begin | no input | --unwind 2
 * PROOF: prove_response_step | step, step_version, step_status, step_status_end, step_reason,
 *         step_section_lf, step_chunk, step_size, step_extension, step_size_lf, size_digit,
 *         hex_value, expect, go, malformed, too_large, unsupported, reflow_http_fail
 *         | any byte, any valid state | --unwind 2
 * PROOF: prove_response_size | step_size, size_digit, hex_value | any byte, any valid state of a chunk size
 *         | --unwind 34
 * PROOF: prove_response_section_end | section_end, head_end, interim_end, head_begin | any valid state
 *         | --unwind 2
 * PROOF: prove_response_take_framing | take_framing | up to 8 bytes, any valid state | --unwind 2
 * PROOF: prove_response_take_content | take_content | any length, any valid state | --unwind 2
 * PROOF: prove_response_read | reflow_http_response_read, reflow_http_error
 *         | up to 16 bytes a call, any number of calls | --unwind 18
 * PROOF: prove_response_close | reflow_http_response_close, reflow_http_response_begun, reflow_http_error
 *         | any valid state | --unwind 2
 * REPLACE: prove_response_take_framing | reflow_http_fields_read=fields_proven
 * REPLACE: prove_response_read | take_framing=framing_proven
 *
 * MUTANT: prove_response_init | response->state = STATE_BEGIN; | ;
 * MUTANT: prove_response_step | static const char version[] = "HTTP/1.1 "; | static const char version[] = "HTTP/1.1";
 * MUTANT: prove_response_step | if (response->at < 3) | if (response->at < 6)
 * MUTANT: prove_response_step | response->content -= response->remaining; | ;
 * MUTANT: prove_response_step | c == '\n', STATE_SIZE_BEGIN | true, STATE_SIZE_BEGIN
 * MUTANT: prove_response_step | reflow_http_is_text(c), STATE_EXTENSION | c != '\n', STATE_EXTENSION
 * MUTANT: prove_response_size | response->remaining <= REFLOW_MAX_CONTENT / 16 | true
 * MUTANT: prove_response_size | response->remaining <= response->content | true
 * MUTANT: prove_response_section_end | response->status == 304 | response->status == 305
 * MUTANT: prove_response_section_end | response->interim == REFLOW_MAX_INTERIM | false
 * MUTANT: prove_response_take_framing | length < response->allowance ? length : response->allowance | length
 * MUTANT: prove_response_take_content | taken = length < response->remaining |
 *         taken = length <= response->remaining + 1
 * MUTANT: prove_response_take_content | response->remaining == 0 && | response->remaining <= 1 &&
 * MUTANT: prove_response_read | taken < length && *event | taken <= length && *event
 * MUTANT: prove_response_read | response->state >= STATE_LENGTH | response->state > STATE_LENGTH
 * MUTANT: prove_response_close | response->state < STATE_UNTIL_CLOSE | response->state < STATE_CHUNK
 */

/* The largest sizes that reflow_config.h allows: where a count would wrap first. */
#define REFLOW_MAX_HEAD 1048576
#define REFLOW_MAX_INTERIM 255
#define REFLOW_MAX_CONTENT 1073741824
#define REFLOW_MAX_CHUNK_FRAMING 16777216

#include <http_response.c>

#include "http_response_state.h"
#include "proof.h"

#define PIECE 16

/* How much content may still come in chunks. */
static uint64_t budget(const struct reflow_http_response *response)
{
    return (uint64_t)response->content + (response->state == STATE_CHUNK ? response->remaining : 0);
}

static void prove_error(const struct reflow_http_response *response)
{
    prove(response->error == REFLOW_ERR_HTTP_MALFORMED ||
          response->error == REFLOW_ERR_HTTP_TOO_LARGE ||
          response->error == REFLOW_ERR_HTTP_UNSUPPORTED);
}

void prove_response_init(void)
{
    struct reflow_http_response response;

    reflow_http_response_init(&response);
    prove(valid(&response) && response.state == STATE_BEGIN);
    prove(response.allowance == REFLOW_MAX_HEAD && response.interim == 0);
    prove(response.flags == REFLOW_HTTP_KEEP_ALIVE && response.value_length == 0);
}

static bool awaits_lf(const struct reflow_http_response *response)
{
    return response->state == STATE_STATUS_LF || response->state == STATE_SIZE_LF ||
           response->state == STATE_CHUNK_LF;
}

void prove_response_step(void)
{
    struct reflow_http_response response;
    struct reflow_http_response before;
    enum reflow_http_event event;
    const char c = nondet_char();

    assume(valid(&response) && response.state < STATE_LENGTH && response.state != STATE_FIELDS);
    before = response;
    event = step(&response, c);
    prove(response.allowance == before.allowance && response.interim == before.interim);
    if (event == REFLOW_HTTP_ERROR) {
        prove_error(&response);
        return;
    }
    prove(valid(&response) && response.state != STATE_BEGIN);
    prove((event == REFLOW_HTTP_CHUNK) == (response.state == STATE_CHUNK));
    prove(event == REFLOW_HTTP_CHUNK || event == REFLOW_HTTP_MORE);
    prove(event == REFLOW_HTTP_CHUNK || response.state < STATE_LENGTH);
    prove(before.state < STATE_FIELDS || budget(&response) == budget(&before));
    prove((c == '\n') == awaits_lf(&before));
    prove(c != '\r' || awaits_lf(&response));
    prove(reflow_http_is_text(c) || c == '\r' || c == '\n');
}

static unsigned meant_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";

    for (unsigned i = 0; i < 32; i++) {
        if (digits[i] == c) {
            return i % 16;
        }
    }
    return 16;
}

/* In wider arithmetic, which needs no care. */
void prove_response_size(void)
{
    struct reflow_http_response response;
    struct reflow_http_response before;
    const char c = nondet_char();
    const unsigned digit = meant_digit(c);
    uint64_t size;

    assume(valid(&response));
    assume(response.state == STATE_SIZE_BEGIN || response.state == STATE_SIZE);
    before = response;
    size = (uint64_t)before.remaining * 16 + digit;
    if (step_size(&response, c) == REFLOW_HTTP_MORE) {
        prove(digit < 16 || (before.state == STATE_SIZE && (c == ';' || c == '\r')));
        prove(response.remaining == (digit < 16 ? size : before.remaining));
        prove(digit == 16 || size <= before.content);
    } else {
        prove(response.error ==
              (digit < 16 ? REFLOW_ERR_HTTP_TOO_LARGE : REFLOW_ERR_HTTP_MALFORMED));
        prove(digit == 16 || size > before.content);
    }
}

/* RFC 9112 section 6.3, after an interim head or a trailer has been told apart. */
static enum state meant_state(const struct reflow_http_response *head)
{
    if (head->status == 204 || head->status == 304) {
        return STATE_ENDED;
    }
    if (head->framing == REFLOW_HTTP_CHUNKED) {
        return STATE_SIZE_BEGIN;
    }
    if ((head->framing & REFLOW_HTTP_LENGTH) != 0) {
        return head->remaining == 0 ? STATE_ENDED : STATE_LENGTH;
    }
    return STATE_UNTIL_CLOSE;
}

static void prove_head_ended(const struct reflow_http_response *before,
                             const struct reflow_http_response *response)
{
    prove(response->status == before->status && response->status >= 200);
    prove(response->state == meant_state(before));
    prove((response->flags & REFLOW_HTTP_KEEP_ALIVE) ==
          (response->state == STATE_UNTIL_CLOSE ? 0 : before->flags & REFLOW_HTTP_KEEP_ALIVE));
    prove((response->flags & REFLOW_HTTP_ENCODED) == (before->flags & REFLOW_HTTP_ENCODED));
    prove(response->state != STATE_LENGTH || response->remaining == before->remaining);
    prove(response->state != STATE_SIZE_BEGIN || budget(response) == REFLOW_MAX_CONTENT);
}

void prove_response_section_end(void)
{
    struct reflow_http_response response;
    struct reflow_http_response before;
    enum reflow_http_event event;

    assume(valid(&response) && response.state == STATE_FIELDS);
    assume(response.line == 0 && response.candidates == 0);
    before = response;
    event = section_end(&response);
    if (event == REFLOW_HTTP_ERROR) {
        prove_error(&response);
        prove((before.framing & REFLOW_HTTP_CODED) != 0 ||
              (before.status < 200 && before.interim == REFLOW_MAX_INTERIM));
        return;
    }
    prove(valid(&response));
    if (before.framing == REFLOW_HTTP_TRAILER) {
        prove(event == REFLOW_HTTP_END && response.state == STATE_ENDED);
    } else if (before.status < 200) {
        prove(event == REFLOW_HTTP_MORE && response.state == STATE_VERSION);
        prove(response.interim == before.interim + 1);
        prove(response.allowance == before.allowance);
    } else {
        prove(event == REFLOW_HTTP_HEAD);
        prove_head_ended(&before, &response);
    }
}

/* As the proofs of http_field have shown: see http_state.h. What is its own, it finds as it left
 * it, or at rest. */
static struct reflow_http_response entered;

enum reflow_http_event fields_proven(struct reflow_http_response *response, const char *bytes,
                                     size_t length, size_t *taken)
{
    const enum reflow_http_event event = (enum reflow_http_event)nondet_int();
    struct reflow_http_response after;

    prove(length > 0 && __CPROVER_r_ok(bytes, length));
    prove(section_valid(response) && response->line == entered.line);
    prove(response->candidates == entered.candidates && response->at == entered.at);
    prove(response->field == entered.field && response->value_length == entered.value_length);
    assume(section_event(&after, event) && section_kept(response, &after));
    *response = after;
    *taken = 1 + proof_up_to(length - 1);
    assume(event != REFLOW_HTTP_MORE || *taken == length);
    return event;
}

void prove_response_take_framing(void)
{
    char bytes[8];
    const size_t length = 1 + proof_up_to(sizeof bytes - 1);
    struct reflow_http_response response;
    enum reflow_http_event event;
    size_t taken;

    assume(valid(&response) && response.state < STATE_LENGTH);
    entered = response;
    taken = take_framing(&response, PROOF_END_OF(bytes, length), length, &event);
    prove(taken <= length && taken <= entered.allowance);
    if (event == REFLOW_HTTP_ERROR) {
        prove_error(&response);
        return;
    }
    prove(taken > 0 && valid(&response));
    prove(response.allowance == entered.allowance - taken || response.state == STATE_SIZE_BEGIN);
    prove(response.state != STATE_BEGIN);
    prove(event != REFLOW_HTTP_MORE || response.state < STATE_LENGTH);
    prove((event == REFLOW_HTTP_END) ==
          (response.state == STATE_ENDED && entered.framing == REFLOW_HTTP_TRAILER));
    prove(event != REFLOW_HTTP_CONTENT);
    if (event == REFLOW_HTTP_FIELD) {
        prove(response.field <= REFLOW_HTTP_REQUEST_ID && response.state == STATE_FIELDS);
    }
    if (event == REFLOW_HTTP_HEAD) {
        prove(response.status >= 200 && response.status <= 599);
    }
}

void prove_response_take_content(void)
{
    struct reflow_http_response response;
    struct reflow_http_response before;
    enum reflow_http_event event = REFLOW_HTTP_MORE;
    const size_t length = nondet_size();
    size_t taken;

    assume(valid(&response) && response.state >= STATE_LENGTH && response.state < STATE_ENDED);
    before = response;
    taken = take_content(&response, length, &event);
    prove(taken <= length && taken <= before.remaining);
    if (event == REFLOW_HTTP_ERROR) {
        prove(response.error == REFLOW_ERR_HTTP_TOO_LARGE && taken == 0);
        prove(before.state == STATE_UNTIL_CLOSE);
        return;
    }
    prove(valid(&response));
    prove(event == (length == 0 ? REFLOW_HTTP_MORE : REFLOW_HTTP_CONTENT));
    prove(length == 0 || taken > 0);
    prove(response.remaining == before.remaining - taken);
    prove(response.content == before.content && response.allowance == before.allowance);
    if (before.state == STATE_LENGTH) {
        prove(response.state == (response.remaining == 0 ? STATE_ENDED : STATE_LENGTH));
    } else if (before.state == STATE_CHUNK) {
        prove(response.state == (response.remaining == 0 ? STATE_CHUNK_CR : STATE_CHUNK));
    } else {
        prove(response.state == STATE_UNTIL_CLOSE);
    }
}

/* As prove_response_take_framing() has shown of take_framing(). Of a state it is enough to know that it is
 * valid; what came last is what the whole read says. */
static bool now_valid;
static enum reflow_http_event last;

size_t framing_proven(struct reflow_http_response *response, const char *bytes, size_t length,
                      enum reflow_http_event *event)
{
    prove(now_valid && last == REFLOW_HTTP_MORE && response->state < STATE_LENGTH);
    prove(length > 0 && __CPROVER_r_ok(bytes, length));
    last = (enum reflow_http_event)nondet_int();
    assume(last <= REFLOW_HTTP_ERROR && last != REFLOW_HTTP_CONTENT);
    now_valid = last != REFLOW_HTTP_ERROR;
    response->state = nondet_uint8();
    assume(last != REFLOW_HTTP_MORE || response->state < STATE_LENGTH);
    assume(last != REFLOW_HTTP_END || response->state == STATE_ENDED);
    response->error = nondet_uint8();
    assume((response->error != 0) == (last == REFLOW_HTTP_ERROR));
    *event = last;
    return last == REFLOW_HTTP_ERROR ? proof_up_to(length) : 1 + proof_up_to(length - 1);
}

/* In any state, valid or failed. */
void prove_response_read(void)
{
    char bytes[PIECE];
    const size_t length = proof_up_to(PIECE);
    struct reflow_http_response response;
    struct reflow_http_response before;
    enum reflow_http_event event;
    size_t taken;

    assume(response.error != 0 || valid(&response));
    before = response;
    now_valid = response.error == 0;
    last = REFLOW_HTTP_MORE;
    taken = reflow_http_response_read(&response, PROOF_END_OF(bytes, length), length, &event);
    prove(taken <= length);
    prove(length == 0 || taken > 0 || event == REFLOW_HTTP_END || event == REFLOW_HTTP_ERROR);
    prove(event != REFLOW_HTTP_MORE || taken == length);
    prove((event == REFLOW_HTTP_ERROR) == (reflow_http_error(&response) != REFLOW_OK));
    prove(event != REFLOW_HTTP_END || response.state == STATE_ENDED);
    prove((event == REFLOW_HTTP_CONTENT) ==
          (length > 0 && before.error == 0 && before.state >= STATE_LENGTH &&
           before.state != STATE_ENDED && event != REFLOW_HTTP_ERROR));
    if (before.error != 0) {
        prove(event == REFLOW_HTTP_ERROR && taken == 0 && response.error == before.error);
    } else if (before.state == STATE_ENDED) {
        prove(event == REFLOW_HTTP_END && taken == 0);
    }
}

void prove_response_close(void)
{
    struct reflow_http_response response;
    struct reflow_http_response before;

    assume(response.error != 0 || valid(&response));
    before = response;
    if (reflow_http_response_close(&response) == REFLOW_HTTP_END) {
        prove(before.error == 0 && response.error == 0 && response.state == STATE_ENDED);
        prove(before.state == STATE_ENDED || before.state == STATE_UNTIL_CLOSE);
    } else {
        const enum reflow_error begun = reflow_http_response_begun(&before)
                                            ? REFLOW_ERR_HTTP_TRUNCATED
                                            : REFLOW_ERR_CONNECTION_LOST;

        prove(reflow_http_error(&response) ==
              (before.error != 0 ? (enum reflow_error)before.error : begun));
        prove(before.error != 0 || before.state < STATE_UNTIL_CLOSE);
    }
}
