/* SPDX-License-Identifier: MIT */
/* fence: puts bytes right before a page that must not be touched, or right behind one, so that
 * reading too far fails. Include it first. */
#ifndef REFLOW_TEST_FENCE_H
#define REFLOW_TEST_FENCE_H

#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define FENCED_BYTES 65536 /* a multiple of every page size in use */

static char *fence; /* the first byte that must not be read; FENCED_BYTES before it can be */

/* Bytes between two fences; NULL when there is no memory. Returns the upper fence. */
static char *new_fence(void)
{
    char *pages = mmap(NULL, (size_t)3 * FENCED_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (pages == MAP_FAILED || mprotect(pages, FENCED_BYTES, PROT_NONE) != 0 ||
        mprotect(pages + (size_t)2 * FENCED_BYTES, FENCED_BYTES, PROT_NONE) != 0) {
        return NULL;
    }
    return pages + (size_t)2 * FENCED_BYTES;
}

/* A group setup for cmocka. */
static int put_up_fence(void **state)
{
    (void)state;
    fence = new_fence();
    return fence != NULL ? 0 : -1;
}

/* A copy of the bytes that ends where the fence begins. Lives until the next call. */
static inline void *fenced(const void *bytes, size_t length)
{
    assert_true(length <= FENCED_BYTES);
    return memcpy(fence - length, bytes, length);
}

/* A copy of the bytes that begins where the lower fence ends. Lives until the next call. */
static inline void *fenced_below(const void *bytes, size_t length)
{
    assert_true(length <= FENCED_BYTES);
    return memcpy(fence - FENCED_BYTES, bytes, length);
}

#endif
