/* SPDX-License-Identifier: MIT */
/* memory: the arena that is all the heap mbedTLS has, and how much of it was used. */
#ifndef FIRMWARE_MEMORY_H
#define FIRMWARE_MEMORY_H

#include <stdint.h>

/* Hands the first `limit` bytes of the arena to mbedTLS; 0: all of it. */
void memory_start(uint32_t limit);

/* How many bytes from the arena's beginning have ever been used: so large it has to be. */
uint32_t memory_peak(void);

/* For config.memory_failures. */
uint32_t memory_failures(void *unused);

#endif
