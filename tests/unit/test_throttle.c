/* SPDX-License-Identifier: MIT */
/* The contract of throttle: one answer that says "later" holds everything up, and what follows is
 * slower; with a small world in which many jobs meet a service that takes two requests a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/throttle.c"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define HOUR UINT32_C(3600000)

/* Every table of times is gone through from here on: from 0, across the middle, across the end. */
static const uint32_t starts[] = {0, 12345, UINT32_C(0x7fffff00), UINT32_C(0xffffff00), UINT32_MAX};

static struct throttle throttle;

static void begin(uint32_t now)
{
    throttle_init(&throttle);
    throttle_release(&throttle, now);
}

/* One more throttle, and the first request after its hold. */
static uint32_t one_round(uint32_t now, uint32_t hold)
{
    throttle_answer(&throttle, now, hold);
    now += throttle_wait(&throttle, now);
    throttle_release(&throttle, now);
    return now;
}

/* ---- Holds ---- */

static void nothing_waits_before_the_first_throttle(void **state)
{
    (void)state;
    throttle_init(&throttle);
    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        assert_int_equal(throttle_wait(&throttle, starts[i]), 0);
        throttle_release(&throttle, starts[i]);
        assert_int_equal(throttle_wait(&throttle, starts[i]), 0);
        throttle_success(&throttle);
        assert_int_equal(throttle_wait(&throttle, starts[i] + 1), 0);
        assert_int_equal(throttle_wait(&throttle, starts[i] - 5000), 0); /* 49.7 days later */
    }
}

static void nobody_sends_until_the_hold_is_over(void **state)
{
    static const uint32_t holds[] = {100, 101, 1000, 60000, HOUR, 24 * HOUR};

    (void)state;
    for (size_t s = 0; s < COUNT_OF(starts); s++) {
        for (size_t h = 0; h < COUNT_OF(holds); h++) {
            begin(starts[s]);
            throttle_answer(&throttle, starts[s], holds[h]);
            assert_int_equal(throttle_wait(&throttle, starts[s]), holds[h]);
            assert_int_equal(throttle_wait(&throttle, starts[s] + holds[h] / 2),
                             holds[h] - holds[h] / 2);
            assert_int_equal(throttle_wait(&throttle, starts[s] + holds[h] - 1), 1);
            assert_int_equal(throttle_wait(&throttle, starts[s] + holds[h]), 0);
            assert_int_equal(throttle_wait(&throttle, starts[s] + holds[h] + 24 * HOUR), 0);
        }
    }
}

static void the_later_of_two_holds_counts(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT_OF(starts); s++) {
        begin(starts[s]);
        throttle_answer(&throttle, starts[s], 10000);
        throttle_answer(&throttle, starts[s] + 1000, 2000);
        assert_int_equal(throttle_wait(&throttle, starts[s] + 1000), 9000);
        throttle_answer(&throttle, starts[s] + 1000, 9001);
        assert_int_equal(throttle_wait(&throttle, starts[s] + 1000), 9001);
    }
}

static void a_hold_is_cut_to_24_hours(void **state)
{
    (void)state;
    begin(0);
    throttle_answer(&throttle, 0, 24 * HOUR + 1);
    assert_int_equal(throttle_wait(&throttle, 0), 24 * HOUR);
    throttle_answer(&throttle, 1, UINT32_MAX);
    assert_int_equal(throttle_wait(&throttle, 1), 24 * HOUR);
}

static void a_hold_lasts_an_interval_at_least(void **state)
{
    (void)state;
    begin(0);
    throttle_answer(&throttle, 0, 0);
    assert_int_equal(throttle_wait(&throttle, 0), 100);
    throttle_release(&throttle, 100);
    throttle_answer(&throttle, 100, 199);
    assert_int_equal(throttle_wait(&throttle, 100), 200);
}

/* Two parts of a program that have asked for the time one after the other. */
static void a_moment_a_little_before_the_last_one_lets_nothing_through(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT_OF(starts); s++) {
        begin(starts[s]);
        throttle_answer(&throttle, starts[s], 24 * HOUR);
        assert_int_equal(throttle_wait(&throttle, starts[s] - 50), 24 * HOUR + 50);
        throttle_release(&throttle, starts[s]);
        assert_int_equal(throttle_wait(&throttle, starts[s] - 50), 150);
    }
}

/* A clock of 32 bits comes back to the same moment every 49.7 days. */
static void a_hold_that_ended_does_not_come_back_with_the_clock(void **state)
{
    uint32_t now = 5000;
    uint32_t days;

    (void)state;
    begin(now);
    now = one_round(now, 24 * HOUR);
    for (int i = 0; i < 100; i++) {
        throttle_success(&throttle);
    }
    for (days = 0; days < 120; days++) {
        assert_int_equal(throttle_wait(&throttle, now), 0);
        now += 24 * HOUR;
    }
}

