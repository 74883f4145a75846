/* SPDX-License-Identifier: MIT */
/* The contract of the TLS session against an independent peer: what is accepted, what is refused and
 * by which name, how ends are told apart. */
#include "tls_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define DAY 86400

/* Runs `check` with each version and kind of key that the library has. */
static void with_each_kind(void (*prepare)(void), void (*check)(void))
{
    int kind;

    for (kind = HAS_TLS13 ? 0 : 2; kind < 4; kind++) {
        tls_world_begin();
        tls_world.options.version = kind < 2 ? TLS1_3_VERSION : TLS1_2_VERSION;
        tls_world.options.rsa = kind % 2 == 1;
        prepare();
        check();
    }
}

static void nothing(void)
{
}

static void untrusted(void)
{
    tls_world_refuses(REFLOW_ERR_TLS_UNTRUSTED);
}

static void hostname(void)
{
    tls_world_refuses(REFLOW_ERR_TLS_HOSTNAME);
}

static void expired(void)
{
    tls_world_refuses(REFLOW_ERR_TLS_EXPIRED);
}

static void handshake(void)
{
    tls_world_refuses(REFLOW_ERR_TLS_HANDSHAKE);
}

/* ---- What is accepted ------------------------------------------------------------------------ */

/* TLS 1.3: hello; Finished together with the request; goodbye. TLS 1.2 has a round trip more. */
static void two_runs_in_few_sends(void)
{
    const bool new_version = tls_world.options.version == TLS1_3_VERSION;

    tls_world_open();
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    assert_string_equal(tls_world.protocol, new_version ? "TLSv1.3" : "TLSv1.2");
    assert_int_equal(tls_world.port.sends, new_version ? 2 : 3);
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    assert_int_equal(tls_world.port.sends, new_version ? 3 : 4);
    assert_int_equal(tls_world.port.connections, 1);
    assert_int_equal(tls_world.service.heard, 2);
    reflow_close(&tls_world.client);
    assert_int_equal(tls_world.port.sends, new_version ? 4 : 5);
    assert_true(tls_world.peer.heard_close_notify);
    tls_world.is_open = false;
    openssl_peer_free(&tls_world.peer);
}

static void each_flight_leaves_in_one_send(void **state)
{
    (void)state;
    with_each_kind(nothing, two_runs_in_few_sends);
}

static void byte_by_byte(void)
{
    tls_world.port.most_sent = tls_world.port.most_received = 1;
    tls_world.port.block_every_other = true;
}

static void bytes_may_come_and_go_one_at_a_time(void **state)
{
    (void)state;
    with_each_kind(byte_by_byte, tls_world_accepts);
}

/* mbedTLS 3.6 refuses RSA-PSS in TLS 1.2: another handshake goes without it. */
static void a_server_that_prefers_pss_is_reached(void **state)
{
    (void)state;
    tls_world_begin();
    tls_world.options.version = TLS1_2_VERSION;
    tls_world.options.rsa = true;
    tls_world.options.prefers_pss = true;
    tls_world_open();
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    assert_int_equal(reflow_result(&tls_world.client)->attempts, 1);
    assert_int_equal(tls_world.port.connections, MBEDTLS_VERSION_NUMBER >= 0x03000000 ? 2 : 1);
    tls_world_close();
}

static void tickets_are_no_answer(void **state)
{
    size_t i;

    (void)state;
    if (!HAS_TLS13) {
        skip();
    }
    tls_world_begin();
    tls_world.options.tickets = 5;
    tls_world_open();
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    for (i = 0; i < 3; i++) { /* on the idle connection they cost a new one, and nothing else */
        openssl_peer_ticket(&tls_world.peer);
        assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    }
    tls_world_close();
}

static void send_ticket(void *peer)
{
    if (tls_world.port.received < 4000000) {
        openssl_peer_ticket(peer);
    }
}

