/* SPDX-License-Identifier: MIT */
/* cut_port: forks, the ways to end, and the bytes that come too late. */
#include "cut_port.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define CLIENT (1U << CUT_CLIENT)
#define SERVER (1U << CUT_SERVER)
#define TEXT (1U << CUT_TEXT)

#define LONGEST_S 20 /* of a child, in true seconds: it has no reason to take more than a few ms */
#define ENOUGH 100

/* Where a cut may be repaired by one more handshake, which takes as long as twenty other cuts, only
 * every so many-th pair of byte and ending is tried. Primes, so that each ending has its turn. */
#define SPARSE_HANDSHAKE 97
#define SPARSE_REQUEST 7

static const struct cut_ending endings[] = {
    {"RST", CLIENT | SERVER, CUT_LOST, REFLOW_IO_LOST, false, true},
    {"RST behind the last words", CLIENT, CUT_LOST, REFLOW_IO_LOST, false, false},
    {"RST once all was accepted", CLIENT, CUT_ONCE, REFLOW_IO_LOST, false, true},
    {"FIN", CLIENT | SERVER | TEXT, CUT_LATE, REFLOW_IO_END, false, false},
    {"FIN, then RST", CLIENT, CUT_LOST, REFLOW_IO_END, false, false},
    {"close_notify, FIN", CLIENT | SERVER | TEXT, CUT_LATE, REFLOW_IO_END, true, false},
    {"close_notify, FIN, then RST", CLIENT, CUT_LOST, REFLOW_IO_END, true, false},
    {"silence", CLIENT | SERVER, CUT_LATE, REFLOW_IO_WOULD_BLOCK, false, false},
    {"silence, nothing accepted until too late", CLIENT, CUT_STUCK, REFLOW_IO_WOULD_BLOCK, false,
     false},
};

/* ---- The parent: a child for each way to end ------------------------------------------------- */

void cut_tally_add(struct cut_tally *tally, int verdict)
{
    tally->cases++;
    tally->outcomes[verdict & 3]++;
    tally->lies += (verdict & CUT_LIE) != 0 ? 1 : 0;
    tally->duplicates += (verdict & CUT_DUPLICATE) != 0 ? 1 : 0;
}

static void await(const struct cut_port *port, const struct cut_ending *ending, pid_t child)
{
    struct cut_tally *tally = &port->tally[port->place];
    int status = 0;

    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
        (WEXITSTATUS(status) & ~0xf) == CUT_VERDICT) {
        cut_tally_add(tally, WEXITSTATUS(status));
        return;
    }
    tally->cases++;
    tally->crashes++;
    (void)fprintf(stderr, "crash: %s %zu, %s: status %x\n",
                  port->place == CUT_CLIENT ? "out" : "in", port->at, ending->name,
                  (unsigned)status);
}

static size_t step_of(const struct cut_port *port, const struct cut_ending *ending)
{
    if (port->thin == 0) {
        return 1;
    }
    if (!port->greeted) {
        return SPARSE_HANDSHAKE * port->thin;
    }
    if (port->place != CUT_CLIENT) {
        return 1;
    }
    return port->thin == 1 && ending->going == CUT_LOST ? SPARSE_REQUEST : port->thin;
}

/* A library that is so much in the wrong need not be cut any further in this place. */
static bool is_hopeless(const struct cut_tally *tally)
{
    return tally->lies + tally->duplicates + tally->crashes >= ENOUGH;
}

static bool applies(struct cut_port *port, const struct cut_ending *ending)
{
    if ((ending->places & 1U << port->place) == 0 || is_hopeless(&port->tally[port->place])) {
        return false;
    }
    if (ending->notify && !port->greeted && !SSL_is_init_finished(port->peer->ssl)) {
        return false;
    }
    return port->pairs++ % step_of(port, ending) == 0;
}

