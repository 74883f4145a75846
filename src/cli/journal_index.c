/* SPDX-License-Identifier: MIT */
/* journal_index: open addressing with linear probing. Nothing is ever taken out, so that the lines of
 * one run stand behind each other in the order in which they came. */
#include "journal_index.h"

#include <string.h>

#define LEAST_SLOTS 256
#define MOST_PROBES 4096 /* beyond, looking is no faster than reading the file */

/* FNV-1a, from another beginning for each bond. Its low bits are alike in the runs of one shard, so
 * the bits are mixed once more at the end (as by MurmurHash3). */
static uint32_t hash_of(enum journal_bond bond, const char *run)
{
    uint32_t hash = bond == JOURNAL_TELLS_OF ? UINT32_C(2166136261) : UINT32_C(3339451269);

    for (; *run != '\0'; run++) {
        hash = (hash ^ (unsigned char)*run) * UINT32_C(16777619);
    }
    hash = (hash ^ hash >> 16) * UINT32_C(0x85ebca6b);
    hash = (hash ^ hash >> 13) * UINT32_C(0xc2b2ae35);
    return hash ^ hash >> 16;
}

void journal_index_begin(struct journal_index *index)
{
    memset(index->slots, 0, index->size * sizeof index->slots[0]);
    index->size = LEAST_SLOTS;
    index->count = 0;
    index->full = false;
}

/* Puts it into the first empty slot from its place on; one always is. Returns how many were not. */
static uint32_t index_put(struct journal_index *index, struct journal_index_slot slot)
{
    const uint32_t last = index->size - 1;
    uint32_t probes = 0;

    while (index->slots[(slot.hash + probes) & last].place != 0) {
        probes++;
    }
    index->slots[(slot.hash + probes) & last] = slot;
    return probes;
}

/* Twice as many slots, in the same storage: each one is taken out and put in again. Beginning behind
 * an empty slot, none is found to be empty that another has yet to be looked for beyond. */
static void index_grow(struct journal_index *index)
{
    const uint32_t size = index->size;
    uint32_t empty = 0;
    uint32_t i;

    while (index->slots[empty].place != 0) {
        empty++;
    }
    index->size = 2 * size;
    for (i = 1; i < size; i++) {
        struct journal_index_slot *slot = &index->slots[(empty + i) & (size - 1)];
        const struct journal_index_slot moved = *slot;

        if (moved.place != 0) {
            slot->place = 0;
            (void)index_put(index, moved);
        }
    }
}

static void index_add(struct journal_index *index, enum journal_bond bond, const char *run,
                      off_t offset)
{
    struct journal_index_slot slot;

    if (index->count >= index->size / 8 * 7 && index->size < JOURNAL_INDEX_SLOTS) {
        index_grow(index);
    }
    if (index->full || index->count >= index->size / 8 * 7 || offset >= (off_t)UINT32_MAX) {
        index->full = true;
        return;
    }
    slot.hash = hash_of(bond, run);
    slot.place = (uint32_t)offset + 1;
    index->count++;
    index->full = index_put(index, slot) >= MOST_PROBES;
}

void journal_index_add(struct journal_index *index, const struct journal_entry *entry, off_t offset)
{
    index_add(index, JOURNAL_TELLS_OF, entry->run, offset);
    if (entry->event == JOURNAL_RETRIGGERED) {
        index_add(index, JOURNAL_LEADS_TO, entry->id, offset);
    }
}

bool journal_index_next(const struct journal_index *index, enum journal_bond bond, const char *run,
                        off_t *offset)
{
    const uint32_t hash = hash_of(bond, run);
    uint32_t at = hash & (index->size - 1);

    while (index->count > 0 && index->slots[at].place != 0) {
        if (index->slots[at].hash == hash && (off_t)index->slots[at].place > *offset) {
            *offset = (off_t)index->slots[at].place - 1;
            return true;
        }
        at = (at + 1) & (index->size - 1);
    }
    return false;
}
