/* SPDX-License-Identifier: MIT */
/* program: the least that a firmware calls to re-trigger a run. Linked to be measured, never run. */
#include "reflow.h"

extern const struct reflow_config config; /* the board's, with its port */
extern void wait_for(enum reflow_event event);
extern void report(const struct reflow_result *result);

struct reflow_client client;

void start(void);

void start(void)
{
    enum reflow_event event = REFLOW_FAILED;

    if (reflow_init(&client, sizeof client, &config) == REFLOW_OK &&
        reflow_start_retrigger(&client, "4fb0418e-1804-45d6-8d56-dd51f05c0baf") == REFLOW_OK) {
        do {
            event = reflow_step(&client);
            wait_for(event);
        } while (event != REFLOW_DONE && event != REFLOW_FAILED);
    }
    report(reflow_result(&client));
    reflow_close(&client);
}
