/* SPDX-License-Identifier: MIT */
/* The contract of interrupt: which signal asks for what, and that none is slept through. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Nothing here waits for a second. */
static unsigned alarms;

static unsigned noted_alarm(unsigned seconds)
{
    assert_int_equal(seconds, 1);
    alarms++;
    return 0;
}

#define alarm noted_alarm
#include "cli/interrupt.c"
#undef alarm

static int set_up(void **state)
{
    (void)state;
    asked = INTERRUPT_NONE;
    alarms = 0;
    return interrupt_begin() ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return close(wake[0]) != 0 || close(wake[1]) != 0;
}

/* Whether a wait ends at once. */
static bool wakes(void)
{
    struct pollfd fds[1];

    interrupt_poll(fds, 0, 0);
    return fds[0].revents != 0;
}

static void raised(int number, enum interrupt expected)
{
    assert_int_equal(raise(number), 0);
    assert_int_equal(interrupt_asked(), expected);
    assert_true(wakes());
    assert_false(wakes()); /* once */
}

static void the_first_interrupt_asks_for_an_end_soon_and_the_second_for_one_now(void **state)
{
    (void)state;
    assert_false(wakes());
    raised(SIGINT, INTERRUPT_SOON);
    raised(SIGINT, INTERRUPT_NOW);
    raised(SIGINT, INTERRUPT_NOW);
}

static void who_ends_the_process_wants_it_now(void **state)
{
    (void)state;
    raised(SIGTERM, INTERRUPT_NOW);
    asked = INTERRUPT_NONE;
    raised(SIGHUP, INTERRUPT_NOW);
    raised(SIGINT, INTERRUPT_NOW);
}

/* The repetition of a signal that may have come a moment too early asks for nothing new. */
static void an_alarm_wakes_and_asks_for_nothing(void **state)
{
    (void)state;
    raised(SIGALRM, INTERRUPT_NONE);
    raised(SIGINT, INTERRUPT_SOON);
    raised(SIGALRM, INTERRUPT_SOON);
    assert_int_equal(alarms, 3);
}

static void more_signals_than_the_pipe_holds_are_no_harm(void **state)
{
    static const char filler[4096];

    (void)state;
    while (write(wake[1], filler, sizeof filler) > 0) {
    }
    errno = EDOM;
    raised(SIGTERM, INTERRUPT_NOW);
    while (write(wake[1], filler, sizeof filler) > 0) {
    }
    errno = EDOM;
    assert_int_equal(raise(SIGALRM), 0);
    assert_int_equal(errno, EDOM); /* whoever was interrupted does not see it */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_interrupt_asks_for_an_end_soon_and_the_second_for_one_now),
        TEST(who_ends_the_process_wants_it_now),
        TEST(an_alarm_wakes_and_asks_for_nothing),
        TEST(more_signals_than_the_pipe_holds_are_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
