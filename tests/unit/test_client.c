/* SPDX-License-Identifier: MIT */
/* The contract of the client: the commit point, the judgement, the kept connection, misuse. */
#include "fake_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char the_request[] = "POST /data/runs/" THE_RUN "/action?op=re-trigger HTTP/1.1\r\n"
                                  "Host: flow.example\r\n"
                                  "Authorization: Bearer %s\r\n"
                                  "x-api-key: the-key\r\n"
                                  "x-gw-ims-org-id: ORG@AdobeOrg\r\n"
                                  "x-sandbox-name: prod\r\n"
                                  "Content-Type: application/json\r\n"
                                  "Content-Length: 0\r\n"
                                  "User-Agent: reflow/" REFLOW_VERSION "\r\n"
                                  "Accept: application/json\r\n"
                                  "Accept-Encoding: identity\r\n\r\n";

static void begin(void)
{
    world_begin();
    fake_service_answers(&world.service, carries_out());
    world_open();
}

static void begin_with(struct fake_answer answer)
{
    world_begin();
    fake_service_answers(&world.service, answer);
    world_open();
}

/* A step that goes past the commit point of an operation just started. */
static void step_past_commit(void)
{
    enum reflow_event event;

    do {
        event = world_step();
        assert_true(event != REFLOW_DONE && event != REFLOW_FAILED);
        fake_port_wait(&world.port, (int)event, world.port.now);
    } while (world.port.sent == world.sent_at_commit || world.commits == 0);
}

/* ---- The main job ---------------------------------------------------------------------------- */

static void one_run_takes_two_sends_and_one_commit(void **state)
{
    const struct reflow_result *result;
    char expected[4096];

    (void)state;
    begin();
    result = world_run();
    assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
    assert_int_equal(world.commits, 1);
    assert_int_equal(world.port.sends, 2); /* hello; the last flight together with the request */
    assert_int_equal(world.service.heard, 1);
    (void)snprintf(expected, sizeof expected, the_request, world.token);
    assert_string_equal(world.service.request, expected);
    assert_string_equal(world.port.host, "flow.example");
    assert_int_equal(world.port.port, 443);
    assert_string_equal(result->id, THE_NEW_RUN);
    assert_string_equal(result->etag, "\"an-etag\"");
    assert_int_equal(result->http_status, 200);
    assert_int_equal(result->attempts, 1);
    assert_null(result->code);
    assert_null(result->detail);
    assert_null(result->request_id);
    world_close();
}

static void the_trace_shows_all_but_the_token(void **state)
{
    char expected[4096];

    (void)state;
    begin();
    world_run();
    (void)snprintf(expected, sizeof expected, the_request, "***");
    assert_non_null(strstr(world.trace, expected));
    assert_non_null(strstr(world.trace, "flow.example"));
    assert_non_null(strstr(world.trace, "FAKEv1"));
    assert_non_null(strstr(world.trace, "HTTP/1.1 200 OK\r\n"));
    assert_null(strstr(world.trace, THE_NEW_RUN)); /* the head, and not what follows it */
    world_close();
}

/* reflow.h says of REFLOW_TRACE_CONNECT: host and port. */
static void the_trace_names_host_and_port(void **state)
{
    (void)state;
    world_begin();
    world.config.url = "https://flow.example:8443/data";
    fake_service_answers(&world.service, carries_out());
    world_open();
    world_run();
    assert_int_equal(world.port.port, 8443);
    *strstr(world.trace, "FAKEv1") = '\0';
    assert_non_null(strstr(world.trace, "flow.example"));
    assert_non_null(strstr(world.trace, "8443"));
    world_close();
}

static void the_token_is_gone_before_the_answer_comes(void **state)
{
    (void)state;
    begin_with(says(NULL));
    world_start();
    assert_no_secret();
    step_past_commit();
    assert_no_secret();
    assert_result(world_drive(), REFLOW_UNKNOWN, REFLOW_ERR_TIMEOUT);
    assert_no_secret();
    world_close();
}

/* ---- The commit point ------------------------------------------------------------------------ */

