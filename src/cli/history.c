/* SPDX-License-Identifier: MIT */
/* history: looks the lines of a run up in the journal's index, or goes through them all, and reads only
 * those that tell of it. */
#include "history.h"

#include <string.h>

static bool has_bond(enum journal_bond bond, const char *line, size_t length, const char *run,
                     size_t run_length)
{
    return bond == JOURNAL_TELLS_OF ? journal_line_is_of(line, length, run, run_length)
                                    : journal_line_leads_to(line, length, run, run_length);
}

/* Moves on to the next line that may have this bond: by the index, or where it is full to the very
 * next one. */
static bool move_on(const struct journal *journal, enum journal_bond bond, const char *run,
                    off_t *offset)
{
    return journal->index->full || journal_index_next(journal->index, bond, run, offset);
}

/* The next line from `*offset` on with this bond. Returns false when there is none, or when reading
 * failed. */
static bool find(struct journal *journal, enum journal_bond bond, const char *run, off_t *offset,
                 struct journal_entry *entry)
{
    const size_t run_length = strlen(run);
    const char *line;
    size_t length;
    size_t number = 0;

    while (move_on(journal, bond, run, offset)) {
        off_t begin = *offset;

        if (!journal_next_line(journal, offset, &line, &length)) {
            return false;
        }
        if (has_bond(bond, line, length, run, run_length)) {
            *offset = begin;
            return journal_next(journal, offset, entry, &number);
        }
    }
    return false;
}

bool history_next(struct journal *journal, off_t *offset, const char *run,
                  struct journal_entry *entry)
{
    return find(journal, JOURNAL_TELLS_OF, run, offset, entry);
}

bool history_origin(struct journal *journal, const char *run, struct journal_entry *entry)
{
    off_t offset = 0;

    return find(journal, JOURNAL_LEADS_TO, run, &offset, entry);
}

enum history_state history_state_after(enum journal_event event)
{
    switch (event) {
    case JOURNAL_RETRIGGERED:
        return HISTORY_RETRIGGERED;
    case JOURNAL_REFUSED:
        return HISTORY_REFUSED;
    case JOURNAL_NOT_APPLIED:
        return HISTORY_NOT_APPLIED;
    default:
        return HISTORY_UNKNOWN;
    }
}

/* All of `history` but the rounds; of no use when the journal has failed. A later line of the run has
 * more to say than all before. */
static void read_events(struct journal *journal, const char *run, struct history *history)
{
    off_t offset = 0;

    memset(history, 0, sizeof *history);
    while (history_next(journal, &offset, run, &history->last)) {
        history->state = history_state_after(history->last.event);
        if (history->last.event == JOURNAL_INTENT) {
            history->intent = history->last;
        }
    }
}

bool history_of(struct journal *journal, const char *run, struct history *history)
{
    struct journal_entry origin;

    read_events(journal, run, history);
    while (history->round < HISTORY_MOST_ROUNDS && history_origin(journal, run, &origin)) {
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
    static struct journal_entry later;

    return !history_next(journal, &offset, run, &later) && !journal->failed;
}

bool history_next_unsettled(struct journal *journal, off_t *offset, struct journal_entry *intent)
{
    static struct history history;
    size_t number = 0;

    while (journal_next(journal, offset, intent, &number)) {
        if (history_state_after(intent->event) != HISTORY_UNKNOWN ||
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
