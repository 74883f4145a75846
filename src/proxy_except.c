/* SPDX-License-Identifier: MIT */
/* proxy_except: one entry after the other, as a name or as a block of addresses. */
#include "proxy_except.h"

#include <string.h>

#include "name.h"
#include "text.h"

/* The longest spelling of an IPv6 address, with an IPv4 address in it, is 45 characters. */
#define ADDRESS_SIZE 48

static bool is_between(char c)
{
    return c == ',' || c == ' ' || c == '\t';
}

static size_t without_final_dot(const char *name, size_t length)
{
    return length > 0 && name[length - 1] == '.' ? length - 1 : length;
}

static bool same_name(const char *one, const char *other, size_t length)
{
    size_t i;

    for (i = 0; i < length; i++) {
        if (reflow_lower(one[i]) != reflow_lower(other[i])) {
            return false;
        }
    }
    return true;
}

static bool names(const char *entry, size_t length, const char *host)
{
    const size_t host_length = without_final_dot(host, strlen(host));
    const char *tail;

    length = without_final_dot(entry, length);
    if (length > 0 && entry[0] == '.') {
        entry++;
        length--;
    }
    if (length == 0 || length > host_length) {
        return false;
    }
    tail = host + host_length - length;
    return same_name(entry, tail, length) && (length == host_length || tail[-1] == '.');
}

/* "/BITS", or nothing: how many bits count, of at most `most`; more when it is neither. */
static unsigned read_bits(const char *text, size_t length, unsigned most)
{
    unsigned bits = 0;
    size_t i;

    if (length == 0) {
        return most;
    }
    for (i = 1; i < length && bits <= most; i++) {
        bits = reflow_is_digit(text[i]) ? bits * 10 + (unsigned)(text[i] - '0') : most + 1;
    }
    return bits > 0 ? bits : most;
}

static bool same_bits(const uint8_t *one, const uint8_t *other, unsigned bits)
{
    const unsigned whole = bits / 8;
    const unsigned rest = bits % 8;

    return memcmp(one, other, whole) == 0 &&
           (rest == 0 || (one[whole] ^ other[whole]) >> (8 - rest) == 0);
}

static bool covers(const char *entry, size_t length, const uint8_t *address, size_t size)
{
    const char *slash = memchr(entry, '/', length);
    const size_t until = slash != NULL ? (size_t)(slash - entry) : length;
    const unsigned most = (unsigned)size * 8;
    const unsigned bits = read_bits(entry + until, length - until, most);
    uint8_t block[16];
    char text[ADDRESS_SIZE];

    if (until >= sizeof text || bits > most) {
        return false;
    }
    memcpy(text, entry, until);
    text[until] = '\0';
    return reflow_name_address(text, block) == size && same_bits(address, block, bits);
}

static size_t entry_length(const char *entry)
{
    size_t length = 0;

    while (entry[length] != '\0' && !is_between(entry[length])) {
        length++;
    }
    return length;
}

static const char *next_entry(const char *list)
{
    while (is_between(*list)) {
        list++;
    }
    return list;
}

bool reflow_proxy_excepts(const char *list, const char *host)
{
    uint8_t address[16];
    const size_t size = reflow_name_address(host, address);
    bool found;

    if (list == NULL) {
        return false;
    }
    found = strcmp(list, "*") == 0;
    while (*list != '\0' && !found) {
        const size_t length = entry_length(list);
        found = size > 0 ? covers(list, length, address, size) : names(list, length, host);
        list = next_entry(list + length);
    }
    return found;
}