static void a_refused_commit_sends_nothing_of_the_request(void **state)
{
    const struct reflow_result *result;
    bool whole;

    (void)state;
    begin();
    world.refuses = true;
    result = world_run();
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_ERR_STORAGE);
    assert_int_equal(world.service.heard, 0);
    assert_int_equal(world_requests(&whole), 0);
    assert_int_equal(world.port.closes, 1);
    assert_null(strstr(world.trace, "POST"));
    world.refuses = false; /* and the client is as good as new */
    assert_result(world_run(), REFLOW_RETRIGGERED, REFLOW_OK);
    world_close();
}

/* Whatever reason a caller gives: what was committed may have happened, what was not has not. */
static void abandoning_is_true_whatever_the_reason(void **state)
{
    int why;

    (void)state;
    for (why = 0; why < REFLOW_ERROR_COUNT; why++) {
        begin_with(says(NULL));
        world_start();
        step_past_commit();
        reflow_abandon(&world.client, (enum reflow_error)why);
        if (reflow_result(&world.client)->outcome != REFLOW_UNKNOWN) {
            print_error("abandoned after the commit point with '%s': %s\n",
                        reflow_error_name((enum reflow_error)why),
                        reflow_outcome_name(reflow_result(&world.client)->outcome));
        }
        assert_int_equal(reflow_result(&world.client)->outcome, REFLOW_UNKNOWN);
        assert_int_equal(reflow_step(&world.client), REFLOW_FAILED);
        assert_no_secret();
        world_close();
    }
}

static void abandoning_before_the_commit_point_is_not_applied(void **state)
{
    (void)state;
    begin();
    world_start();
    reflow_abandon(&world.client, REFLOW_ERR_STORAGE); /* not one step was made */
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_STORAGE);
    assert_int_equal(world.port.open_calls, 0);
    world.port.pending = 2;
    world_start();
    assert_int_equal(world_step(), REFLOW_WRITABLE);
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_TIMEOUT);
    assert_int_equal(world.port.closes, 1);
    assert_int_equal(world.port.sent, 0);
    world_close();
}

/* The rest of a request must not be pushed out by a goodbye. */
static void abandoning_in_mid_request_sends_no_further_byte(void **state)
{
    size_t sent;

    (void)state;
    begin();
    world.port.stick_sent_at = 400;
    world_start();
    while (world_step() != REFLOW_WRITABLE) {
    }
    sent = world.port.sends;
    assert_int_equal(world.port.sent, 400);
    world.port.stick_sent_at = FAKE_NEVER;
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_TIMEOUT);
    assert_int_equal(world.port.sent, 400);
    assert_int_equal(world.port.sends, sent);
    assert_int_equal(fake_tls.goodbyes, 0);
    assert_no_secret();
    world_close();
}

static void closing_in_mid_request_sends_no_further_byte(void **state)
{
    (void)state;
    begin();
    world.port.stick_sent_at = 400;
    world_start();
    while (world_step() != REFLOW_WRITABLE) {
    }
    world.port.stick_sent_at = FAKE_NEVER;
    world_close();
    assert_int_equal(world.port.sent, 400);
    assert_int_equal(world.service.heard, 0);
}

/* ---- The judgement --------------------------------------------------------------------------- */

