/* SPDX-License-Identifier: MIT */
/* The contract of json_stream as a validator: which texts are JSON, and where others end. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "json_trace.h"

static const char *const no_paths[] = {NULL};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* A text, and the byte that makes it invalid, or one of these. */
#define VALID SIZE_MAX
#define CUT (SIZE_MAX - 1)
struct text {
    const char *bytes;
    size_t length;
    size_t bad;
};

/* What is valid is also valid so far, wherever it is cut off. */
static void no_prefix_is_invalid(const struct text *text)
{
    size_t length;

    for (length = 0; length < text->length; length++) {
        assert_null(strchr(trace(no_paths, text->bytes, length, length, 1), '@'));
    }
}

static void check(const struct text *texts, size_t count)
{
    char expected[40];
    size_t i;

    for (i = 0; i < count; i++) {
        if (texts[i].bad == VALID || texts[i].bad == CUT) {
            snprintf(expected, sizeof expected, texts[i].bad == VALID ? " ok" : " cut");
            no_prefix_is_invalid(&texts[i]);
        } else {
            snprintf(expected, sizeof expected, " invalid@%zu", texts[i].bad);
        }
        text_reads(no_paths, texts[i].bytes, texts[i].length, expected);
    }
}

static void an_empty_text_is_not_json(void **state)
{
    static const struct text texts[] = {
        {BYTES(""), CUT}, {BYTES(" "), CUT}, {BYTES("\r\n\t "), CUT}};

    (void)state;
    check(texts, LENGTH(texts));
}

static void every_kind_of_value_is_a_text(void **state)
{
    static const struct text texts[] = {
        {BYTES("true"), VALID},
        {BYTES("false"), VALID},
        {BYTES("null"), VALID},
        {BYTES("\"\""), VALID},
        {BYTES("\"word\""), VALID},
        {BYTES("0"), VALID},
        {BYTES("{}"), VALID},
        {BYTES("[]"), VALID},
        {BYTES(" { } "), VALID},
        {BYTES("\n[\t]\r"), VALID},
        {BYTES("[true,false,null]"), VALID},
        {BYTES(" [ true , false , null ] "), VALID},
        {BYTES("{\"\":0}"), VALID},
        {BYTES("{\"a\":{\"b\":[{\"c\":[[],{}]}]},\"d\":-1.5e3}"), VALID},
        {BYTES(" { \"a\" : [ 1 , \"b\" ] , \"c\" : { \"d\" : null } } "), VALID},
        {BYTES("{\"a\":1,\"a\":2}"), VALID}};

    (void)state;
    check(texts, LENGTH(texts));
}

static void a_text_that_stops_early_is_not_json(void **state)
{
    static const struct text texts[] = {
        {BYTES("tru"), CUT},       {BYTES("fals"), CUT},     {BYTES("n"), CUT},
        {BYTES("\""), CUT},        {BYTES("\"\\"), CUT},     {BYTES("\"\\u00e"), CUT},
        {BYTES("\"\xc3"), CUT},    {BYTES("["), CUT},        {BYTES("[1"), CUT},
        {BYTES("[1,"), CUT},       {BYTES("[1 "), CUT},      {BYTES("[[]"), CUT},
        {BYTES("{"), CUT},         {BYTES("{\"a\""), CUT},   {BYTES("{\"a\" "), CUT},
        {BYTES("{\"a\":"), CUT},   {BYTES("{\"a\":1"), CUT}, {BYTES("{\"a\":1,"), CUT},
        {BYTES("{\"a\":{}"), CUT}, {BYTES("-"), CUT},        {BYTES("1."), CUT},
        {BYTES("1e"), CUT},        {BYTES("1e+"), CUT},      {BYTES("[\"a\","), CUT}};

    (void)state;
    check(texts, LENGTH(texts));
}

