/* SPDX-License-Identifier: MIT */
/* shard: FNV-1a, which is short enough to be written again in any language that must agree. */
#include "shard.h"

#include "text.h"

#define MOST_SHARDS 65535

/* One digit or more, up to `end`; returns what stands behind it, or NULL. */
static const char *read_number(const char *text, char end, uint32_t *number)
{
    uint32_t value = 0;

    if (!reflow_is_digit(*text)) {
        return NULL;
    }
    for (; reflow_is_digit(*text); text++) {
        value = value * 10 + (uint32_t)(*text - '0');
        if (value > MOST_SHARDS) {
            return NULL;
        }
    }
    *number = value;
    return *text == end ? text + 1 : NULL;
}

bool shard_read(const char *text, struct shard *shard)
{
    struct shard found;

    text = read_number(text, '/', &found.index);
    if (text == NULL || read_number(text, '\0', &found.count) == NULL ||
        found.index >= found.count) {
        return false;
    }
    *shard = found;
    return true;
}

static uint32_t fnv_1a(const char *text)
{
    uint32_t hash = 0x811c9dc5U;

    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 0x01000193U;
    }
    return hash;
}

bool shard_takes(const struct shard *shard, const char *id)
{
    return shard->count <= 1 || fnv_1a(id) % shard->count == shard->index;
}
