/* SPDX-License-Identifier: MIT */
/* retry_command: re-triggers the runs that are named or found, and remembers it where asked to. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "failed.h"
#include "follow.h"
#include "interrupt.h"
#include "left.h"
#include "progress.h"
#include "record.h"
#include "report.h"
#include "session.h"

/* Static, because there is one of it. */
static struct {
    const struct options *options;
    struct ids ids;
    int status;
    bool waiting;     /* a run was found that is on its way already; it is in `waited` */
    bool output_lost; /* a report did not reach standard output: no further run is begun */
    bool input_lost;
    struct progress progress;
    uint32_t left[LEAVE_ROUNDS + 1];
    size_t followed; /* new runs whose ends are to be waited for */
    struct {
        char run[IDS_LINE];
        char flow[MOST_FLOW_ID + 1];
    } waited;
} retry;

static void count_status(int status)
{
    retry.status = report_worse(retry.status, status);
}

/* Standard output that cannot be written to counts as storage, because a report that nobody gets is
 * lost. */
static void note_output(bool written, const char *run, const char *word)
{
    if (!written) {
        retry.output_lost = true;
        console_error(
            (const char *[]){"standard output cannot be written to; run ", run, ": ", word, NULL});
        count_status(EXIT_STORAGE);
    }
}

/* ---- Which run is next ---- */

static enum pool_next next_named(struct job *job, bool may_wait)
{
    const char *id = NULL;

    switch (ids_next(&retry.ids, may_wait, &id)) {
    case IDS_ONE:
    case IDS_BAD:
        job->run[sizeof job->run - 1] = '\0';
        (void)strncpy(job->run, id, sizeof job->run - 1);
        job->flow[0] = '\0';
        return POOL_RUN;
    case IDS_WAIT:
        return POOL_WAIT_FOR_INPUT;
    case IDS_FAILED:
        retry.input_lost = true;
        return POOL_END;
    default: /* there is no other */
        return POOL_END;
    }
}

static enum pool_next next_found(struct job *job, bool may_wait)
{
    if (retry.waiting) {
        retry.waiting = false;
        memcpy(job->run, retry.waited.run, sizeof job->run);
        memcpy(job->flow, retry.waited.flow, sizeof job->flow);
        return POOL_RUN;
    }
    return retry.options->failed ? failed_next(job, may_wait) : next_named(job, may_wait);
}

/* The same run twice in a row: what becomes of the first decides about the second. */
static enum pool_next wait_with(const struct job *job)
{
    retry.waiting = true;
    memcpy(retry.waited.run, job->run, sizeof job->run);
    memcpy(retry.waited.flow, job->flow, sizeof job->flow);
    return POOL_WAIT;
}

static void put_back(void *context, const struct job *job)
{
    (void)context;
    (void)wait_with(job);
}

/* A run that is left alone because it was found in a list and has been seen to is not worth a line
 * each night. */
static void leave(const struct job *job, enum verdict verdict, const struct history *history)
{
    const bool named = !retry.options->failed;

    retry.left[verdict]++;
    if (retry.options->dry_run) {
        note_output(left_preview(retry.options, job->run, verdict, history), job->run, "left");
        return;
    }
    count_status(left_status(verdict, named));
    if (named || left_status(verdict, named) != EXIT_DONE) {
        note_output(left_report(retry.options, job->run, verdict, history), job->run, "left");
    }
}

static void follow(struct connection *connection)
{
    if (retry.followed > 0 && !retry.output_lost) {
        count_status(follow_all(connection));
        retry.followed = 0;
    }
}

/* Whether one more re-triggered run can be kept in mind. Where it cannot, those that are wait to be
 * followed first. */
static bool has_room(struct job *job, bool may_wait)
{
    if (retry.followed + MOST_JOBS > MOST_FOLLOWED) {
        if (!may_wait) {
            return false;
        }
        follow(&job->connection);
    }
    return true;
}

