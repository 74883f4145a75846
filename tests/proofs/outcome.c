/* SPDX-License-Identifier: MIT */
/* outcome: for all facts, the judgement has an answer, and it is a careful one. The table is total: any number
 * given as an error has an outcome and an exit status of 0 to 6. Once committed, not_applied is unreachable but
 * through an answer that says "later"; only 408, 425, 429, and a 503 in a service's own words say that. A run is
 * only called retriggered where there was no error, and repeated only where it is not_applied.
 *
 * PROOF: prove_outcome_row | row_of, certain_of, otherwise_of | any number as an error |
 * PROOF: prove_outcome_judge | reflow_judge, judge_success, judge_client_error, judge_server_error, row_of, otherwise_of
 *        | all facts |
 * PROOF: prove_outcome | reflow_outcome, certain_of, otherwise_of | any number as an error |
 * PROOF: prove_outcome_of_answer | reflow_judge, reflow_outcome | all facts |
 * PROOF: prove_outcome_repeatable | reflow_repeatable | any number as an error |
 * PROOF: prove_outcome_exit | reflow_exit_status | any number as an error, an outcome |
 *
 * MUTANT: prove_outcome_row | index < REFLOW_ERROR_COUNT ? | index <= REFLOW_ERROR_COUNT + 1 ?
 * MUTANT: prove_outcome_judge | *later = facts->retry_after \|\| facts->gateway_later; | *later = true;
 * MUTANT: prove_outcome_judge | (size_t)read >= REFLOW_ERROR_COUNT \|\| | read == REFLOW_ERR_STORAGE \|\|
 * MUTANT: prove_outcome_judge | otherwise_of(row_of(read)) != REFLOW_UNKNOWN | false
 * MUTANT: prove_outcome_judge | if (facts->status != 503) | if (facts->status > 503)
 * MUTANT: prove_outcome | !committed \|\| later | !committed \|\| later \|\| error == REFLOW_ERR_TIMEOUT
 * MUTANT: prove_outcome_of_answer | if (facts->status != 503) | if (facts->status == 599)
 * MUTANT: prove_outcome_repeatable | outcome == REFLOW_NOT_APPLIED && (row_of | (row_of
 * MUTANT: prove_outcome_exit | outcome == REFLOW_UNKNOWN \|\| | outcome == REFLOW_UNKNOWN + 1 \|\|
 */
#include <outcome.c>

#include "proof.h"

static enum reflow_error any_error(void)
{
    return (enum reflow_error)nondet_uint32();
}

static bool is_ours(enum reflow_error error)
{
    return (uint32_t)error < REFLOW_ERROR_COUNT;
}

static bool is_outcome(enum reflow_outcome outcome)
{
    return outcome == REFLOW_RETRIGGERED || outcome == REFLOW_REFUSED ||
           outcome == REFLOW_NOT_APPLIED || outcome == REFLOW_UNKNOWN;
}

void prove_outcome_row(void)
{
    const unsigned row = row_of(any_error());

    prove(row <= UINT8_MAX && row >> 5 <= 6);
    prove(is_outcome(certain_of(row)) && is_outcome(otherwise_of(row)));
}

static struct reflow_facts any_facts(void)
{
    struct reflow_facts facts;

    facts.status = nondet_uint16();
    facts.retry_after = nondet_bool();
    facts.gateway_later = nondet_bool();
    facts.read = any_error();
    return facts;
}

static bool says_later(const struct reflow_facts *facts)
{
    return facts->status == 408 || facts->status == 425 || facts->status == 429 ||
           (facts->status == 503 && (facts->retry_after || facts->gateway_later));
}

void prove_outcome_judge(void)
{
    const struct reflow_facts facts = any_facts();
    bool later;
    const enum reflow_error error = reflow_judge(&facts, &later);

    prove(is_ours(error));
    prove(later == says_later(&facts));
    prove((error == REFLOW_OK) == (facts.status / 100 == 2 && facts.read == REFLOW_OK));
    prove(facts.status / 100 != 5 || facts.status == 503 || error == REFLOW_ERR_SERVER_ERROR);
    if (facts.status / 100 == 2 && error != REFLOW_OK) {
        prove(otherwise_of(row_of(error)) == REFLOW_UNKNOWN);
    }
}

void prove_outcome(void)
{
    const enum reflow_error error = any_error();
    const bool committed = nondet_bool(), later = nondet_bool();
    const enum reflow_outcome outcome = reflow_outcome(error, committed, later);

    prove(is_outcome(outcome));
    prove(!committed || later || outcome != REFLOW_NOT_APPLIED);
    prove(outcome != REFLOW_RETRIGGERED || (committed && !later && error == REFLOW_OK));
    prove(!committed || later || error != REFLOW_OK || outcome == REFLOW_RETRIGGERED);
    prove(is_ours(error) || outcome == REFLOW_UNKNOWN);
    prove(!committed || later || error != REFLOW_ERR_TIMEOUT || outcome == REFLOW_UNKNOWN);
}

/* From an answer's facts to the outcome of a request that was committed. */
void prove_outcome_of_answer(void)
{
    const struct reflow_facts facts = any_facts();
    bool later;
    const enum reflow_error error = reflow_judge(&facts, &later);
    const enum reflow_outcome outcome = reflow_outcome(error, true, later);

    prove((outcome == REFLOW_NOT_APPLIED) == says_later(&facts));
    prove((outcome == REFLOW_RETRIGGERED) == (facts.status / 100 == 2 && facts.read == REFLOW_OK));
    prove(outcome != REFLOW_REFUSED || facts.status / 100 == 3 || facts.status / 100 == 4);
}

void prove_outcome_repeatable(void)
{
    const enum reflow_error error = any_error();
    const enum reflow_outcome outcome = (enum reflow_outcome)nondet_uint32();

    prove(!reflow_repeatable(outcome, error) || (outcome == REFLOW_NOT_APPLIED && is_ours(error)));
    prove(!reflow_repeatable(outcome, error) || error != REFLOW_OK);
}

void prove_outcome_exit(void)
{
    const enum reflow_error error = any_error();
    const enum reflow_outcome outcome = (enum reflow_outcome)nondet_uint32();
    const int status = reflow_exit_status(outcome, error);

    prove(status >= 0 && status <= 6);
    prove(status != 0 || (error == REFLOW_OK && outcome == REFLOW_RETRIGGERED));
    prove(is_ours(error) || status == REFLOW_EXIT_UNKNOWN);
    prove(outcome != REFLOW_UNKNOWN || status == REFLOW_EXIT_UNKNOWN);
}
