/* SPDX-License-Identifier: MIT */
/* What port/esp-idf uses of FreeRTOS's tasks; the test defines it. */
#ifndef STUB_FREERTOS_TASK_H
#define STUB_FREERTOS_TASK_H

#include "freertos/FreeRTOS.h"

void vTaskDelay(TickType_t ticks);
void taskENTER_CRITICAL(portMUX_TYPE *lock);
void taskEXIT_CRITICAL(portMUX_TYPE *lock);

#endif
