// SPDX-License-Identifier: MIT
// mbedTLS as reflow uses it, without what MemorySanitizer cannot see into: assembly.
#include "reflow_mbedtls_config.h"

#undef MBEDTLS_HAVE_ASM
#undef MBEDTLS_AESNI_C
