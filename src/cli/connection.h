/* SPDX-License-Identifier: MIT */
/* connection: one client of the library with its socket, and the loop that drives it alone. */
#ifndef REFLOW_CLI_CONNECTION_H
#define REFLOW_CLI_CONNECTION_H

#include "options.h"
#include "reflow_posix.h"

struct connection {
    struct reflow_client client;
    struct reflow_posix posix;
    struct reflow_proxy proxy;
    struct reflow_ticket ticket; /* by which a lost connection is made anew */
    const char *token;           /* that the client was given last */
    bool renewed;                /* the token, since it was last accepted */
};

/* Prepares a client with what session_begin() has found. Opens nothing. Returns an exit status. */
int connection_open(struct connection *connection, const struct options *options);
void connection_close(struct connection *connection);

/* Drives an operation until it has ended, which one that could not be started has already; a signal
 * that asks to go at once abandons it. What changes something must not be driven by this: it does
 * not stop to commit. */
void connection_finish(struct connection *connection);

/* Waits for what one client waits for after `event`, or for a signal. */
void connection_wait(struct connection *connection, enum reflow_event event);

/* How the last operation ended. For one that only reads the exit status is 0 when it went well. */
const struct reflow_result *connection_result(const struct connection *connection);
int connection_status(const struct connection *connection);

/* Whether a token that was not accepted may be renewed: it was not just before, and there is
 * something to renew it with. */
bool connection_renewable(const struct connection *connection);

/* Whether the last operation is to be started once more: the token was not accepted, and another
 * one was to be had. */
bool connection_again(struct connection *connection);

#endif
