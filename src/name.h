/* SPDX-License-Identifier: MIT */
/* name: whether a certificate's identifier stands for the host that was asked for (RFC 9525). */
#ifndef REFLOW_NAME_H
#define REFLOW_NAME_H

#include "reflow.h"

/* Whether the dNSName `pattern` of `length` bytes names `host`. ASCII letters without regard to
 * case. A wildcard is only the whole left-most label, stands for exactly one label, and needs at
 * least two labels after it. Never true for an IP address as host, or anything else whose last label
 * is a number; nor for a pattern with a NUL, an empty label, or a byte that host names do not have
 * (they have letters, digits, "-" and "_"). A final dot of `host` is ignored. */
bool reflow_name_matches(const char *pattern, size_t length, const char *host);

/* Reads an IPv4 address (four decimal numbers, no leading zeros) or an IPv6 address (RFC 4291
 * section 2.2, no zone) without brackets. Returns 4 or 16, the number of bytes, or 0 when `host` is
 * neither; then `address` holds nothing of use. */
size_t reflow_name_address(const char *host, uint8_t address[16]);

#endif