/* reflow_step() never goes on for as long as a peer likes. */
static void endless_tickets_do_not_keep_a_step_from_returning(void **state)
{
    size_t most = 0;
    enum reflow_event event;

    (void)state;
    if (!HAS_TLS13) {
        skip();
    }
    tls_world_begin();
    fake_service_init(&tls_world.service); /* silent but for tickets */
    tls_world_open();
    assert_int_equal(reflow_start_retrigger(&tls_world.client, THE_RUN), REFLOW_OK);
    do {
        const size_t before = tls_world.port.received;
        event = reflow_step(&tls_world.client);
        if (tls_world.port.received - before > most) {
            most = tls_world.port.received - before;
        }
        if (tls_world.client.committed) {
            tls_world.port.on_thirst = send_ticket;
        }
        fake_port_wait(&tls_world.port, (int)event, tls_world.port.now);
        tls_world.port.now += 1000;
    } while (event != REFLOW_FAILED && event != REFLOW_DONE);
    assert_in_range(most, 1, 100000);
    tls_world_close();
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void names_are_matched_by_rfc_9525(void **state)
{
    static const struct {
        const char *url, *alternatives, *common_name;
        bool sound;
    } rows[] = {
        {"https://flow.example", "DNS:other.example, DNS:flow.example", "x", true},
        {"https://FLOW.example", "DNS:flow.EXAMPLE", "x", true},
        {"https://flow.example", "DNS:*.example", "x", false}, /* a whole top level */
        {"https://a.flow.example", "DNS:*.flow.example", "x", true},
        {"https://a.b.flow.example", "DNS:*.flow.example", "x", false},
        {"https://flow.example", "DNS:*.flow.example", "x", false},
        {"https://flow.example", "DNS:other.example", "flow.example", false},
        {"https://flow.example", NULL, "flow.example", false},
        {"https://flow.example", "DNS:flow.example.evil.example", "x", false},
        {"https://flow.example", "email:a@flow.example, URI:https://flow.example", "x", false},
        {"https://192.0.2.1", "IP:192.0.2.1", "x", true},
        {"https://192.0.2.1", "DNS:192.0.2.1", "192.0.2.1", false},
        {"https://192.0.2.1", "IP:192.0.2.2", "x", false},
        {"https://[2001:db8::1]", "IP:2001:db8::1", "x", true},
        {"https://[2001:db8::1]", "IP:2001:db8::2", "x", false},
        {"https://flow.example", "IP:192.0.2.1", "x", false}};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(rows); i++) {
        tls_world_begin();
        tls_world.config.url = rows[i].url;
        tls_world.options.alternatives = rows[i].alternatives;
        tls_world.options.common_name = rows[i].common_name;
        if (rows[i].sound) {
            tls_world_accepts();
        } else {
            tls_world_refuses(REFLOW_ERR_TLS_HOSTNAME);
        }
    }
}

static void another_name(void)
{
    tls_world.options.alternatives = "DNS:flow.example.net";
}

static void a_wrong_host_is_refused(void **state)
{
    (void)state;
    with_each_kind(another_name, hostname);
}

/* ---- Chains ---------------------------------------------------------------------------------- */

static char bundle[262144];

static void another_root(void)
{
    openssl_other_root(1, bundle, sizeof bundle);
    tls_world.config.anchors = bundle;
    tls_world.config.anchors_size = strlen(bundle);
}

/* It has the right name; only its key is another. */
static void a_root_of_the_same_name(void)
{
    static struct openssl_peer other;
    static struct fake_port port;
    static struct fake_service service;
    struct openssl_options options = tls_world.options;

    options.rsa = !options.rsa;
    openssl_peer_init(&other, &options, &port, &service);
    openssl_peer_free(&other);
    tls_world.config.anchors = other.anchor;
    tls_world.config.anchors_size = strlen(other.anchor);
}

static void self_signed(void)
{
    tls_world.options.self_signed = true;
}

static void no_intermediate(void)
{
    tls_world.options.no_intermediate = true;
}

static void issuer_is_no_ca(void)
{
    tls_world.options.issuer_is_no_ca = true;
}

static void only_for_clients(void)
{
    tls_world.options.extended_usage = "clientAuth";
}

static void only_for_signing_certificates(void)
{
    tls_world.options.key_usage = "critical,keyCertSign";
}