static void a_hold_that_nobody_saw_end_does_not_come_back_with_it_either(void **state)
{
    (void)state;
    begin(5000);
    throttle_answer(&throttle, 5000, 1000);
    assert_int_equal(throttle_wait(&throttle, 5000 - 60 * HOUR), 0); /* 47 days later */
}

/* ---- The interval ---- */

static void after_the_hold_requests_go_one_by_one(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT_OF(starts); s++) {
        uint32_t now = starts[s];
        begin(now);
        now = one_round(now, 1000);
        assert_int_equal(now, starts[s] + 1000);
        for (int i = 0; i < 5; i++) {
            assert_int_equal(throttle_wait(&throttle, now), 100);
            assert_int_equal(throttle_wait(&throttle, now + 99), 1);
            now += 100;
            assert_int_equal(throttle_wait(&throttle, now), 0);
            throttle_release(&throttle, now);
        }
        assert_int_equal(throttle_wait(&throttle, now + HOUR), 0);
    }
}

static void each_further_throttle_doubles_it_up_to_five_seconds(void **state)
{
    static const uint32_t expected[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000};
    uint32_t now = 0;

    (void)state;
    begin(now);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        now = one_round(now, 1000);
        assert_int_equal(throttle_wait(&throttle, now), expected[i]);
    }
}

static void throttles_of_one_burst_count_once(void **state)
{
    uint32_t now = 0;

    (void)state;
    begin(now);
    for (int i = 0; i < 8; i++) {
        throttle_answer(&throttle, now + (uint32_t)i * 10, 500);
    }
    assert_int_equal(throttle_wait(&throttle, now), 570);
    now = 571; /* late, but nothing has been sent since */
    throttle_answer(&throttle, now, 500);
    now += 500;
    assert_int_equal(throttle_wait(&throttle, now), 0);
    throttle_release(&throttle, now);
    assert_int_equal(throttle_wait(&throttle, now), 100);
    throttle_answer(&throttle, now, 500);
    throttle_release(&throttle, now + 500);
    assert_int_equal(throttle_wait(&throttle, now + 500), 200);
}

static void each_success_shrinks_it_by_an_eighth_down_to_nothing(void **state)
{
    static const uint32_t expected[] = {100, 88, 77, 68, 60, 53, 47, 42, 37, 33, 29, 26, 23,
                                        21,  19, 17, 15, 14, 13, 12, 11, 10, 9,  8,  0,  0};
    uint32_t now = 0;

    (void)state;
    begin(now);
    now = one_round(now, 1000);
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(throttle_wait(&throttle, now), expected[i]);
        throttle_success(&throttle);
    }
    now = one_round(now, 1000);
    assert_int_equal(throttle_wait(&throttle, now), 100);
}

static void a_success_during_a_hold_says_nothing_about_what_comes_after(void **state)
{
    uint32_t now = 0;

    (void)state;
    begin(now);
    throttle_answer(&throttle, now, 1000);
    for (int i = 0; i < 50; i++) {
        throttle_success(&throttle);
    }
    assert_int_equal(throttle_wait(&throttle, now), 1000);
    throttle_release(&throttle, now + 1000);
    assert_int_equal(throttle_wait(&throttle, now + 1000), 100);
}

/* ---- A world of jobs and a service, a millisecond at a time ---- */

#define JOBS 8
#define TRIP_MS 50 /* from a job to the service, and as long back */

/* Takes `most` requests in each window; tells the others when the next one begins, or (`silent`)
 * only a second, as a client does that was told nothing. */
struct service {
    uint32_t window_ms;
    uint32_t most;
    bool silent;
    uint32_t began_ms;
    uint32_t taken;
};

struct job {
    bool out;
    uint32_t back_ms;
    uint32_t hold_ms; /* 0: it was taken */
};

struct tally {
    uint32_t offered;
    uint32_t taken;
    uint32_t most_offered; /* in any of the windows of the service */
};

static uint32_t serve(struct service *service, uint32_t at_ms, struct tally *tally)
{
    tally->offered++;
    if (service->taken < service->most) {
        service->taken++;
        tally->taken++;
        return 0;
    }
    /* Retry-After is in whole seconds. */
    return service->silent ? 1000
                           : (service->began_ms + service->window_ms - at_ms + 999) / 1000 * 1000;
}

static void answer(struct job *job, uint32_t now)
{
    job->out = false;
    if (job->hold_ms > 0) {
        throttle_answer(&throttle, now, job->hold_ms);
    } else {
        throttle_success(&throttle);
    }
}

