/* SPDX-License-Identifier: MIT */
/* fence_table: reads each text of a parser cut at every length, and cut in two at every place, each
 * piece once right before a page that must not be touched and once right behind one. What is read
 * is of no interest here: only that nothing else is touched. Include it first.
 *
 * Everything is static: a test includes this room, brings its rows, and is complete. */
#ifndef FENCE_TABLE_H
#define FENCE_TABLE_H

#include "fence.h"

#include <stdbool.h>

#define MOST_TEXTS 12

/* A literal and its length, NULs included. */
#define BYTES(literal)                                                                             \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

struct fenced_text {
    const char *bytes;
    size_t length;
};

struct fenced_parser {
    const char *name; /* of the test */
    void (*begin)(void);
    void (*take)(char *bytes, size_t length); /* the whole text, or its next piece */
    void (*end)(void);
    bool pieces;      /* the text may come in pieces; begin and end are NULL otherwise */
    bool ends_in_nul; /* a NUL follows it, which is not counted */
    struct fenced_text texts[MOST_TEXTS];
};

typedef void *fenced_place(const void *bytes, size_t length);

static size_t fenced_runs; /* so that no test can pass by doing nothing */

static void take_fenced(const struct fenced_parser *parser, fenced_place *place, const char *bytes,
                        size_t length)
{
    static char copy[8192];

    assert_true(length < sizeof copy);
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    parser->take(place(copy, length + (parser->ends_in_nul ? 1 : 0)), length);
}

/* The text in pieces of `first` and then `others` bytes, up to `length`. */
static void read_fenced(const struct fenced_parser *parser, fenced_place *place, const char *bytes,
                        size_t length, size_t first, size_t others)
{
    size_t at = first;

    if (parser->begin != NULL) {
        parser->begin();
    }
    take_fenced(parser, place, bytes, first);
    for (; at < length; at += others) {
        others = length - at < others ? length - at : others;
        take_fenced(parser, place, bytes + at, others);
    }
    if (parser->end != NULL) {
        parser->end();
    }
    fenced_runs++;
}

static void read_at_every_length(const struct fenced_parser *parser, const struct fenced_text *text)
{
    static fenced_place *const places[] = {fenced, fenced_below};
    size_t cut, i;

    for (i = 0; i < 2; i++) {
        for (cut = 0; cut <= text->length; cut++) {
            read_fenced(parser, places[i], text->bytes, cut, cut, 1);
            if (parser->pieces) {
                read_fenced(parser, places[i], text->bytes, text->length, cut, text->length);
            }
        }
        if (parser->pieces) {
            read_fenced(parser, places[i], text->bytes, text->length, 0, 1);
        }
    }
}

/* Room for what is written, of another size each time, between two fences of its own: its upper
 * fence. A group setup puts it up. */
static char *room_fence;
static size_t room_size;

static inline void *next_room(void)
{
    static const size_t sizes[] = {4544, 0, 1, 15, 40, 100, 333};
    static size_t turn;

    turn++;
    room_size = sizes[turn / 2 % (sizeof sizes / sizeof sizes[0])];
    return turn % 2 == 0 ? room_fence - room_size : room_fence - FENCED_BYTES;
}

static int put_up_fences(void **state)
{
    room_fence = new_fence();
    return room_fence != NULL ? put_up_fence(state) : -1;
}

/* The test of a row, which is its initial state. */
static void nothing_else_is_touched(void **state)
{
    const struct fenced_parser *parser = *state;
    size_t i;

    fenced_runs = 0;
    for (i = 0; i < MOST_TEXTS && parser->texts[i].bytes != NULL; i++) {
        read_at_every_length(parser, &parser->texts[i]);
    }
    assert_true(i > 0 && fenced_runs > 2 * i);
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A test for each row; `tests` has as many. */
static void list_tests(struct CMUnitTest *tests, struct fenced_parser *parsers, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        tests[i] =
            (struct CMUnitTest){parsers[i].name, nothing_else_is_touched, NULL, NULL, &parsers[i]};
    }
}

#endif
