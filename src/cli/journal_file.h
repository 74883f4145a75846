/* SPDX-License-Identifier: MIT */
/* journal_file: the file below a journal: created so that it lasts, locked, written to, cut and
 * brought to disk. Calls that a signal interrupts are made again. */
#ifndef REFLOW_CLI_JOURNAL_FILE_H
#define REFLOW_CLI_JOURNAL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* "PATH: what why" on standard error. Returns EXIT_STORAGE. */
int journal_complain(const char *path, const char *what, const char *why);

/* Opens a regular file and tells its size. For writing it is created (mode 0600) when it is missing,
 * and locked against all other processes. Returns a descriptor, or -1: standard error says why. */
int journal_file_open(const char *path, bool for_writing, off_t *size);

/* Whether another process has it open for writing; false where that cannot be known. */
bool journal_file_is_locked(int file);

/* Whether the path still names this file, and how long that is by now. */
bool journal_file_is_named(int file, const char *path, off_t *size);

/* The others leave the reason in errno. */

/* Brings an empty file to disk, and its name with it. */
bool journal_file_sync_name(int file, const char *path);

/* Brings what was written to disk. */
bool journal_file_sync(int file);

/* One write(): what it leaves over is not written. */
ssize_t journal_file_write(int file, const char *bytes, size_t length);

bool journal_file_cut(int file, off_t size);

#endif
