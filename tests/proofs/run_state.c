/* SPDX-License-Identifier: MIT */
/* run_state: the service's word for a state is read within its string, NULL included; each answer is one of the
 * states; and a run that is scheduled or running has never ended. Bounds: words up to 18 bytes (the longest that
 * means something has 14 letters; with "_" more).
 *
 * PROOF: prove_run_state_is_same | is_same | words up to 18 bytes, meanings up to 8 | --unwind 20
 * PROOF: prove_run_state_of | reflow_run_state_of, is_same | words up to 18 bytes | --unwind 20
 * PROOF: prove_run_state_null | reflow_run_state_of | NULL | --unwind 2
 * PROOF: prove_run_ended | reflow_run_ended | all runs |
 *
 * MUTANT: prove_run_state_is_same | plain++; | plain += 2;
 * MUTANT: prove_run_state_of | i < sizeof meanings / sizeof meanings[0] | i <= sizeof meanings / sizeof meanings[0]
 * MUTANT: prove_run_state_null | status != NULL && | true &&
 * MUTANT: prove_run_ended | return run->completed_ms != REFLOW_TIME_UNKNOWN; | return true;
 * MUTANT: prove_run_ended | case REFLOW_RUN_SCHEDULED: | case 99:
 */
#include <run_state.c>

#include "proof.h"

void prove_run_state_is_same(void)
{
    char word[19], plain[9];

    is_same(PROOF_STRING(word), PROOF_STRING(plain));
}

void prove_run_state_of(void)
{
    char room[19];
    const enum reflow_run_state state = reflow_run_state_of(PROOF_STRING(room));

    prove(state == REFLOW_RUN_SUCCEEDED || state == REFLOW_RUN_FAILED ||
          state == REFLOW_RUN_PARTIAL || state == REFLOW_RUN_RUNNING ||
          state == REFLOW_RUN_SCHEDULED || state == REFLOW_RUN_OTHER);
}

void prove_run_state_null(void)
{
    prove(reflow_run_state_of(NULL) == REFLOW_RUN_OTHER);
}

void prove_run_ended(void)
{
    struct reflow_run run; /* not initialised: anything */
    const bool ended = reflow_run_ended(&run);

    prove(!ended || (run.state != REFLOW_RUN_SCHEDULED && run.state != REFLOW_RUN_RUNNING));
    if (run.state == REFLOW_RUN_SUCCEEDED || run.state == REFLOW_RUN_PARTIAL ||
        run.state == REFLOW_RUN_FAILED) {
        prove(ended);
    } else {
        prove(!ended || run.completed_ms != REFLOW_TIME_UNKNOWN);
    }
}
