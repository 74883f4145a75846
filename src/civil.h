/* SPDX-License-Identifier: MIT */
/* civil: from a calendar date to seconds. */
#ifndef REFLOW_CIVIL_H
#define REFLOW_CIVIL_H

#include "reflow.h"

/* Seconds from 1970-01-01T00:00:00Z to midnight of a day of the Gregorian calendar: year 0 to 9999,
 * month 1 to 12, day 1 to 31. */
int64_t reflow_civil_seconds(int year, int month, int day);

#endif
