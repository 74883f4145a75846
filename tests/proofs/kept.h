/* SPDX-License-Identifier: MIT */
/* kept: slices as slices.c leaves them, with anything in them, and stubs that assume of json.c and
 * slices.c what their own proofs show. */
#ifndef REFLOW_PROOF_KEPT_H
#define REFLOW_PROOF_KEPT_H

#include <string.h>

#include "json.h"
#include "proof.h"
#include "slices.h"

#ifndef STORE
#define STORE 16
#endif
#define MOST_KEPT 3

/* Each slice lies inside the store, behind the one before. */
static void any_slices(struct reflow_slices *slices, char *store, size_t paths)
{
    size_t end = 0;

    slices->store.data = store;
    slices->store.size = STORE;
    slices->count = (uint8_t)proof_up_to(MOST_KEPT);
    for (size_t i = 0; i < slices->count; i++) {
        struct reflow_slice *slice = &slices->slice[i];

        slice->offset = (uint16_t)(end + proof_up_to(STORE - end));
        slice->length = (uint16_t)proof_up_to((size_t)STORE - slice->offset);
        slice->path = (uint8_t)proof_up_to(paths - 1);
        end = (size_t)slice->offset + slice->length;
    }
    slices->store.length = end + proof_up_to(STORE - end);
}

/* The text becomes any that is shorter than the slice was: what stood there was anything. */
bool string_proven(char *slice, size_t length)
{
    prove(__CPROVER_w_ok(slice, length));
    if (length < 2 || nondet_bool()) {
        return false;
    }
    slice[proof_up_to(length - 2)] = '\0';
    return true;
}

bool integer_proven(const char *slice, size_t length, int64_t *number)
{
    prove(__CPROVER_r_ok(slice, length));
    if (length == 0 || nondet_bool()) {
        return false;
    }
    *number = nondet_int64();
    return true;
}

/* What is kept is a copy of what may be anything. */
const char *keep_proven(struct reflow_slices *slices, const char *bytes, size_t length)
{
    const size_t at = slices->store.length;

    prove(__CPROVER_r_ok(bytes, length));
    if (length >= slices->store.size - at) {
        return NULL;
    }
    slices->store.data[at + length] = '\0';
    slices->store.length = at + length + 1;
    return slices->store.data + at;
}

/* Whether `text` begins inside the store, and ends there with a NUL. */
static bool lies_inside(const char *text, const char *store)
{
    const char *const end = store + STORE;

    if (!__CPROVER_same_object(text, store) || text < store || text >= end) {
        return false;
    }
    while (text < end && *text != '\0') {
        text++;
    }
    return text < end;
}

#endif
