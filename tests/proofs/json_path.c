/* SPDX-License-Identifier: MIT */
/* json_path: from any sound state, with all 32 paths there can be and names of up to 255 bytes: no
 * path is read behind its end, matched[] and the depth stay in range, `path` is one of the paths,
 * and opening a container leaves alone what is known of those around it. As each function leaves a
 * sound state behind, that holds for texts of any length and depth. What a sound state is stands in
 * json_between.h, and for names, in is_within() below.
 *
 * PROOF: prove_json_path_next_step | next_step | paths up to 12 bytes, up to 64 steps | --unwind 14
 * PROOF: prove_json_path_open | reflow_json_path_open, reflow_json_in_array | any sound state |
 *        --unwind 33
 * PROOF: prove_json_path_close | reflow_json_path_close | any sound state | --unwind 33
 * PROOF: prove_json_path_name | reflow_json_path_name, reflow_json_in_array |
 *        any sound state, names up to 255 bytes | --unwind 33
 * PROOF: prove_json_path_byte | reflow_json_path_byte, is_candidate, ends_name |
 *        any sound state, names up to 255 bytes | --unwind 33
 * PROOF: prove_json_path_name_end | reflow_json_path_name_end, is_candidate, ends_name |
 *        any sound state, names up to 255 bytes | --unwind 33
 * PROOF: prove_json_path_enter | reflow_json_path_enter, is_wanted | any sound state | --unwind 33
 * PROOF: prove_json_path_leave | reflow_json_path_leave, is_wanted | any sound state | --unwind 33
 * REPLACE: prove_json_path_name | next_step=any_step
 * REPLACE: prove_json_path_byte | next_step=same_step
 * REPLACE: prove_json_path_name_end | next_step=same_step
 * REPLACE: prove_json_path_enter | next_step=any_step
 * REPLACE: prove_json_path_leave | next_step=any_step
 *
 * MUTANT: prove_json_path_next_step | before > 0 && *path != '\0' | before > 0
 * MUTANT: prove_json_path_open | stream->depth == REFLOW_MAX_JSON_DEPTH | false
 * MUTANT: prove_json_path_open | &stream->kinds[stream->depth / 8] | &stream->kinds[0]
 * MUTANT: prove_json_path_name | stream->matched[p] + 1U == stream->depth | true
 * MUTANT: prove_json_path_name | stream->at = 0; | stream->at++;
 * MUTANT: prove_json_path_byte | byte || ends_name(c) | byte
 * MUTANT: prove_json_path_name_end | stream->matched[p] = stream->depth; | stream->matched[p]++;
 * MUTANT: prove_json_path_enter | stream->path = p; | stream->path = stream->at;
 * MUTANT: prove_json_path_leave | stream->matched[p]--; | stream->at = 0;
 * MUTANT: prove_json_path_leave | p < stream->path_count && stream->depth > 0 | p < stream->path_count
 *
 * MEANT: reflow_json_path_byte | type conversion in (uint8_t)c | a character is taken as a byte
 * MEANT: reflow_json_path_byte | unsigned + in stream->at + 1 | behind 255 bytes no candidate is left
 */
#include <json_path.c>

#include "json_between.h"
#include "proof.h"

#include <string.h>

#define LONGEST_NAME 255

void prove_json_path_next_step(void)
{
    char room[13];
    const char *path = PROOF_STRING(room);
    const char *paths[1];
    struct reflow_json_stream stream;
    const char *step;

    paths[0] = path;
    stream.paths = paths;
    step = next_step(&stream, 0);
    prove(step >= path && step <= path + strlen(path));
    prove(stream.matched[0] > 0 || *step == '\0' || step == path || path[0] == '.');
}

static struct reflow_json_stream any_stream(void)
{
    struct reflow_json_stream stream;

    assume(json_path_sound(&stream));
    return stream;
}

