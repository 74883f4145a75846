/* SPDX-License-Identifier: MIT */
/* The contract of journal: what was appended is on disk before anything is sent and is found again;
 * what a power cut has torn is healed, what is damaged is named; the first failure is final. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/console.c"
#include "cli/interrupt.c"
#include "cli/journal_index.c"
#include "cli/journal_line.c"
#include "cli/when.c"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- System calls: recorded, and made to fail ---- */

static char calls[4096];
static struct {
    const char *call; /* NULL: nothing fails */
    int error;        /* 0: it does less than was asked for */
    unsigned after;   /* so many go well before */
    unsigned times;   /* so many fail */
} plan;

static bool no_cut; /* ftruncate fails as well */

/* Whether this call is to fail. */
static bool fails(const char *call)
{
    if (strlen(calls) + strlen(call) + 2 < sizeof calls) {
        strcat(strcat(calls, call), " ");
    }
    if (no_cut && strcmp(call, "ftruncate") == 0) {
        errno = EIO;
        return true;
    }
    if (plan.call == NULL || strcmp(plan.call, call) != 0 || plan.times == 0) {
        return false;
    }
    if (plan.after > 0) {
        plan.after--;
        return false;
    }
    plan.times--;
    errno = plan.error;
    return true;
}

static bool is_folder(int file)
{
    struct stat status;

    return fstat(file, &status) == 0 && S_ISDIR(status.st_mode);
}

static const char *race; /* a path that is replaced at the next lock */
static pid_t holder;     /* of every lock, as the system tells it; 0: nobody */
static bool elsewhere;   /* the path names a file of the same number on another disk */

static int test_open(const char *path, int flags, mode_t mode)
{
    const char *call = (flags & O_DIRECTORY) != 0 ? "open-folder"
                       : (flags & O_CREAT) != 0   ? "create"
                                                  : "open";

    assert_true((flags & O_CLOEXEC) != 0);
    return fails(call) ? -1 : open(path, flags, mode);
}

static int test_fcntl(int file, int command, struct flock *lock)
{
    char other[200];

    if (race != NULL && command == F_SETLK) {
        (void)snprintf(other, sizeof other, "%s.other", race);
        (void)close(open(other, O_CREAT | O_WRONLY, 0600));
        assert_int_equal(rename(other, race), 0);
    }
    if (fails(command == F_SETLK ? "lock" : "ask")) {
        return -1;
    }
    if (holder != 0) {
        lock->l_pid = holder;
        errno = EAGAIN;
        return command == F_SETLK ? -1 : 0;
    }
    return fcntl(file, command, lock);
}

static int test_fsync(int file)
{
    return fails(is_folder(file) ? "fsync-folder" : "fsync") ? -1 : 0;
}

static int test_fdatasync(int file)
{
    (void)file;
    return fails("fdatasync") ? -1 : 0;
}

static int test_ftruncate(int file, off_t size)
{
    return fails("ftruncate") ? -1 : ftruncate(file, size);
}

static ssize_t test_write(int file, const void *bytes, size_t length)
{
    if (fails("write")) {
        return plan.error != 0 ? -1 : write(file, bytes, length / 2);
    }
    return write(file, bytes, length);
}

static ssize_t test_pread(int file, void *bytes, size_t length, off_t offset)
{
    if (fails("pread")) {
        return plan.error != 0 ? -1 : pread(file, bytes, 1, offset);
    }
    return pread(file, bytes, length, offset);
}

static int test_fstat(int file, struct stat *status)
{
    return fails("fstat") ? -1 : fstat(file, status);
}

static int test_stat(const char *path, struct stat *status)
{
    const int result = fails("stat") ? -1 : stat(path, status);

    status->st_dev += elsewhere ? 1 : 0;
    return result;
}

static int test_close(int file)
{
    (void)fails("close");
    return close(file);
}

#define open test_open
#define fcntl test_fcntl
#define fsync test_fsync
#define fdatasync test_fdatasync
#define ftruncate test_ftruncate
#define write test_write
#define pread test_pread
#define fstat test_fstat
#define stat(path, status) test_stat(path, status)
#define close test_close
#include "cli/journal.c"
#include "cli/journal_file.c"
#undef open
#undef fcntl
#undef fsync
#undef fdatasync
#undef ftruncate
#undef write
#undef pread
#undef fstat
#undef stat
#undef close

/* ---- Files ---- */

static char folder[] = "/tmp/reflow-journal-XXXXXX";
static char path[64];
static char said_path[64];
static int errors;
static struct journal journal;
static struct journal second;

static int begin_group(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/journal", folder);
    (void)snprintf(said_path, sizeof said_path, "%s/errors", folder);
    errors = open(said_path, O_RDWR | O_CREAT | O_APPEND, 0600);
    return errors < 0 ? -1 : 0;
}

