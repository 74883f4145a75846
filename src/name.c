/* SPDX-License-Identifier: MIT */
/* name: certificate names against host names (RFC 9525 section 6.3), and addresses from text. */
#include "name.h"

#include <string.h>

#include "text.h"

/* Letters, digits and hyphens (RFC 1123 section 2.1); and the underscore, against the standard,
 * because there are hosts that have it. */
static bool is_host_character(char c)
{
    const char lower = reflow_lower(c);

    return reflow_is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '_';
}

/* How many labels the name has; 0 when it is not a host name. A last label of digits alone makes it
 * an address, or one of the shorthands for an address ("127.1") that resolvers take. */
static size_t count_labels(const char *name, size_t length)
{
    size_t labels = 1;
    bool empty = true;
    bool number = true;

    for (size_t i = 0; i < length; i++) {
        if (name[i] == '.' && !empty) {
            labels++;
            empty = true;
            number = true;
        } else if (is_host_character(name[i])) {
            empty = false;
            number = number && reflow_is_digit(name[i]);
        } else {
            return 0;
        }
    }
    return number ? 0 : labels; /* an empty last label, too, has nothing that is no digit */
}

static bool same(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (reflow_lower(a[i]) != reflow_lower(b[i])) {
            return false;
        }
    }
    return true;
}

/* Only the host is examined: a pattern that equals it is as sound as the host is. */
bool reflow_name_matches(const char *pattern, size_t length, const char *host)
{
    size_t host_length = strlen(host);
    size_t labels;

    if (host_length > 0 && host[host_length - 1] == '.') {
        host_length--;
    }
    labels = count_labels(host, host_length);
    if (labels == 0) {
        return false;
    }
    if (labels > 2 && length > 0 && pattern[0] == '*') { /* what follows must be the host's dot */
        while (*host != '.') {
            host++;
            host_length--;
        }
        pattern++;
        length--;
    }
    return length == host_length && same(pattern, host, length);
}

/* A number of one to three digits up to 255; returns how many, or 0. A leading zero is not allowed,
 * because some read it as octal (RFC 6943 section 3.1.1). */
static size_t read_octet(const char *host, uint8_t *octet)
{
    unsigned value = 0;
    size_t digits = 0;

    while (digits < 3 && reflow_is_digit(host[digits])) {
        value = value * 10 + (unsigned)(host[digits] - '0');
        digits++;
    }
    if (value > 255 || (digits > 1 && host[0] == '0')) {
        return 0;
    }
    *octet = (uint8_t)value;
    return digits;
}

/* Whether all of `host` is four such numbers. */
static bool read_ipv4(const char *host, uint8_t *address)
{
    for (size_t i = 0; i < 4; i++) {
        const size_t digits = read_octet(host, &address[i]);
        if (digits == 0 || host[digits] != (i < 3 ? '.' : '\0')) {
            return false;
        }
        host += digits + 1;
    }
    return true;
}

/* The value of a hexadecimal digit, or 16. */
static unsigned hexadecimal(char c)
{
    const char lower = reflow_lower(c);

    if (reflow_is_digit(c)) {
        return (unsigned)(c - '0');
    }
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : 16;
}

/* One to four hexadecimal digits; returns how many, or 0. */
static size_t read_group(const char *host, uint8_t *group)
{
    unsigned value = 0;
    size_t digits = 0;

    while (digits < 4 && hexadecimal(host[digits]) < 16) {
        value = value << 4 | hexadecimal(host[digits]);
        digits++;
    }
    group[0] = (uint8_t)(value >> 8);
    group[1] = (uint8_t)(value & 0xff);
    return digits;
}

/* An IPv6 address on its way: the bytes so far, and how many of them came before "::". */
struct ipv6 {
    uint8_t *bytes;
    size_t count;
    size_t before; /* NO_GAP until there was one */
};

#define NO_GAP 17 /* more than any count */

/* What may follow a group: nothing, two colons if they are the first such, or one colon and more.
 */
static const char *skip_colons(struct ipv6 *ipv6, const char *host)
{
    if (host[0] == '\0') {
        return host;
    }
    if (host[0] == ':' && host[1] == ':' && ipv6->before == NO_GAP) {
        ipv6->before = ipv6->count;
        return host + 2;
    }
    return host[0] == ':' && host[1] != '\0' ? host + 1 : NULL;
}

/* The next group and the colons after it; or, where four bytes are left, an IPv4 address, which
 * ends it. Returns what follows, NULL when this is no address. */
static const char *read_piece(struct ipv6 *ipv6, const char *host)
{
    uint8_t *const next = ipv6->bytes + ipv6->count;
    size_t digits;

    if (ipv6->count <= 12 && read_ipv4(host, next)) {
        ipv6->count += 4;
        return "";
    }
    digits = ipv6->count < 16 ? read_group(host, next) : 0;
    if (digits == 0) {
        return NULL;
    }
    ipv6->count += 2;
    return skip_colons(ipv6, host + digits);
}

/* Moves what came after "::" to the end. It stands for at least one group of zeros. */
static bool close_gap(struct ipv6 *ipv6)
{
    size_t after;
    size_t i;

    if (ipv6->before == NO_GAP) {
        return ipv6->count == 16;
    }
    if (ipv6->count == 16) {
        return false;
    }
    after = ipv6->count - ipv6->before;
    for (i = 1; i <= after; i++) {
        ipv6->bytes[16 - i] = ipv6->bytes[ipv6->count - i];
    }
    memset(ipv6->bytes + ipv6->before, 0, 16 - ipv6->count);
    return true;
}

static bool read_ipv6(const char *host, uint8_t address[16])
{
    struct ipv6 ipv6 = {address, 0, NO_GAP};

    if (host[0] == ':' && host[1] == ':') {
        ipv6.before = 0;
        host += 2;
    }
    while (*host != '\0') {
        host = read_piece(&ipv6, host);
        if (host == NULL) {
            return false;
        }
    }
    return close_gap(&ipv6);
}

size_t reflow_name_address(const char *host, uint8_t address[16])
{
    if (read_ipv4(host, address)) {
        return 4;
    }
    return read_ipv6(host, address) ? 16 : 0;
}
