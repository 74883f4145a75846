/* SPDX-License-Identifier: MIT */
/* cut_scenarios: every framing of an answer, every outcome, repetitions on the same connection and
 * on another one, and services that speak too soon. */
#include "cut_scenarios.h"

#define ID "{\"id\":\"" CUT_NEW_RUN "\""
#define NEW_RUN ID ",\"etag\":\"\\\"1100c53e\\\"\"}"
#define OK "HTTP/1.1 200 OK\r\n"
#define YES OK "Content-Length: 67\r\n\r\n" NEW_RUN
#define CHUNKS                                                                                     \
    "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"                                   \
    "7;a=\"b\"\r\n{\"id\":\"\r\n24\r\n" CUT_NEW_RUN "\r\n2\r\n\"}\r\n0\r\nX-Trailer: 1\r\n\r\n"
#define INTERIM "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
#define TOO_MANY(more) "HTTP/1.1 429 Too Many Requests\r\n" more "Content-Length: 2\r\n\r\n{}"
#define AWAY(more) "HTTP/1.1 503 Away\r\n" more "Content-Length: 0\r\n\r\n"
#define CLOSE "Connection: close\r\n"
#define LATER "Retry-After: 1\r\n"
#define NO "HTTP/1.1 400 No\r\nContent-Length: 30\r\n\r\n{\"detail\":\"it is not enabled\"}"
#define FORBIDDEN "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n" CLOSE "\r\n"
#define OUCH "HTTP/1.1 500 Ouch\r\n\r\n<html>"

/* Columns: answer, applies, ends, then, early. */
const struct cut_scenario cut_scenarios[] = {
    {"carried out", CUT_FROM_START, REFLOW_RETRIGGERED, YES, true, false, NULL, NULL},
    {"carried out, repeating", CUT_FROM_COMMIT, REFLOW_RETRIGGERED, YES, true, false, NULL, NULL},
    {"a second run", CUT_SECOND_RUN, REFLOW_RETRIGGERED, YES, true, false, NULL, NULL},
    {"a second run, behind an answer that was not asked for", CUT_SECOND_RUN, REFLOW_REFUSED, NO,
     false, false, NULL, YES},
    {"in chunks", CUT_FROM_ANSWER, REFLOW_RETRIGGERED, CHUNKS, true, false, NULL, NULL},
    {"until the end", CUT_FROM_ANSWER, REFLOW_RETRIGGERED, OK "\r\n" NEW_RUN, true, true, NULL,
     NULL},
    {"interim first", CUT_FROM_ANSWER, REFLOW_RETRIGGERED, INTERIM YES, true, false, NULL, NULL},
    {"429, then yes", CUT_FROM_ANSWER, REFLOW_RETRIGGERED, TOO_MANY(""), false, false, YES, NULL},
    {"429, then yes in a new connection", CUT_FROM_ANSWER, REFLOW_RETRIGGERED, TOO_MANY(CLOSE),
     false, true, YES, NULL},
    {"503 with Retry-After, then yes", CUT_FROM_ANSWER, REFLOW_RETRIGGERED, AWAY(LATER), false,
     false, YES, NULL},
    {"503 of a proxy that had passed it on", CUT_FROM_ANSWER, REFLOW_UNKNOWN, AWAY(""), true, false,
     NULL, NULL},
    {"500, carried out", CUT_FROM_ANSWER, REFLOW_UNKNOWN, OUCH, true, true, NULL, NULL},
    {"refused", CUT_FROM_ANSWER, REFLOW_REFUSED, NO, false, false, NULL, NULL},
    {"refused too soon", CUT_FROM_COMMIT, REFLOW_REFUSED, NULL, false, false, NULL, FORBIDDEN},
    {"429 too soon", CUT_FROM_COMMIT, REFLOW_NOT_APPLIED, NULL, false, false, NULL,
     TOO_MANY(CLOSE)},
    /* It is as good as its word, once it has heard what it already said yes to. */
    {"yes too soon", CUT_FROM_COMMIT, REFLOW_RETRIGGERED, NULL, true, false, NULL, YES},
};

const size_t cut_scenario_count = sizeof cut_scenarios / sizeof cut_scenarios[0];
