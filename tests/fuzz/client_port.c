/* SPDX-License-Identifier: MIT */
/* client_world: the port: each call takes a letter, and does then as the scripted port of the unit
 * tests.
 *
 *   open     p pending   d no such name   r refused
 *   send     b would block   x lost   0-9 accepts 1, 2, 4 .. 512 bytes at the most
 *   recv     the same, and e has ended
 *
 * A step takes one before:
 *
 *   t u v    0.1, 5 or 60 seconds have passed   y 7 seconds pass in the middle of it
 *   f g      the handshake fails, or fails so that another is tried
 *   h i j    TLS finds the connection broken, ended, dead for sending; a digit tells after how many
 *            calls
 *   n        TLS cannot be started
 *   m o      TLS waits for readable, or for writable
 *   s        TLS has run out of memory   k the time of day is unknown
 *   z        the caller abandons; at REFLOW_COMMIT it refuses */
#include "client_world.h"

struct world world;

static size_t power_of(char digit)
{
    return digit >= '0' && digit <= '9' ? (size_t)1 << (digit - '0') : FAKE_NEVER;
}

static enum reflow_open scripted_open(void *context, const char *host, uint16_t port)
{
    struct fake_port *fake = context;

    fake->opens = REFLOW_OPEN_READY;
    fake->sent = 0; /* nobody looks at its record of what was sent */
    switch (script_letter(&world.script)) {
    case 'p':
        fake->pending = 1;
        break;
    case 'd':
        fake->opens = REFLOW_OPEN_DNS;
        break;
    case 'r':
        fake->opens = REFLOW_OPEN_FAILED;
        break;
    default:
        world.wire_length = 0;
        break;
    }
    return fake_port.open(context, host, port);
}

static int32_t scripted_send(void *context, const void *data, size_t length)
{
    struct fake_port *fake = context;
    const char letter = script_letter(&world.script);

    fake->most_sent = power_of(letter);
    if (letter == 'b') {
        fake->block_send_at = fake->sends;
    } else if (letter == 'x') {
        fake->lose_send_at = fake->sends;
    }
    return fake_port.send(context, data, length);
}

static int32_t scripted_recv(void *context, void *data, size_t length)
{
    struct fake_port *fake = context;
    const char letter = script_letter(&world.script);
    int32_t got;

    fake->most_received = power_of(letter);
    if (letter == 'b') {
        fake->block_recv_at = fake->recvs;
    } else if (letter == 'x') {
        fake->lose_recv_at = fake->recvs;
    } else if (letter == 'e') {
        fake->end_recv_at = fake->recvs;
    }
    got = fake_port.recv(context, data, length);
    if (got > 0) {
        assert_true(world.wire_length + (size_t)got <= WIRE_SIZE);
        memcpy(world.wire + world.wire_length, data, (size_t)got);
        world.wire_length += (size_t)got;
    }
    return got;
}

static void scripted_close(void *context)
{
    world_settle();
    fake_port.close(context);
}

static uint32_t scripted_now_ms(void *context)
{
    world.port.now += world.script.tick_ms;
    return fake_port.now_ms(context);
}

static int64_t scripted_unix_time(void *context)
{
    return fake_port.unix_time(context);
}

const struct reflow_port world_port = {
    scripted_open,   scripted_send,      scripted_recv, scripted_close,
    scripted_now_ms, scripted_unix_time, NULL,          NULL};

void world_wait(int event, uint32_t until)
{
    if (!world_goes_on()) {
        fake_port_wait(&world.port, event, until);
    }
}

static void break_tls(enum reflow_tls_status by, enum reflow_tls_fault fault)
{
    const char digit = by == REFLOW_TLS_LOST ? script_letter(&world.script) : '0';

    fake_tls.break_at = fake_tls.calls + (digit >= '0' && digit <= '9' ? (size_t)(digit - '0') : 0);
    fake_tls.break_by = by;
    fake_tls.fault = fault;
}

static void whim_of_tls(char letter, bool established)
{
    if (letter == 'f' && !established) {
        break_tls(REFLOW_TLS_FAILED, REFLOW_TLS_BROKEN);
    } else if (letter == 'g' && !established) {
        break_tls(REFLOW_TLS_AGAIN, REFLOW_TLS_BROKEN);
    } else if (letter == 'h') {
        break_tls(REFLOW_TLS_LOST, REFLOW_TLS_BROKEN);
    } else if (letter == 'i') {
        break_tls(REFLOW_TLS_LOST, REFLOW_TLS_ENDED);
    } else if (letter == 'j') {
        break_tls(REFLOW_TLS_LOST, REFLOW_TLS_SEND_DEAD);
    } else if (letter == 'm') {
        fake_tls.want_read_at = fake_tls.calls;
    } else if (letter == 'o') {
        fake_tls.want_write_at = fake_tls.calls;
    }
}

static void whim_of_time(char letter)
{
    static const char letters[] = "tuv";
    static const uint32_t passes[] = {100, 5000, 60000};
    const char *at = letter != '\0' ? strchr(letters, letter) : NULL;

    if (at != NULL) {
        world.port.now += passes[at - letters];
    } else if (letter == 'y') {
        world.port.jump_at = world.port.readings + 1;
        world.port.jump_by = 7000;
    } else if (letter == 'k') {
        world.port.wall = REFLOW_TIME_UNKNOWN;
    }
}

char world_whim(const struct reflow_client *client)
{
    const char letter = script_letter(&world.script);

    fake_tls.open_error = letter == 'n' ? REFLOW_ERR_OUT_OF_MEMORY : REFLOW_OK;
    whim_of_tls(letter, client->tls.established);
    whim_of_time(letter);
    return letter;
}
