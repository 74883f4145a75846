/* SPDX-License-Identifier: MIT */
/* cuts: the whole library with its true TLS against OpenSSL, one exchange cut at every byte of both
 * sides and of what the service says, in every way that a connection can end, and the service's
 * ledger held against what the client then says. Prints the totals; they have to be clean. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cut_port.h"
#include "cut_scenarios.h"
#include "tls_world.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MOST_LIES_TOLD 5 /* of one kind of cut: more lines would not help */

/* ---- The world ------------------------------------------------------------------------------- */

static struct {
    const struct cut_scenario *scenario;
    const char *version;
    struct cut_port port;
    struct fake_service service;
    struct openssl_peer peer;
    struct reflow_config config;
    struct reflow_client client;
    size_t commits;
    bool commits_badly; /* REFLOW_COMMIT was said of another server, or another moment */
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
    world.commits_badly = world.commits_badly || strcmp(run_id, THE_RUN) != 0 ||
                          !world.port.greeted || world.service.length > 0 ||
                          world.service.heard > world.heard_before ||
                          !cut_port_between_records(&world.port);
    return true;
}

static uint8_t attempts_of(const struct cut_scenario *scenario)
{
    if (scenario->from == CUT_FROM_START) {
        return 1;
    }
    if (scenario->early != NULL) { /* who says "later" too soon says so each time */
        return scenario->outcome == REFLOW_NOT_APPLIED ? 2 : 1;
    }
    return 4;
}

/* What each exchange is about is cut at each byte; primes again. */
static size_t thinness_of(const struct cut_scenario *scenario)
{
    if (scenario->from == CUT_FROM_ANSWER || scenario->outcome == REFLOW_NOT_APPLIED) {
        return 31;
    }
    if (scenario->early != NULL) {
        return 7;
    }
    return scenario->from == CUT_FROM_START ? 0 : 1;
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
    config->attempts = attempts_of(world.scenario);
    config->port = &cut_port;
    config->port_context = &world.port;
    config->on_trace = on_trace;
    config->on_commit = on_commit;
}

static void script(const struct cut_scenario *scenario)
{
    const struct fake_answer first = {scenario->answer, scenario->applies, scenario->ends};
    const struct fake_answer next = {scenario->then, true, false};

    fake_service_init(&world.service);
    fake_service_answers(&world.service, first);
    if (scenario->then != NULL) {
        fake_service_answers(&world.service, next);
    }
}

static void open_server(const struct cut_scenario *scenario, bool tls13)
{
    struct openssl_options options = openssl_sound();
    const bool plain = scenario->early == NULL && scenario->from != CUT_FROM_ANSWER;

    options.version = tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    options.tickets = plain ? 1 : 0; /* many bytes, of which the plain exchanges show enough */
    options.rsa = true; /* whose signatures have always the same length: so have the exchanges */
    openssl_peer_init(&world.peer, &options, &world.port.base, &world.service);
}

static void open_world(const struct cut_scenario *scenario, bool tls13)
{
    struct cut_port *port = &world.port;

    memset(port, 0, sizeof *port);
    world.scenario = scenario;
    world.version = tls13 ? "TLS 1.3" : "TLS 1.2";
    fake_port_init(&port->base);
    script(scenario);
    open_server(scenario, tls13);
    cut_port_init(port, &world.peer, tallies[tls13 ? 1 : 0]);
    port->early = scenario->from == CUT_SECOND_RUN ? NULL : scenario->early;
    configure();
    port->thin = thinness_of(scenario);
    if (reflow_init(&world.client, sizeof world.client, &world.config) != REFLOW_OK) {
        (void)fprintf(stderr, "configuration: %s\n", reflow_invalid_field(&world.client));
        _exit(1);
    }
}

static void begin_run(void)
{
    world.commits = 0;
    world.commits_badly = false;
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
    return !retriggered || (strcmp(result->id, CUT_NEW_RUN) == 0 &&
                            (result->etag == NULL || strcmp(result->etag, CUT_ETAG) == 0));
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

/* What is wrong with it, or NULL. `on_time`: applied when the client spoke; `answered`: it had the
 * whole of an answer then. There is one cut, so that all attempts before an unknown one had their
 * answers: each was heard. */
static const char *find_lie(const struct reflow_result *told, size_t on_time, bool answered)
{
    const size_t applied = world.service.applied - world.applied_before;
    const size_t heard = world.service.heard - world.heard_before;

    if (world.commits > 1 || (heard > 0 && world.commits == 0) || world.commits_badly) {
        return "REFLOW_COMMIT was not said once, of a verified server, before the first byte";
    }
    if (told->outcome != REFLOW_UNKNOWN && told->http_status != 0 && !answered) {
        return "of the answer something was missing";
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
    const bool answered = cut_port_answered(&world.port);
    size_t on_time = world.service.applied - world.applied_before;
    const char *lie;
    int verdict = (int)told.outcome;

    reflow_close(&world.client);
    cut_port_deliver_late(&world.port);
    /* A service that says yes beforehand applies when the request arrives, and then it was true. */
    on_time =
        world.scenario->early != NULL ? world.service.applied - world.applied_before : on_time;
    lie = sane ? find_lie(&told, on_time, answered) : "its members contradict each other";
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

static void run_first(const struct cut_scenario *scenario)
{
    (void)reflow_retrigger(&world.client, THE_RUN);
    if (scenario->early != NULL) {
        openssl_peer_say(&world.peer, scenario->early);
    }
    begin_run();
}

static void run(const struct cut_scenario *scenario, bool tls13)
{
    open_world(scenario, tls13);
    begin_run();
    if (scenario->from == CUT_SECOND_RUN) {
        run_first(scenario);
    }
    world.port.cutting = scenario->from != CUT_FROM_ANSWER;
    world.port.from_answer = scenario->from == CUT_FROM_ANSWER;
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

    for (i = 0; i < cut_scenario_count; i++) {
        run(&cut_scenarios[i], tls13);
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
