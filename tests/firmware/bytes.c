/* SPDX-License-Identifier: MIT */
/* bytes: the functions of <string.h> that reflow, mbedTLS, lwIP and the compiler itself want. They
 * stand in for the C library, of which nothing is linked: newlib's own take 1.9 KB, these 0.3.
 *
 * Compiled without LTO and with -fno-tree-loop-distribute-patterns, or the compiler would make calls
 * of memcpy() out of memcpy(). */
#include <stdint.h>
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    if ((((uintptr_t)out | (uintptr_t)in) & 3U) == 0) {
        for (; length >= 4; length -= 4, out += 4, in += 4) {
            *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
        }
    }
    while (length-- > 0) {
        *out++ = *in++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t length)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    if ((uintptr_t)out - (uintptr_t)in >= length) {
        return memcpy(to, from, length); /* forwards, byte by byte or word by word, is safe */
    }
    while (length-- > 0) {
        out[length] = in[length];
    }
    return to;
}

void *memset(void *to, int value, size_t length)
{
    uint8_t *out = to;

    while (length-- > 0) {
        *out++ = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t length)
{
    const uint8_t *a = left;
    const uint8_t *b = right;

    for (; length > 0; length--, a++, b++) {
        if (*a != *b) {
            return *a - *b;
        }
    }
    return 0;
}

void *memchr(const void *in, int value, size_t length)
{
    const uint8_t *at = in;

    for (; length > 0; length--, at++) {
        if (*at == (uint8_t)value) {
            return (void *)(uintptr_t)at;
        }
    }
    return NULL;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length] != '\0') {
        length++;
    }
    return length;
}

int strncmp(const char *left, const char *right, size_t most)
{
    for (; most > 0; most--, left++, right++) {
        if (*left != *right || *left == '\0') {
            return (uint8_t)*left - (uint8_t)*right;
        }
    }
    return 0;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, SIZE_MAX);
}

char *strchr(const char *text, int value)
{
    return memchr(text, value, strlen(text) + 1);
}

char *strrchr(const char *text, int value)
{
    for (size_t length = strlen(text) + 1; length > 0; length--) {
        if (text[length - 1] == (char)value) {
            return (char *)(uintptr_t)(text + length - 1);
        }
    }
    return NULL;
}
