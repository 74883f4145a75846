/* SPDX-License-Identifier: MIT */
/* retry: for all facts, a delay is never longer than what the service asked for and the ceiling together, never
 * shorter than what it asked for, and ends before the deadline; the ceiling is never above REFLOW_RETRY_CAP_MS.
 * Retry-After is read within its bytes, and its seconds saturate. Bounds: none but the length of the value.
 *
 * PROOF: prove_retry_ceiling | backoff_ceiling | all attempts | --unwind 8
 * PROOF: prove_retry_widest | ceiling_after, backoff_ceiling | all attempts, all seconds | --unwind 8
 * PROOF: prove_retry_asked_for | asked_for | all facts |
 * PROOF: prove_retry_jitter | jitter_of | all random numbers, all ceilings |
 * PROOF: prove_retry_delay | reflow_retry_delay | all facts |
 * PROOF: prove_retry_parts | reflow_retry_delay | all facts |
 * PROOF: prove_retry_seconds | read_seconds | values up to 24 bytes | --unwind 26
 * PROOF: prove_retry_after | reflow_retry_after, read_seconds | values up to 24 bytes | --unwind 26
 * REPLACE: prove_retry_delay | jitter_of=some_jitter, asked_for=some_asked_for, ceiling_after=some_ceiling
 * REPLACE: prove_retry_parts | jitter_of=some_jitter, asked_for=some_asked_for, ceiling_after=some_ceiling
 * REPLACE: prove_retry_after | reflow_http_date=some_date
 *
 * MUTANT: prove_retry_ceiling | ceiling > REFLOW_RETRY_CAP_MS / 2 ? REFLOW_RETRY_CAP_MS : ceiling * 2 | ceiling * 2
 * MUTANT: prove_retry_widest | share < REFLOW_RETRY_CAP_MS ? share : | true ? share :
 * MUTANT: prove_retry_widest | share <= backoff | share <= 2 * backoff
 * MUTANT: prove_retry_asked_for | if (from == REFLOW_TIME_UNKNOWN) | if (from == 0)
 * MUTANT: prove_retry_asked_for | facts->retry_after > from ? | facts->retry_after != from ?
 * MUTANT: prove_retry_jitter | (ceiling + 1) >> 32 | (ceiling + 1) >> 31
 * MUTANT: prove_retry_delay | asked > UINT32_MAX / 1000 | asked > UINT32_MAX
 * MUTANT: prove_retry_delay | asked_ms > facts->remaining_ms \|\| | false \|\|
 * MUTANT: prove_retry_parts | return asked_ms + jitter | return jitter
 * MUTANT: prove_retry_delay | facts->attempt >= facts->attempts | facts->attempt > facts->attempts
 * MUTANT: prove_retry_seconds | total < UINT32_MAX / 10 | total <= UINT32_MAX / 10
 * MUTANT: prove_retry_after | length == 0 | length == 1
 *
 * MEANT: asked_for | (uint64_t) | the distance between two int64_t, which may be wider than one: modulo 2^64 it is right
 */
#include <retry.c>

#include "proof.h"

static struct reflow_retry_facts any_facts(void)
{
    struct reflow_retry_facts facts; /* not initialised: anything */

    assume(facts.kind == REFLOW_RETRY_NONE || facts.kind == REFLOW_RETRY_SECONDS ||
           facts.kind == REFLOW_RETRY_DATE);
    return facts;
}

