/* SPDX-License-Identifier: MIT */
/* The contract of flow: every shape of answer that the service's documents show, and those that
 * must not be believed. The request's wording is test_http_request.c's. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "flow.h"
#include "slices.h"

#define NEW_ID "3fb0418e-1804-45d6-8d56-dd51f05c0baf"
#define ETAG_JSON "\\\"1100c53e-0000-0200-0000-627138980000\\\""
#define ETAG "\"1100c53e-0000-0200-0000-627138980000\""

/* Takes all bytes of what is no list. */
static void read_bytes(struct reflow_slices *slices, const char *bytes, size_t length)
{
    bool element;

    assert_int_equal(reflow_slices_read(slices, bytes, length, &element), length);
    assert_false(element);
}

static struct reflow_slices slices;
static struct reflow_result result;
static char memory[4096];

static enum reflow_error cut_out(const char *text, const char *const *paths, size_t count)
{
    memset(&result, 0, sizeof result);
    memset(memory, 'x', sizeof memory);
    reflow_slices_init(&slices, memory, sizeof memory);
    reflow_slices_expect(&slices, paths, count);
    read_bytes(&slices, fenced(text, strlen(text)), strlen(text));
    return reflow_slices_end(&slices);
}

static enum reflow_error read_new_run(const char *text)
{
    assert_int_equal(cut_out(text, reflow_flow_new_run_paths, REFLOW_FLOW_NEW_RUN_PATHS),
                     REFLOW_OK);
    return reflow_flow_new_run(&slices, &result);
}

static void is_text(const char *text, const char *expected)
{
    if (expected == NULL) {
        if (text != NULL) {
            fail_msg("expected nothing, got %s", text);
        }
        return;
    }
    assert_non_null(text);
    assert_string_equal(text, expected);
}

static void new_run_is(const char *text, const char *id, const char *etag)
{
    assert_int_equal(read_new_run(text), REFLOW_OK);
    is_text(result.id, id);
    is_text(result.etag, etag);
}

static void names_no_new_run(const char *text)
{
    const enum reflow_error error = read_new_run(text);

    if (error != REFLOW_ERR_JSON_UNEXPECTED) {
        fail_msg("%s named %s", text, result.id);
    }
    is_text(result.id, NULL);
    is_text(result.etag, NULL);
}

/* ---- A new run ---- */

static void the_tutorials_answer_names_the_new_run_and_its_etag_with_its_quotes(void **state)
{
    (void)state;
    new_run_is("{\"id\": \"" NEW_ID "\", \"etag\": \"" ETAG_JSON "\"}", NEW_ID, ETAG);
    assert_int_equal(strlen(result.etag), 38);
    new_run_is("{\"etag\":\"" ETAG_JSON "\",\"id\":\"" NEW_ID "\"}", NEW_ID, ETAG);
}

static void the_etag_may_be_spelled_with_a_capital_or_be_absent(void **state)
{
    (void)state;
    new_run_is("{\"id\":\"" NEW_ID "\",\"eTag\":\"" ETAG_JSON "\"}", NEW_ID, ETAG);
    new_run_is("{\"id\":\"" NEW_ID "\"}", NEW_ID, NULL);
    new_run_is("{\"id\":\"" NEW_ID "\",\"ETag\":\"x\",\"Etag\":\"y\"}", NEW_ID, NULL);
}

static void an_etag_that_is_no_string_is_absent(void **state)
{
    (void)state;
    new_run_is("{\"id\":\"a\",\"etag\":7}", "a", NULL);
    new_run_is("{\"id\":\"a\",\"etag\":null}", "a", NULL);
    new_run_is("{\"id\":\"a\",\"etag\":{\"etag\":\"x\"}}", "a", NULL);
    new_run_is("{\"id\":\"a\",\"etag\":null,\"eTag\":\"b\"}", "a", "b");
}

static void of_several_etags_the_first_counts(void **state)
{
    (void)state;
    new_run_is("{\"id\":\"a\",\"etag\":\"e\",\"etag\":\"f\",\"eTag\":\"g\"}", "a", "e");
    new_run_is("{\"eTag\":\"g\",\"id\":\"a\",\"etag\":\"e\"}", "a", "g");
}

static void a_list_with_the_new_run_in_it_names_it(void **state)
{
    (void)state;
    new_run_is("{\"items\":[{\"id\":\"" NEW_ID "\",\"etag\":\"" ETAG_JSON "\"}]}", NEW_ID, ETAG);
    new_run_is("{\"items\":[{\"eTag\":\"e\",\"id\":\"a\"}],\"_links\":{},\"count\":1}", "a", "e");
    new_run_is("{\"items\":[{\"id\":\"a\"}]}", "a", NULL);
}

