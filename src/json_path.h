/* SPDX-License-Identifier: MIT */
/* json_path: the part of json_stream that knows at which of the wanted places the text is. It is
 * told of names, and of where values begin and end; it never sees the text itself. */
#ifndef REFLOW_JSON_PATH_H
#define REFLOW_JSON_PATH_H

#include "reflow.h"

/* Whether the innermost container is an array. Outside of all containers it is not. */
bool reflow_json_in_array(const struct reflow_json_stream *stream);

/* A member's name, in pieces: its beginning, its decoded bytes, its end. Bytes outside of a name
 * are ignored, and so is the end of a string that is none. */
void reflow_json_path_name(struct reflow_json_stream *stream);
void reflow_json_path_byte(struct reflow_json_stream *stream, uint8_t byte);
void reflow_json_path_name_end(struct reflow_json_stream *stream);

/* A value begins or has ended. Returns whether it was asked for, and if so sets stream->path. */
bool reflow_json_path_enter(struct reflow_json_stream *stream);
bool reflow_json_path_leave(struct reflow_json_stream *stream);

#endif
