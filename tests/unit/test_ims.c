/* SPDX-License-Identifier: MIT */
/* The contract of ims: the token request byte for byte, what is taken for a token and what is not,
 * and when a new one is due. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>
#include <stdlib.h>

#include "ims.h"
#include "slices.h"
#include "text.h"
#include "url.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define STORE 4544 /* what a client of the usual sizes has for it */

static struct reflow_ims ims;
static struct reflow_slices slices;
static struct reflow_result result;
static char memory[STORE];
static char text[32768];

/* ---- The request ---- */

static size_t write_request(const char *url_text, struct reflow_text *request, size_t size,
                            size_t *secret_length)
{
    struct reflow_url url;

    assert_true(reflow_url_read(&url, url_text));
    reflow_text_init(request, text, size);
    return reflow_ims_request(request, &url, &ims, secret_length);
}

static void the_request_is_worded_like_this(void **state)
{
    static const char expected[] =
        "POST /ims/token/v3 HTTP/1.1\r\n"
        "Host: ims-na1.adobelogin.com\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        "Content-Length: 179\r\n"
        "User-Agent: reflow/" REFLOW_VERSION "\r\n"
        "Accept: application/json\r\n"
        "Accept-Encoding: identity\r\n\r\n"
        "client_id=the-client&client_secret=p8e-%2B%2F%3D%26~s&grant_type=client_credentials"
        "&scope=openid%2CAdobeID%2Cread_organizations%2Cadditional_info.projectedProductContext"
        "%2Csession";
    struct reflow_text request;
    size_t length;
    size_t at;

    (void)state;
    memset(&ims, 0, sizeof ims);
    ims.client_id = "the-client";
    ims.client_secret = "p8e-+/=&~s";
    at = write_request(REFLOW_DEFAULT_IMS_URL, &request, sizeof text, &length);
    assert_true(reflow_text_sound(&request));
    text[request.length] = '\0';
    assert_string_equal(text, expected);
    assert_int_equal(length, 18);
    assert_memory_equal(text + at, "p8e-%2B%2F%3D%26~s&grant", 24);
}

static void url_and_scope_are_free(void **state)
{
    struct reflow_text request;
    size_t length;

    (void)state;
    ims.scope = "a b";
    (void)write_request("https://[::1]:8443/t", &request, sizeof text, &length);
    text[request.length] = '\0';
    assert_memory_equal(text, "POST /t HTTP/1.1\r\nHost: [::1]:8443\r\n", 36);
    assert_non_null(strstr(text, "&scope=a%20b"));
    assert_string_equal(strstr(text, "&scope="), "&scope=a%20b");
}

/* The content's length is right, and the secret where it is said to be. */
static void check_lengths(void)
{
    struct reflow_text request;
    const char *content;
    size_t length;
    const size_t at = write_request("https://a/b", &request, sizeof text, &length);

    assert_true(reflow_text_sound(&request));
    text[request.length] = '\0';
    content = strstr(text, "\r\n\r\n") + 4;
    assert_int_equal(strlen(content), strtoul(strstr(text, "Content-Length: ") + 16, NULL, 10));
    assert_memory_equal(text + at - 15, "&client_secret=", 15);
    assert_memory_equal(text + at + length, "&grant_type=", 12);
    assert_null(memchr(text + at, '&', length));
}

static void the_content_is_as_long_as_is_said_whatever_it_is_made_of(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char one[] = {(char)byte, '\0'};
        const char many[] = {'a', (char)byte, (char)byte, 'b', '\0'};
        ims.client_id = one;
        ims.client_secret = many;
        ims.scope = "s";
        check_lengths();
        ims.client_id = many;
        ims.client_secret = one;
        ims.scope = many;
        check_lengths();
    }
}

static void a_request_that_does_not_fit_is_not_written(void **state)
{
    struct reflow_text request;
    size_t length;
    size_t size;

    (void)state;
    memset(&ims, 0, sizeof ims);
    ims.client_id = ims.client_secret = "x";
    (void)write_request("https://a/b", &request, sizeof text, &length);
    size = request.length;
    (void)write_request("https://a/b", &request, size, &length);
    assert_true(reflow_text_sound(&request));
    (void)write_request("https://a/b", &request, size - 1, &length);
    assert_true(request.overflow);
}

/* ---- The answer ---- */

static enum reflow_error cut_out(const char *answer, const char *const *paths, size_t count)
{
    const size_t length = strlen(answer);
    bool element;

    memset(&result, 0, sizeof result);
    memset(memory, 'x', sizeof memory);
    reflow_slices_init(&slices, memory, sizeof memory);
    reflow_slices_expect(&slices, paths, count);
    assert_int_equal(reflow_slices_read(&slices, fenced(answer, length), length, &element), length);
    return reflow_slices_end(&slices);
}

