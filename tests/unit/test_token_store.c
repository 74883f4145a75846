/* SPDX-License-Identifier: MIT */
/* The contract of token_store: when a token is fetched, when it is not, that two processes never
 * fetch at once, and that nobody's token but reflow's own is ever replaced. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Locking passes by here. */
static void (*before_lock)(void);
static int lock_errors; /* so many times it fails */
static int lock_error;

static int observed_fcntl(int file, int command, void *lock)
{
    if (before_lock != NULL) {
        before_lock();
    }
    if (lock_errors > 0) {
        lock_errors--;
        errno = lock_error;
        return -1;
    }
    return fcntl(file, command, lock);
}

/* Messages are kept apart from what cmocka says. */
static int said;
#undef STDERR_FILENO
#define STDERR_FILENO said
#include "cli/console.c"
#include "cli/interrupt.c"
#include "cli/token_file.c"
#include "cli/when.c"

/* Its own function of this name, besides token_file's. */
#define storage_failed store_failed
#define fcntl(file, command, lock) observed_fcntl(file, command, lock)
#include "cli/token_store.c"
#undef fcntl
#undef storage_failed

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define NOW INT64_C(1795316400)
#define LATER (NOW + 86399)
#define LATER_LINE "expires 2026-11-23T02:59:59Z\n"
#define DUE_LINE "expires 2026-11-22T03:04:59Z\n"     /* 299 seconds from now */
#define NOT_DUE_LINE "expires 2026-11-22T03:05:00Z\n" /* 300 */

/* ---- A folder and a service for each test ---- */

static char folder[] = "/tmp/reflow-store-XXXXXX";
static char path[64];
static char lock_name[64];
static struct token token;

static int fetched;
static int fetch_status;
static const char *fetched_text;
static int context_of_fetch;

static int fetch(void *context, struct token *to)
{
    assert_ptr_equal(context, &context_of_fetch);
    assert_string_equal(to->text, "");
    fetched++;
    memcpy(to->text, fetched_text, strlen(fetched_text) + 1);
    to->expires = LATER;
    return fetch_status;
}

static int prepare(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/token", folder);
    (void)snprintf(lock_name, sizeof lock_name, "%s/token.lock", folder);
    memset(&token, 0, sizeof token);
    fetched = 0;
    fetch_status = EXIT_DONE;
    fetched_text = "fetched";
    before_lock = NULL;
    lock_errors = 0;
    asked = INTERRUPT_NONE;
    return ftruncate(said, 0);
}

static int clean_up(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(lock_name);
    return rmdir(folder); /* nothing else is left */
}

static void put(const char *text, mode_t mode)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(file, mode), 0);
    assert_int_equal(close(file), 0);
}

static void holds(const char *expected)
{
    char bytes[256];
    const int file = open(path, O_RDONLY);
    const ssize_t length = read(file, bytes, sizeof bytes - 1);

    assert_true(length >= 0);
    (void)close(file);
    bytes[length] = '\0';
    assert_string_equal(bytes, expected);
}

static bool exists(const char *name)
{
    struct stat status;

    return lstat(name, &status) == 0;
}

static const char *messages(void)
{
    static char bytes[8192];
    const ssize_t length = pread(said, bytes, sizeof bytes - 1, 0);

    assert_true(length >= 0);
    bytes[length] = '\0';
    return bytes;
}

static int obtain(const char *rejected)
{
    return token_obtain(path, rejected, NOW, fetch, &context_of_fetch, &token);
}

static int obtain_without_fetch(const char *rejected)
{
    return token_obtain(path, rejected, NOW, NULL, NULL, &token);
}

static void is_empty(void)
{
    static const struct token nothing;

    assert_memory_equal(&token, &nothing, sizeof nothing);
}

/* The file's token was good: nothing was fetched, locked or said. */
static void is_taken_from_the_file(int status, const char *text)
{
    assert_int_equal(status, EXIT_DONE);
    assert_string_equal(token.text, text);
    assert_int_equal(fetched, 0);
    assert_false(exists(lock_name));
    assert_string_equal(messages(), "");
}

static void is_fetched_and_kept(int status)
{
    assert_int_equal(status, EXIT_DONE);
    assert_string_equal(token.text, "fetched");
    assert_true(token.ours);
    assert_int_equal(fetched, 1);
    holds("fetched\n" LATER_LINE);
    assert_string_equal(messages(), "");
}

