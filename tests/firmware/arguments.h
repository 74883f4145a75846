/* SPDX-License-Identifier: MIT */
/* arguments: NAME=VALUE words of the command line, in place of settings in flash. */
#ifndef FIRMWARE_ARGUMENTS_H
#define FIRMWARE_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

/* Reads the command line; false when it is too long. */
bool arguments_read(void);

/* The value, or `otherwise` when there is no such argument. */
const char *argument(const char *name, const char *otherwise);
uint32_t argument_number(const char *name, uint32_t otherwise);
bool argument_is(const char *name, const char *value);

#endif
