/* SPDX-License-Identifier: MIT */
/* http_parts: a request head as a sequence of parts. The stubs assume of http_request what its
 * proofs show of the bytes, and see to it that the parts come in the order that a head has. */
#ifndef REFLOW_HTTP_PARTS_H
#define REFLOW_HTTP_PARTS_H

#include "http_request.h"
#include "proof.h"
#include "text.h"

static enum { HEAD_EMPTY, HEAD_TARGET, HEAD_FIELDS, HEAD_ENDED } stage;
static unsigned hosts;
static unsigned bearers;

/* An empty text with any room. */
static struct reflow_text any_head(void)
{
    struct reflow_text head;

    head.size = proof_up_to(REFLOW_BUFFER_SIZE);
    head.length = 0;
    head.overflow = false;
    head.invalid = false;
    return head;
}

/* Something is appended, or is too long, or is not allowed: any of these. */
static void appends(struct reflow_text *head, unsigned from, unsigned to)
{
    const size_t longer = proof_up_to(head->size);

    prove(stage == from);
    assume(longer >= head->length);
    stage = to;
    if (reflow_text_sound(head)) {
        head->length = longer;
        head->overflow = nondet_bool();
        head->invalid = nondet_bool();
    }
}

static bool readable(const char *string)
{
    return __CPROVER_r_ok(string, 1);
}

void begin_proven(struct reflow_text *head, const char *method, const struct reflow_url *base)
{
    prove(readable(method) && __CPROVER_r_ok(base, sizeof *base));
    appends(head, HEAD_EMPTY, HEAD_TARGET);
}

void target_proven(struct reflow_text *head, const char *string)
{
    prove(readable(string));
    appends(head, HEAD_TARGET, HEAD_TARGET);
}

void host_proven(struct reflow_text *head, const struct reflow_url *url)
{
    prove(__CPROVER_r_ok(url, sizeof *url));
    hosts++;
    appends(head, HEAD_TARGET, HEAD_FIELDS);
}

void field_proven(struct reflow_text *head, const char *name, const char *value)
{
    prove(readable(name) && readable(value));
    appends(head, HEAD_FIELDS, HEAD_FIELDS);
}

size_t bearer_proven(struct reflow_text *head, const char *token)
{
    const size_t before = head->length;
    const size_t at = nondet_size();

    bearers++;
    appends(head, HEAD_FIELDS, HEAD_FIELDS);
    if (token == NULL || token[0] == '\0') {
        head->invalid = true;
        return 0;
    }
    assume(at >= before && at <= head->length);
    return at;
}

void end_proven(struct reflow_text *head)
{
    appends(head, HEAD_FIELDS, HEAD_ENDED);
}

#endif
