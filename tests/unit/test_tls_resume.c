/* SPDX-License-Identifier: MIT */
/* The contract of reflow_use_ticket(): which sessions are resumed, by the server's own word, and which
 * are not. The clock of mbedTLS's tickets is ours. */
#include "fence.h"
#include "tls_world.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define DAY 86400
#define OTHER_HOST "other.example"
#define HEAD 48 /* of a ticket: what is not mbedTLS's */

/* ---- Time, as mbedTLS reads it for the age of tickets ---------------------------------------- */

static long slept_s;

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
    const int code = (int)syscall(SYS_clock_gettime, clock, time);

    time->tv_sec += slept_s;
    return code;
}

/* ---- A client with a ticket, and a server that ends each connection -------------------------- */

enum kind { TLS13_TICKETS, TLS12_TICKETS, TLS12_IDS, KINDS };

static struct reflow_ticket ticket;
static size_t resumptions; /* told to whoever traces */

static void count_resumptions(void *context, enum reflow_trace what, const char *text,
                              size_t length)
{
    (void)context;
    resumptions += what == REFLOW_TRACE_TLS && length == 7 && memcmp(text, "resumed", 7) == 0;
}

static void begin(enum kind kind)
{
    static const struct fake_answer run = {"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n"
                                           "{\"id\":\"a-new1\"}",
                                           true, true};

    tls_world_begin();
    fake_service_init(&tls_world.service);
    fake_service_answers(&tls_world.service, run);
    tls_world.options.version = kind == TLS13_TICKETS ? TLS1_3_VERSION : TLS1_2_VERSION;
    tls_world.options.seals = kind == TLS12_TICKETS;
    tls_world.options.alternatives = "DNS:" PEER_HOST ",DNS:" OTHER_HOST;
    tls_world.config.on_trace = count_resumptions;
    memset(&ticket, 0, sizeof ticket);
    slept_s = 0;
}

static void open_client(void)
{
    tls_world_open();
    reflow_use_ticket(&tls_world.client, &ticket);
}

/* A device that has slept: of the client nothing is left, of the ticket a copy. */
static void sleep_and_wake(void)
{
    static struct reflow_ticket copy;

    copy = ticket;
    reflow_close(&tls_world.client);
    memset(&ticket, 'x', sizeof ticket);
    memset(&tls_world.client, 'x', sizeof tls_world.client);
    assert_int_equal(reflow_init(&tls_world.client, sizeof tls_world.client, &tls_world.config),
                     REFLOW_OK);
    ticket = copy;
    reflow_use_ticket(&tls_world.client, &ticket);
}

static enum reflow_error run(void)
{
    tls_world.port.sent = 0;
    resumptions = 0;
    return tls_world_run()->error;
}

static void expect_run(bool resumed)
{
    assert_string_equal(reflow_error_name(run()), "");
    assert_int_equal(SSL_session_reused(tls_world.peer.ssl), resumed);
    assert_int_equal(resumptions, resumed);
    assert_int_equal(reflow_result(&tls_world.client)->attempts, 1);
}

/* A run with a whole new connection, which is not resumed. */
static void expect_failure(const char *error)
{
    assert_string_equal(reflow_error_name(run()), error);
    assert_int_equal(reflow_result(&tls_world.client)->outcome, REFLOW_NOT_APPLIED);
    assert_int_equal(resumptions, 0);
}

/* Each kind of session, in a world where one has been kept. */
static void with_each_kind(void (*prepare)(void), void (*check)(void))
{
    int kind;

    for (kind = HAS_TLS13 ? 0 : 1; kind < KINDS; kind++) {
        begin((enum kind)kind);
        prepare();
        open_client();
        expect_run(false);
        check();
        tls_world_close();
    }
}

static void nothing(void)
{
}

/* ---- What is resumed ------------------------------------------------------------------------- */

static void resumes_again_and_again(void)
{
    const size_t first = tls_world.port.connections;

    print_message("a ticket of %u bytes\n", ticket.length);
    assert_in_range(ticket.length, HEAD + 1, sizeof ticket.bytes);
    expect_run(true);
    expect_run(true);
    expect_run(true);
    assert_int_equal(tls_world.port.connections, first + 3);
}

