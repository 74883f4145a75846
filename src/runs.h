/* SPDX-License-Identifier: MIT */
/* runs: how runs and lists of runs are asked for, and what their answers say. */
#ifndef REFLOW_RUNS_H
#define REFLOW_RUNS_H

#include "flow.h"

/* Writes "GET /runs/{RUN_ID}". Returns where the token begins. */
size_t reflow_runs_show(struct reflow_text *head, const struct reflow_flow_request *request);

/* Writes "GET /runs?..." for the next page. */
size_t reflow_runs_list(struct reflow_text *head, const struct reflow_flow_request *request,
                        const struct reflow_runs *runs);

/* The paths of a run's members: at the top of the text, then in an element of "items", then that
 * element, then the link to the next page. One run may come in either form; a list is read by what
 * stands in the second half. */
#define REFLOW_RUN_MEMBERS 13
#define REFLOW_RUN_PATHS (2 * REFLOW_RUN_MEMBERS + 1)
#define REFLOW_LIST_PATHS (REFLOW_RUN_MEMBERS + 2)
extern const char *const reflow_runs_paths[2 * REFLOW_RUN_MEMBERS + 2];
#define reflow_run_paths reflow_runs_paths
#define reflow_list_paths (reflow_runs_paths + REFLOW_RUN_MEMBERS)

/* Reads what was kept of a run, decoding it in place; `first` is the path of the first member.
 * Returns whether it is one: it has an ID. */
bool reflow_run_take(struct reflow_run *run, struct reflow_slices *slices, size_t first);

/* An element of a list has been kept: tells it, if it is what was asked for. */
void reflow_runs_take(struct reflow_runs *runs, struct reflow_slices *slices);

/* A page is about to be asked for, perhaps again; and has been read whole. */
void reflow_runs_begin_page(struct reflow_runs *runs);
enum reflow_error reflow_runs_end_page(struct reflow_runs *runs, struct reflow_slices *slices);

#endif
