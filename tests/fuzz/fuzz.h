/* SPDX-License-Identifier: MIT */
/* fuzz: what all targets share: libFuzzer's entry, pieces of the sizes that an input asks for,
 * copies that end where they end, and what the code under test has printed. */
#ifndef FUZZ_H
#define FUZZ_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* libFuzzer calls this with every input, and takes an end of the program for a find. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text, and the sizes of the pieces in which it is to be read. */
struct pieces {
    const char *text;
    size_t length;
    const char *sizes;
    size_t count;
    size_t next;
};

/* The first line of an input names the sizes, again and again: "a" stands for 1 byte, "b" for 2, up
 * to 31, "`" for 32. An empty line stands for all at once. What follows it is the text. */
void pieces_begin(struct pieces *pieces, const uint8_t *data, size_t size);

/* Takes the next piece off the text; false when nothing is left. */
bool pieces_take(struct pieces *pieces, const char **piece, size_t *length);

/* A copy on the heap, so that a byte too far is found; `extra` bytes more than `length`, all 0. To
 * be freed. */
char *exact_copy(const void *bytes, size_t length, size_t extra);

/* Whether `bytes` hold a word, whatever else they hold. */
bool bytes_hold(const void *bytes, size_t length, const void *word, size_t word_length);

/* A word of 16 letters that no input can foretell, because it is a hash of it. */
#define SECRET_LENGTH 16
void secret_of(const uint8_t *data, size_t size, char secret[SECRET_LENGTH + 1]);

/* What was written to standard output and standard error since the last printed_forget(). Nothing
 * of it is shown. */
const char *printed(size_t *length);
void printed_forget(void);

#endif
