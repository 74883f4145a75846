/* SPDX-License-Identifier: MIT */
/* fake_world: the careful caller, and the truth. */
#include "fake_world.h"

struct fake_world world;

static bool is_open;

static bool holds(const void *bytes, size_t length, const char *word)
{
    const char *at = bytes;
    const char *const end = at + length;
    const size_t word_length = strlen(word);

    while (at < end && (at = memchr(at, word[0], (size_t)(end - at))) != NULL) {
        if ((size_t)(end - at) >= word_length && memcmp(at, word, word_length) == 0) {
            return true;
        }
        at++;
    }
    return false;
}

static void on_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    (void)context;
    assert_true(what <= REFLOW_TRACE_REPEAT);
    assert_true(length > 0);
    if (world.trace_length + length + 2 < sizeof world.trace) {
        memcpy(world.trace + world.trace_length, text, length);
        world.trace_length += length;
        world.trace[world.trace_length] = '\0';
    }
}

/* Nothing is verified with the fake TLS; there must be something all the same. */
static const char anchors[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

void world_begin(void)
{
    size_t i;

    fake_port_init(&world.port);
    fake_service_init(&world.service);
    fake_tls_init(&world.port, &world.service);
    memset(&world.config, 0, sizeof world.config);
    for (i = 0; i < sizeof world.token - 1; i++) {
        world.token[i] = SECRET[i % (sizeof SECRET - 1)];
    }
    world.trace_length = 0;
    world.refuses = false;
    world.config.url = "https://flow.example/data";
    world.config.token = world.token;
    world.config.api_key = "the-key";
    world.config.org_id = "ORG@AdobeOrg";
    world.config.anchors = anchors;
    world.config.anchors_size = sizeof anchors - 1;
    world.config.attempts = 1;
    world.config.port = &fake_port;
    world.config.port_context = &world.port;
    world.config.on_trace = on_trace;
}

void world_open(void)
{
    memset(&world.client, 0xa5, sizeof world.client);
    assert_int_equal(reflow_init(&world.client, sizeof world.client, &world.config), REFLOW_OK);
    is_open = true;
}

const char *http(const char *status_and_fields, const char *content)
{
    static char texts[8][1024];
    static size_t next;
    char *text = texts[next++ % 8];
    const int length =
        snprintf(text, sizeof texts[0], "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
                 status_and_fields, strlen(content), content);

    assert_in_range(length, 1, sizeof texts[0] - 1);
    return text;
}

struct fake_answer carries_out(void)
{
    struct fake_answer answer = {NULL, true, false};

    answer.text = http("200 OK\r\nContent-Type: application/json",
                       "{\"id\":\"" THE_NEW_RUN "\",\"etag\":\"\\\"an-etag\\\"\"}");
    return answer;
}

struct fake_answer says(const char *text)
{
    struct fake_answer answer = {NULL, false, false};

    answer.text = text;
    return answer;
}

size_t world_requests(bool *whole)
{
    static unsigned char text[FAKE_WIRE_SIZE];
    const unsigned char *record = world.port.wire + world.port.sent - world.port.sent_here;
    size_t left = world.port.sent_here;
    size_t length = 0;
    size_t count = 0;
    size_t i;

    while (left >= 3 && left >= 3U + ((size_t)record[1] << 8 | record[2])) {
        const size_t size = (size_t)record[1] << 8 | record[2];
        if (record[0] == 'D') {
            memcpy(text + length, record + 3, size);
            length += size;
        }
        record += 3 + size;
        left -= 3 + size;
    }
    *whole = false;
    for (i = 4; i <= length; i++) {
        *whole = text[i - 1] == '\n' && memcmp(text + i - 4, "\r\n\r\n", 4) == 0;
        count += *whole ? 1 : 0;
    }
    return count;
}

void world_start(void)
{
    bool whole;

    world.commits = 0;
    world.steps = 0;
    world.applied_before = world.service.applied;
    world.connection_before = world.port.connections;
    world.requests_before = world_requests(&whole);
    assert_int_equal(reflow_start_retrigger(&world.client, THE_RUN), REFLOW_OK);
}

/* Said once, after the handshake, and before a byte of the request. */
static void note_commit(void)
{
    bool whole;
    const size_t requests = world_requests(&whole);

    world.commits++;
    assert_int_equal(world.commits, 1);
    assert_true(world.client.tls.established);
    assert_true(fake_tls.handshakes > 0);
    assert_int_equal(requests,
                     world.port.connections == world.connection_before ? world.requests_before : 0);
    assert_false(holds(world.port.wire + world.port.sent - world.port.sent_here +
                           (requests == 0 ? 0 : world.port.sent_here),
                       requests == 0 ? world.port.sent_here : 0, "POST"));
    world.sent_at_commit = world.port.sent;
    if (world.refuses) {
        reflow_abandon(&world.client, REFLOW_ERR_STORAGE);
    }
}

enum reflow_event world_step(void)
{
    const enum reflow_event event = reflow_step(&world.client);
    const size_t left = reflow_wake_ms(&world.client) - world.client.started_ms;

    assert_true(world.steps++ < 1000000);
    assert_true(left <= world.client.config.timeout_ms); /* never told to sleep past the deadline */
    if (event == REFLOW_COMMIT) {
        note_commit();
    }
    return event;
}

const struct reflow_result *world_drive(void)
{
    enum reflow_event event;

    while ((event = world_step()) != REFLOW_DONE && event != REFLOW_FAILED) {
        if (event != REFLOW_COMMIT) {
            fake_port_wait(&world.port, (int)event, reflow_wake_ms(&world.client));
        }
    }
    assert_int_equal(event == REFLOW_DONE,
                     reflow_result(&world.client)->outcome == REFLOW_RETRIGGERED);
    return reflow_result(&world.client);
}

/* What the ledger and the wire say about the result. */
static bool is_true(const struct reflow_result *result)
{
    const size_t applied = world.service.applied - world.applied_before;
    bool whole;
    const size_t requests = world_requests(&whole);
    const size_t before =
        world.port.connections == world.connection_before ? world.requests_before : 0;

    switch (result->outcome) {
    case REFLOW_RETRIGGERED:
        return applied == 1;
    case REFLOW_REFUSED:
    case REFLOW_NOT_APPLIED:
        return applied == 0;
    case REFLOW_UNKNOWN:
        return whole && requests > before;
    default:
        return false;
    }
}

static void judge(const struct reflow_result *result)
{
    world.operations++;
    world.outcomes[result->outcome]++;
    world.lies += is_true(result) ? 0 : 1;
    world.duplicates += world.service.applied - world.applied_before > 1 ? 1 : 0;
    assert_true(is_true(result));
    assert_in_range(world.service.applied - world.applied_before, 0, 1);
    assert_int_equal(result->error == REFLOW_OK, result->outcome == REFLOW_RETRIGGERED);
    assert_int_equal(result->id != NULL, result->outcome == REFLOW_RETRIGGERED);
    assert_in_range(result->attempts, 0, world.client.config.attempts);
    assert_false(holds(world.trace, world.trace_length, SECRET));
    assert_no_secret();
}

const struct reflow_result *world_run(void)
{
    const struct reflow_result *result;

    world_start();
    result = world_drive();
    judge(result);
    return result;
}

void assert_result(const struct reflow_result *result, enum reflow_outcome outcome,
                   enum reflow_error error)
{
    assert_string_equal(reflow_error_name(result->error), reflow_error_name(error));
    assert_string_equal(reflow_outcome_name(result->outcome), reflow_outcome_name(outcome));
}

void assert_no_secret(void)
{
    assert_false(holds(&world.client, sizeof world.client, SECRET));
}

void world_close(void)
{
    reflow_close(&world.client);
    is_open = false;
    assert_false(world.port.open);
    assert_int_equal(world.port.connections <= world.port.closes, 1);
    assert_no_secret();
}

void world_totals(const char *what)
{
    print_message("%s: operations=%zu retriggered=%zu refused=%zu not_applied=%zu unknown=%zu "
                  "lies=%zu duplicates=%zu\n",
                  what, world.operations, world.outcomes[REFLOW_RETRIGGERED],
                  world.outcomes[REFLOW_REFUSED], world.outcomes[REFLOW_NOT_APPLIED],
                  world.outcomes[REFLOW_UNKNOWN], world.lies, world.duplicates);
    assert_int_equal(world.lies, 0);
    assert_int_equal(world.duplicates, 0);
    world.operations = 0;
    memset(world.outcomes, 0, sizeof world.outcomes);
}

int world_clean_up(void **state)
{
    (void)state;
    if (is_open) {
        reflow_close(&world.client);
        is_open = false;
    }
    world.operations = world.lies = world.duplicates = 0;
    memset(world.outcomes, 0, sizeof world.outcomes);
    return 0;
}
