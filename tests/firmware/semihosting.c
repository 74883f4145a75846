/* SPDX-License-Identifier: MIT */
/* semihosting: Arm's "Semihosting for AArch32 and AArch64", by BKPT 0xAB. */
#include "semihosting.h"

#include <string.h>

enum operation {
    SYS_OPEN = 0x01,
    SYS_CLOSE = 0x02,
    SYS_WRITE = 0x05,
    SYS_READ = 0x06,
    SYS_SEEK = 0x0A,
    SYS_TIME = 0x11,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT_EXTENDED = 0x20
};

#define STOPPED_APPLICATION_EXIT 0x20026U

static int call(enum operation operation, const uint32_t *arguments)
{
    register uint32_t r0 __asm__("r0") = (uint32_t)operation;
    register const uint32_t *r1 __asm__("r1") = arguments;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int)r0;
}

int semihosting_open(const char *name, enum semihosting_mode mode)
{
    const uint32_t arguments[] = {(uint32_t)name, (uint32_t)mode, strlen(name)};

    return call(SYS_OPEN, arguments);
}

/* The answer to both is how many bytes were not read, or not written. */
size_t semihosting_read(int handle, void *data, size_t size)
{
    const uint32_t arguments[] = {(uint32_t)handle, (uint32_t)data, size};
    const int left = call(SYS_READ, arguments);

    return left >= 0 && (size_t)left <= size ? size - (size_t)left : 0;
}

bool semihosting_write(int handle, const void *data, size_t length)
{
    const uint32_t arguments[] = {(uint32_t)handle, (uint32_t)data, length};

    return call(SYS_WRITE, arguments) == 0;
}

bool semihosting_seek(int handle, size_t offset)
{
    const uint32_t arguments[] = {(uint32_t)handle, offset};

    return call(SYS_SEEK, arguments) == 0;
}

bool semihosting_close(int handle)
{
    const uint32_t arguments[] = {(uint32_t)handle};

    return call(SYS_CLOSE, arguments) == 0;
}

uint32_t semihosting_time(void)
{
    return (uint32_t)call(SYS_TIME, NULL);
}

bool semihosting_command_line(char *line, size_t size)
{
    uint32_t arguments[] = {(uint32_t)line, size};

    return call(SYS_GET_CMDLINE, arguments) == 0;
}

void semihosting_exit(int status)
{
    const uint32_t arguments[] = {STOPPED_APPLICATION_EXIT, (uint32_t)status};

    for (;;) {
        (void)call(SYS_EXIT_EXTENDED, arguments);
    }
}
