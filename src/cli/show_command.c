/* SPDX-License-Identifier: MIT */
/* show_command: how each run is doing that is named. */
#include "commands.h"

#include "asking.h"
#include "named_runs.h"
#include "run_report.h"

static int show(const struct options *options, struct connection *connection, const char *run_id)
{
    struct asking asking = {0};
    struct reflow_run run;

    do {
        if (reflow_start_run(&connection->client, run_id, &run) == REFLOW_OK) {
            connection_finish(connection);
        }
    } while (asking_again(&asking, connection, options));
    if (connection_result(connection)->error == REFLOW_OK) {
        run_report(options, &run);
    } else {
        run_report_trouble(options, run_id, connection_result(connection));
    }
    return connection_status(connection);
}

int command_show(const struct options *options)
{
    static const struct named_runs work = {show, NULL, run_report_lost};

    return named_runs_do(&work, options);
}
