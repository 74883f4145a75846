/* SPDX-License-Identifier: MIT */
/* ims: credentials in, a token out. */
#include "ims.h"

#include <string.h>

#include "http_request.h"
#include "json.h"
#include "slices.h"
#include "text.h"

#define MOST_LIFE_S 864000 /* ten days: what is more was meant in milliseconds */

/* ---- The request ---- */

static size_t percent_length(const char *string)
{
    size_t length = 0;

    for (; *string != '\0'; string++) {
        length += reflow_is_unreserved(*string) ? 1 : 3;
    }
    return length;
}

static const char client_id_is[] = "client_id=";
static const char secret_is[] = "&client_secret=";
static const char the_rest[] = "&grant_type=client_credentials&scope=";

static const char *scope_of(const struct reflow_ims *ims)
{
    return ims->scope != NULL ? ims->scope : REFLOW_DEFAULT_SCOPE;
}

static size_t content_length(const struct reflow_ims *ims)
{
    return sizeof client_id_is - 1 + percent_length(ims->client_id) + sizeof secret_is - 1 +
           percent_length(ims->client_secret) + sizeof the_rest - 1 + percent_length(scope_of(ims));
}

static void write_head(struct reflow_text *head, const struct reflow_url *url, size_t content)
{
    reflow_http_request_begin(head, "POST", url);
    reflow_http_request_host(head, url);
    reflow_http_request_field(head, "Content-Type", "application/x-www-form-urlencoded");
    reflow_text_string(head, "Content-Length: ");
    reflow_text_number(head, (uint32_t)content);
    reflow_text_string(head, "\r\n");
    reflow_http_request_field(head, "User-Agent", "reflow/" REFLOW_VERSION);
    reflow_http_request_field(head, "Accept", "application/json");
    reflow_http_request_field(head, "Accept-Encoding", "identity");
    reflow_http_request_end(head);
}

size_t reflow_ims_request(struct reflow_text *request, const struct reflow_url *url,
                          const struct reflow_ims *ims, size_t *secret_length)
{
    size_t secret_at;

    write_head(request, url, content_length(ims));
    reflow_text_string(request, client_id_is);
    reflow_text_percent(request, ims->client_id);
    reflow_text_string(request, secret_is);
    secret_at = request->length;
    reflow_text_percent(request, ims->client_secret);
    *secret_length = request->length - secret_at;
    reflow_text_string(request, the_rest);
    reflow_text_percent(request, scope_of(ims));
    return secret_at;
}

/* ---- The answer ---- */

enum { ACCESS_TOKEN, EXPIRES_IN };
enum { ERROR_CODE, DESCRIPTION };

const char *const reflow_ims_token_paths[REFLOW_IMS_TOKEN_PATHS] = {"access_token", "expires_in"};
const char *const reflow_ims_problem_paths[REFLOW_IMS_PROBLEM_PATHS] = {"error",
                                                                        "error_description"};

/* Exactly one value of a path: two tokens would leave open which is meant. */
static char *only(struct reflow_slices *slices, size_t wanted, size_t *length)
{
    size_t index = 0;
    size_t found_length;
    size_t path;
    char *found = NULL;
    char *slice;

    while ((slice = reflow_slices_get(slices, index, &found_length, &path)) != NULL) {
        if (path == wanted && found != NULL) {
            return NULL;
        }
        if (path == wanted) {
            found = slice;
            *length = found_length;
        }
        index++;
    }
    return found;
}

static bool read_life(struct reflow_slices *slices, uint32_t *life_s)
{
    size_t length = 0;
    int64_t number;
    const char *slice = only(slices, EXPIRES_IN, &length);

    if (slice == NULL || !reflow_json_integer(slice, length, &number) || number <= 0) {
        return false;
    }
    *life_s = number <= UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    if (*life_s > MOST_LIFE_S) {
        *life_s /= 1000;
    }
    if (*life_s > MOST_LIFE_S) {
        *life_s = MOST_LIFE_S;
    }
    return true;
}

enum reflow_error reflow_ims_token(struct reflow_slices *slices, struct reflow_ims *ims)
{
    size_t length = 0;
    uint32_t life_s;
    char *token = only(slices, ACCESS_TOKEN, &length);

    if (token == NULL || !read_life(slices, &life_s) || !reflow_json_string(token, length) ||
        !reflow_text_all(token, REFLOW_MAX_TOKEN, reflow_is_visible)) {
        return REFLOW_ERR_JSON_UNEXPECTED;
    }
    memcpy(ims->token, token, strlen(token) + 1);
    ims->life_s = life_s;
    ims->fetched_ms = ims->asked_ms; /* its life cannot have begun before it was asked for */
    return REFLOW_OK;
}

bool reflow_ims_problem(struct reflow_slices *slices, struct reflow_result *result)
{
    size_t length = 0;
    char *code = only(slices, ERROR_CODE, &length);

    if (code != NULL && reflow_json_string(code, length) && code[0] != '\0') {
        result->code = code;
    }
    code = only(slices, DESCRIPTION, &length);
    if (code != NULL && reflow_json_string(code, length) && code[0] != '\0') {
        result->detail = code;
    }
    return false;
}

bool reflow_ims_due(const struct reflow_ims *ims, uint32_t age_ms)
{
    const uint32_t margin =
        ims->life_s < 2 * REFLOW_TOKEN_MARGIN_S ? ims->life_s / 2 : REFLOW_TOKEN_MARGIN_S;

    return ims->token[0] == '\0' || age_ms / 1000 >= ims->life_s - margin;
}
