/* SPDX-License-Identifier: MIT */
/* cut: standing still at a named point. */
#include "cut.h"

#include "arguments.h"
#include "board.h"

void cut_here(const char *point)
{
    if (argument_is("cut", point)) {
        board_print("cut at ");
        board_print(point);
        board_print("\n");
        for (;;) {
            __asm__ volatile("wfi");
        }
    }
}
