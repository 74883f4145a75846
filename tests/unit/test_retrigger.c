/* SPDX-License-Identifier: MIT */
/* The contract of the blocking call: it waits through the port, asks before it commits, and says
 * the same as the steps would. */
#include "fake_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct {
    size_t calls;
    bool allows;
    uint32_t takes_ms;
    const char *run_id;
    size_t sends; /* that had been made by then */
    size_t heard;
} asked;

static bool on_commit(void *context, const char *run_id)
{
    assert_ptr_equal(context, &asked);
    asked.calls++;
    asked.run_id = run_id;
    asked.sends = world.port.sends;
    asked.heard = world.service.heard;
    world.port.now += asked.takes_ms;
    return asked.allows;
}

static void begin(const struct reflow_port *port, struct fake_answer answer)
{
    memset(&asked, 0, sizeof asked);
    asked.allows = true;
    world_begin();
    fake_service_answers(&world.service, answer);
    world.config.port = port;
    world.config.on_commit = on_commit;
    world.config.callback_context = &asked;
    world.config.on_trace = NULL;
    world_open();
}

static void a_run_is_re_triggered_and_asked_about_once(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin(&fake_port, carries_out());
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    result = reflow_result(&world.client);
    assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
    assert_string_equal(result->id, THE_NEW_RUN);
    assert_int_equal(asked.calls, 1);
    assert_string_equal(asked.run_id, THE_RUN);
    assert_int_equal(asked.sends, 1); /* the hello */
    assert_int_equal(asked.heard, 0);
    world_close();
}

static void without_anybody_to_ask_it_goes_on(void **state)
{
    (void)state;
    begin(&fake_port, carries_out());
    world.client.config.on_commit = NULL;
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    world_close();
}

static void what_is_not_allowed_is_not_sent(void **state)
{
    (void)state;
    begin(&fake_port, carries_out());
    asked.allows = false;
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_NOT_APPLIED);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_STORAGE);
    assert_int_equal(asked.calls, 1);
    assert_int_equal(world.service.heard, 0);
    assert_false(world.port.open);
    asked.allows = true;
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    world_close();
}

static void several_attempts_are_asked_about_once(void **state)
{
    (void)state;
    begin(&fake_port, says(http("429 Slow", "")));
    world.client.config.attempts = 3;
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_NOT_APPLIED);
    assert_int_equal(reflow_result(&world.client)->attempts, 3);
    assert_int_equal(asked.calls, 1);
    world_close();
}

static void it_waits_through_the_port_until_the_deadline(void **state)
{
    (void)state;
    begin(&fake_port, says(NULL));
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_UNKNOWN);
    assert_result(reflow_result(&world.client), REFLOW_UNKNOWN, REFLOW_ERR_TIMEOUT);
    assert_int_equal(reflow_result(&world.client)->elapsed_ms, REFLOW_DEFAULT_TIMEOUT_MS);
    assert_int_equal(world.port.waits, 1);
    world_close();
}

/* A pause that would end behind the deadline is not begun: what has passed already counts. */
static void time_that_has_passed_is_taken_off_what_a_pause_may_take(void **state)
{
    (void)state;
    begin(&fake_port, says(http("429 Slow\r\nRetry-After: 40", "")));
    world.client.config.attempts = 3;
    world.client.config.timeout_ms = 60000;
    asked.takes_ms = 30000;
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_NOT_APPLIED);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_RATE_LIMITED);
    assert_int_equal(reflow_result(&world.client)->attempts, 1);
    assert_int_equal(reflow_result(&world.client)->elapsed_ms, 30000);
    world_close();
}

static void a_pause_is_waited_through_the_port(void **state)
{
    (void)state;
    begin(&fake_port, says(http("429 Slow\r\nRetry-After: 9", "")));
    world.client.config.attempts = 3;
    world.port.pending = 2;
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_NOT_APPLIED);
    assert_int_equal(reflow_result(&world.client)->elapsed_ms, 18000);
    assert_in_range(world.port.waits, 4, 8); /* 2 pauses, 3 answers, an opening */
    world_close();
}

/* Between a step and the waiting after it time may pass: what is over is not waited for, least of all
 * for the 49 days until the clock wraps. */
