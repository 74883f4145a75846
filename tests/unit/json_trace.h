/* SPDX-License-Identifier: MIT */
/* json_trace: reads a JSON text cut into pieces in every way, and demands the same each time.
 *
 * What json_stream said is written down as "0(" where the value at path 0 begins, the value's
 * bytes,
 * ")" where it is over, and how it ended: " ok", " cut" (not whole), " invalid@N" or " deep@N", N
 * being the number of bytes taken. Each piece lies right before a page that must not be touched.
 *
 * Everything is static: a test includes this room and is complete. */
#ifndef JSON_TRACE_H
#define JSON_TRACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "json_stream.h"

/* A literal and its length, NULs included. */
#define BYTES(literal) (literal), (sizeof(literal) - 1)

#define PAGES ((size_t)1 << 20)

/* Texts up to this length are split at every place as well. */
#define MOST_SPLITS 300

struct trace {
    struct reflow_json_stream stream;
    char text[65536];
    size_t length;
    size_t taken;
    unsigned within; /* how many wanted values, one in another */
    bool over;
    enum reflow_json_event said; /* once it is over */
};

/* A copy of a piece with its end at the end of the readable memory. */
static const char *guarded(const char *bytes, size_t length)
{
    static char *pages;

    if (pages == NULL) {
        pages = mmap(NULL, PAGES * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(pages != MAP_FAILED);
        assert_int_equal(mprotect(pages + PAGES, PAGES, PROT_NONE), 0);
    }
    assert_true(length <= PAGES);
    memcpy(pages + PAGES - length, bytes, length);
    return pages + PAGES - length;
}

static void write_down(struct trace *seen, const char *bytes, size_t length)
{
    assert_true(length < sizeof seen->text - seen->length);
    memcpy(seen->text + seen->length, bytes, length);
    seen->length += length;
    seen->text[seen->length] = '\0';
}

static void write_words(struct trace *seen, const char *words)
{
    write_down(seen, words, strlen(words));
}

static void write_event(struct trace *seen, enum reflow_json_event event)
{
    char words[40] = "";

    switch (event) {
    case REFLOW_JSON_BEGIN:
        snprintf(words, sizeof words, "%u(", (unsigned)seen->stream.path);
        seen->within++;
        break;
    case REFLOW_JSON_FINISH:
        assert_true(seen->within > 0);
        snprintf(words, sizeof words, ")");
        seen->within--;
        break;
    case REFLOW_JSON_INVALID:
    case REFLOW_JSON_TOO_DEEP:
        snprintf(words, sizeof words, " %s@%zu", event == REFLOW_JSON_INVALID ? "invalid" : "deep",
                 seen->taken);
        seen->over = true;
        seen->said = event;
        break;
    case REFLOW_JSON_MORE:
    default:
        break;
    }
    write_words(seen, words);
}

/* `paths` ends with NULL. Nothing may rest on memory that happens to be zero. */
static void start(struct trace *seen, const char *const *paths)
{
    size_t count = 0;

    while (paths[count] != NULL) {
        count++;
    }
    memset(&seen->stream, 0xa5, sizeof seen->stream);
    seen->length = 0;
    seen->taken = 0;
    seen->within = 0;
    seen->over = false;
    write_words(seen, "");
    reflow_json_stream_init(&seen->stream, paths, count);
}

/* What was said of a text that is not JSON is said again, whatever comes. */
static void stays_over(struct trace *seen, const char *bytes, size_t length)
{
    enum reflow_json_event event;

    assert_int_equal(reflow_json_stream_read(&seen->stream, bytes, length, &event), 0);
    assert_int_equal(event, seen->said);
    assert_int_equal(reflow_json_stream_read(&seen->stream, "1", 1, &event), 0);
    assert_int_equal(event, seen->said);
    assert_int_equal(reflow_json_stream_read(&seen->stream, bytes, 0, &event), 0);
    assert_int_equal(event, seen->said);
    assert_int_equal(reflow_json_stream_end(&seen->stream), seen->said);
}

static void feed(struct trace *seen, const char *bytes, size_t length)
{
    enum reflow_json_event event = REFLOW_JSON_BEGIN;
    const char *piece = guarded(bytes, length);
    size_t taken;

    while (!seen->over && (length > 0 || event != REFLOW_JSON_MORE)) {
        taken = reflow_json_stream_read(&seen->stream, piece, length, &event);
        assert_true(taken <= length);
        assert_true(event != REFLOW_JSON_MORE || taken == length);
        if (seen->within > 0) {
            write_down(seen, piece, taken);
        }
        piece += taken;
        length -= taken;
        seen->taken += taken;
        write_event(seen, event);
    }
    if (seen->over) {
        stays_over(seen, piece, length);
    }
}

static void finish(struct trace *seen)
{
    enum reflow_json_event event;

    if (seen->over) {
        return;
    }
    event = reflow_json_stream_end(&seen->stream);
    if (event == REFLOW_JSON_FINISH) {
        write_event(seen, event);
        event = reflow_json_stream_end(&seen->stream);
    }
    assert_true(event == REFLOW_JSON_MORE || event == REFLOW_JSON_INVALID);
    write_words(seen, event == REFLOW_JSON_MORE ? " ok" : " cut");
    assert_int_equal(reflow_json_stream_end(&seen->stream), event);
}

/* Reads `length` bytes, `first` of them at once and the others in pieces of `piece`. */
static const char *trace(const char *const *paths, const char *text, size_t length, size_t first,
                         size_t piece)
{
    static struct trace seen;
    size_t at = first;
    size_t next;

    start(&seen, paths);
    feed(&seen, text, first);
    while (at < length) {
        next = piece < length - at ? piece : length - at;
        feed(&seen, text + at, next);
        at += next;
    }
    finish(&seen);
    return seen.text;
}

static void text_reads(const char *const *paths, const char *text, size_t length,
                       const char *expected)
{
    size_t split;

    assert_string_equal(trace(paths, text, length, length, 1), expected);
    assert_string_equal(trace(paths, text, length, 0, 1), expected);
    for (split = 1; split < length && length <= MOST_SPLITS; split++) {
        assert_string_equal(trace(paths, text, length, split, length), expected);
    }
}

#endif
