/* SPDX-License-Identifier: MIT */
/* retry: how long to wait before a request is repeated, and when to stop. */
#include "retry.h"
#include "text.h"

/* delay-seconds (RFC 9110 section 10.2.3): one or more digits, any number of them. */
static bool read_seconds(const char *value, size_t length, int64_t *seconds)
{
    uint32_t total = 0;

    if (length == 0) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!reflow_is_digit(value[i])) {
            return false;
        }
        const uint32_t digit = (uint32_t)(value[i] - '0');
        total = total < UINT32_MAX / 10 ? total * 10 + digit : UINT32_MAX;
    }
    *seconds = total;
    return true;
}

enum reflow_retry_after_kind reflow_retry_after(const char *value, size_t length, int64_t *seconds)
{
    if (read_seconds(value, length, seconds)) {
        return REFLOW_RETRY_SECONDS;
    }
    if (reflow_http_date(value, length, seconds)) {
        return REFLOW_RETRY_DATE;
    }
    return REFLOW_RETRY_NONE;
}

/* The seconds that the service asks to be left alone. A date without any clock to hold it against
 * says nothing. */
static uint64_t asked_for(const struct reflow_retry_facts *facts)
{
    int64_t from = 0;

    if (facts->kind == REFLOW_RETRY_NONE) {
        return 0;
    }
    if (facts->kind == REFLOW_RETRY_DATE) {
        from = facts->date != REFLOW_TIME_UNKNOWN ? facts->date : facts->now;
        if (from == REFLOW_TIME_UNKNOWN) {
            return 0;
        }
    }
    /* Unsigned, because the distance between two int64_t may be wider than one. */
    return facts->retry_after > from ? (uint64_t)facts->retry_after - (uint64_t)from : 0;
}

/* The random part's ceiling. It stops doubling before it could overflow. */
static uint32_t backoff_ceiling(uint32_t attempt)
{
    uint32_t ceiling = REFLOW_RETRY_BASE_MS;

    for (uint32_t made = 1; made < attempt && ceiling < REFLOW_RETRY_CAP_MS; made++) {
        ceiling = ceiling > REFLOW_RETRY_CAP_MS / 2 ? REFLOW_RETRY_CAP_MS : ceiling * 2;
    }
    return ceiling;
}

/* A fleet that is told the same time must not come back in step, and the longer that time, the more
 * have been told it: the random part widens with it. An eighth, because it is waited for in vain
 * where the service tells each its own time; tests/bench/fleet.py weighs one against the other. */
static uint32_t ceiling_after(uint32_t attempt, uint32_t asked_ms)
{
    const uint32_t backoff = backoff_ceiling(attempt);
    const uint32_t share = asked_ms / 8;

    if (share <= backoff) {
        return backoff;
    }
    return share < REFLOW_RETRY_CAP_MS ? share : REFLOW_RETRY_CAP_MS;
}

/* The random number, spread evenly over 0 to the ceiling by the high word of the product; the lowest
 * bits, which a remainder would use, are often the worst of a random number. */
static uint32_t jitter_of(uint32_t random, uint32_t ceiling)
{
    return (uint32_t)((uint64_t)random * (ceiling + 1) >> 32);
}

uint32_t reflow_retry_delay(const struct reflow_retry_facts *facts)
{
    const uint64_t asked = asked_for(facts);

    if (facts->attempt >= facts->attempts || asked > UINT32_MAX / 1000) {
        return REFLOW_RETRY_STOP;
    }
    const uint32_t asked_ms = (uint32_t)asked * 1000;
    const uint32_t jitter = jitter_of(facts->random, ceiling_after(facts->attempt, asked_ms));
    if (asked_ms > facts->remaining_ms || jitter >= facts->remaining_ms - asked_ms) {
        return REFLOW_RETRY_STOP;
    }
    return asked_ms + jitter;
}
