/* SPDX-License-Identifier: MIT */
/* Two clients in one process, stepped in turns over one poll(): a program that test_structure.py
 * links with build/reflow.o and the POSIX port, and nothing else of reflow's.
 *
 *   two_clients URL CA TOKEN API_KEY ORG RUN RUN      prints "RUN ID" for each that was re-triggered
 */
#include <poll.h>
#include <stdio.h>

#include "reflow_posix.h"

struct lane {
    struct reflow_client client;
    struct reflow_posix posix;
    const char *run;
    enum reflow_event event;
    unsigned commits;
};

static struct lane lanes[2];
static char anchors[65536];

static bool ended(const struct lane *lane)
{
    return lane->event == REFLOW_DONE || lane->event == REFLOW_FAILED;
}

static size_t read_anchors(const char *name)
{
    FILE *file = fopen(name, "rb");
    size_t size;

    if (file == NULL) {
        return 0;
    }
    size = fread(anchors, 1, sizeof anchors, file);
    (void)fclose(file);
    return size;
}

static bool begin(struct lane *lane, struct reflow_config config, const char *run)
{
    reflow_posix_init(&lane->posix);
    config.port_context = &lane->posix;
    lane->run = run;
    lane->event = REFLOW_LATER;
    return reflow_init(&lane->client, sizeof lane->client, &config) == REFLOW_OK &&
           reflow_start_retrigger(&lane->client, run) == REFLOW_OK;
}

static void step(struct lane *lane)
{
    lane->event = reflow_step(&lane->client);
    lane->commits += lane->event == REFLOW_COMMIT;
}

/* Waits for whichever comes first. Nothing is waited for while one of them can go on at once. */
static void wait_for_any(void)
{
    struct pollfd fds[2 * REFLOW_POSIX_POLLFDS];
    int timeout_ms = 1000;
    size_t count = 0;
    size_t i;

    for (i = 0; i < 2; i++) {
        if (lanes[i].event == REFLOW_COMMIT || lanes[i].event == REFLOW_LATER) {
            timeout_ms = 0;
        } else if (!ended(&lanes[i])) {
            count += reflow_posix_pollfds(&lanes[i].posix, (int)lanes[i].event, fds + count,
                                          &timeout_ms);
        }
    }
    (void)poll(fds, (nfds_t)count, timeout_ms);
}

static int report(struct lane *lane)
{
    const struct reflow_result *result = reflow_result(&lane->client);

    if (lane->event != REFLOW_DONE || lane->commits != 1) {
        printf("%s %s\n", lane->run, reflow_error_name(result->error));
        return 1;
    }
    printf("%s %s\n", lane->run, result->id);
    return 0;
}

int main(int argc, char **argv)
{
    struct reflow_config config = {0};
    int status;

    if (argc != 8) {
        return 2;
    }
    config.url = argv[1];
    config.anchors = anchors;
    config.anchors_size = read_anchors(argv[2]);
    config.token = argv[3];
    config.api_key = argv[4];
    config.org_id = argv[5];
    config.timeout_ms = 20000;
    config.port = &reflow_posix;
    if (!begin(&lanes[0], config, argv[6]) || !begin(&lanes[1], config, argv[7])) {
        return 2;
    }
    while (!ended(&lanes[0]) || !ended(&lanes[1])) {
        step(&lanes[0]);
        step(&lanes[1]);
        wait_for_any();
    }
    status = report(&lanes[0]) | report(&lanes[1]);
    reflow_close(&lanes[0].client);
    reflow_close(&lanes[1].client);
    return status;
}