void prove_json_path_open(void)
{
    struct reflow_json_stream stream = any_stream();
    struct reflow_json_stream outer = stream;
    const bool array = nondet_bool();
    const bool opened = reflow_json_path_open(&stream, array);

    prove(opened == (outer.depth < REFLOW_MAX_JSON_DEPTH));
    prove(stream.depth == outer.depth + (opened ? 1 : 0));
    prove(!opened || reflow_json_in_array(&stream) == array);
    prove(opened ? json_path_between(&stream) : json_path_sound(&stream));
    outer.depth = (uint8_t)proof_up_to(outer.depth);
    stream.depth = outer.depth;
    prove(reflow_json_in_array(&stream) == reflow_json_in_array(&outer));
}

void prove_json_path_close(void)
{
    struct reflow_json_stream stream;

    assume(json_path_between(&stream));
    reflow_json_path_close(&stream);
    prove(json_path_sound(&stream));
}

/* ---- Names: steps of paths, as prove_json_path_next_step shows them ---- */

static char odd[LONGEST_NAME + 1];
static char even[LONGEST_NAME + 1];
static size_t odd_length;
static size_t even_length;

/* Two names that end within their memory: at a NUL, or where the path goes on. */
static void any_names(void)
{
    __CPROVER_havoc_object(odd);
    __CPROVER_havoc_object(even);
    odd_length = proof_up_to(LONGEST_NAME);
    even_length = proof_up_to(LONGEST_NAME);
    assume(ends_name(odd[odd_length]) && ends_name(even[even_length]));
}

const char *same_step(const struct reflow_json_stream *stream, unsigned p)
{
    prove(p < stream->path_count);
    return p % 2 == 1 ? odd : even;
}

const char *any_step(const struct reflow_json_stream *stream, unsigned p)
{
    prove(p < stream->path_count);
    return odd + proof_up_to(LONGEST_NAME);
}

/* Of a candidate, no more has been compared than its name is long. */
static bool is_within(const struct reflow_json_stream *stream)
{
    unsigned p;

    for (p = 0; p < stream->path_count; p++) {
        if (is_candidate(stream, p) && stream->at > (p % 2 == 1 ? odd_length : even_length)) {
            return false;
        }
    }
    return true;
}

void prove_json_path_name(void)
{
    struct reflow_json_stream stream = any_stream();
    const unsigned p = nondet_uint8();

    any_names();
    reflow_json_path_name(&stream);
    prove(stream.at == 0 && is_within(&stream) && json_path_sound(&stream));
    prove(p >= REFLOW_JSON_PATHS || !is_candidate(&stream, p) ||
          (p < stream.path_count && stream.matched[p] + 1 == stream.depth));
}

void prove_json_path_byte(void)
{
    struct reflow_json_stream stream = any_stream();
    const uint32_t before = stream.candidates;

    any_names();
    assume(is_within(&stream));
    reflow_json_path_byte(&stream, nondet_uint8());
    prove(is_within(&stream) && json_path_sound(&stream));
    prove((stream.candidates & ~before) == 0);
}

void prove_json_path_name_end(void)
{
    struct reflow_json_stream stream = any_stream();
    const struct reflow_json_stream before = stream;
    const unsigned p = (unsigned)proof_up_to(REFLOW_JSON_PATHS - 1);

    any_names();
    assume(is_within(&stream));
    reflow_json_path_name_end(&stream);
    prove(stream.candidates == 0 && json_path_sound(&stream));
    prove(stream.matched[p] == before.matched[p] ||
          (is_candidate(&before, p) && stream.matched[p] == stream.depth));
}

/* ---- Values ---- */

void prove_json_path_enter(void)
{
    struct reflow_json_stream stream = any_stream();

    if (reflow_json_path_enter(&stream)) {
        prove(stream.path < stream.path_count);
        prove(stream.matched[stream.path] == stream.depth);
    }
    prove(json_path_sound(&stream));
}

void prove_json_path_leave(void)
{
    struct reflow_json_stream stream = any_stream();
    const struct reflow_json_stream before = stream;

    if (reflow_json_path_leave(&stream)) {
        prove(stream.path < stream.path_count);
        prove(before.matched[stream.path] == before.depth);
    }
    prove(stream.depth == 0 ? json_path_sound(&stream) : json_path_between(&stream));
}
