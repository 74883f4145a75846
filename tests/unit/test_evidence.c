/* SPDX-License-Identifier: MIT */
/* The contract of evidence: what is shown of the runs that an attempt may have begun is what the service
 * and the journal say, and no list that ended early passes for a whole one. The service, the journal
 * and the console are this file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static ssize_t fake_write(int descriptor, const void *bytes, size_t length);
#define write fake_write
#include "cli/console.c"
#undef write
#include "cli/evidence.c"
#include "outcome.h"

#define NOON 1795348800 /* 2026-11-22T12:00:00Z */

static struct {
    /* The flow's runs, in pages of two, and what ends the page that is read after them. */
    struct reflow_run runs[8];
    size_t count;
    size_t given;
    enum reflow_error error;
    unsigned renewals; /* tokens that are to be had */
    const char *flow;  /* that the run says it is of */

    size_t known;          /* so many of the runs are known to the journal */
    size_t fails_after;    /* the journal, having been asked so often; 0: never */
    size_t asked;          /* the journal */
    size_t lines;          /* that standard output takes */
    size_t signal_at_page; /* 0: never */
    size_t pages;

    char out[4096];
    char err[1024];
    struct reflow_result result;
} world;

static struct options chosen;
static struct connection connection;
static struct journal journal = {.path = "the journal"};

static ssize_t fake_write(int descriptor, const void *bytes, size_t length)
{
    char *to = descriptor == STDOUT_FILENO ? world.out : world.err;

    if (descriptor == STDOUT_FILENO && world.lines == 0) {
        errno = EIO;
        return -1;
    }
    world.lines -= descriptor == STDOUT_FILENO ? 1 : 0;
    (void)strncat(to, bytes, length);
    return (ssize_t)length;
}

enum interrupt interrupt_asked(void)
{
    return world.signal_at_page != 0 && world.pages >= world.signal_at_page ? INTERRUPT_SOON
                                                                            : INTERRUPT_NONE;
}

void trouble_tell(const char *what, const struct reflow_result *result, const char *advice)
{
    assert_null(advice);
    (void)strcat(strcat(strcat(world.err, what), "!"), reflow_error_name(result->error));
}

void when_write(int64_t seconds, char text[WHEN_SIZE])
{
    const time_t time = (time_t)seconds;

    (void)strftime(text, WHEN_SIZE, "%Y-%m-%dT%H:%M:%SZ", gmtime(&time));
}

void events_settle_command(struct line *to, const char *path)
{
    line_own(to, "reflow settle --journal ");
    line_own(to, path);
}

int events_output_lost(void)
{
    (void)strcat(world.err, "the output is lost");
    return EXIT_STORAGE;
}

bool history_origin(struct journal *ours, const char *run, struct journal_entry *entry)
{
    (void)entry;
    world.asked++;
    ours->failed = world.fails_after != 0 && world.asked >= world.fails_after;
    return !ours->failed && (size_t)(run[0] - 'a') < world.known;
}

/* ---- The client ---- */

static enum reflow_error end(enum reflow_error error)
{
    memset(&world.result, 0, sizeof world.result);
    world.result.error = error;
    world.result.outcome = reflow_outcome(error, false, false);
    return error;
}

enum reflow_error reflow_start_run(struct reflow_client *client, const char *run_id,
                                   struct reflow_run *run)
{
    (void)client;
    run->id = run_id;
    run->flow_id = world.flow;
    return end(world.error);
}

enum reflow_error reflow_start_runs(struct reflow_client *client, struct reflow_runs *runs)
{
    const size_t most = world.given + 2 < world.count ? world.given + 2 : world.count;

    (void)client;
    assert_string_equal(runs->flow_id, "the-flow");
    assert_true(runs->since_ms == (int64_t)(NOON - 120) * 1000);
    world.pages++;
    for (; world.given < most; world.given++) {
        runs->on_run(runs->context, &world.runs[world.given]);
    }
    runs->ended = world.given == world.count;
    return end(runs->ended ? world.error : REFLOW_OK);
}

bool reflow_runs_more(const struct reflow_runs *runs)
{
    return !runs->ended;
}

void connection_finish(struct connection *ours)
{
    assert_ptr_equal(ours, &connection);
}

