/* SPDX-License-Identifier: MIT */
/* when: points in time as people write them, and the one form in which they are kept. */
#ifndef REFLOW_CLI_WHEN_H
#define REFLOW_CLI_WHEN_H

#include "reflow.h"

/* Room for YYYY-MM-DDTHH:MM:SSZ and its NUL. */
#define WHEN_LENGTH 20
#define WHEN_SIZE (WHEN_LENGTH + 1)

/* Reads what --since takes: a time ago, as a whole number from 1 and one of s, m, h, d, w (24h, 7d);
 * or a date and time of RFC 3339, of which a date alone means its midnight in UTC. A fraction is
 * dropped, a leap second is the second before it. `now` and the result are seconds since 1970.
 * Returns whether it is one of these and not before 1970; if not, `seconds` is left as it was. */
bool when_read(const char *text, int64_t now, int64_t *seconds);

/* Reads exactly YYYY-MM-DDTHH:MM:SSZ from 1970 on, as when_write() writes it; `text` need not end
 * with a NUL. */
bool when_read_time(const char *text, size_t length, int64_t *seconds);

/* Writes YYYY-MM-DDTHH:MM:SSZ. What is before 1970 or after 9999 becomes the nearest second that is
 * not. */
void when_write(int64_t seconds, char text[WHEN_SIZE]);

#endif
