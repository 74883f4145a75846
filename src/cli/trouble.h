/* SPDX-License-Identifier: MIT */
/* trouble: errors of what only reads, in words for a person. */
#ifndef REFLOW_CLI_TROUBLE_H
#define REFLOW_CLI_TROUBLE_H

#include "reflow.h"

/* Says on standard error what was met with `what` (a run's ID, or what was read), and on a second
 * line what to do: `advice`, or with NULL what the error calls for. */
void trouble_tell(const char *what, const struct reflow_result *result, const char *advice);

#endif
