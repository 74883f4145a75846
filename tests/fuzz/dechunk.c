/* SPDX-License-Identifier: MIT */
/* dechunk: line by line. */
#include "dechunk.h"

#include <stdlib.h>
#include <string.h>

#define HEX "0123456789abcdefABCDEF"
#define TOKEN "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

struct rest {
    const char *at;
    const char *end;
};

/* Takes a line without control characters as a string into `line`; its CR LF is taken too. */
static bool take_line(struct rest *rest, char *line, size_t size)
{
    const size_t left = (size_t)(rest->end - rest->at);
    const char *feed = left > 0 ? memmem(rest->at, left, "\r\n", 2) : NULL;
    size_t i;

    if (feed == NULL || (size_t)(feed - rest->at) >= size) {
        return false;
    }
    for (i = 0; rest->at + i < feed; i++) {
        line[i] = rest->at[i];
        if ((line[i] >= 0 && line[i] < ' ' && line[i] != '\t') || line[i] == 0x7f) {
            return false;
        }
    }
    line[i] = '\0';
    rest->at = feed + 2;
    return true;
}

static bool size_of_chunk(const char *line, size_t *size)
{
    const size_t digits = strspn(line, HEX);
    char *end;

    *size = strtoul(line, &end, 16);
    return digits > 0 && end == line + digits && (*end == '\0' || *end == ';') && *size <= 1U << 24;
}

static bool is_field(const char *line)
{
    const size_t name = strspn(line, TOKEN);

    return name > 0 && line[name] == ':';
}

static bool take_trailer(struct rest *rest, char *line, size_t size)
{
    bool sound;

    do {
        sound = take_line(rest, line, size) && (line[0] == '\0' || is_field(line));
    } while (sound && line[0] != '\0');
    return sound;
}

bool dechunk(const char *bytes, size_t length, size_t *taken, char *content, size_t *content_length)
{
    static char line[65536];
    struct rest rest = {bytes, bytes + length};
    size_t size;

    *content_length = 0;
    while (take_line(&rest, line, sizeof line) && size_of_chunk(line, &size)) {
        if (size == 0) {
            const bool whole = take_trailer(&rest, line, sizeof line);
            *taken = (size_t)(rest.at - bytes);
            return whole;
        }
        if ((size_t)(rest.end - rest.at) < size + 2 || memcmp(rest.at + size, "\r\n", 2) != 0) {
            return false;
        }
        memcpy(content + *content_length, rest.at, size);
        *content_length += size;
        rest.at += size + 2;
    }
    return false;
}
