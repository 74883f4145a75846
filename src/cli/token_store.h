/* SPDX-License-Identifier: MIT */
/* token_store: a token that can be used, kept in its file and fetched by one process only.
 *
 * Only a token that reflow has fetched itself is ever replaced. Every int that is returned is an exit
 * status: EXIT_DONE, or standard error has said what was wrong. */
#ifndef REFLOW_CLI_TOKEN_STORE_H
#define REFLOW_CLI_TOKEN_STORE_H

#include "token_file.h"

#define TOKEN_DUE_S 300 /* a token of our own is fetched anew so long before its end */

/* Waits until this process is the one that may fetch and write, by a lock on PATH.lock, a file that
 * is made when missing and stays. 4: a signal has asked the command to end meanwhile. 6: it cannot be
 * locked. */
int token_lock(const char *path, int *lock);
void token_unlock(int lock);

/* Whether a token must be fetched: there is none, or it is ours and ends in less than TOKEN_DUE_S. A
 * token that is not ours is never due: nobody has said when it ends. */
bool token_due(const struct token *token, int64_t now);

/* Obtains a token that is not due and not `rejected`, the one that a 401 has just refused (or NULL;
 * may be `token->text`): from the file, or by `fetch` and then into the file. Of several processes
 * that need one at once only the first fetches; the others wait and take what it has written. With
 * `path` NULL, `token` itself is what is kept: it is in and out. With `fetch` NULL, nothing is locked
 * or written. `fetch` asks the service, sets text and expires, and returns an exit status.
 * 3: there is none to be had, or `rejected` was not fetched by reflow, which replaces only its own.
 * Otherwise what reading, locking, fetching or writing returned. Then `token` is empty. */
int token_obtain(const char *path, const char *rejected, int64_t now,
                 int (*fetch)(void *context, struct token *token), void *context,
                 struct token *token);

#endif
