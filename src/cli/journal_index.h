/* SPDX-License-Identifier: MIT */
/* journal_index: where in a journal the lines stand that have to do with a run. A bounded hash table
 * in memory that the caller provides: 8 bytes a slot, one slot a line and one more where the line
 * tells of a new run, so 3 for a run that was re-triggered.
 *
 * It may name lines of other runs, which have the same hash: the caller looks. It never leaves one
 * out, until it is full and says so: at 150,000 re-triggered runs, at the file's first 4 GB, or
 * when one run or its neighbours have thousands of lines. Memory that it does not use yet is not
 * touched; all of it is 4 MB. */
#ifndef REFLOW_CLI_JOURNAL_INDEX_H
#define REFLOW_CLI_JOURNAL_INDEX_H

#include <sys/types.h>

#include "journal_line.h"

#ifndef JOURNAL_INDEX_SLOTS
#define JOURNAL_INDEX_SLOTS (UINT32_C(1) << 19) /* at most; a power of two */
#endif

struct journal_index_slot {
    uint32_t hash;
    uint32_t place; /* the line's offset and 1; 0: the slot is empty */
};

struct journal_index {
    uint32_t size; /* slots in use as a table: a power of two, or 0 before the first time */
    uint32_t count;
    bool full;
    struct journal_index_slot slots[JOURNAL_INDEX_SLOTS];
};

/* What a line has to do with a run. */
enum journal_bond { JOURNAL_TELLS_OF, JOURNAL_LEADS_TO };

/* Empties it; before the first time the storage is all zeros. */
void journal_index_begin(struct journal_index *index);

/* Adds a line; offsets only grow. */
void journal_index_add(struct journal_index *index, const struct journal_entry *entry,
                       off_t offset);

/* Moves `*offset` on to the next line, or leaves it at one, that may have this bond with the run.
 * Returns false when there is none. Not to be asked when it is full. */
bool journal_index_next(const struct journal_index *index, enum journal_bond bond, const char *run,
                        off_t *offset);

#endif
