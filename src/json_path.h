/* SPDX-License-Identifier: MIT */
/* json_path: the part of json_stream that knows where in the text it is: in which containers, and
 * at which of the wanted places. It is told of containers, names and values, and never sees the
 * text itself. A container is a value too: it is entered before it is opened, and left after it is
 * closed. */
#ifndef REFLOW_JSON_PATH_H
#define REFLOW_JSON_PATH_H

#include "reflow.h"

/* Whether the innermost container is an array. Outside of all containers it is not. */
bool reflow_json_in_array(const struct reflow_json_stream *stream);

/* A container begins inside of the others; false when REFLOW_MAX_JSON_DEPTH are open already. The
 * innermost one, which must exist, ends. */
bool reflow_json_path_open(struct reflow_json_stream *stream, bool array);
void reflow_json_path_close(struct reflow_json_stream *stream);

/* A member's name, in pieces: its beginning, its decoded bytes, its end. Bytes outside of a name
 * are ignored, and so is the end of a string that is none. */
void reflow_json_path_name(struct reflow_json_stream *stream);
void reflow_json_path_byte(struct reflow_json_stream *stream, uint8_t byte);
void reflow_json_path_name_end(struct reflow_json_stream *stream);

/* A value begins or has ended. Returns whether it was asked for, and if so sets stream->path. */
bool reflow_json_path_enter(struct reflow_json_stream *stream);
bool reflow_json_path_leave(struct reflow_json_stream *stream);

#endif
