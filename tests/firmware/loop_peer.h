/* SPDX-License-Identifier: MIT */
/* loop_peer: the other end of the lwIP port's connections, in the same stack, on its loopback
 * interface; and a name server there that answers when it is told to. */
#ifndef LOOP_PEER_H
#define LOOP_PEER_H

#include "port_contract.h"

extern const struct port_peer loop_peer; /* its context is not used */

/* Starts lwIP and its name server. */
void loop_start(void);

/* One round of the stack. Fits struct reflow_lwip_board. */
void loop_work(void *unused);

/* The name server answers at once what it is asked: names in "here.test" are 127.0.0.1, all others do
 * not exist. While it is held it keeps the queries; letting go answers them. */
void loop_names_hold(bool hold);

/* How many queries it has got. */
unsigned loop_names_asked(void);

/* Whether all buffers and segments of lwIP's have been given back. */
bool loop_all_given_back(void);

#endif
