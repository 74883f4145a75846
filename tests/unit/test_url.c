/* SPDX-License-Identifier: MIT */
/* The contract of url: the one form that is read, what it is taken apart into, and all that is not
 * it. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "url.h"

/* Reads a copy with the fence behind its NUL. */
static bool read_url(struct reflow_url *url, const char *text)
{
    return reflow_url_read(url, fenced(text, strlen(text) + 1));
}

static void parts_are(const char *text, const char *host, unsigned port, const char *path)
{
    struct reflow_url url;

    memset(&url, 0xa5, sizeof url);
    if (!read_url(&url, text)) {
        fail_msg("%s was refused", text);
    }
    assert_int_equal(url.host_length, strlen(host));
    assert_memory_equal(url.host, host, url.host_length);
    assert_int_equal(url.port, port);
    assert_int_equal(url.path_length, strlen(path));
    assert_memory_equal(url.path, path, url.path_length);
    assert_int_equal(url.ipv6, strchr(host, ':') != NULL);
}

static void is_refused(const char *text)
{
    struct reflow_url url;

    if (read_url(&url, text)) {
        fail_msg("%s was accepted", text);
    }
}

/* ---- Accepted ---- */

static void the_service_itself_is_taken_apart(void **state)
{
    (void)state;
    parts_are(REFLOW_DEFAULT_URL, "platform.adobe.io", 443, "/data/foundation/flowservice");
}

static void the_parts_point_into_the_text(void **state)
{
    const char *text = "https://localhost:8443/base";
    struct reflow_url url;

    (void)state;
    assert_true(reflow_url_read(&url, text));
    assert_ptr_equal(url.host, text + 8);
    assert_ptr_equal(url.path, text + 22);
}

static void port_and_path_may_be_left_out(void **state)
{
    (void)state;
    parts_are("https://h", "h", 443, "");
    parts_are("https://h:1", "h", 1, "");
    parts_are("https://h/p", "h", 443, "/p");
    parts_are("https://h:8443/p", "h", 8443, "/p");
}

static void slashes_at_the_end_of_the_path_are_taken_off_and_others_are_not(void **state)
{
    (void)state;
    parts_are("https://h/", "h", 443, "");
    parts_are("https://h////", "h", 443, "");
    parts_are("https://h:8443/", "h", 8443, "");
    parts_are("https://h/a/", "h", 443, "/a");
    parts_are("https://h/a//b///", "h", 443, "/a//b");
    parts_are("https://h//a", "h", 443, "//a");
}

static void a_host_is_a_name_or_an_ipv4_address(void **state)
{
    (void)state;
    parts_are("https://Platform.Adobe.IO", "Platform.Adobe.IO", 443, "");
    parts_are("https://a-b.c--d.e1", "a-b.c--d.e1", 443, "");
    parts_are("https://under_score", "under_score", 443, "");
    parts_are("https://127.0.0.1:8443", "127.0.0.1", 8443, "");
    parts_are("https://7.example", "7.example", 443, "");
}

static void an_ipv6_address_stands_in_brackets_and_comes_without_them(void **state)
{
    (void)state;
    parts_are("https://[::1]", "::1", 443, "");
    parts_are("https://[::1]:8443", "::1", 8443, "");
    parts_are("https://[2001:db8::A]/p", "2001:db8::A", 443, "/p");
    parts_are("https://[::ffff:192.0.2.1]:443/p/", "::ffff:192.0.2.1", 443, "/p");
    parts_are("https://[::]", "::", 443, "");
}

static void a_port_is_1_to_65535(void **state)
{
    (void)state;
    parts_are("https://h:1", "h", 1, "");
    parts_are("https://h:443", "h", 443, "");
    parts_are("https://h:65535/p", "h", 65535, "/p");
    parts_are("https://h:0080", "h", 80, "");
    is_refused("https://h:0");
    is_refused("https://h:0000");
    is_refused("https://h:65536");
    is_refused("https://h:65979"); /* 443 beyond what 16 bits hold */
    is_refused("https://h:99999999999999999999");
    is_refused("https://h:4294967739"); /* 443 beyond what 32 bits hold */
    is_refused("https://h:18446744073709552059");
    is_refused("https://h:00000000000000000000065536");
}

