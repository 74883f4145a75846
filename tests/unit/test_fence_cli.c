/* SPDX-License-Identifier: MIT */
/* Nothing of the tool that reads what others wrote (journal lines, IDs, options) touches a byte
 * before its text or behind it, wherever it is cut. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence_table.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/ids.h"
#include "cli/journal_line.h"
#include "cli/options.h"
#include "cli/shard.h"
#include "cli/when.h"

/* ---- The journal ---- */

static void take_line(char *bytes, size_t length)
{
    struct journal_entry entry;

    (void)journal_line_read(bytes, length, &entry);
    (void)journal_line_may_begin(bytes, length);
    (void)journal_line_is_of(bytes, length, "a-run", 5);
    (void)journal_line_leads_to(bytes, length, "a-new1", 6);
}

/* ---- Times and shards ---- */

static void take_when(char *bytes, size_t length)
{
    int64_t seconds;

    (void)length;
    (void)when_read(bytes, 1772323200, &seconds);
}

static void take_time(char *bytes, size_t length)
{
    int64_t seconds;

    (void)when_read_time(bytes, length, &seconds);
}

static void take_shard(char *bytes, size_t length)
{
    struct shard shard = {0, 7};

    (void)length;
    (void)shard_takes(&shard, bytes);
    (void)shard_read(bytes, &shard);
}

/* ---- IDs ---- */

/* The lines of standard input, whose buffer ends where the fence begins; and an operand. */
static void take_ids(char *bytes, size_t length)
{
    struct ids *ids = (struct ids *)(void *)(room_fence - sizeof *ids);
    static char dash[] = "-";
    char *operands[] = {dash};
    struct options options = {0};
    const char *id;
    int pipes[2];

    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], bytes, length), length);
    assert_int_equal(dup2(pipes[0], STDIN_FILENO), STDIN_FILENO);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
    options.operands = operands;
    options.operand_count = 1;
    ids_begin(ids, &options);
    while (ids_next(ids, true, &id) < IDS_WAIT) {
    }
    operands[0] = bytes;
    ids_begin(ids, &options);
    (void)ids_next(ids, true, &id);
}

/* ---- Options: each as a word of its own, and all values behind each option that takes one ---- */

static void take_words(char *name, char *value)
{
    static char program[] = "reflow";
    char *words[] = {program, name, value, NULL};
    struct options options;

    optind = 0; /* glibc: from the beginning */
    (void)options_read(&options, value == NULL ? 2 : 3, words);
}

static void take_option(char *bytes, size_t length)
{
    (void)length;
    take_words(bytes, NULL);
}

static void take_value(char *bytes, size_t length)
{
    static const char *const names[] = {
        "--pin",          "--since", "--shard",   "--limit", "--jobs",  "--rounds", "--attempts",
        "--wait-timeout", "--poll",  "--timeout", "--url",   "--proxy", "--secret"};
    char name[32];
    size_t i;

    (void)length;
    for (i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(name, sizeof name, "%s", names[i]);
        take_words(name, bytes);
    }
}

/* ---- The rows ---- */

#define LINE                                                                                       \
    "c9d3dcd2 2026-11-22T03:00:07Z retriggered a-run id=a-new1 flow=f error=timeout http=200 "     \
    "attempts=4 by=operator x=y"

static struct fenced_parser parsers[] = {
    {"journal_line",
     NULL,
     take_line,
     NULL,
     false,
     false,
     {BYTES(LINE), BYTES("00000000 2026-11-22T03:00:07Z intent a-run"), BYTES("\0\0\0\0 2026-")}},
    {"when",
     NULL,
     take_when,
     NULL,
     false,
     true,
     {BYTES("24h"), BYTES("99999999999999999999w"), BYTES("2026-11-22T03:00:07.123456+01:30"),
      BYTES("2026-11-22"), BYTES("2026-11-22T23:59:60Z")}},
    {"when: as it is kept", NULL, take_time, NULL, false, false, {BYTES("2026-11-22T03:00:07Z ")}},
    {"shard",
     NULL,
     take_shard,
     NULL,
     false,
     true,
     {BYTES("0/65535"), BYTES("99999999999/1"), BYTES("a-run")}},
    {"ids",
     NULL,
     take_ids,
     NULL,
     false,
     true,
     {BYTES("a-run\nanother\r\n\n two \n\0\n" LINE LINE "\nlast"), BYTES("\x80")}},
    {"options",
     NULL,
     take_option,
     NULL,
     false,
     true,
     {BYTES("--timeout=60"), BYTES("--client-secret=x"),
      BYTES("--no-such-option-at-all-anywhere=1"), BYTES("-vqx"), BYTES("--tokenSECRET")}},
    {"options: their values",
     NULL,
     take_value,
     NULL,
     false,
     true,
     {BYTES("4294967296"), BYTES("60"), BYTES("7d"), BYTES("1/2"),
      BYTES("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
      BYTES("2026-11-22T03:00:00Z")}},
};

static int complaints = -1;

/* Complaints are of no interest; cmocka's summary, which goes the same way, is. */
static int prepare(void **state)
{
    const int nowhere = open("/dev/null", O_WRONLY);

    complaints = dup(STDERR_FILENO);
    return complaints >= 0 && dup2(nowhere, STDERR_FILENO) >= 0 ? put_up_fences(state) : -1;
}

static int clean_up(void **state)
{
    (void)state;
    return dup2(complaints, STDERR_FILENO) >= 0 ? 0 : -1;
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(parsers)];

    list_tests(tests, parsers, COUNT_OF(parsers));
    return cmocka_run_group_tests_name("fence_cli", tests, prepare, clean_up);
}
