/* SPDX-License-Identifier: MIT */
/* lan9118: registers as in SMSC's data sheet of the LAN9118, sections 3.12 (transmit), 3.13 (receive)
 * and 5.3 (registers). */
#include "lan9118.h"

#include <string.h>

#include "lwip/etharp.h"

#define REGISTER(offset) (*(volatile uint32_t *)(0x40200000U + (offset)))

#define RX_DATA REGISTER(0x00)
#define TX_DATA REGISTER(0x20)
#define RX_STATUS REGISTER(0x40)
#define TX_STATUS REGISTER(0x48)
#define TX_CONFIG REGISTER(0x70)
#define HARDWARE_CONFIG REGISTER(0x74)
#define RX_INFORMATION REGISTER(0x7C)
#define TX_INFORMATION REGISTER(0x80)
#define MAC_COMMAND REGISTER(0xA4)
#define MAC_DATA REGISTER(0xA8)

#define SOFT_RESET 1U
#define STORE_AND_FORWARD (1U << 20)
#define TX_FIFO_5KB (5U << 16)
#define TX_ON 2U
#define RX_ERROR (1U << 15)
#define MAC_BUSY (1U << 31)
#define MAC_READ (1U << 30)
#define TX_FIRST (1U << 13)
#define TX_LAST (1U << 12)

enum mac_register { MAC_CONTROL = 1, MAC_ADDRESS_HIGH = 2, MAC_ADDRESS_LOW = 3 };
#define MAC_TX 8U
#define MAC_RX 4U

#define CRC_SIZE 4U
#define LONGEST_FRAME 1514U

static void mac_wait(void)
{
    while ((MAC_COMMAND & MAC_BUSY) != 0) {
    }
}

static uint32_t mac_read(enum mac_register number)
{
    MAC_COMMAND = MAC_BUSY | MAC_READ | (uint32_t)number;
    mac_wait();
    return MAC_DATA;
}

static void mac_write(enum mac_register number, uint32_t value)
{
    MAC_DATA = value;
    MAC_COMMAND = MAC_BUSY | (uint32_t)number;
    mac_wait();
}

/* ---- Sending --------------------------------------------------------------------------------- */

/* A word of the frame, across the buffers of the chain; `offset` is from its beginning. */
static uint32_t word_at(const struct pbuf *frame, uint16_t offset)
{
    uint32_t word = 0;

    (void)pbuf_copy_partial(frame, &word, sizeof word, offset);
    return word;
}

/* ERR_MEM when the FIFO has no room: the frame is lost, and whoever sent it will do so again. */
static err_t send_frame(struct netif *netif, struct pbuf *frame)
{
    const uint32_t length = frame->tot_len;

    (void)netif;
    while (((TX_INFORMATION >> 16) & 0xFFU) != 0) {
        (void)TX_STATUS; /* nobody asks how it went, but the FIFO of answers is finite */
    }
    if ((TX_INFORMATION & 0xFFFFU) < length + 2 * sizeof(uint32_t) + 3) {
        return ERR_MEM;
    }
    TX_DATA = TX_FIRST | TX_LAST | length;
    TX_DATA = length;
    for (uint16_t offset = 0; offset < length; offset = (uint16_t)(offset + 4)) {
        TX_DATA = word_at(frame, offset);
    }
    return ERR_OK;
}

/* ---- Receiving ------------------------------------------------------------------------------- */

/* Frames taken in one round. The others wait in the controller, whose FIFO is larger than lwIP's
 * pool of buffers, until the application has read what these have brought. */
#define FRAMES_A_ROUND 4

/* The four bytes of the CRC are always one word more. */
static void fill(struct pbuf *frame, uint16_t length)
{
    for (uint16_t offset = 0; offset < length; offset = (uint16_t)(offset + 4)) {
        const uint32_t word = RX_DATA;
        const uint16_t left = (uint16_t)(length - offset);

        (void)pbuf_take_at(frame, &word, left < 4 ? left : 4, offset);
    }
    (void)RX_DATA;
}

/* Word by word: after the controller's own "fast forward" QEMU's counts the FIFO as full for ever. */
static void discard(uint32_t size)
{
    for (uint32_t words = (size + 3) / 4; words > 0; words--) {
        (void)RX_DATA;
    }
}

/* Without memory for it a frame is thrown away, as on a busy line. */
static void receive(struct netif *netif, uint32_t status)
{
    const uint32_t size = (status >> 16) & 0x3FFFU;
    const uint16_t length = (uint16_t)(size > CRC_SIZE ? size - CRC_SIZE : 0);
    struct pbuf *frame = NULL;

    if ((status & RX_ERROR) == 0 && length > 0 && length <= LONGEST_FRAME) {
        frame = pbuf_alloc(PBUF_RAW, length, PBUF_POOL);
    }
    if (frame == NULL) {
        discard(size);
        return;
    }
    fill(frame, length);
    if (netif->input(frame, netif) != ERR_OK) {
        (void)pbuf_free(frame);
    }
}

bool lan9118_poll(struct netif *netif)
{
    int frames = 0;

    while (frames < FRAMES_A_ROUND && ((RX_INFORMATION >> 16) & 0xFFU) != 0) {
        receive(netif, RX_STATUS);
        frames++;
    }
    return frames > 0;
}

/* ---- Start ----------------------------------------------------------------------------------- */

err_t lan9118_init(struct netif *netif)
{
    uint32_t low;
    uint32_t high;

    HARDWARE_CONFIG = SOFT_RESET;
    while ((HARDWARE_CONFIG & SOFT_RESET) != 0) {
    }
    HARDWARE_CONFIG = STORE_AND_FORWARD | TX_FIFO_5KB;
    low = mac_read(MAC_ADDRESS_LOW);
    high = mac_read(MAC_ADDRESS_HIGH);
    mac_write(MAC_CONTROL, MAC_TX | MAC_RX);
    TX_CONFIG = TX_ON;

    memcpy(netif->hwaddr, &low, 4);
    memcpy(netif->hwaddr + 4, &high, 2);
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->mtu = 1500;
    netif->flags =
        NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    netif->output = etharp_output;
    netif->linkoutput = send_frame;
    return ERR_OK;
}
