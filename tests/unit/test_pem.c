/* SPDX-License-Identifier: MIT */
/* The contract of pem: the blocks of a bundle, and base64. */
#include "fence.h"

#include "pem.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

/* ---- Blocks ---- */

/* All blocks of the text, each followed by "|", with the fence behind the text. */
static const char *blocks_of(const char *text, size_t size)
{
    static char found[4096];
    const char *copy = fenced(text, size);
    const char *block;
    size_t used = 0;
    size_t at = 0;
    size_t length = 0;

    while ((block = reflow_pem_next(copy, size, &at, &length)) != NULL) {
        assert_true(block >= copy && block + length <= copy + at && at <= size);
        assert_true(used + length + 2 <= sizeof found);
        memcpy(found + used, block, length);
        used += length;
        found[used++] = '|';
    }
    found[used] = '\0';
    assert_int_equal(at, size);
    return found;
}

static void has_blocks(const char *text, const char *expected)
{
    assert_string_equal(blocks_of(text, strlen(text)), expected);
}

static void each_block_is_found_where_it_lies(void **state)
{
    (void)state;
    has_blocks(BEGIN "QUJD\nREVG\n" END, "\nQUJD\nREVG\n|");
    has_blocks(BEGIN "AAAA\n" END BEGIN "BBBB\n" END BEGIN "CCCC\n" END,
               "\nAAAA\n|\nBBBB\n|\nCCCC\n|");
    has_blocks("-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n"
               "-----BEGIN CERTIFICATE-----\r\nBBBB\r\n-----END CERTIFICATE-----",
               "\r\nAAAA\r\n|\r\nBBBB\r\n|");
    has_blocks("-----BEGIN CERTIFICATE-----\rAAAA\r-----END CERTIFICATE-----\r" BEGIN END,
               "\rAAAA\r|\n|");
}

static void the_walk_goes_on_behind_the_block(void **state)
{
    static const char text[] = "x\n" BEGIN "AAAA\n" END "y";
    size_t at = 0;
    size_t length = 0;

    (void)state;
    assert_ptr_equal(reflow_pem_next(text, sizeof text - 1, &at, &length),
                     text + strlen("x\n" BEGIN) - 1);
    assert_int_equal(length, 6);
    assert_int_equal(at, strlen("x\n" BEGIN "AAAA\n" END) - 1);
    assert_null(reflow_pem_next(text, sizeof text - 1, &at, &length));
    assert_int_equal(at, sizeof text - 1);
    assert_null(reflow_pem_next(text, sizeof text - 1, &at, &length));
}

static void text_between_the_blocks_is_ignored(void **state)
{
    (void)state;
    has_blocks("", "");
    has_blocks("no certificate here - or there\n", "");
    has_blocks("# A root - of sorts\n----------\n" BEGIN "AAAA\n" END "-- \nName\n====\n--\n" BEGIN
               "BBBB\n" END "-",
               "\nAAAA\n|\nBBBB\n|");
}

static void other_kinds_of_blocks_are_ignored(void **state)
{
    (void)state;
    has_blocks("-----BEGIN TRUSTED CERTIFICATE-----\nXXXX\n-----END TRUSTED CERTIFICATE-----\n"
               "-----BEGIN X509 CRL-----\nXXXX\n-----END X509 CRL-----\n" BEGIN "AAAA\n" END
               "-----BEGIN CERTIFICATE REQUEST-----\nXXXX\n-----END CERTIFICATE REQUEST-----\n"
               "-----begin certificate-----\nXXXX\n-----end certificate-----\n",
               "\nAAAA\n|");
}

static void a_block_that_is_commented_out_is_none(void **state)
{
    (void)state;
    has_blocks("# -----BEGIN CERTIFICATE-----\nXXXX\n" END BEGIN "AAAA\n" END, "\nAAAA\n|");
    has_blocks("#" BEGIN "XXXX\n" END " " BEGIN "YYYY\n" END, "");
    has_blocks("-" BEGIN "XXXX\n" END, "");
}

