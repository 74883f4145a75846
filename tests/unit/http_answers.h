/* SPDX-License-Identifier: MIT */
/* http_answers: reads an answer cut into pieces in every way, and demands the same each time.
 *
 * What a response said is written down as one line of words: each reported field as NAME[VALUE],
 * the head as its status with "+alive" and "+encoded", the content in parentheses, then "end" or
 * "!" and the error's name, and "@" with the number of bytes taken. Each piece lies right before a
 * page that must not be touched.
 *
 * Everything is static: a test includes this room and is complete. */
#ifndef HTTP_ANSWERS_H
#define HTTP_ANSWERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "http_response.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define MALFORMED "!http_malformed"
#define UNSUPPORTED "!http_unsupported"
#define TOO_LARGE "!http_too_large"

/* A literal and its length, NULs included. */
#define BYTES(literal) (literal), (sizeof(literal) - 1)

#define PAGES 65536

struct transcript {
    struct reflow_http_response response;
    char text[PAGES];
    size_t length;
    size_t taken;
    bool content;
    bool over;
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

static void write_down(struct transcript *seen, const char *bytes, size_t length)
{
    assert_true(length < sizeof seen->text - seen->length);
    memcpy(seen->text + seen->length, bytes, length);
    seen->length += length;
    seen->text[seen->length] = '\0';
}

static void write_words(struct transcript *seen, const char *words)
{
    if (seen->content) {
        seen->content = false;
        write_down(seen, ") ", 2);
    }
    write_down(seen, words, strlen(words));
}

static const char *error_name(enum reflow_error error)
{
    static const char *const names[] = {"none",
#define NAME(id, name, certain, otherwise, repeat, exit, text, advice) #name,
                                        REFLOW_ERRORS(NAME)};

    return names[error];
}

static void write_end(struct transcript *seen, const char *word)
{
    char taken[32];

    write_words(seen, word);
    (void)snprintf(taken, sizeof taken, "@%zu", seen->taken);
    write_words(seen, taken);
    seen->over = true;
}

static void write_field(struct transcript *seen)
{
    static const char *const names[] = {"date", "retry-after", "x-request-id"};

    assert_in_range(seen->response.value_length, 0, REFLOW_MAX_FIELD);
    write_words(seen, names[seen->response.field]);
    write_down(seen, "[", 1);
    write_down(seen, seen->response.value, seen->response.value_length);
    write_down(seen, "] ", 2);
}

static void write_head(struct transcript *seen)
{
    char line[64];

    (void)snprintf(line, sizeof line, "%d%s%s ", seen->response.status,
                   (seen->response.flags & REFLOW_HTTP_KEEP_ALIVE) != 0 ? "+alive" : "",
                   (seen->response.flags & REFLOW_HTTP_ENCODED) != 0 ? "+encoded" : "");
    write_words(seen, line);
}

static void write_event(struct transcript *seen, enum reflow_http_event event, const char *bytes,
                        size_t taken)
{
    switch (event) {
    case REFLOW_HTTP_FIELD:
        write_field(seen);
        break;
    case REFLOW_HTTP_HEAD:
        write_head(seen);
        break;
    case REFLOW_HTTP_CONTENT:
        write_down(seen, "(", seen->content ? 0 : 1);
        seen->content = true;
        write_down(seen, bytes, taken);
        break;
    case REFLOW_HTTP_END:
        write_end(seen, "end");
        break;
    case REFLOW_HTTP_ERROR:
        write_words(seen, "!");
        write_end(seen, error_name(reflow_http_error(&seen->response)));
        break;
    case REFLOW_HTTP_MORE:
    case REFLOW_HTTP_CHUNK:
        break;
    }
}

/* One piece, and then the offer of nothing, with which an answer without content may end. */
static void read_piece(struct transcript *seen, const char *bytes, size_t length)
{
    const char *piece = guarded(bytes, length);
    enum reflow_http_event event;
    size_t taken;

    for (;;) {
        taken = reflow_http_response_read(&seen->response, piece, length, &event);
        assert_true(taken <= length);
        assert_true(taken > 0 || length == 0 || event >= REFLOW_HTTP_END);
        assert_true(taken > 0 || event != REFLOW_HTTP_CONTENT);
        assert_true(taken == length || event != REFLOW_HTTP_MORE);
        if (seen->over) {
            assert_true(taken == 0 && event >= REFLOW_HTTP_END);
            return;
        }
        seen->taken += taken;
        write_event(seen, event, piece, taken);
        piece += taken;
        if (length == 0) {
            assert_true(event == REFLOW_HTTP_MORE || event == REFLOW_HTTP_END);
            return;
        }
        length -= taken;
    }
}

static struct transcript *begin(void)
{
    static struct transcript seen;