static void each_status_has_its_outcome(void **state)
{
    static const struct {
        const char *status;
        const char *content;
        enum reflow_outcome outcome;
        enum reflow_error error;
    } rows[] = {
        {"301 Moved\r\nLocation: https://evil.example/", "", REFLOW_REFUSED, REFLOW_ERR_REDIRECTED},
        {"304 Not Modified", "", REFLOW_REFUSED, REFLOW_ERR_REDIRECTED},
        {"400 Bad Request", "{}", REFLOW_REFUSED, REFLOW_ERR_REJECTED},
        {"401 Unauthorized", "{}", REFLOW_REFUSED, REFLOW_ERR_UNAUTHORIZED},
        {"403 Forbidden", "nonsense", REFLOW_REFUSED, REFLOW_ERR_FORBIDDEN},
        {"404 Not Found", "", REFLOW_REFUSED, REFLOW_ERR_NOT_FOUND},
        {"408 Request Timeout", "", REFLOW_NOT_APPLIED, REFLOW_ERR_UNAVAILABLE},
        {"409 Conflict", "", REFLOW_REFUSED, REFLOW_ERR_REJECTED},
        {"425 Too Early", "", REFLOW_NOT_APPLIED, REFLOW_ERR_UNAVAILABLE},
        {"429 Too Many Requests", "", REFLOW_NOT_APPLIED, REFLOW_ERR_RATE_LIMITED},
        {"500 Internal Server Error", "{}", REFLOW_UNKNOWN, REFLOW_ERR_SERVER_ERROR},
        {"502 Bad Gateway", "", REFLOW_UNKNOWN, REFLOW_ERR_SERVER_ERROR},
        {"503 Service Unavailable", "", REFLOW_UNKNOWN, REFLOW_ERR_UNAVAILABLE},
        {"503 Service Unavailable\r\nRetry-After: soon", "", REFLOW_UNKNOWN,
         REFLOW_ERR_UNAVAILABLE},
        {"503 Service Unavailable\r\nRetry-After: 3", "", REFLOW_NOT_APPLIED,
         REFLOW_ERR_UNAVAILABLE},
        {"503 Service Unavailable", "{\"error_code\":\"503010\"}", REFLOW_NOT_APPLIED,
         REFLOW_ERR_UNAVAILABLE},
        {"200 OK", "{\"id\":1}", REFLOW_UNKNOWN, REFLOW_ERR_JSON_UNEXPECTED},
        {"200 OK", "{\"id\":\"a\",}", REFLOW_UNKNOWN, REFLOW_ERR_JSON_MALFORMED},
        {"200 OK\r\nContent-Encoding: gzip", "{\"id\":\"a\"}", REFLOW_UNKNOWN,
         REFLOW_ERR_HTTP_UNSUPPORTED},
        {"200 OK\r\nContent-Length: 7", "{\"id\":\"a\"}", REFLOW_UNKNOWN,
         REFLOW_ERR_HTTP_MALFORMED},
        {"204 No Content\r\nX: y", "", REFLOW_UNKNOWN, REFLOW_ERR_JSON_MALFORMED},
        {"101 Switching Protocols", "", REFLOW_UNKNOWN, REFLOW_ERR_HTTP_UNSUPPORTED},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(rows); i++) {
        begin_with(says(http(rows[i].status, rows[i].content)));
        assert_result(world_run(), rows[i].outcome, rows[i].error);
        world_close();
    }
}

static void the_words_of_a_refusal_are_read(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin_with(says(http("400 Bad Request\r\nX-Request-Id: from-the-head",
                         "{\"type\":\"https://ns.adobe.com/aep/errors/FLOW-1388-400\","
                         "\"title\":\"A title\",\"detail\":\"It did not \\u0066ail.\"}")));
    result = world_run();
    assert_result(result, REFLOW_REFUSED, REFLOW_ERR_REJECTED);
    assert_string_equal(result->code, "FLOW-1388-400");
    assert_string_equal(result->detail, "It did not fail.");
    assert_string_equal(result->request_id, "from-the-head");
    assert_int_equal(result->http_status, 400);
    world_close();
}

/* ---- An answer before the request is whole --------------------------------------------------- */

static const struct reflow_result *run_answered_early(const char *early)
{
    world_begin();
    world.service.early = early;
    world.port.lose_sent_at = 900; /* in the second of three records */
    world_open();
    return world_run();
}

static void an_early_refusal_is_read_after_a_failed_send(void **state)
{
    const struct reflow_result *result =
        run_answered_early(http("403 Forbidden", "{\"message\":\"Go away\"}"));

    (void)state;
    assert_result(result, REFLOW_REFUSED, REFLOW_ERR_FORBIDDEN);
    assert_string_equal(result->detail, "Go away");
    assert_int_equal(world.service.heard, 0);
    world_close();
}

static void an_early_success_is_not_believed(void **state)
{
    const struct reflow_result *result =
        run_answered_early(http("200 OK", "{\"id\":\"a-lie\",\"etag\":\"too\"}"));

    (void)state;
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_ERR_CONNECTION_LOST);
    assert_null(result->id);
    assert_null(result->etag);
    world_close();
}

static void an_early_answer_of_any_other_kind_is_not_applied(void **state)
{
    (void)state;
    assert_result(run_answered_early(http("500 No", "")), REFLOW_NOT_APPLIED,
                  REFLOW_ERR_SERVER_ERROR);
    world_close();
    assert_result(run_answered_early(http("503 No", "")), REFLOW_NOT_APPLIED,
                  REFLOW_ERR_UNAVAILABLE);
    world_close();
    assert_result(run_answered_early("HTTP/1.1 403 Forbidden\r\n"), REFLOW_NOT_APPLIED,
                  REFLOW_ERR_HTTP_TRUNCATED);
    world_close();
    assert_result(run_answered_early("garbage"), REFLOW_NOT_APPLIED, REFLOW_ERR_HTTP_MALFORMED);
    world_close();
    assert_result(run_answered_early(NULL), REFLOW_NOT_APPLIED, REFLOW_ERR_CONNECTION_LOST);
    world_close();
}

