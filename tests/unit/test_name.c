/* SPDX-License-Identifier: MIT */
/* The contract of name: certificate names against hosts, and addresses from text. */
#include "fence.h"

#include "name.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The pattern of the first argument, its length in the second, with the fence behind it. */
static bool matches_bytes(const char *pattern, size_t length, const char *host)
{
    return reflow_name_matches(fenced(pattern, length), length, host);
}

static bool matches(const char *pattern, const char *host)
{
    return matches_bytes(pattern, strlen(pattern), host);
}

static void is_address(const char *host, const void *expected, size_t length)
{
    uint8_t address[16];

    memset(address, 0xaa, sizeof address);
    if (reflow_name_address(fenced(host, strlen(host) + 1), address) != length) {
        fail_msg("not read as %zu bytes: %s", length, host);
    }
    assert_memory_equal(address, expected, length);
}

static void is_no_address(const char *host)
{
    uint8_t address[16];

    if (reflow_name_address(fenced(host, strlen(host) + 1), address) != 0) {
        fail_msg("read as an address: %s", host);
    }
}

/* ---- Names ---- */

static void a_name_matches_itself_without_regard_to_case(void **state)
{
    (void)state;
    assert_true(matches("platform.adobe.io", "platform.adobe.io"));
    assert_true(matches("Platform.ADOBE.io", "platform.adobe.IO"));
    assert_true(matches("localhost", "localhost"));
    assert_true(matches("a-b.my_host.example", "a-b.my_host.example"));
    assert_true(matches("3com.example", "3com.example"));
    assert_true(matches("z.az.AZ", "Z.AZ.az"));
}

static void another_name_does_not_match(void **state)
{
    static const char *const others[] = {
        "platform.adobe.i",       "platform.adobe.iox",        "latform.adobe.io",  "adobe.io",
        "platform.adobe.io.evil", "xplatform.adobe.io",        "platform-adobe.io", "",
        "www.platform.adobe.io",  "platform.adobe.io.evil.com"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_false(matches(others[i], "platform.adobe.io"));
    }
    /* Bytes that differ in the bit that makes letters lower case, and are no letters. */
    assert_false(matches("a\rb.example", "a-b.example"));
    assert_false(matches("a\x7f"
                         "b.example",
                         "a_b.example"));
    assert_false(matches("a\x10"
                         "b.example",
                         "a0b.example"));
}

static void a_wildcard_stands_for_exactly_one_label(void **state)
{
    (void)state;
    assert_true(matches("*.adobe.io", "platform.adobe.io"));
    assert_true(matches("*.Adobe.IO", "p.aDOBE.io"));
    assert_false(matches("*.adobe.io", "adobe.io"));
    assert_false(matches("*.adobe.io", "a.b.adobe.io"));
    assert_false(matches("*.adobe.io", ".adobe.io"));
    assert_false(matches("*.adobe.io", "platform.adobe.com"));
    assert_false(matches("*.adobe.io", "platform.xadobe.io"));
    assert_false(matches("*.b.adobe.io", "b.adobe.io"));
}

static void a_wildcard_is_only_the_whole_left_most_label(void **state)
{
    static const char *const patterns[] = {"p*.adobe.io",
                                           "*m.adobe.io",
                                           "pl*rm.adobe.io",
                                           "platform.*.io",
                                           "platform.adobe.*",
                                           "*platform.adobe.io",
                                           "*.*.io",
                                           "**.adobe.io",
                                           "*",
                                           "*.",
                                           "*..adobe.io",
                                           "*adobe.io"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        assert_false(matches(patterns[i], "platform.adobe.io"));
    }
}

static void a_wildcard_needs_at_least_two_labels_after_it(void **state)
{
    (void)state;
    assert_false(matches("*.io", "adobe.io"));
    assert_false(matches("*.localhost", "a.localhost"));
    assert_false(matches("*", "localhost"));
    assert_false(matches("*.", "localhost"));
    assert_false(matches("*.io", "platform.adobe.io"));
    assert_false(matches("*.", "io."));
}