static bool is_power_of_two(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

void prove_retry_ceiling(void)
{
    const uint32_t attempt = nondet_uint32();
    const uint32_t ceiling = backoff_ceiling(attempt);

    prove(ceiling >= REFLOW_RETRY_BASE_MS && ceiling <= REFLOW_RETRY_CAP_MS);
    prove(ceiling == REFLOW_RETRY_CAP_MS ||
          (ceiling % REFLOW_RETRY_BASE_MS == 0 && is_power_of_two(ceiling / REFLOW_RETRY_BASE_MS)));
    prove(attempt > 1 || ceiling == REFLOW_RETRY_BASE_MS);
}

/* The larger of the two, but the cap at most. */
void prove_retry_widest(void)
{
    const uint32_t attempt = nondet_uint32();
    const uint32_t asked_ms = nondet_uint32();
    const uint32_t backoff = backoff_ceiling(attempt);
    const uint32_t ceiling = ceiling_after(attempt, asked_ms);

    prove(ceiling >= backoff && ceiling <= REFLOW_RETRY_CAP_MS);
    prove(ceiling >= asked_ms / 8 || ceiling == REFLOW_RETRY_CAP_MS);
    prove(ceiling == backoff || ceiling <= asked_ms / 8);
}

void prove_retry_asked_for(void)
{
    const struct reflow_retry_facts facts = any_facts();
    const bool known = facts.date != REFLOW_TIME_UNKNOWN || facts.now != REFLOW_TIME_UNKNOWN;
    const uint64_t asked = asked_for(&facts);

    prove(facts.kind != REFLOW_RETRY_NONE || asked == 0);
    prove(facts.kind != REFLOW_RETRY_DATE || known || asked == 0);
    if (facts.kind == REFLOW_RETRY_SECONDS) {
        prove(asked == (facts.retry_after > 0 ? (uint64_t)facts.retry_after : 0));
    }
    if (facts.kind == REFLOW_RETRY_DATE && facts.date >= 0) {
        prove(facts.retry_after < facts.date ||
              asked == (uint64_t)(facts.retry_after - facts.date));
    }
}

/* The mask says in bits that what is multiplied is short: that is solved sooner. */
void prove_retry_jitter(void)
{
    const uint32_t ceiling = nondet_uint32() & 0x7fff;

    prove(REFLOW_RETRY_CAP_MS <= 0x7fff);
    prove(jitter_of(nondet_uint32(), ceiling) <= ceiling);
}

/* What prove_retry_jitter shows. */
uint32_t some_jitter(uint32_t random, uint32_t ceiling)
{
    const uint32_t jitter = nondet_uint32();

    (void)random;
    prove(ceiling <= REFLOW_RETRY_CAP_MS);
    assume(jitter <= ceiling);
    return jitter;
}

/* What prove_retry_widest shows. */
uint32_t some_ceiling(uint32_t attempt, uint32_t asked_ms)
{
    const uint32_t ceiling = nondet_uint32();

    (void)attempt;
    (void)asked_ms;
    assume(ceiling <= REFLOW_RETRY_CAP_MS);
    return ceiling;
}

/* Any number at all. */
static uint64_t asked_now;

uint64_t some_asked_for(const struct reflow_retry_facts *facts)
{
    (void)facts;
    asked_now = nondet_uint64();
    return asked_now;
}

void prove_retry_delay(void)
{
    const struct reflow_retry_facts facts = any_facts();
    const uint32_t delay = reflow_retry_delay(&facts);

    if (delay != REFLOW_RETRY_STOP) {
        prove(facts.attempt < facts.attempts);
        prove(delay < facts.remaining_ms);
        prove(asked_now <= UINT32_MAX / 1000);
    }
}

/* By itself, because that two products are one takes a solver its time. */
void prove_retry_parts(void)
{
    const struct reflow_retry_facts facts = any_facts();
    const uint32_t delay = reflow_retry_delay(&facts);

    if (delay != REFLOW_RETRY_STOP) {
        const uint32_t asked_ms = (uint32_t)asked_now * 1000;
        prove(delay >= asked_ms && delay - asked_ms <= REFLOW_RETRY_CAP_MS);
    }
}

static bool digits_only(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (value[i] < '0' || value[i] > '9') {
            return false;
        }
    }
    return length > 0;
}

void prove_retry_seconds(void)
{
    char room[24];
    const size_t length = proof_up_to(sizeof room);
    const char *const value = PROOF_END_OF(room, length);
    int64_t seconds = -1;

    prove(read_seconds(value, length, &seconds) == digits_only(value, length));
    prove(digits_only(value, length) ? seconds >= 0 && seconds <= UINT32_MAX : seconds == -1);
}

/* What http_date.c shows of reflow_http_date() (prove_http_date): it reads within the value. */
bool some_date(const char *value, size_t length, int64_t *seconds)
{
    prove(__CPROVER_r_ok(value, length));
    *seconds = nondet_int64();
    return nondet_bool();
}

void prove_retry_after(void)
{
    char room[24];
    const size_t length = proof_up_to(sizeof room);
    const char *const value = PROOF_END_OF(room, length);
    int64_t seconds = 0;
    const enum reflow_retry_after_kind kind = reflow_retry_after(value, length, &seconds);

    prove((kind == REFLOW_RETRY_SECONDS) == digits_only(value, length));
    prove(kind == REFLOW_RETRY_SECONDS || kind == REFLOW_RETRY_DATE || kind == REFLOW_RETRY_NONE);
}
