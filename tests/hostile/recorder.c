/* SPDX-License-Identifier: MIT */
/* recorder: a careful caller, to be killed at any moment. Before a request is sent its intent is on
 * disk, and afterwards what came of it.   recorder JOURNAL URL CA RUN_ID...   (keys: REFLOW_*) */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reflow.h"
#include "reflow_posix.h"

static int journal;
static char anchors[65536];
static struct reflow_client client;
static struct reflow_posix posix;

static bool record(const char *what, const char *run_id, const char *more)
{
    char line[512];
    const int length = snprintf(line, sizeof line, "%s %s %s\n", what, run_id, more);

    return length > 0 && (size_t)length < sizeof line &&
           write(journal, line, (size_t)length) == length && fsync(journal) == 0;
}

static bool on_commit(void *context, const char *run_id)
{
    (void)context;
    return record("intent", run_id, "-");
}

static size_t read_file(const char *path)
{
    const int file = open(path, O_RDONLY);
    const ssize_t length = file >= 0 ? read(file, anchors, sizeof anchors) : 0;

    (void)close(file);
    return length > 0 ? (size_t)length : 0;
}

static bool open_client(const char *url, const char *ca)
{
    struct reflow_config config;

    memset(&config, 0, sizeof config);
    config.url = url;
    config.token = getenv("REFLOW_ACCESS_TOKEN");
    config.api_key = getenv("REFLOW_API_KEY");
    config.org_id = getenv("REFLOW_ORG_ID");
    config.anchors = anchors;
    config.anchors_size = read_file(ca);
    config.timeout_ms = 10000;
    config.attempts = 1;
    config.port = &reflow_posix;
    config.port_context = &posix;
    config.on_commit = on_commit;
    reflow_posix_init(&posix);
    return reflow_init(&client, sizeof client, &config) == REFLOW_OK;
}

int main(int argc, char **argv)
{
    int i;

    journal = argc > 4 ? open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (journal < 0 || !open_client(argv[2], argv[3])) {
        (void)fprintf(stderr, "recorder: %s\n", argc > 4 ? reflow_invalid_field(&client) : "usage");
        return 2;
    }
    for (i = 4; i < argc; i++) {
        const enum reflow_outcome outcome = reflow_retrigger(&client, argv[i]);
        const char *id = reflow_result(&client)->id;
        if (!record(reflow_outcome_name(outcome), argv[i], id != NULL ? id : "-")) {
            return 6;
        }
    }
    reflow_close(&client);
    return 0;
}
