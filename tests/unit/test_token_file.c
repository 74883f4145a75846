/* SPDX-License-Identifier: MIT */
/* The contract of token_file: what is a token, who may see it, and that there is never half of one:
 * whichever system call fails, and whenever somebody looks. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- System calls that fail when they are told to ---- */

/* Each call counts; the one of this number fails. 0: none. */
static int calls;
static int failing_call;
static int failing_error;
static size_t longest_write = SIZE_MAX;
static void (*on_call)(void); /* somebody looks before each of them */

static bool fails(void)
{
    if (on_call != NULL) {
        on_call();
    }
    calls++;
    errno = failing_error;
    return calls == failing_call;
}

static int faulty_open(const char *path, int flags, mode_t mode)
{
    return fails() ? -1 : open(path, flags, mode);
}

static int faulty_fchmod(int file, mode_t mode)
{
    return fails() ? -1 : fchmod(file, mode);
}

static ssize_t faulty_write(int file, const void *bytes, size_t length)
{
    return fails() ? -1 : write(file, bytes, length < longest_write ? length : longest_write);
}

static ssize_t faulty_read(int file, void *bytes, size_t length)
{
    return fails() ? -1 : read(file, bytes, length < longest_write ? length : longest_write);
}

/* Disks are not waited for here. */
static int faulty_fsync(int file)
{
    (void)file;
    return fails() ? -1 : 0;
}

static int faulty_rename(const char *from, const char *to)
{
    return fails() ? -1 : rename(from, to);
}

static int faulty_lstat(const char *path, struct stat *status)
{
    return fails() ? -1 : lstat(path, status);
}

static int faulty_fstat(int file, struct stat *status)
{
    return fails() ? -1 : fstat(file, status);
}

#define FIRST(path, flags, mode, ...) (path), (flags), (mode)
#define open(...) faulty_open(FIRST(__VA_ARGS__, 0, 0))
#define fchmod faulty_fchmod
#define write faulty_write
#define read faulty_read
#define fsync faulty_fsync
#define rename faulty_rename
#define lstat faulty_lstat
#define fstat(file, status) faulty_fstat(file, status)
#include "cli/token_file.c"
#undef open
#undef fchmod
#undef write
#undef read
#undef fsync
#undef rename
#undef lstat
#undef fstat

/* Messages are kept apart from what cmocka says. */
static int said;
#undef STDERR_FILENO
#define STDERR_FILENO said
#include "cli/console.c"
#include "cli/interrupt.c"
#include "cli/when.c"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define END INT64_C(1795316400)
#define END_TEXT "2026-11-22T03:00:00Z"
#define EXPIRES_LINE "expires " END_TEXT "\n"

/* ---- A folder for each test ---- */

static char folder[] = "/tmp/reflow-token-XXXXXX";
static char path[64];
static char temporary[64];
static struct token token;
static bool missing;

static void calls_fail_from(int call, int error)
{
    calls = 0;
    failing_call = call;
    failing_error = error;
}

static int prepare(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/token", folder);
    (void)snprintf(temporary, sizeof temporary, "%s/token.reflow.tmp", folder);
    calls_fail_from(0, 0);
    longest_write = SIZE_MAX;
    on_call = NULL;
    memset(&token, 'x', sizeof token);
    return ftruncate(said, 0);
}

static int clean_up(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)rmdir(path);
    (void)unlink(temporary);
    (void)rmdir(temporary);
    return rmdir(folder); /* nothing else is left */
}

static void put_bytes(const char *bytes, size_t length, mode_t mode)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, length), length);
    assert_int_equal(fchmod(file, mode), 0);
    assert_int_equal(close(file), 0);
}

static void put(const char *text)
{
    put_bytes(text, strlen(text), 0600);
}

static const char *content(void)
{
    static char bytes[2 * REFLOW_MAX_TOKEN + 256];
    const int file = open(path, O_RDONLY);
    const ssize_t length = read(file, bytes, sizeof bytes - 1);

    assert_true(length >= 0);
    (void)close(file);
    bytes[length] = '\0';
    return bytes;
}

