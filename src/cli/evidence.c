/* SPDX-License-Identifier: MIT */
/* evidence: asks for the run's flow, and for the flow's runs; prints each while it is there. */
#include "evidence.h"

#include <string.h>
#include <unistd.h>

#include "console.h"
#include "events.h"
#include "history.h"
#include "interrupt.h"
#include "report.h"
#include "text.h"
#include "trouble.h"
#include "when.h"

static struct line line;

/* Static, because there is one of it. */
static struct {
    const struct options *options;
    struct journal *journal;
    const struct suspect *suspect;
    struct reflow_runs list;
    uint32_t candidates;
    uint32_t known; /* to the journal, as new runs */
    bool output_lost;
    char flow[JOURNAL_ID + 1];
} evidence;

/* Not to be called again when it has failed. */
static bool print(void)
{
    evidence.output_lost = !line_write(&line, STDOUT_FILENO);
    return !evidence.output_lost;
}

static void foreign(const char *words)
{
    line_foreign(&line, words, strlen(words));
}

static void own_time(const char *words, int64_t seconds)
{
    char time[WHEN_SIZE];

    when_write(seconds, time);
    line_own(&line, words);
    line_own(&line, time);
}

/* ---- Candidates ---- */

/* How long after the attempt a run was created: before it when the clocks differ. */
static bool offset_of(const struct reflow_run *run, int64_t *seconds)
{
    if (run->created_ms == REFLOW_TIME_UNKNOWN || evidence.suspect->attempted < 0) {
        return false;
    }
    *seconds = run->created_ms / 1000 - evidence.suspect->attempted;
    return *seconds >= -(int64_t)UINT32_MAX && *seconds <= (int64_t)UINT32_MAX;
}

static void own_offset(const char *plus, int64_t seconds)
{
    line_own(&line, seconds < 0 ? "-" : plus);
    line_number(&line, (uint32_t)(seconds < 0 ? -seconds : seconds));
}

static void member(const char *name, const char *value)
{
    line_own(&line, ",\"");
    line_own(&line, name);
    line_own(&line, "\":");
    line_json(&line, value);
}

static void time_member(const char *name, bool known, int64_t seconds)
{
    char time[WHEN_SIZE];

    when_write(seconds, time);
    member(name, known ? time : NULL);
}

static void show_json(const struct reflow_run *run)
{
    int64_t seconds = 0;

    line_begin(&line);
    line_own(&line, "{\"run\":");
    line_json(&line, evidence.suspect->run);
    member("flow", evidence.flow);
    time_member("attempted", evidence.suspect->attempted >= 0, evidence.suspect->attempted);
    member("candidate", run->id);
    time_member("created", run->created_ms != REFLOW_TIME_UNKNOWN, run->created_ms / 1000);
    line_own(&line, ",\"after_s\":");
    if (offset_of(run, &seconds)) {
        own_offset("", seconds);
    } else {
        line_own(&line, "null");
    }
    member("status", run->status);
    line_own(&line, "}");
    (void)print();
}

static void show_line(const struct reflow_run *run)
{
    int64_t seconds = 0;

    line_begin(&line);
    line_own(&line, "    candidate ");
    foreign(run->id);
    line_column(&line, REPORT_DETAIL_COLUMN);
    if (run->created_ms != REFLOW_TIME_UNKNOWN) {
        own_time("created at ", run->created_ms / 1000);
    } else {
        line_own(&line, "created at an unknown time");
    }
    if (offset_of(run, &seconds)) {
        line_own(&line, ", ");
        own_offset("+", seconds);
        line_own(&line, " s");
    }
    line_own(&line, ", ");
    foreign(run->status != NULL ? run->status : "state unknown");
    (void)print();
}

static bool is_lost(void)
{
    return evidence.output_lost || (evidence.journal != NULL && evidence.journal->failed);
}

static void take(void *context, const struct reflow_run *run)
{
    static struct journal_entry origin;

    (void)context;
    if (is_lost() || strcmp(run->id, evidence.suspect->run) == 0) {
        return;
    }
    if (evidence.journal != NULL && history_origin(evidence.journal, run->id, &origin)) {
        evidence.known++;
        return;
    }
    if (is_lost()) {
        return;
    }
    evidence.candidates++;
    if (evidence.options->json) {
        show_json(run);
    } else {
        show_line(run);
    }
}

/* ---- What stands around them ---- */

static bool show_head(void)
{
    const struct suspect *suspect = evidence.suspect;

    if (evidence.options->json) {
        return true;
    }
    line_begin(&line);
    foreign(suspect->run);
    line_own(&line, ": flow ");
    foreign(evidence.flow);
    if (suspect->attempted >= 0) {
        own_time(", attempted at ", suspect->attempted);
    }
    return print();
}

