/* SPDX-License-Identifier: MIT */
/* The contract of session: what is said of a token that could not be fetched, and when a new one is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/session.c"

/* The token service, and what is said of it. */
static struct {
    int open_status;
    struct reflow_result result;
    int status; /* of the connection */
    unsigned fetches;
    unsigned closed;
    const char *advice;
    bool told;
    char said[200];
} world;

static struct options options;

int connection_open(struct connection *connection, const struct options *given)
{
    (void)connection;
    assert_string_equal(given->api_key, "the-client");
    assert_string_equal(given->org, "the-client");
    return world.open_status;
}

void connection_close(struct connection *connection)
{
    (void)connection;
    world.closed++;
}

void connection_finish(struct connection *connection)
{
    (void)connection;
}

const struct reflow_result *connection_result(const struct connection *connection)
{
    (void)connection;
    return &world.result;
}

int connection_status(const struct connection *connection)
{
    (void)connection;
    return world.status;
}

enum reflow_error reflow_start_token(struct reflow_client *client, struct reflow_ims *ims)
{
    (void)client;
    assert_string_equal(ims->client_secret, "the-secret");
    world.fetches++;
    (void)snprintf(ims->token, sizeof ims->token, "token-%u", world.fetches);
    ims->life_s = 86400;
    return world.result.error;
}

void trouble_tell(const char *what, const struct reflow_result *result, const char *advice)
{
    assert_string_equal(what, "fetching a token");
    assert_ptr_equal(result, &world.result);
    world.told = true;
    world.advice = advice;
}

void console_error(const char *const *parts)
{
    for (; *parts != NULL; parts++) {
        strcat(world.said, *parts);
    }
}

void console_hide(enum hidden which, const char *text)
{
    (void)which;
    (void)text;
}

bool files_anchors(const char *path, const void **bytes, size_t *size)
{
    (void)path;
    *bytes = "";
    *size = 1;
    return true;
}

int token_read(const char *path, struct token *token, bool *missing)
{
    (void)path;
    (void)token;
    (void)missing;
    fail();
    return EXIT_STORAGE;
}

/* Fetches whatever there is. */
int token_obtain(const char *path, const char *rejected, int64_t now,
                 int (*fetch_one)(void *context, struct token *token), void *context,
                 struct token *token)
{
    (void)path;
    (void)rejected;
    (void)now;
    token->ours = true;
    return fetch_one(context, token);
}

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    memset(&options, 0, sizeof options);
    options.client_id = "the-client";
    (void)unsetenv("REFLOW_ACCESS_TOKEN");
    return setenv("REFLOW_CLIENT_SECRET", "the-secret", 1);
}

static int tear_down(void **state)
{
    (void)state;
    session_end();
    return 0;
}

/* Of the service's own trouble the error itself tells enough; of all else, where to look. */
static void what_helps_after_a_failed_fetch_depends_on_the_error(void **state)
{
    static const struct {
        enum reflow_error error;
        const char *advice;
    } cases[] = {{REFLOW_ERR_UNAUTHORIZED, "check --client-id"},
                 {REFLOW_ERR_FORBIDDEN, "check --client-id"},
                 {REFLOW_ERR_NOT_FOUND, "check --ims-url"},
                 {REFLOW_ERR_TLS_UNTRUSTED, "check --ims-url"},
                 {REFLOW_ERR_RATE_LIMITED, NULL},
                 {REFLOW_ERR_UNAVAILABLE, NULL},
                 {REFLOW_ERR_PROXY, NULL},
                 {REFLOW_ERR_TIMEOUT, NULL},
                 {REFLOW_ERR_CONNECTION_LOST, NULL},
                 {REFLOW_ERR_OUT_OF_MEMORY, NULL}};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)set_up(state);
        world.result.error = cases[i].error;
        world.status = EXIT_NOT_APPLIED;
        assert_int_equal(session_begin(&options), EXIT_NOT_APPLIED);
        assert_true(world.told);
        if (cases[i].advice == NULL) {
            assert_null(world.advice);
        } else {
            assert_memory_equal(world.advice, cases[i].advice, strlen(cases[i].advice));
        }
        assert_null(session_token());
        assert_int_equal(world.closed, 1);
        session_end();
    }
}

static void a_refusal_is_of_the_credentials_whatever_it_was_called(void **state)
{
    (void)state;
    world.result.error = REFLOW_ERR_REJECTED;
    world.status = EXIT_REFUSED;
    assert_int_equal(session_begin(&options), EXIT_UNAUTHORIZED);
}

static void without_a_connection_nothing_is_fetched(void **state)
{
    (void)state;
    world.open_status = EXIT_USAGE;
    assert_int_equal(session_begin(&options), EXIT_USAGE);
    assert_int_equal(world.fetches, 0);
    assert_int_equal(world.closed, 0);
    assert_null(session_token());
}

static void a_token_that_was_rejected_is_fetched_anew_once_for_all_who_held_it(void **state)
{
    (void)state;
    assert_int_equal(session_begin(&options), EXIT_DONE);
    assert_string_equal(session_token(), "token-1");
    assert_true(session_renewable());
    assert_true(session_renew("token-1"));
    assert_string_equal(session_token(), "token-2");
    assert_true(session_renew("token-1"));
    assert_int_equal(world.fetches, 2);
}

static void after_a_fetch_that_failed_no_other_is_tried(void **state)
{
    (void)state;
    assert_int_equal(session_begin(&options), EXIT_DONE);
    world.result.error = REFLOW_ERR_UNAUTHORIZED;
    world.status = EXIT_UNAUTHORIZED;
    assert_false(session_renew("token-1"));
    assert_false(session_renewable());
    assert_false(session_renew("token-1"));
    assert_int_equal(world.fetches, 2);
    assert_string_equal(session_token(), "token-1");
}

static void a_token_from_the_environment_is_never_replaced(void **state)
{
    (void)state;
    assert_int_equal(setenv("REFLOW_ACCESS_TOKEN", "given", 1), 0);
    assert_int_equal(session_begin(&options), EXIT_DONE);
    assert_string_equal(session_token(), "given");
    assert_false(session_renewable());
    assert_false(session_renew("given"));
    assert_int_equal(world.fetches, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_helps_after_a_failed_fetch_depends_on_the_error),
        TEST(a_refusal_is_of_the_credentials_whatever_it_was_called),
        TEST(without_a_connection_nothing_is_fetched),
        TEST(a_token_that_was_rejected_is_fetched_anew_once_for_all_who_held_it),
        TEST(after_a_fetch_that_failed_no_other_is_tried),
        TEST(a_token_from_the_environment_is_never_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
