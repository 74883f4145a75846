/* SPDX-License-Identifier: MIT */
/* slices: keeps the few members of an answer that matter. Feeds content to json_stream and copies
 * the values that it marks into a bounded store; everything else costs no memory. */
#ifndef REFLOW_SLICES_H
#define REFLOW_SLICES_H

#include "reflow.h"

/* Empties the store, which is `memory`, borrowed for as long as the slices are used. No text is
 * expected yet. */
void reflow_slices_init(struct reflow_slices *slices, void *memory, size_t size);

/* Prepares for one text. `paths` (see json_stream.h; none inside another) is borrowed. */
void reflow_slices_expect(struct reflow_slices *slices, const char *const *paths, size_t count);

/* The same for a list of any length: paths[element] is an element of it, in which others may lie.
 * Reading stops behind each element, so that what was kept of it can be looked at and given up. Of
 * each path only the first value in an element is kept, and none that takes more than a third of
 * the store; what is left out is no error. */
#define REFLOW_SLICES_NO_ELEMENT UINT8_MAX
void reflow_slices_expect_each(struct reflow_slices *slices, const char *const *paths, size_t count,
                               uint8_t element);

/* Takes the next bytes of the text and returns how many: all, unless an element has ended. */
size_t reflow_slices_read(struct reflow_slices *slices, const char *bytes, size_t length,
                          bool *element);

/* Behind an element: gives up what was kept of it; or keeps it, and nothing else any more. */
void reflow_slices_forget(struct reflow_slices *slices);
void reflow_slices_enough(struct reflow_slices *slices);

/* Whether a value of that path did not fit. */
bool reflow_slices_left_out(const struct reflow_slices *slices, size_t path);

/* The text has ended. REFLOW_OK, REFLOW_ERR_JSON_MALFORMED, or REFLOW_ERR_JSON_TOO_LARGE when the
 * text is nested too deeply or a wanted value did not fit. */
enum reflow_error reflow_slices_end(struct reflow_slices *slices);

/* The slice number `index` (from 0, in the order of the text): its bytes as they stood there, their
 * length, and the number of its path. NULL when there are no more. */
char *reflow_slices_get(struct reflow_slices *slices, size_t index, size_t *length, size_t *path);

/* Copies a string beside the slices, with a NUL. NULL when it does not fit. Only between texts: not
 * while a value is being kept. */
const char *reflow_slices_keep(struct reflow_slices *slices, const char *bytes, size_t length);

#endif
