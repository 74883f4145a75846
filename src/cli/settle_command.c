/* SPDX-License-Identifier: MIT */
/* settle_command: for runs whose re-trigger is unknown, what a person needs in order to say what became
 * of it; and the answer, recorded. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "events.h"
#include "evidence.h"
#include "interrupt.h"
#include "report.h"
#include "session.h"
#include "settlement.h"

#define CLOCKS_DIFFER 120 /* seconds, at most: between the journal's clock and the service's */
#define NIGHT_AND_DAY 86400

static struct connection connection;
static struct journal journal;

/* A connection is opened for the first run only: without one it needs no token. */
static int with_connection(const struct options *options,
                           int (*work)(const struct options *options, struct journal_entry *entry),
                           struct journal_entry *entry)
{
    int status = session_begin(options);

    if (status == EXIT_DONE) {
        status = connection_open(&connection, options);
        if (status == EXIT_DONE) {
            status = work(options, entry);
            connection_close(&connection);
        }
    }
    session_end();
    return status;
}

/* ---- Without a journal ---- */

static int show_named(const struct options *options, struct journal_entry *entry)
{
    const int64_t now = (int64_t)time(NULL);
    struct suspect suspect = {.run = options->operands[0], .flow = ""};

    (void)entry;
    suspect.since = options->since_given ? options->since : now - NIGHT_AND_DAY;
    suspect.attempted = options->since_given ? options->since : -1;
    return evidence_show(&connection, options, NULL, &suspect);
}

/* ---- With one ---- */

static int show_entry(const struct options *options, const struct journal_entry *entry)
{
    const struct suspect suspect = {.run = entry->run,
                                    .flow = entry->flow,
                                    .since = entry->time - CLOCKS_DIFFER,
                                    .attempted = entry->time};

    return evidence_show(&connection, options, &journal, &suspect);
}

static int show_one(const struct options *options, struct journal_entry *entry)
{
    return show_entry(options, entry);
}

/* The first is in `*entry`, and found once more from the beginning. */
static int show_all(const struct options *options, struct journal_entry *entry)
{
    int status = EXIT_DONE;
    off_t offset = 0;

    while (history_next_unsettled(&journal, &offset, entry)) {
        if (interrupt_asked() != INTERRUPT_NONE) {
            console_error((const char *[]){"stopped before run ", entry->run, NULL});
            return report_worse(status, EXIT_NOT_APPLIED);
        }
        status = report_worse(status, show_entry(options, entry));
        if (status == EXIT_STORAGE) {
            return status;
        }
    }
    return journal.failed ? EXIT_STORAGE : status;
}

static int settle_one(const struct options *options)
{
    static struct history history;
    const char *run = options->operands[0];

    if (!history_of(&journal, run, &history)) {
        return EXIT_STORAGE;
    }
    if (history.state == HISTORY_UNKNOWN) {
        return with_connection(options, show_one,
                               history.intent.run[0] != '\0' ? &history.intent : &history.last);
    }
    settlement_explain(run, &history);
    return history.state == HISTORY_NONE ? EXIT_USAGE : EXIT_DONE;
}

static int say_that_all_is_settled(const struct options *options)
{
    static struct line line;

    line_begin(&line);
    line_own(&line, "nothing is unsettled");
    return options->json || line_write(&line, STDOUT_FILENO) ? EXIT_DONE : events_output_lost();
}

static int settle_all(const struct options *options)
{
    static struct journal_entry entry;
    off_t offset = 0;

    if (history_next_unsettled(&journal, &offset, &entry)) {
        return with_connection(options, show_all, &entry);
    }
    return journal.failed ? EXIT_STORAGE : say_that_all_is_settled(options);
}

static int settle_from_journal(const struct options *options)
{
    int status = journal_open(&journal, options->journal, false);

    if (status != EXIT_DONE) {
        return status;
    }
    if (journal_is_in_use(&journal)) {
        console_error((const char *[]){options->journal,
                                       ": another process is writing to it: what is on its way "
                                       "just now counts as unsettled",
                                       NULL});
    }
    status = options->operand_count > 0 ? settle_one(options) : settle_all(options);
    journal_close(&journal);
    return status;
}

/* ---- Both ---- */

/* The first thing that is wrong; NULL when nothing is. */
static const char *wrong_operands(const struct options *options)
{
    if (options->operand_count > 1) {
        return "settle: one run at a time, or with --journal all that are unsettled";
    }
    if (options->operand_count == 1 && !reflow_run_id_valid(options->operands[0])) {
        return "settle: this is not the ID of a run";
    }
    return NULL;
}

static const char *wrong_without_journal(const struct options *options)
{
    if (options->as != NULL) {
        return "settle --as: name the journal, in which the answer is recorded, with --journal";
    }
    if (options->operand_count == 0) {
        return "settle: which run? Name its ID, or a journal with --journal";
    }
    return NULL;
}

static const char *wrong_with_journal(const struct options *options)
{
    return options->since_given
               ? "settle --journal: leave out --since: the journal knows when each attempt was"
               : NULL;
}

static bool are_sound(const struct options *options)
{
    const char *wrong = wrong_operands(options);

    if (wrong == NULL) {
        wrong =
            options->journal == NULL ? wrong_without_journal(options) : wrong_with_journal(options);
    }
    if (wrong != NULL) {
        console_error((const char *[]){wrong, NULL});
    }
    return wrong == NULL;
}

int command_settle(const struct options *options)
{
    if (!are_sound(options)) {
        return EXIT_USAGE;
    }
    if (options->as != NULL) {
        return settlement_record(options);
    }
    return options->journal != NULL ? settle_from_journal(options)
                                    : with_connection(options, show_named, NULL);
}
