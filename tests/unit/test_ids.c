/* SPDX-License-Identifier: MIT */
/* The contract of ids: each line of standard input is one ID or one bad line, however it arrives, and
 * nobody waits for it who has other things to do. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/interrupt.h"

/* ---- A producer at the other end of a real pipe ---- */

static int line_in[2];
static size_t reads;
static size_t polls;

static struct {
    const char *bytes;
    size_t length;
    size_t at;
    size_t piece;      /* given at each read that finds nothing; 0: nothing is given */
    int fail_reads;    /* so many reads fail first, */
    int fail_polls;    /* and polls, */
    int error;         /* with this */
    bool interrupt_it; /* by a signal that asks the command to end */
} producer;

static enum interrupt asked;

enum interrupt interrupt_asked(void)
{
    return asked;
}

static bool holds_something(void)
{
    struct pollfd fd = {STDIN_FILENO, POLLIN, 0};

    return poll(&fd, 1, 0) > 0;
}

static void give(const char *bytes, size_t length)
{
    assert_int_equal(write(line_in[1], bytes, length), length);
}

static void give_text(const char *text)
{
    give(text, strlen(text));
}

static void end_input(void)
{
    assert_int_equal(close(line_in[1]), 0);
    line_in[1] = -1;
}

/* What would block is given the next piece instead. */
static void produce(void)
{
    size_t length = producer.length - producer.at;

    if (producer.piece == 0 || line_in[1] < 0 || holds_something()) {
        return;
    }
    length = length < producer.piece ? length : producer.piece;
    if (length == 0) {
        end_input();
        return;
    }
    give(producer.bytes + producer.at, length);
    producer.at += length;
}

static ssize_t watched_read(int file, void *to, size_t size)
{
    reads++;
    if (producer.fail_reads > 0) {
        producer.fail_reads--;
        asked = producer.interrupt_it ? INTERRUPT_SOON : INTERRUPT_NONE;
        errno = producer.error;
        return -1;
    }
    produce();
    assert_true(holds_something()); /* otherwise the test would wait for ever, too */
    return read(file, to, size);
}

static int watched_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    polls++;
    if (producer.fail_polls > 0) {
        producer.fail_polls--;
        errno = EINTR;
        return -1;
    }
    return poll(fds, count, timeout_ms < 0 ? 0 : timeout_ms);
}

#define read watched_read
#define poll watched_poll
#include "cli/ids.c"
#undef read
#undef poll
#include "cli/shard.c"

static struct ids ids;
static struct options options;
static char dash[] = "-";
static char *from_input[] = {dash};

static int set_up(void **state)
{
    (void)state;
    memset(&producer, 0, sizeof producer);
    memset(&options, 0, sizeof options);
    asked = INTERRUPT_NONE;
    options.operands = from_input;
    options.operand_count = 1;
    assert_int_equal(pipe(line_in), 0);
    if (line_in[0] != STDIN_FILENO) { /* which is free after the first test */
        assert_int_equal(dup2(line_in[0], STDIN_FILENO), STDIN_FILENO);
        assert_int_equal(close(line_in[0]), 0);
    }
    ids_begin(&ids, &options);
    reads = 0;
    polls = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (line_in[1] >= 0) {
        end_input();
    }
    return close(STDIN_FILENO);
}

static void next_is(enum ids_result expected, const char *text)
{
    const char *id = NULL;

    assert_int_equal(ids_next(&ids, true, &id), expected);
    assert_string_equal(id, text);
}

static void the_end(enum ids_result expected, bool may_wait)
{
    const char *id = NULL;

    assert_int_equal(ids_next(&ids, may_wait, &id), expected);
}

/* ---- Lines ---- */

static const char several[] = "one\n\n two\t\r\n \t \r\na b\nthree/\n~._-\r\n\n\nlast";

static void several_are_read(void)
{
    next_is(IDS_ONE, "one");
    next_is(IDS_ONE, "two");
    next_is(IDS_BAD, "a b");
    next_is(IDS_BAD, "three/");
    next_is(IDS_ONE, "~._-");
    next_is(IDS_ONE, "last");
    the_end(IDS_END, true);
    assert_int_equal(ids.taken, sizeof several - 1);
}

static void lines_are_the_same_in_pieces_of_any_size(void **state)
{
    size_t piece;

    for (piece = 1; piece <= sizeof several; piece++) {
        producer.bytes = several;
        producer.length = sizeof several - 1;
        producer.piece = piece;
        several_are_read();
        tear_down(state);
        set_up(state);
    }
}

static void lines_that_cross_the_buffers_end_are_whole(void **state)
{
    static char bytes[3 * sizeof ids.bytes];
    const char *id = NULL;
    size_t length = 0;
    size_t count = 0;
    char expected[32];

    (void)state;
    while (length + 32 < sizeof bytes) {
        length += (size_t)snprintf(bytes + length, 32, "run-%zu\n", count);
        count++;
    }
    give(bytes, length);
    end_input();
    for (length = 0; length < count; length++) {
        (void)snprintf(expected, sizeof expected, "run-%zu", length);
        assert_int_equal(ids_next(&ids, true, &id), IDS_ONE);
        assert_string_equal(id, expected);
    }
    the_end(IDS_END, true);
}

