/* SPDX-License-Identifier: MIT */
/* runs: requests for runs, and runs out of answers. */
#include "runs.h"

#include <string.h>

#include "http_request.h"
#include "json.h"
#include "slices.h"
#include "text.h"

#define MOST_ID 128
#define MOST_PAGES 100000 /* links that lead in a circle must come to an end */
#define PAGE_SIZE 100     /* the most that the service gives */

/* ---- Requests ---- */

static size_t end_request(struct reflow_text *head, const struct reflow_flow_request *request)
{
    const size_t token_at = reflow_flow_credentials(head, request);

    reflow_flow_end(head);
    return token_at;
}

size_t reflow_runs_show(struct reflow_text *head, const struct reflow_flow_request *request)
{
    reflow_http_request_begin(head, "GET", request->url);
    reflow_http_request_target(head, "/runs/");
    reflow_http_request_value(head, request->run_id);
    return end_request(head, request);
}

static void filter(struct reflow_text *head, const char *property, const char *value)
{
    if (value != NULL) {
        reflow_http_request_target(head, "&property=");
        reflow_http_request_value(head, property);
        reflow_http_request_value(head, "==");
        reflow_http_request_value(head, value);
    }
}

/* The service filters by the time at which a run was started, which one that never started has not.
 * So the time of creation is looked at here, where nothing can be missed. */
size_t reflow_runs_list(struct reflow_text *head, const struct reflow_flow_request *request,
                        const struct reflow_runs *runs)
{
    /* A page that is asked for again begins with what has been told of it. */
    const uint32_t left = runs->limit - (runs->told - runs->of_page);

    reflow_http_request_begin(head, "GET", request->url);
    reflow_http_request_target(head, "/runs?limit=");
    reflow_text_number(head, runs->limit > 0 && left < PAGE_SIZE ? left : PAGE_SIZE);
    reflow_http_request_target(head, "&orderby=-createdAt");
    filter(head, "flowId", runs->flow_id);
    filter(head, "metrics.statusSummary.status", runs->status);
    if (runs->next[0] != '\0') {
        reflow_http_request_target(head, "&continuationToken=");
        reflow_http_request_target(head, runs->next); /* as encoded as it came */
    }
    return end_request(head, request);
}

/* ---- A run ---- */

enum {
    ID,
    FLOW_ID,
    CREATED,
    ETAG,
    ETAG_CAMEL,
    STARTED,
    COMPLETED,
    STATUS,
    ERROR_CODE,
    ERROR_MESSAGE,
    INPUT,
    OUTPUT,
    FAILED,
    ITEM,
    NEXT
};

#define MEMBERS(in)                                                                                \
    in "id", in "flowId", in "createdAt", in "etag", in "eTag",                                    \
        in "metrics.durationSummary.startedAtUTC", in "metrics.durationSummary.completedAtUTC",    \
        in "metrics.statusSummary.status", in "metrics.statusSummary.errors[].code",               \
        in "metrics.statusSummary.errors[].message", in "metrics.recordSummary.inputRecordCount",  \
        in "metrics.recordSummary.outputRecordCount", in "metrics.recordSummary.failedRecordCount"

const char *const reflow_runs_paths[2 * REFLOW_RUN_MEMBERS + 2] = {MEMBERS(""), MEMBERS("items[]."),
                                                                   "items[]", "_links.next.href"};

static void take_text(struct reflow_run *run, size_t member, char *slice, size_t length)
{
    const char **text[REFLOW_RUN_MEMBERS] = {[ID] = &run->id,
                                             [FLOW_ID] = &run->flow_id,
                                             [ETAG] = &run->etag,
                                             [ETAG_CAMEL] = &run->etag,
                                             [ERROR_CODE] = &run->error_code,
                                             [STATUS] = &run->status,
                                             [ERROR_MESSAGE] = &run->error_message};

    if (text[member] != NULL && *text[member] == NULL && reflow_json_string(slice, length)) {
        *text[member] = slice;
    }
}

static void take_number(struct reflow_run *run, size_t member, const char *slice, size_t length)
{
    int64_t *number[REFLOW_RUN_MEMBERS] = {
        [CREATED] = &run->created_ms,    [STARTED] = &run->started_ms,
        [INPUT] = &run->input_records,   [COMPLETED] = &run->completed_ms,
        [FAILED] = &run->failed_records, [OUTPUT] = &run->output_records};

    if (number[member] != NULL) {
        (void)reflow_json_integer(slice, length, number[member]);
    }
}

bool reflow_run_take(struct reflow_run *run, struct reflow_slices *slices, size_t first)
{
    static const struct reflow_run nothing = {.created_ms = REFLOW_TIME_UNKNOWN,
                                              .started_ms = REFLOW_TIME_UNKNOWN,
                                              .completed_ms = REFLOW_TIME_UNKNOWN,
                                              .input_records = -1,
                                              .output_records = -1,
                                              .failed_records = -1};
    size_t index = 0;
    size_t length;
    size_t path;
    char *slice;

    *run = nothing;
    while ((slice = reflow_slices_get(slices, index, &length, &path)) != NULL) {
        if (path >= first && path - first < REFLOW_RUN_MEMBERS) {
            take_number(run, path - first, slice, length);
            take_text(run, path - first, slice, length);
        }
        index++;
    }
    run->state = reflow_run_state_of(run->status);
    return run->id != NULL && reflow_text_all(run->id, MOST_ID, reflow_is_visible);
}

/* ---- A list ---- */

/* The list's order tells when all that is new enough has been seen. Where the service does not keep
 * to the order that was asked for, the list is read to its end. */
