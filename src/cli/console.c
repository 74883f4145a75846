/* SPDX-License-Identifier: MIT */
/* console: lines, and what must be done to foreign words before they may stand in one. */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "interrupt.h"
#include "text.h"

void line_begin(struct line *line)
{
    reflow_text_init(&line->text, line->data, sizeof line->data - 1); /* the line feed's place */
}

void line_own(struct line *line, const char *words)
{
    reflow_text_string(&line->text, words);
}

void line_number(struct line *line, uint32_t number)
{
    reflow_text_number(&line->text, number);
}

void line_column(struct line *line, size_t column)
{
    do {
        line_own(line, " ");
    } while (line->text.length < column && reflow_text_sound(&line->text));
}

/* ---- Foreign words ---- */

/* How many bytes follow the first one of a UTF-8 sequence, and the bits that it brings. */
static size_t utf8_length(unsigned char first, uint32_t *bits)
{
    if (first < 0x80) {
        *bits = first;
        return 0;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        *bits = first & 0x1fU;
        return 1;
    }
    if (first >= 0xe0 && first <= 0xef) {
        *bits = first & 0x0fU;
        return 2;
    }
    *bits = first & 0x07U;
    return first >= 0xf0 && first <= 0xf4 ? 3 : 4;
}

/* Reads one character; returns how many bytes it took. Whatever is not UTF-8 is taken byte by byte,
 * as U+FFFD. */
static size_t utf8_read(const char *words, size_t length, uint32_t *character)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const size_t more = utf8_length((unsigned char)words[0], character);
    size_t i;

    for (i = 1; i <= more && i < length && ((unsigned char)words[i] & 0xc0) == 0x80; i++) {
        *character = (*character << 6) | ((unsigned char)words[i] & 0x3fU);
    }
    if (more > 3 || i <= more || *character < least[more] || *character > 0x10ffff ||
        (*character >= 0xd800 && *character <= 0xdfff)) {
        *character = 0xfffd;
        return 1;
    }
    return more + 1;
}

/* Controls (C0, DEL, C1); Unicode's direction marks, overrides and isolates; line and paragraph
 * separators; and what its Default_Ignorable_Code_Point holds: zero-width characters, fillers,
 * variation selectors and tags, in which text can be hidden. */
