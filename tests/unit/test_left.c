/* SPDX-License-Identifier: MIT */
/* The contract of left: a run that is left alone is told with the reason and with what to do; a dry run
 * tells what would be done, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

/* What is printed is kept. */
static int printed_to;
#undef STDOUT_FILENO
#define STDOUT_FILENO printed_to
#include "cli/console.c"
#include "cli/interrupt.c"
#include "cli/left.c"
#include "cli/when.c"

#define TIME 1795316407 /* 2026-11-22T03:00:07Z */

static const struct options for_person = {.json = false};
static const struct options for_program = {.json = true};
static const struct options for_nobody = {.quiet = true};
static FILE *file;
static struct history history;

static int set_up(void **state)
{
    (void)state;
    file = tmpfile();
    if (file == NULL) {
        return -1;
    }
    printed_to = fileno(file);
    memset(&history, 0, sizeof history);
    history.last.time = TIME;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return fclose(file);
}

static const char *printed(void)
{
    static char text[2000];
    const ssize_t length = pread(fileno(file), text, sizeof text - 1, 0);

    assert_true(length >= 0);
    text[length] = '\0';
    assert_int_equal(ftruncate(fileno(file), 0), 0);
    assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
    return text;
}

static const char *reported(const struct options *options, enum verdict verdict)
{
    assert_true(left_report(options, "a-run", verdict, &history));
    return printed();
}

static const char *previewed(const struct options *options, enum verdict verdict)
{
    assert_true(left_preview(options, "a-run", verdict, &history));
    return printed();
}

#define LINE(word, words) "a-run                                 " word words "\n"

static void what_was_done_is_told_with_its_new_run(void **state)
{
    (void)state;
    history.state = HISTORY_RETRIGGERED;
    strcpy(history.last.id, "the-new-run");
    assert_string_equal(reported(&for_person, LEAVE_RETRIGGERED),
                        LINE("retriggered  ", "left alone: re-triggered already at "
                                              "2026-11-22T03:00:07Z, new run the-new-run"));
    assert_string_equal(
        reported(&for_program, LEAVE_RETRIGGERED),
        "{\"run\":\"a-run\",\"outcome\":\"retriggered\",\"id\":\"the-new-run\",\"etag\":null,"
        "\"http_status\":null,\"error\":null,\"detail\":\"left alone: re-triggered already at "
        "2026-11-22T03:00:07Z\",\"request_id\":null,\"attempts\":0,\"elapsed_ms\":0}\n");
    assert_string_equal(reported(&for_nobody, LEAVE_RETRIGGERED), "");
}

static void what_was_refused_is_told_with_the_reason_and_a_way_on(void **state)
{
    static const char words[] =
        LINE("refused      ", "left alone: refused already at 2026-11-22T03:00:07Z, "
                              "not_found") "    -> when the reason is gone: "
                                           "--repeat-refused\n";

    (void)state;
    history.state = HISTORY_REFUSED;
    strcpy(history.last.error, "not_found");
    strcpy(history.last.id, "of no meaning");
    assert_string_equal(reported(&for_person, LEAVE_REFUSED), words);
    assert_string_equal(reported(&for_nobody, LEAVE_REFUSED), words);
    assert_non_null(strstr(reported(&for_program, LEAVE_REFUSED),
                           "\"outcome\":\"refused\",\"id\":null,\"etag\":null,"
                           "\"http_status\":null,\"error\":\"not_found\",\"detail\":\"left "));
}

/* When it was attempted is what a person looks for; where there is no intent, when it was noted. */
static void what_is_unknown_is_told_with_the_time_of_the_attempt(void **state)
{
    (void)state;
    history.state = HISTORY_UNKNOWN;
    strcpy(history.last.error, "timeout");
    assert_string_equal(reported(&for_person, LEAVE_UNKNOWN),
                        LINE("unknown      ",
                             "left alone: attempted at 2026-11-22T03:00:07Z, and what became of "
                             "it is unknown") "    -> look first: reflow settle --journal FILE; "
                                              "--repeat-unknown may do the work twice\n");
    strcpy(history.intent.run, "a-run");
    history.intent.time = TIME - 7;
    assert_non_null(strstr(reported(&for_program, LEAVE_UNKNOWN),
                           "\"outcome\":\"unknown\",\"id\":null,\"etag\":null,"
                           "\"http_status\":null,\"error\":null,\"detail\":\"left alone: attempted "
                           "at 2026-11-22T03:00:00Z, and what became of it is unknown\""));
}

