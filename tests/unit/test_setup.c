/* SPDX-License-Identifier: MIT */
/* The contract of setup: which configurations a client accepts, and which field it names when not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reflow.h"

#define PEM "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct reflow_client client;

/* ---- A port that nothing may call but for its clock ---- */

static enum reflow_open no_open(void *context, const char *host, uint16_t port)
{
    (void)context;
    (void)host;
    (void)port;
    fail_msg("a connection was opened");
    return REFLOW_OPEN_FAILED;
}

static int32_t no_send(void *context, const void *data, size_t length)
{
    (void)context;
    (void)data;
    (void)length;
    fail_msg("something was sent");
    return REFLOW_IO_LOST;
}

static int32_t no_recv(void *context, void *data, size_t length)
{
    (void)context;
    (void)data;
    (void)length;
    fail_msg("something was received");
    return REFLOW_IO_LOST;
}

static void no_close(void *context)
{
    (void)context;
    fail_msg("what was not opened was closed");
}

static uint32_t zero_ms(void *context)
{
    (void)context;
    return 0;
}

static int64_t no_time(void *context)
{
    (void)context;
    return REFLOW_TIME_UNKNOWN;
}

static const struct reflow_port whole_port = {no_open, no_send, no_recv, no_close,
                                              zero_ms, no_time, NULL,    NULL};

static struct reflow_config sound_config(void)
{
    struct reflow_config config;

    memset(&config, 0, sizeof config);
    config.token = "a-token";
    config.api_key = "a-key";
    config.org_id = "0123456789ABCDEF@AdobeOrg";
    config.anchors = PEM;
    config.anchors_size = sizeof PEM - 1;
    config.port = &whole_port;
    return config;
}

static void is_accepted(const struct reflow_config *config)
{
    memset(&client, 0xa5, sizeof client);
    if (reflow_init(&client, sizeof client, config) != REFLOW_OK) {
        fail_msg("%s was refused", reflow_invalid_field(&client));
    }
    assert_string_equal(reflow_invalid_field(&client), "");
    reflow_close(&client);
}

static void is_refused_for(const struct reflow_config *config, const char *field)
{
    memset(&client, 0xa5, sizeof client);
    assert_int_equal(reflow_init(&client, sizeof client, config), REFLOW_ERR_INVALID_ARGUMENT);
    assert_string_equal(reflow_invalid_field(&client), field);
}

static const char *repeated(char c, size_t length)
{
    static char text[(REFLOW_MAX_TOKEN > 512 ? REFLOW_MAX_TOKEN : 512) + 2];

    assert_true(length < sizeof text);
    memset(text, c, length);
    text[length] = '\0';
    return text;
}

/* ---- The whole ---- */

static void what_is_needed_and_nothing_more_is_accepted(void **state)
{
    const struct reflow_config config = sound_config();

    (void)state;
    is_accepted(&config);
}

static void defaults_stand_in_for_zero_and_null(void **state)
{
    const struct reflow_config config = sound_config();

    (void)state;
    assert_int_equal(reflow_init(&client, sizeof client, &config), REFLOW_OK);
    assert_int_equal(client.config.timeout_ms, 60000);
    assert_int_equal(client.config.attempts, 4);
    assert_int_equal(client.url.port, 443);
    assert_string_equal(client.host, "platform.adobe.io");
    assert_int_equal(client.url.path_length, strlen("/data/foundation/flowservice"));
    reflow_close(&client);
}

static void what_was_given_is_taken(void **state)
{
    struct reflow_config config = sound_config();

    (void)state;
    config.url = "https://[::1]:8443/base/";
    config.timeout_ms = 1;
    config.attempts = 255;
    assert_int_equal(reflow_init(&client, sizeof client, &config), REFLOW_OK);
    assert_int_equal(client.config.timeout_ms, 1);
    assert_int_equal(client.config.attempts, 255);
    assert_int_equal(client.url.port, 8443);
    assert_string_equal(client.host, "::1");
    reflow_close(&client);
}