/* With such an ECDSA key OpenSSL's own TLS 1.2 finds no cipher suite that it could offer. */
static void untrusted_or_not_offered(void)
{
    const bool offered = tls_world.options.version == TLS1_3_VERSION || tls_world.options.rsa;

    tls_world_refuses(offered ? REFLOW_ERR_TLS_UNTRUSTED : REFLOW_ERR_TLS_HANDSHAKE);
}

static void signed_with_sha1(void)
{
    tls_world.options.digest = "SHA1";
}

static void chains_that_lead_nowhere_are_refused(void **state)
{
    (void)state;
    with_each_kind(another_root, untrusted);
    with_each_kind(a_root_of_the_same_name, untrusted);
    with_each_kind(self_signed, untrusted);
    with_each_kind(no_intermediate, untrusted);
    with_each_kind(issuer_is_no_ca, untrusted);
    with_each_kind(only_for_clients, untrusted);
    with_each_kind(only_for_signing_certificates, untrusted_or_not_offered);
    with_each_kind(signed_with_sha1, untrusted);
}

static void an_anchor_is_found_among_a_hundred(void **state)
{
    size_t length = 0;
    int i;

    (void)state;
    tls_world_begin();
    openssl_peer_init(&tls_world.peer, &tls_world.options, &tls_world.port, &tls_world.service);
    for (i = 0; i < 100; i++) {
        length += openssl_other_root(i, bundle + length, sizeof bundle - length);
        length += (size_t)sprintf(bundle + length, "words between blocks\n%s",
                                  i == 70 ? tls_world.peer.anchor : "");
    }
    openssl_peer_free(&tls_world.peer);
    tls_world.config.anchors = bundle;
    tls_world.config.anchors_size = length;
    tls_world_open(); /* the same key, and so the same root, once more */
    assert_int_equal(tls_world_run()->outcome, REFLOW_RETRIGGERED);
    tls_world_close();
}

static void an_anchor_may_be_der(void **state)
{
    (void)state;
    tls_world_begin();
    tls_world.der = true;
    tls_world_accepts();
}

/* ---- Dates ----------------------------------------------------------------------------------- */

static void leaf_is_over(void)
{
    tls_world.options.from = -2 * DAY;
    tls_world.options.until = -1;
}

static void leaf_has_not_begun(void)
{
    tls_world.options.from = 1;
}

static void issuer_is_over(void)
{
    tls_world.options.issuer_until = -1;
}

static void dates_are_held_against_the_ports_clock(void **state)
{
    (void)state;
    with_each_kind(leaf_is_over, expired);
    with_each_kind(leaf_has_not_begun, expired);
    with_each_kind(issuer_is_over, expired);
}

static void the_very_seconds_count_as_valid(void **state)
{
    (void)state;
    tls_world_begin();
    tls_world.options.from = 0;
    tls_world.options.until = 0;
    tls_world_accepts();
}

static void begin_without_clock(enum reflow_clock_policy policy)
{
    tls_world_begin();
    tls_world.config.clock_policy = policy;
    tls_world.config.build_time = tls_world.port.wall;
    tls_world.port.wall = REFLOW_TIME_UNKNOWN;
}

static void an_unknown_time_is_an_error_where_a_clock_is_required(void **state)
{
    (void)state;
    begin_without_clock(REFLOW_CLOCK_REQUIRE);
    tls_world_refuses(REFLOW_ERR_CLOCK_UNSET);
    assert_int_equal(tls_world.port.open_calls, 0);
}

static void an_unknown_time_is_taken_as_after_the_build(void **state)
{
    (void)state;
    begin_without_clock(REFLOW_CLOCK_NOT_BEFORE_BUILD);
    tls_world_accepts();
    begin_without_clock(REFLOW_CLOCK_NOT_BEFORE_BUILD);
    leaf_has_not_begun(); /* newer than the build: passes */
    tls_world_accepts();
    begin_without_clock(REFLOW_CLOCK_NOT_BEFORE_BUILD);
    leaf_is_over();
    tls_world_refuses(REFLOW_ERR_TLS_EXPIRED);
    begin_without_clock(REFLOW_CLOCK_NOT_BEFORE_BUILD);
    tls_world.port.wall = tls_world.config.build_time + 2 * DAY; /* a clock that is known counts */
    tls_world_refuses(REFLOW_ERR_TLS_EXPIRED);
}

