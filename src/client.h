/* SPDX-License-Identifier: MIT */
/* client: the one state machine, for those that begin operations of their own on it. */
#ifndef REFLOW_CLIENT_H
#define REFLOW_CLIENT_H

#include "operation.h"

/* A checked and otherwise empty client becomes idle. */
void reflow_client_init(struct reflow_client *client);

/* Begins `operation` on `subject` (a run ID, say) and `object`, both borrowed until the end, at the
 * server of `url`, or with NULL at the service. Nothing is sent and nothing opened yet, but what
 * could not be sent is found out. */
enum reflow_error reflow_client_start(struct reflow_client *client,
                                      const struct reflow_operation *operation, const char *url,
                                      const char *subject, void *object);

/* Waits, by the port, until the operation under way has ended. */
void reflow_client_finish(struct reflow_client *client);

/* Points the client at the server of a URL. Returns whether it is one; if not, nothing changes. */
bool reflow_client_turn(struct reflow_client *client, const char *url);

/* Ends an operation that has not begun: nothing was sent. */
enum reflow_error reflow_client_refuse(struct reflow_client *client, enum reflow_error error);

/* Whether an operation is under way. */
bool reflow_client_busy(const struct reflow_client *client);

#endif
