/* SPDX-License-Identifier: MIT */
/* stepper: runs a program and kills it at its Nth system call, before that call is executed.
 *     stepper N PROGRAM [ARGUMENT...]
 * Prints the number of calls begun, and 1 if the last of them was fsync, otherwise 0. Ends with 9
 * when it has killed, with 0 when the program came to a good end before, and with 1 otherwise. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */

static pid_t start(char **command)
{
    const pid_t child = fork();

    if (child == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)raise(SIGSTOP);
        (void)execv(command[0], command);
        _exit(127);
    }
    return child;
}

/* The number of the system call at whose entry the child stands, or -1. */
static long call_of(pid_t child)
{
    struct __ptrace_syscall_info info = {0};

    (void)ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, &info);
    return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

/* To the next stop. Signals are passed on, but for the stops that tracing itself brings about. */
static int go_on(pid_t child, int status)
{
    const int stop = WSTOPSIG(status);
    const bool ours = stop == SYSCALL_STOP || stop == SIGSTOP || stop == SIGTRAP;

    (void)ptrace(PTRACE_SYSCALL, child, NULL, (void *)(long)(ours ? 0 : stop));
    (void)waitpid(child, &status, 0);
    return status;
}

/* A killed process does not execute the call at whose entry it stands: the kernel looks for a fatal
 * signal after it has told us. */
static int finish(pid_t child, int status)
{
    if (!WIFEXITED(status) && !WIFSIGNALED(status)) {
        (void)kill(child, SIGKILL);
        (void)waitpid(child, &status, 0);
        return 9;
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    const long last = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    const pid_t child = last > 0 ? start(argv + 2) : -1;
    long calls = 0;
    long call = -1;
    int status = 0;

    if (child < 0 || waitpid(child, &status, 0) != child) {
        return 2;
    }
    (void)ptrace(PTRACE_SETOPTIONS, child, NULL,
                 (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
    while (WIFSTOPPED(status) && calls < last) {
        status = go_on(child, status);
        if (WIFSTOPPED(status) && WSTOPSIG(status) == SYSCALL_STOP && call_of(child) >= 0) {
            call = call_of(child);
            calls++;
        }
    }
    status = finish(child, status);
    (void)printf("%ld %d\n", calls, call == SYS_fsync ? 1 : 0);
    return status;
}
