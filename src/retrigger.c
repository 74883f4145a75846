/* SPDX-License-Identifier: MIT */
/* retrigger: the main job, in steps and as one blocking call. */
#include "client.h"
#include "flow.h"
#include "operation.h"

#include <string.h>

static size_t write_retrigger(struct reflow_text *head, const struct reflow_client *client,
                              size_t *secret_length)
{
    const struct reflow_flow_request request = {&client->url, &client->config, client->token,
                                                client->subject};

    *secret_length = client->token != NULL ? strlen(client->token) : 0;
    return reflow_flow_retrigger(head, &request);
}

static enum reflow_error read_new_run(void *object, struct reflow_slices *slices,
                                      struct reflow_result *result)
{
    (void)object;
    return reflow_flow_new_run(slices, result);
}

static const struct reflow_operation retrigger = {.write = write_retrigger,
                                                  .paths = reflow_flow_new_run_paths,
                                                  .path_count = REFLOW_FLOW_NEW_RUN_PATHS,
                                                  .read = read_new_run,
                                                  .problem_paths = reflow_flow_problem_paths,
                                                  .problem_path_count = REFLOW_FLOW_PROBLEM_PATHS,
                                                  .read_problem = reflow_flow_problem,
                                                  .rejected = REFLOW_ERR_REJECTED,
                                                  .changes = true};

enum reflow_error reflow_start_retrigger(struct reflow_client *client, const char *run_id)
{
    if (reflow_client_busy(client)) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    if (!reflow_run_id_valid(run_id)) {
        return reflow_client_refuse(client, REFLOW_ERR_INVALID_ARGUMENT);
    }
    return reflow_client_start(client, &retrigger, NULL, run_id, NULL);
}

enum reflow_outcome reflow_retrigger(struct reflow_client *client, const char *run_id)
{
    if (reflow_start_retrigger(client, run_id) != REFLOW_OK) {
        return REFLOW_NOT_APPLIED;
    }
    reflow_client_finish(client);
    return client->result.outcome;
}
