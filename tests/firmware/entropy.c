/* SPDX-License-Identifier: MIT */
/* entropy: random bytes for mbedTLS and lwIP, and mbedTLS's clock. On a chip this reads the random
 * number generator, and a counter that runs on in sleep. */
#include <mbedtls/entropy.h>
#include <mbedtls/platform_time.h>

#include "lwip/arch.h"

#include "semihosting.h"

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen);

static size_t random_bytes(void *output, size_t length)
{
    static int handle = -1;

    if (handle < 0) {
        handle = semihosting_open("/dev/urandom", SEMIHOSTING_READ);
    }
    return handle >= 0 ? semihosting_read(handle, output, length) : 0;
}

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen)
{
    (void)data;
    *olen = random_bytes(output, len);
    return *olen == len ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

uint32_t reflow_lwip_random(void)
{
    uint32_t word = 0;

    (void)random_bytes(&word, sizeof word);
    return word;
}

#if defined(MBEDTLS_PLATFORM_MS_TIME_ALT)
/* A ticket ages in deep sleep, too, which ends by a restart: board_ms() would begin anew, and the age be
 * negative. Seconds do: nothing depends on a finer age. */
mbedtls_ms_time_t mbedtls_ms_time(void)
{
    return (mbedtls_ms_time_t)semihosting_time() * 1000;
}
#endif
