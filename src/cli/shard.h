/* SPDX-License-Identifier: MIT */
/* shard: which of several machines takes a run, decided by the ID alone. */
#ifndef REFLOW_CLI_SHARD_H
#define REFLOW_CLI_SHARD_H

#include "reflow.h"

/* Part `index`, from 0, of `count`. All zero bytes are a shard that takes everything. */
struct shard {
    uint32_t index;
    uint32_t count;
};

/* Reads I/N: decimal digits only, N 1 to 65535, I less than N. Returns whether it is that; if not,
 * `shard` is left as it was. */
bool shard_read(const char *text, struct shard *shard);

/* Whether this part takes the run: the FNV-1a hash of 32 bits of the ID's bytes, modulo N, is I.
 * Each ID is taken by exactly one of the N parts. */
bool shard_takes(const struct shard *shard, const char *id);

#endif
