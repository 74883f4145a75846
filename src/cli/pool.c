/* SPDX-License-Identifier: MIT */
/* pool: steps clients as they become ready, and lets one throttle answer slow them all. */
#include "pool.h"

#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "session.h"
#include "throttle.h"

/* Static, because they are large; what is not used costs no memory. */
static struct job jobs[MOST_JOBS];
static size_t job_count;
static struct throttle throttle;
static uint32_t limit_ms; /* for each run */

int pool_open(const struct options *options)
{
    int status = EXIT_DONE;

    throttle_init(&throttle);
    limit_ms = options->timeout_s * 1000;
    for (job_count = 0; job_count < options->jobs && status == EXIT_DONE; job_count++) {
        jobs[job_count].state = JOB_IDLE;
        status = connection_open(&jobs[job_count].connection, options);
    }
    if (status != EXIT_DONE) {
        job_count--; /* the last one was not opened */
        pool_close();
    }
    return status;
}

void pool_close(void)
{
    while (job_count > 0) {
        job_count--;
        connection_close(&jobs[job_count].connection);
    }
}

struct connection *pool_connection(void)
{
    return &jobs[0].connection;
}

bool pool_has(const char *run)
{
    size_t i;

    for (i = 0; i < job_count; i++) {
        if (jobs[i].state != JOB_IDLE && strcmp(jobs[i].run, run) == 0) {
            return true;
        }
    }
    return false;
}

static size_t count_in(enum job_state state)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < job_count; i++) {
        if (jobs[i].state == state) {
            count++;
        }
    }
    return count;
}

static bool all_idle(void)
{
    return count_in(JOB_IDLE) == job_count;
}

static uint32_t now_ms(void)
{
    return reflow_posix.now_ms(&jobs[0].connection.posix);
}

/* ---- One job ---- */

/* Whether the service wants to be left alone for longer than that: what cannot wait so long ends at
 * once, unsent. */
static bool is_held_beyond(uint32_t left_ms)
{
    return throttle_wait(&throttle, now_ms()) >= left_ms;
}

/* An operation has ended; `state` is IDLE when no other follows for the same run. */
static void leave(struct job *job, const struct pool_work *work, enum job_state state, bool *more)
{
    job->state = state;
    if (!work->ended(work->context, job, state == JOB_IDLE)) {
        *more = false;
    }
}

/* What cannot even be begun (a line that is no run ID) ends like everything else. */
static void begin(struct job *job, const struct pool_work *work, bool *more)
{
    struct reflow_client *client = &job->connection.client;

    job->slowed = 0;
    job->state = JOB_DUE;
    if (job->connection.token != session_token()) {
        job->connection.token = session_token();
        (void)reflow_set_token(client, job->connection.token);
    }
    if (reflow_start_retrigger(client, job->run) != REFLOW_OK) {
        leave(job, work, JOB_IDLE, more);
    } else if (is_held_beyond(limit_ms)) {
        reflow_abandon(client, REFLOW_ERR_RATE_LIMITED);
    }
    job->deadline_ms = now_ms() + limit_ms; /* not a moment before the client's own */
}

/* Says "later" once for each attempt that was told so. Returns whether it was. */
static bool tell_throttle(struct job *job)
{
    const struct reflow_result *result = connection_result(&job->connection);

    if (result->hold_ms == 0 || result->attempts == job->slowed) {
        return false;
    }
    job->slowed = result->attempts;
    throttle_answer(&throttle, now_ms(), result->hold_ms);
    return true;
}

static void end(struct job *job, const struct pool_work *work, bool *more)
{
    const enum reflow_error error = connection_result(&job->connection)->error;
    const bool again = error == REFLOW_ERR_UNAUTHORIZED && connection_renewable(&job->connection);

    (void)tell_throttle(job);
    if (error == REFLOW_OK) {
        throttle_success(&throttle);
    }
    if (error != REFLOW_ERR_UNAUTHORIZED) {
        job->connection.renewed = false;
    }
    leave(job, work, again ? JOB_REJECTED : JOB_IDLE, more);
}

