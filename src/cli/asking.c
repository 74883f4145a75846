/* SPDX-License-Identifier: MIT */
/* asking: decides, and waits. */
#include "asking.h"

#include "interrupt.h"
#include "patience.h"

#define FIRST_PAUSE_MS 250

/* In the middle: nothing but this process has met the trouble, so there is no crowd to part. */
#define NO_JITTER (UINT32_C(1) << 31)

bool asking_again(struct asking *asking, struct connection *connection,
                  const struct options *options)
{
    struct pollfd fds[1];

    if (connection_again(connection)) {
        return true;
    }
    asking->tries++;
    if (connection_result(connection)->error != REFLOW_ERR_HTTP_TRUNCATED ||
        asking->tries >= options->attempts || interrupt_asked() != INTERRUPT_NONE) {
        return false;
    }
    asking->pause_ms = patience_next(asking->pause_ms, FIRST_PAUSE_MS, NO_JITTER);
    interrupt_poll(fds, 0, (int)asking->pause_ms);
    return interrupt_asked() == INTERRUPT_NONE;
}
