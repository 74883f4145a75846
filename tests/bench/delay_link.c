/* SPDX-License-Identifier: MIT */
/* delay_link: joins two network namespaces by a TUN device in each, and passes every packet on after
 * a fixed one-way delay.   delay_link MICROSECONDS NEAR FAR [CAPTURE]   (NEAR as /proc/PID/ns/net)
 *
 * Near has the address 10.77.0.1, far 10.77.0.2. Says "ready", works until its standard input ends,
 * then says what has passed. CAPTURE is a file for all packets in pcap's format, each at the moment
 * when the near side sends or receives it. The devices go with the process, however it ends. Needs
 * root.
 *
 * Ends with 77 where the machine has no TUN device or does not let us have it, 2 for a wrong call,
 * 1 for anything else. */
#define _GNU_SOURCE /* NOLINT: setns, ppoll */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define UNAVAILABLE 77
#define MTU 1500
/* On the way at once, each direction: at 25 ms, 4.9 Gbit/s of full packets. Beyond, packets wait in
 * the device's own queue. */
#define ON_THE_WAY 10240
#define SECOND INT64_C(1000000000)
/* The kernel wakes a sleeper this much late; the rest of the time is spent looking at the clock. */
#define WAKING INT64_C(150000)

struct packet {
    int64_t due;
    size_t length;
    unsigned char bytes[MTU];
};

/* One direction. The delay is the same for all, so who came first leaves first. */
struct lane {
    int from;
    int to;
    size_t first;
    size_t count;
    unsigned long packets;
    unsigned long long octets;
    struct packet queue[ON_THE_WAY];
};

static struct lane lanes[2]; /* from near to far, and back */
static FILE *capture;

static void fail(int status, const char *what)
{
    fprintf(stderr, "delay_link: %s: %s\n", what, strerror(errno));
    exit(status);
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

static void control(int file, unsigned long request, struct ifreq *device, const char *what)
{
    if (ioctl(file, request, device) != 0) {
        fail(EXIT_FAILURE, what);
    }
}

static void set_address(int file, unsigned long request, struct ifreq *device, const char *text)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    inet_pton(AF_INET, text, &address.sin_addr);
    memcpy(&device->ifr_addr, &address, sizeof address);
    control(file, request, device, text);
}

static void bring_up(struct ifreq *device, const char *own, const char *other)
{
    const int file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (file < 0) {
        fail(EXIT_FAILURE, "socket");
    }
    set_address(file, SIOCSIFADDR, device, own);
    set_address(file, SIOCSIFDSTADDR, device, other);
    device->ifr_mtu = MTU;
    control(file, SIOCSIFMTU, device, "mtu");
    device->ifr_qlen = ON_THE_WAY;
    control(file, SIOCSIFTXQLEN, device, "queue length");
    device->ifr_flags = IFF_UP | IFF_RUNNING | IFF_POINTOPOINT | IFF_NOARP;
    control(file, SIOCSIFFLAGS, device, "up");
    (void)close(file);
}

/* A device belongs to the namespace in which /dev/net/tun was opened, wherever we are later. */
static int make_device(const char *space, const char *own, const char *other)
{
    struct ifreq device = {.ifr_name = "delayed", .ifr_flags = IFF_TUN | IFF_NO_PI};
    const int handle = open(space, O_RDONLY | O_CLOEXEC);
    int file;

    if (handle < 0) {
        fail(EXIT_FAILURE, space);
    }
    if (setns(handle, CLONE_NEWNET) != 0) {
        fail(errno == EPERM ? UNAVAILABLE : EXIT_FAILURE, space);
    }
    (void)close(handle);
    file = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (file < 0 || ioctl(file, TUNSETIFF, &device) != 0) {
        fail(UNAVAILABLE, "no TUN device: /dev/net/tun");
    }
    bring_up(&device, own, other);
    return file;
}

/* What a file of pcap begins with. The magic number also says that times are in nanoseconds. */
struct capture_head {
    uint32_t magic;
    uint16_t major;
    uint16_t minor;
    uint32_t unused[2];
    uint32_t longest;
    uint32_t link_type;
};

static void write_capture(const void *bytes, size_t length)
{
    if (fwrite(bytes, length, 1, capture) != 1) {
        fail(EXIT_FAILURE, "capture");
    }
}

