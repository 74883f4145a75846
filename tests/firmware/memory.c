/* SPDX-License-Identifier: MIT */
/* memory: mbedTLS's arena, painted, and a counter in front of its allocator. */
#include "memory.h"

#include <string.h>

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform.h>

#define PAINT 0xA5

/* mbedTLS keeps the head of its first block here; painting begins behind it. */
#define HEAD 64U

static unsigned char arena[ARENA_SIZE] __attribute__((aligned(8)));
static uint32_t given;
static uint32_t failures;

void memory_start(uint32_t limit)
{
    given = limit > HEAD && limit < sizeof arena ? limit : (uint32_t)sizeof arena;
    mbedtls_memory_buffer_alloc_init(arena, given);
    memset(arena + HEAD, PAINT, given - HEAD);
}

/* What mbedTLS takes it fills with zeros, so paint that is left was never taken. */
uint32_t memory_peak(void)
{
    uint32_t used = given;

    while (used > HEAD && arena[used - 1] == PAINT) {
        used--;
    }
    return used;
}

uint32_t memory_failures(void *unused)
{
    (void)unused;
    return failures;
}

/* The linker puts this in front of mbedtls_calloc(): -Wl,--wrap=mbedtls_calloc. */
void *__real_mbedtls_calloc(size_t count, size_t size);
void *__wrap_mbedtls_calloc(size_t count, size_t size);

void *__wrap_mbedtls_calloc(size_t count, size_t size)
{
    void *memory = __real_mbedtls_calloc(count, size);

    if (memory == NULL && count != 0 && size != 0) {
        failures++;
    }
    return memory;
}
