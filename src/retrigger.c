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

    *secret_length = strlen(client->token);
    return reflow_flow_retrigger(head, &request);
}

static const struct reflow_operation retrigger = {write_retrigger, reflow_flow_new_run_paths,
                                                  REFLOW_FLOW_NEW_RUN_PATHS, reflow_flow_new_run,
                                                  true};

enum reflow_error reflow_start_retrigger(struct reflow_client *client, const char *run_id)
{
    if (reflow_client_busy(client)) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    if (!reflow_run_id_valid(run_id)) {
        return reflow_client_refuse(client, REFLOW_ERR_INVALID_ARGUMENT);
    }
    return reflow_client_start(client, &retrigger, run_id);
}

static bool may_commit(const struct reflow_client *client)
{
    const struct reflow_config *config = &client->config;

    return config->on_commit == NULL ||
           config->on_commit(config->callback_context, client->subject);
}

static void wait(const struct reflow_client *client, enum reflow_event event)
{
    const struct reflow_port *port = client->config.port;
    void *context = client->config.port_context;
    const uint32_t left = reflow_wake_ms(client) - port->now_ms(context);

    if (port->wait != NULL && left <= UINT32_MAX / 2) {
        port->wait(context, (int)event, left);
    }
}

enum reflow_outcome reflow_retrigger(struct reflow_client *client, const char *run_id)
{
    enum reflow_event event = REFLOW_LATER;

    if (reflow_start_retrigger(client, run_id) != REFLOW_OK) {
        return REFLOW_NOT_APPLIED;
    }
    while (event != REFLOW_DONE && event != REFLOW_FAILED) {
        event = reflow_step(client);
        if (event == REFLOW_COMMIT) {
            if (!may_commit(client)) {
                reflow_abandon(client, REFLOW_ERR_STORAGE);
            }
        } else if (event != REFLOW_DONE && event != REFLOW_FAILED) {
            wait(client, event);
        }
    }
    return client->result.outcome;
}
