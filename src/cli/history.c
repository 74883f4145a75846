/* SPDX-License-Identifier: MIT */
/* history: goes through the journal's lines, and reads only those that tell of the run. */
#include "history.h"

#include <string.h>

/* A later line of the run has more to say than all before. Returns whether it could be read. */
static bool take_line(struct journal *journal, off_t offset, struct history *history)
{
    size_t number = 0;

    if (!journal_next(journal, &offset, &history->last, &number)) {
        return false;
    }
    if (history->last.event == JOURNAL_INTENT) {
        history->intent = history->last;
    }
    return true;
}

static enum history_state state_after(enum journal_event event)
{
    switch (event) {
    case JOURNAL_RETRIGGERED:
        return HISTORY_RETRIGGERED;
    case JOURNAL_REFUSED:
        return HISTORY_REFUSED;
    case JOURNAL_NOT_APPLIED:
        return HISTORY_NOT_APPLIED;
    case JOURNAL_INTENT:
    case JOURNAL_UNKNOWN:
    case JOURNAL_EVENTS:
        break;
    }
    return HISTORY_UNKNOWN;
}

/* All of `history` but the rounds; of no use when the journal has failed. */
static void read_events(struct journal *journal, const char *run, struct history *history)
{
    const size_t run_length = strlen(run);
    off_t offset = 0;
    off_t begin = 0;
    const char *line;
    size_t length;
    bool sound = true;

    memset(history, 0, sizeof *history);
    while (sound && journal_next_line(journal, &offset, &line, &length)) {
        if (journal_line_is_of(line, length, run, run_length)) {
            sound = take_line(journal, begin, history);
        }
        begin = offset;
    }
    if (history->last.run[0] != '\0') {
        history->state = state_after(history->last.event);
    }
}

/* The entry that says that `run`, which may stand in `*entry` itself, is the new run of another. Returns
 * whether there is one. */
static bool find_origin(struct journal *journal, const char *run, struct journal_entry *entry)
{
    const size_t run_length = strlen(run);
    off_t offset = 0;
    off_t begin = 0;
    const char *line;
    size_t length;
    size_t number = 0;

    while (journal_next_line(journal, &offset, &line, &length)) {
        if (journal_line_leads_to(line, length, run, run_length)) {
            return journal_next(journal, &begin, entry, &number);
        }
        begin = offset;
    }
    return false;
}

bool history_of(struct journal *journal, const char *run, struct history *history)
{
    struct journal_entry origin;

    read_events(journal, run, history);
    while (history->round < HISTORY_MOST_ROUNDS && find_origin(journal, run, &origin)) {
        history->round++;
        run = origin.run;
    }
    if (journal->failed) {
        history->state = HISTORY_UNKNOWN;
    }
    return !journal->failed;
}

/* ---- What is unsettled ---- */

/* Whether no line from `offset` on tells of the run. */
static bool is_silent(struct journal *journal, off_t offset, const char *run)
{
    const size_t run_length = strlen(run);
    const char *line;
    size_t length;

    while (journal_next_line(journal, &offset, &line, &length)) {
        if (journal_line_is_of(line, length, run, run_length)) {
            return false;
        }
    }
    return !journal->failed;
}

bool history_next_unsettled(struct journal *journal, off_t *offset, struct journal_entry *intent)
{
    static struct history history;
    size_t number = 0;

    while (journal_next(journal, offset, intent, &number)) {
        if (state_after(intent->event) != HISTORY_UNKNOWN ||
            !is_silent(journal, *offset, intent->run)) {
            continue;
        }
        read_events(journal, intent->run, &history);
        if (history.intent.run[0] != '\0') {
            *intent = history.intent;
        }
        return !journal->failed;
    }
    return false;
}

/* ---- The decision ---- */

static bool is_of_credentials(const char *error)
{
    return strcmp(error, reflow_error_name(REFLOW_ERR_UNAUTHORIZED)) == 0 ||
           strcmp(error, reflow_error_name(REFLOW_ERR_FORBIDDEN)) == 0;
}

enum verdict history_verdict(const struct history *history, unsigned rounds, bool repeat_unknown,
                             bool repeat_refused)
{
    if (history->state == HISTORY_RETRIGGERED) {
        return LEAVE_RETRIGGERED;
    }
    if (history->state == HISTORY_UNKNOWN && !repeat_unknown) {
        return LEAVE_UNKNOWN;
    }
    if (history->state == HISTORY_REFUSED && !repeat_refused &&
        !is_of_credentials(history->last.error)) {
        return LEAVE_REFUSED;
    }
    return history->round < rounds ? TAKE : LEAVE_ROUNDS;
}
