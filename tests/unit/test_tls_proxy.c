/* SPDX-License-Identifier: MIT */
/* The contract of reflow_use_proxy(): a tunnel through which TLS goes from end to end, and for everything
 * that a proxy can do instead one error, one outcome, and words that say what it was. */
#include "tls_world.h"

#include "fake_port.h"

#define OPENED "HTTP/1.1 200 Connection established\r\n\r\n"
#define PROXY "http://user:wo%72d@proxy.example:3128"

/* ---- A proxy between the port and the server ------------------------------------------------- */

static struct proxy {
    const char *answer; /* NULL: silence */
    int32_t then;       /* how it hangs up behind it; 0: not */
    bool lets_through;
    const char *instead;   /* NULL: the server; else what the tunnel gives to whatever goes in, */
    size_t instead_length; /* 0: as long as the string */
    int32_t instead_then;

    char head[2048];
    size_t length;
    size_t asked; /* for tunnels, in all */
    bool open;
    void *peer;
    void (*on_open)(void *peer);
    void (*on_sent)(void *peer, const unsigned char *bytes, size_t length);
} proxy;

static struct reflow_proxy storage;
static char told[1000]; /* of connections, by the trace */

static void say(const char *text, size_t length, int32_t then)
{
    if (text != NULL) {
        fake_port_deliver(&tls_world.port, text, length != 0 ? length : strlen(text));
    }
    if (then != 0) {
        fake_port_hang_up(&tls_world.port, then);
    }
}

static void on_open(void *context)
{
    (void)context;
    proxy.open = false;
    proxy.length = 0;
    proxy.on_open(proxy.peer);
}

static void hear(const unsigned char *bytes, size_t length)
{
    assert_true(proxy.length + length < sizeof proxy.head);
    memcpy(proxy.head + proxy.length, bytes, length);
    proxy.length += length;
    proxy.head[proxy.length] = '\0';
    if (strstr(proxy.head, "\r\n\r\n") != NULL) {
        assert_int_equal(strlen(proxy.head), proxy.length);
        assert_string_equal(proxy.head + proxy.length - 4, "\r\n\r\n");
        proxy.asked++;
        proxy.open = proxy.lets_through;
        say(proxy.answer, 0, proxy.then);
    }
}

static void on_sent(void *context, const unsigned char *bytes, size_t length)
{
    (void)context;
    if (!proxy.open) {
        hear(bytes, length);
    } else if (proxy.instead != NULL || proxy.instead_then != 0) {
        say(proxy.instead, proxy.instead_length, proxy.instead_then);
    } else {
        proxy.on_sent(proxy.peer, bytes, length);
    }
}

/* The hooks of the server's are put behind the proxy's. */
static void stand_between(void)
{
    proxy.peer = tls_world.port.peer;
    proxy.on_open = tls_world.port.on_open;
    proxy.on_sent = tls_world.port.on_sent;
    tls_world.port.on_open = on_open;
    tls_world.port.on_sent = on_sent;
}

static void on_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    (void)context;
    if (what == REFLOW_TRACE_CONNECT) {
        assert_true(strlen(told) + length + 2 < sizeof told);
        strncat(told, text, length);
        strcat(told, ";");
    }
}

static void begin(const char *answer)
{
    tls_world_begin();
    tls_world.config.on_trace = on_trace;
    told[0] = '\0';
    memset(&proxy, 0, sizeof proxy);
    proxy.answer = answer;
    proxy.lets_through = answer != NULL && strstr(answer, " 200 ") != NULL;
}

static void open_with(const char *url, const char *except)
{
    tls_world_open();
    stand_between();
    memset(&storage, 'x', sizeof storage); /* nothing is asked of it */
    assert_int_equal(reflow_use_proxy(&tls_world.client, &storage, url, except), REFLOW_OK);
}

static void no_credentials_are_left(void)
{
    static const char base64[] = "dXNlcjp3b3Jk"; /* user:word */
    const char *bytes = (const char *)&storage;
    size_t i;

    for (i = 0; i + strlen(base64) <= sizeof storage; i++) {
        assert_memory_not_equal(bytes + i, base64, strlen(base64));
    }
}

static void end(void)
{
    no_credentials_are_left();
    tls_world_close();
}

static const struct reflow_result *run(void)
{
    return tls_world_run();
}

static void blames(const char *words)
{
    const struct reflow_result *result = run();

    assert_string_equal(reflow_error_name(result->error), "proxy");
    assert_int_equal(result->outcome, REFLOW_NOT_APPLIED);
    assert_string_equal(result->detail, words);
    assert_int_equal(result->http_status, 0);
    assert_int_equal(tls_world.service.heard, 0);
    assert_false(tls_world.port.open);
    end();
}

