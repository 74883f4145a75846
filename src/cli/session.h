/* SPDX-License-Identifier: MIT */
/* session: what all connections of the command share: trust anchors and the access token. */
#ifndef REFLOW_CLI_SESSION_H
#define REFLOW_CLI_SESSION_H

#include "options.h"

/* Finds both; a token is fetched where it has to be and can be. Returns an exit status, 0 when a
 * connection can be opened. session_end() is due in any case: it wipes the secrets. */
int session_begin(const struct options *options);
void session_end(void);

/* The token in use, NULL when there is none; another place after each renewal, so that one in use
 * stays as it is. */
const char *session_token(void);

/* When it ends, in seconds since 1970; only one that reflow has fetched is known to end. */
bool session_token_ends(int64_t *seconds);

const void *session_anchors(size_t *size);

/* Whether a token can be fetched at all: it was fetched by reflow, or there was none. */
bool session_renewable(void);

/* `rejected` was not accepted. Returns whether there is another token now: one that this process or
 * another has fetched. Waits; nothing else should be under way. */
bool session_renew(const char *rejected);

#endif