/* ---- TLS ------------------------------------------------------------------------------------- */

static void a_session_that_cannot_be_opened_is_not_applied(void **state)
{
    static const enum reflow_error errors[] = {REFLOW_ERR_OUT_OF_MEMORY, REFLOW_ERR_CLOCK_UNSET,
                                               REFLOW_ERR_TLS_HANDSHAKE};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(errors); i++) {
        begin();
        fake_tls.open_error = errors[i];
        assert_result(world_run(), REFLOW_NOT_APPLIED, errors[i]);
        assert_int_equal(world.port.open_calls, 0);
        assert_int_equal(world.commits, 0);
        fake_tls.open_error = REFLOW_OK;
        assert_result(world_run(), REFLOW_RETRIGGERED, REFLOW_OK);
        world_close();
    }
}

static void each_failure_of_a_handshake_is_told(void **state)
{
    static const enum reflow_error errors[] = {REFLOW_ERR_TLS_HANDSHAKE, REFLOW_ERR_TLS_UNTRUSTED,
                                               REFLOW_ERR_TLS_HOSTNAME,  REFLOW_ERR_TLS_EXPIRED,
                                               REFLOW_ERR_TLS_PIN,       REFLOW_ERR_OUT_OF_MEMORY};
    size_t i;

    (void)state;
    for (i = 0; i < 2 * COUNT_OF(errors); i++) {
        world_begin();
        world.config.attempts = 4; /* none of these is repeated */
        fake_service_answers(&world.service, carries_out());
        world_open();
        fake_tls.break_at = i % 2; /* before the hello, and after it */
        world.port.most_received = i % 2 == 0 ? FAKE_NEVER : 1;
        world.port.block_recv_at = 0;
        fake_tls.break_by = REFLOW_TLS_FAILED;
        fake_tls.error = errors[i / 2];
        assert_result(world_run(), REFLOW_NOT_APPLIED, errors[i / 2]);
        assert_int_equal(world.commits, 0);
        assert_int_equal(world.port.connections, 1);
        assert_int_equal(world.port.closes, 1);
        world_close();
    }
}

static void another_connection_is_made_where_one_helps(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin();
    fake_tls.break_at = 0;
    fake_tls.break_by = REFLOW_TLS_AGAIN;
    result = world_run();
    assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
    assert_int_equal(result->attempts, 1); /* it is no other attempt */
    assert_int_equal(world.port.connections, 2);
    world_close();
}

/* ---- The kept connection --------------------------------------------------------------------- */

static void a_kept_connection_serves_the_next_run(void **state)
{
    size_t i;
    size_t sends;

    (void)state;
    begin();
    for (i = 0; i < 5; i++) {
        sends = world.port.sends;
        assert_result(world_run(), REFLOW_RETRIGGERED, REFLOW_OK);
        assert_int_equal(world.commits, 1);
        assert_int_equal(world.port.sends - sends, i == 0 ? 2 : 1);
    }
    assert_int_equal(world.port.connections, 1);
    assert_int_equal(fake_tls.goodbyes_heard, 0);
    world_close();
    assert_int_equal(fake_tls.goodbyes_heard, 1);
}

static void a_refused_run_keeps_the_connection_too(void **state)
{
    (void)state;
    begin_with(says(http("404 Not Found", "{\"message\":\"no such run\"}")));
    world_run();
    world_run();
    assert_int_equal(world.port.connections, 1);
    world_close();
}

/* Each of them ends with an answer after which the connection must not be used again. */
static void a_connection_that_cannot_be_kept_is_closed(void **state)
{
    static const char *const texts[] = {
        "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", /* surplus */
        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nx"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(texts); i++) {
        begin_with(says(texts[i]));
        world_run();
        assert_false(world.port.open);
        world_run();
        assert_int_equal(world.port.connections, 2);
        world_close();
    }
}

