/* SPDX-License-Identifier: MIT */
/* doctor_command: not built yet. */
#include "commands.h"
#include "console.h"

int command_doctor(const struct options *options)
{
    console_error((const char *[]){options->command, ": not built yet", NULL});
    return EXIT_USAGE;
}
