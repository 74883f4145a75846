/* SPDX-License-Identifier: MIT */
/* commands: the command words, and what each of them does. */
#ifndef REFLOW_CLI_COMMANDS_H
#define REFLOW_CLI_COMMANDS_H

#include "options.h"

/* Each returns the exit status of the process. */
int command_retry(const struct options *options);
int command_runs(const struct options *options);
int command_show(const struct options *options);
int command_wait(const struct options *options);
int command_settle(const struct options *options);
int command_journal(const struct options *options);
int command_token(const struct options *options);
int command_doctor(const struct options *options);

#endif