static void step(struct job *job, const struct pool_work *work, bool *more)
{
    if (interrupt_asked() == INTERRUPT_NOW) {
        reflow_abandon(&job->connection.client, REFLOW_ERR_CONNECTION_LOST);
    }
    job->event = reflow_step(&job->connection.client);
    if (job->event == REFLOW_DONE || job->event == REFLOW_FAILED) {
        end(job, work, more);
    } else if (job->event == REFLOW_COMMIT) {
        job->state = JOB_HELD;
    } else {
        job->state = tell_throttle(job) ? JOB_PAUSED : JOB_WAITING;
    }
}

static void commit(struct job *job, const struct pool_work *work)
{
    if (!work->commit(work->context, job)) {
        reflow_abandon(&job->connection.client, REFLOW_ERR_STORAGE);
    }
}

/* Nothing else is on its way, so nothing is kept from being read meanwhile. */
static void renew(struct job *job, const struct pool_work *work, bool *more)
{
    if (interrupt_asked() != INTERRUPT_NOW && connection_again(&job->connection)) {
        begin(job, work, more);
        return;
    }
    job->connection.renewed = false;
    leave(job, work, JOB_IDLE, more);
}

/* ---- All jobs ---- */

/* Whether the next request may be sent now; if so, it is. */
static bool is_released(void)
{
    const uint32_t now = now_ms();

    if (throttle_wait(&throttle, now) > 0) {
        return false;
    }
    throttle_release(&throttle, now);
    return true;
}

static void renew_all(const struct pool_work *work, bool *more)
{
    size_t i;

    for (i = 0; i < job_count; i++) {
        if (jobs[i].state == JOB_REJECTED) {
            renew(&jobs[i], work, more);
        }
    }
}

/* A job that comes to its commit point goes on at once, if the throttle lets it. */
static void advance(struct job *job, const struct pool_work *work, bool *more)
{
    if (job->state == JOB_DUE) {
        step(job, work, more);
    }
    if (job->state == JOB_HELD && is_released()) {
        commit(job, work);
        step(job, work, more);
    } else if (job->state == JOB_HELD && is_held_beyond(job->deadline_ms - now_ms())) {
        reflow_abandon(&job->connection.client, REFLOW_ERR_RATE_LIMITED);
        step(job, work, more);
    }
}

static void step_all(const struct pool_work *work, bool *more)
{
    const bool now = interrupt_asked() == INTERRUPT_NOW;
    size_t i;

    for (i = 0; i < job_count; i++) {
        if (now && job_is_on_its_way(&jobs[i])) {
            jobs[i].state = JOB_DUE;
        }
        advance(&jobs[i], work, more);
    }
    if (count_in(JOB_REJECTED) > 0 &&
        count_in(JOB_REJECTED) + count_in(JOB_IDLE) + count_in(JOB_FOUND) == job_count) {
        renew_all(work, more);
    }
}

/* While the service has asked for slowness, one run after the other is begun, when its request could
 * be sent: its deadline should not pass in a queue. */
static bool may_begin(void)
{
    const bool slow = throttle.holding || throttle.interval_ms > 0;
    const bool alone = throttle_wait(&throttle, now_ms()) == 0 && count_in(JOB_HELD) == 0;

    return count_in(JOB_REJECTED) == 0 && (!slow || alone || is_held_beyond(limit_ms));
}

/* Begins what was found when it may be, or gives it back when nothing more is to be begun. */
static void settle(struct job *job, const struct pool_work *work, bool *more)
{
    if (!*more || interrupt_asked() != INTERRUPT_NONE) {
        job->state = JOB_IDLE;
        work->put_back(work->context, job);
    } else if (may_begin()) {
        begin(job, work, more);
    }
}

static void settle_found(const struct pool_work *work, bool *more)
{
    size_t i;

    for (i = 0; i < job_count; i++) {
        if (jobs[i].state == JOB_FOUND) {
            settle(&jobs[i], work, more);
        }
    }
}

/* Whether a job is idle, and nothing against finding it a run. */
static bool has_room(bool more)
{
    return more && interrupt_asked() == INTERRUPT_NONE && count_in(JOB_IDLE) > 0 &&
           count_in(JOB_REJECTED) + count_in(JOB_FOUND) == 0;
}

