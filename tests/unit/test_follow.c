/* SPDX-License-Identifier: MIT */
/* The contract of follow: each run is looked at, politely, until it has ended, or the time is up; the
 * clock, the service and the console are this file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static int fake_clock(clockid_t clock, struct timespec *now);
#define clock_gettime fake_clock
#include "cli/console.c"
#include "cli/patience.c"
#include "cli/report.c"
#include "outcome.h"

#include "cli/follow.c"
#undef clock_gettime

/* What a look meets: an error, or a run with this status word. A look may take its time. */
struct met {
    enum reflow_error error;
    const char *status;
    uint32_t hold_ms;
    int64_t takes_ms;
};

#define MOST_LOOKS 2100

static struct {
    int64_t now_ms;
    int64_t signal_ms; /* when one comes; 0: never */
    bool output_lost;
    bool overdue;      /* the client was to be stepped a moment ago */
    unsigned renewals; /* tokens that are to be had */

    /* What is met in turn; the last one for ever. */
    struct met met[16];
    size_t scripted;

    /* Looks so far, and the one under way. */
    size_t looks;
    const char *id[MOST_LOOKS];
    int64_t at_ms[MOST_LOOKS];
    struct reflow_run *run;
    int64_t ends_ms;
    struct reflow_result result;
    enum reflow_error abandoned;

    /* What was told. */
    char reported[4096]; /* "id=status " and "id!error " */
    struct reflow_run last;
    size_t troubles;
} world;

static struct options chosen;
static struct connection connection;

static int fake_clock(clockid_t clock, struct timespec *now)
{
    assert_int_equal(clock, CLOCK_MONOTONIC);
    now->tv_sec = (time_t)(world.now_ms / 1000);
    now->tv_nsec = (long)(world.now_ms % 1000) * 1000000;
    return 0;
}

enum interrupt interrupt_asked(void)
{
    return world.signal_ms != 0 && world.now_ms >= world.signal_ms ? INTERRUPT_SOON
                                                                   : INTERRUPT_NONE;
}

/* Time passes; a signal ends the wait. */
void interrupt_poll(struct pollfd *fds, size_t used, int timeout_ms)
{
    int64_t until_ms = world.now_ms + timeout_ms;

    (void)fds;
    assert_int_equal(used, 0);
    assert_true(timeout_ms >= 0);
    world.overdue = world.overdue && timeout_ms > 0;
    if (world.run != NULL && world.ends_ms > world.now_ms) {
        until_ms = earlier(until_ms, world.ends_ms);
    }
    if (world.signal_ms > world.now_ms) {
        until_ms = earlier(until_ms, world.signal_ms);
    }
    world.now_ms = until_ms;
}

/* ---- The client ---- */

static const struct met *met_now(void)
{
    return &world.met[world.looks <= world.scripted ? world.looks - 1 : world.scripted - 1];
}

enum reflow_error reflow_start_run(struct reflow_client *client, const char *run_id,
                                   struct reflow_run *run)
{
    (void)client;
    assert_true(world.looks < MOST_LOOKS);
    world.id[world.looks] = run_id;
    world.at_ms[world.looks] = world.now_ms;
    world.looks++;
    world.run = run;
    world.ends_ms = world.now_ms + met_now()->takes_ms;
    memset(&world.result, 0, sizeof world.result);
    return REFLOW_OK;
}

enum reflow_event reflow_step(struct reflow_client *client)
{
    const struct met *met = met_now();

    (void)client;
    if (world.run == NULL) {
        return REFLOW_FAILED; /* abandoned */
    }
    if (world.now_ms < world.ends_ms) {
        return REFLOW_LATER;
    }
    world.result.error = met->error;
    world.result.outcome = reflow_outcome(met->error, false, false);
    world.result.hold_ms = met->hold_ms;
    memset(world.run, 0, sizeof *world.run);
    world.run->id = world.id[world.looks - 1];
    world.run->status = met->status;
    world.run->flow_id = "the-flow";
    world.run->created_ms = 1000;
    world.run->started_ms = 2000;
    world.run->completed_ms = REFLOW_TIME_UNKNOWN;
    world.run->state = reflow_run_state_of(met->status);
    world.run = NULL;
    return met->error == REFLOW_OK ? REFLOW_DONE : REFLOW_FAILED;
}

