/* SPDX-License-Identifier: MIT */
/* runs_command: not built yet. */
#include "commands.h"
#include "console.h"

int command_runs(const struct options *options)
{
    console_error((const char *[]){options->command, ": not built yet", NULL});
    return EXIT_USAGE;
}