static bool exists(const char *name)
{
    struct stat status;

    return lstat(name, &status) == 0;
}

static mode_t mode_of(const char *name)
{
    struct stat status;

    assert_int_equal(lstat(name, &status), 0);
    return status.st_mode;
}

static off_t size_of(const char *name)
{
    struct stat status;

    assert_int_equal(lstat(name, &status), 0);
    return status.st_size;
}

/* Everything that was said since the test began. */
static const char *messages(void)
{
    static char bytes[32768];
    const ssize_t length = pread(said, bytes, sizeof bytes - 1, 0);

    assert_true(length >= 0);
    bytes[length] = '\0';
    return bytes;
}

static void is_empty(void)
{
    static const struct token nothing;

    assert_memory_equal(token.text, nothing.text, sizeof nothing.text);
    assert_false(token.ours);
}

static void is_ours(const char *text)
{
    assert_int_equal(token_read(path, &token, NULL), EXIT_DONE);
    assert_string_equal(token.text, text);
    assert_true(token.ours);
    assert_int_equal(token.expires, END);
}

/* ---- Reading ---- */

static void a_file_of_one_line_is_somebody_elses_token(void **state)
{
    static const char *const forms[] = {"abc", "abc\n", "abc\r\n", "abc \t\r\n\n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        put(forms[i]);
        assert_int_equal(token_read(path, &token, NULL), EXIT_DONE);
        assert_string_equal(token.text, "abc");
        assert_false(token.ours);
    }
    assert_string_equal(messages(), "");
}

static void a_second_line_says_that_it_is_ours_and_when_it_ends(void **state)
{
    static const char *const forms[] = {"abc\n" EXPIRES_LINE, "abc\r\nexpires " END_TEXT "\r\n",
                                        "abc\nexpires " END_TEXT, "abc\n\n" EXPIRES_LINE "\n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        put(forms[i]);
        is_ours("abc");
    }
}

/* They stay part of the text, whose line end the library refuses to send. */
static void another_second_line_is_not_taken_for_ours(void **state)
{
    static const char *const forms[] = {
        "abc\nexpires 2026-11-22\n",   "abc\nexpires  " END_TEXT "\n",
        "abc\nExpires " END_TEXT,      "abc\n expires " END_TEXT,
        "abc\nexpires " END_TEXT " x", "abc\nexpires 2026-02-30T03:00:00Z",
        "abc expires " END_TEXT,       "expires " END_TEXT,
        "abc\n" EXPIRES_LINE "def",    "abc\ndef"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        put(forms[i]);
        assert_int_equal(token_read(path, &token, NULL), EXIT_DONE);
        assert_false(token.ours);
        assert_false(reflow_text_all(token.text, REFLOW_MAX_TOKEN, reflow_is_visible));
    }
}

static void the_longest_token_is_read_and_a_longer_one_refused(void **state)
{
    static char bytes[2 * REFLOW_MAX_TOKEN + 256];
    static const char *const ends[] = {"", "\n", "\r\n", "\n" EXPIRES_LINE,
                                       "\r\nexpires " END_TEXT "\r\n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        memset(bytes, 'a', sizeof bytes);
        memcpy(bytes + REFLOW_MAX_TOKEN, ends[i], strlen(ends[i]));
        put_bytes(bytes, REFLOW_MAX_TOKEN + strlen(ends[i]), 0600);
        assert_int_equal(token_read(path, &token, NULL), EXIT_DONE);
        assert_int_equal(strlen(token.text), REFLOW_MAX_TOKEN);
        assert_int_equal(token.ours, i >= 3);
        memset(bytes, 'a', sizeof bytes);
        memcpy(bytes + REFLOW_MAX_TOKEN + 1, ends[i], strlen(ends[i]));
        put_bytes(bytes, REFLOW_MAX_TOKEN + 1 + strlen(ends[i]), 0600);
        assert_int_equal(token_read(path, &token, &missing), EXIT_UNAUTHORIZED);
        assert_false(missing);
        is_empty();
    }
    put_bytes(bytes, sizeof bytes, 0600);
    assert_int_equal(token_read(path, &token, NULL), EXIT_UNAUTHORIZED);
    assert_non_null(strstr(messages(), "is too long for a token"));
    assert_null(strstr(messages(), "aaaa"));
}

