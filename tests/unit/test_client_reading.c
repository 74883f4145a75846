/* SPDX-License-Identifier: MIT */
/* The contract of reading runs: it changes nothing, so it is never unknown, is never committed, and
 * is repeated where a re-trigger is not. */
#include "fake_hosts.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct reflow_run run;
static struct reflow_runs runs;
static char told[1024];

static bool never_asked(void *context, const char *run_id)
{
    (void)context;
    fail_msg("asked to commit %s", run_id);
    return true;
}

static void on_run(void *context, const struct reflow_run *one)
{
    (void)context;
    (void)snprintf(told + strlen(told), sizeof told - strlen(told), "%s%s",
                   told[0] == '\0' ? "" : " ", one->id);
}

/* The answers, of which the last is repeated; an empty one closes the connection. */
static void begin(const char *const *answers, size_t count, uint8_t attempts)
{
    size_t i;

    world_begin();
    for (i = 0; i < count; i++) {
        struct fake_answer answer = says(answers[i]);
        answer.then_ends = answers[i] != NULL && strstr(answers[i], "\r\n") == NULL;
        fake_service_answers(&world.service, answer);
    }
    world.config.port = fake_hosts_port();
    world.config.attempts = attempts;
    world.config.on_commit = never_asked;
    world_open();
    memset(&run, 0, sizeof run);
    memset(&runs, 0, sizeof runs);
    runs.on_run = on_run;
    told[0] = '\0';
}

static void begin_with(const char *answer)
{
    begin(&answer, 1, 1);
}

static const struct reflow_result *read_run(void)
{
    assert_int_equal(reflow_start_run(&world.client, THE_RUN, &run), REFLOW_OK);
    return fake_hosts_drive();
}

static const struct reflow_result *read_page(void)
{
    assert_int_equal(reflow_start_runs(&world.client, &runs), REFLOW_OK);
    return fake_hosts_drive();
}

#define A_RUN "{\"id\":\"" THE_RUN "\",\"metrics\":{\"statusSummary\":{\"status\":\"failed\"}}}"
#define A_LIST "{\"items\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"_links\":{}}"
#define LOST "" /* the connection is closed instead of an answer */

/* ---- One run --------------------------------------------------------------------------------- */

static void a_run_is_read_without_a_commit(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin_with(http("200 OK\r\nX-Request-Id: req-1", A_RUN));
    result = read_run();
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_int_equal(result->http_status, 200);
    assert_int_equal(result->attempts, 1);
    assert_string_equal(result->request_id, "req-1");
    assert_string_equal(run.id, THE_RUN);
    assert_int_equal(run.state, REFLOW_RUN_FAILED);
    assert_memory_equal(world.service.request, "GET /data/runs/" THE_RUN " HTTP/1.1\r\n", 59);
    assert_null(strstr(world.service.request, "Content-"));
    assert_false(fake_hosts_client_holds(SECRET));
    assert_false(fake_hosts_trace_holds(SECRET));
    assert_true(fake_hosts_trace_holds("Bearer ***\r\n"));
    assert_int_equal(reflow_step(&world.client), REFLOW_DONE); /* as it ended */
    world_close();
}