static void a_last_line_without_an_end_counts(void **state)
{
    (void)state;
    give_text("one\ntwo");
    end_input();
    next_is(IDS_ONE, "one");
    next_is(IDS_ONE, "two");
    the_end(IDS_END, true);
    the_end(IDS_END, false); /* and it stays so */
}

static void nothing_and_nothing_but_blanks_is_the_end(void **state)
{
    static const char *const nothing[] = {"", "\n", " ", "\r\n\r\n", "\n \t\n\t"};
    size_t i;

    for (i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        give_text(nothing[i]);
        end_input();
        the_end(IDS_END, true);
        tear_down(state);
        set_up(state);
    }
}

static void an_id_has_128_characters_and_no_more(void **state)
{
    char line[131];

    (void)state;
    memset(line, 'x', sizeof line);
    line[128] = '\n';
    give(line, 129);
    line[128] = 'x';
    line[129] = '\n';
    give(line, 130);
    line[128] = '\0';
    next_is(IDS_ONE, line);
    line[128] = 'x';
    line[129] = '\0';
    next_is(IDS_BAD, line);
}

static void a_line_of_any_length_is_one_bad_line_cut_for_display(void **state)
{
    static char line[20000];
    char cut[IDS_LINE];
    size_t length;

    memset(line, 'x', sizeof line);
    memset(cut, 'x', sizeof cut);
    cut[IDS_LINE - 1] = '\0';
    for (length = IDS_LINE - 2; length < sizeof line; length += length < IDS_LINE + 2 ? 1 : 3967) {
        give(line, length);
        give_text("\nnext\n");
        end_input();
        cut[length < IDS_LINE ? length : IDS_LINE - 1] = '\0';
        next_is(IDS_BAD, cut);
        next_is(IDS_ONE, "next");
        the_end(IDS_END, true);
        cut[length < IDS_LINE ? length : IDS_LINE - 1] = 'x';
        tear_down(state);
        set_up(state);
    }
}

static void a_nul_makes_a_line_a_bad_one_and_hides_nothing_of_it(void **state)
{
    static const char bytes[] = "a\0b\nrun\0\n\0run\n\0\n \0 \n";

    (void)state;
    give(bytes, sizeof bytes - 1);
    end_input();
    next_is(IDS_BAD, "a\xff"
                     "b");
    next_is(IDS_BAD, "run\xff");
    next_is(IDS_BAD, "\xffrun");
    next_is(IDS_BAD, "\xff");
    next_is(IDS_BAD, "\xff");
    the_end(IDS_END, true);
}

static void a_carriage_return_or_a_blank_inside_is_no_line_end(void **state)
{
    (void)state;
    give_text("one\rtwo\nthree\t four\n");
    end_input();
    next_is(IDS_BAD, "one\rtwo");
    next_is(IDS_BAD, "three\t four");
}

/* ---- Waiting ---- */

static void who_may_not_wait_is_told_that_there_is_nothing_yet(void **state)
{
    (void)state;
    the_end(IDS_WAIT, false);
    the_end(IDS_WAIT, false);
    assert_int_equal(reads, 0);
    give_text("one\ntwo\nthr");
    next_is(IDS_ONE, "one");
    the_end(IDS_ONE, false);
    the_end(IDS_WAIT, false); /* half a line is none */
    give_text("ee");
    the_end(IDS_WAIT, false);
    give_text("\n");
    next_is(IDS_ONE, "three");
    the_end(IDS_WAIT, false);
    end_input();
    the_end(IDS_END, false);
}

static void half_a_line_is_finished_by_who_may_wait(void **state)
{
    (void)state;
    give_text("ha");
    the_end(IDS_WAIT, false);
    producer.bytes = "lf\n";
    producer.length = 3;
    producer.piece = 1;
    next_is(IDS_ONE, "half");
}

static void half_a_line_is_ended_by_the_inputs_end(void **state)
{
    const char *id = NULL;

    (void)state;
    give_text("half");
    the_end(IDS_WAIT, false);
    end_input();
    assert_int_equal(ids_next(&ids, false, &id), IDS_ONE);
    assert_string_equal(id, "half");
    the_end(IDS_END, false);
}

static void who_may_wait_does_not_look_first(void **state)
{
    (void)state;
    give_text("one\ntwo\n");
    next_is(IDS_ONE, "one");
    next_is(IDS_ONE, "two");
    assert_int_equal(reads, 1);
    assert_int_equal(polls, 0);
}

