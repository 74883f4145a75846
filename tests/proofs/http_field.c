/* SPDX-License-Identifier: MIT */
/* Proofs of http_field: a section of field lines, of any length and cut into any pieces.
 *
 * One step, with any byte in any valid state, leaves a valid state or an error and touches nothing
 * outside of its struct; so does every number of steps. What a valid state is says line_valid(): no
 * word that is still a candidate has been passed by, no value is longer than its array, a list is
 * never read once "chunked" has been seen, lengths and codings exclude each other.
 * Beyond memory: no control character but a tab is taken inside a line, LF only behind CR; a
 * trailer changes neither framing nor flags, an interim head reports no field; a length is exactly
 * its digits or refused; a name is found if and only if it is one of the table, whatever its case;
 * what is skipped changes nothing; a read takes at most what it was given, and at least one byte.
 *
 * PROOF: prove_field_step | step, step_start, step_name, value_begin, field_of_name, forbidden_with,
 *         word_begin, word_next, word_end, step_text, keep, step_length, length_digit, step_list,
 *         list_break, list_oddity, element_end, step_lf, go, malformed, is_space, is_token,
 *         reflow_http_is_text | any byte, any valid state | --unwind 19
 * PROOF: prove_field_length | length_digit, step_length | any byte, any valid state of a Content-Length
 *         | --unwind 19
 * PROOF: prove_field_name | word_begin, word_next, word_end | names up to 19 bytes, any set of
 *         words | --unwind 21
 * PROOF: prove_field_element | step_list, list_break, element_end | an element of up to 8 bytes in
 *         any valid state | --unwind 19
 * PROOF: prove_field_classes | is_token, reflow_http_is_text, is_space | any byte | --unwind 80
 * PROOF: prove_field_skip | skip | up to 16 bytes, any valid state | --unwind 18
 * PROOF: prove_field_skipped | skip, step | any byte, any valid state | --unwind 19
 * PROOF: prove_field_read | reflow_http_fields_read | up to 16 bytes a call, any number of calls
 *         | --unwind 18
 * REPLACE: prove_field_read | step=step_proven, skip=skip_proven
 *
 * MUTANT: prove_field_step | response->at < REFLOW_MAX_FIELD | response->at <= REFLOW_MAX_FIELD
 * MUTANT: prove_field_step | response->candidates = 0; | ;
 * MUTANT: prove_field_step | if (field == FIELD_TRANSFER_ENCODING) { | if (false) {
 * MUTANT: prove_field_step | if (c != '\n') | if (c != '\n' && c != '\0')
 * MUTANT: prove_field_step | (reported && response->status < 200) | false
 * MUTANT: prove_field_length | response->remaining <= REFLOW_MAX_CONTENT / 10 | true
 * MUTANT: prove_field_name | "date",       "retry-after", | "dates",      "retry-after",
 * MUTANT: prove_field_name | word_next(response, '\0'); | word_next(response, words[0][0]);
 * MUTANT: prove_field_element | "close", | "clos",
 * MUTANT: prove_field_element | matched ? REFLOW_HTTP_CHUNKED : REFLOW_HTTP_CODED | REFLOW_HTTP_CHUNKED
 * MUTANT: prove_field_classes | 0x03ff6cfa | 0x03ff6cfb
 * MUTANT: prove_field_skip | while (skipped < length && is_token | while (skipped <= length && is_token
 * MUTANT: prove_field_skipped | response->field == FIELD_OTHER) | response->field <= FIELD_OTHER)
 * MUTANT: prove_field_read | at += skip( | at = skip(
 *
 * MEANT: is_token | conversion in (unsigned char)c | the bits are wanted, whatever char's sign
 * MEANT: reflow_http_is_text | conversion in (unsigned char)c | as in is_token
 * MEANT: is_control | conversion in (unsigned char)c | as in is_token
 */

/* The largest sizes that reflow_config.h allows: where a counter would wrap first. */
#define REFLOW_MAX_CONTENT 1073741824
#define REFLOW_MAX_FIELD 255

#include <http_field.c>

#include <string.h>

#include "proof.h"

#include "http_state.h"

#define PIECE 16

/* No candidate has been passed by: the next character to compare is in the table. */
static bool word_valid(const struct reflow_http_response *response, unsigned among)
{
    if ((response->candidates & ~among) != 0) {
        return false;
    }
    for (unsigned i = 0; i < WORD_COUNT; i++) {
        if ((response->candidates >> i & 1) != 0 && response->at > strlen(words[i])) {
            return false;
        }
    }
    return true;
}

static bool text_valid(const struct reflow_http_response *response)
{
    if (response->field == FIELD_OTHER) {
        return true;
    }
    return response->field < FIELD_CONTENT_LENGTH && response->framing != REFLOW_HTTP_TRAILER &&
           response->status >= 200;
}

