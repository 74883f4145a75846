/* SPDX-License-Identifier: MIT */
/* The sockets port as on ESP-IDF, against this machine's loopback: its headers in tests/unit/esp_idf
 * are this project's own, with ESP-IDF's names and shapes; FreeRTOS and the resolver are here. */
#include "../../port/esp-idf/reflow/reflow_esp_idf.c"
#include "../../port/sockets/reflow_sockets.c"
#include "../../port/sockets/sockets_resolve.c"
#include "sockets_world.h"

static time_t wall_clock;

time_t time(time_t *copy) /* which the port leaves NULL */
{
    (void)copy;
    return wall_clock;
}

void taskENTER_CRITICAL(portMUX_TYPE *mux)
{
    mux->owner++;
    lock_depth++;
}

void taskEXIT_CRITICAL(portMUX_TYPE *mux)
{
    mux->owner--;
    lock_depth--;
}

int64_t esp_timer_get_time(void)
{
    return microseconds();
}

void vTaskDelay(TickType_t ticks)
{
    system_sleeps(ticks * 10);
}

/* lwIP's thread has its turn at once, or cannot be reached. */
err_t tcpip_try_callback(tcpip_callback_fn function, void *argument)
{
    if (resolver.busy) {
        resolver.refusals++;
        return ERR_MEM;
    }
    function(argument);
    return ERR_OK;
}

static dns_found_callback callback;

static void to_lwip(ip_addr_t *ip, int family, const char *text)
{
    memset(ip, 0, sizeof *ip);
    ip->type = (uint8_t)(family == AF_INET ? IPADDR_TYPE_V4 : IPADDR_TYPE_V6);
    assert_int_equal(inet_pton(family, text, &ip->u_addr), 1);
}

err_t dns_gethostbyname_addrtype(const char *host, ip_addr_t *ip, dns_found_callback found_callback,
                                 void *argument, uint8_t type)
{
    if (strcmp(host, "cached.test") == 0) {
        to_lwip(ip, AF_INET, "127.0.0.1");
        return ERR_OK;
    }
    if (strcmp(host, "full.test") == 0) {
        return ERR_MEM;
    }
    callback = found_callback;
    (void)resolver_takes(host, type == LWIP_DNS_ADDRTYPE_IPV4 ? AF_INET : AF_INET6, argument);
    return ERR_INPROGRESS;
}

static void call_back(const struct question *question, const char *address)
{
    ip_addr_t ip;

    if (address != NULL) {
        to_lwip(&ip, question->family, address);
    }
    callback(question->host, address != NULL ? &ip : NULL, question->argument);
}

static void an_address_that_lwip_knows_is_taken_at_once(void **state)
{
    (void)state;
    assert_int_equal(open_to("cached.test", posix_peer.listen(&peer)), REFLOW_OPEN_READY);
    assert_true(posix_peer.accept(&peer));
    reflow_sockets.close(&sockets);
    assert_int_equal(open_to("full.test", 443), REFLOW_OPEN_DNS);
}

static void a_wall_clock_before_2020_is_not_set(void **state)
{
    (void)state;
    wall_clock = 1577836799;
    assert_true(reflow_sockets.unix_time(&sockets) == REFLOW_TIME_UNKNOWN);
    wall_clock = 1577836800;
    assert_true(reflow_sockets.unix_time(&sockets) == 1577836800);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TESTS,
        WORLD_TEST(an_address_that_lwip_knows_is_taken_at_once),
        WORLD_TEST(a_wall_clock_before_2020_is_not_set),
    };
    int failed = world_contract("ESP-IDF");

    failed += cmocka_run_group_tests_name("port: ESP-IDF", tests, NULL, NULL);
    return failed != 0;
}
