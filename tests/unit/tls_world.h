/* SPDX-License-Identifier: MIT */
/* tls_world: a client with the true TLS session, between the fake port and OpenSSL. */
#ifndef TLS_WORLD_H
#define TLS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>

#include "openssl_peer.h"
#include "tls.h"

#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03000000
#define HAS_TLS13 true
#else
#define HAS_TLS13 false
#endif

#define THE_RUN "4fb0418e-1804-45d6-8d56-dd51f05c0baf"
#define SECRET "DO-NOT-TELL"

struct tls_world {
    struct fake_port port;
    struct fake_service service;
    struct openssl_options options; /* to be changed before tls_world_open() */
    bool der;                       /* the anchor is given in DER */
    struct openssl_peer peer;
    struct reflow_config config;
    struct reflow_client client;
    char protocol[64];
    size_t commits;
    bool is_open;
};

extern struct tls_world tls_world;

/* A sound world, with one attempt and a service that carries out what it hears. */
void tls_world_begin(void);
void tls_world_open(void);

/* The server alone, with new keys, and the client's anchors made to fit. */
void tls_world_serve(void);

/* Another client in place of the first, with the configuration as it is now, and the same server. */
void tls_world_reopen(void);

/* One run, from beginning to end; what must be true of any is checked. */
const struct reflow_result *tls_world_run(void);

void tls_world_close(void);
int tls_world_clean_up(void **state);

/* The whole of a test: whatever `options` are, the run ends in `error`, before its first byte. */
void tls_world_refuses(enum reflow_error error);
void tls_world_accepts(void);

#endif
