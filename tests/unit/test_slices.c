/* SPDX-License-Identifier: MIT */
/* The contract of slices: the wanted values and nothing else are kept, in bounded memory, however
 * the text comes in pieces. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "slices.h"

#define ROOMY 1000
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Takes all bytes of what is no list. */
static void read_bytes(struct reflow_slices *slices, const char *bytes, size_t length)
{
    bool element;

    assert_int_equal(reflow_slices_read(slices, bytes, length, &element), length);
    assert_false(element);
}

static const char *const paths[] = {"id", "items[].id", "report.words", "etag"};

#define GUARD 0x7c

static char memory[ROOMY + 1]; /* of the store, and a guard behind it */

/* A store of `size` bytes, full of something else. */
static struct reflow_slices *expecting(size_t size)
{
    static struct reflow_slices slices;

    memset(&slices, 0xa5, sizeof slices);
    memset(memory, 'x', sizeof memory);
    memory[size] = GUARD;
    reflow_slices_init(&slices, memory, size);
    reflow_slices_expect(&slices, paths, COUNT_OF(paths));
    return &slices;
}

static const char *name_of(enum reflow_error error)
{
    return error == REFLOW_OK ? "ok" : reflow_error_name(error);
}

/* All that was kept, as "path(bytes)" each, then how it ended. */
static const char *what_is_in(struct reflow_slices *slices)
{
    static char said[4096];
    const enum reflow_error error = reflow_slices_end(slices);
    size_t at = 0;
    size_t index = 0;
    size_t length;
    size_t path;
    const char *slice;

    while ((slice = reflow_slices_get(slices, index, &length, &path)) != NULL) {
        assert_true(slice >= memory && slice + length <= memory + slices->store.size);
        at += (size_t)snprintf(said + at, sizeof said - at, "%zu(%.*s)", path, (int)length, slice);
        index++;
    }
    (void)snprintf(said + at, sizeof said - at, " %s", name_of(error));
    assert_int_equal(memory[slices->store.size], GUARD);
    return said;
}

/* A piece of a text, with the fence behind it. */
static void read_piece(struct reflow_slices *slices, const char *bytes, size_t length)
{
    read_bytes(slices, fenced(bytes, length), length);
}

static void in_pieces(const char *text, size_t length, size_t piece, size_t size,
                      const char *expected)
{
    struct reflow_slices *slices = expecting(size);

    for (size_t at = 0; at < length; at += piece) {
        read_piece(slices, text + at, length - at < piece ? length - at : piece);
    }
    assert_string_equal(what_is_in(slices), expected);
}

static void cut_at(const char *text, size_t length, size_t cut, size_t size, const char *expected)
{
    struct reflow_slices *slices = expecting(size);

    read_piece(slices, text, cut);
    read_piece(slices, "", 0);
    read_piece(slices, text + cut, length - cut);
    assert_string_equal(what_is_in(slices), expected);
}

/* The text, at once, in pieces of every size, and cut in two everywhere, leaves `expected`. */
static void keeps_in(size_t size, const char *text, const char *expected)
{
    const size_t length = strlen(text);

    for (size_t piece = 1; piece <= length; piece++) {
        in_pieces(text, length, piece, size, expected);
    }
    for (size_t cut = 0; cut <= length; cut++) {
        cut_at(text, length, cut, size, expected);
    }
}

static void keeps(const char *text, const char *expected)
{
    keeps_in(ROOMY, text, expected);
}

/* ---- What is kept ---- */

static void a_wanted_value_is_kept_as_it_stands_in_the_text(void **state)
{
    (void)state;
    keeps("{\"id\":\"new\"}", "0(\"new\") ok");
    keeps(" { \"id\" : \"a\\u0041\\\"\" } ", "0(\"a\\u0041\\\"\") ok");
    keeps("{\"id\":-12.5e3,\"x\":1}", "0(-12.5e3) ok");
    keeps("{\"id\":null}", "0(null) ok");
    keeps("{\"id\":[1,{\"id\":2}]}", "0([1,{\"id\":2}]) ok");
    keeps("{\"id\":\"\"}", "0(\"\") ok");
}

static void values_come_in_the_order_of_the_text_with_the_number_of_their_path(void **state)
{
    (void)state;
    keeps(
        "{\"etag\":\"e\",\"items\":[{\"id\":1},{\"id\":2}],\"id\":3,\"report\":{\"words\":\"w\"}}",
        "3(\"e\")1(1)1(2)0(3)2(\"w\") ok");
}

