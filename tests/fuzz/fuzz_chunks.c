/* SPDX-License-Identifier: MIT */
/* Fuzzes the chunked framing of http_response: what it hands on is what a second reader finds, and
 * it finds an end exactly where that one does. */
#include "fuzz.h"

#include "dechunk.h"
#include "http_answers.h"

#define HEAD "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define HEAD_LENGTH (sizeof HEAD - 1)
#define MOST 32768

/* In the words of a transcript. */
static size_t expect(const char *text, size_t length, char expected[2 * MOST])
{
    static char content[MOST];
    size_t content_length;
    size_t taken;
    size_t at;

    if (!dechunk(text, length, &taken, content, &content_length)) {
        return 0;
    }
    at = (size_t)sprintf(expected, "200+alive %s", content_length > 0 ? "(" : "");
    memcpy(expected + at, content, content_length);
    at += content_length;
    at += (size_t)sprintf(expected + at, "%send@%zu", content_length > 0 ? ") " : "",
                          HEAD_LENGTH + taken);
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char expected[2 * MOST];
    struct transcript *seen = begin();
    struct pieces pieces;
    const char *piece;
    size_t length;

    if (size > MOST) {
        return 0;
    }
    pieces_begin(&pieces, data, size);
    length = expect(pieces.text, pieces.length, expected);
    read_piece(seen, HEAD, HEAD_LENGTH);
    for (size_t taken; pieces_take(&pieces, &piece, &taken);) {
        read_piece(seen, piece, taken);
    }
    if (length > 0) {
        assert_int_equal(seen->length, length);
        assert_memory_equal(seen->text, expected, length);
    } else {
        assert_false(seen->over && reflow_http_error(&seen->response) == REFLOW_OK);
    }
    return 0;
}
