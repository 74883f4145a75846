/* SPDX-License-Identifier: MIT */
/* json_reference: by recursive descent. A path is a string that grows and shrinks on the way. */
#include "json_reference.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MOST_PATH (1 << 16)

static struct {
    const char *at;
    const char *end;
    const char *const *paths;
    char path[MOST_PATH];
    char *log;
    size_t log_length;
    unsigned kept;   /* wanted values that are open */
    unsigned levels; /* containers that are open */
} now;

static bool value(void);

static char peek(void)
{
    return now.at < now.end ? *now.at : '\0';
}

static void skip(size_t count)
{
    if (now.kept > 0) {
        memcpy(now.log + now.log_length, now.at, count);
        now.log_length += count;
    }
    now.at += count;
}

static bool take(char c)
{
    if (now.at == now.end || *now.at != c) {
        return false;
    }
    skip(1);
    return true;
}

static void blanks(void)
{
    while (now.at < now.end && memchr(" \t\r\n", *now.at, 4) != NULL) {
        skip(1);
    }
}

static size_t digits(void)
{
    size_t count = 0;

    while (peek() >= '0' && peek() <= '9') {
        skip(1);
        count++;
    }
    return count;
}

static bool number(void)
{
    (void)take('-');
    if (!take('0') && digits() == 0) {
        return false;
    }
    if (take('.') && digits() == 0) {
        return false;
    }
    if (take('e') || take('E')) {
        (void)(take('+') || take('-'));
        return digits() > 0;
    }
    return true;
}

/* ---- Strings ---- */

/* The value of 4 hexadecimal digits, or -1. */
static long unit(void)
{
    char hex[5] = "";
    unsigned code = 0;

    if (now.end - now.at < 4) {
        return -1;
    }
    memcpy(hex, now.at, 4);
    if (strspn(hex, "0123456789abcdefABCDEF") != 4) {
        return -1;
    }
    (void)sscanf(hex, "%x", &code);
    skip(4);
    return (long)code;
}

