/* SPDX-License-Identifier: MIT */
/* The contract of slices for lists: element by element, each in the memory of one, however the text
 * comes in pieces. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "slices.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ROOMY 300
#define GUARD 0x7c

static const char *const paths[] = {"items[].id", "items[].words", "items[]", "next",
                                    "items[].x.y"};
#define ELEMENT 2

static char memory[ROOMY + 1]; /* of the store, and a guard behind it */
static struct reflow_slices slices;
static char said[8192];

static void expect(size_t size)
{
    memset(&slices, 0xa5, sizeof slices);
    memset(memory, 'x', sizeof memory);
    memory[size] = GUARD;
    reflow_slices_init(&slices, memory, size);
    reflow_slices_expect_each(&slices, paths, COUNT_OF(paths), ELEMENT);
    said[0] = '\0';
}

static void say(const char *words)
{
    (void)snprintf(said + strlen(said), sizeof said - strlen(said), "%s", words);
}

/* All that is kept at this moment, as "path(bytes)" each. */
static void say_kept(void)
{
    size_t index = 0;
    size_t length;
    size_t path;
    const char *slice;
    char words[512];

    while ((slice = reflow_slices_get(&slices, index, &length, &path)) != NULL) {
        assert_true(slice >= memory && slice + length <= memory + slices.store.size);
        (void)snprintf(words, sizeof words, "%zu(%.*s)", path, (int)length, slice);
        say(words);
        index++;
    }
}

/* Each element is written down and given up; the one of number `last` is kept, and ends it. */
static void hear(const char *bytes, size_t length, int *elements, int last)
{
    size_t at = 0;
    bool element;

    do {
        at += reflow_slices_read(&slices, fenced(bytes + at, length - at), length - at, &element);
        if (element && ++*elements == last) {
            reflow_slices_enough(&slices);
        } else if (element) {
            say_kept();
            say("; ");
            reflow_slices_forget(&slices);
        }
    } while (element);
    assert_int_equal(at, length);
}

static void is_said(const char *expected)
{
    const enum reflow_error error = reflow_slices_end(&slices);

    say_kept();
    say(error == REFLOW_OK ? " ok" : " ");
    say(reflow_error_name(error));
    assert_string_equal(said, expected);
    assert_int_equal(memory[slices.store.size], GUARD);
}

/* The text leaves `expected` at once, in pieces of every size, and cut in two everywhere. */
static void tells_until(int last, size_t size, const char *text, const char *expected)
{
    const size_t length = strlen(text);

    for (size_t piece = 1; piece <= length; piece++) {
        int elements = 0;
        expect(size);
        for (size_t at = 0; at < length; at += piece) {
            hear(text + at, length - at < piece ? length - at : piece, &elements, last);
        }
        is_said(expected);
    }
    for (size_t cut = 0; cut <= length; cut++) {
        int elements = 0;
        expect(size);
        hear(text, cut, &elements, last);
        hear("", 0, &elements, last);
        hear(text + cut, length - cut, &elements, last);
        is_said(expected);
    }
}

static void tells(size_t size, const char *text, const char *expected)
{
    tells_until(0, size, text, expected);
}

static void each_element_is_told_with_what_was_wanted_of_it(void **state)
{
    (void)state;
    tells(ROOMY, "{\"items\":[{\"id\":1,\"words\":\"a\"},{\"words\":\"b\",\"id\":2}]}",
          "0(1)1(\"a\"); 1(\"b\")0(2);  ok");
    tells(ROOMY, "{\"items\":[{\"x\":{\"y\":[{\"id\":3}]},\"id\":1}]}", "4([{\"id\":3}])0(1);  ok");
    tells(ROOMY, "{\"items\":[]}", " ok");
    tells(ROOMY, "[]", " ok");
}

static void an_element_may_be_anything(void **state)
{
    (void)state;
    tells(ROOMY, "{\"items\":[1,null,\"s\",[],{},[{\"id\":1}], true ]}", "; ; ; ; ; ; ;  ok");
    tells(ROOMY, "{\"items\":[-1.5e3,{\"id\":-1.5e3}]}", "; 0(-1.5e3);  ok");
}

