/* SPDX-License-Identifier: MIT */
/* files: anchors are mapped, not read, so that only the pages that are looked at cost memory. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "options.h"

/* Where systems keep their bundle: Debian and its kin, Fedora and its kin, openSUSE, Alpine and the
 * BSDs. */
static const char *const bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                      "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                      "/etc/ssl/cert.pem"};

static bool complain(const char *path, const char *reason)
{
    console_error((const char *[]){path, ": ", reason, NULL});
    return false;
}

static bool map(int file, const char *path, const void **anchors, size_t *size)
{
    struct stat status;
    void *memory;

    if (fstat(file, &status) != 0) {
        return complain(path, strerror(errno));
    }
    if (!S_ISREG(status.st_mode) || status.st_size == 0) {
        return complain(path, "holds no certificates");
    }
    memory = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory == MAP_FAILED) {
        return complain(path, strerror(errno));
    }
    *anchors = memory;
    *size = (size_t)status.st_size;
    return true;
}

bool files_anchors(const char *path, const void **anchors, size_t *size)
{
    const char *name = path;
    int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    size_t i;
    bool mapped;

    for (i = 0; path == NULL && file < 0 && i < sizeof bundles / sizeof bundles[0]; i++) {
        name = bundles[i];
        file = open(name, O_RDONLY | O_CLOEXEC);
    }
    if (file < 0) {
        return path != NULL ? complain(path, strerror(errno))
                            : complain("trust anchors", "this system has no bundle in a known "
                                                        "place: name one with --ca FILE");
    }
    mapped = map(file, name, anchors, size);
    (void)close(file);
    return mapped;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

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

static int read_token(int file, const char *path, char *token)
{
    struct stat status;
    ssize_t length;

    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
        (void)complain(path,
                       "others may read this token: chmod 600 the file, then fetch a new one");
        return EXIT_STORAGE;
    }
    length = read_all(file, token, REFLOW_MAX_TOKEN + 1);
    if (length < 0) {
        (void)complain(path, strerror(errno));
        return EXIT_STORAGE;
    }
    while (length > 0 && is_blank(token[length - 1])) {
        length--;
    }
    if (length == 0 || length > REFLOW_MAX_TOKEN) {
        (void)complain(path, length == 0 ? "holds no token" : "is too long for a token");
        return EXIT_UNAUTHORIZED;
    }
    token[length] = '\0';
    if (strlen(token) != (size_t)length) {
        (void)complain(path, "holds a NUL byte, which no token does");
        return EXIT_UNAUTHORIZED;
    }
    return EXIT_DONE;
}

int files_token(const char *path, char token[REFLOW_MAX_TOKEN + 1])
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    int status;

    if (file < 0) {
        (void)complain(path, strerror(errno));
        return EXIT_STORAGE;
    }
    status = read_token(file, path, token);
    (void)close(file);
    return status;
}