static bool list_valid(const struct reflow_http_response *response)
{
    const unsigned barred = REFLOW_HTTP_TRAILER | REFLOW_HTTP_CHUNKED;
    const unsigned word = response->field - FIELD_CONNECTION + WORD_CLOSE;

    if (response->field < FIELD_CONNECTION || response->field > FIELD_TRANSFER_ENCODING ||
        response->framing == REFLOW_HTTP_TRAILER || !word_valid(response, 1U << word)) {
        return false;
    }
    return response->field != FIELD_TRANSFER_ENCODING ||
           (response->framing & (barred | REFLOW_HTTP_LENGTH | REFLOW_HTTP_OLD)) == 0;
}

static bool at_end_of_line(const struct reflow_http_response *response)
{
    return text_valid(response) ||
           (response->framing != REFLOW_HTTP_TRAILER &&
            response->field <= FIELD_TRANSFER_ENCODING && response->field >= FIELD_CONTENT_LENGTH);
}

static bool line_valid(const struct reflow_http_response *response)
{
    const bool idle = response->candidates == 0;

    switch (response->line) {
    case LINE_START:
    case LINE_SECTION_LF:
        return idle;
    case LINE_NAME:
        return word_valid(response, NAME_WORDS);
    case LINE_TEXT:
        return idle && text_valid(response) &&
               (response->field == FIELD_OTHER ||
                (response->at <= REFLOW_MAX_FIELD && response->value_length <= response->at));
    case LINE_LF:
        return idle && at_end_of_line(response);
    case LINE_LENGTH_GAP:
    case LINE_LENGTH:
    case LINE_LENGTH_TAIL:
        return idle && response->field == FIELD_CONTENT_LENGTH &&
               (response->framing & REFLOW_HTTP_LENGTH) != 0;
    case LINE_LIST_GAP:
        return idle && list_valid(response);
    case LINE_ELEMENT:
    case LINE_ELEMENT_TAIL:
        return list_valid(response);
    default:
        return false;
    }
}

static bool valid(const struct reflow_http_response *response)
{
    return section_valid(response) && response->value_length <= REFLOW_MAX_FIELD &&
           line_valid(response);
}

static bool is_control(char c)
{
    return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

static bool awaits_lf(const struct reflow_http_response *response)
{
    return response->line == LINE_LF || response->line == LINE_SECTION_LF;
}

void prove_field_step(void)
{
    struct reflow_http_response response;
    struct reflow_http_response before;
    enum reflow_http_event event;
    const char c = nondet_char();

    assume(valid(&response));
    before = response;
    event = step(&response, c);
    prove(section_event(&response, event));
    prove(section_kept(&before, &response));
    prove(event == REFLOW_HTTP_ERROR || valid(&response));
    prove((c == '\n') == awaits_lf(&before) || event == REFLOW_HTTP_ERROR);
    if (c == '\r') {
        prove(awaits_lf(&response) || event == REFLOW_HTTP_ERROR);
    } else if (c != '\n' && is_control(c)) {
        prove(event == REFLOW_HTTP_ERROR);
    }
    if (event == REFLOW_HTTP_HEAD || event == REFLOW_HTTP_FIELD) {
        prove(c == '\n');
    }
}

/* In wider arithmetic, which needs no care. */
void prove_field_length(void)
{
    struct reflow_http_response response;
    struct reflow_http_response before;
    enum reflow_http_event event;
    const char c = nondet_char();
    uint64_t sum;

    assume(valid(&response) && response.line >= LINE_LENGTH_GAP &&
           response.line <= LINE_LENGTH_TAIL);
    before = response;
    event = step(&response, c);
    if (c < '0' || c > '9') {
        prove(response.remaining == before.remaining);
        prove(event == REFLOW_HTTP_ERROR || c == ' ' || c == '\t' || c == '\r');
    } else if (before.line == LINE_LENGTH_TAIL) {
        prove(response.error == REFLOW_ERR_HTTP_MALFORMED);
    } else {
        sum = (uint64_t)before.remaining * 10 + (uint64_t)(c - '0');
        prove(sum <= REFLOW_MAX_CONTENT ? event == REFLOW_HTTP_MORE && response.remaining == sum
                                        : response.error == REFLOW_ERR_HTTP_TOO_LARGE);
    }
}

static const char *const meant[WORD_COUNT] = {[REFLOW_HTTP_DATE] = "date",
                                              [REFLOW_HTTP_RETRY_AFTER] = "retry-after",
                                              [REFLOW_HTTP_REQUEST_ID] = "x-request-id",
                                              [FIELD_CONTENT_LENGTH] = "content-length",
                                              [FIELD_CONNECTION] = "connection",
                                              [FIELD_CONTENT_ENCODING] = "content-encoding",
                                              [FIELD_TRANSFER_ENCODING] = "transfer-encoding",
                                              [WORD_CLOSE] = "close",
                                              [WORD_IDENTITY] = "identity",
                                              [WORD_CHUNKED] = "chunked"};

/* Equal but for the case of letters, in the plain way. */
static bool same_word(const char *name, size_t length, const char *word)
{
    if (strlen(word) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (reflow_lower(name[i]) != word[i]) {
            return false;
        }
    }
    return true;
}

void prove_field_name(void)
{
    char name[19];
    const size_t length = proof_up_to(sizeof name);
    struct reflow_http_response response;
    const unsigned among = (unsigned)proof_up_to((1U << WORD_COUNT) - 1);
    uint8_t found;

    word_begin(&response, among);
    for (size_t i = 0; i < length; i++) {
        assume(is_token(name[i]));
        word_next(&response, name[i]);
    }
    found = word_end(&response);
    for (uint8_t i = 0; i < WORD_COUNT; i++) {
        const bool wanted = (among >> i & 1) != 0;

        prove((found == i) == (wanted && same_word(name, length, meant[i])));
    }
    prove(found <= FIELD_OTHER);
}

/* One element, and the end of its line. */
void prove_field_element(void)
{
    char word[8];
    const size_t length = 1 + proof_up_to(sizeof word - 1);
    struct reflow_http_response response;
    struct reflow_http_response before;

    assume(valid(&response) && response.line == LINE_LIST_GAP);
    before = response;
    for (size_t i = 0; i < length; i++) {
        assume(is_token(word[i]));
        prove(step_list(&response, word[i]) == REFLOW_HTTP_MORE);
    }
    prove(step_list(&response, '\r') == REFLOW_HTTP_MORE);
    if (before.field == FIELD_TRANSFER_ENCODING) {
        const bool chunked = same_word(word, length, "chunked");

        prove(response.framing ==
              (before.framing | (chunked ? REFLOW_HTTP_CHUNKED : REFLOW_HTTP_CODED)));
    } else if (before.field == FIELD_CONNECTION) {
        prove(
            response.flags ==
            (same_word(word, length, "close") ? before.flags & REFLOW_HTTP_ENCODED : before.flags));
    } else {
        prove(response.flags == (same_word(word, length, "identity")
                                     ? before.flags
                                     : before.flags | REFLOW_HTTP_ENCODED));
    }
}

void prove_field_classes(void)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    const char c = nondet_char();
    const char lower = reflow_lower(c);
    const bool alphanumeric = (lower >= 'a' && lower <= 'z') || reflow_is_digit(c);

    prove(is_token(c) == (alphanumeric || (c != '\0' && strchr(others, c) != NULL)));
    prove(reflow_http_is_text(c) == !is_control(c));
    prove(!is_space(c) || (reflow_http_is_text(c) && !is_token(c)));
}

