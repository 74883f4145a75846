/* SPDX-License-Identifier: MIT */
/* files: what the command reads from disk: trust anchors and the access token. */
#ifndef REFLOW_CLI_FILES_H
#define REFLOW_CLI_FILES_H

#include "reflow.h"

/* Maps a file of trust anchors into memory, for the rest of the process: the named one, or with
 * NULL the system's bundle. Returns whether there is one; if not, standard error says why. */
bool files_anchors(const char *path, const void **anchors, size_t *size);

/* Reads a token into `token`, a blank or line end behind it left out. Returns an exit status: 0, 3
 * when the file holds no token, 6 when it cannot be read or others may read it. */
int files_token(const char *path, char token[REFLOW_MAX_TOKEN + 1]);

#endif
