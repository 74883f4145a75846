/* SPDX-License-Identifier: MIT */
/* proxy_choice: through which proxy, if any, connections are made. */
#ifndef REFLOW_CLI_PROXY_CHOICE_H
#define REFLOW_CLI_PROXY_CHOICE_H

#include "options.h"

/* What the environment says, as curl reads it: https_proxy, else HTTPS_PROXY, all_proxy, ALL_PROXY;
 * and no_proxy, else NO_PROXY. */
void proxy_from_environment(struct options *options);

/* From where options->proxy is, as one would say it: "--proxy", "HTTPS_PROXY". */
const char *proxy_origin(const struct options *options);

/* Has the client, just initialized, go through it. Returns an exit status; when it is not EXIT_DONE
 * standard error says why. */
int proxy_use(struct reflow_client *client, struct reflow_proxy *storage,
              const struct options *options);

#endif
