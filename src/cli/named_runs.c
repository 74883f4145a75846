/* SPDX-License-Identifier: MIT */
/* named_runs: a session, a connection, and one ID after the other. */
#include "named_runs.h"

#include "console.h"
#include "ids.h"
#include "interrupt.h"
#include "report.h"
#include "run_report.h"
#include "session.h"

/* Static, because it is large and there is one. */
static struct connection connection;

/* What is no run ID cannot be asked for, and the result says so. */
static int tell_bad(const struct options *options, const char *id)
{
    struct reflow_run run;

    (void)reflow_start_run(&connection.client, id, &run);
    run_report_trouble(options, id, connection_result(&connection));
    return connection_status(&connection);
}

static int check_operands(const struct options *options)
{
    struct ids ids;
    const char *id = NULL;
    enum ids_result found;
    int status = EXIT_DONE;

    ids_begin(&ids, options);
    if (ids.from_input) {
        return EXIT_DONE;
    }
    while ((found = ids_next(&ids, true, &id)) != IDS_END) {
        if (found == IDS_BAD) {
            status = report_worse(status, tell_bad(options, id));
        }
    }
    if (status != EXIT_DONE) {
        console_error((const char *[]){"nothing was sent: correct the run IDs first", NULL});
    }
    return status;
}

static int take_all(const struct named_runs *work, const struct options *options)
{
    struct ids ids;
    const char *id = NULL;
    enum ids_result found;
    int status = EXIT_DONE;

    ids_begin(&ids, options);
    found = ids_next(&ids, true, &id);
    while (found == IDS_ONE || found == IDS_BAD) {
        if (interrupt_asked() != INTERRUPT_NONE || work->over()) {
            console_error((const char *[]){"stopped before run ", id, NULL});
            return report_worse(status, EXIT_NOT_APPLIED);
        }
        status = report_worse(status, found == IDS_ONE ? work->take(options, &connection, id)
                                                       : tell_bad(options, id));
        found = ids_next(&ids, true, &id);
    }
    if (found == IDS_FAILED && interrupt_asked() != INTERRUPT_NONE) {
        return report_worse(status, EXIT_NOT_APPLIED); /* there may have been more to come */
    }
    if (found == IDS_FAILED) {
        console_error((const char *[]){"standard input cannot be read to its end", NULL});
        return report_worse(status, EXIT_STORAGE);
    }
    return status;
}

static int do_all(const struct named_runs *work, const struct options *options)
{
    int status = check_operands(options);

    if (status == EXIT_DONE) {
        status = take_all(work, options);
        if (work->finish != NULL) {
            status = report_worse(status, work->finish(&connection));
        }
    }
    return report_worse(status, run_report_lost() ? EXIT_STORAGE : EXIT_DONE);
}

int named_runs_do(const struct named_runs *work, const struct options *options)
{
    int status;

    if (options->operand_count == 0) {
        console_error((const char *[]){
            options->command, ": which runs? Name their IDs, or - for standard input", NULL});
        return EXIT_USAGE;
    }
    status = session_begin(options);
    if (status == EXIT_DONE) {
        status = connection_open(&connection, options);
    }
    if (status == EXIT_DONE) {
        status = do_all(work, options);
        connection_close(&connection);
    }
    session_end();
    return status;
}
