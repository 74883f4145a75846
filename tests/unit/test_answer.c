/* SPDX-License-Identifier: MIT */
/* The contract of answer: from bytes to a judgement, row by row of DESIGN's table, each answer at
 * once, byte by byte and cut in two everywhere, with the same result. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "answer.h"
#include "flow.h"
#include "outcome.h"

#define NEW_ID "3fb0418e-1804-45d6-8d56-dd51f05c0baf"
#define NEW_RUN "{\"id\":\"" NEW_ID "\",\"etag\":\"\\\"1100\\\"\"}"
#define NEW_RUN_SAID "etag=\"1100\" id=" NEW_ID
#define SECOND "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"b\"}"
#define ROOMY 400
#define LONGEST 6000

static enum reflow_error read_new_run(void *object, struct reflow_slices *slices,
                                      struct reflow_result *into)
{
    assert_null(object);
    return reflow_flow_new_run(slices, into);
}

static const struct reflow_operation retrigger = {.paths = reflow_flow_new_run_paths,
                                                  .path_count = REFLOW_FLOW_NEW_RUN_PATHS,
                                                  .read = read_new_run,
                                                  .problem_paths = reflow_flow_problem_paths,
                                                  .problem_path_count = REFLOW_FLOW_PROBLEM_PATHS,
                                                  .read_problem = reflow_flow_problem,
                                                  .rejected = REFLOW_ERR_REJECTED,
                                                  .changes = true};

static struct reflow_answer answer;
static struct reflow_result result;
static char memory[ROOMY];
static size_t memory_size;

/* ---- What an answer came to, in words ---- */

static char said[8192];

static void say(const char *name, const char *text)
{
    if (text != NULL) {
        const size_t at = strlen(said);

        assert_true(text >= memory && text < memory + memory_size);
        assert_non_null(memchr(text, '\0', memory_size - (size_t)(text - memory)));
        (void)snprintf(said + at, sizeof said - at, " %s=%s", name, text);
    }
}

static void say_number(const char *name, int64_t number)
{
    const size_t at = strlen(said);

    (void)snprintf(said + at, sizeof said - at, " %s=%lld", name, (long long)number);
}

static void say_retry_after(void)
{
    struct reflow_retry_facts facts = {0};

    reflow_answer_retry_after(&answer, &facts);
    if (facts.kind != REFLOW_RETRY_NONE) {
        say_number(facts.kind == REFLOW_RETRY_DATE ? "retry-at" : "retry-in", facts.retry_after);
    }
    if (facts.date != REFLOW_TIME_UNKNOWN) {
        say_number("date", facts.date);
    }
}

static void say_judgement(enum reflow_answer_state state)
{
    bool later = false;
    enum reflow_error error = REFLOW_OK;

    if (state == REFLOW_ANSWER_MORE) {
        strcpy(said, "more");
        return;
    }
    error = state == REFLOW_ANSWER_BROKEN ? reflow_answer_error(&answer)
                                          : reflow_answer_judge(&answer, &result, &later);
    (void)snprintf(
        said, sizeof said, "%d %s %s%s%s%s", result.http_status,
        reflow_outcome_name(reflow_outcome(error, true, later)), reflow_error_name(error),
        later ? "+later" : "", state == REFLOW_ANSWER_BROKEN ? "broken" : "",
        state == REFLOW_ANSWER_COMPLETE && reflow_answer_keeps_alive(&answer) ? "+alive" : "");
    say("code", result.code);
    say("detail", result.detail);
    say("etag", result.etag);
    say("id", result.id);
    say("request-id", result.request_id);
    say_retry_after();
}

/* ---- In every way ---- */

enum end { STAYS_OPEN, ENDS_ORDERLY, ENDS };

static void begin(void)
{
    memset(&answer, 0xa5, sizeof answer);
    memset(&result, 0, sizeof result);
    memset(memory, 'x', sizeof memory);
    reflow_answer_init(&answer, &retrigger, NULL, memory, memory_size);
}

