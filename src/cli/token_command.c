/* SPDX-License-Identifier: MIT */
/* token_command: sees to it that the token file holds a token that can be used. */
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "session.h"
#include "when.h"

static int complain(const char *words)
{
    console_error((const char *[]){words, NULL});
    return EXIT_USAGE;
}

static bool report(const struct options *options)
{
    static struct line line;
    char time[WHEN_SIZE];
    int64_t ends;
    const bool known = session_token_ends(&ends);

    if (options->quiet) {
        return true;
    }
    when_write(known ? ends : 0, time);
    line_begin(&line);
    if (options->json) {
        line_own(&line, "{\"token_file\":");
        line_json(&line, options->token_file);
        line_own(&line, ",\"expires\":");
        line_json(&line, known ? time : NULL);
        line_own(&line, "}");
    } else {
        line_foreign(&line, options->token_file, strlen(options->token_file));
        line_own(&line, known ? ": good until " : ": not fetched by reflow; its end is not known");
        line_own(&line, known ? time : "");
    }
    return line_write(&line, STDOUT_FILENO);
}

int command_token(const struct options *options)
{
    int status;

    if (options->operand_count > 0) {
        return complain("token: takes no operands");
    }
    if (options->token_file == NULL) {
        return complain("token: where to? Name a file with --token-file (REFLOW_TOKEN_FILE)");
    }
    if (options->client_id == NULL) {
        (void)complain("token: fetching one takes REFLOW_CLIENT_ID, and REFLOW_CLIENT_SECRET or "
                       "--secret-file");
        return EXIT_UNAUTHORIZED;
    }
    status = session_begin(options);
    if (status == EXIT_DONE && !report(options)) {
        status = EXIT_STORAGE;
    }
    session_end();
    return status;
}