static void no_file_and_an_empty_one_are_told_apart_from_a_bad_one(void **state)
{
    (void)state;
    assert_int_equal(token_read(path, &token, &missing), EXIT_UNAUTHORIZED);
    assert_true(missing);
    is_empty();
    put("\r\n \n");
    missing = false;
    assert_int_equal(token_read(path, &token, &missing), EXIT_UNAUTHORIZED);
    assert_true(missing);
    is_empty();
    assert_string_equal(messages(), "");
    put("abc");
    assert_int_equal(token_read(path, &token, &missing), EXIT_DONE);
    assert_false(missing);
}

static void who_cannot_do_without_is_told_what_is_missing(void **state)
{
    (void)state;
    assert_int_equal(token_read(path, &token, NULL), EXIT_STORAGE);
    assert_non_null(strstr(messages(), "token: No such file"));
    put(" \n");
    assert_int_equal(token_read(path, &token, NULL), EXIT_UNAUTHORIZED);
    assert_non_null(strstr(messages(), "token: holds no token"));
    put("\n" EXPIRES_LINE);
    assert_int_equal(token_read(path, &token, NULL), EXIT_UNAUTHORIZED);
}

static void a_nul_byte_is_refused(void **state)
{
    (void)state;
    put_bytes("ab\0c\n", 5, 0600);
    assert_int_equal(token_read(path, &token, &missing), EXIT_UNAUTHORIZED);
    assert_false(missing);
    is_empty();
    assert_non_null(strstr(messages(), "NUL"));
}

static void what_others_may_read_or_write_is_refused(void **state)
{
    static const mode_t bad[] = {0604, 0602, 0606, 0644, 0666};
    static const mode_t good[] = {0600, 0400, 0640, 0660};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        put_bytes("abc", 3, bad[i]);
        assert_int_equal(token_read(path, &token, &missing), EXIT_STORAGE);
        assert_false(missing);
        is_empty();
    }
    assert_non_null(strstr(messages(), "chmod 600"));
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        (void)unlink(path);
        put_bytes("abc", 3, good[i]);
        assert_int_equal(token_read(path, &token, NULL), EXIT_DONE);
    }
}

static void a_folder_is_no_token_file(void **state)
{
    (void)state;
    assert_int_equal(token_read(folder, &token, &missing), EXIT_STORAGE);
    assert_false(missing);
    is_empty();
}

static void reading_in_pieces_and_with_interruptions_changes_nothing(void **state)
{
    (void)state;
    put("abc\n" EXPIRES_LINE);
    longest_write = 1;
    for (int call = 3; call < 36; call++) {
        calls_fail_from(call, EINTR);
        is_ours("abc");
    }
}

static void each_call_of_reading_that_fails_leaves_no_token(void **state)
{
    (void)state;
    put("abc\n");
    for (int call = 1; call <= 4; call++) {
        calls_fail_from(call, EIO);
        assert_int_equal(token_read(path, &token, &missing), EXIT_STORAGE);
        assert_int_equal(calls, call);
        assert_false(missing);
        is_empty();
    }
}

/* ---- Writing ---- */

static const struct token newer = {"new-token", END, true};

static void a_token_is_written_so_that_it_is_read_back(void **state)
{
    (void)state;
    assert_int_equal(token_write(path, &newer), EXIT_DONE);
    assert_string_equal(content(), "new-token\n" EXPIRES_LINE);
    is_ours("new-token");
    put("old\n");
    assert_int_equal(token_write(path, &newer), EXIT_DONE);
    assert_string_equal(content(), "new-token\n" EXPIRES_LINE);
    assert_false(exists(temporary));
    assert_string_equal(messages(), "");
}

