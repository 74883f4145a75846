/* SPDX-License-Identifier: MIT */
/* The contract of progress: one line of a terminal, written over, never in the way of anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- A terminal and a clock ---- */

static struct {
    char written[4096];
    size_t length;
    size_t writes;
    bool is_terminal;
    bool is_gone;
    int64_t now_ms;
} world;

static int watched_isatty(int file)
{
    assert_int_equal(file, STDERR_FILENO);
    return world.is_terminal ? 1 : 0;
}

static ssize_t watched_write(int file, const void *bytes, size_t length)
{
    assert_int_equal(file, STDERR_FILENO);
    world.writes++;
    if (world.is_gone) {
        return -1;
    }
    assert_true(world.length + length < sizeof world.written);
    memcpy(world.written + world.length, bytes, length);
    world.length += length;
    world.written[world.length] = '\0';
    return (ssize_t)length;
}

static int watched_clock(clockid_t clock, struct timespec *time)
{
    assert_int_equal(clock, CLOCK_MONOTONIC);
    time->tv_sec = (time_t)(world.now_ms / 1000);
    time->tv_nsec = (long)(world.now_ms % 1000 * 1000000);
    return 0;
}

#define isatty watched_isatty
#define write watched_write
#define clock_gettime watched_clock
#include "cli/progress.c"
#undef isatty
#undef write
#undef clock_gettime

#define ERASE "\r\033[K"

static struct options options;
static struct progress progress;

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    memset(&options, 0, sizeof options);
    memset(&progress, 0, sizeof progress);
    world.is_terminal = true;
    world.now_ms = 86400000; /* the machine was not started just now */
    progress_begin(&options);
    return 0;
}

static void after(int64_t ms)
{
    world.now_ms += ms;
}

/* What was written since it was last asked for. */
static void written_is(const char *expected)
{
    assert_string_equal(world.written, expected);
    world.length = 0;
    world.written[0] = '\0';
}

static void counts(uint32_t retriggered, uint32_t refused, uint32_t not_applied, uint32_t unknown)
{
    progress.outcomes[REFLOW_RETRIGGERED] = retriggered;
    progress.outcomes[REFLOW_REFUSED] = refused;
    progress.outcomes[REFLOW_NOT_APPLIED] = not_applied;
    progress.outcomes[REFLOW_UNKNOWN] = unknown;
}

/* ---- What it says ---- */

static void it_tells_every_outcome_and_the_rate(void **state)
{
    (void)state;
    counts(20, 3, 2, 1);
    after(2000);
    progress_show(&progress);
    written_is(ERASE "20 done, 3 refused, 2 not applied, 1 unknown, 13.0 a second");
}

static void the_time_left_follows_from_what_was_done(void **state)
{
    static const struct {
        uint64_t done;
        uint64_t whole;
        int64_t elapsed_ms;
        const char *left;
    } table[] = {
        {1, 4, 20000, ", 1:00 left"},
        {1, 2, 9000, ", 0:09 left"},
        {999, 1000, 1000, ", 0:00 left"},
        {1, 61, 60000, ", 60:00 left"},
        {37, 37, 5000, ""},                                     /* it is all done */
        {38, 37, 5000, ""},                                     /* a file that has grown */
        {0, 37, 5000, ""},                                      /* nothing to go by */
        {37, 0, 5000, ""},                                      /* a pipe */
        {37000000, 37000000000, 86400000, ", 1438560:00 left"}, /* a billion runs */
    };
    char expected[200];
    size_t i;

    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
        set_up(state);
        progress.done = table[i].done;
        progress.whole = table[i].whole;
        after(table[i].elapsed_ms);
        progress_show(&progress);
        (void)snprintf(expected, sizeof expected,
                       ERASE "0 done, 0 refused, 0 not applied, 0 unknown, 0.0 a second%s",
                       table[i].left);
        written_is(expected);
    }
}

static void the_largest_numbers_fit(void **state)
{
    (void)state;
    counts(1000000000, 1000000000, 1000000000, 1000000000);
    progress.done = 1;
    progress.whole = UINT32_MAX;
    after(200);
    progress_show(&progress);
    assert_non_null(strstr(world.written, "1000000000 unknown, "));
    assert_non_null(strstr(world.written, " left"));
}

/* ---- When ---- */

static void a_short_batch_shows_nothing(void **state)
{
    (void)state;
    counts(1, 0, 0, 0);
    progress_show(&progress);
    after(199);
    progress_show(&progress);
    progress_hide();
    assert_int_equal(world.writes, 0);
}

static void it_is_renewed_a_few_times_a_second_only(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 1000; i++) {
        after(1);
        progress_show(&progress);
    }
    assert_int_equal(world.writes, 5);
}

static void it_is_taken_away_once_and_comes_back_with_the_next_count(void **state)
{
    (void)state;
    after(200);
    counts(1, 0, 0, 0);
    progress_show(&progress);
    written_is(ERASE "1 done, 0 refused, 0 not applied, 0 unknown, 5.0 a second");
    progress_hide();
    written_is(ERASE);
    progress_hide();
    written_is("");
    counts(2, 0, 0, 0);
    progress_show(&progress);
    written_is(ERASE "2 done, 0 refused, 0 not applied, 0 unknown, 10.0 a second");
    progress_show(&progress); /* and then has its interval again */
    written_is("");
}

static void another_batch_begins_with_its_own_interval(void **state)
{
    (void)state;
    after(200);
    progress_show(&progress);
    progress_hide();
    progress_begin(&options);
    world.writes = 0;
    after(1);
    progress_show(&progress);
    assert_int_equal(world.writes, 0);
}

static void it_is_never_shown_where_it_is_not_wanted(void **state)
{
    static const struct {
        bool is_terminal;
        bool quiet;
        bool verbose;
    } table[] = {{false, false, false}, {true, true, false}, {true, false, true}};
    size_t i;

    for (i = 0; i < sizeof table / sizeof table[0]; i++) {
        set_up(state);
        world.is_terminal = table[i].is_terminal;
        options.quiet = table[i].quiet;
        options.verbose = table[i].verbose;
        progress_begin(&options);
        after(1000);
        progress_show(&progress);
        progress_hide();
        progress_show(&progress);
        assert_int_equal(world.writes, 0);
    }
}

static void a_terminal_that_is_gone_is_left_alone(void **state)
{
    (void)state;
    after(1000);
    world.is_gone = true;
    progress_show(&progress);
    after(1000);
    progress_show(&progress);
    assert_int_equal(world.writes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_tells_every_outcome_and_the_rate, set_up),
        cmocka_unit_test_setup(the_time_left_follows_from_what_was_done, set_up),
        cmocka_unit_test_setup(the_largest_numbers_fit, set_up),
        cmocka_unit_test_setup(a_short_batch_shows_nothing, set_up),
        cmocka_unit_test_setup(it_is_renewed_a_few_times_a_second_only, set_up),
        cmocka_unit_test_setup(it_is_taken_away_once_and_comes_back_with_the_next_count, set_up),
        cmocka_unit_test_setup(another_batch_begins_with_its_own_interval, set_up),
        cmocka_unit_test_setup(it_is_never_shown_where_it_is_not_wanted, set_up),
        cmocka_unit_test_setup(a_terminal_that_is_gone_is_left_alone, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
