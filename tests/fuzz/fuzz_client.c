/* SPDX-License-Identifier: MIT */
/* Fuzzes the whole client: up to four operations in a world that does as a script says (script.h).
 * Every operation ends at its deadline, in an outcome that is true by the ledger; nothing is asked
 * for twice that may have been done; and no secret is left behind. */
#include "client_world.h"

#define RUN "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
#define MOST_STEPS 100000

static struct reflow_client client;
static struct reflow_ims ims;
static struct reflow_runs runs;
static struct reflow_run run;
static char secret[SECRET_LENGTH + 1];
static char
    token[4 * SECRET_LENGTH + 1]; /* the secret again and again: a piece of it will be noticed */

static const char anchors[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

/* ---- Secrets and texts ---- */

/* Of a piece of 15 letters or more: one half of the secret is whole in it. */
static bool holds_secret(const void *bytes, size_t length)
{
    const size_t half = SECRET_LENGTH / 2;

    return bytes_hold(bytes, length, token, half) || bytes_hold(bytes, length, token + half, half);
}

/* A token that was fetched is as secret, but its letters are the input's: short ones may be
 * anywhere. */
static void no_secret_is_left(void)
{
    assert_false(holds_secret(&client, sizeof client));
    if (strlen(ims.token) >= 24) {
        assert_false(bytes_hold(&client, sizeof client, ims.token, strlen(ims.token)));
    }
}

static void on_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    (void)context;
    assert_true(what <= REFLOW_TRACE_REPEAT && length > 0);
    assert_false(holds_secret(text, length));
}

/* It lies in the client, and ends there. */
static void is_text(const char *text)
{
    const char *const end = (const char *)(&client + 1);

    if (text != NULL) {
        assert_true(text >= (const char *)&client && text < end);
        assert_true(memchr(text, '\0', (size_t)(end - text)) != NULL);
    }
}

static void on_run(void *context, const struct reflow_run *told)
{
    (void)context;
    assert_true(told->id != NULL && told->id[0] != '\0');
    is_text(told->id);
    is_text(told->flow_id);
    is_text(told->status);
    is_text(told->etag);
    is_text(told->error_code);
    is_text(told->error_message);
}

/* ---- The truth ---- */

/* Requests that came whole and may have been carried out. There is no other after such a one. */
static size_t acted(void)
{
    size_t count = 0;
    size_t i;

    for (i = 0; i < world.request_count; i++) {
        const struct request *request = &world.requests[i];
        if (request->whole &&
            (request->meaning == MEANS_NOTHING || request->meaning == MEANS_DONE)) {
            assert_int_equal(i, world.request_count - 1);
            count++;
        }
    }
    return count;
}

static void is_true(const struct reflow_result *result)
{
    const struct request *last = world_last_request();
    const bool whole = last != NULL && last->whole;

    switch (result->outcome) {
    case REFLOW_RETRIGGERED:
        assert_true(whole && last->meaning == MEANS_DONE);
        break;
    case REFLOW_REFUSED:
        assert_true(last != NULL && last->meaning == MEANS_REFUSED && acted() == 0);
        break;
    case REFLOW_NOT_APPLIED:
        assert_int_equal(acted(), 0);
        break;
    case REFLOW_UNKNOWN:
        assert_true(whole);
        (void)acted();
        break;
    default:
        fail_msg("outcome %d", (int)result->outcome);
    }
}

static void is_sound(const struct reflow_result *result, bool changes)
{
    assert_true((result->error == REFLOW_OK) ==
                (result->outcome == REFLOW_RETRIGGERED ||
                 (!changes && result->outcome == REFLOW_NOT_APPLIED && result->error == 0)));
    assert_true((result->id != NULL) == (result->outcome == REFLOW_RETRIGGERED));
    assert_true((unsigned)result->error < REFLOW_ERROR_COUNT);
    assert_true(result->http_status == 0 ||
                (result->http_status >= 200 && result->http_status < 600));
    assert_in_range(result->attempts, 0, client.config.attempts);
    assert_in_range(world.request_count, 0, client.config.attempts);
    is_text(result->id);
    is_text(result->etag);
    is_text(result->code);
    is_text(result->detail);
    is_text(result->request_id);
}