static void content_until_the_end_needs_an_orderly_end(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\n\r\n{\"id\":\"" THE_NEW_RUN "\"}";
    struct fake_answer answer = {text, true, true};

    (void)state;
    begin_with(answer);
    assert_result(world_run(), REFLOW_RETRIGGERED, REFLOW_OK);
    assert_false(world.port.open);
    world_close();
    answer.then_ends = false;
    begin_with(answer);
    world_start();
    step_past_commit();
    fake_port_hang_up(&world.port, REFLOW_IO_END); /* TCP's end, which anybody can bring about */
    assert_result(world_drive(), REFLOW_UNKNOWN, REFLOW_ERR_HTTP_TRUNCATED);
    world_close();
}

static const char late_answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"id\":\"a-lie\"}";

static void speak(int what)
{
    switch (what) {
    case 0:
        fake_tls_say(late_answer);
        break;
    case 1:
        fake_tls_say_goodbye();
        break;
    case 2:
        fake_port_hang_up(&world.port, REFLOW_IO_END);
        break;
    case 3:
        fake_port_hang_up(&world.port, REFLOW_IO_LOST);
        break;
    case 4:
        fake_tls_say("x");
        break;
    default:
        fake_tls_say(late_answer);
        fake_tls_say_goodbye();
        break;
    }
}

/* A refusal first, so that a late "200" would be a lie. */
static void begin_kept(void)
{
    world_begin();
    fake_service_answers(&world.service, says(http("404 Not Found", "")));
    world_open();
    assert_result(world_run(), REFLOW_REFUSED, REFLOW_ERR_NOT_FOUND);
    assert_true(world.port.open);
}

static void what_an_idle_connection_says_is_not_for_the_next_run(void **state)
{
    int what;

    (void)state;
    for (what = 0; what < 6; what++) {
        begin_kept();
        speak(what);
        assert_result(world_run(), REFLOW_REFUSED, REFLOW_ERR_NOT_FOUND);
        assert_int_equal(world.port.connections, 2);
        assert_int_equal(world.service.heard, 2);
        world_close();
    }
}

/* Recording the intent may take long: what comes meanwhile is no answer either. */
static void what_comes_while_the_intent_is_recorded_is_no_answer(void **state)
{
    int what;

    (void)state;
    for (what = 0; what < 6; what++) {
        begin_kept();
        world_start();
        assert_int_equal(world_step(), REFLOW_COMMIT);
        speak(what);
        assert_true(world_drive()->outcome != REFLOW_RETRIGGERED);
        assert_int_equal(world.commits, 1);
        assert_int_equal(world.service.applied, 0);
        assert_result(reflow_result(&world.client), REFLOW_REFUSED, REFLOW_ERR_NOT_FOUND);
        world_close();
    }
}

/* A record of which only a part has come is something said, too. */
static void a_part_of_a_late_answer_is_not_silence(void **state)
{
    (void)state;
    begin_kept();
    world.port.most_received = 10;
    world.port.block_recv_at = world.port.recvs + 2; /* the header, ten bytes, and nothing more */
    fake_tls_say(late_answer);
    assert_result(world_run(), REFLOW_REFUSED, REFLOW_ERR_NOT_FOUND);
    assert_int_equal(world.port.connections, 2);
    world_close();
}

/* ---- Results and misuse ---------------------------------------------------------------------- */

static void results_live_until_the_next_operation(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin();
    result = world_run();
    assert_int_equal(reflow_step(&world.client), REFLOW_DONE);
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT); /* nothing is under way */
    assert_int_equal(reflow_step(&world.client), REFLOW_DONE);
    assert_result(result, REFLOW_RETRIGGERED, REFLOW_OK);
    assert_string_equal(result->id, THE_NEW_RUN);
    assert_string_equal(result->etag, "\"an-etag\"");
    assert_ptr_equal(reflow_result(&world.client), result);
    world_close();
}

static void a_client_without_an_operation_has_failed_at_nothing(void **state)
{
    (void)state;
    begin();
    assert_int_equal(reflow_step(&world.client), REFLOW_FAILED);
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
    assert_int_equal(reflow_step(&world.client), REFLOW_FAILED);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(world.port.open_calls, 0);
    world_close();
}