static void the_next_connection_is_resumed(void **state)
{
    (void)state;
    with_each_kind(nothing, resumes_again_and_again);
}

static void resumes_after_sleep(void)
{
    sleep_and_wake();
    expect_run(true);
    sleep_and_wake();
    expect_run(true);
}

static void a_ticket_outlives_its_client(void **state)
{
    (void)state;
    with_each_kind(nothing, resumes_after_sleep);
}

/* A URL's port and path are no part of what a certificate says. */
static void resumes_elsewhere_on_the_host(void)
{
    tls_world.config.url = "https://" PEER_HOST ":8443/another/path";
    tls_world.config.token = "another";
    sleep_and_wake();
    expect_run(true);
}

static void what_was_not_verified_may_change(void **state)
{
    (void)state;
    with_each_kind(nothing, resumes_elsewhere_on_the_host);
}

static void keeps_the_connection(void)
{
    struct fake_answer *answers = tls_world.service.answers;
    size_t i;

    for (i = 0; i < FAKE_ANSWERS; i++) {
        answers[i].then_ends = false;
    }
    expect_run(true);
    assert_string_equal(reflow_error_name(run()), "");
    assert_int_equal(tls_world.port.connections, 2);
    assert_int_equal(resumptions, 0); /* said once for a connection */
}

static void a_resumed_connection_is_kept_like_any_other(void **state)
{
    (void)state;
    with_each_kind(nothing, keeps_the_connection);
}

/* No ticket is seen twice on the wire in TLS 1.3. */
static void a_ticket_is_used_once(void **state)
{
    static struct reflow_ticket before;

    (void)state;
    if (!HAS_TLS13) {
        skip();
    }
    begin(TLS13_TICKETS);
    open_client();
    expect_run(false);
    before = ticket;
    SSL_CTX_set_num_tickets(tls_world.peer.context, 0);
    expect_run(true);
    assert_int_equal(ticket.length, 0);
    expect_run(false);
    ticket = before; /* whoever copies it back, offers it */
    expect_run(true);
    tls_world_close();
}

static void tells_of_a_certificate(void)
{
    static struct reflow_certificate certificate;

    expect_run(true);
#if defined(MBEDTLS_SSL_KEEP_PEER_CERTIFICATE)
    assert_int_equal(reflow_server_certificate(&tls_world.client, &certificate),
                     tls_world.options.version == TLS1_2_VERSION);
#else
    assert_false(reflow_server_certificate(&tls_world.client, &certificate));
#endif
}

static void of_a_resumed_session_the_certificate_is_known_in_tls_1_2(void **state)
{
    (void)state;
    with_each_kind(nothing, tells_of_a_certificate);
}

/* ---- What the session was verified by -------------------------------------------------------- */

static char anchors[16384];
static uint8_t pins[2][REFLOW_PIN_SIZE];

static void use_other_host(void)
{
    tls_world.config.url = "https://" OTHER_HOST "/data";
}

static void use_more_anchors(void)
{
    memcpy(anchors, tls_world.peer.anchor, strlen(tls_world.peer.anchor));
    tls_world.config.anchors = anchors;
    tls_world.config.anchors_size =
        strlen(tls_world.peer.anchor) +
        openssl_other_root(1, anchors + strlen(tls_world.peer.anchor), 4096);
}

static void use_der(void)
{
    tls_world.config.anchors = tls_world.peer.anchor_der;
    tls_world.config.anchors_size = tls_world.peer.anchor_der_size;
}

static void use_pin(void)
{
    memcpy(pins[0], tls_world.peer.pin, sizeof pins[0]);
    tls_world.config.pins = (const uint8_t(*)[REFLOW_PIN_SIZE])pins;
    tls_world.config.pin_count = 1;
}

static void use_more_pins(void)
{
    use_pin();
    tls_world.config.pin_count = 2;
}

static void use_build_date(void)
{
    tls_world.config.clock_policy = REFLOW_CLOCK_NOT_BEFORE_BUILD;
}

static void use_pinned_only(void)
{
    tls_world.config.clock_policy = REFLOW_CLOCK_PINNED_ONLY;
}

