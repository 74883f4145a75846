/* SPDX-License-Identifier: MIT */
/* cmocka's assertions for a program that is not a test: the first one that does not hold ends it.
 * With this in front of the real header, the fakes and traces of tests/unit serve the fuzz targets
 * as well. */
#ifndef FUZZ_CMOCKA_H
#define FUZZ_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define fail_msg(...)                                                                              \
    ((void)fprintf(stderr, "%s:%d: ", __FILE__, __LINE__), (void)fprintf(stderr, __VA_ARGS__),     \
     (void)fputc('\n', stderr), abort())

#define assert_true(condition) ((condition) ? (void)0 : fail_msg("not so: %s", #condition))
#define assert_false(condition) assert_true(!(condition))
#define assert_int_equal(a, b) assert_true((long long)(a) == (long long)(b))
#define assert_in_range(value, least, most)                                                        \
    assert_true((long long)(value) >= (long long)(least) && (long long)(value) <= (long long)(most))
#define assert_ptr_equal(a, b) assert_true((const void *)(a) == (const void *)(b))
#define assert_memory_equal(a, b, length) assert_true(memcmp(a, b, length) == 0)
#define assert_string_equal(a, b)                                                                  \
    (strcmp(a, b) == 0 ? (void)0 : fail_msg("\"%s\" is not \"%s\"", a, b))

#endif
