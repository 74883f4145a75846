/* SPDX-License-Identifier: MIT */
/* journal_command: not built yet. */
#include "commands.h"
#include "console.h"

int command_journal(const struct options *options)
{
    console_error((const char *[]){options->command, ": not built yet", NULL});
    return EXIT_USAGE;
}