static void use_later_build(void)
{
    tls_world.config.build_time = 1;
}

static void (*change)(void);

static void is_not_resumed_after_the_change(void)
{
    change();
    sleep_and_wake();
    expect_run(false);
    expect_run(true);
    tls_world.config.url = "https://" PEER_HOST "/data"; /* and not after its undoing either */
    tls_world.config.anchors = tls_world.peer.anchor;
    tls_world.config.anchors_size = strlen(tls_world.peer.anchor);
    tls_world.config.pin_count = 0;
    tls_world.config.clock_policy = REFLOW_CLOCK_REQUIRE;
    tls_world.config.build_time = 0;
    sleep_and_wake();
    expect_run(false);
    expect_run(true);
}

static void a_session_is_bound_to_what_it_was_verified_by(void **state)
{
    static void (*const changes[])(void) = {use_other_host,  use_more_anchors, use_der,
                                            use_pin,         use_more_pins,    use_build_date,
                                            use_pinned_only, use_later_build};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(changes); i++) {
        change = changes[i];
        with_each_kind(nothing, is_not_resumed_after_the_change);
    }
}

/* The last byte of the last pin, and of the anchors. */
static void every_pin_and_byte_of_the_anchors_counts(void **state)
{
    size_t last_word;

    (void)state;
    begin(HAS_TLS13 ? TLS13_TICKETS : TLS12_TICKETS);
    open_client();
    use_more_anchors();
    use_more_pins();
    sleep_and_wake();
    expect_run(false);
    expect_run(true);
    pins[1][REFLOW_PIN_SIZE - 1] ^= 1;
    expect_run(false);
    expect_run(true);
    anchors[tls_world.config.anchors_size - 1] ^= 1;
    expect_run(false);
    expect_run(true);
    last_word = (tls_world.config.anchors_size / 8 - 1) * 8;
    anchors[last_word - 1] ^= '\x80'; /* neither does one change undo another */
    anchors[last_word + 7] ^= '\x80';
    expect_run(false);
    expect_run(true);
    tls_world_close();
}

/* A pin that the server does not have: the session that was made without must not stand in. */
static void is_refused_by_its_pin(void)
{
    memset(pins, 0, sizeof pins);
    tls_world.config.pins = (const uint8_t(*)[REFLOW_PIN_SIZE])pins;
    tls_world.config.pin_count = 1;
    sleep_and_wake();
    expect_failure("tls_pin");
}

static void a_pin_given_later_is_held_against_the_certificate(void **state)
{
    (void)state;
    with_each_kind(nothing, is_refused_by_its_pin);
}

/* ---- Dates ----------------------------------------------------------------------------------- */

#define LATER 100

static void soon_over(void)
{
    tls_world.options.issuer_until = LATER; /* the leaf's is later */
}

static void ends_with_its_chain(void)
{
    tls_world.port.wall += LATER;
    expect_run(true);
    tls_world.port.wall += 1;
    expect_failure("tls_expired");
    assert_int_equal(ticket.length, 0);
}

static void a_session_ends_with_the_first_certificate_of_its_chain(void **state)
{
    (void)state;
    with_each_kind(soon_over, ends_with_its_chain);
}

static void just_begun(void)
{
    tls_world.options.from = -LATER;
}

static void begins_with_its_chain(void)
{
    tls_world.port.wall -= LATER;
    expect_run(true);
    tls_world.port.wall -= 1;
    sleep_and_wake(); /* nothing else is known of it */
    expect_failure("tls_expired");
}

static void a_clock_that_went_back_before_the_chain_is_noticed(void **state)
{
    (void)state;
    with_each_kind(just_begun, begins_with_its_chain);
}

static void over_at_the_build(void)
{
    tls_world.options.until = LATER;
    tls_world.config.clock_policy = REFLOW_CLOCK_NOT_BEFORE_BUILD;
    tls_world.config.build_time = 1772323200 + LATER + 1;
}

static void needs_the_clock(void)
{
    const int64_t wall = tls_world.port.wall;

    expect_run(true);
    tls_world.port.wall = REFLOW_TIME_UNKNOWN;
    expect_failure("tls_expired");
    tls_world.port.wall = wall;
    expect_run(false);
}