static void a_token_that_is_not_ours_is_one_line(void **state)
{
    const struct token other = {"other", END, false};

    (void)state;
    assert_int_equal(token_write(path, &other), EXIT_DONE);
    assert_string_equal(content(), "other\n");
}

static void the_longest_token_goes_round(void **state)
{
    static struct token longest = {"", END, true};
    static char text[REFLOW_MAX_TOKEN + 1];

    (void)state;
    memset(text, 'b', REFLOW_MAX_TOKEN);
    memcpy(longest.text, text, sizeof text);
    assert_int_equal(token_write(path, &longest), EXIT_DONE);
    is_ours(text);
}

static void only_its_owner_may_read_it_whatever_the_mask_and_the_old_mode(void **state)
{
    static const mode_t masks[] = {0, 022, 0777, 0200};
    const mode_t before = umask(0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(masks); i++) {
        put_bytes("old", 3, 0644);
        (void)umask(masks[i]);
        assert_int_equal(token_write(path, &newer), EXIT_DONE);
        (void)umask(0);
        assert_int_equal(mode_of(path), S_IFREG | 0600);
        (void)unlink(path);
    }
    (void)umask(before);
}

static void what_cannot_be_a_token_is_not_written(void **state)
{
    static struct token bad[] = {
        {"", END, true}, {"a b", END, true}, {"a\nexpires", END, true}, {"\xc3\xa4", END, true}};

    (void)state;
    put("old\n");
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(token_write(path, &bad[i]), EXIT_STORAGE);
        assert_string_equal(content(), "old\n");
    }
    assert_null(strstr(messages(), "a b"));
}

static void what_is_no_regular_file_is_not_replaced(void **state)
{
    char target[80];

    (void)state;
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(token_write(path, &newer), EXIT_STORAGE);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(token_write(path, &newer), EXIT_STORAGE);
    assert_true(S_ISFIFO(mode_of(path)));
    assert_int_equal(unlink(path), 0);
    (void)snprintf(target, sizeof target, "%s/nowhere", folder);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(token_write(path, &newer), EXIT_STORAGE);
    assert_true(S_ISLNK(mode_of(path)));
    assert_false(exists(target));
    assert_false(exists(temporary));
    assert_non_null(strstr(messages(), "no regular file"));
}

static void a_folder_that_is_not_there_is_not_made(void **state)
{
    char name[96];

    (void)state;
    (void)snprintf(name, sizeof name, "%s/none/token", folder);
    assert_int_equal(token_write(name, &newer), EXIT_STORAGE);
    assert_non_null(strstr(messages(), "No such file"));
}

static void a_name_without_a_folder_is_in_the_present_one(void **state)
{
    char before[4096];

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(token_write("token", &newer), EXIT_DONE);
    assert_int_equal(chdir(before), 0);
    is_ours("new-token");
}

static void a_name_that_is_too_long_is_refused(void **state)
{
    static char name[2 * TOKEN_FILE_NAME];

    (void)state;
    memset(name, '/', sizeof name - 1);
    assert_int_equal(token_write(name, &newer), EXIT_STORAGE);
    name[TOKEN_FILE_NAME - 2] = '\0';
    assert_int_equal(token_write(name, &newer), EXIT_STORAGE);
    assert_non_null(strstr(messages(), strerror(ENAMETOOLONG)));
}

static void a_companions_name_has_room_up_to_its_nul(void **state)
{
    static char name[TOKEN_FILE_NAME + 1];
    static struct {
        char name[TOKEN_FILE_NAME];
        char behind;
    } beside = {"", 'x'};

    (void)state;
    memset(name, 'a', TOKEN_FILE_NAME - 5);
    assert_true(token_file_beside(name, ".new", beside.name));
    assert_int_equal(strlen(beside.name), TOKEN_FILE_NAME - 1);
    assert_string_equal(beside.name + TOKEN_FILE_NAME - 6, "a.new");
    assert_false(token_file_beside(name, ".newer", beside.name));
    assert_int_equal(beside.behind, 'x');
}