static void is_refused(int status, int expected, const char *words)
{
    assert_int_equal(status, expected);
    assert_int_equal(fetched, 0);
    is_empty();
    if (strstr(messages(), words) == NULL) {
        fail_msg("not said: %s, but: %s", words, messages());
    }
}

/* ---- Due ---- */

static void a_token_of_ours_is_due_five_minutes_before_its_end(void **state)
{
    static const struct {
        struct token token;
        bool due;
    } table[] = {{{"", 0, false}, true},          {{"", LATER, true}, true},
                 {{"a", LATER, true}, false},     {{"a", NOW + 301, true}, false},
                 {{"a", NOW + 300, true}, false}, {{"a", NOW + 299, true}, true},
                 {{"a", NOW, true}, true},        {{"a", 0, true}, true},
                 {{"a", 0, false}, false},        {{"a", NOW, false}, false}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_int_equal(token_due(&table[i].token, NOW), table[i].due);
    }
}

static void without_a_clock_no_token_is_due(void **state)
{
    const struct token ours = {"a", 0, true};

    (void)state;
    assert_false(token_due(&ours, REFLOW_TIME_UNKNOWN));
}

/* ---- The file's token is good ---- */

static void a_token_that_is_good_is_taken_without_a_lock(void **state)
{
    (void)state;
    put("abc\n", 0600);
    is_taken_from_the_file(obtain(NULL), "abc");
    is_taken_from_the_file(obtain("another"), "abc");
    is_taken_from_the_file(obtain_without_fetch(NULL), "abc");
    is_taken_from_the_file(obtain_without_fetch("ab"), "abc");
    assert_false(token.ours);
    put("abc\n" NOT_DUE_LINE, 0600);
    is_taken_from_the_file(obtain(NULL), "abc");
    assert_true(token.ours);
    assert_int_equal(token.expires, NOW + 300);
}

/* ---- It is fetched ---- */

static void a_missing_file_is_made(void **state)
{
    (void)state;
    is_fetched_and_kept(obtain(NULL));
}

static void an_empty_file_is_filled(void **state)
{
    (void)state;
    put("\n", 0600);
    is_fetched_and_kept(obtain(NULL));
}

static void a_token_that_is_due_is_fetched_anew(void **state)
{
    (void)state;
    put("old\n" DUE_LINE, 0600);
    is_fetched_and_kept(obtain(NULL));
}

static void a_token_of_ours_that_was_rejected_is_fetched_anew(void **state)
{
    (void)state;
    put("old\n" LATER_LINE, 0600);
    is_fetched_and_kept(obtain("old"));
}

static void a_missing_file_after_a_rejection_is_made_too(void **state)
{
    (void)state;
    is_fetched_and_kept(obtain("old"));
}

static void the_rejected_token_may_lie_where_the_new_one_goes(void **state)
{
    (void)state;
    put("old\n" LATER_LINE, 0600);
    assert_int_equal(obtain(NULL), EXIT_DONE);
    assert_string_equal(token.text, "old");
    is_fetched_and_kept(token_obtain(path, token.text, NOW, fetch, &context_of_fetch, &token));
}

static void a_token_that_is_due_as_soon_as_it_comes_is_used_nevertheless(void **state)
{
    (void)state;
    assert_int_equal(token_obtain(path, NULL, LATER - 10, fetch, &context_of_fetch, &token),
                     EXIT_DONE);
    assert_string_equal(token.text, "fetched");
    assert_int_equal(fetched, 1);
}

/* ---- It is not to be had ---- */

static void somebody_elses_token_that_was_rejected_is_left_alone(void **state)
{
    (void)state;
    put("abc\n", 0600);
    is_refused(obtain("abc"), EXIT_UNAUTHORIZED,
               "token was not accepted; it was not fetched by reflow");
    holds("abc\n");
    assert_false(exists(lock_name));
    is_refused(obtain_without_fetch("abc"), EXIT_UNAUTHORIZED, "not fetched by reflow");
    assert_null(strstr(messages(), "abc"));
}

