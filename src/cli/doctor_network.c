/* SPDX-License-Identifier: MIT */
/* doctor_network: one attempt to open a connection, looked at on its way, and dropped again. */
#include <arpa/inet.h>
#include <string.h>

#include "doctor.h"
#include "interrupt.h"
#include "name.h"
#include "reflow_posix.h"

/* From doctor_dns() to doctor_tcp(). */
static struct reflow_posix posix;
static uint32_t began_ms;
static enum reflow_open opened;

static uint32_t elapsed_ms(void)
{
    return reflow_posix.now_ms(&posix) - began_ms;
}

static uint32_t left_ms(const struct doctor *doctor)
{
    const uint32_t most_ms = doctor->options->timeout_s * 1000;
    const uint32_t elapsed = elapsed_ms();

    return elapsed < most_ms ? most_ms - elapsed : 0;
}

static void wait_for_more(const struct doctor *doctor)
{
    struct pollfd fds[REFLOW_POSIX_POLLFDS + 1];
    int timeout_ms = (int)left_ms(doctor); /* a day at most */
    const size_t count = reflow_posix_pollfds(&posix, REFLOW_WRITABLE, fds, &timeout_ms);

    interrupt_poll(fds, count, timeout_ms);
}

/* Goes on until the connection is open or will not be; or, with `resolve`, only until the name is
 * resolved. The port's state is looked at here, and never changed. */
static void go_on(const struct doctor *doctor, bool resolve)
{
    opened = reflow_posix.open(&posix, doctor->host, doctor->port);
    while (opened == REFLOW_OPEN_PENDING && (!resolve || posix.state == REFLOW_POSIX_RESOLVING) &&
           left_ms(doctor) > 0 && interrupt_asked() == INTERRUPT_NONE) {
        wait_for_more(doctor);
        opened = reflow_posix.open(&posix, doctor->host, doctor->port);
    }
}

static void add_time(struct words *words)
{
    words_add(words, ", ");
    words_number(words, elapsed_ms());
    words_add(words, " ms");
}

static void add_address(struct words *words, const union reflow_posix_address *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    const void *bytes = address->any.sa_family == AF_INET6 ? (const void *)&address->ipv6.sin6_addr
                                                           : (const void *)&address->ipv4.sin_addr;

    (void)inet_ntop(address->any.sa_family, bytes, text, sizeof text);
    words_add(words, text);
}

/* "127.0.0.1 port 443". A peer that is gone already has no address any more. */
static void add_peer(struct words *words)
{
    union reflow_posix_address address;
    socklen_t size = sizeof address;

    memset(&address, 0, sizeof address);
    (void)getpeername(posix.socket, &address.any, &size);
    add_address(words, &address);
}

static void add_port(struct words *words, const struct doctor *doctor)
{
    words_add(words, " port ");
    words_number(words, doctor->port);
}

static void add_timeout(struct words *words, const struct doctor *doctor)
{
    words_add(words, " within ");
    words_count(words, doctor->options->timeout_s, "second");
}

/* "localhost", "the proxy proxy.example". */
static void add_host(struct words *words, const struct doctor *doctor)
{
    words_add(words, doctor->proxied ? "the proxy " : "");
    words_add(words, doctor->host);
}

static const char *advice_on(const struct doctor *doctor, enum reflow_error error)
{
    return reflow_error_advice(doctor->proxied ? REFLOW_ERR_PROXY : error);
}

/* ---- Name resolution ---- */

static bool dns_fails(struct doctor *doctor)
{
    struct words *detail = &doctor->finding.detail;

    add_host(detail, doctor);
    if (opened == REFLOW_OPEN_DNS) {
        words_add(detail, ": ");
        words_add(detail, reflow_error_text(REFLOW_ERR_DNS));
    } else if (opened == REFLOW_OPEN_PENDING) {
        words_add(detail, ": no answer from the name server");
        add_timeout(detail, doctor);
    } else {
        words_add(detail, ": no descriptor, thread or memory is to be had from the system");
    }
    reflow_posix.close(&posix);
    return finding_fails(&doctor->finding, EXIT_NOT_APPLIED, "", advice_on(doctor, REFLOW_ERR_DNS));
}

bool doctor_dns(struct doctor *doctor)
{
    struct words *detail = &doctor->finding.detail;
    uint8_t bytes[16];
    uint8_t i;

    if (doctor->host[0] == '\0') {
        return finding_skips(&doctor->finding, "not without a sound URL");
    }
    reflow_posix_init(&posix);
    began_ms = reflow_posix.now_ms(&posix);
    go_on(doctor, true);
    if (posix.addresses == 0) {
        return dns_fails(doctor);
    }
    add_host(detail, doctor);
    if (reflow_name_address(doctor->host, bytes) != 0) {
        words_add(detail, " is an address");
        return true;
    }
    for (i = 0; i < posix.addresses; i++) {
        words_add(detail, i == 0 ? " is " : ", ");
        add_address(detail, &posix.address[i]);
    }
    add_time(detail);
    return true;
}

/* ---- TCP ---- */

static bool tcp_fails(struct doctor *doctor)
{
    struct words *detail = &doctor->finding.detail;

    add_host(detail, doctor);
    add_port(detail, doctor);
    words_add(detail, opened == REFLOW_OPEN_PENDING ? ": no answer" : ": refused or unreachable");
    if (opened == REFLOW_OPEN_PENDING) {
        add_timeout(detail, doctor);
    }
    return finding_fails(&doctor->finding, EXIT_NOT_APPLIED, "",
                         advice_on(doctor, REFLOW_ERR_CONNECT));
}

bool doctor_tcp(struct doctor *doctor)
{
    bool done;

    if (opened == REFLOW_OPEN_PENDING) {
        go_on(doctor, false);
    }
    done = opened == REFLOW_OPEN_READY;
    if (done) {
        add_peer(&doctor->finding.detail);
        add_port(&doctor->finding.detail, doctor);
        add_time(&doctor->finding.detail);
    } else {
        (void)tcp_fails(doctor);
    }
    reflow_posix.close(&posix);
    return done;
}
