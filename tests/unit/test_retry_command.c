/* SPDX-License-Identifier: MIT */
/* The contract of retry_command with --wait: each new run is followed, and when as many are as can be
 * kept in mind, their ends are waited for before more is begun. Whoever does the work is this file's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/ids.c"
#include "cli/shard.c"

#include "cli/retry_command.c"

static struct options options;
static char names[2 * MOST_FOLLOWED][8];
static char *operands[2 * MOST_FOLLOWED];

static struct {
    size_t jobs;     /* that are on their way at once */
    const char *new; /* the new run of each */
    bool unwritable; /* standard output, from the first report on */
    size_t ends_at;  /* the number of the run that is put back because an end is asked for, or 0 */
    size_t found;
    struct reflow_result result;
    size_t following;
    size_t followed;
    size_t portions;
    size_t waits; /* for those on their way to end */
    char said[200];
    enum interrupt asked;
} world;

/* ---- The pool, which re-triggers whatever it is given ---- */

static struct job fake_jobs[MOST_JOBS];

int pool_open(const struct options *given)
{
    (void)given;
    return EXIT_DONE;
}

void pool_close(void)
{
}

struct connection *pool_connection(void)
{
    return &fake_jobs[0].connection;
}

bool pool_has(const char *run)
{
    (void)run;
    fail();
    return false;
}

/* What was found when an end is asked for goes back. */
static bool is_put_back(const struct pool_work *pool, const struct job *job, enum pool_next found)
{
    if (found == POOL_RUN) {
        world.found++;
    }
    if (found != POOL_RUN || world.found != world.ends_at) {
        return false;
    }
    pool->put_back(pool->context, job);
    return true;
}

/* They end one after the other, and when there is nothing more for now, all of them. */
bool pool_run(const struct pool_work *pool)
{
    size_t on_their_way = 0;
    enum pool_next found = POOL_RUN;
    bool more = true;

    while (more && (found != POOL_END || on_their_way > 0)) {
        if (found != POOL_END && on_their_way < world.jobs) {
            found = pool->next(pool->context, &fake_jobs[on_their_way], on_their_way == 0);
            assert_true(found != POOL_WAIT || on_their_way > 0); /* or it would wait for ever */
            if (is_put_back(pool, &fake_jobs[on_their_way], found)) {
                return false;
            }
            world.waits += found == POOL_WAIT ? 1 : 0;
            on_their_way += found == POOL_RUN ? 1 : 0;
        }
        while (more && on_their_way > (found == POOL_RUN ? world.jobs - 1 : 0)) {
            on_their_way--;
            more = pool->ended(pool->context, &fake_jobs[on_their_way], true);
        }
    }
    return found == POOL_END;
}

/* ---- The others ---- */

const struct reflow_result *connection_result(const struct connection *connection)
{
    (void)connection;
    return &world.result;
}

void follow_begin(const struct options *given)
{
    (void)given;
}

bool follow_add(const char *run_id, bool look_now)
{
    assert_string_equal(run_id, world.new);
    assert_false(look_now);
    if (world.following == MOST_FOLLOWED) {
        return false;
    }
    world.following++;
    return true;
}

int follow_all(struct connection *connection)
{
    assert_ptr_equal(connection, &fake_jobs[0].connection);
    world.portions++;
    world.followed += world.following;
    world.following = 0;
    return EXIT_DONE;
}

bool report_run(const struct options *given, const char *run_id, const struct reflow_result *result)
{
    (void)given;
    (void)run_id;
    (void)result;
    return !world.unwritable;
}

int report_worse(int one, int other)
{
    return one > other ? one : other;
}

bool left_report(const struct options *given, const char *run, enum verdict verdict,
                 const struct history *history)
{
    (void)given;
    (void)run;
    (void)verdict;
    (void)history;
    fail();
    return false;
}

bool left_preview(const struct options *given, const char *run, enum verdict verdict,
                  const struct history *history)
{
    return left_report(given, run, verdict, history);
}

int left_status(enum verdict verdict, bool named)
{
    (void)verdict;
    (void)named;
    fail();
    return EXIT_DONE;
}

int record_open(const struct options *given)
{
    (void)given;
    return EXIT_DONE;
}

void record_close(void)
{
}

bool record_is_kept(void)
{
    return false;
}

bool record_is_sound(void)
{
    return true;
}

enum verdict record_verdict(const struct options *given, const char *run, struct history *history)
{
    (void)given;
    (void)run;
    (void)history;
    return TAKE;
}

bool record_intent(struct job *job)
{
    (void)job;
    return true;
}

bool record_outcome(struct job *job)
{
    (void)job;
    return true;
}

void failed_begin(const struct options *given)
{
    (void)given;
}

enum pool_next failed_next(struct job *job, bool may_wait)
{
    (void)job;
    (void)may_wait;
    fail();
    return POOL_END;
}

