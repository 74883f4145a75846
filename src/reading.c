/* SPDX-License-Identifier: MIT */
/* reading: runs and lists of runs as operations of the client. */
#include <string.h>

#include "client.h"
#include "runs.h"
#include "slices.h"
#include "text.h"

static struct reflow_flow_request request_of(const struct reflow_client *client)
{
    const struct reflow_flow_request request = {&client->url, &client->config, client->token,
                                                client->subject};

    return request;
}

static size_t secret_length(const struct reflow_client *client)
{
    return client->token != NULL ? strlen(client->token) : 0;
}

/* ---- One run ---- */

static size_t write_show(struct reflow_text *head, const struct reflow_client *client,
                         size_t *length)
{
    const struct reflow_flow_request request = request_of(client);

    *length = secret_length(client);
    return reflow_runs_show(head, &request);
}

/* The first element is the run, and nothing else is of interest. */
static bool keep_first(void *object, struct reflow_slices *slices)
{
    (void)object;
    (void)slices;
    return false;
}

/* A bare run, or a list of one. */
static enum reflow_error read_run(void *object, struct reflow_slices *slices,
                                  struct reflow_result *result)
{
    struct reflow_run *run = object;
    const char *asked = run->id;

    (void)result;
    if (!reflow_run_take(run, slices, REFLOW_RUN_MEMBERS) && !reflow_run_take(run, slices, 0)) {
        return REFLOW_ERR_JSON_UNEXPECTED;
    }
    return strcmp(run->id, asked) == 0 ? REFLOW_OK : REFLOW_ERR_JSON_UNEXPECTED;
}

static const struct reflow_operation show = {.write = write_show,
                                             .paths = reflow_run_paths,
                                             .path_count = REFLOW_RUN_PATHS,
                                             .read = read_run,
                                             .take = keep_first,
                                             .element = REFLOW_RUN_PATHS - 1,
                                             .problem_paths = reflow_flow_problem_paths,
                                             .problem_path_count = REFLOW_FLOW_PROBLEM_PATHS,
                                             .read_problem = reflow_flow_problem,
                                             .rejected = REFLOW_ERR_REJECTED};

enum reflow_error reflow_start_run(struct reflow_client *client, const char *run_id,
                                   struct reflow_run *run)
{
    if (reflow_client_busy(client)) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    if (!reflow_run_id_valid(run_id)) {
        return reflow_client_refuse(client, REFLOW_ERR_INVALID_ARGUMENT);
    }
    run->id = run_id; /* to be held against the answer's */
    return reflow_client_start(client, &show, NULL, run_id, run);
}

enum reflow_error reflow_read_run(struct reflow_client *client, const char *run_id,
                                  struct reflow_run *run)
{
    const enum reflow_error error = reflow_start_run(client, run_id, run);

    if (error != REFLOW_OK) {
        return error;
    }
    reflow_client_finish(client);
    return client->result.error;
}

/* ---- A list ---- */

static size_t write_list(struct reflow_text *head, const struct reflow_client *client,
                         size_t *length)
{
    const struct reflow_flow_request request = request_of(client);
    struct reflow_runs *runs = client->object;

    *length = secret_length(client);
    reflow_runs_begin_page(runs);
    return reflow_runs_list(head, &request, runs);
}

static bool take_run(void *object, struct reflow_slices *slices)
{
    reflow_runs_take(object, slices);
    return true;
}

static enum reflow_error read_list(void *object, struct reflow_slices *slices,
                                   struct reflow_result *result)
{
    (void)result;
    return reflow_runs_end_page(object, slices);
}

static const struct reflow_operation list = {.write = write_list,
                                             .paths = reflow_list_paths,
                                             .path_count = REFLOW_LIST_PATHS,
                                             .read = read_list,
                                             .take = take_run,
                                             .element = REFLOW_RUN_MEMBERS,
                                             .problem_paths = reflow_flow_problem_paths,
                                             .problem_path_count = REFLOW_FLOW_PROBLEM_PATHS,
                                             .read_problem = reflow_flow_problem,
                                             .rejected = REFLOW_ERR_REJECTED};

#define MOST_FILTER 128

static bool is_filter(const char *value)
{
    return value == NULL || reflow_text_all(value, MOST_FILTER, reflow_is_visible);
}

enum reflow_error reflow_start_runs(struct reflow_client *client, struct reflow_runs *runs)
{
    if (reflow_client_busy(client)) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    if (runs->ended || runs->on_run == NULL || !is_filter(runs->flow_id) ||
        !is_filter(runs->status)) {
        return reflow_client_refuse(client, REFLOW_ERR_INVALID_ARGUMENT);
    }
    return reflow_client_start(client, &list, NULL, NULL, runs);
}

bool reflow_runs_more(const struct reflow_runs *runs)
{
    return !runs->ended;
}

enum reflow_error reflow_read_runs(struct reflow_client *client, struct reflow_runs *runs)
{
    enum reflow_error error = REFLOW_OK;

    while (error == REFLOW_OK && reflow_runs_more(runs)) {
        error = reflow_start_runs(client, runs);
        if (error == REFLOW_OK) {
            reflow_client_finish(client);
            error = client->result.error;
        }
    }
    return error;
}
