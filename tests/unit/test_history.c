/* SPDX-License-Identifier: MIT */
/* The contract of history: the last event of a run says how it stands, a retry of a retry is traced to
 * its first run, and from both follows what is taken and what is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/console.c"
#include "cli/history.c"
#include "cli/interrupt.c"
#include "cli/journal.c"
#include "cli/journal_file.c"
#include "cli/journal_index.c"
#include "cli/journal_line.c"
#include "cli/when.c"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define START 1795316400

static char path[] = "/tmp/reflow-history-XXXXXX";
static struct journal journal;
static struct history history;
static char bytes[20000000];
static size_t length;

static int begin_group(void **state)
{
    const int file = mkstemp(path);

    (void)state;
    return file < 0 ? -1 : close(file);
}

static int end_group(void **state)
{
    (void)state;
    return unlink(path);
}

static int end(void **state)
{
    (void)state;
    journal_close(&journal);
    return 0;
}

/* ---- Journals ---- */

/* Events in short: "i a" intent, "t a n" retriggered with n as the new run, "r a" refused, "n a"
 * not_applied, "u a" unknown, separated by commas. Each is a second later than the one before; an
 * intent's flow is the number of the event. */
static void add(char event, const char *run, const char *id, unsigned count)
{
    static const char letters[JOURNAL_EVENTS] = {'i', 't', 'r', 'n', 'u'};
    const char *found = memchr(letters, event, sizeof letters);
    struct journal_entry entry = {.time = START + count};

    assert_non_null(found);
    entry.event = (enum journal_event)(found - letters);
    strcpy(entry.run, run);
    strcpy(entry.id, id);
    if (event == 'i') {
        (void)snprintf(entry.flow, sizeof entry.flow, "%u", count);
    }
    strcpy(entry.error, event == 'r' ? "not_found" : "");
    assert_true(sizeof bytes - length >= JOURNAL_LINE);
    length += journal_line_write(&entry, bytes + length);
}

static void open_bytes(void)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    journal_close(&journal);
    assert_int_equal(journal_open(&journal, path, false), EXIT_DONE);
}

static void begin_with(const char *events)
{
    unsigned count = 0;

    length = 0;
    while (*events != '\0') {
        char event;
        char run[16];
        char id[16] = "";
        int taken;

        assert_in_range(sscanf(events, "%c %15[a-z0-9] %15[a-z0-9]", &event, run, id), 2, 3);
        add(event, run, id, count);
        count++;
        taken = (int)strcspn(events, ",");
        events += taken;
        events += *events != '\0' ? 1 : 0;
    }
    open_bytes();
}

static void state_is(const char *events, const char *run, enum history_state state)
{
    begin_with(events);
    assert_true(history_of(&journal, run, &history));
    if (history.state != state) {
        fail_msg("%s: %s is in state %d", events, run, (int)history.state);
    }
}

static void round_is(const char *events, const char *run, unsigned round)
{
    begin_with(events);
    assert_true(history_of(&journal, run, &history));
    if (history.round != round) {
        fail_msg("%s: %s is of round %u", events, run, history.round);
    }
}

/* ---- States ---- */

static void the_last_event_says_how_a_run_stands(void **state)
{
    static const struct {
        const char *events;
        enum history_state state;
    } table[] = {{"", HISTORY_NONE},
                 {"i b,t b n", HISTORY_NONE},
                 {"i aa,r aa", HISTORY_NONE},
                 {"i b,t b a", HISTORY_NONE},
                 {"i a", HISTORY_UNKNOWN},
                 {"i a,u a", HISTORY_UNKNOWN},
                 {"u a", HISTORY_UNKNOWN},
                 {"i a,t a n", HISTORY_RETRIGGERED},
                 {"i a,r a", HISTORY_REFUSED},
                 {"i a,n a", HISTORY_NOT_APPLIED},
                 {"n a", HISTORY_NOT_APPLIED},
                 {"i a,n a,i a", HISTORY_UNKNOWN},
                 {"i a,r a,i a", HISTORY_UNKNOWN},
                 {"i a,t a n,i a", HISTORY_UNKNOWN},
                 {"i a,n a,i a,t a n", HISTORY_RETRIGGERED},
                 {"i a,t a n,i a,r a", HISTORY_REFUSED},
                 {"i a,u a,n a", HISTORY_NOT_APPLIED},
                 {"i a,u a,t a n", HISTORY_RETRIGGERED},
                 {"i a,i b,t b n,r a,i c", HISTORY_REFUSED},
                 {"i a,i b,u b,u a,t b n", HISTORY_UNKNOWN},
                 {"i a,i b,t a n,i n,r b,u n", HISTORY_RETRIGGERED}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        state_is(table[i].events, "a", table[i].state);
    }
}

