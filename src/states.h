/* SPDX-License-Identifier: MIT */
/* states: the states of a client, and what they share. Private to client.c, states.c, finish.c;
 * proxy.c traces by it. */
#ifndef REFLOW_STATES_H
#define REFLOW_STATES_H

#include "client.h"

/* An attempt, and the ways out of it:
 *
 *            +------------------- PAUSING <----------------------- repeat? --> ENDED
 *            v                                                        ^
 *   start -> BEGINNING -> OPENING -> GREETING -> COMMITTING           | any failure; the answer
 *              |             ^                    ^   |               |
 *              |             | no longer silent   |   v               |
 *              |             +--------------------|-- WRITING         |
 *              | a kept connection                |   |               |
 *              +----------------------------------+   v               |
 *                                                     SENDING --> ANSWERING
 *
 * BEGINNING   looks whether there is a kept connection
 * OPENING     the port resolves and connects
 * GREETING    the TLS handshake; ends with the server verified
 * COMMITTING  stops once with REFLOW_COMMIT, if the request changes something
 * WRITING     makes sure that a kept connection is still silent, and builds the request
 * SENDING     encrypts and sends it: when its last byte is accepted, it is committed
 * ANSWERING   reads until the answer is whole, broken or not to come
 * PAUSING     waits before the next attempt */
enum reflow_state {
    STATE_IDLE,
    STATE_BEGINNING,
    STATE_OPENING,
    STATE_GREETING,
    STATE_COMMITTING,
    STATE_WRITING,
    STATE_SENDING,
    STATE_ANSWERING,
    STATE_PAUSING,
    STATE_ENDED
};

/* Does what the state asks for. Returns whether to call again at once; if not, the client's event
 * tells what is waited for. */
bool reflow_state_step(struct reflow_client *client);

/* ---- For states ---- */

/* Enters a state, to be called again at once: returns true. */
bool reflow_go_on(struct reflow_client *client, enum reflow_state state);

/* Says `event` to whoever steps: returns false. Stepping again is due at the deadline, at the
 * latest. */
bool reflow_stop(struct reflow_client *client, enum reflow_event event);

uint32_t reflow_now_ms(const struct reflow_client *client);
uint32_t reflow_elapsed_ms(const struct reflow_client *client);
uint32_t reflow_remaining_ms(const struct reflow_client *client); /* until the deadline */

void reflow_trace(const struct reflow_client *client, enum reflow_trace what, const char *text,
                  size_t length);

/* ---- Ends (finish.c) ---- */

/* Drops the connection, with a goodbye where that is safe. */
void reflow_drop(struct reflow_client *client);

/* Drops the connection and gives up what is in the buffer, the peer's words included. */
void reflow_clear(struct reflow_client *client);

/* Whether the service may have changed something: not by what only reads. */
bool reflow_may_have_acted(const struct reflow_client *client);

/* One attempt is over, with the connection kept or dropped by the caller: the end, or another try.
 */
bool reflow_end_attempt(struct reflow_client *client, enum reflow_error error, bool later);

/* The same where there is nothing to be kept. */
bool reflow_fail(struct reflow_client *client, enum reflow_error error);

/* The operation is over with the result that stands. */
bool reflow_end(struct reflow_client *client);

#endif
