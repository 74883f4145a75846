/* SPDX-License-Identifier: MIT */
/* ids: where run IDs come from: the command line, or standard input, one a line. */
#ifndef REFLOW_CLI_IDS_H
#define REFLOW_CLI_IDS_H

#include "options.h"
#include "shard.h"

/* Longer lines are cut for display; none of them can be a run ID. */
#define IDS_LINE 160

struct ids {
    char **operands;
    size_t operand_count;
    size_t next;
    bool from_input;
    struct shard shard;
    size_t length; /* of the line so far */
    size_t at;     /* in what was read */
    size_t held;
    uint64_t taken; /* bytes of standard input */
    char line[IDS_LINE];
    char bytes[4096];
};

enum ids_result {
    IDS_ONE,  /* an ID that can be sent */
    IDS_BAD,  /* a line that is none */
    IDS_WAIT, /* nothing yet: standard input has to be waited for */
    IDS_END,
    IDS_FAILED /* standard input cannot be read; or a signal came */
};

/* A single operand "-" stands for standard input. */
void ids_begin(struct ids *ids, const struct options *options);

/* The next ID or bad line that is this shard's, valid until the next call. Empty lines are passed
 * over. Without `may_wait` it says IDS_WAIT rather than wait for standard input. */
enum ids_result ids_next(struct ids *ids, bool may_wait, const char **id);

#endif
