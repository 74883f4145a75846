/* SPDX-License-Identifier: MIT */
/* reflow_template: a port to begin from, for a board without an operating system. Compiles as it
 * is, freestanding, and says honestly that it has no network and no clock. Copy the two files,
 * replace "template" by the platform's name, then fill in reflow_template.c from top to bottom. */
#ifndef REFLOW_TEMPLATE_H
#define REFLOW_TEMPLATE_H

#include "reflow.h"

#ifdef __cplusplus
extern "C" {
#endif

/*             open()         the stack says       send() or recv()
 *      IDLE ---------> OPENING ---------> OPEN ---------> LOST
 * and close() leads from everywhere to IDLE. */
enum reflow_template_state {
    REFLOW_TEMPLATE_IDLE,
    REFLOW_TEMPLATE_OPENING,
    REFLOW_TEMPLATE_OPEN,
    REFLOW_TEMPLATE_LOST
};

/* One connection. Storage that the caller provides, static as a rule: one for each client. */
struct reflow_template {
    enum reflow_template_state state;
    uint32_t calls; /* instead of a clock: see template_now_ms() */

    /* What the stack needs: a socket number, a pcb, and for stacks that call back a queue of
     * received buffers, `bool ended` and `bool lost`, which its callbacks set and recv() reads. */
};

extern const struct reflow_port reflow_template;

/* Prepares the storage. */
void reflow_template_init(struct reflow_template *connection);

#ifdef __cplusplus
}
#endif

#endif