static void what_has_had_its_rounds_is_told_with_their_number(void **state)
{
    (void)state;
    history.round = 3;
    assert_string_equal(reported(&for_person, LEAVE_ROUNDS),
                        LINE("refused      ", "left alone: it is retry number 3 and has failed "
                                              "again") "    -> find out why it fails; --rounds N "
                                                       "allows more\n");
}

static void a_dry_run_tells_what_would_be_taken_and_what_is_known_of_it(void **state)
{
    static const struct {
        enum history_state state;
        const char *words;
    } cases[] = {{HISTORY_NONE, ""},
                 {HISTORY_NOT_APPLIED, "; not applied at 2026-11-22T03:00:07Z"},
                 {HISTORY_REFUSED, "; refused at 2026-11-22T03:00:07Z"},
                 {HISTORY_UNKNOWN, "; unknown since 2026-11-22T03:00:07Z"}};
    char expected[300];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        history.state = cases[i].state;
        (void)snprintf(expected, sizeof expected, LINE("take         ", "would be re-triggered%s"),
                       cases[i].words);
        assert_string_equal(previewed(&for_person, TAKE), expected);
    }
    history.round = 2;
    assert_string_equal(previewed(&for_program, TAKE),
                        "{\"run\":\"a-run\",\"take\":true,\"reason\":\"would be re-triggered; it "
                        "is retry number 2; unknown since 2026-11-22T03:00:07Z\"}\n");
}

static void a_dry_run_tells_what_would_be_left(void **state)
{
    (void)state;
    history.state = HISTORY_RETRIGGERED;
    strcpy(history.last.id, "the-new-run");
    assert_string_equal(previewed(&for_person, LEAVE_RETRIGGERED),
                        LINE("leave        ", "left alone: re-triggered already at "
                                              "2026-11-22T03:00:07Z, new run the-new-run"));
    assert_string_equal(previewed(&for_program, LEAVE_RETRIGGERED),
                        "{\"run\":\"a-run\",\"take\":false,\"reason\":\"left alone: re-triggered "
                        "already at 2026-11-22T03:00:07Z\"}\n");
}

static void what_is_left_counts_for_the_exit_status_where_a_person_named_it(void **state)
{
    (void)state;
    assert_int_equal(left_status(LEAVE_RETRIGGERED, true), EXIT_DONE);
    assert_int_equal(left_status(LEAVE_RETRIGGERED, false), EXIT_DONE);
    assert_int_equal(left_status(LEAVE_REFUSED, true), EXIT_REFUSED);
    assert_int_equal(left_status(LEAVE_REFUSED, false), EXIT_DONE);
    assert_int_equal(left_status(LEAVE_UNKNOWN, false), EXIT_UNKNOWN);
    assert_int_equal(left_status(LEAVE_ROUNDS, false), EXIT_REFUSED);
}

static void what_cannot_be_printed_is_said_to_its_caller(void **state)
{
    (void)state;
    printed_to = -1;
    assert_false(left_report(&for_person, "a-run", LEAVE_ROUNDS, &history));
    assert_false(left_report(&for_program, "a-run", LEAVE_ROUNDS, &history));
    assert_false(left_preview(&for_person, "a-run", TAKE, &history));
    assert_false(left_preview(&for_program, "a-run", TAKE, &history));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_done_is_told_with_its_new_run),
        TEST(what_was_refused_is_told_with_the_reason_and_a_way_on),
        TEST(what_is_unknown_is_told_with_the_time_of_the_attempt),
        TEST(what_has_had_its_rounds_is_told_with_their_number),
        TEST(a_dry_run_tells_what_would_be_taken_and_what_is_known_of_it),
        TEST(a_dry_run_tells_what_would_be_left),
        TEST(what_is_left_counts_for_the_exit_status_where_a_person_named_it),
        TEST(what_cannot_be_printed_is_said_to_its_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
