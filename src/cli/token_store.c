/* SPDX-License-Identifier: MIT */
/* token_store: the file is replaced by whoever holds the lock, and by nobody else. */
#include "token_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console.h"
#include "interrupt.h"
#include "options.h"
#include "text.h"

#define LOCK_SUFFIX ".lock"

static int storage_failed(const char *name)
{
    console_error((const char *[]){name, ": ", strerror(errno), NULL});
    return EXIT_STORAGE;
}

/* ---- One process at a time ---- */

static int wait_for(int file, const char *name)
{
    struct flock whole;

    memset(&whole, 0, sizeof whole);
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    while (fcntl(file, F_SETLKW, &whole) != 0) {
        if (errno != EINTR) {
            return storage_failed(name);
        }
        if (interrupt_asked() != INTERRUPT_NONE) {
            console_error(
                (const char *[]){name, ": stopped while another process fetches a token", NULL});
            return EXIT_NOT_APPLIED;
        }
    }
    return EXIT_DONE;
}

int token_lock(const char *path, int *lock)
{
    char name[TOKEN_FILE_NAME];
    int status;

    if (!token_file_beside(path, LOCK_SUFFIX, name)) {
        return storage_failed(path);
    }
    *lock = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (*lock < 0) {
        return storage_failed(name);
    }
    status = wait_for(*lock, name);
    if (status != EXIT_DONE) {
        (void)close(*lock);
    }
    return status;
}

void token_unlock(int lock)
{
    (void)close(lock);
}

/* ---- Policy ---- */

struct want {
    const char *path;
    const char *rejected;
    int64_t now;
    int (*fetch)(void *context, struct token *token);
    void *context;
};

bool token_due(const struct token *token, int64_t now)
{
    return token->text[0] == '\0' || (token->ours && now > token->expires - TOKEN_DUE_S);
}

static bool is_rejected(const struct want *want, const struct token *token)
{
    return want->rejected != NULL && strcmp(token->text, want->rejected) == 0;
}

/* Only a token that reflow has fetched is replaced by one. */
static bool may_fetch(const struct want *want, const struct token *token)
{
    return want->fetch != NULL && (token->text[0] == '\0' || token->ours);
}

/* Why there is no token to be had. */
static int refuse(const struct want *want, const struct token *token)
{
    const char *in = want->path != NULL ? " in " : "";
    const char *path = want->path != NULL ? want->path : "";
    const char *advice = "to fetch one takes REFLOW_CLIENT_ID, and REFLOW_CLIENT_SECRET or "
                         "--secret-file";

    if (token->text[0] == '\0') {
        console_error((const char *[]){"no access token: ", advice, NULL});
    } else if (!is_rejected(want, token)) {
        console_error((const char *[]){
            "the token", in, path, " has ended, or ends in less than 5 minutes: ", advice, NULL});
    } else if (token->ours) {
        console_error((const char *[]){"the token", in, path, " was not accepted: ", advice, NULL});
    } else {
        console_error(
            (const char *[]){"the token", in, path,
                             " was not accepted; it was not fetched by reflow: replace it", NULL});
    }
    return EXIT_UNAUTHORIZED;
}

/* Looks at what is kept. `needed` is whether a fetch must follow, which then may. */
static int look(const struct want *want, struct token *token, bool *needed)
{
    bool missing = false;
    int status = EXIT_DONE;

    if (want->path != NULL) {
        status = token_read(want->path, token, want->fetch != NULL ? &missing : NULL);
    }
    *needed = missing || token_due(token, want->now) || is_rejected(want, token);
    if (status != EXIT_DONE && !missing) {
        return status;
    }
    if (*needed && !may_fetch(want, token)) {
        return refuse(want, token);
    }
    return EXIT_DONE;
}

static int fetch_and_keep(const struct want *want, struct token *token)
{
    int status;

    reflow_wipe(token, sizeof *token);
    status = want->fetch(want->context, token);
    token->ours = true;
    return status == EXIT_DONE && want->path != NULL ? token_write(want->path, token) : status;
}

/* Between the first look and the lock another process may have fetched. */
static int fetch_alone(const struct want *want, struct token *token)
{
    bool needed = true;
    int lock;
    int status = token_lock(want->path, &lock);

    if (status != EXIT_DONE) {
        return status;
    }
    status = look(want, token, &needed);
    if (status == EXIT_DONE && needed) {
        status = token_file_replaceable(want->path); /* before a token is fetched for nothing */
    }
    if (status == EXIT_DONE && needed) {
        status = fetch_and_keep(want, token);
    }
    token_unlock(lock);
    return status;
}

int token_obtain(const char *path, const char *rejected, int64_t now,
                 int (*fetch)(void *context, struct token *token), void *context,
                 struct token *token)
{
    const struct want want = {path, rejected, now, fetch, context};
    struct token found = *token; /* its own, because `rejected` may lie in `token` */
    bool needed;
    int status = look(&want, &found, &needed);

    if (status == EXIT_DONE && needed) {
        status = path != NULL ? fetch_alone(&want, &found) : fetch_and_keep(&want, &found);
    }
    reflow_wipe(token, sizeof *token);
    if (status == EXIT_DONE) {
        *token = found;
    }
    reflow_wipe(&found, sizeof found);
    return status;
}