static void a_path_holds_what_rfc_3986_lets_it_and_nothing_else(void **state)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._~!$&'()*+,;=:@%/";
    struct reflow_url url;

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char middle[] = {'h', 't', 't', 'p', 's',        ':', '/',
                               '/', 'h', '/', 'a', (char)byte, 'z', '\0'};
        const char last[] = {'h', 't', 't', 'p', 's', ':', '/', '/', 'h', '/', (char)byte, '\0'};

        assert_int_equal(read_url(&url, middle), strchr(allowed, byte) != NULL);
        assert_int_equal(read_url(&url, last), strchr(allowed, byte) != NULL);
    }
    parts_are("https://h/a%20b/%C3%A9", "h", 443, "/a%20b/%C3%A9");
}

/* ---- Refused ---- */

static void only_https_is_a_scheme(void **state)
{
    static const char *const others[] = {
        "",           "h",           "https",    "https:",      "https:/",
        "https:h",    "https:/h",    "http://h", "ftp://h",     "httpss://h",
        " https://h", "\thttps://h", "//h",      "/p",          "h",
        "h:443",      "https//h",    "wss://h",  "https:\\\\h", "\xef\xbb\xbfhttps://h"};

    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        is_refused(others[i]);
    }
}

static void there_must_be_a_host(void **state)
{
    (void)state;
    is_refused("https://");
    is_refused("https:///p");
    is_refused("https://:443");
    is_refused("https://[]");
    is_refused("https://[]:443/p");
}

static void user_information_is_refused(void **state)
{
    (void)state;
    is_refused("https://user@h");
    is_refused("https://user:secret@h/p");
    is_refused("https://@h");
    is_refused("https://h:443@evil/p");
    is_refused("https://h:@evil");
    is_refused("https://[::1]@evil");
}

static void a_query_or_a_fragment_is_refused(void **state)
{
    (void)state;
    is_refused("https://h?q");
    is_refused("https://h#f");
    is_refused("https://h/?");
    is_refused("https://h/p?op=x");
    is_refused("https://h/p#");
    is_refused("https://h:443?q");
    is_refused("https://[::1]#f");
}

static void labels_must_not_be_empty(void **state)
{
    (void)state;
    is_refused("https://.");
    is_refused("https://..");
    is_refused("https://.h");
    is_refused("https://a..b");
    is_refused("https://a.b..");
    is_refused("https://..:443/p");
}

static void a_port_is_digits_only(void **state)
{
    static const char *const ports[] = {
        "",  "/p",  ":",    "-1",   "+1",   " 1",    "1 ",  "0x1",  "1a",
        "a", "1.0", "443:", ":443", "44 3", "443\n", "1e3", "443\\"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        (void)snprintf(text, sizeof text, "https://h:%s", ports[i]);
        is_refused(text);
    }
}

static void a_host_holds_no_byte_that_no_name_has(void **state)
{
    struct reflow_url url;

    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char first[] = {'h', 't', 't', 'p', 's', ':', '/', '/', (char)byte, 'h', '\0'};
        const char middle[] = {'h', 't', 't',        'p', 's', ':', '/',
                               '/', 'a', (char)byte, 'b', '/', 'p', '\0'};
        const bool name_byte = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                               (byte >= 'a' && byte <= 'z') || byte == '_';

        if (byte == '-' || byte == '.' || byte == '/' || byte == ':') {
            continue; /* names and URLs have their own rules for these */
        }
        assert_int_equal(read_url(&url, first), name_byte);
        assert_int_equal(read_url(&url, middle), name_byte);
    }
}

static void control_characters_spaces_and_other_alphabets_are_refused_anywhere(void **state)
{
    static const char url_text[] = "https://host.example:8443/base/path";
    struct reflow_url url;
    char text[sizeof url_text];

    (void)state;
    for (size_t at = 0; at < sizeof url_text - 1; at++) {
        for (int byte = 1; byte < 256; byte++) {
            if (byte <= 0x20 || byte >= 0x7f) {
                memcpy(text, url_text, sizeof text);
                text[at] = (char)byte;
                assert_false(read_url(&url, text));
            }
        }
    }
}