static void without_time_only_a_pin_stands_in(void **state)
{
    static uint8_t pins[1][REFLOW_PIN_SIZE];

    (void)state;
    begin_without_clock(REFLOW_CLOCK_PINNED_ONLY);
    tls_world_refuses(REFLOW_ERR_CLOCK_UNSET); /* no pin at all */
    begin_without_clock(REFLOW_CLOCK_PINNED_ONLY);
    leaf_is_over();
    memcpy(pins[0], tls_world.peer.pin, sizeof pins[0]); /* keys are made once */
    tls_world.config.pins = (const uint8_t(*)[REFLOW_PIN_SIZE])pins;
    tls_world.config.pin_count = 1;
    tls_world_accepts();
    begin_without_clock(REFLOW_CLOCK_PINNED_ONLY);
    pins[0][0] ^= 1;
    tls_world.config.pins = (const uint8_t(*)[REFLOW_PIN_SIZE])pins;
    tls_world.config.pin_count = 1;
    tls_world_refuses(REFLOW_ERR_TLS_PIN);
}

/* ---- Pins ------------------------------------------------------------------------------------ */

static uint8_t two_pins[2][REFLOW_PIN_SIZE];

static void pin_the_leaf(void)
{
    openssl_peer_init(&tls_world.peer, &tls_world.options, &tls_world.port, &tls_world.service);
    openssl_peer_free(&tls_world.peer);
    memset(two_pins, 0, sizeof two_pins);
    memcpy(two_pins[1], tls_world.peer.pin, sizeof two_pins[1]);
    tls_world.config.pins = (const uint8_t(*)[REFLOW_PIN_SIZE])two_pins;
    tls_world.config.pin_count = 2;
}

static void pin_another(void)
{
    pin_the_leaf();
    two_pins[1][31] ^= 0x80;
}

static void pin_but_no_chain(void)
{
    pin_the_leaf();
    another_root();
}

static void pin_refuses(void)
{
    tls_world_refuses(REFLOW_ERR_TLS_PIN);
}

static void a_pin_is_needed_and_replaces_nothing(void **state)
{
    (void)state;
    with_each_kind(pin_the_leaf, tls_world_accepts);
    with_each_kind(pin_another, pin_refuses);
    with_each_kind(pin_but_no_chain, untrusted);
}

/* ---- Peers that are no TLS servers ----------------------------------------------------------- */

static const char *unasked;

static void speaks_at_once(void *peer)
{
    (void)peer;
    fake_port_deliver(&tls_world.port, unasked, strlen(unasked));
}

static void what_is_not_tls_fails_in_the_handshake(void **state)
{
    static const char *const words[] = {
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "220 mail.example ESMTP\r\n",
        "\x15\x03\x03\x7f\xff", "\x16\x03\x03\xff\xff garbage",
        "garbage of all kinds, and long enough to be read as more than one header"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(words); i++) {
        tls_world_begin();
        tls_world_open();
        unasked = words[i];
        tls_world.port.on_open = speaks_at_once;
        tls_world.port.on_sent = NULL;
        assert_string_equal(reflow_error_name(tls_world_run()->error), "tls_handshake");
        assert_int_equal(tls_world.commits, 0);
        tls_world_close();
    }
}

static void other_version(void)
{
    tls_world.options.version = TLS1_1_VERSION;
}

static void other_ciphers(void)
{
    tls_world.options.version = TLS1_2_VERSION;
    tls_world.options.ciphers = "AES128-SHA:ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA";
}

static void what_is_too_old_or_too_weak_fails_in_the_handshake(void **state)
{
    (void)state;
    with_each_kind(other_version, handshake);
    with_each_kind(other_ciphers, handshake);
}