static void the_last_event_and_the_last_intent_are_told(void **state)
{
    (void)state;
    state_is("i b,i a,n a,i b,i a,u a,r b", "a", HISTORY_UNKNOWN);
    assert_string_equal(history.last.run, "a");
    assert_int_equal(history.last.event, JOURNAL_UNKNOWN);
    assert_true(history.last.time == START + 5);
    assert_int_equal(history.intent.event, JOURNAL_INTENT);
    assert_true(history.intent.time == START + 4);
    assert_string_equal(history.intent.flow, "4");
    state_is("i a,i a,t a n", "a", HISTORY_RETRIGGERED);
    assert_string_equal(history.last.id, "n");
    assert_string_equal(history.intent.flow, "1");
    state_is("r a", "a", HISTORY_REFUSED);
    assert_string_equal(history.last.error, "not_found");
    assert_string_equal(history.intent.run, "");
    state_is("i b", "a", HISTORY_NONE);
    assert_string_equal(history.last.run, "");
    assert_string_equal(history.intent.run, "");
}

/* ---- Rounds ---- */

static void a_retry_of_a_retry_is_traced_to_its_first_run(void **state)
{
    static const char chain[] = "i a,t a b,i x,t x y,i b,t b c,i c,t c d";

    (void)state;
    round_is("", "a", 0);
    round_is(chain, "a", 0);
    round_is(chain, "b", 1);
    round_is(chain, "c", 2);
    round_is(chain, "d", 3);
    round_is(chain, "y", 1);
    round_is(chain, "e", 0);
    /* settled late: the order of the lines does not matter */
    round_is("i a,u a,i b,t b c,t a b", "c", 2);
    /* what was not re-triggered leads nowhere */
    round_is("i a,u a,i b,r b", "b", 0);
}

static void a_circle_ends_at_the_most_rounds(void **state)
{
    (void)state;
    round_is("t a a", "a", HISTORY_MOST_ROUNDS);
    round_is("t a b,t b c,t c a,t c d", "d", HISTORY_MOST_ROUNDS);
}

static void very_many_rounds_are_counted_up_to_the_most(void **state)
{
    char run[16];
    char id[16];

    (void)state;
    length = 0;
    for (unsigned i = 0; i < 300; i++) {
        (void)snprintf(run, sizeof run, "%u", i);
        (void)snprintf(id, sizeof id, "%u", i + 1);
        add('t', run, id, i);
    }
    open_bytes();
    assert_true(history_of(&journal, "254", &history));
    assert_int_equal(history.round, 254);
    assert_true(history_of(&journal, "300", &history));
    assert_int_equal(history.round, HISTORY_MOST_ROUNDS);
}

/* ---- What is unsettled ---- */

/* As "RUN FLOW," for each, an event without an intent as "RUN ,". */
static void unsettled_are(const char *events, const char *expected)
{
    char found[400] = "";
    struct journal_entry intent;
    off_t offset = 0;

    begin_with(events);
    while (history_next_unsettled(&journal, &offset, &intent)) {
        const size_t used = strlen(found);

        assert_true(used < 100);
        (void)snprintf(found + used, sizeof found - used, "%s %s,", intent.run, intent.flow);
    }
    assert_string_equal(found, expected);
    assert_false(journal.failed);
}

static void each_unsettled_run_is_found_once_with_its_last_intent(void **state)
{
    (void)state;
    unsettled_are("", "");
    unsettled_are("i a,t a n,i b,r b,i c,n c", "");
    unsettled_are("i a", "a 0,");
    unsettled_are("i a,i a,i a", "a 2,");
    unsettled_are("i a,u a", "a 0,");
    unsettled_are("i a,u a,u a", "a 0,");
    unsettled_are("i a,u a,i a", "a 2,");
    unsettled_are("i a,u a,i a,u a,i b", "a 2,b 4,");
    unsettled_are("i a,i b,i c,r b,u c", "a 0,c 2,");
    unsettled_are("i a,i b,u b,t a n,u n", "b 1,n ,");
    unsettled_are("i a,i b,u b,u a", "b 1,a 0,");
    unsettled_are("i a,u a,n a,i b,u b,t b n", "");
    unsettled_are("u a", "a ,");
}

/* ---- The decision ---- */

static enum verdict verdict(enum history_state state, const char *error, unsigned round,
                            bool repeat_unknown, bool repeat_refused)
{
    struct history of;

    memset(&of, 0, sizeof of);
    of.state = state;
    of.round = round;
    strcpy(of.last.error, error);
    return history_verdict(&of, 3, repeat_unknown, repeat_refused);
}

