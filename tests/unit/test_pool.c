/* SPDX-License-Identifier: MIT */
/* The contract of pool: many runs at once, one throttle for all, nothing begun behind an end that was
 * asked for; the clock, the clients and whoever hands out runs are this file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/pool.h"

/* The clock and the descriptors of the port. */
static const struct reflow_port fake_port;
static size_t fake_pollfds(const struct reflow_posix *posix, int event, struct pollfd *polled,
                           int *timeout_ms);
#define reflow_posix fake_port
#define reflow_posix_pollfds fake_pollfds
#include "cli/job.c"
#include "cli/throttle.c"

#include "cli/pool.c"
#undef reflow_posix
#undef reflow_posix_pollfds

/* What a run meets: so long until it can be sent, so long until the answer, and the answer, which is
 * good when it is asked for once more. */
struct story {
    const char *run;
    uint32_t opens_ms;
    uint32_t takes_ms;
    enum reflow_error error;
    uint32_t hold_ms;
};

/* One client, and what it is doing. */
struct client {
    const struct story *story;
    uint32_t due_ms;
    enum { IDLE, OPENING, READY, ASKED } state;
    unsigned asked; /* times, of this run */
    struct reflow_result result;
};

static struct {
    uint32_t now_ms;
    uint32_t tick_ms; /* so much passes with each look at the clock */
    int64_t signal_ms;
    enum interrupt signal;
    bool signalled;

    const struct story *stories;
    size_t count;
    size_t given;
    const char *enough;     /* after this run no more may be taken; NULL: never */
    const char *unrecorded; /* the intent of this run cannot be recorded */

    unsigned overtaken; /* runs that were ready when another was begun, although all is slow */

    size_t opened;
    size_t open_at_most;
    bool renewable;
    unsigned renewals;
    struct client clients[MOST_JOBS];
    char log
        [1000]; /* "a@TIME " sent, "a=error " ended, "a~error " but not for good, "a< " put back */
} world;

static void note(const char *run, char sign, const char *words)
{
    const size_t length = strlen(world.log);

    (void)snprintf(world.log + length, sizeof world.log - length, "%s%c%s ", run, sign, words);
}

/* ---- Time and signals ---- */

static uint32_t fake_now(void *context)
{
    (void)context;
    world.now_ms += world.tick_ms;
    return world.now_ms;
}

static const struct reflow_port fake_port = {.now_ms = fake_now};

enum interrupt interrupt_asked(void)
{
    world.signalled = world.signalled || (world.signal_ms >= 0 && world.now_ms >= world.signal_ms);
    return world.signalled ? world.signal : INTERRUPT_NONE;
}

/* Time passes until a signal comes or the wait is over. */
void interrupt_poll(struct pollfd *polled, size_t count, int timeout_ms)
{
    int64_t until = (int64_t)world.now_ms + timeout_ms;

    (void)polled;
    assert_int_equal(count, 0);
    if (!world.signalled && world.signal_ms > world.now_ms &&
        (timeout_ms < 0 || world.signal_ms < until)) {
        until = world.signal_ms;
    }
    assert_true(until >= world.now_ms); /* or it would wait for ever */
    world.now_ms = (uint32_t)until;
}

static size_t fake_pollfds(const struct reflow_posix *posix, int event, struct pollfd *polled,
                           int *timeout_ms)
{
    (void)posix;
    (void)event;
    (void)polled;
    (void)timeout_ms;
    return 0;
}

/* ---- Clients ---- */

static struct client *client_of(const struct reflow_client *client)
{
    size_t i = 0;

    while (client != &jobs[i].connection.client) {
        i++;
        assert_true(i < MOST_JOBS);
    }
    return &world.clients[i];
}

int connection_open(struct connection *connection, const struct options *options)
{
    (void)connection;
    (void)options;
    if (world.opened == world.open_at_most) {
        return EXIT_USAGE;
    }
    world.opened++;
    return EXIT_DONE;
}

void connection_close(struct connection *connection)
{
    (void)connection;
    world.opened--;
}

const struct reflow_result *connection_result(const struct connection *connection)
{
    return &client_of(&connection->client)->result;
}

