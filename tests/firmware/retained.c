/* SPDX-License-Identifier: MIT */
/* retained: a session's bytes, in a file as long as they are. */
#include "retained.h"

#include "semihosting.h"

static const char *retained_file;

void retained_use(const char *file)
{
    retained_file = file;
}

void retained_read(struct reflow_ticket *ticket)
{
    int handle = -1;

    if (retained_file != NULL) {
        handle = semihosting_open(retained_file, SEMIHOSTING_READ);
    }
    if (handle >= 0) {
        ticket->length = (uint16_t)semihosting_read(handle, ticket->bytes, sizeof ticket->bytes);
        (void)semihosting_close(handle);
    }
}

void retained_write(const struct reflow_ticket *ticket)
{
    int handle = -1;

    if (retained_file != NULL) {
        handle = semihosting_open(retained_file, SEMIHOSTING_CREATE);
    }
    if (handle >= 0) {
        (void)semihosting_write(handle, ticket->bytes, ticket->length);
        (void)semihosting_close(handle);
    }
}