static void a_member_that_is_repeated_is_kept_each_time(void **state)
{
    (void)state;
    keeps("{\"id\":\"a\",\"id\":\"b\",\"id\":\"a\"}", "0(\"a\")0(\"b\")0(\"a\") ok");
}

static void what_was_not_asked_for_costs_no_memory(void **state)
{
    static char text[20000];
    size_t length = (size_t)snprintf(text, sizeof text, "{\"big\":\"");

    (void)state;
    memset(text + length, 'b', 15000);
    length += 15000;
    (void)snprintf(text + length, sizeof text - length, "\",\"id\":\"new\",\"also\":[1,2,3]}");
    in_pieces(text, strlen(text), strlen(text), 5, "0(\"new\") ok");
    in_pieces(text, strlen(text), 1, 5, "0(\"new\") ok");
    in_pieces(text, strlen(text), 512, 5, "0(\"new\") ok");
}

static void without_anything_wanted_a_text_is_still_validated(void **state)
{
    (void)state;
    keeps("{\"x\":[1,2]}", " ok");
    keeps("[]", " ok");
    keeps("7", " ok");
    keeps("{\"x\":[1,2}", " json_malformed");
}

static void before_anything_is_expected_nothing_is_kept(void **state)
{
    struct reflow_slices *slices = expecting(ROOMY);

    (void)state;
    memset(slices, 0xa5, sizeof *slices);
    reflow_slices_init(slices, memory, ROOMY);
    read_bytes(slices, "{\"id\":1}", 8);
    assert_string_equal(what_is_in(slices), " ok");
}

static void there_is_no_slice_beyond_the_last(void **state)
{
    struct reflow_slices *slices = expecting(ROOMY);
    size_t length = 77;
    size_t path = 88;

    (void)state;
    assert_null(reflow_slices_get(slices, 0, &length, &path));
    read_bytes(slices, "{\"id\":1}", 8);
    assert_non_null(reflow_slices_get(slices, 0, &length, &path));
    assert_null(reflow_slices_get(slices, 1, &length, &path));
    assert_null(reflow_slices_get(slices, SIZE_MAX, &length, &path));
    assert_int_equal(length, 1);
    assert_int_equal(path, 0);
}

static void a_value_is_there_once_it_has_ended_and_not_before(void **state)
{
    struct reflow_slices *slices = expecting(ROOMY);
    size_t length;
    size_t path;

    (void)state;
    read_bytes(slices, "{\"id\":\"a", 8);
    assert_null(reflow_slices_get(slices, 0, &length, &path));
    read_bytes(slices, "b\"", 2);
    assert_memory_equal(reflow_slices_get(slices, 0, &length, &path), "\"ab\"", 4);
    assert_int_equal(length, 4);
}

/* ---- What does not fit ---- */

static void a_value_that_fits_exactly_is_kept(void **state)
{
    (void)state;
    keeps_in(5, "{\"id\":\"abc\"}", "0(\"abc\") ok");
    keeps_in(8, "{\"id\":\"abc\",\"etag\":\"e\"}", "0(\"abc\")3(\"e\") ok");
}

static void a_wanted_value_that_does_not_fit_is_too_large(void **state)
{
    (void)state;
    keeps_in(4, "{\"id\":\"abc\"}", " json_too_large");
    keeps_in(0, "{\"id\":1}", " json_too_large");
    keeps_in(7, "{\"id\":\"abc\",\"etag\":\"e\"}", "0(\"abc\") json_too_large");
}

static void a_value_that_did_not_fit_leaves_its_place_to_the_next(void **state)
{
    (void)state;
    keeps_in(5, "{\"report\":{\"words\":\"too many words\"},\"id\":\"abc\"}",
             "0(\"abc\") json_too_large");
    keeps_in(8, "{\"etag\":\"e\",\"id\":[1,2,3,4,5],\"id\":1,\"id\":22}",
             "3(\"e\")0(1)0(22) json_too_large");
}

static void more_values_than_there_are_slices_are_too_large(void **state)
{
    char text[1024] = "{\"items\":[";
    char expected[1024] = "";

    (void)state;
    for (int i = 0; i < REFLOW_MAX_SLICES; i++) {
        (void)snprintf(text + strlen(text), 32, "%s{\"id\":%d}", i == 0 ? "" : ",", i);
        (void)snprintf(expected + strlen(expected), 16, "1(%d)", i);
    }
    strcat(text, "]}");
    strcat(expected, " ok");
    keeps(text, expected);
    strcpy(text + strlen(text) - 2, ",{\"id\":99},{\"id\":100}]}");
    strcpy(expected + strlen(expected) - 3, " json_too_large");
    in_pieces(text, strlen(text), strlen(text), ROOMY, expected);
    in_pieces(text, strlen(text), 1, ROOMY, expected);
}

