/* SPDX-License-Identifier: MIT */
/* doctor_client: a client of the library that tries once, and what its trace shows. */
#include <string.h>

#include "connection.h"
#include "doctor.h"
#include "proxy_choice.h"
#include "reflow_memory.h"
#include "report.h"
#include "retry.h"
#include "text.h"

/* ---- What the trace shows ---- */

static bool is_date(const char *field, size_t length)
{
    static const char name[] = "date:";
    size_t i;

    for (i = 0; i < strlen(name); i++) {
        if (i >= length || reflow_lower(field[i]) != name[i]) {
            return false;
        }
    }
    return true;
}

static void note_field(struct doctor *doctor, const char *field, size_t length)
{
    size_t at = strlen("date:");

    if (!is_date(field, length)) {
        return;
    }
    while (at < length && (field[at] == ' ' || field[at] == '\t')) {
        at++;
    }
    while (length > at && (field[length - 1] == ' ' || field[length - 1] == '\t')) {
        length--;
    }
    if (reflow_http_date(field + at, length - at, &doctor->service_time)) {
        doctor->time_of_answer = reflow_posix.unix_time(NULL);
    }
}

/* Heads come in pieces that know nothing of lines. Of a long line the beginning is enough. */
static void note_head(struct doctor *doctor, const char *text, size_t length)
{
    static char field[REFLOW_MAX_FIELD];
    static size_t held;
    size_t i;

    for (i = 0; i < length; i++) {
        if (text[i] == '\n') {
            note_field(doctor, field, held);
            held = 0;
        } else if (text[i] != '\r' && held < sizeof field) {
            field[held] = text[i];
            held++;
        }
    }
}

/* The protocol version, then the cipher suite. */
static void note_session(struct doctor *doctor, const char *text, size_t length)
{
    words_add(&doctor->session, doctor->session.length > 0 ? ", " : "");
    words_bytes(&doctor->session, text, length);
}

static void on_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    struct doctor *doctor = context;

    if (doctor->options->verbose) {
        report_trace(NULL, what, text, length);
    }
    if (what == REFLOW_TRACE_CONNECT) {
        memset(&doctor->session, 0, sizeof doctor->session);
    } else if (what == REFLOW_TRACE_TLS) {
        note_session(doctor, text, length);
    } else if (what == REFLOW_TRACE_ANSWER) {
        note_head(doctor, text, length);
    }
}

/* ---- A client ---- */

bool doctor_client(struct doctor *doctor, struct connection *connection,
                   const struct reflow_config *credentials)
{
    const struct options *options = doctor->options;
    struct reflow_config config = *credentials;

    config.url = options->url;
    config.anchors = doctor->anchors;
    config.anchors_size = doctor->anchors_size;
    config.pins = options->pin_count > 0 ? options->pins : NULL;
    config.pin_count = options->pin_count;
    config.timeout_ms = options->timeout_s * 1000;
    config.attempts = 1; /* what is seen now counts, not what comes of it with patience */
    config.port = &reflow_posix;
    config.port_context = &connection->posix;
    (void)reflow_memory_count();
    config.memory_failures = reflow_memory_failures;
    config.on_trace = on_trace;
    config.callback_context = doctor;
    connection->token = config.token;
    connection->renewed = false;
    doctor->service_time = REFLOW_TIME_UNKNOWN;
    reflow_posix_init(&connection->posix);
    if (reflow_init(&connection->client, sizeof connection->client, &config) == REFLOW_OK) {
        return proxy_use(&connection->client, &connection->proxy, options) == EXIT_DONE;
    }
    return finding_fails(&doctor->finding, EXIT_USAGE, reflow_invalid_field(&connection->client),
                         reflow_error_advice(REFLOW_ERR_INVALID_ARGUMENT));
}

/* "forbidden (HTTP 403), 403003: Api Key is invalid [request 17]" */
bool doctor_explain(struct doctor *doctor, const struct connection *connection, const char *advice)
{
    const struct reflow_result *result = connection_result(connection);
    struct words *detail = &doctor->finding.detail;

    words_add(detail, reflow_error_name(result->error));
    if (result->http_status != 0) {
        words_add(detail, " (HTTP ");
        words_number(detail, result->http_status);
        words_add(detail, ")");
    }
    if (result->code != NULL) {
        words_add(detail, ", ");
        words_add(detail, result->code);
    }
    words_add(detail, ": ");
    words_add(detail, result->detail != NULL ? result->detail : reflow_error_text(result->error));
    if (result->request_id != NULL) {
        words_add(detail, " [request ");
        words_add(detail, result->request_id);
        words_add(detail, "]");
    }
    return finding_fails(&doctor->finding, connection_status(connection), "",
                         advice != NULL ? advice : reflow_error_advice(result->error));
}
