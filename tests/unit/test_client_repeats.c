/* SPDX-License-Identifier: MIT */
/* What the client repeats and what it does not, when it does so, and that every deadline holds, in
 * each state and across the wrap of the clock. */
#include "fake_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define DEADLINE REFLOW_DEFAULT_TIMEOUT_MS

static void begin_with(struct fake_answer answer)
{
    world_begin();
    world.config.attempts = 4;
    fake_service_answers(&world.service, answer);
    world_open();
}

/* ---- Repeating ------------------------------------------------------------------------------- */

static void attempts_are_counted_and_said_to_be_done_once(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin_with(says(http("429 Slow", "")));
    result = world_run();
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_ERR_RATE_LIMITED);
    assert_int_equal(result->attempts, 4);
    assert_int_equal(world.service.heard, 4);
    assert_int_equal(world.commits, 1);
    assert_int_equal(world.port.connections, 1);
    assert_int_equal(result->http_status, 429);
    world_close();
}

static void the_results_of_an_attempt_do_not_outlive_it(void **state)
{
    const struct reflow_result *result;

    (void)state;
    world_begin();
    world.config.attempts = 2;
    fake_service_answers(&world.service,
                         says(http("429 Slow\r\nX-Request-Id: first", "{\"message\":\"words\"}")));
    fake_service_answers(&world.service, carries_out());
    world_open();
    result = world_run();
    assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
    assert_int_equal(result->attempts, 2);
    assert_int_equal(result->http_status, 200);
    assert_null(result->detail);
    assert_null(result->request_id);
    world_close();
}

/* The same bytes again, however long the first attempt took. */
static void a_request_is_repeated_word_for_word(void **state)
{
    char first[4096];

    (void)state;
    world_begin();
    world.config.attempts = 2;
    world.config.token = "short";
    fake_service_answers(&world.service, says(http("429 Slow", "")));
    fake_service_answers(&world.service, carries_out());
    world_open();
    world_start();
    while (world.service.heard == 0) {
        fake_port_wait(&world.port, REFLOW_READABLE, world.port.now);
        world_step();
    }
    assert_true(strlen(world.service.request) < sizeof first);
    memcpy(first, world.service.request, strlen(world.service.request) + 1);
    assert_result(world_drive(), REFLOW_RETRIGGERED, REFLOW_OK);
    assert_int_equal(world.service.heard, 2);
    assert_string_equal(world.service.request, first);
    world_close();
}

static void only_what_the_table_repeats_is_repeated(void **state)
{
    static const struct {
        const char *status;
        uint8_t attempts;
    } rows[] = {{"200 OK", 1},       {"302 Found", 1}, {"400 Bad", 1},
                {"401 Who", 1},      {"403 No", 1},    {"404 What", 1},
                {"409 Conflict", 1}, {"500 Ouch", 1},  {"502 Gateway", 1},
                {"503 Away", 1},     {"504 Slow", 1},  {"408 Slow", 4},
                {"425 Early", 4},    {"429 Many", 4},  {"503 Away\r\nRetry-After: 0", 4}};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(rows); i++) {
        begin_with(says(http(rows[i].status, "")));
        assert_int_equal(world_run()->attempts, rows[i].attempts);
        assert_int_equal(world.service.heard, rows[i].attempts);
        world_close();
    }
}

static void connections_that_fail_are_attempts(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin_with(carries_out());
    world.port.opens = REFLOW_OPEN_DNS;
    result = world_run();
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_ERR_DNS);
    assert_int_equal(result->attempts, 4);
    world.port.opens = REFLOW_OPEN_FAILED;
    assert_result(world_run(), REFLOW_NOT_APPLIED, REFLOW_ERR_CONNECT);
    assert_int_equal(world.port.open_calls, 8);
    assert_int_equal(world.commits, 0);
    fake_tls.random = UINT32_MAX;
    world_start();
    assert_int_equal(world_step(), REFLOW_LATER);
    world.port.opens = REFLOW_OPEN_READY; /* it is there again */
    result = world_drive();
    assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
    assert_int_equal(result->attempts, 2);
    world_close();
}

static void a_loss_before_the_commit_point_is_repeated(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin_with(carries_out());
    world.port.lose_sent_at = 500;
    result = world_run();
    assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
    assert_int_equal(result->attempts, 2);
    assert_int_equal(world.commits, 1);
    assert_int_equal(world.port.connections, 2);
    world_close();
}

/* ---- When ------------------------------------------------------------------------------------ */