static void a_run_may_be_the_first_of_a_list(void **state)
{
    (void)state;
    begin_with(http("200 OK", "{\"items\":[" A_RUN ",{\"id\":\"b\"}],\"_links\":{}}"));
    assert_result(read_run(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_string_equal(run.id, THE_RUN);
    assert_string_equal(run.status, "failed");
    world_close();
}

static void the_blocking_call_says_the_same(void **state)
{
    (void)state;
    begin_with(http("200 OK", A_RUN));
    assert_int_equal(reflow_read_run(&world.client, THE_RUN, &run), REFLOW_OK);
    assert_string_equal(run.status, "failed");
    assert_int_equal(reflow_read_run(&world.client, "a b", &run), REFLOW_ERR_INVALID_ARGUMENT);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(world.service.heard, 1);
    world_close();
    begin_with(http("404 Not Found", "{\"title\":\"No such run\"}"));
    assert_int_equal(reflow_read_run(&world.client, THE_RUN, &run), REFLOW_ERR_NOT_FOUND);
    assert_string_equal(reflow_result(&world.client)->detail, "No such run");
    world_close();
}

static void an_answer_about_another_run_is_none(void **state)
{
    static const char *const answers[] = {
        "{\"id\":\"another\"}", "{\"items\":[{\"id\":\"another\"}," A_RUN "]}", "{\"items\":[]}",
        "{\"id\":\"" THE_RUN "x\"}", "{\"id\":\"" THE_RUN "\",\"items\":[{\"id\":\"b\"}]}"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(answers); i++) {
        begin_with(http("200 OK", answers[i]));
        assert_result(read_run(), REFLOW_NOT_APPLIED, REFLOW_ERR_JSON_UNEXPECTED);
        world_close();
    }
}

static void what_cannot_be_asked_for_opens_nothing(void **state)
{
    static const char long_id[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    struct reflow_runs bad;

    (void)state;
    begin_with(http("200 OK", A_RUN));
    assert_int_equal(reflow_start_run(&world.client, "..", &run), REFLOW_ERR_INVALID_ARGUMENT);
    bad = runs;
    bad.on_run = NULL;
    assert_int_equal(reflow_start_runs(&world.client, &bad), REFLOW_ERR_INVALID_ARGUMENT);
    bad = runs;
    bad.flow_id = "";
    assert_int_equal(reflow_start_runs(&world.client, &bad), REFLOW_ERR_INVALID_ARGUMENT);
    bad.flow_id = long_id;
    assert_int_equal(strlen(long_id), 133);
    assert_int_equal(reflow_start_runs(&world.client, &bad), REFLOW_ERR_INVALID_ARGUMENT);
    bad.flow_id = long_id + 5;
    assert_int_equal(reflow_start_runs(&world.client, &bad), REFLOW_OK);
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
    bad = runs;
    bad.status = "in progress";
    assert_int_equal(reflow_start_runs(&world.client, &bad), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_read_runs(&world.client, &bad), REFLOW_ERR_INVALID_ARGUMENT);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(world.port.open_calls, 0);
    world_close();
}

static void a_busy_client_is_left_alone(void **state)
{
    (void)state;
    begin_with(http("200 OK", A_RUN));
    assert_int_equal(reflow_start_run(&world.client, THE_RUN, &run), REFLOW_OK);
    assert_int_equal(reflow_start_run(&world.client, "b", &run), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_start_runs(&world.client, &runs), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_read_runs(&world.client, &runs), REFLOW_ERR_INVALID_ARGUMENT);
    assert_result(fake_hosts_drive(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_string_equal(run.id, THE_RUN);
    world_close();
}

static void without_a_token_nothing_is_sent(void **state)
{
    (void)state;
    begin_with(http("200 OK", A_RUN));
    world.client.config.token = NULL;
    assert_int_equal(reflow_start_run(&world.client, THE_RUN, &run), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_start_runs(&world.client, &runs), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_NOT_APPLIED);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(world.port.open_calls, 0);
    assert_int_equal(reflow_set_token(&world.client, "t"), REFLOW_OK);
    assert_result(read_run(), REFLOW_NOT_APPLIED, REFLOW_OK);
    world_close();
}

/* ---- Never unknown --------------------------------------------------------------------------- */

static void whatever_is_answered_nothing_was_applied(void **state)
{
    static const struct {
        const char *answer;
        enum reflow_error error;
    } rows[] = {
        {"HTTP/1.1 500 Ouch\r\nContent-Length: 0\r\n\r\n", REFLOW_ERR_SERVER_ERROR},
        {"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", REFLOW_ERR_UNAVAILABLE},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot JSON!", REFLOW_ERR_JSON_MALFORMED},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", REFLOW_ERR_JSON_UNEXPECTED},
        {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}", REFLOW_ERR_HTTP_MALFORMED},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}",
         REFLOW_ERR_HTTP_UNSUPPORTED},
        {"HTTP/1.1 204 Nothing\r\n\r\n", REFLOW_ERR_JSON_MALFORMED},
        {"garbage\r\n", REFLOW_ERR_HTTP_MALFORMED},
        {NULL, REFLOW_ERR_TIMEOUT},
        {LOST, REFLOW_ERR_CONNECTION_LOST},
    };
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(rows); i++) {
        begin_with(rows[i].answer);
        assert_result(read_run(), REFLOW_NOT_APPLIED, rows[i].error);
        assert_int_equal(world.service.heard, 1);
        world_close();
    }
}

static void a_refusal_is_one(void **state)
{
    (void)state;
    begin_with(http("403 No", "{\"error_code\":\"403010\",\"message\":\"No token.\"}"));
    assert_result(read_run(), REFLOW_REFUSED, REFLOW_ERR_FORBIDDEN);
    assert_string_equal(reflow_result(&world.client)->code, "403010");
    world_close();
    begin_with(http("400 No", "{\"title\":\"Bad filter\"}"));
    assert_result(read_page(), REFLOW_REFUSED, REFLOW_ERR_REJECTED);
    assert_string_equal(reflow_result(&world.client)->detail, "Bad filter");
    world_close();
}

static void abandoning_an_answer_is_not_applied(void **state)
{
    (void)state;
    begin_with(NULL);
    assert_int_equal(reflow_start_run(&world.client, THE_RUN, &run), REFLOW_OK);
    while (world.service.heard == 0) {
        assert_int_equal(reflow_step(&world.client), REFLOW_READABLE);
        world.port.stalled = false;
    }
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_TIMEOUT);
    assert_int_equal(reflow_step(&world.client), REFLOW_FAILED);
    assert_int_equal(reflow_start_run(&world.client, THE_RUN, &run), REFLOW_OK);
    reflow_abandon(&world.client, REFLOW_OK); /* no reason */
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_CONNECTION_LOST);
    world_close();
}

