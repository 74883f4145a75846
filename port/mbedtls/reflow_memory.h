/* SPDX-License-Identifier: MIT */
/* reflow_memory: counts what mbedTLS's allocator could not give, for config.memory_failures.
 *
 * For hosted systems, where mbedTLS allocates from the C library. A firmware with mbedTLS's static
 * arena counts in a wrapper of its own: link with -Wl,--wrap=mbedtls_calloc. */
#ifndef REFLOW_MEMORY_H
#define REFLOW_MEMORY_H

#include "reflow.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Makes mbedTLS allocate through a counter in front of calloc(), for the whole program. To be called
 * once, before anything uses mbedTLS. Returns whether mbedTLS was built so that it lets itself be told
 * (MBEDTLS_PLATFORM_MEMORY); if not, nothing is ever counted. */
bool reflow_memory_count(void);

/* For config.memory_failures. */
uint32_t reflow_memory_failures(void *unused);

#ifdef __cplusplus
}
#endif

#endif