/* Reads pieces until the answer is decided, as a client does. */
static const char *read_in_pieces(const char *bytes, size_t length, size_t first, size_t piece,
                                  enum end end)
{
    enum reflow_answer_state state = REFLOW_ANSWER_MORE;
    size_t at = 0;

    begin();
    while (at < length && state == REFLOW_ANSWER_MORE) {
        const size_t wanted = at == 0 ? first : piece;
        const size_t taken = length - at < wanted ? length - at : wanted;

        state = reflow_answer_read(&answer, fenced(bytes + at, taken), taken, &result);
        assert_true(answer.head_taken <= taken);
        at += taken;
    }
    if (state == REFLOW_ANSWER_MORE && end != STAYS_OPEN) {
        state = reflow_answer_close(&answer, end == ENDS_ORDERLY);
    }
    say_judgement(state);
    return said;
}

static void reads_in_every_way(const char *bytes, size_t length, enum end end, const char *expected)
{
    memory_size = ROOMY;
    assert_string_equal(read_in_pieces(bytes, length, length, length, end), expected);
    assert_string_equal(read_in_pieces(bytes, length, 1, 1, end), expected);
    for (size_t cut = 1; cut < length; cut++) {
        assert_string_equal(read_in_pieces(bytes, length, cut, length, end), expected);
    }
}

/* An answer whose end is its own. Cut short anywhere it is not yet one, and if the connection
 * ends there, orderly or not, it never was. */
static void comes_to(const char *bytes, const char *expected)
{
    const size_t length = strlen(bytes);

    reads_in_every_way(bytes, length, STAYS_OPEN, expected);
    for (size_t cut = 1; cut < length; cut++) {
        const char *short_of_it = read_in_pieces(bytes, cut, cut, cut, STAYS_OPEN);

        assert_string_equal(short_of_it, "more");
        short_of_it = read_in_pieces(bytes, cut, 1, 1, cut % 2 != 0 ? ENDS : ENDS_ORDERLY);
        assert_non_null(strstr(short_of_it, " unknown http_truncatedbroken"));
    }
}

/* An answer of `status` with `fields` (each with its CR LF) and content of a known length. */
static const char *with_content(const char *status, const char *fields, const char *content)
{
    static char text[LONGEST];
    const int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
                                status, fields, strlen(content), content);

    assert_in_range(length, 1, LONGEST - 1);
    return text;
}

static void content_comes_to(const char *status, const char *fields, const char *content,
                             const char *expected)
{
    comes_to(with_content(status, fields, content), expected);
}

/* ---- Success ---- */

static void each_2xx_that_names_the_new_run_is_retriggered(void **state)
{
    (void)state;
    content_comes_to("200 OK", "", NEW_RUN, "200 retriggered +alive " NEW_RUN_SAID);
    content_comes_to("201 Created", "", NEW_RUN, "201 retriggered +alive " NEW_RUN_SAID);
    content_comes_to("202 Accepted", "", NEW_RUN, "202 retriggered +alive " NEW_RUN_SAID);
    content_comes_to("299", "", NEW_RUN, "299 retriggered +alive " NEW_RUN_SAID);
    content_comes_to("201 Created", "", "{\"items\":[" NEW_RUN "]}",
                     "201 retriggered +alive " NEW_RUN_SAID);
    content_comes_to("200 OK", "", "{\"flowSpec\":{\"id\":\"f\"},\"eTag\":\"e\",\"id\":\"a\"}",
                     "200 retriggered +alive etag=e id=a");
}

static void chunks_are_no_part_of_the_content(void **state)
{
    (void)state;
    comes_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "7\r\n{\"id\":\"\r\n3\r\nabc\r\n2;x=y\r\n\"}\r\n0\r\n\r\n",
             "200 retriggered +alive id=abc");
    comes_to("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "1\r\n{\r\n0A\r\n\"id\":\"abc\"\r\n1\r\n}\r\n0\r\nX-Request-Id: trailer\r\n\r\n",
             "200 retriggered +alive id=abc");
}

