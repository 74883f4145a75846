/* SPDX-License-Identifier: MIT */
/* The contract of connection's wait: for as long as the client says, or not at all when that has passed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_session.h"
#include "reflow.h"

static uint32_t fake_wake_ms(const struct reflow_client *client);
#define reflow_wake_ms fake_wake_ms
#include "cli/connection.c"
#undef reflow_wake_ms
#include "cli/proxy_choice.c"

static struct connection connection;
static uint32_t wakes_ms;
static int waited_ms;

static uint32_t fake_wake_ms(const struct reflow_client *client)
{
    assert_ptr_equal(client, &connection.client);
    return wakes_ms;
}

void interrupt_poll(struct pollfd *fds, size_t count, int timeout_ms)
{
    (void)fds;
    assert_int_equal(count, 0);
    waited_ms = timeout_ms;
}

/* ---- What is not asked of these ---- */

enum interrupt interrupt_asked(void)
{
    return INTERRUPT_NONE;
}

void console_error(const char *const *parts)
{
    (void)parts;
}

/* ---- The wait ---- */

static int waits(uint32_t from_now_ms)
{
    waited_ms = -1;
    reflow_posix_init(&connection.posix);
    wakes_ms = reflow_posix.now_ms(&connection.posix) + from_now_ms;
    connection_wait(&connection, REFLOW_LATER);
    return waited_ms;
}

static void a_client_is_waited_for_until_it_is_to_be_stepped(void **state)
{
    (void)state;
    assert_in_range(waits(86400000), 86400000 - 60000, 86400000);
}

static void a_client_that_is_overdue_is_not_waited_for(void **state)
{
    (void)state;
    assert_int_equal(waits(0), 0);
    assert_int_equal(waits((uint32_t)-1), 0);
    assert_int_equal(waits((uint32_t)-86400000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_waited_for_until_it_is_to_be_stepped),
        cmocka_unit_test(a_client_that_is_overdue_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