static void a_session_made_by_the_clock_is_held_against_the_build_without(void **state)
{
    (void)state;
    with_each_kind(over_at_the_build, needs_the_clock);
}

static void keeps_its_ticket_for_later(void)
{
    const int64_t wall = tls_world.port.wall;

    tls_world.port.wall = REFLOW_TIME_UNKNOWN;
    expect_failure("clock_unset");
    tls_world.port.wall = wall;
    expect_run(true);
}

static void an_unknown_time_is_no_less_an_error_with_a_ticket(void **state)
{
    (void)state;
    with_each_kind(nothing, keeps_its_ticket_for_later);
}

static void without_a_clock(void)
{
    tls_world.config.clock_policy = REFLOW_CLOCK_NOT_BEFORE_BUILD;
    tls_world.port.wall = REFLOW_TIME_UNKNOWN;
}

static void learns_the_time(void)
{
    expect_run(true);
    tls_world.port.wall = 1772323200;
    expect_run(true);
    tls_world.port.wall += 2 * DAY;
    expect_failure("tls_expired");
}

static void a_session_made_without_a_clock_is_held_against_it_later(void **state)
{
    (void)state;
    with_each_kind(without_a_clock, learns_the_time);
}

/* The pin is known only when the server is. */
static void only_pins_count(void **state)
{
    int kind;

    (void)state;
    for (kind = HAS_TLS13 ? 0 : 1; kind < KINDS; kind++) {
        begin((enum kind)kind);
        open_client();
        use_pin();
        use_pinned_only();
        tls_world.port.wall = REFLOW_TIME_UNKNOWN;
        sleep_and_wake();
        expect_run(false);
        expect_run(true);
        tls_world.config.clock_policy = REFLOW_CLOCK_REQUIRE; /* what that did not look at */
        tls_world.port.wall = 1772323200 + 2 * DAY;
        sleep_and_wake();
        expect_failure("tls_expired");
        tls_world_close();
    }
}

static void a_ticket_of_tls_1_3_has_a_life_of_its_own(void **state)
{
    (void)state;
    if (!HAS_TLS13) {
        skip();
    }
    begin(TLS13_TICKETS);
    open_client();
    SSL_CTX_set_timeout(tls_world.peer.context, LATER);
    expect_run(false);
    slept_s += LATER - 1;
    expect_run(true);
    slept_s += LATER + 1;
    expect_run(false);
    slept_s -= 1000; /* a ticket from the future: the clock stood still, or began anew */
    expect_run(false);
    expect_run(true);
    tls_world_close();
}

/* ---- Tickets that are none ------------------------------------------------------------------- */

static struct reflow_ticket good;

/* Whether the server resumes a session by this ticket; nothing is asked of it then. */
static bool is_offered(void)
{
    bool offered;
    enum reflow_event event;

    tls_world.port.sent = 0;
    sleep_and_wake();
    assert_int_equal(reflow_start_retrigger(&tls_world.client, THE_RUN), REFLOW_OK);
    event = reflow_step(&tls_world.client);
    assert_true(event == REFLOW_READABLE || event == REFLOW_COMMIT);
    offered = SSL_session_reused(tls_world.peer.ssl) == 1;
    reflow_abandon(&tls_world.client, REFLOW_ERR_CONNECTION_LOST);
    return offered;
}

/* All of them, in seconds, with REFLOW_EVERY_BYTE in the environment. */
static size_t stride(size_t at)
{
    if (getenv("REFLOW_EVERY_BYTE") != NULL) {
        return 1;
    }
    return at >= HEAD + 8 ? 37 : at % 4 == 0 ? 3 : 1;
}