/* "[[[ ... ]]]" of a depth, as the member id or as another one. */
static const char *nested(const char *name, int depth)
{
    static char text[1024];
    size_t at = (size_t)sprintf(text, "{\"etag\":1,\"%s\":", name);

    memset(text + at, '[', (size_t)depth);
    memset(text + at + depth, ']', (size_t)depth);
    strcpy(text + at + 2 * depth, "}");
    return text;
}

static void nesting_is_taken_up_to_its_limit_and_beyond_it_is_too_large(void **state)
{
    (void)state;
    keeps(nested("other", REFLOW_MAX_JSON_DEPTH - 1), "3(1) ok");
    keeps(nested("other", REFLOW_MAX_JSON_DEPTH), "3(1) json_too_large");
    keeps(nested("other", REFLOW_MAX_JSON_DEPTH + 36), "3(1) json_too_large");
    keeps(nested("id", REFLOW_MAX_JSON_DEPTH), "3(1) json_too_large");
    keeps_in(20, nested("id", REFLOW_MAX_JSON_DEPTH), "3(1) json_too_large");
}

/* ---- What is not JSON ---- */

static void what_is_not_json_is_malformed_wherever_it_goes_wrong(void **state)
{
    (void)state;
    keeps("", " json_malformed");
    keeps(" ", " json_malformed");
    keeps("<html>", " json_malformed");
    keeps("{\"id\":\"a\"", "0(\"a\") json_malformed");
    keeps("{\"id\":\"a", " json_malformed");
    keeps("{\"id\":\"a\"},", "0(\"a\") json_malformed");
    keeps("{\"id\":\"a\"} {}", "0(\"a\") json_malformed");
    keeps("{\"id\":\"a\",}", "0(\"a\") json_malformed");
    keeps("{\"id\":01}", " json_malformed");
    keeps("{\"id\":tru}", " json_malformed");
    keeps("{\"id\":\"\xff\"}", " json_malformed");
    keeps("{\"id\":\"a\nb\"}", " json_malformed");
    keeps("{'id':1}", " json_malformed");
    keeps("\xef\xbb\xbf{\"id\":1}", " json_malformed");
}

static void malformed_is_said_although_something_did_not_fit_before(void **state)
{
    (void)state;
    keeps_in(3, "{\"id\":\"abc\",}", " json_malformed");
    keeps_in(3, "{\"id\":\"abc", " json_malformed");
}

static void after_a_failure_nothing_more_is_taken(void **state)
{
    (void)state;
    keeps("{\"id\":1,}{\"id\":2}", "0(1) json_malformed");
    keeps("[[]]]{\"id\":2}", " json_malformed");
}

static void the_whole_text_may_be_what_is_wanted(void **state)
{
    static const char *const whole[] = {""};
    struct reflow_slices *slices = expecting(2);

    (void)state;
    reflow_slices_expect(slices, whole, 1);
    read_piece(slices, " 4", 2);
    read_piece(slices, "2", 1);
    assert_string_equal(what_is_in(slices), "0(42) ok");
}

/* ---- Beside the slices ---- */

static void a_kept_string_ends_in_nul_and_stays_where_it_is(void **state)
{
    struct reflow_slices *slices = expecting(ROOMY);
    const char *kept = reflow_slices_keep(slices, "request-7 and more", 9);

    (void)state;
    assert_string_equal(kept, "request-7");
    reflow_slices_expect(slices, paths, COUNT_OF(paths));
    read_bytes(slices, "{\"id\":\"new\",\"etag\":2}", 21);
    assert_string_equal(what_is_in(slices), "0(\"new\")3(2) ok");
    assert_string_equal(kept, "request-7");
    assert_string_equal(reflow_slices_keep(slices, "", 0), "");
    assert_string_equal(what_is_in(slices), "0(\"new\")3(2) ok");
}

