/* SPDX-License-Identifier: MIT */
/* report: how each run ended, as a line for a person or as a JSON object. */
#ifndef REFLOW_CLI_REPORT_H
#define REFLOW_CLI_REPORT_H

#include "options.h"

/* Where the columns of a line for a person begin. */
#define REPORT_OUTCOME_COLUMN 38
#define REPORT_DETAIL_COLUMN 51

/* Prints how `run_id` ended, at once. Returns whether standard output took it. */
bool report_run(const struct options *options, const char *run_id,
                const struct reflow_result *result);

/* The exit status for several runs: the one of the two that matters more (5, 6, 3, 2, 4, 1, 0). */
int report_worse(int one, int other);

/* The library's on_trace: prints what goes on to standard error. */
void report_trace(void *context, enum reflow_trace what, const char *text, size_t length);

#endif
