/* SPDX-License-Identifier: MIT */
/* client: the memory of one client, to be measured. */
#include "reflow.h"

char client[sizeof(struct reflow_client)];
