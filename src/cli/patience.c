/* SPDX-License-Identifier: MIT */
/* patience: grows by half, and is never in step with others for long. */
#include "patience.h"

/* One more than half, so that even a wait of 1 ms grows. Clamped before it could overflow. */
static uint32_t grown(uint32_t previous_ms)
{
    return previous_ms < PATIENCE_CAP_MS ? previous_ms + previous_ms / 2 + 1 : PATIENCE_CAP_MS;
}

uint32_t patience_next(uint32_t previous_ms, uint32_t first_ms, uint32_t random)
{
    const uint32_t first = first_ms > 0 ? first_ms : PATIENCE_FIRST_MS;
    const uint32_t wanted = previous_ms > 0 ? grown(previous_ms) : first;
    const uint32_t middle = wanted < PATIENCE_CAP_MS ? wanted : PATIENCE_CAP_MS;
    const uint32_t tenth = middle / 10;

    /* The high word of the product is spread evenly over both tenths. */
    return middle - tenth + (uint32_t)((uint64_t)random * (2 * tenth + 1) >> 32);
}