static void a_block_without_its_end_is_none_and_hides_no_other(void **state)
{
    (void)state;
    has_blocks(BEGIN "XXXX\n", "");
    has_blocks(BEGIN "XXXX\n" BEGIN "AAAA\n" END, "\nAAAA\n|");
    has_blocks(BEGIN "XXXX\n-----END CERTIFICATE----\n" BEGIN "AAAA\n" END, "\nAAAA\n|");
    has_blocks(BEGIN "XX-X\n" END BEGIN "AAAA\n" END, "\nAAAA\n|");
    has_blocks(BEGIN "XXXX\n-----END PRIVATE STUFF-----\n" END, "");
    has_blocks(END BEGIN "AAAA\n" END END, "\nAAAA\n|");
}

static void a_bundle_cut_short_anywhere_is_read_in_bounds(void **state)
{
    static const char text[] = "--\n" BEGIN "AAAA\n" END "-\n" BEGIN "BBBB\n" END;
    const size_t first = strlen("--\n" BEGIN "AAAA\n" END) - 1;
    const size_t size = sizeof text - 1;

    (void)state;
    for (size_t cut = 0; cut <= size; cut++) {
        const char *expected = cut < first ? "" : "\nAAAA\n|";
        assert_string_equal(blocks_of(text, cut),
                            cut >= size - 1 ? "\nAAAA\n|\nBBBB\n|" : expected);
    }
}

/* ---- Base64 ---- */

static void decodes_to(const char *base64, const char *expected, size_t length)
{
    uint8_t der[64];
    const size_t room = length > 0 ? length : sizeof der;
    const size_t size = strlen(base64);

    memset(der, 0xaa, sizeof der);
    if (reflow_pem_decode(fenced(base64, size), size, der, room) != length) {
        fail_msg("not decoded to %zu bytes: %s", length, base64);
    }
    assert_memory_equal(der, expected, length);
    assert_true(length == 0 || der[length] == 0xaa);
}

static void base64_is_decoded_as_rfc_4648_shows(void **state)
{
    (void)state;
    decodes_to("Zg==", "f", 1);
    decodes_to("Zm8=", "fo", 2);
    decodes_to("Zm9v", "foo", 3);
    decodes_to("Zm9vYg==", "foob", 4);
    decodes_to("Zm9vYmE=", "fooba", 5);
    decodes_to("Zm9vYmFy", "foobar", 6);
    decodes_to("AAAA", "\0\0\0", 3);
    decodes_to("////", "\xff\xff\xff", 3);
    decodes_to("++++", "\xfb\xef\xbe", 3);
}

static void every_character_has_its_value(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        const char group[4] = {'A', 'A', 'A', (char)byte};
        const char *const found = byte != 0 ? strchr(alphabet, byte) : NULL;
        uint8_t der[3] = {0xaa, 0xaa, 0xaa};
        const size_t length = reflow_pem_decode(group, 4, der, sizeof der);
        if (found != NULL) {
            assert_int_equal(length, 3);
            assert_int_equal(der[2], found - alphabet);
        } else {
            assert_int_equal(length, byte == '=' ? 2 : 0);
        }
    }
}

static void line_ends_and_blanks_may_stand_anywhere(void **state)
{
    (void)state;
    decodes_to("\nZm9v\nYmFy\n", "foobar", 6);
    decodes_to("\r\n Zm9\tv\r\nY m F y \r\n", "foobar", 6);
    decodes_to("Zg=\n=\n", "f", 1);
    decodes_to("Zm8\n = \n", "fo", 2);
}

