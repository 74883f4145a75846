/* SPDX-License-Identifier: MIT */
/* The contract of tokens: fetched from another server, leaving nothing of themselves behind, and
 * used for a re-trigger that sees to its own. */
#include "fake_hosts.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CLIENT_SECRET "HUSH-HUSH"
#define TOKEN "eyJ-A-NEW-TOKEN"

static struct reflow_ims ims;
static size_t asked; /* whether a commit may be */
static size_t heard_when_asked;

static bool on_commit(void *context, const char *run_id)
{
    (void)context;
    assert_string_equal(run_id, THE_RUN);
    asked++;
    heard_when_asked = world.service.heard;
    return true;
}

static void begin(const struct fake_answer *answers, size_t count)
{
    size_t i;

    world_begin();
    for (i = 0; i < count; i++) {
        fake_service_answers(&world.service, answers[i]);
    }
    world.config.port = fake_hosts_port();
    world.config.on_commit = on_commit;
    world_open();
    memset(&ims, 0, sizeof ims);
    ims.url = "https://ims.example:8443/ims/token/v3";
    ims.client_id = "the-client";
    ims.client_secret = CLIENT_SECRET;
    asked = 0;
}

static void begin_with(const char *answer)
{
    const struct fake_answer one = says(answer);

    begin(&one, 1);
}

static struct fake_answer gives(const char *token)
{
    char content[200];

    (void)snprintf(content, sizeof content,
                   "{\"access_token\":\"%s\",\"token_type\":\"bearer\",\"expires_in\":86399}",
                   token);
    return says(http("200 OK", content));
}

static const struct reflow_result *fetch(void)
{
    assert_int_equal(reflow_start_token(&world.client, &ims), REFLOW_OK);
    return fake_hosts_drive();
}

/* Neither secret, in the client or in what was traced. */
static void assert_no_secrets(void)
{
    assert_false(fake_hosts_client_holds(CLIENT_SECRET));
    assert_false(fake_hosts_client_holds(TOKEN));
    assert_false(fake_hosts_client_holds(SECRET));
    assert_false(fake_hosts_trace_holds(CLIENT_SECRET));
    assert_false(fake_hosts_trace_holds(TOKEN));
    assert_false(fake_hosts_trace_holds(SECRET));
}

/* ---- Fetching -------------------------------------------------------------------------------- */

