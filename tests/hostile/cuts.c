/* SPDX-License-Identifier: MIT */
/* cuts: the whole library with its true TLS against OpenSSL, one exchange cut at every byte of both
 * sides and of what the service says, in every way that a connection can end, and the service's
 * ledger held against what the client then says. Prints the totals; they have to be clean. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cut_port.h"
#include "tls_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define THE_NEW_RUN "11ba0402-8b12-4bd0-ba6e-1b2b0c8b9d5e"
#define THE_ETAG "\"1100c53e\""
#define NEW_RUN "{\"id\":\"" THE_NEW_RUN "\",\"etag\":\"\\\"1100c53e\\\"\"}"
#define NEW_RUN_LENGTH "67"
#define MOST_LIES_TOLD 5 /* of one kind of cut: more lines would not help */

/* ---- What is cut ----------------------------------------------------------------------------- */

enum beginning {
    FROM_START, /* every byte from the first hello on; no repetition, so that each cut shows as it is */
    FROM_COMMIT, /* every byte from the verified handshake on; what may be repeated is, for good */
    FROM_ANSWER, /* every byte from the first answer on, those of a second request among them */
    SECOND_RUN   /* every byte of a second run on the kept connection */
};

struct scenario {
    const char *name;
    enum beginning from;
    uint8_t attempts;
    enum reflow_outcome outcome; /* of the exchange that is not cut */
    struct fake_answer answers[2];
    const char *early;
};

#define CARRIED_OUT                                                                                \
    {                                                                                              \
        "HTTP/1.1 200 OK\r\nContent-Length: " NEW_RUN_LENGTH "\r\n\r\n" NEW_RUN, true, false       \
    }
#define IN_CHUNKS                                                                                  \
    "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"                                   \
    "7;a=\"b\"\r\n{\"id\":\"\r\n24\r\n" THE_NEW_RUN "\r\n2\r\n\"}\r\n0\r\nX-Trailer: 1\r\n\r\n"
#define TOO_MANY(more) "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 2\r\n" more "\r\n{}"
#define NOT_ENABLED                                                                                \
    "HTTP/1.1 400 Bad Request\r\nContent-Length: 28\r\n\r\n{\"detail\":\"is not enabled\"} "
#define FORBIDDEN "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

static const struct scenario scenarios[] = {
    {"carried out", FROM_START, 1, REFLOW_RETRIGGERED, {CARRIED_OUT}, NULL},
    {"carried out, repeating", FROM_COMMIT, 4, REFLOW_RETRIGGERED, {CARRIED_OUT}, NULL},
    {"a second run", SECOND_RUN, 4, REFLOW_RETRIGGERED, {CARRIED_OUT}, NULL},
    {"in chunks", FROM_ANSWER, 4, REFLOW_RETRIGGERED, {{IN_CHUNKS, true, false}}, NULL},
    {"until the end",
     FROM_ANSWER,
     4,
     REFLOW_RETRIGGERED,
     {{"HTTP/1.1 200 OK\r\n\r\n" NEW_RUN, true, true}},
     NULL},
    {"after an interim answer",
     FROM_ANSWER,
     4,
     REFLOW_RETRIGGERED,
     {{"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\n"
       "Content-Length: " NEW_RUN_LENGTH "\r\n\r\n" NEW_RUN,
       true, false}},
     NULL},
    {"429, then carried out",
     FROM_ANSWER,
     4,
     REFLOW_RETRIGGERED,
     {{TOO_MANY(""), false, false}, CARRIED_OUT},
     NULL},
    {"429 and a new connection, then carried out",
     FROM_ANSWER,
     4,
     REFLOW_RETRIGGERED,
     {{TOO_MANY("Connection: close\r\n"), false, true}, CARRIED_OUT},
     NULL},
    {"503 with Retry-After, then carried out",
     FROM_ANSWER,
     4,
     REFLOW_RETRIGGERED,
     {{"HTTP/1.1 503 Away\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", false, false},
      CARRIED_OUT},
     NULL},
    {"503 of somebody between, carried out",
     FROM_ANSWER,
     4,
     REFLOW_UNKNOWN,
     {{"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n", true, false}},
     NULL},
    {"500, carried out",
     FROM_ANSWER,
     4,
     REFLOW_UNKNOWN,
     {{"HTTP/1.1 500 Ouch\r\n\r\n<html>", true, true}},
     NULL},
    {"refused", FROM_ANSWER, 4, REFLOW_REFUSED, {{NOT_ENABLED, false, false}}, NULL},
    {"refused before it was asked",
     FROM_COMMIT,
     2,
     REFLOW_REFUSED,
     {{NULL, false, false}},
     FORBIDDEN},
    {"429 before it was asked",
     FROM_COMMIT,
     2,
     REFLOW_NOT_APPLIED,
     {{NULL, false, false}},
     TOO_MANY("Connection: close\r\n")},
    /* The service is as good as its word, once it has heard what it already said yes to. */
    {"200 before it was asked",
     FROM_COMMIT,
     2,
     REFLOW_RETRIGGERED,
     {{NULL, true, false}},
     "HTTP/1.1 200 OK\r\nContent-Length: " NEW_RUN_LENGTH "\r\n\r\n" NEW_RUN},
};