static int end_group(void **state)
{
    (void)state;
    (void)close(errors);
    return unlink(said_path) != 0 || rmdir(folder) != 0;
}

static int begin(void **state)
{
    (void)state;
    calls[0] = '\0';
    memset(&plan, 0, sizeof plan);
    race = NULL;
    holder = 0;
    elsewhere = false;
    no_cut = false;
    return ftruncate(errors, 0);
}

static int end(void **state)
{
    (void)state;
    journal_close(&journal);
    (void)unlink(path);
    return 0;
}

static void put(const void *bytes, size_t length)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, length), length);
    (void)close(file);
}

/* What the file holds. */
static size_t get(char *bytes, size_t size)
{
    const int file = open(path, O_RDONLY);
    const ssize_t length = read(file, bytes, size);

    assert_true(length >= 0);
    (void)close(file);
    return (size_t)length;
}

static void file_is(const void *bytes, size_t length)
{
    char got[4096];

    assert_int_equal(get(got, sizeof got), length);
    assert_memory_equal(got, bytes, length);
}

/* What standard error was told since the test began. */
static const char *said(void)
{
    static char words[2048];
    const ssize_t length = pread(errors, words, sizeof words - 1, 0);

    assert_true(length >= 0);
    words[length] = '\0';
    return words;
}

static void has_said(const char *words)
{
    if (strstr(said(), words) == NULL) {
        fail_msg("\"%s\" is not in: %s", words, said());
    }
}

static int to_errors(void)
{
    const int saved = dup(STDERR_FILENO);

    assert_int_equal(dup2(errors, STDERR_FILENO), STDERR_FILENO);
    return saved;
}

static int opened_as(struct journal *of, bool for_writing)
{
    const int saved = to_errors();
    const int status = journal_open(of, path, for_writing);

    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    return status;
}

static void opens(bool for_writing)
{
    if (opened_as(&journal, for_writing) != EXIT_DONE) {
        fail_msg("not opened: %s", said());
    }
}

static void does_not_open(bool for_writing, const char *words)
{
    assert_int_equal(opened_as(&journal, for_writing), EXIT_STORAGE);
    assert_int_equal(journal.file, -1);
    has_said(path);
    has_said(words);
}

static struct journal_entry entry_of(enum journal_event event, const char *run)
{
    struct journal_entry entry = {.event = event, .time = 1795316407};

    strcpy(entry.run, run);
    strcpy(entry.id, event == JOURNAL_RETRIGGERED ? "new" : "");
    return entry;
}

static int append_as(enum journal_event event, const char *run)
{
    const struct journal_entry entry = entry_of(event, run);
    const int saved = to_errors();
    const int status = journal_append(&journal, &entry);

    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    return status;
}

static size_t line_of(enum journal_event event, const char *run, char *line)
{
    const struct journal_entry entry = entry_of(event, run);

    return journal_line_write(&entry, line);
}

/* Lines of runs named by letters: what the file of so many would hold. */
static size_t lines_of(const char *runs, char *bytes)
{
    size_t length = 0;

    for (; *runs != '\0'; runs++) {
        const char run[] = {*runs, '\0'};

        length += line_of(JOURNAL_INTENT, run, bytes + length);
    }
    return length;
}

/* The runs of the open journal are named by these letters. */
static void runs_are(const char *runs)
{
    struct journal_entry entry;
    off_t offset = 0;
    size_t number = 0;

    while (journal_next(&journal, &offset, &entry, &number)) {
        assert_int_equal(entry.run[0], *runs);
        runs++;
    }
    assert_string_equal(runs, "");
    assert_false(journal.failed);
}

/* ---- Opening ---- */

static void a_missing_file_is_created_for_its_owner_and_brought_to_disk_with_its_name(void **state)
{
    struct stat status;

    (void)state;
    opens(true);
    assert_string_equal(calls,
                        "open create fstat lock fstat stat fsync open-folder fsync-folder close ");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_size, 0);
    assert_string_equal(said(), "");
    runs_are("");
}

/* Whoever created it may have been killed before its name was on disk. */
static void an_empty_file_is_brought_to_disk_with_its_name(void **state)
{
    char line[JOURNAL_LINE];

    (void)state;
    put("", 0);
    opens(true);
    assert_string_equal(calls, "open fstat lock fstat stat fsync open-folder fsync-folder close ");
    journal_close(&journal);
    calls[0] = '\0';
    opens(false);
    assert_string_equal(calls, "open fstat ");
    journal_close(&journal);
    put(line, line_of(JOURNAL_INTENT, "a", line));
    calls[0] = '\0';
    opens(true);
    assert_string_equal(calls, "open fstat lock fstat stat pread ");
}

static void a_name_without_a_folder_lies_in_the_working_folder(void **state)
{
    char before[4096];

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(journal_open(&journal, "journal", true), EXIT_DONE);
    assert_string_equal(calls,
                        "open create fstat lock fstat stat fsync open-folder fsync-folder close ");
    assert_int_equal(chdir(before), 0);
}