/* Fatal: handshake_failure. */
static void an_alert_fails_the_handshake(void **state)
{
    static const unsigned char alert[] = {0x15, 3, 3, 0, 2, 2, 40};

    (void)state;
    tls_world_begin();
    tls_world_open();
    unasked = "";
    tls_world.port.on_open = speaks_at_once;
    tls_world.port.on_sent = NULL;
    tls_world.port.pending = 1;
    assert_int_equal(reflow_start_retrigger(&tls_world.client, THE_RUN), REFLOW_OK);
    assert_int_equal(reflow_step(&tls_world.client), REFLOW_WRITABLE);
    assert_int_equal(reflow_step(&tls_world.client), REFLOW_READABLE);
    fake_port_deliver(&tls_world.port, alert, sizeof alert);
    assert_int_equal(reflow_step(&tls_world.client), REFLOW_FAILED);
    assert_int_equal(reflow_result(&tls_world.client)->error, REFLOW_ERR_TLS_HANDSHAKE);
    tls_world_close();
}

/* Without the server's Finished (in its second flight, in TLS 1.2) nothing is verified. */
static void without_the_servers_finished_nothing_is_sent(void **state)
{
    int version;

    (void)state;
    for (version = HAS_TLS13 ? TLS1_3_VERSION : TLS1_2_VERSION; version >= TLS1_2_VERSION;
         version--) {
        const struct reflow_result *result;
        size_t whole;
        tls_world_begin();
        tls_world.options.version = version;
        tls_world.options.tickets = 0;
        tls_world_open();
        tls_world_run();
        whole = tls_world.port.received - 36 - 60; /* somewhere in the handshake */
        tls_world_close();
        tls_world_begin();
        tls_world.options.version = version;
        tls_world.options.tickets = 0;
        tls_world.options.flights = version == TLS1_2_VERSION ? 1 : FAKE_NEVER;
        tls_world_open();
        tls_world.port.cut_received_at = version == TLS1_2_VERSION ? FAKE_NEVER : whole - 60;
        tls_world.port.cut_received_by = REFLOW_IO_WOULD_BLOCK;
        result = tls_world_run();
        assert_string_equal(reflow_error_name(result->error), "timeout");
        assert_int_equal(result->outcome, REFLOW_NOT_APPLIED);
        assert_int_equal(tls_world.commits, 0);
        tls_world_close();
    }
}

/* ---- Ends ------------------------------------------------------------------------------------ */

static unsigned char memory[4096];

/* A session of our own, verified, with what was gathered sent. */
static struct reflow_tls *open_session(void)
{
    static struct reflow_tls tls;
    static struct reflow_config config;
    enum reflow_tls_status status;

    tls_world_open();
    config = tls_world.config;
    reflow_tls_init(&tls, &config, PEER_HOST);
    reflow_tls_lend(&tls, memory, sizeof memory);
    assert_int_equal(reflow_tls_random(&tls), 0);
    assert_int_equal(reflow_tls_open(&tls), REFLOW_OK);
    assert_int_equal(fake_port.open(&tls_world.port, PEER_HOST, 443), REFLOW_OPEN_READY);
    while ((status = reflow_tls_handshake(&tls)) == REFLOW_TLS_READ) {
    }
    assert_int_equal(status, REFLOW_TLS_OK);
    assert_int_equal(reflow_tls_flush(&tls), REFLOW_TLS_OK);
    assert_int_equal(reflow_tls_gathered(&tls), 0);
    return &tls;
}

static void close_session(struct reflow_tls *tls)
{
    reflow_tls_close(tls);
    reflow_tls_close(tls); /* harmless */
    fake_port.close(&tls_world.port);
    tls_world_close();
}

static void ends_are_told_apart(void)
{
    const struct openssl_options options = tls_world.options;
    static const int32_t how[] = {REFLOW_IO_END, REFLOW_IO_LOST};
    struct reflow_tls *tls = open_session();
    char bytes[8];
    size_t i;

    assert_int_equal(reflow_tls_read(tls, bytes, sizeof bytes), REFLOW_IO_WOULD_BLOCK);
    openssl_peer_say(&tls_world.peer, "some");
    openssl_peer_end(&tls_world.peer);
    assert_int_equal(reflow_tls_read(tls, bytes, sizeof bytes), 4);
    assert_memory_equal(bytes, "some", 4);
    assert_int_equal(reflow_tls_read(tls, bytes, sizeof bytes), REFLOW_IO_END);
    assert_int_equal(tls->fault, REFLOW_TLS_SOUND);
    close_session(tls);
    for (i = 0; i < 2; i++) {
        tls_world_begin();
        tls_world.options = options;
        tls = open_session();
        openssl_peer_say(&tls_world.peer, "some");
        fake_port_hang_up(&tls_world.port, how[i]);
        assert_int_equal(reflow_tls_read(tls, bytes, sizeof bytes), 4);
        assert_int_equal(reflow_tls_read(tls, bytes, sizeof bytes), REFLOW_IO_LOST);
        assert_int_equal(tls->fault, i == 0 ? REFLOW_TLS_ENDED : REFLOW_TLS_BROKEN);
        assert_int_equal(reflow_tls_read(tls, bytes, sizeof bytes), REFLOW_IO_LOST);
        close_session(tls);
    }
}

