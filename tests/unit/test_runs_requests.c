/* SPDX-License-Identifier: MIT */
/* The contract of runs, of requests: byte for byte what is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runs.h"
#include "text.h"
#include "url.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- Requests ---- */

static struct reflow_config config = {.api_key = "the-key", .org_id = "ORG@AdobeOrg"};

static const char credentials[] = " HTTP/1.1\r\n"
                                  "Host: flow.example\r\n"
                                  "Authorization: Bearer the-token\r\n"
                                  "x-api-key: the-key\r\n"
                                  "x-gw-ims-org-id: ORG@AdobeOrg\r\n"
                                  "x-sandbox-name: prod\r\n"
                                  "User-Agent: reflow/" REFLOW_VERSION "\r\n"
                                  "Accept: application/json\r\n"
                                  "Accept-Encoding: identity\r\n\r\n";

/* Asks for a run, or with NULL for a page of a list, and compares all of the request. */
static void asks(const char *run_id, const struct reflow_runs *runs, const char *target)
{
    static char bytes[8192];
    static char expected[8192];
    struct reflow_url url;
    const struct reflow_flow_request request = {&url, &config, "the-token", run_id};
    struct reflow_text head;
    size_t token_at;

    assert_true(reflow_url_read(&url, "https://flow.example/data"));
    reflow_text_init(&head, bytes, sizeof bytes);
    token_at = run_id != NULL ? reflow_runs_show(&head, &request)
                              : reflow_runs_list(&head, &request, runs);
    (void)snprintf(expected, sizeof expected, "GET /data/runs%s%s", target, credentials);
    assert_true(reflow_text_sound(&head));
    assert_int_equal(head.length, strlen(expected));
    assert_memory_equal(bytes, expected, head.length);
    assert_memory_equal(bytes + token_at, "the-token", 9);
}

#define PAGE "&orderby=-createdAt"

static void one_run_is_asked_for_by_its_id(void **state)
{
    (void)state;
    asks("4fb0418e-1804-45d6-8d56-dd51f05c0baf", NULL, "/4fb0418e-1804-45d6-8d56-dd51f05c0baf");
    asks("a.b_c~d", NULL, "/a.b_c~d");
}

static void a_list_is_asked_for_newest_first_in_the_longest_pages(void **state)
{
    const struct reflow_runs all = {0};

    (void)state;
    asks(NULL, &all, "?limit=100" PAGE);
}

static void filters_are_properties_and_percent_encoded(void **state)
{
    const struct reflow_runs both = {.flow_id = "c1a19761-d2c7", .status = "failed"};
    const struct reflow_runs odd = {.flow_id = "a&b=c,d#\"%/+~"};
    const struct reflow_runs since = {.since_ms = 1593134665781};

    (void)state;
    asks(NULL, &both,
         "?limit=100" PAGE "&property=flowId%3D%3Dc1a19761-d2c7"
         "&property=metrics.statusSummary.status%3D%3Dfailed");
    asks(NULL, &odd, "?limit=100" PAGE "&property=flowId%3D%3Da%26b%3Dc%2Cd%23%22%25%2F%2B~");
    asks(NULL, &since, "?limit=100" PAGE);
}

static void no_more_is_asked_for_than_is_wanted(void **state)
{
    (void)state;
    for (uint32_t limit = 1; limit <= 300; limit++) {
        struct reflow_runs runs = {.limit = limit};
        char target[80];

        for (runs.told = 0; runs.told < limit; runs.told++) {
            const uint32_t left = limit - runs.told;
            (void)snprintf(target, sizeof target, "?limit=%u" PAGE,
                           (unsigned)(left < 100 ? left : 100));
            asks(NULL, &runs, target);
        }
    }
}

static void a_page_asked_for_again_is_as_long_as_it_was(void **state)
{
    const struct reflow_runs all_told = {.limit = 10, .told = 10, .of_page = 10};
    const struct reflow_runs some_told = {.limit = 110, .told = 107, .of_page = 7};

    (void)state;
    asks(NULL, &all_told, "?limit=10" PAGE);
    asks(NULL, &some_told, "?limit=10" PAGE);
}

static void a_continuation_is_sent_as_encoded_as_it_came(void **state)
{
    const struct reflow_runs runs = {.status = "failed", .next = "a%2Bb%3D%3D~c+d"};

    (void)state;
    asks(NULL, &runs,
         "?limit=100" PAGE "&property=metrics.statusSummary.status%3D%3Dfailed"
         "&continuationToken=a%2Bb%3D%3D~c+d");
}

static void no_continuation_can_break_out_of_its_place(void **state)
{
    static const char *const evil[] = {"a b", "a\r\nX: y", "a\tb", "caf\xc3\xa9", "\x7f"};
    struct reflow_url url;
    const struct reflow_flow_request request = {&url, &config, "the-token", NULL};

    (void)state;
    assert_true(reflow_url_read(&url, "https://flow.example/data"));
    for (size_t i = 0; i < COUNT_OF(evil); i++) {
        struct reflow_runs runs = {0};
        struct reflow_text head;
        char text[2048];
        strcpy(runs.next, evil[i]);
        reflow_text_init(&head, text, sizeof text);
        (void)reflow_runs_list(&head, &request, &runs);
        assert_false(reflow_text_sound(&head));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_run_is_asked_for_by_its_id),
        cmocka_unit_test(a_list_is_asked_for_newest_first_in_the_longest_pages),
        cmocka_unit_test(filters_are_properties_and_percent_encoded),
        cmocka_unit_test(no_more_is_asked_for_than_is_wanted),
        cmocka_unit_test(a_page_asked_for_again_is_as_long_as_it_was),
        cmocka_unit_test(a_continuation_is_sent_as_encoded_as_it_came),
        cmocka_unit_test(no_continuation_can_break_out_of_its_place),
    };

    return cmocka_run_group_tests_name("runs_requests", tests, NULL, NULL);
}