/* ---- Repeated -------------------------------------------------------------------------------- */

static void a_lost_connection_is_repeated_although_the_request_had_left(void **state)
{
    const char *const answers[] = {LOST, LOST, http("200 OK", A_RUN)};
    const struct reflow_result *result;

    (void)state;
    begin(answers, COUNT_OF(answers), 4);
    result = read_run();
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_int_equal(result->attempts, 3);
    assert_int_equal(world.service.heard, 3);
    assert_string_equal(run.id, THE_RUN);
    world_close();
    begin(answers, 1, 3);
    result = read_run();
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_ERR_CONNECTION_LOST);
    assert_int_equal(result->attempts, 3);
    assert_int_equal(world.service.heard, 3);
    world_close();
}

/* A record that is longer than there is memory for will be as long the next time. */
static void an_answer_that_tls_has_no_room_for_is_told_with_what_to_change(void **state)
{
    const char *const answer = http("200 OK", A_RUN);

    (void)state;
    begin(&answer, 1, 3);
    world.port.cut_received_at = 40; /* in its first line */
    fake_tls.overrun = "a record is too long";
    assert_result(read_run(), REFLOW_NOT_APPLIED, REFLOW_ERR_HTTP_TOO_LARGE);
    assert_string_equal(reflow_result(&world.client)->detail, "a record is too long");
    assert_int_equal(world.service.heard, 1);
    world_close();
}

