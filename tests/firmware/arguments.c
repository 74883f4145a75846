/* SPDX-License-Identifier: MIT */
/* arguments: the command line, cut into words where it stands. */
#include "arguments.h"

#include <string.h>

#include "semihosting.h"

#define LINE_SIZE 1024U

static char line[LINE_SIZE];
static size_t line_length;

bool arguments_read(void)
{
    if (!semihosting_command_line(line, sizeof line)) {
        return false;
    }
    line_length = strlen(line);
    for (size_t i = 0; i < line_length; i++) {
        if (line[i] == ' ') {
            line[i] = '\0';
        }
    }
    return true;
}

const char *argument(const char *name, const char *otherwise)
{
    const size_t length = strlen(name);

    for (size_t at = 0; at < line_length; at += strlen(line + at) + 1) {
        if (strncmp(line + at, name, length) == 0 && line[at + length] == '=') {
            return line + at + length + 1;
        }
    }
    return otherwise;
}

uint32_t argument_number(const char *name, uint32_t otherwise)
{
    const char *digits = argument(name, NULL);
    uint32_t number = 0;

    if (digits == NULL) {
        return otherwise;
    }
    for (; *digits >= '0' && *digits <= '9'; digits++) {
        number = number * 10 + (uint32_t)(*digits - '0');
    }
    return number;
}

bool argument_is(const char *name, const char *value)
{
    return strcmp(argument(name, ""), value) == 0;
}
