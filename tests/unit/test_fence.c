/* SPDX-License-Identifier: MIT */
/* Nothing that reads an answer touches a byte before its text or behind it, wherever it is cut. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence_table.h"

#include "answer.h"
#include "flow.h"
#include "http_response.h"
#include "ims.h"
#include "json.h"
#include "json_stream.h"
#include "retry.h"
#include "runs.h"
#include "slices.h"

/* ---- HTTP ---- */

static struct reflow_http_response response;

static void begin_response(void)
{
    reflow_http_response_init(&response);
}

static void take_response(char *bytes, size_t length)
{
    enum reflow_http_event event = REFLOW_HTTP_MORE;
    size_t at = 0;

    do {
        at += reflow_http_response_read(&response, bytes + at, length - at, &event);
        assert_true(at <= length);
    } while (at < length && event != REFLOW_HTTP_END && event != REFLOW_HTTP_ERROR);
}

static void end_response(void)
{
    (void)reflow_http_response_close(&response);
}

static void take_date(char *bytes, size_t length)
{
    int64_t seconds;

    (void)reflow_http_date(bytes, length, &seconds);
    (void)reflow_retry_after(bytes, length, &seconds);
}

/* ---- JSON ---- */

static struct reflow_json_stream stream;

static void begin_stream(void)
{
    static const char *const paths[] = {"id", "items[].id", "a.b", "items[]", "[].x", "\xc3\xa9"};

    reflow_json_stream_init(&stream, paths, COUNT_OF(paths));
}

static void take_stream(char *bytes, size_t length)
{
    enum reflow_json_event event = REFLOW_JSON_MORE;
    size_t at = 0;

    do {
        at += reflow_json_stream_read(&stream, bytes + at, length - at, &event);
        assert_true(at <= length);
    } while (at < length && event != REFLOW_JSON_INVALID && event != REFLOW_JSON_TOO_DEEP);
}

static void end_stream(void)
{
    (void)reflow_json_stream_end(&stream);
}

static void take_value(char *bytes, size_t length)
{
    int64_t number;

    (void)reflow_json_integer(bytes, length, &number);
    (void)reflow_json_string(bytes, length);
}

/* ---- What an answer says: kept between two fences of their own ---- */

static struct reflow_slices slices;

static void begin_slices(const char *const *paths, size_t count, uint8_t element)
{
    void *store = next_room();

    memset(store, 'x', room_size);
    reflow_slices_init(&slices, store, room_size);
    reflow_slices_expect_each(&slices, paths, count, element);
}

static void take_slices(char *bytes, size_t length)
{
    bool element;
    size_t at = 0;

    while (at < length) {
        at += reflow_slices_read(&slices, bytes + at, length - at, &element);
        assert_true(at <= length);
    }
}

static struct reflow_result result;

static void begin_new_run(void)
{
    begin_slices(reflow_flow_new_run_paths, REFLOW_FLOW_NEW_RUN_PATHS, REFLOW_SLICES_NO_ELEMENT);
}

static void end_new_run(void)
{
    (void)reflow_slices_end(&slices);
    (void)reflow_flow_new_run(&slices, &result);
}

static void begin_problem(void)
{
    begin_slices(reflow_flow_problem_paths, REFLOW_FLOW_PROBLEM_PATHS, REFLOW_SLICES_NO_ELEMENT);
}

static void end_problem(void)
{
    (void)reflow_slices_end(&slices);
    (void)reflow_flow_problem(&slices, &result);
}

static struct reflow_ims ims;

static void begin_token(void)
{
    begin_slices(reflow_ims_token_paths, REFLOW_IMS_TOKEN_PATHS, REFLOW_SLICES_NO_ELEMENT);
}

static void end_token(void)
{
    (void)reflow_slices_end(&slices);
    (void)reflow_ims_token(&slices, &ims);
}

static void begin_token_problem(void)
{
    begin_slices(reflow_ims_problem_paths, REFLOW_IMS_PROBLEM_PATHS, REFLOW_SLICES_NO_ELEMENT);
}

