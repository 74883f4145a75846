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
