/* SPDX-License-Identifier: MIT */
/* fake_service: hears requests, keeps the ledger, answers. */
#include "fake_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void fake_service_init(struct fake_service *service)
{
    memset(service, 0, sizeof *service);
}

void fake_service_answers(struct fake_service *service, struct fake_answer answer)
{
    size_t i;

    assert_true(service->scripted < FAKE_ANSWERS);
    for (i = service->scripted; i < FAKE_ANSWERS; i++) {
        service->answers[i] = answer;
    }
    service->scripted++;
}

void fake_service_greet(struct fake_service *service)
{
    service->length = 0;
    service->said_early = false;
}

static void say(struct fake_service *service, const char *text)
{
    if (text != NULL) {
        service->say(service->link, text, strlen(text));
    }
}

static void answer(struct fake_service *service)
{
    const size_t last = FAKE_ANSWERS - 1;
    const struct fake_answer *next =
        &service->answers[service->heard < last ? service->heard : last];

    service->heard++;
    if (service->said_early) {
        return;
    }
    if (next->applies) {
        service->applied++;
    }
    say(service, next->text);
    if (next->then_ends) {
        service->end(service->link);
    }
}

/* What the head says of its content: none, where it says nothing. */
static size_t content_length(const char *request)
{
    const char *field = strstr(request, "\r\nContent-Length: ");

    return field != NULL ? strtoul(field + 18, NULL, 10) : 0;
}

void fake_service_hear(struct fake_service *service, const void *bytes, size_t length)
{
    const char *content;

    assert_true(service->length + length < sizeof service->request);
    memcpy(service->request + service->length, bytes, length);
    service->length += length;
    service->request[service->length] = '\0';
    if (service->early != NULL && !service->said_early) {
        service->said_early = true;
        say(service, service->early);
    }
    content = strstr(service->request, "\r\n\r\n");
    if (content != NULL && strlen(content + 4) >= content_length(service->request)) {
        /* No request follows unasked. */
        assert_int_equal(strlen(content + 4), content_length(service->request));
        service->length = 0;
        answer(service);
    }
}