/* The whole of a test: this answer to the request for a tunnel, and what comes of it. */
static void answer_is_blamed(const char *answer, int32_t then, const char *words)
{
    begin(answer);
    proxy.then = then;
    open_with(PROXY, NULL);
    blames(words);
}

/* ---- A tunnel -------------------------------------------------------------------------------- */

static void a_run_is_retriggered_through_a_tunnel(void **state)
{
    (void)state;
    begin(OPENED);
    open_with(PROXY, NULL);
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    assert_string_equal(tls_world.port.host, "proxy.example");
    assert_int_equal(tls_world.port.port, 3128);
    assert_string_equal(proxy.head, "CONNECT " PEER_HOST ":443 HTTP/1.1\r\nHost: " PEER_HOST
                                    ":443\r\nUser-Agent: reflow/" REFLOW_VERSION
                                    "\r\nProxy-Authorization: Basic dXNlcjp3b3Jk\r\n\r\n");
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    assert_int_equal(proxy.asked, 1); /* the tunnel is kept for the next run */
    assert_string_equal(told, PEER_HOST " port 443;proxy.example port 3128, a proxy;");
    end();
}

static void the_server_is_verified_through_it(void **state)
{
    (void)state;
    begin(OPENED);
    tls_world.options.alternatives = "DNS:proxy.example";
    open_with(PROXY, NULL);
    assert_string_equal(reflow_error_name(run()->error), "tls_hostname");
    assert_int_equal(tls_world.service.heard, 0);
    end();
}

/* Without credentials nothing is said of them; an answer in HTTP/1.0, after one that is not the last,
 * with fields that say of content that there is none (RFC 9110 section 9.3.6). */
static void whatever_a_2xx_says_the_tunnel_begins_behind_it(void **state)
{
    (void)state;
    begin("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 \r\nContent-Length: 5\r\nDate: now\r\n\r\n");
    open_with("proxy.example", "");
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    assert_null(strstr(proxy.head, "Authorization"));
    assert_int_equal(tls_world.port.port, 1080);
    end();
}

/* Pending, blocked at every call, and a byte at a time. */
static void waits_for_whatever_takes_its_time(void **state)
{
    (void)state;
    begin(OPENED);
    open_with(PROXY, NULL);
    tls_world.port.pending = 3;
    tls_world.port.block_every_other = true;
    tls_world.port.most_sent = 100;
    tls_world.port.most_received = 7;
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    assert_int_equal(proxy.asked, 1);
    end();
}

static void says_what_it_waits_for(void **state)
{
    struct reflow_client *client = &tls_world.client;

    (void)state;
    begin(NULL);
    open_with(PROXY, NULL);
    tls_world.port.pending = 1;
    assert_int_equal(reflow_start_retrigger(client, THE_RUN), REFLOW_OK);
    assert_int_equal(reflow_step(client), REFLOW_WRITABLE); /* to be connected */
    tls_world.port.block_send_at = 0;
    assert_int_equal(reflow_step(client), REFLOW_WRITABLE); /* to ask */
    assert_int_equal(reflow_step(client), REFLOW_READABLE); /* for the answer */
    assert_int_equal(reflow_step(client), REFLOW_READABLE);
    say("HTTP/1.1 200 OK\r\nDate: then\r\n", 0, 0);
    assert_int_equal(reflow_step(client), REFLOW_READABLE);
    assert_int_equal(reflow_wake_ms(client), 1000 + REFLOW_DEFAULT_TIMEOUT_MS);
    reflow_abandon(client, REFLOW_ERR_CONNECTION_LOST);
    assert_false(tls_world.port.open);
    end();
}

static void a_port_without_wait_is_asked_again_and_again(void **state)
{
    (void)state;
    begin(OPENED);
    tls_world.config.port = &fake_port_without_wait;
    open_with(PROXY, NULL);
    tls_world.port.block_every_other = true;
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    end();
}

static void a_lost_tunnel_is_asked_for_again(void **state)
{
    (void)state;
    begin(OPENED);
    open_with(PROXY, NULL);
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    openssl_peer_end(&tls_world.peer);
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    assert_int_equal(proxy.asked, 2);
    end();
}

static void exceptions_are_connected_to_directly(void **state)
{
    (void)state;
    begin(NULL);
    open_with(PROXY, "other.example," PEER_HOST);
    proxy.open = true;
    tls_world.port.on_open = proxy.on_open;
    tls_world.port.on_sent = proxy.on_sent;
    tls_world.port.peer = proxy.peer;
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    assert_string_equal(tls_world.port.host, PEER_HOST);
    assert_int_equal(tls_world.port.port, 443);
    assert_string_equal(told, PEER_HOST " port 443;");
    reflow_close(&tls_world.client);
    assert_int_equal(reflow_init(&tls_world.client, sizeof tls_world.client, &tls_world.config),
                     REFLOW_OK);
    assert_int_equal(reflow_use_proxy(&tls_world.client, &storage, PROXY, "*"), REFLOW_OK);
    tls_world.port.opens = REFLOW_OPEN_FAILED; /* and nobody else is blamed then */
    assert_string_equal(reflow_error_name(run()->error), "connect");
    end();
}

