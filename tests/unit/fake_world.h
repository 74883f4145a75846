/* SPDX-License-Identifier: MIT */
/* fake_world: a client with a fake port, a fake TLS and a fake service around it, a careful caller to
 * step it, and the one question after every operation: was it true? */
#ifndef FAKE_WORLD_H
#define FAKE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_port.h"
#include "fake_service.h"
#include "fake_tls.h"

#define THE_RUN "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
#define THE_NEW_RUN "11ba0402-8b12-4bd0-ba6e-1b2b0c8b9d5e"
#define SECRET "DO-NOT-TELL" /* the token is made of it */

struct fake_world {
    struct fake_port port;
    struct fake_service service;
    struct reflow_client client;
    struct reflow_config config;
    char token[(REFLOW_MAX_TOKEN < 1199 ? REFLOW_MAX_TOKEN : 1199) + 1];
    char trace[65536];
    size_t trace_length;

    /* Of the operation under way. */
    size_t commits;        /* times REFLOW_COMMIT was said */
    size_t sent_at_commit; /* bytes that the port had accepted then */
    bool refuses;          /* at REFLOW_COMMIT the caller abandons */
    size_t steps;
    size_t applied_before, connection_before, requests_before;

    /* Of all operations, all worlds. */
    size_t operations, lies, duplicates;
    size_t outcomes[4];
};

extern struct fake_world world;

/* A new world: sound, silent, one attempt. Changes to `config` are made before world_open(). */
void world_begin(void);
void world_open(void);

/* The usual answers, and one that carries out. */
const char *http(const char *status_and_fields, const char *content);
struct fake_answer carries_out(void);
struct fake_answer says(const char *text);

/* Begins an operation; steps it to the end, or until it waits. */
void world_start(void);
enum reflow_event world_step(void);
const struct reflow_result *world_drive(void);

/* Both of them, and whether it was true. */
const struct reflow_result *world_run(void);

/* Complete requests that the port has accepted in the present connection; whether the last byte
 * accepted ends one. */
size_t world_requests(bool *whole);

void assert_result(const struct reflow_result *result, enum reflow_outcome outcome,
                   enum reflow_error error);

/* Nowhere in the client's own bytes. */
void assert_no_secret(void);

/* Closes the client, prints the totals since the last call, and requires them to be clean. */
void world_close(void);
void world_totals(const char *what);

/* cmocka's: closes what a failed test left behind. */
int world_clean_up(void **state);

#endif