static void note_time(struct reflow_runs *runs, const struct reflow_run *run)
{
    if (run->created_ms == REFLOW_TIME_UNKNOWN) {
        return;
    }
    runs->unordered = runs->unordered || run->created_ms > runs->previous_ms;
    runs->previous_ms = run->created_ms;
    runs->old = run->created_ms < runs->since_ms;
}

static bool is_same(const char *text, const char *wanted)
{
    return text != NULL && strcmp(text, wanted) == 0;
}

/* Of the statuses that have no state of their own, each stands for itself. */
static bool has_status(const struct reflow_run *run, const char *status)
{
    return run->state == reflow_run_state_of(status) &&
           (run->state != REFLOW_RUN_OTHER || is_same(run->status, status));
}

static bool is_wanted(const struct reflow_runs *runs, const struct reflow_run *run)
{
    if (runs->flow_id != NULL && !is_same(run->flow_id, runs->flow_id)) {
        return false;
    }
    if (runs->status != NULL && !has_status(run, runs->status)) {
        return false;
    }
    return run->created_ms == REFLOW_TIME_UNKNOWN || run->created_ms >= runs->since_ms;
}

static bool is_limit_reached(const struct reflow_runs *runs)
{
    return runs->limit > 0 && runs->told == runs->limit;
}

/* When a page is asked for again, what came before the last run told has been told as well. */
static bool is_told(struct reflow_runs *runs, const struct reflow_run *run)
{
    if (!runs->skipping) {
        return is_limit_reached(runs);
    }
    runs->skipping = strcmp(run->id, runs->last) != 0;
    return true;
}

void reflow_runs_take(struct reflow_runs *runs, struct reflow_slices *slices)
{
    struct reflow_run run;

    if (!reflow_run_take(&run, slices, 0)) {
        runs->error = REFLOW_ERR_JSON_UNEXPECTED;
        return;
    }
    note_time(runs, &run);
    /* In this order: the last run told may not be wanted any more. */
    if (!is_told(runs, &run) && is_wanted(runs, &run)) {
        runs->told++;
        runs->of_page++;
        memcpy(runs->last, run.id, strlen(run.id) + 1);
        runs->on_run(runs->context, &run);
    }
}

void reflow_runs_begin_page(struct reflow_runs *runs)
{
    if (!runs->begun) {
        runs->begun = true;
        runs->before_ms = INT64_MAX;
    }
    runs->skipping = runs->skipping || runs->of_page > 0;
    runs->previous_ms = runs->before_ms;
    runs->old = false;
    runs->error = REFLOW_OK;
}

/* The part of a link that leads on: what stands behind "continuationToken=" in its query. */
static const char *continuation_in(const char *link, size_t *length)
{
    static const char name[] = "continuationToken=";
    const char *at = strchr(link, '?');

    while (at != NULL) {
        at++;
        if (strncmp(at, name, sizeof name - 1) == 0) {
            at += sizeof name - 1;
            *length = 0;
            while (at[*length] != '\0' && at[*length] != '&' && at[*length] != '#') {
                ++*length;
            }
            return at;
        }
        at = strchr(at, '&');
    }
    return NULL;
}

/* Only what can be sent again as it stands, and leads further than where we are. */
static enum reflow_error follow(struct reflow_runs *runs, const char *link)
{
    size_t length = 0;
    size_t i;
    const char *next = continuation_in(link, &length);

    if (length > REFLOW_MAX_CONTINUATION) {
        return REFLOW_ERR_JSON_TOO_LARGE;
    }
    for (i = 0; i < length && reflow_is_visible(next[i]); i++) {
    }
    if (length == 0 || i < length ||
        (strncmp(runs->next, next, length) == 0 && runs->next[length] == '\0')) {
        return REFLOW_ERR_JSON_UNEXPECTED;
    }
    memcpy(runs->next, next, length);
    runs->next[length] = '\0';
    runs->of_page = 0;
    runs->before_ms = runs->previous_ms;
    return REFLOW_OK;
}

/* NULL when there is none: no such member, null, or an empty string. What is no string leads
 * nowhere, which is not the same. At the end of a page nothing else is kept: what a run said is
 * forgotten with it, and of several links the first counts. */
static const char *link_in(struct reflow_slices *slices)
{
    size_t length;
    size_t path;
    char *slice = reflow_slices_get(slices, 0, &length, &path);

    if (slice == NULL || slice[0] == 'n') {
        return NULL;
    }
    if (!reflow_json_string(slice, length)) {
        return "";
    }
    return slice[0] != '\0' ? slice : NULL;
}

static enum reflow_error turn_page(struct reflow_runs *runs, const char *link)
{
    runs->pages++;
    if (runs->pages == MOST_PAGES) {
        return REFLOW_ERR_JSON_TOO_LARGE;
    }
    return link != NULL ? follow(runs, link) : REFLOW_ERR_JSON_UNEXPECTED;
}

/* A list that cannot be followed to its end must not pass for a whole one. */
enum reflow_error reflow_runs_end_page(struct reflow_runs *runs, struct reflow_slices *slices)
{
    const char *link = link_in(slices);
    const bool enough =
        is_limit_reached(runs) || (runs->old && !runs->unordered && !runs->skipping);

    if (runs->error != REFLOW_OK) {
        return (enum reflow_error)runs->error;
    }
    if (reflow_slices_left_out(slices, NEXT) && !enough) {
        return REFLOW_ERR_JSON_TOO_LARGE;
    }
    if (enough || (link == NULL && !runs->skipping)) {
        runs->ended = true;
        return REFLOW_OK;
    }
    return turn_page(runs, link);
}
