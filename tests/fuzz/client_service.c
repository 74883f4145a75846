/* SPDX-License-Identifier: MIT */
/* client_world: the service behind the fake TLS, in the place of tests/unit/fake_service.c, and its
 * ledger. */
#include "client_world.h"

/* ---- What it says ---- */

/* Each part is a record of its own. */
static void say_part(void)
{
    size_t length;
    char end = 's';

    while (end == 's') {
        const char *part = script_part(&world.script, &length, &end);
        if (length > 0) {
            world.service.say(world.service.link, part, length);
        }
    }
    world.more = end == 'w';
    world.early = end == 'a';
    if (end == 'c') {
        world.service.end(world.service.link);
    } else if (end == 'e' || end == 'x') {
        fake_port_hang_up(&world.port, end == 'e' ? REFLOW_IO_END : REFLOW_IO_LOST);
    }
}

bool world_goes_on(void)
{
    const bool more = world.more;

    if (more) {
        say_part();
    }
    return more;
}

/* ---- What it hears ---- */

static size_t content_length(const char *request)
{
    const char *field = strstr(request, "\r\nContent-Length: ");

    return field != NULL ? strtoul(field + 18, NULL, 10) : 0;
}

/* What the service has said before it, whether it was read or not, is no answer to it. */
static void request_begins(void)
{
    const size_t unread = world.port.delivered - world.port.taken;

    assert_true(world.request_count < MOST_REQUESTS);
    world_settle();
    world.requests[world.request_count] = (struct request){.from = world.wire_length + unread};
    world.request_count++;
    world.requesting = true;
    if (world.early) {
        say_part();
    }
}

void fake_service_greet(struct fake_service *service)
{
    service->length = 0;
    world.requesting = false;
    world.more = false;
}

void fake_service_hear(struct fake_service *service, const void *bytes, size_t length)
{
    const char *content;

    if (!world.requesting) {
        request_begins();
    }
    assert_true(service->length + length < sizeof service->request);
    memcpy(service->request + service->length, bytes, length);
    service->length += length;
    service->request[service->length] = '\0';
    content = strstr(service->request, "\r\n\r\n");
    if (content != NULL && strlen(content + 4) >= content_length(service->request)) {
        assert_int_equal(strlen(content + 4), content_length(service->request));
        world_last_request()->whole = true;
        world.requesting = false;
        service->length = 0;
        say_part();
    }
}

/* ---- The ledger ---- */

/* The data in the whole records from `at` on; whether close_notify came behind them. */
static bool clear_text(size_t at, char *text, size_t *length)
{
    *length = 0;
    while (world.wire_length >= at + 3) {
        const unsigned char *record = world.wire + at;
        const size_t size = (size_t)record[1] << 8 | record[2];
        if (world.wire_length - at < 3 + size) {
            return false;
        }
        if (record[0] == 'C') {
            return true;
        }
        memcpy(text + *length, record + 3, size);
        *length += size;
        at += 3 + size;
    }
    return false;
}

struct request *world_last_request(void)
{
    return world.request_count > 0 ? &world.requests[world.request_count - 1] : NULL;
}

void world_settle(void)
{
    static char text[WIRE_SIZE];
    struct request *last = world_last_request();
    size_t length;
    bool closed;

    if (last == NULL || last->settled) {
        return;
    }
    closed = clear_text(last->from, text, &length);
    last->meaning = meaning_of(text, length, closed);
    last->settled = true;
}

void world_operation(void)
{
    world_settle();
    world.request_count = 0;
}

void world_begin(const uint8_t *data, size_t size)
{
    script_begin(&world.script, data, size);
    fake_port_init(&world.port);
    memset(&world.service, 0, offsetof(struct fake_service, request));
    world.service.length = 0;
    fake_tls_init(&world.port, &world.service);
    fake_tls.record = world.script.record;
    fake_tls.random = world.script.random;
    world.port.now = world.script.random % 3 == 0 ? UINT32_MAX - 1000 : 1000;
    world.request_count = world.wire_length = 0;
    world.requesting = world.early = world.more = false;
}