static void put_utf8(char **to, unsigned long code)
{
    static const unsigned char first[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    const unsigned length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    unsigned i;

    for (i = length - 1; i > 0; i--) {
        (*to)[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    (*to)[0] = (char)(first[length] | code);
    *to += length;
}

/* Behind "\u". A lone half of a pair is written as it is: in no path. */
static bool escaped_unit(char **to)
{
    long code = unit();

    if (code >= 0xd800 && code < 0xdc00 && now.end - now.at >= 6 && now.at[0] == '\\' &&
        now.at[1] == 'u') {
        const char *const before = now.at;
        const size_t log_before = now.log_length;
        long low;

        skip(2);
        low = unit();
        if (low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        } else { /* to be read again */
            now.at = before;
            now.log_length = log_before;
        }
    }
    if (code < 0) {
        return false;
    }
    put_utf8(to, code == 0 || (code >= 0xd800 && code < 0xe000) ? 0xfffd : (unsigned long)code);
    return true;
}

static bool escape(char **to)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (take('u')) {
        return escaped_unit(to);
    }
    name = now.at < now.end && *now.at != '\0' ? strchr(names, *now.at) : NULL;
    if (name == NULL) {
        return false;
    }
    skip(1);
    *(*to)++ = meanings[name - names];
    return true;
}

/* A character of several bytes, by the table in RFC 3629 section 4. */
static bool character(char **to)
{
    static const unsigned char table[][4] = {{0xc2, 0xdf, 0x80, 0xbf}, {0xe0, 0xe0, 0xa0, 0xbf},
                                             {0xe1, 0xec, 0x80, 0xbf}, {0xed, 0xed, 0x80, 0x9f},
                                             {0xee, 0xef, 0x80, 0xbf}, {0xf0, 0xf0, 0x90, 0xbf},
                                             {0xf1, 0xf3, 0x80, 0xbf}, {0xf4, 0xf4, 0x80, 0x8f}};
    const unsigned char *bytes = (const unsigned char *)now.at;
    const size_t length = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    size_t row = 0;
    size_t i;

    while (row < 8 && !(bytes[0] >= table[row][0] && bytes[0] <= table[row][1])) {
        row++;
    }
    if (row == 8 || (size_t)(now.end - now.at) < length || bytes[1] < table[row][2] ||
        bytes[1] > table[row][3]) {
        return false;
    }
    for (i = 2; i < length; i++) {
        if (bytes[i] >> 6 != 2) {
            return false;
        }
    }
    memcpy(*to, bytes, length);
    *to += length;
    skip(length);
    return true;
}

/* Decodes a string into `to`, which then points behind it. */
static bool string(char **to)
{
    bool sound = take('"');

    while (sound && !take('"')) {
        if (now.at == now.end || (unsigned char)*now.at < ' ') {
            return false;
        }
        if (take('\\')) {
            sound = escape(to);
        } else if ((unsigned char)*now.at >= 0x80) {
            sound = character(to);
        } else {
            *(*to)++ = *now.at;
            skip(1);
        }
    }
    return sound;
}

/* ---- Containers ---- */

static bool element(void)
{
    const size_t length = strlen(now.path);
    bool sound;

    strcpy(now.path + length, "[]");
    sound = value();
    now.path[length] = '\0';
    return sound;
}

/* A name with what separates names in paths is written so that it is in none. */
static bool member(void)
{
    const size_t length = strlen(now.path);
    char *name = now.path + length;
    char *end;
    bool sound;

    if (length > 0) {
        *name++ = '.';
    }
    end = name;
    blanks();
    sound = string(&end);
    if (end == name || memchr(name, '.', (size_t)(end - name)) != NULL ||
        memchr(name, '[', (size_t)(end - name)) != NULL) {
        *name = '?';
        end = name + 1;
    }
    *end = '\0';
    blanks();
    sound = sound && take(':') && value();
    now.path[length] = '\0';
    return sound;
}

static bool container(char close, bool (*part)(void))
{
    bool sound;

    skip(1);
    now.levels++;
    blanks();
    sound = now.levels <= REFERENCE_DEPTH;
    if (sound && peek() != close) {
        do {
            sound = part();
        } while (sound && take(','));
    }
    now.levels--;
    return sound && take(close);
}

static bool word(const char *word)
{
    const size_t length = strlen(word);

    if ((size_t)(now.end - now.at) < length || memcmp(now.at, word, length) != 0) {
        return false;
    }
    skip(length);
    return true;
}

static bool bare_value(void)
{
    static char ignored[1 << 16];
    char *to = ignored;

    switch (peek()) {
    case '{':
        return container('}', member);
    case '[':
        return container(']', element);
    case '"':
        return string(&to);
    case 't':
        return word("true");
    case 'f':
        return word("false");
    case 'n':
        return word("null");
    default:
        return number();
    }
}

/* With the blanks around it. */
static bool value(void)
{
    int wanted = 0;
    bool sound;

    blanks();
    while (now.paths[wanted] != NULL && strcmp(now.paths[wanted], now.path) != 0) {
        wanted++;
    }
    if (now.paths[wanted] != NULL) {
        now.log_length += (size_t)sprintf(now.log + now.log_length, "%d(", wanted);
        now.kept++;
    }
    sound = bare_value();
    if (now.paths[wanted] != NULL) {
        now.log[now.log_length++] = ')';
        now.kept--;
    }
    blanks();
    return sound;
}

bool json_reference_string(const char *text, size_t length, char *decoded)
{
    static const char *const nothing[] = {NULL};
    char *end = decoded;
    bool sound;

    memset(&now, 0, sizeof now);
    now.at = text;
    now.end = text + length;
    now.paths = nothing;
    sound = string(&end) && now.at == now.end;
    *end = '\0';
    return sound;
}

bool json_reference(const char *text, size_t length, const char *const *paths, char *log,
                    size_t *log_length)
{
    bool sound;

    memset(&now, 0, sizeof now);
    now.at = text;
    now.end = text + length;
    now.paths = paths;
    now.log = log;
    sound = value() && now.at == now.end;
    *log_length = now.log_length;
    return sound;
}
