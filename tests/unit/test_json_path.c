/* SPDX-License-Identifier: MIT */
/* The contract of json_stream as a finder: a path marks its values, all of them, and nothing else.
 */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "json_trace.h"

/* The paths are in brackets: FINDS(("id", "etag"), text, expected). */
#define LIST(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define FINDS(list, literal, expected)                                                             \
    do {                                                                                           \
        static const char *const paths[] = LIST list;                                              \
        text_reads(paths, BYTES(literal), expected);                                               \
    } while (0)

static void a_member_is_marked_from_its_first_byte_to_its_last(void **state)
{
    (void)state;
    FINDS(("id"), "{\"id\":\"abc\"}", "0(\"abc\") ok");
    FINDS(("id"), " { \"id\" : \"a\\\"c\" , \"x\":1}", "0(\"a\\\"c\") ok");
    FINDS(("id"), "{\"id\":true}", "0(true) ok");
    FINDS(("id"), "{\"id\":\tnull\n}", "0(null) ok");
    FINDS(("id"), "{\"id\":[1, {\"id\":2}]}", "0([1, {\"id\":2}]) ok");
    FINDS(("id"), "{\"id\":{ }}", "0({ }) ok");
    FINDS(("id", "etag"), "{\"etag\":\"\\\"1\\\"\",\"id\":\"x\"}", "1(\"\\\"1\\\"\")0(\"x\") ok");
}

static void a_number_ends_where_its_last_digit_is(void **state)
{
    (void)state;
    FINDS(("n"), "{\"n\":12}", "0(12) ok");
    FINDS(("n"), "{\"n\":-0 }", "0(-0) ok");
    FINDS(("n"), "{\"n\":1.50\r\n,\"m\":7}", "0(1.50) ok");
    FINDS(("n"), "{\"n\":0,\"m\":7}", "0(0) ok");
    FINDS(("n[]"), "{\"n\":[1,2e3 ,-4]}", "0(1)0(2e3)0(-4) ok");
    FINDS(("n", "n[]"), "{\"n\":[5]}", "0([1(5)]) ok");
    FINDS(("n"), "{\"n\":1x}", "0(1) invalid@6");
    FINDS(("n"), "{\"n\":1.}", "0(1. invalid@7");
}

static void a_number_may_end_with_the_text(void **state)
{
    (void)state;
    FINDS((""), "42", "0(42) ok");
    FINDS((""), " -0.5e-7", "0(-0.5e-7) ok");
    FINDS((""), "42 \n", "0(42) ok");
    FINDS((""), "4.", "0(4. cut");
    FINDS(("[]"), "[42", "0(42 cut");
}

static void the_empty_path_is_the_whole_text(void **state)
{
    (void)state;
    FINDS(("", "a"), " {\"a\":1} ", "0({\"a\":1(1)}) ok");
    FINDS((""), "\"x\"", "0(\"x\") ok");
    FINDS((""), "true", "0(true) ok");
    FINDS((""), "[[]] x", "0([[]]) invalid@5");
}

static void the_first_key_of_a_name_at_the_wrong_depth_is_passed_over(void **state)
{
    (void)state;
    FINDS(("id"), "{\"a\":{\"id\":1},\"b\":[{\"id\":2}],\"id\":3,\"c\":{\"id\":4}}", "0(3) ok");
    FINDS(("a.id"), "{\"id\":1,\"b\":{\"id\":2,\"a\":{\"id\":3}},\"a\":{\"id\":4}}", "0(4) ok");
    FINDS(("status.value"), "{\"value\":1,\"status\":{\"status\":{\"value\":2},\"value\":3}}",
          "0(3) ok");
    FINDS(("id"), "[{\"id\":1}]", " ok");
    FINDS(("a.b"), "{\"a\":{\"x\":{\"b\":1}},\"b\":2}", " ok");
    FINDS(("a.b"), "{\"a\":{\"a\":{\"b\":1},\"b\":{\"b\":2}}}", "0({\"b\":2}) ok");
}

