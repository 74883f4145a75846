/* SPDX-License-Identifier: MIT */
/* runs_command: lists runs as they arrive, page after page. */
#include "commands.h"

#include "asking.h"
#include "connection.h"
#include "console.h"
#include "interrupt.h"
#include "report.h"
#include "run_report.h"
#include "session.h"
#include "text.h"
#include "trouble.h"

#define LONGEST_FILTER 128

/* Static, because they are large and there is one of each. */
static struct connection connection;
static struct reflow_runs runs;

/* What cannot be printed does not stop the page that is being read, but no other is asked for. */
static void on_run(void *context, const struct reflow_run *run)
{
    const struct options *options = context;

    if (run_report_lost()) {
        return;
    }
    if (options->quiet && !options->json) {
        run_report_id(run);
    } else {
        run_report(options, run);
    }
}

static enum reflow_error read_page(const struct options *options)
{
    struct asking asking = {0};

    do {
        if (reflow_start_runs(&connection.client, &runs) == REFLOW_OK) {
            connection_finish(&connection);
        }
    } while (!run_report_lost() && asking_again(&asking, &connection, options));
    return connection_result(&connection)->error;
}

static int list(const struct options *options)
{
    enum reflow_error error = REFLOW_OK;

    while (error == REFLOW_OK && reflow_runs_more(&runs) && !run_report_lost()) {
        if (interrupt_asked() != INTERRUPT_NONE) {
            console_error((const char *[]){"stopped: there may be more runs", NULL});
            return EXIT_NOT_APPLIED;
        }
        error = read_page(options);
    }
    if (error != REFLOW_OK) {
        trouble_tell("list of runs", connection_result(&connection), NULL);
    }
    return report_worse(connection_status(&connection),
                        run_report_lost() ? EXIT_STORAGE : EXIT_DONE);
}

static bool is_filter(const char *option, const char *value)
{
    if (value == NULL || reflow_text_all(value, LONGEST_FILTER, reflow_is_visible)) {
        return true;
    }
    console_error((const char *[]){option, " ", value,
                                   ": must be 1 to 128 visible characters without blanks", NULL});
    return false;
}

static bool understood(const struct options *options)
{
    if (options->operand_count > 0) {
        console_error((const char *[]){"runs ", options->operands[0],
                                       ": nothing can be named here; reflow show shows a run",
                                       NULL});
        return false;
    }
    return is_filter("--flow", options->flow) && is_filter("--status", options->status);
}

int command_runs(const struct options *options)
{
    struct options mine = *options;
    int status;

    if (!understood(options)) {
        return EXIT_USAGE;
    }
    runs.flow_id = options->flow;
    runs.status = options->status;
    runs.since_ms = options->since_given ? options->since * 1000 : 0;
    runs.limit = options->limit;
    runs.on_run = on_run;
    runs.context = &mine; /* which a context can point to: it is not constant */
    status = session_begin(options);
    if (status == EXIT_DONE) {
        status = connection_open(&connection, options);
    }
    if (status == EXIT_DONE) {
        status = list(options);
        connection_close(&connection);
    }
    session_end();
    return status;
}