static void a_missing_file_cannot_be_read(void **state)
{
    (void)state;
    does_not_open(false, "No such file");
    assert_int_equal(access(path, F_OK), -1);
}

static void only_a_regular_file_is_a_journal(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    does_not_open(true, "not a regular file");
    does_not_open(false, "not a regular file");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    does_not_open(true, "Is a directory");
    does_not_open(false, "not a regular file");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink("/dev/null", path), 0);
    does_not_open(true, "not a regular file");
}

static void every_call_that_fails_in_opening_is_said(void **state)
{
    static const char *const of_creation[] = {"create", "fstat",       "lock",        "stat",
                                              "fsync",  "open-folder", "fsync-folder"};
    static const char *const of_healing[] = {"open",  "fstat",     "lock",     "stat",
                                             "pread", "ftruncate", "fdatasync"};

    for (size_t i = 0; i < COUNT_OF(of_creation); i++) {
        assert_int_equal(begin(state), 0);
        (void)unlink(path);
        plan.call = of_creation[i];
        plan.error = EIO;
        plan.times = 1;
        does_not_open(true, strcmp(plan.call, "stat") == 0 ? "was replaced" : strerror(EIO));
        assert_int_equal(plan.times, 0);
    }
    for (size_t i = 0; i < COUNT_OF(of_healing); i++) {
        char bytes[JOURNAL_LINE];

        assert_int_equal(begin(state), 0);
        put(bytes, lines_of("ab", bytes) - 1);
        plan.call = of_healing[i];
        plan.error = EIO;
        plan.times = 1;
        does_not_open(true, strcmp(plan.call, "stat") == 0 ? "was replaced" : strerror(EIO));
        assert_int_equal(plan.times, 0);
    }
}

static void interrupted_calls_are_made_again(void **state)
{
    static const char *const interrupted[] = {"create",      "fsync", "fsync-folder",
                                              "open-folder", "write", "fdatasync"};
    char bytes[JOURNAL_LINE];

    for (size_t i = 0; i < COUNT_OF(interrupted); i++) {
        assert_int_equal(begin(state), 0);
        (void)unlink(path);
        plan.call = interrupted[i];
        plan.error = EINTR;
        plan.times = 3;
        opens(true);
        assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_DONE);
        assert_int_equal(plan.times, 0);
        file_is(bytes, lines_of("a", bytes));
        journal_close(&journal);
    }
    plan.call = "pread";
    plan.times = 3;
    opens(true);
    assert_int_equal(plan.times, 0);
    runs_are("a");
    journal_close(&journal);
    put(bytes, lines_of("ab", bytes) - 1);
    plan.call = "ftruncate";
    plan.times = 3;
    opens(true);
    assert_int_equal(plan.times, 0);
    file_is(bytes, lines_of("a", bytes));
}

/* A file system that cannot bring folders to disk has no other way either. */
static void a_folder_that_cannot_be_synced_at_all_is_no_failure(void **state)
{
    (void)state;
    plan.call = "fsync-folder";
    plan.error = EINVAL;
    plan.times = 1;
    opens(true);
}

static void another_process_may_create_it_first(void **state)
{
    (void)state;
    put("", 0);
    plan.call = "open";
    plan.error = ENOENT;
    plan.times = 1;
    opens(true);
    assert_non_null(strstr(calls, "open create open fstat"));
}

static void a_file_that_is_replaced_between_opening_and_locking_is_not_used(void **state)
{
    (void)state;
    put("", 0);
    race = path;
    does_not_open(true, "was replaced");
    race = NULL;
    elsewhere = true;
    does_not_open(true, "was replaced");
}

static void a_name_that_is_too_long_for_the_system_has_no_folder(void **state)
{
    static char name[PATH_MAX + 2];

    (void)state;
    opens(true);
    memset(name, 'a', sizeof name - 2);
    name[PATH_MAX - 1] = '/';
    errno = 0;
    assert_false(journal_file_sync_name(journal.file, name));
    assert_int_equal(errno, ENAMETOOLONG);
    name[PATH_MAX - 1] = 'a';
    name[PATH_MAX - 2] = '/'; /* as long as one may be, and not there */
    assert_false(journal_file_sync_name(journal.file, name));
    assert_non_null(strstr(calls, "fsync fsync open-folder "));
}

/* ---- One process at a time ---- */

/* In a child, which ends with what `opened_as` returned. */
static int opened_by_another_process(bool for_writing)
{
    const pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        _exit(opened_as(&second, for_writing));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void two_processes_exclude_each_other(void **state)
{
    char words[64];

    (void)state;
    opens(true);
    (void)snprintf(words, sizeof words, "in use by process %d:", (int)getpid());
    assert_int_equal(opened_by_another_process(true), EXIT_STORAGE);
    has_said(words);
    has_said(path);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_DONE);
    assert_int_equal(opened_by_another_process(true), EXIT_STORAGE);
    journal_close(&journal);
    assert_int_equal(opened_by_another_process(true), EXIT_DONE);
}

