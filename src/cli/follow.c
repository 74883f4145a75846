/* SPDX-License-Identifier: MIT */
/* follow: a table of runs, each with the time of its next look; the earliest is next. */
#include "follow.h"

#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "interrupt.h"
#include "patience.h"
#include "report.h"
#include "run_report.h"
#include "text.h"
#include "trouble.h"

#define ID_SIZE 129
#define STATUS_SIZE 32 /* twice the longest of the documents; a longer word is not kept */

struct followed {
    int64_t added_ms;
    int64_t due_ms; /* not looked at before */

    /* What was seen last; empty or unknown: nothing yet. */
    int64_t created_ms;
    int64_t started_ms;
    uint32_t pause_ms; /* the last one */
    bool fresh;        /* it has only just been started */
    bool ended;
    char status[STATUS_SIZE];
    char flow_id[ID_SIZE];
    char id[ID_SIZE];
};

/* Static, because it is large and there is one. */
static struct followed table[MOST_FOLLOWED];
static size_t count;
static size_t left; /* that have not ended */

static const struct options *options;
static bool begun;
static int64_t deadline_ms;
static int64_t free_ms; /* no look before */
static uint32_t jitter; /* the generator's state, never 0 */
static enum reflow_error
    told; /* the trouble that was told last; REFLOW_OK: none since all was well */

/* ---- Time ---- */