static void is_found_out(void)
{
    size_t i;

    good = ticket;
    assert_true(is_offered());
    for (i = 0; i < good.length; i += stride(i)) {
        ticket = good;
        ticket.bytes[i] ^= (uint8_t)(1U << i % 8);
        assert_false(is_offered());
    }
    ticket = good;
    ticket.bytes[good.length - 1] ^= 1;
    assert_false(is_offered());
    for (i = 0; i < good.length; i += 2 * stride(i)) {
        ticket = good;
        ticket.length = (uint16_t)i;
        assert_false(is_offered());
    }
    for (i = good.length + 1U; i <= UINT16_MAX; i = i * 2 + 1) {
        ticket = good;
        ticket.length = (uint16_t)i;
        assert_false(is_offered());
    }
    ticket = good;
    assert_true(is_offered());
}

static void a_ticket_that_was_changed_is_none(void **state)
{
    (void)state;
    with_each_kind(nothing, is_found_out);
}

static void is_ignored(void)
{
    static const uint16_t lengths[] = {1, HEAD, HEAD + 1, 500, REFLOW_MAX_TICKET, UINT16_MAX};
    size_t i;

    for (i = 0; i < 3 * COUNT_OF(lengths); i++) {
        memset(ticket.bytes, i % 3 == 0 ? 0 : i % 3 == 1 ? 0xff : 'x', sizeof ticket.bytes);
        ticket.length = lengths[i / 3];
        expect_run(false);
    }
    expect_run(true);
}

static void garbage_is_no_ticket(void **state)
{
    (void)state;
    with_each_kind(nothing, is_ignored);
}

/* Whatever it says of its length, nothing is read behind it. */
static void a_ticket_has_an_end(void **state)
{
    struct reflow_ticket *fenced_ticket;

    (void)state;
    begin(HAS_TLS13 ? TLS13_TICKETS : TLS12_TICKETS);
    ticket.length = UINT16_MAX;
    fenced_ticket = fenced(&ticket, sizeof ticket);
    tls_world_open();
    reflow_use_ticket(&tls_world.client, fenced_ticket);
    expect_run(false);
    fenced_ticket->length = sizeof ticket.bytes + 1;
    expect_run(false);
    expect_run(true);
    tls_world_close();
}

/* ---- Servers --------------------------------------------------------------------------------- */

static void falls_back(void)
{
    const size_t before = tls_world.port.connections;

    openssl_peer_forget(&tls_world.peer);
    expect_run(false);
    assert_int_equal(tls_world.port.connections, before + 1);
    expect_run(true);
}

static void a_server_that_has_forgotten_gets_a_full_handshake_at_once(void **state)
{
    (void)state;
    with_each_kind(nothing, falls_back);
}

/* Another server takes the place of the first: without its keys, and with a certificate of its own. */
static void is_not_believed(void)
{
    reflow_close(&tls_world.client);
    openssl_peer_free(&tls_world.peer);
    tls_world.options.alternatives = "DNS:evil.example";
    tls_world_serve();
    assert_int_equal(reflow_init(&tls_world.client, sizeof tls_world.client, &tls_world.config),
                     REFLOW_OK);
    reflow_use_ticket(&tls_world.client, &ticket);
    expect_failure("tls_hostname");
    assert_int_equal(tls_world.service.heard, 1);
}

static void a_server_with_another_certificate_gains_nothing(void **state)
{
    (void)state;
    with_each_kind(nothing, is_not_believed);
}

/* How a server chokes on a session that it is offered. */
enum choking { ALERT, END, LOSS, SILENCE };
static struct {
    enum choking how;
    bool always;
    size_t choked;
} choke;

static bool is_offer(SSL *ssl)
{
    const unsigned char *bytes;
    size_t length;

    if (tls_world.options.version == TLS1_3_VERSION) {
        return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &bytes, &length) == 1;
    }
    /* RFC 8446 appendix D.4: with TLS 1.3 on offer a session ID means nothing. */
    return SSL_client_hello_get0_session_id(ssl, &bytes) > 0 &&
           SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_supported_versions, &bytes, &length) != 1;
}

static int choke_on_hello(SSL *ssl, int *alert, void *unused)
{
    (void)unused;
    if (!choke.always && !is_offer(ssl)) {
        return SSL_CLIENT_HELLO_SUCCESS;
    }
    choke.choked++;
    if (choke.how == ALERT) {
        *alert = SSL_AD_INTERNAL_ERROR;
        return SSL_CLIENT_HELLO_ERROR;
    }
    if (choke.how != SILENCE) {
        fake_port_hang_up(&tls_world.port, choke.how == END ? REFLOW_IO_END : REFLOW_IO_LOST);
    }
    return SSL_CLIENT_HELLO_RETRY;
}

