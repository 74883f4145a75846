/* SPDX-License-Identifier: MIT */
/* client_world: a client in a world that does as a script says: the port, the service behind it,
 * and the ledger of which requests came there whole, and what was answered as far as the client was
 * given it. */
#ifndef FUZZ_CLIENT_WORLD_H
#define FUZZ_CLIENT_WORLD_H

#include "fuzz.h"

#include "fake_port.h"
#include "fake_tls.h"
#include "script.h"

/* What an answer, as far as it was handed to the client, tells of the request. */
enum meaning {
    MEANS_NOTHING, /* not whole, not an answer, or one of 5xx: the service may have acted */
    MEANS_DONE,    /* 2xx: it has */
    MEANS_REFUSED, /* 3xx and 4xx: it has not, and will not */
    MEANS_LATER    /* 408, 425, 429, and a 503 that says so: it has not */
};

/* Looks at all that came after a request; `closed`: and then close_notify. Where it cannot tell it
 * is in favour of the client, so that whatever it finds is a lie. */
enum meaning meaning_of(const char *bytes, size_t length, bool closed);

#define MOST_REQUESTS 64
#define WIRE_SIZE 65536

struct request {
    bool whole; /* the port has accepted its last byte */
    bool settled;
    enum meaning meaning; /* once it is settled */
    size_t from;          /* where in the wire its answer may begin */
};

struct world {
    struct script script;
    struct fake_port port;
    struct fake_service service;

    /* Of the operation under way. */
    struct request requests[MOST_REQUESTS];
    size_t request_count;
    bool requesting; /* a request has begun to arrive */

    /* What the port has handed to the client in this connection. */
    unsigned char wire[WIRE_SIZE];
    size_t wire_length;

    bool early; /* the next part is said when a request begins */
    bool more;  /* the next part is said when the client has waited */
};

extern struct world world;
extern const struct reflow_port world_port;

/* A new world for this input, with the clock a second before its wrap when RANDOM is a multiple of
 * 3. */
void world_begin(const uint8_t *data, size_t size);

/* A letter of the script's, on behalf of the next step: what is to go wrong with TLS or with the
 * clock. Returns the letter. */
char world_whim(const struct reflow_client *client);

/* Whoever steps waits: the service goes on, if it had broken off, or time passes. */
bool world_goes_on(void);
void world_wait(int event, uint32_t until);

/* Of this operation; NULL: none has begun. */
struct request *world_last_request(void);

/* A new operation; and its end: every request is settled. */
void world_operation(void);
void world_settle(void);

#endif
