/* SPDX-License-Identifier: MIT */
/* marker: one sector of flash that remembers, over a loss of power, which run's re-trigger was begun
 * and what came of it.
 *
 *     erased --- intend() ---> intent without outcome --- settle() ---> intent with outcome
 *
 * A file through semihosting stands in for the sector: erasing it is emptying the file, and bits that
 * are programmed once are written once, the outcome after the intent. */
#ifndef FIRMWARE_MARKER_H
#define FIRMWARE_MARKER_H

#include <stdbool.h>

#include "reflow.h"

#define MARKER_RUN_SIZE 132

enum marker_state {
    MARKER_NONE,      /* nothing was begun: an erased sector, or an intent that was never whole, for
                       * which nothing was sent */
    MARKER_UNSETTLED, /* an intent without outcome: the service may have acted */
    MARKER_SETTLED
};

/* The sector: `file` is borrowed. NULL: there is no flash; nothing is remembered. */
void marker_use(const char *file);

/* What the sector says. */
struct marker {
    char run[MARKER_RUN_SIZE];
    char id[MARKER_RUN_SIZE]; /* the new run's, once it is settled as re-triggered */
    enum reflow_outcome outcome;
};

enum marker_state marker_read(struct marker *marker);

/* Writes the intent; true once it is safely there. To be called at the commit point. */
bool marker_intend(const char *run);

/* Writes how it ended, if an intent was written since the start. An outcome of REFLOW_UNKNOWN is
 * not written: it is what the intent alone says. */
void marker_settle(const struct reflow_result *result);

#endif