static void a_lock_whose_holder_is_gone_or_elsewhere_is_named_without_a_number(void **state)
{
    (void)state;
    put("", 0);
    plan.call = "lock";
    plan.error = EACCES;
    plan.times = 1;
    does_not_open(true, "in use by another process:");
}

/* A lock on an open file, and not of a process, keeps us out as well. */
static void a_lock_whose_holder_has_no_number_or_is_not_told_keeps_us_out(void **state)
{
    (void)state;
    put("", 0);
    holder = 17;
    does_not_open(true, "in use by process 17:");
    holder = -1;
    does_not_open(true, "in use by another process:");
    assert_int_equal(begin(state), 0);
    holder = 17;
    plan.call = "ask";
    plan.error = EIO;
    plan.times = 1;
    does_not_open(true, "in use by another process:");
    assert_int_equal(plan.times, 0);
    opens(false);
    assert_true(journal_is_in_use(&journal));
    plan.times = 1;
    assert_false(journal_is_in_use(&journal)); /* as far as can be known */
}

static void a_reader_needs_no_lock_and_keeps_nobody_out(void **state)
{
    (void)state;
    opens(true);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_DONE);
    assert_int_equal(opened_by_another_process(false), EXIT_DONE);
    journal_close(&journal);
    calls[0] = '\0';
    opens(false);
    assert_string_equal(calls, "open fstat pread ");
    assert_int_equal(opened_by_another_process(true), EXIT_DONE);
}

/* ---- Appending ---- */

static void an_event_is_written_in_one_call_and_then_brought_to_disk(void **state)
{
    char bytes[JOURNAL_LINE];

    (void)state;
    opens(true);
    for (unsigned event = 0; event < JOURNAL_EVENTS; event++) {
        calls[0] = '\0';
        assert_int_equal(append_as((enum journal_event)event, "run"), EXIT_DONE);
        assert_string_equal(calls, "fstat stat write fdatasync ");
    }
    journal_close(&journal);
    put("", 0);
    opens(true);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_DONE);
    assert_int_equal(append_as(JOURNAL_INTENT, "b"), EXIT_DONE);
    runs_are("ab");
    file_is(bytes, lines_of("ab", bytes));
    journal_close(&journal);
    opens(true);
    assert_int_equal(append_as(JOURNAL_INTENT, "c"), EXIT_DONE);
    file_is(bytes, lines_of("abc", bytes));
    assert_string_equal(said(), "");
}

static void what_is_appended_while_reading_comes_too(void **state)
{
    struct journal_entry entry;
    off_t offset = 0;
    size_t number = 0;

    (void)state;
    opens(true);
    for (unsigned i = 0; i < 500; i++) { /* beyond one window */
        char run[60];

        (void)snprintf(run, sizeof run, "run-%040u", i);
        assert_false(journal_next(&journal, &offset, &entry, &number));
        assert_int_equal(append_as(JOURNAL_REFUSED, run), EXIT_DONE);
        assert_true(journal_next(&journal, &offset, &entry, &number));
        assert_string_equal(entry.run, run);
        assert_int_equal(number, i + 1);
    }
    assert_true(journal.size > JOURNAL_WINDOW);
    assert_false(journal.failed);
}

/* Nothing is tried after the first failure, not even what would go well. */
static void is_failed_for_good(void)
{
    assert_true(journal.failed);
    memset(&plan, 0, sizeof plan);
    calls[0] = '\0';
    assert_int_equal(append_as(JOURNAL_INTENT, "z"), EXIT_STORAGE);
    assert_int_equal(append_as(JOURNAL_REFUSED, "z"), EXIT_STORAGE);
    assert_string_equal(calls, "");
}

/* An append of "b" behind "a" fails; then the file is as the letters say. */
static void fails_and_leaves(const char *call, int error, enum journal_event event,
                             const char *reason, const char *runs)
{
    char bytes[JOURNAL_LINE];

    assert_int_equal(begin(NULL), 0);
    (void)unlink(path);
    opens(true);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_DONE);
    plan.call = call;
    plan.error = error;
    plan.times = 100;
    assert_int_equal(append_as(event, "b"), EXIT_STORAGE);
    has_said(path);
    has_said(reason);
    has_said("nothing more is sent");
    is_failed_for_good();
    journal_close(&journal);
    if (strlen(runs) == 1) {
        file_is(bytes, lines_of(runs, bytes));
    }
    opens(true);
    runs_are(runs);
    journal_close(&journal);
}