#define BEFORE "the-one-before"

static enum reflow_error read_token(const char *answer)
{
    enum reflow_error error;

    memset(&ims, 0, sizeof ims);
    strcpy(ims.token, BEFORE);
    ims.life_s = 77;
    ims.fetched_ms = 5;
    ims.asked_ms = 6;
    error = cut_out(answer, reflow_ims_token_paths, REFLOW_IMS_TOKEN_PATHS);
    return error == REFLOW_OK ? reflow_ims_token(&slices, &ims) : error;
}

static void token_is(const char *answer, const char *token, uint32_t life_s)
{
    assert_int_equal(read_token(answer), REFLOW_OK);
    assert_string_equal(ims.token, token);
    assert_int_equal(ims.life_s, life_s);
    assert_int_equal(ims.fetched_ms, 6); /* from when it was asked for */
}

/* And leaves all as it was. */
static void is_none(const char *answer, enum reflow_error error)
{
    const enum reflow_error got = read_token(answer);

    if (got != error) {
        fail_msg("%s: %s", answer, reflow_error_name(got));
    }
    assert_string_equal(ims.token, BEFORE);
    assert_int_equal(ims.life_s, 77);
    assert_int_equal(ims.fetched_ms, 5);
}

static void a_token_comes_with_its_life(void **state)
{
    (void)state;
    token_is("{\"access_token\":\"eyJ.a-b_c\",\"token_type\":\"bearer\",\"expires_in\":86399}",
             "eyJ.a-b_c", 86399);
    token_is("{\"expires_in\":1,\"access_token\":\"\\u0041\\/+=~\"}", "A/+=~", 1);
    token_is("{\"x\":{\"access_token\":\"no\",\"expires_in\":5},\"access_token\":\"t\","
             "\"expires_in\":2}",
             "t", 2);
}

static void a_life_beyond_ten_days_was_meant_in_milliseconds(void **state)
{
    static const struct {
        const char *said;
        uint32_t life_s;
    } rows[] = {{"1", 1},
                {"863999", 863999},
                {"864000", 864000},
                {"864001", 864},
                {"86399985", 86399},
                {"864000000", 864000},
                {"864000999", 864000},
                {"864001000", 864000}, /* no token is kept for longer */
                {"4294967295", 864000},
                {"4294967296", 864000},
                {"9223372036854775807", 864000}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char answer[100];
        (void)snprintf(answer, sizeof answer, "{\"access_token\":\"t\",\"expires_in\":%s}",
                       rows[i].said);
        token_is(answer, "t", rows[i].life_s);
    }
}

static void members_that_are_missing_doubled_or_of_another_type_make_no_token(void **state)
{
    static const char *const none[] = {
        "{}",
        "[]",
        "\"t\"",
        "{\"access_token\":\"t\"}",
        "{\"expires_in\":1}",
        "{\"access_token\":\"t\",\"access_token\":\"u\",\"expires_in\":1}",
        "{\"access_token\":\"t\",\"access_token\":\"t\",\"expires_in\":1}",
        "{\"access_token\":\"t\",\"expires_in\":1,\"expires_in\":1}",
        "{\"access_token\":null,\"expires_in\":1}",
        "{\"access_token\":7,\"expires_in\":1}",
        "{\"access_token\":[\"t\"],\"expires_in\":1}",
        "{\"access_token\":\"\",\"expires_in\":1}",
        "{\"access_token\":\"t\",\"expires_in\":0}",
        "{\"access_token\":\"t\",\"expires_in\":-1}",
        "{\"access_token\":\"t\",\"expires_in\":1.5}",
        "{\"access_token\":\"t\",\"expires_in\":1e3}",
        "{\"access_token\":\"t\",\"expires_in\":null}",
        "{\"access_token\":\"t\",\"expires_in\":\"1\"}",
        "{\"access_token\":\"t\",\"expires_in\":9223372036854775808}",
        "{\"token\":\"t\",\"expires_in\":1}",
        "{\"Access_Token\":\"t\",\"expires_in\":1}",
        "[{\"access_token\":\"t\",\"expires_in\":1}]"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(none); i++) {
        is_none(none[i], REFLOW_ERR_JSON_UNEXPECTED);
    }
    is_none("{\"access_token\":\"t\",\"expires_in\":1", REFLOW_ERR_JSON_MALFORMED);
    is_none("access_token=t&expires_in=1", REFLOW_ERR_JSON_MALFORMED);
    is_none("", REFLOW_ERR_JSON_MALFORMED);
}

