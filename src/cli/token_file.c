/* SPDX-License-Identifier: MIT */
/* token_file: no secret passes through a buffer that is not wiped, so stdio's have no part in it. */
#include "token_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename() */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "options.h"
#include "text.h"
#include "when.h"

#define NEW_SUFFIX ".reflow.tmp"
#define EXPIRES "expires "
#define EXPIRES_LENGTH (sizeof EXPIRES - 1 + WHEN_LENGTH)
/* Both lines, each with a carriage return and a line feed. */
#define MOST_CONTENT (REFLOW_MAX_TOKEN + EXPIRES_LENGTH + 4)

static int complain(const char *path, const char *reason, int status)
{
    console_error((const char *[]){path, ": ", reason, NULL});
    return status;
}

static int storage_failed(const char *path)
{
    return complain(path, strerror(errno), EXIT_STORAGE);
}

bool token_file_beside(const char *path, const char *suffix, char name[TOKEN_FILE_NAME])
{
    struct reflow_text text;

    reflow_text_init(&text, name, TOKEN_FILE_NAME - 1);
    reflow_text_string(&text, path);
    reflow_text_string(&text, suffix);
    name[text.length] = '\0';
    errno = ENAMETOOLONG;
    return reflow_text_sound(&text);
}

/* ---- Reading ---- */

/* Reads until `size` bytes are there or the file ends. Returns how many, or -1. */
static ssize_t read_all(int file, char *bytes, size_t size)
{
    size_t length = 0;
    ssize_t got = 1;

    while (length < size && got != 0) {
        got = read(file, bytes + length, size - length);
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        length += got > 0 ? (size_t)got : 0;
    }
    return (ssize_t)length;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static size_t without_blanks_behind(const char *bytes, size_t length)
{
    while (length > 0 && is_blank(bytes[length - 1])) {
        length--;
    }
    return length;
}

/* Takes the line of our own off the end, if there is one. Anything else that stands behind the
 * token is left to whoever refuses a token that cannot be sent. */
static size_t take_expires(const char *bytes, size_t length, struct token *token)
{
    const size_t before = length > EXPIRES_LENGTH ? length - EXPIRES_LENGTH : 0;
    const char *line = bytes + before;

    if (before == 0 || line[-1] != '\n' || memcmp(line, EXPIRES, sizeof EXPIRES - 1) != 0 ||
        !when_read_time(line + sizeof EXPIRES - 1, WHEN_LENGTH, &token->expires)) {
        return length;
    }
    token->ours = true;
    return without_blanks_behind(bytes, before);
}

static int take_content(const char *path, const char *bytes, size_t length, struct token *token,
                        bool *missing)
{
    length = without_blanks_behind(bytes, length);
    if (length == 0 && missing != NULL) {
        *missing = true;
        return EXIT_UNAUTHORIZED;
    }
    length = take_expires(bytes, length, token);
    if (length == 0 || length > REFLOW_MAX_TOKEN) {
        return complain(path, length == 0 ? "holds no token" : "is too long for a token",
                        EXIT_UNAUTHORIZED);
    }
    if (memchr(bytes, '\0', length) != NULL) {
        return complain(path, "holds a NUL byte, which no token does", EXIT_UNAUTHORIZED);
    }
    memcpy(token->text, bytes, length);
    return EXIT_DONE;
}

static int read_file(int file, const char *path, struct token *token, bool *missing)
{
    struct stat status;
    char bytes[MOST_CONTENT];
    ssize_t length;
    int result;

    if (fstat(file, &status) != 0) {
        return storage_failed(path);
    }
    if (S_ISREG(status.st_mode) && (status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        return complain(path,
                        "others may read this token: chmod 600 the file, then fetch a new one",
                        EXIT_STORAGE);
    }
    length = read_all(file, bytes, sizeof bytes);
    result = length >= 0 ? take_content(path, bytes, (size_t)length, token, missing)
                         : storage_failed(path);
    reflow_wipe(bytes, sizeof bytes);
    return result;
}

int token_read(const char *path, struct token *token, bool *missing)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    int status;

    reflow_wipe(token, sizeof *token);
    if (missing != NULL) {
        *missing = file < 0 && errno == ENOENT;
    }
    if (file < 0) {
        return missing != NULL && *missing ? EXIT_UNAUTHORIZED : storage_failed(path);
    }
    status = read_file(file, path, token, missing);
    (void)close(file);
    if (status != EXIT_DONE) {
        reflow_wipe(token, sizeof *token);
    }
    return status;
}

/* ---- Writing ---- */

int token_file_replaceable(const char *path)
{
    struct stat status;

    if (lstat(path, &status) != 0) {
        return errno == ENOENT ? EXIT_DONE : storage_failed(path);
    }
    return S_ISREG(status.st_mode)
               ? EXIT_DONE
               : complain(path, "is no regular file: name one that can be replaced", EXIT_STORAGE);
}

static int open_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[TOKEN_FILE_NAME] = ".";

    if (slash != NULL) {
        const size_t length = (size_t)(slash - path) + 1; /* with it: it may be the root's */
        memcpy(folder, path, length);
        folder[length] = '\0';
    }
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Whoever holds the lock is alone: what is there already belongs to nobody who still lives. */
static int create(const char *name)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
    const int file = open(name, flags, S_IRUSR | S_IWUSR);

    if (file < 0 && errno == EEXIST && unlink(name) == 0) {
        return open(name, flags, S_IRUSR | S_IWUSR);
    }
    return file;
}