static int64_t now_ms(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Xorshift (Marsaglia, 2003). It only keeps processes out of step, which nobody gains by guessing. */
static uint32_t next_random(void)
{
    jitter ^= jitter << 13;
    jitter ^= jitter >> 17;
    jitter ^= jitter << 5;
    return jitter;
}

static int64_t later(int64_t one, int64_t other)
{
    return one > other ? one : other;
}

static int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

static bool time_is_up(void)
{
    return begun && now_ms() >= deadline_ms;
}

bool follow_over(void)
{
    return interrupt_asked() != INTERRUPT_NONE || run_report_lost() || time_is_up();
}

/* Not beyond the deadline, and not beyond a signal. */
static void wait_until(int64_t until_ms)
{
    struct pollfd fds[1];
    int64_t wait_ms = earlier(until_ms, deadline_ms) - now_ms();

    while (wait_ms > 0 && interrupt_asked() == INTERRUPT_NONE) {
        interrupt_poll(fds, 0, (int)earlier(wait_ms, INT_MAX));
        wait_ms = earlier(until_ms, deadline_ms) - now_ms();
    }
}

static void begin_time(void)
{
    const uint32_t otherwise = options->timeout_given ? options->timeout_s : FOLLOW_DEFAULT_S;
    const uint32_t limit_s = options->wait_timeout_s > 0 ? options->wait_timeout_s : otherwise;

    if (!begun) {
        begun = true;
        deadline_ms = now_ms() + (int64_t)limit_s * 1000;
    }
}

/* ---- The table ---- */

void follow_begin(const struct options *given)
{
    options = given;
    count = 0;
    left = 0;
    begun = false;
    free_ms = 0;
    told = REFLOW_OK;
    /* Neighbouring processes differ: none of the process's bits is in the last one. */
    jitter = (((uint32_t)time(NULL) * UINT32_C(2654435761)) ^ ((uint32_t)getpid() << 1)) | 1U;
}

/* From `from_ms` on the run is left alone for its next pause. */
static void put_off(struct followed *run, int64_t from_ms)
{
    run->pause_ms = patience_next(run->pause_ms, options->poll_s * 1000, next_random());
    run->due_ms = from_ms + run->pause_ms;
}

bool follow_add(const char *run_id, bool look_now)
{
    struct followed *run = &table[count];

    if (count == MOST_FOLLOWED) {
        return false;
    }
    count++;
    left++;
    memset(run, 0, sizeof *run);
    memcpy(run->id, run_id, strlen(run_id) + 1);
    run->fresh = !look_now;
    run->created_ms = REFLOW_TIME_UNKNOWN;
    run->started_ms = REFLOW_TIME_UNKNOWN;
    run->added_ms = now_ms();
    run->due_ms = run->added_ms;
    if (!look_now) {
        put_off(run, run->added_ms);
    }
    return true;
}

static void end(struct followed *run)
{
    run->ended = true;
    left--;
}

/* There is one as long as any are left. Of those due at the same time it is the one added first. */
static struct followed *next_due(void)
{
    struct followed *next = NULL;
    size_t i;

    for (i = 0; i < count; i++) {
        if (!table[i].ended && (next == NULL || table[i].due_ms < next->due_ms)) {
            next = &table[i];
        }
    }
    return next;
}

/* ---- What a look has shown ---- */

static void keep(char *place, size_t size, const char *words)
{
    const size_t length = words != NULL ? strlen(words) : 0;

    place[0] = '\0';
    if (length > 0 && length < size) {
        memcpy(place, words, length + 1);
    }
}

static int take(struct followed *run, const struct reflow_run *seen)
{
    const bool succeeded = seen->state == REFLOW_RUN_SUCCEEDED;

    told = REFLOW_OK;
    if (!reflow_run_ended(seen)) {
        keep(run->flow_id, sizeof run->flow_id, seen->flow_id);
        keep(run->status, sizeof run->status, seen->status);
        run->created_ms = seen->created_ms;
        run->started_ms = seen->started_ms;
        put_off(run, now_ms());
        return EXIT_DONE;
    }
    end(run);
    if (!succeeded || !options->quiet || options->json) {
        run_report(options, seen);
    }
    return succeeded ? EXIT_DONE : EXIT_REFUSED;
}

/* Trouble on the way, or of the service's own, which says nothing about the run. */
static bool passes(const struct followed *run, enum reflow_error error)
{
    switch (error) {
    case REFLOW_ERR_NOT_FOUND:
        return run->fresh && now_ms() - run->added_ms < FOLLOW_UNKNOWN_MS;
    case REFLOW_ERR_RATE_LIMITED:
    case REFLOW_ERR_UNAVAILABLE:
    case REFLOW_ERR_SERVER_ERROR:
    case REFLOW_ERR_HTTP_MALFORMED:
    case REFLOW_ERR_HTTP_TRUNCATED:
    case REFLOW_ERR_JSON_MALFORMED:
    case REFLOW_ERR_JSON_UNEXPECTED:
    case REFLOW_ERR_DNS:
    case REFLOW_ERR_CONNECT:
    case REFLOW_ERR_PROXY:
    case REFLOW_ERR_TIMEOUT:
    case REFLOW_ERR_CONNECTION_LOST:
    case REFLOW_ERR_TLS_HANDSHAKE:
    case REFLOW_ERR_OUT_OF_MEMORY:
        return true;
    default:
        return false;
    }
}

/* What no run will fare better with: nobody who is not let in asks again for each of them. */
static bool concerns_all(enum reflow_error error)
{
    switch (error) {
    case REFLOW_ERR_UNAUTHORIZED:
    case REFLOW_ERR_TLS_UNTRUSTED:
    case REFLOW_ERR_TLS_HOSTNAME:
    case REFLOW_ERR_TLS_EXPIRED:
    case REFLOW_ERR_TLS_PIN:
    case REFLOW_ERR_CLOCK_UNSET:
        return true;
    default:
        return false;
    }
}

/* Each kind of trouble is told once, until all is well again. */
static void bear(struct followed *run, const struct reflow_result *result)
{
    if (told != result->error && !follow_over() && result->error != REFLOW_ERR_NOT_FOUND) {
        told = result->error;
        trouble_tell(run->id, result, "still waiting: it is looked at again");
    }
    put_off(run, now_ms());
    free_ms = later(free_ms, now_ms() + result->hold_ms);
}

static void give_up(struct followed *run, const struct reflow_result *result)
{
    end(run);
    run_report_trouble(options, run->id, result);
}

static int meet_trouble(struct followed *run, const struct connection *connection)
{
    const struct reflow_result *result = connection_result(connection);
    size_t i;

    if (passes(run, result->error)) {
        bear(run, result);
        return EXIT_DONE;
    }
    give_up(run, result);
    for (i = 0; concerns_all(result->error) && i < count; i++) {
        if (!table[i].ended) {
            give_up(&table[i], result);
        }
    }
    return connection_status(connection);
}

/* ---- A look ---- */

/* As connection_wait(), but not beyond the deadline. */
static void await(struct connection *connection, enum reflow_event event)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS + 1];
    const uint32_t wake = reflow_wake_ms(&connection->client);
    const uint32_t wait_ms = wake - reflow_posix.now_ms(&connection->posix);
    const int64_t mine_ms = later(deadline_ms - now_ms(), 0);
    int timeout_ms = wait_ms <= INT32_MAX ? (int)earlier(wait_ms, mine_ms) : 0;
    const size_t used = reflow_posix_pollfds(&connection->posix, (int)event, fds, &timeout_ms);

    interrupt_poll(fds, used, timeout_ms);
}