static void a_client_of_another_size_is_refused_and_not_touched(void **state)
{
    const struct reflow_config config = sound_config();
    static struct reflow_client before;

    (void)state;
    memset(&client, 0x5a, sizeof client);
    memset(&before, 0x5a, sizeof before);
    assert_int_equal(reflow_init(&client, sizeof client - 1, &config), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_init(&client, sizeof client + 1, &config), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_init(&client, 0, &config), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_init(&client, SIZE_MAX, &config), REFLOW_ERR_INVALID_ARGUMENT);
    assert_memory_equal(&client, &before, sizeof client);
}

static void without_client_or_configuration_nothing_is_done(void **state)
{
    const struct reflow_config config = sound_config();

    (void)state;
    assert_int_equal(reflow_init(NULL, sizeof client, &config), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_init(&client, sizeof client, NULL), REFLOW_ERR_INVALID_ARGUMENT);
}

/* In static storage, which is zero. */
static void a_size_mismatch_is_the_fault_of_no_field(void **state)
{
    const struct reflow_config config = sound_config();

    (void)state;
    memset(&client, 0, sizeof client);
    assert_int_equal(reflow_init(&client, sizeof client - 1, &config), REFLOW_ERR_INVALID_ARGUMENT);
    assert_non_null(reflow_invalid_field(&client));
    assert_string_equal(reflow_invalid_field(&client), "");
}

static void a_new_client_has_done_nothing_and_says_so(void **state)
{
    const struct reflow_config config = sound_config();
    const struct reflow_result *result;

    (void)state;
    assert_int_equal(reflow_init(&client, sizeof client, &config), REFLOW_OK);
    result = reflow_result(&client);
    assert_int_equal(result->outcome, REFLOW_NOT_APPLIED);
    assert_int_not_equal(result->error, REFLOW_OK);
    assert_int_equal(result->attempts, 0);
    assert_int_equal(result->http_status, 0);
    assert_null(result->id);
    assert_int_equal(reflow_step(&client), REFLOW_FAILED);
    reflow_close(&client);
}

/* ---- Field by field ---- */

static void a_port_needs_each_of_its_functions_but_wait(void **state)
{
    struct reflow_config config = sound_config();
    struct reflow_port port;

    (void)state;
    config.port = NULL;
    is_refused_for(&config, "port");
    config.port = &port;
    port = whole_port;
    port.open = NULL;
    is_refused_for(&config, "port");
    port = whole_port;
    port.send = NULL;
    is_refused_for(&config, "port");
    port = whole_port;
    port.recv = NULL;
    is_refused_for(&config, "port");
    port = whole_port;
    port.close = NULL;
    is_refused_for(&config, "port");
    port = whole_port;
    port.now_ms = NULL;
    is_refused_for(&config, "port");
    port = whole_port;
    port.unix_time = NULL;
    is_refused_for(&config, "port");
    port = whole_port;
    is_accepted(&config);
}

static void a_url_is_one_that_can_be_connected_to(void **state)
{
    static const char *const refused[] = {
        "", "http://h", "https://", "https://h?q", "https://h:0", "https://u@h", "https://h/a b"};
    struct reflow_config config = sound_config();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        config.url = refused[i];
        is_refused_for(&config, "url");
    }
    config.url = "https://h";
    is_accepted(&config);
}

static void a_token_is_1_to_the_most_visible_characters(void **state)
{
    struct reflow_config config = sound_config();

    (void)state;
    config.token = "";
    is_refused_for(&config, "token");
    config.token = "a";
    is_accepted(&config);
    config.token = repeated('t', REFLOW_MAX_TOKEN);
    is_accepted(&config);
    config.token = repeated('t', REFLOW_MAX_TOKEN + 1);
    is_refused_for(&config, "token");
}

/* For each string field: which bytes it takes. */
static void takes_bytes(struct reflow_config *config, const char **place, const char *field,
                        const char *allowed)
{
    for (int byte = 1; byte < 256; byte++) {
        const char text[] = {'a', (char)byte, 'z', '\0'};

        *place = text;
        if (allowed != NULL ? strchr(allowed, byte) != NULL : byte > 0x20 && byte < 0x7f) {
            is_accepted(config);
        } else {
            is_refused_for(config, field);
        }
    }
}