static void what_is_taken_follows_from_state_round_and_wishes(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 6; round++) {
        const enum verdict taken = round < 3 ? TAKE : LEAVE_ROUNDS;

        for (unsigned wishes = 0; wishes < 4; wishes++) {
            const bool unknown = (wishes & 1) != 0;
            const bool refused = (wishes & 2) != 0;

            assert_int_equal(verdict(HISTORY_NONE, "", round, unknown, refused), taken);
            assert_int_equal(verdict(HISTORY_NOT_APPLIED, "dns", round, unknown, refused), taken);
            assert_int_equal(verdict(HISTORY_RETRIGGERED, "", round, unknown, refused),
                             LEAVE_RETRIGGERED);
            assert_int_equal(verdict(HISTORY_UNKNOWN, "timeout", round, unknown, refused),
                             unknown ? taken : LEAVE_UNKNOWN);
            assert_int_equal(verdict(HISTORY_UNKNOWN, "forbidden", round, unknown, refused),
                             unknown ? taken : LEAVE_UNKNOWN);
            assert_int_equal(verdict(HISTORY_REFUSED, "not_found", round, unknown, refused),
                             refused ? taken : LEAVE_REFUSED);
            assert_int_equal(verdict(HISTORY_REFUSED, "", round, unknown, refused),
                             refused ? taken : LEAVE_REFUSED);
            assert_int_equal(verdict(HISTORY_REFUSED, "unauthorized", round, unknown, refused),
                             taken);
            assert_int_equal(verdict(HISTORY_REFUSED, "forbidden", round, unknown, refused), taken);
        }
    }
}

static void no_rounds_means_that_nothing_is_taken(void **state)
{
    struct history none;

    (void)state;
    memset(&none, 0, sizeof none);
    assert_int_equal(history_verdict(&none, 0, true, true), LEAVE_ROUNDS);
    assert_int_equal(history_verdict(&none, 1, false, false), TAKE);
}

/* ---- By the index and without it ---- */

static uint32_t random_below(uint32_t most)
{
    static uint32_t seed = 7;

    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % most;
}

static void same_entry(const struct journal_entry *a, const struct journal_entry *b)
{
    assert_string_equal(a->run, b->run);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->flow, b->flow);
    assert_true(a->time == b->time && a->event == b->event);
}

static void same_history(const char *run)
{
    static struct history other;

    journal.index->full = false;
    assert_true(history_of(&journal, run, &history));
    journal.index->full = true;
    assert_true(history_of(&journal, run, &other));
    assert_int_equal(history.state, other.state);
    assert_int_equal(history.round, other.round);
    same_entry(&history.last, &other.last);
    same_entry(&history.intent, &other.intent);
}

static void same_unsettled(void)
{
    struct journal_entry one;
    struct journal_entry other;
    off_t of_one = 0;
    off_t of_other = 0;
    bool more = true;

    while (more) {
        journal.index->full = false;
        more = history_next_unsettled(&journal, &of_one, &one);
        journal.index->full = true;
        assert_int_equal(history_next_unsettled(&journal, &of_other, &other), more);
        assert_int_equal(of_one, of_other);
        if (more) {
            same_entry(&one, &other);
        }
    }
}

/* Few names, so that runs and new runs meet; `names` of them, two of which have the same hash. */
static void random_journals_are_the_same(const char *const *names, uint32_t count)
{
    for (unsigned round = 0; round < 40; round++) {
        const uint32_t events = random_below(round < 38 ? 30 : 1000);

        length = 0;
        for (unsigned i = 0; i < events; i++) {
            const char event = "iitrnu"[random_below(6)];

            add(event, names[random_below(count)], event == 't' ? names[random_below(count)] : "",
                i);
        }
        open_bytes();
        for (uint32_t i = 0; i < count; i++) {
            same_history(names[i]);
        }
        same_unsettled();
    }
}

static void the_index_changes_no_answer(void **state)
{
    static const char *const names[] = {"detqhd", "nzjpwk", "a", "b", "c", "d", "e", "f"};

    (void)state;
    assert_int_equal(hash_of(JOURNAL_TELLS_OF, names[0]), hash_of(JOURNAL_TELLS_OF, names[1]));
    random_journals_are_the_same(names, COUNT_OF(names));
    random_journals_are_the_same(names, 4);
}

static void what_is_appended_is_indexed_too(void **state)
{
    struct journal_entry entry = {.event = JOURNAL_INTENT, .time = START, .run = "b"};

    (void)state;
    begin_with("i a,t a b");
    journal_close(&journal);
    assert_int_equal(journal_open(&journal, path, true), EXIT_DONE);
    assert_int_equal(journal_append(&journal, &entry), EXIT_DONE);
    assert_true(history_of(&journal, "b", &history));
    assert_int_equal(history.state, HISTORY_UNKNOWN);
    assert_int_equal(history.round, 1);
    entry.event = JOURNAL_RETRIGGERED;
    strcpy(entry.id, "c");
    assert_int_equal(journal_append(&journal, &entry), EXIT_DONE);
    assert_true(history_of(&journal, "c", &history));
    assert_int_equal(history.state, HISTORY_NONE);
    assert_int_equal(history.round, 2);
    same_history("b");
}