static void brackets_are_closed_and_hold_nothing_but_an_address(void **state)
{
    (void)state;
    is_refused("https://[::1");
    is_refused("https://[::1/p");
    is_refused("https://::1");
    is_refused("https://::1]");
    is_refused("https://[::1]x");
    is_refused("https://[::1]]");
    is_refused("https://[[::1]]");
    is_refused("https://[::1%25eth0]");
    is_refused("https://[::1%eth0]");
    is_refused("https://[host]");
    is_refused("https://[::g]");
    is_refused("https://a[::1]");
}

static void brackets_hold_an_address_and_not_only_its_characters(void **state)
{
    static const char *const none[] = {
        ".", ":", ":::", "abc", "1", "1:2", "127.0.0.1", "1:2:3:4:5:6:7:8:9", "12345::", "::1::"};
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        (void)snprintf(text, sizeof text, "https://[%s]", none[i]);
        is_refused(text);
    }
    /* Longer than any address may be written, though it would be one without the zeros in front. */
    is_refused("https://[::00000000000000000000000000000000000000000000001]");
}

/* "https://" + a host of `host` characters + a path of `path` characters, or as much of them. */
static const char *long_url(size_t host, size_t path)
{
    static char text[2048];
    size_t at = strlen(strcpy(text, "https://"));

    for (size_t i = 0; i < host; i++) {
        text[at++] = i % 60 == 59 ? '.' : 'a';
    }
    for (size_t i = 0; i < path; i++) {
        text[at++] = i == 0 ? '/' : 'p';
    }
    text[at] = '\0';
    return text;
}

static void a_host_has_at_most_253_characters(void **state)
{
    struct reflow_url url;

    (void)state;
    assert_true(read_url(&url, long_url(253, 0)));
    assert_int_equal(url.host_length, 253);
    assert_true(read_url(&url, long_url(253, 9)));
    assert_false(read_url(&url, long_url(254, 0)));
    assert_false(read_url(&url, long_url(254, 9)));
    assert_false(read_url(&url, long_url(1000, 0)));
}

static void a_path_has_at_most_512_characters(void **state)
{
    struct reflow_url url;

    (void)state;
    assert_true(read_url(&url, long_url(5, 512)));
    assert_int_equal(url.path_length, 512);
    assert_false(read_url(&url, long_url(5, 513)));
    assert_false(read_url(&url, long_url(5, 1500)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_itself_is_taken_apart),
        cmocka_unit_test(the_parts_point_into_the_text),
        cmocka_unit_test(port_and_path_may_be_left_out),
        cmocka_unit_test(slashes_at_the_end_of_the_path_are_taken_off_and_others_are_not),
        cmocka_unit_test(a_host_is_a_name_or_an_ipv4_address),
        cmocka_unit_test(an_ipv6_address_stands_in_brackets_and_comes_without_them),
        cmocka_unit_test(a_port_is_1_to_65535),
        cmocka_unit_test(a_path_holds_what_rfc_3986_lets_it_and_nothing_else),
        cmocka_unit_test(only_https_is_a_scheme),
        cmocka_unit_test(there_must_be_a_host),
        cmocka_unit_test(user_information_is_refused),
        cmocka_unit_test(a_query_or_a_fragment_is_refused),
        cmocka_unit_test(labels_must_not_be_empty),
        cmocka_unit_test(a_port_is_digits_only),
        cmocka_unit_test(a_host_holds_no_byte_that_no_name_has),
        cmocka_unit_test(control_characters_spaces_and_other_alphabets_are_refused_anywhere),
        cmocka_unit_test(brackets_are_closed_and_hold_nothing_but_an_address),
        cmocka_unit_test(brackets_hold_an_address_and_not_only_its_characters),
        cmocka_unit_test(a_host_has_at_most_253_characters),
        cmocka_unit_test(a_path_has_at_most_512_characters),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
