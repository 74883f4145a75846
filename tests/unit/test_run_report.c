/* SPDX-License-Identifier: MIT */
/* The contract of run_report: a run is one row or one object, whole and safe, whatever its members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/console.c"
#include "cli/interrupt.c"

static int at_terminal;
#define isatty(file) ((void)(file), at_terminal)
#include "cli/run_report.c"
#undef isatty
#include "cli/when.c"

#define CREATED 1795316407000 /* 2026-11-22T03:00:07Z */

static const struct options for_person = {.quiet = false};
static const struct options for_program = {.json = true};
static const struct reflow_run bare = {.id = "a-run",
                                       .created_ms = REFLOW_TIME_UNKNOWN,
                                       .started_ms = REFLOW_TIME_UNKNOWN,
                                       .completed_ms = REFLOW_TIME_UNKNOWN,
                                       .input_records = -1,
                                       .output_records = -1,
                                       .failed_records = -1};
static const struct reflow_run whole = {.id = "4fb0418e-1804-45d6-8d56-dd51f05c0baf",
                                        .flow_id = "a-flow",
                                        .status = "failed",
                                        .etag = "\"e-1\"",
                                        .error_code = "C-1",
                                        .error_message = "It broke",
                                        .created_ms = CREATED,
                                        .started_ms = CREATED + 1000,
                                        .completed_ms = CREATED + 66999,
                                        .input_records = 0,
                                        .output_records = 12,
                                        .failed_records = INT64_MAX};
static const char *told; /* by trouble_tell() */

void trouble_tell(const char *what, const struct reflow_result *result, const char *advice)
{
    (void)result;
    assert_null(advice);
    told = what;
}

/* ---- What was printed ---- */

static int saved;
static int ends[2];

static void begin_capture(void)
{
    saved = dup(STDOUT_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDOUT_FILENO), STDOUT_FILENO);
    (void)close(ends[1]);
}

static const char *end_capture(void)
{
    static char text[50000];
    size_t length = 0;
    ssize_t got;

    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    (void)close(saved);
    while ((got = read(ends[0], text + length, sizeof text - 1 - length)) > 0) {
        length += (size_t)got;
    }
    (void)close(ends[0]);
    text[length] = '\0';
    return text;
}

static const char *printed(const struct options *options, const struct reflow_run *run)
{
    begin_capture();
    run_report(options, run);
    return end_capture();
}

/* ---- For a program ---- */

static void an_object_has_all_members_in_their_order(void **state)
{
    (void)state;
    assert_string_equal(
        printed(&for_program, &whole),
        "{\"run\":\"4fb0418e-1804-45d6-8d56-dd51f05c0baf\",\"flow\":\"a-flow\","
        "\"status\":\"failed\",\"created\":\"2026-11-22T03:00:07Z\","
        "\"started\":\"2026-11-22T03:00:08Z\",\"completed\":\"2026-11-22T03:01:13Z\","
        "\"input_records\":0,\"output_records\":12,\"failed_records\":9223372036854775807,"
        "\"error_code\":\"C-1\",\"error_message\":\"It broke\",\"etag\":\"\\\"e-1\\\"\"}\n");
}

static void what_is_absent_is_null(void **state)
{
    (void)state;
    assert_string_equal(printed(&for_program, &bare),
                        "{\"run\":\"a-run\",\"flow\":null,\"status\":null,\"created\":null,"
                        "\"started\":null,\"completed\":null,\"input_records\":null,"
                        "\"output_records\":null,\"failed_records\":null,\"error_code\":null,"
                        "\"error_message\":null,\"etag\":null}\n");
}

static void times_that_no_calendar_has_become_the_nearest(void **state)
{
    struct reflow_run run = bare;

    (void)state;
    run.created_ms = INT64_MAX;
    run.started_ms = -1;
    run.completed_ms = INT64_MIN + 1;
    assert_non_null(strstr(printed(&for_program, &run), "\"created\":\"9999-12-31T23:59:59Z\","
                                                        "\"started\":\"1970-01-01T00:00:00Z\","
                                                        "\"completed\":\"1970-01-01T00:00:00Z\""));
}

static void an_error_is_an_object_with_what_there_is(void **state)
{
    struct reflow_result result = {.error = REFLOW_ERR_NOT_FOUND, .http_status = 404};

    (void)state;
    result.detail = "no \"such\"\n\x1b[2J";
    begin_capture();
    run_report_trouble(&for_program, "a b", &result);
    assert_string_equal(end_capture(),
                        "{\"run\":\"a b\",\"error\":\"not_found\",\"http_status\":404,"
                        "\"detail\":\"no \\\"such\\\"\\u000a\\u001b[2J\"}\n");
    result.http_status = 0;
    result.detail = NULL;
    begin_capture();
    run_report_trouble(&for_program, "a", &result);
    assert_string_equal(end_capture(), "{\"run\":\"a\",\"error\":\"not_found\","
                                       "\"http_status\":null,\"detail\":null}\n");
}

static void a_person_is_told_of_an_error_elsewhere(void **state)
{
    const struct reflow_result result = {.error = REFLOW_ERR_DNS};

    (void)state;
    begin_capture();
    run_report_trouble(&for_person, "a-run", &result);
    assert_string_equal(end_capture(), "");
    assert_string_equal(told, "a-run");
}

/* ---- For a person ---- */

static void a_row_is_aligned_and_its_error_stands_below(void **state)
{
    (void)state;
    assert_string_equal(printed(&for_person, &whole),
                        "4fb0418e-1804-45d6-8d56-dd51f05c0baf  failed          "
                        "2026-11-22T03:00:07Z  1m05s     0/12/9223372036854775807 a-flow\n"
                        "    -> C-1: It broke\n");
    assert_string_equal(printed(&for_person, &bare),
                        "a-run                                 -               "
                        "-                     -         -/-/-             -\n");
}

