/* SPDX-License-Identifier: MIT */
/* Fuzzes json_stream and slices: however a text is cut into pieces, the same values are cut out of
 * it; they are those that a second reader finds, in exactly the texts that are JSON for it; and the
 * objects of a list come one by one. */
#include "fuzz.h"

#include "json_reference.h"
#include "json_trace.h"
#include "runs.h"
#include "slices.h"

#define MOST 4096
#define LOG_SIZE 65536

static const char *const wanted[] = {
    "",   "id",   "items[].id", "items[]",  "report.detailed-message",
    "[]", "[].a", "a[][].b.c",  "\xc3\xa9", NULL};

/* ---- Paths ---- */

/* A long text in which everything is wanted many times does not fit into a trace. */
static bool fits(const char *text, size_t length)
{
    size_t brackets = 0;
    size_t i;

    for (i = 0; i < length; i++) {
        brackets += text[i] == '[' || text[i] == '{' || text[i] == ',' ? 1 : 0;
    }
    return length <= MOST && length * 7 + brackets * 16 < LOG_SIZE - 100;
}

static void paths_agree(struct pieces pieces)
{
    static struct trace seen;
    static char expected[LOG_SIZE];
    size_t expected_length;
    const bool sound =
        json_reference(pieces.text, pieces.length, wanted, expected, &expected_length);
    const char *piece;
    size_t length;

    start(&seen, wanted);
    while (pieces_take(&pieces, &piece, &length)) {
        feed(&seen, piece, length);
    }
    finish(&seen);
    assert_true(seen.length > 0);
    if (!sound) {
        assert_false(seen.text[seen.length - 1] == 'k'); /* " ok" */
        return;
    }
    memcpy(expected + expected_length, " ok", 4);
    assert_int_equal(seen.length, expected_length + 3);
    assert_memory_equal(seen.text, expected, seen.length);
}

/* ---- A list ---- */

struct log {
    char text[LOG_SIZE];
    size_t length;
};

static void write_log(struct log *log, const void *bytes, size_t length)
{
    assert_true(length < sizeof log->text - log->length);
    memcpy(log->text + log->length, bytes, length);
    log->length += length;
}

static void write_slices(struct log *log, struct reflow_slices *slices)
{
    size_t index;
    size_t length;
    size_t path;
    const char *slice;

    for (index = 0; (slice = reflow_slices_get(slices, index, &length, &path)) != NULL; index++) {
        const char head[2] = {(char)('A' + path), ':'};

        write_log(log, head, sizeof head);
        write_log(log, slice, length);
    }
    write_log(log, "\n", 1);
}

static void take_piece(struct log *log, struct reflow_slices *slices, const char *piece,
                       size_t length)
{
    char *copy = exact_copy(piece, length, 0);
    size_t at = 0;
    bool element = true;

    while (element) {
        at += reflow_slices_read(slices, copy + at, length - at, &element);
        assert_true(at <= length);
        if (element) {
            write_slices(log, slices);
            reflow_slices_forget(slices);
        }
    }
    assert_int_equal(at, length);
    free(copy);
}

static void read_list(struct pieces pieces, size_t room, struct log *log)
{
    struct reflow_slices slices;
    char *store = exact_copy("", 0, room);
    const char *piece;
    size_t length;

    log->length = 0;
    reflow_slices_init(&slices, store, room);
    reflow_slices_expect_each(&slices, reflow_list_paths, REFLOW_LIST_PATHS, REFLOW_RUN_MEMBERS);
    while (pieces_take(&pieces, &piece, &length)) {
        take_piece(log, &slices, piece, length);
    }
    write_log(log, reflow_slices_end(&slices) == REFLOW_OK ? "ok" : "no", 2);
    write_slices(log, &slices);
    free(store);
}

/* The second of the sizes, if there is one, says how much memory there is for an object as well. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct log log[2];
    struct pieces pieces;
    size_t room;

    pieces_begin(&pieces, data, size);
    if (!fits(pieces.text, pieces.length)) {
        return 0;
    }
    room = pieces.count > 1 ? (size_t)(pieces.sizes[1] & 31) * 16 : 4096;
    paths_agree(pieces);
    read_list(pieces, room, &log[0]);
    pieces.count = 0;
    read_list(pieces, room, &log[1]);
    assert_int_equal(log[0].length, log[1].length);
    assert_memory_equal(log[0].text, log[1].text, log[0].length);
    return 0;
}
