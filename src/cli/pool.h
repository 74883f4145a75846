/* SPDX-License-Identifier: MIT */
/* pool: re-triggers many runs at once, in one thread, each on a connection of its own. */
#ifndef REFLOW_CLI_POOL_H
#define REFLOW_CLI_POOL_H

#include "job.h"

enum pool_next {
    POOL_RUN,            /* job->run and job->flow are the next */
    POOL_WAIT,           /* there may be more, when what is on its way has ended */
    POOL_WAIT_FOR_INPUT, /* there may be more, when standard input has it */
    POOL_END
};

/* What the pool works on. Each is called from pool_run() only. */
struct pool_work {
    void *context;

    /* Finds the next run for a job. With `may_wait` nothing else is on its way: it may take its time,
     * and use the job's connection. Otherwise it must not wait. */
    enum pool_next (*next)(void *context, struct job *job, bool may_wait);

    /* A run that was found is not begun after all. */
    void (*put_back)(void *context, const struct job *job);

    /* The service is verified and nothing has been sent: whether it may be. */
    bool (*commit)(void *context, struct job *job);

    /* An operation has ended; `final`: and no other follows for the same run. Returns whether more
     * runs may be taken. */
    bool (*ended)(void *context, struct job *job, bool final);
};

/* Opens as many connections as the options say. Returns an exit status. */
int pool_open(const struct options *options);
void pool_close(void);

/* Takes runs until there are no more, ended() has said so, or a signal has: then what is on its way
 * comes to its end. Returns whether everything was taken. */
bool pool_run(const struct pool_work *work);

/* Whether a run is on its way. */
bool pool_has(const char *run);

/* One of the connections, when nothing is on its way. */
struct connection *pool_connection(void);

#endif
