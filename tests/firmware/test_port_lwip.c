/* SPDX-License-Identifier: MIT */
/* The lwIP port against a peer in the same stack: the contract of all ports, then what is its own:
 * queries that outlive their connection, windows, buffers given back, memory that is short. */
#include "reflow_lwip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "loop_peer.h"
#include "lwip/dns.h"
#include "lwip/mem.h"
#include "lwip/sys.h"

#define MOMENT_MS 10000U

static const struct reflow_lwip_board board = {.work = loop_work};
static struct reflow_lwip connection;
static uint8_t bytes[4096];

static enum reflow_open open_to(const char *host, uint16_t port)
{
    const uint32_t start = sys_now();
    enum reflow_open said = reflow_lwip.open(&connection, host, port);

    while (said == REFLOW_OPEN_PENDING && sys_now() - start < MOMENT_MS) {
        reflow_lwip.wait(&connection, REFLOW_WRITABLE, 1000);
        said = reflow_lwip.open(&connection, host, port);
    }
    return said;
}

static void connect_to_peer(const char *host)
{
    const uint16_t port = loop_peer.listen(NULL);

    assert_int_equal(open_to(host, port), REFLOW_OPEN_READY);
    assert_true(loop_peer.accept(NULL));
}

static void work_until_asked(unsigned queries)
{
    const uint32_t start = sys_now();

    while (loop_names_asked() < queries && sys_now() - start < MOMENT_MS) {
        loop_work(NULL);
    }
    assert_int_equal(loop_names_asked(), queries);
}

static void work_for_a_while(void)
{
    for (int round = 0; round < 20; round++) {
        loop_work(NULL);
    }
}

