/* SPDX-License-Identifier: MIT */
/* cut_scenarios: the exchanges that are cut, and what each comes to when it is not. */
#ifndef CUT_SCENARIOS_H
#define CUT_SCENARIOS_H

#include <stddef.h>

#include "reflow.h"

#define CUT_NEW_RUN "11ba0402-8b12-4bd0-ba6e-1b2b0c8b9d5e"
#define CUT_ETAG "\"1100c53e\""

enum cut_beginning {
    CUT_FROM_START,  /* each byte from the first hello on. No repetition: each cut shows as it is */
    CUT_FROM_COMMIT, /* each byte from the verified handshake on; what may be repeated is */
    CUT_FROM_ANSWER, /* each byte from the first answer on; what may be repeated is */
    CUT_SECOND_RUN   /* each byte of a second run on the kept connection; what may be repeated is */
};

struct cut_scenario {
    const char *name;
    enum cut_beginning from;
    enum reflow_outcome outcome; /* when nothing is cut */
    const char *answer;          /* to the first request, and to all others if there is no `then` */
    bool applies;                /* before that is said */
    bool ends;                   /* the connection, in good order, after that */
    const char *then;            /* the service applies, and says this to the next request */
    const char
        *early; /* said unasked: as soon as there is a session, in each connection, and then no
                        * answers; with CUT_SECOND_RUN: between the runs */
};

extern const struct cut_scenario cut_scenarios[];
extern const size_t cut_scenario_count;

#endif
