/* SPDX-License-Identifier: MIT */
/* The contract of http_request: the documented head, exactly, and that nobody breaks out of his
 * place in it. */
#define _GNU_SOURCE 1 /* MAP_ANONYMOUS, memmem */
#include "fence.h"

#include "flow.h"
#include "http_request.h"
#include "text.h"
#include "url.h"

#define RUN_ID "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
#define TOKEN "a-token.of_no~use=="

/* The documented request, in the order in which it is sent. */
static const char documented[] =
    "POST /data/foundation/flowservice/runs/" RUN_ID "/action?op=re-trigger HTTP/1.1\r\n"
    "Host: platform.adobe.io\r\n"
    "Authorization: Bearer " TOKEN "\r\n"
    "x-api-key: a-key\r\n"
    "x-gw-ims-org-id: 0123456789ABCDEF@AdobeOrg\r\n"
    "x-sandbox-name: prod\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 0\r\n"
    "User-Agent: reflow/" REFLOW_VERSION "\r\n"
    "Accept: application/json\r\n"
    "Accept-Encoding: identity\r\n"
    "\r\n";

/* What a caller has a say in. */
struct words {
    const char *host;
    const char *path;
    bool ipv6;
    uint16_t port;
    const char *run_id;
    const char *op;
    const char *token;
    const char *api_key;
    const char *org_id;
    const char *sandbox;
};

static struct words the_documented(void)
{
    const struct words words = {"platform.adobe.io",
                                "/data/foundation/flowservice",
                                false,
                                443,
                                RUN_ID,
                                NULL,
                                TOKEN,
                                "a-key",
                                "0123456789ABCDEF@AdobeOrg",
                                NULL};
    return words;
}

static struct reflow_text empty_head(size_t size)
{
    struct reflow_text head;

    reflow_text_init(&head, fence - size, size);
    return head;
}

static size_t write_head(struct reflow_text *head, const struct words *words)
{
    struct reflow_url url = {0};
    struct reflow_config config;
    const struct reflow_flow_request request = {&url, &config, words->token, words->run_id};

    memset(&config, 0, sizeof config);
    url.host = words->host;
    url.host_length = (uint16_t)strlen(words->host);
    url.path = words->path;
    url.path_length = (uint16_t)strlen(words->path);
    url.port = words->port;
    url.ipv6 = words->ipv6;
    config.api_key = words->api_key;
    config.org_id = words->org_id;
    config.sandbox = words->sandbox;
    config.op = words->op;
    return reflow_flow_retrigger(head, &request);
}

static void head_is(const struct reflow_text *head, const char *expected)
{
    assert_true(reflow_text_sound(head));
    assert_int_equal(head->length, strlen(expected));
    assert_memory_equal(head->data, expected, head->length);
}

/* ---- The documented head ---- */

static void the_request_is_exactly_as_documented(void **state)
{
    const struct words words = the_documented();
    struct reflow_text head = empty_head(1024);

    (void)state;
    (void)write_head(&head, &words);
    head_is(&head, documented);
}

static void the_place_of_the_token_is_told_so_that_it_can_be_hidden(void **state)
{
    const struct words words = the_documented();
    struct reflow_text head = empty_head(1024);
    const size_t at = write_head(&head, &words);

    (void)state;
    assert_memory_equal(head.data + at, TOKEN "\r\n", sizeof TOKEN + 1);
    assert_memory_equal(head.data + at - 7, "Bearer ", 7);
}

static bool line_stands_in(const struct reflow_text *head, const char *line)
{
    return memmem(head->data, head->length, line, strlen(line)) != NULL;
}

static void what_has_a_default_can_be_set(void **state)
{
    struct words words = the_documented();
    struct reflow_text head = empty_head(1024);

    (void)state;
    words.op = "RE_TRIGGER";
    words.sandbox = "dev-2";
    words.path = "";
    (void)write_head(&head, &words);
    assert_true(reflow_text_sound(&head));
    assert_true(
        line_stands_in(&head, "POST /runs/" RUN_ID "/action?op=RE_TRIGGER HTTP/1.1\r\nHost: "));
    assert_true(line_stands_in(&head, "\r\nx-sandbox-name: dev-2\r\n"));
}

static void host_names_the_port_only_where_it_is_not_the_schemes_own(void **state)
{
    struct words words = the_documented();
    struct reflow_text head = empty_head(1024);

    (void)state;
    words.port = 8443;
    (void)write_head(&head, &words);
    assert_true(line_stands_in(&head, "\r\nHost: platform.adobe.io:8443\r\n"));
    words.port = 80;
    head = empty_head(1024);
    (void)write_head(&head, &words);
    assert_true(line_stands_in(&head, "\r\nHost: platform.adobe.io:80\r\n"));
}

