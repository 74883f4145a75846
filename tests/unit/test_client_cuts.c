/* SPDX-License-Identifier: MIT */
/* The client cut everywhere: at each call, at each byte, each way, and the ledger held against what
 * it says. The totals are printed. */
#include "fake_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Ways for bytes to travel. */
enum { WHOLE, ONE_BYTE_OUT, ONE_BYTE_IN, ONE_BYTE_BOTH, BLOCKING, BLOCKING_BYTES, WAYS };

/* Answers of the service. */
enum { CARRIES_OUT, REFUSES, RATE_LIMITS, THEN_CARRIES_OUT, FAILS, IS_AWAY, ENDS, ANSWERS };

static void travel(int way)
{
    if (way == ONE_BYTE_OUT || way == ONE_BYTE_BOTH || way == BLOCKING_BYTES) {
        world.port.most_sent = 1;
    }
    if (way == ONE_BYTE_IN || way == ONE_BYTE_BOTH || way == BLOCKING_BYTES) {
        world.port.most_received = 1;
    }
    world.port.block_every_other = way == BLOCKING || way == BLOCKING_BYTES;
    world.port.pending = way == WHOLE ? 0 : 3;
}

static void serve(int answer)
{
    static const char until_end[] = "HTTP/1.1 201 Created\r\n\r\n{\"id\":\"" THE_NEW_RUN "\"}";
    const struct fake_answer ends = {until_end, true, true};
    const struct fake_answer again = carries_out();

    switch (answer) {
    case CARRIES_OUT:
        fake_service_answers(&world.service, again);
        break;
    case REFUSES:
        fake_service_answers(&world.service, says(http("400 Bad Request", "{\"detail\":\"no\"}")));
        break;
    case RATE_LIMITS:
        fake_service_answers(&world.service, says(http("429 Slow\r\nRetry-After: 1", "")));
        break;
    case THEN_CARRIES_OUT:
        fake_service_answers(&world.service, says(http("429 Slow", "")));
        fake_service_answers(&world.service, again);
        break;
    case FAILS:
        fake_service_answers(&world.service, says(http("500 Ouch", "{}")));
        break;
    case IS_AWAY:
        fake_service_answers(&world.service, says(http("503 Away", "")));
        break;
    default:
        fake_service_answers(&world.service, ends);
        break;
    }
}

static void begin(int way, int answer, uint8_t attempts)
{
    world_begin();
    travel(way);
    serve(answer);
    if (sizeof world.token > 100) {
        world.token[100] = '\0'; /* a short request, in three records */
    }
    fake_tls.record = 190;
    world.config.attempts = attempts;
    world_open();
}

/* What a sound exchange takes. */
struct exchange {
    size_t sends, recvs, sent, received, calls, readings, sent_at_commit;
};

static struct exchange measure(int way, int answer, uint8_t attempts)
{
    struct exchange sound;

    begin(way, answer, attempts);
    world_run();
    sound.sends = world.port.sends;
    sound.recvs = world.port.recvs;
    sound.sent = world.port.sent;
    sound.received = world.port.received;
    sound.calls = fake_tls.calls;
    sound.readings = world.port.readings;
    sound.sent_at_commit = world.sent_at_commit;
    world_close();
    return sound;
}

/* One exchange, and another one after it, which must be true as well. */
static void run_twice(void)
{
    world_run();
    world_run();
    world_close();
}

/* ---- Whatever way the bytes travel, the result is the same ----------------------------------- */

static void every_way_gives_the_same_result(void **state)
{
    int answer;
    int way;

    (void)state;
    for (answer = 0; answer < ANSWERS; answer++) {
        struct reflow_result expected;
        for (way = 0; way < WAYS; way++) {
            const struct reflow_result *result;
            begin(way, answer, 1);
            result = world_run();
            expected = way == 0 ? *result : expected;
            assert_int_equal(result->outcome, expected.outcome);
            assert_int_equal(result->error, expected.error);
            assert_int_equal(result->http_status, expected.http_status);
            assert_int_equal(world.service.heard, 1);
            world_close();
        }
    }
    world_totals("ways");
}