static void a_whole_run_object_names_itself_and_not_what_is_nested_in_it(void **state)
{
    (void)state;
    new_run_is(
        "{\"createdAt\":1604971020000,\"updatedAt\":1604971020000,\"createdBy\":\"a@b\","
        "\"sandboxId\":\"s\",\"sandboxName\":\"prod\",\"imsOrgId\":\"o@AdobeOrg\",\"name\":\"n\","
        "\"flowSpec\":{\"id\":\"another\",\"version\":\"1.0\"},\"flowId\":\"a-flow\","
        "\"metrics\":{\"id\":\"x\",\"durationSummary\":{\"startedAtUTC\":1},"
        "\"statusSummary\":{\"status\":\"inProgress\"}},"
        "\"activities\":[{\"id\":\"activity-1\",\"etag\":\"no\"},{\"id\":\"activity-2\"}],"
        "\"items\":{\"id\":\"no-list\"},"
        "\"id\":\"" NEW_ID "\",\"version\":\"v\",\"eTag\":\"" ETAG_JSON "\"}",
        NEW_ID, ETAG);
}

static void every_other_member_is_ignored(void **state)
{
    (void)state;
    new_run_is("{\"id\":\"a\",\"error_code\":\"401013\",\"message\":\"no\",\"ids\":\"b\",\"ID\":"
               "\"c\",\"run\":{\"id\":\"d\"},\"x\":[{\"id\":\"e\"}]}",
               "a", NULL);
}

static void a_run_may_be_named_twice_but_not_two_runs(void **state)
{
    (void)state;
    new_run_is("{\"id\":\"a\",\"id\":\"a\"}", "a", NULL);
    new_run_is("{\"id\":\"a\",\"items\":[{\"id\":\"a\",\"etag\":\"e\"}]}", "a", "e");
    new_run_is("{\"items\":[{\"id\":\"a\"},{\"id\":\"\\u0061\"}]}", "a", NULL);
    names_no_new_run("{\"id\":\"a\",\"id\":\"b\"}");
    names_no_new_run("{\"id\":\"a\",\"items\":[{\"id\":\"b\"}]}");
    names_no_new_run("{\"items\":[{\"id\":\"b\"}],\"id\":\"a\"}");
    names_no_new_run("{\"items\":[{\"id\":\"a\"},{\"id\":\"b\"}]}");
    names_no_new_run("{\"id\":\"a\",\"id\":\"a \",\"id\":\"a\"}");
    names_no_new_run("{\"id\":\"a\",\"id\":\"A\"}");
}

static void an_id_of_another_type_is_none(void **state)
{
    static const char *const values[] = {"1",  "null",    "true",          "[]", "{}", "[\"a\"]",
                                         "-0", "1.5e300", "{\"id\":\"a\"}"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"id\":%s}", values[i]);
        names_no_new_run(text);
        (void)snprintf(text, sizeof text, "{\"items\":[{\"id\":%s}]}", values[i]);
        names_no_new_run(text);
        (void)snprintf(text, sizeof text, "{\"id\":\"a\",\"id\":%s}", values[i]);
        names_no_new_run(text);
        (void)snprintf(text, sizeof text, "{\"id\":%s,\"id\":\"a\"}", values[i]);
        names_no_new_run(text);
    }
}

static void an_answer_without_an_id_names_no_run(void **state)
{
    (void)state;
    names_no_new_run("{}");
    names_no_new_run("[]");
    names_no_new_run("null");
    names_no_new_run("\"" NEW_ID "\"");
    names_no_new_run("7");
    names_no_new_run("{\"items\":[]}");
    names_no_new_run("{\"items\":[{}]}");
    names_no_new_run("{\"items\":[\"a\"]}");
    names_no_new_run("{\"items\":[[{\"id\":\"a\"}]]}");
    names_no_new_run("[{\"id\":\"a\"}]");
    names_no_new_run("{\"etag\":\"e\"}");
    names_no_new_run("{\"run\":{\"id\":\"a\"}}");
}

