/* SPDX-License-Identifier: MIT */
/* marker: the sector's layout, and the order in which it is written. */
#include "marker.h"

#include <string.h>

#include "cut.h"
#include "semihosting.h"

#define MAGIC 0x57464C52U  /* "RLFW" */
#define ERASED 0xFFFFFFFFU /* no outcome yet */

/* `whole` is the last step of the intent, `outcome` of the whole: what is written before either does
 * not count without it. */
struct sector {
    char run[MARKER_RUN_SIZE];
    uint32_t whole;
    char id[MARKER_RUN_SIZE];
    uint32_t outcome;
};

static const char *sector_file;
static bool intended;

void marker_use(const char *file)
{
    sector_file = file;
}

static size_t read_sector(struct sector *sector)
{
    const int handle = semihosting_open(sector_file, SEMIHOSTING_READ);
    size_t length = 0;

    memset(sector, 0xFF, sizeof *sector);
    if (handle >= 0) {
        length = semihosting_read(handle, sector, sizeof *sector);
        (void)semihosting_close(handle);
    }
    return length;
}

enum marker_state marker_read(struct marker *marker)
{
    struct sector sector;

    if (sector_file == NULL || read_sector(&sector) < offsetof(struct sector, id) ||
        sector.whole != MAGIC) {
        return MARKER_NONE;
    }
    sector.run[sizeof sector.run - 1] = '\0';
    memcpy(marker->run, sector.run, sizeof sector.run);
    if (sector.outcome == ERASED) {
        return MARKER_UNSETTLED;
    }
    sector.id[sizeof sector.id - 1] = '\0';
    memcpy(marker->id, sector.id, sizeof sector.id);
    marker->outcome = (enum reflow_outcome)sector.outcome;
    return MARKER_SETTLED;
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
    memcpy(sector.run, run, strlen(run) + 1); /* at most 128 characters: reflow has checked it */
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

static void write_outcome(int handle, const struct reflow_result *result)
{
    const uint32_t outcome = (uint32_t)result->outcome;
    char id[MARKER_RUN_SIZE] = "";

    if (result->id != NULL) {
        memcpy(id, result->id, strlen(result->id) + 1); /* likewise */
    }
    if (semihosting_seek(handle, offsetof(struct sector, id)) &&
        semihosting_write(handle, id, sizeof id)) {
        cut_here("half-outcome");
        (void)semihosting_write(handle, &outcome, sizeof outcome);
    }
}

/* Where it cannot be written, the intent alone says "unknown", and is not believed to say more. */
void marker_settle(const struct reflow_result *result)
{
    int handle;

    cut_here("ended");
    if (!intended || result->outcome == REFLOW_UNKNOWN) {
        return;
    }
    handle = semihosting_open(sector_file, SEMIHOSTING_UPDATE);
    if (handle >= 0) {
        write_outcome(handle, result);
        (void)semihosting_close(handle);
    }
    cut_here("settled");
}