/* ---- At each call ---------------------------------------------------------------------------- */

enum { BLOCK_SEND, BLOCK_RECV, LOSE_SEND, LOSE_RECV, END_RECV, CALL_CUTS };

static void cut_call(int cut, size_t at)
{
    switch (cut) {
    case BLOCK_SEND:
        world.port.block_send_at = at;
        break;
    case BLOCK_RECV:
        world.port.block_recv_at = at;
        break;
    case LOSE_SEND:
        world.port.lose_send_at = at;
        break;
    case LOSE_RECV:
        world.port.lose_recv_at = at;
        break;
    default:
        world.port.end_recv_at = at;
        break;
    }
}

static void each_call_may_fail(int way, int answer, uint8_t attempts)
{
    const struct exchange sound = measure(way, answer, attempts);
    const size_t stride = way == WHOLE || way == BLOCKING ? 1 : 37;
    int cut;
    size_t at;

    for (cut = 0; cut < CALL_CUTS; cut++) {
        const size_t calls = cut == BLOCK_SEND || cut == LOSE_SEND ? sound.sends : sound.recvs;
        for (at = 0; at <= calls; at += stride) {
            begin(way, answer, attempts);
            cut_call(cut, at);
            run_twice();
        }
    }
}

static void a_failure_at_each_call_is_told_truly(void **state)
{
    int answer;
    int way;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        for (answer = 0; answer < ANSWERS; answer++) {
            each_call_may_fail(way, answer, 1);
            each_call_may_fail(way, answer, 4);
        }
    }
    world_totals("each call of the port");
}

/* ---- At each byte ---------------------------------------------------------------------------- */

/* Before its last byte is accepted a request has not happened; from then on only an answer tells. */
static void the_commit_point_is_the_last_byte_accepted(void **state)
{
    int way;
    size_t at;

    (void)state;
    for (way = 0; way < WAYS; way++) {
        const struct exchange sound = measure(way, CARRIES_OUT, 1);
        for (at = 0; at <= sound.sent; at++) {
            const struct reflow_result *result;
            begin(way, CARRIES_OUT, 1);
            world.port.lose_sent_at = at;
            result = world_run();
            if (at < sound.sent) {
                assert_result(result, REFLOW_NOT_APPLIED, REFLOW_ERR_CONNECTION_LOST);
                assert_int_equal(world.commits, at < sound.sent_at_commit ? 0 : 1);
                assert_int_equal(world.service.heard, 0);
                assert_int_equal(fake_tls.goodbyes, 0);
            } else {
                assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
            }
            world_close();
        }
    }
    world_totals("each byte out");
}

/* The port accepted it, and nobody knows how far it came. */
static void a_request_that_vanishes_on_the_way_is_unknown(void **state)
{
    const struct exchange sound = measure(WHOLE, CARRIES_OUT, 1);
    size_t at;

    (void)state;
    for (at = 0; at <= sound.sent; at++) {
        const struct reflow_result *result;
        begin(WHOLE, CARRIES_OUT, 4); /* four attempts, of which one must not be repeated */
        world.port.swallow_sent_at = at;
        result = world_run();
        if (at >= sound.sent) {
            assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
        } else if (result->outcome == REFLOW_UNKNOWN) {
            assert_result(result, REFLOW_UNKNOWN, REFLOW_ERR_TIMEOUT);
            assert_int_equal(result->attempts, 1);
        } else {
            assert_int_equal(world.commits, 0); /* it was the hello that vanished */
        }
        world_close();
    }
    world_totals("each byte swallowed");
}

