/* SPDX-License-Identifier: MIT */
/* startup: what lies where, as mps2.ld says. The stack is at the very beginning of RAM, so that
 * running over its end is a fault and nobody's data. */
#ifndef FIRMWARE_STARTUP_H
#define FIRMWARE_STARTUP_H

#include <stdint.h>

/* What unused stack is filled with. */
#define STARTUP_PAINT 0xA5C3A5C3U

extern uint32_t startup_stack[];
extern uint32_t startup_stack_top[];

void startup(void);

#endif
