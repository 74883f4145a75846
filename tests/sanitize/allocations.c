/* SPDX-License-Identifier: MIT */
/* allocations: every allocation of a whole re-trigger fails in turn, in a process of its own.
 *
 * The exchange is done once. Wherever mbedTLS allocates, a child is forked: there this allocation
 * fails, alone or with all that follow it, and the child goes on to the end and judges itself. So
 * each case costs what comes after its failure, and not the handshake before it. */
#include "tls_world.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_CASES 32768

/* ---- What is gone through -------------------------------------------------------------------- */

enum resumption { FULL, BY_TICKET, BY_SESSION_ID };

struct scenario {
    const char *name;
    int version;
    bool rsa;
    enum resumption resumption;
    const char *alternatives; /* of the service's certificate */
};

#define OURS "DNS:" PEER_HOST
#define OTHER "DNS:other.example"
static const struct scenario scenarios[] = {
    {"TLS 1.3 EC", TLS1_3_VERSION, false, FULL, OURS},
    {"TLS 1.3 RSA", TLS1_3_VERSION, true, FULL, OURS},
    {"TLS 1.2 EC", TLS1_2_VERSION, false, FULL, OURS},
    {"TLS 1.2 RSA", TLS1_2_VERSION, true, FULL, OURS},
    {"TLS 1.3 EC, resumed", TLS1_3_VERSION, false, BY_TICKET, OURS},
    {"TLS 1.3 RSA, resumed", TLS1_3_VERSION, true, BY_TICKET, OURS},
    {"TLS 1.2 EC, by ticket", TLS1_2_VERSION, false, BY_TICKET, OURS},
    {"TLS 1.2 RSA, by ticket", TLS1_2_VERSION, true, BY_TICKET, OURS},
    {"TLS 1.2 EC, by ID", TLS1_2_VERSION, false, BY_SESSION_ID, OURS},
    {"TLS 1.2 RSA, by ID", TLS1_2_VERSION, true, BY_SESSION_ID, OURS},
    {"TLS 1.3 EC, wrong host", TLS1_3_VERSION, false, FULL, OTHER},
    {"TLS 1.3 RSA, wrong host", TLS1_3_VERSION, true, FULL, OTHER},
    {"TLS 1.2 EC, wrong host", TLS1_2_VERSION, false, FULL, OTHER},
    {"TLS 1.2 RSA, wrong host", TLS1_2_VERSION, true, FULL, OTHER},
};

/* ---- What came of it: written by the children, read by their parent -------------------------- */

struct verdict {
    enum reflow_outcome outcome;
    bool judged; /* it came to its end */
    bool lie;
    bool leak;
    bool excused;   /* it leaks, and that is mbedTLS's own fault: see below */
    bool cut_short; /* as is this: the case has no outcome */
};

static struct verdict *verdicts; /* one for each allocation */

/* ---- The heap -------------------------------------------------------------------------------- */

static struct {
    bool armed;      /* each allocation forks */
    bool child;      /* this is one in which an allocation has failed */
    bool all;        /* so do all after it */
    size_t calls;    /* in the parent: cases; in a child: its number */
    size_t children; /* that run */
    size_t broken;   /* that did not come to their end */
    uint32_t failed, alive;
} heap;

static void wait_for_one(void)
{
    int status = 0;

    if (wait(&status) < 0 || status != 0) {
        (void)fprintf(stderr, "a child ended with status %#x\n", (unsigned)status);
        heap.broken++;
    }
    heap.children--;
}

/* Returns true in the child. */
static bool fork_child(void)
{
    const size_t most = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    pid_t pid;

    while (heap.children >= most) {
        wait_for_one();
    }
    assert_true(heap.calls < MOST_CASES);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        heap.child = true;
        heap.armed = false;
        return true;
    }
    heap.children++;
    heap.calls++;
    return false;
}

/* Within the functions below; a block that is freed in the end is taken out again. */
static struct {
    bool now;
    size_t count;
    void *blocks[64];
} inside;

static void *torture_calloc(size_t count, size_t size)
{
    void *memory;

    if ((heap.armed && fork_child()) || (heap.child && heap.all)) {
        heap.failed++;
        return NULL;
    }
    memory = calloc(count, size);
    assert_non_null(memory);
    heap.alive++;
    if (inside.now) {
        assert_true(inside.count < sizeof inside.blocks / sizeof inside.blocks[0]);
        inside.blocks[inside.count++] = memory;
    }
    return memory;
}

static void torture_free(void *memory)
{
    size_t i;

    for (i = 0; i < inside.count; i++) {
        if (inside.blocks[i] == memory) {
            inside.blocks[i] = inside.blocks[--inside.count];
        }
    }
    heap.alive -= memory != NULL;
    free(memory);
}

