/* SPDX-License-Identifier: MIT */
/* reflow_zephyr: reflow on Zephyr 3.7 and later. The port is reflow_sockets; what Zephyr leaves to
 * the application is the time of day. */
#ifndef REFLOW_ZEPHYR_H
#define REFLOW_ZEPHYR_H

#include "reflow_sockets.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Seconds since 1970 in UTC, now: from SNTP (sntp_simple()) or a real-time clock. Counted on with
 * the uptime; to be told again every few hours, as crystals drift. Until it is told, the time is
 * REFLOW_TIME_UNKNOWN. From any thread. */
void reflow_zephyr_set_time(int64_t unix_time);

#ifdef __cplusplus
}
#endif

#endif