static void what_cannot_be_fetched_is_refused_with_advice(void **state)
{
    (void)state;
    put("abc\n" DUE_LINE, 0600);
    is_refused(obtain_without_fetch(NULL), EXIT_UNAUTHORIZED, "ends in less than 5 minutes");
    assert_non_null(strstr(messages(), "REFLOW_CLIENT_ID"));
    put("abc\n" LATER_LINE, 0600);
    is_refused(obtain_without_fetch("abc"), EXIT_UNAUTHORIZED,
               "was not accepted: to fetch one takes REFLOW_CLIENT_ID");
    assert_false(exists(lock_name));
    put(" ", 0600);
    is_refused(obtain_without_fetch(NULL), EXIT_UNAUTHORIZED, "holds no token");
    assert_int_equal(unlink(path), 0);
    is_refused(obtain_without_fetch(NULL), EXIT_STORAGE, "No such file");
    assert_null(strstr(messages(), "abc"));
}

static void a_file_that_cannot_be_judged_is_neither_used_nor_replaced(void **state)
{
    (void)state;
    put("abc\n" DUE_LINE, 0644);
    is_refused(obtain(NULL), EXIT_STORAGE, "chmod 600");
    holds("abc\n" DUE_LINE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    is_refused(obtain(NULL), EXIT_STORAGE, "no regular file");
}

static void a_fetch_that_fails_gives_its_status_and_changes_nothing(void **state)
{
    (void)state;
    put("old\n" DUE_LINE, 0600);
    fetch_status = EXIT_NOT_APPLIED;
    assert_int_equal(obtain(NULL), EXIT_NOT_APPLIED);
    assert_int_equal(fetched, 1);
    is_empty();
    holds("old\n" DUE_LINE);
    fetch_status = EXIT_DONE; /* and the lock is free again */
    assert_int_equal(obtain(NULL), EXIT_DONE);
}

static void a_token_that_cannot_be_kept_is_a_failure_of_storage(void **state)
{
    (void)state;
    put("old\n" DUE_LINE, 0600);
    fetched_text = "fet ched";
    assert_int_equal(obtain(NULL), EXIT_STORAGE);
    is_empty();
    holds("old\n" DUE_LINE);
    assert_null(strstr(messages(), "fet ched"));
}

/* ---- In memory ---- */

static int obtain_in_memory(const char *rejected)
{
    return token_obtain(NULL, rejected, NOW, fetch, &context_of_fetch, &token);
}

static void without_a_file_the_token_itself_is_what_is_kept(void **state)
{
    (void)state;
    assert_int_equal(obtain_in_memory(NULL), EXIT_DONE);
    assert_int_equal(obtain_in_memory(NULL), EXIT_DONE);
    assert_int_equal(fetched, 1);
    assert_string_equal(token.text, "fetched");
    assert_true(token.ours);
    assert_int_equal(obtain_in_memory(token.text), EXIT_DONE);
    assert_int_equal(fetched, 2);
    token.expires = NOW + 299;
    assert_int_equal(obtain_in_memory(NULL), EXIT_DONE);
    assert_int_equal(fetched, 3);
    fetch_status = EXIT_UNAUTHORIZED;
    assert_int_equal(obtain_in_memory(token.text), EXIT_UNAUTHORIZED);
    is_empty();
    assert_string_equal(messages(), "");
}

static void without_a_file_too_somebody_elses_token_is_not_replaced(void **state)
{
    const struct token given = {"given", 0, false};

    (void)state;
    token = given;
    assert_int_equal(obtain_in_memory(NULL), EXIT_DONE);
    assert_string_equal(token.text, "given");
    is_refused(obtain_in_memory("given"), EXIT_UNAUTHORIZED,
               "the token was not accepted; it was not fetched by reflow");
    is_refused(token_obtain(NULL, NULL, NOW, NULL, NULL, &token), EXIT_UNAUTHORIZED,
               "no access token: to fetch one takes");
}

/* ---- The lock ---- */

static void the_lock_is_a_file_of_its_own_that_stays(void **state)
{
    struct stat status;
    int lock;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(token_lock(path, &lock), EXIT_DONE);
        token_unlock(lock);
        assert_int_equal(lstat(lock_name, &status), 0);
        assert_int_equal(status.st_mode, S_IFREG | 0600);
        assert_int_equal(status.st_size, 0);
    }
    assert_false(exists(path));
    assert_int_equal(fcntl(lock, F_GETFD), -1);
}

static int next_file(void)
{
    const int file = dup(said);

    (void)close(file);
    return file;
}

static void the_lock_is_given_back(void **state)
{
    const int before = next_file();

    (void)state;
    is_fetched_and_kept(obtain(NULL));
    assert_int_equal(next_file(), before);
    fetch_status = EXIT_NOT_APPLIED;
    assert_int_equal(obtain("fetched"), EXIT_NOT_APPLIED);
    assert_int_equal(next_file(), before);
}

