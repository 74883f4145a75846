/* SPDX-License-Identifier: MIT */
/* Proofs of answer: all bytes are taken, an end is an end, and nothing is read that is not there.
 *
 * Reading ends for every piece of an answer: each turn takes a byte or is the last. What follows a
 * complete answer is noted, and then the connection is not used again; a broken answer has an error.
 * Of a field nothing is read beyond its value, and only visible words are kept. An answer that ends
 * without close_notify completes nothing. A success in an encoding, or one that cannot be read, is
 * none; the service's words never change what the status says but where the table lets them. What
 * http_response, slices, retry, outcome and the operation do is assumed as their proofs show it.
 *
 * PROOF: prove_answer_init | reflow_answer_init | any store | --unwind 2
 *         --unwindset memset.0:200
 * PROOF: prove_answer_printable | is_printable | up to 12 bytes | --unwind 14
 * PROOF: prove_answer_field | take_field | values up to 12 bytes | --unwind 14
 * PROOF: prove_answer_head | take_head, is_success | any status, any operation | --unwind 2
 * PROOF: prove_answer_content | take_content, take_element | up to 6 bytes a piece | --unwind 9
 * PROOF: prove_answer_read | reflow_answer_read, take_event, reflow_answer_keeps_alive,
 *         reflow_answer_error
 *         | up to 8 bytes a call | --unwind 11
 * PROOF: prove_answer_close | reflow_answer_close, reflow_answer_error | any state | --unwind 2
 * PROOF: prove_answer_judge | reflow_answer_judge, read_success, read_problem, is_success
 *         | any facts | --unwind 2
 * PROOF: prove_answer_retry_after | reflow_answer_retry_after | any facts | --unwind 2
 * REPLACE: prove_answer_init | reflow_json_stream_init=stream_proven
 * REPLACE: prove_answer_field | reflow_http_date=date_proven, reflow_retry_after=after_proven,
 *         reflow_slices_keep=keep_proven
 * REPLACE: prove_answer_head | reflow_slices_expect=expect_proven,
 *         reflow_slices_expect_each=expect_each_proven
 * REPLACE: prove_answer_content | reflow_slices_read=slices_proven,
 *         reflow_slices_forget=turn_proven, reflow_slices_enough=turn_proven
 * REPLACE: prove_answer_read | reflow_http_response_read=response_proven,
 *         take_field=field_taken, take_head=head_taken, take_content=content_taken
 *
 * MUTANT: prove_answer_init | answer->retry_after_kind = REFLOW_RETRY_NONE; | ;
 * MUTANT: prove_answer_printable | return length > 0; | return true;
 * MUTANT: prove_answer_field | result->request_id == NULL && is_printable(value, length) |
 *         result->request_id == NULL
 * MUTANT: prove_answer_field | answer->date = REFLOW_TIME_UNKNOWN; } | ; }
 * MUTANT: prove_answer_head | if (!is_success(answer)) | if (false)
 * MUTANT: prove_answer_content | length - at, &element | length, &element
 * MUTANT: prove_answer_read | length -= taken; | ;
 * MUTANT: prove_answer_read | event == REFLOW_HTTP_END && length > 0; | length > 0;
 * MUTANT: prove_answer_read | && !answer->surplus | ;
 * MUTANT: prove_answer_close | orderly && reflow_http | reflow_http
 * MUTANT: prove_answer_judge | return REFLOW_ERR_HTTP_UNSUPPORTED; | ;
 * MUTANT: prove_answer_retry_after | facts->date = answer->date; | ;
 */
#include "slices.h"

/* Not by REPLACE, which CBMC 6.6 stumbles over here, as over any pointer to memset. */
enum reflow_error end_proven(struct reflow_slices *slices);
#define reflow_slices_end end_proven
#include <answer.c>
#undef reflow_slices_end

#include "kept.h"

/* ---- An operation that does anything that it may ---- */

static struct reflow_operation operation;
static enum reflow_error read_says;
static unsigned reads;
static unsigned problems;
static bool problem_says;
static unsigned turns;

static enum reflow_error read_any(void *object, struct reflow_slices *slices,
                                  struct reflow_result *result)
{
    (void)object;
    prove(slices != NULL && result != NULL);
    reads++;
    return read_says;
}

static bool read_problem_any(struct reflow_slices *slices, struct reflow_result *result)
{
    prove(slices != NULL && result != NULL);
    problems++;
    return problem_says;
}

static bool take_any(void *object, struct reflow_slices *slices)
{
    (void)object;
    prove(slices != NULL);
    return nondet_bool();
}

static void any_operation(void)
{
    operation.read = read_any;
    operation.read_problem = read_problem_any;
    operation.take = nondet_bool() ? take_any : NULL;
    operation.rejected = (enum reflow_error)proof_up_to(REFLOW_ERROR_COUNT - 1);
    operation.path_count = proof_up_to(REFLOW_JSON_PATHS);
    operation.problem_path_count = proof_up_to(REFLOW_JSON_PATHS);
}

