/* SPDX-License-Identifier: MIT */
/* script: takes an input apart. */
#include "script.h"

#include <stdio.h>
#include <string.h>

/* Takes a line, without its line feed, off the text. */
static const char *take_line(struct script *script, size_t *length)
{
    const char *line = script->text;
    const char *feed = script->length > 0 ? memchr(line, '\n', script->length) : NULL;

    *length = feed != NULL ? (size_t)(feed - line) : script->length;
    script->text += *length;
    script->length -= *length;
    if (feed != NULL) {
        script->text++;
        script->length--;
    }
    return line;
}

static void read_numbers(struct script *script, const char *line, size_t length)
{
    unsigned numbers[5] = {10000, 2, 0, 0, 512};
    char text[80] = "";

    memcpy(text, line, length < sizeof text - 1 ? length : sizeof text - 1);
    (void)sscanf(text, "%5u %3u %5u %9u %4u %4s", &numbers[0], &numbers[1], &numbers[2],
                 &numbers[3], &numbers[4], script->operations);
    script->timeout_ms = numbers[0] % 100000;
    script->attempts = (uint8_t)(numbers[1] % 6);
    script->tick_ms = numbers[2] % 100;
    script->random = numbers[3] * 4;
    script->record = numbers[4] % 1500 + 1;
}

void script_begin(struct script *script, const uint8_t *data, size_t size)
{
    size_t length;
    const char *line;
    char *operation;

    memset(script, 0, sizeof *script);
    script->operations[0] = 'r';
    script->text = (const char *)data;
    script->length = size;
    line = take_line(script, &length);
    read_numbers(script, line, length);
    for (operation = script->operations; *operation != '\0'; operation++) {
        *operation = strchr("slt", *operation) != NULL ? *operation : 'r';
    }
    script->letters = take_line(script, &script->letter_count);
}

char script_letter(struct script *script)
{
    return script->next < script->letter_count ? script->letters[script->next++] : '.';
}

const char *script_part(struct script *script, size_t *length, char *end)
{
    const char *part = script->text;
    const char *sign = script->length > 0 ? memmem(part, script->length, "%%", 2) : NULL;

    *length = script->length;
    *end = 'n';
    if (sign != NULL && script->length - (size_t)(sign - part) > 2) {
        *length = (size_t)(sign - part);
        *end = sign[2];
    }
    script->text += *length;
    script->length -= *length;
    if (script->length > 0) {
        script->text += 3;
        script->length -= 3;
    }
    return part;
}