    seen.length = 0;
    seen.text[0] = '\0';
    seen.taken = 0;
    seen.content = false;
    seen.over = false;
    memset(&seen.response, 0xa5, sizeof seen.response);
    reflow_http_response_init(&seen.response);
    assert_false(reflow_http_response_begun(&seen.response));
    return &seen;
}

static void finish(struct transcript *seen, bool close, const char *expected)
{
    const char *at = strchr(expected, '@');

    assert_true(reflow_http_response_begun(&seen->response));
    if (close) {
        assert_false(seen->over);
        write_event(seen, reflow_http_response_close(&seen->response), "", 0);
    }
    if (at == NULL && strchr(seen->text, '@') != NULL) {
        *strrchr(seen->text, '@') = '\0';
    }
    assert_string_equal(seen->text, expected);
}

static void read_cut_at(const char *bytes, size_t length, size_t cut, bool close,
                        const char *expected)
{
    struct transcript *seen = begin();

    read_piece(seen, bytes, cut);
    read_piece(seen, bytes + cut, length - cut);
    finish(seen, close, expected);
}

static size_t read_bytewise(const char *bytes, size_t length, bool close, const char *expected)
{
    struct transcript *seen = begin();

    for (size_t i = 0; i < length; i++) {
        read_piece(seen, bytes + i, 1);
    }
    finish(seen, close, expected);
    return seen->taken;
}

static void truncated_after(const char *bytes, size_t length)
{
    struct transcript *seen = begin();

    read_piece(seen, bytes, length);
    assert_false(seen->over);
    assert_int_equal(reflow_http_response_close(&seen->response), REFLOW_HTTP_ERROR);
    assert_int_equal(reflow_http_error(&seen->response), REFLOW_ERR_HTTP_TRUNCATED);
}

static void reads_in_every_way(const char *bytes, size_t length, bool close, const char *expected)
{
    char exact[PAGES];
    struct transcript *seen = begin();

    /* What reading at once says, the position included, every other way must say too. */
    read_piece(seen, bytes, length);
    if (close) {
        write_event(seen, reflow_http_response_close(&seen->response), "", 0);
    }
    memcpy(exact, seen->text, seen->length + 1);
    begin();
    read_cut_at(bytes, length, length, close, expected);
    for (size_t cut = 0; cut < length; cut++) {
        read_cut_at(bytes, length, cut, close, exact);
    }
    read_bytewise(bytes, length, close, exact);
}

/* The answer, however it is cut, reads as `expected`; cut short anywhere before its end and then
 * closed, it is http_truncated. The part of `expected` from '@' on may be left out. */
static void answer_reads(const char *bytes, size_t length, const char *expected)
{
    size_t taken;

    reads_in_every_way(bytes, length, false, expected);
    taken = read_bytewise(bytes, length, false, expected);
    for (size_t cut = 1; cut < taken; cut++) {
        truncated_after(bytes, cut);
    }
}

/* The same for one that only the end of the connection ends. */
static void answer_until_close_reads(const char *bytes, size_t length, const char *expected)
{
    reads_in_every_way(bytes, length, true, expected);
}

/* Reads `start`, then `unit` again and again until it ends or fails. Returns how many bytes it
 * took, at most `patience`. */
static size_t flood(struct reflow_http_response *response, const char *start, const char *unit,
                    size_t patience)
{
    const char *bytes = start;
    enum reflow_http_event event = REFLOW_HTTP_MORE;
    size_t left = strlen(start);
    size_t total = 0;

    reflow_http_response_init(response);
    while (total < patience && event < REFLOW_HTTP_END) {
        const size_t taken = reflow_http_response_read(response, bytes, left, &event);

        bytes += taken;
        left -= taken;
        total += taken;
        if (left == 0) {
            bytes = unit;
            left = strlen(unit);
        }
    }
    return total;
}

/* The same without end: it must be too large after exactly `most` bytes. */
static void too_large_after(const char *start, const char *unit, size_t most)
{
    struct reflow_http_response response;

    assert_int_equal(flood(&response, start, unit, (size_t)1 << 31), most);
    assert_int_equal(reflow_http_error(&response), REFLOW_ERR_HTTP_TOO_LARGE);
}

#endif