bool connection_renewable(const struct connection *connection)
{
    return world.renewable && !connection->renewed;
}

bool connection_again(struct connection *connection)
{
    if (world.renewals == 0) {
        return false;
    }
    world.renewals--;
    connection->renewed = true;
    return true;
}

const char *session_token(void)
{
    return "token";
}

enum reflow_error reflow_set_token(struct reflow_client *client, const char *token)
{
    (void)client;
    assert_string_equal(token, "token");
    return REFLOW_OK;
}

static bool is_slow(void)
{
    return throttle.holding || throttle.interval_ms > 0;
}

enum reflow_error reflow_start_retrigger(struct reflow_client *client, const char *run)
{
    struct client *mine = client_of(client);
    size_t i = 0;

    while (strcmp(world.stories[i].run, run) != 0) {
        i++;
    }
    memset(&mine->result, 0, sizeof mine->result);
    mine->asked = mine->story == &world.stories[i] ? mine->asked : 0;
    mine->story = &world.stories[i];
    if (mine->story->error == REFLOW_ERR_INVALID_ARGUMENT) {
        mine->result.error = REFLOW_ERR_INVALID_ARGUMENT;
        return mine->result.error;
    }
    for (i = 0; i < world.opened; i++) {
        world.overtaken += world.clients[i].state == READY && is_slow() ? 1 : 0;
    }
    mine->state = OPENING;
    mine->due_ms = world.now_ms + mine->story->opens_ms;
    return REFLOW_OK;
}

/* Tells how the run has ended. */
static enum reflow_event over(struct client *mine, enum reflow_error error)
{
    mine->state = IDLE;
    mine->result.error = error;
    mine->result.attempts = 1;
    mine->result.hold_ms = error == REFLOW_ERR_RATE_LIMITED ? mine->story->hold_ms : 0;
    return error == REFLOW_OK ? REFLOW_DONE : REFLOW_FAILED;
}

void reflow_abandon(struct reflow_client *client, enum reflow_error why)
{
    struct client *mine = client_of(client);

    if (mine->state != IDLE) {
        (void)over(mine, why);
        mine->result.hold_ms = 0;
    }
}

enum reflow_event reflow_step(struct reflow_client *client)
{
    struct client *mine = client_of(client);
    char time[12];

    if (mine->state == IDLE) {
        return mine->result.error == REFLOW_OK ? REFLOW_DONE : REFLOW_FAILED;
    }
    if (mine->state == READY) {
        (void)snprintf(time, sizeof time, "%u", (unsigned)world.now_ms);
        note(mine->story->run, '@', time);
        mine->state = ASKED;
        mine->asked++;
        mine->due_ms = world.now_ms + mine->story->takes_ms;
    }
    if (world.now_ms < mine->due_ms) {
        return REFLOW_READABLE;
    }
    if (mine->state == OPENING) {
        mine->state = READY;
        mine->due_ms = world.now_ms + 60000;
        return REFLOW_COMMIT;
    }
    return over(mine, mine->asked > 1 ? REFLOW_OK : mine->story->error);
}

uint32_t reflow_wake_ms(const struct reflow_client *client)
{
    return client_of(client)->due_ms;
}

/* ---- Who hands out runs, and is told ---- */

static enum pool_next next(void *context, struct job *job, bool may_wait)
{
    (void)context;
    (void)may_wait;
    if (world.given == world.count) {
        return POOL_END;
    }
    strcpy(job->run, world.stories[world.given].run);
    world.given++;
    return POOL_RUN;
}

static void put_back(void *context, const struct job *job)
{
    (void)context;
    note(job->run, '<', "");
}

static bool commit_to(void *context, struct job *job)
{
    (void)context;
    return world.unrecorded == NULL || strcmp(job->run, world.unrecorded) != 0;
}

static bool ended(void *context, struct job *job, bool final)
{
    (void)context;
    note(job->run, final ? '=' : '~',
         reflow_error_name(connection_result(&job->connection)->error));
    return world.enough == NULL || strcmp(job->run, world.enough) != 0;
}

