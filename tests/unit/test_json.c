/* SPDX-License-Identifier: MIT */
/* The contract of json: strings decoded in place, whole numbers, and no trust in the bytes. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "json.h"

#define BYTES(literal) (literal), (sizeof(literal) - 1)
#define PAGE 4096U

/* A copy of a slice that ends right before a page that must not be touched. */
static char *guarded(const char *bytes, size_t length)
{
    static char *pages;

    if (pages == NULL) {
        pages = mmap(NULL, (size_t)3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                     -1, 0);
        assert_true(pages != MAP_FAILED);
        assert_int_equal(mprotect(pages, PAGE, PROT_NONE), 0);
        assert_int_equal(mprotect(pages + (size_t)2 * PAGE, PAGE, PROT_NONE), 0);
    }
    assert_true(length <= PAGE);
    memset(pages + PAGE, '#', PAGE);
    memcpy(pages + (size_t)2 * PAGE - length, bytes, length);
    return pages + (size_t)2 * PAGE - length;
}

/* ---- Strings -------------------------------------------------------------------------------- */

static void decodes(const char *slice, size_t length, const char *expected, size_t expected_length)
{
    char *text = guarded(slice, length);

    assert_true(reflow_json_string(text, length));
    assert_int_equal(strlen(text), expected_length);
    assert_memory_equal(text, expected, expected_length);
    assert_true(length >= PAGE || text[-1] == '#');
}

#define DECODES(slice, expected) decodes(BYTES(slice), BYTES(expected))

/* Not a string, and the slice is as before. */
static void is_none(const char *slice, size_t length)
{
    char *text = guarded(slice, length);

    assert_false(reflow_json_string(text, length));
    assert_memory_equal(text, slice, length);
    assert_true(text[-1] == '#');
}

static void a_string_loses_its_quotes(void **state)
{
    (void)state;
    DECODES("\"\"", "");
    DECODES("\"a\"", "a");
    DECODES("\"3fb0418e-1804-45d6\"", "3fb0418e-1804-45d6");
    DECODES("\" [1,{}] \"", " [1,{}] ");
    DECODES("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
            "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f");
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    DECODES("\"\\\"1100c53e-0000\\\"\"", "\"1100c53e-0000\"");
    DECODES("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    DECODES("\"\\\\u0041\"", "\\u0041");
    DECODES("\"\\u0041\\u007f\"", "A\x7f");
    DECODES("\"\\u0080\\u07ff\"", "\xc2\x80\xdf\xbf");
    DECODES("\"\\u0800\\ud7ff\\ue000\\uffff\"", "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf");
    DECODES("\"\\uABCD\\uabcd\"", "\xea\xaf\x8d\xea\xaf\x8d");
    DECODES("\"\\u001b[31m\"", "\x1b[31m");
}

static void two_halves_of_a_pair_are_one_character(void **state)
{
    (void)state;
    DECODES("\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80");
    DECODES("\"\\uD800\\uDC00x\"", "\xf0\x90\x80\x80x");
    DECODES("\"\\udbff\\udfff\"", "\xf4\x8f\xbf\xbf");
    DECODES("\"\\ud834\\udd1e\\ud834\\udd1e\"", "\xf0\x9d\x84\x9e\xf0\x9d\x84\x9e");
}

#define FFFD "\xef\xbf\xbd"

static void half_a_pair_alone_becomes_the_replacement_character(void **state)
{
    (void)state;
    DECODES("\"\\ud800\"", FFFD);
    DECODES("\"\\udfff\"", FFFD);
    DECODES("\"\\ud800x\"", FFFD "x");
    DECODES("\"\\ud800\\n\"", FFFD "\n");
    DECODES("\"\\ud800\\u0041\"", FFFD "A");
    DECODES("\"\\ud800\\\\udc00\"", FFFD "\\udc00");
    DECODES("\"\\udc00\\ud800\"", FFFD FFFD);
    DECODES("\"\\ud800\\ud800\\udc00\"", FFFD "\xf0\x90\x80\x80");
    DECODES("\"\\ud800\\udc00\\udc00\"", "\xf0\x90\x80\x80" FFFD);
    DECODES("\"\\ud800udc00\"", FFFD "udc00");
    DECODES("\"\\ud800xudc00\"", FFFD "xudc00");
}

static void a_nul_becomes_the_replacement_character(void **state)
{
    (void)state;
    DECODES("\"\\u0000\"", FFFD);
    DECODES("\"run\\u0000-1\"", "run" FFFD "-1");
}

static void what_is_no_string_is_left_as_it_is(void **state)
{
    (void)state;
    is_none(BYTES(""));
    is_none(BYTES("\""));
    is_none(BYTES("a"));
    is_none(BYTES("12"));
    is_none(BYTES("null"));
    is_none(BYTES("{}"));
    is_none(BYTES("[\"a\"]"));
    is_none(BYTES("{\"a\":\"b\"}"));
    is_none(BYTES("\"abc"));
    is_none(BYTES("abc\""));
    is_none(BYTES("xabc\""));
    is_none(BYTES(" \"a\""));
    is_none(BYTES("\"a\" "));
    is_none(BYTES("\"a\"b\""));
    is_none(BYTES("\"a\"\"b\""));
    is_none(BYTES("\"\\\""));
    is_none(BYTES("\"a\\"));
    is_none(BYTES("\"\\x\""));
    is_none(BYTES("\"\\u\""));
    is_none(BYTES("\"\\u12\""));
    is_none(BYTES("\"\\u123"));
    is_none(BYTES("\"\\u00g0\""));
    is_none(BYTES("\"\\ud800\\u12\""));
    is_none(BYTES("\"a\0b\""));
    is_none(BYTES("\"\\u1\0\0\0\""));
    is_none(BYTES("\"a\"\0"));
}

