/* SPDX-License-Identifier: MIT */
/* mbedTLS 3.6's, with the version of 4.0. */
#pragma GCC system_header
#include_next <mbedtls/build_info.h>

#if !defined(STAND_IN_BUILD_INFO_H) && !defined(MBEDTLS_AS_IT_IS)
#define STAND_IN_BUILD_INFO_H

#undef MBEDTLS_VERSION_MAJOR
#undef MBEDTLS_VERSION_MINOR
#undef MBEDTLS_VERSION_PATCH
#undef MBEDTLS_VERSION_NUMBER
#undef MBEDTLS_VERSION_STRING
#define MBEDTLS_VERSION_MAJOR 4
#define MBEDTLS_VERSION_MINOR 0
#define MBEDTLS_VERSION_PATCH 0
#define MBEDTLS_VERSION_NUMBER 0x04000000
#define MBEDTLS_VERSION_STRING "4.0.0"

#endif