static bool is_unsafe(uint32_t c)
{
    static const struct {
        uint32_t first;
        uint32_t last;
    } unsafe[] = {{0, 0x1f},          {0x7f, 0x9f},       {0xad, 0xad},      {0x34f, 0x34f},
                  {0x61c, 0x61c},     {0x115f, 0x1160},   {0x17b4, 0x17b5},  {0x180b, 0x180f},
                  {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},  {0x3164, 0x3164},
                  {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},  {0xfff0, 0xfffb},
                  {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
    size_t i;

    for (i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++) {
        if (c >= unsafe[i].first && c <= unsafe[i].last) {
            return true;
        }
    }
    return false;
}

static void unit_escape(struct line *line, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";
    const char escape[] = {
        '\\',          'u', hex[(unit >> 12) & 15], hex[(unit >> 8) & 15], hex[(unit >> 4) & 15],
        hex[unit & 15]};

    reflow_text_bytes(&line->text, escape, sizeof escape);
}

static void character_escape(struct line *line, uint32_t character)
{
    if (character > 0xffff) {
        unit_escape(line, 0xd800 + ((character - 0x10000) >> 10));
        unit_escape(line, 0xdc00 + (character & 0x3ff));
    } else {
        unit_escape(line, character);
    }
}

static void foreign_character(struct line *line, const char *words, size_t taken,
                              uint32_t character)
{
    if (is_unsafe(character)) {
        character_escape(line, character);
    } else if (character == 0xfffd) {
        reflow_text_bytes(&line->text, "\xef\xbf\xbd", 3);
    } else {
        reflow_text_bytes(&line->text, words, taken);
    }
}

/* How much at the beginning is ASCII that can be seen, as nearly all is. */
static size_t plain_length(const char *words, size_t length)
{
    size_t plain = 0;

    while (plain < length && words[plain] >= ' ' && words[plain] <= '~') {
        plain++;
    }
    return plain;
}

void line_foreign(struct line *line, const char *words, size_t length)
{
    uint32_t character;
    size_t taken;

    while (length > 0) {
        taken = plain_length(words, length);
        if (taken > 0) {
            reflow_text_bytes(&line->text, words, taken);
        } else {
            taken = utf8_read(words, length, &character);
            foreign_character(line, words, taken, character);
        }
        words += taken;
        length -= taken;
    }
}

void line_json(struct line *line, const char *words)
{
    size_t plain;

    if (words == NULL) {
        line_own(line, "null");
        return;
    }
    line_own(line, "\"");
    while (*words != '\0') {
        plain = strcspn(words, "\"\\");
        line_foreign(line, words, plain);
        words += plain;
        if (*words != '\0') {
            line_own(line, "\\");
            reflow_text_bytes(&line->text, words, 1);
            words++;
        }
    }
    line_own(line, "\"");
}

/* ---- Secrets ---- */

/* So many characters of a secret are taken for the secret: what is longer may have been cut on its way
 * here, and what is shorter may be a word of ours. */
#define TELLING 16

static const char *hidden[HIDDEN_COUNT];

void console_hide(enum hidden which, const char *secret)
{
    hidden[which] = secret;
}

/* How many bytes at `at` are the secret, or its beginning; backslashes that JSON put in count. */
static size_t secret_at(const char *hidden_one, const char *at, size_t left)
{
    const char *secret = hidden_one;
    size_t length = 0;

    while (length < left && *secret != '\0') {
        if (at[length] == *secret) {
            secret++;
        } else if (at[length] != '\\') {
            break;
        }
        length++;
    }
    return secret - hidden_one >= TELLING ? length : 0;
}

static void hide_one(struct line *line, const char *secret)
{
    size_t at = 0;
    size_t length;

    if (secret == NULL || strlen(secret) < TELLING) {
        return;
    }
    while (at < line->text.length) {
        length = secret_at(secret, line->data + at, line->text.length - at);
        if (length > 0) {
            memset(line->data + at, '*', length);
        } else {
            length = 1;
        }
        at += length;
    }
}

static void hide_secrets(struct line *line)
{
    size_t i;

    for (i = 0; i < HIDDEN_COUNT; i++) {
        hide_one(line, hidden[i]);
    }
}

/* ---- Writing ---- */

/* A descriptor that somebody else has made non-blocking is waited for. */
static bool write_some(int descriptor, const char **bytes, size_t *length)
{
    const ssize_t written = write(descriptor, *bytes, *length);

    if (written >= 0) {
        *bytes += written;
        *length -= (size_t)written;
        return true;
    }
    if (errno == EAGAIN) {
        struct pollfd ready = {descriptor, POLLOUT, 0};
        (void)poll(&ready, 1, -1);
        return interrupt_asked() != INTERRUPT_NOW;
    }
    return errno == EINTR && interrupt_asked() != INTERRUPT_NOW;
}

bool line_write(struct line *line, int descriptor)
{
    const char *bytes = line->data;
    size_t length = line->text.length;
    bool sound = true;

    hide_secrets(line);
    line->data[length] = '\n';
    length++;
    while (sound && length > 0) {
        sound = write_some(descriptor, &bytes, &length);
    }
    return sound;
}

void console_error(const char *const *parts)
{
    static struct line line;

    line_begin(&line);
    line_own(&line, "reflow: ");
    for (; *parts != NULL; parts++) {
        line_foreign(&line, *parts, strlen(*parts));
    }
    (void)line_write(&line, STDERR_FILENO); /* there is nobody left to tell */
}
