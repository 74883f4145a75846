/* SPDX-License-Identifier: MIT */
/* retry: when to repeat. Facts in; a delay, or stop, out. Takes no clock and no random of its own.
 */
#ifndef REFLOW_RETRY_H
#define REFLOW_RETRY_H

#include "reflow.h"

/* What an answer's Retry-After said (RFC 9110 section 10.2.3). */
enum reflow_retry_after_kind { REFLOW_RETRY_NONE, REFLOW_RETRY_SECONDS, REFLOW_RETRY_DATE };

/* Reads a field value of `length` bytes: digits, or one of the three forms of HTTP-date. Anything
 * else (signs, fractions, an empty value) is REFLOW_RETRY_NONE. Huge numbers of seconds saturate.
 */
enum reflow_retry_after_kind reflow_retry_after(const char *value, size_t length, int64_t *seconds);

/* Reads an HTTP-date (RFC 9110 section 5.6.7): seconds since 1970. Two-digit years are taken as
 * 1970 to 2069; the weekday need not be the date's. Returns whether it was one; if not, `seconds` is
 * left alone. */
bool reflow_http_date(const char *value, size_t length, int64_t *seconds);

struct reflow_retry_facts {
    enum reflow_retry_after_kind kind;
    int64_t retry_after;   /* seconds, or a date */
    int64_t date;          /* the answer's own Date, or REFLOW_TIME_UNKNOWN */
    int64_t now;           /* the wall clock, or REFLOW_TIME_UNKNOWN; used only without `date` */
    uint32_t attempt;      /* attempts made so far, 1 or more */
    uint32_t attempts;     /* at most this many */
    uint32_t remaining_ms; /* until the deadline */
    uint32_t random;       /* any 32 bits */
};

#define REFLOW_RETRY_STOP UINT32_MAX

/* The delay in milliseconds before the next attempt, or REFLOW_RETRY_STOP when the attempts are
 * used up or the delay would not end before the deadline.
 *
 * Without Retry-After the delay is random between 0 and a ceiling that starts at
 * REFLOW_RETRY_BASE_MS and doubles with each attempt up to REFLOW_RETRY_CAP_MS (full jitter). With
 * it the delay is at least what the service asked for, plus a random part of up to the same
 * ceiling or an eighth of what was asked for, whichever is more but never beyond
 * REFLOW_RETRY_CAP_MS, so that a fleet that was told the same second does not come back in step.
 * A date is judged against the answer's own Date, so that this machine's clock does not matter; one
 * in the past asks for no delay. */
uint32_t reflow_retry_delay(const struct reflow_retry_facts *facts);

#endif
