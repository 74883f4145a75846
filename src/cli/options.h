/* SPDX-License-Identifier: MIT */
/* options: what the operator asked for, from the command line and the environment. */
#ifndef REFLOW_CLI_OPTIONS_H
#define REFLOW_CLI_OPTIONS_H

#include "reflow.h"

#define MOST_PINS 8

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

    const char *url;
    const char *ca; /* NULL: the system's bundle */
    const char *api_key;
    const char *org;
    const char *sandbox;
    const char *token_file;
    const char *op;
    uint8_t pins[MOST_PINS][REFLOW_PIN_SIZE];
    size_t pin_count;
    uint32_t timeout_s;
    uint8_t attempts;
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
