/* SPDX-License-Identifier: MIT */
/* loop_names: the name server of loop_peer.h. */
#ifndef LOOP_NAMES_H
#define LOOP_NAMES_H

/* Listens, and makes itself lwIP's name server. */
void loop_names_start(void);

#endif