void prove_field_skip(void)
{
    char bytes[PIECE];
    const size_t length = proof_up_to(PIECE);
    struct reflow_http_response response;
    size_t skipped;

    assume(valid(&response));
    skipped = skip(&response, PROOF_END_OF(bytes, length), length);
    prove(skipped <= length);
}

/* What is skipped is what step() would have taken without any change, but to the value of a field
 * that does not matter. */
void prove_field_skipped(void)
{
    struct reflow_http_response response;
    struct reflow_http_response before;
    const char c = nondet_char();

    assume(valid(&response) && skip(&response, &c, 1) == 1);
    before = response;
    prove(step(&response, c) == REFLOW_HTTP_MORE);
    prove(section_kept(&before, &response));
    prove(response.line == before.line && response.field == before.field);
    prove(response.candidates == before.candidates);
    prove(response.at == before.at || response.line == LINE_TEXT);
    prove(response.remaining == before.remaining && response.framing == before.framing);
    prove(response.flags == before.flags && response.error == before.error);
    prove(response.value_length == before.value_length || response.line == LINE_TEXT);
}

/* What one step has been shown to do, any number of steps do, since each of its claims carries over
 * to two steps: so it is enough to know of a state whether it is valid, and what came last. */
static bool now_valid;
static enum reflow_http_event last;

/* As prove_field_step() has shown of step(): from valid to valid, or to an error. */
enum reflow_http_event step_proven(struct reflow_http_response *response, char c)
{
    (void)response;
    (void)c;
    prove(now_valid && last == REFLOW_HTTP_MORE);
    last = (enum reflow_http_event)nondet_int();
    assume(last == REFLOW_HTTP_MORE || last == REFLOW_HTTP_FIELD || last == REFLOW_HTTP_HEAD ||
           last == REFLOW_HTTP_ERROR);
    now_valid = last != REFLOW_HTTP_ERROR;
    return last;
}

/* As prove_field_skip() has shown of skip(). */
size_t skip_proven(const struct reflow_http_response *response, const char *bytes, size_t length)
{
    (void)response;
    prove(now_valid && __CPROVER_r_ok(bytes, length));
    return proof_up_to(length);
}

void prove_field_read(void)
{
    char bytes[PIECE];
    const size_t length = proof_up_to(PIECE);
    struct reflow_http_response response;
    enum reflow_http_event event;
    size_t taken;

    now_valid = true;
    last = REFLOW_HTTP_MORE;
    event = reflow_http_fields_read(&response, PROOF_END_OF(bytes, length), length, &taken);
    prove(event == last);
    prove(taken <= length);
    prove(taken > 0 || length == 0);
    prove(event != REFLOW_HTTP_MORE || taken == length);
}