static int prepare(void **state)
{
    (void)state;
    reflow_lwip_init(&connection, &board);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    loop_names_hold(false);
    reflow_lwip.close(&connection);
    loop_peer.close(NULL);
    work_for_a_while();
    return 0;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void a_name_leads_to_its_address(void **state)
{
    (void)state;
    connect_to_peer("one.here.test");
}

static void without_a_name_server_no_name_is_known_but_addresses_are(void **state)
{
    const ip_addr_t here = *dns_getserver(0);

    (void)state;
    dns_setserver(0, IP_ADDR_ANY);
    assert_int_equal(open_to("two.here.test", 443), REFLOW_OPEN_DNS);
    connect_to_peer("127.0.0.1");
    dns_setserver(0, &here);
}

static void a_late_answer_finds_nothing_to_write_to(void **state)
{
    struct reflow_lwip gone;
    const unsigned asked = loop_names_asked();

    (void)state;
    loop_names_hold(true);
    assert_int_equal(reflow_lwip.open(&connection, "late.here.test", 443), REFLOW_OPEN_PENDING);
    work_until_asked(asked + 1);
    reflow_lwip.close(&connection);
    memset(&connection, 0xEE, sizeof connection);
    memcpy(&gone, &connection, sizeof gone);
    loop_names_hold(false);
    work_for_a_while();
    assert_memory_equal(&connection, &gone, sizeof gone);
    prepare(NULL);
}

static void a_late_answer_is_not_taken_for_that_of_the_next_question(void **state)
{
    const unsigned asked = loop_names_asked();

    (void)state;
    loop_names_hold(true);
    assert_int_equal(reflow_lwip.open(&connection, "first.here.test", 443), REFLOW_OPEN_PENDING);
    work_until_asked(asked + 1);
    reflow_lwip.close(&connection);
    assert_int_equal(reflow_lwip.open(&connection, "second.invalid", 443), REFLOW_OPEN_PENDING);
    work_until_asked(asked + 2);
    loop_names_hold(false);
    assert_int_equal(open_to("second.invalid", 443), REFLOW_OPEN_DNS);
}

static void more_questions_than_lwip_can_ask_are_a_failure_and_not_the_names_fault(void **state)
{
    (void)state;
    loop_names_hold(true);
    assert_int_equal(reflow_lwip.open(&connection, "a.here.test", 443), REFLOW_OPEN_PENDING);
    reflow_lwip.close(&connection);
    assert_int_equal(reflow_lwip.open(&connection, "b.here.test", 443), REFLOW_OPEN_PENDING);
    reflow_lwip.close(&connection);
    assert_int_equal(reflow_lwip.open(&connection, "c.here.test", 443), REFLOW_OPEN_FAILED);
    connect_to_peer("127.0.0.1");
    reflow_lwip.close(&connection);
    loop_names_hold(false);
    work_until_asked(loop_names_asked());
    work_for_a_while();
    connect_to_peer("d.here.test");
}

static void two_connections_ask_side_by_side(void **state)
{
    static struct reflow_lwip other;
    const unsigned asked = loop_names_asked();
    const uint16_t port = loop_peer.listen(NULL);

    (void)state;
    reflow_lwip_init(&other, &board);
    loop_names_hold(true);
    assert_int_equal(reflow_lwip.open(&connection, "known.here.test", port), REFLOW_OPEN_PENDING);
    assert_int_equal(reflow_lwip.open(&other, "unknown.invalid", port), REFLOW_OPEN_PENDING);
    work_until_asked(asked + 2);
    loop_names_hold(false);
    assert_int_equal(open_to("known.here.test", port), REFLOW_OPEN_READY);
    assert_int_equal(reflow_lwip.open(&other, "unknown.invalid", port), REFLOW_OPEN_DNS);
    reflow_lwip.close(&other);
}

/* ---- Windows, buffers, memory ---------------------------------------------------------------- */

static void what_was_read_is_given_back_to_the_window(void **state)
{
    (void)state;
    connect_to_peer("127.0.0.1");
    memset(bytes, 'w', sizeof bytes);
    for (size_t total = 0; total < (size_t)64 * TCP_WND;) {
        size_t got = 0;

        assert_true(loop_peer.send(NULL, bytes, 1000));
        while (got < 1000) {
            const int32_t said = reflow_lwip.recv(&connection, bytes, 1000 - got);

            assert_true(said > 0 || said == REFLOW_IO_WOULD_BLOCK);
            got += said > 0 ? (size_t)said : 0;
            reflow_lwip.wait(&connection, REFLOW_READABLE, 0);
        }
        total += got;
    }
}

static void bytes_sent_ahead_of_a_reset_are_received(void **state)
{
    (void)state;
    connect_to_peer("127.0.0.1");
    assert_true(loop_peer.send(NULL, "early", 5));
    work_for_a_while();
    loop_peer.reset(NULL);
    work_for_a_while();
    assert_int_equal(reflow_lwip.recv(&connection, bytes, 2), 2);
    assert_int_equal(reflow_lwip.recv(&connection, bytes, sizeof bytes), 3);
    assert_memory_equal(bytes, "rly", 3);
    assert_int_equal(reflow_lwip.recv(&connection, bytes, sizeof bytes), REFLOW_IO_LOST);
}

static void all_buffers_are_given_back(void **state)
{
    (void)state;
    connect_to_peer("127.0.0.1");
    assert_true(loop_peer.send(NULL, "unread", 6));
    work_for_a_while();
    clean_up(NULL);
    assert_true(loop_all_given_back());
}

/* Takes lwIP's heap but for about `left` bytes; returns what is to be freed. */
static void *take_heap(size_t left)
{
    void *taken = NULL;

    for (size_t size = MEM_SIZE; taken == NULL && size > left; size -= 64) {
        taken = mem_malloc((mem_size_t)(size - left));
    }
    return taken;
}

static void memory_that_is_short_makes_sends_smaller_and_then_block(void **state)
{
    void *taken;
    int32_t said;

    (void)state;
    connect_to_peer("127.0.0.1");
    taken = take_heap(900);
    assert_non_null(taken);
    said = reflow_lwip.send(&connection, bytes, 2000);
    assert_true(said > 0 && said < 1000);
    for (int tries = 0; said > 0 && tries < 100; tries++) {
        said = reflow_lwip.send(&connection, bytes, 2000);
    }
    assert_int_equal(said, REFLOW_IO_WOULD_BLOCK);
    mem_free(taken);
    assert_true(loop_peer.recv(NULL, bytes, sizeof bytes) > 0);
}

static void a_connection_that_has_no_pcb_fails(void **state)
{
    struct tcp_pcb *pcbs[MEMP_NUM_TCP_PCB];
    size_t count = 0;

    (void)state;
    while (count < MEMP_NUM_TCP_PCB && (pcbs[count] = tcp_new()) != NULL) {
        count++;
    }
    assert_int_equal(open_to("127.0.0.1", 443), REFLOW_OPEN_FAILED);
    while (count > 0) {
        tcp_abort(pcbs[--count]);
    }
    connect_to_peer("127.0.0.1");
}

/* ---- The board ------------------------------------------------------------------------------- */

static int64_t noon(void *context)
{
    return *(int64_t *)context;
}

static void the_wall_clock_is_the_boards_or_unknown(void **state)
{
    int64_t now = 1790000000;
    const struct reflow_lwip_board with_clock = {.unix_time = noon, .context = &now};

    (void)state;
    assert_int_equal(reflow_lwip.unix_time(&connection), REFLOW_TIME_UNKNOWN);
    reflow_lwip_init(&connection, &with_clock);
    assert_int_equal(reflow_lwip.unix_time(&connection), now);
    reflow_lwip.wait(&connection, REFLOW_READABLE, 60000); /* there is nothing to work: returns */
    reflow_lwip_init(&connection, NULL);
    assert_int_equal(reflow_lwip.unix_time(&connection), REFLOW_TIME_UNKNOWN);
    reflow_lwip.wait(&connection, REFLOW_READABLE, 60000);
}

int main(void)
{
#define OWN(test) cmocka_unit_test_setup_teardown(test, prepare, clean_up)
    static const struct CMUnitTest tests[] = {
        OWN(a_name_leads_to_its_address),
        OWN(without_a_name_server_no_name_is_known_but_addresses_are),
        OWN(a_late_answer_finds_nothing_to_write_to),
        OWN(a_late_answer_is_not_taken_for_that_of_the_next_question),
        OWN(more_questions_than_lwip_can_ask_are_a_failure_and_not_the_names_fault),
        OWN(two_connections_ask_side_by_side),
        OWN(what_was_read_is_given_back_to_the_window),
        OWN(bytes_sent_ahead_of_a_reset_are_received),
        OWN(all_buffers_are_given_back),
        OWN(memory_that_is_short_makes_sends_smaller_and_then_block),
        OWN(a_connection_that_has_no_pcb_fails),
        OWN(the_wall_clock_is_the_boards_or_unknown),
    };
#undef OWN
    const struct port_contract contract = {&reflow_lwip, &connection, &loop_peer,
                                           NULL,         "127.0.0.1", "name.invalid"};
    int failed;

    loop_start();
    reflow_lwip_init(&connection, &board);
    failed = port_contract_run("port contract: lwIP", &contract);
    failed += cmocka_run_group_tests_name("port: lwIP", tests, NULL, NULL);
    return failed != 0;
}