static void a_host_is_never_read_as_a_wildcard(void **state)
{
    (void)state;
    assert_false(matches("*.adobe.io", "*.adobe.io"));
    assert_false(matches("platform.adobe.io", "*.adobe.io"));
    assert_false(matches("*", "*"));
}

static void a_labels_of_international_names_are_compared_as_they_are(void **state)
{
    (void)state;
    assert_true(matches("xn--bcher-kva.example.com", "XN--BCHER-KVA.example.com"));
    assert_true(matches("*.example.com", "xn--bcher-kva.example.com"));
    assert_true(matches("*.xn--p1ai.example", "a.xn--p1ai.example"));
    assert_false(matches("xn--*.example.com", "xn--bcher-kva.example.com"));
    assert_false(matches("b\xc3\xbc"
                         "cher.example.com",
                         "b\xc3\xbc"
                         "cher.example.com"));
}

static void a_final_dot_of_the_host_is_ignored_and_one_of_the_pattern_is_not(void **state)
{
    (void)state;
    assert_true(matches("platform.adobe.io", "platform.adobe.io."));
    assert_true(matches("*.adobe.io", "platform.adobe.io."));
    assert_true(matches("localhost", "localhost."));
    assert_false(matches("platform.adobe.io.", "platform.adobe.io."));
    assert_false(matches("platform.adobe.io.", "platform.adobe.io"));
    assert_false(matches("*.adobe.io.", "platform.adobe.io"));
    assert_false(matches("platform.adobe.io", "platform.adobe.io.."));
    assert_false(matches("platform.adobe.io.", "platform.adobe.io.."));
}

static void a_pattern_with_a_nul_matches_nothing(void **state)
{
    (void)state;
    assert_false(matches_bytes("adobe.io\0.evil.com", 18, "adobe.io"));
    assert_false(matches_bytes("adobe.io\0", 9, "adobe.io"));
    assert_false(matches_bytes("*.adobe.io\0", 11, "platform.adobe.io"));
    assert_false(matches_bytes("\0", 1, ""));
    assert_false(matches_bytes("ado\0e.io", 8, "adobe.io"));
}

static void empty_names_and_labels_match_nothing(void **state)
{
    static const char *const names[] = {"", ".", "..", ".a", "a..b", "a.", ".a.b.c", "a.b..c"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_false(matches(names[i], names[i]));
    }
    assert_false(matches("*.b.c", ".b.c"));
    assert_false(matches("", "."));
}

static void bytes_that_host_names_do_not_have_match_nothing(void **state)
{
    char name[] = "a?b.example";

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char c = (char)byte;
        const bool allowed = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                             (byte >= 'a' && byte <= 'z') || c == '-' || c == '_' || c == '.';
        name[1] = c;
        assert_int_equal(matches(name, name), allowed);
    }
}

static void a_name_never_matches_an_address(void **state)
{
    (void)state;
    assert_false(matches("192.0.2.1", "192.0.2.1"));
    assert_false(matches("192.0.2.1", "192.0.2.1."));
    assert_false(matches("*.0.2.1", "192.0.2.1"));
    assert_false(matches("2001:db8::1", "2001:db8::1"));
    assert_false(matches("::1", "::1"));
    /* Shorthands that resolvers take for addresses. */
    assert_false(matches("127.1", "127.1"));
    assert_false(matches("2130706433", "2130706433"));
    assert_false(matches("example.1", "example.1"));
    assert_true(matches("1.example", "1.example"));
    assert_true(matches("192.0.2.1a", "192.0.2.1a"));
}

