/* SPDX-License-Identifier: MIT */
/* settlement: what a person has found out about an unsettled run, written into the journal. */
#ifndef REFLOW_CLI_SETTLEMENT_H
#define REFLOW_CLI_SETTLEMENT_H

#include "history.h"
#include "options.h"

/* Records the answer --as in the journal, for the run that is named, or for the only unsettled one.
 * Asks nothing of the service. Returns an exit status. */
int settlement_record(const struct options *options);

/* Says on standard error what the journal knows about a run that is not unsettled. */
void settlement_explain(const char *run, const struct history *history);

#endif