static void a_time_that_has_passed_is_not_waited_for(void **state)
{
    size_t at;

    (void)state;
    for (at = 0; at < 40; at++) {
        begin(&fake_port, says(NULL));
        world.port.jump_at = at;
        world.port.jump_by = 10 * REFLOW_DEFAULT_TIMEOUT_MS;
        (void)reflow_retrigger(&world.client, THE_RUN);
        assert_int_equal(reflow_result(&world.client)->error, REFLOW_ERR_TIMEOUT);
        assert_true(reflow_result(&world.client)->elapsed_ms <= 11 * REFLOW_DEFAULT_TIMEOUT_MS);
        world_close();
    }
}

/* Far beyond any socket's patience, and across the wrap of the clock. */
static void without_wait_it_spins(void **state)
{
    (void)state;
    begin(&fake_port_without_wait, carries_out());
    world.port.now = UINT32_MAX - 5;
    world.port.block_every_other = true;
    world.port.pending = 40;
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    world_close();
    begin(&fake_port_without_wait, says(NULL));
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_UNKNOWN);
    assert_int_equal(world.port.waits, 0);
    assert_in_range(reflow_result(&world.client)->elapsed_ms, REFLOW_DEFAULT_TIMEOUT_MS,
                    REFLOW_DEFAULT_TIMEOUT_MS + 10);
    world_close();
}

static void an_invalid_run_id_opens_nothing(void **state)
{
    static char longest[130];
    const char *const invalid[] = {"",     ".",        "..",  "a b",   "a/b", "a%2fb",
                                   "a\nb", "\xc3\xa4", "a?b", longest, NULL};
    size_t i;

    (void)state;
    memset(longest, 'a', 129);
    for (i = 0; i < COUNT_OF(invalid); i++) {
        begin(&fake_port, carries_out());
        assert_false(reflow_run_id_valid(invalid[i]));
        assert_int_equal(reflow_retrigger(&world.client, invalid[i]), REFLOW_NOT_APPLIED);
        assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED,
                      REFLOW_ERR_INVALID_ARGUMENT);
        assert_int_equal(world.port.open_calls, 0);
        assert_int_equal(asked.calls, 0);
        world_close();
    }
    longest[128] = '\0';
    begin(&fake_port, carries_out());
    assert_int_equal(reflow_retrigger(&world.client, longest), REFLOW_RETRIGGERED);
    assert_int_equal(reflow_retrigger(&world.client, "..."), REFLOW_RETRIGGERED);
    world_close();
}

static void two_clients_do_not_disturb_each_other(void **state)
{
    static struct reflow_client other;
    struct reflow_config config;

    (void)state;
    begin(&fake_port, carries_out());
    config = world.config;
    config.token = "another";
    assert_int_equal(reflow_init(&other, sizeof other, &config), REFLOW_OK);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_result(reflow_result(&other), REFLOW_NOT_APPLIED, REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_start_retrigger(&other, "x"), REFLOW_OK);
    reflow_close(&other); /* in the middle, and before anything was opened */
    assert_true(world.port.open);
    assert_string_equal(reflow_result(&world.client)->id, THE_NEW_RUN);
    world_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_run_is_re_triggered_and_asked_about_once, world_clean_up),
        cmocka_unit_test_teardown(without_anybody_to_ask_it_goes_on, world_clean_up),
        cmocka_unit_test_teardown(what_is_not_allowed_is_not_sent, world_clean_up),
        cmocka_unit_test_teardown(several_attempts_are_asked_about_once, world_clean_up),
        cmocka_unit_test_teardown(it_waits_through_the_port_until_the_deadline, world_clean_up),
        cmocka_unit_test_teardown(time_that_has_passed_is_taken_off_what_a_pause_may_take,
                                  world_clean_up),
        cmocka_unit_test_teardown(a_pause_is_waited_through_the_port, world_clean_up),
        cmocka_unit_test_teardown(a_time_that_has_passed_is_not_waited_for, world_clean_up),
        cmocka_unit_test_teardown(without_wait_it_spins, world_clean_up),
        cmocka_unit_test_teardown(an_invalid_run_id_opens_nothing, world_clean_up),
        cmocka_unit_test_teardown(two_clients_do_not_disturb_each_other, world_clean_up),
    };

    return cmocka_run_group_tests_name("retrigger", tests, NULL, NULL);
}
