/* SPDX-License-Identifier: MIT */
/* interrupt: signals that ask the command to end, without a moment in which one is missed. */
#ifndef REFLOW_CLI_INTERRUPT_H
#define REFLOW_CLI_INTERRUPT_H

#include <poll.h>

#include "reflow.h"

enum interrupt {
    INTERRUPT_NONE,
    INTERRUPT_SOON, /* SIGINT: take no more runs, finish the one in flight */
    INTERRUPT_NOW   /* SIGTERM, SIGHUP, or a second SIGINT: say what is true now, and go */
};

/* From now on signals are noted instead of ending the process, and SIGPIPE and SIGXFSZ are ignored:
 * a write says that nobody reads, or that a file may not grow. */
bool interrupt_begin(void);

/* What has been asked for so far. */
enum interrupt interrupt_asked(void);

/* poll() that a signal wakes, however close to the call it comes. `fds` has room for one entry more
 * than `count`. */
void interrupt_poll(struct pollfd *fds, size_t count, int timeout_ms);

#endif