/* Gives runs to idle jobs. One is found even while none may be begun: without it, there is nothing
 * to wait for. */
static enum pool_next take(const struct pool_work *work, bool *more)
{
    enum pool_next found = POOL_RUN;
    size_t i;

    for (i = 0; i < job_count && found == POOL_RUN && has_room(*more); i++) {
        struct job *job = &jobs[i];
        if (job->state != JOB_IDLE) {
            continue;
        }
        found = work->next(work->context, job, all_idle());
        if (found == POOL_RUN) {
            job->state = JOB_FOUND;
            settle(job, work, more);
        }
    }
    return found;
}

/* ---- Waiting ---- */

static struct pollfd fds[MOST_JOBS * REFLOW_POSIX_POLLFDS + 2];

/* What the throttle holds up is tried again when it may go. */
static void watch_all(size_t *count, int *timeout_ms)
{
    const uint32_t now = now_ms();
    size_t i;

    for (i = 0; i < job_count; i++) {
        if (jobs[i].state == JOB_WAITING || jobs[i].state == JOB_PAUSED) {
            job_watch(&jobs[i], now, throttle_wait(&throttle, now), fds, count, timeout_ms);
        } else if (jobs[i].state == JOB_HELD) {
            job_lower(timeout_ms, throttle_wait(&throttle, now));
            job_lower(timeout_ms, jobs[i].deadline_ms - now);
        } else if (jobs[i].state == JOB_FOUND && count_in(JOB_HELD) + count_in(JOB_REJECTED) == 0) {
            job_lower(timeout_ms, throttle_wait(&throttle, now));
        }
    }
}

/* A pause that is over may be followed by one that the throttle asks for. A run whose deadline passes
 * meanwhile ends then, and not when the throttle would have let it go on. */
static bool is_due(const struct job *job, uint32_t now)
{
    switch (job->state) {
    case JOB_WAITING:
        return job_is_ready(job, fds, now);
    case JOB_PAUSED:
        return job_is_ready(job, fds, now) && (job_is_late(job, now) || is_released());
    case JOB_HELD:
        return job_is_late(job, now);
    default: /* nothing is waited for */
        return false;
    }
}

static void wake(uint32_t now)
{
    size_t i;

    for (i = 0; i < job_count; i++) {
        if (is_due(&jobs[i], now)) {
            jobs[i].state = JOB_DUE;
        }
    }
}

/* For what jobs wait for. With `room` also for the next run, from standard input; what can be found
 * at once is not waited for. */
static void wait(enum pool_next found, bool room)
{
    int timeout_ms = room && found == POOL_RUN ? 0 : -1;
    size_t count = 0;

    watch_all(&count, &timeout_ms);
    if (room && found == POOL_WAIT_FOR_INPUT) {
        fds[count].fd = STDIN_FILENO;
        fds[count].events = POLLIN;
        count++;
    }
    interrupt_poll(fds, count, timeout_ms);
    wake(now_ms());
}

static bool is_over(enum pool_next found, bool more)
{
    return all_idle() && (found == POOL_END || !more || interrupt_asked() != INTERRUPT_NONE);
}

/* Lets jobs go on. Returns whether one of them has ended, which makes room, and may be what the next
 * run waits for. */
static bool go_on(const struct pool_work *work, bool *more)
{
    const size_t idle = count_in(JOB_IDLE);

    step_all(work, more);
    return count_in(JOB_IDLE) > idle;
}

bool pool_run(const struct pool_work *work)
{
    enum pool_next found = POOL_RUN;
    bool more = true;

    for (;;) {
        if (found != POOL_END && has_room(more)) {
            found = take(work, &more);
        }
        if (go_on(work, &more) && found == POOL_WAIT) {
            found = POOL_RUN;
        }
        settle_found(work, &more);
        if (is_over(found, more)) {
            return found == POOL_END;
        }
        if (count_in(JOB_DUE) == 0 && !all_idle()) {
            wait(found, found != POOL_END && has_room(more));
        }
    }
}
