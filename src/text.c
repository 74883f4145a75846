/* SPDX-License-Identifier: MIT */
/* text: the bounded writer, and the character classes that several modules share. */
#include "text.h"

#include <string.h>

void reflow_text_init(struct reflow_text *text, void *data, size_t size)
{
    text->data = data;
    text->size = size;
    text->length = 0;
    text->overflow = false;
    text->invalid = false;
}

bool reflow_text_sound(const struct reflow_text *text)
{
    return !text->overflow && !text->invalid;
}

void reflow_text_bytes(struct reflow_text *text, const void *bytes, size_t length)
{
    if (!reflow_text_sound(text)) {
        return;
    }
    if (length > text->size - text->length) {
        text->overflow = true;
        return;
    }
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
}

void reflow_text_string(struct reflow_text *text, const char *string)
{
    reflow_text_bytes(text, string, strlen(string));
}

void reflow_text_number(struct reflow_text *text, uint32_t number)
{
    char digits[10];
    size_t at = sizeof digits;

    do {
        at--;
        digits[at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    reflow_text_bytes(text, digits + at, sizeof digits - at);
}

static void percent_byte(struct reflow_text *text, char byte)
{
    static const char hex[] = "0123456789ABCDEF";
    const unsigned value = (unsigned char)byte;
    const char escape[3] = {'%', hex[value >> 4], hex[value & 15]};

    if (reflow_is_unreserved(byte)) {
        reflow_text_bytes(text, &byte, 1);
    } else {
        reflow_text_bytes(text, escape, sizeof escape);
    }
}

void reflow_text_percent(struct reflow_text *text, const char *string)
{
    for (; *string != '\0' && reflow_text_sound(text); string++) {
        percent_byte(text, *string);
    }
}

bool reflow_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

char reflow_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool reflow_is_unreserved(char c)
{
    const char lower = reflow_lower(c);

    return (lower >= 'a' && lower <= 'z') || reflow_is_digit(c) || c == '.' || c == '_' ||
           c == '~' || c == '-';
}

bool reflow_is_visible(char c)
{
    return c >= 0x21 && c <= 0x7e;
}

/* So many bytes are looked at together: tokens are long, and compilers make one instruction of it. */
#define AT_ONCE 64

static bool all_visible(const char *bytes, size_t length)
{
    uint8_t strange = 0;
    size_t i;

    for (i = 0; i < length; i++) {
        strange = (uint8_t)(strange | (reflow_is_visible(bytes[i]) ? 0 : 1));
    }
    return strange == 0;
}

bool reflow_text_visible(const char *bytes, size_t length)
{
    while (length > AT_ONCE) {
        if (!all_visible(bytes, AT_ONCE)) {
            return false;
        }
        bytes += AT_ONCE;
        length -= AT_ONCE;
    }
    return all_visible(bytes, length);
}

bool reflow_text_all(const char *string, size_t most, bool (*allowed)(char))
{
    size_t length = 0;

    if (string == NULL) {
        return false;
    }
    while (length <= most && string[length] != '\0') {
        if (!allowed(string[length])) {
            return false;
        }
        length++;
    }
    return length >= 1 && length <= most;
}

/* A call through a volatile pointer is one that a compiler must make. */
static void *(*const volatile set_memory)(void *, int, size_t) = memset;

void reflow_wipe(void *memory, size_t size)
{
    set_memory(memory, 0, size);
}
