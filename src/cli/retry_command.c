/* SPDX-License-Identifier: MIT */
/* retry_command: re-triggers the runs that are named, one after the other on one connection. */
#include "commands.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "files.h"
#include "ids.h"
#include "interrupt.h"
#include "reflow_memory.h"
#include "reflow_posix.h"
#include "report.h"
#include "text.h"
#include "token_store.h"

/* Static, because they are large and there is one of each. */
static struct reflow_client client;
static struct reflow_posix posix;
static char token[REFLOW_MAX_TOKEN + 1];
static bool output_lost; /* a report did not reach standard output: no further run is begun */

/* ---- Setting up ---- */

/* What to say of a field of the library's configuration that it did not accept. */
static int complain_of_field(const char *field)
{
    static const struct {
        const char *field;
        const char *advice;
    } known[] = {
        {"url", "--url (REFLOW_URL): must be https://HOST[:PORT][/PATH]"},
        {"token", "the token holds characters that cannot be sent"},
        {"api_key",
         "--api-key K (REFLOW_API_KEY): missing, or holds characters that cannot be sent"},
        {"org_id", "--org ID (REFLOW_ORG_ID): missing, or holds characters that cannot be sent"},
        {"sandbox", "--sandbox NAME (REFLOW_SANDBOX): must be lower-case letters, digits and "
                    "hyphens, a letter first"},
        {"op", "--op VALUE: must be letters, digits, and . _ ~ -"},
        {"anchors", "--ca FILE (REFLOW_CA): holds no certificate in PEM or DER"},
    };
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(field, known[i].field) == 0) {
            console_error((const char *[]){known[i].advice, NULL});
            return EXIT_USAGE;
        }
    }
    console_error((const char *[]){"configuration: ", field, NULL});
    return EXIT_USAGE;
}

static int read_token_file(const char *path)
{
    struct token found;
    const int status = token_read(path, &found, NULL);

    memcpy(token, found.text, sizeof token);
    reflow_wipe(&found, sizeof found);
    return status;
}

static int find_token(const struct options *options)
{
    const char *value = getenv("REFLOW_ACCESS_TOKEN");

    if (options->token_file != NULL) {
        return read_token_file(options->token_file);
    }
    if (value == NULL || value[0] == '\0') {
        console_error((const char *[]){
            "no access token: set REFLOW_ACCESS_TOKEN, or name a file with --token-file", NULL});
        return EXIT_UNAUTHORIZED;
    }
    if (strlen(value) > REFLOW_MAX_TOKEN) {
        console_error((const char *[]){"REFLOW_ACCESS_TOKEN: too long for a token", NULL});
        return EXIT_UNAUTHORIZED;
    }
    memcpy(token, value, strlen(value) + 1);
    return EXIT_DONE;
}

static int open_client(const struct options *options)
{
    struct reflow_config config = {0};

    config.url = options->url;
    config.token = token;
    config.api_key = options->api_key;
    config.org_id = options->org;
    config.sandbox = options->sandbox;
    config.op = options->op;
    config.pins = options->pin_count > 0 ? options->pins : NULL;
    config.pin_count = options->pin_count;
    config.timeout_ms = options->timeout_s * 1000;
    config.attempts = options->attempts;
    config.port = &reflow_posix;
    config.port_context = &posix;
    (void)reflow_memory_count(); /* where it is not counted, an error may get another name */
    config.memory_failures = reflow_memory_failures;
    config.on_trace = options->verbose ? report_trace : NULL;
    if (!files_anchors(options->ca, &config.anchors, &config.anchors_size)) {
        return EXIT_USAGE;
    }
    reflow_posix_init(&posix);
    if (reflow_init(&client, sizeof client, &config) != REFLOW_OK) {
        return complain_of_field(reflow_invalid_field(&client));
    }
    return EXIT_DONE;
}

/* ---- One run ---- */

