/* SPDX-License-Identifier: MIT */
/* slices: from any sound state (is_sound() below), with a store of any size there can be, whatever
 * json_stream says next leads to another; so it holds for texts of any length that every slice lies
 * inside of the store and behind the one before, that what is given up leaves what was kept before
 * alone, and that no more slices are kept than there is room for. A read ends, and takes no more
 * than it was given. What is kept beside the slices is a copy that ends with a NUL.
 * Of json_stream everything is allowed that tests/proofs/json_stream.c shows of it; besides, as
 * slices.h asks for, no element of a list begins inside of a value that is being kept.
 *
 * PROOF: prove_slices_init | reflow_slices_init, reflow_slices_expect, reflow_slices_expect_each |
 *        any store, any number of paths | --unwind 33
 * PROOF: prove_slices_event | on_event, begin_slice, finish_slice, give_up, give_back, leave_out,
 *        is_kept, is_list | any sound state, any event | --unwind 17
 * PROOF: prove_slices_read | reflow_slices_read, failed | any sound state, texts up to 4 bytes |
 *        --unwind 12
 * PROOF: prove_slices_append | append | any sound state | --unwind 17
 * PROOF: prove_slices_element | reflow_slices_forget, reflow_slices_enough | any sound state |
 *        --unwind 17
 * PROOF: prove_slices_end | reflow_slices_end, failed | any sound state |
 *        --unwind 17 --unwindset reflow_slices_end.0:4
 * PROOF: prove_slices_get | reflow_slices_get, reflow_slices_left_out | any sound state |
 *        --unwind 17
 * PROOF: prove_slices_keep | reflow_slices_keep | a store of up to 12 bytes | --unwind 13
 * REPLACE: prove_slices_read | reflow_json_stream_read=stream_read, reflow_text_bytes=append,
 *        on_event=any_event
 * REPLACE: prove_slices_end | reflow_json_stream_end=stream_end
 *
 * MUTANT: prove_slices_init | slices->count = 0; | slices->count++;
 * MUTANT: prove_slices_event | slices->count == REFLOW_MAX_SLICES | slices->count > REFLOW_MAX_SLICES
 * MUTANT: prove_slices_event | slices->store.overflow = false; | slices->store.invalid = false;
 * MUTANT: prove_slices_event | slices->before_count = slices->count; | slices->count = 0;
 * MUTANT: prove_slices_event | if (slices->state == KEEPING) { give_back(slices); } |
 *        slices->store.length = 0;
 * MUTANT: prove_slices_read | bytes + all, length - all, &event | bytes + all, length, &event
 * MUTANT: prove_slices_read | bytes + all, taken | bytes + taken, taken
 * MUTANT: prove_slices_element | slices->store.length = slices->before_length | slices->store.length = 0
 * MUTANT: prove_slices_end | while (!failed(slices) && event == REFLOW_JSON_FINISH) | while (!failed(slices))
 * MUTANT: prove_slices_get | index >= slices->count | index > slices->count
 * MUTANT: prove_slices_keep | length >= slices->store.size - at | length > slices->store.size - at
 */
#include <slices.c>

#include "proof.h"

#include <stdlib.h>

/* ---- What a sound state is -------------------------------------------------------------------- */

static bool begun; /* an element has: what was kept before it is known */
static size_t any_one;

static size_t end_of(const struct reflow_slices *slices, size_t i)
{
    return (size_t)slices->slice[i].offset + slices->slice[i].length;
}

/* How much of the store is slices that are whole. */
static size_t whole(const struct reflow_slices *slices)
{
    return slices->state == KEEPING ? slices->slice[slices->count].offset : slices->store.length;
}

static bool is_sound_before(const struct reflow_slices *slices)
{
    return slices->before_count <= slices->count && slices->before_length <= whole(slices);
}

/* Of one slice, which may be any: what holds for it holds for each. */
static bool is_sound_slice(const struct reflow_slices *slices, size_t i)
{
    return i >= slices->count ||
           (end_of(slices, i) <= whole(slices) &&
            (!begun || i >= slices->before_count || end_of(slices, i) <= slices->before_length));
}

static bool is_sound(const struct reflow_slices *slices)
{
    const struct reflow_text *store = &slices->store;
    const bool keeping = slices->state == KEEPING;

    return store->size <= UINT16_MAX && store->length <= store->size && !store->invalid &&
           (keeping || !store->overflow) && slices->state <= TOO_DEEP &&
           slices->count + (keeping ? 1 : 0) <= REFLOW_MAX_SLICES &&
           whole(slices) <= store->length && (!begun || is_sound_before(slices)) &&
           is_sound_slice(slices, any_one);
}

