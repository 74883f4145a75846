/* SPDX-License-Identifier: MIT */
/* settlement: checks an answer against what the journal knows, and appends it. */
#include "settlement.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "console.h"
#include "events.h"
#include "journal_file.h"
#include "when.h"

static struct journal journal;

/* ---- In words ---- */

void settlement_explain(const char *run, const struct history *history)
{
    const struct journal_entry *last = &history->last;
    const char *by = last->by_operator ? ", as an operator has recorded" : "";
    char time[WHEN_SIZE];

    when_write(last->time, time);
    switch (history->state) {
    case HISTORY_RETRIGGERED:
        console_error((const char *[]){"run ", run, " is settled: re-triggered at ", time,
                                       ", new run ", last->id, by, NULL});
        break;
    case HISTORY_REFUSED:
        console_error((const char *[]){"run ", run, " is settled: refused at ", time,
                                       last->error[0] != '\0' ? ", " : "", last->error, by, NULL});
        break;
    case HISTORY_NOT_APPLIED:
        console_error(
            (const char *[]){"run ", run, " is settled: not applied at ", time, by, NULL});
        break;
    default: /* HISTORY_NONE: what is unknown is not settled */
        console_error((const char *[]){"the journal knows nothing of run ", run, NULL});
        break;
    }
}

static int refuse(const char *const *parts)
{
    console_error(parts);
    return EXIT_USAGE;
}

/* ---- The answer ---- */

static int read_answer(const char *as, struct journal_entry *answer)
{
    static const char retriggered[] = "retriggered=";
    const size_t length = sizeof retriggered - 1;

    memset(answer, 0, sizeof *answer);
    answer->time = (int64_t)time(NULL);
    answer->by_operator = true;
    if (strcmp(as, "not-applied") == 0) {
        answer->event = JOURNAL_NOT_APPLIED;
        return EXIT_DONE;
    }
    if (strncmp(as, retriggered, length) != 0) {
        return refuse(
            (const char *[]){"--as ", as, ": must be retriggered=NEW_RUN_ID or not-applied", NULL});
    }
    if (!reflow_run_id_valid(as + length)) {
        return refuse((const char *[]){"--as ", as, ": this is not the ID of a run", NULL});
    }
    answer->event = JOURNAL_RETRIGGERED;
    memcpy(answer->id, as + length, strlen(as + length) + 1);
    return EXIT_DONE;
}

/* ---- The run ---- */

static int find_named(const char *run, struct journal_entry *answer)
{
    static struct history history;

    if (!history_of(&journal, run, &history)) {
        return EXIT_STORAGE;
    }
    if (history.state != HISTORY_UNKNOWN) {
        settlement_explain(run, &history);
        return EXIT_USAGE;
    }
    memcpy(answer->run, run, strlen(run) + 1);
    return EXIT_DONE;
}

static int find_only(struct journal_entry *answer)
{
    static struct journal_entry intent;
    off_t offset = 0;

    if (!history_next_unsettled(&journal, &offset, &intent)) {
        return journal.failed
                   ? EXIT_STORAGE
                   : refuse((const char *[]){
                         journal.path, ": nothing is unsettled: there is nothing to record", NULL});
    }
    memcpy(answer->run, intent.run, sizeof answer->run);
    if (history_next_unsettled(&journal, &offset, &intent)) {
        return refuse((const char *[]){journal.path,
                                       ": more than one run is unsettled: name the one: reflow "
                                       "settle --journal FILE RUN_ID --as ...",
                                       NULL});
    }
    return journal.failed ? EXIT_STORAGE : EXIT_DONE;
}

/* ---- The new run ---- */

/* Whether the journal knew `one` before it knew `other`: then it is older, and not begun by it. That
 * no answer leads back in the file also means that none ever leads around in a circle. */
static bool was_known_before(const char *one, const char *other)
{
    static struct journal_entry entry;
    off_t of_one = 0;
    off_t of_other = 0;

    return history_next(&journal, &of_one, one, &entry) &&
           history_next(&journal, &of_other, other, &entry) && of_one < of_other;
}

static int check_new_run(const struct journal_entry *answer)
{
    static struct journal_entry origin;
    const char *id = answer->id;

    if (strcmp(id, answer->run) == 0) {
        return refuse((const char *[]){"run ", id, " cannot be its own new run", NULL});
    }
    if (history_origin(&journal, id, &origin)) {
        return refuse(
            (const char *[]){"run ", id, " is already known as the new run of ", origin.run, NULL});
    }
    if (was_known_before(id, answer->run)) {
        return refuse((const char *[]){"run ", id,
                                       " is older than the attempt: the journal knew "
                                       "it before",
                                       NULL});
    }
    return journal.failed ? EXIT_STORAGE : EXIT_DONE;
}

/* ---- All of it ---- */

static int show(const struct options *options, const struct journal_entry *answer)
{
    static struct line line;
    bool shown = events_show(options, answer, EVENT_PLAIN);

    if (shown && !options->json) {
        line_begin(&line);
        line_own(&line, answer->event == JOURNAL_RETRIGGERED
                            ? "    recorded: the run is done, and what is retried of the new one "
                              "counts as a retry of it"
                            : "    recorded: reflow retry --failed may take the run again");
        shown = line_write(&line, STDOUT_FILENO);
    }
    if (!shown) {
        console_error((const char *[]){"the answer for run ", answer->run, " is recorded", NULL});
        return events_output_lost();
    }
    return EXIT_DONE;
}

static int record(const struct options *options, struct journal_entry *answer)
{
    int status =
        options->operand_count > 0 ? find_named(options->operands[0], answer) : find_only(answer);

    if (status == EXIT_DONE && answer->event == JOURNAL_RETRIGGERED) {
        status = check_new_run(answer);
    }
    if (status == EXIT_DONE) {
        status = journal_append(&journal, answer);
    }
    return status == EXIT_DONE ? show(options, answer) : status;
}

int settlement_record(const struct options *options)
{
    static struct journal_entry answer;
    int status = read_answer(options->as, &answer);

    if (status != EXIT_DONE) {
        return status;
    }
    if (access(options->journal, F_OK) != 0) { /* else it would be created */
        return journal_complain(options->journal, "cannot be opened: ", strerror(errno));
    }
    status = journal_open(&journal, options->journal, true);
    if (status != EXIT_DONE) {
        return status;
    }
    status = record(options, &answer);
    journal_close(&journal);
    return status;
}
