/* SPDX-License-Identifier: MIT */
/* fake_service: the Flow Service in memory, with a ledger of what it carried out. It hears decrypted
 * bytes and answers by its script; how they travel is its caller's business. */
#ifndef FAKE_SERVICE_H
#define FAKE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "reflow.h"

#define FAKE_ANSWERS 8

struct fake_answer {
    const char *text; /* NULL: silence */
    bool applies;     /* the run is re-triggered before this is said */
    bool then_ends;   /* and then the connection is closed, in an orderly way */
};

struct fake_service {
    struct fake_answer answers[FAKE_ANSWERS]; /* to the first request, the second, ... */
    size_t scripted;
    const char *early; /* said when a request has only begun, which is then not carried out */

    void *link;
    void (*say)(void *link, const void *bytes, size_t length);
    void (*end)(void *link); /* close_notify and TCP's end */

    /* The ledger. */
    size_t heard;                             /* complete requests */
    size_t applied;                           /* of them: carried out */
    char request[16384 + REFLOW_BUFFER_SIZE]; /* the last one, as far as it came */
    size_t length;
    bool said_early;
};

/* No answers yet. */
void fake_service_init(struct fake_service *service);

/* The next answers: the last one is repeated. */
void fake_service_answers(struct fake_service *service, struct fake_answer answer);

/* A new connection; a request that was not complete is forgotten. */
void fake_service_greet(struct fake_service *service);

void fake_service_hear(struct fake_service *service, const void *bytes, size_t length);

#endif
