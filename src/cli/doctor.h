/* SPDX-License-Identifier: MIT */
/* doctor: what the rooms of `reflow doctor` share. Nobody else includes this.
 *
 *   doctor_command.c   which checks there are, in which order, and what each of them needs
 *   doctor_setup.c     what needs no network: configuration, trust anchors, clock
 *   doctor_network.c   name resolution and TCP, by the port alone
 *   doctor_client.c    a client for the next two, and what its trace shows
 *   doctor_tls.c       a handshake without a request
 *   doctor_call.c      the token, and one call that changes nothing
 *   doctor_report.c    findings in words */
#ifndef REFLOW_CLI_DOCTOR_H
#define REFLOW_CLI_DOCTOR_H

#include "options.h"

struct connection;

/* Words that are gathered for a line. What does not fit is cut and ends in "...". */
struct words {
    size_t length;
    bool cut;
    char text[2048];
};

void words_bytes(struct words *words, const char *text, size_t length);
void words_add(struct words *words, const char *text);
void words_number(struct words *words, uint32_t number);
void words_count(struct words *words, uint32_t number, const char *unit); /* "1 day", "3 days" */

enum finding_verdict { VERDICT_OK, VERDICT_FAILED, VERDICT_SKIPPED };

/* What came of one check. */
struct finding {
    enum finding_verdict verdict;
    int status;          /* of a failure: the exit status that it stands for */
    struct words detail; /* what was seen, or why nothing was looked at */
    struct words advice; /* what to do; empty: nothing */
};

/* Each adds its words and returns false, so that a check can end in it. */
bool finding_fails(struct finding *finding, int status, const char *detail, const char *advice);
bool finding_skips(struct finding *finding, const char *why);

/* Prints a finding on one line, and the advice on another. Returns whether that worked. */
bool finding_report(const struct finding *finding, const struct options *options,
                    const char *check);

/* What one check leaves for those after it. */
struct doctor {
    const struct options *options;
    struct finding finding; /* of the check under way: OK and without words when it begins */
    char host[254]; /* of the service, or of the proxy on the way; empty when it cannot be read */
    uint16_t port;
    bool proxied;
    const void *anchors;
    size_t anchors_size;
    struct words session;   /* protocol version and cipher suite of the last handshake */
    int64_t service_time;   /* that the last answer said it was, or REFLOW_TIME_UNKNOWN, */
    int64_t time_of_answer; /* and what it was here */
};

/* The checks, in their order. Each returns whether all is well with what it looked at, and says so in
 * doctor->finding. doctor_tcp() goes on with what doctor_dns() has begun. */
bool doctor_configuration(struct doctor *doctor);
bool doctor_anchors(struct doctor *doctor);
bool doctor_clock(struct doctor *doctor);
bool doctor_dns(struct doctor *doctor);
bool doctor_tcp(struct doctor *doctor);
bool doctor_tls(struct doctor *doctor);
bool doctor_token(struct doctor *doctor);
bool doctor_call(struct doctor *doctor);

/* Where a setting comes from: its variable, its option, or its default (NULL: there is none). */
const char *doctor_origin(const char *value, const char *variable, const char *option,
                          const char *standard);

/* Runs `begin`, and adds to `words` what it says on standard error, as one line and without the
 * tool's name: there are modules that explain themselves there. Returns what `begin` returns. */
int doctor_overhear(struct doctor *doctor, int (*begin)(struct doctor *doctor),
                    struct words *words);

/* Prepares a client that makes one attempt at each operation, and leaves in `doctor` what its trace
 * shows. `credentials` says who we are; what else there is to be configured is seen to. Returns
 * whether that could be; if not, the finding says why. Close it with connection_close(). */
bool doctor_client(struct doctor *doctor, struct connection *connection,
                   const struct reflow_config *credentials);

/* The last operation has failed: adds why to the finding, with the library's advice or, if that is
 * not NULL, this one. Returns false. */
bool doctor_explain(struct doctor *doctor, const struct connection *connection, const char *advice);

#endif
