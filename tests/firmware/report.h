/* SPDX-License-Identifier: MIT */
/* report: the result on the UART, one line of JSON, as `reflow retry --json` writes it. */
#ifndef FIRMWARE_REPORT_H
#define FIRMWARE_REPORT_H

#include "reflow.h"

void report_result(const char *run, const struct reflow_result *result);

/* {"figures":{"arena":…,"stack":…,"client":…,"connecting_us":…}}, in bytes and microseconds. */
void report_figures(uint32_t arena, uint32_t stack, uint32_t client, uint32_t connecting);

/* A line for a person; ends nothing. */
void report_problem(const char *what, const char *which);

#endif