static void another_url_is_none(void **state)
{
    const struct reflow_port *before;

    (void)state;
    begin(NULL);
    tls_world_open();
    before = tls_world.client.config.port;
    assert_int_equal(reflow_use_proxy(&tls_world.client, &storage, "socks5://proxy", NULL),
                     REFLOW_ERR_INVALID_ARGUMENT);
    assert_ptr_equal(tls_world.client.config.port, before);
    tls_world_close();
}

/* ---- Proxies that refuse --------------------------------------------------------------------- */

static void a_refusal_is_told_by_its_status(void **state)
{
    (void)state;
    answer_is_blamed("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nwords", 0,
                     "the proxy refuses (HTTP 403)");
    answer_is_blamed("HTTP/1.1 502 Bad Gateway\r\n\r\n", REFLOW_IO_END,
                     "the proxy refuses (HTTP 502)");
    answer_is_blamed("HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\n\r\n", 0,
                     "the proxy refuses (HTTP 302)");
    answer_is_blamed("HTTP/1.0 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
                     REFLOW_IO_END, "the proxy asks for other credentials (HTTP 407)");
}

static void a_proxy_that_cannot_be_reached_is_none(void **state)
{
    (void)state;
    begin(NULL);
    open_with(PROXY, NULL);
    tls_world.port.opens = REFLOW_OPEN_DNS;
    blames("the proxy's name cannot be resolved");
    begin(NULL);
    open_with(PROXY, NULL);
    tls_world.port.opens = REFLOW_OPEN_FAILED;
    blames("no connection to the proxy");
}

static void what_it_refused_once_it_may_allow_later(void **state)
{
    (void)state;
    begin("HTTP/1.1 503 Busy\r\n\r\n");
    tls_world.config.attempts = 3;
    tls_world.config.timeout_ms = 86400000; /* even where a pause takes an hour */
    open_with(PROXY, NULL);
    assert_string_equal(run()->detail, "the proxy refuses (HTTP 503)");
    assert_int_equal(proxy.asked, 3);
    proxy.answer = OPENED;
    proxy.lets_through = true;
    assert_int_equal(run()->outcome, REFLOW_RETRIGGERED);
    assert_null(reflow_result(&tls_world.client)->detail);
    openssl_peer_end(&tls_world.peer);
    tls_world.config.attempts = 1;
    proxy.instead = "\x16"; /* what was is forgotten: now it is the server */
    assert_string_equal(reflow_error_name(run()->error), "timeout");
    end();
}

/* ---- Proxies that hang ----------------------------------------------------------------------- */

static void silence_ends_with_the_deadline(void **state)
{
    (void)state;
    answer_is_blamed(NULL, 0, "the proxy does not answer");
    answer_is_blamed("HTTP/1.1 200", 0, "the proxy does not answer");
    begin(NULL);
    open_with(PROXY, NULL);
    tls_world.port.opens = REFLOW_OPEN_PENDING;
    blames("no connection to the proxy");
    begin(NULL);
    open_with(PROXY, NULL);
    tls_world.port.stick_sent_at = 50;
    blames("the proxy does not answer");
}

static void a_tunnel_into_nowhere_ends_with_the_deadline(void **state)
{
    (void)state;
    begin(OPENED);
    proxy.instead = "";
    open_with(PROXY, NULL);
    blames("the proxy opened a tunnel, and nothing came out of it");
}

/* A server that hangs after its first words is no fault of the proxy's. */
static void a_server_that_hangs_is_none_of_its_doing(void **state)
{
    (void)state;
    begin(OPENED);
    proxy.instead = "\x16";
    open_with(PROXY, NULL);
    assert_string_equal(reflow_error_name(run()->error), "timeout");
    end();
}

/* ---- Proxies that end ------------------------------------------------------------------------ */

static void an_end_without_an_answer_is_none(void **state)
{
    static const int32_t ends[] = {REFLOW_IO_END, REFLOW_IO_LOST};
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        answer_is_blamed(NULL, ends[i], "the proxy does not answer");
        answer_is_blamed("HTTP/1.1 200 OK\r\n", ends[i], "the proxy does not answer");
        begin(OPENED);
        proxy.instead_then = ends[i];
        open_with(PROXY, NULL);
        blames("the proxy opened a tunnel, and nothing came out of it");
    }
    begin(OPENED);
    open_with(PROXY, NULL);
    tls_world.port.lose_sent_at = 20;
    blames("the proxy does not answer");
}