static void what_lies_beside_the_elements_is_kept_to_the_end(void **state)
{
    (void)state;
    tells(ROOMY, "{\"next\":\"n\",\"items\":[{\"id\":1},{\"id\":2}]}",
          "3(\"n\")0(1); 3(\"n\")0(2); 3(\"n\") ok");
    tells(ROOMY, "{\"items\":[{\"id\":1},{\"id\":2}],\"next\":\"n\"}", "0(1); 0(2); 3(\"n\") ok");
    tells(ROOMY, "{\"next\":1,\"items\":[{\"id\":1}],\"next\":2,\"items\":[{\"id\":2}]}",
          "3(1)0(1); 3(1)0(2); 3(1) ok");
}

static void of_each_path_the_first_value_counts(void **state)
{
    (void)state;
    tells(ROOMY, "{\"items\":[{\"id\":1,\"id\":2,\"words\":3,\"id\":4,\"words\":5},{\"id\":6}]}",
          "0(1)1(3); 0(6);  ok");
}

static void a_value_of_more_than_a_third_is_left_out_alone(void **state)
{
    (void)state;
    tells(30, "{\"items\":[{\"id\":1234567890,\"words\":\"12345678\"}]}",
          "0(1234567890)1(\"12345678\");  ok");
    tells(30, "{\"items\":[{\"id\":1,\"words\":\"123456789\",\"x\":{\"y\":2}},{\"words\":3}]}",
          "0(1)4(2); 1(3);  ok");
    tells(30, "{\"items\":[{\"words\":[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0],\"id\":1}]}",
          "0(1);  ok");
    tells(30, "{\"next\":\"123456789\",\"items\":[{\"id\":1}],\"next\":2}", "0(1); 3(2) ok");
}

static void what_was_left_out_is_known_by_its_path(void **state)
{
    int elements = 0;
    const char *text = "{\"items\":[{\"words\":\"12345678901\"},{\"words\":1}]}";

    (void)state;
    expect(30);
    hear(text, strlen(text), &elements, 0);
    assert_false(reflow_slices_left_out(&slices, 0));
    assert_true(reflow_slices_left_out(&slices, 1));
    assert_false(reflow_slices_left_out(&slices, 3));
    assert_false(reflow_slices_left_out(&slices, 4));
    expect(30);
    assert_false(reflow_slices_left_out(&slices, 1));
}

/* Three values of a third fit, and a fourth gives its place to what is shorter. */
static void values_that_are_too_long_together_do_not_spoil_the_others(void **state)
{
    (void)state;
    tells(9, "{\"items\":[{\"words\":\"a\",\"id\":123,\"x\":{\"y\":444}},{\"id\":5}]}",
          "1(\"a\")0(123)4(444); 0(5);  ok");
    tells(8, "{\"items\":[{\"words\":12,\"id\":34,\"x\":{\"y\":56}}],\"next\":78}",
          "1(12)0(34)4(56); 3(78) ok");
    tells(6, "{\"next\":12,\"items\":[{\"words\":34,\"id\":56,\"x\":{\"y\":78}},{\"id\":9}]}",
          "3(12)1(34)0(56); 3(12)0(9); 3(12) ok");
}

static void enough_keeps_the_element_and_nothing_more(void **state)
{
    (void)state;
    tells_until(1, ROOMY, "{\"items\":[{\"id\":1,\"words\":2},{\"id\":3}],\"next\":4}",
                "0(1)1(2) ok");
    tells_until(2, ROOMY, "{\"items\":[{\"id\":1},{\"id\":2},{\"id\":3,\"words\":4}],\"next\":4}",
                "0(1); 0(2) ok");
    tells_until(1, ROOMY, "{\"next\":0,\"items\":[{\"id\":1},7]}", "3(0)0(1) ok");
}

/* Nothing more is wanted, but the text goes on. */
static void what_follows_is_still_validated(void **state)
{
    (void)state;
    tells_until(1, ROOMY, "{\"items\":[{\"id\":1},{\"id\":2]}", "0(1) json_malformed");
    tells_until(1, ROOMY, "{\"items\":[{\"id\":1}]", "0(1) json_malformed");
    tells(ROOMY, "{\"items\":[{\"id\":1},{\"id\":2]}", "0(1); 0(2) json_malformed");
    tells(ROOMY, "{\"items\":[{\"id\":1},{\"id\":\"2", "0(1);  json_malformed");
    tells(ROOMY, "{\"items\":[{\"id\":1}],}", "0(1);  json_malformed");
}

