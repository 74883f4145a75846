/* SPDX-License-Identifier: MIT */
/* trouble: the library's sentences are about re-triggering; where nothing was to be changed, other
 * words are true. */
#include "trouble.h"

#include <string.h>
#include <unistd.h>

#include "console.h"

static struct line line;

static const char *text_of(enum reflow_error error)
{
    switch (error) {
    case REFLOW_ERR_REJECTED:
        return "the service did not accept the request";
    case REFLOW_ERR_JSON_UNEXPECTED:
        return "the answer is JSON, but not what was asked for";
    default:
        return reflow_error_text(error);
    }
}

static const char *advice_of(enum reflow_error error)
{
    switch (error) {
    case REFLOW_ERR_REJECTED:
        return "read the service's words; check the run ID and the filters";
    case REFLOW_ERR_NOT_FOUND:
        return "check the run ID, the sandbox, the organization and --url";
    case REFLOW_ERR_UNAVAILABLE:
    case REFLOW_ERR_SERVER_ERROR:
    case REFLOW_ERR_HTTP_TRUNCATED:
    case REFLOW_ERR_TIMEOUT:
    case REFLOW_ERR_CONNECTION_LOST:
        return "repeat later; nothing was changed";
    case REFLOW_ERR_HTTP_MALFORMED:
    case REFLOW_ERR_HTTP_UNSUPPORTED:
    case REFLOW_ERR_JSON_MALFORMED:
    case REFLOW_ERR_JSON_UNEXPECTED:
        return "check what stands at --url; nothing was changed";
    case REFLOW_ERR_HTTP_TOO_LARGE:
    case REFLOW_ERR_JSON_TOO_LARGE:
        return "see reflow_config.h; nothing was changed";
    default:
        return reflow_error_advice(error);
    }
}

static void foreign(const char *before, const char *words, const char *after)
{
    if (words != NULL) {
        line_own(&line, before);
        line_foreign(&line, words, strlen(words));
        line_own(&line, after);
    }
}

void trouble_tell(const char *what, const struct reflow_result *result, const char *advice)
{
    line_begin(&line);
    foreign("reflow: ", what, ": ");
    line_own(&line, reflow_error_name(result->error));
    if (result->http_status != 0) {
        line_own(&line, " (HTTP ");
        line_number(&line, result->http_status);
        line_own(&line, ")");
    }
    foreign(", ", result->code, "");
    line_own(&line, ": ");
    foreign("", result->detail != NULL ? result->detail : text_of(result->error), "");
    foreign(" [request ", result->request_id, "]");
    line_own(&line, "\n    -> ");
    line_own(&line, advice != NULL ? advice : advice_of(result->error));
    (void)line_write(&line, STDERR_FILENO); /* there is nobody left to tell */
}
