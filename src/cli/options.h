/* SPDX-License-Identifier: MIT */
/* options: what the operator asked for, from the command line and the environment. */
#ifndef REFLOW_CLI_OPTIONS_H
#define REFLOW_CLI_OPTIONS_H

#include "reflow.h"
#include "shard.h"

#define MOST_PINS 8
#define MOST_JOBS 64
#define MOST_ROUNDS 100

/* Exit statuses of the whole command. */
enum {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1,
    EXIT_USAGE = 2,
    EXIT_UNAUTHORIZED = 3,
    EXIT_NOT_APPLIED = 4,
    EXIT_UNKNOWN = 5,
    EXIT_STORAGE = 6
};

struct options {
    const char *command; /* NULL: none was given */
    char **operands;     /* what stands behind it */
    size_t operand_count;

    /* The service, and who we are there. */
    const char *url;
    const char *ca; /* NULL: the system's bundle */
    const char *api_key;
    const char *org;
    const char *sandbox;
    const char *op;
    const char *proxy;    /* NULL, or empty: none */
    const char *no_proxy; /* where it is not used; NULL: everywhere */
    uint8_t pins[MOST_PINS][REFLOW_PIN_SIZE];
    size_t pin_count;

    /* The token: a file with one, or what one is fetched with. */
    const char *token_file;
    const char *ims_url;
    const char *client_id;
    const char *secret_file;
    const char *scope;

    /* Which runs. */
    const char *flow;
    const char *status;
    bool since_given;
    int64_t since;  /* seconds since 1970 */
    uint32_t limit; /* 0: none */
    struct shard shard;

    /* How they are re-triggered, and what is remembered of it. */
    uint32_t timeout_s;
    bool timeout_given;
    uint8_t attempts;
    uint32_t jobs;
    const char *journal;
    const char *as;
    uint32_t rounds;
    bool failed;
    bool dry_run;
    bool repeat_unknown;
    bool repeat_refused;

    /* How their ends are waited for. */
    bool wait;
    uint32_t wait_timeout_s; /* 0: not given */
    uint32_t poll_s;

    bool json;
    bool verbose;
    bool quiet;
    bool help;
    bool version;
};

/* Reads both; the command line wins. Returns whether it could be understood; if not, standard error
 * says what was wrong. */
bool options_read(struct options *options, int argc, char **argv);

#endif
