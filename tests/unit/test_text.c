/* SPDX-License-Identifier: MIT */
/* The contract of text: what is written whole, what is left out, and that the first failure sticks.
 */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include "text.h"

#define UNTOUCHED 0x5a

/* A text of `size` bytes with the fence right behind it; the byte before it must stay as it is. */
static struct reflow_text empty_text(size_t size)
{
    struct reflow_text text;

    memset(fence - size - 1, UNTOUCHED, size + 1);
    reflow_text_init(&text, fence - size, size);
    return text;
}

static void holds(const struct reflow_text *text, const char *expected)
{
    assert_int_equal(text->length, strlen(expected));
    assert_memory_equal(text->data, expected, text->length);
    assert_int_equal(text->data[-1], UNTOUCHED);
}

/* ---- The writer ---- */

static void a_text_begins_empty_and_sound(void **state)
{
    const struct reflow_text text = empty_text(8);

    (void)state;
    holds(&text, "");
    assert_true(reflow_text_sound(&text));
}

static void what_is_appended_stands_in_order(void **state)
{
    struct reflow_text text = empty_text(32);

    (void)state;
    reflow_text_string(&text, "POST ");
    reflow_text_bytes(&text, "/runs/and more", 6);
    reflow_text_number(&text, 42);
    reflow_text_percent(&text, "/");
    reflow_text_string(&text, "");
    holds(&text, "POST /runs/42%2F");
    assert_true(reflow_text_sound(&text));
}

static void what_fits_exactly_is_written_and_no_nul_follows(void **state)
{
    struct reflow_text text = empty_text(6);

    (void)state;
    reflow_text_string(&text, "abc");
    reflow_text_string(&text, "def");
    holds(&text, "abcdef");
    assert_true(reflow_text_sound(&text));
    reflow_text_string(&text, "");
    assert_true(reflow_text_sound(&text));
}

static void what_does_not_fit_whole_is_left_out_whole(void **state)
{
    struct reflow_text text = empty_text(6);

    (void)state;
    reflow_text_string(&text, "abcd");
    reflow_text_string(&text, "efg");
    holds(&text, "abcd");
    assert_true(text.overflow);
    assert_false(reflow_text_sound(&text));
    assert_int_equal(text.data[4], UNTOUCHED);
}

static void after_an_overflow_nothing_more_is_written_though_it_would_fit(void **state)
{
    struct reflow_text text = empty_text(4);

    (void)state;
    reflow_text_string(&text, "abcde");
    reflow_text_string(&text, "a");
    reflow_text_number(&text, 1);
    reflow_text_percent(&text, "b");
    reflow_text_bytes(&text, "c", 1);
    holds(&text, "");
    assert_true(text.overflow);
    assert_int_equal(text.data[0], UNTOUCHED);
}

static void what_is_not_allowed_sticks_as_an_overflow_does(void **state)
{
    struct reflow_text text = empty_text(8);

    (void)state;
    reflow_text_string(&text, "a");
    text.invalid = true;
    reflow_text_string(&text, "b");
    holds(&text, "a");
    assert_false(reflow_text_sound(&text));
    assert_false(text.overflow);
}

static void a_text_of_no_size_takes_nothing_but_nothing(void **state)
{
    struct reflow_text text = empty_text(0);

    (void)state;
    reflow_text_string(&text, "");
    assert_true(reflow_text_sound(&text));
    reflow_text_number(&text, 0);
    assert_true(text.overflow);
}

static void a_length_near_the_end_of_the_address_space_does_not_wrap(void **state)
{
    struct reflow_text text = empty_text(4);

    (void)state;
    reflow_text_string(&text, "ab");
    reflow_text_bytes(&text, "cd", SIZE_MAX - 1);
    holds(&text, "ab");
    assert_true(text.overflow);
}

/* ---- Numbers ---- */

static void numbers_are_decimal_without_leading_zeros(void **state)
{
    static const struct {
        uint32_t number;
        const char *digits;
    } numbers[] = {{0, "0"},
                   {1, "1"},
                   {9, "9"},
                   {10, "10"},
                   {99, "99"},
                   {100, "100"},
                   {65535, "65535"},
                   {999999999, "999999999"},
                   {1000000000, "1000000000"},
                   {2147483648U, "2147483648"},
                   {UINT32_MAX, "4294967295"}};

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct reflow_text text = empty_text(strlen(numbers[i].digits));

        reflow_text_number(&text, numbers[i].number);
        assert_true(reflow_text_sound(&text));
        holds(&text, numbers[i].digits);
        text = empty_text(strlen(numbers[i].digits) - 1);
        reflow_text_number(&text, numbers[i].number);
        assert_true(text.overflow);
        holds(&text, "");
    }
}

/* ---- Percent-encoding ---- */

static bool is_unreserved(int byte)
{
    return byte != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-",
                               byte) != NULL;
}

