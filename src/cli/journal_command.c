/* SPDX-License-Identifier: MIT */
/* journal_command: shows what a journal remembers, and what in it is left to a person. The file is
 * only read: a retry may be writing to it meanwhile. */
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "events.h"
#include "history.h"
#include "interrupt.h"

static struct journal journal;
static struct line line;

/* How many runs stand in each state. */
static uint32_t runs[HISTORY_UNKNOWN + 1];

/* ---- The events ---- */

/* The last event of a run says how it stands, and counts it. */
static enum event_mark judge(const struct journal_entry *entry, off_t behind)
{
    static struct journal_entry later;
    const enum history_state state = history_state_after(entry->event);

    if (!history_next(&journal, &behind, entry->run, &later)) {
        runs[state]++;
        return state == HISTORY_UNKNOWN ? EVENT_UNSETTLED : EVENT_PLAIN;
    }
    return entry->event == JOURNAL_INTENT && later.event == JOURNAL_INTENT ? EVENT_UNANSWERED
                                                                           : EVENT_PLAIN;
}

static int show_events(const struct options *options)
{
    static struct journal_entry entry;
    enum event_mark mark;
    off_t offset = 0;
    size_t number = 0;

    while (journal_next(&journal, &offset, &entry, &number)) {
        mark = judge(&entry, offset);
        if (journal.failed) {
            break;
        }
        if (!events_show(options, &entry, mark)) {
            return events_output_lost();
        }
        if (interrupt_asked() != INTERRUPT_NONE) {
            console_error((const char *[]){"stopped before the end of the journal", NULL});
            return EXIT_NOT_APPLIED;
        }
    }
    return journal.failed ? EXIT_STORAGE : EXIT_DONE;
}

/* ---- The sum ---- */

static void count_out(enum history_state state, const char *words)
{
    line_number(&line, runs[state]);
    line_own(&line, words);
}

static int show_sum(const char *path)
{
    const uint32_t all = runs[HISTORY_RETRIGGERED] + runs[HISTORY_REFUSED] +
                         runs[HISTORY_NOT_APPLIED] + runs[HISTORY_UNKNOWN];

    line_begin(&line);
    line_number(&line, all);
    line_own(&line, all == 1 ? " run: " : " runs: ");
    count_out(HISTORY_RETRIGGERED, " re-triggered, ");
    count_out(HISTORY_REFUSED, " refused, ");
    count_out(HISTORY_NOT_APPLIED, " not applied, ");
    count_out(HISTORY_UNKNOWN, " unsettled");
    if (runs[HISTORY_UNKNOWN] > 0) {
        line_own(&line, "\n    -> ");
        events_settle_command(&line, path);
    }
    return line_write(&line, STDOUT_FILENO) ? EXIT_DONE : events_output_lost();
}

/* What a reader must know of a file that changes, or that ends in the middle of a line. */
static void say_what_is_odd(const char *path, bool in_use)
{
    if (in_use) {
        console_error((const char *[]){path,
                                       ": another process is writing to it: what is on its way "
                                       "just now has no outcome yet",
                                       NULL});
    } else if (journal.torn > 0) {
        console_error((const char *[]){path,
                                       ": its last line was torn by a crash or a power cut: it is "
                                       "left out here, and the next retry removes it",
                                       NULL});
    }
}

/* ---- All of it ---- */

static int show(const struct options *options, const char *path)
{
    int status = journal_open(&journal, path, false);
    bool in_use;

    if (status != EXIT_DONE) {
        return status;
    }
    in_use = journal_is_in_use(&journal);
    memset(runs, 0, sizeof runs);
    status = show_events(options);
    if (status == EXIT_DONE && !options->json) {
        status = show_sum(path);
    }
    if (status == EXIT_DONE) {
        say_what_is_odd(path, in_use);
    }
    journal_close(&journal);
    return status;
}

int command_journal(const struct options *options)
{
    const bool by_option = options->journal != NULL;

    if (options->operand_count + (by_option ? 1 : 0) != 1) {
        console_error((const char *[]){"journal: which file? Name one: reflow journal FILE", NULL});
        return EXIT_USAGE;
    }
    return show(options, by_option ? options->journal : options->operands[0]);
}
