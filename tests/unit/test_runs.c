/* SPDX-License-Identifier: MIT */
/* The contract of runs, of one run: how it is asked for, and every shape in which the service's
 * documents show it. Lists are test_runs_list.c's. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "runs.h"
#include "slices.h"
#include "text.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define STORE 4544 /* what a client of the usual sizes has for it */
#define MOST_TEXT 300000

static struct reflow_slices slices;
static char memory[STORE];
static struct reflow_run run;
static char text[MOST_TEXT];

/* ---- One run ---- */

static void expect(const char *const *paths, size_t count, uint8_t element)
{
    memset(memory, 'x', sizeof memory);
    reflow_slices_init(&slices, memory, sizeof memory);
    reflow_slices_expect_each(&slices, paths, count, element);
}

/* Reads one run as reading.c does. */
static bool is_run(const char *answer)
{
    const size_t length = strlen(answer);
    size_t at = 0;
    size_t left;
    bool element;

    expect(reflow_run_paths, REFLOW_RUN_PATHS, REFLOW_RUN_PATHS - 1);
    memset(&run, 0xa5, sizeof run);
    while (at < length) {
        left = length - at < 512 ? length - at : 512;
        at += reflow_slices_read(&slices, fenced(answer + at, left), left, &element);
        if (element) {
            reflow_slices_enough(&slices);
        }
    }
    assert_int_equal(reflow_slices_end(&slices), REFLOW_OK);
    return reflow_run_take(&run, &slices, REFLOW_RUN_MEMBERS) || reflow_run_take(&run, &slices, 0);
}

static void is_text(const char *got, const char *expected)
{
    assert_string_equal(got != NULL ? got : "(none)", expected != NULL ? expected : "(none)");
}

#define MEMBERS                                                                                    \
    "\"createdAt\":1597784298021,\"updatedAt\":1597784369152,\"createdBy\":\"a@b\","               \
    "\"sandboxId\":\"s\",\"imsOrgId\":\"o\",\"id\":\"a-run\",\"flowId\":\"a-flow\","               \
    "\"flowSpec\":{\"id\":\"not-me\",\"version\":\"1.0\"},"                                        \
    "\"metrics\":{\"durationSummary\":{\"startedAtUTC\":1597784299374,"                            \
    "\"completedAtUTC\":1597784365847},\"sizeSummary\":{\"inputBytes\":24012},"                    \
    "\"recordSummary\":{\"inputRecordCount\":100,\"outputRecordCount\":99,"                        \
    "\"failedRecordCount\":1},\"fileSummary\":{\"inputFileCount\":4},"                             \
    "\"statusSummary\":{\"status\":\"failed\",\"errors\":[{\"code\":\"CONNECTOR-2001-500\","       \
    "\"message\":\"The source failed.\"},{\"code\":\"second\",\"message\":\"no\"}],"               \
    "\"activityRefs\":[\"a\"]}},"                                                                  \
    "\"activities\":[{\"id\":\"activity\",\"flowId\":\"no\",\"etag\":\"no\",\"createdAt\":1,"      \
    "\"durationSummary\":{\"startedAtUTC\":2,\"completedAtUTC\":3},"                               \
    "\"recordSummary\":{\"inputRecordCount\":7},\"statusSummary\":{\"status\":\"success\","        \
    "\"errors\":[{\"code\":\"nested\",\"message\":\"nested\"}]},"                                  \
    "\"metrics\":{\"statusSummary\":{\"status\":\"success\"}}}]"

/* All that MEMBERS say. */
static void is_whole(const char *answer, const char *etag)
{
    assert_true(is_run(answer));
    is_text(run.id, "a-run");
    is_text(run.flow_id, "a-flow");
    is_text(run.status, "failed");
    is_text(run.etag, etag);
    is_text(run.error_code, "CONNECTOR-2001-500");
    is_text(run.error_message, "The source failed.");
    assert_int_equal(run.created_ms, 1597784298021);
    assert_int_equal(run.started_ms, 1597784299374);
    assert_int_equal(run.completed_ms, 1597784365847);
    assert_int_equal(run.input_records, 100);
    assert_int_equal(run.output_records, 99);
    assert_int_equal(run.failed_records, 1);
    assert_int_equal(run.state, REFLOW_RUN_FAILED);
    assert_true(reflow_run_ended(&run));
}

static void a_run_may_be_bare_or_the_one_of_a_list(void **state)
{
    (void)state;
    is_whole("{" MEMBERS "}", NULL);
    is_whole("{" MEMBERS ",\"etag\":\"\\\"e\\\"\"}", "\"e\"");
    is_whole("{\"eTag\":\"e\"," MEMBERS "}", "e");
    is_whole("{\"items\":[{" MEMBERS ",\"etag\":\"e\"}],\"_links\":{}}", "e");
    is_whole("{\"items\":[{\"eTag\":\"e\"," MEMBERS "}]}", "e");
    is_whole("{\"count\":1,\"items\":[{" MEMBERS "}]}", NULL);
    is_whole(" { \"items\" : [ {" MEMBERS "} , {\"id\":\"another\"} ] } ", NULL);
    is_whole("{" MEMBERS ",\"etag\":null,\"eTag\":\"e\"}", "e");
    is_whole("{\"eTag\":\"f\"," MEMBERS ",\"etag\":\"e\"}", "f");
}

