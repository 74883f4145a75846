/* SPDX-License-Identifier: MIT */
/* flow: requests and answers in the Flow Service's own words. */
#include "flow.h"

#include <string.h>

#include "http_request.h"
#include "json.h"
#include "slices.h"
#include "text.h"

#define MOST_ID 128

static const char *or_default(const char *value, const char *standard)
{
    return value != NULL ? value : standard;
}

size_t reflow_flow_credentials(struct reflow_text *head, const struct reflow_flow_request *request)
{
    const struct reflow_config *config = request->config;
    size_t token_at;

    reflow_http_request_host(head, request->url);
    token_at = reflow_http_request_bearer(head, request->token);
    reflow_http_request_field(head, "x-api-key", config->api_key);
    reflow_http_request_field(head, "x-gw-ims-org-id", config->org_id);
    reflow_http_request_field(head, "x-sandbox-name",
                              or_default(config->sandbox, REFLOW_DEFAULT_SANDBOX));
    return token_at;
}

void reflow_flow_end(struct reflow_text *head)
{
    reflow_http_request_field(head, "User-Agent", "reflow/" REFLOW_VERSION);
    reflow_http_request_field(head, "Accept", "application/json");
    reflow_http_request_field(head, "Accept-Encoding", "identity");
    reflow_http_request_end(head);
}

size_t reflow_flow_retrigger(struct reflow_text *head, const struct reflow_flow_request *request)
{
    size_t token_at;

    reflow_http_request_begin(head, "POST", request->url);
    reflow_http_request_target(head, "/runs/");
    reflow_http_request_value(head, request->run_id);
    reflow_http_request_target(head, "/action?op=");
    reflow_http_request_value(head, or_default(request->config->op, REFLOW_DEFAULT_OP));
    token_at = reflow_flow_credentials(head, request);
    /* The tutorial sends a content type without any content, so that is what is sent. */
    reflow_http_request_field(head, "Content-Type", "application/json");
    reflow_http_request_field(head, "Content-Length", "0");
    reflow_flow_end(head);
    return token_at;
}

/* ---- A new run ---- */

enum { ID, ITEM_ID, ETAG, ETAG_CAMEL, ITEM_ETAG, ITEM_ETAG_CAMEL };

const char *const reflow_flow_new_run_paths[REFLOW_FLOW_NEW_RUN_PATHS] = {
    "id", "items[].id", "etag", "eTag", "items[].etag", "items[].eTag"};

/* An ID that could not be printed or sent again would be worth nothing. */
static bool is_id(const char *text)
{
    return reflow_text_all(text, MOST_ID, reflow_is_visible);
}

/* One run may be named twice (at the top and in items, or by a member that is repeated), but two
 * different ones leave open which is the new one. */
static bool take_id(struct reflow_result *result, char *slice, size_t length)
{
    if (!reflow_json_string(slice, length) || !is_id(slice)) {
        return false;
    }
    if (result->id == NULL) {
        result->id = slice;
    }
    return strcmp(result->id, slice) == 0;
}

enum reflow_error reflow_flow_new_run(struct reflow_slices *slices, struct reflow_result *result)
{
    size_t index = 0;
    size_t length;
    size_t path;
    char *slice;
    bool sound = true;

    result->id = NULL;
    result->etag = NULL;
    while ((slice = reflow_slices_get(slices, index, &length, &path)) != NULL) {
        if (path == ID || path == ITEM_ID) {
            sound = take_id(result, slice, length) && sound;
        } else if (result->etag == NULL && reflow_json_string(slice, length)) {
            result->etag = slice;
        }
        index++;
    }
    if (sound && result->id != NULL) {
        return REFLOW_OK;
    }
    result->id = NULL;
    result->etag = NULL;
    return REFLOW_ERR_JSON_UNEXPECTED;
}

/* ---- A problem ---- */

/* The first four, and TITLE, are for a person: the earlier, the better it explains. */
enum { DETAILED_MESSAGE, ERROR_MESSAGE, DETAIL, MESSAGE, TITLE, TYPE, ERROR_CODE, REQUEST_ID };

const char *const reflow_flow_problem_paths[REFLOW_FLOW_PROBLEM_PATHS] = {
    "report.detailed-message", "errorMessage", "detail", "message", "title", "type", "error_code",
    "report.request-id"};

/* The text of the first slice of `path` that has one: strings, and codes that came as numbers. */
static char *problem_text(struct reflow_slices *slices, size_t path)
{
    size_t index = 0;
    size_t length;
    size_t found;
    char *slice;

    while ((slice = reflow_slices_get(slices, index, &length, &found)) != NULL) {
        if (found == path && reflow_json_string(slice, length) && slice[0] != '\0') {
            return slice;
        }
        index++;
    }
    return NULL;
}

/* "ns.adobe.com/aep/errors/FLOW-1439-404", behind a scheme, is a code in a long coat. */
static const char *last_part(const char *type)
{
    const char *slash = strrchr(type, '/');

    return slash != NULL ? slash + 1 : type;
}

/* The gateway's code is a string; it has been seen as a number, which is kept as its digits. */
static const char *gateway_code(struct reflow_slices *slices)
{
    size_t index = 0;
    size_t length;
    size_t path;
    int64_t number;
    char *slice;

    while ((slice = reflow_slices_get(slices, index, &length, &path)) != NULL) {
        if (path == ERROR_CODE && reflow_json_integer(slice, length, &number)) {
            return reflow_slices_keep(slices, slice, length);
        }
        index++;
    }
    return problem_text(slices, ERROR_CODE);
}

bool reflow_flow_problem(struct reflow_slices *slices, struct reflow_result *result)
{
    const char *gateway = gateway_code(slices);
    const char *type = problem_text(slices, TYPE);
    const char *request_id = problem_text(slices, REQUEST_ID);
    size_t path;

    result->detail = NULL;
    for (path = DETAILED_MESSAGE; path <= TITLE && result->detail == NULL; path++) {
        result->detail = problem_text(slices, path);
    }
    result->code = type != NULL && last_part(type)[0] != '\0' ? last_part(type) : gateway;
    if (result->request_id == NULL) {
        result->request_id = request_id;
    }
    return gateway != NULL && (strcmp(gateway, "503000") == 0 || strcmp(gateway, "503010") == 0);
}
