/* SPDX-License-Identifier: MIT */
/* The contract of json_stream for large texts: the depth is bounded (here: 64), the length is not.
 */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "json_trace.h"

static const char *const no_paths[] = {NULL};

#define READS(literal, expected) text_reads(no_paths, BYTES(literal), expected)
#define LENGTH(array) (sizeof(array) / sizeof *(array))

#define DEPTH ((size_t)REFLOW_MAX_JSON_DEPTH)

static const char *at(const char *what, size_t place)
{
    static char text[32];

    (void)snprintf(text, sizeof text, "%s@%zu", what, place);
    return text;
}

static void nesting_up_to_the_limit_is_read(void **state)
{
    char text[2 * DEPTH + 1];

    (void)state;
    memset(text, '[', DEPTH);
    memset(text + DEPTH, ']', DEPTH);
    text_reads(no_paths, text, 2 * DEPTH, " ok");
    text_reads(no_paths, text, 2 * DEPTH - 1, " cut");
    text[2 * DEPTH] = ']';
    text_reads(no_paths, text, 2 * DEPTH + 1, at(" invalid", 2 * DEPTH));
}

static void one_level_more_is_too_deep(void **state)
{
    char text[DEPTH + 2];

    (void)state;
    memset(text, '[', DEPTH);
    memcpy(text + DEPTH, "[]", 2);
    text_reads(no_paths, text, sizeof text, at(" deep", DEPTH));
    memcpy(text + DEPTH, "{}", 2);
    text_reads(no_paths, text, sizeof text, at(" deep", DEPTH));
    memcpy(text + DEPTH, "1}", 2);
    text_reads(no_paths, text, sizeof text, at(" invalid", DEPTH + 1));
}

static void a_hundred_thousand_levels_are_too_deep(void **state)
{
    static char text[500000];
    size_t i;

    (void)state;
    memset(text, '[', 100000);
    text_reads(no_paths, text, 100000, at(" deep", DEPTH));
    for (i = 0; i < sizeof text; i += 5) {
        memcpy(text + i, "{\"a\":", 5);
    }
    text_reads(no_paths, text, sizeof text, at(" deep", 5 * DEPTH));
    assert_true(sizeof(struct reflow_json_stream) <= 128);
}

/* Arrays and objects by the bits of `kinds`, closed in order but for level `wrong`. */
static size_t nested(char *text, unsigned long long kinds, size_t wrong)
{
    size_t length = 0;
    size_t level;

    for (level = 0; level < DEPTH; level++) {
        length += (size_t)sprintf(text + length, (kinds >> level & 1) != 0 ? "[" : "{\"\":");
    }
    length += (size_t)sprintf(text + length, "0");
    for (level = DEPTH; level > 0; level--) {
        const bool array = (kinds >> (level - 1) & 1) != 0;

        length += (size_t)sprintf(text + length, array == (level != wrong) ? "]" : "}");
    }
    return length;
}

static void each_level_ends_with_its_own_bracket(void **state)
{
    static const unsigned long long kinds[] = {0, ~0ULL, 0x5555555555555555, 0x8421f00dcafe1234};
    char text[8 * DEPTH];
    char expected[40];
    size_t length;
    size_t wrong;
    size_t i;

    (void)state;
    for (i = 0; i < LENGTH(kinds); i++) {
        length = nested(text, kinds[i], 0);
        text_reads(no_paths, text, length, " ok");
        for (wrong = 1; wrong <= DEPTH; wrong++) {
            length = nested(text, kinds[i], wrong);
            snprintf(expected, sizeof expected, " invalid@%zu", length - wrong);
            assert_string_equal(trace(no_paths, text, length, length, 1), expected);
        }
    }
}

static void a_level_that_was_left_can_be_entered_as_another_kind(void **state)
{
    (void)state;
    READS("[{\"a\":[]},[{}],{\"a\":{}}]", " ok");
    READS("[[[]],{\"a\":{\"b\":1}},[[1,2]],{\"a\":3}]", " ok");
    READS("[[1],{\"a\":1]]", " invalid@11");
}

static void a_text_may_be_longer_than_any_buffer(void **state)
{
    static char text[600000];
    size_t length = 0;

    (void)state;
    text[length++] = '[';
    while (length < sizeof text - 64) {
        length += (size_t)sprintf(text + length, "{\"name\":[\"value\\n\",-%zu.5e1]},", length);
    }
    length += (size_t)sprintf(text + length, "\"");
    memset(text + length, 'x', sizeof text - length - 2);
    memcpy(text + sizeof text - 2, "\"]", 2);
    text_reads(no_paths, text, sizeof text, " ok");
    text_reads(no_paths, text, sizeof text - 1, " cut");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_up_to_the_limit_is_read),
        cmocka_unit_test(one_level_more_is_too_deep),
        cmocka_unit_test(a_hundred_thousand_levels_are_too_deep),
        cmocka_unit_test(each_level_ends_with_its_own_bracket),
        cmocka_unit_test(a_level_that_was_left_can_be_entered_as_another_kind),
        cmocka_unit_test(a_text_may_be_longer_than_any_buffer)};

    return cmocka_run_group_tests_name("json_stream depth", tests, NULL, NULL);
}
