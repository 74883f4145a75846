/* SPDX-License-Identifier: MIT */
/* named_runs: what the commands have in common that read runs which are named. */
#ifndef REFLOW_CLI_NAMED_RUNS_H
#define REFLOW_CLI_NAMED_RUNS_H

#include "connection.h"

/* What is done with them. The first two return exit statuses. */
struct named_runs {
    int (*take)(const struct options *options, struct connection *connection, const char *run_id);
    int (*finish)(struct connection *connection); /* when all were taken; NULL: nothing */
    bool (*over)(void);                           /* no more is to be taken */
};

/* Opens a connection and takes each run that the operands or standard input name. Bad IDs among
 * operands are all told before anything is sent; those on standard input in their turn. Returns the
 * exit status of the command. */
int named_runs_do(const struct named_runs *work, const struct options *options);

#endif
