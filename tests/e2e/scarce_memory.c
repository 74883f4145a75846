/* SPDX-License-Identifier: MIT */
/* scarce_memory: preloaded (LD_PRELOAD), fails one allocation of a program, or tells which there are.
 *
 *   SCARCE_AT=N        the Nth call of malloc(), calloc() or realloc() says that there is no memory
 *   SCARCE_LIST=FILE   a line for each place that asks for memory: the number of the call that was
 *                      its first. A place is the whole chain of callers inside the program itself.
 *   SCARCE_TOLD=FILE   is created when the allocation has been made to fail */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

#define PLACES 16384 /* a power of two, and far more than there are */

static unsigned long calls;
static unsigned long fails_at;
static int list = -1;
static uint64_t places[PLACES];
static uintptr_t first, last; /* the program's own code */

/* The program itself is what dl_iterate_phdr() tells of first. */
static int find_program(struct dl_phdr_info *info, size_t size, void *unused)
{
    int i;

    (void)size;
    (void)unused;
    for (i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            first = info->dlpi_addr + part->p_vaddr;
            last = first + part->p_memsz;
        }
    }
    return 1;
}

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("SCARCE_AT");

    fails_at = text != NULL ? strtoul(text, NULL, 10) : 0;
    text = getenv("SCARCE_LIST");
    if (text != NULL) {
        (void)dl_iterate_phdr(find_program, NULL);
        list = open(text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    }
    calls = 0;
}

static _Unwind_Reason_Code take_caller(struct _Unwind_Context *context, void *hash)
{
    const uintptr_t at = _Unwind_GetIP(context);

    if (at >= first && at < last) {
        *(uint64_t *)hash = (*(uint64_t *)hash ^ (at - first)) * 0x100000001b3U;
    }
    return _URC_NO_REASON;
}

static void note_place(void)
{
    uint64_t hash = 0xcbf29ce484222325U;
    char line[32];
    size_t slot;
    int length;

    (void)_Unwind_Backtrace(take_caller, &hash);
    for (slot = hash % PLACES; places[slot] != 0; slot = (slot + 1) % PLACES) {
        if (places[slot] == hash) {
            return;
        }
    }
    places[slot] = hash;
    length = snprintf(line, sizeof line, "%lu\n", calls);
    if (write(list, line, (size_t)length) != length) {
        abort();
    }
}

static int fails(void)
{
    static int inside;
    const char *told;

    calls++;
    if (list >= 0 && !inside) {
        inside = 1;
        note_place();
        inside = 0;
    }
    if (calls != fails_at) {
        return 0;
    }
    told = getenv("SCARCE_TOLD");
    if (told != NULL) {
        (void)close(open(told, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}
