/* SPDX-License-Identifier: MIT */
/* reflow_memory: a counter in front of calloc(). */
#include "reflow_memory.h"

#include <stdlib.h>

#include <mbedtls/platform.h>

static uint32_t failures;

uint32_t reflow_memory_failures(void *unused)
{
    (void)unused;
    return failures;
}

#if defined(MBEDTLS_PLATFORM_MEMORY)
static void *counted_calloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL && count != 0 && size != 0) {
        failures++;
    }
    return memory;
}

bool reflow_memory_count(void)
{
    return mbedtls_platform_set_calloc_free(counted_calloc, free) == 0;
}
#else
bool reflow_memory_count(void)
{
    return false;
}
#endif