static struct reflow_slices any_slices(void)
{
    struct reflow_slices slices;

    slices.store.overflow = nondet_bool();
    slices.store.invalid = false;
    any_one = proof_up_to(REFLOW_MAX_SLICES - 1);
    begun = nondet_bool();
    assume(slices.state <= TOO_DEEP && slices.count <= REFLOW_MAX_SLICES);
    assume(slices.state != KEEPING || slices.count < REFLOW_MAX_SLICES);
    assume(is_sound(&slices));
    return slices;
}

/* ---- Steps ------------------------------------------------------------------------------------ */

void prove_slices_init(void)
{
    struct reflow_slices slices;
    const char *paths[1];
    char store[4];

    begun = false;
    reflow_slices_init(&slices, store, proof_up_to(UINT16_MAX));
    prove(is_sound(&slices) && slices.count == 0 && !is_list(&slices));
    slices.store.length = proof_up_to(slices.store.size);
    reflow_slices_expect_each(&slices, paths, nondet_size(), nondet_uint8());
    prove(is_sound(&slices) && slices.count == 0 && slices.left_out == 0);
}

static bool is_element(const struct reflow_slices *slices, enum reflow_json_event event)
{
    return event == REFLOW_JSON_BEGIN && slices->stream.path == slices->element;
}

void prove_slices_event(void)
{
    struct reflow_slices slices = any_slices();
    const struct reflow_slices old = slices;
    const enum reflow_json_event event = (enum reflow_json_event)proof_up_to(REFLOW_JSON_TOO_DEEP);

    assume(slices.stream.path < REFLOW_JSON_PATHS);
    assume(slices.state != KEEPING || !is_element(&slices, event));
    begun = begun || is_element(&slices, event);
    on_event(&slices, event);
    prove(is_sound(&slices));
    prove(slices.count == old.count || slices.count == old.count + 1);
    prove(any_one >= old.count || end_of(&slices, any_one) == end_of(&old, any_one));
    prove(any_one >= old.count || slices.count == old.count ||
          slices.slice[old.count].offset >= end_of(&old, any_one));
    prove(event != REFLOW_JSON_INVALID || slices.state == MALFORMED);
    prove(event != REFLOW_JSON_TOO_DEEP || slices.state == TOO_DEEP);
    prove(event != REFLOW_JSON_FINISH || slices.state == SKIPPING || slices.state == old.state);
    prove(event != REFLOW_JSON_FINISH || slices.state != KEEPING);
}

static bool idle; /* the last read took nothing: the next one does, or ends the text */

/* What tests/proofs/json_stream.c shows. A read of nothing finds no more than an end there was. */
size_t stream_read(struct reflow_json_stream *stream, const char *bytes, size_t length,
                   enum reflow_json_event *event)
{
    const size_t taken = proof_up_to(length);
    const enum reflow_json_event found = (enum reflow_json_event)proof_up_to(REFLOW_JSON_TOO_DEEP);
    const bool over = found == REFLOW_JSON_INVALID || found == REFLOW_JSON_TOO_DEEP;

    prove(length == 0 || __CPROVER_r_ok(bytes, length));
    stream->path = nondet_uint8();
    assume(stream->path < REFLOW_JSON_PATHS);
    assume(found != REFLOW_JSON_MORE || taken == length);
    assume(length > 0 || over || found == REFLOW_JSON_MORE);
    assume(taken > 0 || length == 0 || over || !idle);
    idle = taken == 0;
    *event = found;
    return taken;
}

/* What tests/proofs/text.c shows, without the bytes. */
void append(struct reflow_text *text, const void *bytes, size_t length)
{
    prove(text->length <= text->size);
    prove(length == 0 || __CPROVER_r_ok(bytes, length));
    if (!text->overflow && length <= text->size - text->length) {
        text->length += length;
    } else {
        text->overflow = true;
    }
}

/* What is copied while a value is kept leaves the state sound. */
void prove_slices_append(void)
{
    struct reflow_slices slices = any_slices();
    char room[4];

    assume(slices.state == KEEPING);
    append(&slices.store, room, proof_up_to(sizeof room));
    prove(is_sound(&slices));
}