/* Steps to the next pause; checks that stepping early changes nothing; returns its length. */
static uint32_t next_pause(void)
{
    enum reflow_event event;
    uint32_t wake;
    uint32_t begun;

    while ((event = world_step()) != REFLOW_LATER) {
        assert_true(event != REFLOW_DONE && event != REFLOW_FAILED);
        fake_port_wait(&world.port, (int)event, world.port.now);
    }
    begun = world.port.now;
    wake = reflow_wake_ms(&world.client);
    if (wake != begun) {
        world.port.now = wake - 1;
        assert_int_equal(world_step(), REFLOW_LATER);
        assert_int_equal(reflow_wake_ms(&world.client), wake);
    }
    world.port.now = wake;
    return wake - begun;
}

static void delays_grow_to_their_ceilings(void **state)
{
    (void)state;
    begin_with(says(http("429 Slow", "")));
    fake_tls.random = UINT32_MAX;
    world_start();
    assert_int_equal(next_pause(), 1000);
    assert_int_equal(next_pause(), 2000);
    assert_int_equal(next_pause(), 4000);
    assert_int_equal(world_drive()->elapsed_ms, 7000);
    fake_tls.random = UINT32_MAX / 2 + 1;
    world_start();
    assert_in_range(next_pause(), 499, 501);
    assert_in_range(next_pause(), 999, 1001);
    world_close();
}

static void retry_after_is_kept(void **state)
{
    (void)state;
    begin_with(says(http("429 Slow\r\nRetry-After: 7", "")));
    world_start();
    assert_int_equal(next_pause(), 7000);
    fake_tls.random = UINT32_MAX;
    assert_int_equal(next_pause(), 9000);
    world_close();
    begin_with(says(http("503 Away\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                         "Retry-After: Sun, 06 Nov 1994 08:49:48 GMT",
                         "")));
    world.port.wall = REFLOW_TIME_UNKNOWN;
    world_start();
    assert_int_equal(next_pause(), 11000);
    world_close();
}

static void one_answers_retry_after_is_not_the_nexts(void **state)
{
    (void)state;
    world_begin();
    world.config.attempts = 4;
    fake_service_answers(&world.service, says(http("429 Slow\r\nRetry-After: 7", "")));
    fake_service_answers(&world.service, says(http("429 Slow", "")));
    world_open();
    fake_tls.random = UINT32_MAX;
    world_start();
    assert_int_equal(next_pause(), 8000);
    assert_int_equal(next_pause(), 2000); /* the random part alone */
    world_close();
}

static void what_cannot_end_before_the_deadline_is_not_begun(void **state)
{
    static const char *const fields[] = {"61", "60", "4294967296", "Fri, 31 Dec 9999 23:59:59 GMT"};
    char status[80];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(fields); i++) {
        const struct reflow_result *result;
        (void)snprintf(status, sizeof status, "429 Slow\r\nRetry-After: %s", fields[i]);
        begin_with(says(http(status, "")));
        result = world_run();
        assert_result(result, REFLOW_NOT_APPLIED, REFLOW_ERR_RATE_LIMITED);
        assert_int_equal(result->attempts, 1);
        assert_int_equal(result->elapsed_ms, 0);
        world_close();
    }
}

/* ---- Deadlines ------------------------------------------------------------------------------- */

enum { IN_DNS, IN_HANDSHAKE, AT_COMMIT, IN_REQUEST, BEFORE_ANSWER, IN_ANSWER, TRICKLING, PLACES };

static void stall(int place)
{
    fake_service_answers(&world.service, says(place == IN_ANSWER ? "HTTP/1.1 200 OK\r\nA" : NULL));
    world.port.pending = place == IN_DNS ? UINT32_MAX : 0;
    world.port.stick_sent_at = place == IN_REQUEST ? 700 : FAKE_NEVER;
    world.port.swallow_sent_at = place == IN_HANDSHAKE ? 0 : FAKE_NEVER;
}

/* A second passes at each wait; a trickling peer sends a byte in each. */
static const struct reflow_result *drive_slowly(int place)
{
    enum reflow_event event;

    while ((event = world_step()) != REFLOW_DONE && event != REFLOW_FAILED) {
        if (event == REFLOW_COMMIT && place == AT_COMMIT) {
            world.port.now += DEADLINE;
        } else if (event != REFLOW_COMMIT) {
            const uint32_t left = reflow_wake_ms(&world.client) - world.port.now;
            world.port.now += left < 1000 ? left : 1000;
            if (place == TRICKLING && world.service.heard > 0) {
                fake_tls_say(world.service.heard++ == 1 ? "HTTP/1.1 200 OK\r\nA: " : "a");
            }
        }
    }
    return reflow_result(&world.client);
}

