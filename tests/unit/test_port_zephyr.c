/* SPDX-License-Identifier: MIT */
/* The sockets port as on Zephyr, against this machine's loopback: its headers in tests/unit/zephyr
 * are this project's own, with Zephyr's names and shapes; the kernel and the resolver are here. */
#define CONFIG_REFLOW_DNS_TIMEOUT_MS 5000

#include "../../port/sockets/reflow_sockets.c"
#include "../../port/sockets/sockets_resolve.c"
#include "../../port/zephyr/reflow_zephyr.c"
#include "sockets_world.h"

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
    assert_true(timeout.ticks < 0);
    mutex->depth++;
    lock_depth++;
    return 0;
}

int k_mutex_unlock(struct k_mutex *mutex)
{
    mutex->depth--;
    lock_depth--;
    return 0;
}

int64_t k_uptime_get(void)
{
    return microseconds() / 1000;
}

uint32_t k_uptime_get_32(void)
{
    return (uint32_t)k_uptime_get();
}

int32_t k_msleep(int32_t ms)
{
    system_sleeps((uint32_t)ms);
    return 0;
}

static dns_resolve_cb_t callback;

int dns_get_addr_info(const char *query, enum dns_query_type type, uint16_t *dns_id,
                      dns_resolve_cb_t cb, void *user_data, int32_t timeout)
{
    assert_null(dns_id);
    assert_int_equal(timeout, CONFIG_REFLOW_DNS_TIMEOUT_MS);
    if (strcmp(query, "unsendable.test") == 0) {
        return -EINVAL;
    }
    callback = cb;
    return resolver_takes(query, type == DNS_QUERY_TYPE_A ? AF_INET : AF_INET6, user_data)
               ? 0
               : -EAGAIN;
}

/* Zephyr tells each address, then the end; and a second address must not take the first's place. */
static void call_back(const struct question *question, const char *address)
{
    struct dns_addrinfo info;
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&info.ai_addr;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&info.ai_addr;

    if (address == NULL) {
        callback(DNS_EAI_NODATA, NULL, question->argument);
        return;
    }
    memset(&info, 0, sizeof info);
    info.ai_family = (uint8_t)question->family;
    info.ai_addr.ss_family = (sa_family_t)question->family;
    info.ai_addrlen = question->family == AF_INET ? sizeof *ipv4 : sizeof *ipv6;
    assert_int_equal(
        inet_pton(question->family, address,
                  question->family == AF_INET ? (void *)&ipv4->sin_addr : (void *)&ipv6->sin6_addr),
        1);
    callback(DNS_EAI_INPROGRESS, NULL, question->argument);
    callback(DNS_EAI_INPROGRESS, &info, question->argument);
    memset((unsigned char *)&info.ai_addr + sizeof info.ai_addr.ss_family, 0xff, 16);
    callback(DNS_EAI_INPROGRESS, &info, question->argument);
    info.ai_addrlen = sizeof info.ai_addr;
    callback(DNS_EAI_INPROGRESS, &info, question->argument);
    callback(DNS_EAI_ALLDONE, NULL, question->argument);
}

static void what_cannot_be_asked_has_no_address(void **state)
{
    (void)state;
    assert_int_equal(open_to("unsendable.test", 443), REFLOW_OPEN_DNS);
}

static void the_time_is_unknown_until_it_is_told_and_then_goes_on(void **state)
{
    (void)state;
    assert_true(reflow_sockets.unix_time(&sockets) == REFLOW_TIME_UNKNOWN);
    reflow_zephyr_set_time(1577836799 - 60);
    assert_true(reflow_sockets.unix_time(&sockets) == REFLOW_TIME_UNKNOWN);
    reflow_zephyr_set_time(1800000000);
    assert_in_range(reflow_sockets.unix_time(&sockets), 1800000000, 1800000001);
    time_at_start -= 86400; /* as if it had been told a day ago */
    assert_in_range(reflow_sockets.unix_time(&sockets), 1800000000 - 86400, 1800000001 - 86400);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WORLD_TESTS,
        WORLD_TEST(what_cannot_be_asked_has_no_address),
        WORLD_TEST(the_time_is_unknown_until_it_is_told_and_then_goes_on),
    };
    int failed = world_contract("Zephyr");

    failed += cmocka_run_group_tests_name("port: Zephyr", tests, NULL, NULL);
    return failed != 0;
}
