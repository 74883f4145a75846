/* SPDX-License-Identifier: MIT */
/* loop_names: a name server in the same stack, by lwIP's raw interface. */
#include "loop_names.h"

#include <string.h>

#include "lwip/dns.h"
#include "lwip/udp.h"

#include "loop_peer.h"

#define DNS_PORT 53
#define HELD 8

struct query {
    struct pbuf *packet;
    ip_addr_t from;
    uint16_t port;
};

static struct udp_pcb *server;
static struct query held[HELD];
static unsigned held_count;
static unsigned asked;
static bool holding;

/* One address, a minute long (RFC 1035 section 4.1.3); the name is that of the question. */
static const uint8_t record[] = {0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1};

/* The question, whose last name is "test" or not, becomes the answer. */
static void answer(const struct query *query)
{
    uint8_t bytes[512];
    uint16_t length = pbuf_copy_partial(query->packet, bytes, sizeof bytes - sizeof record, 0);
    const bool known = memcmp(bytes + length - 4 - 6, "\4test", 6) == 0;
    struct pbuf *packet;

    bytes[2] = 0x81;
    bytes[3] = known ? 0x80 : 0x83; /* NXDOMAIN */
    bytes[7] = known;
    if (known) {
        memcpy(bytes + length, record, sizeof record);
        length = (uint16_t)(length + sizeof record);
    }
    packet = pbuf_alloc(PBUF_TRANSPORT, length, PBUF_RAM);
    if (packet != NULL && pbuf_take(packet, bytes, length) == ERR_OK) {
        (void)udp_sendto(server, packet, &query->from, query->port);
    }
    if (packet != NULL) {
        (void)pbuf_free(packet);
    }
}

static void on_query(void *argument, struct udp_pcb *pcb, struct pbuf *packet,
                     const ip_addr_t *from, uint16_t port)
{
    struct query query = {packet, *from, port};

    (void)argument;
    (void)pcb;
    asked++;
    if (holding && held_count < HELD) {
        held[held_count++] = query;
        return;
    }
    answer(&query);
    (void)pbuf_free(packet);
}

void loop_names_hold(bool hold)
{
    holding = hold;
    while (!hold && held_count > 0) {
        answer(&held[--held_count]);
        (void)pbuf_free(held[held_count].packet);
    }
}

unsigned loop_names_asked(void)
{
    return asked;
}

void loop_names_start(void)
{
    ip_addr_t here = IPADDR4_INIT_BYTES(127, 0, 0, 1);

    server = udp_new();
    (void)udp_bind(server, IP_ADDR_ANY, DNS_PORT);
    udp_recv(server, on_query, NULL);
    dns_setserver(0, &here);
}
