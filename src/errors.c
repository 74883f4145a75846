/* SPDX-License-Identifier: MIT */
/* errors: the words for outcomes and errors, made from the one table in reflow.h. */
#include "reflow.h"

#include <string.h>

/* Each column is one run of strings, every one ended by its NUL: without a pointer (and, in
 * position-independent code, a relocation) for each, the words cost little more than their letters.
 * The columns are separate objects, so that a linker keeps only those that are asked for. The empty
 * string at the front belongs to REFLOW_OK, the one at the end to every number from `count` on. */
static const char *word(const char *words, size_t index, size_t count)
{
    const char *at = words;

    for (size_t skip = index < count ? index : count; skip > 0; skip--) {
        at += strlen(at) + 1;
    }
    return at;
}

#define REFLOW_ERROR_NAME(id, name, certain, otherwise, repeat, exit, text, advice) #name "\0"
static const char error_names[] = "\0" REFLOW_ERRORS(REFLOW_ERROR_NAME);
#undef REFLOW_ERROR_NAME

#define REFLOW_ERROR_TEXT(id, name, certain, otherwise, repeat, exit, text, advice) text "\0"
static const char error_texts[] = "\0" REFLOW_ERRORS(REFLOW_ERROR_TEXT);
#undef REFLOW_ERROR_TEXT

#define REFLOW_ERROR_ADVICE(id, name, certain, otherwise, repeat, exit, text, advice) advice "\0"
static const char error_advice[] = "\0" REFLOW_ERRORS(REFLOW_ERROR_ADVICE);
#undef REFLOW_ERROR_ADVICE

const char *reflow_error_name(enum reflow_error error)
{
    return word(error_names, (size_t)error, REFLOW_ERROR_COUNT);
}

const char *reflow_error_text(enum reflow_error error)
{
    return word(error_texts, (size_t)error, REFLOW_ERROR_COUNT);
}

const char *reflow_error_advice(enum reflow_error error)
{
    return word(error_advice, (size_t)error, REFLOW_ERROR_COUNT);
}

static const char outcome_names[] = "retriggered\0"
                                    "refused\0"
                                    "not_applied\0"
                                    "unknown\0";

const char *reflow_outcome_name(enum reflow_outcome outcome)
{
    return word(outcome_names, (size_t)outcome, REFLOW_UNKNOWN + 1);
}