void reflow_abandon(struct reflow_client *client, enum reflow_error why)
{
    (void)client;
    world.run = NULL;
    world.abandoned = why;
    world.result.error = why;
}

uint32_t reflow_wake_ms(const struct reflow_client *client)
{
    (void)client;
    return reflow_posix.now_ms(NULL) + (world.overdue ? UINT32_MAX : 60000);
}

bool connection_again(struct connection *ours)
{
    const bool again = world.result.error == REFLOW_ERR_UNAUTHORIZED && world.renewals > 0;

    (void)ours;
    world.renewals -= again ? 1 : 0;
    return again;
}

const struct reflow_result *connection_result(const struct connection *ours)
{
    (void)ours;
    return &world.result;
}

int connection_status(const struct connection *ours)
{
    (void)ours;
    return world.result.error == REFLOW_OK
               ? EXIT_DONE
               : reflow_exit_status(world.result.outcome, world.result.error);
}

/* ---- What is told ---- */

static void note(const char *id, const char *sign, const char *word)
{
    const size_t length = strlen(world.reported);

    (void)snprintf(world.reported + length, sizeof world.reported - length, "%s%s%s ", id, sign,
                   word != NULL ? word : "?");
}

void run_report(const struct options *given, const struct reflow_run *run)
{
    assert_ptr_equal(given, &chosen);
    note(run->id, "=", run->status);
    world.last = *run;
}

void run_report_trouble(const struct options *given, const char *run_id,
                        const struct reflow_result *result)
{
    assert_ptr_equal(given, &chosen);
    note(run_id, "!", reflow_error_name(result->error));
}

bool run_report_lost(void)
{
    return world.output_lost;
}

void trouble_tell(const char *what, const struct reflow_result *result, const char *advice)
{
    (void)what;
    assert_true(result->error != REFLOW_OK);
    assert_non_null(advice);
    world.troubles++;
}

/* ---- A new world for each test ---- */

static void script(const struct met *met, size_t length)
{
    memcpy(world.met, met, length * sizeof *met);
    world.scripted = length;
}

#define SCRIPT(...)                                                                                \
    script((const struct met[]){__VA_ARGS__},                                                      \
           sizeof((const struct met[]){__VA_ARGS__}) / sizeof(struct met))
#define SAYS(word)                                                                                 \
    {                                                                                              \
        REFLOW_OK, word, 0, 0                                                                      \
    }
#define FAILS(id)                                                                                  \
    {                                                                                              \
        REFLOW_ERR_##id, NULL, 0, 0                                                                \
    }

/* Standard error tells how many have not ended, which is no business of the tests' output. */
static int begin(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    memset(&chosen, 0, sizeof chosen);
    world.now_ms = 1000000;
    chosen.poll_s = 5;
    chosen.wait_timeout_s = 3600;
    follow_begin(&chosen);
    return 0;
}

static void looked_between(size_t number, int64_t from_ms, int64_t to_ms)
{
    assert_true(number < world.looks);
    assert_true(world.at_ms[number] - 1000000 >= from_ms);
    assert_true(world.at_ms[number] - 1000000 <= to_ms);
}

static void paused_between(size_t number, int64_t least_ms, int64_t most_ms)
{
    assert_true(number < world.looks);
    assert_true(world.at_ms[number] - world.at_ms[number - 1] >= least_ms);
    assert_true(world.at_ms[number] - world.at_ms[number - 1] <= most_ms);
}

/* ---- When runs are looked at ---- */

static void a_run_is_looked_at_at_once_and_told_when_it_has_ended(void **state)
{
    (void)state;
    SCRIPT(SAYS("success"));
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.looks, 1);
    looked_between(0, 0, 0);
    assert_string_equal(world.reported, "a=success ");
}

static void a_run_just_started_is_left_alone_for_the_first_pause(void **state)
{
    (void)state;
    SCRIPT(SAYS("failed"));
    assert_true(follow_add("a", false));
    assert_int_equal(follow_all(&connection), EXIT_REFUSED);
    assert_int_equal(world.looks, 1);
    looked_between(0, 4500, 5500);
}

