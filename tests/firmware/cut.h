/* SPDX-License-Identifier: MIT */
/* cut: points at which a test may take the power away. */
#ifndef FIRMWARE_CUT_H
#define FIRMWARE_CUT_H

/* When the argument `cut` names this point: says so on the UART and stands still, until QEMU is
 * killed. */
void cut_here(const char *point);

#endif
