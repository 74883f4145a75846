/* SPDX-License-Identifier: MIT */
/* The contract of TLS with an input buffer that not every record fits into: short ones are asked for,
 * and one that is too long is called by its name, as nothing else is. `make test-small`. */
#include "tls_world.h"

#if MBEDTLS_SSL_IN_CONTENT_LEN < 16384

#define ROOM MBEDTLS_SSL_IN_CONTENT_LEN
#define RUN_HEAD "HTTP/1.1 200 OK\r\nContent-Length: %05zu\r\n\r\n{\"id\":\"a-new1\"}"

/* An answer of `length` bytes, in one record as far as the server may choose. */
static const char *answer_of(size_t length)
{
    static char text[65536];
    const size_t head = sizeof RUN_HEAD - 1; /* "%05zu" is as long as what it becomes */
    const int written = snprintf(text, sizeof text, RUN_HEAD, length - head + 15);

    assert_int_equal(written, head);
    assert_in_range(length, head, sizeof text - 1);
    memset(text + head, ' ', length - head);
    text[length] = '\0';
    return text;
}

static void answer_with(size_t length)
{
    const struct fake_answer answer = {answer_of(length), true, false};

    fake_service_init(&tls_world.service);
    fake_service_answers(&tls_world.service, answer);
    fake_service_greet(&tls_world.service);
    if (tls_world.is_open) {
        openssl_peer_serve(&tls_world.peer);
    }
}

static void begin(int version, size_t length)
{
    tls_world_begin();
    tls_world.options.version = version;
    answer_with(length);
}

static void set_version(int version)
{
    SSL_CTX_set_min_proto_version(tls_world.peer.context, 0);
    SSL_CTX_set_max_proto_version(tls_world.peer.context, version);
    SSL_CTX_set_min_proto_version(tls_world.peer.context, version);
}

/* A run whose answer is `length` bytes long; why it did not come, NULL if it did. */
static void expect_answer(size_t length, bool fits)
{
    const struct reflow_result *result;

    answer_with(length);
    tls_world.port.sent = 0;
    result = tls_world_run();
    if (fits) {
        assert_string_equal(reflow_error_name(result->error), "");
        return;
    }
    assert_string_equal(reflow_error_name(result->error), "http_too_large");
    assert_int_equal(result->outcome, REFLOW_UNKNOWN);
    assert_non_null(result->detail);
    assert_non_null(strstr(result->detail, "MBEDTLS_SSL_IN_CONTENT_LEN"));
}

/* ---- Asking ---------------------------------------------------------------------------------- */

static void a_tls_1_2_server_is_asked_for_records_that_fit(void **state)
{
    const SSL_SESSION *session;

    (void)state;
    begin(TLS1_2_VERSION, 100);
    tls_world_open();
    expect_answer(100, true);
    assert_int_equal(tls_world.port.connections, 1);
    session = SSL_get_session(tls_world.peer.ssl);
    assert_int_equal(SSL_SESSION_get_max_fragment_length(session), TLSEXT_max_fragment_length_2048);
    expect_answer(ROOM + 1, true);
    expect_answer(20000, true);
    tls_world_close();
}

static void a_session_with_short_records_is_resumed_with_them(void **state)
{
    static struct reflow_ticket ticket;
    int seals;

    (void)state;
    for (seals = 0; seals < 2; seals++) {
        begin(TLS1_2_VERSION, 100);
        tls_world.options.seals = seals == 1;
        tls_world_open();
        memset(&ticket, 0, sizeof ticket);
        reflow_use_ticket(&tls_world.client, &ticket);
        expect_answer(100, true);
        tls_world_reopen();
        reflow_use_ticket(&tls_world.client, &ticket);
        expect_answer(20000, true);
        assert_int_equal(SSL_session_reused(tls_world.peer.ssl), 1);
        tls_world_close();
    }
}

/* OpenSSL says yes to it in TLS 1.3, too, and mbedTLS does not let it: once for a client. */
static void a_tls_1_3_server_that_minds_is_asked_for_nothing(void **state)
{
    (void)state;
    if (!HAS_TLS13) {
        skip();
    }
    begin(TLS1_3_VERSION, 100);
    tls_world_open();
    expect_answer(100, true);
    assert_int_equal(reflow_result(&tls_world.client)->attempts, 1);
    assert_int_equal(tls_world.port.connections, 2);
    expect_answer(ROOM, true);
    openssl_peer_end(&tls_world.peer);
    expect_answer(100, true);
    assert_int_equal(tls_world.port.connections, 3);
    tls_world_close();
}

/* ---- Records that do not fit ----------------------------------------------------------------- */

/* A client that asks for nothing any more, and its connection. */
static void open_with_long_records(int version)
{
    begin(TLS1_3_VERSION, 100);
    tls_world_open();
    expect_answer(100, true);
    openssl_peer_end(&tls_world.peer);
    set_version(version);
    expect_answer(100, true);
    assert_string_equal(SSL_get_version(tls_world.peer.ssl),
                        version == TLS1_3_VERSION ? "TLSv1.3" : "TLSv1.2");
}

static void a_record_that_does_not_fit_is_called_by_its_name(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    size_t length;
    size_t i;

    (void)state;
    if (!HAS_TLS13) {
        skip();
    }
    for (i = 0; i < 2; i++) {
        open_with_long_records(versions[i]);
        for (length = ROOM - 39; length < ROOM + 80; length += 3) {
            expect_answer(length, length <= ROOM);
        }
        expect_answer(16384, false);
        expect_answer(20000, false);
        expect_answer(ROOM, true);
        tls_world_close();
    }
}