/* ---- Size and failure ---- */

static void a_journal_of_a_hundred_thousand_lines_works(void **state)
{
    static const char *const others[] = {"0001", "0002", "0003", "0004", "0005"};
    struct journal_entry intent;
    off_t offset = 0;
    size_t block;

    (void)state;
    length = 0;
    add('i', "first", "", 1);
    add('t', "first", "second", 2);
    add('i', "lost", "", 3);
    block = length;
    for (unsigned i = 0; i < 500; i++) {
        char run[40];
        char id[40];

        (void)snprintf(run, sizeof run, "4fb0418e-1804-45d6-8d56-dd51f05c%04u", i);
        (void)snprintf(id, sizeof id, "3fb0418e-1804-45d6-8d56-dd51f05c%s", others[i % 5]);
        add('i', run, "", i);
        add('t', run, id, i);
    }
    block = length - block;
    for (unsigned i = 1; i < 100; i++) {
        memcpy(bytes + length, bytes + length - block, block);
        length += block;
    }
    add('i', "second", "", 4);
    add('u', "second", "", 5);
    open_bytes();
    assert_true(length > 10000000);
    assert_true(history_of(&journal, "first", &history));
    assert_int_equal(history.state, HISTORY_RETRIGGERED);
    assert_true(history_of(&journal, "second", &history));
    assert_int_equal(history.state, HISTORY_UNKNOWN);
    assert_int_equal(history.round, 1);
    assert_true(history_of(&journal, "4fb0418e-1804-45d6-8d56-dd51f05c0499", &history));
    assert_int_equal(history.state, HISTORY_RETRIGGERED);
    assert_true(history_next_unsettled(&journal, &offset, &intent));
    assert_string_equal(intent.run, "lost");
}

/* What could not be read must not pass for a run that nobody has touched. */
static void a_journal_that_fails_leaves_every_run_to_a_person(void **state)
{
    struct journal_entry intent;
    off_t offset = 0;
    int saved;

    (void)state;
    begin_with("i a,t a b,i b,n b");
    assert_int_equal(truncate(path, 10), 0);
    journal.window_length = 0;
    saved = dup(STDERR_FILENO);
    assert_non_null(freopen("/dev/null", "w", stderr));
    assert_false(history_of(&journal, "a", &history));
    assert_int_equal(history.state, HISTORY_UNKNOWN);
    assert_true(journal.failed);
    assert_false(history_next_unsettled(&journal, &offset, &intent));
    open_bytes();
    assert_int_equal(truncate(path, 10), 0);
    journal.window_length = 0;
    journal.index->full = true; /* so that all is read */
    assert_false(history_of(&journal, "c", &history));
    assert_int_equal(history.state, HISTORY_UNKNOWN);
    assert_true(journal.failed);
    /* the first window can be read, what follows cannot */
    length = 0;
    add('i', "a", "", 0);
    while (length < (size_t)2 * JOURNAL_WINDOW) {
        add('i', "b", "", 1);
    }
    open_bytes();
    assert_int_equal(truncate(path, JOURNAL_WINDOW), 0);
    journal.index->full = true;
    offset = 0;
    assert_false(history_next_unsettled(&journal, &offset, &intent));
    assert_true(journal.failed);
    begin_with("i a,t a b,i b,n b");
    journal.failed = true;
    assert_false(history_of(&journal, "b", &history));
    assert_int_equal(history.state, HISTORY_UNKNOWN);
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_last_event_says_how_a_run_stands),
        TEST(the_last_event_and_the_last_intent_are_told),
        TEST(a_retry_of_a_retry_is_traced_to_its_first_run),
        TEST(a_circle_ends_at_the_most_rounds),
        TEST(very_many_rounds_are_counted_up_to_the_most),
        TEST(each_unsettled_run_is_found_once_with_its_last_intent),
        TEST(what_is_taken_follows_from_state_round_and_wishes),
        TEST(no_rounds_means_that_nothing_is_taken),
        TEST(the_index_changes_no_answer),
        TEST(what_is_appended_is_indexed_too),
        TEST(a_journal_of_a_hundred_thousand_lines_works),
        TEST(a_journal_that_fails_leaves_every_run_to_a_person),
    };
    /* Closed journals are journals of which nothing is known: file 0 is not theirs. */
    journal.file = -1;
    return cmocka_run_group_tests(tests, begin_group, end_group);
}