static void open_capture(const char *name)
{
    const struct capture_head head = {0xa1b23c4d, 2, 4, {0, 0}, MTU, 101 /* no link layer */};

    capture = fopen(name, "wbe");
    if (capture == NULL) {
        fail(EXIT_FAILURE, name);
    }
    write_capture(&head, sizeof head);
}

static void record(const struct packet *packet, int64_t time)
{
    const uint32_t length = (uint32_t)packet->length;
    const uint32_t head[] = {(uint32_t)(time / SECOND), (uint32_t)(time % SECOND), length, length};

    if (capture != NULL) {
        write_capture(head, sizeof head);
        write_capture(packet->bytes, packet->length);
    }
}

static void take(struct lane *lane, int64_t delay)
{
    while (lane->count < ON_THE_WAY) {
        struct packet *packet = &lane->queue[(lane->first + lane->count) % ON_THE_WAY];
        const ssize_t length = read(lane->from, packet->bytes, sizeof packet->bytes);

        if (length < 0 && errno == EAGAIN) {
            return;
        }
        if (length < 0) {
            fail(EXIT_FAILURE, "read");
        }
        packet->due = now() + delay;
        packet->length = (size_t)length;
        lane->count++;
        if (lane == &lanes[0]) {
            record(packet, packet->due - delay);
        }
    }
}

static void deliver(struct lane *lane)
{
    while (lane->count > 0 && lane->queue[lane->first].due <= now()) {
        const struct packet *packet = &lane->queue[lane->first];

        if (write(lane->to, packet->bytes, packet->length) != (ssize_t)packet->length) {
            fail(EXIT_FAILURE, "write");
        }
        if (lane == &lanes[1]) {
            record(packet, now());
        }
        lane->packets++;
        lane->octets += packet->length;
        lane->first = (lane->first + 1) % ON_THE_WAY;
        lane->count--;
    }
}

/* How long there is nothing to deliver, less the time that waking takes; a second when idle. */
static struct timespec rest(void)
{
    int64_t until = INT64_MAX;
    int64_t left = SECOND;

    for (int i = 0; i < 2; i++) {
        if (lanes[i].count > 0 && lanes[i].queue[lanes[i].first].due < until) {
            until = lanes[i].queue[lanes[i].first].due;
        }
    }
    if (until != INT64_MAX) {
        left = until - now() - WAKING;
    }
    left = left < 0 ? 0 : left;
    return (struct timespec){.tv_sec = left / SECOND, .tv_nsec = left % SECOND};
}

static void pass_packets(int64_t delay)
{
    struct pollfd files[3] = {{.fd = STDIN_FILENO, .events = POLLIN}};

    while (files[0].revents == 0) {
        const struct timespec left = rest();

        for (int i = 0; i < 2; i++) {
            files[1 + i].fd = lanes[i].count < ON_THE_WAY ? lanes[i].from : -1;
            files[1 + i].events = POLLIN;
        }
        if (ppoll(files, 3, &left, NULL) < 0) {
            fail(EXIT_FAILURE, "ppoll");
        }
        for (int i = 0; i < 2; i++) {
            take(&lanes[i], delay);
            deliver(&lanes[i]);
        }
    }
}

int main(int argc, char **argv)
{
    char *end = NULL;
    const long delay = argc == 4 || argc == 5 ? strtol(argv[1], &end, 10) : -1;

    if (delay < 0 || delay > 10000000 || end == argv[1] || *end != '\0') {
        fputs("delay_link MICROSECONDS NEAR FAR [CAPTURE]\n", stderr);
        return 2;
    }
    if (argc == 5) {
        open_capture(argv[4]);
    }
    lanes[0].from = lanes[1].to = make_device(argv[2], "10.77.0.1", "10.77.0.2");
    lanes[1].from = lanes[0].to = make_device(argv[3], "10.77.0.2", "10.77.0.1");
    /* Otherwise the kernel may wake us 50 microseconds later than asked, to save wakings. */
    (void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    puts("ready");
    (void)fflush(stdout);
    pass_packets(delay * INT64_C(1000));
    printf("to far %lu packets %llu bytes, to near %lu packets %llu bytes\n", lanes[0].packets,
           lanes[0].octets, lanes[1].packets, lanes[1].octets);
    return 0;
}
