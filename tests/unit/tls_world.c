/* SPDX-License-Identifier: MIT */
/* tls_world: what every session must keep, whatever its certificates. */
#include "tls_world.h"

struct tls_world tls_world;

static void on_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    (void)context;
    if (what == REFLOW_TRACE_TLS && tls_world.protocol[0] == '\0') {
        (void)snprintf(tls_world.protocol, sizeof tls_world.protocol, "%.*s", (int)length, text);
    }
}

static bool on_commit(void *context, const char *run_id)
{
    (void)context;
    assert_string_equal(run_id, THE_RUN);
    tls_world.commits++;
    return true;
}

void tls_world_begin(void)
{
    static const struct fake_answer answer = {"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n"
                                              "{\"id\":\"a-new1\"}",
                                              true, false};
    struct reflow_config *config = &tls_world.config;

    fake_port_init(&tls_world.port);
    fake_service_init(&tls_world.service);
    fake_service_answers(&tls_world.service, answer);
    tls_world.options = openssl_sound();
    if (!HAS_TLS13) {
        tls_world.options.version = TLS1_2_VERSION;
    }
    memset(config, 0, sizeof *config);
    config->url = "https://" PEER_HOST "/data";
    config->token = SECRET;
    config->api_key = "the-key";
    config->org_id = "ORG@AdobeOrg";
    config->attempts = 1;
    config->port = &fake_port;
    config->port_context = &tls_world.port;
    config->on_trace = on_trace;
    config->on_commit = on_commit;
    tls_world.protocol[0] = '\0';
    tls_world.commits = 0;
    tls_world.der = false;
}

void tls_world_serve(void)
{
    struct reflow_config *config = &tls_world.config;

    openssl_peer_init(&tls_world.peer, &tls_world.options, &tls_world.port, &tls_world.service);
    if (tls_world.der) {
        config->anchors = tls_world.peer.anchor_der;
        config->anchors_size = tls_world.peer.anchor_der_size;
    } else if (config->anchors == NULL || config->anchors == tls_world.peer.anchor) {
        config->anchors = tls_world.peer.anchor;
        config->anchors_size = strlen(tls_world.peer.anchor); /* differs with each signature */
    }
}

void tls_world_open(void)
{
    struct reflow_config *config = &tls_world.config;

    tls_world_serve();
    if (reflow_init(&tls_world.client, sizeof tls_world.client, config) != REFLOW_OK) {
        fail_msg("%s", reflow_invalid_field(&tls_world.client));
    }
    tls_world.is_open = true;
}

void tls_world_reopen(void)
{
    reflow_close(&tls_world.client);
    assert_int_equal(reflow_init(&tls_world.client, sizeof tls_world.client, &tls_world.config),
                     REFLOW_OK);
}

static bool on_wire(const char *word)
{
    const size_t length = strlen(word);
    size_t i;

    for (i = 0; i + length <= tls_world.port.sent; i++) {
        if (memcmp(tls_world.port.wire + i, word, length) == 0) {
            return true;
        }
    }
    return false;
}

const struct reflow_result *tls_world_run(void)
{
    const size_t applied = tls_world.service.applied;
    const size_t heard = tls_world.service.heard;
    const struct reflow_result *result;

    tls_world.commits = 0;
    (void)reflow_retrigger(&tls_world.client, THE_RUN);
    result = reflow_result(&tls_world.client);
    if (result->outcome == REFLOW_RETRIGGERED) {
        assert_int_equal(tls_world.service.applied - applied, 1);
        assert_string_equal(result->id, "a-new1");
    } else if (result->outcome != REFLOW_UNKNOWN) {
        assert_int_equal(tls_world.service.applied - applied, 0);
    }
    assert_true(tls_world.commits == 1 || tls_world.service.heard == heard);
    assert_false(on_wire("DO-NOT") || on_wire("POST"));
    return result;
}

void tls_world_close(void)
{
    if (tls_world.is_open) {
        reflow_close(&tls_world.client);
        openssl_peer_free(&tls_world.peer);
        tls_world.is_open = false;
    }
}

int tls_world_clean_up(void **state)
{
    (void)state;
    tls_world_close();
    return 0;
}

void tls_world_refuses(enum reflow_error error)
{
    const struct reflow_result *result;

    tls_world_open();
    result = tls_world_run();
    if (result->error != error) {
        print_error("version %x, %s\n", (unsigned)tls_world.options.version,
                    tls_world.options.rsa ? "RSA" : "ECDSA");
    }
    assert_string_equal(reflow_error_name(result->error), reflow_error_name(error));
    assert_int_equal(result->outcome, REFLOW_NOT_APPLIED);
    assert_int_equal(tls_world.commits, 0);
    assert_int_equal(tls_world.service.length, 0);
    assert_false(tls_world.port.open);
    tls_world_close();
}

void tls_world_accepts(void)
{
    tls_world_open();
    assert_string_equal(reflow_error_name(tls_world_run()->error), "");
    assert_int_equal(tls_world.commits, 1);
    tls_world_close();
}
