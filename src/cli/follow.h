/* SPDX-License-Identifier: MIT */
/* follow: looks at runs, politely, until each has ended. */
#ifndef REFLOW_CLI_FOLLOW_H
#define REFLOW_CLI_FOLLOW_H

#include "connection.h"

#define MOST_FOLLOWED 1000

/* From the beginning of one look to that of the next, while several runs are followed: neighbouring
 * services allow 12 requests in 6 seconds. */
#define FOLLOW_SPACING_MS 500

/* A run that was started a moment ago may not be known everywhere yet. */
#define FOLLOW_UNKNOWN_MS 60000

/* Without --wait-timeout and --timeout. */
#define FOLLOW_DEFAULT_S 3600

/* Nothing is followed yet. `given` is borrowed until the last follow_all(). */
void follow_begin(const struct options *given);

/* Follows one run more, looking at it now, or, where it has only just been started, when the first
 * pause is over; then not being found ends nothing for FOLLOW_UNKNOWN_MS. Returns false when
 * MOST_FOLLOWED are followed. `run_id` is valid, and copied. */
bool follow_add(const char *run_id, bool look_now);

/* Looks at each of them until it has ended, prints it then, and in the end what is known of those
 * that have not. The time for it begins with the first call; afterwards nothing is followed any
 * more, and others can be added.
 * Returns 0 when all have succeeded, 1 when one has ended otherwise, 4 when one has not ended before
 * the time was up or a signal came; or, where it is worse, the exit status of a run that could not be
 * read. Trouble that passes ends nothing. */
int follow_all(struct connection *connection);

/* Whether the time is up, a signal has come, or nobody reads what is printed. */
bool follow_over(void);

#endif
