/* SPDX-License-Identifier: MIT */
/* reflow_zephyr: what port/sockets needs of Zephyr: its resolver, its clock, a lock. */
#include "reflow_zephyr.h"

#include <errno.h>

#include <zephyr/kernel.h>
#include <zephyr/net/dns_resolve.h>

#include "sockets_resolve.h"

static K_MUTEX_DEFINE(lock);

static bool time_known;
static int64_t time_at_start;

void reflow_platform_lock(void)
{
    (void)k_mutex_lock(&lock, K_FOREVER);
}

void reflow_platform_unlock(void)
{
    (void)k_mutex_unlock(&lock);
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Called once for each address, then once more with any other status. */
static void on_result(enum dns_resolve_status status, struct dns_addrinfo *info, void *user_data)
{
    struct reflow_sockets_query *query = user_data;

    if (status != DNS_EAI_INPROGRESS) {
        reflow_sockets_query_end(query);
    } else if (info != NULL) {
        reflow_sockets_query_found(query, &info->ai_addr, info->ai_addrlen);
    } else {
        /* an address of a kind that is not told */
    }
}

enum reflow_platform_said reflow_platform_look_up(struct reflow_sockets_query *query)
{
    enum dns_query_type type = query->family == AF_INET ? DNS_QUERY_TYPE_A : DNS_QUERY_TYPE_AAAA;
    int said =
        dns_get_addr_info(query->host, type, NULL, on_result, query, CONFIG_REFLOW_DNS_TIMEOUT_MS);

    if (said == -EAGAIN) { /* CONFIG_DNS_NUM_CONCUR_QUERIES are under way */
        return REFLOW_PLATFORM_BUSY;
    }
    return said == 0 ? REFLOW_PLATFORM_ASKED : REFLOW_PLATFORM_NOBODY;
}

/* ---- Time ------------------------------------------------------------------------------------ */

void reflow_zephyr_set_time(int64_t unix_time)
{
    reflow_platform_lock();
    time_at_start = unix_time - k_uptime_get() / 1000;
    time_known = true;
    reflow_platform_unlock();
}

int64_t reflow_platform_unix_time(void)
{
    int64_t now = REFLOW_TIME_UNKNOWN;

    reflow_platform_lock();
    if (time_known) {
        now = time_at_start + k_uptime_get() / 1000;
    }
    reflow_platform_unlock();
    return now;
}

uint32_t reflow_platform_now_ms(void)
{
    return k_uptime_get_32();
}

void reflow_platform_sleep_ms(uint32_t milliseconds)
{
    (void)k_msleep((int32_t)milliseconds);
}
