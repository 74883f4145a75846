/* SPDX-License-Identifier: MIT */
/* slices: from marks to kept values. */
#include "slices.h"

#include "json_stream.h"
#include "text.h"

/* What has been seen of the text:
 *
 *   SKIPPING <---> KEEPING        between and inside wanted values
 *      |    |         |
 *      |    v         |
 *      |  ENOUGH      |           nothing more is wanted, but the text goes on
 *      v    v         v
 *   MALFORMED, TOO_DEEP           for good */
enum { SKIPPING, KEEPING, ENOUGH, MALFORMED, TOO_DEEP };

void reflow_slices_init(struct reflow_slices *slices, void *memory, size_t size)
{
    reflow_text_init(&slices->store, memory, size);
    reflow_slices_expect(slices, NULL, 0);
}

void reflow_slices_expect(struct reflow_slices *slices, const char *const *paths, size_t count)
{
    reflow_json_stream_init(&slices->stream, paths, count);
    slices->count = 0;
    slices->left_out = 0;
    slices->state = SKIPPING;
    slices->element = REFLOW_SLICES_NO_ELEMENT;
}

void reflow_slices_expect_each(struct reflow_slices *slices, const char *const *paths, size_t count,
                               uint8_t element)
{
    reflow_slices_expect(slices, paths, count);
    slices->element = element;
}

static bool is_list(const struct reflow_slices *slices)
{
    return slices->element != REFLOW_SLICES_NO_ELEMENT;
}

/* Of an element, the first value of a path is the one that counts. */
static bool is_kept(const struct reflow_slices *slices, uint8_t path)
{
    size_t i;

    for (i = 0; i < slices->count; i++) {
        if (slices->slice[i].path == path) {
            return true;
        }
    }
    return false;
}

static void leave_out(struct reflow_slices *slices)
{
    slices->left_out |= UINT32_C(1) << slices->stream.path;
}

static void begin_slice(struct reflow_slices *slices)
{
    const uint8_t path = slices->stream.path;
    struct reflow_slice *slice;

    if (path == slices->element) {
        slices->before_count = slices->count;
        slices->before_length = (uint16_t)slices->store.length;
        return;
    }
    if (slices->state == ENOUGH || (is_list(slices) && is_kept(slices, path))) {
        return;
    }
    if (slices->count == REFLOW_MAX_SLICES) {
        leave_out(slices);
        return;
    }
    slices->state = KEEPING;
    slice = &slices->slice[slices->count];
    slice->offset = (uint16_t)slices->store.length;
    slice->path = path;
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
    slice->length = (uint16_t)(slices->store.length - slice->offset);
    if (slices->store.overflow || (is_list(slices) && slice->length > slices->store.size / 3)) {
        leave_out(slices);
        give_back(slices);
        return;
    }
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
    default: /* REFLOW_JSON_MORE */
        break;
    }
}

static bool failed(const struct reflow_slices *slices)
{
    return slices->state == MALFORMED || slices->state == TOO_DEEP;
}

size_t reflow_slices_read(struct reflow_slices *slices, const char *bytes, size_t length,
                          bool *element)
{
    enum reflow_json_event event = REFLOW_JSON_BEGIN;
    size_t all = 0;
    size_t taken;

    *element = false;
    while (!failed(slices) && !*element && (all < length || event != REFLOW_JSON_MORE)) {
        taken = reflow_json_stream_read(&slices->stream, bytes + all, length - all, &event);
        if (slices->state == KEEPING) {
            reflow_text_bytes(&slices->store, bytes + all, taken);
        }
        all += taken;
        on_event(slices, event);
        *element = event == REFLOW_JSON_FINISH && slices->stream.path == slices->element &&
                   slices->state != ENOUGH;
    }
    return *element ? all : length;
}

void reflow_slices_forget(struct reflow_slices *slices)
{
    slices->count = slices->before_count;
    slices->store.length = slices->before_length;
}

void reflow_slices_enough(struct reflow_slices *slices)
{
    slices->state = ENOUGH;
}

bool reflow_slices_left_out(const struct reflow_slices *slices, size_t path)
{
    return (slices->left_out >> path & 1) != 0;
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
    if (slices->state == TOO_DEEP || (slices->left_out != 0 && !is_list(slices))) {
        return REFLOW_ERR_JSON_TOO_LARGE;
    }
    return REFLOW_OK;
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