static void what_could_not_be_sent_as_a_token_is_none(void **state)
{
    static const char *const illegal[] = {
        " ",       "a b",     "a\\n",       "a\\r\\nX: y", "a\\u0000b", "\\t", "\\u007f",
        "\\u001f", "\\u0000", "caf\\u00e9", "\xc3\xa9",    "a ",        " a",  "\\ud83d"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(illegal); i++) {
        char answer[100];
        (void)snprintf(answer, sizeof answer, "{\"access_token\":\"%s\",\"expires_in\":1}",
                       illegal[i]);
        is_none(answer, REFLOW_ERR_JSON_UNEXPECTED);
    }
}

static const char *token_of(size_t length)
{
    static char answer[8192];

    strcpy(answer, "{\"access_token\":\"");
    memset(answer + 17, 't', length);
    strcpy(answer + 17 + length, "\",\"expires_in\":3600}");
    return answer;
}

static void a_token_of_4096_characters_fits_and_no_longer_one(void **state)
{
    (void)state;
    assert_int_equal(read_token(token_of(4096)), REFLOW_OK);
    assert_int_equal(strlen(ims.token), 4096);
    assert_int_equal(strspn(ims.token, "t"), 4096);
    assert_int_equal(ims.life_s, 3600);
    is_none(token_of(4097), REFLOW_ERR_JSON_UNEXPECTED);
    is_none(token_of(6000), REFLOW_ERR_JSON_TOO_LARGE);
}

static void problem_is(const char *answer, const char *code, const char *detail)
{
    (void)cut_out(answer, reflow_ims_problem_paths, REFLOW_IMS_PROBLEM_PATHS);
    assert_false(reflow_ims_problem(&slices, &result));
    assert_string_equal(result.code != NULL ? result.code : "(none)", code);
    assert_string_equal(result.detail != NULL ? result.detail : "(none)", detail);
}

static void the_words_of_an_error_are_kept(void **state)
{
    (void)state;
    problem_is("{\"error\":\"invalid_client\",\"error_description\":\"no such \\u0063lient\"}",
               "invalid_client", "no such client");
    problem_is("{\"error_description\":\"words\"}", "(none)", "words");
    problem_is("{\"error\":\"invalid_scope\"}", "invalid_scope", "(none)");
    problem_is("{\"error\":\"\",\"error_description\":\"\"}", "(none)", "(none)");
    problem_is("{\"error\":7,\"error_description\":null}", "(none)", "(none)");
    problem_is("{\"error\":{\"error\":\"no\"},\"x\":{\"error_description\":\"no\"}}", "(none)",
               "(none)");
    problem_is("{}", "(none)", "(none)");
    problem_is("[\"error\"]", "(none)", "(none)");
}

/* ---- When a new one is due ---- */

static void due_from(uint32_t life_s, uint32_t age_s)
{
    ims.life_s = life_s;
    assert_true(reflow_ims_due(&ims, age_s * 1000));
    assert_true(reflow_ims_due(&ims, UINT32_MAX));
    if (age_s > 0) {
        assert_false(reflow_ims_due(&ims, age_s * 1000 - 1));
        assert_false(reflow_ims_due(&ims, 0));
    }
}

static void a_token_is_due_five_minutes_before_its_end(void **state)
{
    (void)state;
    strcpy(ims.token, "t");
    due_from(86399, 86099);
    due_from(864000, 863700);
    due_from(3600, 3300);
    due_from(750, 450);
    due_from(601, 301);
    due_from(600, 300);
}

static void a_short_one_is_due_in_the_middle_of_its_life(void **state)
{
    (void)state;
    strcpy(ims.token, "t");
    due_from(599, 300);
    due_from(300, 150);
    due_from(60, 30);
    due_from(2, 1);
    due_from(1, 1);
    due_from(0, 0);
}

static void none_is_due_at_once(void **state)
{
    (void)state;
    ims.token[0] = '\0';
    ims.life_s = 86399;
    assert_true(reflow_ims_due(&ims, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_worded_like_this),
        cmocka_unit_test(url_and_scope_are_free),
        cmocka_unit_test(the_content_is_as_long_as_is_said_whatever_it_is_made_of),
        cmocka_unit_test(a_request_that_does_not_fit_is_not_written),
        cmocka_unit_test(a_token_comes_with_its_life),
        cmocka_unit_test(a_life_beyond_ten_days_was_meant_in_milliseconds),
        cmocka_unit_test(members_that_are_missing_doubled_or_of_another_type_make_no_token),
        cmocka_unit_test(what_could_not_be_sent_as_a_token_is_none),
        cmocka_unit_test(a_token_of_4096_characters_fits_and_no_longer_one),
        cmocka_unit_test(the_words_of_an_error_are_kept),
        cmocka_unit_test(a_token_is_due_five_minutes_before_its_end),
        cmocka_unit_test(a_short_one_is_due_in_the_middle_of_its_life),
        cmocka_unit_test(none_is_due_at_once),
    };

    return cmocka_run_group_tests_name("ims", tests, put_up_fence, NULL);
}
