/* SPDX-License-Identifier: MIT */
/* Says what machine it runs on: bits of a pointer, of a time_t and of an off_t, and the order of bytes. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

int main(void)
{
    const uint16_t one = 1;
    unsigned char first;

    memcpy(&first, &one, 1);
    return printf("%zu %zu %zu %s\n", sizeof(void *) * 8, sizeof(time_t) * 8, sizeof(off_t) * 8,
                  first ? "little" : "big") < 0;
}