static void a_write_that_fails_is_final(void **state)
{
    (void)state;
    fails_and_leaves("write", ENOSPC, JOURNAL_INTENT, strerror(ENOSPC), "a");
    fails_and_leaves("write", EIO, JOURNAL_RETRIGGERED, strerror(EIO), "a");
    fails_and_leaves("write", 0, JOURNAL_INTENT, "a part of it only", "a");
    fails_and_leaves("write", 0, JOURNAL_REFUSED, "a part of it only", "a");
}

/* What is known to have happened stays written down, even if it may not be on disk. */
static void a_sync_that_fails_is_final(void **state)
{
    (void)state;
    fails_and_leaves("fdatasync", EIO, JOURNAL_INTENT, strerror(EIO), "a");
    fails_and_leaves("fdatasync", ENOSPC, JOURNAL_RETRIGGERED, strerror(ENOSPC), "ab");
}

static void a_sync_that_failed_is_not_tried_again(void **state)
{
    (void)state;
    opens(true);
    calls[0] = '\0';
    plan.call = "fdatasync";
    plan.error = EIO;
    plan.times = 1;
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_STORAGE);
    assert_string_equal(calls, "fstat stat write fdatasync ftruncate ");
    is_failed_for_good();
}

static void a_part_that_cannot_be_cut_off_is_healed_the_next_time(void **state)
{
    char bytes[JOURNAL_LINE];

    opens(true);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_DONE);
    no_cut = true;
    plan.call = "write";
    plan.times = 1;
    assert_int_equal(append_as(JOURNAL_INTENT, "b"), EXIT_STORAGE);
    is_failed_for_good();
    journal_close(&journal);
    assert_true(get(bytes, sizeof bytes) > lines_of("a", bytes));
    assert_int_equal(begin(state), 0);
    opens(true);
    has_said("removed");
    runs_are("a");
}

static void a_file_that_others_move_remove_or_change_takes_nothing_more(void **state)
{
    static const char reason[] = "somebody has moved, removed or changed the file";
    char other[80];

    opens(true);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_STORAGE);
    has_said(reason);
    is_failed_for_good();
    journal_close(&journal);

    assert_int_equal(begin(state), 0);
    opens(true);
    (void)snprintf(other, sizeof other, "%s.other", path);
    assert_int_equal(rename(path, other), 0);
    put("", 0);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_STORAGE);
    has_said(reason);
    journal_close(&journal);
    assert_int_equal(unlink(other), 0);

    assert_int_equal(begin(state), 0);
    opens(true);
    put("x", 1);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_STORAGE);
    has_said(reason);
    file_is("x", 1);
}

static void what_no_line_may_hold_and_a_journal_for_reading_take_nothing(void **state)
{
    (void)state;
    opens(true);
    assert_int_equal(append_as(JOURNAL_INTENT, "a b"), EXIT_STORAGE);
    is_failed_for_good();
    journal_close(&journal);
    opens(true);
    journal_close(&journal);
    is_failed_for_good();
    assert_int_equal(begin(state), 0);
    opens(false);
    assert_int_equal(append_as(JOURNAL_INTENT, "a"), EXIT_STORAGE);
    has_said(strerror(EBADF));
    file_is("", 0);
}

/* ---- Torn ends ---- */

/* A reader passes over what is torn; a writer takes it off the end, once. */
static void heals(const char *bytes, size_t length, size_t whole, const char *runs)
{
    char words[64];

    put(bytes, length);
    assert_int_equal(begin(NULL), 0);
    opens(false);
    runs_are(runs);
    journal_close(&journal);
    file_is(bytes, length);
    assert_string_equal(said(), "");

    calls[0] = '\0';
    opens(true);
    runs_are(runs);
    file_is(bytes, whole);
    (void)snprintf(words, sizeof words, "removed %u bytes", (unsigned)(length - whole));
    has_said(words);
    assert_non_null(strstr(calls, "ftruncate fdatasync"));
    assert_int_equal(append_as(JOURNAL_INTENT, "z"), EXIT_DONE);
    (void)snprintf(words, sizeof words, "%sz", runs);
    runs_are(words);
    journal_close(&journal);

    assert_int_equal(begin(NULL), 0);
    opens(true);
    assert_string_equal(said(), "");
    runs_are(words);
    journal_close(&journal);
}

static void a_line_torn_at_any_length_is_healed(void **state)
{
    static const char *const before[] = {"", "a", "ab"};
    char bytes[JOURNAL_LINE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        const size_t whole = lines_of(before[i], bytes);
        const size_t last = line_of(JOURNAL_RETRIGGERED, "c", bytes + whole);

        for (size_t part = 1; part < last; part++) {
            heals(bytes, whole + part, whole, before[i]);
        }
    }
}

static void zeros_in_the_place_of_a_lines_end_are_healed(void **state)
{
    static const char *const before[] = {"", "ab"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        for (size_t part = 0; part < 40; part++) {
            char bytes[JOURNAL_LINE] = {0};
            const size_t whole = lines_of(before[i], bytes);
            const size_t last = line_of(JOURNAL_REFUSED, "c", bytes + whole);

            memset(bytes + whole + part, 0, last - part);
            heals(bytes, whole + last, whole, before[i]);
        }
    }
}

