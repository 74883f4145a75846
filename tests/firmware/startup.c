/* SPDX-License-Identifier: MIT */
/* startup: from reset to main(). */
#include "startup.h"

#include "board.h"
#include "semihosting.h"

extern uint32_t startup_data[];
extern uint32_t startup_data_end[];
extern const uint32_t startup_data_image[];
extern uint32_t startup_bss[];
extern uint32_t startup_bss_end[];

int main(void);

/* An exit status that no outcome has. */
#define STATUS_FAULT 70

static void on_fault(void)
{
    board_print("fault\n");
    semihosting_exit(STATUS_FAULT);
}

/* Nothing is called here before RAM is in order; the volatile pointers keep the compiler from making
 * calls of the loops. */
void startup(void)
{
    const uint32_t *image = startup_data_image;

    for (volatile uint32_t *word = startup_stack; word < (uint32_t *)__builtin_frame_address(0) - 8;
         word++) {
        *word = STARTUP_PAINT;
    }
    for (volatile uint32_t *word = startup_data; word < startup_data_end; word++) {
        *word = *image++;
    }
    for (volatile uint32_t *word = startup_bss; word < startup_bss_end; word++) {
        *word = 0;
    }
    semihosting_exit(main());
}

/* Faults, and the tick; no other interrupt is used. */
union vector {
    const void *stack;
    void (*handler)(void);
};

__attribute__((section(".vectors"), used)) static const union vector vectors[] = {
    {.stack = startup_stack_top}, {.handler = startup},  {.handler = on_fault},
    {.handler = on_fault},        {.handler = on_fault}, {.handler = on_fault},
    {.handler = on_fault},        {.handler = on_fault}, {.handler = on_fault},
    {.handler = on_fault},        {.handler = on_fault}, {.handler = on_fault},
    {.handler = on_fault},        {.handler = on_fault}, {.handler = on_fault},
    {.handler = board_on_tick},
};
