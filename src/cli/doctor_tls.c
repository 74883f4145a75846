/* SPDX-License-Identifier: MIT */
/* doctor_tls: a handshake without a request. For it the client is given an operation that would
 * change something, and which is given up at the commit point: there the server is verified, and
 * nothing has been sent. */
#include "client.h"
#include "connection.h"
#include "doctor.h"
#include "interrupt.h"
#include "when.h"

#define SECONDS_OF_DAY 86400
#define EARLY_DAYS 14 /* time enough for somebody else to renew a certificate */

static struct connection connection;

static size_t write_nothing(struct reflow_text *request, const struct reflow_client *client,
                            size_t *secret_length)
{
    (void)request;
    (void)client;
    *secret_length = 0;
    return 0;
}

static const struct reflow_operation greeting = {.write = write_nothing, .changes = true};

/* It is not done before the commit point. */
static enum reflow_event greet(void)
{
    enum reflow_event event;

    (void)reflow_client_start(&connection.client, &greeting, NULL, NULL, NULL);
    event = reflow_step(&connection.client);
    while (event != REFLOW_COMMIT && event != REFLOW_FAILED) {
        connection_wait(&connection, event);
        if (interrupt_asked() != INTERRUPT_NONE) {
            reflow_abandon(&connection.client, REFLOW_ERR_CONNECTION_LOST);
        }
        event = reflow_step(&connection.client);
    }
    return event;
}

/* The certificate counts today, or there would be no session. */
static void tell_end(struct finding *finding, int64_t end)
{
    const int64_t left = end - reflow_posix.unix_time(NULL);
    const uint32_t days = (uint32_t)(left / SECONDS_OF_DAY);
    char text[WHEN_SIZE];

    when_write(end, text);
    words_add(&finding->detail, ", valid until ");
    words_add(&finding->detail, text);
    words_add(&finding->detail, " (");
    words_count(&finding->detail, days, "day");
    words_add(&finding->detail, ")");
    if (days < EARLY_DAYS) {
        words_add(&finding->advice, "the certificate ends soon: tell the server's owner");
    }
}

static void tell_session(struct doctor *doctor)
{
    struct finding *finding = &doctor->finding;
    struct reflow_certificate certificate;

    words_add(&finding->detail, doctor->session.text);
    if (reflow_server_certificate(&connection.client, &certificate)) {
        words_add(&finding->detail, ", subject ");
        words_add(&finding->detail, certificate.subject);
        words_add(&finding->detail, ", issuer ");
        words_add(&finding->detail, certificate.issuer);
        tell_end(finding, certificate.not_after);
    }
}

/* The library's advice is about requests; here none was sent. */
static const char *advice_for(enum reflow_error error)
{
    switch (error) {
    case REFLOW_ERR_CONNECTION_LOST:
        return "check that --url names a TLS 1.2 or 1.3 server, and what stands in between";
    case REFLOW_ERR_TIMEOUT:
        return "check what stands at --url; --timeout gives it more time";
    case REFLOW_ERR_CLOCK_UNSET:
        return "set the clock";
    default:
        return NULL;
    }
}

bool doctor_tls(struct doctor *doctor)
{
    /* Never sent, because nothing is: TLS is looked at even where these are not known. */
    const struct reflow_config nobody = {.api_key = "-", .org_id = "-"};
    bool met;

    if (!doctor_client(doctor, &connection, &nobody)) {
        return false;
    }
    met = greet() == REFLOW_COMMIT;
    if (met) {
        tell_session(doctor);
        reflow_abandon(&connection.client, REFLOW_ERR_CONNECTION_LOST);
    } else {
        (void)doctor_explain(doctor, &connection,
                             advice_for(connection_result(&connection)->error));
    }
    connection_close(&connection);
    return met;
}