static uint32_t memory_failures(void *context)
{
    (void)context;
    return heap.failed;
}

/* mbedTLS 3.6.6 loses ciphers' contexts where it cannot set up TLS 1.3's keys: it frees a transform
 * without what the transform holds. What is allocated in these two functions and never freed is
 * counted apart; whatever else leaks is a fault. */
#define LOOK_INTO(function)                                                                        \
    int __real_##function(mbedtls_ssl_context *ssl);                                               \
    int __wrap_##function(mbedtls_ssl_context *ssl);                                               \
    int __wrap_##function(mbedtls_ssl_context *ssl)                                                \
    {                                                                                              \
        const size_t before = inside.count;                                                        \
        int result;                                                                                \
                                                                                                   \
        inside.now = true;                                                                         \
        result = __real_##function(ssl);                                                           \
        inside.now = false;                                                                        \
        inside.count = result == 0 ? before : inside.count;                                        \
        return result;                                                                             \
    }

LOOK_INTO(mbedtls_ssl_tls13_compute_handshake_transform)
LOOK_INTO(mbedtls_ssl_tls13_compute_application_transform)

/* mbedTLS 3.6.6 goes on where it has no memory for TLS 1.2's hash of the handshake: it then reads
 * 64 bytes of an array of 48 that was never filled (ssl_compute_master). ASan ends the child there;
 * without ASan it goes on to a handshake that fails. */
static void on_report(const char *report)
{
    if (heap.child && strstr(report, " in ssl_compute_master ") != NULL) {
        verdicts[heap.calls].judged = true;
        verdicts[heap.calls].cut_short = true;
        _exit(0);
    }
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define ON_REPORT(call) __asan_set_error_report_callback(call)
#endif
#endif
#ifndef ON_REPORT
#define ON_REPORT(call) (void)(call)
#endif

/* ---- One exchange ---------------------------------------------------------------------------- */

static struct reflow_ticket ticket;

static void open_world(const struct scenario *scenario)
{
    static const struct fake_answer answer = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"id\":\"a-new1\"}", true, true};

    tls_world_begin();
    tls_world.options.version = scenario->version;
    tls_world.options.rsa = scenario->rsa;
    tls_world.options.seals = scenario->resumption == BY_TICKET;
    tls_world.options.alternatives = scenario->alternatives;
    tls_world.config.memory_failures = memory_failures;
    fake_service_init(&tls_world.service);
    fake_service_answers(&tls_world.service, answer);
    tls_world_open();
    memset(&ticket, 0, sizeof ticket);
    reflow_use_ticket(&tls_world.client, &ticket);
}

/* What is said against what the service did, and to whom: nobody else is taken for it. */
static bool is_lie(const struct scenario *scenario, const struct reflow_result *result,
                   size_t applied)
{
    const bool meant = strcmp(scenario->alternatives, OURS) == 0;
    const bool committed = tls_world.commits == 1;

    if (!meant && (committed || tls_world.service.length != 0 || heap.failed == 0)) {
        return committed || tls_world.service.length != 0 ||
               result->error != REFLOW_ERR_TLS_HOSTNAME;
    }
    if (result->error != REFLOW_OK && result->error != REFLOW_ERR_OUT_OF_MEMORY &&
        (meant || result->error != REFLOW_ERR_TLS_HOSTNAME)) {
        return true; /* the reason is told by its name, and not as a server's fault */
    }
    switch (result->outcome) {
    case REFLOW_RETRIGGERED:
        return !committed || applied != 1 || strcmp(result->id, "a-new1") != 0;
    case REFLOW_NOT_APPLIED:
        return applied != 0;
    case REFLOW_UNKNOWN:
        return !committed;
    default:
        return true; /* nobody has refused */
    }
}

static struct verdict judge(const struct scenario *scenario, size_t applied_before)
{
    const struct reflow_result *result = reflow_result(&tls_world.client);
    struct verdict verdict = {0};

    verdict.lie = is_lie(scenario, result, tls_world.service.applied - applied_before);
    verdict.outcome = result->outcome;
    if (verdict.lie) {
        (void)fprintf(stderr, "%s: case %zu is told as %s, %s\n", scenario->name, heap.calls,
                      reflow_outcome_name(result->outcome), reflow_error_name(result->error));
    }
    reflow_close(&tls_world.client);
    verdict.leak = heap.alive != inside.count;
    verdict.excused = inside.count != 0;
    if (verdict.leak) {
        (void)fprintf(stderr, "%s: case %zu leaks\n", scenario->name, heap.calls);
    }
    verdict.judged = true;
    return verdict;
}

