/* SPDX-License-Identifier: MIT */
/* Fuzzes the reading of single JSON values, and of answers by the members that matter: strings and
 * numbers are what a second reader takes them for, what is decoded can be written again, and every
 * text of a result ends within its memory. */
#include "fuzz.h"

#include <errno.h>
#include <limits.h>

#include "cli/console.h"
#include "flow.h"
#include "ims.h"
#include "json.h"
#include "json_reference.h"
#include "runs.h"
#include "slices.h"
#include "text.h"

#define MOST 4096

static const char *const no_paths[] = {NULL};

/* ---- Strings ---- */

static bool is_json(const char *text, size_t length)
{
    static char ignored[2 * MOST];
    size_t ignored_length;

    return json_reference(text, length, no_paths, ignored, &ignored_length);
}

/* What console writes as a JSON string is one, and is the same when it is read again. */
static void writes_and_reads(const char *text)
{
    static struct line line;
    char *again;

    line_begin(&line);
    line_json(&line, text);
    assert_true(reflow_text_sound(&line.text) && is_json(line.data, line.text.length));
    again = exact_copy(line.data, line.text.length, 0);
    assert_true(reflow_json_string(again, line.text.length));
    assert_string_equal(again, text);
    free(again);
}

static void string_reads(const char *text, size_t length)
{
    static char expected[MOST + 1];
    const bool sound = json_reference_string(text, length, expected);
    char *slice = exact_copy(text, length, 0);

    if (reflow_json_string(slice, length)) {
        assert_true(strnlen(slice, length) < length);
        if (sound) {
            assert_string_equal(slice, expected);
            writes_and_reads(slice);
        }
    } else {
        assert_false(sound);
        assert_memory_equal(slice, text, length);
    }
    free(slice);
}

/* ---- Numbers ---- */

/* As strtoll() would, of what has no more than a minus and digits, with no zero ahead. */
static bool is_integer(const char *text, size_t length, int64_t *number)
{
    char *string = exact_copy(text, length, 1);
    const char *digits = string + (string[0] == '-' ? 1 : 0);
    const size_t count = strspn(digits, "0123456789");
    bool sound = count > 0 && digits + count == string + length && (*digits != '0' || count == 1);

    errno = 0;
    *number = strtoll(string, NULL, 10);
    sound = sound && errno == 0;
    free(string);
    return sound;
}

static void number_reads(const char *text, size_t length)
{
    char *slice = exact_copy(text, length, 0);
    int64_t expected;
    int64_t number = 42;
    const bool sound = is_integer(text, length, &expected);

    assert_true(reflow_json_integer(slice, length, &number) == sound);
    assert_true(number == (sound ? expected : 42));
    free(slice);
}

/* ---- Answers ---- */

static const struct reflow_slices *from;

/* Where it does not end, AddressSanitizer ends us. */
static void is_text(const char *text)
{
    const char *store = from->store.data;

    if (text != NULL) {
        assert_true(text >= store && text + strlen(text) < store + from->store.size);
    }
}

static void new_run_reads(struct reflow_slices *slices)
{
    struct reflow_result result = {0};

    if (reflow_flow_new_run(slices, &result) == REFLOW_OK) {
        assert_true(result.id != NULL && strlen(result.id) >= 1 && strlen(result.id) <= 128);
    }
    is_text(result.id);
    is_text(result.etag);
}

static void problem_reads(struct reflow_slices *slices)
{
    struct reflow_result result = {0};

    (void)reflow_flow_problem(slices, &result);
    is_text(result.code);
    is_text(result.detail);
    is_text(result.request_id);
}

static void run_reads(struct reflow_slices *slices)
{
    struct reflow_run run;

    if (reflow_run_take(&run, slices, 0)) {
        assert_true(run.id != NULL);
        is_text(run.id);
        is_text(run.flow_id);
        is_text(run.status);
        is_text(run.etag);
        is_text(run.error_code);
        is_text(run.error_message);
    }
}

static void token_reads(struct reflow_slices *slices)
{
    static struct reflow_ims ims;

    memset(&ims, 0, sizeof ims);
    if (reflow_ims_token(slices, &ims) == REFLOW_OK) {
        assert_in_range(strlen(ims.token), 1, REFLOW_MAX_TOKEN);
    } else {
        assert_true(ims.token[0] == '\0');
    }
}

static void token_problem_reads(struct reflow_slices *slices)
{
    struct reflow_result result = {0};

    (void)reflow_ims_problem(slices, &result);
    is_text(result.code);
    is_text(result.detail);
}

/* ---- One input ---- */

static const struct {
    const char *const *paths;
    size_t count;
    void (*read)(struct reflow_slices *slices);
} readers[] = {{reflow_flow_new_run_paths, REFLOW_FLOW_NEW_RUN_PATHS, new_run_reads},
               {reflow_flow_problem_paths, REFLOW_FLOW_PROBLEM_PATHS, problem_reads},
               {reflow_run_paths, REFLOW_RUN_PATHS, run_reads},
               {reflow_ims_token_paths, REFLOW_IMS_TOKEN_PATHS, token_reads},
               {reflow_ims_problem_paths, REFLOW_IMS_PROBLEM_PATHS, token_problem_reads}};

static void answer_reads(size_t reader, size_t room, const char *text, size_t length)
{
    struct reflow_slices slices;
    char *store = exact_copy("", 0, room);
    bool ignored;

    from = &slices;
    reflow_slices_init(&slices, store, room);
    reflow_slices_expect(&slices, readers[reader].paths, readers[reader].count);
    (void)reflow_slices_read(&slices, text, length, &ignored);
    if (reflow_slices_end(&slices) != REFLOW_ERR_JSON_MALFORMED) {
        assert_true(is_json(text, length) || slices.left_out != 0 || length > 64);
        readers[reader].read(&slices);
    } else {
        assert_false(is_json(text, length));
    }
    free(store);
}

/* The text is the value. The first line's second letter, if there is one, sets the memory for an
 * answer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pieces pieces;
    size_t room;
    size_t i;

    pieces_begin(&pieces, data, size);
    if (size > MOST) {
        return 0;
    }
    room = pieces.count > 1 ? (size_t)(pieces.sizes[1] & 31) * 16 : 4544;
    string_reads(pieces.text, pieces.length);
    number_reads(pieces.text, pieces.length);
    for (i = 0; i < sizeof readers / sizeof readers[0]; i++) {
        answer_reads(i, room, pieces.text, pieces.length);
    }
    return 0;
}