/* ---- The world ------------------------------------------------------------------------------- */

static struct {
    const struct scenario *scenario;
    const char *version;
    struct cut_port port;
    struct fake_service service;
    struct openssl_peer peer;
    struct reflow_config config;
    struct reflow_client client;
    size_t commits;
    bool commits_late; /* REFLOW_COMMIT was said, and of the request something had been sent */
    size_t heard_before, applied_before;
} world;

static struct cut_tally tallies[2][CUT_PLACES]; /* of TLS 1.2 and 1.3 */

static void on_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    (void)context;
    (void)text;
    (void)length;
    world.port.greeted = world.port.greeted || what == REFLOW_TRACE_TLS;
}

/* A request of which a part was sent would have been heard, or lie cut off in the last record. */
static bool on_commit(void *context, const char *run_id)
{
    (void)context;
    world.commits++;
    world.commits_late = world.commits_late || strcmp(run_id, THE_RUN) != 0 ||
                         world.service.length > 0 || world.service.heard > world.heard_before ||
                         !cut_port_between_records(&world.port);
    return true;
}

static void configure(void)
{
    struct reflow_config *config = &world.config;

    memset(config, 0, sizeof *config);
    config->url = "https://" PEER_HOST "/data";
    config->token = SECRET;
    config->api_key = "the-key";
    config->org_id = "ORG@AdobeOrg";
    config->anchors = world.peer.anchor;
    config->anchors_size = strlen(world.peer.anchor);
    config->attempts = world.scenario->attempts;
    config->port = &cut_port;
    config->port_context = &world.port;
    config->on_trace = on_trace;
    config->on_commit = on_commit;
}

static void open_world(const struct scenario *scenario, bool tls13)
{
    struct openssl_options options = openssl_sound();

    memset(&world.port, 0, sizeof world.port);
    world.scenario = scenario;
    world.version = tls13 ? "TLS 1.3" : "TLS 1.2";
    options.version = tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    options.tickets = scenario->from == FROM_ANSWER || scenario->early != NULL ? 0 : 1;
    options.rsa = true; /* whose signatures have always the same length: so have the exchanges */
    fake_port_init(&world.port.base);
    fake_service_init(&world.service);
    fake_service_answers(&world.service, scenario->answers[0]);
    if (scenario->answers[1].text != NULL) {
        fake_service_answers(&world.service, scenario->answers[1]);
    }
    openssl_peer_init(&world.peer, &options, &world.port.base, &world.service);
    cut_port_init(&world.port, &world.peer, tallies[tls13 ? 1 : 0]);
    world.port.early = scenario->early;
    configure();
    if (reflow_init(&world.client, sizeof world.client, &world.config) != REFLOW_OK) {
        (void)fprintf(stderr, "configuration: %s\n", reflow_invalid_field(&world.client));
        _exit(1);
    }
}

static void begin_run(void)
{
    world.commits = 0;
    world.commits_late = false;
    world.heard_before = world.service.heard;
    world.applied_before = world.service.applied;
}

/* ---- The truth ------------------------------------------------------------------------------- */

static bool text_sane(const char *text)
{
    return text == NULL ||
           (text[0] != '\0' && strlen(text) < REFLOW_BUFFER_SIZE && strstr(text, SECRET) == NULL);
}

static bool new_run_sane(const struct reflow_result *result)
{
    const bool retriggered = result->outcome == REFLOW_RETRIGGERED;

    if ((result->error == REFLOW_OK) != retriggered || (result->id != NULL) != retriggered) {
        return false;
    }
    return !retriggered || (strcmp(result->id, THE_NEW_RUN) == 0 &&
                            (result->etag == NULL || strcmp(result->etag, THE_ETAG) == 0));
}

static bool result_sane(const struct reflow_result *result)
{
    return new_run_sane(result) && text_sane(result->etag) && text_sane(result->code) &&
           text_sane(result->detail) && text_sane(result->request_id) &&
           (result->http_status == 0 ||
            (result->http_status >= 200 && result->http_status < 600)) &&
           result->attempts >= 1 && result->attempts <= world.config.attempts &&
           result->elapsed_ms <= REFLOW_DEFAULT_TIMEOUT_MS + 500;
}

/* What is wrong with it, or NULL. `on_time`: applied when the client spoke. There is one cut, so
 * that all attempts before an unknown one had their answers: each was heard. */
static const char *find_lie(const struct reflow_result *told, size_t on_time)
{
    const size_t applied = world.service.applied - world.applied_before;
    const size_t heard = world.service.heard - world.heard_before;

    if (world.commits > 1 || (heard > 0 && world.commits == 0) || world.commits_late) {
        return "REFLOW_COMMIT was not said once, before the first byte";
    }
    if (told->outcome == REFLOW_RETRIGGERED) {
        return on_time > 0 ? NULL : "not in the ledger";
    }
    if (told->outcome == REFLOW_UNKNOWN) {
        return heard == told->attempts && world.service.length == 0 ? NULL : "not committed";
    }
    return applied == 0 ? NULL : "it is in the ledger";
}