static void every_byte_but_the_unreserved_is_percent_encoded(void **state)
{
    static const char digits[] = "0123456789ABCDEF";

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char plain[] = {(char)byte, '\0'};
        const char encoded[] = {'%', digits[byte / 16], digits[byte % 16], '\0'};
        struct reflow_text text = empty_text(3);

        reflow_text_percent(&text, plain);
        assert_true(reflow_text_sound(&text));
        holds(&text, is_unreserved(byte) ? plain : encoded);
    }
}

static void an_escape_is_never_cut_in_two(void **state)
{
    (void)state;
    for (size_t size = 0; size < 4; size++) {
        struct reflow_text text = empty_text(size);

        reflow_text_percent(&text, "a b");
        assert_true(text.overflow);
        holds(&text, size == 0 ? "" : "a");
    }
}

static void nothing_is_percent_encoded_to_nothing(void **state)
{
    struct reflow_text text = empty_text(0);

    (void)state;
    reflow_text_percent(&text, "");
    assert_true(reflow_text_sound(&text));
}

/* ---- Characters ---- */

static void the_classes_are_those_of_the_rfcs_and_of_no_locale(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const char c = (char)byte;

        assert_int_equal(reflow_is_digit(c), byte >= 0x30 && byte <= 0x39);
        assert_int_equal(reflow_is_unreserved(c), is_unreserved(byte));
        assert_int_equal(reflow_is_visible(c), byte > 0x20 && byte < 0x7f);
        assert_int_equal(reflow_lower(c), byte >= 0x41 && byte <= 0x5a ? (char)(byte + 0x20) : c);
    }
}

static bool all(const char *string, size_t most)
{
    return reflow_text_all(fenced(string, strlen(string) + 1), most, reflow_is_digit);
}

static void a_string_is_all_of_a_class_only_if_every_character_is(void **state)
{
    (void)state;
    assert_true(all("1", 9));
    assert_true(all("0123456789", 10));
    assert_false(all("a", 9));
    assert_false(all("a1", 9));
    assert_false(all("1a1", 9));
    assert_false(all("11a", 3));
}

static void a_string_must_have_from_one_character_to_the_most(void **state)
{
    (void)state;
    assert_false(all("", 9));
    assert_false(all("", 0));
    assert_false(all("1", 0));
    assert_true(all("1", 1));
    assert_true(all("123", 3));
    assert_false(all("1234", 3));
    assert_false(reflow_text_all(NULL, 9, reflow_is_digit));
}

static void a_string_is_read_no_further_than_one_beyond_the_most(void **state)
{
    (void)state;
    /* No NUL before the fence: a string of unbounded length. */
    assert_false(reflow_text_all(fenced("1234", 4), 3, reflow_is_digit));
}

/* In front of, in, and behind what is looked at together. */
static void bytes_are_all_visible_only_if_each_is_wherever_it_stands(void **state)
{
    char bytes[200];

    (void)state;
    assert_true(reflow_text_visible("", 0));
    for (size_t length = 1; length <= sizeof bytes; length += 9) {
        memset(bytes, '~', sizeof bytes);
        assert_true(reflow_text_visible(fenced(bytes, length), length));
        for (size_t at = 0; at < length; at++) {
            bytes[at] = '\n';
            assert_false(reflow_text_visible(fenced(bytes, length), length));
            bytes[at] = '!';
        }
        assert_true(reflow_text_visible(fenced(bytes, length), length));
    }
}

/* ---- Wiping ---- */

static void wiped_memory_is_zero_and_its_neighbours_are_not(void **state)
{
    char memory[] = "a secret token";

    (void)state;
    reflow_wipe(memory + 2, 6);
    assert_memory_equal(memory, "a \0\0\0\0\0\0 token", sizeof memory);
    reflow_wipe(memory, 0);
    assert_int_equal(memory[0], 'a');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_begins_empty_and_sound),
        cmocka_unit_test(what_is_appended_stands_in_order),
        cmocka_unit_test(what_fits_exactly_is_written_and_no_nul_follows),
        cmocka_unit_test(what_does_not_fit_whole_is_left_out_whole),
        cmocka_unit_test(after_an_overflow_nothing_more_is_written_though_it_would_fit),
        cmocka_unit_test(what_is_not_allowed_sticks_as_an_overflow_does),
        cmocka_unit_test(a_text_of_no_size_takes_nothing_but_nothing),
        cmocka_unit_test(a_length_near_the_end_of_the_address_space_does_not_wrap),
        cmocka_unit_test(numbers_are_decimal_without_leading_zeros),
        cmocka_unit_test(every_byte_but_the_unreserved_is_percent_encoded),
        cmocka_unit_test(an_escape_is_never_cut_in_two),
        cmocka_unit_test(nothing_is_percent_encoded_to_nothing),
        cmocka_unit_test(the_classes_are_those_of_the_rfcs_and_of_no_locale),
        cmocka_unit_test(a_string_is_all_of_a_class_only_if_every_character_is),
        cmocka_unit_test(a_string_must_have_from_one_character_to_the_most),
        cmocka_unit_test(a_string_is_read_no_further_than_one_beyond_the_most),
        cmocka_unit_test(bytes_are_all_visible_only_if_each_is_wherever_it_stands),
        cmocka_unit_test(wiped_memory_is_zero_and_its_neighbours_are_not),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
