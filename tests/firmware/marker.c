/* SPDX-License-Identifier: MIT */
/* marker: the sector's layout, and the order in which it is written. */
#include "marker.h"

#include <string.h>

#include "cut.h"
#include "semihosting.h"

#define MAGIC 0x57464C52U  /* "RLFW" */
#define ERASED 0xFFFFFFFFU /* no outcome yet */

/* `whole` is written last of the intent, in a step of its own. */
struct sector {
    char run[MARKER_RUN_SIZE];
    uint32_t whole;
    uint32_t outcome;
};

static const char *sector_file;
static bool intended;

void marker_use(const char *file)
{
    sector_file = file;
}

enum marker_state marker_read(char run[MARKER_RUN_SIZE])
{
    struct sector sector;
    size_t length = 0;
    int handle;

    if (sector_file == NULL) {
        return MARKER_NONE;
    }
    memset(&sector, 0xFF, sizeof sector);
    handle = semihosting_open(sector_file, SEMIHOSTING_READ);
    if (handle >= 0) {
        length = semihosting_read(handle, &sector, sizeof sector);
        (void)semihosting_close(handle);
    }
    if (length < offsetof(struct sector, outcome) || sector.whole != MAGIC) {
        return MARKER_NONE;
    }
    sector.run[sizeof sector.run - 1] = '\0';
    memcpy(run, sector.run, sizeof sector.run);
    return sector.outcome == ERASED ? MARKER_UNSETTLED : MARKER_SETTLED;
}

static bool write_intent(int handle, const struct sector *sector)
{
    const size_t half = sizeof sector->run / 2;

    cut_here("erased");
    if (!semihosting_write(handle, sector->run, half)) {
        return false;
    }
    cut_here("half-intent");
    if (!semihosting_write(handle, sector->run + half, sizeof sector->run - half)) {
        return false;
    }
    cut_here("unsealed");
    return semihosting_write(handle, &sector->whole, sizeof sector->whole);
}

bool marker_intend(const char *run)
{
    struct sector sector = {.whole = MAGIC};
    bool written;
    int handle;

    cut_here("verified");
    if (sector_file == NULL) {
        return true;
    }
    strncpy(sector.run, run, sizeof sector.run - 1);
    handle = semihosting_open(sector_file, SEMIHOSTING_CREATE);
    if (handle < 0) {
        return false;
    }
    written = write_intent(handle, &sector);
    written = semihosting_close(handle) && written;
    intended = written;
    cut_here("intended");
    return written;
}

void marker_settle(enum reflow_outcome outcome)
{
    const uint32_t word = (uint32_t)outcome;
    int handle;

    cut_here("ended");
    if (!intended || outcome == REFLOW_UNKNOWN) {
        return;
    }
    handle = semihosting_open(sector_file, SEMIHOSTING_UPDATE);
    if (handle < 0) {
        return; /* the intent alone says "unknown", which is true */
    }
    if (semihosting_seek(handle, offsetof(struct sector, outcome))) {
        (void)semihosting_write(handle, &word, sizeof word);
    }
    (void)semihosting_close(handle);
    cut_here("settled");
}