static void a_2xx_that_names_no_run_or_several_is_unknown(void **state)
{
    (void)state;
    content_comes_to("200 OK", "", "{}", "200 unknown json_unexpected+alive");
    content_comes_to("200 OK", "", "{\"id\":7}", "200 unknown json_unexpected+alive");
    content_comes_to("200 OK", "", "{\"id\":\"\",\"etag\":\"e\"}",
                     "200 unknown json_unexpected+alive");
    content_comes_to("200 OK", "", "{\"id\":\"a\",\"items\":[{\"id\":\"b\"}]}",
                     "200 unknown json_unexpected+alive");
    content_comes_to("200 OK", "", "{\"error_code\":\"503000\",\"message\":\"m\"}",
                     "200 unknown json_unexpected+alive");
    content_comes_to("200 OK", "Retry-After: 7\r\n", "[]",
                     "200 unknown json_unexpected+alive retry-in=7");
}

static void a_2xx_that_is_not_json_is_unknown(void **state)
{
    (void)state;
    content_comes_to("200 OK", "", "", "200 unknown json_malformed+alive");
    content_comes_to("200 OK", "", "<html>", "200 unknown json_malformed+alive");
    content_comes_to("200 OK", "", "{\"id\":\"a\"", "200 unknown json_malformed+alive");
    content_comes_to("200 OK", "", "{\"id\":\"a\"}}", "200 unknown json_malformed+alive");
    content_comes_to("200 OK", "", "{\"id\":\"a\"} {\"id\":\"b\"}",
                     "200 unknown json_malformed+alive");
    content_comes_to("200 OK", "", "{\"id\":\"a\",\"x\":\"\xff\"}",
                     "200 unknown json_malformed+alive");
    comes_to("HTTP/1.1 204 No Content\r\n\r\n", "204 unknown json_malformed+alive");
}

static void a_2xx_too_deep_or_with_a_member_too_large_is_unknown(void **state)
{
    static char content[2 * ROOMY + 32];
    char deep[64 + REFLOW_MAX_JSON_DEPTH] = "{\"id\":\"a\",\"x\":";

    (void)state;
    memset(deep + strlen(deep), '[', REFLOW_MAX_JSON_DEPTH);
    content_comes_to("200 OK", "", deep, "200 unknown json_too_large+alive");
    memset(content, 'e', sizeof content - 1);
    memcpy(content, "{\"id\":\"a\",\"etag\":\"", 18);
    memcpy(content + sizeof content - 3, "\"}", 2);
    content_comes_to("200 OK", "", content, "200 unknown json_too_large+alive");
    memcpy(content, "{\"id\":\"a\",\"junk\":\"", 18);
    content_comes_to("200 OK", "", content, "200 retriggered +alive id=a");
}

static void an_encoding_that_was_not_asked_for_leaves_a_success_unknown(void **state)
{
    (void)state;
    content_comes_to("200 OK", "Content-Encoding: gzip\r\n", NEW_RUN,
                     "200 unknown http_unsupported+alive");
    content_comes_to("200 OK", "Content-Encoding: identity\r\n", NEW_RUN,
                     "200 retriggered +alive " NEW_RUN_SAID);
}

/* ---- Refusals, and "later" ---- */

