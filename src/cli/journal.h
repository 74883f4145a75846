/* SPDX-License-Identifier: MIT */
/* journal: the append-only file that remembers what was done to which run.
 *
 * An event is one line (journal_line.h), written with one write() and on disk before
 * journal_append() returns. One process at a time may write to the file; any number may read it.
 *
 * What was read wrong must not pass for "nothing was done": a file with a damaged line is not opened,
 * and once reading or writing has failed, the journal has `failed` and takes no further event, so
 * that nothing can be sent any more. */
#ifndef REFLOW_CLI_JOURNAL_H
#define REFLOW_CLI_JOURNAL_H

#include <sys/types.h>

#include "journal_index.h"
#include "journal_line.h"

#define JOURNAL_WINDOW 32768 /* bytes of the file that are in memory at a time */

/* Storage of the caller's; static, because of its size. */
struct journal {
    const char *path; /* borrowed until it is closed */
    int file;         /* -1: not open */
    bool for_writing;
    bool failed;                 /* for good */
    off_t size;                  /* of the file's whole lines */
    off_t torn;                  /* bytes behind them, when it was opened */
    struct journal_index *index; /* of the whole lines */
    off_t window_at;
    size_t window_length;
    char window[JOURNAL_WINDOW];
};

/* Opens and checks the whole file. Returns an exit status, 0 or 6; standard error says what is
 * wrong. For writing it is created when it is missing, and nobody else may write to it until it is
 * closed; a last line that a crash or power cut has torn is removed, which standard error says.
 * Only one journal is open at a time in a process, because there is one index; and closing any other
 * descriptor of the file would end the lock. */
int journal_open(struct journal *journal, const char *path, bool for_writing);

/* Appends a line and brings it to disk. Returns an exit status, 0 or 6. The first failure is final
 * and is said on standard error; after it nothing is tried any more. */
int journal_append(struct journal *journal, const struct journal_entry *entry);

/* The next entry, from `*offset` on; begin with an offset and a number of 0. Returns false at the
 * end, or when reading failed, which `failed` tells. Lines appended meanwhile come too. */
bool journal_next(struct journal *journal, off_t *offset, struct journal_entry *entry,
                  size_t *number);

/* The same without looking into the line, whose bytes, without the line feed, are good until the next
 * call that has to do with this journal. */
bool journal_next_line(struct journal *journal, off_t *offset, const char **line, size_t *length);

/* Whether another process has it open for writing just now, as far as can be known. */
bool journal_is_in_use(const struct journal *journal);

void journal_close(struct journal *journal);

#endif
