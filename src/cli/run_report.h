/* SPDX-License-Identifier: MIT */
/* run_report: a run that was read, as a row for a person or as a JSON object. */
#ifndef REFLOW_CLI_RUN_REPORT_H
#define REFLOW_CLI_RUN_REPORT_H

#include "options.h"

/* Prints one run at once. Above the first row stands a header where standard output is a terminal. */
void run_report(const struct options *options, const struct reflow_run *run);

/* Prints only its ID, on a line of its own. */
void run_report_id(const struct reflow_run *run);

/* A run could not be read: an object on standard output for a program, words on standard error for
 * a person. */
void run_report_trouble(const struct options *options, const char *run_id,
                        const struct reflow_result *result);

/* Whether something could not be printed, which standard error has been told. Nothing more is read
 * then, and the exit status is EXIT_STORAGE: a report that nobody gets is lost. */
bool run_report_lost(void);

#endif
