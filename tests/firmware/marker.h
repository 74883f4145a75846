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

/* Reads the sector, and into `run` the run that it is about. */
enum marker_state marker_read(char run[MARKER_RUN_SIZE]);

/* Writes the intent; true once it is safely there. To be called at the commit point. */
bool marker_intend(const char *run);

/* Writes how it ended. An outcome of REFLOW_UNKNOWN is not written: it is what the intent alone
 * says. */
void marker_settle(enum reflow_outcome outcome);

#endif
