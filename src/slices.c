/* SPDX-License-Identifier: MIT */
/* slices: from marks to kept values. */
#include "slices.h"

#include "json_stream.h"
#include "text.h"

/* What has been seen of the text:
 *
 *   SKIPPING <---> KEEPING        between and inside wanted values
 *      |              |
 *      +------+-------+
 *             v
 *   MALFORMED, TOO_DEEP           for good */
enum { SKIPPING, KEEPING, MALFORMED, TOO_DEEP };

void reflow_slices_init(struct reflow_slices *slices, void *memory, size_t size)
{
    reflow_text_init(&slices->store, memory, size);
    reflow_slices_expect(slices, NULL, 0);
}

void reflow_slices_expect(struct reflow_slices *slices, const char *const *paths, size_t count)
{
    reflow_json_stream_init(&slices->stream, paths, count);
    slices->count = 0;
    slices->left_out = false;
    slices->state = SKIPPING;
}

static void begin_slice(struct reflow_slices *slices)
{
    struct reflow_slice *slice;

    slices->state = KEEPING;
    if (slices->count == REFLOW_MAX_SLICES) {
        slices->left_out = true;
        slices->state = SKIPPING;
        return;
    }
    slice = &slices->slice[slices->count];
    slice->offset = (uint16_t)slices->store.length;
    slice->path = slices->stream.path;
}

/* A value that did not fit, or did not end, gives its place to what comes next. */
static void give_back(struct reflow_slices *slices)
{
    slices->store.overflow = false;
    slices->store.length = slices->slice[slices->count].offset;
}

static void finish_slice(struct reflow_slices *slices)
{
    struct reflow_slice *slice;

    if (slices->state != KEEPING) {
        return;
    }
    slices->state = SKIPPING;
    slice = &slices->slice[slices->count];
    if (slices->store.overflow) {
        slices->left_out = true;
        give_back(slices);
        return;
    }
    slice->length = (uint16_t)(slices->store.length - slice->offset);
    slices->count++;
}

static void give_up(struct reflow_slices *slices, uint8_t state)
{
    if (slices->state == KEEPING) {
        give_back(slices);
    }
    slices->state = state;
}

static void on_event(struct reflow_slices *slices, enum reflow_json_event event)
{
    switch (event) {
    case REFLOW_JSON_BEGIN:
        begin_slice(slices);
        break;
    case REFLOW_JSON_FINISH:
        finish_slice(slices);
        break;
    case REFLOW_JSON_INVALID:
        give_up(slices, MALFORMED);
        break;
    case REFLOW_JSON_TOO_DEEP:
        give_up(slices, TOO_DEEP);
        break;
    case REFLOW_JSON_MORE:
    default:
        break;
    }
}

static bool failed(const struct reflow_slices *slices)
{
    return slices->state == MALFORMED || slices->state == TOO_DEEP;
}

void reflow_slices_read(struct reflow_slices *slices, const char *bytes, size_t length)
{
    enum reflow_json_event event = REFLOW_JSON_BEGIN;
    size_t taken;

    while (!failed(slices) && (length > 0 || event != REFLOW_JSON_MORE)) {
        taken = reflow_json_stream_read(&slices->stream, bytes, length, &event);
        if (slices->state == KEEPING) {
            reflow_text_bytes(&slices->store, bytes, taken);
        }
        bytes += taken;
        length -= taken;
        on_event(slices, event);
    }
}

enum reflow_error reflow_slices_end(struct reflow_slices *slices)
{
    enum reflow_json_event event = REFLOW_JSON_FINISH;

    while (!failed(slices) && event == REFLOW_JSON_FINISH) {
        event = reflow_json_stream_end(&slices->stream);
        on_event(slices, event);
    }
    if (slices->state == MALFORMED) {
        return REFLOW_ERR_JSON_MALFORMED;
    }
    return slices->state == TOO_DEEP || slices->left_out ? REFLOW_ERR_JSON_TOO_LARGE : REFLOW_OK;
}

char *reflow_slices_get(struct reflow_slices *slices, size_t index, size_t *length, size_t *path)
{
    const struct reflow_slice *slice;

    if (index >= slices->count) {
        return NULL;
    }
    slice = &slices->slice[index];
    *length = slice->length;
    *path = slice->path;
    return slices->store.data + slice->offset;
}

const char *reflow_slices_keep(struct reflow_slices *slices, const char *bytes, size_t length)
{
    const size_t at = slices->store.length;

    if (length >= slices->store.size - at) {
        return NULL;
    }
    reflow_text_bytes(&slices->store, bytes, length);
    reflow_text_bytes(&slices->store, "", 1);
    return slices->store.data + at;
}
