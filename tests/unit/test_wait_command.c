/* SPDX-License-Identifier: MIT */
/* The contract of wait_command: more runs than can be followed at once are followed in portions, none of
 * them forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/wait_command.c"

#define ROOM 3

static struct {
    const char *followed[ROOM];
    size_t count;
    size_t portions;
    int status; /* of each portion */
    bool over;  /* after the first of them */
    char said[100];
} world;

static const struct options chosen;
static const char *const given[] = {"a", "b", "c", "d", "e", "f", "g"};
static size_t taken;

void follow_begin(const struct options *options)
{
    assert_ptr_equal(options, &chosen);
    memset(&world, 0, sizeof world);
}

bool follow_add(const char *run_id, bool look_now)
{
    assert_true(look_now);
    if (world.count == ROOM) {
        return false;
    }
    world.followed[world.count] = run_id;
    world.count++;
    return true;
}

int follow_all(struct connection *connection)
{
    assert_null(connection);
    world.portions++;
    world.count = 0;
    return world.status;
}

bool follow_over(void)
{
    return world.over && world.portions > 0;
}

void console_error(const char *const *parts)
{
    for (; *parts != NULL; parts++) {
        strcat(world.said, *parts);
    }
}

/* Gives the IDs away until somebody says that it is over. */
int named_runs_do(const struct named_runs *work, const struct options *options)
{
    int worst = EXIT_DONE;

    for (taken = 0; taken < sizeof given / sizeof given[0] && !work->over(); taken++) {
        worst += work->take(options, NULL, given[taken]);
    }
    return worst + work->finish(NULL);
}

static void runs_beyond_what_can_be_followed_wait_for_the_next_portion(void **state)
{
    (void)state;
    assert_int_equal(command_wait(&chosen), EXIT_DONE);
    assert_int_equal(world.portions, 3);
    assert_string_equal(world.followed[0], "g");
    assert_string_equal(world.said, "");
}

/* The second portion is never begun. */
static void what_ends_the_first_portion_names_the_run_before_which_it_stopped(void **state)
{
    (void)state;
    follow_begin(&chosen);
    world.over = true;
    world.status = EXIT_NOT_APPLIED;
    for (taken = 0; taken < ROOM; taken++) {
        assert_int_equal(add(&chosen, NULL, given[taken]), EXIT_DONE);
    }
    assert_int_equal(add(&chosen, NULL, given[taken]), EXIT_NOT_APPLIED);
    assert_int_equal(world.count, 0);
    assert_string_equal(world.said, "stopped before run d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_beyond_what_can_be_followed_wait_for_the_next_portion),
        cmocka_unit_test(what_ends_the_first_portion_names_the_run_before_which_it_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
