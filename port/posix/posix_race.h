/* SPDX-License-Identifier: MIT */
/* posix_race: from several addresses to one connection (RFC 8305). Private to port/posix. */
#ifndef REFLOW_POSIX_RACE_H
#define REFLOW_POSIX_RACE_H

#include "reflow_posix.h"

/* Begins the race for the addresses that `posix` knows, 1 or more. */
enum reflow_open reflow_posix_race_start(struct reflow_posix *posix);

/* Goes on: looks at the attempts, and begins the next one if it is due. */
enum reflow_open reflow_posix_race(struct reflow_posix *posix);

/* What reflow_posix_pollfds() says during the race. */
size_t reflow_posix_race_pollfds(const struct reflow_posix *posix, struct pollfd *fds,
                                 int *timeout_ms);

/* Takes note of what poll() said about those: a winner makes `posix` CONNECTED. */
void reflow_posix_race_note(struct reflow_posix *posix, const struct pollfd *fds, size_t count);

/* Drops all attempts. */
void reflow_posix_race_end(struct reflow_posix *posix);

#endif
