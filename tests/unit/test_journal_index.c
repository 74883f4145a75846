/* SPDX-License-Identifier: MIT */
/* The contract of journal_index: no line is left out and each comes in its turn, however the table
 * grows; what it cannot hold makes it full, and it says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define JOURNAL_INDEX_SLOTS (UINT32_C(1) << 14) /* enough to grow, and soon full */
#include "cli/journal_index.c"

static struct journal_index table;

static int begin(void **state)
{
    (void)state;
    journal_index_begin(&table);
    return 0;
}

static const char *name_of(uint32_t number)
{
    static char names[2][16]; /* the last two live */
    static unsigned next;

    next = 1 - next;
    (void)snprintf(names[next], sizeof names[next], "run-%u", (unsigned)number);
    return names[next];
}

static void add(const char *run, const char *id, off_t offset)
{
    struct journal_entry entry = {.event = JOURNAL_INTENT};

    if (id != NULL) {
        entry.event = JOURNAL_RETRIGGERED;
        strcpy(entry.id, id);
    }
    strcpy(entry.run, run);
    journal_index_add(&table, &entry, offset);
}

static void next_is(enum journal_bond bond, const char *run, off_t from, off_t expected)
{
    off_t offset = from;

    if (!journal_index_next(&table, bond, run, &offset)) {
        offset = -1;
    }
    assert_int_equal(offset, expected);
}

static void an_empty_index_has_nothing(void **state)
{
    static struct journal_index never;
    off_t offset = 0;

    (void)state;
    next_is(JOURNAL_TELLS_OF, "a", 0, -1);
    next_is(JOURNAL_LEADS_TO, "a", 0, -1);
    assert_false(journal_index_next(&never, JOURNAL_TELLS_OF, "a", &offset));
}

static void a_line_is_found_by_its_run_and_by_its_new_run(void **state)
{
    (void)state;
    add("a", NULL, 0);
    add("a", "n", 50);
    add("n", NULL, 120);
    next_is(JOURNAL_TELLS_OF, "a", 0, 0);
    next_is(JOURNAL_TELLS_OF, "a", 1, 50);
    next_is(JOURNAL_TELLS_OF, "a", 50, 50);
    next_is(JOURNAL_TELLS_OF, "a", 51, -1);
    next_is(JOURNAL_TELLS_OF, "n", 0, 120);
    next_is(JOURNAL_LEADS_TO, "n", 0, 50);
    next_is(JOURNAL_LEADS_TO, "n", 51, -1);
    next_is(JOURNAL_LEADS_TO, "a", 0, -1);
    next_is(JOURNAL_TELLS_OF, "b", 0, -1);
    journal_index_begin(&table);
    next_is(JOURNAL_TELLS_OF, "a", 0, -1);
}

/* Looked at after each growth, and where the table's end is met. */
static void no_line_is_lost_nor_out_of_turn_however_the_table_grows(void **state)
{
    uint32_t lines = 0;
    uint32_t size = LEAST_SLOTS;

    (void)state;
    while (lines < 10500) {
        add(name_of(lines / 3), lines % 3 == 2 ? name_of(1000000 + lines / 3) : NULL, lines);
        lines++;
        assert_false(table.full);
        if (table.size == size && lines != 10500) {
            continue;
        }
        size = table.size;
        for (uint32_t run = 0; run < lines / 3; run++) {
            off_t offset = 0;
            unsigned found = 0;

            while (journal_index_next(&table, JOURNAL_TELLS_OF, name_of(run), &offset)) {
                found += offset / 3 == (off_t)run ? 1 : 0;
                offset++;
            }
            assert_int_equal(found, 3);
            next_is(JOURNAL_LEADS_TO, name_of(1000000 + run), 3 * run, 3 * run + 2);
        }
    }
}

static void runs_of_one_shard_do_not_crowd(void **state)
{
    uint32_t added = 0;
    uint32_t astray = 0;

    (void)state;
    for (uint32_t number = 0; added < 3000; number++) {
        uint32_t fnv = UINT32_C(2166136261);

        for (const char *at = name_of(number); *at != '\0'; at++) {
            fnv = (fnv ^ (unsigned char)*at) * UINT32_C(16777619);
        }
        if (fnv % 64 == 0) {
            add(name_of(number), NULL, added);
            added++;
        }
    }
    assert_false(table.full);
    for (uint32_t i = 0; i < table.size; i++) {
        const uint32_t from_home = (i - table.slots[i].hash) & (table.size - 1);

        astray += table.slots[i].place != 0 ? from_home : 0;
    }
    assert_true(astray < 4 * added);
}

static void a_run_with_very_many_lines_fills_it(void **state)
{
    (void)state;
    for (off_t offset = 0; offset < MOST_PROBES; offset++) {
        assert_false(table.full);
        add("a", NULL, offset);
    }
    assert_false(table.full);
    add("a", NULL, MOST_PROBES);
    assert_true(table.full);
    journal_index_begin(&table);
    assert_false(table.full);
}

static void what_stands_far_behind_fills_it(void **state)
{
    (void)state;
    add("a", NULL, (off_t)UINT32_MAX - 1);
    assert_false(table.full);
    next_is(JOURNAL_TELLS_OF, "a", 0, (off_t)UINT32_MAX - 1);
    add("b", NULL, (off_t)UINT32_MAX);
    assert_true(table.full);
}

static void it_is_full_before_its_last_slots_are_taken(void **state)
{
    off_t offset = 0;

    (void)state;
    while (!table.full) {
        add(name_of((uint32_t)offset), NULL, offset);
        offset++;
    }
    assert_int_equal(table.size, JOURNAL_INDEX_SLOTS);
    assert_int_equal(table.count, JOURNAL_INDEX_SLOTS / 8 * 7);
    add("one more", NULL, offset);
    assert_int_equal(table.count, JOURNAL_INDEX_SLOTS / 8 * 7);
    journal_index_begin(&table);
    next_is(JOURNAL_TELLS_OF, name_of(0), 0, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_index_has_nothing, begin),
        cmocka_unit_test_setup(a_line_is_found_by_its_run_and_by_its_new_run, begin),
        cmocka_unit_test_setup(no_line_is_lost_nor_out_of_turn_however_the_table_grows, begin),
        cmocka_unit_test_setup(runs_of_one_shard_do_not_crowd, begin),
        cmocka_unit_test_setup(a_run_with_very_many_lines_fills_it, begin),
        cmocka_unit_test_setup(what_stands_far_behind_fills_it, begin),
        cmocka_unit_test_setup(it_is_full_before_its_last_slots_are_taken, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