static void an_answer_cut_at_each_byte_is_unknown(void **state)
{
    static const int32_t how[] = {REFLOW_IO_LOST, REFLOW_IO_END, REFLOW_IO_WOULD_BLOCK};
    int answer;
    size_t at;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(how) * WAYS * ANSWERS; i++) {
        const int way = (int)(i % WAYS);
        struct exchange sound;
        answer = (int)(i / WAYS % ANSWERS);
        sound = measure(way, answer, 1);
        for (at = 0; at <= sound.received; at++) {
            const struct reflow_result *result;
            begin(way, answer, 1);
            world.port.cut_received_at = at;
            world.port.cut_received_by = how[i / WAYS / ANSWERS];
            result = world_run();
            if (at < sound.received && world.commits > 0) {
                assert_int_equal(result->outcome, REFLOW_UNKNOWN);
            } else if (at < sound.received) {
                assert_int_equal(result->outcome, REFLOW_NOT_APPLIED);
            }
            world_run();
            world_close();
        }
    }
    world_totals("each byte in");
}

static void cuts_in_repeated_exchanges_are_told_truly(void **state)
{
    static const int answers[] = {THEN_CARRIES_OUT, RATE_LIMITS, IS_AWAY};
    size_t at;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(answers); i++) {
        const struct exchange sound = measure(WHOLE, answers[i], 4);
        for (at = 0; at <= sound.sent; at++) {
            begin(WHOLE, answers[i], 4);
            world.port.lose_sent_at = at;
            run_twice();
        }
        for (at = 0; at <= sound.received; at++) {
            begin(WHOLE, answers[i], 4);
            world.port.cut_received_at = at;
            world.port.cut_received_by = at % 2 == 0 ? REFLOW_IO_LOST : REFLOW_IO_END;
            run_twice();
        }
    }
    world_totals("each byte, repeated");
}

/* ---- Early answers, cut ---------------------------------------------------------------------- */

static void early_answers_are_never_a_success(void **state)
{
    static const char *const early[] = {"403 Forbidden", "200 OK", "429 Slow", "503 Away",
                                        "500 Ouch"};
    size_t at;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(early); i++) {
        const struct exchange sound = measure(WHOLE, CARRIES_OUT, 1);
        for (at = 0; at <= sound.sent; at++) {
            begin(WHOLE, CARRIES_OUT, 1);
            world.service.early = http(early[i], "{\"id\":\"a\"}");
            world.port.lose_sent_at = at;
            world.port.most_sent = 100;
            world_start();
            world_drive();
            if (at < sound.sent) { /* a service that then answers "200" lies by itself */
                assert_true(reflow_result(&world.client)->outcome == REFLOW_NOT_APPLIED ||
                            reflow_result(&world.client)->outcome == REFLOW_REFUSED);
            }
            assert_int_equal(world.service.heard, at < sound.sent ? 0 : 1);
            world_close();
        }
    }
}

/* ---- TLS's own wishes and failures ----------------------------------------------------------- */

static void every_wish_and_failure_of_tls_is_told_truly(void **state)
{
    static const enum reflow_tls_status statuses[] = {REFLOW_TLS_LOST, REFLOW_TLS_FAILED,
                                                      REFLOW_TLS_AGAIN};
    static const enum reflow_tls_fault faults[] = {REFLOW_TLS_ENDED, REFLOW_TLS_BROKEN,
                                                   REFLOW_TLS_SEND_DEAD};
    size_t i;
    size_t at;

    (void)state;
    for (i = 0; i < (COUNT_OF(statuses) + COUNT_OF(faults) + 2) * ANSWERS; i++) {
        const int answer = (int)(i % ANSWERS);
        const size_t kind = i / ANSWERS;
        const struct exchange sound = measure(BLOCKING, answer, 2);
        for (at = 0; at <= sound.calls; at++) {
            begin(BLOCKING, answer, 2);
            fake_tls.break_at = kind < 6 ? at : FAKE_NEVER;
            fake_tls.break_by = kind < 3 ? statuses[kind] : REFLOW_TLS_LOST;
            fake_tls.fault = kind < 6 ? faults[kind % 3] : REFLOW_TLS_BROKEN;
            fake_tls.error = at % 2 == 0 ? REFLOW_ERR_TLS_UNTRUSTED : REFLOW_ERR_OUT_OF_MEMORY;
            fake_tls.want_read_at = kind == 6 ? at : FAKE_NEVER;
            fake_tls.want_write_at = kind == 7 ? at : FAKE_NEVER;
            run_twice();
        }
    }
    world_totals("each call of TLS");
}