static const struct pool_work all_work = {
    .next = next, .put_back = put_back, .commit = commit_to, .ended = ended};

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    world.now_ms = 1000;
    world.signal_ms = -1;
    world.signal = INTERRUPT_NOW;
    world.open_at_most = MOST_JOBS;
    return 0;
}

/* With so many connections; returns whether all runs were taken. */
static bool run(uint32_t connections, const struct story *stories, size_t count)
{
    struct options options = {.jobs = connections, .timeout_s = 60};
    bool all;

    world.stories = stories;
    world.count = count;
    assert_int_equal(pool_open(&options), EXIT_DONE);
    all = pool_run(&all_work);
    assert_true(all_idle());
    pool_close();
    assert_int_equal(world.opened, 0);
    return all;
}

#define RUN(connections, ...)                                                                      \
    run(connections, (const struct story[]){__VA_ARGS__},                                          \
        sizeof((const struct story[]){__VA_ARGS__}) / sizeof(struct story))

#define OK(run, opens_ms, takes_ms)                                                                \
    {                                                                                              \
        run, opens_ms, takes_ms, REFLOW_OK, 0                                                      \
    }
#define REJECTED(run, opens_ms, takes_ms)                                                          \
    {                                                                                              \
        run, opens_ms, takes_ms, REFLOW_ERR_UNAUTHORIZED, 0                                        \
    }
#define LIMITED(run, opens_ms, takes_ms, hold_ms)                                                  \
    {                                                                                              \
        run, opens_ms, takes_ms, REFLOW_ERR_RATE_LIMITED, hold_ms                                  \
    }

/* ---- What is begun ---- */

static void so_many_runs_are_on_their_way_as_there_are_connections(void **state)
{
    (void)state;
    assert_true(RUN(2, OK("a", 10, 100), OK("b", 10, 50), OK("c", 10, 10)));
    assert_string_equal(world.log, "a@1010 b@1010 b= c@1070 c= a= ");
}

static void connections_that_cannot_all_be_opened_are_closed_again(void **state)
{
    struct options options = {.jobs = 3, .timeout_s = 60};

    (void)state;
    world.open_at_most = 1;
    assert_int_equal(pool_open(&options), EXIT_USAGE);
    assert_int_equal(world.opened, 0);
}

static void when_enough_is_said_nothing_more_is_begun(void **state)
{
    static const char *const logs[] = {"a=invalid_argument ", "a@1010 a=not_found "};
    static const enum reflow_error errors[] = {REFLOW_ERR_INVALID_ARGUMENT, REFLOW_ERR_NOT_FOUND};
    size_t i;

    for (i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        (void)set_up(state);
        world.enough = "a";
        assert_false(RUN(1, {"a", 10, 10, errors[i], 0}, OK("b", 10, 10)));
        assert_string_equal(world.log, logs[i]);
    }
}

static void a_run_whose_intent_is_not_recorded_is_not_sent(void **state)
{
    (void)state;
    world.unrecorded = "a";
    assert_true(RUN(1, OK("a", 10, 10), OK("b", 10, 10)));
    assert_string_equal(world.log, "a=storage b@1020 b= ");
}

static void who_wants_an_end_now_is_told_of_what_was_on_its_way_and_of_nothing_else(void **state)
{
    (void)state;
    world.signal_ms = 1500;
    assert_true(RUN(4, OK("a", 10, 1000), OK("b", 1000, 10)));
    assert_string_equal(world.log, "a@1010 a=connection_lost b=connection_lost ");
    assert_int_equal(world.now_ms, 1500);
}

/* ---- A throttle ---- */

/* After a 429 for one of them, whatever is found waits for the end of the hold. */
static void what_was_found_during_a_hold_is_put_back_when_an_end_is_asked_for(void **state)
{
    (void)state;
    world.signal_ms = 1500;
    assert_false(RUN(2, LIMITED("a", 10, 10, 5000), OK("b", 10, 1000), OK("c", 10, 10)));
    assert_string_equal(world.log, "a@1010 b@1010 a=rate_limited b=connection_lost c< ");
    assert_int_equal(world.now_ms, 1500);
}

