/* SPDX-License-Identifier: MIT */
/* client_world: what an answer means, found out in the simplest way there is: by looking for
 * words. */
#include "client_world.h"
#include "dechunk.h"

struct bytes {
    const char *at;
    size_t length;
};

static bool holds(struct bytes text, const char *word)
{
    return memmem(text.at, text.length, word, strlen(word)) != NULL;
}

/* The value of a field of this head, whose name is in lower case; NULL when there is none. */
static const char *field_of(struct bytes head, const char *name)
{
    const size_t length = strlen(name);
    size_t i;

    for (i = 0; i + length + 1 < head.length; i++) {
        if (head.at[i] == '\n' && strncasecmp(head.at + i + 1, name, length) == 0) {
            return head.at + i + 1 + length;
        }
    }
    return NULL;
}

static bool is_whole(struct bytes head, struct bytes content, unsigned status, bool closed)
{
    static char ignored[WIRE_SIZE];
    const char *value = field_of(head, "content-length:");
    size_t ignored_length;
    size_t taken;

    if (status == 204 || status == 304) {
        return true;
    }
    if (field_of(head, "transfer-encoding:") != NULL) {
        return dechunk(content.at, content.length, &taken, ignored, &ignored_length);
    }
    return value != NULL ? strtoul(value, NULL, 10) <= content.length : closed;
}

/* A gateway's code could be written with escapes. */
static bool says_later(struct bytes head, struct bytes content)
{
    return field_of(head, "retry-after:") != NULL || holds(content, "503000") ||
           holds(content, "503010") || holds(content, "\\");
}

static enum meaning meaning_of_status(unsigned status, struct bytes head, struct bytes content)
{
    switch (status) {
    case 408:
    case 425:
    case 429:
        return MEANS_LATER;
    case 503:
        return says_later(head, content) ? MEANS_LATER : MEANS_NOTHING;
    default:
        return status < 300 ? MEANS_DONE : status < 500 ? MEANS_REFUSED : MEANS_NOTHING;
    }
}

enum meaning meaning_of(const char *bytes, size_t length, bool closed)
{
    struct bytes head = {bytes, length};
    struct bytes content;
    const char *end;
    unsigned status;

    do {
        end = head.length > 0 ? memmem(head.at, head.length, "\r\n\r\n", 4) : NULL;
        if (end == NULL || memcmp(head.at, "HTTP/1.", 7) != 0) {
            return MEANS_NOTHING;
        }
        status = (unsigned)strtoul(head.at + 8, NULL, 10);
        content.at = end + 4;
        content.length = (size_t)(head.at + head.length - content.at);
        head.length = (size_t)(content.at - head.at);
        if (status < 200) {
            head = content;
        }
    } while (status >= 100 && status < 200);
    return status >= 200 && is_whole(head, content, status, closed)
               ? meaning_of_status(status, head, content)
               : MEANS_NOTHING;
}