/* ---- The beginning, and the fields ---- */

void stream_proven(struct reflow_json_stream *stream, const char *const *paths, size_t count)
{
    (void)paths;
    (void)count;
    stream->state = 0;
}

void prove_answer_init(void)
{
    char store[STORE];
    struct reflow_answer answer;

    reflow_answer_init(&answer, &operation, NULL, store, sizeof store);
    prove(answer.slices.store.data == store && answer.slices.store.size == sizeof store);
    prove(answer.slices.store.length == 0 && answer.slices.count == 0);
    prove(answer.retry_after_kind == REFLOW_RETRY_NONE && answer.date == REFLOW_TIME_UNKNOWN);
    prove(answer.error == 0 && !answer.surplus && answer.operation == &operation);
    prove(!reflow_http_response_begun(&answer.response));
}

void prove_answer_printable(void)
{
    char room[12];
    const size_t length = proof_up_to(sizeof room);
    const char *value = PROOF_END_OF(room, length);
    const size_t any = nondet_size();

    if (is_printable(value, length)) {
        prove(length > 0);
        prove(any >= length || (value[any] > ' ' && value[any] < 0x7f));
    }
}

static int64_t date_read = REFLOW_TIME_UNKNOWN;

bool date_proven(const char *value, size_t length, int64_t *seconds)
{
    prove(__CPROVER_r_ok(value, length));
    if (nondet_bool()) {
        date_read = nondet_int64();
        *seconds = date_read;
        return true;
    }
    return false;
}

enum reflow_retry_after_kind after_proven(const char *value, size_t length, int64_t *seconds)
{
    prove(__CPROVER_r_ok(value, length));
    if (nondet_bool()) {
        *seconds = nondet_int64();
        return nondet_bool() ? REFLOW_RETRY_SECONDS : REFLOW_RETRY_DATE;
    }
    return REFLOW_RETRY_NONE;
}

void prove_answer_field(void)
{
    char store[STORE];
    struct reflow_answer answer;
    struct reflow_result result;
    struct reflow_result before;

    any_slices(&answer.slices, store, 1);
    assume(answer.response.value_length <= 12 && answer.response.field <= REFLOW_HTTP_REQUEST_ID);
    before = result;
    take_field(&answer, &result);
    if (result.request_id != before.request_id) {
        prove(before.request_id == NULL && answer.response.field == REFLOW_HTTP_REQUEST_ID);
        prove(lies_inside(result.request_id, store));
        prove(is_printable(answer.response.value, answer.response.value_length));
    }
    prove(answer.date == date_read || answer.response.field != REFLOW_HTTP_DATE);
    prove(answer.retry_after_kind <= REFLOW_RETRY_DATE ||
          answer.response.field != REFLOW_HTTP_RETRY_AFTER);
    prove(result.http_status == before.http_status && result.id == before.id);
}

/* ---- The head ---- */

static const char *const *expected;
static size_t expected_count;
static bool each;

void expect_proven(struct reflow_slices *slices, const char *const *paths, size_t count)
{
    prove(slices != NULL && count <= REFLOW_JSON_PATHS);
    expected = paths;
    expected_count = count;
    each = false;
}

void expect_each_proven(struct reflow_slices *slices, const char *const *paths, size_t count,
                        uint8_t element)
{
    expect_proven(slices, paths, count);
    prove(element == operation.element);
    each = true;
}

void prove_answer_head(void)
{
    static const char *const wanted[1];
    static const char *const problem[1];
    struct reflow_answer answer;
    struct reflow_result result;
    bool success;

    any_operation();
    operation.paths = wanted;
    operation.problem_paths = problem;
    answer.operation = &operation;
    take_head(&answer, &result);
    success = answer.response.status >= 200 && answer.response.status < 300;
    prove(result.http_status == answer.response.status);
    prove(expected == (success ? wanted : problem));
    prove(expected_count == (success ? operation.path_count : operation.problem_path_count));
    prove(each == (success && operation.take != NULL));
}

/* ---- The content ---- */

#define PIECE 6

/* All bytes, or those up to the end of an element. An element has a byte at least, so that one ends
 * without any only at the beginning of a piece. */
static bool fresh;

size_t slices_proven(struct reflow_slices *slices, const char *bytes, size_t length, bool *element)
{
    const size_t taken = proof_up_to(length);

    prove(slices != NULL && __CPROVER_r_ok(bytes, length));
    *element = nondet_bool();
    assume(!*element || taken > 0 || fresh);
    fresh = false;
    return *element ? taken : length;
}

void turn_proven(struct reflow_slices *slices)
{
    prove(slices != NULL);
    turns++;
}

void prove_answer_content(void)
{
    char bytes[PIECE];
    const size_t length = proof_up_to(PIECE);
    struct reflow_answer answer;

    any_operation();
    operation.take = take_any;
    answer.operation = &operation;
    fresh = true;
    take_content(&answer, PROOF_END_OF(bytes, length), length);
    prove(turns <= length + 1);
}