/* Where another token was to be had all is well. */
bool connection_again(struct connection *ours)
{
    (void)ours;
    if (world.result.error != REFLOW_ERR_UNAUTHORIZED || world.renewals == 0) {
        return false;
    }
    world.renewals--;
    world.error = REFLOW_OK;
    return true;
}

const struct reflow_result *connection_result(const struct connection *ours)
{
    (void)ours;
    return &world.result;
}

int connection_status(const struct connection *ours)
{
    (void)ours;
    return reflow_exit_status(world.result.outcome, world.result.error);
}

/* ---- A new world for each test ---- */

static int begin(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    memset(&chosen, 0, sizeof chosen);
    journal.failed = false;
    world.lines = SIZE_MAX;
    world.flow = "the-flow";
    return 0;
}

/* Runs "a", "b" and so on, each created a second after the one before. */
static void list(size_t count)
{
    static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

    for (world.count = 0; world.count < count; world.count++) {
        world.runs[world.count].id = ids[world.count];
        world.runs[world.count].status = "failed";
        world.runs[world.count].created_ms = ((int64_t)NOON + (int64_t)world.count) * 1000;
    }
}

static int show(struct journal *ours, int64_t attempted)
{
    const struct suspect suspect = {
        .run = "run", .flow = "", .since = NOON - 120, .attempted = attempted};

    return evidence_show(&connection, &chosen, ours, &suspect);
}

#define told(words) assert_non_null(strstr(world.out, words))
#define not_told(words) assert_null(strstr(world.out, words))

static void nothing_is_concluded(void)
{
    not_told("no new run");
    not_told("no other new run");
    not_told("this is evidence");
    not_told("->");
    not_told("\"candidate\":null");
}

/* ---- Candidates ---- */

static void show_one_of_which_little_is_known(void)
{
    list(2);
    world.runs[1].status = NULL;
    world.runs[1].created_ms = REFLOW_TIME_UNKNOWN;
    assert_int_equal(show(&journal, NOON - 60), EXIT_DONE);
}

static void what_the_service_does_not_say_is_unknown_and_no_reason_to_leave_a_run_out(void **state)
{
    (void)state;
    show_one_of_which_little_is_known();
    told("candidate a ");
    told("created at 2026-11-22T12:00:00Z, +60 s, failed\n");
    told("candidate b ");
    told("created at an unknown time, state unknown\n");

    (void)begin(state);
    chosen.json = true;
    show_one_of_which_little_is_known();
    told("\"candidate\":\"a\",\"created\":\"2026-11-22T12:00:00Z\",\"after_s\":60,"
         "\"status\":\"failed\"}\n");
    told("\"candidate\":\"b\",\"created\":null,\"after_s\":null,\"status\":null}\n");
}

static void without_the_time_of_the_attempt_there_is_no_distance_to_it(void **state)
{
    (void)state;
    list(1);
    assert_int_equal(show(NULL, -1), EXIT_DONE);
    assert_string_equal(world.out,
                        "run: flow the-flow\n"
                        "    candidate a                                    created at "
                        "2026-11-22T12:00:00Z, failed\n"
                        "    this is evidence and never a verdict: one of them may be the new run; "
                        "which, if any, is for you to say\n"
                        "    -> when you know that none is: reflow retry run\n");
}

static void a_distance_that_no_clocks_explain_is_not_told(void **state)
{
    static const struct {
        int64_t after_s;
        const char *words;
    } cases[] = {{UINT32_MAX, "Z, +4294967295 s, failed"},
                 {(int64_t)UINT32_MAX + 1, "Z, failed"},
                 {-(int64_t)UINT32_MAX, "Z, -4294967295 s, failed"},
                 {-(int64_t)UINT32_MAX - 1, "Z, failed"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)begin(state);
        list(1);
        world.runs[0].created_ms = (NOON + cases[i].after_s) * 1000;
        assert_int_equal(show(&journal, NOON), EXIT_DONE);
        told(cases[i].words);
    }
}

static void runs_that_the_journal_knows_are_counted_and_no_candidates(void **state)
{
    (void)state;
    list(3);
    world.known = 2;
    assert_int_equal(show(&journal, NOON), EXIT_DONE);
    not_told("candidate a ");
    not_told("candidate b ");
    told("candidate c ");
    told("    left out: 2 runs that the journal knows as the new runs of attempts\n");
    told("--as retriggered=NEW_RUN_ID");

    (void)begin(state);
    list(1);
    world.known = 1;
    assert_int_equal(show(&journal, NOON), EXIT_DONE);
    told("    left out: 1 run that the journal knows as the new run of an attempt\n"
         "    no other new run of flow the-flow since 2026-11-22T11:58:00Z: ");
    not_told("retriggered=");
}