/* The parent's own exchange, in which nothing fails, has to be what the scenario is about. */
static bool is_scenario(const struct scenario *scenario)
{
    const bool meant = strcmp(scenario->alternatives, OURS) == 0;
    const bool resumed = SSL_session_reused(tls_world.peer.ssl) == 1;

    return reflow_result(&tls_world.client)->outcome ==
               (meant ? REFLOW_RETRIGGERED : REFLOW_NOT_APPLIED) &&
           resumed == (scenario->resumption != FULL);
}

/* Returns whether the parent met what it should; its children do not return. */
static bool go_through(const struct scenario *scenario, bool all)
{
    struct verdict own;
    size_t applied;
    bool sound;

    memset(&heap, 0, sizeof heap);
    memset(&inside, 0, sizeof inside);
    heap.all = all;
    memset(verdicts, 0, MOST_CASES * sizeof *verdicts);
    open_world(scenario);
    if (scenario->resumption != FULL) {
        (void)reflow_retrigger(&tls_world.client, THE_RUN);
    }
    applied = tls_world.service.applied;
    tls_world.commits = 0;
    heap.armed = true;
    (void)reflow_retrigger(&tls_world.client, THE_RUN);
    heap.armed = false;
    if (heap.child) {
        verdicts[heap.calls] = judge(scenario, applied);
        _exit(0);
    }
    sound = is_scenario(scenario);
    own = judge(scenario, applied);
    tls_world_close();
    while (heap.children > 0) {
        wait_for_one();
    }
    return sound && !own.lie && !own.leak;
}

/* ---- The table ------------------------------------------------------------------------------- */

struct row {
    size_t cases, by_outcome[REFLOW_UNKNOWN + 1], leaks, excused, lies, broken;
};

static void add(struct row *sum, const struct row *row)
{
    sum->cases += row->cases;
    for (size_t i = 0; i <= REFLOW_UNKNOWN; i++) {
        sum->by_outcome[i] += row->by_outcome[i];
    }
    sum->leaks += row->leaks;
    sum->excused += row->excused;
    sum->lies += row->lies;
    sum->broken += row->broken;
}

static void print_row(const char *name, const char *how, const struct row *row)
{
    (void)printf("%-24s %-4s %8zu %12zu %12zu %8zu %6zu %8zu %5zu %8zu\n", name, how, row->cases,
                 row->by_outcome[REFLOW_RETRIGGERED], row->by_outcome[REFLOW_NOT_APPLIED],
                 row->by_outcome[REFLOW_UNKNOWN], row->leaks, row->excused, row->lies, row->broken);
}

static struct row read_verdicts(void)
{
    struct row row = {0};
    size_t i;

    row.cases = heap.calls;
    row.broken = heap.broken;
    for (i = 0; i < row.cases; i++) {
        if (verdicts[i].judged) {
            row.by_outcome[verdicts[i].outcome] += !verdicts[i].cut_short;
            row.leaks += verdicts[i].leak;
            row.excused += verdicts[i].excused || verdicts[i].cut_short;
            row.lies += verdicts[i].lie;
        } else if (row.broken == 0) {
            row.broken++; /* it ended without a word, and as if all were well */
        }
    }
    return row;
}

#define LEAST_CASES 30 /* a handshake with fewer is none: nothing passes by being empty */

static bool is_sound(const struct row *row)
{
    return row->cases >= LEAST_CASES && row->leaks == 0 && row->lies == 0 && row->broken == 0;
}

static void print_header(void)
{
    (void)printf("%-24s %-4s %8s %12s %12s %8s %6s %8s %5s %8s\n", "", "fail", "cases",
                 "retriggered", "not_applied", "unknown", "leaks", "mbedTLS'", "lies", "crashes");
}

static void prepare(void)
{
    verdicts = mmap(NULL, MOST_CASES * sizeof *verdicts, PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(verdicts != MAP_FAILED);
    assert_int_equal(mbedtls_platform_set_calloc_free(torture_calloc, torture_free), 0);
    ON_REPORT(on_report);
    setbuf(stdout, NULL);
}

/* allocations [SCENARIO]: all, or those whose names begin so. */
int main(int argc, char **argv)
{
    const char *only = argc > 1 ? argv[1] : "";
    const size_t count = sizeof scenarios / sizeof scenarios[0];
    struct row sum = {0};
    bool sound = true;
    size_t i;

    prepare();
    print_header();
    for (i = 0; i < 2 * count; i++) {
        const struct scenario *scenario = &scenarios[i / 2];

        if (strncmp(scenario->name, only, strlen(only)) == 0) {
            const bool as_meant = go_through(scenario, i % 2 == 1);
            const struct row row = read_verdicts();

            print_row(scenario->name, i % 2 == 0 ? "one" : "all", &row);
            sound = as_meant && is_sound(&row) && sound;
            add(&sum, &row);
        }
    }
    print_row("all", "", &sum);
    openssl_keys_free();
    return sound && sum.cases > 0 ? 0 : 1;
}
