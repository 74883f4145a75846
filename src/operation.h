/* SPDX-License-Identifier: MIT */
/* operation: what tells one kind of request from another. The client drives all of them alike; an
 * optional module brings its own, and a program that never names it does not carry it. */
#ifndef REFLOW_OPERATION_H
#define REFLOW_OPERATION_H

#include "reflow.h"

struct reflow_operation {
    /* Writes the whole request head; returns where in it the secret begins that traces must hide,
     * and its length in `secret_length`. */
    size_t (*write)(struct reflow_text *head, const struct reflow_client *client,
                    size_t *secret_length);

    /* The members that a 2xx answer is read by, and the reading: REFLOW_OK or why not. */
    const char *const *paths;
    size_t path_count;
    enum reflow_error (*read)(struct reflow_slices *slices, struct reflow_result *result);

    /* Whether the request changes something: then the client stops once at REFLOW_COMMIT. */
    bool changes;
};

#endif