static void an_end_without_close_notify_is_a_loss(void **state)
{
    (void)state;
    with_each_kind(nothing, ends_are_told_apart);
}

static void a_changed_byte_is_a_loss(void **state)
{
    struct reflow_tls *tls;
    char bytes[8];

    (void)state;
    tls_world_begin();
    tls_world.options.tickets = 0;
    tls = open_session();
    openssl_peer_say(&tls_world.peer, "some");
    tls_world.port.inbox[tls_world.port.delivered - 1] ^= 1;
    assert_int_equal(reflow_tls_read(tls, bytes, sizeof bytes), REFLOW_IO_LOST);
    assert_int_equal(tls->fault, REFLOW_TLS_BROKEN);
    close_session(tls);
}

/* After a failed send the peer's last words are still to be read, and nothing more is sent. */
static void a_dead_sending_side_can_still_hear(void)
{
    struct reflow_tls *tls = open_session();
    enum reflow_tls_status status;
    char bytes[8];
    size_t sent;

    openssl_peer_say(&tls_world.peer, "some");
    tls_world.port.lose_sent_at = tls_world.port.sent + 7;
    assert_int_equal(reflow_tls_write(tls, (const unsigned char *)"request", 7, &status), 7);
    assert_int_equal(status, REFLOW_TLS_OK);
    assert_int_equal(reflow_tls_flush(tls), REFLOW_TLS_LOST);
    assert_int_equal(tls->fault, REFLOW_TLS_SEND_DEAD);
    sent = tls_world.port.sends;
    assert_int_equal(reflow_tls_read(tls, bytes, sizeof bytes), 4);
    reflow_tls_goodbye(tls);
    assert_int_equal(tls_world.port.sends, sent);
    close_session(tls);
}

static void the_peers_last_words_are_heard(void **state)
{
    (void)state;
    with_each_kind(nothing, a_dead_sending_side_can_still_hear);
}

/* Plain text in the gathering memory itself, with its cipher text gathered in front of it. */
static void pieces_leave_as_they_were(void)
{
    struct reflow_tls *tls = open_session();
    const size_t offsets[] = {64, 10, 0};
    char text[3001];
    size_t i;

    for (i = 0; i < 3000; i++) {
        text[i] = (char)('a' + i % 23);
    }
    text[3000] = '\0';
    for (i = 0; i < COUNT_OF(offsets) * 2; i++) {
        unsigned char *data = memory + offsets[i / 2];
        const size_t piece = i % 2 == 0 ? 100 : 1000;
        enum reflow_tls_status status = REFLOW_TLS_OK;
        size_t left = 3000;

        tls_world.service.length = 0;
        memcpy(data, text, left);
        while (left > 0 && status == REFLOW_TLS_OK) {
            const size_t taken = reflow_tls_write(tls, data, left < piece ? left : piece, &status);
            data += taken;
            left -= taken;
        }
        assert_int_equal(status, REFLOW_TLS_OK);
        assert_int_equal(reflow_tls_flush(tls), REFLOW_TLS_OK);
        assert_string_equal(tls_world.service.request, text);
    }
    close_session(tls);
}

static void what_is_not_yet_encrypted_is_not_overwritten(void **state)
{
    (void)state;
    with_each_kind(nothing, pieces_leave_as_they_were);
}

/* ---- The kept connection --------------------------------------------------------------------- */