static void an_error_is_shown_with_what_there_is_of_it(void **state)
{
    struct reflow_run run = bare;

    (void)state;
    run.error_code = "C-1";
    assert_non_null(strstr(printed(&for_person, &run), "\n    -> C-1\n"));
    run.error_code = NULL;
    run.error_message = "It broke";
    assert_non_null(strstr(printed(&for_person, &run), "\n    -> It broke\n"));
}

static void at_a_terminal_the_columns_are_named_once(void **state)
{
    const char *text;

    (void)state;
    at_terminal = 1;
    text = printed(&for_person, &bare);
    assert_memory_equal(text, "RUN ", 4);
    assert_non_null(strstr(text, "IN/OUT/FAILED"));
    assert_non_null(strstr(text, " FLOW\na-run "));
    text = printed(&for_person, &bare);
    assert_memory_equal(text, "a-run ", 6);
    at_terminal = 0;
}

static void a_duration_is_shown_in_the_units_that_matter(void **state)
{
    static const struct {
        int64_t started_ms, completed_ms;
        const char *shown;
    } cases[] = {{0, 0, " 0s "},
                 {5, 59999 + 5, " 59s "},
                 {0, 60000, " 1m00s "},
                 {0, 3599999, " 59m59s "},
                 {0, 3600000, " 1h00m "},
                 {0, 7508000, " 2h05m "},
                 {0, 86399999, " 23h59m "},
                 {0, 86400000, " 1d00h "},
                 {0, INT64_C(86400000) * 400 + 3600000 * 9, " 400d09h "},
                 {0, INT64_MAX, " 49710d06h "},
                 {2000, 1000, " - "},
                 {-5000, 1000, " - "},
                 {INT64_MIN + 1, INT64_MAX, " - "},
                 {REFLOW_TIME_UNKNOWN, 1000, " - "},
                 {1000, REFLOW_TIME_UNKNOWN, " - "}};
    struct reflow_run run = whole;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run.started_ms = cases[i].started_ms;
        run.completed_ms = cases[i].completed_ms;
        assert_non_null(strstr(printed(&for_person, &run), cases[i].shown));
    }
}

static void foreign_words_stay_in_their_line(void **state)
{
    static const char evil[] = "\x1b[2J\n\xe2\x80\xae \"\\";
    const struct reflow_run run = {.id = evil,
                                   .flow_id = evil,
                                   .status = evil,
                                   .etag = evil,
                                   .error_code = evil,
                                   .error_message = evil};
    const char *text = printed(&for_person, &run);

    (void)state;
    assert_null(strchr(text, '\x1b'));
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_ptr_equal(strchr(strchr(text, '\n') + 1, '\n'), text + strlen(text) - 1);
    text = printed(&for_program, &run);
    assert_null(strchr(text, '\x1b'));
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void an_id_stands_alone(void **state)
{
    (void)state;
    begin_capture();
    run_report_id(&whole);
    assert_string_equal(end_capture(), "4fb0418e-1804-45d6-8d56-dd51f05c0baf\n");
}

static void the_longest_members_that_can_be_kept_fit(void **state)
{
    /* Each byte becomes six, and a pipe takes 64 KB before anybody reads. */
    static char most[REFLOW_BUFFER_SIZE < 8192 ? REFLOW_BUFFER_SIZE : 8192];
    struct reflow_run run = bare;
    const char *text;

    (void)state;
    memset(most, '\x01', sizeof most - 1);
    run.error_message = most;
    run.etag = "the-end";
    text = printed(&for_program, &run);
    assert_non_null(strstr(text, "\"etag\":\"the-end\"}\n"));
}

/* Last, because it is remembered. It is said once. */
static void what_cannot_be_printed_is_remembered(void **state)
{
    char words[300];
    const int error = dup(STDERR_FILENO);
    int said[2];

    (void)state;
    assert_false(run_report_lost());
    assert_int_equal(pipe(said), 0);
    saved = dup(STDOUT_FILENO);
    (void)close(STDOUT_FILENO);
    assert_int_equal(dup2(said[1], STDERR_FILENO), STDERR_FILENO);
    run_report(&for_program, &whole);
    run_report(&for_program, &whole);
    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(dup2(error, STDERR_FILENO), STDERR_FILENO);
    (void)close(said[1]);
    (void)close(saved);
    (void)close(error);
    assert_true(run_report_lost());
    assert_int_equal(read(said[0], words, sizeof words),
                     strlen("reflow: standard output cannot be written to\n"));
    (void)close(said[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_has_all_members_in_their_order),
        cmocka_unit_test(what_is_absent_is_null),
        cmocka_unit_test(times_that_no_calendar_has_become_the_nearest),
        cmocka_unit_test(an_error_is_an_object_with_what_there_is),
        cmocka_unit_test(a_person_is_told_of_an_error_elsewhere),
        cmocka_unit_test(a_row_is_aligned_and_its_error_stands_below),
        cmocka_unit_test(an_error_is_shown_with_what_there_is_of_it),
        cmocka_unit_test(at_a_terminal_the_columns_are_named_once),
        cmocka_unit_test(a_duration_is_shown_in_the_units_that_matter),
        cmocka_unit_test(foreign_words_stay_in_their_line),
        cmocka_unit_test(an_id_stands_alone),
        cmocka_unit_test(the_longest_members_that_can_be_kept_fit),
        cmocka_unit_test(what_cannot_be_printed_is_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
