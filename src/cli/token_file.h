/* SPDX-License-Identifier: MIT */
/* token_file: the file that keeps an access token: read strictly, replaced whole or not at all.
 *
 * Its first line is the token. A second line, "expires 2026-11-22T03:00:00Z", says that reflow has
 * fetched it. Every int that is returned is an exit status: EXIT_DONE, or standard error has said
 * what was wrong. */
#ifndef REFLOW_CLI_TOKEN_FILE_H
#define REFLOW_CLI_TOKEN_FILE_H

#include "reflow.h"

#define TOKEN_FILE_NAME 4096 /* room for its name, or one of its companions' */

/* Secret: to be wiped after use. */
struct token {
    char text[REFLOW_MAX_TOKEN + 1]; /* empty: there is none */
    int64_t expires;                 /* seconds since 1970; only of a token that is ours */
    bool ours;                       /* reflow has fetched it */
};

/* Reads the file, a blank or line end behind the token left out. 3: it holds no token. 6: it cannot
 * be read, or others may read or write it. Where there is no token to be read yet, no file or one of
 * nothing but blanks, `missing` is set and nothing is said: 3. With `missing` NULL no file is 6 and
 * an empty one is 3, with a message. `token` is empty when there is none. */
int token_read(const char *path, struct token *token, bool *missing);

/* Replaces the file, mode 0600, so that a reader finds the old or the new token and a power cut
 * leaves one of them. To be called with the lock held: what is left of a writer that was killed,
 * PATH.reflow.tmp, is removed. 6: the old file is as it was. Only when the very last step fails, to
 * make the new name lasting, is the new token in place. What is no regular file is not replaced. */
int token_write(const char *path, const struct token *token);

/* Whether token_write() would replace it: a regular file, or none. A link would become a file of its
 * own, and a pipe or a device be lost. 6: it is something else. */
int token_file_replaceable(const char *path);

/* Puts the name of a companion together: PATH and the suffix. Returns whether there was room; if not,
 * errno says so. */
bool token_file_beside(const char *path, const char *suffix, char name[TOKEN_FILE_NAME]);

#endif