static void pauses_grow_by_half_up_to_a_minute(void **state)
{
    int64_t pause_ms = 5000;
    size_t i;

    (void)state;
    SCRIPT(SAYS("inProgress"));
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    for (i = 1; i < world.looks; i++) {
        paused_between(i, 4500, 66000);
        pause_ms = world.at_ms[i] - world.at_ms[i - 1];
    }
    paused_between(2, 6000, 9100);
    assert_true(pause_ms >= 54000);
    assert_true(world.looks > 3600 / 66 && world.looks < 3600 / 54 + 10);
}

static void between_looks_at_several_runs_lies_half_a_second(void **state)
{
    static char ids[100][8];
    size_t i;

    (void)state;
    SCRIPT(SAYS("success"));
    for (i = 0; i < 100; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "run%u", (unsigned)i);
        assert_true(follow_add(ids[i], true));
    }
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.looks, 100);
    for (i = 1; i < 100; i++) {
        paused_between(i, 500, 500);
        assert_string_equal(world.id[i], ids[i]); /* in the order in which they came */
    }
}

static void each_of_several_runs_gets_its_turn(void **state)
{
    size_t looks[2] = {0, 0};
    size_t i;

    (void)state;
    chosen.wait_timeout_s = 600;
    SCRIPT(SAYS("inProgress"));
    assert_true(follow_add("a", true));
    assert_true(follow_add("b", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    for (i = 0; i < world.looks; i++) {
        looks[world.id[i][0] - 'a']++;
        assert_true(i == 0 || world.at_ms[i] - world.at_ms[i - 1] >= 500);
    }
    assert_true(looks[0] >= looks[1] - 1 && looks[0] <= looks[1] + 1);
}

static void a_long_look_is_not_followed_by_another_pause(void **state)
{
    (void)state;
    SCRIPT({REFLOW_OK, "success", 0, 3000});
    assert_true(follow_add("a", true));
    assert_true(follow_add("b", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    paused_between(1, 3000, 3000);
}

/* ---- How the waiting ends ---- */

static void what_has_not_ended_when_the_time_is_up_is_told_as_it_was_seen(void **state)
{
    (void)state;
    chosen.wait_timeout_s = 100;
    SCRIPT(SAYS("inProgress"), SAYS("success"), SAYS("IN_PROGRESS"));
    assert_true(follow_add("a", true));
    assert_true(follow_add("b", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_string_equal(world.reported, "b=success a=IN_PROGRESS ");
    assert_int_equal(world.now_ms, 1000000 + 100000);
    assert_true(world.at_ms[world.looks - 1] < world.now_ms);
}

/* What comes only at the end of a run is not told before. */
static void each_that_has_not_ended_is_told_with_what_is_known_of_it(void **state)
{
    (void)state;
    chosen.wait_timeout_s = 1;
    SCRIPT(SAYS("queued"), SAYS("inProgress"));
    assert_true(follow_add("a", true));
    assert_true(follow_add("b", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_string_equal(world.reported, "a=queued b=inProgress ");
    assert_string_equal(world.last.flow_id, "the-flow");
    assert_int_equal(world.last.created_ms, 1000);
    assert_int_equal(world.last.started_ms, 2000);
    assert_true(world.last.completed_ms == REFLOW_TIME_UNKNOWN);
    assert_int_equal(world.last.input_records, -1);
    assert_int_equal(world.last.output_records, -1);
    assert_int_equal(world.last.failed_records, -1);
}

static void the_timeout_counts_where_no_time_for_waiting_is_given(void **state)
{
    static const struct {
        uint32_t wait_s;
        bool given;
        uint32_t timeout_s;
        int64_t expected_s;
    } cases[] = {{0, false, 60, 3600}, {0, true, 7, 7}, {9, true, 7, 9}, {3600, true, 7, 3600}};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)begin(state);
        chosen.wait_timeout_s = cases[i].wait_s;
        chosen.timeout_given = cases[i].given;
        chosen.timeout_s = cases[i].timeout_s;
        SCRIPT(SAYS("queued"));
        assert_true(follow_add("a", true));
        assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
        assert_int_equal(world.now_ms - 1000000, cases[i].expected_s * 1000);
    }
}

static void the_time_begins_with_the_first_call_and_holds_for_all(void **state)
{
    (void)state;
    chosen.wait_timeout_s = 10;
    SCRIPT(SAYS("success"), SAYS("inProgress"));
    world.now_ms += 50000; /* whatever was done before */
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    world.now_ms += 8000;
    assert_true(follow_add("b", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_int_equal(world.now_ms, 1060000);
    assert_true(follow_over());
    assert_true(follow_add("c", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_int_equal(world.looks, 2); /* c was not asked about */
    assert_string_equal(world.reported, "a=success b=inProgress c=? ");
}

static void a_look_that_takes_too_long_is_abandoned_at_the_deadline(void **state)
{
    (void)state;
    chosen.wait_timeout_s = 20;
    SCRIPT({REFLOW_OK, "success", 0, 60000});
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_int_equal(world.now_ms, 1020000);
    assert_int_equal(world.abandoned, REFLOW_ERR_TIMEOUT);
    assert_string_equal(world.reported, "a=? ");
    assert_int_equal(world.troubles, 0);
}

static void a_client_that_is_overdue_is_not_waited_for(void **state)
{
    (void)state;
    SCRIPT({REFLOW_OK, "success", 0, 3000});
    world.overdue = true;
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_false(world.overdue);
    assert_int_equal(world.now_ms, 1003000);
}

static void a_signal_ends_a_pause_and_a_look(void **state)
{
    (void)state;
    SCRIPT(SAYS("inProgress"));
    world.signal_ms = 1002000;
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_int_equal(world.now_ms, 1002000);
    assert_string_equal(world.reported, "a=inProgress ");

    (void)begin(state);
    SCRIPT({REFLOW_OK, "success", 0, 5000});
    world.signal_ms = 1002000;
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_int_equal(world.now_ms, 1002000);
    assert_int_equal(world.abandoned, REFLOW_ERR_CONNECTION_LOST);
}

static void nothing_more_is_looked_at_when_nobody_reads(void **state)
{
    (void)state;
    SCRIPT(SAYS("success"));
    world.output_lost = true;
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_STORAGE);
    assert_int_equal(world.looks, 0);
}

static void a_person_who_wants_quiet_is_told_only_what_did_not_succeed(void **state)
{
    (void)state;
    chosen.quiet = true;
    SCRIPT(SAYS("success"), SAYS("partialSuccess"), SAYS("failed"));
    assert_true(follow_add("a", true));
    assert_true(follow_add("b", true));
    assert_true(follow_add("c", true));
    assert_int_equal(follow_all(&connection), EXIT_REFUSED);
    assert_string_equal(world.reported, "b=partialSuccess c=failed ");

    (void)begin(state);
    chosen.quiet = true;
    chosen.json = true;
    SCRIPT(SAYS("success"));
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_string_equal(world.reported, "a=success ");
}

/* ---- Trouble ---- */

static const enum reflow_error passing[] = {REFLOW_ERR_RATE_LIMITED,
                                            REFLOW_ERR_UNAVAILABLE,
                                            REFLOW_ERR_SERVER_ERROR,
                                            REFLOW_ERR_HTTP_MALFORMED,
                                            REFLOW_ERR_HTTP_TRUNCATED,
                                            REFLOW_ERR_JSON_MALFORMED,
                                            REFLOW_ERR_DNS,
                                            REFLOW_ERR_CONNECT,
                                            REFLOW_ERR_PROXY,
                                            REFLOW_ERR_TIMEOUT,
                                            REFLOW_ERR_CONNECTION_LOST,
                                            REFLOW_ERR_TLS_HANDSHAKE,
                                            REFLOW_ERR_OUT_OF_MEMORY,
                                            REFLOW_ERR_JSON_UNEXPECTED};

static bool is_passing(enum reflow_error error)
{
    size_t i;

    for (i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (passing[i] == error) {
            return true;
        }
    }
    return false;
}

static void trouble_passes_and_a_refusal_ends_that_run(void **state)
{
    char expected[64];
    int error;

    for (error = REFLOW_OK + 1; error < REFLOW_ERROR_COUNT; error++) {
        const enum reflow_error this = (enum reflow_error)error;
        (void)begin(state);
        SCRIPT({this, NULL, 0, 0}, SAYS("success"));
        assert_true(follow_add("a", true));
        if (is_passing(this)) {
            assert_int_equal(follow_all(&connection), EXIT_DONE);
            assert_int_equal(world.looks, 2);
            paused_between(1, 4500, 5500);
            assert_int_equal(world.troubles, 1);
        } else {
            assert_int_equal(follow_all(&connection),
                             reflow_exit_status(reflow_outcome(this, false, false), this));
            assert_int_equal(world.looks, 1);
            (void)snprintf(expected, sizeof expected, "a!%s ", reflow_error_name(this));
            assert_string_equal(world.reported, expected);
        }
    }
}

static void not_being_found_ends_nothing_for_a_minute_after_the_start(void **state)
{
    (void)state;
    SCRIPT(FAILS(NOT_FOUND), FAILS(NOT_FOUND), SAYS("success"));
    assert_true(follow_add("a", false));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.looks, 3);
    assert_int_equal(world.troubles, 0);

    (void)begin(state);
    SCRIPT(FAILS(NOT_FOUND));
    assert_true(follow_add("a", false));
    assert_int_equal(follow_all(&connection), EXIT_REFUSED);
    assert_string_equal(world.reported, "a!not_found ");
    looked_between(world.looks - 1, 60000, 60000 + 40000);
    assert_true(world.at_ms[world.looks - 2] - 1000000 < 60000);
}

static void all_are_left_alone_for_as_long_as_the_service_asks(void **state)
{
    (void)state;
    SCRIPT({REFLOW_ERR_RATE_LIMITED, NULL, 90000, 0}, SAYS("success"));
    assert_true(follow_add("a", true));
    assert_true(follow_add("b", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.looks, 3);
    paused_between(1, 90000, 90000);
    paused_between(2, 500, 500);
}

static void what_concerns_all_is_asked_once(void **state)
{
    static const enum reflow_error concerning[] = {
        REFLOW_ERR_UNAUTHORIZED, REFLOW_ERR_TLS_UNTRUSTED, REFLOW_ERR_TLS_HOSTNAME,
        REFLOW_ERR_TLS_EXPIRED,  REFLOW_ERR_TLS_PIN,       REFLOW_ERR_CLOCK_UNSET};
    size_t i;

    for (i = 0; i < sizeof concerning / sizeof concerning[0]; i++) {
        (void)begin(state);
        SCRIPT(SAYS("success"), {concerning[i], NULL, 0, 0});
        assert_true(follow_add("a", true));
        assert_true(follow_add("b", true));
        assert_true(follow_add("c", true));
        assert_true(follow_all(&connection) >= EXIT_UNAUTHORIZED);
        assert_int_equal(world.looks, 2);
        assert_non_null(strstr(world.reported, "b!"));
        assert_non_null(strstr(world.reported, " c!"));
    }
    (void)begin(state);
    SCRIPT(FAILS(FORBIDDEN), SAYS("success"));
    assert_true(follow_add("a", true));
    assert_true(follow_add("b", true));
    assert_int_equal(follow_all(&connection), EXIT_UNAUTHORIZED);
    assert_string_equal(world.reported, "a!forbidden b=success ");
}

static void with_another_token_it_is_looked_at_again_at_once(void **state)
{
    (void)state;
    SCRIPT(FAILS(UNAUTHORIZED), SAYS("success"));
    world.renewals = 1;
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.looks, 2);
    looked_between(1, 0, 0);
    assert_string_equal(world.reported, "a=success ");
}

static void trouble_of_a_kind_is_told_once_until_all_is_well_again(void **state)
{
    (void)state;
    SCRIPT(FAILS(DNS), FAILS(DNS), FAILS(CONNECT), FAILS(CONNECT), SAYS("inProgress"),
           FAILS(CONNECT), SAYS("success"));
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.troubles, 3);
}

/* ---- The table ---- */

static void as_many_are_followed_as_there_is_room_for_and_then_others(void **state)
{
    char id[129];
    size_t i;

    (void)state;
    memset(id, 'x', sizeof id);
    id[128] = '\0';
    SCRIPT(SAYS("success"));
    for (i = 0; i < MOST_FOLLOWED; i++) {
        assert_true(follow_add(id, true));
    }
    assert_false(follow_add(id, true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.looks, MOST_FOLLOWED);
    assert_true(follow_add("another", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.looks, MOST_FOLLOWED + 1);
}

static void what_is_too_long_to_be_kept_or_not_there_is_not_told(void **state)
{
    (void)state;
    chosen.wait_timeout_s = 1;
    SCRIPT(SAYS("a word of thirty-two characters!"));
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_string_equal(world.reported, "a=? ");

    (void)begin(state);
    chosen.wait_timeout_s = 1;
    SCRIPT(SAYS(NULL));
    assert_true(follow_add("a", true));
    assert_int_equal(follow_all(&connection), EXIT_NOT_APPLIED);
    assert_string_equal(world.reported, "a=? ");
}

static void a_new_beginning_forgets_what_was_to_be_followed(void **state)
{
    assert_true(follow_add("a", true));
    (void)begin(state);
    SCRIPT(SAYS("success"));
    assert_true(follow_add("b", true));
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_string_equal(world.reported, "b=success ");
}

static void with_nothing_to_follow_nothing_is_done(void **state)
{
    (void)state;
    assert_int_equal(follow_all(&connection), EXIT_DONE);
    assert_int_equal(world.looks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_run_is_looked_at_at_once_and_told_when_it_has_ended, begin),
        cmocka_unit_test_setup(a_run_just_started_is_left_alone_for_the_first_pause, begin),
        cmocka_unit_test_setup(pauses_grow_by_half_up_to_a_minute, begin),
        cmocka_unit_test_setup(between_looks_at_several_runs_lies_half_a_second, begin),
        cmocka_unit_test_setup(each_of_several_runs_gets_its_turn, begin),
        cmocka_unit_test_setup(a_long_look_is_not_followed_by_another_pause, begin),
        cmocka_unit_test_setup(what_has_not_ended_when_the_time_is_up_is_told_as_it_was_seen,
                               begin),
        cmocka_unit_test_setup(each_that_has_not_ended_is_told_with_what_is_known_of_it, begin),
        cmocka_unit_test_setup(the_timeout_counts_where_no_time_for_waiting_is_given, begin),
        cmocka_unit_test_setup(the_time_begins_with_the_first_call_and_holds_for_all, begin),
        cmocka_unit_test_setup(a_look_that_takes_too_long_is_abandoned_at_the_deadline, begin),
        cmocka_unit_test_setup(a_client_that_is_overdue_is_not_waited_for, begin),
        cmocka_unit_test_setup(a_signal_ends_a_pause_and_a_look, begin),
        cmocka_unit_test_setup(nothing_more_is_looked_at_when_nobody_reads, begin),
        cmocka_unit_test_setup(a_person_who_wants_quiet_is_told_only_what_did_not_succeed, begin),
        cmocka_unit_test_setup(trouble_passes_and_a_refusal_ends_that_run, begin),
        cmocka_unit_test_setup(not_being_found_ends_nothing_for_a_minute_after_the_start, begin),
        cmocka_unit_test_setup(all_are_left_alone_for_as_long_as_the_service_asks, begin),
        cmocka_unit_test_setup(what_concerns_all_is_asked_once, begin),
        cmocka_unit_test_setup(with_another_token_it_is_looked_at_again_at_once, begin),
        cmocka_unit_test_setup(trouble_of_a_kind_is_told_once_until_all_is_well_again, begin),
        cmocka_unit_test_setup(as_many_are_followed_as_there_is_room_for_and_then_others, begin),
        cmocka_unit_test_setup(what_is_too_long_to_be_kept_or_not_there_is_not_told, begin),
        cmocka_unit_test_setup(a_new_beginning_forgets_what_was_to_be_followed, begin),
        cmocka_unit_test_setup(with_nothing_to_follow_nothing_is_done, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