static void end_token_problem(void)
{
    (void)reflow_slices_end(&slices);
    (void)reflow_ims_problem(&slices, &result);
}

static void begin_run(void)
{
    begin_slices(reflow_run_paths, REFLOW_RUN_PATHS, REFLOW_SLICES_NO_ELEMENT);
}

static void end_run(void)
{
    struct reflow_run run;

    (void)reflow_slices_end(&slices);
    (void)(reflow_run_take(&run, &slices, REFLOW_RUN_MEMBERS) || reflow_run_take(&run, &slices, 0));
}

static struct reflow_runs list;
static size_t told;

static void on_run(void *context, const struct reflow_run *run)
{
    (void)context;
    told += strlen(run->id);
}

static void begin_list(void)
{
    memset(&list, 0, sizeof list);
    list.on_run = on_run;
    reflow_runs_begin_page(&list);
    begin_slices(reflow_list_paths, REFLOW_LIST_PATHS, REFLOW_RUN_MEMBERS);
}

static void take_list(char *bytes, size_t length)
{
    bool element;
    size_t at = 0;

    while (at < length) {
        at += reflow_slices_read(&slices, bytes + at, length - at, &element);
        if (element) {
            reflow_runs_take(&list, &slices);
            reflow_slices_forget(&slices);
        }
    }
}

static void end_list(void)
{
    (void)reflow_slices_end(&slices);
    (void)reflow_runs_end_page(&list, &slices);
}

/* The whole of it, as the client reads it. */
static enum reflow_error read_new_run(void *object, struct reflow_slices *from,
                                      struct reflow_result *into)
{
    (void)object;
    return reflow_flow_new_run(from, into);
}

static struct reflow_answer answer;

static void begin_answer(void)
{
    static const struct reflow_operation retrigger = {.paths = reflow_flow_new_run_paths,
                                                      .path_count = REFLOW_FLOW_NEW_RUN_PATHS,
                                                      .read = read_new_run,
                                                      .problem_paths = reflow_flow_problem_paths,
                                                      .problem_path_count =
                                                          REFLOW_FLOW_PROBLEM_PATHS,
                                                      .read_problem = reflow_flow_problem,
                                                      .rejected = REFLOW_ERR_REJECTED,
                                                      .changes = true};
    void *store = next_room();

    memset(&result, 0, sizeof result);
    reflow_answer_init(&answer, &retrigger, NULL, store, room_size);
}

static void take_answer(char *bytes, size_t length)
{
    (void)reflow_answer_read(&answer, bytes, length, &result);
}

static void end_answer(void)
{
    bool later;

    if (reflow_answer_close(&answer, true) == REFLOW_ANSWER_COMPLETE) {
        (void)reflow_answer_judge(&answer, &result, &later);
    }
}

/* ---- The rows ---- */

#define RUN                                                                                        \
    "{\"id\":\"a-\\u00e9\\ud83d\\ude00\",\"flowId\":\"f\",\"etag\":\"\\\"1\\\"\","                 \
    "\"createdAt\":1597784298021,\"metrics\":{\"recordSummary\":{\"inputRecordCount\":-1},"        \
    "\"statusSummary\":{\"status\":\"failed\",\"errors\":[{\"code\":\"c\",\"message\":\"m\\n\"}]}" \
    "}}"
#define LIST "{\"items\":[" RUN "," RUN "],\"_links\":{\"next\":{\"href\":\"/runs?x=1&y=%41\"}}}"
#define PROBLEM                                                                                    \
    "{\"error_code\":\"503000\",\"message\":\"no \\\"way\\\" \\uD800\",\"code\":12,"               \
    "\"report\":{\"detailed-message\":\"d\"},\"errors\":[{\"message\":\"e\"}],\"requestId\":"      \
    "\"r\"}"