/* Returns true in each child, with port->ending set, and false in the parent. */
static bool branch(struct cut_port *port, enum cut_place place, size_t at)
{
    size_t i;

    port->place = place;
    port->at = at;
    for (i = 0; i < COUNT_OF(endings); i++) {
        pid_t child;
        if (!applies(port, &endings[i])) {
            continue;
        }
        child = fork();
        if (child == 0) {
            port->ending = &endings[i];
            port->cutting = false;
            port->when = port->base.now;
            (void)alarm(LONGEST_S);
            return true;
        }
        await(port, &endings[i], child);
    }
    return false;
}

/* ---- The child: how it ends ------------------------------------------------------------------ */

/* The connection at hand is the one that was cut. */
static bool is_cut(const struct cut_port *port)
{
    return port->ending != NULL && !port->over;
}

static void end_now(struct cut_port *port)
{
    struct fake_port *base = &port->base;

    if (port->ending->unread && port->place == CUT_CLIENT) {
        base->taken = base->delivered;
    }
    if (port->ending->notify && SSL_is_init_finished(port->peer->ssl)) {
        openssl_peer_end(port->peer);
    }
    fake_port_hang_up(base, port->ending->coming);
}

static int32_t keep_late(struct cut_port *port, const unsigned char *data, size_t length)
{
    struct cut_late *late = &port->late;

    if (late->length + length > sizeof late->bytes) {
        _exit(1); /* a crash: no client has so much to say */
    }
    memcpy(late->bytes + late->length, data, length);
    late->length += length;
    return (int32_t)length;
}

static int32_t send_behind(struct cut_port *port, const unsigned char *data, size_t length)
{
    switch (port->ending->going) {
    case CUT_LATE:
        return keep_late(port, data, length);
    case CUT_STUCK:
        return port->base.now == port->when ? REFLOW_IO_WOULD_BLOCK : keep_late(port, data, length);
    case CUT_ONCE:
    case CUT_LOST:
    default:
        return REFLOW_IO_LOST;
    }
}

/* Said is not received: the last byte has a place among all that the client is to receive. */
static void note_answer(struct cut_port *port)
{
    port->whole_at = port->base.received + port->base.delivered - port->base.taken;
}

bool cut_port_answered(const struct cut_port *port)
{
    return port->base.received >= port->whole_at;
}

static void say_early(struct cut_port *port)
{
    if (port->early != NULL && !port->said_early && SSL_is_init_finished(port->peer->ssl)) {
        port->said_early = true;
        openssl_peer_say(port->peer, port->early);
        note_answer(port);
    }
}

static int32_t send_sound(struct cut_port *port, const unsigned char *data, size_t length)
{
    const int32_t sent = length > 0 ? fake_port.send(&port->base, data, length) : 0;

    say_early(port);
    return sent;
}

/* The first `arriving` bytes of this call still reach the server. */
static int32_t send_cut(struct cut_port *port, const unsigned char *data, size_t length,
                        size_t arriving)
{
    const enum cut_going going = port->ending->going;

    (void)send_sound(port, data, arriving);
    end_now(port);
    if (going == CUT_LATE || going == CUT_ONCE) {
        (void)keep_late(port, data + arriving, length - arriving);
        return (int32_t)length;
    }
    return arriving > 0 ? (int32_t)arriving : send_behind(port, data, length);
}

/* ---- The port -------------------------------------------------------------------------------- */

static int32_t cut_send(void *context, const void *data, size_t length)
{
    struct cut_port *port = context;
    const size_t before = port->base.sent_here;
    size_t i;

    for (i = 0; port->cutting && i < length; i++) {
        if (branch(port, CUT_CLIENT, before + i)) {
            return send_cut(port, data, length, i);
        }
    }
    return is_cut(port) ? send_behind(port, data, length) : send_sound(port, data, length);
}