/* A refusal first, so that a late "200" would be a lie. */
static void begin_kept(void)
{
    static const struct fake_answer answer = {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                                              false, false};

    tls_world_begin();
    fake_service_init(&tls_world.service);
    fake_service_answers(&tls_world.service, answer);
    tls_world_open();
    assert_int_equal(tls_world_run()->outcome, REFLOW_REFUSED);
    assert_true(tls_world.port.open);
}

static void a_late_answer_is_not_the_next_runs(void **state)
{
    static const char late[] = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"id\":\"a-new1\"}";
    size_t heard_of_it;

    (void)state;
    begin_kept();
    openssl_peer_say(&tls_world.peer, late);
    assert_int_equal(tls_world_run()->outcome, REFLOW_REFUSED);
    assert_int_equal(tls_world.port.connections, 2);
    tls_world_close();
    for (heard_of_it = 1; heard_of_it < 80; heard_of_it += 13) { /* bytes of its record */
        begin_kept();
        openssl_peer_say(&tls_world.peer, late);
        tls_world.port.most_received = heard_of_it;
        tls_world.port.block_recv_at = tls_world.port.recvs + (heard_of_it < 5 ? 1 : 2);
        assert_int_equal(tls_world_run()->outcome, REFLOW_REFUSED);
        tls_world_close();
    }
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
        cmocka_unit_test_teardown(each_flight_leaves_in_one_send, tls_world_clean_up),
        cmocka_unit_test_teardown(bytes_may_come_and_go_one_at_a_time, tls_world_clean_up),
        cmocka_unit_test_teardown(a_server_that_prefers_pss_is_reached, tls_world_clean_up),
        cmocka_unit_test_teardown(tickets_are_no_answer, tls_world_clean_up),
        cmocka_unit_test_teardown(endless_tickets_do_not_keep_a_step_from_returning,
                                  tls_world_clean_up),
        cmocka_unit_test_teardown(names_are_matched_by_rfc_9525, tls_world_clean_up),
        cmocka_unit_test_teardown(a_wrong_host_is_refused, tls_world_clean_up),
        cmocka_unit_test_teardown(chains_that_lead_nowhere_are_refused, tls_world_clean_up),
        cmocka_unit_test_teardown(an_anchor_is_found_among_a_hundred, tls_world_clean_up),
        cmocka_unit_test_teardown(an_anchor_may_be_der, tls_world_clean_up),
        cmocka_unit_test_teardown(dates_are_held_against_the_ports_clock, tls_world_clean_up),
        cmocka_unit_test_teardown(the_very_seconds_count_as_valid, tls_world_clean_up),
        cmocka_unit_test_teardown(an_unknown_time_is_an_error_where_a_clock_is_required,
                                  tls_world_clean_up),
        cmocka_unit_test_teardown(an_unknown_time_is_taken_as_after_the_build, tls_world_clean_up),
        cmocka_unit_test_teardown(without_time_only_a_pin_stands_in, tls_world_clean_up),
        cmocka_unit_test_teardown(a_pin_is_needed_and_replaces_nothing, tls_world_clean_up),
        cmocka_unit_test_teardown(what_is_not_tls_fails_in_the_handshake, tls_world_clean_up),
        cmocka_unit_test_teardown(what_is_too_old_or_too_weak_fails_in_the_handshake,
                                  tls_world_clean_up),
        cmocka_unit_test_teardown(an_alert_fails_the_handshake, tls_world_clean_up),
        cmocka_unit_test_teardown(without_the_servers_finished_nothing_is_sent, tls_world_clean_up),
        cmocka_unit_test_teardown(an_end_without_close_notify_is_a_loss, tls_world_clean_up),
        cmocka_unit_test_teardown(a_changed_byte_is_a_loss, tls_world_clean_up),
        cmocka_unit_test_teardown(the_peers_last_words_are_heard, tls_world_clean_up),
        cmocka_unit_test_teardown(what_is_not_yet_encrypted_is_not_overwritten, tls_world_clean_up),
        cmocka_unit_test_teardown(a_late_answer_is_not_the_next_runs, tls_world_clean_up),
    };

    return cmocka_run_group_tests_name("tls", tests, NULL, free_keys);
}