static void each_status_has_the_outcome_of_the_table(void **state)
{
    static const struct {
        const char *status;
        const char *expected;
    } rows[] = {{"300 x", "300 refused redirected+alive"},
                {"301 x", "301 refused redirected+alive"},
                {"307 x", "307 refused redirected+alive"},
                {"308 x", "308 refused redirected+alive"},
                {"400 x", "400 refused rejected+alive"},
                {"401 x", "401 refused unauthorized+alive"},
                {"402 x", "402 refused rejected+alive"},
                {"403 x", "403 refused forbidden+alive"},
                {"404 x", "404 refused not_found+alive"},
                {"405 x", "405 refused rejected+alive"},
                {"407 x", "407 refused rejected+alive"},
                {"408 x", "408 not_applied unavailable+later+alive"},
                {"409 x", "409 refused rejected+alive"},
                {"412 x", "412 refused rejected+alive"},
                {"425 x", "425 not_applied unavailable+later+alive"},
                {"429 x", "429 not_applied rate_limited+later+alive"},
                {"499 x", "499 refused rejected+alive"},
                {"500 x", "500 unknown server_error+alive"},
                {"501 x", "501 unknown server_error+alive"},
                {"502 x", "502 unknown server_error+alive"},
                {"503 x", "503 unknown unavailable+alive"},
                {"504 x", "504 unknown server_error+alive"},
                {"599 x", "599 unknown server_error+alive"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        content_comes_to(rows[i].status, "", "", rows[i].expected);
        content_comes_to(rows[i].status, "Location: https://evil/\r\n", "<html>" NEW_RUN,
                         rows[i].expected);
        content_comes_to(rows[i].status, "", NEW_RUN, rows[i].expected);
    }
    comes_to("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
             "304 refused redirected+alive");
}

static void a_503_says_later_only_with_retry_after_or_the_gateways_code(void **state)
{
    static const char gateway[] = "{\"error_code\":\"503000\",\"message\":\"m\"}";

    (void)state;
    content_comes_to("503 x", "Retry-After: 7\r\n", "",
                     "503 not_applied unavailable+later+alive retry-in=7");
    content_comes_to("503 x", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "",
                     "503 not_applied unavailable+later+alive retry-at=784111777");
    content_comes_to("503 x", "Retry-After: soon\r\n", "", "503 unknown unavailable+alive");
    content_comes_to("503 x", "Retry-After: -1\r\n", "", "503 unknown unavailable+alive");
    content_comes_to("503 x", "Retry-After:\r\n", "", "503 unknown unavailable+alive");
    content_comes_to("503 x", "Retry-After-X: 7\r\n", "", "503 unknown unavailable+alive");
    content_comes_to("503 x", "", gateway,
                     "503 not_applied unavailable+later+alive code=503000 detail=m");
    content_comes_to("503 x", "", "{\"error_code\":503010}",
                     "503 not_applied unavailable+later+alive code=503010");
    content_comes_to("503 x", "", "{\"error_code\":\"503001\"}",
                     "503 unknown unavailable+alive code=503001");
    content_comes_to("503 x", "Content-Encoding: br\r\n", gateway, "503 unknown unavailable+alive");
    content_comes_to("503 x", "", "{\"error_code\":\"503000\",}", "503 unknown unavailable+alive");
    content_comes_to("503 x", "", "{\"error_code\":\"503000\"", "503 unknown unavailable+alive");
}

static void the_gateways_code_alone_changes_no_other_status(void **state)
{
    static const char gateway[] = "{\"error_code\":\"503000\"}";

    (void)state;
    content_comes_to("500 x", "Retry-After: 7\r\n", gateway,
                     "500 unknown server_error+alive code=503000 retry-in=7");
    content_comes_to("400 x", "", gateway, "400 refused rejected+alive code=503000");
    content_comes_to("200 x", "", gateway, "200 unknown json_unexpected+alive");
}

static void a_429_says_later_with_or_without_words(void **state)
{
    (void)state;
    content_comes_to("429 x", "Retry-After: 120\r\n",
                     "{\"error_code\":\"429050\",\"message\":\"Too many\"}",
                     "429 not_applied rate_limited+later+alive code=429050 detail=Too many "
                     "retry-in=120");
    content_comes_to("429 x", "", "", "429 not_applied rate_limited+later+alive");
}

/* ---- The service's words ---- */

static void words_code_and_request_id_are_read(void **state)
{
    (void)state;
    content_comes_to("404 x", "",
                     "{\"type\":\"https://ns.adobe.com/aep/errors/FLOW-1439-404\",\"title\":\"t\","
                     "\"report\":{\"detailed-message\":\"No such run\",\"request-id\":\"r-1\"}}",
                     "404 refused not_found+alive code=FLOW-1439-404 detail=No such run "
                     "request-id=r-1");
    content_comes_to("401 x", "X-Request-Id: r-2\r\n",
                     "{\"error_code\":\"401013\",\"message\":\"Oauth token is not valid\"}",
                     "401 refused unauthorized+alive code=401013 detail=Oauth token is not valid "
                     "request-id=r-2");
    content_comes_to("400 x", "x-request-id: head\r\n", "{\"report\":{\"request-id\":\"body\"}}",
                     "400 refused rejected+alive request-id=head");
}

static void the_body_of_an_error_may_be_anything_and_its_status_stands(void **state)
{
    static const char *const bodies[] = {"<html><body>busy</body></html>",
                                         "",
                                         " ",
                                         "{\"message\":\"cut of",
                                         "{\"message\":\"m\"",
                                         "{\"message\":\"m\"}x",
                                         "\xff\xfe\x01",
                                         "{\"id\":\"a\"}",
                                         "[]",
                                         "null"};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        content_comes_to("400 x", "X-Request-Id: r\r\n", bodies[i],
                         "400 refused rejected+alive request-id=r");
    }
    content_comes_to("400 x", "Content-Encoding: gzip\r\n", "{\"message\":\"m\"}",
                     "400 refused rejected+alive");
}

