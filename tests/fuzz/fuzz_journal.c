/* SPDX-License-Identifier: MIT */
/* Fuzzes the journal: the input is its file. A line that is read and written again is the same
 * line; a file that is opened tells the same lines as reading each by itself, heals but once, and
 * takes one line more. */
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

#include "cli/journal.h"
#include "cli/options.h"

#define PATH_SIZE 64

/* ---- Lines ---- */

/* CRC-32, bit by bit. */
static uint32_t crc_of(const char *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;
    size_t i;

    for (i = 0; i < length * 8; i++) {
        crc ^= i % 8 == 0 ? (unsigned char)bytes[i / 8] : 0;
        crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* A checksum that begins with "?" is put right: no input could get through otherwise. */
static void put_right(char *line, size_t length)
{
    char digits[9];

    if (length > 9 && line[0] == '?') {
        (void)sprintf(digits, "%08x", (unsigned)crc_of(line + 9, length - 9));
        memcpy(line, digits, 8);
    }
}

static void same_entry(const struct journal_entry *a, const struct journal_entry *b)
{
    assert_true(a->event == b->event && a->time == b->time && a->http == b->http &&
                a->attempts == b->attempts && a->by_operator == b->by_operator);
    assert_string_equal(a->run, b->run);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->flow, b->flow);
    assert_string_equal(a->error, b->error);
}

/* Keys of a later version are not written again: the line is shorter then. */
static void writes_the_same(const char *line, size_t length, const struct journal_entry *entry)
{
    char written[JOURNAL_LINE];
    struct journal_entry again;
    const size_t size = journal_line_write(entry, written);

    assert_true(size > 0 && size <= length + 1 && written[size - 1] == '\n');
    assert_true(size <= length || memcmp(written, line, length) == 0);
    assert_true(journal_line_read(written, size - 1, &again));
    same_entry(entry, &again);
    assert_true(journal_line_may_begin(line, length));
    assert_true(journal_line_is_of(line, length, entry->run, strlen(entry->run)));
    if (entry->id[0] != '\0') {
        assert_true(journal_line_leads_to(line, length, entry->id, strlen(entry->id)));
    }
}

/* Whether it is a line. */
static bool line_reads(const char *line, size_t length)
{
    char *copy = exact_copy(line, length, 0);
    struct journal_entry entry;
    const bool sound = journal_line_read(copy, length, &entry);

    if (sound) {
        writes_the_same(copy, length, &entry);
    }
    (void)journal_line_may_begin(copy, length);
    (void)journal_line_is_of(copy, length, "run", 3);
    (void)journal_line_leads_to(copy, length, "run", 3);
    free(copy);
    return sound;
}

/* How many whole lines the text begins with, and their bytes. */
static size_t lines_read(char *text, size_t length, size_t *whole)
{
    size_t lines = 0;
    const char *feed;

    *whole = 0;
    while ((feed = memchr(text + *whole, '\n', length - *whole)) != NULL) {
        const size_t size = (size_t)(feed - text) - *whole;

        put_right(text + *whole, size);
        if (!line_reads(text + *whole, size)) {
            return lines;
        }
        *whole += size + 1;
        lines++;
    }
    (void)line_reads(text + *whole, length - *whole);
    return lines;
}

/* ---- The file ---- */

static struct journal journal;

static void make_file(const char *path, const char *text, size_t length)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(file >= 0 && write(file, text, length) == (ssize_t)length);
    (void)close(file);
}

static size_t entries(void)
{
    struct journal_entry entry;
    size_t count = 0;
    off_t offset = 0;

    while (journal_next(&journal, &offset, &entry, &count)) {
    }
    assert_false(journal.failed);
    assert_true(offset == journal.size);
    return count;
}

static void takes_one_more(size_t lines)
{
    static const struct journal_entry intent = {.event = JOURNAL_INTENT, .run = "a-run"};

    assert_int_equal(journal_append(&journal, &intent), EXIT_DONE);
    assert_int_equal(entries(), lines + 1);
}

static void file_reads(const char *path, size_t length, size_t lines, size_t whole)
{
    if (journal_open(&journal, path, false) != EXIT_DONE) {
        assert_true(whole < length);
        assert_int_equal(journal_open(&journal, path, true), EXIT_STORAGE);
        return;
    }
    assert_int_equal(journal.size, whole);
    assert_int_equal(journal.size + journal.torn, length);
    assert_int_equal(entries(), lines);
    journal_close(&journal);

    assert_int_equal(journal_open(&journal, path, true), EXIT_DONE);
    assert_int_equal(entries(), lines);
    takes_one_more(lines);
    journal_close(&journal);

    assert_int_equal(journal_open(&journal, path, false), EXIT_DONE);
    assert_int_equal(journal.torn, 0);
    assert_int_equal(entries(), lines + 1);
    journal_close(&journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[PATH_SIZE];
    char *text = exact_copy(data, size, 1);
    size_t whole;
    const size_t lines = lines_read(text, size, &whole);

    (void)snprintf(path, sizeof path, "/dev/shm/reflow-fuzz-%ld", (long)getpid());
    make_file(path, text, size);
    printed_forget();
    file_reads(path, size, lines, whole);
    (void)unlink(path);
    free(text);
    return 0;
}