static void a_connection_that_cannot_be_made_is_repeated(void **state)
{
    const char *const answers[] = {http("200 OK", A_RUN)};

    (void)state;
    begin(answers, 1, 4);
    world.port.opens = REFLOW_OPEN_FAILED;
    fake_tls.random = UINT32_MAX;
    assert_int_equal(reflow_start_run(&world.client, THE_RUN, &run), REFLOW_OK);
    assert_int_equal(reflow_step(&world.client), REFLOW_LATER);
    world.port.opens = REFLOW_OPEN_READY;
    assert_result(fake_hosts_drive(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_int_equal(reflow_result(&world.client)->attempts, 2);
    world_close();
}

static void what_says_later_is_repeated_and_what_does_not_is_not(void **state)
{
    static const struct {
        const char *status;
        uint8_t attempts;
    } rows[] = {{"429 Slow", 2}, {"503 Away", 2}, {"408 Slow", 2},   {"500 Ouch", 1},
                {"502 Bad", 1},  {"404 None", 1}, {"301 There", 1},  {"401 Who", 1},
                {"400 Bad", 1},  {"200 Fine", 1}, {"204 Nothing", 1}};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(rows); i++) {
        const char *const answers[] = {http(rows[i].status, ""), http("200 OK", A_RUN)};
        begin(answers, 2, 4);
        assert_int_equal(read_run()->attempts, rows[i].attempts);
        assert_int_equal(reflow_result(&world.client)->error == REFLOW_OK, rows[i].attempts == 2);
        world_close();
    }
}

/* ---- How long to leave the service alone ----------------------------------------------------- */

static uint32_t hold_after(const char *status, bool changes)
{
    const char *const answers[] = {http(status, "")};
    uint32_t between;

    begin(answers, 1, 2);
    world.client.config.on_commit = NULL;
    fake_tls.random = UINT32_MAX;
    if (changes) {
        assert_int_equal(reflow_start_retrigger(&world.client, THE_RUN), REFLOW_OK);
    } else {
        assert_int_equal(reflow_start_run(&world.client, THE_RUN, &run), REFLOW_OK);
    }
    for (;;) {
        const enum reflow_event event = reflow_step(&world.client);
        between = reflow_result(&world.client)->hold_ms;
        if (event == REFLOW_LATER) { /* between two attempts */
            assert_int_equal(reflow_wake_ms(&world.client) - world.port.now, between);
            fake_tls.random = 0;
            assert_true(between > 0);
        } else if (event == REFLOW_DONE || event == REFLOW_FAILED) {
            break;
        } else {
            assert_int_equal(between, 0);
        }
        if (event == REFLOW_COMMIT) {
            continue;
        }
        fake_port_wait(&world.port, (int)event, reflow_wake_ms(&world.client));
    }
    world_close();
    return between;
}

static void how_long_to_leave_it_alone_is_said_between_attempts_and_at_the_end(void **state)
{
    bool changes = false;

    (void)state;
    do {
        assert_int_equal(hold_after("429 Slow\r\nRetry-After: 7", changes), 7000);
        assert_int_equal(hold_after("429 Slow\r\nRetry-After: 59", changes), 59000 + 59000 / 8);
        assert_int_equal(hold_after("429 Slow\r\nRetry-After: 3600", changes), 3630000);
        assert_int_equal(hold_after("429 Slow\r\nRetry-After: 86400", changes), 86400000);
        assert_int_equal(hold_after("429 Slow\r\nRetry-After: 4294967296", changes), 86400000);
        assert_int_equal(hold_after("503 Away\r\nRetry-After: 3", changes), 3000);
        assert_int_equal(hold_after("408 Slow\r\nRetry-After: 3", changes), 3000);
        changes = !changes;
    } while (changes);
}

/* Even where the service says nothing of it. */
static void without_retry_after_it_is_the_delay_of_a_repetition(void **state)
{
    const char *const answers[] = {http("429 Slow", "")};
    uint32_t attempt;

    (void)state;
    for (attempt = 1; attempt <= 4; attempt++) {
        begin(answers, 1, (uint8_t)attempt);
        fake_tls.random = UINT32_MAX;
        assert_result(read_run(), REFLOW_NOT_APPLIED, REFLOW_ERR_RATE_LIMITED);
        assert_int_equal(reflow_result(&world.client)->hold_ms, 1000U << (attempt - 1));
        world_close();
    }
}

static void after_anything_else_it_is_nothing(void **state)
{
    static const char *const statuses[] = {
        "200 OK",   "204 Nothing", "400 Bad\r\nRetry-After: 7",  "401 Who\r\nRetry-After: 7",
        "403 No",   "404 None",    "500 Ouch\r\nRetry-After: 7", "502 Bad\r\nRetry-After: 7",
        "301 There"};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(statuses); i++) {
        assert_int_equal(hold_after(statuses[i], false), 0);
        assert_int_equal(hold_after(statuses[i], true), 0);
    }
    assert_int_equal(hold_after("503 Away", true), 0); /* unknown: nobody knows who said it */
}