static void a_slice_may_fill_its_memory(void **state)
{
    char slice[PAGE];
    char expected[PAGE];

    (void)state;
    memset(slice, 'x', sizeof slice);
    slice[0] = '"';
    slice[sizeof slice - 1] = '"';
    memset(expected, 'x', sizeof expected);
    decodes(slice, sizeof slice, expected, sizeof slice - 2);
}

/* Every slice of up to seven bytes of an alphabet that escapes and quotes are made of. What counts
 * is that nothing outside is touched and that a decoded text ends within its slice. */
static void any_bytes_are_safe(void **state)
{
    static const char alphabet[] = "\"\\ud80x";
    const size_t letters = sizeof alphabet - 1;
    char slice[7];
    size_t length;
    size_t total = 1;
    size_t n;

    (void)state;
    for (length = 0; length <= sizeof slice; length++, total *= letters) {
        for (n = 0; n < total; n++) {
            size_t rest = n;
            size_t i;
            char *text;

            for (i = 0; i < length; i++, rest /= letters) {
                slice[i] = alphabet[rest % letters];
            }
            text = guarded(slice, length);
            if (reflow_json_string(text, length)) {
                assert_true(memchr(text, '\0', length - 1) != NULL);
                assert_true(slice[0] == '"' && slice[length - 1] == '"');
            } else {
                assert_memory_equal(text, slice, length);
            }
            assert_true(text[-1] == '#');
        }
    }
}

/* ---- Numbers -------------------------------------------------------------------------------- */

static void reads(const char *slice, size_t length, int64_t expected)
{
    int64_t number = -77;

    assert_true(reflow_json_integer(guarded(slice, length), length, &number));
    assert_true(number == expected);
}

static void reads_nothing(const char *slice, size_t length)
{
    int64_t number = -77;

    assert_false(reflow_json_integer(guarded(slice, length), length, &number));
    assert_true(number == -77);
}

static void whole_numbers_are_read(void **state)
{
    (void)state;
    reads(BYTES("0"), 0);
    reads(BYTES("-0"), 0);
    reads(BYTES("7"), 7);
    reads(BYTES("-1"), -1);
    reads(BYTES("86399"), 86399);
    reads(BYTES("1593134665781"), INT64_C(1593134665781));
}

static void numbers_of_64_bits_are_read_and_none_beyond(void **state)
{
    (void)state;
    reads(BYTES("9223372036854775807"), INT64_MAX);
    reads(BYTES("-9223372036854775807"), -INT64_MAX);
    reads(BYTES("-9223372036854775808"), INT64_MIN);
    reads(BYTES("9223372036854775799"), INT64_C(9223372036854775799));
    reads_nothing(BYTES("9223372036854775808"));
    reads_nothing(BYTES("9223372036854775810"));
    reads_nothing(BYTES("-9223372036854775809"));
    reads_nothing(BYTES("-9223372036854775810"));
    reads_nothing(BYTES("9300000000000000000"));
    reads_nothing(BYTES("18446744073709551616"));
    reads_nothing(BYTES("18446744073709551617"));
    reads_nothing(BYTES("-18446744073709551615"));
    reads_nothing(BYTES("10000000000000000000000000000000000000000"));
}

static void what_is_no_whole_number_is_not_read(void **state)
{
    (void)state;
    reads_nothing(BYTES(""));
    reads_nothing(BYTES("-"));
    reads_nothing(BYTES("1.0"));
    reads_nothing(BYTES("1e3"));
    reads_nothing(BYTES("01"));
    reads_nothing(BYTES("-01"));
    reads_nothing(BYTES("00"));
    reads_nothing(BYTES("+1"));
    reads_nothing(BYTES("--1"));
    reads_nothing(BYTES("1-"));
    reads_nothing(BYTES(" 1"));
    reads_nothing(BYTES("1 "));
    reads_nothing(BYTES("0x10"));
    reads_nothing(BYTES("12a"));
    reads_nothing(BYTES("1\0"));
    reads_nothing(BYTES("\"401013\""));
    reads_nothing(BYTES("null"));
    reads_nothing(BYTES("[1]"));
    reads_nothing(BYTES("\xb1"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_string_loses_its_quotes),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(two_halves_of_a_pair_are_one_character),
        cmocka_unit_test(half_a_pair_alone_becomes_the_replacement_character),
        cmocka_unit_test(a_nul_becomes_the_replacement_character),
        cmocka_unit_test(what_is_no_string_is_left_as_it_is),
        cmocka_unit_test(a_slice_may_fill_its_memory),
        cmocka_unit_test(any_bytes_are_safe),
        cmocka_unit_test(whole_numbers_are_read),
        cmocka_unit_test(numbers_of_64_bits_are_read_and_none_beyond),
        cmocka_unit_test(what_is_no_whole_number_is_not_read)};

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
