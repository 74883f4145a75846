/* SPDX-License-Identifier: MIT */
/* What port/zephyr uses of Zephyr's kernel, as its documentation gives it; the test defines it. */
#ifndef STUB_ZEPHYR_KERNEL_H
#define STUB_ZEPHYR_KERNEL_H

#include <stdint.h>

typedef struct {
    int64_t ticks;
} k_timeout_t;

struct k_mutex {
    int depth;
};

#define K_FOREVER ((k_timeout_t){-1})
#define K_MUTEX_DEFINE(name) struct k_mutex name

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
int k_mutex_unlock(struct k_mutex *mutex);
int64_t k_uptime_get(void);
uint32_t k_uptime_get_32(void);
int32_t k_msleep(int32_t ms);

#endif