static void tell(const struct reflow_result *told, const char *lie)
{
    static const char *const places[] = {"client's byte", "server's byte", "answer's character"};
    const struct cut_ending *ending = world.port.ending;

    if (world.port.tally[world.port.place].lies < MOST_LIES_TOLD) {
        (void)fprintf(stderr, "lie: %s, %s, %s %zu, %s: %s %s, but %s (heard %zu, applied %zu)\n",
                      world.version, world.scenario->name, places[world.port.place], world.port.at,
                      ending != NULL ? ending->name : "no cut", reflow_outcome_name(told->outcome),
                      reflow_error_name(told->error), lie, world.service.heard - world.heard_before,
                      world.service.applied - world.applied_before);
    }
}

/* Closing comes first: the client's very last word must not change the ledger either. */
static int judge(void)
{
    const struct reflow_result told = *reflow_result(&world.client);
    const bool sane = result_sane(&told);
    size_t on_time = world.service.applied - world.applied_before;
    const char *lie;
    int verdict = (int)told.outcome;

    reflow_close(&world.client);
    cut_port_deliver_late(&world.port);
    /* A service that says yes beforehand applies when the request arrives, and then it was true. */
    on_time =
        world.scenario->early != NULL ? world.service.applied - world.applied_before : on_time;
    lie = sane ? find_lie(&told, on_time) : "its members contradict each other";
    if (lie == NULL && world.port.ending == NULL && told.outcome != world.scenario->outcome) {
        lie = "nothing was cut";
    }
    if (lie != NULL) {
        tell(&told, lie);
        verdict |= CUT_LIE;
    }
    return world.service.applied - world.applied_before > 1 ? verdict | CUT_DUPLICATE : verdict;
}

/* ---- Running --------------------------------------------------------------------------------- */

static void run(const struct scenario *scenario, bool tls13)
{
    open_world(scenario, tls13);
    begin_run();
    if (scenario->from == SECOND_RUN) {
        (void)reflow_retrigger(&world.client, THE_RUN);
        begin_run();
    }
    world.port.repeats = scenario->attempts > 1;
    world.port.thin = scenario->from == FROM_ANSWER || scenario->early != NULL;
    world.port.cutting = scenario->from != FROM_ANSWER;
    world.port.from_answer = scenario->from == FROM_ANSWER;
    (void)reflow_retrigger(&world.client, THE_RUN);
    world.port.cutting = false;
    if (world.port.ending != NULL) { /* a child */
        _exit(CUT_VERDICT | judge());
    }
    cut_tally_add(&world.port.tally[world.port.place], judge());
    openssl_peer_free(&world.peer);
}

static struct cut_tally sum(struct cut_tally a, const struct cut_tally *b)
{
    size_t i;

    a.cases += b->cases;
    a.lies += b->lies;
    a.duplicates += b->duplicates;
    a.crashes += b->crashes;
    for (i = 0; i < COUNT_OF(a.outcomes); i++) {
        a.outcomes[i] += b->outcomes[i];
    }
    return a;
}

static void print(const char *version, const char *what, const struct cut_tally *tally)
{
    (void)printf("%s %-15s cases %6zu  retriggered %5zu  refused %5zu  not_applied %5zu  "
                 "unknown %5zu  lies %zu  duplicates %zu  crashes %zu\n",
                 version, what, tally->cases, tally->outcomes[REFLOW_RETRIGGERED],
                 tally->outcomes[REFLOW_REFUSED], tally->outcomes[REFLOW_NOT_APPLIED],
                 tally->outcomes[REFLOW_UNKNOWN], tally->lies, tally->duplicates, tally->crashes);
    (void)fflush(stdout);
}

static void run_all(bool tls13)
{
    static const char *const what[] = {"client's bytes", "server's bytes", "answer's text"};
    size_t i;

    for (i = 0; i < COUNT_OF(scenarios); i++) {
        run(&scenarios[i], tls13);
    }
    for (i = 0; i < CUT_PLACES; i++) {
        print(tls13 ? "TLS 1.3" : "TLS 1.2", what[i], &tallies[tls13 ? 1 : 0][i]);
    }
}

int main(void)
{
    struct cut_tally total = {0};
    size_t i;

    run_all(false);
    if (HAS_TLS13) {
        run_all(true);
    } else {
        (void)printf("TLS 1.3 skipped: %s has none\n", reflow_tls_version());
    }
    for (i = 0; i < 2 * CUT_PLACES; i++) {
        total = sum(total, &tallies[i / CUT_PLACES][i % CUT_PLACES]);
    }
    (void)printf("total: cut everywhere  cases %zu  lies %zu  duplicates %zu  crashes %zu\n",
                 total.cases, total.lies, total.duplicates, total.crashes);
    openssl_keys_free();
    return total.cases > 0 && total.lies + total.duplicates + total.crashes == 0 ? 0 : 1;
}
