/* SPDX-License-Identifier: MIT */
/* Says what our readers make of many inputs, for a script that asks Python's as well.
 *
 * In:   KIND (a byte), LENGTH (4 bytes, the least first), that many bytes; again and again
 * Out:  LENGTH, and that many bytes; once for each
 *
 *   h  an answer and the connection's end: "whole STATUS TAKEN LF CONTENT", or the error's name
 *   j  a JSON text: the error's name LF, then each slice as "PATH LENGTH LF" and its bytes
 *   s  a JSON string: "yes" and what it stands for, or "no"
 *   i  a whole number: "yes" and its digits, or "no" */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "http_response.h"
#include "json.h"
#include "slices.h"

#define MOST 65536

static char out[4 * MOST];
static size_t out_length;

static void put(const void *bytes, size_t length)
{
    if (length > sizeof out - out_length) {
        abort();
    }
    memcpy(out + out_length, bytes, length);
    out_length += length;
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

static void put_number(size_t number, const char *end)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%zu", number);
    put_text(text);
    put_text(end);
}

static void read_answer(const char *bytes, size_t length)
{
    static char content[MOST];
    struct reflow_http_response response;
    enum reflow_http_event event = REFLOW_HTTP_CHUNK;
    size_t content_length = 0;
    size_t all = 0;

    reflow_http_response_init(&response);
    while (event < REFLOW_HTTP_END && (all < length || event != REFLOW_HTTP_MORE)) {
        const size_t taken =
            reflow_http_response_read(&response, bytes + all, length - all, &event);
        if (event == REFLOW_HTTP_CONTENT) {
            memcpy(content + content_length, bytes + all, taken);
            content_length += taken;
        }
        all += taken;
    }
    if (event == REFLOW_HTTP_MORE) {
        event = reflow_http_response_close(&response);
    }
    if (event != REFLOW_HTTP_END) {
        put_text(reflow_error_name(reflow_http_error(&response)));
        return;
    }
    put_text("whole ");
    put_number(response.status, " ");
    put_number(all, "\n");
    put(content, content_length);
}

static void read_json(const char *bytes, size_t length)
{
    static char store[MOST / 2];
    struct reflow_slices slices;
    size_t index;
    size_t size;
    size_t path;
    bool ignored;
    const char *slice;

    reflow_slices_init(&slices, store, sizeof store);
    reflow_slices_expect(&slices, reflow_flow_new_run_paths, REFLOW_FLOW_NEW_RUN_PATHS);
    (void)reflow_slices_read(&slices, bytes, length, &ignored);
    put_text(reflow_error_name(reflow_slices_end(&slices)));
    put_text("\n");
    for (index = 0; (slice = reflow_slices_get(&slices, index, &size, &path)) != NULL; index++) {
        put_number(path, " ");
        put_number(size, "\n");
        put(slice, size);
    }
}

static void read_string(char *bytes, size_t length)
{
    const bool sound = reflow_json_string(bytes, length);

    put_text(sound ? "yes" : "no");
    put_text(sound ? bytes : "");
}

static void read_integer(const char *bytes, size_t length)
{
    char text[24] = "";
    int64_t number;
    const bool sound = reflow_json_integer(bytes, length, &number);

    if (sound) {
        (void)snprintf(text, sizeof text, "%" PRId64, number);
    }
    put_text(sound ? "yes" : "no");
    put_text(text);
}

static void answer(int kind, char *bytes, size_t length)
{
    switch (kind) {
    case 'h':
        read_answer(bytes, length);
        break;
    case 'j':
        read_json(bytes, length);
        break;
    case 's':
        read_string(bytes, length);
        break;
    case 'i':
        read_integer(bytes, length);
        break;
    default:
        abort();
    }
}

/* On the heap, of its own size: a byte too far is found. */
static bool next(void)
{
    unsigned char head[5];
    size_t length;
    char *bytes;

    if (fread(head, 1, sizeof head, stdin) != sizeof head) {
        return false;
    }
    length = head[1] | (size_t)head[2] << 8 | (size_t)head[3] << 16;
    bytes = malloc(length > 0 ? length : 1);
    if (bytes == NULL || length > MOST || fread(bytes, 1, length, stdin) != length) {
        abort();
    }
    out_length = 0;
    answer(head[0], bytes, length);
    free(bytes);
    return true;
}

int main(void)
{
    while (next()) {
        const unsigned char head[4] = {(unsigned char)out_length, (unsigned char)(out_length >> 8),
                                       (unsigned char)(out_length >> 16),
                                       (unsigned char)(out_length >> 24)};
        if (fwrite(head, 1, sizeof head, stdout) != sizeof head ||
            fwrite(out, 1, out_length, stdout) != out_length) {
            return 1;
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