static enum pool_next next(void *context, struct job *job, bool may_wait)
{
    struct history history;
    enum verdict verdict;
    enum pool_next found;

    (void)context;
    if (!has_room(job, may_wait)) {
        return POOL_WAIT;
    }
    while ((found = next_found(job, may_wait)) == POOL_RUN) {
        if (record_is_kept() && pool_has(job->run)) {
            return wait_with(job);
        }
        if (!reflow_run_id_valid(job->run)) {
            return POOL_RUN; /* which ends as what it is */
        }
        verdict = record_verdict(retry.options, job->run, &history);
        if (!record_is_sound() || retry.output_lost) {
            return POOL_END;
        }
        if (verdict == TAKE && !retry.options->dry_run) {
            return POOL_RUN;
        }
        progress_hide();
        leave(job, verdict, &history);
    }
    return found;
}

/* ---- What becomes of it ---- */

static bool commit(void *context, struct job *job)
{
    (void)context;
    return record_intent(job);
}

static void report(struct job *job)
{
    const struct reflow_result *result = connection_result(&job->connection);

    progress_hide();
    count_status(reflow_exit_status(result->outcome, result->error));
    note_output(report_run(retry.options, job->run, result), job->run,
                reflow_outcome_name(result->outcome));
    retry.progress.outcomes[result->outcome]++;
    retry.progress.done = retry.ids.from_input ? retry.ids.taken : retry.progress.done + 1;
    progress_show(&retry.progress);
}

/* There is room for it: has_room() has seen to that before the run was begun. */
static void follow_later(const char *run_id)
{
    if (reflow_run_id_valid(run_id)) {
        (void)follow_add(run_id, false);
        retry.followed++;
        return;
    }
    console_error((const char *[]){"run ", run_id, " has an ID that cannot be asked for", NULL});
    count_status(EXIT_NOT_APPLIED);
}

static bool ended(void *context, struct job *job, bool final)
{
    const struct reflow_result *result = connection_result(&job->connection);

    (void)context;
    if (!record_outcome(job)) {
        count_status(EXIT_STORAGE);
    }
    if (final) {
        report(job);
    }
    if (retry.options->wait && result->outcome == REFLOW_RETRIGGERED) {
        follow_later(result->id);
    }
    return !retry.output_lost && record_is_sound();
}

static const struct pool_work work = {
    .next = next, .put_back = put_back, .commit = commit, .ended = ended};

/* ---- All runs ---- */

/* How much there is to do, if that can be known: the number of operands, or the size of a file. */
static uint64_t whole(const struct ids *ids)
{
    struct stat input;

    if (!ids->from_input) {
        return ids->operand_count;
    }
    return fstat(STDIN_FILENO, &input) == 0 && S_ISREG(input.st_mode) && input.st_size > 0
               ? (uint64_t)input.st_size
               : 0;
}

/* Why not everything was taken, as far as there was something left to take. */
static void explain_stop(void)
{
    const char *id = NULL;
    enum ids_result found;

    if (retry.options->failed) {
        console_error((const char *[]){"stopped before all failed runs were seen to", NULL});
        count_status(EXIT_NOT_APPLIED);
        return;
    }
    if (retry.waiting) {
        id = retry.waited.run;
        found = IDS_ONE;
    } else {
        found = ids_next(&retry.ids, false, &id);
    }
    if (found == IDS_ONE || found == IDS_BAD) {
        console_error((const char *[]){"stopped before run ", id, NULL});
    }
    if (found != IDS_END) {
        count_status(EXIT_NOT_APPLIED);
    }
}

static void explain_input(void)
{
    if (interrupt_asked() != INTERRUPT_NONE) {
        count_status(EXIT_NOT_APPLIED); /* there may have been more to come */
        return;
    }
    console_error((const char *[]){"standard input cannot be read to its end", NULL});
    count_status(EXIT_STORAGE);
}

static void count_out(struct line *line, uint32_t number, const char *words)
{
    line_number(line, number);
    line_own(line, words);
}

