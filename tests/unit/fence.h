/* SPDX-License-Identifier: MIT */
/* fence: puts bytes right before a page that must not be touched, so that reading too far fails.
 * Include it first. */
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

static char *fence; /* the first byte that must not be read */

/* A group setup for cmocka. */
static int put_up_fence(void **state)
{
    char *pages = mmap(NULL, (size_t)2 * FENCED_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)state;
    if (pages == MAP_FAILED) {
        return -1;
    }
    fence = pages + FENCED_BYTES;
    return mprotect(fence, FENCED_BYTES, PROT_NONE);
}

/* A copy of the bytes that ends where the fence begins. Lives until the next call. */
static void *fenced(const void *bytes, size_t length)
{
    assert_true(length <= FENCED_BYTES);
    return memcpy(fence - length, bytes, length);
}

#endif
