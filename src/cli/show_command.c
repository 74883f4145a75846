/* SPDX-License-Identifier: MIT */
/* show_command: not built yet. */
#include "commands.h"
#include "console.h"

int command_show(const struct options *options)
{
    console_error((const char *[]){options->command, ": not built yet", NULL});
    return EXIT_USAGE;
}