/* ---- A whole piece ---- */

static unsigned after_head;

/* As the proofs of http_response have shown; its state is only whether it is complete or failed. */
size_t response_proven(struct reflow_http_response *response, const char *bytes, size_t length,
                       enum reflow_http_event *event)
{
    const size_t taken = proof_up_to(length);

    prove(__CPROVER_r_ok(bytes, length));
    *event = (enum reflow_http_event)proof_up_to(REFLOW_HTTP_ERROR);
    assume(taken > 0 || *event == REFLOW_HTTP_END || *event == REFLOW_HTTP_ERROR ||
           (length == 0 && *event == REFLOW_HTTP_MORE));
    assume(*event != REFLOW_HTTP_MORE || taken == length);
    response->error = nondet_uint8();
    assume((*event == REFLOW_HTTP_ERROR) == (response->error != 0));
    assume(response->error < REFLOW_ERROR_COUNT);
    response->flags = nondet_uint8();
    return taken;
}

void field_taken(struct reflow_answer *answer, struct reflow_result *result)
{
    prove(answer != NULL && result != NULL);
}

void head_taken(struct reflow_answer *answer, struct reflow_result *result)
{
    prove(answer != NULL);
    after_head++;
    result->http_status = 200;
}

void content_taken(struct reflow_answer *answer, const char *bytes, size_t length)
{
    prove(answer != NULL && length > 0 && __CPROVER_r_ok(bytes, length));
}

void prove_answer_read(void)
{
    char bytes[8];
    const size_t length = proof_up_to(sizeof bytes);
    struct reflow_answer answer;
    struct reflow_result result;
    enum reflow_answer_state state;

    state = reflow_answer_read(&answer, PROOF_END_OF(bytes, length), length, &result);
    prove(answer.head_taken <= length);
    prove((state == REFLOW_ANSWER_BROKEN) == (answer.response.error != 0));
    prove(state != REFLOW_ANSWER_BROKEN || reflow_answer_error(&answer) != REFLOW_OK);
    prove(!answer.surplus || state == REFLOW_ANSWER_COMPLETE);
    prove(!answer.surplus || !reflow_answer_keeps_alive(&answer));
}

/* ---- The end ---- */

void prove_answer_close(void)
{
    struct reflow_answer answer;
    struct reflow_http_response response = answer.response;
    const bool orderly = nondet_bool();
    const bool whole = reflow_http_response_close(&response) == REFLOW_HTTP_END;
    const bool begun = reflow_http_response_begun(&answer.response);

    if (reflow_answer_close(&answer, orderly) == REFLOW_ANSWER_COMPLETE) {
        prove(orderly && whole);
    } else {
        prove(!orderly || !whole);
        prove(reflow_answer_error(&answer) ==
              (begun ? REFLOW_ERR_HTTP_TRUNCATED : REFLOW_ERR_CONNECTION_LOST));
    }
}

/* As the proofs of slices show. */
static enum reflow_error ended;

enum reflow_error end_proven(struct reflow_slices *slices)
{
    prove(slices != NULL);
    return ended;
}

void prove_answer_judge(void)
{
    struct reflow_answer answer;
    struct reflow_result result;
    enum reflow_error error;
    bool later;
    bool encoded;

    any_operation();
    answer.operation = &operation;
    assume(answer.response.status >= 200 && answer.response.status <= 599);
    read_says = nondet_bool() ? REFLOW_OK : REFLOW_ERR_JSON_UNEXPECTED;
    problem_says = nondet_bool();
    ended = (enum reflow_error)nondet_int();
    assume(ended == REFLOW_OK || ended == REFLOW_ERR_JSON_MALFORMED ||
           ended == REFLOW_ERR_JSON_TOO_LARGE);
    encoded = (answer.response.flags & REFLOW_HTTP_ENCODED) != 0;
    error = reflow_answer_judge(&answer, &result, &later);
    if (answer.response.status < 300) {
        prove(problems == 0 && !later);
        prove((error == REFLOW_OK) == (!encoded && ended == REFLOW_OK && read_says == REFLOW_OK));
        prove(reads == (!encoded && ended == REFLOW_OK ? 1 : 0));
        prove(!encoded || error == REFLOW_ERR_HTTP_UNSUPPORTED);
    } else {
        prove(reads == 0 && (error != REFLOW_OK || operation.rejected == REFLOW_OK));
        prove(problems == (!encoded && ended != REFLOW_ERR_JSON_MALFORMED ? 1 : 0));
    }
    if (later && answer.response.status == 503) {
        prove(answer.retry_after_kind != REFLOW_RETRY_NONE || (problems == 1 && problem_says));
    }
}

void prove_answer_retry_after(void)
{
    struct reflow_answer answer;
    struct reflow_retry_facts facts;

    reflow_answer_retry_after(&answer, &facts);
    prove(facts.kind == (enum reflow_retry_after_kind)answer.retry_after_kind);
    prove(facts.retry_after == answer.retry_after && facts.date == answer.date);
}