static void no_field_takes_a_byte_that_could_break_out_of_its_place(void **state)
{
    struct reflow_config config = sound_config();

    (void)state;
    takes_bytes(&config, &config.token, "token", NULL);
    config = sound_config();
    takes_bytes(&config, &config.api_key, "api_key", NULL);
    config = sound_config();
    takes_bytes(&config, &config.org_id, "org_id", NULL);
    config = sound_config();
    takes_bytes(&config, &config.sandbox, "sandbox", "abcdefghijklmnopqrstuvwxyz0123456789-");
    config = sound_config();
    takes_bytes(&config, &config.op, "op",
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");
}

static void an_api_key_is_needed_and_is_at_most_256_characters(void **state)
{
    struct reflow_config config = sound_config();

    (void)state;
    config.api_key = NULL;
    is_refused_for(&config, "api_key");
    config.api_key = "";
    is_refused_for(&config, "api_key");
    config.api_key = repeated('k', 256);
    is_accepted(&config);
    config.api_key = repeated('k', 257);
    is_refused_for(&config, "api_key");
}

static void an_organization_is_needed_and_is_at_most_256_characters(void **state)
{
    struct reflow_config config = sound_config();

    (void)state;
    config.org_id = NULL;
    is_refused_for(&config, "org_id");
    config.org_id = "";
    is_refused_for(&config, "org_id");
    config.org_id = repeated('o', 256);
    is_accepted(&config);
    config.org_id = repeated('o', 257);
    is_refused_for(&config, "org_id");
}

static void a_sandbox_begins_with_a_letter_and_is_at_most_256_characters(void **state)
{
    static const char *const refused[] = {"", "-a", "0a", "Prod", "prod_1", "prod.1", "9"};
    struct reflow_config config = sound_config();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        config.sandbox = refused[i];
        is_refused_for(&config, "sandbox");
    }
    config.sandbox = "p";
    is_accepted(&config);
    config.sandbox = "a-0-";
    is_accepted(&config);
    config.sandbox = repeated('s', 256);
    is_accepted(&config);
    config.sandbox = repeated('s', 257);
    is_refused_for(&config, "sandbox");
}

static void an_op_is_1_to_64_unreserved_characters(void **state)
{
    struct reflow_config config = sound_config();

    (void)state;
    config.op = "";
    is_refused_for(&config, "op");
    config.op = "RE_TRIGGER";
    is_accepted(&config);
    config.op = repeated('o', 64);
    is_accepted(&config);
    config.op = repeated('o', 65);
    is_refused_for(&config, "op");
}

static void anchors_are_pem_blocks_or_der(void **state)
{
    static const char no_end[] = "-----BEGIN CERTIFICATE-----\nMAA=\n";
    static const char in_text[] = "# a bundle\n\n" PEM "more\n";
    static const unsigned char der[] = {0x30, 13,   0x30, 11,   2, 1,    1, 0x30,
                                        0,    0x30, 0,    0x30, 0, 0x30, 0};
    struct reflow_config config = sound_config();

    (void)state;
    config.anchors = NULL;
    is_refused_for(&config, "anchors");
    config.anchors = PEM;
    config.anchors_size = 0;
    is_refused_for(&config, "anchors");
    config.anchors_size = 20; /* the rest is not there */
    is_refused_for(&config, "anchors");
    config.anchors = no_end;
    config.anchors_size = sizeof no_end - 1;
    is_refused_for(&config, "anchors");
    config.anchors = "no anchors";
    config.anchors_size = 10;
    is_refused_for(&config, "anchors");
    config.anchors = in_text;
    config.anchors_size = sizeof in_text - 1;
    is_accepted(&config);
    config.anchors = der;
    config.anchors_size = sizeof der;
    is_accepted(&config);
    config.anchors_size = 1;
    is_refused_for(&config, "anchors");
}