static void a_string_is_kept_only_if_it_fits_with_its_nul(void **state)
{
    (void)state;
    assert_non_null(reflow_slices_keep(expecting(4), "abc", 3));
    assert_null(reflow_slices_keep(expecting(3), "abc", 3));
    assert_null(reflow_slices_keep(expecting(0), "", 0));
    assert_non_null(reflow_slices_keep(expecting(1), "", 0));
    assert_null(reflow_slices_keep(expecting(8), "abc", SIZE_MAX));
}

static void a_string_that_does_not_fit_leaves_room_for_what_does(void **state)
{
    struct reflow_slices *slices = expecting(6);

    (void)state;
    assert_null(reflow_slices_keep(slices, "too long", 8));
    assert_string_equal(reflow_slices_keep(slices, "ab", 2), "ab");
    read_bytes(slices, "{\"id\":123}", 10);
    assert_string_equal(what_is_in(slices), "0(123) ok");
    assert_null(reflow_slices_keep(slices, "", 0));
}

/* The text has ended in the middle of a wanted value that had already run out of room: what is
 * kept after that is a string, or it is not kept. */
static void
a_text_that_breaks_off_inside_a_value_without_room_does_not_spoil_what_is_kept(void **state)
{
    char text[64 + 2 * REFLOW_MAX_JSON_DEPTH];

    (void)state;
    for (size_t piece = 1; piece < 200; piece++) {
        struct reflow_slices *slices = expecting(24);
        const char *kept;
        size_t length;

        (void)snprintf(text, sizeof text, "%s", nested("id", REFLOW_MAX_JSON_DEPTH));
        length = strlen(text);
        for (size_t at = 0; at < length; at += piece) {
            read_piece(slices, text + at, length - at < piece ? length - at : piece);
        }
        assert_int_equal(reflow_slices_end(slices), REFLOW_ERR_JSON_TOO_LARGE);
        kept = reflow_slices_keep(slices, "kept", 4);
        assert_true(kept == NULL || memcmp(kept, "kept", 5) == 0);
    }
}

static void a_new_text_starts_with_nothing_wrong_and_nothing_kept(void **state)
{
    static const char *const texts[] = {"{\"id\":1,}", "{\"id\":\"does not fit into eight\"}",
                                        "{\"id\":\"does not fit into eight"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct reflow_slices *slices = expecting(8);

        read_bytes(slices, texts[i], strlen(texts[i]));
        (void)reflow_slices_end(slices);
        reflow_slices_init(slices, slices->store.data, 8);
        reflow_slices_expect(slices, paths, COUNT_OF(paths));
        read_bytes(slices, "{\"id\":\"fits\"}", 13);
        assert_string_equal(what_is_in(slices), "0(\"fits\") ok");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wanted_value_is_kept_as_it_stands_in_the_text),
        cmocka_unit_test(values_come_in_the_order_of_the_text_with_the_number_of_their_path),
        cmocka_unit_test(a_member_that_is_repeated_is_kept_each_time),
        cmocka_unit_test(what_was_not_asked_for_costs_no_memory),
        cmocka_unit_test(without_anything_wanted_a_text_is_still_validated),
        cmocka_unit_test(before_anything_is_expected_nothing_is_kept),
        cmocka_unit_test(there_is_no_slice_beyond_the_last),
        cmocka_unit_test(a_value_is_there_once_it_has_ended_and_not_before),
        cmocka_unit_test(a_value_that_fits_exactly_is_kept),
        cmocka_unit_test(a_wanted_value_that_does_not_fit_is_too_large),
        cmocka_unit_test(a_value_that_did_not_fit_leaves_its_place_to_the_next),
        cmocka_unit_test(more_values_than_there_are_slices_are_too_large),
        cmocka_unit_test(nesting_is_taken_up_to_its_limit_and_beyond_it_is_too_large),
        cmocka_unit_test(what_is_not_json_is_malformed_wherever_it_goes_wrong),
        cmocka_unit_test(malformed_is_said_although_something_did_not_fit_before),
        cmocka_unit_test(after_a_failure_nothing_more_is_taken),
        cmocka_unit_test(the_whole_text_may_be_what_is_wanted),
        cmocka_unit_test(a_kept_string_ends_in_nul_and_stays_where_it_is),
        cmocka_unit_test(a_string_is_kept_only_if_it_fits_with_its_nul),
        cmocka_unit_test(a_string_that_does_not_fit_leaves_room_for_what_does),
        cmocka_unit_test(
            a_text_that_breaks_off_inside_a_value_without_room_does_not_spoil_what_is_kept),
        cmocka_unit_test(a_new_text_starts_with_nothing_wrong_and_nothing_kept),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
