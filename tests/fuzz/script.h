/* SPDX-License-Identifier: MIT */
/* script: what an input has the world do to a client: a line of numbers, a line of letters, and
 * what the service says.
 *
 *   TIMEOUT_MS ATTEMPTS TICK_MS RANDOM RECORD OPERATIONS
 *   LETTERS
 *   TEXT
 *
 * OPERATIONS  up to 4 letters: r re-triggers, s shows a run, l lists runs, t fetches a token
 * LETTERS     one is taken by each step and by each call of the port's: see client_port.c. A letter
 *             that says nothing to whoever takes it, and the end of the line, let all go well.
 * TEXT        the answers. Two per cent signs and a letter end a part of it; then the service
 *             n says the next part after the next request; so at the end of the text, with silence
 *             s says the next part at once, but in another record
 *             w goes on when the client has waited once
 *             c closes the connection in an orderly way   e by TCP alone   x loses it
 *             a says the next part as soon as the next request has begun */
#ifndef FUZZ_SCRIPT_H
#define FUZZ_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#define MOST_OPERATIONS 4

struct script {
    uint32_t timeout_ms;
    uint8_t attempts;
    uint32_t tick_ms;
    uint32_t random;
    size_t record;
    char operations[MOST_OPERATIONS + 1];
    const char *letters;
    size_t letter_count;
    size_t next;
    const char *text;
    size_t length;
};

void script_begin(struct script *script, const uint8_t *data, size_t size);

/* The next letter; '.' when there are no more. */
char script_letter(struct script *script);

/* Takes the next part off the text, and the letter that ends it: 'n' at the end. */
const char *script_part(struct script *script, size_t *length, char *end);

#endif
