/* SPDX-License-Identifier: MIT */
/* retained: what outlives deep sleep, here the session that the next connection is resumed by. A file
 * through semihosting stands in for memory that stays powered while the chip restarts. */
#ifndef FIRMWARE_RETAINED_H
#define FIRMWARE_RETAINED_H

#include "reflow.h"

/* `file` is borrowed. NULL: nothing is retained, and the other two do nothing. */
void retained_use(const char *file);

/* After waking. No file, or an empty one: there is no session. What it holds is not checked: reflow
 * does that. */
void retained_read(struct reflow_ticket *ticket);

/* Before going to sleep. The one that was there is gone, whether there is a new one or not. */
void retained_write(const struct reflow_ticket *ticket);

#endif