static void what_a_killed_writer_has_left_is_removed(void **state)
{
    const int file = open(temporary, O_WRONLY | O_CREAT, 0644);

    (void)state;
    assert_int_equal(ftruncate(file, 5000), 0); /* longer than what comes */
    (void)close(file);
    assert_int_equal(token_write(path, &newer), EXIT_DONE);
    assert_string_equal(content(), "new-token\n" EXPIRES_LINE);
    assert_int_equal(mode_of(path), S_IFREG | 0600);
    assert_int_equal(size_of(path), strlen("new-token\n" EXPIRES_LINE));
    assert_false(exists(temporary));
}

static void what_stands_in_the_way_is_not_written_through(void **state)
{
    char target[80];

    (void)state;
    (void)snprintf(target, sizeof target, "%s/nowhere", folder);
    assert_int_equal(symlink(target, temporary), 0);
    assert_int_equal(token_write(path, &newer), EXIT_DONE);
    assert_false(exists(target));
    is_ours("new-token");
    assert_int_equal(mkdir(temporary, 0700), 0);
    assert_int_equal(token_write(path, &newer), EXIT_STORAGE); /* that was no writer */
    assert_true(S_ISDIR(mode_of(temporary)));
}

/* lstat, open of the folder, open, fchmod, write, fsync, rename; then fsync of the folder. */
#define CALLS_BEFORE_IT_IS_IN_PLACE 7

static void each_call_of_writing_that_fails_leaves_the_old_file_and_nothing_else(void **state)
{
    static const int errors[] = {EIO, ENOSPC, EACCES, EROFS};

    (void)state;
    put("old\n" EXPIRES_LINE);
    for (int call = 1; call <= CALLS_BEFORE_IT_IS_IN_PLACE; call++) {
        for (size_t i = 0; i < COUNT_OF(errors); i++) {
            assert_int_equal(ftruncate(said, 0), 0);
            calls_fail_from(call, errors[i]);
            assert_int_equal(token_write(path, &newer), EXIT_STORAGE);
            assert_int_equal(calls, call);
            assert_string_equal(content(), "old\n" EXPIRES_LINE);
            assert_false(exists(temporary));
            assert_non_null(strstr(messages(), strerror(errors[i])));
            assert_null(strstr(messages(), "new-token"));
        }
    }
}

static void a_full_disk_in_the_middle_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    put("old\n");
    longest_write = 1;
    for (int call = 5; call < 5 + (int)strlen("new-token\n" EXPIRES_LINE); call++) {
        calls_fail_from(call, ENOSPC);
        assert_int_equal(token_write(path, &newer), EXIT_STORAGE);
        assert_string_equal(content(), "old\n");
        assert_false(exists(temporary));
    }
}

/* No disk should do so; if one does, nobody waits for it. */
static void a_disk_that_takes_nothing_without_an_error_leaves_the_old_file(void **state)
{
    (void)state;
    put("old\n");
    longest_write = 0;
    assert_int_equal(token_write(path, &newer), EXIT_STORAGE);
    assert_string_equal(content(), "old\n");
    assert_false(exists(temporary));
}

static void a_failure_to_make_the_name_lasting_is_told_and_the_new_file_stays(void **state)
{
    (void)state;
    put("old\n");
    calls_fail_from(CALLS_BEFORE_IT_IS_IN_PLACE + 1, EIO);
    assert_int_equal(token_write(path, &newer), EXIT_STORAGE);
    assert_non_null(strstr(messages(), "power cut"));
    is_ours("new-token");
    calls_fail_from(CALLS_BEFORE_IT_IS_IN_PLACE + 1,
                    EINVAL); /* a file system without such a thing */
    assert_int_equal(token_write(path, &newer), EXIT_DONE);
    assert_int_equal(calls, CALLS_BEFORE_IT_IS_IN_PLACE + 1);
}