static void host_puts_an_ipv6_address_into_brackets(void **state)
{
    struct words words = the_documented();
    struct reflow_text head = empty_head(1024);

    (void)state;
    words.host = "2001:db8::1";
    words.ipv6 = true;
    (void)write_head(&head, &words);
    assert_true(line_stands_in(&head, "\r\nHost: [2001:db8::1]\r\n"));
    words.port = 8443;
    head = empty_head(1024);
    (void)write_head(&head, &words);
    assert_true(line_stands_in(&head, "\r\nHost: [2001:db8::1]:8443\r\n"));
}

static void only_the_path_and_the_host_of_a_url_are_read_not_what_follows_them(void **state)
{
    struct reflow_text head = empty_head(256);
    struct reflow_url url;

    (void)state;
    assert_true(reflow_url_read(&url, "https://h:8443/base///"));
    reflow_http_request_begin(&head, "GET", &url);
    reflow_http_request_target(&head, "/x");
    reflow_http_request_host(&head, &url);
    reflow_http_request_end(&head);
    head_is(&head, "GET /base/x HTTP/1.1\r\nHost: h:8443\r\n\r\n");
}

/* ---- Nobody breaks out of his place ---- */

/* Every place of a caller's, by number. */
enum { HOST, PATH, RUN, OP, BEARER, API_KEY, ORG_ID, SANDBOX, PLACES };

static struct words with(int place, const char *word)
{
    struct words words = the_documented();
    const char **places[PLACES] = {&words.host,  &words.path,    &words.run_id, &words.op,
                                   &words.token, &words.api_key, &words.org_id, &words.sandbox};

    *places[place] = word;
    return words;
}

static size_t count(const struct reflow_text *head, char c)
{
    size_t found = 0;

    for (size_t i = 0; i < head->length; i++) {
        found += head->data[i] == c;
    }
    return found;
}

/* A sound head has its twelve lines, each ended by CR LF, two blanks in its first, and nothing
 * that is not ASCII. */
static void head_keeps_its_shape(const struct reflow_text *head)
{
    const char *first_end = memchr(head->data, '\r', head->length);
    struct reflow_text first = *head;

    assert_int_equal(count(head, '\r'), 12);
    assert_int_equal(count(head, '\n'), 12);
    for (size_t i = 0; i < head->length; i++) {
        const unsigned char c = (unsigned char)head->data[i];

        assert_true(c == '\r' ? head->data[i + 1] == '\n' : c == '\n' || (c >= 0x20 && c < 0x7f));
    }
    first.length = (size_t)(first_end - head->data);
    assert_int_equal(count(&first, ' '), 2);
    assert_memory_equal(head->data + head->length - 4, "\r\n\r\n", 4);
}

static void a_byte_stays_in_its_place(int place, const char *word, unsigned char byte)
{
    const struct words words = with(place, word);
    struct reflow_text head = empty_head(1024);
    const bool encoded = place == RUN || place == OP;
    /* A single blank between visible characters is a part of a field's value. */
    const bool blank = byte == ' ' && word[0] == 'a' && word[2] == 'z' && place >= API_KEY;

    (void)write_head(&head, &words);
    assert_int_equal(reflow_text_sound(&head), encoded || blank || (byte > 0x20 && byte < 0x7f));
    assert_false(head.overflow);
    if (reflow_text_sound(&head)) {
        head_keeps_its_shape(&head);
    }
}

static void no_byte_at_any_place_of_a_callers_can_end_a_line_or_the_target(void **state)
{
    (void)state;
    for (int place = 0; place < PLACES; place++) {
        for (int byte = 1; byte < 256; byte++) {
            const char alone[] = {(char)byte, '\0'};
            const char first[] = {(char)byte, 'z', '\0'};
            const char middle[] = {'a', (char)byte, 'z', '\0'};
            const char last[] = {'a', (char)byte, '\0'};

            a_byte_stays_in_its_place(place, alone, (unsigned char)byte);
            a_byte_stays_in_its_place(place, first, (unsigned char)byte);
            a_byte_stays_in_its_place(place, middle, (unsigned char)byte);
            a_byte_stays_in_its_place(place, last, (unsigned char)byte);
        }
    }
}

static void a_nul_in_a_host_or_a_path_of_known_length_is_invalid_too(void **state)
{
    struct reflow_url url = {"h\0st", "/p", 4, 2, 443, false};
    struct reflow_text head = empty_head(256);

    (void)state;
    reflow_http_request_begin(&head, "POST", &url);
    assert_false(head.invalid);
    reflow_http_request_host(&head, &url);
    assert_true(head.invalid);
    url.path = "/\0";
    head = empty_head(256);
    reflow_http_request_begin(&head, "POST", &url);
    assert_true(head.invalid);
}

static void a_value_is_percent_encoded_into_the_target(void **state)
{
    const struct words words = with(RUN, "a/../b?c#d e\r\nx\xc3\xa9%");
    struct reflow_text head = empty_head(1024);

    (void)state;
    (void)write_head(&head, &words);
    assert_true(reflow_text_sound(&head));
    assert_true(line_stands_in(&head, "/runs/a%2F..%2Fb%3Fc%23d%20e%0D%0Ax%C3%A9%25/action?op="));
}

