/* SPDX-License-Identifier: MIT */
/* asking: what only reads may be asked for again when its answer broke off. */
#ifndef REFLOW_CLI_ASKING_H
#define REFLOW_CLI_ASKING_H

#include "connection.h"

/* The tries at one answer. All zero bytes: none yet. */
struct asking {
    uint32_t tries;
    uint32_t pause_ms;
};

/* To be asked after each operation. Whether it is to be started once more, having waited until then:
 * there is another token, or the answer was cut off and --attempts allows it. The client repeats by
 * itself what failed before an answer began; whether a part of one has been used it cannot know. */
bool asking_again(struct asking *asking, struct connection *connection,
                  const struct options *options);

#endif
