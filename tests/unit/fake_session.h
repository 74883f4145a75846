/* SPDX-License-Identifier: MIT */
/* A session without anchors whose token is never renewed, for tests of what stands above it. */
#ifndef TESTS_FAKE_SESSION_H
#define TESTS_FAKE_SESSION_H

#include "cli/report.h"
#include "cli/session.h"
#include "reflow.h"

const char *session_token(void)
{
    return "a-token";
}

const void *session_anchors(size_t *size)
{
    *size = 0;
    return NULL;
}

bool session_renewable(void)
{
    return false;
}

bool session_renew(const char *rejected)
{
    (void)rejected;
    return false;
}

void report_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    (void)context;
    (void)what;
    (void)text;
    (void)length;
}

#endif