static void begin_choking(enum choking how, bool always)
{
    choke.how = how;
    choke.always = always;
    choke.choked = 0;
    SSL_CTX_set_client_hello_cb(tls_world.peer.context, choke_on_hello, NULL);
}

static void is_met_with_a_full_handshake(void)
{
    int how;

    for (how = ALERT; how <= LOSS; how++) {
        const size_t before = tls_world.port.connections;
        begin_choking((enum choking)how, false);
        expect_run(false);
        assert_int_equal(choke.choked, 1);
        assert_int_equal(tls_world.port.connections, before + 2);
    }
    SSL_CTX_set_client_hello_cb(tls_world.peer.context, NULL, NULL);
    expect_run(true);
}

static void a_server_that_chokes_on_a_session_gets_a_full_handshake(void **state)
{
    (void)state;
    with_each_kind(nothing, is_met_with_a_full_handshake);
}

static void is_tried_twice(void)
{
    static const char *const errors[] = {"tls_handshake", "connection_lost", "connection_lost"};
    int how;

    for (how = ALERT; how <= LOSS; how++) {
        const size_t before = tls_world.port.connections;
        begin_choking((enum choking)how, true);
        expect_failure(errors[how]);
        assert_int_equal(choke.choked, 2);
        assert_int_equal(tls_world.port.connections, before + 2);
        SSL_CTX_set_client_hello_cb(tls_world.peer.context, NULL, NULL);
        expect_run(false);
    }
}

static void a_server_that_chokes_on_everything_is_tried_once_more(void **state)
{
    (void)state;
    with_each_kind(nothing, is_tried_twice);
}

static void is_not_offered_again(void)
{
    begin_choking(SILENCE, false);
    expect_failure("timeout");
    assert_int_equal(choke.choked, 1);
    expect_run(false);
}

static void a_server_that_falls_silent_over_a_session_is_not_offered_it_again(void **state)
{
    (void)state;
    with_each_kind(nothing, is_not_offered_again);
}

static void survives_a_network_that_is_down(void)
{
    tls_world.port.opens = REFLOW_OPEN_FAILED;
    expect_failure("connect");
    tls_world.port.opens = REFLOW_OPEN_DNS;
    expect_failure("dns");
    tls_world.port.opens = REFLOW_OPEN_READY;
    expect_run(true);
}

static void what_was_not_sent_can_be_offered_later(void **state)
{
    (void)state;
    with_each_kind(nothing, survives_a_network_that_is_down);
}

/* A server that thinks it knows the session, and has another secret for it: whoever only repeats
 * what it saw on the wire is in the same place. */
static void is_found_out_by_its_finished(void)
{
    static const unsigned char other[48] = {1, 2, 3};
    SSL_SESSION *session = SSL_get1_session(tls_world.peer.ssl);
    const size_t before = tls_world.port.connections;

    assert_int_equal(SSL_SESSION_set1_master_key(session, other, sizeof other), 1);
    SSL_SESSION_free(session);
    expect_run(false);
    assert_int_equal(tls_world.port.connections, before + 2);
    expect_run(true);
}

static void a_server_that_does_not_know_the_secret_is_not_resumed(void **state)
{
    (void)state;
    begin(TLS12_IDS);
    open_client();
    expect_run(false);
    is_found_out_by_its_finished();
    tls_world_close();
}

static void set_version(int version)
{
    SSL_CTX_set_min_proto_version(tls_world.peer.context, 0);
    SSL_CTX_set_max_proto_version(tls_world.peer.context, version);
    SSL_CTX_set_min_proto_version(tls_world.peer.context, version);
    tls_world.options.version = version;
}

static void a_server_may_change_its_version(void **state)
{
    (void)state;
    if (!HAS_TLS13) {
        skip();
    }
    begin(TLS13_TICKETS);
    open_client();
    expect_run(false);
    set_version(TLS1_2_VERSION);
    expect_run(false);
    expect_run(true);
    set_version(TLS1_3_VERSION);
    expect_run(false);
    expect_run(true);
    tls_world_close();
}

