/* SPDX-License-Identifier: MIT */
/* wait_command: waits until each run has ended that is named. */
#include "commands.h"

#include "console.h"
#include "follow.h"
#include "named_runs.h"

/* More than can be followed at once are followed in portions. */
static int add(const struct options *options, struct connection *connection, const char *run_id)
{
    int status;

    (void)options;
    if (follow_add(run_id, true)) {
        return EXIT_DONE;
    }
    status = follow_all(connection);
    if (follow_over()) {
        console_error((const char *[]){"stopped before run ", run_id, NULL});
    } else {
        (void)follow_add(run_id, true);
    }
    return status;
}

int command_wait(const struct options *options)
{
    static const struct named_runs work = {add, follow_all, follow_over};

    follow_begin(options);
    return named_runs_do(&work, options);
}
