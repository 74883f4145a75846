/* SPDX-License-Identifier: MIT */
/* Zephyr's numbers for fcntl(): here this machine's. */
#ifndef STUB_ZEPHYR_FDTABLE_H
#define STUB_ZEPHYR_FDTABLE_H

#include <fcntl.h>

#define ZVFS_F_SETFL F_SETFL
#define ZVFS_O_NONBLOCK O_NONBLOCK

#endif