static bool write_all(int file, const char *bytes, size_t length)
{
    ssize_t written;

    while (length > 0) {
        written = write(file, bytes, length);
        if (written == 0 || (written < 0 && errno != EINTR)) {
            return false;
        }
        bytes += written > 0 ? written : 0;
        length -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static bool sync_to_disk(int file)
{
    int result;

    do {
        result = fsync(file);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

static bool write_content(int file, const struct token *token)
{
    struct reflow_text text;
    char bytes[MOST_CONTENT];
    char expires[WHEN_SIZE];
    bool written;

    reflow_text_init(&text, bytes, sizeof bytes);
    reflow_text_string(&text, token->text);
    reflow_text_string(&text, "\n");
    if (token->ours) {
        when_write(token->expires, expires);
        reflow_text_string(&text, EXPIRES);
        reflow_text_string(&text, expires);
        reflow_text_string(&text, "\n");
    }
    written = write_all(file, bytes, text.length);
    reflow_wipe(bytes, sizeof bytes);
    return written;
}

/* Makes the new file, whole and on disk, or none. */
static bool write_new(const char *name, const struct token *token)
{
    const int file = create(name);
    bool written;
    int error;

    if (file < 0) {
        return false;
    }
    /* The creation mask may have taken away what we need ourselves. */
    written =
        fchmod(file, S_IRUSR | S_IWUSR) == 0 && write_content(file, token) && sync_to_disk(file);
    error = errno;
    (void)close(file);
    if (!written) {
        (void)unlink(name);
    }
    errno = error;
    return written;
}

static int put_in_place(const char *name, const char *path, int folder)
{
    if (rename(name, path) != 0) {
        const int error = errno;
        (void)unlink(name);
        errno = error;
        return storage_failed(path);
    }
    /* Some file systems know no such thing as a folder that is not on disk yet. */
    if (!sync_to_disk(folder) && errno != EINVAL) {
        return complain(path, "the new token is in place, but may not outlast a power cut",
                        EXIT_STORAGE);
    }
    return EXIT_DONE;
}

int token_write(const char *path, const struct token *token)
{
    char name[TOKEN_FILE_NAME];
    int folder;
    int status;

    if (!reflow_text_all(token->text, REFLOW_MAX_TOKEN, reflow_is_visible)) {
        return complain(path,
                        "the new token holds characters that cannot be sent, so it is not "
                        "written",
                        EXIT_STORAGE);
    }
    if (!token_file_beside(path, NEW_SUFFIX, name)) {
        return storage_failed(path);
    }
    status = token_file_replaceable(path);
    if (status != EXIT_DONE) {
        return status;
    }
    folder = open_folder_of(path);
    if (folder < 0) {
        return storage_failed(path);
    }
    status = write_new(name, token) ? put_in_place(name, path, folder) : storage_failed(name);
    (void)close(folder);
    return status;
}