static void very_many_zeros_are_healed_and_nothing_else_of_that_length(void **state)
{
    static char bytes[2 * JOURNAL_WINDOW];
    size_t whole;

    memset(bytes, 0, sizeof bytes);
    whole = lines_of("ab", bytes);
    put(bytes, sizeof bytes);
    opens(true);
    has_said("removed");
    runs_are("ab");
    file_is(bytes, whole);
    journal_close(&journal);
    bytes[sizeof bytes - 1] = 'x';
    put(bytes, sizeof bytes);
    assert_int_equal(begin(state), 0);
    does_not_open(true, ":3: damaged (it is not a line of a journal)");
}

/* What cannot be read may be anything: nothing is cut off. */
static void zeros_that_cannot_be_read_to_their_end_are_left_alone(void **state)
{
    static char bytes[2 * JOURNAL_WINDOW];
    struct stat status;

    (void)state;
    memset(bytes, 0, sizeof bytes);
    (void)lines_of("ab", bytes);
    put(bytes, sizeof bytes);
    plan.call = "pread";
    plan.error = EIO;
    plan.after = 1;
    plan.times = 1;
    does_not_open(true, "cannot be read: ");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_size, sizeof bytes);
}

static void a_file_that_cannot_be_read_at_all_is_said_once(void **state)
{
    char bytes[JOURNAL_LINE];
    const char *first;

    (void)state;
    put(bytes, lines_of("ab", bytes));
    plan.call = "pread";
    plan.error = EIO;
    plan.times = 100;
    does_not_open(true, "cannot be read: ");
    first = strstr(said(), "cannot be read: ");
    assert_null(strstr(first + 1, "cannot be read: "));
    assert_int_equal(plan.times, 98); /* it was tried again */
}

/* The first block of the line was lost, the second, with the line feed, was not. */
static void a_last_line_whose_first_block_is_lost_is_healed_and_no_other_with_zeros(void **state)
{
    char bytes[2 * JOURNAL_LINE];
    size_t whole = 0;
    size_t last;
    char run[] = "a";

    while (whole + 60 < BLOCK) {
        whole += line_of(JOURNAL_INTENT, run, bytes + whole);
    }
    last =
        line_of(JOURNAL_RETRIGGERED, "this-is-a-run-of-a-longer-name-than-others", bytes + whole);
    assert_true(whole + last > BLOCK + 1);
    for (size_t zeros = 1; zeros < last; zeros++) {
        char other[sizeof bytes];

        memcpy(other, bytes, whole + last);
        memset(other + whole, 0, zeros);
        put(other, whole + last);
        assert_int_equal(begin(state), 0);
        if (whole + zeros == BLOCK) {
            opens(true);
            file_is(bytes, whole);
            journal_close(&journal);
        } else {
            does_not_open(true, "its checksum does not fit");
            file_is(other, whole + last);
        }
    }
    memset(bytes + whole + 1, 0, BLOCK - whole - 1); /* its first byte was not lost */
    put(bytes, whole + last);
    assert_int_equal(begin(state), 0);
    does_not_open(true, "its checksum does not fit");
}

static void is_damaged(const char *bytes, size_t length, const char *where)
{
    put(bytes, length);
    assert_int_equal(begin(NULL), 0);
    does_not_open(true, where);
    has_said("Nothing was sent.");
    file_is(bytes, length);
    does_not_open(false, where);
}

/* Only the end of a file can be torn; and a block of which nothing is zero is not lost. */
static void blocks_at_which_lines_begin_and_end_are_no_sign_of_a_power_cut(void **state)
{
    char bytes[2 * JOURNAL_LINE];
    char run[JOURNAL_ID + 1] = "";
    size_t first;
    size_t length;

    (void)state;
    /* Lines of 138 bytes, and one that fills the block; a line is 38 bytes longer than its run. */
    memset(run, 'r', 100);
    for (first = 0; first < BLOCK - 138;) {
        first += line_of(JOURNAL_INTENT, run, bytes + first);
    }
    run[BLOCK - first - 38] = '\0';
    first += line_of(JOURNAL_INTENT, run, bytes + first);
    assert_int_equal(first, BLOCK);
    length = first + line_of(JOURNAL_RETRIGGERED, "b", bytes + first);
    bytes[first + 40] ^= 1;
    is_damaged(bytes, length, "its checksum does not fit");
    bytes[first + 40] ^= 1;
    memset(bytes + first, 0, BLOCK);
    bytes[first + BLOCK] = '\n';
    length = first + BLOCK + 1;
    length += line_of(JOURNAL_RETRIGGERED, "b", bytes + length);
    is_damaged(bytes, length, "its checksum does not fit");
}

