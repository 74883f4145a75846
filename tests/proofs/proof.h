/* SPDX-License-Identifier: MIT */
/* proof: what the harnesses share: nondeterministic values, and texts that end where their array ends. */
#ifndef REFLOW_PROOF_H
#define REFLOW_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Any value at all: CBMC takes a function without a body for one that may return everything. */
bool nondet_bool(void);
char nondet_char(void);
int nondet_int(void);
int64_t nondet_int64(void);
size_t nondet_size(void);
uint8_t nondet_uint8(void);
uint16_t nondet_uint16(void);
uint32_t nondet_uint32(void);
uint64_t nondet_uint64(void);

#define assume(condition) __CPROVER_assume(condition)
#define prove(condition) __CPROVER_assert(condition, #condition)

/* Any number up to `most`. */
static inline size_t proof_up_to(size_t most)
{
    const size_t number = nondet_size();

    assume(number <= most);
    return number;
}

/* The last `length` bytes of an array: one byte too far is outside of it. An array that is not
 * initialised holds anything. */
#define PROOF_END_OF(array, length) ((array) + (sizeof(array) - (length)))

/* A string of any length that fits, at the end of an array of characters. It may be shorter than
 * its place: bytes of any value follow then, as in a longer buffer. */
#define PROOF_STRING(array) proof_string((array), sizeof(array))
static inline char *proof_string(char *array, size_t size)
{
    array[size - 1] = '\0';
    return array + proof_up_to(size - 1);
}

#endif
