/* SPDX-License-Identifier: MIT */
/* ims: the token request (RFC 6749 section 4.4, with the credentials in its content) and its answer. */
#ifndef REFLOW_IMS_H
#define REFLOW_IMS_H

#include "reflow.h"

/* Writes the whole request. Returns where the client secret begins, and its length as written. */
size_t reflow_ims_request(struct reflow_text *request, const struct reflow_url *url,
                          const struct reflow_ims *ims, size_t *secret_length);

#define REFLOW_IMS_TOKEN_PATHS 2
#define REFLOW_IMS_PROBLEM_PATHS 2
extern const char *const reflow_ims_token_paths[REFLOW_IMS_TOKEN_PATHS];
extern const char *const reflow_ims_problem_paths[REFLOW_IMS_PROBLEM_PATHS];

/* Copies token and life into `ims`, which stays as it was if they are not what they should be. */
enum reflow_error reflow_ims_token(struct reflow_slices *slices, struct reflow_ims *ims);

/* Reads the words of an error answer (RFC 6749 section 5.2). */
bool reflow_ims_problem(struct reflow_slices *slices, struct reflow_result *result);

/* Whether a token that was fetched `age_ms` ago is near its end. */
bool reflow_ims_due(const struct reflow_ims *ims, uint32_t age_ms);

#endif