static void a_busy_client_starts_nothing_else(void **state)
{
    (void)state;
    begin();
    world.port.pending = 1;
    world_start();
    assert_int_equal(reflow_start_retrigger(&world.client, "other"), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(world_step(), REFLOW_WRITABLE);
    assert_int_equal(reflow_start_retrigger(&world.client, "other"), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_retrigger(&world.client, "other"), REFLOW_NOT_APPLIED);
    assert_int_equal(world_step(), REFLOW_COMMIT);
    assert_int_equal(reflow_start_retrigger(&world.client, "."), REFLOW_ERR_INVALID_ARGUMENT);
    assert_result(world_drive(), REFLOW_RETRIGGERED, REFLOW_OK);
    assert_non_null(strstr(world.service.request, THE_RUN));
    assert_int_equal(world.service.heard, 1);
    world_close();
}

static void an_invalid_run_id_ends_before_it_begins(void **state)
{
    (void)state;
    begin();
    world_run();
    assert_int_equal(reflow_start_retrigger(&world.client, "a/b"), REFLOW_ERR_INVALID_ARGUMENT);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_step(&world.client), REFLOW_FAILED);
    assert_null(reflow_result(&world.client)->id);
    assert_int_equal(world.service.heard, 1);
    world_close();
}

/* reflow.h says of reflow_set_token(): from the next operation on. */
static void a_new_token_waits_for_the_next_operation(void **state)
{
    (void)state;
    begin();
    world_start();
    assert_int_equal(world_step(), REFLOW_COMMIT);
    assert_int_equal(reflow_set_token(&world.client, "a-new-one"), REFLOW_OK);
    world_drive();
    assert_null(strstr(world.service.request, "a-new-one"));
    world_run();
    assert_non_null(strstr(world.service.request, "Bearer a-new-one\r\n"));
    assert_int_equal(reflow_set_token(&world.client, "not\nthis"), REFLOW_ERR_INVALID_ARGUMENT);
    world_run();
    assert_non_null(strstr(world.service.request, "Bearer a-new-one\r\n"));
    world_close();
}

/* The strings of the settings are borrowed: whoever breaks them in mid-operation is told, and no half
 * of a request leaves. */
static void a_setting_that_breaks_under_way_is_not_sent(void **state)
{
    static char sandbox[] = "night";

    (void)state;
    world_begin();
    fake_service_answers(&world.service, carries_out());
    world.config.sandbox = sandbox;
    world_open();
    world_start();
    while (world_step() != REFLOW_COMMIT) {
    }
    sandbox[2] = '\n';
    assert_result(world_drive(), REFLOW_NOT_APPLIED, REFLOW_ERR_REQUEST_TOO_LARGE);
    sandbox[2] = 'g';
    assert_int_equal(world.service.heard, 0);
    assert_result(world_run(), REFLOW_RETRIGGERED, REFLOW_OK);
    world_close();
}

static void endless_chunks(void *peer)
{
    (void)peer;
    fake_tls_say("1\r\n \r\n");
}

