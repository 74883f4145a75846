/* SPDX-License-Identifier: MIT */
/* json_stream: validates a JSON text (RFC 8259) as its bytes arrive, in constant memory, and marks
 * where the values that were asked for begin and end.
 *
 * Values are asked for by path: "id", "report.detailed-message", "items[].id" (of every element),
 * "items[]" (every element itself), "[].id" (where the text is an array), "" (the whole text). A
 * path is names joined by dots, and [] for any element; its names are 1 to 255 bytes of UTF-8 with
 * no dot, no bracket and no NUL. It holds at the place it names and nowhere else; names are
 * compared after their escapes are decoded. A member that occurs twice is marked twice. Strings
 * must be valid UTF-8 (RFC 8259 section 8.1); \u escapes need not pair up (section 8.2), but a name
 * with a lone half is none that a path can have. A byte order mark is not JSON (section 8.1). */
#ifndef REFLOW_JSON_STREAM_H
#define REFLOW_JSON_STREAM_H

#include "reflow.h"

enum reflow_json_event {
    REFLOW_JSON_MORE,    /* all bytes were taken, nothing that was asked for began or ended */
    REFLOW_JSON_BEGIN,   /* the next byte is the first of the value at paths[stream->path] */
    REFLOW_JSON_FINISH,  /* the byte before was the last of the value at paths[stream->path] */
    REFLOW_JSON_INVALID, /* not JSON; nothing more is taken */
    REFLOW_JSON_TOO_DEEP /* more than REFLOW_MAX_JSON_DEPTH levels; nothing more is taken */
};

/* Prepares for one text. `paths` (at most REFLOW_JSON_PATHS, all different) is borrowed until the
 * end of the text. */
void reflow_json_stream_init(struct reflow_json_stream *stream, const char *const *paths,
                             size_t count);

/* Takes bytes up to the next event and returns how many. Between a BEGIN and its FINISH the bytes
 * taken are exactly the value's; a value that was asked for may lie within another. After INVALID
 * and TOO_DEEP the byte that was too much is the one after those taken. Both are for good. */
size_t reflow_json_stream_read(struct reflow_json_stream *stream, const char *bytes, size_t length,
                               enum reflow_json_event *event);

/* The text has ended. Returns REFLOW_JSON_FINISH when a number that was asked for ended with it
 * (which only the whole text can: call once more), REFLOW_JSON_MORE when the text was one whole
 * JSON value, REFLOW_JSON_INVALID if not, REFLOW_JSON_TOO_DEEP if that was said before. */
enum reflow_json_event reflow_json_stream_end(struct reflow_json_stream *stream);

#endif