static void a_member_too_large_to_keep_takes_nothing_from_the_others(void **state)
{
    static char content[2 * ROOMY + 64];

    (void)state;
    memset(content, 'e', sizeof content - 1);
    memcpy(content, "{\"error_code\":\"1\",\"detail\":\"", 28);
    memcpy(content + sizeof content - 18, "\",\"message\":\"mm\"}", 17);
    content_comes_to("400 x", "", content, "400 refused rejected+alive code=1 detail=mm");
}

/* Whatever an error's body does to the store, a code is what the body had there or nothing. */
static void a_body_that_breaks_off_too_deep_invents_no_code(void **state)
{
    static const char start[] = "{\"error_code\":503777,\"title\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                                "AAAAAAAAAAAAAAAAAAAAAAAA\",\"detail\":";
    char content[512 + REFLOW_MAX_JSON_DEPTH];

    (void)state;
    strcpy(content, start);
    memset(content + strlen(start), '[', REFLOW_MAX_JSON_DEPTH + 1);
    content[strlen(start) + REFLOW_MAX_JSON_DEPTH + 1] = '\0';
    for (size_t piece = 1; piece < 300; piece++) {
        const char *bytes = with_content("400 x", "", content);

        memory_size = 70;
        (void)read_in_pieces(bytes, strlen(bytes), piece, piece, STAYS_OPEN);
        assert_int_equal(strncmp(said, "400 refused rejected+alive", 26), 0);
        assert_true(result.code == NULL || strcmp(result.code, "503777") == 0);
    }
}

/* ---- Fields ---- */

static void date_and_retry_after_are_copied_for_whoever_repeats(void **state)
{
    (void)state;
    content_comes_to("429 x", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: 0\r\n", "",
                     "429 not_applied rate_limited+later+alive retry-in=0 date=784111777");
    content_comes_to("429 x",
                     "retry-after:  Sun, 06 Nov 1994 08:49:38 GMT \r\n"
                     "DATE: Sunday, 06-Nov-94 08:49:37 GMT\r\n",
                     "",
                     "429 not_applied rate_limited+later+alive retry-at=784111778 date=784111777");
    content_comes_to("429 x", "Retry-After: 99999999999999999999\r\nDate: today\r\n", "",
                     "429 not_applied rate_limited+later+alive retry-in=4294967295");
}

static void a_request_id_that_is_not_plain_text_is_not_kept(void **state)
{
    static const char *const odd[] = {"a\tb", "a b", "caf\xc3\xa9", "\xff", "a\xe2\x80\xaez", ""};
    char field[200];

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        (void)snprintf(field, sizeof field, "X-Request-Id: %s\r\n", odd[i]);
        content_comes_to("400 x", field, "", "400 refused rejected+alive");
        (void)snprintf(field, sizeof field, "X-Request-Id: %s\r\nX-Request-Id: b\r\n", odd[i]);
        content_comes_to("400 x", field, "", "400 refused rejected+alive request-id=b");
    }
    content_comes_to("400 x", "X-Request-Id: \t ~!@#$%^&*()=+\\|'\"<>\t \r\n", "",
                     "400 refused rejected+alive request-id=~!@#$%^&*()=+\\|'\"<>");
    content_comes_to("400 x", "X-Request-Id: a\r\nX-Request-Id: b\r\n", "",
                     "400 refused rejected+alive request-id=a");
}

