/* SPDX-License-Identifier: MIT */
/* job: descriptors and times, as poll() wants them. */
#include "job.h"

bool job_is_on_its_way(const struct job *job)
{
    return job->state != JOB_IDLE && job->state != JOB_FOUND && job->state != JOB_REJECTED;
}

void job_lower(int *timeout_ms, uint32_t left_ms)
{
    const int left = left_ms <= INT32_MAX ? (int)left_ms : 0;

    if (*timeout_ms < 0 || left < *timeout_ms) {
        *timeout_ms = left;
    }
}

void job_watch(struct job *job, uint32_t now_ms, uint32_t throttled_ms, struct pollfd *fds,
               size_t *count, int *timeout_ms)
{
    int own_ms = -1;

    job_lower(&own_ms, reflow_wake_ms(&job->connection.client) - now_ms);
    if (own_ms == 0 && job->state == JOB_PAUSED) {
        own_ms = (int)throttled_ms;
        job_lower(&own_ms, job->deadline_ms - now_ms);
    }
    job->fds = *count;
    job->fd_count =
        reflow_posix_pollfds(&job->connection.posix, (int)job->event, fds + *count, &own_ms);
    job->due_ms = now_ms + (uint32_t)own_ms;
    *count += job->fd_count;
    job_lower(timeout_ms, (uint32_t)own_ms);
}

static bool has_come(uint32_t then_ms, uint32_t now_ms)
{
    return now_ms - then_ms <= UINT32_MAX / 2; /* right across a wrap of the clock */
}

bool job_is_ready(const struct job *job, const struct pollfd *fds, uint32_t now_ms)
{
    size_t i;

    for (i = 0; i < job->fd_count; i++) {
        if (fds[job->fds + i].revents != 0) {
            return true;
        }
    }
    return has_come(job->due_ms, now_ms);
}

bool job_is_late(const struct job *job, uint32_t now_ms)
{
    return has_come(job->deadline_ms, now_ms);
}