static void only_a_whole_name_matches(void **state)
{
    (void)state;
    FINDS(("id"), "{\"i\":1,\"idx\":2,\"ID\":3,\"\":4,\"d\":5,\"xid\":6,\"id \":7}", " ok");
    FINDS(("a.b"), "{\"a.b\":1,\"a\":{\"b.\":2,\"b\":3}}", "0(3) ok");
    FINDS(("a[]"), "{\"a[]\":1,\"a[\":2,\"a\":[3]}", "0(3) ok");
    FINDS(("[]"), "{\"[]\":1,\"\":2,\"[\":3}", " ok");
    FINDS(("id"), "{\"id\\u0000\":1,\"id\\u0000x\":2}", " ok");
    FINDS(("id", "idea", "i"), "{\"idea\":1,\"i\":2,\"ide\":3,\"id\":4}", "1(1)2(2)0(4) ok");
    FINDS(("detailed-message", "error_code"), "{\"error_code\":1,\"detailed-message\":2}",
          "1(1)0(2) ok");
}

static void a_string_value_is_not_taken_for_a_name(void **state)
{
    (void)state;
    FINDS(("id"), "{\"a\":\"id\",\"b\":1}", " ok");
    FINDS(("id"), "[\"id\",1]", " ok");
    FINDS(("id"), "\"id\"", " ok");
    FINDS(("a.id", "a"), "{\"a\":\"id\",\"id\":\"a\"}", "1(\"id\") ok");
}

static void names_are_compared_after_their_escapes(void **state)
{
    (void)state;
    FINDS(("id"), "{\"\\u0069d\":1}", "0(1) ok");
    FINDS(("id"), "{\"\\u0069\\u0064\":1,\"i\\u0064\\u0064\":2}", "0(1) ok");
    FINDS(("id"), "{\"\\\\u0069d\":1,\"\\u0049d\":2}", " ok");
    FINDS(("a/b\"\\"), "{\"a\\/b\\\"\\\\\":1}", "0(1) ok");
    FINDS(("\b\f\n\r\t"), "{\"\\b\\f\\n\\r\\t\":1,\"bfnrt\":2}", "0(1) ok");
    FINDS(("\x7f\xc2\x80"), "{\"\\u007f\\u0080\":1}", "0(1) ok");
    FINDS(("\xdf\xbf\xe0\xa0\x80"), "{\"\\u07fF\\u0800\":1}", "0(1) ok");
    FINDS(("\xe2\x82\xac"), "{\"\\u20ac\":1,\"\xe2\x82\xac\":2,\"\xe2\x82\xad\":3}", "0(1)0(2) ok");
    FINDS(("\xef\xbf\xbf"), "{\"\\uffff\":1}", "0(1) ok");
    FINDS(("a", "b"), "{\"\\u0061\":1,\"\\u0062\":{\"\\u0061\":2}}", "0(1)1({\"\\u0061\":2}) ok");
}

static void two_halves_of_a_pair_are_one_character_of_a_name(void **state)
{
    (void)state;
    FINDS(("\xf0\x9f\x98\x80!"), "{\"\\ud83d\\uDE00!\":1}", "0(1) ok");
    FINDS(("\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"),
          "{\"\\ud800\\udc00\":1,\"\\udbff\\udfff\":2,\"\xf0\x90\x80\x80\":3}", "0(1)1(2)0(3) ok");
    FINDS(("\xf0\x9d\x84\x9e"), "{\"\\ud834\\udd1e\":1,\"\\ud834\\udd1f\":2,\"\\ud835\\udd1e\":3}",
          "0(1) ok");
}

static void half_a_pair_alone_is_in_no_name(void **state)
{
    (void)state;
    FINDS(("\xf0\x9f\x98\x80", "\xef\xbf\xbd", ""),
          "{\"\\ud83d\":1,\"\\ude00\":2,\"\\ude00\\ud83d\":3,\"\\ud83d\\ud83d\\ude00\":4,"
          "\"\\ud83dx\\ude00\":5,\"\\ud83d\\u0041\":6,\"\xf0\x9f\x98\x80\\ude00\":7}",
          "2({\"\\ud83d\":1,\"\\ude00\":2,\"\\ude00\\ud83d\":3,\"\\ud83d\\ud83d\\ude00\":4,"
          "\"\\ud83dx\\ude00\":5,\"\\ud83d\\u0041\":6,\"\xf0\x9f\x98\x80\\ude00\":7}) ok");
    FINDS(("id"), "{\"id\\ud83d\":1,\"\\ud83did\":2}", " ok");
}

