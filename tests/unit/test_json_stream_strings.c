/* SPDX-License-Identifier: MIT */
/* The contract of json_stream for strings: control characters, escapes, UTF-8. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "json_trace.h"

static const char *const no_paths[] = {NULL};

#define READS(literal, expected) text_reads(no_paths, BYTES(literal), expected)

static void control_characters_in_strings_are_refused(void **state)
{
    char text[] = "{\"a?\":\"b?\"}";
    unsigned byte;

    (void)state;
    for (byte = 0; byte < 0x80; byte++) {
        if (byte == '"' || byte == '\\') {
            continue;
        }
        text[3] = (char)byte;
        text[8] = (char)byte;
        text_reads(no_paths, text, sizeof text - 1, byte < 0x20 ? " invalid@3" : " ok");
        text[3] = '?';
        text_reads(no_paths, text, sizeof text - 1, byte < 0x20 ? " invalid@8" : " ok");
    }
}

static void escapes_are_those_of_the_grammar(void **state)
{
    (void)state;
    READS("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", " ok");
    READS("\"\\u0000\\uabCD\\uD834\\uDd1e\"", " ok");
    READS("\"\\\\\"", " ok");
    READS("\"\\\\\"\"", " invalid@4");
    READS("\"\\x41\"", " invalid@2");
    READS("\"\\U0041\"", " invalid@2");
    READS("\"\\'\"", " invalid@2");
    READS("\"\\0\"", " invalid@2");
    READS("\"\\\n\"", " invalid@2");
    READS("\"\\u\"", " invalid@3");
    READS("\"\\u004\"", " invalid@6");
    READS("\"\\u+041\"", " invalid@3");
    READS("\"\\u 041\"", " invalid@3");
    READS("\"\\u00g0\"", " invalid@5");
    READS("\"\\ud800\\\"", " cut");
    READS("\\u0022a\"", " invalid@0");
    READS("[\\n]", " invalid@1");
    READS("\"a\\", " cut");
}

static void halves_of_pairs_may_stand_alone(void **state)
{
    (void)state;
    READS("\"\\ud800\"", " ok");
    READS("\"\\udc00\\ud800x\"", " ok");
}

/* Decodes by arithmetic what json_stream judges by ranges. */
static bool is_utf8(const unsigned char *bytes, size_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = bytes[0] & (0x7fU >> length);
    size_t i;

    if (bytes[0] >> (7 - length) != (2 << length) - 2) {
        return false;
    }
    for (i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return false;
        }
        code = code << 6 | (bytes[i] & 0x3fU);
    }
    return code >= least[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

static void check_utf8(const unsigned char *bytes, size_t length)
{
    char text[8] = "\"";
    const char *seen;

    memcpy(text + 1, bytes, length);
    text[length + 1] = '"';
    seen = trace(no_paths, text, length + 2, length + 2, 1);
    if ((strcmp(seen, " ok") == 0) != is_utf8(bytes, length)) {
        fail_msg("%02x %02x %02x %02x (%zu): %s", bytes[0], bytes[1], bytes[2], bytes[3], length,
                 seen);
    }
}

static void strings_are_utf8_and_nothing_else(void **state)
{
    static const unsigned char edges[] = {0x00, 0x22, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    unsigned char bytes[4] = {0};
    unsigned pair;
    size_t third;
    size_t fourth;

    (void)state;
    for (pair = 0x8000; pair <= 0xffff; pair++) {
        bytes[0] = (unsigned char)(pair >> 8);
        bytes[1] = (unsigned char)(pair & 0xff);
        check_utf8(bytes, 2);
        for (third = 0; third < sizeof edges && pair >= 0xe000; third++) {
            bytes[2] = edges[third];
            check_utf8(bytes, 3);
            for (fourth = 0; fourth < sizeof edges && pair >= 0xf000; fourth++) {
                bytes[3] = edges[fourth];
                check_utf8(bytes, 4);
            }
        }
    }
    READS("\"\x7f \xc2\x80 \xe2\x82\xac \xef\xbf\xbf \xf4\x8f\xbf\xbf\"", " ok");
    READS("{\"\xe2\x82\xac\":\"\xf0\x9f\x98\x80\"}", " ok");
    READS("\"\xe2\x82\"", " invalid@3");
}

static void a_byte_order_mark_is_not_json(void **state)
{
    (void)state;
    READS("\xef\xbb\xbf{}", " invalid@0");
    READS("{\0}\0", " invalid@1");
    READS("\xff\xfe{\0", " invalid@0");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_in_strings_are_refused),
        cmocka_unit_test(escapes_are_those_of_the_grammar),
        cmocka_unit_test(halves_of_pairs_may_stand_alone),
        cmocka_unit_test(strings_are_utf8_and_nothing_else),
        cmocka_unit_test(a_byte_order_mark_is_not_json)};

    return cmocka_run_group_tests_name("json_stream strings", tests, NULL, NULL);
}
