/* SPDX-License-Identifier: MIT */
/* journal_line: one event as one line of text, with a checksum; pure, without I/O or clock.
 *
 *   CRC32 SP TIME SP EVENT SP RUN_ID [SP KEY=VALUE]... LF
 *
 *   CRC32    8 lower-case hexadecimal digits: CRC-32 (IEEE 802.3) of all bytes behind the blank that
 *            follows it, without the line feed
 *   TIME     RFC 3339, UTC, whole seconds: 2026-11-22T03:00:07Z
 *   EVENT    intent, retriggered, refused, not_applied or unknown
 *   RUN_ID   1 to 128 visible ASCII characters
 *   KEY      id, flow, error, http, attempts, by, each at most once and in this order. Others are
 *            passed over wherever they stand: a later version may write them.
 *   VALUE    1 to 128 visible ASCII characters */
#ifndef REFLOW_CLI_JOURNAL_LINE_H
#define REFLOW_CLI_JOURNAL_LINE_H

#include "reflow.h"

#define JOURNAL_LINE 1024 /* the longest line, its line feed included */
#define JOURNAL_ID 128    /* the longest run or flow ID */
#define JOURNAL_ERROR 31  /* the longest name of an error */

enum journal_event {
    JOURNAL_INTENT,      /* a request is about to leave: on disk before it does */
    JOURNAL_RETRIGGERED, /* the others are outcomes */
    JOURNAL_REFUSED,
    JOURNAL_NOT_APPLIED,
    JOURNAL_UNKNOWN,
    JOURNAL_EVENTS /* how many there are */
};

struct journal_entry {
    enum journal_event event;
    int64_t time; /* seconds since 1970-01-01T00:00:00Z, to the end of the year 9999 */
    char run[JOURNAL_ID + 1];
    char id[JOURNAL_ID + 1];       /* the new run: of `retriggered` always, of others never */
    char flow[JOURNAL_ID + 1];     /* "" where it is not known */
    char error[JOURNAL_ERROR + 1]; /* the library's name of it, or "" */
    uint16_t http;                 /* 100 to 999, or 0: there was no answer */
    uint8_t attempts;              /* 0: not said */
    bool by_operator;              /* a person has settled it */
};

/* Writes the line with its line feed, but no NUL. Returns its length, or 0 for an entry that cannot
 * be written: a string that is too long or holds other characters, a missing run or new run, a time
 * or status beyond its range. */
size_t journal_line_write(const struct journal_entry *entry, char line[JOURNAL_LINE]);

/* Reads a line, its line feed left out. Takes what journal_line_write() makes, with or without
 * unknown keys, and nothing else; returns whether it is that. `entry` is of no use when it is not. */
bool journal_line_read(const char *line, size_t length, struct journal_entry *entry);

/* Whether these bytes may be the first ones of a line of which a power cut has left the others
 * away, or has left zeros in the place of some. */
bool journal_line_may_begin(const char *bytes, size_t length);

/* The name as the line has it. Static storage. */
const char *journal_event_name(enum journal_event event);

/* Two questions that are asked of very many lines, which have been read before: they look at nothing
 * else and verify nothing, but stay within `length` whatever the bytes are. */

/* Whether the line tells of this run. */
bool journal_line_is_of(const char *line, size_t length, const char *run, size_t run_length);

/* Whether the line says that this run is the new one of another. */
bool journal_line_leads_to(const char *line, size_t length, const char *run, size_t run_length);

#endif
