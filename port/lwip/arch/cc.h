/* SPDX-License-Identifier: MIT */
/* cc: what lwIP wants to know of compiler and C library. No hosted header, no printing; an assertion
 * that is switched on (LWIP_NOASSERT undefined) traps without carrying its words. */
#ifndef REFLOW_LWIP_ARCH_CC_H
#define REFLOW_LWIP_ARCH_CC_H

#include <stdint.h>

#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_CTYPE_H 1
#define X8_F "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "u"

#define LWIP_PLATFORM_DIAG(words)                                                                  \
    do {                                                                                           \
    } while (0)
#define LWIP_PLATFORM_ASSERT(words) __builtin_trap()

/* 32 random bits, which the image provides: query IDs and source ports of DNS, sequence numbers and
 * ports of TCP are to be guessed by nobody. */
uint32_t reflow_lwip_random(void);
#define LWIP_RAND() reflow_lwip_random()

#endif