static void show_commands(void)
{
    const char *run = evidence.suspect->run;

    if (evidence.journal == NULL) {
        line_own(&line, "\n    -> when you know that none is: reflow retry ");
        foreign(run);
        return;
    }
    if (evidence.candidates > 0) {
        line_own(&line, "\n    -> ");
        events_settle_command(&line, evidence.journal->path);
        line_own(&line, " ");
        foreign(run);
        line_own(&line, " --as retriggered=NEW_RUN_ID");
    }
    line_own(&line, "\n    -> ");
    events_settle_command(&line, evidence.journal->path);
    line_own(&line, " ");
    foreign(run);
    line_own(&line, " --as not-applied");
}

static void show_known(void)
{
    if (evidence.known > 0) {
        line_own(&line, "    left out: ");
        line_number(&line, evidence.known);
        line_own(&line, evidence.known == 1 ? " run that the journal knows as the new run of an"
                                              " attempt\n"
                                            : " runs that the journal knows as the new runs of"
                                              " attempts\n");
    }
}

static void show_end(void)
{
    static const struct reflow_run none = {.created_ms = REFLOW_TIME_UNKNOWN};

    if (evidence.options->json) {
        if (evidence.candidates == 0) {
            show_json(&none);
        }
        return;
    }
    line_begin(&line);
    show_known();
    if (evidence.candidates > 0) {
        line_own(&line, "    this is evidence and never a verdict: one of them may be the new run; "
                        "which, if any, is for you to say");
    } else {
        line_own(&line,
                 evidence.known > 0 ? "    no other new run of flow " : "    no new run of flow ");
        foreign(evidence.flow);
        own_time(" since ", evidence.suspect->since);
        line_own(&line, ": the re-trigger has probably not been carried out, but the list may lag: "
                        "look again later");
    }
    show_commands();
    (void)print();
}

/* ---- The service ---- */

static int find_flow(struct connection *connection)
{
    struct reflow_run run;
    const char *id = evidence.suspect->run;

    do {
        (void)reflow_start_run(&connection->client, id, &run);
        connection_finish(connection);
    } while (connection_again(connection));
    if (connection_result(connection)->error != REFLOW_OK) {
        trouble_tell(id, connection_result(connection), NULL);
        return connection_status(connection);
    }
    if (!reflow_text_all(run.flow_id, JOURNAL_ID, reflow_is_visible)) {
        console_error(
            (const char *[]){"the service does not say to which flow run ", id, " belongs", NULL});
        return EXIT_NOT_APPLIED;
    }
    memcpy(evidence.flow, run.flow_id, strlen(run.flow_id) + 1);
    return EXIT_DONE;
}

static int read_page(struct connection *connection)
{
    do {
        (void)reflow_start_runs(&connection->client, &evidence.list);
        connection_finish(connection);
    } while (connection_again(connection));
    if (evidence.output_lost) {
        return events_output_lost();
    }
    if (is_lost()) {
        return EXIT_STORAGE;
    }
    if (connection_result(connection)->error != REFLOW_OK) {
        trouble_tell(evidence.suspect->run, connection_result(connection), NULL);
        return connection_status(connection);
    }
    return EXIT_DONE;
}

static int read_list(struct connection *connection)
{
    int status;

    evidence.list.flow_id = evidence.flow;
    evidence.list.since_ms = evidence.suspect->since * 1000;
    evidence.list.on_run = take;
    do {
        status = read_page(connection);
        if (status == EXIT_DONE && reflow_runs_more(&evidence.list) &&
            interrupt_asked() != INTERRUPT_NONE) {
            console_error((const char *[]){evidence.suspect->run,
                                           ": stopped before the end of the list", NULL});
            return EXIT_NOT_APPLIED;
        }
    } while (status == EXIT_DONE && reflow_runs_more(&evidence.list));
    return status;
}

int evidence_show(struct connection *connection, const struct options *options,
                  struct journal *journal, const struct suspect *suspect)
{
    int status = EXIT_DONE;

    memset(&evidence, 0, sizeof evidence);
    evidence.options = options;
    evidence.journal = journal;
    evidence.suspect = suspect;
    memcpy(evidence.flow, suspect->flow, strlen(suspect->flow) + 1);
    if (evidence.flow[0] == '\0') {
        status = find_flow(connection);
    }
    if (status == EXIT_DONE && show_head()) {
        status = read_list(connection);
    }
    if (status == EXIT_DONE && !evidence.output_lost) {
        show_end();
    }
    return status == EXIT_DONE && evidence.output_lost ? events_output_lost() : status;
}
