/* SPDX-License-Identifier: MIT */
/* blocking: the loop over reflow_step() for programs that have nothing else to do meanwhile. */
#include "client.h"

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

void reflow_client_finish(struct reflow_client *client)
{
    enum reflow_event event = REFLOW_LATER;

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
}
