/* SPDX-License-Identifier: MIT */
/* answer: one answer, from its first byte to what it means. Joins http_response, slices,
 * retry and outcome with what the operation knows; does no I/O. */
#ifndef REFLOW_ANSWER_H
#define REFLOW_ANSWER_H

#include "operation.h"
#include "retry.h"

enum reflow_answer_state {
    REFLOW_ANSWER_MORE,     /* needs more bytes */
    REFLOW_ANSWER_COMPLETE, /* whole: to be judged */
    REFLOW_ANSWER_BROKEN    /* not an answer: see reflow_answer_error() */
};

/* Prepares for the answer to a request of `operation` on `object`. Kept members live in `memory`. */
void reflow_answer_init(struct reflow_answer *answer, const struct reflow_operation *operation,
                        void *object, void *memory, size_t size);

/* Takes all of the bytes. What comes after a complete answer is not part of it, and is noted: the
 * connection must not be used again. Fills `result` as far as fields and status are known;
 * `head_taken` tells how many of the bytes were of the head. */
enum reflow_answer_state reflow_answer_read(struct reflow_answer *answer, const char *bytes,
                                            size_t length, struct reflow_result *result);

/* The peer has ended the connection: `orderly` by close_notify, or by TCP alone. */
enum reflow_answer_state reflow_answer_close(struct reflow_answer *answer, bool orderly);

/* After REFLOW_ANSWER_BROKEN: why. */
enum reflow_error reflow_answer_error(const struct reflow_answer *answer);

/* What a complete answer means; fills `result` with the new run or the service's words. `later`:
 * the answer itself says that nothing was done. */
enum reflow_error reflow_answer_judge(struct reflow_answer *answer, struct reflow_result *result,
                                      bool *later);

/* Whether the connection may carry another request after a complete answer. */
bool reflow_answer_keeps_alive(const struct reflow_answer *answer);

/* Copies what the answer said of when to come again. */
void reflow_answer_retry_after(const struct reflow_answer *answer,
                               struct reflow_retry_facts *facts);

#endif
