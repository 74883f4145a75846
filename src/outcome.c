/* SPDX-License-Identifier: MIT */
/* outcome: from facts to an error, from an error to an outcome, an exit status, a repetition. */
#include "outcome.h"

/* One byte holds a row of the error table: both outcomes, repeat and exit. */
#define REFLOW_ROW(certain, otherwise, repeat, exit)                                               \
    ((uint8_t)((certain) | (otherwise) << 2 | (repeat) << 4 | (exit) << 5))

#define REFLOW_EXIT_UNKNOWN 5

static const uint8_t rows[REFLOW_ERROR_COUNT + 1] = {
    /* REFLOW_OK: a success of a request that was never committed, or one that also says "later",
     * contradicts itself, so nothing certain is left of it. */
    REFLOW_ROW(REFLOW_UNKNOWN, REFLOW_RETRIGGERED, 0, 0),
#define REFLOW_ERROR_ROW(id, name, certain, otherwise, repeat, exit, text, advice)                 \
    REFLOW_ROW(REFLOW_##certain, REFLOW_##otherwise, repeat, exit),
    REFLOW_ERRORS(REFLOW_ERROR_ROW)
#undef REFLOW_ERROR_ROW
    /* Any number that is none of ours. */
    REFLOW_ROW(REFLOW_UNKNOWN, REFLOW_UNKNOWN, 0, REFLOW_EXIT_UNKNOWN)};

static unsigned row_of(enum reflow_error error)
{
    const size_t index = (size_t)error;

    return rows[index < REFLOW_ERROR_COUNT ? index : REFLOW_ERROR_COUNT];
}

static enum reflow_outcome certain_of(unsigned row)
{
    return (enum reflow_outcome)(row & 3);
}

static enum reflow_outcome otherwise_of(unsigned row)
{
    return (enum reflow_outcome)(row >> 2 & 3);
}

/* The service has said that it acted, so whatever went wrong with reading must leave the run
 * unknown: an error that would call it refused or not applied is not believed. */
static enum reflow_error judge_success(enum reflow_error read)
{
    if (read == REFLOW_OK) {
        return REFLOW_OK;
    }
    if ((size_t)read >= REFLOW_ERROR_COUNT || otherwise_of(row_of(read)) != REFLOW_UNKNOWN) {
        return REFLOW_ERR_JSON_UNEXPECTED;
    }
    return read;
}

static enum reflow_error judge_client_error(unsigned status, bool *later)
{
    switch (status) {
    case 401:
        return REFLOW_ERR_UNAUTHORIZED;
    case 403:
        return REFLOW_ERR_FORBIDDEN;
    case 404:
        return REFLOW_ERR_NOT_FOUND;
    case 408: /* RFC 9110 section 15.5.9: the server gave up waiting for a complete request */
    case 425: /* RFC 8470 section 5.2: unwilling to process a request that might be replayed */
        *later = true;
        return REFLOW_ERR_UNAVAILABLE;
    case 429: /* RFC 6585 section 4 */
        *later = true;
        return REFLOW_ERR_RATE_LIMITED;
    default:
        return REFLOW_ERR_REJECTED;
    }
}

/* A bare 503 may come from a proxy that had passed the request on and lost the answer; only words
 * that a service chooses itself (Retry-After, the gateway's own code) show that nothing was done.
 */
static enum reflow_error judge_server_error(const struct reflow_facts *facts, bool *later)
{
    if (facts->status != 503) {
        return REFLOW_ERR_SERVER_ERROR;
    }
    *later = facts->retry_after || facts->gateway_later;
    return REFLOW_ERR_UNAVAILABLE;
}

enum reflow_error reflow_judge(const struct reflow_facts *facts, bool *later)
{
    *later = false;
    switch (facts->status / 100) {
    case 2:
        return judge_success(facts->read);
    case 3:
        return REFLOW_ERR_REDIRECTED;
    case 4:
        return judge_client_error(facts->status, later);
    case 5:
        return judge_server_error(facts, later);
    default: /* RFC 9110 section 15: an interim status ends nothing, and there are no others */
        return REFLOW_ERR_HTTP_MALFORMED;
    }
}

enum reflow_outcome reflow_outcome(enum reflow_error error, bool committed, bool later)
{
    const unsigned row = row_of(error);
    const bool certain = !committed || later;
    const enum reflow_outcome outcome = certain ? certain_of(row) : otherwise_of(row);

    /* Of all that could go wrong here, this would be the worst: whatever a row says, a request that
     * may have been acted on is not called safe to repeat. */
    return outcome == REFLOW_NOT_APPLIED && !certain ? REFLOW_UNKNOWN : outcome;
}

bool reflow_repeatable(enum reflow_outcome outcome, enum reflow_error error)
{
    return outcome == REFLOW_NOT_APPLIED && (row_of(error) >> 4 & 1) != 0;
}

/* An outcome that the error cannot have is as good as unknown. */
int reflow_exit_status(enum reflow_outcome outcome, enum reflow_error error)
{
    const unsigned row = row_of(error);

    if (outcome == REFLOW_UNKNOWN || (outcome != certain_of(row) && outcome != otherwise_of(row))) {
        return REFLOW_EXIT_UNKNOWN;
    }
    return (int)(row >> 5);
}
