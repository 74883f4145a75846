/* SPDX-License-Identifier: MIT */
/* outcome: the judgement of what happened, from facts alone. Total: every combination of facts has
 * an answer, and where facts contradict each other it is the careful one. */
#ifndef REFLOW_OUTCOME_H
#define REFLOW_OUTCOME_H

#include "reflow.h"

/* What is known of a complete, well-framed answer. */
struct reflow_facts {
    uint16_t status;        /* its final status code */
    bool retry_after;       /* it had a readable Retry-After */
    bool gateway_later;     /* its error_code is 503000 or 503010 */
    enum reflow_error read; /* how reading the content of a 2xx ended: REFLOW_OK when it named
                             * exactly one new run */
};

/* The error that such an answer means, REFLOW_OK for a success, and in `later` whether the answer
 * itself says that nothing was done and to come again. */
enum reflow_error reflow_judge(const struct reflow_facts *facts, bool *later);

/* The outcome of an operation that ended with `error`. `committed`: the service may have the whole
 * request. `later`: from reflow_judge(). */
enum reflow_outcome reflow_outcome(enum reflow_error error, bool committed, bool later);

/* Whether the error table lets this be repeated by itself. */
bool reflow_repeatable(enum reflow_outcome outcome, enum reflow_error error);

#endif