/* Somebody has mistaken the file: it must not be emptied. */
static void another_file_without_a_line_feed_is_left_alone(void **state)
{
    static const char *const others[] = {"p8e-4fb0418e1804", "{\"access_token\":\"eyJ\"}",
                                         "deadbeef-1", "x"};

    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_int_equal(begin(state), 0);
        put(others[i], strlen(others[i]));
        does_not_open(true, ":1: damaged (it is not a line of a journal)");
        file_is(others[i], strlen(others[i]));
    }
}

/* ---- Damage ---- */

static void damage_at_any_byte_of_a_middle_line_names_the_line(void **state)
{
    static const char values[] = {'\0', '\n', 'x', ' '};
    char bytes[JOURNAL_LINE];
    const size_t begins = lines_of("a", bytes);
    const size_t ends = lines_of("ab", bytes);
    const size_t length = lines_of("abc", bytes);

    (void)state;
    for (size_t at = begins; at < ends; at++) {
        const char was = bytes[at];

        for (size_t v = 0; v < sizeof values; v++) {
            if (values[v] != was) {
                bytes[at] = values[v];
                is_damaged(bytes, length, "/journal:2: damaged (");
            }
        }
        bytes[at] = was;
    }
}

/* A whole last line was acknowledged, and its request may have gone out. */
static void damage_in_the_last_line_is_not_taken_for_a_torn_one(void **state)
{
    char bytes[JOURNAL_LINE];
    const size_t begins = lines_of("ab", bytes);
    const size_t length = lines_of("abc", bytes);

    (void)state;
    for (size_t at = begins; at < length - 1; at++) {
        static const char values[] = {'x', '\0', '\n'};
        const char was = bytes[at];

        for (size_t v = 0; v < sizeof values; v++) {
            bytes[at] = values[v];
            is_damaged(bytes, length, "/journal:3: damaged (its checksum does not fit)");
        }
        bytes[at] = was;
    }
}

static void an_empty_or_endless_line_is_damage(void **state)
{
    static char bytes[3 * JOURNAL_WINDOW];
    const size_t a = lines_of("a", bytes);

    (void)state;
    bytes[a] = '\n';
    is_damaged(bytes, a + 1, "/journal:2: damaged (");
    memset(bytes + a, 'x', 3000);
    heals(bytes, a + JOURNAL_LINE - 1, a, "a");
    is_damaged(bytes, a + JOURNAL_LINE, "/journal:2: damaged (it is not a line");
    put(bytes, a + 3000);
    does_not_open(true, "/journal:2: damaged (it is not a line");
    bytes[a + 2999] = '\n';
    put(bytes, a + 3000);
    does_not_open(true, "/journal:2: damaged (it is not a line");
}

/* ---- Reading ---- */

static void is_failed_reading(const char *words)
{
    struct journal_entry entry;
    off_t offset = 0;
    size_t number = 0;
    const int saved = to_errors();

    journal.window_length = 0; /* as when other parts of a long file were read meanwhile */
    while (journal_next(&journal, &offset, &entry, &number)) {
    }
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    has_said(words);
    is_failed_for_good();
}

static void what_cannot_be_read_any_more_is_final(void **state)
{
    char bytes[JOURNAL_LINE];
    const size_t length = lines_of("abc", bytes);

    put(bytes, length);
    opens(true);
    plan.call = "pread";
    plan.error = EIO;
    plan.times = 1;
    is_failed_reading(strerror(EIO));
    journal_close(&journal);

    assert_int_equal(begin(state), 0);
    opens(true);
    assert_int_equal(truncate(path, (off_t)length - 1), 0);
    is_failed_reading("somebody has cut it off");
    journal_close(&journal);

    for (unsigned feed = 0; feed < 2; feed++) {
        put(bytes, length);
        assert_int_equal(begin(state), 0);
        opens(true);
        bytes[length - 1 - feed] ^= 1;
        put(bytes, length);
        bytes[length - 1 - feed] ^= 1;
        is_failed_reading("somebody has written over it");
        journal_close(&journal);
    }
}

/* A part of what comes next was read over it. */
static void what_was_read_before_the_file_was_cut_off_is_not_used(void **state)
{
    static char bytes[2 * JOURNAL_WINDOW + JOURNAL_LINE];
    const size_t line = line_of(JOURNAL_INTENT, "a", bytes);
    struct journal_entry entry;
    off_t offset = 0;
    size_t number = 0;
    int saved;

    (void)state;
    for (size_t at = line; at + line <= sizeof bytes; at += line) {
        memcpy(bytes + at, bytes, line);
    }
    put(bytes, sizeof bytes / line * line);
    opens(false);
    while (offset < JOURNAL_WINDOW) {
        assert_true(journal_next(&journal, &offset, &entry, &number));
    }
    offset = journal.window_at + (off_t)((journal.window_length / line - 2) * line);
    assert_int_equal(truncate(path, offset + (off_t)line), 0);
    saved = to_errors();
    assert_false(journal_next(&journal, &offset, &entry, &number));
    offset = journal.window_at;
    assert_false(journal_next(&journal, &offset, &entry, &number));
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    has_said("somebody has cut it off");
}

