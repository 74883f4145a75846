/* SPDX-License-Identifier: MIT */
/* setup: a client's configuration, checked before anything is opened. */
#include <string.h>

#include "client.h"
#include "pem.h"
#include "text.h"
#include "tls.h"

#define MOST_NAME 256 /* of an API key, an organization or a sandbox */
#define MOST_OP 64
#define MOST_RUN_ID 128
#define MOST_TIMEOUT_MS 86400000

static bool is_sandbox_char(char c)
{
    return (c >= 'a' && c <= 'z') || reflow_is_digit(c) || c == '-';
}

static bool url_sound(struct reflow_client *client)
{
    return reflow_client_turn(client,
                              client->config.url != NULL ? client->config.url : REFLOW_DEFAULT_URL);
}

static bool sandbox_sound(const char *sandbox)
{
    /* Of what is allowed only letters stand above 'a'. */
    return sandbox == NULL ||
           (reflow_text_all(sandbox, MOST_NAME, is_sandbox_char) && sandbox[0] >= 'a');
}

static bool op_sound(const char *op)
{
    return op == NULL || reflow_text_all(op, MOST_OP, reflow_is_unreserved);
}

/* Whether there is anything that could be an anchor: a PEM block, or a certificate in DER. */
static bool anchors_sound(const struct reflow_config *config)
{
    size_t at = 0;
    size_t length;

    if (config->anchors == NULL || config->anchors_size == 0) {
        return false;
    }
    return reflow_pem_subject(config->anchors, config->anchors_size, &length) != NULL ||
           reflow_pem_next(config->anchors, config->anchors_size, &at, &length) != NULL;
}

static bool port_sound(const struct reflow_port *port)
{
    return port != NULL && port->open != NULL && port->send != NULL && port->recv != NULL &&
           port->close != NULL && port->now_ms != NULL && port->unix_time != NULL;
}

static bool token_sound(const char *token)
{
    return reflow_text_all(token, REFLOW_MAX_TOKEN, reflow_is_visible);
}

/* The name of the first field that is out of its range; "" when there is none. */
static const char *find_invalid(struct reflow_client *client)
{
    const struct reflow_config *config = &client->config;
    const struct {
        const char *field;
        bool sound;
    } checks[] = {
        {"port", port_sound(config->port)},
        {"url", url_sound(client)},
        {"token", config->token == NULL || token_sound(config->token)},
        {"api_key", reflow_text_all(config->api_key, MOST_NAME, reflow_is_visible)},
        {"org_id", reflow_text_all(config->org_id, MOST_NAME, reflow_is_visible)},
        {"sandbox", sandbox_sound(config->sandbox)},
        {"op", op_sound(config->op)},
        {"anchors", anchors_sound(config)},
        {"pins", config->pin_count == 0 || config->pins != NULL},
        {"clock_policy", config->clock_policy <= REFLOW_CLOCK_PINNED_ONLY},
        {"timeout_ms", config->timeout_ms <= MOST_TIMEOUT_MS},
    };
    size_t i;

    for (i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!checks[i].sound) {
            return checks[i].field;
        }
    }
    return "";
}

enum reflow_error reflow_init(struct reflow_client *client, size_t size,
                              const struct reflow_config *config)
{
    if (client == NULL || config == NULL || size != sizeof *client) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    memset(client, 0, sizeof *client);
    client->config = *config;
    if (client->config.timeout_ms == 0) {
        client->config.timeout_ms = REFLOW_DEFAULT_TIMEOUT_MS;
    }
    if (client->config.attempts == 0) {
        client->config.attempts = REFLOW_DEFAULT_ATTEMPTS;
    }
    client->invalid = find_invalid(client);
    if (client->invalid[0] != '\0') {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    reflow_tls_init(&client->tls, &client->config, client->host);
    reflow_client_init(client);
    return REFLOW_OK;
}

const char *reflow_invalid_field(const struct reflow_client *client)
{
    return client->invalid != NULL ? client->invalid : "";
}

enum reflow_error reflow_set_token(struct reflow_client *client, const char *token)
{
    if (!token_sound(token)) {
        return REFLOW_ERR_INVALID_ARGUMENT;
    }
    client->config.token = token;
    return REFLOW_OK;
}

/* A dot segment would be taken out of the path by whoever stands between. */
bool reflow_run_id_valid(const char *run_id)
{
    return reflow_text_all(run_id, MOST_RUN_ID, reflow_is_unreserved) && strcmp(run_id, ".") != 0 &&
           strcmp(run_id, "..") != 0;
}

const char *reflow_version(void)
{
    return REFLOW_VERSION;
}