static void an_id_is_1_to_128_visible_characters(void **state)
{
    static const char *const odd[] = {"",        " ",        "a b",     "a\\n",       "\\u0000",
                                      "\\u001b", "a\\t",     "\\u007f", "caf\\u00e9", "\xc3\xa9",
                                      "\\ud83d", "a\\u0000", " a",      "\\u202ea",   "a "};
    char text[512];
    char id[200];

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"id\":\"%s\"}", odd[i]);
        names_no_new_run(text);
    }
    memset(id, 'a', sizeof id);
    id[128] = '\0';
    (void)snprintf(text, sizeof text, "{\"id\":\"%s\"}", id);
    new_run_is(text, id, NULL);
    id[128] = 'a';
    id[129] = '\0';
    (void)snprintf(text, sizeof text, "{\"id\":\"%s\"}", id);
    names_no_new_run(text);
    new_run_is("{\"id\":\"!\\\"#$%&'()*+,\\/:;<=>?@[\\\\]^_`{|}~\"}",
               "!\"#$%&'()*+,/:;<=>?@[\\]^_`{|}~", NULL);
}

static void what_was_known_of_a_run_before_is_forgotten(void **state)
{
    (void)state;
    assert_int_equal(cut_out("{}", reflow_flow_new_run_paths, REFLOW_FLOW_NEW_RUN_PATHS),
                     REFLOW_OK);
    result.id = "old";
    result.etag = "old";
    assert_int_equal(reflow_flow_new_run(&slices, &result), REFLOW_ERR_JSON_UNEXPECTED);
    is_text(result.id, NULL);
    is_text(result.etag, NULL);
}

/* ---- A problem ---- */

/* Returns whether the gateway's code says "later". */
static bool problem_is(const char *text, const char *code, const char *detail,
                       const char *request_id)
{
    bool later;

    assert_int_equal(cut_out(text, reflow_flow_problem_paths, REFLOW_FLOW_PROBLEM_PATHS),
                     REFLOW_OK);
    later = reflow_flow_problem(&slices, &result);
    is_text(result.code, code);
    is_text(result.detail, detail);
    is_text(result.request_id, request_id);
    return later;
}

static void the_gateways_words_and_code_are_read(void **state)
{
    (void)state;
    assert_false(problem_is("{\"error_code\":\"401013\",\"message\":\"Oauth token is not valid\"}",
                            "401013", "Oauth token is not valid", NULL));
    assert_false(problem_is("{\"message\":\"Too many requests\",\"error_code\":\"429050\"}",
                            "429050", "Too many requests", NULL));
}

static void a_code_that_came_as_a_number_is_kept_as_its_digits(void **state)
{
    (void)state;
    assert_false(problem_is("{\"error_code\":401013,\"message\":\"m\"}", "401013", "m", NULL));
    assert_false(problem_is("{\"message\":\"m\",\"error_code\":0}", "0", "m", NULL));
    assert_false(problem_is("{\"error_code\":-1}", "-1", NULL, NULL));
}

static void a_code_that_is_neither_string_nor_whole_number_is_none(void **state)
{
    static const char *const values[] = {"null", "true",         "1.5",
                                         "1e3",  "[503000]",     "{}",
                                         "\"\"", "[\"503000\"]", "99999999999999999999"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"error_code\":%s,\"message\":\"m\"}", values[i]);
        assert_false(problem_is(text, NULL, "m", NULL));
    }
}

static void only_503000_and_503010_say_later(void **state)
{
    static const struct {
        const char *value;
        const char *code;
        bool later;
    } codes[] = {{"\"503000\"", "503000", true},      {"\"503010\"", "503010", true},
                 {"503000", "503000", true},          {"503010", "503010", true},
                 {"\"\\u00353000\"", "53000", false}, {"\"\\u003503000\"", "503000", true},
                 {"\"503001\"", "503001", false},     {"\"503011\"", "503011", false},
                 {"\"50301\"", "50301", false},       {"\"50300\"", "50300", false},
                 {"\"5030000\"", "5030000", false},   {"\"503000 \"", "503000 ", false},
                 {"\" 503000\"", " 503000", false},   {"5030000", "5030000", false},
                 {"-503000", "-503000", false},       {"\"429050\"", "429050", false}};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        (void)snprintf(text, sizeof text, "{\"error_code\":%s}", codes[i].value);
        assert_int_equal(problem_is(text, codes[i].code, NULL, NULL), codes[i].later);
    }
}

