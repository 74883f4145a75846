/* SPDX-License-Identifier: MIT */
/* option_value: the values of options that are more than words. Each function returns false after having
 * said on standard error what is wrong with the value. */
#ifndef REFLOW_CLI_OPTION_VALUE_H
#define REFLOW_CLI_OPTION_VALUE_H

#include "options.h"

#define MOST_SECONDS 86400

/* Digits only, from 1 to `most`. `option` is its name, for the complaint. */
bool option_number(const char *option, const char *value, uint32_t most, uint32_t *number);

/* sha256// and the base64 of 32 bytes; one more of at most MOST_PINS. */
bool option_pin(struct options *options, const char *value);

/* A time ago (24h), or a moment (RFC 3339). */
bool option_since(struct options *options, const char *value);

/* I/N. */
bool option_shard(struct options *options, const char *value);

/* In seconds, at most MOST_SECONDS. */
bool option_timeout(struct options *options, const char *value);

/* A URL, in which there must be no password: others see the command line. */
bool option_proxy(struct options *options, const char *value);

bool option_attempts(struct options *options, const char *value);

#endif