static void live_one_millisecond(struct job *jobs, struct service *service, uint32_t now,
                                 struct tally *tally)
{
    for (size_t i = 0; i < JOBS; i++) {
        if (jobs[i].out && jobs[i].back_ms == now) {
            answer(&jobs[i], now);
        }
    }
    for (size_t i = 0; i < JOBS; i++) {
        if (!jobs[i].out && throttle_wait(&throttle, now) == 0) {
            throttle_release(&throttle, now);
            jobs[i].out = true;
            jobs[i].back_ms = now + 2 * TRIP_MS;
            jobs[i].hold_ms = serve(service, now, tally);
        }
    }
}

/* Ten minutes of it. What comes before `settled_ms` is not counted. */
static struct tally live(struct service *service, uint32_t start, uint32_t settled_ms)
{
    const uint32_t length = 600000;
    struct job jobs[JOBS] = {{false, 0, 0}};
    struct tally tally = {0, 0, 0};
    uint32_t before = 0;
    uint32_t at;

    throttle_init(&throttle);
    service->began_ms = start;
    service->taken = 0;
    for (at = 0; at < length; at++) {
        if (at % service->window_ms == 0) {
            if (at > settled_ms && tally.offered - before > tally.most_offered) {
                tally.most_offered = tally.offered - before;
            }
            if (at <= settled_ms) {
                tally.offered = 0;
                tally.taken = 0;
            }
            before = tally.offered;
            service->began_ms = start + at;
            service->taken = 0;
        }
        live_one_millisecond(jobs, service, start + at, &tally);
    }
    return tally;
}

/* Nothing of a service's limit is known beforehand, so it is found by running into it, and then each
 * job that is out has run into it: a window holds at most its own and one burst of all jobs. Without
 * the throttle these jobs would offer 80 requests a second, 40 times what is taken. */
static void is_near_what_the_service_takes(const struct service *service, uint32_t windows,
                                           const struct tally *tally)
{
    const uint32_t could = windows * service->most;

    (void)printf("  %3u in %2u s%s: of %u offered %u, taken %u, most in a window %u\n",
                 (unsigned)service->most, (unsigned)service->window_ms / 1000,
                 service->silent ? ", silent" : "", (unsigned)could, (unsigned)tally->offered,
                 (unsigned)tally->taken, (unsigned)tally->most_offered);
    assert_true(tally->most_offered <= service->most + JOBS);
    assert_true(tally->offered <= could / 5 * 8);
    assert_true(tally->taken >= could / 4 * 3);
}

/* The neighbours of the Flow Service allow 12 requests in 6 seconds; a gateway may as well count by
 * the second, or by the minute. */
static void the_load_that_many_jobs_offer_settles_at_what_a_service_takes(void **state)
{
    static const struct service services[] = {{1000, 2, false, 0, 0},
                                              {1000, 2, true, 0, 0},
                                              {6000, 12, false, 0, 0},
                                              {6000, 12, true, 0, 0},
                                              {60000, 120, false, 0, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        struct service service = services[i];
        const uint32_t settled = service.window_ms > 12000 ? service.window_ms : 12000;
        const struct tally tally = live(&service, 0, settled);
        is_near_what_the_service_takes(&service, (600000 - settled) / service.window_ms, &tally);
    }
}

static void it_is_the_same_world_when_the_clock_wraps(void **state)
{
    struct service service = {6000, 12, false, 0, 0};
    const struct tally first = live(&service, 0, 12000);

    (void)state;
    for (size_t s = 1; s < COUNT_OF(starts); s++) {
        const struct tally other = live(&service, starts[s], 12000);
        assert_int_equal(other.offered, first.offered);
        assert_int_equal(other.taken, first.taken);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_waits_before_the_first_throttle),
        cmocka_unit_test(nobody_sends_until_the_hold_is_over),
        cmocka_unit_test(the_later_of_two_holds_counts),
        cmocka_unit_test(a_hold_is_cut_to_24_hours),
        cmocka_unit_test(a_hold_lasts_an_interval_at_least),
        cmocka_unit_test(a_moment_a_little_before_the_last_one_lets_nothing_through),
        cmocka_unit_test(a_hold_that_ended_does_not_come_back_with_the_clock),
        cmocka_unit_test(a_hold_that_nobody_saw_end_does_not_come_back_with_it_either),
        cmocka_unit_test(after_the_hold_requests_go_one_by_one),
        cmocka_unit_test(each_further_throttle_doubles_it_up_to_five_seconds),
        cmocka_unit_test(throttles_of_one_burst_count_once),
        cmocka_unit_test(each_success_shrinks_it_by_an_eighth_down_to_nothing),
        cmocka_unit_test(a_success_during_a_hold_says_nothing_about_what_comes_after),
        cmocka_unit_test(the_load_that_many_jobs_offer_settles_at_what_a_service_takes),
        cmocka_unit_test(it_is_the_same_world_when_the_clock_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
