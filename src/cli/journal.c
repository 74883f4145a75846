/* SPDX-License-Identifier: MIT */
/* journal: opens, checks, heals, reads and appends.
 *
 * The file is read through a window, not mapped: what somebody else cuts off, or a disk that fails, is
 * then an error to be reported and not a SIGBUS, and memory stays the same however long it is. */
#include "journal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "console.h"
#include "journal_file.h"
#include "options.h"

#define NUMBER_SIZE 21 /* a uint64_t with its NUL */
#define BLOCK 512      /* what disks write whole, or a multiple of it */

static const char *decimal(uint64_t number, char text[NUMBER_SIZE])
{
    char *at = &text[NUMBER_SIZE - 1];

    *at = '\0';
    do {
        at--;
        *at = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return at;
}

/* ---- Reading ---- */

/* What fails is tried again by some, and said once. */
static bool fail_reading(struct journal *journal, const char *why)
{
    if (!journal->failed) {
        journal->failed = true;
        (void)journal_complain(journal->path, "cannot be read: ", why);
    }
    return false;
}

static void window_forget(struct journal *journal)
{
    journal->window_length = 0;
}

/* Fills the window from `offset` on, as far as it and the file go; where it does not go on from what
 * was read before, with no more than a line, because only one is looked for. */
static bool window_fill(struct journal *journal, off_t offset)
{
    const off_t left = journal->size - offset;
    const off_t into = offset - journal->window_at;
    const off_t most =
        into >= 0 && into <= (off_t)journal->window_length ? JOURNAL_WINDOW : JOURNAL_LINE;
    const size_t wanted = (size_t)(left < most ? left : most);
    size_t length = 0;
    ssize_t got;

    window_forget(journal);
    while (length < wanted) {
        got =
            pread(journal->file, journal->window + length, wanted - length, offset + (off_t)length);
        if (got == 0) {
            return fail_reading(journal, "somebody has cut it off");
        }
        if (got < 0 && errno != EINTR) {
            return fail_reading(journal, strerror(errno));
        }
        length += got > 0 ? (size_t)got : 0;
    }
    journal->window_at = offset;
    journal->window_length = length;
    return true;
}

/* The bytes from `offset` on: a line's worth, or what there is up to the end; NULL when they cannot be
 * read. */
static const char *bytes_at(struct journal *journal, off_t offset, size_t *length)
{
    const off_t left = journal->size - offset;
    const off_t into = offset - journal->window_at;

    *length = left < JOURNAL_LINE ? (size_t)left : JOURNAL_LINE;
    if (into >= 0 && into + (off_t)*length <= (off_t)journal->window_length) {
        return journal->window + into;
    }
    return window_fill(journal, offset) ? journal->window : NULL;
}

bool journal_next_line(struct journal *journal, off_t *offset, const char **line, size_t *length)
{
    const char *end;
    size_t most;

    if (*offset >= journal->size) {
        return false;
    }
    *line = bytes_at(journal, *offset, &most);
    if (*line == NULL) {
        return false;
    }
    end = memchr(*line, '\n', most);
    if (end == NULL) { /* there was one when it was opened */
        return fail_reading(journal, "somebody has written over it");
    }
    *length = (size_t)(end - *line);
    *offset += (off_t)*length + 1;
    return true;
}

bool journal_next(struct journal *journal, off_t *offset, struct journal_entry *entry,
                  size_t *number)
{
    const char *line;
    size_t length;

    if (!journal_next_line(journal, offset, &line, &length)) {
        return false;
    }
    (*number)++;
    if (!journal_line_read(line, length, entry)) {
        return fail_reading(journal, "somebody has written over it");
    }
    return true;
}

/* ---- Checking and healing ---- */

static int damaged(struct journal *journal, uint64_t at_line, const char *why)
{
    char number[NUMBER_SIZE];
    static const char advice[] =
        "Restore the file from a copy, or remove this line once you know how "
        "the run that it names has ended";
    const char *unsent = journal->for_writing ? "Nothing was sent. " : "";

    console_error((const char *[]){journal->path, ":", decimal(at_line, number), ": damaged (", why,
                                   "). ", unsent, advice, NULL});
    return EXIT_STORAGE;
}

static bool all_zeros(struct journal *journal, off_t offset)
{
    bool zeros = true;

    while (zeros && offset < journal->size) {
        size_t length;
        const char *bytes = bytes_at(journal, offset, &length);
        size_t i;

        for (i = 0; bytes != NULL && i < length && bytes[i] == '\0'; i++) {
        }
        zeros = bytes != NULL && i == length;
        offset += (off_t)length;
    }
    return zeros;
}

/* Whether a power cut explains what stands from `offset` to the end, which is no whole line: it leaves
 * only the beginning of what was written last, or zeros in the place of parts of it. Behind a whole line
 * of a journal that much is believed; at the beginning of a file it must look like a line, because
 * somebody may have named another file by mistake, which must not be emptied. */
static bool is_torn(struct journal *journal, off_t offset, const char *bytes, size_t length)
{
    if (journal->size - offset < JOURNAL_LINE) {
        return offset > 0 || journal_line_may_begin(bytes, length);
    }
    return all_zeros(journal, offset);
}

/* Goes from `*offset` over whole lines, to the end or the first that is none; counts them. */
static bool read_lines(struct journal *journal, off_t *offset, uint64_t *count)
{
    struct journal_entry entry;

    while (*offset < journal->size) {
        size_t length;
        const char *bytes = bytes_at(journal, *offset, &length);
        const char *feed = bytes != NULL ? memchr(bytes, '\n', length) : NULL;

        if (feed == NULL || !journal_line_read(bytes, (size_t)(feed - bytes), &entry)) {
            return false;
        }
        journal_index_add(journal->index, &entry, *offset);
        *offset += feed - bytes + 1;
        (*count)++;
    }
    return true;
}

/* Whether the first blocks of a line were lost and later ones were not: zeros from its beginning to
 * where a block ends. Other zeros are no power cut's. */
static bool has_lost_blocks(const char *bytes, size_t length, off_t offset)
{
    size_t zeros = 0;

    while (zeros < length && bytes[zeros] == '\0') {
        zeros++;
    }
    return zeros > 0 && (offset + (off_t)zeros) % BLOCK == 0;
}

/* What is not a whole line is torn or damaged. A last line that has its line feed and a wrong checksum
 * is damaged: an intent whose request went out was on disk whole, and must not be taken away. Only
 * where blocks are lost was it never whole. */
static int judge_rest(struct journal *journal, off_t offset, uint64_t at_line)
{
    size_t length;
    const char *bytes = bytes_at(journal, offset, &length);
    const char *feed;
    bool torn;

    if (bytes == NULL) {
        return EXIT_STORAGE;
    }
    feed = memchr(bytes, '\n', length);
    torn = feed == NULL || (offset + (feed - bytes) + 1 == journal->size &&
                            has_lost_blocks(bytes, (size_t)(feed - bytes), offset));
    if (torn && is_torn(journal, offset, bytes, length)) {
        return EXIT_DONE;
    }
    return journal->failed ? EXIT_STORAGE
                           : damaged(journal, at_line,
                                     feed != NULL ? "its checksum does not fit"
                                                  : "it is not a line of a journal");
}

/* Takes what was torn off the end. A reader leaves it: somebody may be writing it just now. */
static int heal(struct journal *journal, off_t size)
{
    static const char reason[] =
        " bytes from its end: a line that a crash or a power cut had left unfinished";
    char number[NUMBER_SIZE];

    journal->torn = journal->size - size;
    journal->size = size;
    window_forget(journal);
    if (journal->torn == 0 || !journal->for_writing) {
        return EXIT_DONE;
    }
    if (!journal_file_cut(journal->file, size) || !journal_file_sync(journal->file)) {
        return journal_complain(journal->path,
                                "its torn last line cannot be removed: ", strerror(errno));
    }
    console_error((const char *[]){journal->path, ": removed ",
                                   decimal((uint64_t)journal->torn, number), reason, NULL});
    return EXIT_DONE;
}

/* ---- Opening ---- */

static int check(struct journal *journal)
{
    off_t offset = 0;
    uint64_t lines = 0;
    int status = EXIT_DONE;

    if (!read_lines(journal, &offset, &lines)) {
        status = judge_rest(journal, offset, lines + 1);
    }
    if (status == EXIT_DONE) {
        status = heal(journal, offset);
    }
    /* Not only when it was created just now: who created it may have been killed before this. */
    if (status == EXIT_DONE && journal->for_writing && journal->size == 0 &&
        !journal_file_sync_name(journal->file, journal->path)) {
        return journal_complain(journal->path, "cannot be put on disk: ", strerror(errno));
    }
    return status;
}

/* One for all, because of its size. */
static struct journal_index index_of_lines;

int journal_open(struct journal *journal, const char *path, bool for_writing)
{
    int status = EXIT_STORAGE;

    journal->path = path;
    journal->for_writing = for_writing;
    journal->failed = false;
    journal->size = 0;
    journal->torn = 0;
    journal->window_at = 0;
    window_forget(journal);
    journal->index = &index_of_lines;
    journal_index_begin(journal->index);
    journal->file = journal_file_open(path, for_writing, &journal->size);
    if (journal->file >= 0) {
        status = check(journal);
    }
    if (status != EXIT_DONE) {
        journal_close(journal);
    }
    return status;
}

bool journal_is_in_use(const struct journal *journal)
{
    return journal_file_is_locked(journal->file);
}

void journal_close(struct journal *journal)
{
    if (journal->file >= 0) {
        (void)close(journal->file);
    }
    journal->file = -1;
    journal->size = 0;
    journal->failed = true;
}

/* ---- Appending ---- */

/* Returns NULL, or why the line is not on disk. */
static const char *put_on_disk(const struct journal *journal, const char *line, size_t length,
                               bool is_intent)
{
    const ssize_t written = journal_file_write(journal->file, line, length);
    const bool whole = written == (ssize_t)length;
    const char *why = "there was room for a part of it only";

    if (whole && journal_file_sync(journal->file)) {
        return NULL;
    }
    /* Not tried again: after a failed write to the disk, the system may take the pages for written. */
    if (whole || written < 0) {
        why = strerror(errno);
    }
    /* No torn line is to stand in the middle should the disk be mended, and no intent that is not
     * carried out. An outcome that stands there whole is true, on disk or not. */
    if (!whole || is_intent) {
        (void)journal_file_cut(journal->file, journal->size);
    }
    return why;
}

static const char *append(const struct journal *journal, const struct journal_entry *entry,
                          size_t *length)
{
    char line[JOURNAL_LINE];
    off_t size = 0;

    *length = journal_line_write(entry, line);
    if (*length == 0) {
        return "it holds what no line may hold";
    }
    if (!journal_file_is_named(journal->file, journal->path, &size) || size != journal->size) {
        return "somebody has moved, removed or changed the file";
    }
    return put_on_disk(journal, line, *length, entry->event == JOURNAL_INTENT);
}

int journal_append(struct journal *journal, const struct journal_entry *entry)
{
    size_t length = 0;
    const char *why;

    if (journal->failed) {
        return EXIT_STORAGE;
    }
    why = append(journal, entry, &length);
    if (why != NULL) {
        journal->failed = true;
        return journal_complain(journal->path,
                                "an event cannot be recorded, so nothing more is sent: ", why);
    }
    journal_index_add(journal->index, entry, journal->size);
    journal->size += (off_t)length;
    return EXIT_DONE;
}