/* Of two servers behind one name only one has tickets: an old ticket does not go with a new secret. */
static void the_other_server_has_no_tickets(void **state)
{
    (void)state;
    begin(TLS12_TICKETS);
    open_client();
    expect_run(false);
    SSL_CTX_set_options(tls_world.peer.context, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(tls_world.peer.context, SSL_SESS_CACHE_OFF);
    expect_run(false);
    SSL_CTX_clear_options(tls_world.peer.context, SSL_OP_NO_TICKET);
    expect_run(false);
    expect_run(true);
    tls_world_close();
}

/* ---- The token's server ---------------------------------------------------------------------- */

static struct reflow_ims ims = {
    .url = "https://" OTHER_HOST "/token", .client_id = "client", .client_secret = "hush"};

static void leaves_the_ticket_alone(void)
{
    static const struct fake_answer token = {"HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n"
                                             "{\"access_token\":\"new\",\"expires_in\":600}",
                                             false, true};

    good = ticket;
    tls_world.service.answers[1] = token;
    tls_world.port.sent = 0;
    resumptions = 0;
    assert_string_equal(reflow_error_name(reflow_fetch_token(&tls_world.client, &ims)), "");
    assert_int_equal(SSL_session_reused(tls_world.peer.ssl), 0);
    assert_int_equal(resumptions, 0);
    assert_memory_equal(&ticket, &good, sizeof good);
    expect_run(true);
}

static void the_tokens_server_has_no_part_in_it(void **state)
{
    (void)state;
    with_each_kind(nothing, leaves_the_ticket_alone);
}

static void the_tokens_server_comes_first(void **state)
{
    static const struct fake_answer token = {"HTTP/1.1 200 OK\r\nContent-Length: 39\r\n\r\n"
                                             "{\"access_token\":\"new\",\"expires_in\":600}",
                                             false, true};
    int kind;

    (void)state;
    for (kind = HAS_TLS13 ? 0 : 1; kind < KINDS; kind++) {
        begin((enum kind)kind);
        tls_world.service.answers[0] = token;
        open_client();
        assert_string_equal(reflow_error_name(reflow_fetch_token(&tls_world.client, &ims)), "");
        assert_int_equal(ticket.length, 0);
        expect_run(false);
        expect_run(true);
        tls_world_close();
    }
}

/* ---- Size and memory ------------------------------------------------------------------------- */

static size_t luggage;
static size_t more_luggage; /* with each ticket */

static int put_in_luggage(SSL *ssl, void *unused)
{
    static unsigned char bytes[16000];

    (void)unused;
    luggage += more_luggage;
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), bytes, luggage - more_luggage);
}

static SSL_TICKET_RETURN take_luggage(SSL *ssl, SSL_SESSION *session, const unsigned char *name,
                                      size_t length, SSL_TICKET_STATUS status, void *unused)
{
    (void)ssl;
    (void)session;
    (void)name;
    (void)length;
    (void)unused;
    return status == SSL_TICKET_EMPTY || status == SSL_TICKET_NO_DECRYPT
               ? SSL_TICKET_RETURN_IGNORE_RENEW
               : SSL_TICKET_RETURN_USE_RENEW;
}

static void a_session_is_kept_as_far_as_there_is_room(void **state)
{
    int kind;
    size_t kept = 0;

    (void)state;
    for (kind = HAS_TLS13 ? 0 : 1; kind <= TLS12_TICKETS; kind++) {
        begin((enum kind)kind);
        open_client();
        SSL_CTX_set_session_ticket_cb(tls_world.peer.context, put_in_luggage, take_luggage, NULL);
        for (luggage = 0; luggage < 2500; luggage += 150) {
            memset(&ticket, 0, sizeof ticket);
            expect_run(false);
            if (ticket.length == 0) {
                assert_true(luggage > 300);
                expect_run(false);
            } else {
                kept = ticket.length;
                expect_run(true);
            }
        }
        assert_in_range(kept, REFLOW_MAX_TICKET - 300, REFLOW_MAX_TICKET);
        assert_int_equal(ticket.length, 0);
        luggage = 16000;
        expect_run(false);
        tls_world_close();
    }
}

