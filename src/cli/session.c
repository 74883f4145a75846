/* SPDX-License-Identifier: MIT */
/* session: finds what connections need before the first is opened. */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "files.h"
#include "text.h"

static char token[REFLOW_MAX_TOKEN + 1];
static const void *anchors;
static size_t anchors_size;

static int find_token(const struct options *options)
{
    const char *value = getenv("REFLOW_ACCESS_TOKEN");

    if (options->token_file != NULL) {
        return files_token(options->token_file, token);
    }
    if (value == NULL || value[0] == '\0') {
        console_error((const char *[]){
            "no access token: set REFLOW_ACCESS_TOKEN, or name a file with --token-file", NULL});
        return EXIT_UNAUTHORIZED;
    }
    if (strlen(value) > REFLOW_MAX_TOKEN) {
        console_error((const char *[]){"REFLOW_ACCESS_TOKEN: too long for a token", NULL});
        return EXIT_UNAUTHORIZED;
    }
    memcpy(token, value, strlen(value) + 1);
    return EXIT_DONE;
}

int session_begin(const struct options *options)
{
    const int status = find_token(options);

    console_hide(token);
    if (status != EXIT_DONE) {
        return status;
    }
    return files_anchors(options->ca, &anchors, &anchors_size) ? EXIT_DONE : EXIT_USAGE;
}

void session_end(void)
{
    console_hide(NULL);
    reflow_wipe(token, sizeof token);
}

const char *session_token(void)
{
    return token;
}

const void *session_anchors(size_t *size)
{
    *size = anchors_size;
    return anchors;
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