static void a_token_is_fetched_without_a_commit(void **state)
{
    const struct fake_answer answer = gives(TOKEN);
    const struct reflow_result *result;

    (void)state;
    begin(&answer, 1);
    world.port.now = 5000;
    result = fetch();
    assert_result(result, REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_int_equal(result->http_status, 200);
    assert_string_equal(ims.token, TOKEN);
    assert_int_equal(ims.life_s, 86399);
    assert_int_equal(ims.fetched_ms, 5000);
    assert_int_equal(asked, 0);
    assert_string_equal(fake_hosts, "ims.example:8443");
    assert_memory_equal(world.service.request, "POST /ims/token/v3 HTTP/1.1\r\n", 29);
    assert_non_null(strstr(world.service.request, "\r\nHost: ims.example:8443\r\n"));
    assert_non_null(strstr(world.service.request, "client_secret=" CLIENT_SECRET "&"));
    assert_null(strstr(world.service.request, "x-api-key"));
    assert_null(strstr(world.service.request, SECRET)); /* the service's token is not theirs */
    assert_true(fake_hosts_trace_holds("&client_secret=***&grant_type=client_credentials&scope="));
    assert_no_secrets();
    world_close();
}

static void the_usual_server_is_adobes(void **state)
{
    const struct fake_answer answer = gives(TOKEN);

    (void)state;
    begin(&answer, 1);
    ims.url = NULL;
    assert_result(fetch(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_string_equal(fake_hosts, "ims-na1.adobelogin.com:443");
    world_close();
}

static void the_blocking_call_sets_the_token(void **state)
{
    const struct fake_answer answers[] = {gives(TOKEN), carries_out()};

    (void)state;
    begin(answers, 2);
    world.client.config.token = NULL;
    assert_int_equal(reflow_fetch_token(&world.client, &ims), REFLOW_OK);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_non_null(strstr(world.service.request, "\r\nAuthorization: Bearer " TOKEN "\r\n"));
    assert_string_equal(fake_hosts, "ims.example:8443 flow.example:443");
    assert_no_secrets();
    world_close();
}

static void a_token_that_was_not_had_leaves_the_one_before(void **state)
{
    const struct fake_answer answers[] = {says(http("500 Ouch", "")), carries_out()};

    (void)state;
    begin(answers, 2);
    strcpy(ims.token, "an-older-one");
    assert_int_equal(reflow_fetch_token(&world.client, &ims), REFLOW_ERR_SERVER_ERROR);
    assert_string_equal(ims.token, "an-older-one");
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_non_null(strstr(world.service.request, world.token));
    world_close();
}

static void credentials_that_are_not_accepted_are_unauthorized(void **state)
{
    const struct reflow_result *result;

    (void)state;
    begin_with(http("400 Bad", "{\"error\":\"invalid_client\",\"error_description\":\"Who?\"}"));
    result = fetch();
    assert_result(result, REFLOW_REFUSED, REFLOW_ERR_UNAUTHORIZED);
    assert_string_equal(result->code, "invalid_client");
    assert_string_equal(result->detail, "Who?");
    assert_int_equal(result->attempts, 1);
    assert_no_secrets();
    world_close();
    begin_with(http("401 Who", "{\"error\":\"invalid_client\"}"));
    assert_result(fetch(), REFLOW_REFUSED, REFLOW_ERR_UNAUTHORIZED);
    world_close();
    begin_with(http("404 Where", ""));
    assert_result(fetch(), REFLOW_REFUSED, REFLOW_ERR_NOT_FOUND);
    world_close();
    begin_with(http("403 No", ""));
    assert_result(fetch(), REFLOW_REFUSED, REFLOW_ERR_FORBIDDEN);
    world_close();
}

static void a_lost_answer_is_asked_for_again(void **state)
{
    struct fake_answer answers[] = {says(NULL), says(http("429 Slow", "")), gives(TOKEN)};

    (void)state;
    answers[0].then_ends = true;
    begin(answers, 3);
    world.client.config.attempts = 4;
    assert_result(fetch(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_int_equal(reflow_result(&world.client)->attempts, 3);
    assert_string_equal(ims.token, TOKEN);
    assert_no_secrets();
    world_close();
}

static void its_life_begins_when_it_was_asked_for(void **state)
{
    struct fake_answer answers[] = {says(http("429 Slow\r\nRetry-After: 20", "")), gives(TOKEN)};

    (void)state;
    begin(answers, 2);
    world.client.config.attempts = 2;
    world.port.now = 0xffffffff;
    assert_result(fetch(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_int_equal(world.port.now, 19999);
    assert_int_equal(ims.fetched_ms, 0xffffffff);
    assert_false(reflow_token_due(&world.client, &ims));
    world.port.now = 86098U * 1000U + 998U;
    assert_false(reflow_token_due(&world.client, &ims));
    world.port.now++;
    assert_true(reflow_token_due(&world.client, &ims));
    world_close();
}

static void what_cannot_be_sent_opens_nothing(void **state)
{
    static char long_one[258];
    static const char *const bad[] = {NULL, "", "a b", "a\n", "caf\xc3\xa9", long_one};
    size_t i;

    (void)state;
    memset(long_one, 'x', 257);
    begin_with(NULL);
    for (i = 0; i < COUNT_OF(bad); i++) {
        ims.client_id = bad[i];
        assert_int_equal(reflow_start_token(&world.client, &ims), REFLOW_ERR_INVALID_ARGUMENT);
        ims.client_id = "x";
        ims.client_secret = bad[i];
        assert_int_equal(reflow_start_token(&world.client, &ims), REFLOW_ERR_INVALID_ARGUMENT);
        ims.client_secret = "x";
        ims.scope = bad[i];
        if (bad[i] != NULL) {
            assert_int_equal(reflow_fetch_token(&world.client, &ims), REFLOW_ERR_INVALID_ARGUMENT);
        }
        ims.scope = NULL;
    }
    ims.url = "http://ims.example/";
    assert_int_equal(reflow_start_token(&world.client, &ims), REFLOW_ERR_INVALID_ARGUMENT);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(world.port.open_calls, 0);
    ims.url = NULL;
    ims.client_id = ims.client_secret = ims.scope = long_one + 1; /* 256 */
    assert_int_equal(reflow_start_token(&world.client, &ims), REFLOW_OK);
    reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
    world_close();
}

/* ---- Two servers ----------------------------------------------------------------------------- */

static void each_server_is_connected_to_anew(void **state)
{
    const struct fake_answer answers[] = {carries_out(), gives(TOKEN), carries_out(),
                                          carries_out(), gives(TOKEN), gives(TOKEN)};

    (void)state;
    begin(answers, COUNT_OF(answers));
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_true(world.port.open); /* kept, but not for another server */
    assert_result(fetch(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_false(world.port.open);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED); /* kept */
    assert_result(fetch(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_result(fetch(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_string_equal(fake_hosts, "flow.example:443 ims.example:8443 flow.example:443 "
                                    "ims.example:8443 ims.example:8443");
    /* What TLS keeps of one server (its name, for one) is not for the other. */
    assert_int_equal(fake_tls.closes, 4);
    world_close();
}

/* The service that is not named is Adobe's, also on the way back from another server. */
static void without_a_url_the_way_back_leads_to_the_usual_service(void **state)
{
    const struct fake_answer answers[] = {gives(TOKEN), carries_out()};

    (void)state;
    begin(answers, COUNT_OF(answers));
    world_close();
    world.config.url = NULL;
    world_open();
    assert_result(fetch(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_string_equal(fake_hosts, "ims.example:8443 platform.adobe.io:443");
    world_close();
}

/* A session with the service is no use where the token comes from, and would tell that server of it. */
static void the_ticket_is_the_services_and_not_the_other_servers(void **state)
{
    const struct fake_answer answers[] = {gives(TOKEN), carries_out()};
    static struct reflow_ticket ticket;

    (void)state;
    begin(answers, COUNT_OF(answers));
    world.client.ticket = &ticket;
    world.client.tls.ticket = &ticket;
    assert_result(fetch(), REFLOW_NOT_APPLIED, REFLOW_OK);
    assert_null(world.client.tls.ticket);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_ptr_equal(world.client.tls.ticket, &ticket);
    world_close();
}

static void a_connection_that_a_refusal_left_open_is_not_the_services(void **state)
{
    const struct fake_answer answers[] = {says(http("400 Bad", "")), carries_out()};

    (void)state;
    begin(answers, 2);
    assert_result(fetch(), REFLOW_REFUSED, REFLOW_ERR_UNAUTHORIZED);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_string_equal(fake_hosts, "ims.example:8443 flow.example:443");
    assert_memory_equal(world.service.request, "POST /data/runs/", 16);
    world_close();
}

static void a_url_that_is_none_does_not_lead_astray(void **state)
{
    const struct fake_answer answers[] = {carries_out()};

    (void)state;
    begin(answers, 1);
    ims.url = "nowhere";
    assert_int_equal(reflow_fetch_token(&world.client, &ims), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_retrigger(&world.client, THE_RUN), REFLOW_RETRIGGERED);
    assert_string_equal(fake_hosts, "flow.example:443");
    world_close();
}

/* ---- Nothing stays behind -------------------------------------------------------------------- */

#define BODY "{\"access_token\":\"" TOKEN "\",\"expires_in\":86399}" /* 53 bytes */

static void no_secret_stays_whatever_is_answered(void **state)
{
    static const struct {
        const char *answer;
        enum reflow_error error;
        bool ends;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 53\r\n\r\n" BODY, REFLOW_OK, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 52\r\n\r\n" BODY, REFLOW_ERR_JSON_MALFORMED, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 54\r\n\r\n" BODY "}", REFLOW_ERR_JSON_MALFORMED,
         false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 35\r\n\r\n{\"access_token\":\"" TOKEN "\"} ",
         REFLOW_ERR_JSON_UNEXPECTED, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" BODY, REFLOW_ERR_HTTP_TRUNCATED, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" BODY, REFLOW_ERR_TIMEOUT, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n" BODY, REFLOW_ERR_HTTP_MALFORMED, false},
        {"HTTP/1.1 2000 OK\r\nContent-Length: 53\r\n\r\n" BODY, REFLOW_ERR_HTTP_MALFORMED, false},
        {"HTTP/1.1 200 OK\r\nX: " TOKEN, REFLOW_ERR_HTTP_TRUNCATED, true},
        {"HTTP/1.1 100 Go on\r\n\r\n" BODY, REFLOW_ERR_HTTP_MALFORMED, false},
        {BODY, REFLOW_ERR_HTTP_MALFORMED, false},
        {"HTTP/1.1 302 There\r\nContent-Length: 53\r\n\r\n" BODY, REFLOW_ERR_REDIRECTED, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n35\r\n" BODY "\r\n0\r\n\r\n",
         REFLOW_OK, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n35\r\n" BODY "\r\nx",
         REFLOW_ERR_HTTP_MALFORMED, false},
        {"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 53\r\n\r\n" BODY,
         REFLOW_ERR_HTTP_UNSUPPORTED, false},
        {"HTTP/1.1 200 OK\r\n\r\n" BODY, REFLOW_OK, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 53\r\n\r\n" BODY "HTTP/1.1 200 OK\r\nX: " TOKEN,
         REFLOW_OK, false},
    };
    size_t i;

    (void)state;
    assert_int_equal(strlen(BODY), 53);
    for (i = 0; i < COUNT_OF(rows); i++) {
        struct fake_answer answer = says(rows[i].answer);
        answer.then_ends = rows[i].ends;
        begin(&answer, 1);
        assert_string_equal(reflow_error_name(fetch()->error), reflow_error_name(rows[i].error));
        assert_string_equal(ims.token, rows[i].error == REFLOW_OK ? TOKEN : "");
        assert_false(fake_hosts_client_holds(CLIENT_SECRET));
        assert_false(fake_hosts_client_holds(TOKEN));
        assert_false(fake_hosts_trace_holds(CLIENT_SECRET));
        world_close();
    }
}

/* They would lie where the answer was wiped. */
static void of_what_is_no_refusal_no_words_are_kept(void **state)
{
    const struct fake_answer answer = says("HTTP/1.1 302 There\r\nContent-Length: 41\r\n\r\n"
                                           "{\"error\":\"a\",\"error_description\":\"b c d\"}");
    const struct reflow_result *result;

    (void)state;
    begin(&answer, 1);
    result = fetch();
    assert_int_equal(result->http_status, 302);
    assert_null(result->code);
    assert_null(result->detail);
    world_close();
}

/* Abandoned at each step, with the connection as slow as it can be; and an answer that stops. */
static void no_secret_stays_when_it_is_abandoned(void **state)
{
    const struct fake_answer answer = gives(TOKEN);
    size_t last = 0;
    size_t steps;
    bool over = false;

    (void)state;
    for (steps = 0; !over; steps++) {
        size_t i;
        begin(&answer, 1);
        world.port.most_sent = 97;
        world.port.most_received = 13;
        world.port.block_every_other = true;
        assert_int_equal(reflow_start_token(&world.client, &ims), REFLOW_OK);
        for (i = 0; i < steps && !over; i++) {
            const enum reflow_event event = reflow_step(&world.client);
            over = event == REFLOW_DONE;
            assert_true(event != REFLOW_FAILED);
            fake_port_wait(&world.port, (int)event, world.port.now);
        }
        reflow_abandon(&world.client, REFLOW_ERR_TIMEOUT);
        assert_int_equal(reflow_result(&world.client)->outcome, REFLOW_NOT_APPLIED);
        assert_no_secrets();
        assert_string_equal(ims.token, over ? TOKEN : "");
        last = i;
        world_close();
    }
    assert_in_range(last, 15, 10000);
}

static void no_secret_stays_when_sending_fails(void **state)
{
    const struct fake_answer answer = gives(TOKEN);
    size_t at;

    (void)state;
    for (at = 0; at < 500; at += 7) {
        begin(&answer, 1);
        world.port.lose_sent_at = at;
        (void)fetch();
        assert_no_secrets();
        world_close();
    }
}

/* ---- A re-trigger that sees to its token ----------------------------------------------------- */

static void have_token(void)
{
    strcpy(ims.token, "the-old-one");
    ims.life_s = 86399;
    ims.fetched_ms = world.port.now;
}

static enum reflow_outcome run_it(void)
{
    return reflow_retrigger_authorized(&world.client, &ims, THE_RUN);
}

static void a_token_that_is_due_is_fetched_first(void **state)
{
    const struct fake_answer answers[] = {gives(TOKEN), carries_out()};

    (void)state;
    begin(answers, 2);
    world.client.config.token = NULL;
    assert_int_equal(run_it(), REFLOW_RETRIGGERED);
    assert_result(reflow_result(&world.client), REFLOW_RETRIGGERED, REFLOW_OK);
    assert_string_equal(reflow_result(&world.client)->id, THE_NEW_RUN);
    assert_string_equal(fake_hosts, "ims.example:8443 flow.example:443");
    assert_non_null(strstr(world.service.request, "Bearer " TOKEN "\r\n"));
    assert_int_equal(asked, 1);
    assert_int_equal(run_it(), REFLOW_RETRIGGERED); /* which is still good */
    assert_string_equal(fake_hosts, "ims.example:8443 flow.example:443");
    assert_int_equal(asked, 2);
    assert_no_secrets();
    world_close();
}

static void a_good_token_is_used(void **state)
{
    const struct fake_answer answers[] = {carries_out()};

    (void)state;
    begin(answers, 1);
    have_token();
    assert_int_equal(run_it(), REFLOW_RETRIGGERED);
    assert_non_null(strstr(world.service.request, "Bearer the-old-one\r\n"));
    assert_string_equal(fake_hosts, "flow.example:443");
    world_close();
}

static void a_token_that_is_refused_is_fetched_anew_once(void **state)
{
    const struct fake_answer answers[] = {says(http("401 Who", "")), gives(TOKEN), carries_out()};

    (void)state;
    begin(answers, 3);
    have_token();
    assert_int_equal(run_it(), REFLOW_RETRIGGERED);
    assert_int_equal(world.service.heard, 3);
    assert_int_equal(world.service.applied, 1);
    assert_non_null(strstr(world.service.request, "Bearer " TOKEN "\r\n"));
    assert_string_equal(fake_hosts, "flow.example:443 ims.example:8443 flow.example:443");
    assert_int_equal(asked, 2); /* once for each request that could change something */
    assert_int_equal(heard_when_asked, 2);
    assert_no_secrets();
    world_close();
}

static void a_new_token_that_is_refused_as_well_is_the_end(void **state)
{
    const struct fake_answer answers[] = {says(http("401 Who", "")), gives(TOKEN),
                                          says(http("401 Who", "{\"message\":\"Really.\"}"))};
    const struct fake_answer fresh[] = {gives(TOKEN), says(http("401 Who", ""))};

    (void)state;
    begin(answers, 3);
    have_token();
    assert_int_equal(run_it(), REFLOW_REFUSED);
    assert_result(reflow_result(&world.client), REFLOW_REFUSED, REFLOW_ERR_UNAUTHORIZED);
    assert_string_equal(reflow_result(&world.client)->detail, "Really.");
    assert_int_equal(world.service.heard, 3);
    assert_int_equal(asked, 2);
    world_close();
    begin(fresh, 2);
    assert_int_equal(run_it(), REFLOW_REFUSED);
    assert_int_equal(world.service.heard, 2);
    world_close();
}

static void only_a_401_is_about_the_token(void **state)
{
    static const char *const statuses[] = {"403 No",   "400 Bad",  "404 None",
                                           "500 Ouch", "503 Away", "429 Slow"};
    enum reflow_outcome outcome;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(statuses); i++) {
        begin_with(http(statuses[i], ""));
        have_token();
        outcome = run_it();
        assert_int_equal(outcome, reflow_result(&world.client)->outcome);
        assert_int_equal(world.service.heard, 1);
        world_close();
    }
}

static void without_a_token_to_be_had_nothing_is_sent_to_the_service(void **state)
{
    const struct fake_answer refused[] = {says(http("401 Who", "")), says(http("500 Ouch", ""))};

    (void)state;
    begin_with(http("400 Bad", "{\"error\":\"invalid_client\"}"));
    assert_int_equal(run_it(), REFLOW_REFUSED);
    assert_result(reflow_result(&world.client), REFLOW_REFUSED, REFLOW_ERR_UNAUTHORIZED);
    assert_string_equal(fake_hosts, "ims.example:8443");
    assert_int_equal(asked, 0);
    ims.client_id = NULL;
    assert_int_equal(run_it(), REFLOW_NOT_APPLIED);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_INVALID_ARGUMENT);
    world_close();
    begin(refused, 2);
    have_token();
    assert_int_equal(run_it(), REFLOW_NOT_APPLIED);
    assert_result(reflow_result(&world.client), REFLOW_NOT_APPLIED, REFLOW_ERR_SERVER_ERROR);
    assert_int_equal(asked, 1);
    world_close();
}

static void a_busy_client_is_not_disturbed(void **state)
{
    const struct fake_answer answers[] = {carries_out()};
    enum reflow_event event;

    (void)state;
    begin(answers, 1);
    assert_int_equal(reflow_start_retrigger(&world.client, THE_RUN), REFLOW_OK);
    assert_int_equal(reflow_start_token(&world.client, &ims), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(reflow_fetch_token(&world.client, &ims), REFLOW_ERR_INVALID_ARGUMENT);
    assert_int_equal(run_it(), REFLOW_NOT_APPLIED); /* the token is due */
    have_token();
    assert_int_equal(run_it(), REFLOW_NOT_APPLIED);
    assert_int_equal(asked, 0);
    while ((event = reflow_step(&world.client)) != REFLOW_DONE) {
        assert_true(event != REFLOW_FAILED);
        if (event != REFLOW_COMMIT) {
            fake_port_wait(&world.port, (int)event, reflow_wake_ms(&world.client));
        }
    }
    assert_int_equal(world.service.applied, 1);
    assert_non_null(strstr(world.service.request, world.token));
    world_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, world_clean_up)
        TEST(a_token_is_fetched_without_a_commit),
        TEST(the_usual_server_is_adobes),
        TEST(the_blocking_call_sets_the_token),
        TEST(a_token_that_was_not_had_leaves_the_one_before),
        TEST(credentials_that_are_not_accepted_are_unauthorized),
        TEST(a_lost_answer_is_asked_for_again),
        TEST(its_life_begins_when_it_was_asked_for),
        TEST(what_cannot_be_sent_opens_nothing),
        TEST(each_server_is_connected_to_anew),
        TEST(without_a_url_the_way_back_leads_to_the_usual_service),
        TEST(the_ticket_is_the_services_and_not_the_other_servers),
        TEST(a_connection_that_a_refusal_left_open_is_not_the_services),
        TEST(a_url_that_is_none_does_not_lead_astray),
        TEST(no_secret_stays_whatever_is_answered),
        TEST(of_what_is_no_refusal_no_words_are_kept),
        TEST(no_secret_stays_when_it_is_abandoned),
        TEST(no_secret_stays_when_sending_fails),
        TEST(a_token_that_is_due_is_fetched_first),
        TEST(a_good_token_is_used),
        TEST(a_token_that_is_refused_is_fetched_anew_once),
        TEST(a_new_token_that_is_refused_as_well_is_the_end),
        TEST(only_a_401_is_about_the_token),
        TEST(without_a_token_to_be_had_nothing_is_sent_to_the_service),
        TEST(a_busy_client_is_not_disturbed),
    };

    return cmocka_run_group_tests_name("client_tokens", tests, NULL, NULL);
}