static int32_t cut_recv(void *context, void *data, size_t length)
{
    struct cut_port *port = context;
    struct fake_port *base = &port->base;
    const size_t there = base->delivered - base->taken;
    const size_t ready = there < length ? there : length;
    size_t i;

    for (i = 0; port->cutting && (i < ready || i == 0); i++) {
        if (branch(port, CUT_SERVER, base->received + i)) {
            base->delivered = base->taken + i;
            end_now(port);
            break;
        }
    }
    return fake_port.recv(base, data, length);
}

/* A new connection is sound. What belongs to the one that was cut is put aside. */
static void leave_behind(struct cut_port *port)
{
    struct fake_service *service = port->peer->service;
    struct cut_late *late = &port->late;

    if (is_cut(port)) {
        late->stashed = true;
        late->ssl = port->peer->ssl;
        late->heard_length = service->length;
        memcpy(late->heard, service->request, sizeof late->heard);
        port->peer->ssl = NULL;
        port->over = true;
    }
}

static enum reflow_open cut_open(void *context, const char *host, uint16_t number)
{
    struct cut_port *port = context;

    leave_behind(port);
    port->greeted = false;
    port->said_early = false;
    return fake_port.open(&port->base, host, number);
}

/* fake_port's own functions find `base` where the context points. */
static void cut_close(void *context)
{
    fake_port.close(context);
}

static uint32_t cut_now_ms(void *context)
{
    return fake_port.now_ms(context);
}

static int64_t cut_unix_time(void *context)
{
    return fake_port.unix_time(context);
}

static void cut_wait(void *context, int event, uint32_t timeout_ms)
{
    fake_port.wait(context, event, timeout_ms);
}

const struct reflow_port cut_port = {cut_open,   cut_send,      cut_recv, cut_close,
                                     cut_now_ms, cut_unix_time, cut_wait, NULL};

/* ---- The service's words --------------------------------------------------------------------- */

static void (*true_say)(void *link, const void *bytes, size_t length);
static void (*true_end)(void *link);
static struct cut_port *the_port;

static void cut_say(void *link, const void *bytes, size_t length)
{
    size_t i;

    the_port->cutting = the_port->cutting || the_port->from_answer;
    the_port->from_answer = false;
    for (i = 0; the_port->cutting && i <= length; i++) {
        if (branch(the_port, CUT_TEXT, i)) {
            if (i > 0) {
                true_say(link, bytes, i);
            }
            end_now(the_port);
            the_port->whole_at = i < length ? SIZE_MAX : 0;
        }
    }
    if (!is_cut(the_port)) {
        true_say(link, bytes, length);
        note_answer(the_port);
    }
}

static void cut_end(void *link)
{
    if (!is_cut(the_port)) {
        true_end(link);
        note_answer(the_port);
    }
}

void cut_port_init(struct cut_port *port, struct openssl_peer *peer, struct cut_tally *tally)
{
    port->peer = peer;
    port->tally = tally;
    the_port = port;
    true_say = peer->service->say;
    true_end = peer->service->end;
    peer->service->say = cut_say;
    peer->service->end = cut_end;
}

void cut_port_deliver_late(struct cut_port *port)
{
    struct fake_service *service = port->peer->service;
    struct cut_late *late = &port->late;

    port->over = false; /* mute again */
    if (late->stashed) {
        SSL_free(port->peer->ssl);
        port->peer->ssl = late->ssl;
        service->length = late->heard_length;
        memcpy(service->request, late->heard, sizeof late->heard);
    }
    if (late->length > 0) {
        port->base.on_sent(port->base.peer, late->bytes, late->length);
    }
}

bool cut_port_between_records(const struct cut_port *port)
{
    const unsigned char *wire = port->base.wire + port->base.sent - port->base.sent_here;
    size_t at = 0;

    while (at + 5 <= port->base.sent_here) {
        at += 5 + (size_t)(wire[at + 3] << 8 | wire[at + 4]);
    }
    return at == port->base.sent_here;
}