static void what_cannot_be_locked_is_a_failure_of_storage(void **state)
{
    int lock;

    (void)state;
    assert_int_equal(symlink("/dev/null", lock_name), 0);
    assert_int_equal(token_lock(path, &lock), EXIT_STORAGE);
    assert_int_equal(unlink(lock_name), 0);
    lock_errors = 1;
    lock_error = ENOLCK;
    assert_int_equal(token_lock(path, &lock), EXIT_STORAGE);
    assert_int_equal(fcntl(lock, F_GETFD), -1);
    assert_non_null(strstr(messages(), strerror(ENOLCK)));
    lock_errors = 1;
    is_refused(obtain(NULL), EXIT_STORAGE, strerror(ENOLCK));
}

/* The system would take this name; another file must not be locked in its place. */
static void a_name_without_room_for_its_locks_is_a_failure_of_storage(void **state)
{
    static char name[TOKEN_FILE_NAME];
    size_t length = strlen(folder);
    int lock;

    (void)state;
    strcpy(name, folder);
    while (length < sizeof name - 5) {
        strcpy(name + length, "/.");
        length += 2;
    }
    strcpy(name + length, "/x");
    assert_int_equal(token_lock(name, &lock), EXIT_STORAGE);
    assert_non_null(strstr(messages(), strerror(ENAMETOOLONG)));
}

static void a_signal_ends_the_wait_only_if_it_asks_for_that(void **state)
{
    int lock;

    (void)state;
    lock_error = EINTR;
    lock_errors = 5;
    assert_int_equal(token_lock(path, &lock), EXIT_DONE);
    assert_int_equal(lock_errors, 0);
    token_unlock(lock);
    lock_errors = 1;
    asked = INTERRUPT_SOON;
    assert_int_equal(token_lock(path, &lock), EXIT_NOT_APPLIED);
    assert_int_equal(fcntl(lock, F_GETFD), -1);
    lock_errors = 1;
    asked = INTERRUPT_NOW;
    is_refused(obtain(NULL), EXIT_NOT_APPLIED, "stopped while another process");
}

/* ---- Another process comes first ---- */

static const char *written_meanwhile;

static void somebody_writes(void)
{
    before_lock = NULL;
    put(written_meanwhile, 0600);
}

static void what_somebody_has_fetched_meanwhile_is_taken(void **state)
{
    (void)state;
    put("old\n" DUE_LINE, 0600);
    written_meanwhile = "other\n" LATER_LINE;
    before_lock = somebody_writes;
    assert_int_equal(obtain(NULL), EXIT_DONE);
    assert_string_equal(token.text, "other");
    put("old\n" LATER_LINE, 0600);
    before_lock = somebody_writes;
    assert_int_equal(obtain("old"), EXIT_DONE);
    assert_string_equal(token.text, "other");
    assert_int_equal(fetched, 0);
}

static void what_somebody_has_put_there_meanwhile_is_not_overwritten(void **state)
{
    (void)state;
    written_meanwhile = "old\n";
    before_lock = somebody_writes;
    is_refused(obtain("old"), EXIT_UNAUTHORIZED, "not fetched by reflow");
    holds("old\n");
}

#define PROCESSES 3

static int at_the_lock[2]; /* a byte for each process that has found out that it must fetch */
static int at_the_service[2];

static void tell_that_a_token_is_due(void)
{
    if (write(at_the_lock[1], "", 1) != 1) {
        _exit(9);
    }
}

/* The first one to fetch does so when all have seen the old token, so that none comes too late to
 * have been able to fetch as well. */
static int fetch_when_all_wait(void *context, struct token *to)
{
    static const struct token answer = {"fetched", LATER, true};
    struct pollfd service = {at_the_service[0], POLLIN, 0}; /* somebody has been here before */
    char byte;

    (void)context;
    for (int i = 0; i < PROCESSES && poll(&service, 1, 0) == 0; i++) {
        if (read(at_the_lock[0], &byte, 1) != 1) {
            _exit(8);
        }
    }
    *to = answer;
    return write(at_the_service[1], "", 1) == 1 ? EXIT_DONE : EXIT_STORAGE;
}

