/* SPDX-License-Identifier: MIT */
/* run_report: what of a run matters, each member in its place. */
#include "run_report.h"

#include <string.h>
#include <unistd.h>

#include "console.h"
#include "trouble.h"
#include "when.h"

#define STATUS_COLUMN 38
#define CREATED_COLUMN 54
#define DURATION_COLUMN 76
#define RECORDS_COLUMN 86
#define FLOW_COLUMN 104

static struct line line;
static bool lost;
static bool headed;

static void print(void)
{
    if (!line_write(&line, STDOUT_FILENO) && !lost) {
        lost = true;
        console_error((const char *[]){"standard output cannot be written to", NULL});
    }
}

bool run_report_lost(void)
{
    return lost;
}

static void append_foreign(const char *words)
{
    line_foreign(&line, words, strlen(words));
}

/* The service's counts may be larger than line_number() takes. */
static void append_count(int64_t count)
{
    char digits[24];
    size_t at = sizeof digits - 1;

    digits[at] = '\0';
    do {
        at--;
        digits[at] = (char)('0' + count % 10);
        count /= 10;
    } while (count > 0);
    line_own(&line, digits + at);
}

static void append_time(int64_t ms)
{
    char text[WHEN_SIZE];

    when_write(ms / 1000, text);
    line_own(&line, text);
}

/* ---- For a program ---- */

static void name_member(const char *name)
{
    line_own(&line, ",\"");
    line_own(&line, name);
    line_own(&line, "\":");
}

static void text_member(const char *name, const char *value)
{
    name_member(name);
    line_json(&line, value);
}

static void time_member(const char *name, int64_t ms)
{
    name_member(name);
    if (ms == REFLOW_TIME_UNKNOWN) {
        line_own(&line, "null");
        return;
    }
    line_own(&line, "\"");
    append_time(ms);
    line_own(&line, "\"");
}

static void count_member(const char *name, int64_t count)
{
    name_member(name);
    if (count < 0) {
        line_own(&line, "null");
    } else {
        append_count(count);
    }
}

static void begin_object(const char *run_id)
{
    line_begin(&line);
    line_own(&line, "{\"run\":");
    line_json(&line, run_id);
}

static void report_json(const struct reflow_run *run)
{
    begin_object(run->id);
    text_member("flow", run->flow_id);
    text_member("status", run->status);
    time_member("created", run->created_ms);
    time_member("started", run->started_ms);
    time_member("completed", run->completed_ms);
    count_member("input_records", run->input_records);
    count_member("output_records", run->output_records);
    count_member("failed_records", run->failed_records);
    text_member("error_code", run->error_code);
    text_member("error_message", run->error_message);
    text_member("etag", run->etag);
    line_own(&line, "}");
    print();
}

/* ---- For a person ---- */

static void words_or_dash(const char *words)
{
    append_foreign(words != NULL && words[0] != '\0' ? words : "-");
}

static void count_or_dash(int64_t count)
{
    if (count < 0) {
        line_own(&line, "-");
    } else {
        append_count(count);
    }
}

/* "1h02m": the second of the two always has two digits. */
static void append_pair(uint32_t large, const char *large_unit, uint32_t small, const char *unit)
{
    line_number(&line, large);
    line_own(&line, large_unit);
    line_own(&line, small < 10 ? "0" : "");
    line_number(&line, small);
    line_own(&line, unit);
}

/* From its start to its end, where both are known and make sense. */
static void append_duration(const struct reflow_run *run)
{
    const bool known = run->started_ms >= 0 && run->completed_ms >= run->started_ms;
    const int64_t whole = known ? (run->completed_ms - run->started_ms) / 1000 : 0;
    const uint32_t seconds = whole <= UINT32_MAX ? (uint32_t)whole : UINT32_MAX;

    if (!known) {
        line_own(&line, "-");
    } else if (seconds < 60) {
        line_number(&line, seconds);
        line_own(&line, "s");
    } else if (seconds < 3600) {
        append_pair(seconds / 60, "m", seconds % 60, "s");
    } else if (seconds < 86400) {
        append_pair(seconds / 3600, "h", seconds / 60 % 60, "m");
    } else {
        append_pair(seconds / 86400, "d", seconds / 3600 % 24, "h");
    }
}

static void append_records(const struct reflow_run *run)
{
    count_or_dash(run->input_records);
    line_own(&line, "/");
    count_or_dash(run->output_records);
    line_own(&line, "/");
    count_or_dash(run->failed_records);
}

/* Only a person has a terminal; what is piped on is all rows. */
static void print_header(void)
{
    static const struct {
        const char *name;
        size_t column;
    } columns[] = {{"STATUS", STATUS_COLUMN},
                   {"CREATED", CREATED_COLUMN},
                   {"DURATION", DURATION_COLUMN},
                   {"IN/OUT/FAILED", RECORDS_COLUMN},
                   {"FLOW", FLOW_COLUMN}};
    size_t i;

    if (headed || isatty(STDOUT_FILENO) == 0) {
        return;
    }
    headed = true;
    line_begin(&line);
    line_own(&line, "RUN");
    for (i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        line_column(&line, columns[i].column);
        line_own(&line, columns[i].name);
    }
    print();
}

/* "    -> CODE: message", with what there is of both. */
static void append_error(const struct reflow_run *run)
{
    if (run->error_code == NULL && run->error_message == NULL) {
        return;
    }
    line_own(&line, "\n    -> ");
    if (run->error_code != NULL) {
        append_foreign(run->error_code);
    }
    if (run->error_code != NULL && run->error_message != NULL) {
        line_own(&line, ": ");
    }
    if (run->error_message != NULL) {
        append_foreign(run->error_message);
    }
}

static void report_person(const struct reflow_run *run)
{
    print_header();
    line_begin(&line);
    append_foreign(run->id);
    line_column(&line, STATUS_COLUMN);
    words_or_dash(run->status);
    line_column(&line, CREATED_COLUMN);
    if (run->created_ms == REFLOW_TIME_UNKNOWN) {
        line_own(&line, "-");
    } else {
        append_time(run->created_ms);
    }
    line_column(&line, DURATION_COLUMN);
    append_duration(run);
    line_column(&line, RECORDS_COLUMN);
    append_records(run);
    line_column(&line, FLOW_COLUMN);
    words_or_dash(run->flow_id);
    append_error(run);
    print();
}

/* ---- The functions ---- */

void run_report(const struct options *options, const struct reflow_run *run)
{
    if (options->json) {
        report_json(run);
    } else {
        report_person(run);
    }
}

void run_report_id(const struct reflow_run *run)
{
    line_begin(&line);
    append_foreign(run->id);
    print();
}

void run_report_trouble(const struct options *options, const char *run_id,
                        const struct reflow_result *result)
{
    if (!options->json) {
        trouble_tell(run_id, result, NULL);
        return;
    }
    begin_object(run_id);
    text_member("error", reflow_error_name(result->error));
    count_member("http_status", result->http_status > 0 ? (int64_t)result->http_status : -1);
    text_member("detail", result->detail);
    line_own(&line, "}");
    print();
}
