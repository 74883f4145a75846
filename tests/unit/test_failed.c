/* SPDX-License-Identifier: MIT */
/* The contract of failed: each failed run of the list is given out once, what was told before a page broke off
 * too, and a signal ends it between two runs and between two pages. The service and the signals are this
 * file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/asking.c"
#include "cli/failed.c"
#include "cli/patience.c"
#include "cli/shard.c"
#include "outcome.h"

/* One answer: so many of the page's runs, and then this error. The last one of a page comes without. */
struct answer {
    size_t runs;
    enum reflow_error error;
};

static struct {
    struct answer answers[8];
    size_t asked; /* so many answers were given */
    size_t pages; /* so many there are */
    size_t ended; /* so many were read to their end */
    size_t told;  /* runs, of all pages */
    const char *flow;
    unsigned renewals; /* tokens that are to be had */
    size_t signal_at;  /* this answer; 0: never */
    bool signal_in_pause;
    int64_t waited_ms;
    unsigned troubles;
    const char *advice;
    struct reflow_result result;
} world;

static struct options chosen;
static struct job job;

static bool signal_came;

enum interrupt interrupt_asked(void)
{
    return signal_came || (world.signal_at != 0 && world.asked >= world.signal_at) ? INTERRUPT_SOON
                                                                                   : INTERRUPT_NONE;
}

void interrupt_poll(struct pollfd *fds, size_t count, int timeout_ms)
{
    (void)fds;
    assert_int_equal(count, 0);
    world.waited_ms += timeout_ms;
    signal_came = world.signal_in_pause;
}

void trouble_tell(const char *what, const struct reflow_result *result, const char *advice)
{
    assert_string_equal(what, "the list of failed runs");
    assert_true(result->error != REFLOW_OK);
    world.troubles++;
    world.advice = advice;
}

int report_worse(int one, int other)
{
    return one == EXIT_DONE ? other : one;
}

/* ---- The client ---- */

/* Runs are named by their number. */
static void tell(struct reflow_runs *runs)
{
    char id[16];
    struct reflow_run run;

    memset(&run, 0, sizeof run);
    (void)snprintf(id, sizeof id, "%u", (unsigned)world.told);
    world.told++;
    run.id = id;
    run.flow_id = world.flow;
    runs->told++;
    runs->on_run(runs->context, &run);
}

enum reflow_error reflow_start_runs(struct reflow_client *client, struct reflow_runs *runs)
{
    const struct answer *answer = &world.answers[world.asked];
    size_t i;

    assert_ptr_equal(client, &job.connection.client);
    assert_string_equal(runs->status, "failed");
    world.asked++;
    for (i = 0; i < answer->runs; i++) {
        tell(runs);
    }
    world.ended += answer->error == REFLOW_OK ? 1 : 0;
    runs->ended = world.ended == world.pages;
    memset(&world.result, 0, sizeof world.result);
    world.result.error = answer->error;
    world.result.outcome = reflow_outcome(answer->error, false, false);
    return REFLOW_OK;
}

bool reflow_runs_more(const struct reflow_runs *runs)
{
    return !runs->ended;
}

void connection_finish(struct connection *connection)
{
    assert_ptr_equal(connection, &job.connection);
}

bool connection_again(struct connection *connection)
{
    const bool again = world.result.error == REFLOW_ERR_UNAUTHORIZED && world.renewals > 0;

    (void)connection;
    world.renewals -= again ? 1 : 0;
    return again;
}

const struct reflow_result *connection_result(const struct connection *connection)
{
    (void)connection;
    return &world.result;
}

int connection_status(const struct connection *connection)
{
    (void)connection;
    return reflow_exit_status(world.result.outcome, world.result.error);
}

/* ---- A new world for each test ---- */

static int begin(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    memset(&chosen, 0, sizeof chosen);
    memset(&job, 0, sizeof job);
    signal_came = false;
    world.pages = 1;
    world.flow = "the-flow";
    chosen.attempts = 3;
    chosen.shard.count = 1;
    failed_begin(&chosen);
    return 0;
}

/* So many are given out, in their order, and then this. */
static void gives(size_t first, size_t count, enum pool_next then)
{
    char id[16];
    size_t i;

    for (i = first; i < first + count; i++) {
        assert_int_equal(failed_next(&job, true), POOL_RUN);
        (void)snprintf(id, sizeof id, "%u", (unsigned)i);
        assert_string_equal(job.run, id);
    }
    assert_int_equal(failed_next(&job, true), then);
}

/* ---- What is given out ---- */