static void after_an_element_that_is_too_deep_nothing_is_told(void **state)
{
    char text[64 + REFLOW_MAX_JSON_DEPTH] = "{\"items\":[{\"id\":1},{\"id\":2,\"z\":";

    (void)state;
    memset(text + strlen(text), '[', REFLOW_MAX_JSON_DEPTH);
    tells(ROOMY, text, "0(1); 0(2) json_too_large");
}

static void what_was_given_up_costs_nothing_over_10000_elements(void **state)
{
    char item[64];
    int elements = 0;

    (void)state;
    expect(60); /* room for two */
    hear("{\"next\":77,\"items\":[", 20, &elements, 0);
    for (int i = 0; i < 10000; i++) {
        said[0] = '\0';
        (void)snprintf(item, sizeof item, "%s{\"id\":%d,\"words\":\"%08d\"}", i == 0 ? "" : ",", i,
                       i);
        hear(item, strlen(item), &elements, 0);
        assert_int_equal(elements, i + 1);
        assert_int_equal(slices.store.length, 2);
        assert_int_equal(slices.count, 1);
    }
    assert_string_equal(said, "3(77)0(9999)1(\"00009999\"); ");
    hear("]}", 2, &elements, 0);
    assert_int_equal(reflow_slices_end(&slices), REFLOW_OK);
}

/* With a value of each path there are more of them than slices. */
static void more_values_than_slices_are_left_out(void **state)
{
    static const char *const many[] = {"i[].a", "i[].b", "i[].c", "i[].d", "i[].e", "i[].f",
                                       "i[].g", "i[].h", "i[].j", "i[].k", "i[].l", "i[].m",
                                       "i[].n", "i[].o", "i[].p", "i[].q", "i[].r", "i[]"};
    const char *text = "{\"i\":[{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,"
                       "\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1,\"r\":1}]}";
    bool element;

    (void)state;
    expect(ROOMY);
    reflow_slices_expect_each(&slices, many, COUNT_OF(many), COUNT_OF(many) - 1);
    (void)reflow_slices_read(&slices, text, strlen(text), &element);
    assert_true(element);
    assert_int_equal(slices.count, REFLOW_MAX_SLICES);
    assert_true(reflow_slices_left_out(&slices, 16));
    reflow_slices_forget(&slices);
    assert_int_equal(slices.count, 0);
}

static void a_list_is_not_what_is_expected_next(void **state)
{
    static const char *const plain[] = {"items[].id"};
    bool element;

    (void)state;
    expect(ROOMY);
    reflow_slices_expect(&slices, plain, 1);
    assert_int_equal(
        reflow_slices_read(&slices, "{\"items\":[{\"id\":1},{\"id\":2}]}", 29, &element), 29);
    assert_false(element);
    is_said("0(1)0(2) ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_element_is_told_with_what_was_wanted_of_it),
        cmocka_unit_test(an_element_may_be_anything),
        cmocka_unit_test(what_lies_beside_the_elements_is_kept_to_the_end),
        cmocka_unit_test(of_each_path_the_first_value_counts),
        cmocka_unit_test(a_value_of_more_than_a_third_is_left_out_alone),
        cmocka_unit_test(what_was_left_out_is_known_by_its_path),
        cmocka_unit_test(values_that_are_too_long_together_do_not_spoil_the_others),
        cmocka_unit_test(enough_keeps_the_element_and_nothing_more),
        cmocka_unit_test(what_follows_is_still_validated),
        cmocka_unit_test(after_an_element_that_is_too_deep_nothing_is_told),
        cmocka_unit_test(what_was_given_up_costs_nothing_over_10000_elements),
        cmocka_unit_test(more_values_than_slices_are_left_out),
        cmocka_unit_test(a_list_is_not_what_is_expected_next),
    };

    return cmocka_run_group_tests_name("slices_each", tests, put_up_fence, NULL);
}
