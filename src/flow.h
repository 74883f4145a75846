/* SPDX-License-Identifier: MIT */
/* flow: the Flow Service's vocabulary: how a request to it is worded and what its answers say.
 * Facts from the service's public documentation, which disagrees with itself in places: what is
 * sent follows the tutorial, what is accepted is whatever any of its documents shows. */
#ifndef REFLOW_FLOW_H
#define REFLOW_FLOW_H

#include "reflow.h"

/* What a request is made of; all strings have been checked by the caller. */
struct reflow_flow_request {
    const struct reflow_url *url;
    const struct reflow_config *config;
    const char *token;  /* the operation's; config may have the next one's already. NULL: invalid */
    const char *run_id; /* NULL: of no run */
};

/* Writes the parts of a head that all requests to the service share: Host, the credentials and the
 * sandbox, behind the request target (returns where the token begins); and what ends a head. */
size_t reflow_flow_credentials(struct reflow_text *head, const struct reflow_flow_request *request);
void reflow_flow_end(struct reflow_text *head);

/* Writes the head of "POST /runs/{RUN_ID}/action?op=..." . Returns where in it the token begins. */
size_t reflow_flow_retrigger(struct reflow_text *head, const struct reflow_flow_request *request);

/* The paths of the members that a successful answer and an error answer are read by. */
#define REFLOW_FLOW_NEW_RUN_PATHS 6
#define REFLOW_FLOW_PROBLEM_PATHS 8
extern const char *const reflow_flow_new_run_paths[REFLOW_FLOW_NEW_RUN_PATHS];
extern const char *const reflow_flow_problem_paths[REFLOW_FLOW_PROBLEM_PATHS];

/* Reads the new run's id and etag from a whole, valid answer into `result`. REFLOW_OK, or
 * REFLOW_ERR_JSON_UNEXPECTED when it names no run, or more than one. Decodes the slices in place:
 * to be called once. */
enum reflow_error reflow_flow_new_run(struct reflow_slices *slices, struct reflow_result *result);

/* Reads the service's words, code and request ID from an error answer into `result`, as far as they
 * are there. Returns whether the gateway's code says that the service was not reached (503000,
 * 503010). Decodes the slices in place: to be called once. */
bool reflow_flow_problem(struct reflow_slices *slices, struct reflow_result *result);

#endif