/* A peer that always has something to say does not keep a step from returning. */
static void a_flood_is_interrupted(void **state)
{
    enum reflow_event event;
    size_t received;
    size_t laters = 0;

    (void)state;
    begin_with(says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    world.port.on_thirst = endless_chunks;
    world_start();
    while (world_step() != REFLOW_COMMIT) {
    }
    assert_int_equal(world_step(), REFLOW_READABLE); /* sent */
    for (;;) {
        received = world.port.received;
        event = world_step();
        assert_true(world.port.received - received < (size_t)64 * REFLOW_READ_SIZE);
        if (event != REFLOW_LATER) {
            break;
        }
        assert_int_equal(reflow_wake_ms(&world.client), world.port.now);
        laters++;
        world.port.now++;
    }
    assert_true(laters > 1000);
    assert_int_equal(event, REFLOW_FAILED);
    assert_int_equal(reflow_result(&world.client)->outcome, REFLOW_UNKNOWN);
    world_close();
}

/* ---- Sizes ----------------------------------------------------------------------------------- */

/* All fields at their longest but the path, which grows: what fits is sent, what does not is told. */
static void a_request_fits_or_is_told_before_anything_is_sent(void **state)
{
    static char token[REFLOW_MAX_TOKEN + 1];
    static char name[181];
    static char url[600] = "https://flow.example/";
    const size_t records[] = {64, 512, 16000};
    const size_t cases = 3 * 450;
    size_t fitting = 0;
    size_t i;

    (void)state;
    memset(token, 't', REFLOW_MAX_TOKEN);
    memset(name, 'n', sizeof name - 1);
    for (i = 0; i < cases; i++) {
        url[strlen(url) + (i % 3 == 0 ? 0 : 1)] = '\0';
        memset(url + strlen(url), 'p', i % 3 == 0 ? 1 : 0);
        world_begin();
        fake_service_answers(&world.service, carries_out());
        world.config.token = token;
        world.config.url = url;
        world.config.org_id = world.config.sandbox = name;
        world_open();
        fake_tls.record = records[i % 3];
        if (reflow_start_retrigger(&world.client, THE_RUN) == REFLOW_OK) {
            reflow_abandon(&world.client, REFLOW_ERR_STORAGE);
            assert_result(world_run(), REFLOW_RETRIGGERED, REFLOW_OK);
            assert_int_equal(fitting, i);
            fitting++;
        } else {
            assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED,
                          REFLOW_ERR_REQUEST_TOO_LARGE);
            assert_int_equal(world.port.open_calls, 0);
        }
        world_close();
    }
    assert_in_range(fitting, 1, cases - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_run_takes_two_sends_and_one_commit, world_clean_up),
        cmocka_unit_test_teardown(the_trace_shows_all_but_the_token, world_clean_up),
        cmocka_unit_test_teardown(the_trace_names_host_and_port, world_clean_up),
        cmocka_unit_test_teardown(the_token_is_gone_before_the_answer_comes, world_clean_up),
        cmocka_unit_test_teardown(a_refused_commit_sends_nothing_of_the_request, world_clean_up),
        cmocka_unit_test_teardown(abandoning_is_true_whatever_the_reason, world_clean_up),
        cmocka_unit_test_teardown(abandoning_before_the_commit_point_is_not_applied,
                                  world_clean_up),
        cmocka_unit_test_teardown(abandoning_in_mid_request_sends_no_further_byte, world_clean_up),
        cmocka_unit_test_teardown(closing_in_mid_request_sends_no_further_byte, world_clean_up),
        cmocka_unit_test_teardown(each_status_has_its_outcome, world_clean_up),
        cmocka_unit_test_teardown(the_words_of_a_refusal_are_read, world_clean_up),
        cmocka_unit_test_teardown(an_early_refusal_is_read_after_a_failed_send, world_clean_up),
        cmocka_unit_test_teardown(an_early_success_is_not_believed, world_clean_up),
        cmocka_unit_test_teardown(an_early_answer_of_any_other_kind_is_not_applied, world_clean_up),
        cmocka_unit_test_teardown(a_session_that_cannot_be_opened_is_not_applied, world_clean_up),
        cmocka_unit_test_teardown(each_failure_of_a_handshake_is_told, world_clean_up),
        cmocka_unit_test_teardown(another_connection_is_made_where_one_helps, world_clean_up),
        cmocka_unit_test_teardown(a_kept_connection_serves_the_next_run, world_clean_up),
        cmocka_unit_test_teardown(a_refused_run_keeps_the_connection_too, world_clean_up),
        cmocka_unit_test_teardown(a_connection_that_cannot_be_kept_is_closed, world_clean_up),
        cmocka_unit_test_teardown(content_until_the_end_needs_an_orderly_end, world_clean_up),
        cmocka_unit_test_teardown(what_an_idle_connection_says_is_not_for_the_next_run,
                                  world_clean_up),
        cmocka_unit_test_teardown(what_comes_while_the_intent_is_recorded_is_no_answer,
                                  world_clean_up),
        cmocka_unit_test_teardown(a_part_of_a_late_answer_is_not_silence, world_clean_up),
        cmocka_unit_test_teardown(results_live_until_the_next_operation, world_clean_up),
        cmocka_unit_test_teardown(a_client_without_an_operation_has_failed_at_nothing,
                                  world_clean_up),
        cmocka_unit_test_teardown(a_busy_client_starts_nothing_else, world_clean_up),
        cmocka_unit_test_teardown(an_invalid_run_id_ends_before_it_begins, world_clean_up),
        cmocka_unit_test_teardown(a_new_token_waits_for_the_next_operation, world_clean_up),
        cmocka_unit_test_teardown(a_setting_that_breaks_under_way_is_not_sent, world_clean_up),
        cmocka_unit_test_teardown(a_flood_is_interrupted, world_clean_up),
        cmocka_unit_test_teardown(a_request_fits_or_is_told_before_anything_is_sent,
                                  world_clean_up),
    };

    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
