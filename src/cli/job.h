/* SPDX-License-Identifier: MIT */
/* job: one run on its way, and what it waits for. */
#ifndef REFLOW_CLI_JOB_H
#define REFLOW_CLI_JOB_H

#include <poll.h>

#include "connection.h"
#include "ids.h"

#define MOST_FLOW_ID 128

/* A run on its way. */
struct job {
    struct connection connection;
    char run[IDS_LINE];
    char flow[MOST_FLOW_ID + 1]; /* empty: not known */
    bool intended;               /* the journal holds an intent that has no outcome yet */
    enum job_state {
        JOB_IDLE,
        JOB_FOUND,   /* has a run, which is begun when the throttle lets it */
        JOB_DUE,     /* to be stepped */
        JOB_WAITING, /* for its connection, or for its time */
        JOB_PAUSED,  /* between two attempts, because the service has asked for it */
        JOB_HELD,    /* ready to be sent, when the throttle lets it */
        JOB_REJECTED /* its token was; waits until nothing else is on its way */
    } state;
    enum reflow_event event; /* WAITING, PAUSED: for what */
    uint32_t due_ms;         /* the same: by then in any case */
    uint32_t deadline_ms;    /* when the run has had its time */
    uint8_t slowed;          /* the attempt after which the throttle was told */
    size_t fds;              /* where its descriptors stand in poll()'s */
    size_t fd_count;
};

/* Whether its operation has begun and not ended. */
bool job_is_on_its_way(const struct job *job);

/* Makes a poll()'s timeout (-1: none) no longer than this; a time that has passed makes it 0. */
void job_lower(int *timeout_ms, uint32_t left_ms);

/* Notes what a job that is WAITING or PAUSED waits for: its descriptors in `fds` from `*count` on, and
 * its time. A pause lasts for `throttled_ms` in any case, but not beyond the run's deadline. */
void job_watch(struct job *job, uint32_t now_ms, uint32_t throttled_ms, struct pollfd *fds,
               size_t *count, int *timeout_ms);

/* Whether that has come, after poll(). */
bool job_is_ready(const struct job *job, const struct pollfd *fds, uint32_t now_ms);

/* Whether its deadline has passed. */
bool job_is_late(const struct job *job, uint32_t now_ms);

#endif
