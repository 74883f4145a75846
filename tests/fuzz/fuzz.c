/* SPDX-License-Identifier: MIT */
/* fuzz: pieces, copies, secrets, and the place of write(). */
#include "fuzz.h"

#include <sys/types.h>
#include <unistd.h>

void pieces_begin(struct pieces *pieces, const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *feed = size > 0 ? memchr(text, '\n', size) : NULL;

    pieces->sizes = text;
    pieces->count = feed != NULL ? (size_t)(feed - text) : size;
    pieces->next = 0;
    pieces->text = text + pieces->count + (feed != NULL ? 1 : 0);
    pieces->length = size - (size_t)(pieces->text - text);
}

static size_t next_size(struct pieces *pieces)
{
    size_t size;

    if (pieces->count == 0) {
        return pieces->length;
    }
    size = (unsigned char)pieces->sizes[pieces->next] & 31U;
    pieces->next = (pieces->next + 1) % pieces->count;
    return size == 0 ? 32 : size;
}

bool pieces_take(struct pieces *pieces, const char **piece, size_t *length)
{
    const size_t size = next_size(pieces);

    *piece = pieces->text;
    *length = size < pieces->length ? size : pieces->length;
    pieces->text += *length;
    pieces->length -= *length;
    return *length > 0;
}

char *exact_copy(const void *bytes, size_t length, size_t extra)
{
    char *copy = calloc(1, length + extra > 0 ? length + extra : 1);

    assert_true(copy != NULL);
    if (length > 0) {
        memcpy(copy, bytes, length);
    }
    return copy;
}

bool bytes_hold(const void *bytes, size_t length, const void *word, size_t word_length)
{
    return memmem(bytes, length, word, word_length) != NULL;
}

/* FNV-1a of the input, and then of each letter's number as well. */
void secret_of(const uint8_t *data, size_t size, char secret[SECRET_LENGTH + 1])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t i;

    for (i = 0; i < size + SECRET_LENGTH; i++) {
        hash = (hash ^ (i < size ? data[i] : i)) * UINT64_C(0x100000001b3);
        if (i >= size) {
            secret[i - size] = (char)('A' + (hash >> 32) % 26);
        }
    }
    secret[SECRET_LENGTH] = '\0';
}

/* ---- What was printed ---- */

static char output[65536];
static size_t output_length;

const char *printed(size_t *length)
{
    *length = output_length;
    return output;
}

void printed_forget(void)
{
    output_length = 0;
}

/* The linker leads every write() of the sources here (--wrap). */
ssize_t __real_write(int file, const void *bytes, size_t length);
ssize_t __wrap_write(int file, const void *bytes, size_t length);

ssize_t __wrap_write(int file, const void *bytes, size_t length)
{
    if (file != STDOUT_FILENO && file != STDERR_FILENO) {
        return __real_write(file, bytes, length);
    }
    if (length <= sizeof output - output_length) {
        memcpy(output + output_length, bytes, length);
        output_length += length;
    }
    return (ssize_t)length;
}
