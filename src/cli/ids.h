/* SPDX-License-Identifier: MIT */
/* ids: where run IDs come from: the command line, or standard input, one a line. */
#ifndef REFLOW_CLI_IDS_H
#define REFLOW_CLI_IDS_H

#include <stdio.h>

#include "options.h"

/* Longer lines are cut for display; none of them can be a run ID. */
#define IDS_LINE 160

struct ids {
    char **operands;
    size_t operand_count;
    size_t next;
    bool from_input;
    char line[IDS_LINE];
};

enum ids_result {
    IDS_ONE, /* an ID that can be sent */
    IDS_BAD, /* a line that is none */
    IDS_END,
    IDS_FAILED /* standard input cannot be read; or a signal came */
};

/* A single operand "-" stands for standard input. */
void ids_begin(struct ids *ids, const struct options *options);

/* The next ID or bad line, valid until the next call. Empty lines are passed over. */
enum ids_result ids_next(struct ids *ids, const char **id);

#endif
