/* SPDX-License-Identifier: MIT */
/* progress: how far a long batch has come, on one line of a terminal. */
#ifndef REFLOW_CLI_PROGRESS_H
#define REFLOW_CLI_PROGRESS_H

#include "options.h"

/* What was counted so far. */
struct progress {
    uint32_t outcomes[REFLOW_UNKNOWN + 1];
    uint64_t done;  /* of `whole`, in whatever unit tells how far it is */
    uint64_t whole; /* 0: not known */
};

/* Begins; shows nothing where standard error is no terminal, or much else is written there. */
void progress_begin(const struct options *options);

/* Shows the line anew, but not more often than a few times a second; at once where it was taken away. */
void progress_show(const struct progress *progress);

/* Takes the line away, so that something else can be written. */
void progress_hide(void);

#endif
