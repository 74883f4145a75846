/* SPDX-License-Identifier: MIT */
/* throttle: one answer that says "later" slows all connections. */
#ifndef REFLOW_CLI_THROTTLE_H
#define REFLOW_CLI_THROTTLE_H

#include "reflow.h"

#define THROTTLE_FIRST_MS 100    /* the interval after the first throttle */
#define THROTTLE_LONGEST_MS 5000 /* it grows no further */
#define THROTTLE_SHORTEST_MS 8   /* and below this there is none */

#define THROTTLE_MOST_HOLD_MS 86400000 /* a longer hold is cut to 24 hours */

/*     free --answer--> holding --release, once the hold is over--> spaced --answer--> holding
 *      ^                                                              |
 *      +--- success, until the interval is shorter than 8 ms --------+
 *
 * Times are of a monotonic clock in milliseconds that may wrap at 2^32, and may be some moments old:
 * nothing goes early when a caller's "now" is a little behind another's. */
struct throttle {
    bool holding;         /* since a throttle; until the first request after the hold is released */
    uint32_t until_ms;    /* the end of the hold */
    uint32_t interval_ms; /* from one request to the next; 0: as fast as they come */
    uint32_t released_ms; /* when the last request went */
};

/* Nothing is held up yet. */
void throttle_init(struct throttle *throttle);

/* The service has said 429, or "later": nobody sends for `hold_ms`, nor for less than the interval.
 * The later end of a hold counts. The interval doubles, once for all throttles that come before
 * anything is sent again. */
void throttle_answer(struct throttle *throttle, uint32_t now_ms, uint32_t hold_ms);

/* The service has taken a request: the interval shrinks by an eighth. What is answered while a hold
 * is on was sent before it, and says nothing about the rate that comes after it. */
void throttle_success(struct throttle *throttle);

/* How long until the next request may go. 0: now. */
uint32_t throttle_wait(const struct throttle *throttle, uint32_t now_ms);

/* One request goes now; throttle_wait() has said that it may. */
void throttle_release(struct throttle *throttle, uint32_t now_ms);

#endif