/* Nothing is changed by a look, so any signal may end it. */
static void drive(struct connection *connection)
{
    enum reflow_event event = reflow_step(&connection->client);

    while (event != REFLOW_DONE && event != REFLOW_FAILED) {
        await(connection, event);
        if (interrupt_asked() != INTERRUPT_NONE) {
            reflow_abandon(&connection->client, REFLOW_ERR_CONNECTION_LOST);
        } else if (time_is_up()) {
            reflow_abandon(&connection->client, REFLOW_ERR_TIMEOUT);
        }
        event = reflow_step(&connection->client);
    }
}

static int look(struct connection *connection, struct followed *run)
{
    struct reflow_run seen;

    free_ms = now_ms() + (left > 1 ? FOLLOW_SPACING_MS : 0);
    do {
        (void)reflow_start_run(&connection->client, run->id, &seen);
        drive(connection);
    } while (connection_again(connection));
    return connection_result(connection)->error == REFLOW_OK ? take(run, &seen)
                                                             : meet_trouble(run, connection);
}

/* ---- All of them ---- */

static void tell_unended(const struct followed *run)
{
    struct reflow_run known = {0};

    known.id = run->id;
    known.flow_id = run->flow_id[0] != '\0' ? run->flow_id : NULL;
    known.status = run->status[0] != '\0' ? run->status : NULL;
    known.created_ms = run->created_ms;
    known.started_ms = run->started_ms;
    known.completed_ms = REFLOW_TIME_UNKNOWN;
    known.input_records = -1;
    known.output_records = -1;
    known.failed_records = -1;
    run_report(options, &known);
}

static int tell_rest(void)
{
    char number[12];
    struct reflow_text text;
    size_t i;

    if (left == 0) {
        return EXIT_DONE;
    }
    for (i = 0; i < count && !run_report_lost(); i++) {
        if (!table[i].ended) {
            tell_unended(&table[i]);
        }
    }
    reflow_text_init(&text, number, sizeof number);
    reflow_text_number(&text, (uint32_t)left);
    reflow_text_bytes(&text, "", 1);
    console_error((const char *[]){time_is_up() ? "the time is up" : "stopped",
                                   "; not known to have ended: ", number, NULL});
    return EXIT_NOT_APPLIED;
}

int follow_all(struct connection *connection)
{
    struct followed *run;
    int status = EXIT_DONE;

    begin_time();
    while (left > 0 && !follow_over()) {
        run = next_due();
        wait_until(later(run->due_ms, free_ms));
        if (!follow_over()) {
            status = report_worse(status, look(connection, run));
        }
    }
    status = report_worse(status, tell_rest());
    status = report_worse(status, run_report_lost() ? EXIT_STORAGE : EXIT_DONE);
    count = 0;
    left = 0;
    return status;
}
