/* SPDX-License-Identifier: MIT */
/* files: the trust anchors, from a file that is named or from the system's. */
#ifndef REFLOW_CLI_FILES_H
#define REFLOW_CLI_FILES_H

#include "reflow.h"

/* Maps a file of trust anchors into memory, for the rest of the process: the named one, or with
 * NULL the system's bundle. Returns whether there is one; if not, standard error says why. */
bool files_anchors(const char *path, const void **anchors, size_t *size);

#endif