static void activities_may_be_misspelt_and_are_never_read(void **state)
{
    (void)state;
    assert_true(is_run("{\"activites\":[{\"statusSummary\":{\"status\":\"failed\"},"
                       "\"metrics\":{\"statusSummary\":{\"status\":\"failed\"}},\"id\":\"no\"}],"
                       "\"activities\":[{\"statusSummary\":{\"status\":\"failed\"}}],"
                       "\"statusSummary\":{\"status\":\"failed\"},\"status\":\"failed\","
                       "\"id\":\"a-run\"}"));
    is_text(run.id, "a-run");
    is_text(run.status, NULL);
    assert_int_equal(run.state, REFLOW_RUN_OTHER);
}

static void what_is_absent_is_unknown(void **state)
{
    static const char *const answers[] = {
        "{\"id\":\"a\"}", "{\"items\":[{\"id\":\"a\"}]}",
        ("{\"id\":\"a\",\"metrics\":{\"durationSummary\":{},\"statusSummary\":{\"errors\":[]},"
         "\"recordSummary\":{}}}"),
        "{\"id\":\"a\",\"metrics\":{}}"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        assert_true(is_run(answers[i]));
        is_text(run.id, "a");
        assert_null(run.flow_id);
        assert_null(run.status);
        assert_null(run.etag);
        assert_null(run.error_code);
        assert_null(run.error_message);
        assert_int_equal(run.created_ms, REFLOW_TIME_UNKNOWN);
        assert_int_equal(run.started_ms, REFLOW_TIME_UNKNOWN);
        assert_int_equal(run.completed_ms, REFLOW_TIME_UNKNOWN);
        assert_int_equal(run.input_records, -1);
        assert_int_equal(run.output_records, -1);
        assert_int_equal(run.failed_records, -1);
        assert_int_equal(run.state, REFLOW_RUN_OTHER);
        assert_false(reflow_run_ended(&run));
    }
}

static void counts_of_minus_one_are_unknown(void **state)
{
    (void)state;
    assert_true(is_run("{\"id\":\"a\",\"metrics\":{\"recordSummary\":{\"inputRecordCount\":-1,"
                       "\"outputRecordCount\":0,\"failedRecordCount\":9223372036854775807}}}"));
    assert_int_equal(run.input_records, -1);
    assert_int_equal(run.output_records, 0);
    assert_int_equal(run.failed_records, INT64_MAX);
}

/* As absent as if it were not there; only without an ID there is no run. */
static void a_member_of_another_type_is_absent(void **state)
{
    static const char *const values[] = {"null",
                                         "true",
                                         "[]",
                                         "{}",
                                         "[\"a\"]",
                                         "1.5",
                                         "\"1\"",
                                         "-0.0",
                                         "1e3",
                                         "{\"id\":\"b\"}",
                                         "[1]",
                                         "\"1\\n\"",
                                         "92233720368547758080"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const char *v = values[i];
        (void)snprintf(text, sizeof text,
                       "{\"id\":\"a\",\"createdAt\":%s,\"metrics\":{\"durationSummary\":"
                       "{\"startedAtUTC\":%s,\"completedAtUTC\":%s},\"recordSummary\":"
                       "{\"inputRecordCount\":%s,\"outputRecordCount\":%s,\"failedRecordCount\":"
                       "%s}}}",
                       v, v, v, v, v, v);
        assert_true(is_run(text));
        assert_int_equal(run.created_ms, REFLOW_TIME_UNKNOWN);
        assert_int_equal(run.started_ms, REFLOW_TIME_UNKNOWN);
        assert_int_equal(run.completed_ms, REFLOW_TIME_UNKNOWN);
        assert_int_equal(run.input_records, -1);
        assert_int_equal(run.output_records, -1);
        assert_int_equal(run.failed_records, -1);
    }
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const char *v = values[i][0] == '"' ? "7" : values[i];
        (void)snprintf(text, sizeof text,
                       "{\"id\":\"a\",\"flowId\":%s,\"etag\":%s,\"eTag\":%s,\"metrics\":"
                       "{\"statusSummary\":{\"status\":%s,\"errors\":[{\"code\":%s,\"message\":%s}"
                       "]}}}",
                       v, v, v, v, v, v);
        assert_true(is_run(text));
        assert_null(run.flow_id);
        assert_null(run.etag);
        assert_null(run.status);
        assert_null(run.error_code);
        assert_null(run.error_message);
        (void)snprintf(text, sizeof text, "{\"id\":%s}", v);
        assert_false(is_run(text));
        (void)snprintf(text, sizeof text, "{\"items\":[{\"id\":%s}]}", v);
        assert_false(is_run(text));
    }
    assert_true(is_run("{\"id\":\"a\",\"metrics\":[],\"activities\":7}"));
    assert_true(is_run("{\"id\":\"a\",\"metrics\":{\"statusSummary\":\"failed\"}}"));
    assert_true(is_run("{\"id\":\"a\",\"metrics\":{\"statusSummary\":{\"errors\":{\"code\":\"x\"}}}"
                       "}"));
    assert_null(run.error_code);
}

