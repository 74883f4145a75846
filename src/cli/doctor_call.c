/* SPDX-License-Identifier: MIT */
/* doctor_call: the token, and one call that changes nothing. */
#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "doctor.h"
#include "session.h"
#include "text.h"
#include "when.h"

/* ---- The token ---- */

/* Only errors are for a finding to tell, so the exchange that may be needed is not shown. */
static int begin_session(struct doctor *doctor)
{
    struct options quiet = *doctor->options;

    quiet.verbose = false;
    return session_begin(&quiet);
}

static void tell_source(struct words *words, const struct options *options)
{
    const char *variable = getenv("REFLOW_ACCESS_TOKEN");
    const char *file = options->token_file;

    if (file != NULL) {
        words_add(words, " in ");
        words_add(words, file);
        words_add(words, " (");
        words_add(words, doctor_origin(file, "REFLOW_TOKEN_FILE", "--token-file", NULL));
        words_add(words, ")");
    } else if (variable != NULL && variable[0] != '\0') {
        words_add(words, " in REFLOW_ACCESS_TOKEN");
    } else {
        words_add(words, ", fetched with the client credentials");
    }
}

static void tell_life(struct words *words)
{
    int64_t end;
    char text[WHEN_SIZE];

    if (session_token_ends(&end)) {
        when_write(end, text);
        words_add(words, ", until ");
        words_add(words, text);
    }
}

static const char *token_advice(int status)
{
    switch (status) {
    case EXIT_UNAUTHORIZED:
        return "set REFLOW_ACCESS_TOKEN, name a file with --token-file F (REFLOW_TOKEN_FILE), or "
               "give client credentials that are good: see reflow token --help";
    case EXIT_STORAGE:
        return "check --token-file F (REFLOW_TOKEN_FILE) and who may read it";
    default:
        return "correct it; reflow token -v shows more";
    }
}

bool doctor_token(struct doctor *doctor)
{
    struct finding *finding = &doctor->finding;
    const int status = doctor_overhear(doctor, begin_session, &finding->detail);

    if (status != EXIT_DONE) {
        return finding_fails(finding, status, finding->detail.length > 0 ? "" : "there is none",
                             token_advice(status));
    }
    words_count(&finding->detail, (uint32_t)strlen(session_token()), "character");
    tell_source(&finding->detail, doctor->options);
    tell_life(&finding->detail);
    return reflow_text_all(session_token(), REFLOW_MAX_TOKEN, reflow_is_visible) ||
           finding_fails(finding, EXIT_USAGE, ", some of which cannot be sent",
                         "give the token alone: no \"Bearer\", no blanks, no line ends in it");
}

/* ---- The call ---- */

#define MOST_APART_S 60

static struct connection connection;
static uint32_t seen;

static void count_run(void *context, const struct reflow_run *run)
{
    (void)context;
    (void)run;
    seen++;
}

static void ask(void)
{
    struct reflow_runs runs;

    do {
        memset(&runs, 0, sizeof runs);
        runs.limit = 1;
        runs.on_run = count_run;
        seen = 0;
        if (reflow_start_runs(&connection.client, &runs) == REFLOW_OK) {
            connection_finish(&connection);
        }
    } while (connection_again(&connection));
}

/* The library's advice is about a re-trigger; this was a look at a list. */
static const char *advice_for(enum reflow_error error)
{
    switch (error) {
    case REFLOW_ERR_NOT_FOUND:
        return "check --url, --sandbox and --org";
    case REFLOW_ERR_REJECTED:
        return "read the service's words; check --org and --sandbox";
    case REFLOW_ERR_REDIRECTED:
    case REFLOW_ERR_UNAUTHORIZED:
    case REFLOW_ERR_FORBIDDEN:
    case REFLOW_ERR_RATE_LIMITED:
    case REFLOW_ERR_OUT_OF_MEMORY:
    case REFLOW_ERR_REQUEST_TOO_LARGE:
        return NULL;
    case REFLOW_ERR_TIMEOUT:
    case REFLOW_ERR_CONNECTION_LOST:
    case REFLOW_ERR_UNAVAILABLE:
    case REFLOW_ERR_SERVER_ERROR:
        return "try again later; if it stays so, give the service's support the time of this";
    default:
        return "check what stands at --url: is it the service itself?";
    }
}

/* An answer's date is that of its server, or of a proxy that had it: a hint, and no failure. */
static void compare_clocks(struct doctor *doctor)
{
    struct words *advice = &doctor->finding.advice;
    int64_t ahead;

    if (doctor->service_time == REFLOW_TIME_UNKNOWN ||
        doctor->time_of_answer == REFLOW_TIME_UNKNOWN) {
        return;
    }
    ahead = doctor->time_of_answer - doctor->service_time;
    if (ahead <= MOST_APART_S && ahead >= -MOST_APART_S) {
        return;
    }
    words_add(advice, advice->length > 0 ? "; " : "");
    words_add(advice, "set the clock: it is ");
    words_count(advice, (uint32_t)(ahead > 0 ? ahead : -ahead), "second");
    words_add(advice, ahead > 0 ? " ahead of" : " behind");
    words_add(advice, " the service's");
}

bool doctor_call(struct doctor *doctor)
{
    const struct options *options = doctor->options;
    const struct reflow_config credentials = {.token = session_token(),
                                              .api_key = options->api_key,
                                              .org_id = options->org,
                                              .sandbox = options->sandbox,
                                              .op = options->op};
    const struct reflow_result *result;
    bool accepted;

    if (!doctor_client(doctor, &connection, &credentials)) {
        return false;
    }
    ask();
    result = connection_result(&connection);
    accepted = result->error == REFLOW_OK;
    if (accepted) {
        words_count(&doctor->finding.detail, seen, "run");
        words_add(&doctor->finding.detail, " seen; credentials and sandbox are accepted, ");
        words_number(&doctor->finding.detail, result->elapsed_ms);
        words_add(&doctor->finding.detail, " ms");
    } else {
        (void)doctor_explain(doctor, &connection, advice_for(result->error));
    }
    compare_clocks(doctor);
    connection_close(&connection);
    return accepted;
}