/* prove_slices_event shows this of on_event(), of which a read sees the state and the store. */
void any_event(struct reflow_slices *slices, enum reflow_json_event event)
{
    const uint8_t before = slices->state;

    slices->state = nondet_uint8();
    slices->store.overflow = nondet_bool();
    slices->store.length = proof_up_to(slices->store.size);
    assume(slices->state <= TOO_DEEP);
    assume(event != REFLOW_JSON_INVALID || slices->state == MALFORMED);
    assume(event != REFLOW_JSON_TOO_DEEP || slices->state == TOO_DEEP);
    assume(event != REFLOW_JSON_FINISH || slices->state == SKIPPING ||
           (slices->state == before && before != KEEPING));
}

void prove_slices_read(void)
{
    char room[4];
    const size_t length = proof_up_to(sizeof room);
    struct reflow_slices slices;
    bool element;
    size_t taken;

    assume(slices.state <= TOO_DEEP && slices.store.length <= slices.store.size);
    idle = nondet_bool();
    taken = reflow_slices_read(&slices, PROOF_END_OF(room, length), length, &element);
    prove(taken <= length && (element || taken == length));
    prove(!element || (slices.state != ENOUGH && !failed(&slices)));
    prove(slices.store.length <= slices.store.size);
}

void prove_slices_element(void)
{
    struct reflow_slices slices = any_slices();
    const struct reflow_slices old = slices;

    assume(begun && slices.state != KEEPING);
    reflow_slices_enough(&slices);
    prove(is_sound(&slices) && slices.state == ENOUGH);
    slices.state = old.state;
    reflow_slices_forget(&slices);
    prove(is_sound(&slices) && slices.count == old.before_count);
}

enum reflow_json_event stream_end(struct reflow_json_stream *stream)
{
    static bool finished = false;
    const enum reflow_json_event event = (enum reflow_json_event)proof_up_to(REFLOW_JSON_TOO_DEEP);

    stream->path = nondet_uint8();
    assume(stream->path < REFLOW_JSON_PATHS && event != REFLOW_JSON_BEGIN);
    assume(!finished || event == REFLOW_JSON_MORE);
    finished = event == REFLOW_JSON_FINISH;
    return event;
}

void prove_slices_end(void)
{
    struct reflow_slices slices = any_slices();
    const enum reflow_error error = reflow_slices_end(&slices);

    prove(is_sound(&slices));
    prove((error == REFLOW_ERR_JSON_MALFORMED) == (slices.state == MALFORMED));
    prove(error == REFLOW_OK || error == REFLOW_ERR_JSON_MALFORMED ||
          error == REFLOW_ERR_JSON_TOO_LARGE);
    prove(error != REFLOW_OK || !failed(&slices));
}

void prove_slices_get(void)
{
    struct reflow_slices slices = any_slices();
    const size_t index = nondet_size();
    size_t length;
    size_t path;
    char *slice;

    assume(slices.store.size > 0 && (index >= slices.count || index == any_one));
    slices.store.data = malloc(slices.store.size);
    assume(slices.store.data != NULL);
    slice = reflow_slices_get(&slices, index, &length, &path);
    prove((slice != NULL) == (index < slices.count));
    if (slice != NULL) {
        prove(slice >= slices.store.data);
        prove((size_t)(slice - slices.store.data) + length <= slices.store.length);
    }
    prove(reflow_slices_left_out(&slices, proof_up_to(REFLOW_JSON_PATHS - 1)) ||
          slices.left_out != UINT32_MAX);
}

void prove_slices_keep(void)
{
    char room[12];
    char bytes[12];
    const size_t length = proof_up_to(sizeof bytes);
    const size_t i = proof_up_to(sizeof bytes - 1);
    struct reflow_slices slices;
    const char *kept;
    size_t before;

    reflow_text_init(&slices.store, room, sizeof room);
    before = slices.store.length = proof_up_to(sizeof room);
    kept = reflow_slices_keep(&slices, PROOF_END_OF(bytes, length), length);
    prove((kept != NULL) == (length < sizeof room - before));
    if (kept != NULL) {
        prove(kept == room + before && slices.store.length == before + length + 1);
        prove(kept[length] == '\0');
        prove(i >= length || kept[i] == PROOF_END_OF(bytes, length)[i]);
    } else {
        prove(slices.store.length == before && !slices.store.overflow);
    }
}