static void only_the_gateways_own_member_says_later(void **state)
{
    (void)state;
    assert_false(problem_is("{\"type\":\"x/503000\"}", "503000", NULL, NULL));
    assert_false(problem_is("{\"code\":\"503000\",\"status\":503}", NULL, NULL, NULL));
    assert_false(problem_is("{\"report\":{\"error_code\":\"503000\"}}", NULL, NULL, NULL));
    assert_false(problem_is("[{\"error_code\":\"503000\"}]", NULL, NULL, NULL));
    assert_true(
        problem_is("{\"type\":\"x/FLOW-1\",\"error_code\":\"503000\"}", "FLOW-1", NULL, NULL));
}

static void the_flow_services_whole_body_is_read(void **state)
{
    (void)state;
    assert_false(
        problem_is("{\"type\":\"https://ns.adobe.com/aep/errors/FLOW-1439-404\","
                   "\"title\":\"Resource not found\",\"status\":404,"
                   "\"report\":{\"detailed-message\":\"No such run\",\"request-id\":\"r-1\"},"
                   "\"errorMessage\":\"Error\",\"errorDetails\":\"Details\"}",
                   "FLOW-1439-404", "No such run", "r-1"));
}

static void the_older_bodies_are_read(void **state)
{
    (void)state;
    assert_false(problem_is("{\"errorMessage\":\"It failed\"}", NULL, "It failed", NULL));
    assert_false(problem_is("{\"type\":\"http://ns.adobe.com/adobecloud/problem/x\",\"status\":400,"
                            "\"title\":\"Bad\",\"detail\":\"Much worse\"}",
                            "x", "Much worse", NULL));
}

static void words_are_chosen_in_the_documented_order_whatever_the_texts(void **state)
{
    /* Worst first, so that the first in the text is never the best. */
    static const char *const members[] = {"\"title\":\"5\"", "\"message\":\"4\"",
                                          "\"detail\":\"3\"", "\"errorMessage\":\"2\"",
                                          "\"report\":{\"detailed-message\":\"1\"}"};
    static const char *const best[] = {"5", "4", "3", "2", "1"};
    char text[256];
    unsigned set;

    (void)state;
    for (set = 1; set < 32; set++) {
        size_t length = (size_t)sprintf(text, "{\"status\":400");
        const char *expected = NULL;

        for (unsigned i = 0; i < 5; i++) {
            if ((set >> i & 1) != 0) {
                length += (size_t)sprintf(text + length, ",%s", members[i]);
                expected = best[i];
            }
        }
        sprintf(text + length, "}");
        assert_false(problem_is(text, NULL, expected, NULL));
    }
}

static void words_that_are_empty_or_no_string_give_way_to_the_next(void **state)
{
    (void)state;
    (void)problem_is(
        "{\"report\":{\"detailed-message\":\"\"},\"errorMessage\":null,\"detail\":[\"x\"],"
        "\"message\":7,\"title\":\"Bad\"}",
        NULL, "Bad", NULL);
    (void)problem_is("{\"report\":\"detailed-message\",\"errorMessage\":{\"detail\":\"x\"}}", NULL,
                     NULL, NULL);
    (void)problem_is("{\"message\":\"\",\"message\":\"second\"}", NULL, "second", NULL);
}

static void words_are_decoded(void **state)
{
    (void)state;
    (void)problem_is("{\"message\":\"a \\\"b\\\" \\u00e9\\n\\ud83d\\ude00\"}", NULL,
                     "a \"b\" \xc3\xa9\n\xf0\x9f\x98\x80", NULL);
    (void)problem_is("{\"message\":\"a\\u0000b\"}", NULL,
                     "a\xef\xbf\xbd"
                     "b",
                     NULL);
}

static void the_code_is_the_last_part_of_the_type(void **state)
{
    (void)state;
    (void)problem_is("{\"type\":\"https:\\/\\/ns\\/FLOW-1388-400\"}", "FLOW-1388-400", NULL, NULL);
    (void)problem_is("{\"type\":\"FLOW-1387-400\"}", "FLOW-1387-400", NULL, NULL);
    (void)problem_is("{\"type\":\"/FLOW-1\",\"error_code\":\"2\"}", "FLOW-1", NULL, NULL);
}

static void without_a_last_part_the_gateways_code_serves(void **state)
{
    (void)state;
    (void)problem_is("{\"type\":\"https://ns.adobe.com/aep/errors/\",\"error_code\":\"2\"}", "2",
                     NULL, NULL);
    (void)problem_is("{\"type\":\"\",\"error_code\":2}", "2", NULL, NULL);
    (void)problem_is("{\"type\":7,\"error_code\":\"2\"}", "2", NULL, NULL);
    (void)problem_is("{\"type\":\"/\"}", NULL, NULL, NULL);
}

