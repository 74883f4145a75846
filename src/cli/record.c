/* SPDX-License-Identifier: MIT */
/* record: from jobs to journal entries. */
#include "record.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static struct journal journal;
static bool kept;

/* What would be done can be shown without a journal as well, and must leave no trace. */
int record_open(const struct options *options)
{
    int status;

    kept = false;
    if (options->journal == NULL || (options->dry_run && access(options->journal, F_OK) != 0)) {
        return EXIT_DONE;
    }
    status = journal_open(&journal, options->journal, !options->dry_run);
    kept = status == EXIT_DONE;
    return status;
}

void record_close(void)
{
    if (kept) {
        journal_close(&journal);
        kept = false;
    }
}

bool record_is_kept(void)
{
    return kept;
}

bool record_is_sound(void)
{
    return !kept || !journal.failed;
}

enum verdict record_verdict(const struct options *options, const char *run, struct history *history)
{
    memset(history, 0, sizeof *history);
    if (!kept) {
        return TAKE;
    }
    if (!history_of(&journal, run, history)) {
        return LEAVE_UNKNOWN;
    }
    return history_verdict(history, options->rounds, options->repeat_unknown,
                           options->repeat_refused);
}

static void begin_entry(struct journal_entry *entry, enum journal_event event,
                        const struct job *job)
{
    memset(entry, 0, sizeof *entry);
    entry->event = event;
    entry->time = (int64_t)time(NULL);
    memcpy(entry->run, job->run, strlen(job->run) + 1);
}

bool record_intent(struct job *job)
{
    struct journal_entry entry;

    if (!kept) {
        return true;
    }
    begin_entry(&entry, JOURNAL_INTENT, job);
    memcpy(entry.flow, job->flow, sizeof entry.flow);
    job->intended = journal_append(&journal, &entry) == EXIT_DONE;
    return job->intended;
}

bool record_outcome(struct job *job)
{
    static const enum journal_event events[REFLOW_UNKNOWN + 1] = {
        [REFLOW_RETRIGGERED] = JOURNAL_RETRIGGERED,
        [REFLOW_REFUSED] = JOURNAL_REFUSED,
        [REFLOW_NOT_APPLIED] = JOURNAL_NOT_APPLIED,
        [REFLOW_UNKNOWN] = JOURNAL_UNKNOWN};
    const struct reflow_result *result = connection_result(&job->connection);
    struct journal_entry entry;

    if (!kept || !job->intended) {
        return true; /* nothing was to be sent */
    }
    job->intended = false;
    begin_entry(&entry, events[result->outcome], job);
    if (result->id != NULL) {
        memcpy(entry.id, result->id, strlen(result->id) + 1);
    }
    if (result->error != REFLOW_OK) {
        const char *name = reflow_error_name(result->error);
        memcpy(entry.error, name, strlen(name) + 1);
    }
    entry.http = result->http_status;
    entry.attempts = result->attempts;
    return journal_append(&journal, &entry) == EXIT_DONE;
}
