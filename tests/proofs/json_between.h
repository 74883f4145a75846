/* SPDX-License-Identifier: MIT */
/* json_between: what json_path and json_stream rely on of each other: how far paths may have matched. */
#ifndef REFLOW_JSON_BETWEEN_H
#define REFLOW_JSON_BETWEEN_H

#include "reflow.h"

/* In a value, or outside of all: no path has matched more steps than there are levels. */
static bool json_path_sound(const struct reflow_json_stream *stream)
{
    unsigned p;

    for (p = 0; p < REFLOW_JSON_PATHS; p++) {
        if (p < stream->path_count && stream->matched[p] > stream->depth) {
            return false;
        }
    }
    return stream->path_count <= REFLOW_JSON_PATHS && stream->depth <= REFLOW_MAX_JSON_DEPTH;
}

/* Directly in a container, between two values: none has matched the last step either. */
static bool json_path_between(const struct reflow_json_stream *stream)
{
    unsigned p;

    for (p = 0; p < REFLOW_JSON_PATHS; p++) {
        if (p < stream->path_count && stream->matched[p] >= stream->depth) {
            return false;
        }
    }
    return stream->depth > 0 && json_path_sound(stream);
}

#endif