static void one_operations_hold_is_not_the_nexts(void **state)
{
    const char *const answers[] = {http("429 Slow\r\nRetry-After: 7", ""), http("200 OK", A_RUN)};

    (void)state;
    begin(answers, 2, 1);
    assert_int_equal(read_run()->hold_ms, 7000);
    assert_int_equal(read_run()->hold_ms, 0);
    world_close();
    begin(answers, 1, 1);
    assert_int_equal(read_run()->hold_ms, 7000);
    world.port.opens = REFLOW_OPEN_DNS;
    fake_tls.random = UINT32_MAX;
    fake_tls_say_goodbye(); /* the kept connection */
    assert_result(read_run(), REFLOW_NOT_APPLIED, REFLOW_ERR_DNS);
    assert_int_equal(reflow_result(&world.client)->hold_ms, 0); /* it was not the service */
    world_close();
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static void a_list_is_read_page_by_page(void **state)
{
    const char *const answers[] = {
        http("200 OK", "{\"items\":[{\"id\":\"a\"}],\"_links\":{\"next\":{\"href\":"
                       "\"/runs?continuationToken=x%2By\"}}}"),
        http("429 Slow", ""), http("200 OK", A_LIST)};

    (void)state;
    begin(answers, 3, 2);
    runs.status = "failed";
    assert_true(reflow_runs_more(&runs));
    assert_result(read_page(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_memory_equal(world.service.request, "GET /data/runs?limit=100&orderby=-createdAt", 43);
    assert_null(strstr(world.service.request, "continuationToken"));
    assert_string_equal(told, "");
    assert_true(reflow_runs_more(&runs));
    assert_result(read_page(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_non_null(strstr(world.service.request, "&continuationToken=x%2By HTTP/1.1\r\n"));
    assert_false(reflow_runs_more(&runs));
    assert_int_equal(world.port.connections, 1);
    assert_int_equal(reflow_start_runs(&world.client, &runs), REFLOW_ERR_INVALID_ARGUMENT);
    assert_false(fake_hosts_client_holds(SECRET));
    assert_false(fake_hosts_trace_holds(SECRET));
    world_close();
}

static void the_blocking_call_reads_all_pages(void **state)
{
    const char *const answers[] = {
        http("200 OK", "{\"items\":[{\"id\":\"z\"}],\"_links\":{\"next\":{\"href\":"
                       "\"/runs?continuationToken=2\"}}}"),
        LOST, http("200 OK", A_LIST)};

    (void)state;
    begin(answers, 3, 2);
    assert_int_equal(reflow_read_runs(&world.client, &runs), REFLOW_OK);
    assert_string_equal(told, "z a b");
    assert_int_equal(world.service.heard, 3);
    assert_int_equal(reflow_read_runs(&world.client, &runs), REFLOW_OK); /* nothing is left */
    assert_int_equal(world.service.heard, 3);
    world_close();
}

static void the_first_error_ends_the_reading_and_it_can_go_on_from_there(void **state)
{
    const char *const answers[] = {
        http("200 OK", "{\"items\":[{\"id\":\"z\"}],\"_links\":{\"next\":{\"href\":"
                       "\"/runs?continuationToken=2\"}}}"),
        http("500 Ouch", ""), http("200 OK", A_LIST)};

    (void)state;
    begin(answers, 3, 4);
    assert_int_equal(reflow_read_runs(&world.client, &runs), REFLOW_ERR_SERVER_ERROR);
    assert_string_equal(told, "z");
    assert_true(reflow_runs_more(&runs));
    assert_int_equal(reflow_read_runs(&world.client, &runs), REFLOW_OK);
    assert_string_equal(told, "z a b");
    world_close();
}

/* Cut off after the first run, at every byte behind it. */
static void a_list_that_broke_off_goes_on_without_telling_twice(void **state)
{
    static const char whole[] = "HTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\n" A_LIST;
    char cut[sizeof whole];
    size_t length;

    (void)state;
    assert_int_equal(strlen(A_LIST), 45);
    for (length = 17; length < sizeof whole - 1; length++) {
        const char *const answers[] = {cut, whole};
        struct fake_answer ends = says(cut);
        memcpy(cut, whole, length);
        cut[length] = '\0';
        begin(answers, 2, 1);
        ends.then_ends = true;
        world.service.answers[0] = ends;
        assert_result(read_page(), REFLOW_NOT_APPLIED, REFLOW_ERR_HTTP_TRUNCATED);
        assert_true(reflow_runs_more(&runs));
        assert_result(read_page(), REFLOW_NOT_APPLIED, REFLOW_OK);
        assert_string_equal(told, "a b");
        world_close();
    }
}

static void a_list_in_an_encoding_is_not_told(void **state)
{
    (void)state;
    begin_with(http("200 OK\r\nContent-Encoding: gzip", A_LIST));
    assert_result(read_page(), REFLOW_NOT_APPLIED, REFLOW_ERR_HTTP_UNSUPPORTED);
    assert_string_equal(told, "");
    world_close();
}

static void an_error_answer_is_no_list(void **state)
{
    (void)state;
    begin_with(http("500 Ouch", A_LIST));
    assert_result(read_page(), REFLOW_NOT_APPLIED, REFLOW_ERR_SERVER_ERROR);
    assert_string_equal(told, "");
    world_close();
}

static void step_to_the_pause(void)
{
    enum reflow_event event;
    size_t steps = 0;

    fake_tls.random = UINT32_MAX; /* so that there is one */
    while ((event = reflow_step(&world.client)) != REFLOW_LATER) {
        assert_true(event != REFLOW_DONE && event != REFLOW_FAILED && steps++ < 1000);
        fake_port_wait(&world.port, (int)event, world.port.now);
    }
}

/* An answer to half a request is to another one; what it said must not have been taken. */
static void a_success_that_came_too_early_is_not_taken(void **state)
{
    const char *const answers[] = {http("200 OK", A_LIST)};

    (void)state;
    begin(answers, 1, 2);
    world.service.early = http("200 OK", "{\"id\":\"" THE_RUN "\",\"flowId\":\"a-lie\"}");
    world.port.lose_sent_at = 900;
    assert_int_equal(reflow_start_run(&world.client, THE_RUN, &run), REFLOW_OK);
    step_to_the_pause();
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_CONNECTION_LOST);
    assert_string_equal(run.id, THE_RUN); /* what was asked for, as it was */
    assert_null(run.flow_id);
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
    world_close();
    begin(answers, 1, 2);
    world.service.early = http("200 OK", "{\"items\":[]}");
    world.port.lose_sent_at = 900;
    assert_int_equal(reflow_start_runs(&world.client, &runs), REFLOW_OK);
    step_to_the_pause();
    assert_true(reflow_runs_more(&runs));
    world.service.early = NULL;
    assert_result(fake_hosts_drive(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_string_equal(told, "a b");
    world_close();
}

/* A re-trigger between two pages is none of the list's business. */
static void other_operations_may_come_between_pages(void **state)
{
    (void)state;
    begin_with(http("200 OK", "{\"items\":[{\"id\":\"z\"}],\"_links\":{\"next\":{\"href\":"
                              "\"/runs?continuationToken=2\"}}}"));
    world.client.config.on_commit = NULL;
    fake_service_answers(&world.service, carries_out());
    fake_service_answers(&world.service, says(http("200 OK", A_LIST)));
    assert_result(read_page(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_string_equal(reflow_result(&world.client)->id, THE_NEW_RUN);
    assert_result(read_page(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_string_equal(told, "z a b");
    assert_string_equal(fake_hosts, "flow.example:443");
    world_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, world_clean_up)
        TEST(a_run_is_read_without_a_commit),
        TEST(a_run_may_be_the_first_of_a_list),
        TEST(the_blocking_call_says_the_same),
        TEST(an_answer_about_another_run_is_none),
        TEST(what_cannot_be_asked_for_opens_nothing),
        TEST(a_busy_client_is_left_alone),
        TEST(without_a_token_nothing_is_sent),
        TEST(whatever_is_answered_nothing_was_applied),
        TEST(a_refusal_is_one),
        TEST(abandoning_an_answer_is_not_applied),
        TEST(a_lost_connection_is_repeated_although_the_request_had_left),
        TEST(an_answer_that_tls_has_no_room_for_is_told_with_what_to_change),
        TEST(a_connection_that_cannot_be_made_is_repeated),
        TEST(what_says_later_is_repeated_and_what_does_not_is_not),
        TEST(how_long_to_leave_it_alone_is_said_between_attempts_and_at_the_end),
        TEST(without_retry_after_it_is_the_delay_of_a_repetition),
        TEST(after_anything_else_it_is_nothing),
        TEST(one_operations_hold_is_not_the_nexts),
        TEST(a_list_is_read_page_by_page),
        TEST(the_blocking_call_reads_all_pages),
        TEST(the_first_error_ends_the_reading_and_it_can_go_on_from_there),
        TEST(a_list_that_broke_off_goes_on_without_telling_twice),
        TEST(a_list_in_an_encoding_is_not_told),
        TEST(an_error_answer_is_no_list),
        TEST(a_success_that_came_too_early_is_not_taken),
        TEST(other_operations_may_come_between_pages),
    };

    return cmocka_run_group_tests_name("client_reading", tests, NULL, NULL);
}