static void a_control_character_in_a_request_id_breaks_the_answer(void **state)
{
    static const char bytes[] = "HTTP/1.1 400 x\r\nX-Request-Id: a\x1b[2J\r\n\r\n";

    (void)state;
    reads_in_every_way(bytes, sizeof bytes - 1, STAYS_OPEN, "0 unknown http_malformedbroken");
}

static void a_request_id_of_the_longest_length_is_kept_and_a_longer_one_is_not(void **state)
{
    char id[REFLOW_MAX_FIELD + 2];
    char field[300];
    char expected[300];

    (void)state;
    memset(id, 'r', sizeof id);
    id[REFLOW_MAX_FIELD] = '\0';
    (void)snprintf(field, sizeof field, "X-Request-Id: %s\r\n", id);
    (void)snprintf(expected, sizeof expected, "400 refused rejected+alive request-id=%s", id);
    content_comes_to("400 x", field, "", expected);
    (void)snprintf(field, sizeof field, "X-Request-Id: r%s\r\n", id);
    content_comes_to("400 x", field, "", "400 refused rejected+alive");
}

static void a_request_id_that_finds_no_room_costs_nothing_else(void **state)
{
    const char *bytes = with_content("400 x", "X-Request-Id: 12345678\r\n", "{\"message\":\"m\"}");

    (void)state;
    memory_size = 8;
    assert_string_equal(read_in_pieces(bytes, strlen(bytes), 1, 1, STAYS_OPEN),
                        "400 refused rejected+alive detail=m");
}

static void interim_responses_are_passed_over(void **state)
{
    (void)state;
    comes_to("HTTP/1.1 100 Continue\r\nX-Request-Id: no\r\nRetry-After: 9\r\n\r\n"
             "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
             "HTTP/1.1 200 OK\r\nX-Request-Id: yes\r\nContent-Length: 10\r\n\r\n{\"id\":\"a\"}",
             "200 retriggered +alive id=a request-id=yes");
}

static void an_interim_response_alone_is_no_answer(void **state)
{
    static const char bytes[] = "HTTP/1.1 100 Continue\r\n\r\n";

    (void)state;
    reads_in_every_way(bytes, sizeof bytes - 1, STAYS_OPEN, "more");
    reads_in_every_way(bytes, sizeof bytes - 1, ENDS_ORDERLY, "0 unknown http_truncatedbroken");
    reads_in_every_way(bytes, sizeof bytes - 1, ENDS, "0 unknown http_truncatedbroken");
}

/* ---- The connection ---- */

static void an_answer_that_says_close_is_not_kept_alive(void **state)
{
    (void)state;
    content_comes_to("200 OK", "Connection: close\r\n", NEW_RUN, "200 retriggered  " NEW_RUN_SAID);
    content_comes_to("404 x", "Connection: keep-alive, Close\r\n", "", "404 refused not_found");
    comes_to("HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"a\"}",
             "200 retriggered  id=a");
}

