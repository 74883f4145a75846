/* SPDX-License-Identifier: MIT */
/* The contract of TLS with two servers: each is asked for by its own name, and held against it. */
#include "tls_world.h"

#define TOKEN_HOST "ims.example"

static char asked_for[256]; /* the names, in order */

static int note_name(SSL *ssl, int *alert, void *unused)
{
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const size_t length = strlen(asked_for);

    (void)alert;
    (void)unused;
    (void)snprintf(asked_for + length, sizeof asked_for - length, "%s%s", length == 0 ? "" : " ",
                   name != NULL ? name : "(none)");
    return SSL_TLSEXT_ERR_OK;
}

/* The service's first answer is a new run, the second a token; then new runs again. */
static void begin(const char *alternatives)
{
    static const struct fake_answer run = {"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n"
                                           "{\"id\":\"a-new1\"}",
                                           true, false};
    static const struct fake_answer token = {"HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n"
                                             "{\"access_token\":\"new\",\"expires_in\":600}",
                                             false, false};

    tls_world_begin();
    tls_world.options.alternatives = alternatives;
    fake_service_init(&tls_world.service);
    fake_service_answers(&tls_world.service, run);
    fake_service_answers(&tls_world.service, token);
    fake_service_answers(&tls_world.service, run);
    tls_world_open();
    asked_for[0] = '\0';
    SSL_CTX_set_tlsext_servername_callback(tls_world.peer.context, note_name);
}

static struct reflow_ims ims = {
    .url = "https://" TOKEN_HOST "/token", .client_id = "client", .client_secret = "hush"};

static void each_server_is_asked_for_by_its_own_name(void **state)
{
    (void)state;
    begin("DNS:" PEER_HOST ",DNS:" TOKEN_HOST);
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    assert_string_equal(reflow_error_name(reflow_fetch_token(&tls_world.client, &ims)), "");
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    assert_string_equal(asked_for, PEER_HOST " " TOKEN_HOST " " PEER_HOST);
    tls_world_close();
}

static void each_server_is_held_against_its_own_name(void **state)
{
    (void)state;
    begin("DNS:" PEER_HOST);
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    assert_string_equal(reflow_error_name(reflow_fetch_token(&tls_world.client, &ims)),
                        "tls_hostname");
    assert_int_equal(tls_world.service.heard, 1);
    tls_world_close();
}

static int free_keys(void **state)
{
    (void)state;
    openssl_keys_free();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_server_is_asked_for_by_its_own_name, tls_world_clean_up),
        cmocka_unit_test_teardown(each_server_is_held_against_its_own_name, tls_world_clean_up),
    };

    return cmocka_run_group_tests_name("tls_servers", tests, NULL, free_keys);
}