/* A server whose certificate has so many names, of 38 bytes each. */
static void open_with_names(int version, size_t count)
{
    static char names[8192];
    size_t length = (size_t)snprintf(names, sizeof names, "DNS:" PEER_HOST);
    size_t i;

    begin(version, 100);
    for (i = 0; i < count; i++) {
        length += (size_t)snprintf(names + length, sizeof names - length, ",DNS:%028zu.example", i);
    }
    tls_world.options.alternatives = names;
    tls_world_open();
}

static void a_chain_that_does_not_fit_is_called_by_its_name(void **state)
{
    const struct reflow_result *result;
    int kind;

    (void)state;
    for (kind = HAS_TLS13 ? 0 : 1; kind < 2; kind++) {
        const int version = kind == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
        open_with_names(version, ROOM / 38);
        result = tls_world_run();
        assert_string_equal(reflow_error_name(result->error), "tls_handshake");
        assert_int_equal(result->outcome, REFLOW_NOT_APPLIED);
        assert_non_null(result->detail);
        assert_non_null(strstr(result->detail, "MBEDTLS_SSL_IN_CONTENT_LEN"));
        tls_world_close();
        open_with_names(version, (ROOM - 1200) / 38); /* in records of half the size */
        expect_answer(100, true);
        tls_world_close();
    }
}

/* ---- What is something else ------------------------------------------------------------------ */

struct bytes {
    const char *start;
    size_t length; /* the rest is made up */
};

static const struct bytes garbage[] = {{"HTTP/1.1 400 Bad Request\r\n\r\n", 100},
                                       {"\x16\x03\x03\x00\x00", 5},
                                       {"\x17\x03\x03\x00\x40", 69},
                                       {"\x15\x03\x03\x00\x02\x02\x50", 7},
                                       {"\x63\x03\x03\x20\x00", 100},
                                       {"\x16\x03\x03\xff\xff", 100},
                                       {"\x17\x03\x03\x50\x00", 100},
                                       {"\x00\x00\x00\x00\x00", 5}};

static const struct bytes *next_garbage;
static bool in_handshake;
static void (*true_server)(void *peer, const unsigned char *bytes, size_t length);

/* Takes the word from the server: at once, or when it has heard a request. */
static void interrupt_with_garbage(void *peer, const unsigned char *bytes, size_t length)
{
    char text[128];

    if (!in_handshake) {
        true_server(peer, bytes, length);
    }
    if (next_garbage != NULL && (in_handshake || tls_world.service.heard > 0)) {
        memset(text, 'g', sizeof text);
        memcpy(text, next_garbage->start, next_garbage->length < 7 ? next_garbage->length : 7);
        fake_port_deliver(&tls_world.port, text, next_garbage->length);
        next_garbage = NULL;
    }
}

/* A run that meets garbage, which is not taken for a record that is too long. */
static enum reflow_outcome meet(const struct bytes *bytes, int version, const char *error)
{
    const struct reflow_result *result;

    begin(version, 100);
    fake_service_init(&tls_world.service); /* silent */
    tls_world_open();
    true_server = tls_world.port.on_sent;
    tls_world.port.on_sent = interrupt_with_garbage;
    next_garbage = bytes;
    result = tls_world_run();
    assert_null(next_garbage);
    if (result->detail != NULL || strcmp(reflow_error_name(result->error), error) != 0) {
        print_error("garbage %zu: %s\n", (size_t)(bytes - garbage),
                    reflow_error_name(result->error));
    }
    assert_string_equal(reflow_error_name(result->error), error);
    assert_null(result->detail);
    tls_world_close();
    return result->outcome;
}

static void other_faults_are_not_taken_for_it(void **state)
{
    size_t i;

    (void)state;
    in_handshake = false;
    for (i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        assert_int_equal(meet(&garbage[i], TLS1_2_VERSION, "connection_lost"), REFLOW_UNKNOWN);
        if (HAS_TLS13) {
            assert_int_equal(meet(&garbage[i], TLS1_3_VERSION, "connection_lost"), REFLOW_UNKNOWN);
        }
    }
}

static void nor_are_those_of_a_handshake(void **state)
{
    size_t i;

    (void)state;
    in_handshake = true;
    for (i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        assert_int_equal(meet(&garbage[i], TLS1_2_VERSION, "tls_handshake"), REFLOW_NOT_APPLIED);
    }
}

static int free_keys(void **state)
{
    (void)state;
    openssl_keys_free();
    return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, tls_world_clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_tls_1_2_server_is_asked_for_records_that_fit),
        TEST(a_session_with_short_records_is_resumed_with_them),
        TEST(a_tls_1_3_server_that_minds_is_asked_for_nothing),
        TEST(a_record_that_does_not_fit_is_called_by_its_name),
        TEST(a_chain_that_does_not_fit_is_called_by_its_name),
        TEST(other_faults_are_not_taken_for_it),
        TEST(nor_are_those_of_a_handshake),
    };

    return cmocka_run_group_tests_name("tls_small", tests, NULL, free_keys);
}

#else

static void records_may_not_fit(void **state)
{
    (void)state;
    skip(); /* this mbedTLS takes records of any length */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(records_may_not_fit)};

    return cmocka_run_group_tests_name("tls_small", tests, NULL, NULL);
}

#endif