static void numbers_follow_the_grammar_exactly(void **state)
{
    static const struct text texts[] = {{BYTES("7"), VALID},
                                        {BYTES("10"), VALID},
                                        {BYTES("-0"), VALID},
                                        {BYTES("-12"), VALID},
                                        {BYTES("0.0"), VALID},
                                        {BYTES("0.10"), VALID},
                                        {BYTES("907.654"), VALID},
                                        {BYTES("0e0"), VALID},
                                        {BYTES("0E-0"), VALID},
                                        {BYTES("3e08"), VALID},
                                        {BYTES("3E+8"), VALID},
                                        {BYTES("-1.25e-999"), VALID},
                                        {BYTES("1e99999"), VALID},
                                        {BYTES("98765432109876543210987654321098765432109"), VALID},
                                        {BYTES("[0,0]"), VALID},
                                        {BYTES("[1 ,2\t,3\n]"), VALID},
                                        {BYTES("{\"a\":0}"), VALID},
                                        {BYTES("{\"a\":1e1 }"), VALID},
                                        {BYTES("01"), 1},
                                        {BYTES("-01"), 2},
                                        {BYTES("00"), 1},
                                        {BYTES("01x"), 1},
                                        {BYTES("1x"), 1},
                                        {BYTES("+1"), 0},
                                        {BYTES(".5"), 0},
                                        {BYTES("-.5"), 1},
                                        {BYTES("1.]"), 2},
                                        {BYTES("[1.]"), 3},
                                        {BYTES("1.e1"), 2},
                                        {BYTES("1..2"), 2},
                                        {BYTES("1.2.3"), 3},
                                        {BYTES("1e]"), 2},
                                        {BYTES("1e+]"), 3},
                                        {BYTES("1e+-1"), 3},
                                        {BYTES("1ee1"), 2},
                                        {BYTES("1e1.5"), 3},
                                        {BYTES("1e1e1"), 3},
                                        {BYTES("1.5e1+"), 5},
                                        {BYTES("1-"), 1},
                                        {BYTES("--1"), 1},
                                        {BYTES("- 1"), 1},
                                        {BYTES("-a"), 1},
                                        {BYTES("0x10"), 1},
                                        {BYTES("1_000"), 1},
                                        {BYTES("NaN"), 0},
                                        {BYTES("Infinity"), 0},
                                        {BYTES("-Infinity"), 1},
                                        {BYTES("1\0"), 1},
                                        {BYTES("\xef\xbc\x91"), 0}};

    (void)state;
    check(texts, LENGTH(texts));
}

static void words_are_true_false_and_null_only(void **state)
{
    static const struct text texts[] = {
        {BYTES("[true]"), VALID}, {BYTES("True"), 0},      {BYTES("TRUE"), 0},
        {BYTES("tRue"), 1},       {BYTES("trie"), 2},      {BYTES("truE"), 3},
        {BYTES("truee"), 4},      {BYTES("true1"), 4},     {BYTES("true,"), 4},
        {BYTES("tr,"), 2},        {BYTES("falsy"), 4},     {BYTES("fulse"), 1},
        {BYTES("nulll"), 4},      {BYTES("nul "), 3},      {BYTES("[nul]"), 4},
        {BYTES("nil"), 1},        {BYTES("truefalse"), 4}, {BYTES("tr\0e"), 2},
        {BYTES("undefined"), 0},  {BYTES("e"), 0},         {BYTES("[truenull]"), 5},
        {BYTES("t\"rue"), 1},     {BYTES("r"), 0},         {BYTES("'a'"), 0}};

    (void)state;
    check(texts, LENGTH(texts));
}

