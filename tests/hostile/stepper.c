/* SPDX-License-Identifier: MIT */
/* stepper: runs a program and kills it at its Nth system call, before that call is executed.
 *     stepper N[@CALL] FILE PROGRAM [ARGUMENT...]
 * With @CALL, one of the names below, only those calls are counted: how often a program polls and
 * receives differs from one time to the next. Prints four words:
 *   the number of such calls begun;
 *   how many bytes of FILE, which the program appends to, a power cut at this moment cannot take
 *     away: those that a sync has come back for, or -1 if it could take the file's name as well;
 *   the last call: its name where it matters here, with "-journal" when it is about FILE and
 *     "-report" when it is about standard output; or other;
 *   killed, or the exit status with which the program has ended by itself, or -1 for a signal.
 * Ends with 9 when it has killed, with 0 when the program came to a good end before, and with 1
 * otherwise. */
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80) /* with PTRACE_O_TRACESYSGOOD */

static struct {
    pid_t child;
    long calls;
    long call; /* at whose entry the child has stood last, with its first argument; -1: none */
    int descriptor;
    char file[PATH_MAX];
    char folder[PATH_MAX];
    bool named; /* the folder knows the file on disk */
    long written;
    long synced;
} tracee = {.call = -1};

static void start(char **command)
{
    tracee.child = fork();
    if (tracee.child == 0) {
        (void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        (void)raise(SIGSTOP);
        (void)execv(command[0], command);
        _exit(127);
    }
}

/* ---- The file ---- */

/* Resolves the folder, because the child's descriptors will be told with their true names. */
static bool know_file(const char *path)
{
    struct stat status;
    const char *slash = strrchr(path, '/');
    char above[PATH_MAX];
    const int length = slash == NULL ? 0 : (int)(slash - path) + 1;

    (void)snprintf(above, sizeof above, "%.*s.", length, path);
    tracee.named = stat(path, &status) == 0;
    tracee.written = tracee.synced = tracee.named ? (long)status.st_size : 0;
    return realpath(above, tracee.folder) != NULL &&
           snprintf(tracee.file, sizeof tracee.file, "%s/%s", tracee.folder, path + length) <
               (int)sizeof tracee.file;
}

/* Whether the descriptor of the call is one of this path. */
static bool is_about(const char *path)
{
    char link[64];
    char target[PATH_MAX] = "";

    (void)snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)tracee.child, tracee.descriptor);
    return readlink(link, target, sizeof target - 1) > 0 && strcmp(target, path) == 0;
}

static bool is_sync(long call)
{
    return call == SYS_fsync || call == SYS_fdatasync;
}

/* What a call that has succeeded with this result means for the file. */
static void note_result(long result)
{
    if (tracee.call == SYS_write && is_about(tracee.file)) {
        tracee.written += result;
    } else if (tracee.call == SYS_ftruncate && is_about(tracee.file)) {
        struct stat status;
        if (stat(tracee.file, &status) == 0) {
            tracee.written = (long)status.st_size;
            tracee.synced = tracee.synced < tracee.written ? tracee.synced : tracee.written;
        }
    } else if (is_sync(tracee.call) && is_about(tracee.file)) {
        tracee.synced = tracee.written;
    } else if (tracee.call == SYS_fsync && is_about(tracee.folder)) {
        tracee.named = true;
    }
}

/* ---- The calls ---- */

static const char *name_of(long call)
{
    static const struct {
        long call;
        const char *name;
    } known[] = {{SYS_write, "write"},   {SYS_fdatasync, "fdatasync"}, {SYS_fsync, "fsync"},
                 {SYS_sendto, "sendto"}, {SYS_recvfrom, "recvfrom"},   {SYS_connect, "connect"},
                 {SYS_openat, "openat"}, {SYS_pread64, "pread"}};
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].call == call) {
            return known[i].name;
        }
    }
    return "other";
}

/* What it is about, as far as that matters. */
static const char *object_of(long call)
{
    if (call != SYS_write && call != SYS_pread64 && !is_sync(call)) {
        return "";
    }
    if (is_about(tracee.file)) {
        return "-journal";
    }
    return call == SYS_write && tracee.descriptor == STDOUT_FILENO ? "-report" : "";
}

/* Whether the call at whose entry the child stands is one to be counted; NULL: all are. */
static bool is_counted(const char *wanted)
{
    char name[32];

    (void)snprintf(name, sizeof name, "%s%s", name_of(tracee.call), object_of(tracee.call));
    return wanted == NULL || strcmp(name, wanted) == 0;
}

/* Notes at whose entry the child stands, or what came of it. */
static void note_call(const char *wanted)
{
    struct __ptrace_syscall_info info = {0};

    (void)ptrace(PTRACE_GET_SYSCALL_INFO, tracee.child, (void *)sizeof info, &info);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        tracee.call = (long)info.entry.nr;
        tracee.descriptor = (int)info.entry.args[0];
        tracee.calls += is_counted(wanted);
    } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && !info.exit.is_error) {
        note_result((long)info.exit.rval);
    }
}

/* To the next stop. Signals are passed on, but for the stops that tracing itself brings about. */
static int go_on(int status)
{
    const int stop = WSTOPSIG(status);
    const bool ours = stop == SYSCALL_STOP || stop == SIGSTOP || stop == SIGTRAP;

    (void)ptrace(PTRACE_SYSCALL, tracee.child, NULL, (void *)(long)(ours ? 0 : stop));
    (void)waitpid(tracee.child, &status, 0);
    return status;
}

/* A killed process does not execute the call at whose entry it stands: the kernel looks for a fatal
 * signal after it has told us. */
static int finish(int status)
{
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
        (void)printf("%d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
    }
    (void)puts("killed");
    (void)kill(tracee.child, SIGKILL);
    (void)waitpid(tracee.child, &status, 0);
    return 9;
}

int main(int argc, char **argv)
{
    const long last = argc > 3 ? strtol(argv[1], NULL, 10) : 0;
    const char *wanted = argc > 3 ? strchr(argv[1], '@') : NULL;
    int status = 0;

    if (last <= 0 || !know_file(argv[2])) {
        return 2;
    }
    start(argv + 3);
    if (tracee.child < 0 || waitpid(tracee.child, &status, 0) != tracee.child) {
        return 2;
    }
    (void)ptrace(PTRACE_SETOPTIONS, tracee.child, NULL,
                 (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
    while (WIFSTOPPED(status) && tracee.calls < last) {
        status = go_on(status);
        if (WIFSTOPPED(status) && WSTOPSIG(status) == SYSCALL_STOP) {
            note_call(wanted != NULL ? wanted + 1 : NULL);
        }
    }
    (void)printf("%ld %ld %s%s ", tracee.calls, tracee.named ? tracee.synced : -1,
                 name_of(tracee.call), object_of(tracee.call));
    return finish(status);
}
