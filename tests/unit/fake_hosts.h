/* SPDX-License-Identifier: MIT */
/* fake_hosts: for what only reads, or fetches tokens: notes to which hosts the client connects, and
 * steps an operation that must never ask for a commit. */
#ifndef FAKE_HOSTS_H
#define FAKE_HOSTS_H

#include "fake_world.h"

/* All connections so far, as "flow.example:443 ims.example:8443". */
extern char fake_hosts[1024];

/* In place of fake_port; begins with no connections. */
const struct reflow_port *fake_hosts_port(void);

/* Steps to the end of an operation that changes nothing, and holds its result against what must be
 * true of all of those: not_applied or refused, done exactly with REFLOW_OK. */
const struct reflow_result *fake_hosts_drive(void);

/* Whether that word is anywhere in the client's own bytes, or in what was traced. */
bool fake_hosts_client_holds(const char *word);
bool fake_hosts_trace_holds(const char *word);

#endif