/* ---- What ends it early ---- */

static void a_run_without_a_flow_has_no_evidence(void **state)
{
    static const char *const flows[] = {NULL, "", "a flow", "\x1b[2J"};

    for (size_t i = 0; i < sizeof flows / sizeof flows[0]; i++) {
        (void)begin(state);
        world.flow = flows[i];
        assert_int_equal(show(&journal, NOON), EXIT_NOT_APPLIED);
        assert_string_equal(world.err,
                            "reflow: the service does not say to which flow run run belongs\n");
        assert_string_equal(world.out, "");
        assert_int_equal(world.pages, 0);
    }
}

static void with_another_token_the_page_is_asked_for_again(void **state)
{
    const struct suspect suspect = {
        .run = "run", .flow = "the-flow", .since = NOON - 120, .attempted = NOON};

    (void)state;
    list(1);
    world.error = REFLOW_ERR_UNAUTHORIZED;
    world.renewals = 1;
    assert_int_equal(evidence_show(&connection, &chosen, &journal, &suspect), EXIT_DONE);
    assert_int_equal(world.pages, 2);
    told("candidate a ");
    assert_string_equal(world.err, "");

    (void)begin(state);
    world.error = REFLOW_ERR_UNAUTHORIZED;
    assert_int_equal(evidence_show(&connection, &chosen, &journal, &suspect), EXIT_UNAUTHORIZED);
    assert_string_equal(world.err, "run!unauthorized");
    nothing_is_concluded();
}

static void an_output_that_is_lost_ends_it(void **state)
{
    (void)state;
    for (size_t lines = 0; lines < 3; lines++) {
        (void)begin(state);
        list(4);
        world.lines = lines;
        assert_int_equal(show(&journal, NOON), EXIT_STORAGE);
        assert_string_equal(world.err, "the output is lost");
        assert_int_equal(world.pages, lines > 0 ? 1 : 0);
        assert_int_equal(world.asked, lines);
        nothing_is_concluded();
    }
}

/* Of the run at which it failed nothing is known, and of those behind it neither. */
static void a_journal_that_fails_ends_it(void **state)
{
    (void)state;
    list(4);
    world.fails_after = 2;
    assert_int_equal(show(&journal, NOON), EXIT_STORAGE);
    told("candidate a ");
    not_told("candidate b ");
    assert_int_equal(world.pages, 1);
    nothing_is_concluded();

    (void)begin(state);
    list(4);
    world.fails_after = 1;
    assert_int_equal(show(&journal, NOON), EXIT_STORAGE);
    assert_int_equal(world.asked, 1);
}

static void a_signal_ends_it_behind_a_page(void **state)
{
    (void)state;
    list(4);
    world.signal_at_page = 1;
    assert_int_equal(show(&journal, NOON), EXIT_NOT_APPLIED);
    assert_string_equal(world.err, "reflow: run: stopped before the end of the list\n");
    assert_int_equal(world.pages, 1);
    nothing_is_concluded();

    (void)begin(state);
    list(4);
    world.signal_at_page = 2; /* the last one: all is known */
    assert_int_equal(show(&journal, NOON), EXIT_DONE);
    told("this is evidence");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(
            what_the_service_does_not_say_is_unknown_and_no_reason_to_leave_a_run_out, begin),
        cmocka_unit_test_setup(without_the_time_of_the_attempt_there_is_no_distance_to_it, begin),
        cmocka_unit_test_setup(a_distance_that_no_clocks_explain_is_not_told, begin),
        cmocka_unit_test_setup(runs_that_the_journal_knows_are_counted_and_no_candidates, begin),
        cmocka_unit_test_setup(a_run_without_a_flow_has_no_evidence, begin),
        cmocka_unit_test_setup(with_another_token_the_page_is_asked_for_again, begin),
        cmocka_unit_test_setup(an_output_that_is_lost_ends_it, begin),
        cmocka_unit_test_setup(a_journal_that_fails_ends_it, begin),
        cmocka_unit_test_setup(a_signal_ends_it_behind_a_page, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