/* Of the first one nothing stays. */
static void of_several_tickets_the_last_counts(void **state)
{
    (void)state;
    if (!HAS_TLS13) {
        skip();
    }
    begin(TLS13_TICKETS);
    open_client();
    SSL_CTX_set_session_ticket_cb(tls_world.peer.context, put_in_luggage, take_luggage, NULL);
    luggage = 0;
    more_luggage = 2500;
    expect_run(false);
    assert_true(luggage > 2500);
    assert_int_equal(ticket.length, 0);
    more_luggage = 0;
    luggage = 0;
    expect_run(false);
    expect_run(true);
    tls_world_close();
}

static bool in_client(const void *bytes, size_t length)
{
    const unsigned char *at = (const unsigned char *)&tls_world.client;
    const unsigned char *end = at + sizeof tls_world.client - length;

    while (at <= end && memcmp(at, bytes, length) != 0) {
        at++;
    }
    return at <= end;
}

/* Pieces short enough to lie within any secret, and longer than the host's name. */
static void leaves_nothing(void)
{
    static const unsigned char zeros[24];
    size_t i;

    expect_run(true);
    good = ticket;
    reflow_close(&tls_world.client);
    assert_memory_equal(&ticket, &good, sizeof good);
    for (i = 0; i + sizeof zeros <= good.length; i += 8) {
        assert_true(memcmp(good.bytes + i, zeros, sizeof zeros) == 0 ||
                    !in_client(good.bytes + i, sizeof zeros));
    }
    assert_int_equal(reflow_init(&tls_world.client, sizeof tls_world.client, &tls_world.config),
                     REFLOW_OK);
}

static void a_closed_client_holds_nothing_of_a_session(void **state)
{
    (void)state;
    with_each_kind(nothing, leaves_nothing);
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
        TEST(the_next_connection_is_resumed),
        TEST(a_ticket_outlives_its_client),
        TEST(what_was_not_verified_may_change),
        TEST(a_resumed_connection_is_kept_like_any_other),
        TEST(a_ticket_is_used_once),
        TEST(of_a_resumed_session_the_certificate_is_known_in_tls_1_2),
        TEST(a_session_is_bound_to_what_it_was_verified_by),
        TEST(every_pin_and_byte_of_the_anchors_counts),
        TEST(a_pin_given_later_is_held_against_the_certificate),
        TEST(a_session_ends_with_the_first_certificate_of_its_chain),
        TEST(a_clock_that_went_back_before_the_chain_is_noticed),
        TEST(a_session_made_by_the_clock_is_held_against_the_build_without),
        TEST(an_unknown_time_is_no_less_an_error_with_a_ticket),
        TEST(a_session_made_without_a_clock_is_held_against_it_later),
        TEST(only_pins_count),
        TEST(a_ticket_of_tls_1_3_has_a_life_of_its_own),
        TEST(a_ticket_that_was_changed_is_none),
        TEST(garbage_is_no_ticket),
        TEST(a_ticket_has_an_end),
        TEST(a_server_that_has_forgotten_gets_a_full_handshake_at_once),
        TEST(a_server_with_another_certificate_gains_nothing),
        TEST(a_server_that_chokes_on_a_session_gets_a_full_handshake),
        TEST(a_server_that_chokes_on_everything_is_tried_once_more),
        TEST(a_server_that_falls_silent_over_a_session_is_not_offered_it_again),
        TEST(what_was_not_sent_can_be_offered_later),
        TEST(a_server_that_does_not_know_the_secret_is_not_resumed),
        TEST(a_server_may_change_its_version),
        TEST(the_other_server_has_no_tickets),
        TEST(the_tokens_server_has_no_part_in_it),
        TEST(the_tokens_server_comes_first),
        TEST(a_session_is_kept_as_far_as_there_is_room),
        TEST(of_several_tickets_the_last_counts),
        TEST(a_closed_client_holds_nothing_of_a_session),
    };

    return cmocka_run_group_tests_name("tls_resume", tests, put_up_fence, free_keys);
}
