/* SPDX-License-Identifier: MIT */
/* throttle: doubles at once and shrinks slowly; what is compared are distances, so that clocks may
 * wrap. */
#include "throttle.h"

#include <string.h>

void throttle_init(struct throttle *throttle)
{
    memset(throttle, 0, sizeof *throttle);
}

static uint32_t larger(uint32_t one, uint32_t other)
{
    return one > other ? one : other;
}

static uint32_t smaller(uint32_t one, uint32_t other)
{
    return one < other ? one : other;
}

/* How long until `then`. Nothing that is waited for is further away than twice `most`: a longer way
 * is the one around the clock, and `then` is past. */
static uint32_t left_until(uint32_t then_ms, uint32_t now_ms, uint32_t most)
{
    const uint32_t left = then_ms - now_ms;

    return left <= 2 * most ? left : 0;
}

static uint32_t hold_left(const struct throttle *throttle, uint32_t now_ms)
{
    return throttle->holding ? left_until(throttle->until_ms, now_ms, THROTTLE_MOST_HOLD_MS) : 0;
}

static uint32_t slower(uint32_t interval_ms)
{
    return interval_ms == 0 ? THROTTLE_FIRST_MS : smaller(2 * interval_ms, THROTTLE_LONGEST_MS);
}

void throttle_answer(struct throttle *throttle, uint32_t now_ms, uint32_t hold_ms)
{
    uint32_t hold;

    if (!throttle->holding) {
        throttle->interval_ms = slower(throttle->interval_ms);
    }
    hold = larger(smaller(hold_ms, THROTTLE_MOST_HOLD_MS), throttle->interval_ms);
    throttle->until_ms = now_ms + larger(hold, hold_left(throttle, now_ms));
    throttle->holding = true;
}

void throttle_success(struct throttle *throttle)
{
    const uint32_t shrunk = throttle->interval_ms - throttle->interval_ms / 8;

    if (!throttle->holding) {
        throttle->interval_ms = shrunk >= THROTTLE_SHORTEST_MS ? shrunk : 0;
    }
}

uint32_t throttle_wait(const struct throttle *throttle, uint32_t now_ms)
{
    if (throttle->holding) {
        return hold_left(throttle, now_ms);
    }
    if (throttle->interval_ms == 0) {
        return 0; /* the last release may be so long ago that it seems to come */
    }
    return left_until(throttle->released_ms + throttle->interval_ms, now_ms, THROTTLE_LONGEST_MS);
}

void throttle_release(struct throttle *throttle, uint32_t now_ms)
{
    throttle->holding = false;
    throttle->released_ms = now_ms;
}