static void surplus_bytes_are_noted_and_the_connection_is_not_kept_alive(void **state)
{
    static const char one[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"a\"}";
    static const char *const surplus[] = {"x", "\r\n", "HTTP/1.1 200 OK\r\n", SECOND};
    char both[200];

    (void)state;
    memory_size = ROOMY;
    for (size_t i = 0; i < sizeof surplus / sizeof surplus[0]; i++) {
        const size_t length = (size_t)snprintf(both, sizeof both, "%s%s", one, surplus[i]);

        assert_string_equal(read_in_pieces(both, length, length, length, STAYS_OPEN),
                            "200 retriggered  id=a");
        assert_string_equal(read_in_pieces(both, length, 20, length, STAYS_OPEN),
                            "200 retriggered  id=a");
        /* What comes in a later piece, nobody has read yet. */
        assert_string_equal(read_in_pieces(both, length, sizeof one - 1, length, STAYS_OPEN),
                            "200 retriggered +alive id=a");
        assert_int_equal(reflow_answer_read(&answer, surplus[i], strlen(surplus[i]), &result),
                         REFLOW_ANSWER_COMPLETE);
        assert_false(reflow_answer_keeps_alive(&answer));
        assert_string_equal(result.id, "a");
    }
}

static void without_a_length_only_an_orderly_end_completes_the_answer(void **state)
{
    static const char good[] = "HTTP/1.1 200 OK\r\n\r\n{\"id\":\"a\"}";
    static const char cut[] = "HTTP/1.1 200 OK\r\n\r\n{\"id\":\"a\"";
    static const char error[] = "HTTP/1.1 404 x\r\n\r\n<html>";

    (void)state;
    reads_in_every_way(good, sizeof good - 1, STAYS_OPEN, "more");
    reads_in_every_way(good, sizeof good - 1, ENDS_ORDERLY, "200 retriggered  id=a");
    reads_in_every_way(good, sizeof good - 1, ENDS, "200 unknown http_truncatedbroken");
    reads_in_every_way(cut, sizeof cut - 1, ENDS_ORDERLY, "200 unknown json_malformed");
    reads_in_every_way(cut, sizeof cut - 1, ENDS, "200 unknown http_truncatedbroken");
    reads_in_every_way(error, sizeof error - 1, ENDS_ORDERLY, "404 refused not_found");
    reads_in_every_way(error, sizeof error - 1, ENDS, "404 unknown http_truncatedbroken");
}

static void an_end_before_the_first_byte_is_a_connection_lost(void **state)
{
    (void)state;
    memory_size = ROOMY;
    assert_string_equal(read_in_pieces("", 0, 0, 0, ENDS_ORDERLY),
                        "0 unknown connection_lostbroken");
    assert_string_equal(read_in_pieces("", 0, 0, 0, ENDS), "0 unknown connection_lostbroken");
}

static void an_end_after_the_whole_answer_changes_nothing(void **state)
{
    static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"a\"}";

    (void)state;
    reads_in_every_way(bytes, sizeof bytes - 1, ENDS, "200 retriggered +alive id=a");
    reads_in_every_way(bytes, sizeof bytes - 1, ENDS_ORDERLY, "200 retriggered +alive id=a");
    assert_int_equal(reflow_answer_close(&answer, true), REFLOW_ANSWER_COMPLETE);
}

/* ---- No answer at all ---- */

static void what_is_no_http_is_broken_whatever_its_status_said(void **state)
{
    static const struct {
        const char *bytes;
        const char *expected;
    } rows[] = {
        {"SSH-2.0-x\r\n", "0 unknown http_malformedbroken"},
        {"HTTP/1.1 600 x\r\n", "0 unknown http_malformedbroken"},
        {"HTTP/2 200\r\n", "0 unknown http_unsupportedbroken"},
        {"HTTP/1.1 101 x\r\n", "0 unknown http_unsupportedbroken"},
        {"HTTP/1.1 404 x\r\nContent-Length: -1\r\n", "0 unknown http_malformedbroken"},
        {"HTTP/1.1 404 x\r\nContent-Length: 1\r\nContent-Length: 1\r\n",
         "0 unknown http_malformedbroken"},
        {"HTTP/1.1 404 x\r\nContent-Length: 99999999999\r\n", "0 unknown http_too_largebroken"},
        {"HTTP/1.1 404 x\r\nTransfer-Encoding: gzip\r\n\r\n", "0 unknown http_unsupportedbroken"},
        {"HTTP/1.1 429 x\r\nRetry-After: 1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
         "429 unknown http_malformedbroken retry-in=1"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"id\":\"a\"}\n",
         "200 unknown http_malformedbroken"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        reads_in_every_way(rows[i].bytes, strlen(rows[i].bytes), STAYS_OPEN, rows[i].expected);
    }
}

/* ---- The head, for traces ---- */

static void the_bytes_of_the_head_are_counted_in_every_piece(void **state)
{
    static const char bytes[] = "HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\nX-Request-Id: r\r\n"
                                "Content-Length: 10\r\n\r\n{\"id\":\"a\"}";
    const size_t head = sizeof bytes - 1 - 10;

    (void)state;
    memory_size = ROOMY;
    for (size_t piece = 1; piece < sizeof bytes; piece++) {
        size_t counted = 0;

        begin();
        for (size_t at = 0; at < sizeof bytes - 1; at += piece) {
            const size_t left = sizeof bytes - 1 - at;
            const size_t taken = left < piece ? left : piece;
            const size_t of_head = at >= head ? 0 : head - at < taken ? head - at : taken;

            (void)reflow_answer_read(&answer, bytes + at, taken, &result);
            assert_int_equal(answer.head_taken, of_head);
            counted += answer.head_taken;
        }
        assert_int_equal(counted, head);
    }
}

static void whatever_was_in_the_memory_of_an_answer_before_does_not_matter(void **state)
{
    const char *bytes = with_content("503 x", "", "{\"error_code\":\"1\"}");

    (void)state;
    memory_size = ROOMY;
    (void)read_in_pieces(bytes, strlen(bytes), 1, 1, STAYS_OPEN);
    reflow_answer_init(&answer, &retrigger, NULL, memory, memory_size);
    memset(&result, 0, sizeof result);
    assert_int_equal(reflow_answer_error(&answer), REFLOW_OK);
    bytes = with_content("200 OK", "", NEW_RUN);
    say_judgement(reflow_answer_read(&answer, bytes, strlen(bytes), &result));
    assert_string_equal(said, "200 retriggered +alive " NEW_RUN_SAID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_2xx_that_names_the_new_run_is_retriggered),
        cmocka_unit_test(chunks_are_no_part_of_the_content),
        cmocka_unit_test(a_2xx_that_names_no_run_or_several_is_unknown),
        cmocka_unit_test(a_2xx_that_is_not_json_is_unknown),
        cmocka_unit_test(a_2xx_too_deep_or_with_a_member_too_large_is_unknown),
        cmocka_unit_test(an_encoding_that_was_not_asked_for_leaves_a_success_unknown),
        cmocka_unit_test(each_status_has_the_outcome_of_the_table),
        cmocka_unit_test(a_503_says_later_only_with_retry_after_or_the_gateways_code),
        cmocka_unit_test(the_gateways_code_alone_changes_no_other_status),
        cmocka_unit_test(a_429_says_later_with_or_without_words),
        cmocka_unit_test(words_code_and_request_id_are_read),
        cmocka_unit_test(the_body_of_an_error_may_be_anything_and_its_status_stands),
        cmocka_unit_test(a_member_too_large_to_keep_takes_nothing_from_the_others),
        cmocka_unit_test(a_body_that_breaks_off_too_deep_invents_no_code),
        cmocka_unit_test(date_and_retry_after_are_copied_for_whoever_repeats),
        cmocka_unit_test(a_request_id_that_is_not_plain_text_is_not_kept),
        cmocka_unit_test(a_control_character_in_a_request_id_breaks_the_answer),
        cmocka_unit_test(a_request_id_of_the_longest_length_is_kept_and_a_longer_one_is_not),
        cmocka_unit_test(a_request_id_that_finds_no_room_costs_nothing_else),
        cmocka_unit_test(interim_responses_are_passed_over),
        cmocka_unit_test(an_interim_response_alone_is_no_answer),
        cmocka_unit_test(an_answer_that_says_close_is_not_kept_alive),
        cmocka_unit_test(surplus_bytes_are_noted_and_the_connection_is_not_kept_alive),
        cmocka_unit_test(without_a_length_only_an_orderly_end_completes_the_answer),
        cmocka_unit_test(an_end_before_the_first_byte_is_a_connection_lost),
        cmocka_unit_test(an_end_after_the_whole_answer_changes_nothing),
        cmocka_unit_test(what_is_no_http_is_broken_whatever_its_status_said),
        cmocka_unit_test(the_bytes_of_the_head_are_counted_in_every_piece),
        cmocka_unit_test(whatever_was_in_the_memory_of_an_answer_before_does_not_matter),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
