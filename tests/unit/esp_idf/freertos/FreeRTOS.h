/* SPDX-License-Identifier: MIT */
/* What port/esp-idf uses of FreeRTOS, as ESP-IDF has it: 100 ticks in a second. */
#ifndef STUB_FREERTOS_H
#define STUB_FREERTOS_H

#include <stdint.h>

typedef uint32_t TickType_t;
typedef struct {
    uint32_t owner;
} portMUX_TYPE;

#define portMUX_INITIALIZER_UNLOCKED                                                               \
    {                                                                                              \
        0                                                                                          \
    }
#define pdMS_TO_TICKS(ms) ((TickType_t)(((uint64_t)(ms)*100U) / 1000U))

#endif
