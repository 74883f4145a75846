/* SPDX-License-Identifier: MIT */
/* events: the journal's entries as they are shown: an aligned line or a JSON object each. */
#ifndef REFLOW_CLI_EVENTS_H
#define REFLOW_CLI_EVENTS_H

#include "console.h"
#include "journal_line.h"
#include "options.h"

/* What the journal's other lines say of an entry. */
enum event_mark {
    EVENT_PLAIN,
    EVENT_UNANSWERED, /* an intent that has no outcome, but another intent after it */
    EVENT_UNSETTLED   /* the last that is known of a run whose outcome is unknown */
};

/* Prints it. Returns whether standard output took it. */
bool events_show(const struct options *options, const struct journal_entry *entry,
                 enum event_mark mark);

/* Appends the command that goes on from here, as a shell takes it: reflow settle --journal FILE. */
void events_settle_command(struct line *to, const char *journal);

/* Says that standard output cannot be written to, and returns the exit status for that. */
int events_output_lost(void);

#endif