static void a_deadline_holds_in_every_state(void **state)
{
    static const uint32_t starts[] = {0,
                                      1000,
                                      0xffffffff,
                                      0xffffffff - DEADLINE / 2,
                                      0xffffffff - DEADLINE,
                                      0x7fffffff - DEADLINE / 2};
    int place;
    size_t i;

    (void)state;
    for (place = 0; place < PLACES; place++) {
        for (i = 0; i < COUNT_OF(starts); i++) {
            const struct reflow_result *result;
            world_begin();
            world.config.attempts = 4;
            world.port.now = starts[i];
            stall(place);
            world_open();
            world_start();
            result = drive_slowly(place);
            assert_result(result, place >= BEFORE_ANSWER ? REFLOW_UNKNOWN : REFLOW_NOT_APPLIED,
                          REFLOW_ERR_TIMEOUT);
            assert_int_equal(result->elapsed_ms, DEADLINE);
            assert_int_equal(result->attempts, 1);
            assert_int_equal(world.commits, place >= AT_COMMIT ? 1 : 0);
            assert_false(world.port.open);
            assert_no_secret();
            world_close();
        }
    }
}

/* The whole operation has one deadline; what a pause was waiting for stays what is known. */
static void a_deadline_in_a_pause_leaves_what_is_known(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin_with(says(http("429 Slow\r\nRetry-After: 50", "{\"message\":\"words\"}")));
    world_start();
    while (world_step() != REFLOW_LATER) {
        fake_port_wait(&world.port, REFLOW_READABLE, world.port.now);
    }
    world.port.now += 3 * DEADLINE; /* whoever steps comes late */
    assert_int_equal(world_step(), REFLOW_FAILED);
    result = reflow_result(&world.client);
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_ERR_RATE_LIMITED);
    assert_string_equal(result->detail, "words");
    assert_int_equal(world.service.heard, 1);
    world_close();
}

static void abandoning_in_a_pause_is_not_applied(void **state)
{
    (void)state;
    begin_with(says(http("429 Slow\r\nRetry-After: 50", "")));
    world_start();
    while (world_step() != REFLOW_LATER) {
        fake_port_wait(&world.port, REFLOW_READABLE, world.port.now);
    }
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
    assert_int_equal(reflow_result(&world.client)->outcome, REFLOW_NOT_APPLIED);
    assert_int_equal(world_step(), REFLOW_FAILED);
    world_close();
}

/* A pause that spans the wrap of the clock is as long as any other. */
static void pauses_span_the_wrap_of_the_clock(void **state)
{
    uint32_t before;

    (void)state;
    for (before = 0; before < 12000; before += 500) {
        begin_with(says(http("429 Slow\r\nRetry-After: 5", "")));
        world.port.now = UINT32_MAX - before;
        world_start();
        assert_int_equal(next_pause(), 5000);
        assert_int_equal(next_pause(), 5000);
        assert_int_equal(world_drive()->elapsed_ms, 15000);
        world_close();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(attempts_are_counted_and_said_to_be_done_once, world_clean_up),
        cmocka_unit_test_teardown(the_results_of_an_attempt_do_not_outlive_it, world_clean_up),
        cmocka_unit_test_teardown(a_request_is_repeated_word_for_word, world_clean_up),
        cmocka_unit_test_teardown(only_what_the_table_repeats_is_repeated, world_clean_up),
        cmocka_unit_test_teardown(connections_that_fail_are_attempts, world_clean_up),
        cmocka_unit_test_teardown(a_loss_before_the_commit_point_is_repeated, world_clean_up),
        cmocka_unit_test_teardown(delays_grow_to_their_ceilings, world_clean_up),
        cmocka_unit_test_teardown(retry_after_is_kept, world_clean_up),
        cmocka_unit_test_teardown(one_answers_retry_after_is_not_the_nexts, world_clean_up),
        cmocka_unit_test_teardown(what_cannot_end_before_the_deadline_is_not_begun, world_clean_up),
        cmocka_unit_test_teardown(a_deadline_holds_in_every_state, world_clean_up),
        cmocka_unit_test_teardown(a_deadline_in_a_pause_leaves_what_is_known, world_clean_up),
        cmocka_unit_test_teardown(abandoning_in_a_pause_is_not_applied, world_clean_up),
        cmocka_unit_test_teardown(pauses_span_the_wrap_of_the_clock, world_clean_up),
    };

    return cmocka_run_group_tests_name("client_repeats", tests, NULL, NULL);
}