static void a_pattern_cut_short_anywhere_does_not_match(void **state)
{
    static const char *const patterns[] = {"platform.adobe.io", "*.adobe.io"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        for (size_t cut = 0; cut < strlen(patterns[i]); cut++) {
            assert_false(matches_bytes(patterns[i], cut, "platform.adobe.io"));
        }
        for (const char *host = "platform.adobe.io"; *host != '\0'; host++) {
            const bool whole = strcmp(host, "platform.adobe.io") == 0;
            const char *copy = fenced(host, strlen(host) + 1);
            const bool wild = host[0] != '.' && strlen(host) > strlen(".adobe.io") && i == 1;
            assert_int_equal(reflow_name_matches(patterns[i], strlen(patterns[i]), copy),
                             whole || wild);
        }
    }
}

/* ---- Addresses ---- */

static void four_decimal_numbers_are_an_ipv4_address(void **state)
{
    (void)state;
    is_address("192.0.2.1", "\xc0\x00\x02\x01", 4);
    is_address("0.0.0.0", "\x00\x00\x00\x00", 4);
    is_address("255.255.255.255", "\xff\xff\xff\xff", 4);
    is_address("1.22.133.249", "\x01\x16\x85\xf9", 4);
}

static void anything_looser_is_no_ipv4_address(void **state)
{
    static const char *const wrong[] = {
        "",          "1",          "1.2.3",     "1.2.3.4.5", "1.2.3.4.",
        ".1.2.3.4",  "1..2.3",     "256.1.1.1", "1.1.1.256", "1.2.3.1000",
        "01.2.3.4",  "1.2.3.04",   "1.2.3.00",  "0x1.2.3.4", "1.2.3.4 ",
        " 1.2.3.4",  "1.2.3.-4",   "1.2.3.+4",  "1.2.3.a",   "1.2.3.4a",
        "1,2,3,4",   "1.2.3.4/24", "1.2.3.",    "a.b.c.d",   "1.2.3.4294967300",
        "localhost", ".",          "...",       "1.2.3.4:"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        is_no_address(wrong[i]);
    }
}

