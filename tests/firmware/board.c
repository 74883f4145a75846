/* SPDX-License-Identifier: MIT */
/* board: the few registers of the MPS2 that a client needs. Arm DAI 0385, sections 3 and 4. */
#include "board.h"

#include <string.h>

#include "startup.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define UART_DATA REGISTER(0x40004000U)
#define UART_STATE REGISTER(0x40004004U)
#define UART_CONTROL REGISTER(0x40004008U)
#define UART_DIVIDER REGISTER(0x40004010U)
#define UART_FULL 1U
#define UART_SEND 1U

/* SysTick loses ticks under QEMU; this counter does not. 25 MHz divided by 24 + 1. */
#define COUNTER_1MHZ REGISTER(0x40028018U)
#define COUNTER_PRESCALE REGISTER(0x4002801CU)

/* The tick only ends sleep: that some are lost does not matter. 25 MHz, 1 ms. */
#define TICK_CONTROL REGISTER(0xE000E010U)
#define TICK_RELOAD REGISTER(0xE000E014U)
#define TICK_ON 7U

static uint32_t last_us;
static uint32_t rest_us;
static uint32_t now_ms;

void board_start(void)
{
    UART_DIVIDER = 16;
    UART_CONTROL = UART_SEND;
    COUNTER_PRESCALE = 24;
    last_us = COUNTER_1MHZ;
    TICK_RELOAD = 25000 - 1;
    TICK_CONTROL = TICK_ON;
}

void board_sleep(void)
{
    __asm__ volatile("wfi");
}

void board_on_tick(void)
{
}

void board_print_bytes(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while ((UART_STATE & UART_FULL) != 0) {
        }
        UART_DATA = (uint8_t)bytes[i];
    }
}

void board_print(const char *text)
{
    board_print_bytes(text, strlen(text));
}

uint32_t board_us(void)
{
    return COUNTER_1MHZ;
}

uint32_t board_ms(void)
{
    const uint32_t counter = board_us();

    rest_us += counter - last_us;
    last_us = counter;
    now_ms += rest_us / 1000U;
    rest_us %= 1000U;
    return now_ms;
}

uint32_t board_stack_peak(void)
{
    const uint32_t *word = startup_stack;

    while (word < startup_stack_top && *word == STARTUP_PAINT) {
        word++;
    }
    return (uint32_t)((const char *)startup_stack_top - (const char *)word);
}