static void need_a_token(const char *rejected)
{
    int status;

    (void)alarm(5); /* if all wait for each other */
    status = token_obtain(path, rejected, NOW, fetch_when_all_wait, NULL, &token);

    _exit(status == EXIT_DONE && strcmp(token.text, "fetched") == 0 ? 0 : 1);
}

static void processes_fetch_once(const char *rejected)
{
    char bytes[PROCESSES + 1];
    int status;

    assert_int_equal(pipe(at_the_lock), 0);
    assert_int_equal(pipe(at_the_service), 0);
    before_lock = tell_that_a_token_is_due;
    for (int i = 0; i < PROCESSES; i++) {
        const pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            need_a_token(rejected);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    (void)close(at_the_service[1]);
    assert_int_equal(read(at_the_service[0], bytes, sizeof bytes), 1);
    (void)close(at_the_service[0]);
    (void)close(at_the_lock[0]);
    (void)close(at_the_lock[1]);
}

static void processes_that_find_a_token_due_at_the_same_time_fetch_it_once(void **state)
{
    (void)state;
    put("old\n" DUE_LINE, 0600);
    processes_fetch_once(NULL);
    holds("fetched\n" LATER_LINE);
}

static void processes_whose_token_is_rejected_at_the_same_time_fetch_it_once(void **state)
{
    (void)state;
    put("old\n" LATER_LINE, 0600);
    processes_fetch_once("old");
    holds("fetched\n" LATER_LINE);
}

static void processes_that_find_no_file_at_the_same_time_fetch_it_once(void **state)
{
    (void)state;
    processes_fetch_once(NULL);
    holds("fetched\n" LATER_LINE);
}

static int collect_messages(void **state)
{
    char name[] = "/tmp/reflow-store-XXXXXX";

    (void)state;
    said = mkstemp(name);
    if (said < 0 || unlink(name) != 0 || fcntl(said, F_SETFL, O_APPEND) != 0) {
        return -1;
    }
    return 0;
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, prepare, clean_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_ours_is_due_five_minutes_before_its_end),
        cmocka_unit_test(without_a_clock_no_token_is_due),
        IN_A_FOLDER(a_token_that_is_good_is_taken_without_a_lock),
        IN_A_FOLDER(a_missing_file_is_made),
        IN_A_FOLDER(an_empty_file_is_filled),
        IN_A_FOLDER(a_token_that_is_due_is_fetched_anew),
        IN_A_FOLDER(a_token_of_ours_that_was_rejected_is_fetched_anew),
        IN_A_FOLDER(a_missing_file_after_a_rejection_is_made_too),
        IN_A_FOLDER(the_rejected_token_may_lie_where_the_new_one_goes),
        IN_A_FOLDER(a_token_that_is_due_as_soon_as_it_comes_is_used_nevertheless),
        IN_A_FOLDER(somebody_elses_token_that_was_rejected_is_left_alone),
        IN_A_FOLDER(what_cannot_be_fetched_is_refused_with_advice),
        IN_A_FOLDER(a_file_that_cannot_be_judged_is_neither_used_nor_replaced),
        IN_A_FOLDER(a_fetch_that_fails_gives_its_status_and_changes_nothing),
        IN_A_FOLDER(a_token_that_cannot_be_kept_is_a_failure_of_storage),
        IN_A_FOLDER(without_a_file_the_token_itself_is_what_is_kept),
        IN_A_FOLDER(without_a_file_too_somebody_elses_token_is_not_replaced),
        IN_A_FOLDER(the_lock_is_a_file_of_its_own_that_stays),
        IN_A_FOLDER(the_lock_is_given_back),
        IN_A_FOLDER(what_cannot_be_locked_is_a_failure_of_storage),
        IN_A_FOLDER(a_name_without_room_for_its_locks_is_a_failure_of_storage),
        IN_A_FOLDER(a_signal_ends_the_wait_only_if_it_asks_for_that),
        IN_A_FOLDER(what_somebody_has_fetched_meanwhile_is_taken),
        IN_A_FOLDER(what_somebody_has_put_there_meanwhile_is_not_overwritten),
        IN_A_FOLDER(processes_that_find_a_token_due_at_the_same_time_fetch_it_once),
        IN_A_FOLDER(processes_whose_token_is_rejected_at_the_same_time_fetch_it_once),
        IN_A_FOLDER(processes_that_find_no_file_at_the_same_time_fetch_it_once),
    };
    return cmocka_run_group_tests(tests, collect_messages, NULL);
}
#undef IN_A_FOLDER