static void pins_that_are_counted_must_be_there(void **state)
{
    static const uint8_t pins[2][REFLOW_PIN_SIZE] = {{1}, {2}};
    struct reflow_config config = sound_config();

    (void)state;
    config.pin_count = 1;
    is_refused_for(&config, "pins");
    config.pins = pins;
    is_accepted(&config);
    config.pin_count = 2;
    is_accepted(&config);
    config.pin_count = 0;
    is_accepted(&config);
}

static void a_clock_policy_is_one_of_the_three(void **state)
{
    struct reflow_config config = sound_config();

    (void)state;
    config.clock_policy = REFLOW_CLOCK_REQUIRE;
    is_accepted(&config);
    config.clock_policy = REFLOW_CLOCK_NOT_BEFORE_BUILD;
    is_accepted(&config);
    config.clock_policy = REFLOW_CLOCK_PINNED_ONLY;
    is_accepted(&config);
    config.clock_policy = (enum reflow_clock_policy)(REFLOW_CLOCK_PINNED_ONLY + 1);
    is_refused_for(&config, "clock_policy");
    config.clock_policy = (enum reflow_clock_policy) - 1;
    is_refused_for(&config, "clock_policy");
}

static void a_deadline_is_at_most_a_day(void **state)
{
    struct reflow_config config = sound_config();

    (void)state;
    config.timeout_ms = 86400000;
    is_accepted(&config);
    config.timeout_ms = 86400001;
    is_refused_for(&config, "timeout_ms");
    config.timeout_ms = UINT32_MAX;
    is_refused_for(&config, "timeout_ms");
}

/* ---- Afterwards ---- */

static void a_token_can_be_replaced_by_one_that_is_as_sound(void **state)
{
    const struct reflow_config config = sound_config();
    static const char *const refused[] = {"", "a b", "a\n", "a\r\nX-Evil: 1", "\xc3\xa9", "a\x7f"};

    (void)state;
    assert_int_equal(reflow_init(&client, sizeof client, &config), REFLOW_OK);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_int_equal(reflow_set_token(&client, refused[i]), REFLOW_ERR_INVALID_ARGUMENT);
    }
    assert_int_equal(reflow_set_token(&client, NULL), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_set_token(&client, repeated('t', REFLOW_MAX_TOKEN + 1)),
                     REFLOW_ERR_INVALID_ARGUMENT);
    assert_string_equal(client.config.token, "a-token");
    assert_int_equal(reflow_set_token(&client, repeated('t', REFLOW_MAX_TOKEN)), REFLOW_OK);
    assert_int_equal(reflow_set_token(&client, "another"), REFLOW_OK);
    assert_string_equal(client.config.token, "another");
    reflow_close(&client);
}

static void the_longest_of_everything_is_a_request_too_large_before_anything_is_opened(void **state)
{
    static char key[257];
    static char token[REFLOW_MAX_TOKEN + 1];
    static char url[8 + 253 + 512 + 1] = "https://";
    struct reflow_config config = sound_config();

    (void)state;
    memset(key, 'k', sizeof key - 1);
    memset(token, 't', sizeof token - 1);
    memset(url + 8, 'h', 253);
    url[8 + 60] = url[8 + 120] = url[8 + 180] = url[8 + 240] = '.';
    memset(url + 8 + 253, '/', 1);
    memset(url + 8 + 254, 'p', 511);
    config.url = url;
    config.token = token;
    config.api_key = config.org_id = config.sandbox = key;
    assert_int_equal(reflow_init(&client, sizeof client, &config), REFLOW_OK);
    assert_int_equal(reflow_start_retrigger(&client, "a-run"), REFLOW_ERR_REQUEST_TOO_LARGE);
    assert_int_equal(reflow_result(&client)->error, REFLOW_ERR_REQUEST_TOO_LARGE);
    assert_int_equal(reflow_result(&client)->outcome, REFLOW_NOT_APPLIED);
    reflow_close(&client);
}

