/* SPDX-License-Identifier: MIT */
/* failed: the failed runs that the service lists, one at a time. */
#ifndef REFLOW_CLI_FAILED_H
#define REFLOW_CLI_FAILED_H

#include "connection.h"
#include "pool.h"

/* Begins the list that the options ask for. */
void failed_begin(const struct options *options);

/* The next failed run that is this shard's, into job->run and job->flow. A page of the list is read over
 * the job's connection, when nothing else is on its way. */
enum pool_next failed_next(struct job *job, bool may_wait);

/* After the end: how reading the list went, and how many failed runs it had. */
int failed_status(void);
uint32_t failed_count(void);

#endif
