/* SPDX-License-Identifier: MIT */
/* usage: what --help says. */
#ifndef REFLOW_CLI_USAGE_H
#define REFLOW_CLI_USAGE_H

/* The help for a command word, or with NULL for the whole command. Without a final line feed. */
const char *usage_of(const char *command);

#endif