static void judge(char operation)
{
    const struct reflow_result *result = reflow_result(&client);

    world_settle();
    is_sound(result, operation == 'r');
    if (operation == 'r') {
        is_true(result);
    } else {
        assert_true(result->outcome == REFLOW_NOT_APPLIED || result->outcome == REFLOW_REFUSED);
    }
    no_secret_is_left();
}

/* ---- Stepping ---- */

static enum reflow_error begin(char operation)
{
    switch (operation) {
    case 's':
        return reflow_start_run(&client, RUN, &run);
    case 'l':
        return reflow_start_runs(&client, &runs);
    case 't':
        return reflow_start_token(&client, &ims);
    default:
        return reflow_start_retrigger(&client, RUN);
    }
}

static void at_commit(char operation, size_t commits, char letter)
{
    assert_true(operation == 'r' && commits == 1 && world.request_count == 0);
    assert_true(client.tls.established);
    if (letter == 'z') {
        reflow_abandon(&client, REFLOW_ERR_STORAGE);
    }
}

/* Once its time is over, the next step is the last one. */
static enum reflow_event step(char *letter)
{
    enum reflow_event event;
    bool late;

    *letter = world_whim(&client);
    client.tls.starved = client.tls.starved || *letter == 's';
    late = world.port.now - client.started_ms >= client.config.timeout_ms;
    event = reflow_step(&client);
    assert_true(!late || event == REFLOW_DONE || event == REFLOW_FAILED);
    if (world.script.tick_ms == 0 && world.port.jump_by == 0 && !late) {
        assert_true(reflow_wake_ms(&client) - client.started_ms <= client.config.timeout_ms);
    }
    return event;
}

static void drive(char operation)
{
    enum reflow_event event = REFLOW_LATER;
    size_t commits = 0;
    size_t steps = 0;
    char letter;

    while (event != REFLOW_DONE && event != REFLOW_FAILED) {
        assert_true(steps++ < MOST_STEPS);
        event = step(&letter);
        assert_true(operation != 'r' || commits > 0 || world.request_count == 0);
        if (event == REFLOW_COMMIT) {
            commits++;
            at_commit(operation, commits, letter);
        } else if (letter == 'z') {
            reflow_abandon(&client, REFLOW_ERR_TIMEOUT);
        } else if (event != REFLOW_DONE && event != REFLOW_FAILED) {
            world_wait((int)event, reflow_wake_ms(&client));
        }
    }
    assert_int_equal(event == REFLOW_DONE, reflow_result(&client)->error == REFLOW_OK);
}

static void operate(char operation)
{
    world_operation();
    ims.token[0] = '\0';
    if (begin(operation) == REFLOW_OK) {
        drive(operation);
    } else {
        assert_true(reflow_result(&client)->outcome == REFLOW_NOT_APPLIED);
    }
    judge(operation);
}

static void open_client(void)
{
    struct reflow_config config = {.url = "https://flow.example/data",
                                   .token = token,
                                   .api_key = "the-key",
                                   .org_id = "ORG@AdobeOrg",
                                   .anchors = anchors,
                                   .anchors_size = sizeof anchors - 1,
                                   .port = &world_port,
                                   .port_context = &world.port,
                                   .on_trace = on_trace};

    config.timeout_ms = world.script.timeout_ms;
    config.attempts = world.script.attempts;
    memset(&ims, 0, sizeof ims);
    ims.client_id = "an-id";
    ims.client_secret = token;
    memset(&runs, 0, sizeof runs);
    runs.on_run = on_run;
    memset(&client, 0xa5, sizeof client);
    assert_int_equal(reflow_init(&client, sizeof client, &config), REFLOW_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *operation;
    size_t i;

    if (size > 8192) {
        return 0;
    }
    secret_of(data, size, secret);
    for (i = 0; i < sizeof token - 1; i++) {
        token[i] = secret[i % SECRET_LENGTH];
    }
    world_begin(data, size);
    open_client();
    for (operation = world.script.operations; *operation != '\0'; operation++) {
        operate(*operation);
    }
    reflow_close(&client);
    assert_false(world.port.open);
    no_secret_is_left();
    return 0;
}
