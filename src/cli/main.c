/* SPDX-License-Identifier: MIT */
/* main: from the command word to the command. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "interrupt.h"
#include "usage.h"

static const struct {
    const char *word;
    int (*run)(const struct options *options);
} commands[] = {{"retry", command_retry}, {"runs", command_runs},     {"show", command_show},
                {"wait", command_wait},   {"settle", command_settle}, {"journal", command_journal},
                {"token", command_token}, {"doctor", command_doctor}};

static struct line line;

static int print(const char *words)
{
    line_begin(&line);
    line_own(&line, words);
    return line_write(&line, STDOUT_FILENO) ? EXIT_DONE : EXIT_STORAGE;
}

static int print_version(void)
{
    line_begin(&line);
    line_own(&line, "reflow ");
    line_own(&line, reflow_version());
    line_own(&line, " (");
    line_own(&line, reflow_tls_version());
    line_own(&line, ")");
    return line_write(&line, STDOUT_FILENO) ? EXIT_DONE : EXIT_STORAGE;
}

static int run_command(const struct options *options)
{
    size_t i;

    for (i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(options->command, commands[i].word) == 0) {
            if (options->help) {
                return print(usage_of(options->command));
            }
            return commands[i].run(options);
        }
    }
    console_error((const char *[]){options->command, ": no such command; see reflow --help", NULL});
    return EXIT_USAGE;
}

/* A standard descriptor that is closed would be given to the next file or socket, and what is meant for
 * a person would go there. Something takes its place that can neither be read nor written. */
static void fill_descriptors(void)
{
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    int number;

    for (number = STDIN_FILENO; number <= STDERR_FILENO; number++) {
        if (fcntl(number, F_GETFD) < 0) {
            (void)open("/dev/null", modes[number]); /* takes the lowest free number: this one */
        }
    }
}

int main(int argc, char **argv)
{
    struct options options;

    fill_descriptors();
    if (!interrupt_begin()) {
        console_error((const char *[]){"no pipe is to be had from the system", NULL});
        return EXIT_STORAGE;
    }
    if (!options_read(&options, argc, argv)) {
        return EXIT_USAGE;
    }
    if (options.version) {
        return print_version();
    }
    if (options.command != NULL) {
        return run_command(&options);
    }
    if (options.help) {
        return print(usage_of(NULL));
    }
    console_error((const char *[]){"what is to be done? See reflow --help", NULL});
    return EXIT_USAGE;
}