static void a_tunnel_that_is_cut_at_once_is_none(void **state)
{
    (void)state;
    begin(OPENED);
    open_with(PROXY, NULL);
    tls_world.port.lose_send_at = 1; /* the first into the tunnel */
    blames("the proxy opened a tunnel, and nothing came out of it");
}

/* ---- Proxies that lie ------------------------------------------------------------------------ */

static void what_is_no_answer_is_called_so(void **state)
{
    static const char *const answers[] = {"SSH-2.0-OpenSSH\r\n",
                                          "HTTP/2 200 \r\n\r\n",
                                          "\x15\x03",
                                          "HTTP/1.1 200 OK\n\n",
                                          "HTTP/1.1 101 Other\r\n\r\n",
                                          "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        answer_is_blamed(answers[i], 0, "what the proxy answers is not HTTP");
    }
}

/* No server speaks before it is greeted: these would be somebody else's words. */
static void what_comes_behind_the_answer_is_not_let_through(void **state)
{
    (void)state;
    answer_is_blamed(OPENED "\x16\x03\x03", 0, "the proxy says more than an answer");
    answer_is_blamed(OPENED "\n", 0, "the proxy says more than an answer");
    answer_is_blamed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 0,
                     "the proxy says more than an answer");
}

static void what_comes_out_of_a_tunnel_must_be_tls(void **state)
{
    (void)state;
    begin(OPENED);
    proxy.instead = "HTTP/1.1 400 Bad Request\r\n\r\n";
    open_with(PROXY, NULL);
    blames("the proxy opened a tunnel, and what came out of it is not TLS");
}

/* An alert is a server's word, whoever says it. */
static void an_alert_is_the_servers(void **state)
{
    (void)state;
    begin(OPENED);
    proxy.instead = "\x15\x03\x03\x00\x02\x02\x28"; /* fatal, handshake_failure */
    proxy.instead_length = 7;
    open_with(PROXY, NULL);
    assert_string_equal(reflow_error_name(run()->error), "tls_handshake");
    end();
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
        cmocka_unit_test_teardown(a_run_is_retriggered_through_a_tunnel, tls_world_clean_up),
        cmocka_unit_test_teardown(the_server_is_verified_through_it, tls_world_clean_up),
        cmocka_unit_test_teardown(whatever_a_2xx_says_the_tunnel_begins_behind_it,
                                  tls_world_clean_up),
        cmocka_unit_test_teardown(waits_for_whatever_takes_its_time, tls_world_clean_up),
        cmocka_unit_test_teardown(says_what_it_waits_for, tls_world_clean_up),
        cmocka_unit_test_teardown(a_port_without_wait_is_asked_again_and_again, tls_world_clean_up),
        cmocka_unit_test_teardown(a_lost_tunnel_is_asked_for_again, tls_world_clean_up),
        cmocka_unit_test_teardown(exceptions_are_connected_to_directly, tls_world_clean_up),
        cmocka_unit_test_teardown(another_url_is_none, tls_world_clean_up),
        cmocka_unit_test_teardown(a_refusal_is_told_by_its_status, tls_world_clean_up),
        cmocka_unit_test_teardown(a_proxy_that_cannot_be_reached_is_none, tls_world_clean_up),
        cmocka_unit_test_teardown(what_it_refused_once_it_may_allow_later, tls_world_clean_up),
        cmocka_unit_test_teardown(silence_ends_with_the_deadline, tls_world_clean_up),
        cmocka_unit_test_teardown(a_tunnel_into_nowhere_ends_with_the_deadline, tls_world_clean_up),
        cmocka_unit_test_teardown(a_server_that_hangs_is_none_of_its_doing, tls_world_clean_up),
        cmocka_unit_test_teardown(an_end_without_an_answer_is_none, tls_world_clean_up),
        cmocka_unit_test_teardown(a_tunnel_that_is_cut_at_once_is_none, tls_world_clean_up),
        cmocka_unit_test_teardown(what_is_no_answer_is_called_so, tls_world_clean_up),
        cmocka_unit_test_teardown(what_comes_behind_the_answer_is_not_let_through,
                                  tls_world_clean_up),
        cmocka_unit_test_teardown(what_comes_out_of_a_tunnel_must_be_tls, tls_world_clean_up),
        cmocka_unit_test_teardown(an_alert_is_the_servers, tls_world_clean_up),
    };

    return cmocka_run_group_tests_name("tls_proxy", tests, NULL, free_keys);
}
