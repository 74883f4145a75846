/* SPDX-License-Identifier: MIT */
/* history: what a journal knows about one run, and whether the run may be re-triggered. */
#ifndef REFLOW_CLI_HISTORY_H
#define REFLOW_CLI_HISTORY_H

#include "journal.h"

#define HISTORY_MOST_ROUNDS 255

enum history_state {
    HISTORY_NONE, /* the journal has nothing about it */
    HISTORY_RETRIGGERED,
    HISTORY_REFUSED,
    HISTORY_NOT_APPLIED,
    HISTORY_UNKNOWN /* its outcome is unknown, or its intent has none: a crash, a power cut */
};

struct history {
    enum history_state state;    /* what the last event says */
    struct journal_entry last;   /* that event; all zeros for HISTORY_NONE */
    struct journal_entry intent; /* the last intent, or all zeros (`run` is "") */
    unsigned round;              /* how many re-triggers lead to this run; 0: it came by itself */
};

/* Reads the lines that tell of the run, and those that lead to it. Returns false when the journal has
 * failed, now or before: then the state is HISTORY_UNKNOWN whatever else is known, and no further
 * intent can be recorded. */
bool history_of(struct journal *journal, const char *run, struct history *history);

/* How a run stands after an event, when nothing follows. */
enum history_state history_state_after(enum journal_event event);

/* The run's next event from `*offset` on, which is then behind it; begin with 0. Returns false when
 * there is none, or when the journal could not be read (`failed`). `run` may stand in `*entry`. */
bool history_next(struct journal *journal, off_t *offset, const char *run,
                  struct journal_entry *entry);

/* The event that says that this run is the new one of another. Returns the same. */
bool history_origin(struct journal *journal, const char *run, struct journal_entry *entry);

/* The next run that is HISTORY_UNKNOWN, from `*offset` on (begin with 0), each once. Gives its last
 * intent, or where there is none the event itself. Returns false at the end, or when the journal could
 * not be read (`failed`). */
bool history_next_unsettled(struct journal *journal, off_t *offset, struct journal_entry *intent);

enum verdict {
    TAKE,
    LEAVE_RETRIGGERED, /* done already */
    LEAVE_REFUSED,     /* the service will refuse it again */
    LEAVE_UNKNOWN,     /* it may have been done: a person must look */
    LEAVE_ROUNDS       /* a retry of a retry that has failed often enough */
};

/* Whether a run is to be re-triggered, when so many `rounds` are allowed. Pure. A refusal of the
 * credentials says nothing about the run, which is taken again. */
enum verdict history_verdict(const struct history *history, unsigned rounds, bool repeat_unknown,
                             bool repeat_refused);

#endif