static void what_a_tokenizer_lets_pass_is_not_json(void **state)
{
    static const struct text texts[] = {{BYTES("{\"a\"}"), 4},
                                        {BYTES("{\"a\":1,}"), 7},
                                        {BYTES("[1,,3]"), 3},
                                        {BYTES("{} {}"), 3},
                                        {BYTES("[1,]"), 3},
                                        {BYTES("[,1]"), 1},
                                        {BYTES("{,}"), 1},
                                        {BYTES("{\"a\":}"), 5},
                                        {BYTES("{\"a\":,}"), 5},
                                        {BYTES("{\"a\",1}"), 4},
                                        {BYTES("{\"a\"::1}"), 5},
                                        {BYTES("{\"a\":1:2}"), 6},
                                        {BYTES("{\"a\" 1}"), 5},
                                        {BYTES("{\"a\":1 \"b\":2}"), 7},
                                        {BYTES("{\"a\":1;\"b\":2}"), 6},
                                        {BYTES("{1:2}"), 1},
                                        {BYTES("{a:1}"), 1},
                                        {BYTES("{null:1}"), 1},
                                        {BYTES("{[]:1}"), 1},
                                        {BYTES("{{}:1}"), 1},
                                        {BYTES("{'a':1}"), 1},
                                        {BYTES("[1 2]"), 3},
                                        {BYTES("[\"a\" \"b\"]"), 5},
                                        {BYTES("[\"a\":1]"), 4},
                                        {BYTES("[1}"), 2},
                                        {BYTES("[}"), 1},
                                        {BYTES("{]"), 1},
                                        {BYTES("{\"a\":1]"), 6},
                                        {BYTES("[[]}"), 3},
                                        {BYTES("{\"a\":[}"), 6},
                                        {BYTES("]"), 0},
                                        {BYTES("}"), 0},
                                        {BYTES(","), 0},
                                        {BYTES(":"), 0},
                                        {BYTES("[// no\n]"), 1},
                                        {BYTES("/**/1"), 0},
                                        {BYTES("<html>"), 0}};

    (void)state;
    check(texts, LENGTH(texts));
}

static void nothing_follows_the_value_but_white_space(void **state)
{
    static const struct text texts[] = {
        {BYTES("1 \n"), VALID},    {BYTES("{}\n"), VALID}, {BYTES("1 2"), 2},   {BYTES("1,"), 1},
        {BYTES("\"a\"\"b\""), 3},  {BYTES("[]]"), 2},      {BYTES("{}}"), 2},   {BYTES("[][]"), 2},
        {BYTES("null null"), 5},   {BYTES("{}\0"), 2},     {BYTES("{},{}"), 2}, {BYTES("[]x"), 2},
        {BYTES("{\"id\":1}{"), 8}, {BYTES("{}\n\xef"), 3}, {BYTES("1 ]"), 2},   {BYTES("[1]:"), 3}};

    (void)state;
    check(texts, LENGTH(texts));
}

/* All 256 bytes in one place of a text; those in `good` must pass there. */
static void only_these_pass(const char *before, const char *good, size_t good_count,
                            const char *after)
{
    char text[32];
    size_t at = strlen(before);
    size_t length = at + 1 + strlen(after);
    unsigned byte;

    for (byte = 0; byte < 256; byte++) {
        const bool passes = memchr(good, (int)byte, good_count) != NULL;
        const char *seen;

        snprintf(text, sizeof text, "%s?%s", before, after);
        text[at] = (char)(unsigned char)byte;
        seen = trace(no_paths, text, length, length, 1);
        if ((strcmp(seen, " ok") == 0) != passes) {
            fail_msg("byte 0x%02x after %s: %s", byte, before, seen);
        }
    }
}

static void each_place_takes_only_its_bytes(void **state)
{
    (void)state;
    only_these_pass("", BYTES("0123456789"), "");
    only_these_pass("", BYTES(" \t\r\n-123456789"), "1");
    only_these_pass("[", BYTES(" \t\r\n0123456789"), "]");
    only_these_pass("1", BYTES(" \t\r\n0123456789"), "");
    only_these_pass("[]", BYTES(" \t\r\n"), "");
    only_these_pass("{\"a\"", BYTES(" \t\r\n"), ":1}");
    only_these_pass("{\"a\"", BYTES(":"), "1}");
    only_these_pass("{", BYTES(" \t\r\n"), "\"a\":1}");
    only_these_pass("[\"\"", BYTES(","), "\"\"]");
    only_these_pass("\"\\", BYTES("\"\\/bfnrt"), "\"");
    only_these_pass("\"\\", BYTES("\"\\/bfnrtu"), "0000\"");
    only_these_pass("\"\\u", BYTES("0123456789abcdefABCDEF"), "000\"");
    only_these_pass("\"\\u000", BYTES("0123456789abcdefABCDEF"), "\"");
}

