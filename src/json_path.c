/* SPDX-License-Identifier: MIT */
/* json_path: keeps one bit for each container that is open, and one count for each path.
 *
 * A value at depth d stands at the end of d steps: names of members, and "[]" for elements. In a
 * path, a name ends at a dot, a bracket or the path's end. matched[p] counts how many steps to the
 * present place agree with path p from its start; only a path that agrees in all of them can go on.
 * The end of a value takes its own step back. So matched[p] is never more than the depth. */
#include "json_path.h"

bool reflow_json_in_array(const struct reflow_json_stream *stream)
{
    unsigned level;

    if (stream->depth == 0) {
        return false;
    }
    level = stream->depth - 1U;
    return (stream->kinds[level / 8] >> level % 8 & 1) != 0;
}

bool reflow_json_path_open(struct reflow_json_stream *stream, bool array)
{
    const unsigned bit = 1U << stream->depth % 8U;
    uint8_t *kinds;

    if (stream->depth == REFLOW_MAX_JSON_DEPTH) {
        return false;
    }
    kinds = &stream->kinds[stream->depth / 8];
    *kinds = (uint8_t)(array ? *kinds | bit : *kinds & ~bit);
    stream->depth++;
    return true;
}

void reflow_json_path_close(struct reflow_json_stream *stream)
{
    stream->depth--;
}

/* The next step of a path that has matched so far; the path's end when there is none. */
static const char *next_step(const struct reflow_json_stream *stream, unsigned p)
{
    const char *path = stream->paths[p];
    unsigned before = stream->matched[p];

    while (before > 0 && *path != '\0') {
        path++;
        if (*path == '.' || *path == '[') {
            before--;
        }
    }
    return *path == '.' ? path + 1 : path;
}

static bool ends_name(char c)
{
    return c == '\0' || c == '.' || c == '[';
}

static bool is_candidate(const struct reflow_json_stream *stream, unsigned p)
{
    return (stream->candidates >> p & 1) != 0;
}

/* The candidates are the paths that match as far as the innermost container, and go on with what
 * that kind of container has. Inside of an array the step is complete with that. */
void reflow_json_path_name(struct reflow_json_stream *stream)
{
    const bool in_array = reflow_json_in_array(stream);
    const char *step;
    unsigned p;

    stream->at = 0;
    stream->candidates = 0;
    for (p = 0; p < stream->path_count; p++) {
        if (stream->matched[p] + 1U == stream->depth) {
            step = next_step(stream, p);
            if (*step != '\0' && (*step == '[') == in_array) {
                stream->candidates |= UINT32_C(1) << p;
            }
        }
    }
}

void reflow_json_path_byte(struct reflow_json_stream *stream, uint8_t byte)
{
    unsigned p;
    char c;

    if (stream->candidates == 0) {
        return;
    }
    for (p = 0; p < stream->path_count; p++) {
        if (is_candidate(stream, p)) {
            c = next_step(stream, p)[stream->at];
            if ((uint8_t)c != byte || ends_name(c)) {
                stream->candidates &= ~(UINT32_C(1) << p);
            }
        }
    }
    stream->at++;
}

/* Candidates that are at the end of their name as well have matched one step more. */
void reflow_json_path_name_end(struct reflow_json_stream *stream)
{
    unsigned p;

    for (p = 0; p < stream->path_count; p++) {
        if (is_candidate(stream, p) && ends_name(next_step(stream, p)[stream->at])) {
            stream->matched[p] = stream->depth;
        }
    }
    stream->candidates = 0;
}

/* Not two paths can name the present place: they are all different. */
static bool is_wanted(struct reflow_json_stream *stream)
{
    uint8_t p;

    for (p = 0; p < stream->path_count; p++) {
        if (stream->matched[p] == stream->depth && *next_step(stream, p) == '\0') {
            stream->path = p;
            return true;
        }
    }
    return false;
}

bool reflow_json_path_enter(struct reflow_json_stream *stream)
{
    if (reflow_json_in_array(stream)) {
        reflow_json_path_name(stream);
        reflow_json_path_name_end(stream);
    }
    return is_wanted(stream);
}

bool reflow_json_path_leave(struct reflow_json_stream *stream)
{
    const bool wanted = is_wanted(stream);
    unsigned p;

    for (p = 0; p < stream->path_count && stream->depth > 0; p++) {
        if (stream->matched[p] == stream->depth) {
            stream->matched[p]--;
        }
    }
    return wanted;
}
