/* SPDX-License-Identifier: MIT */
/* semihosting: what the debugger, here QEMU, lends to the firmware: files, the wall clock, a command
 * line, and an exit status. Stands in for flash, a real-time clock and a random number generator. */
#ifndef FIRMWARE_SEMIHOSTING_H
#define FIRMWARE_SEMIHOSTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum semihosting_mode {
    SEMIHOSTING_READ = 1,   /* "rb" */
    SEMIHOSTING_UPDATE = 3, /* "r+b": must exist, keeps its content */
    SEMIHOSTING_CREATE = 5  /* "wb": empties it */
};

/* A handle, or a negative number. */
int semihosting_open(const char *name, enum semihosting_mode mode);

/* How many bytes were read. */
size_t semihosting_read(int handle, void *data, size_t size);

/* Whether all were written. */
bool semihosting_write(int handle, const void *data, size_t length);

bool semihosting_seek(int handle, size_t offset);
bool semihosting_close(int handle);

/* Seconds since 1970. */
uint32_t semihosting_time(void);

/* Whether the whole command line, with a final NUL, fits into `line`. */
bool semihosting_command_line(char *line, size_t size);

/* Ends QEMU with that exit status. */
void semihosting_exit(int status) __attribute__((noreturn));

#endif
