/* SPDX-License-Identifier: MIT */
/* record: what the retry command writes into its journal, and asks of it. Without --journal nothing
 * is remembered, and every run may be taken. */
#ifndef REFLOW_CLI_RECORD_H
#define REFLOW_CLI_RECORD_H

#include "history.h"
#include "pool.h"

/* Opens the journal that the options name, if they do. Returns an exit status. */
int record_open(const struct options *options);
void record_close(void);

/* Whether there is a journal; and whether it can still be written to. */
bool record_is_kept(void);
bool record_is_sound(void);

/* Whether a run may be re-triggered, and what the journal knows about it. */
enum verdict record_verdict(const struct options *options, const char *run,
                            struct history *history);

/* Brings the intent to disk, and the outcome of an intent. Return whether that worked. */
bool record_intent(struct job *job);
bool record_outcome(struct job *job);

#endif