static void interruptions_and_short_writes_change_nothing(void **state)
{
    (void)state;
    longest_write = 3;
    for (int call = 5; call < 5 + 14; call++) {
        calls_fail_from(call, EINTR);
        assert_int_equal(token_write(path, &newer), EXIT_DONE);
        is_ours("new-token");
    }
}

/* ---- Looking on ---- */

static int looks;
static int saw_new;

/* Reads with the plain system calls, as another process would. */
static void look_at_the_file(void)
{
    const char *seen = content();

    looks++;
    if (strcmp(seen, "old\n" EXPIRES_LINE) != 0) {
        assert_string_equal(seen, "new-token\n" EXPIRES_LINE);
        saw_new++;
    }
}

static void a_reader_never_sees_half_a_file(void **state)
{
    (void)state;
    put("old\n" EXPIRES_LINE);
    longest_write = 1;
    looks = 0;
    saw_new = 0;
    on_call = look_at_the_file;
    assert_int_equal(token_write(path, &newer), EXIT_DONE);
    assert_true(looks > (int)strlen("new-token\n" EXPIRES_LINE));
    assert_int_equal(saw_new, 1); /* before the folder is synchronized */
}

static int collect_messages(void **state)
{
    char name[] = "/tmp/reflow-token-XXXXXX";

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
        IN_A_FOLDER(a_file_of_one_line_is_somebody_elses_token),
        IN_A_FOLDER(a_second_line_says_that_it_is_ours_and_when_it_ends),
        IN_A_FOLDER(another_second_line_is_not_taken_for_ours),
        IN_A_FOLDER(the_longest_token_is_read_and_a_longer_one_refused),
        IN_A_FOLDER(no_file_and_an_empty_one_are_told_apart_from_a_bad_one),
        IN_A_FOLDER(who_cannot_do_without_is_told_what_is_missing),
        IN_A_FOLDER(a_nul_byte_is_refused),
        IN_A_FOLDER(what_others_may_read_or_write_is_refused),
        IN_A_FOLDER(a_folder_is_no_token_file),
        IN_A_FOLDER(reading_in_pieces_and_with_interruptions_changes_nothing),
        IN_A_FOLDER(each_call_of_reading_that_fails_leaves_no_token),
        IN_A_FOLDER(a_token_is_written_so_that_it_is_read_back),
        IN_A_FOLDER(a_token_that_is_not_ours_is_one_line),
        IN_A_FOLDER(the_longest_token_goes_round),
        IN_A_FOLDER(only_its_owner_may_read_it_whatever_the_mask_and_the_old_mode),
        IN_A_FOLDER(what_cannot_be_a_token_is_not_written),
        IN_A_FOLDER(what_is_no_regular_file_is_not_replaced),
        IN_A_FOLDER(a_folder_that_is_not_there_is_not_made),
        IN_A_FOLDER(a_name_without_a_folder_is_in_the_present_one),
        IN_A_FOLDER(a_name_that_is_too_long_is_refused),
        IN_A_FOLDER(a_companions_name_has_room_up_to_its_nul),
        IN_A_FOLDER(what_a_killed_writer_has_left_is_removed),
        IN_A_FOLDER(what_stands_in_the_way_is_not_written_through),
        IN_A_FOLDER(each_call_of_writing_that_fails_leaves_the_old_file_and_nothing_else),
        IN_A_FOLDER(a_full_disk_in_the_middle_leaves_the_old_file_and_nothing_else),
        IN_A_FOLDER(a_disk_that_takes_nothing_without_an_error_leaves_the_old_file),
        IN_A_FOLDER(a_failure_to_make_the_name_lasting_is_told_and_the_new_file_stays),
        IN_A_FOLDER(interruptions_and_short_writes_change_nothing),
        IN_A_FOLDER(a_reader_never_sees_half_a_file),
    };
    return cmocka_run_group_tests(tests, collect_messages, NULL);
}
#undef IN_A_FOLDER
