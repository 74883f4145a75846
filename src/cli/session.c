/* SPDX-License-Identifier: MIT */
/* session: finds what connections need before the first is opened, and a new token when the old one
 * is of no more use. */
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "connection.h"
#include "console.h"
#include "files.h"
#include "text.h"
#include "token_store.h"
#include "trouble.h"

#define MOST_SECRET 256

/* Two, because a client may still have the one while the other is fetched. */
static struct token tokens[2];
static size_t current;
static bool renewable;
static char secret[MOST_SECRET + 1];
static struct options asked;

static const void *anchors;
static size_t anchors_size;

/* ---- Fetching ---- */

static int complain(const char *words, int status)
{
    console_error((const char *[]){words, NULL});
    return status;
}

static int find_secret(const struct options *options)
{
    static struct token file; /* a secret is kept as a token is */
    const char *value = getenv("REFLOW_CLIENT_SECRET");
    int status = EXIT_DONE;

    if (options->secret_file != NULL) {
        status = token_read(options->secret_file, &file, NULL);
        value = file.text;
    }
    if (status == EXIT_DONE && value != NULL && strlen(value) > MOST_SECRET) {
        status = complain("the client secret is too long for one", EXIT_UNAUTHORIZED);
    }
    if (status == EXIT_DONE && value != NULL) {
        memcpy(secret, value, strlen(value) + 1);
    }
    reflow_wipe(&file, sizeof file);
    return status;
}

/* The token service is told neither an API key nor an organization; the client wants them all the
 * same. */
static int open_fetcher(struct connection *connection)
{
    struct options options = asked;

    options.api_key = options.api_key != NULL ? options.api_key : options.client_id;
    options.org = options.org != NULL ? options.org : options.client_id;
    return connection_open(connection, &options);
}

/* Refused is the token, whatever the reason, and no run. */
static int status_of_fetch(const struct connection *connection)
{
    const int status = connection_status(connection);

    return status == EXIT_REFUSED ? EXIT_UNAUTHORIZED : status;
}

/* What the common advice would say of --url, and of a run, is about another server here. */
static const char *advice_on(enum reflow_error error)
{
    switch (error) {
    case REFLOW_ERR_UNAUTHORIZED:
    case REFLOW_ERR_FORBIDDEN:
        return "check --client-id (REFLOW_CLIENT_ID), the client secret and --scope";
    case REFLOW_ERR_RATE_LIMITED:
    case REFLOW_ERR_UNAVAILABLE:
    case REFLOW_ERR_PROXY:
    case REFLOW_ERR_TIMEOUT:
    case REFLOW_ERR_CONNECTION_LOST:
    case REFLOW_ERR_OUT_OF_MEMORY:
        return NULL;
    default:
        return "check --ims-url (REFLOW_IMS_URL), --ca, and what stands there";
    }
}

static int take_token(const struct connection *connection, const struct reflow_ims *ims,
                      struct token *token)
{
    const struct reflow_result *result = connection_result(connection);

    if (result->error == REFLOW_ERR_INVALID_ARGUMENT) {
        return complain(
            "--client-id, the client secret, --scope or --ims-url holds characters that "
            "cannot be sent",
            EXIT_USAGE);
    }
    if (result->error != REFLOW_OK) {
        trouble_tell("fetching a token", result, advice_on(result->error));
        return status_of_fetch(connection);
    }
    memcpy(token->text, ims->token, strlen(ims->token) + 1);
    token->expires = (int64_t)time(NULL) + ims->life_s;
    return EXIT_DONE;
}

static int fetch(void *context, struct token *token)
{
    static struct connection connection;
    static struct reflow_ims ims;
    int status = open_fetcher(&connection);

    (void)context;
    if (status != EXIT_DONE) {
        return status;
    }
    memset(&ims, 0, sizeof ims);
    ims.url = asked.ims_url;
    ims.client_id = asked.client_id;
    ims.client_secret = secret;
    ims.scope = asked.scope;
    if (reflow_start_token(&connection.client, &ims) == REFLOW_OK) {
        connection_finish(&connection);
    }
    status = take_token(&connection, &ims, token);
    connection_close(&connection);
    reflow_wipe(&ims, sizeof ims);
    return status;
}

/* ---- The token ---- */

static bool has_credentials(const struct options *options)
{
    return options->client_id != NULL && secret[0] != '\0';
}

static int obtain(const char *rejected)
{
    const size_t next = 1 - current;
    int status;

    tokens[next] = tokens[current];
    status = token_obtain(asked.token_file, rejected, (int64_t)time(NULL),
                          has_credentials(&asked) ? fetch : NULL, NULL, &tokens[next]);
    if (status == EXIT_DONE) {
        current = next;
        console_hide(HIDDEN_TOKEN, tokens[current].text);
        renewable = has_credentials(&asked) && tokens[current].ours;
    }
    return status;
}

static int take_from_environment(const char *value)
{
    if (strlen(value) > REFLOW_MAX_TOKEN) {
        return complain("REFLOW_ACCESS_TOKEN: too long for a token", EXIT_UNAUTHORIZED);
    }
    memcpy(tokens[current].text, value, strlen(value) + 1);
    console_hide(HIDDEN_TOKEN, tokens[current].text);
    return EXIT_DONE;
}

static int find_token(const struct options *options)
{
    const char *value = getenv("REFLOW_ACCESS_TOKEN");

    if (options->token_file == NULL && value != NULL && value[0] != '\0') {
        return take_from_environment(value);
    }
    if (options->token_file == NULL && !has_credentials(options)) {
        return complain("no access token: set REFLOW_ACCESS_TOKEN, or name a file with "
                        "--token-file, or give REFLOW_CLIENT_ID and a client secret",
                        EXIT_UNAUTHORIZED);
    }
    return obtain(NULL);
}

/* ---- For all ---- */

static int prepare(const struct options *options)
{
    int status;

    memset(tokens, 0, sizeof tokens);
    current = 0;
    renewable = false;
    asked = *options;
    status = find_secret(options);
    console_hide(HIDDEN_SECRET, secret);
    if (status != EXIT_DONE) {
        return status;
    }
    return files_anchors(options->ca, &anchors, &anchors_size) ? EXIT_DONE : EXIT_USAGE;
}

int session_begin(const struct options *options)
{
    const int status = prepare(options);

    return status == EXIT_DONE ? find_token(options) : status;
}

void session_end(void)
{
    console_hide(HIDDEN_TOKEN, NULL);
    console_hide(HIDDEN_SECRET, NULL);
    reflow_wipe(tokens, sizeof tokens);
    reflow_wipe(secret, sizeof secret);
}

const char *session_token(void)
{
    return tokens[current].text[0] != '\0' ? tokens[current].text : NULL;
}

bool session_token_ends(int64_t *seconds)
{
    *seconds = tokens[current].expires;
    return tokens[current].ours;
}

const void *session_anchors(size_t *size)
{
    *size = anchors_size;
    return anchors;
}

bool session_renewable(void)
{
    return renewable;
}

bool session_renew(const char *rejected)
{
    if (strcmp(rejected, tokens[current].text) != 0) {
        return true;
    }
    if (renewable && obtain(rejected) == EXIT_DONE) {
        return true;
    }
    renewable = false; /* trying again and again would get the integration throttled */
    return false;
}
