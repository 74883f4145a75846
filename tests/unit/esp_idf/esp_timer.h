/* SPDX-License-Identifier: MIT */
/* What port/esp-idf uses of ESP-IDF's timer, as its documentation gives it; the test defines it. */
#ifndef STUB_ESP_TIMER_H
#define STUB_ESP_TIMER_H

#include <stdint.h>

int64_t esp_timer_get_time(void);

#endif
