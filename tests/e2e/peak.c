/* SPDX-License-Identifier: MIT */
/* peak: runs a command and writes its largest resident set, in KB, into a file: peak FILE COMMAND...
 *
 * A child's figure begins with the size of the process that forked it, which is why the tests, large as
 * they are, cannot ask for it themselves. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct rusage usage;
    int status;
    FILE *file;
    pid_t child;

    if (argc < 3) {
        return 125;
    }
    child = fork();
    if (child == 0) {
        execv(argv[2], argv + 2);
        _exit(126);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        return 125;
    }
    file = fopen(argv[1], "w");
    if (file == NULL || fprintf(file, "%ld\n", usage.ru_maxrss) < 0 || fclose(file) != 0) {
        return 125;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
