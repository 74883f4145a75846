/* SPDX-License-Identifier: MIT */
/* run_state: what the service's words for the state of a run mean. */
#include "reflow.h"

#include "text.h"

#define MEANING(word, state)                                                                       \
    {                                                                                              \
        word, (uint8_t)(state)                                                                     \
    }

/* All that the documents and samples use, in lower case without "_". */
static const struct {
    const char *word;
    uint8_t state;
} meanings[] = {
    MEANING("success", REFLOW_RUN_SUCCEEDED),      MEANING("succeeded", REFLOW_RUN_SUCCEEDED),
    MEANING("completed", REFLOW_RUN_SUCCEEDED),    MEANING("failed", REFLOW_RUN_FAILED),
    MEANING("failure", REFLOW_RUN_FAILED),         MEANING("partialsuccess", REFLOW_RUN_PARTIAL),
    MEANING("partialfailure", REFLOW_RUN_PARTIAL), MEANING("inprogress", REFLOW_RUN_RUNNING),
    MEANING("processing", REFLOW_RUN_RUNNING),     MEANING("running", REFLOW_RUN_RUNNING),
    MEANING("started", REFLOW_RUN_RUNNING),        MEANING("scheduled", REFLOW_RUN_SCHEDULED),
    MEANING("queued", REFLOW_RUN_SCHEDULED),       MEANING("pending", REFLOW_RUN_SCHEDULED)};

/* `word` may be spelt in any case and with "_" anywhere. */
static bool is_same(const char *word, const char *plain)
{
    for (; *word != '\0'; word++) {
        if (*word == '_') {
            continue;
        }
        if (reflow_lower(*word) != *plain) {
            return false;
        }
        plain++;
    }
    return *plain == '\0';
}

enum reflow_run_state reflow_run_state_of(const char *status)
{
    size_t i;

    for (i = 0; status != NULL && i < sizeof meanings / sizeof meanings[0]; i++) {
        if (is_same(status, meanings[i].word)) {
            return (enum reflow_run_state)meanings[i].state;
        }
    }
    return REFLOW_RUN_OTHER;
}

bool reflow_run_ended(const struct reflow_run *run)
{
    switch (run->state) {
    case REFLOW_RUN_SUCCEEDED:
    case REFLOW_RUN_PARTIAL:
    case REFLOW_RUN_FAILED:
        return true;
    case REFLOW_RUN_SCHEDULED:
    case REFLOW_RUN_RUNNING:
        return false;
    default: /* REFLOW_RUN_OTHER */
        return run->completed_ms != REFLOW_TIME_UNKNOWN;
    }
}
