/* SPDX-License-Identifier: MIT */
/* evidence: the runs of a flow that were created since an attempt whose outcome is unknown. One of
 * them may be what the attempt has begun; which, if any, is never said. */
#ifndef REFLOW_CLI_EVIDENCE_H
#define REFLOW_CLI_EVIDENCE_H

#include "connection.h"
#include "journal.h"

struct suspect {
    const char *run;
    const char *flow;  /* "": the service is asked for it */
    int64_t since;     /* runs created before are no candidates */
    int64_t attempted; /* or -1: not known */
};

/* Prints what there is, as it arrives: lines for a person, or an object a candidate, and one without
 * a candidate when there is none. `journal` may be NULL; what it knows as the new run of some
 * attempt is no candidate. Returns an exit status: 0 when the list was read to its end. */
int evidence_show(struct connection *connection, const struct options *options,
                  struct journal *journal, const struct suspect *suspect);

#endif