/* Who was started without a standard input may be given its number. */
static void a_journal_may_be_the_first_of_all_files(void **state)
{
    char bytes[JOURNAL_LINE];
    const int input = dup(STDIN_FILENO);

    (void)state;
    put(bytes, lines_of("ab", bytes));
    (void)close(STDIN_FILENO);
    assert_int_equal(journal_open(&journal, path, true), EXIT_DONE);
    assert_int_equal(journal.file, STDIN_FILENO);
    runs_are("ab");
    journal_close(&journal);
    assert_int_equal(dup(input), STDIN_FILENO);
    (void)close(input);
}

/* Every line crosses the window's edge at some length of the first. */
static void windows_do_not_show(void **state)
{
    static char bytes[2 * JOURNAL_WINDOW + 4 * JOURNAL_LINE];

    for (size_t first = 1; first <= JOURNAL_ID; first += 9) {
        struct journal_entry entry = entry_of(JOURNAL_INTENT, "");
        off_t offset = 0;
        size_t number = 0;
        size_t length;
        size_t count = 1;

        memset(entry.run, 'f', first);
        length = journal_line_write(&entry, bytes);
        for (; length < 2 * JOURNAL_WINDOW + JOURNAL_LINE; count++) {
            char run[24];

            (void)snprintf(run, sizeof run, "%u", (unsigned)count + 1);
            length += line_of(JOURNAL_UNKNOWN, run, bytes + length);
        }
        put(bytes, length);
        assert_int_equal(begin(state), 0);
        plan.call = "pread"; /* now and then a byte at a time */
        plan.after = 1;
        plan.times = 20;
        opens(false);
        while (journal_next(&journal, &offset, &entry, &number)) {
            assert_true(number == 1 || number == (size_t)atoi(entry.run));
        }
        assert_int_equal(number, count);
        assert_int_equal(offset, length);
        journal_close(&journal);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_missing_file_is_created_for_its_owner_and_brought_to_disk_with_its_name),
        TEST(an_empty_file_is_brought_to_disk_with_its_name),
        TEST(a_name_without_a_folder_lies_in_the_working_folder),
        TEST(a_missing_file_cannot_be_read),
        TEST(only_a_regular_file_is_a_journal),
        TEST(every_call_that_fails_in_opening_is_said),
        TEST(interrupted_calls_are_made_again),
        TEST(a_folder_that_cannot_be_synced_at_all_is_no_failure),
        TEST(another_process_may_create_it_first),
        TEST(a_file_that_is_replaced_between_opening_and_locking_is_not_used),
        TEST(a_name_that_is_too_long_for_the_system_has_no_folder),
        TEST(two_processes_exclude_each_other),
        TEST(a_lock_whose_holder_is_gone_or_elsewhere_is_named_without_a_number),
        TEST(a_lock_whose_holder_has_no_number_or_is_not_told_keeps_us_out),
        TEST(a_reader_needs_no_lock_and_keeps_nobody_out),
        TEST(an_event_is_written_in_one_call_and_then_brought_to_disk),
        TEST(what_is_appended_while_reading_comes_too),
        TEST(a_write_that_fails_is_final),
        TEST(a_sync_that_fails_is_final),
        TEST(a_sync_that_failed_is_not_tried_again),
        TEST(a_part_that_cannot_be_cut_off_is_healed_the_next_time),
        TEST(a_file_that_others_move_remove_or_change_takes_nothing_more),
        TEST(what_no_line_may_hold_and_a_journal_for_reading_take_nothing),
        TEST(a_line_torn_at_any_length_is_healed),
        TEST(zeros_in_the_place_of_a_lines_end_are_healed),
        TEST(very_many_zeros_are_healed_and_nothing_else_of_that_length),
        TEST(zeros_that_cannot_be_read_to_their_end_are_left_alone),
        TEST(a_file_that_cannot_be_read_at_all_is_said_once),
        TEST(a_last_line_whose_first_block_is_lost_is_healed_and_no_other_with_zeros),
        TEST(blocks_at_which_lines_begin_and_end_are_no_sign_of_a_power_cut),
        TEST(another_file_without_a_line_feed_is_left_alone),
        TEST(damage_at_any_byte_of_a_middle_line_names_the_line),
        TEST(damage_in_the_last_line_is_not_taken_for_a_torn_one),
        TEST(an_empty_or_endless_line_is_damage),
        TEST(what_cannot_be_read_any_more_is_final),
        TEST(what_was_read_before_the_file_was_cut_off_is_not_used),
        TEST(a_journal_may_be_the_first_of_all_files),
        TEST(windows_do_not_show),
    };
    return cmocka_run_group_tests(tests, begin_group, end_group);
}
