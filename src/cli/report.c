/* SPDX-License-Identifier: MIT */
/* report: results and traces in words. */
#include "report.h"

#include <string.h>
#include <unistd.h>

#include "console.h"
#include "text.h"

static struct line line;

static void foreign(const char *before, const char *words, const char *after)
{
    if (words != NULL) {
        line_own(&line, before);
        line_foreign(&line, words, strlen(words));
        line_own(&line, after);
    }
}

/* ---- For a program ---- */

static void member(const char *name, const char *value)
{
    line_own(&line, ",\"");
    line_own(&line, name);
    line_own(&line, "\":");
    line_json(&line, value);
}

static void number_member(const char *name, uint32_t value)
{
    line_own(&line, ",\"");
    line_own(&line, name);
    line_own(&line, "\":");
    line_number(&line, value);
}

static bool report_json(const char *run_id, const struct reflow_result *result)
{
    line_begin(&line);
    line_own(&line, "{\"run\":");
    line_json(&line, run_id);
    member("outcome", reflow_outcome_name(result->outcome));
    member("id", result->id);
    member("etag", result->etag);
    if (result->http_status != 0) {
        number_member("http_status", result->http_status);
    } else {
        line_own(&line, ",\"http_status\":null");
    }
    member("error", result->error != REFLOW_OK ? reflow_error_name(result->error) : NULL);
    member("detail", result->detail);
    member("request_id", result->request_id);
    number_member("attempts", result->attempts);
    number_member("elapsed_ms", result->elapsed_ms);
    line_own(&line, "}");
    return line_write(&line, STDOUT_FILENO);
}

/* ---- For a person ---- */

static void describe_effort(const struct reflow_result *result)
{
    if (result->attempts > 1) {
        line_own(&line, ", ");
        line_number(&line, result->attempts);
        line_own(&line, " attempts");
    }
    line_own(&line, ", ");
    line_number(&line, result->elapsed_ms);
    line_own(&line, " ms");
}

static void describe_success(const struct reflow_result *result)
{
    foreign("new run ", result->id, "");
    foreign(", etag ", result->etag, "");
    describe_effort(result);
}

/* "rejected (HTTP 400), FLOW-1388-400: The flow is not enabled [request 17]" */
static void describe_error(const struct reflow_result *result)
{
    line_own(&line, reflow_error_name(result->error));
    if (result->http_status != 0) {
        line_own(&line, " (HTTP ");
        line_number(&line, result->http_status);
        line_own(&line, ")");
    }
    foreign(", ", result->code, "");
    line_own(&line, ": ");
    if (result->detail != NULL) {
        foreign("", result->detail, "");
    } else {
        line_own(&line, reflow_error_text(result->error));
    }
    foreign(" [request ", result->request_id, "]");
    describe_effort(result);
}

static bool report_person(const char *run_id, const struct reflow_result *result)
{
    line_begin(&line);
    foreign("", run_id, "");
    line_column(&line, REPORT_OUTCOME_COLUMN);
    line_own(&line, reflow_outcome_name(result->outcome));
    line_column(&line, REPORT_DETAIL_COLUMN);
    if (result->error == REFLOW_OK) {
        describe_success(result);
        return line_write(&line, STDOUT_FILENO);
    }
    describe_error(result);
    line_own(&line, "\n    -> ");
    line_own(&line, reflow_error_advice(result->error));
    return line_write(&line, STDOUT_FILENO);
}

bool report_run(const struct options *options, const char *run_id,
                const struct reflow_result *result)
{
    if (options->json) {
        return report_json(run_id, result);
    }
    return (options->quiet && result->error == REFLOW_OK) || report_person(run_id, result);
}

int report_worse(int one, int other)
{
    static const int order[] = {EXIT_UNKNOWN, EXIT_STORAGE,     EXIT_UNAUTHORIZED,
                                EXIT_USAGE,   EXIT_NOT_APPLIED, EXIT_REFUSED};
    size_t i;

    for (i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (one == order[i] || other == order[i]) {
            return order[i];
        }
    }
    return EXIT_DONE;
}

/* ---- What goes on ---- */

static void print_trace(const char *mark, const char *text, size_t length)
{
    static struct line trace;

    line_begin(&trace);
    line_own(&trace, mark);
    line_foreign(&trace, text, length);
    (void)line_write(&trace, STDERR_FILENO);
}

/* Heads come in pieces that know nothing of lines; a line is printed when it is whole. What is
 * longer than the buffer is cut there, with "...", rather than held in memory. */
static void print_head(const char *mark, const char *text, size_t length)
{
    static char part[512];
    static size_t held;
    static const char *held_mark;
    size_t i;

    if (held > 0 && held_mark != mark) { /* a head that broke off, and now another speaks */
        print_trace(held_mark, part, held);
        held = 0;
    }
    held_mark = mark;
    for (i = 0; i < length; i++) {
        if (text[i] == '\n') {
            print_trace(mark, part, held);
            held = 0;
        } else if (text[i] != '\r' && held < sizeof part) {
            part[held] = held < sizeof part - 3 ? text[i] : '.';
            held++;
        }
    }
}

void report_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    static const char *const marks[] = {
        "* connect to ", "* TLS ", "> ", "< ", "* attempt ended: ", "* next attempt in ms: "};

    (void)context;
    if (what == REFLOW_TRACE_REQUEST || what == REFLOW_TRACE_ANSWER) {
        print_head(marks[what], text, length);
    } else {
        print_trace(marks[what], text, length);
    }
}