static void the_headers_request_id_goes_before_the_bodys(void **state)
{
    (void)state;
    assert_int_equal(cut_out("{\"report\":{\"request-id\":\"body\"}}", reflow_flow_problem_paths,
                             REFLOW_FLOW_PROBLEM_PATHS),
                     REFLOW_OK);
    result.request_id = "header";
    (void)reflow_flow_problem(&slices, &result);
    is_text(result.request_id, "header");
    (void)problem_is("{\"request-id\":\"elsewhere\"}", NULL, NULL, NULL);
}

static void a_body_about_nothing_explains_nothing(void **state)
{
    static const char *const bodies[] = {
        "{}", "[]", "null", "\"words\"", "503000", "[[]]", "{\"a\":{\"message\":\"deep\"}}"};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_false(problem_is(bodies[i], NULL, NULL, NULL));
    }
}

static void words_of_a_problem_before_are_forgotten(void **state)
{
    (void)state;
    (void)cut_out("{}", reflow_flow_problem_paths, REFLOW_FLOW_PROBLEM_PATHS);
    result.code = "old";
    result.detail = "old";
    (void)reflow_flow_problem(&slices, &result);
    is_text(result.code, NULL);
    is_text(result.detail, NULL);
}

/* The number is copied beside the slices: 6 digits and the 3 bytes of the words are slices, the
 * copy takes 7 more. */
static void a_number_that_cannot_be_kept_is_no_code_and_costs_no_words(void **state)
{
    const char *text = "{\"error_code\":503000,\"message\":\"m\"}";

    (void)state;
    for (size_t room = 9; room < 32; room++) {
        memset(&result, 0, sizeof result);
        reflow_slices_init(&slices, memset(memory, 'x', sizeof memory), room);
        reflow_slices_expect(&slices, reflow_flow_problem_paths, REFLOW_FLOW_PROBLEM_PATHS);
        read_bytes(&slices, text, strlen(text));
        assert_int_equal(reflow_slices_end(&slices), REFLOW_OK);
        assert_int_equal(reflow_flow_problem(&slices, &result), room >= 16);
        is_text(result.code, room >= 16 ? "503000" : NULL);
        is_text(result.detail, "m");
        assert_int_equal(memory[room], 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tutorials_answer_names_the_new_run_and_its_etag_with_its_quotes),
        cmocka_unit_test(the_etag_may_be_spelled_with_a_capital_or_be_absent),
        cmocka_unit_test(an_etag_that_is_no_string_is_absent),
        cmocka_unit_test(of_several_etags_the_first_counts),
        cmocka_unit_test(a_list_with_the_new_run_in_it_names_it),
        cmocka_unit_test(a_whole_run_object_names_itself_and_not_what_is_nested_in_it),
        cmocka_unit_test(every_other_member_is_ignored),
        cmocka_unit_test(a_run_may_be_named_twice_but_not_two_runs),
        cmocka_unit_test(an_id_of_another_type_is_none),
        cmocka_unit_test(an_answer_without_an_id_names_no_run),
        cmocka_unit_test(an_id_is_1_to_128_visible_characters),
        cmocka_unit_test(what_was_known_of_a_run_before_is_forgotten),
        cmocka_unit_test(the_gateways_words_and_code_are_read),
        cmocka_unit_test(a_code_that_came_as_a_number_is_kept_as_its_digits),
        cmocka_unit_test(a_code_that_is_neither_string_nor_whole_number_is_none),
        cmocka_unit_test(only_503000_and_503010_say_later),
        cmocka_unit_test(only_the_gateways_own_member_says_later),
        cmocka_unit_test(the_flow_services_whole_body_is_read),
        cmocka_unit_test(the_older_bodies_are_read),
        cmocka_unit_test(words_are_chosen_in_the_documented_order_whatever_the_texts),
        cmocka_unit_test(words_that_are_empty_or_no_string_give_way_to_the_next),
        cmocka_unit_test(words_are_decoded),
        cmocka_unit_test(the_code_is_the_last_part_of_the_type),
        cmocka_unit_test(without_a_last_part_the_gateways_code_serves),
        cmocka_unit_test(the_headers_request_id_goes_before_the_bodys),
        cmocka_unit_test(a_body_about_nothing_explains_nothing),
        cmocka_unit_test(words_of_a_problem_before_are_forgotten),
        cmocka_unit_test(a_number_that_cannot_be_kept_is_no_code_and_costs_no_words),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
