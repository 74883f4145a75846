/* SPDX-License-Identifier: MIT */
/* board: Arm's MPS2 with the AN385 image (Cortex-M3): UART, clock, stack. */
#ifndef FIRMWARE_BOARD_H
#define FIRMWARE_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* Before anything else of this header. */
void board_start(void);

void board_print(const char *text);
void board_print_bytes(const char *bytes, size_t length);

/* Milliseconds since board_start(). To be called once an hour at least: the counter behind it wraps
 * after 71 minutes. */
uint32_t board_ms(void);

/* The counter itself, for differences. */
uint32_t board_us(void);

/* Sleeps until the next tick, a millisecond at most. */
void board_sleep(void);

/* For the vector table. */
void board_on_tick(void);

/* The greatest depth of the stack so far, in bytes. */
uint32_t board_stack_peak(void);

#endif
