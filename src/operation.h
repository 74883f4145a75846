/* SPDX-License-Identifier: MIT */
/* operation: what tells one kind of request from another. The client drives all of them alike; an
 * optional module brings its own, and a program that never names it does not carry it. Only what
 * changes something can end as retriggered or unknown: anything else is not_applied, also when it
 * has done well (REFLOW_OK), and may be repeated. */
#ifndef REFLOW_OPERATION_H
#define REFLOW_OPERATION_H

#include "reflow.h"

struct reflow_operation {
    /* Writes the whole request; returns where in it the secret begins that traces must hide, and
     * its length in `secret_length`. */
    size_t (*write)(struct reflow_text *request, const struct reflow_client *client,
                    size_t *secret_length);

    /* What a 2xx answer is read by: its members, and the reading, which says REFLOW_OK or why not.
     * `object` is what reflow_client_start() was given. */
    const char *const *paths;
    size_t path_count;
    enum reflow_error (*read)(void *object, struct reflow_slices *slices,
                              struct reflow_result *result);

    /* Optional, for lists: looks at paths[element], which has just been read. Returns whether there
     * may be more of interest; if not, this one is kept for read(). */
    bool (*take)(void *object, struct reflow_slices *slices);
    uint8_t element;

    /* The same for every other answer, which may hold anything: fills in the service's words, and
     * says whether they mean that the service was not reached. */
    const char *const *problem_paths;
    size_t problem_path_count;
    bool (*read_problem)(struct reflow_slices *slices, struct reflow_result *result);

    enum reflow_error rejected; /* what a 4xx means that has no meaning of its own */
    bool changes; /* something is changed by it: the client stops once at REFLOW_COMMIT */
    bool secret;  /* what a 2xx answer holds is wiped once it is read */
};

#endif