static void what_has_no_id_is_no_run(void **state)
{
    static const char *const none[] = {"{}",
                                       "[]",
                                       "null",
                                       "7",
                                       "\"a\"",
                                       "[{\"id\":\"a\"}]",
                                       "{\"items\":[]}",
                                       "{\"items\":[null]}",
                                       "{\"items\":[{}]}",
                                       "{\"items\":[[{\"id\":\"a\"}]]}",
                                       "{\"items\":{\"id\":\"a\"}}",
                                       "{\"run\":{\"id\":\"a\"}}",
                                       "{\"id\":\"\"}",
                                       "{\"id\":\"a b\"}",
                                       "{\"id\":\"a\\u0000\"}",
                                       "{\"id\":\"a\\n\"}",
                                       "{\"id\":\"caf\\u00e9\"}",
                                       "{\"ID\":\"a\"}"};
    char id[200];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        assert_false(is_run(none[i]));
    }
    memset(id, 'i', sizeof id);
    for (int length = 127; length <= 130; length++) {
        (void)snprintf(text, sizeof text, "{\"id\":\"%.*s\"}", length, id);
        assert_int_equal(is_run(text), length <= 128);
    }
}

static void the_words_are_unescaped(void **state)
{
    (void)state;
    assert_true(is_run("{\"\\u0069d\":\"\\u0061\\/b\",\"metrics\":{\"statusSummary\":{\"status\":"
                       "\"in\\u0050rogress\",\"errors\":[{\"message\":\"caf\\u00e9 \\ud83d\\ude00 "
                       "\\ud83d\"}]}}}"));
    is_text(run.id, "a/b");
    is_text(run.status, "inProgress");
    is_text(run.error_message, "caf\xc3\xa9 \xf0\x9f\x98\x80 \xef\xbf\xbd");
    assert_int_equal(run.state, REFLOW_RUN_RUNNING);
}

static void append(const char *words)
{
    strcat(text, words);
}

static void of_sixty_errors_the_first_is_kept(void **state)
{
    char error[200];

    (void)state;
    strcpy(text, "{\"metrics\":{\"statusSummary\":{\"errors\":[");
    for (int i = 0; i < 60; i++) {
        (void)snprintf(error, sizeof error, "%s{\"code\":\"code-%d\",\"message\":\"%0120d\"}",
                       i == 0 ? "" : ",", i, i);
        append(error);
    }
    append("],\"status\":\"failed\"}},\"id\":\"a\"}");
    assert_true(is_run(text));
    is_text(run.error_code, "code-0");
    is_text(run.status, "failed");
    assert_int_equal(strlen(run.error_message), 120);
}

/* `length` bytes of words. */
static void append_long(size_t length)
{
    const size_t at = strlen(text);

    memset(text + at, 'w', length);
    text[at + length] = '\0';
}

static void a_message_of_100_kb_is_absent_and_harms_no_other(void **state)
{
    (void)state;
    strcpy(text, "{\"flowId\":\"f\",\"metrics\":{\"statusSummary\":{\"errors\":[{\"message\":\"");
    append_long(102400);
    append("\",\"code\":\"c\"}],\"status\":\"failed\"}},\"etag\":\"e\",\"id\":\"a\"}");
    assert_true(is_run(text));
    is_text(run.id, "a");
    is_text(run.flow_id, "f");
    is_text(run.etag, "e");
    is_text(run.status, "failed");
    is_text(run.error_code, "c");
    is_text(run.error_message, NULL);
}

static void an_id_of_100_kb_is_none(void **state)
{
    (void)state;
    strcpy(text, "{\"id\":\"");
    append_long(102400);
    append("\"}");
    assert_false(is_run(text));
}

static void an_unknown_word_is_kept(void **state)
{
    (void)state;
    assert_true(is_run("{\"id\":\"a\",\"metrics\":{\"statusSummary\":{\"status\":\"Paused_1\"}}}"));
    is_text(run.status, "Paused_1");
    assert_int_equal(run.state, REFLOW_RUN_OTHER);
    assert_false(reflow_run_ended(&run));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_may_be_bare_or_the_one_of_a_list),
        cmocka_unit_test(activities_may_be_misspelt_and_are_never_read),
        cmocka_unit_test(what_is_absent_is_unknown),
        cmocka_unit_test(counts_of_minus_one_are_unknown),
        cmocka_unit_test(a_member_of_another_type_is_absent),
        cmocka_unit_test(what_has_no_id_is_no_run),
        cmocka_unit_test(the_words_are_unescaped),
        cmocka_unit_test(of_sixty_errors_the_first_is_kept),
        cmocka_unit_test(a_message_of_100_kb_is_absent_and_harms_no_other),
        cmocka_unit_test(an_id_of_100_kb_is_none),
        cmocka_unit_test(an_unknown_word_is_kept),
    };

    return cmocka_run_group_tests_name("runs", tests, put_up_fence, NULL);
}