#define HEAD                                                                                       \
    "HTTP/1.1 100 Continue\r\nA:b\r\n\r\nHTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 "      \
    "GMT\r\nX-Request-Id:  q \r\nConnection: keep-alive, close\r\n"
#define CHUNKS                                                                                     \
    "Transfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\n{\"id\"\r\n00B\r\n:\"\\u0041\"}  \r\n0\r\n"    \
    "T: x\r\n\r\nrest"

static struct fenced_parser parsers[] = {
    {"http_response",
     begin_response,
     take_response,
     end_response,
     true,
     false,
     {BYTES(HEAD CHUNKS), BYTES(HEAD "Content-Length: 12\r\n\r\n{\"id\":\"a\"}  more"),
      BYTES("HTTP/1.0 429 \r\nRetry-After: 120 \r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b"),
      BYTES("HTTP/1.1 200\r\nContent-Length : 1\r\n\r\n")}},
    {"http_date and retry_after",
     NULL,
     take_date,
     NULL,
     false,
     false,
     {BYTES("Sun, 06 Nov 1994 08:49:37 GMT"), BYTES("Sunday, 06-Nov-94 08:49:37 GMT"),
      BYTES("Sun Nov  6 08:49:37 1994"), BYTES("00120"), BYTES("99999999999999999999")}},
    {"json_stream and json_path",
     begin_stream,
     take_stream,
     end_stream,
     true,
     false,
     {BYTES(LIST), BYTES(" [1.5e+3,-0,{\"x\":[[]]},true,false,null] "),
      BYTES("{\"\\u0069d\":\"\xf0\x9f\x98\x80\",\"a\":{\"b\":{}},\"\xc3\xa9\":\"\xed\x9f\xbf\"}"),
      BYTES("-12.5"), BYTES("\"\\ud834\\udd1e\\/\""), BYTES("\xef\xbb\xbf{}"), BYTES("[1,]"),
      BYTES("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")}},
    {"json",
     NULL,
     take_value,
     NULL,
     false,
     false,
     {BYTES("\"a\\n\\u00e9\\ud83d\\ude00\\ud800\\u0000z\""), BYTES("-9223372036854775808"),
      BYTES("\"\\ud83d\\u0041\\\\\\\"\""), BYTES("{\"a\":[1]}"), BYTES("12345"), BYTES("true")}},
    {"slices and flow: a new run",
     begin_new_run,
     take_slices,
     end_new_run,
     true,
     false,
     {BYTES("{\"id\":\"a\\u0041\",\"etag\":\"\\\"1\\\"\"}"), BYTES(LIST), BYTES("[{\"id\":7}]")}},
    {"slices and flow: a problem",
     begin_problem,
     take_slices,
     end_problem,
     true,
     false,
     {BYTES(PROBLEM), BYTES("{\"message\":null}"), BYTES("<html>")}},
    {"ims: a token",
     begin_token,
     take_slices,
     end_token,
     true,
     false,
     {BYTES("{\"access_token\":\"ey.J\\u0041\",\"expires_in\":86399,\"token_type\":\"bearer\"}")}},
    {"ims: a problem",
     begin_token_problem,
     take_slices,
     end_token_problem,
     true,
     false,
     {BYTES("{\"error\":\"invalid_client\",\"error_description\":\"no \\t\\ud800\"}")}},
    {"runs: a run", begin_run, take_slices, end_run, true, false, {BYTES(RUN), BYTES(LIST)}},
    {"runs: a list",
     begin_list,
     take_list,
     end_list,
     true,
     false,
     {BYTES(LIST), BYTES("{\"items\":[{},{\"id\":1}," RUN "]}")}},
    {"answer",
     begin_answer,
     take_answer,
     end_answer,
     true,
     false,
     {BYTES(HEAD CHUNKS),
      BYTES("HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 168\r\n\r\n" PROBLEM)}},
};

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(parsers)];

    list_tests(tests, parsers, COUNT_OF(parsers));
    return cmocka_run_group_tests_name("fence", tests, put_up_fences, NULL);
}