/* ---- The clock ------------------------------------------------------------------------------- */

static void a_jump_at_each_reading_is_told_truly(void **state)
{
    static const uint32_t jumps[] = {1, 59999, 60000, 60001, 0x7fffffff, 0x80000000, 0xffffffff};
    static const uint32_t starts[] = {0, 0xffffffff, 0xfffffff0, 0xffff1600, 0x7fffffff};
    size_t i;
    size_t at;

    (void)state;
    for (i = 0; i < COUNT_OF(jumps) * COUNT_OF(starts); i++) {
        const int answer = i % 2 == 0 ? THEN_CARRIES_OUT : CARRIES_OUT;
        const struct exchange sound = measure(BLOCKING, answer, 4);
        for (at = 0; at <= sound.readings; at++) {
            begin(BLOCKING, answer, 4);
            world.port.now = starts[i / COUNT_OF(jumps)];
            world.port.jump_at = at;
            world.port.jump_by = jumps[i % COUNT_OF(jumps)];
            run_twice();
        }
    }
    world_totals("each reading of the clock");
}

/* Time stands still at each byte of the request, and then the deadline passes. */
static void a_deadline_in_mid_request_lets_no_further_byte_out(void **state)
{
    const struct exchange sound = measure(WHOLE, CARRIES_OUT, 4);
    size_t at;

    (void)state;
    for (at = 0; at < sound.sent; at++) {
        begin(WHOLE, CARRIES_OUT, 4);
        world.port.stick_sent_at = at;
        world_start();
        for (;;) {
            const enum reflow_event event = world_step();
            if (event == REFLOW_WRITABLE) {
                break;
            }
        }
        assert_int_equal(world.port.sent, at);
        world.port.stick_sent_at = FAKE_NEVER; /* now it could, but it is too late */
        world.port.now = reflow_wake_ms(&world.client);
        assert_int_equal(world_step(), REFLOW_FAILED);
        assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_TIMEOUT);
        assert_int_equal(world.port.sent, at);
        assert_int_equal(world.service.heard, 0);
        assert_false(world.port.open);
        assert_no_secret();
        world_close();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_way_gives_the_same_result, world_clean_up),
        cmocka_unit_test_teardown(a_failure_at_each_call_is_told_truly, world_clean_up),
        cmocka_unit_test_teardown(the_commit_point_is_the_last_byte_accepted, world_clean_up),
        cmocka_unit_test_teardown(a_request_that_vanishes_on_the_way_is_unknown, world_clean_up),
        cmocka_unit_test_teardown(an_answer_cut_at_each_byte_is_unknown, world_clean_up),
        cmocka_unit_test_teardown(cuts_in_repeated_exchanges_are_told_truly, world_clean_up),
        cmocka_unit_test_teardown(early_answers_are_never_a_success, world_clean_up),
        cmocka_unit_test_teardown(every_wish_and_failure_of_tls_is_told_truly, world_clean_up),
        cmocka_unit_test_teardown(a_jump_at_each_reading_is_told_truly, world_clean_up),
        cmocka_unit_test_teardown(a_deadline_in_mid_request_lets_no_further_byte_out,
                                  world_clean_up),
    };

    return cmocka_run_group_tests_name("client_cuts", tests, NULL, NULL);
}
