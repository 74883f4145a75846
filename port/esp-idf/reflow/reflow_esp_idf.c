/* SPDX-License-Identifier: MIT */
/* reflow_esp_idf: what port/sockets needs of ESP-IDF: lwIP's resolver, esp_timer, a lock. */
#include <string.h>
#include <time.h>

#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "lwip/dns.h"
#include "lwip/inet.h"
#include "lwip/tcpip.h"

#include "sockets_resolve.h"

static portMUX_TYPE lock = portMUX_INITIALIZER_UNLOCKED;

void reflow_platform_lock(void)
{
    taskENTER_CRITICAL(&lock);
}

void reflow_platform_unlock(void)
{
    taskEXIT_CRITICAL(&lock);
}

/* ---- Names: getaddrinfo() would block, lwIP's own resolver calls back ------------------------- */

static void found(struct reflow_sockets_query *query, const ip_addr_t *ip)
{
    union reflow_sockets_address address;

    memset(&address, 0, sizeof address);
    if (IP_IS_V4(ip)) {
        address.ipv4.sin_family = AF_INET;
        inet_addr_from_ip4addr(&address.ipv4.sin_addr, ip_2_ip4(ip));
    } else {
        address.ipv6.sin6_family = AF_INET6;
        inet6_addr_from_ip6addr(&address.ipv6.sin6_addr, ip_2_ip6(ip));
    }
    reflow_sockets_query_found(query, &address, sizeof address);
}

static void on_found(const char *name, const ip_addr_t *ip, void *argument)
{
    struct reflow_sockets_query *query = argument;

    (void)name;
    if (ip != NULL) {
        found(query, ip);
    }
    reflow_sockets_query_end(query);
}

/* Runs in lwIP's thread, the only one that may ask. */
static void ask_lwip(void *argument)
{
    struct reflow_sockets_query *query = argument;
    uint8_t type = query->family == AF_INET ? LWIP_DNS_ADDRTYPE_IPV4 : LWIP_DNS_ADDRTYPE_IPV6;
    ip_addr_t ip;
    err_t said = dns_gethostbyname_addrtype(query->host, &ip, on_found, query, type);

    if (said != ERR_INPROGRESS) {
        on_found(query->host, said == ERR_OK ? &ip : NULL, query);
    }
}

enum reflow_platform_said reflow_platform_look_up(struct reflow_sockets_query *query)
{
    return tcpip_try_callback(ask_lwip, query) == ERR_OK ? REFLOW_PLATFORM_ASKED
                                                         : REFLOW_PLATFORM_BUSY;
}

/* ---- Time ------------------------------------------------------------------------------------ */

uint32_t reflow_platform_now_ms(void)
{
    return (uint32_t)(esp_timer_get_time() / 1000);
}

/* 1970 until the application has started esp_netif_sntp_init() and it has succeeded. */
int64_t reflow_platform_unix_time(void)
{
    return (int64_t)time(NULL);
}

/* One tick more than it takes in full: less than a tick would not let other tasks run. */
void reflow_platform_sleep_ms(uint32_t milliseconds)
{
    vTaskDelay(pdMS_TO_TICKS(milliseconds) + 1);
}