static void wait(enum reflow_event event)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS + 1];
    const uint32_t left = reflow_wake_ms(&client) - reflow_posix.now_ms(&posix);
    int timeout_ms = left <= INT32_MAX ? (int)left : 0;
    const size_t count = reflow_posix_pollfds(&posix, (int)event, fds, &timeout_ms);

    interrupt_poll(fds, count, timeout_ms);
}

static void drive(void)
{
    enum reflow_event event = reflow_step(&client);

    while (event != REFLOW_DONE && event != REFLOW_FAILED) {
        if (event != REFLOW_COMMIT) {
            wait(event);
        }
        if (interrupt_asked() == INTERRUPT_NOW) {
            reflow_abandon(&client, REFLOW_ERR_CONNECTION_LOST);
        }
        event = reflow_step(&client);
    }
}

/* Returns the exit status for this run alone; standard output that cannot be written to counts as
 * storage, because a report that nobody gets is lost. */
static int report(const struct options *options, const char *id)
{
    const struct reflow_result *result = reflow_result(&client);
    const int status = reflow_exit_status(result->outcome, result->error);

    if (report_run(options, id, result)) {
        return status;
    }
    output_lost = true;
    console_error((const char *[]){"standard output cannot be written to; run ", id, ": ",
                                   reflow_outcome_name(result->outcome), NULL});
    return report_worse(status, EXIT_STORAGE);
}

/* A line that is no run ID makes a start fail, which is reported like every other end. */
static int retry_one(const struct options *options, const char *id)
{
    if (reflow_start_retrigger(&client, id) == REFLOW_OK) {
        drive();
    }
    return report(options, id);
}

/* ---- All runs ---- */

static int retry_all(const struct options *options, struct ids *ids)
{
    const char *id = NULL;
    enum ids_result found = ids_next(ids, &id);
    int status = EXIT_DONE;

    while (found == IDS_ONE || found == IDS_BAD) {
        if (interrupt_asked() != INTERRUPT_NONE || output_lost) {
            console_error((const char *[]){"stopped before run ", id, NULL});
            return report_worse(status, EXIT_NOT_APPLIED);
        }
        status = report_worse(status, retry_one(options, id));
        found = ids_next(ids, &id);
    }
    if (found == IDS_FAILED && interrupt_asked() != INTERRUPT_NONE) {
        return report_worse(status, EXIT_NOT_APPLIED); /* there may have been more to come */
    }
    if (found == IDS_FAILED) {
        console_error((const char *[]){"standard input cannot be read to its end", NULL});
        return report_worse(status, EXIT_STORAGE);
    }
    return status;
}

/* Bad IDs among the operands are all named before anything is sent. */
static int check_operands(const struct options *options)
{
    struct ids ids;
    const char *id = NULL;
    enum ids_result found;
    int status = EXIT_DONE;

    ids_begin(&ids, options);
    if (ids.from_input) {
        return EXIT_DONE;
    }
    while ((found = ids_next(&ids, &id)) != IDS_END) {
        if (found == IDS_BAD) {
            (void)reflow_start_retrigger(&client, id);
            status = report_worse(status, report(options, id));
        }
    }
    if (status != EXIT_DONE) {
        console_error((const char *[]){"nothing was sent: correct the run IDs first", NULL});
    }
    return status;
}

int command_retry(const struct options *options)
{
    struct ids ids;
    int status;

    if (options->operand_count == 0) {
        console_error(
            (const char *[]){"retry: which runs? Name their IDs, or - for standard input", NULL});
        return EXIT_USAGE;
    }
    status = find_token(options);
    console_hide(token);
    if (status == EXIT_DONE) {
        status = open_client(options);
    }
    if (status == EXIT_DONE) {
        status = check_operands(options);
        if (status == EXIT_DONE) {
            ids_begin(&ids, options);
            status = retry_all(options, &ids);
        }
        reflow_close(&client);
    }
    console_hide(NULL);
    reflow_wipe(token, sizeof token);
    return status;
}
