/* SPDX-License-Identifier: MIT */
/* Fuzzes http_response with whole answers: what is said of one must not depend on how it is cut
 * into pieces, and one that is cut off anywhere is truncated. */
#include "fuzz.h"

#include "http_answers.h"

/* The end of the connection, where the answer has not ended by itself. */
static void close_answer(struct transcript *seen)
{
    if (!seen->over) {
        write_event(seen, reflow_http_response_close(&seen->response), "", 0);
    }
}

static struct transcript *read_in_pieces(struct pieces pieces)
{
    struct transcript *seen = begin();
    const char *piece;
    size_t length;

    while (pieces_take(&pieces, &piece, &length)) {
        read_piece(seen, piece, length);
    }
    return seen;
}

/* `taken` bytes were a whole answer by themselves: fewer are not. */
static void cut_off(const char *text, size_t taken)
{
    struct transcript *seen = begin();

    read_piece(seen, text, taken);
    assert_false(seen->over);
    assert_int_equal(reflow_http_response_close(&seen->response), REFLOW_HTTP_ERROR);
    assert_true(reflow_http_error(&seen->response) ==
                (taken > 0 ? REFLOW_ERR_HTTP_TRUNCATED : REFLOW_ERR_CONNECTION_LOST));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct transcript whole;
    struct transcript *seen = begin();
    struct pieces pieces;

    pieces_begin(&pieces, data, size);
    read_piece(seen, pieces.text, pieces.length);
    if (seen->over && reflow_http_error(&seen->response) == REFLOW_OK) {
        const size_t taken = seen->taken;
        const size_t cut = data[size - 1] % taken;

        cut_off(pieces.text, taken - 1);
        cut_off(pieces.text, cut);
        cut_off(pieces.text, (cut + taken) / 2);
        seen = begin();
        read_piece(seen, pieces.text, pieces.length);
    }
    close_answer(seen);
    whole.length = seen->length;
    memcpy(whole.text, seen->text, seen->length);
    seen = read_in_pieces(pieces);
    close_answer(seen);
    assert_int_equal(seen->length, whole.length);
    assert_memory_equal(seen->text, whole.text, whole.length);
    return 0;
}
