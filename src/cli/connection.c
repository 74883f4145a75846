/* SPDX-License-Identifier: MIT */
/* connection: from the operator's options to a client, and from its events to poll(). */
#include "connection.h"

#include <poll.h>
#include <string.h>

#include "console.h"
#include "interrupt.h"
#include "proxy_choice.h"
#include "reflow_memory.h"
#include "report.h"
#include "session.h"
#include "text.h"

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
    const char *advice = field;
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(field, known[i].field) == 0) {
            advice = known[i].advice;
        }
    }
    console_error((const char *[]){advice, NULL});
    return EXIT_USAGE;
}

int connection_open(struct connection *connection, const struct options *options)
{
    struct reflow_config config = {0};

    config.url = options->url;
    config.token = session_token();
    config.api_key = options->api_key;
    config.org_id = options->org;
    config.sandbox = options->sandbox;
    config.op = options->op;
    config.anchors = session_anchors(&config.anchors_size);
    config.pins = options->pin_count > 0 ? options->pins : NULL;
    config.pin_count = options->pin_count;
    config.timeout_ms = options->timeout_s * 1000;
    config.attempts = options->attempts;
    config.port = &reflow_posix;
    config.port_context = &connection->posix;
    (void)reflow_memory_count(); /* where it is not counted, an error may get another name */
    config.memory_failures = reflow_memory_failures;
    config.on_trace = options->verbose ? report_trace : NULL;
    connection->token = config.token;
    connection->renewed = false;
    reflow_posix_init(&connection->posix);
    if (reflow_init(&connection->client, sizeof connection->client, &config) != REFLOW_OK) {
        return complain_of_field(reflow_invalid_field(&connection->client));
    }
    memset(&connection->ticket, 0, sizeof connection->ticket);
    reflow_use_ticket(&connection->client, &connection->ticket);
    return proxy_use(&connection->client, &connection->proxy, options);
}

void connection_close(struct connection *connection)
{
    reflow_close(&connection->client);
    reflow_wipe(&connection->ticket, sizeof connection->ticket);
}

void connection_wait(struct connection *connection, enum reflow_event event)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS + 1];
    const uint32_t left =
        reflow_wake_ms(&connection->client) - reflow_posix.now_ms(&connection->posix);
    int timeout_ms = left <= INT32_MAX ? (int)left : 0;
    const size_t count = reflow_posix_pollfds(&connection->posix, (int)event, fds, &timeout_ms);

    interrupt_poll(fds, count, timeout_ms);
}

void connection_finish(struct connection *connection)
{
    enum reflow_event event = reflow_step(&connection->client);

    while (event != REFLOW_DONE && event != REFLOW_FAILED) {
        connection_wait(connection, event);
        if (interrupt_asked() == INTERRUPT_NOW) {
            reflow_abandon(&connection->client, REFLOW_ERR_CONNECTION_LOST);
        }
        event = reflow_step(&connection->client);
    }
}

const struct reflow_result *connection_result(const struct connection *connection)
{
    return reflow_result(&connection->client);
}

int connection_status(const struct connection *connection)
{
    const struct reflow_result *result = connection_result(connection);

    return result->error == REFLOW_OK ? EXIT_DONE
                                      : reflow_exit_status(result->outcome, result->error);
}

bool connection_renewable(const struct connection *connection)
{
    return !connection->renewed && session_renewable();
}

bool connection_again(struct connection *connection)
{
    if (connection_result(connection)->error != REFLOW_ERR_UNAUTHORIZED) {
        connection->renewed = false;
        return false;
    }
    if (!connection_renewable(connection) || !session_renew(connection->token)) {
        return false;
    }
    connection->renewed = true;
    connection->token = session_token();
    return reflow_set_token(&connection->client, connection->token) == REFLOW_OK;
}
