/* SPDX-License-Identifier: MIT */
/* The contract of trouble: every error of what only reads has words that are true of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

/* What is said is kept. */
static int said_to;
#undef STDERR_FILENO
#define STDERR_FILENO said_to
#include "cli/console.c"
#include "cli/interrupt.c"
#include "cli/trouble.c"

static const char *said(const struct reflow_result *result, const char *own_advice)
{
    static char text[1000];
    FILE *file = tmpfile();
    ssize_t length;

    assert_non_null(file);
    said_to = fileno(file);
    trouble_tell("a-run", result, own_advice);
    length = pread(said_to, text, sizeof text - 1, 0);
    assert_true(length >= 0);
    text[length] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

/* Nothing was to be changed, and no run is to be settled. */
static void no_error_speaks_of_re_triggering(void **state)
{
    static const char *const untrue[] = {"re-trigger", "new run", "has started", "settle"};
    struct reflow_result result = {0};
    size_t i;

    (void)state;
    for (result.error = (enum reflow_error)1; result.error < REFLOW_ERROR_COUNT; result.error++) {
        const char *words = said(&result, NULL);

        assert_memory_equal(words, "reflow: a-run: ", 15);
        assert_non_null(strstr(words, reflow_error_name(result.error)));
        assert_non_null(strstr(words, "\n    -> "));
        for (i = 0; i < sizeof untrue / sizeof untrue[0]; i++) {
            if (strstr(words, untrue[i]) != NULL) {
                fail_msg("\"%s\" stands in: %s", untrue[i], words);
            }
        }
    }
}

static void what_helps_depends_on_the_error(void **state)
{
    static const struct {
        enum reflow_error error;
        const char *helps;
    } cases[] = {
        {REFLOW_ERR_REJECTED, "read the service's words; check the run ID and the filters"},
        {REFLOW_ERR_NOT_FOUND, "check the run ID, the sandbox"},
        {REFLOW_ERR_UNAVAILABLE, "repeat later; nothing was changed"},
        {REFLOW_ERR_SERVER_ERROR, "repeat later; nothing was changed"},
        {REFLOW_ERR_HTTP_TRUNCATED, "repeat later; nothing was changed"},
        {REFLOW_ERR_TIMEOUT, "repeat later; nothing was changed"},
        {REFLOW_ERR_CONNECTION_LOST, "repeat later; nothing was changed"},
        {REFLOW_ERR_HTTP_MALFORMED, "check what stands at --url; nothing was changed"},
        {REFLOW_ERR_HTTP_UNSUPPORTED, "check what stands at --url; nothing was changed"},
        {REFLOW_ERR_JSON_MALFORMED, "check what stands at --url; nothing was changed"},
        {REFLOW_ERR_JSON_UNEXPECTED, "check what stands at --url; nothing was changed"},
        {REFLOW_ERR_HTTP_TOO_LARGE, "see reflow_config.h; nothing was changed"},
        {REFLOW_ERR_JSON_TOO_LARGE, "see reflow_config.h; nothing was changed"}};
    struct reflow_result result = {0};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        result.error = cases[i].error;
        if (strstr(said(&result, NULL), cases[i].helps) == NULL) {
            fail_msg("\"%s\" is not in: %s", cases[i].helps, said(&result, NULL));
        }
    }
    assert_non_null(strstr(said(&result, "ask a friend"), "\n    -> ask a friend\n"));
}

static void the_services_words_come_before_ours(void **state)
{
    const struct reflow_result result = {.error = REFLOW_ERR_REJECTED,
                                         .http_status = 400,
                                         .code = "1388-400",
                                         .detail = "Not today",
                                         .request_id = "17"};

    (void)state;
    assert_string_equal(said(&result, "wait"), "reflow: a-run: rejected (HTTP 400), 1388-400: Not "
                                               "today [request 17]\n    -> wait\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_error_speaks_of_re_triggering),
        cmocka_unit_test(what_helps_depends_on_the_error),
        cmocka_unit_test(the_services_words_come_before_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