static void a_run_comes_with_its_flow_where_that_can_be_kept(void **state)
{
    static const struct {
        const char *told;
        const char *kept;
    } cases[] = {{"the-flow", "the-flow"}, {NULL, ""}, {"", ""}, {"a flow", ""}, {"\x1b[2J", ""}};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)begin(state);
        world.answers[0].runs = 1;
        world.flow = cases[i].told;
        (void)strcpy(job.flow, "of the run before");
        assert_int_equal(failed_next(&job, true), POOL_RUN);
        assert_string_equal(job.flow, cases[i].kept);
    }
}

static void with_another_token_the_page_is_asked_for_again(void **state)
{
    (void)state;
    world.answers[0].error = REFLOW_ERR_UNAUTHORIZED;
    world.answers[1].runs = 2;
    world.renewals = 1;
    gives(0, 2, POOL_END);
    assert_int_equal(world.asked, 2);
    assert_int_equal(world.waited_ms, 0);
    assert_int_equal(failed_status(), EXIT_DONE);
}

/* ---- Answers that break off ---- */

static void a_page_that_breaks_off_is_asked_for_again_after_a_pause(void **state)
{
    (void)state;
    world.answers[0].runs = 2;
    world.answers[0].error = REFLOW_ERR_HTTP_TRUNCATED;
    world.answers[1].error = REFLOW_ERR_HTTP_TRUNCATED;
    world.answers[2].runs = 1;
    gives(0, 3, POOL_END);
    assert_int_equal(world.asked, 3);
    assert_in_range(world.waited_ms, 500, 750);
    assert_int_equal(world.troubles, 0);
    assert_int_equal(failed_status(), EXIT_DONE);
}

static void a_page_that_always_breaks_off_ends_the_list_and_what_it_told_is_used(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        world.answers[i].runs = i;
        world.answers[i].error = REFLOW_ERR_HTTP_TRUNCATED;
    }
    gives(0, 3, POOL_END);
    assert_int_equal(world.asked, 3);
    assert_int_equal(world.troubles, 1);
    assert_non_null(world.advice);
    assert_int_equal(failed_status(), EXIT_NOT_APPLIED);
}

/* ---- Signals ---- */

static void a_page_that_breaks_off_is_not_asked_for_again_after_a_signal(void **state)
{
    (void)state;
    world.answers[0].error = REFLOW_ERR_HTTP_TRUNCATED;
    world.signal_at = 1;
    gives(0, 0, POOL_END);
    assert_int_equal(world.asked, 1);
    assert_int_equal(world.waited_ms, 0);
    assert_int_equal(failed_status(), EXIT_NOT_APPLIED);

    (void)begin(state);
    world.answers[0].error = REFLOW_ERR_HTTP_TRUNCATED;
    world.signal_in_pause = true;
    gives(0, 0, POOL_END);
    assert_int_equal(world.asked, 1);
    assert_int_equal(failed_status(), EXIT_NOT_APPLIED);
}

static void a_signal_ends_it_between_two_runs_and_between_two_pages(void **state)
{
    (void)state;
    world.answers[0].runs = 2;
    world.signal_at = 1; /* while the page is read: no run of it is begun */
    gives(0, 0, POOL_WAIT);

    (void)begin(state);
    world.pages = 2;
    world.answers[0].runs = 2;
    world.answers[1].runs = 2;
    assert_int_equal(failed_next(&job, true), POOL_RUN);
    assert_int_equal(failed_next(&job, true), POOL_RUN);
    signal_came = true;
    assert_int_equal(failed_next(&job, true), POOL_WAIT);
    assert_int_equal(world.asked, 1);
}

static void who_may_not_wait_reads_no_page(void **state)
{
    (void)state;
    world.answers[0].runs = 1;
    assert_int_equal(failed_next(&job, false), POOL_WAIT);
    assert_int_equal(world.asked, 0);
    gives(0, 1, POOL_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_run_comes_with_its_flow_where_that_can_be_kept, begin),
        cmocka_unit_test_setup(with_another_token_the_page_is_asked_for_again, begin),
        cmocka_unit_test_setup(a_page_that_breaks_off_is_asked_for_again_after_a_pause, begin),
        cmocka_unit_test_setup(a_page_that_always_breaks_off_ends_the_list_and_what_it_told_is_used,
                               begin),
        cmocka_unit_test_setup(a_page_that_breaks_off_is_not_asked_for_again_after_a_signal, begin),
        cmocka_unit_test_setup(a_signal_ends_it_between_two_runs_and_between_two_pages, begin),
        cmocka_unit_test_setup(who_may_not_wait_reads_no_page, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
