/* SPDX-License-Identifier: MIT */
/* interrupt: the handlers write to a pipe that every poll() watches. */
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int wake[2];
static volatile sig_atomic_t asked;

static void on_signal(int number)
{
    const int saved = errno;

    if (number != SIGALRM) {
        asked = number == SIGINT && asked == INTERRUPT_NONE ? INTERRUPT_SOON : INTERRUPT_NOW;
    }
    /* A signal may come just before a read or write that then waits for ever: it is repeated. */
    (void)alarm(1);
    if (write(wake[1], "", 1) < 0) {
        /* The pipe is full: poll() is awake already. */
    }
    errno = saved;
}

bool interrupt_begin(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
    struct sigaction action;
    size_t i;

    if (pipe(wake) != 0) {
        return false;
    }
    for (i = 0; i < 2; i++) {
        (void)fcntl(wake[i], F_SETFL, O_NONBLOCK);
        (void)fcntl(wake[i], F_SETFD, FD_CLOEXEC);
    }
    memset(&action, 0, sizeof action);
    (void)sigemptyset(&action.sa_mask);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    (void)sigaction(SIGXFSZ, &action, NULL);
    action.sa_handler = on_signal; /* without SA_RESTART: reading standard input ends, too */
    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        (void)sigaction(numbers[i], &action, NULL);
    }
    return true;
}

enum interrupt interrupt_asked(void)
{
    return (enum interrupt)asked;
}

void interrupt_poll(struct pollfd *fds, size_t count, int timeout_ms)
{
    char drained[16];

    fds[count].fd = wake[0];
    fds[count].events = POLLIN;
    fds[count].revents = 0;
    if (poll(fds, (nfds_t)(count + 1), timeout_ms) > 0 && fds[count].revents != 0) {
        while (read(wake[0], drained, sizeof drained) > 0) {
        }
    }
}
