/* SPDX-License-Identifier: MIT */
/* progress: a line that is written over. */
#include "progress.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define INTERVAL_MS 200

static bool wanted;
static bool shown;
static bool taken_away; /* since it was last shown */
static int64_t begun_ms;
static int64_t shown_ms;

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_begin(const struct options *options)
{
    wanted = !options->quiet && !options->verbose && isatty(STDERR_FILENO) != 0;
    shown = false;
    taken_away = false;
    begun_ms = wanted ? now_ms() : 0;
    shown_ms = begun_ms;
}

static void write_out(const char *bytes, size_t length)
{
    if (write(STDERR_FILENO, bytes, length) < 0) {
        wanted = false; /* there is nobody left to show it to */
    }
}

void progress_hide(void)
{
    static const char erase[] = "\r\033"
                                "[K";

    if (shown) {
        write_out(erase, sizeof erase - 1);
        shown = false;
        taken_away = true;
    }
}

static void count(struct reflow_text *line, const char *name, uint32_t number)
{
    reflow_text_number(line, number);
    reflow_text_string(line, name);
}

/* "12 a second, 3:05 left": what was done tells how long the rest will take. Nothing is shown before
 * INTERVAL_MS have gone by. */
static void describe_speed(struct reflow_text *line, const struct progress *progress, uint32_t runs,
                           uint64_t elapsed_ms)
{
    const uint64_t rate10 = runs * UINT64_C(10000) / elapsed_ms;
    uint64_t left_s;

    count(line, ".", (uint32_t)(rate10 / 10));
    count(line, " a second", (uint32_t)(rate10 % 10));
    if (progress->done == 0 || progress->whole <= progress->done) {
        return;
    }
    left_s = (progress->whole - progress->done) * elapsed_ms / progress->done / 1000;
    reflow_text_string(line, ", ");
    count(line, left_s % 60 < 10 ? ":0" : ":", (uint32_t)(left_s / 60));
    count(line, " left", (uint32_t)(left_s % 60));
}

void progress_show(const struct progress *progress)
{
    char bytes[160];
    struct reflow_text line;
    const int64_t now = wanted ? now_ms() : 0;
    const uint32_t *outcomes = progress->outcomes;
    const uint32_t runs = outcomes[REFLOW_RETRIGGERED] + outcomes[REFLOW_REFUSED] +
                          outcomes[REFLOW_NOT_APPLIED] + outcomes[REFLOW_UNKNOWN];

    if (!wanted || (!taken_away && now - shown_ms < INTERVAL_MS)) {
        return;
    }
    reflow_text_init(&line, bytes, sizeof bytes);
    reflow_text_string(&line, "\r\033"
                              "[K");
    count(&line, " done, ", outcomes[REFLOW_RETRIGGERED]);
    count(&line, " refused, ", outcomes[REFLOW_REFUSED]);
    count(&line, " not applied, ", outcomes[REFLOW_NOT_APPLIED]);
    count(&line, " unknown, ", outcomes[REFLOW_UNKNOWN]);
    describe_speed(&line, progress, runs, (uint64_t)(now - begun_ms));
    write_out(bytes, line.length);
    shown = true;
    taken_away = false;
    shown_ms = now;
}