static void what_was_found_during_a_hold_is_put_back_when_enough_is_said(void **state)
{
    (void)state;
    world.enough = "b";
    assert_false(RUN(2, LIMITED("a", 10, 10, 5000), OK("b", 10, 1000), OK("c", 10, 10)));
    assert_string_equal(world.log, "a@1010 b@1010 a=rate_limited b= c< ");
    assert_int_equal(world.now_ms, 2010);
}

/* Even where the clock goes on between two looks at it, and whenever the others end. */
static void none_is_begun_in_front_of_one_that_is_ready_to_be_sent(void **state)
{
    uint32_t takes_ms;
    unsigned long last;
    const char *at;

    for (takes_ms = 10; takes_ms < 210; takes_ms++) {
        (void)set_up(state);
        world.tick_ms = 1;
        assert_true(RUN(3, LIMITED("a", 10, 10, 200), OK("b", 70, takes_ms), OK("c", 90, takes_ms),
                        OK("d", 20, takes_ms), OK("e", 20, takes_ms)));
        last = 0;
        for (at = strchr(world.log + 7, '@'); at != NULL; at = strchr(at + 1, '@')) {
            const unsigned long sent = strtoul(at + 1, NULL, 10);

            assert_true(last == 0 || sent >= last + 60);
            last = sent;
        }
        assert_int_equal(world.overtaken, 0);
    }
}

/* ---- A token that is rejected ---- */

static void a_rejected_token_is_renewed_when_nothing_else_is_on_its_way(void **state)
{
    (void)state;
    world.renewable = true;
    world.renewals = 2;
    assert_true(RUN(2, REJECTED("a", 10, 10), OK("b", 10, 1000)));
    assert_string_equal(world.log, "a@1010 b@1010 a~unauthorized b= a@2020 a= ");
}

static void a_token_that_cannot_be_renewed_ends_the_run(void **state)
{
    (void)state;
    world.renewable = true;
    assert_true(RUN(1, REJECTED("a", 10, 10), OK("b", 10, 10)));
    assert_string_equal(world.log, "a@1010 a~unauthorized a=unauthorized b@1030 b= ");
}

static void while_a_token_is_renewed_nothing_is_begun(void **state)
{
    (void)state;
    world.renewable = true;
    world.renewals = 1;
    assert_true(RUN(4, LIMITED("a", 10, 10, 100), REJECTED("b", 10, 50), OK("c", 10, 1000),
                    OK("d", 10, 500), OK("e", 10, 10)));
    assert_string_equal(world.log, "a@1010 b@1010 c@1010 d@1010 a=rate_limited b~unauthorized d= "
                                   "c= e@2020 e= b@2108 b= ");
}

static void who_wants_an_end_now_waits_for_no_new_token(void **state)
{
    (void)state;
    world.renewable = true;
    world.renewals = 1;
    world.signal_ms = 1500;
    assert_false(RUN(2, REJECTED("a", 10, 10), OK("b", 10, 1000), OK("c", 10, 10)));
    assert_string_equal(world.log, "a@1010 b@1010 a~unauthorized b=connection_lost "
                                   "a=unauthorized ");
    assert_int_equal(world.renewals, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(so_many_runs_are_on_their_way_as_there_are_connections),
        TEST(connections_that_cannot_all_be_opened_are_closed_again),
        TEST(when_enough_is_said_nothing_more_is_begun),
        TEST(a_run_whose_intent_is_not_recorded_is_not_sent),
        TEST(who_wants_an_end_now_is_told_of_what_was_on_its_way_and_of_nothing_else),
        TEST(what_was_found_during_a_hold_is_put_back_when_an_end_is_asked_for),
        TEST(what_was_found_during_a_hold_is_put_back_when_enough_is_said),
        TEST(none_is_begun_in_front_of_one_that_is_ready_to_be_sent),
        TEST(a_rejected_token_is_renewed_when_nothing_else_is_on_its_way),
        TEST(a_token_that_cannot_be_renewed_ends_the_run),
        TEST(while_a_token_is_renewed_nothing_is_begun),
        TEST(who_wants_an_end_now_waits_for_no_new_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
