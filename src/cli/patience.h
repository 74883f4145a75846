/* SPDX-License-Identifier: MIT */
/* patience: how long to wait until a run is looked at again. */
#ifndef REFLOW_CLI_PATIENCE_H
#define REFLOW_CLI_PATIENCE_H

#include "reflow.h"

#define PATIENCE_FIRST_MS 5000
#define PATIENCE_CAP_MS 60000

/* The wait in milliseconds after one of `previous_ms`, which is 0 before the first: `first_ms` (0:
 * PATIENCE_FIRST_MS), then half as long again each time, up to PATIENCE_CAP_MS; each of them a
 * tenth shorter to a tenth longer, evenly as `random` is. Never 0, never beyond 66,000. */
uint32_t patience_next(uint32_t previous_ms, uint32_t first_ms, uint32_t random);

#endif
