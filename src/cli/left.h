/* SPDX-License-Identifier: MIT */
/* left: what is said of runs that are left alone because of what the journal knows, and of what a
 * dry run would do. */
#ifndef REFLOW_CLI_LEFT_H
#define REFLOW_CLI_LEFT_H

#include "history.h"
#include "options.h"

/* The exit status for a run that is left alone. `named`: by the operator, and not found in a list. */
int left_status(enum verdict verdict, bool named);

/* Prints that a run is left alone, as a line or an object like those of report_run(), and what to do
 * about it. Returns whether standard output took it. */
bool left_report(const struct options *options, const char *run, enum verdict verdict,
                 const struct history *history);

/* Prints what would be done with a run. Returns the same. */
bool left_preview(const struct options *options, const char *run, enum verdict verdict,
                  const struct history *history);

#endif