static void wrong_padding_is_not_base64(void **state)
{
    static const char *const wrong[] = {"Z",          "Zg",       "Zg=",      "Zg===", "Zm8",
                                        "Zm8==",      "Zm9v=",    "Zm9v==",   "Zm9vY", "=",
                                        "==",         "====",     "Z===",     "Z=g=",  "Zg=A",
                                        "=Zm9",       "Zg==Zg==", "Zm8=Zm8=", "Zm8=A", "Zm9v====",
                                        "Zm9vYg====", "Zg== =",   "Zm9vZ===", "A===",  "Zm9vA==="};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        decodes_to(wrong[i], "", 0);
    }
}

static void bits_left_over_by_padding_must_be_zero(void **state)
{
    (void)state;
    decodes_to("Zh==", "", 0);
    decodes_to("Zo==", "", 0);
    decodes_to("Zm9=", "", 0);
    decodes_to("Zm+=", "", 0);
    decodes_to("AA==", "\0", 1);
    decodes_to("AQ==", "\1", 1);
    decodes_to("AB==", "", 0);
}

static void what_is_not_base64_is_not_decoded(void **state)
{
    static const char *const wrong[] = {"",       "\n",           "Zm9v!",       "Zm9-",
                                        "Zm9_",   "Zm9v\xc3\xbc", "Zm.v",        "Zm9v\v",
                                        "Zm9v\f", "#m9v",         "Zm9v\x80\x80"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        decodes_to(wrong[i], "", 0);
    }
    assert_int_equal(reflow_pem_decode("Zm9v\0Zm9v", 9, (uint8_t[8]){0}, 8), 0);
}

static void what_does_not_fit_is_not_decoded_and_not_written_past_the_end(void **state)
{
    uint8_t *der;

    (void)state;
    for (size_t room = 0; room < 6; room++) {
        der = fenced("xxxxxx", room);
        assert_int_equal(reflow_pem_decode("Zm9vYmFy", 8, der, room), 0);
        assert_int_equal(reflow_pem_decode("Zm9vYmFyYg==", 12, der, room), 0);
    }
    der = fenced("xxxxxx", 6);
    assert_int_equal(reflow_pem_decode("Zm9vYmFy", 8, der, 6), 6);
    assert_int_equal(reflow_pem_decode("Zm9vYmFyYg==", 12, der, 6), 0);
    assert_int_equal(reflow_pem_decode("", 0, der, 0), 0);
}

static void base64_cut_short_anywhere_is_read_in_bounds(void **state)
{
    static const char base64[] = "\nZm9v\nYmFyYg==\n";
    uint8_t der[8];

    (void)state;
    for (size_t cut = 0; cut < sizeof base64; cut++) {
        const size_t decoded = reflow_pem_decode(fenced(base64, cut), cut, der, sizeof der);
        const size_t expected = cut < 5 ? 0 : cut < 7 ? 3 : cut < 10 ? 0 : cut == 10 ? 6 : 0;
        assert_int_equal(decoded, cut >= sizeof base64 - 2 ? 7 : expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_block_is_found_where_it_lies),
        cmocka_unit_test(the_walk_goes_on_behind_the_block),
        cmocka_unit_test(text_between_the_blocks_is_ignored),
        cmocka_unit_test(other_kinds_of_blocks_are_ignored),
        cmocka_unit_test(a_block_that_is_commented_out_is_none),
        cmocka_unit_test(a_block_without_its_end_is_none_and_hides_no_other),
        cmocka_unit_test(a_bundle_cut_short_anywhere_is_read_in_bounds),
        cmocka_unit_test(base64_is_decoded_as_rfc_4648_shows),
        cmocka_unit_test(every_character_has_its_value),
        cmocka_unit_test(line_ends_and_blanks_may_stand_anywhere),
        cmocka_unit_test(wrong_padding_is_not_base64),
        cmocka_unit_test(bits_left_over_by_padding_must_be_zero),
        cmocka_unit_test(what_is_not_base64_is_not_decoded),
        cmocka_unit_test(what_does_not_fit_is_not_decoded_and_not_written_past_the_end),
        cmocka_unit_test(base64_cut_short_anywhere_is_read_in_bounds),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