static void a_member_that_occurs_twice_is_marked_twice(void **state)
{
    (void)state;
    FINDS(("id"), "{\"id\":1,\"id\":\"2\"}", "0(1)0(\"2\") ok");
    FINDS(("a.b"), "{\"a\":{\"b\":1,\"b\":2},\"a\":{\"b\":3}}", "0(1)0(2)0(3) ok");
    FINDS(("id"), "{\"id\":1,\"\\u0069d\":2}", "0(1)0(2) ok");
}

static void every_element_is_marked(void **state)
{
    (void)state;
    FINDS(("items[]"), "{\"items\":[1,\"b\",[2,3],{},null]}",
          "0(1)0(\"b\")0([2,3])0({})0(null) ok");
    FINDS(("items[]"), "{\"items\":[]}", " ok");
    FINDS(("items[].id"), "{\"items\":[{\"id\":1},{},{\"x\":{\"id\":2}},{\"x\":0,\"id\":3}]}",
          "0(1)0(3) ok");
    FINDS(("a[][]"), "{\"a\":[[1,[2]],3,[],[4]]}", "0(1)0([2])0(4) ok");
    FINDS(("a[].b[].c"), "{\"a\":[{\"b\":[{\"c\":1},{\"c\":2}]},{\"b\":[{\"c\":3}]}]}",
          "0(1)0(2)0(3) ok");
}

static void a_path_may_begin_with_an_element(void **state)
{
    (void)state;
    FINDS(("[]"), "[1, [2] ]", "0(1)0([2]) ok");
    FINDS(("[].id"), "[{\"id\":1},[{\"id\":2}],{\"id\":3}]", "0(1)0(3) ok");
    FINDS(("[][].id", "[]"), "[[{\"id\":1}]]", "1([{\"id\":0(1)}]) ok");
    FINDS(("[]", "[].id"), "{\"id\":1}", " ok");
}

static void ids_are_found_in_ten_thousand_elements(void **state)
{
    static const char *const paths[] = {"id", "items[].id", NULL};
    static char text[400000];
    static char expected[200000];
    size_t length = (size_t)sprintf(text, "{\"items\":[{}");
    size_t marked = 0;
    unsigned i;

    (void)state;
    for (i = 0; i < 5000; i++) {
        length += (size_t)sprintf(text + length, ",{\"m\":{\"id\":0},\"id\":%u,\"n\":[{}]}", i);
        marked += (size_t)sprintf(expected + marked, "1(%u)", i);
    }
    length += (size_t)sprintf(text + length, "]}");
    sprintf(expected + marked, " ok");
    text_reads(paths, text, length, expected);
}

static void a_step_matches_only_its_kind_of_container(void **state)
{
    (void)state;
    FINDS(("items[].id"), "{\"items\":{\"id\":1}}", " ok");
    FINDS(("items.id"), "{\"items\":[{\"id\":1}]}", " ok");
    FINDS(("items[]"), "{\"items\":{\"\":1,\"[]\":2}}", " ok");
    FINDS(("items[].id"), "{\"items\":{\"id\":1},\"items\":[{\"id\":2}],\"items\":\"id\"}",
          "0(2) ok");
    FINDS(("a.b"), "{\"a\":[\"b\",1]}", " ok");
    FINDS(("a[][]"), "{\"a\":[{\"b\":1}]}", " ok");
}

static void a_wanted_value_may_lie_within_another(void **state)
{
    (void)state;
    FINDS(("a", "a.b", "a.b.c"), "{\"a\":{\"b\":{\"c\":[1]}}}", "0({\"b\":1({\"c\":2([1])})}) ok");
    FINDS(("a", "a[]", "a[].id"), "{\"a\":[{\"id\":1},2]}", "0([1({\"id\":2(1)}),1(2)]) ok");
    FINDS(("a", "a[]", "a[][]"), "{\"a\":[[0]]}", "0([1([2(0)])]) ok");
}

static void all_paths_are_looked_for_at_once(void **state)
{
    (void)state;
    FINDS(("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o.p[].q", "o"),
          "{\"a\":0,\"z\":{},\"h\":1,\"o\":{\"p\":[{\"q\":2}]},\"n\":3}",
          "0(0)7(1)15({\"p\":[{\"q\":14(2)}]})13(3) ok");
}