int failed_status(void)
{
    fail();
    return EXIT_DONE;
}

uint32_t failed_count(void)
{
    fail();
    return 0;
}

void progress_begin(const struct options *given)
{
    (void)given;
}

void progress_show(const struct progress *progress)
{
    (void)progress;
}

void progress_hide(void)
{
}

int session_begin(const struct options *given)
{
    (void)given;
    return EXIT_DONE;
}

void session_end(void)
{
}

enum interrupt interrupt_asked(void)
{
    return world.asked;
}

void console_error(const char *const *parts)
{
    for (; *parts != NULL; parts++) {
        const size_t length = strlen(world.said);

        (void)snprintf(world.said + length, sizeof world.said - length, "%s", *parts);
    }
}

void line_begin(struct line *line)
{
    (void)line;
    fail();
}

void line_own(struct line *line, const char *words)
{
    (void)line;
    (void)words;
    fail();
}

void line_number(struct line *line, uint32_t number)
{
    (void)line;
    (void)number;
    fail();
}

bool line_write(struct line *line, int descriptor)
{
    (void)line;
    (void)descriptor;
    fail();
    return false;
}

/* ---- The contract ---- */

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    memset(&options, 0, sizeof options);
    options.wait = true;
    options.operands = operands;
    world.jobs = 1;
    world.new = "new";
    world.result.outcome = REFLOW_RETRIGGERED;
    world.result.id = world.new;
    return 0;
}

static int retry_runs(size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof names[i], "%u", (unsigned)i);
        operands[i] = names[i];
    }
    options.operand_count = count;
    return command_retry(&options);
}

static void new_runs_are_followed_when_all_is_re_triggered(void **state)
{
    (void)state;
    assert_int_equal(retry_runs(20), EXIT_DONE);
    assert_int_equal(world.followed, 20);
    assert_int_equal(world.portions, 1);
}

/* None is forgotten, however many are on their way when there is room for no more. */
static void new_runs_beyond_what_can_be_kept_in_mind_wait_for_the_others_to_end(void **state)
{
    static const size_t jobs[] = {1, 7, MOST_JOBS};
    size_t i;

    for (i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        (void)set_up(state);
        world.jobs = jobs[i];
        assert_int_equal(retry_runs(2 * MOST_FOLLOWED), EXIT_DONE);
        assert_int_equal(world.followed, 2 * MOST_FOLLOWED);
        assert_true(world.portions >= 2);
        assert_int_equal(world.waits > 0, jobs[i] > 1);
        assert_string_equal(world.said, "");
    }
}

/* Where the reports are lost, those of the ends would be as well. */
static void nothing_is_followed_when_nobody_reads(void **state)
{
    (void)state;
    world.unwritable = true;
    assert_int_equal(retry_runs(3), EXIT_STORAGE);
    assert_int_equal(world.portions, 0);
    assert_int_equal(world.following, 1);
}

static void a_new_run_that_cannot_be_asked_for_is_said(void **state)
{
    (void)state;
    world.new = "a/b";
    world.result.id = world.new;
    assert_int_equal(retry_runs(1), EXIT_NOT_APPLIED);
    assert_int_equal(world.followed, 0);
    assert_string_equal(world.said, "run a/b has an ID that cannot be asked for");
}

/* It is not the one behind it that is named, which has not been read from the list yet. */
static void the_run_that_is_put_back_when_an_end_is_asked_for_is_named(void **state)
{
    (void)state;
    world.ends_at = 3;
    assert_int_equal(retry_runs(20), EXIT_NOT_APPLIED);
    assert_int_equal(world.followed, 2);
    assert_string_equal(world.said, "stopped before run 2");
}

/* A read that a signal ended is no fault of the input's: what more would have come, nobody knows. */
static void input_that_breaks_off_is_said_unless_an_end_is_asked_for(void **state)
{
    (void)state;
    retry.status = EXIT_DONE;
    world.asked = INTERRUPT_SOON;
    explain_input();
    assert_int_equal(retry.status, EXIT_NOT_APPLIED);
    assert_string_equal(world.said, "");
    world.asked = INTERRUPT_NONE;
    explain_input();
    assert_int_equal(retry.status, EXIT_STORAGE);
    assert_string_equal(world.said, "standard input cannot be read to its end");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(new_runs_are_followed_when_all_is_re_triggered),
        TEST(new_runs_beyond_what_can_be_kept_in_mind_wait_for_the_others_to_end),
        TEST(nothing_is_followed_when_nobody_reads),
        TEST(a_new_run_that_cannot_be_asked_for_is_said),
        TEST(the_run_that_is_put_back_when_an_end_is_asked_for_is_named),
        TEST(input_that_breaks_off_is_said_unless_an_end_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