static void no_bytes_change_nothing(void **state)
{
    struct reflow_json_stream stream;
    struct reflow_json_stream before;
    enum reflow_json_event event = REFLOW_JSON_INVALID;

    (void)state;
    reflow_json_stream_init(&stream, no_paths, 0);
    before = stream;
    assert_int_equal(reflow_json_stream_read(&stream, NULL, 0, &event), 0);
    assert_int_equal(event, REFLOW_JSON_MORE);
    assert_memory_equal(&stream, &before, sizeof stream);
}

/* An owner who asks for too much is told of what there is room for, and no memory is overrun. */
static void paths_beyond_the_most_are_left_out(void **state)
{
    const char *paths[REFLOW_JSON_PATHS + 1];
    const char text[] = "{\"last\":1,\"beyond\":2}";
    struct reflow_json_stream stream;
    enum reflow_json_event event;
    size_t taken;
    size_t i;

    (void)state;
    for (i = 0; i < REFLOW_JSON_PATHS; i++) {
        paths[i] = "last";
    }
    paths[i] = "beyond";
    reflow_json_stream_init(&stream, paths, REFLOW_JSON_PATHS + 1);
    taken = reflow_json_stream_read(&stream, text, sizeof text - 1, &event);
    assert_int_equal(event, REFLOW_JSON_BEGIN);
    taken += reflow_json_stream_read(&stream, text + taken, sizeof text - 1 - taken, &event);
    assert_int_equal(event, REFLOW_JSON_FINISH);
    taken += reflow_json_stream_read(&stream, text + taken, sizeof text - 1 - taken, &event);
    assert_int_equal(event, REFLOW_JSON_MORE);
    assert_int_equal(taken, sizeof text - 1);
}

static void what_is_wrong_stays_wrong(void **state)
{
    struct reflow_json_stream stream;
    enum reflow_json_event event;

    (void)state;
    reflow_json_stream_init(&stream, no_paths, 0);
    assert_int_equal(reflow_json_stream_read(&stream, "[x", 2, &event), 1);
    assert_int_equal(event, REFLOW_JSON_INVALID);
    assert_int_equal(reflow_json_stream_read(&stream, "1]", 2, &event), 0);
    assert_int_equal(event, REFLOW_JSON_INVALID);
    assert_int_equal(reflow_json_stream_end(&stream), REFLOW_JSON_INVALID);
    reflow_json_stream_init(&stream, no_paths, 0);
    assert_int_equal(reflow_json_stream_end(&stream), REFLOW_JSON_INVALID);
    assert_int_equal(reflow_json_stream_read(&stream, "1", 1, &event), 0);
    assert_int_equal(event, REFLOW_JSON_INVALID);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_text_is_not_json),
        cmocka_unit_test(every_kind_of_value_is_a_text),
        cmocka_unit_test(a_text_that_stops_early_is_not_json),
        cmocka_unit_test(numbers_follow_the_grammar_exactly),
        cmocka_unit_test(words_are_true_false_and_null_only),
        cmocka_unit_test(what_a_tokenizer_lets_pass_is_not_json),
        cmocka_unit_test(nothing_follows_the_value_but_white_space),
        cmocka_unit_test(each_place_takes_only_its_bytes),
        cmocka_unit_test(no_bytes_change_nothing),
        cmocka_unit_test(paths_beyond_the_most_are_left_out),
        cmocka_unit_test(what_is_wrong_stays_wrong)};

    return cmocka_run_group_tests_name("json_stream", tests, NULL, NULL);
}
