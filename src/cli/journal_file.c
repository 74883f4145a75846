/* SPDX-License-Identifier: MIT */
/* journal_file: system calls, and what their failures are called. */
#include "journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "options.h"
#include "text.h"

int journal_complain(const char *path, const char *what, const char *why)
{
    console_error((const char *[]){path, ": ", what, why, NULL});
    return EXIT_STORAGE;
}

/* ---- Calls that a signal may interrupt ---- */

static int open_again(const char *path, int flags)
{
    int file;

    do {
        file = open(path, flags | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR);
    } while (file < 0 && errno == EINTR);
    return file;
}

bool journal_file_sync(int file)
{
    int result;

    do {
        result = fdatasync(file);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

static bool sync_all(int file)
{
    int result;

    do {
        result = fsync(file);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

bool journal_file_cut(int file, off_t size)
{
    int result;

    do {
        result = ftruncate(file, size);
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

ssize_t journal_file_write(int file, const char *bytes, size_t length)
{
    ssize_t written;

    do {
        written = write(file, bytes, length);
    } while (written < 0 && errno == EINTR);
    return written;
}

/* ---- The name ---- */

bool journal_file_is_named(int file, const char *path, off_t *size)
{
    struct stat mine;
    struct stat named;

    if (fstat(file, &mine) != 0 || stat(path, &named) != 0) {
        return false;
    }
    *size = mine.st_size;
    return mine.st_dev == named.st_dev && mine.st_ino == named.st_ino;
}

/* The folder that the path names the file in; a file system that cannot sync folders says EINVAL. */
static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    bool synced;
    int file;

    if (length >= sizeof folder) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(folder, path, length);
    memcpy(folder + length, "", 1);
    file = open_again(length > 0 ? folder : ".", O_RDONLY | O_DIRECTORY);
    if (file < 0) {
        return false;
    }
    synced = sync_all(file) || errno == EINVAL;
    (void)close(file);
    return synced;
}

bool journal_file_sync_name(int file, const char *path)
{
    return sync_all(file) && sync_folder(path);
}

/* ---- Opening ---- */

/* Without O_NONBLOCK a named pipe would be waited for. */
static int open_or_create(const char *path, bool for_writing)
{
    const int flags = (for_writing ? O_RDWR | O_APPEND : O_RDONLY) | O_NONBLOCK;
    int file = open_again(path, flags);

    if (file < 0 && errno == ENOENT && for_writing) {
        file = open_again(path, flags | O_CREAT | O_EXCL);
        if (file < 0 && errno == EEXIST) { /* another process was faster */
            file = open_again(path, flags);
        }
    }
    return file;
}

static bool complain_of_lock(int file, const char *path, struct flock *lock)
{
    char number[11] = "";
    struct reflow_text text;

    if (errno != EACCES && errno != EAGAIN) {
        (void)journal_complain(path, "cannot be locked: ", strerror(errno));
        return false;
    }
    /* By now the other may have gone, or it runs in another machine or container and has no number
     * here. */
    if (fcntl(file, F_GETLK, lock) == 0 && lock->l_type != F_UNLCK && lock->l_pid > 0) {
        reflow_text_init(&text, number, sizeof number - 1);
        reflow_text_string(&text, " ");
        reflow_text_number(&text, (uint32_t)lock->l_pid);
    }
    console_error((const char *[]){path, ": in use by ", number[0] == '\0' ? "another " : "",
                                   "process", number, ": try again when it has ended", NULL});
    return false;
}

/* Between opening and locking somebody may have put another file in the place of this one: events in
 * a file that has no name are forgotten. */
static bool lock_file(int file, const char *path, off_t *size)
{
    struct flock lock = {0};

    lock.l_type = F_WRLCK; /* the whole file, whatever it grows to */
    lock.l_whence = SEEK_SET;
    if (fcntl(file, F_SETLK, &lock) != 0) {
        return complain_of_lock(file, path, &lock);
    }
    if (!journal_file_is_named(file, path, size)) {
        (void)journal_complain(path, "was replaced while it was opened: try again", "");
        return false;
    }
    return true;
}

bool journal_file_is_locked(int file)
{
    struct flock lock = {0};

    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

static bool is_regular(int file, const char *path, off_t *size)
{
    struct stat status;

    if (fstat(file, &status) != 0) {
        (void)journal_complain(path, "", strerror(errno));
        return false;
    }
    if (!S_ISREG(status.st_mode)) {
        (void)journal_complain(path, "is not a regular file", "");
        return false;
    }
    *size = status.st_size;
    return true;
}

int journal_file_open(const char *path, bool for_writing, off_t *size)
{
    const int file = open_or_create(path, for_writing);

    if (file < 0) {
        (void)journal_complain(path, "cannot be opened: ", strerror(errno));
        return -1;
    }
    if (is_regular(file, path, size) && (!for_writing || lock_file(file, path, size))) {
        return file;
    }
    (void)close(file);
    return -1;
}