/* What a timer's log is read for. */
static void summarize(void)
{
    static struct line line;
    const uint32_t *outcomes = retry.progress.outcomes;

    line_begin(&line);
    line_own(&line, "reflow: ");
    count_out(&line, failed_count(), " failed runs: ");
    count_out(&line, outcomes[REFLOW_RETRIGGERED], " re-triggered, ");
    count_out(&line, outcomes[REFLOW_REFUSED], " refused, ");
    count_out(&line, outcomes[REFLOW_NOT_APPLIED], " not applied, ");
    count_out(&line, outcomes[REFLOW_UNKNOWN], " unknown; left alone: ");
    count_out(&line, retry.left[LEAVE_RETRIGGERED], " done before, ");
    count_out(&line, retry.left[LEAVE_UNKNOWN], " unsettled, ");
    count_out(&line, retry.left[LEAVE_REFUSED], " refused before, ");
    count_out(&line, retry.left[LEAVE_ROUNDS], " after their last round");
    (void)line_write(&line, STDERR_FILENO);
}

static void retry_all(void)
{
    bool all;

    ids_begin(&retry.ids, retry.options);
    failed_begin(retry.options);
    retry.progress.whole = retry.options->failed ? 0 : whole(&retry.ids);
    follow_begin(retry.options);
    progress_begin(retry.options);
    all = pool_run(&work);
    progress_hide();
    follow(pool_connection());
    if (retry.input_lost) {
        explain_input();
    } else if (!all) {
        explain_stop();
    }
    if (!record_is_sound()) {
        count_status(EXIT_STORAGE);
    }
    if (retry.options->failed) {
        count_status(failed_status());
        if (!retry.options->quiet && !retry.options->dry_run) {
            summarize();
        }
    }
}

/* Bad IDs among the operands are all named before anything is sent. */
static void check_operands(void)
{
    struct reflow_client *client = &pool_connection()->client;
    size_t i;

    if (retry.options->operand_count == 1 && strcmp(retry.options->operands[0], "-") == 0) {
        return;
    }
    for (i = 0; i < retry.options->operand_count; i++) {
        const char *id = retry.options->operands[i];
        if (!reflow_run_id_valid(id)) {
            (void)reflow_start_retrigger(client, id);
            count_status(EXIT_USAGE);
            note_output(report_run(retry.options, id, reflow_result(client)), id, "not_applied");
        }
    }
    if (retry.status != EXIT_DONE) {
        console_error((const char *[]){"nothing was sent: correct the run IDs first", NULL});
    }
}

static bool are_sound(const struct options *options)
{
    const char *wrong = NULL;

    if (options->failed && options->operand_count > 0) {
        wrong = "retry --failed finds its runs itself: name none";
    } else if (options->failed && options->journal == NULL && !options->dry_run) {
        wrong = "retry --failed: name a file with --journal, which remembers what has been done; a "
                "failed run stays failed in the list for ever";
    } else if (!options->failed && options->operand_count == 0) {
        wrong = "retry: which runs? Name their IDs, or - for standard input, or --failed";
    }
    if (wrong != NULL) {
        console_error((const char *[]){wrong, NULL});
    }
    return wrong == NULL;
}

static int with_connections(const struct options *options)
{
    const int status = pool_open(options);

    if (status != EXIT_DONE) {
        return status;
    }
    check_operands();
    if (retry.status == EXIT_DONE) {
        retry_all();
    }
    pool_close();
    return retry.status;
}

int command_retry(const struct options *options)
{
    int status;

    if (!are_sound(options)) {
        return EXIT_USAGE;
    }
    memset(&retry, 0, sizeof retry);
    retry.options = options;
    status = session_begin(options);
    if (status == EXIT_DONE) {
        status = record_open(options);
    }
    if (status == EXIT_DONE) {
        status = with_connections(options);
    }
    record_close();
    session_end();
    return status;
}
