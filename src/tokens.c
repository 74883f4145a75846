/* SPDX-License-Identifier: MIT */
/* tokens: fetching a token as an operation of the client, and when to. */
#include "client.h"
#include "ims.h"
#include "states.h"
#include "text.h"

#define MOST_CREDENTIAL 256

static size_t write_request(struct reflow_text *request, const struct reflow_client *client,
                            size_t *secret_length)
{
    return reflow_ims_request(request, &client->url, client->object, secret_length);
}

static enum reflow_error read_token(void *object, struct reflow_slices *slices,
                                    struct reflow_result *result)
{
    (void)result;
    return reflow_ims_token(slices, object);
}

static const struct reflow_operation fetch = {.write = write_request,
                                              .paths = reflow_ims_token_paths,
                                              .path_count = REFLOW_IMS_TOKEN_PATHS,
                                              .read = read_token,
                                              .problem_paths = reflow_ims_problem_paths,
                                              .problem_path_count = REFLOW_IMS_PROBLEM_PATHS,
                                              .read_problem = reflow_ims_problem,
                                              .rejected = REFLOW_ERR_UNAUTHORIZED,
                                              .secret = true};

static bool is_sound(const struct reflow_ims *ims)
{
    return reflow_text_all(ims->client_id, MOST_CREDENTIAL, reflow_is_visible) &&
           reflow_text_all(ims->client_secret, MOST_CREDENTIAL, reflow_is_visible) &&
           (ims->scope == NULL || reflow_text_all(ims->scope, MOST_CREDENTIAL, reflow_is_visible));
}

enum reflow_error reflow_start_token(struct reflow_client *client, struct reflow_ims *ims)
{
    const char *url = ims->url != NULL ? ims->url : REFLOW_DEFAULT_IMS_URL;

    if (reflow_client_busy(client)) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    if (!is_sound(ims)) {
        return reflow_client_refuse(client, REFLOW_ERR_INVALID_ARGUMENT);
    }
    ims->asked_ms = reflow_now_ms(client);
    return reflow_client_start(client, &fetch, url, NULL, ims);
}

bool reflow_token_due(const struct reflow_client *client, const struct reflow_ims *ims)
{
    return reflow_ims_due(ims, reflow_now_ms(client) - ims->fetched_ms);
}

enum reflow_error reflow_fetch_token(struct reflow_client *client, struct reflow_ims *ims)
{
    const enum reflow_error error = reflow_start_token(client, ims);

    if (error != REFLOW_OK) {
        return error;
    }
    reflow_client_finish(client);
    if (client->result.error == REFLOW_OK) {
        (void)reflow_set_token(client, ims->token); /* which has been checked */
    }
    return client->result.error;
}

static enum reflow_outcome with_new_token(struct reflow_client *client, struct reflow_ims *ims,
                                          const char *run_id)
{
    if (reflow_fetch_token(client, ims) != REFLOW_OK) {
        return client->result.outcome;
    }
    return reflow_retrigger(client, run_id);
}

enum reflow_outcome reflow_retrigger_authorized(struct reflow_client *client,
                                                struct reflow_ims *ims, const char *run_id)
{
    enum reflow_outcome outcome;

    if (reflow_client_busy(client)) { /* the result is not ours, and not one yet */
        return REFLOW_NOT_APPLIED;
    }
    if (reflow_token_due(client, ims)) {
        return with_new_token(client, ims, run_id);
    }
    (void)reflow_set_token(client, ims->token);
    outcome = reflow_retrigger(client, run_id);
    return client->result.error == REFLOW_ERR_UNAUTHORIZED ? with_new_token(client, ims, run_id)
                                                           : outcome;
}
