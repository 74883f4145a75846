/* SPDX-License-Identifier: MIT */
/* answer: from bytes to facts, from facts to a judgement. */
#include "answer.h"

#include "http_response.h"
#include "outcome.h"
#include "slices.h"
#include "text.h"

void reflow_answer_init(struct reflow_answer *answer, const struct reflow_operation *operation,
                        void *object, void *memory, size_t size)
{
    reflow_http_response_init(&answer->response);
    /* Which members matter depends on the status; until then only field values are kept. */
    reflow_slices_init(&answer->slices, memory, size);
    answer->operation = operation;
    answer->object = object;
    answer->date = REFLOW_TIME_UNKNOWN;
    answer->retry_after = 0;
    answer->retry_after_kind = REFLOW_RETRY_NONE;
    answer->error = REFLOW_OK;
    answer->surplus = false;
}

static bool is_success(const struct reflow_answer *answer)
{
    return answer->response.status / 100 == 2;
}

/* Field values may hold any byte from 0x80 on; what is kept for a person must be text. */
static bool is_printable(const char *value, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (!reflow_is_visible(value[i])) {
            return false;
        }
    }
    return length > 0;
}

static void take_field(struct reflow_answer *answer, struct reflow_result *result)
{
    const struct reflow_http_response *response = &answer->response;
    const char *value = response->value;
    const size_t length = response->value_length;

    switch ((enum reflow_http_field)response->field) {
    case REFLOW_HTTP_DATE:
        if (!reflow_http_date(value, length, &answer->date)) {
            answer->date = REFLOW_TIME_UNKNOWN;
        }
        break;
    case REFLOW_HTTP_RETRY_AFTER:
        answer->retry_after_kind = (uint8_t)reflow_retry_after(value, length, &answer->retry_after);
        break;
    default: /* REFLOW_HTTP_REQUEST_ID */
        if (result->request_id == NULL && is_printable(value, length)) {
            result->request_id = reflow_slices_keep(&answer->slices, value, length);
        }
        break;
    }
}

static void take_head(struct reflow_answer *answer, struct reflow_result *result)
{
    const struct reflow_operation *operation = answer->operation;

    result->http_status = answer->response.status;
    if (!is_success(answer)) {
        reflow_slices_expect(&answer->slices, operation->problem_paths,
                             operation->problem_path_count);
    } else if (operation->take != NULL) {
        reflow_slices_expect_each(&answer->slices, operation->paths, operation->path_count,
                                  operation->element);
    } else {
        reflow_slices_expect(&answer->slices, operation->paths, operation->path_count);
    }
}

/* What is encoded is no list that could be read. */
static void take_element(struct reflow_answer *answer)
{
    if ((answer->response.flags & REFLOW_HTTP_ENCODED) == 0 &&
        answer->operation->take(answer->object, &answer->slices)) {
        reflow_slices_forget(&answer->slices);
    } else {
        reflow_slices_enough(&answer->slices);
    }
}

static void take_content(struct reflow_answer *answer, const char *bytes, size_t length)
{
    size_t at = 0;
    bool element;

    do {
        at += reflow_slices_read(&answer->slices, bytes + at, length - at, &element);
        if (element) {
            take_element(answer);
        }
    } while (element);
}

static void take_event(struct reflow_answer *answer, enum reflow_http_event event,
                       const char *bytes, size_t taken, struct reflow_result *result)
{
    if (event == REFLOW_HTTP_FIELD) {
        take_field(answer, result);
    } else if (event == REFLOW_HTTP_HEAD) {
        take_head(answer, result);
    } else if (event == REFLOW_HTTP_CONTENT) {
        take_content(answer, bytes, taken);
    }
    if (result->http_status == 0 || event == REFLOW_HTTP_HEAD) {
        answer->head_taken = (uint16_t)(answer->head_taken + taken);
    }
}

enum reflow_answer_state reflow_answer_read(struct reflow_answer *answer, const char *bytes,
                                            size_t length, struct reflow_result *result)
{
    enum reflow_http_event event;
    size_t taken;

    answer->head_taken = 0;
    do {
        taken = reflow_http_response_read(&answer->response, bytes, length, &event);
        take_event(answer, event, bytes, taken, result);
        bytes += taken;
        length -= taken;
    } while (event != REFLOW_HTTP_MORE && event != REFLOW_HTTP_END && event != REFLOW_HTTP_ERROR);
    answer->surplus = event == REFLOW_HTTP_END && length > 0;
    if (event == REFLOW_HTTP_ERROR) {
        answer->error = (uint8_t)reflow_http_error(&answer->response);
        return REFLOW_ANSWER_BROKEN;
    }
    return event == REFLOW_HTTP_END ? REFLOW_ANSWER_COMPLETE : REFLOW_ANSWER_MORE;
}

/* A TCP end without close_notify may be anybody's: it completes nothing. */
enum reflow_answer_state reflow_answer_close(struct reflow_answer *answer, bool orderly)
{
    if (orderly && reflow_http_response_close(&answer->response) == REFLOW_HTTP_END) {
        return REFLOW_ANSWER_COMPLETE;
    }
    answer->error = reflow_http_response_begun(&answer->response) ? REFLOW_ERR_HTTP_TRUNCATED
                                                                  : REFLOW_ERR_CONNECTION_LOST;
    return REFLOW_ANSWER_BROKEN;
}

enum reflow_error reflow_answer_error(const struct reflow_answer *answer)
{
    return (enum reflow_error)answer->error;
}

/* How reading a success went. An encoding that was not asked for leaves nothing to be read. */
static enum reflow_error read_success(struct reflow_answer *answer, struct reflow_result *result)
{
    const enum reflow_error ended = reflow_slices_end(&answer->slices);

    if ((answer->response.flags & REFLOW_HTTP_ENCODED) != 0) {
        return REFLOW_ERR_HTTP_UNSUPPORTED;
    }
    return ended == REFLOW_OK ? answer->operation->read(answer->object, &answer->slices, result)
                              : ended;
}

/* The body of an error answer may be anything: it can explain the status, but not change it. A
 * value too long to keep takes nothing from the others. */
static bool read_problem(struct reflow_answer *answer, struct reflow_result *result)
{
    return reflow_slices_end(&answer->slices) != REFLOW_ERR_JSON_MALFORMED &&
           (answer->response.flags & REFLOW_HTTP_ENCODED) == 0 &&
           answer->operation->read_problem(&answer->slices, result);
}

enum reflow_error reflow_answer_judge(struct reflow_answer *answer, struct reflow_result *result,
                                      bool *later)
{
    struct reflow_facts facts = {0};
    enum reflow_error error;

    facts.status = answer->response.status;
    facts.retry_after = answer->retry_after_kind != REFLOW_RETRY_NONE;
    if (is_success(answer)) {
        facts.read = read_success(answer, result);
    } else {
        facts.gateway_later = read_problem(answer, result);
    }
    error = reflow_judge(&facts, later);
    return error == REFLOW_ERR_REJECTED ? answer->operation->rejected : error;
}

bool reflow_answer_keeps_alive(const struct reflow_answer *answer)
{
    return (answer->response.flags & REFLOW_HTTP_KEEP_ALIVE) != 0 && !answer->surplus;
}

void reflow_answer_retry_after(const struct reflow_answer *answer, struct reflow_retry_facts *facts)
{
    facts->kind = (enum reflow_retry_after_kind)answer->retry_after_kind;
    facts->retry_after = answer->retry_after;
    facts->date = answer->date;
}