static void a_field_value_is_one_or_more_visible_characters_with_single_blanks_between(void **state)
{
    static const struct {
        const char *value;
        bool sound;
    } values[] = {{"a", true},       {"a b", true},   {"a b c", true},     {"~!\"\\", true},
                  {"", false},       {" ", false},    {" a", false},       {"a ", false},
                  {"a  b", false},   {"\ta", false},  {"a\tb", false},     {"a\r\nb: c", false},
                  {"a\n", false},    {"\r", false},   {"\xc3\xa9", false}, {"a\x7f", false},
                  {"a \xff", false}, {"a\x01", false}};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct reflow_text head = empty_head(64);

        reflow_http_request_field(&head, "n", fenced(values[i].value, strlen(values[i].value) + 1));
        head = empty_head(64);
        reflow_http_request_field(&head, "n", values[i].value);
        assert_int_equal(reflow_text_sound(&head), values[i].sound);
        assert_false(head.overflow);
        if (!values[i].sound) {
            assert_int_equal(head.length, 0);
        }
    }
}

static void methods_names_and_literals_are_visible_characters_too(void **state)
{
    const struct reflow_url url = {"h", "", 1, 0, 443, false};
    struct reflow_text head = empty_head(64);

    (void)state;
    reflow_http_request_begin(&head, "GET /x HTTP/1.1\r\n", &url);
    assert_true(head.invalid);
    head = empty_head(64);
    reflow_http_request_target(&head, "/a b");
    assert_true(head.invalid);
    head = empty_head(64);
    reflow_http_request_field(&head, "a\r\nb", "c");
    assert_true(head.invalid);
    head = empty_head(64);
    (void)reflow_http_request_bearer(&head, "to ken");
    assert_true(head.invalid);
    head = empty_head(64);
    (void)reflow_http_request_bearer(&head, "");
    assert_true(head.invalid);
}

/* ---- Failures stick ---- */

static void what_is_invalid_stays_so_and_ends_the_writing(void **state)
{
    struct reflow_text head = empty_head(64);

    (void)state;
    reflow_http_request_field(&head, "a", "\n");
    reflow_http_request_field(&head, "b", "c");
    reflow_http_request_end(&head);
    assert_true(head.invalid);
    assert_int_equal(head.length, 0);
}

static void
a_head_that_does_not_fit_overflows_at_every_size_and_leaves_its_bounds_alone(void **state)
{
    const struct words words = the_documented();
    const size_t whole = sizeof documented - 1;

    (void)state;
    for (size_t size = 0; size < whole; size++) {
        struct reflow_text head = empty_head(size);

        fence[-(ptrdiff_t)size - 1] = 'x';
        (void)write_head(&head, &words);
        assert_true(head.overflow);
        assert_false(head.invalid);
        assert_true(head.length <= size);
        assert_memory_equal(head.data, documented, head.length);
        assert_int_equal(fence[-(ptrdiff_t)size - 1], 'x');
    }
}

static void a_head_that_fits_exactly_is_written(void **state)
{
    const struct words words = the_documented();
    struct reflow_text head = empty_head(sizeof documented - 1);

    (void)state;
    (void)write_head(&head, &words);
    head_is(&head, documented);
}

static void what_is_invalid_is_said_at_every_size_that_reaches_it(void **state)
{
    const struct words words = with(SANDBOX, "a\nb");

    (void)state;
    for (size_t size = 0; size < sizeof documented; size++) {
        struct reflow_text head = empty_head(size);

        (void)write_head(&head, &words);
        assert_false(reflow_text_sound(&head));
        assert_true(head.length <= size);
        assert_null(memmem(head.data, head.length, "a\nb", 3));
        assert_true(head.invalid);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_exactly_as_documented),
        cmocka_unit_test(the_place_of_the_token_is_told_so_that_it_can_be_hidden),
        cmocka_unit_test(what_has_a_default_can_be_set),
        cmocka_unit_test(host_names_the_port_only_where_it_is_not_the_schemes_own),
        cmocka_unit_test(host_puts_an_ipv6_address_into_brackets),
        cmocka_unit_test(only_the_path_and_the_host_of_a_url_are_read_not_what_follows_them),
        cmocka_unit_test(no_byte_at_any_place_of_a_callers_can_end_a_line_or_the_target),
        cmocka_unit_test(a_nul_in_a_host_or_a_path_of_known_length_is_invalid_too),
        cmocka_unit_test(a_value_is_percent_encoded_into_the_target),
        cmocka_unit_test(
            a_field_value_is_one_or_more_visible_characters_with_single_blanks_between),
        cmocka_unit_test(methods_names_and_literals_are_visible_characters_too),
        cmocka_unit_test(what_is_invalid_stays_so_and_ends_the_writing),
        cmocka_unit_test(
            a_head_that_does_not_fit_overflows_at_every_size_and_leaves_its_bounds_alone),
        cmocka_unit_test(a_head_that_fits_exactly_is_written),
        cmocka_unit_test(what_is_invalid_is_said_at_every_size_that_reaches_it),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