static void a_path_may_be_as_deep_as_a_text(void **state)
{
    char path[2 * REFLOW_MAX_JSON_DEPTH + 1] = "";
    char text[2 * REFLOW_MAX_JSON_DEPTH + 2] = "";
    const char *const paths[] = {path, NULL};
    size_t level;

    (void)state;
    for (level = 0; level < REFLOW_MAX_JSON_DEPTH; level++) {
        memcpy(path + 2 * level, "[]", 3);
        text[level] = '[';
        text[REFLOW_MAX_JSON_DEPTH + 1 + level] = ']';
    }
    text[REFLOW_MAX_JSON_DEPTH] = '7';
    text_reads(paths, text, 2 * REFLOW_MAX_JSON_DEPTH + 1, "0(7) ok");
}

static void a_long_name_in_the_text_is_no_trouble(void **state)
{
    static const char *const paths[] = {"xx", NULL};
    static char text[70000];
    size_t length;

    (void)state;
    for (length = 1; length < 66000; length = length < 600 ? length + 1 : length + 16300) {
        memcpy(text, "{\"", 2);
        memset(text + 2, 'x', length);
        memcpy(text + 2 + length, "\":1}", 4);
        assert_string_equal(trace(paths, text, length + 6, length + 6, 1),
                            length == 2 ? "0(1) ok" : " ok");
    }
}

static void what_begins_no_value_is_not_announced(void **state)
{
    (void)state;
    FINDS(("id"), "{\"id\":}", " invalid@6");
    FINDS(("id"), "{\"id\":x", " invalid@6");
    FINDS(("id"), "{\"id\":  ", " cut");
    FINDS(("[]"), "[1,]", "0(1) invalid@3");
    FINDS((""), "", " cut");
    FINDS(("id"), "{\"id\":nul}", "0(nul invalid@9");
}

static void what_the_service_answers_is_found(void **state)
{
    (void)state;
    FINDS(("id", "items[].id", "etag", "eTag", "items[].etag", "items[].eTag"),
          "{\"id\": \"3fb0418e\", \"etag\": \"\\\"1100c53e\\\"\"}",
          "0(\"3fb0418e\")2(\"\\\"1100c53e\\\"\") ok");
    FINDS(("metrics.statusSummary.status", "activities[].statusSummary.status"),
          "{\"activities\":[{\"statusSummary\":{\"status\":\"success\"}}],"
          "\"metrics\":{\"statusSummary\":{\"errors\":[{\"status\":0}],\"status\":\"failed\"}}}",
          "1(\"success\")0(\"failed\") ok");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_marked_from_its_first_byte_to_its_last),
        cmocka_unit_test(a_number_ends_where_its_last_digit_is),
        cmocka_unit_test(a_number_may_end_with_the_text),
        cmocka_unit_test(the_empty_path_is_the_whole_text),
        cmocka_unit_test(the_first_key_of_a_name_at_the_wrong_depth_is_passed_over),
        cmocka_unit_test(only_a_whole_name_matches),
        cmocka_unit_test(a_string_value_is_not_taken_for_a_name),
        cmocka_unit_test(names_are_compared_after_their_escapes),
        cmocka_unit_test(two_halves_of_a_pair_are_one_character_of_a_name),
        cmocka_unit_test(half_a_pair_alone_is_in_no_name),
        cmocka_unit_test(a_member_that_occurs_twice_is_marked_twice),
        cmocka_unit_test(every_element_is_marked),
        cmocka_unit_test(a_path_may_begin_with_an_element),
        cmocka_unit_test(ids_are_found_in_ten_thousand_elements),
        cmocka_unit_test(a_step_matches_only_its_kind_of_container),
        cmocka_unit_test(a_wanted_value_may_lie_within_another),
        cmocka_unit_test(all_paths_are_looked_for_at_once),
        cmocka_unit_test(a_path_may_be_as_deep_as_a_text),
        cmocka_unit_test(a_long_name_in_the_text_is_no_trouble),
        cmocka_unit_test(what_begins_no_value_is_not_announced),
        cmocka_unit_test(what_the_service_answers_is_found)};

    return cmocka_run_group_tests_name("json_path", tests, NULL, NULL);
}
