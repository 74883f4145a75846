/* SPDX-License-Identifier: MIT */
/* retry_command: re-triggers the runs that are named, one after the other on one connection. */
#include "commands.h"

#include "connection.h"
#include "console.h"
#include "ids.h"
#include "interrupt.h"
#include "report.h"
#include "session.h"

/* Static, because they are large and there is one of each. */
static struct connection connection;
static bool output_lost; /* a report did not reach standard output: no further run is begun */

/* ---- One run ---- */

static void drive(void)
{
    enum reflow_event event = reflow_step(&connection.client);

    while (event != REFLOW_DONE && event != REFLOW_FAILED) {
        if (event != REFLOW_COMMIT) {
            connection_wait(&connection, event);
        }
        if (interrupt_asked() == INTERRUPT_NOW) {
            reflow_abandon(&connection.client, REFLOW_ERR_CONNECTION_LOST);
        }
        event = reflow_step(&connection.client);
    }
}

/* Returns the exit status for this run alone; standard output that cannot be written to counts as
 * storage, because a report that nobody gets is lost. */
static int report(const struct options *options, const char *id)
{
    const struct reflow_result *result = reflow_result(&connection.client);
    const int status = reflow_exit_status(result->outcome, result->error);

    if (report_run(options, id, result)) {
        return status;
    }
    output_lost = true;
    console_error((const char *[]){"standard output cannot be written to; run ", id, ": ",
                                   reflow_outcome_name(result->outcome), NULL});
    return report_worse(status, EXIT_STORAGE);
}

/* A line that is no run ID makes a start fail, which is reported like every other end. */
static int retry_one(const struct options *options, const char *id)
{
    if (reflow_start_retrigger(&connection.client, id) == REFLOW_OK) {
        drive();
    }
    return report(options, id);
}

/* ---- All runs ---- */

static int retry_all(const struct options *options, struct ids *ids)
{
    const char *id = NULL;
    enum ids_result found = ids_next(ids, &id);
    int status = EXIT_DONE;

    while (found == IDS_ONE || found == IDS_BAD) {
        if (interrupt_asked() != INTERRUPT_NONE || output_lost) {
            console_error((const char *[]){"stopped before run ", id, NULL});
            return report_worse(status, EXIT_NOT_APPLIED);
        }
        status = report_worse(status, retry_one(options, id));
        found = ids_next(ids, &id);
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

/* Bad IDs among the operands are all named before anything is sent. */
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
    while ((found = ids_next(&ids, &id)) != IDS_END) {
        if (found == IDS_BAD) {
            (void)reflow_start_retrigger(&connection.client, id);
            status = report_worse(status, report(options, id));
        }
    }
    if (status != EXIT_DONE) {
        console_error((const char *[]){"nothing was sent: correct the run IDs first", NULL});
    }
    return status;
}

int command_retry(const struct options *options)
{
    struct ids ids;
    int status;

    if (options->operand_count == 0) {
        console_error(
            (const char *[]){"retry: which runs? Name their IDs, or - for standard input", NULL});
        return EXIT_USAGE;
    }
    status = session_begin(options);
    if (status == EXIT_DONE) {
        status = connection_open(&connection, options);
    }
    if (status == EXIT_DONE) {
        status = check_operands(options);
        if (status == EXIT_DONE) {
            ids_begin(&ids, options);
            status = retry_all(options, &ids);
        }
        connection_close(&connection);
    }
    session_end();
    return status;
}