static void a_run_id_is_1_to_128_unreserved_characters(void **state)
{
    char text[130];

    (void)state;
    assert_true(reflow_run_id_valid("4fb0418e-1804-45d6-8d56-dd51f05c0baf"));
    assert_true(reflow_run_id_valid("A"));
    assert_true(reflow_run_id_valid("a.b_c~d-9"));
    assert_false(reflow_run_id_valid(""));
    assert_false(reflow_run_id_valid(NULL));
    for (int byte = 1; byte < 256; byte++) {
        const char id[] = {'a', (char)byte, '\0'};

        assert_int_equal(
            reflow_run_id_valid(id),
            strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-", byte) !=
                NULL);
    }
    memset(text, 'a', sizeof text);
    text[128] = '\0';
    assert_true(reflow_run_id_valid(text));
    text[128] = 'a';
    text[129] = '\0';
    assert_false(reflow_run_id_valid(text));
}

static void a_run_id_is_no_dot_segment(void **state)
{
    (void)state;
    assert_false(reflow_run_id_valid("."));
    assert_false(reflow_run_id_valid(".."));
    assert_true(reflow_run_id_valid("..."));
    assert_true(reflow_run_id_valid(".a"));
    assert_true(reflow_run_id_valid("..a"));
    assert_true(reflow_run_id_valid("a.."));
}

static void a_run_id_that_cannot_be_sent_is_refused_before_anything_is_opened(void **state)
{
    static const char *const refused[] = {"", ".", "..", "a b", "a/b", "a\r\nb", "a?b", "\xc3\xa9"};
    const struct reflow_config config = sound_config();

    (void)state;
    assert_int_equal(reflow_init(&client, sizeof client, &config), REFLOW_OK);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_int_equal(reflow_start_retrigger(&client, refused[i]), REFLOW_ERR_INVALID_ARGUMENT);
        assert_int_equal(reflow_retrigger(&client, refused[i]), REFLOW_NOT_APPLIED);
        assert_int_equal(reflow_result(&client)->error, REFLOW_ERR_INVALID_ARGUMENT);
        assert_int_equal(reflow_step(&client), REFLOW_FAILED);
    }
    reflow_close(&client);
}

static void the_version_is_that_of_the_header(void **state)
{
    (void)state;
    assert_string_equal(reflow_version(), REFLOW_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_needed_and_nothing_more_is_accepted),
        cmocka_unit_test(defaults_stand_in_for_zero_and_null),
        cmocka_unit_test(what_was_given_is_taken),
        cmocka_unit_test(a_client_of_another_size_is_refused_and_not_touched),
        cmocka_unit_test(without_client_or_configuration_nothing_is_done),
        cmocka_unit_test(a_size_mismatch_is_the_fault_of_no_field),
        cmocka_unit_test(a_new_client_has_done_nothing_and_says_so),
        cmocka_unit_test(a_port_needs_each_of_its_functions_but_wait),
        cmocka_unit_test(a_url_is_one_that_can_be_connected_to),
        cmocka_unit_test(a_token_is_1_to_the_most_visible_characters),
        cmocka_unit_test(no_field_takes_a_byte_that_could_break_out_of_its_place),
        cmocka_unit_test(an_api_key_is_needed_and_is_at_most_256_characters),
        cmocka_unit_test(an_organization_is_needed_and_is_at_most_256_characters),
        cmocka_unit_test(a_sandbox_begins_with_a_letter_and_is_at_most_256_characters),
        cmocka_unit_test(an_op_is_1_to_64_unreserved_characters),
        cmocka_unit_test(anchors_are_pem_blocks_or_der),
        cmocka_unit_test(pins_that_are_counted_must_be_there),
        cmocka_unit_test(a_clock_policy_is_one_of_the_three),
        cmocka_unit_test(a_deadline_is_at_most_a_day),
        cmocka_unit_test(a_token_can_be_replaced_by_one_that_is_as_sound),
        cmocka_unit_test(
            the_longest_of_everything_is_a_request_too_large_before_anything_is_opened),
        cmocka_unit_test(a_run_id_is_1_to_128_unreserved_characters),
        cmocka_unit_test(a_run_id_is_no_dot_segment),
        cmocka_unit_test(a_run_id_that_cannot_be_sent_is_refused_before_anything_is_opened),
        cmocka_unit_test(the_version_is_that_of_the_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