static void what_was_read_already_costs_no_system_call(void **state)
{
    (void)state;
    give_text("one\ntwo\nthree\n");
    the_end(IDS_ONE, false);
    the_end(IDS_ONE, false);
    the_end(IDS_ONE, false);
    assert_int_equal(reads, 1);
    assert_int_equal(polls, 1);
}

/* ---- Trouble ---- */

static void a_signal_that_asks_for_nothing_is_passed_over(void **state)
{
    (void)state;
    give_text("one\n");
    producer.fail_reads = 5;
    producer.error = EINTR;
    next_is(IDS_ONE, "one");
}

static void a_signal_that_asks_to_end_ends_the_reading(void **state)
{
    (void)state;
    producer.fail_reads = 1;
    producer.error = EINTR;
    producer.interrupt_it = true;
    the_end(IDS_FAILED, true);
}

static void a_signal_while_looking_is_not_taken_for_input(void **state)
{
    (void)state;
    producer.fail_polls = 1;
    the_end(IDS_WAIT, false);
    assert_int_equal(reads, 0);
}

static void input_that_does_not_block_is_waited_for(void **state)
{
    (void)state;
    give_text("one\n");
    producer.fail_reads = 2;
    producer.error = EAGAIN;
    next_is(IDS_ONE, "one");
    assert_int_equal(polls, 2);
}

static void input_that_cannot_be_read_is_not_taken_for_its_end(void **state)
{
    (void)state;
    give_text("one\ntw");
    next_is(IDS_ONE, "one");
    producer.fail_reads = 1;
    producer.error = EIO;
    the_end(IDS_FAILED, true);
}

/* ---- Operands and shards ---- */

static void operands_come_as_they_are_and_standard_input_is_not_touched(void **state)
{
    static char one[] = "one";
    static char blank[] = " two ";
    static char empty[] = "";
    static char *operands[] = {one, dash, blank, empty};

    (void)state;
    options.operands = operands;
    options.operand_count = 4;
    ids_begin(&ids, &options);
    next_is(IDS_ONE, "one");
    next_is(IDS_ONE, "-");
    next_is(IDS_BAD, " two ");
    next_is(IDS_BAD, "");
    the_end(IDS_END, true);
    the_end(IDS_END, false);
    assert_int_equal(reads + polls, 0);
}

/* How often the lines of `several` are taken by each of `count` shards; bad lines among them. */
static size_t taken_by_all(uint32_t count, void **state)
{
    const char *id = NULL;
    size_t taken = 0;
    enum ids_result result;
    uint32_t index;

    for (index = 0; index < count; index++) {
        options.shard.index = index;
        options.shard.count = count;
        ids_begin(&ids, &options);
        give_text(several);
        end_input();
        while ((result = ids_next(&ids, true, &id)) != IDS_END) {
            assert_true(result == IDS_ONE || result == IDS_BAD);
            assert_true(shard_takes(&options.shard, id));
            taken++;
        }
        tear_down(state);
        set_up(state);
    }
    return taken;
}

static void each_line_belongs_to_one_shard_the_bad_ones_too(void **state)
{
    uint32_t count;

    for (count = 1; count <= 9; count++) {
        assert_int_equal(taken_by_all(count, state), 6);
    }
}

static void a_shard_passes_over_what_is_not_its_own_without_waiting_for_more(void **state)
{
    (void)state;
    options.shard.count = 65535; /* none of these lines is the first's */
    ids_begin(&ids, &options);
    give_text("one\ntwo\nthree\n");
    the_end(IDS_WAIT, false);
    end_input();
    the_end(IDS_END, false);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_are_the_same_in_pieces_of_any_size),
        TEST(lines_that_cross_the_buffers_end_are_whole),
        TEST(a_last_line_without_an_end_counts),
        TEST(nothing_and_nothing_but_blanks_is_the_end),
        TEST(an_id_has_128_characters_and_no_more),
        TEST(a_line_of_any_length_is_one_bad_line_cut_for_display),
        TEST(a_nul_makes_a_line_a_bad_one_and_hides_nothing_of_it),
        TEST(a_carriage_return_or_a_blank_inside_is_no_line_end),
        TEST(who_may_not_wait_is_told_that_there_is_nothing_yet),
        TEST(half_a_line_is_finished_by_who_may_wait),
        TEST(half_a_line_is_ended_by_the_inputs_end),
        TEST(who_may_wait_does_not_look_first),
        TEST(what_was_read_already_costs_no_system_call),
        TEST(a_signal_that_asks_for_nothing_is_passed_over),
        TEST(a_signal_that_asks_to_end_ends_the_reading),
        TEST(a_signal_while_looking_is_not_taken_for_input),
        TEST(input_that_does_not_block_is_waited_for),
        TEST(input_that_cannot_be_read_is_not_taken_for_its_end),
        TEST(operands_come_as_they_are_and_standard_input_is_not_touched),
        TEST(each_line_belongs_to_one_shard_the_bad_ones_too),
        TEST(a_shard_passes_over_what_is_not_its_own_without_waiting_for_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