static void all_forms_of_ipv6_addresses_are_read(void **state)
{
    static const struct {
        const char *host;
        const char *address;
    } forms[] = {
        {"2001:db8:0:1:2:3:4:ffff", "\x20\x01\x0d\xb8\0\0\0\1\0\2\0\3\0\4\xff\xff"},
        {"ABCD:EF01:2345:6789:abcd:ef01:2345:6789",
         "\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89"},
        {"::", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
        {"::1", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"},
        {"1::", "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
        {"2001:db8::8:800:200c:417a", "\x20\x01\x0d\xb8\0\0\0\0\0\x08\x08\0\x20\x0c\x41\x7a"},
        {"1:2:3:4:5:6:7::", "\0\1\0\2\0\3\0\4\0\5\0\6\0\7\0\0"},
        {"::2:3:4:5:6:7:8", "\0\0\0\2\0\3\0\4\0\5\0\6\0\7\0\x08"},
        {"1:2:3::5:6:7:8", "\0\1\0\2\0\3\0\0\0\5\0\6\0\7\0\x08"},
        {"::ffff:129.144.52.38", "\0\0\0\0\0\0\0\0\0\0\xff\xff\x81\x90\x34\x26"},
        {"::13.1.68.3", "\0\0\0\0\0\0\0\0\0\0\0\0\x0d\1\x44\3"},
        {"1:2:3:4:5:6:7.8.9.10", "\0\1\0\2\0\3\0\4\0\5\0\6\7\x08\x09\x0a"},
        {"1:2:3:4:5::7.8.9.10", "\0\1\0\2\0\3\0\4\0\5\0\0\7\x08\x09\x0a"},
        {"0001:0:00:000::", "\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        is_address(forms[i].host, forms[i].address, 16);
    }
}

static void anything_looser_is_no_ipv6_address(void **state)
{
    static const char *const wrong[] = {":",
                                        ":::",
                                        "1",
                                        "1:",
                                        ":1",
                                        "1:2",
                                        "1:2:3:4:5:6:7",
                                        "1:2:3:4:5:6:7:",
                                        "1:2:3:4:5:6:7:8:",
                                        "1:2:3:4:5:6:7:8:9",
                                        "1:2:3:4:5:6:7:8::",
                                        "::1:2:3:4:5:6:7:8",
                                        "1:2:3:4::5:6:7:8",
                                        "1::2::3",
                                        "::1::",
                                        ":::1",
                                        "1:::2",
                                        "12345::",
                                        "::00001",
                                        "g::",
                                        "1g:2",
                                        "::fg",
                                        "::%1",
                                        "fe80::1%eth0",
                                        "[::1]",
                                        "::1 ",
                                        " ::1",
                                        "::1.2.3",
                                        "::1.2.3.4.5",
                                        "::1.2.3.256",
                                        "::01.2.3.4",
                                        "1.2.3.4::",
                                        "::1.2.3.4:5",
                                        "1:2:3:4:5:6:7:1.2.3.4",
                                        "1:2:3:4:5:6:7:8:1.2.3.4",
                                        "1:2:3:4:5:1.2.3.4",
                                        "1:2:3:4::5:6:7.8.9.10",
                                        "1:2:3:4:5:6::7.8.9.10",
                                        "::-1",
                                        "::+1",
                                        "0x1::"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        is_no_address(wrong[i]);
    }
}

/* Each host is handed over with the fence right behind its NUL, so a parser that steps over the NUL
 * fails; so does one that writes past sixteen bytes. */
static void addresses_cut_short_anywhere_are_read_and_written_in_bounds(void **state)
{
    static const char *const hosts[] = {"ABCD:EF01:2345:6789:abcd:ef01:2345:6789",
                                        "2001:db8::8:800:200c:417a",
                                        "1:2:3:4:5:6:255.255.255.255",
                                        "1:2:3:4:5:6:7:255.255.255.255",
                                        "192.168.100.200",
                                        "1:2:3:4:5:6:7:8:9:a:b:c:d:e:f"};
    char cut_host[64];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        for (size_t cut = 0; cut <= strlen(hosts[i]); cut++) {
            uint8_t address[18];
            memset(address, 0xaa, sizeof address);
            memcpy(cut_host, hosts[i], cut);
            cut_host[cut] = '\0';
            (void)reflow_name_address(fenced(cut_host, cut + 1), address);
            assert_int_equal(address[16], 0xaa);
            assert_int_equal(address[17], 0xaa);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_matches_itself_without_regard_to_case),
        cmocka_unit_test(another_name_does_not_match),
        cmocka_unit_test(a_wildcard_stands_for_exactly_one_label),
        cmocka_unit_test(a_wildcard_is_only_the_whole_left_most_label),
        cmocka_unit_test(a_wildcard_needs_at_least_two_labels_after_it),
        cmocka_unit_test(a_host_is_never_read_as_a_wildcard),
        cmocka_unit_test(a_labels_of_international_names_are_compared_as_they_are),
        cmocka_unit_test(a_final_dot_of_the_host_is_ignored_and_one_of_the_pattern_is_not),
        cmocka_unit_test(a_pattern_with_a_nul_matches_nothing),
        cmocka_unit_test(empty_names_and_labels_match_nothing),
        cmocka_unit_test(bytes_that_host_names_do_not_have_match_nothing),
        cmocka_unit_test(a_name_never_matches_an_address),
        cmocka_unit_test(a_pattern_cut_short_anywhere_does_not_match),
        cmocka_unit_test(four_decimal_numbers_are_an_ipv4_address),
        cmocka_unit_test(anything_looser_is_no_ipv4_address),
        cmocka_unit_test(all_forms_of_ipv6_addresses_are_read),
        cmocka_unit_test(anything_looser_is_no_ipv6_address),
        cmocka_unit_test(addresses_cut_short_anywhere_are_read_and_written_in_bounds),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
