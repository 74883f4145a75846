/* SPDX-License-Identifier: MIT */
/* The contract of shard: each ID belongs to exactly one part, and to the same one everywhere. */
#include "fence.h"

#include <stdio.h>

#include "cli/shard.c"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool reads(const char *text, struct shard *shard)
{
    return shard_read(fenced(text, strlen(text) + 1), shard);
}

/* ---- The option ---- */

static void a_part_and_how_many_there_are_is_read(void **state)
{
    static const struct {
        const char *text;
        uint32_t index;
        uint32_t count;
    } table[] = {{"0/1", 0, 1},     {"0/2", 0, 2},
                 {"1/2", 1, 2},     {"3/16", 3, 16},
                 {"15/16", 15, 16}, {"65534/65535", 65534, 65535},
                 {"07/16", 7, 16},  {"00000000000000000000009/00000000000000000000010", 9, 10}};
    struct shard shard;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_true(reads(table[i].text, &shard));
        assert_int_equal(shard.index, table[i].index);
        assert_int_equal(shard.count, table[i].count);
    }
}

static void anything_else_is_refused_and_changes_nothing(void **state)
{
    static const char *const wrong[] = {"",
                                        "/",
                                        "1",
                                        "1/",
                                        "/2",
                                        "2/2",
                                        "3/2",
                                        "0/0",
                                        "1/0",
                                        "0/65536",
                                        "65535/65536",
                                        "65536/65535",
                                        "4294967296/2",
                                        "0/4294967297",
                                        "0/18446744073709551617",
                                        "-1/2",
                                        "+1/2",
                                        "1/+2",
                                        "1/-2",
                                        " 1/2",
                                        "1 /2",
                                        "1/ 2",
                                        "1/2 ",
                                        "1/2/3",
                                        "1//2",
                                        "1\\2",
                                        "1:2",
                                        "a/2",
                                        "1/b",
                                        "0x1/2",
                                        "1/2\n",
                                        "1.0/2",
                                        "1/2,"};
    struct shard shard = {7, 9};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (reads(wrong[i], &shard)) {
            fail_msg("read: %s", wrong[i]);
        }
        assert_int_equal(shard.index, 7);
        assert_int_equal(shard.count, 9);
    }
}

/* ---- The hash ---- */

/* The vectors that the authors of FNV publish. */
static void the_hash_is_fnv_1a(void **state)
{
    static const struct {
        const char *text;
        uint32_t hash;
    } table[] = {{"", 0x811c9dc5},       {"a", 0xe40c292c},
                 {"b", 0xe70c2de5},      {"c", 0xe60c2c52},
                 {"fo", 0x6222e842},     {"foo", 0xa9f37ed7},
                 {"foob", 0x3f5076ef},   {"fooba", 0x39aaa18a},
                 {"foobar", 0xbf9cf968}, {"chongo was here!\n", 0xd49930d5}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        assert_int_equal(fnv_1a(table[i].text), table[i].hash);
    }
}

static void bytes_beyond_ascii_count_as_they_are(void **state)
{
    (void)state;
    assert_int_equal(fnv_1a("\xff"), (0x811c9dc5U ^ 0xffU) * UINT32_C(0x01000193));
}

static void a_hash_modulo_the_count_is_the_part(void **state)
{
    const struct shard third = {0xbf9cf968U % 7, 7};
    const struct shard other = {(0xbf9cf968U + 1) % 7, 7};

    (void)state;
    assert_true(shard_takes(&third, "foobar"));
    assert_false(shard_takes(&other, "foobar"));
}

/* ---- The parts ---- */

static void each_id_is_taken_by_exactly_one_part(void **state)
{
    char id[64];

    (void)state;
    for (uint32_t count = 1; count <= 16; count++) {
        for (uint32_t number = 0; number < 1000; number++) {
            uint32_t takers = 0;
            (void)snprintf(id, sizeof id, "4fb0418e-1804-45d6-8d56-%012x", (unsigned)number);
            for (uint32_t index = 0; index < count; index++) {
                const struct shard shard = {index, count};
                takers += shard_takes(&shard, id) ? 1 : 0;
            }
            assert_int_equal(takers, 1);
        }
    }
}

/* Not a promise of the hash, but what makes it worth having: no part is far from its share. */
static void parts_are_about_equal(void **state)
{
    char id[64];
    uint32_t taken[16] = {0};

    (void)state;
    for (uint32_t number = 0; number < 16000; number++) {
        (void)snprintf(id, sizeof id, "run-%u", (unsigned)number);
        taken[fnv_1a(id) % 16]++;
    }
    for (size_t i = 0; i < 16; i++) {
        assert_in_range(taken[i], 800, 1200);
    }
}

static void one_part_or_none_that_was_asked_for_takes_everything(void **state)
{
    const struct shard unset = {0, 0};
    const struct shard whole = {0, 1};

    (void)state;
    assert_true(shard_takes(&unset, "a"));
    assert_true(shard_takes(&unset, ""));
    assert_true(shard_takes(&whole, "foobar"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_and_how_many_there_are_is_read),
        cmocka_unit_test(anything_else_is_refused_and_changes_nothing),
        cmocka_unit_test(the_hash_is_fnv_1a),
        cmocka_unit_test(bytes_beyond_ascii_count_as_they_are),
        cmocka_unit_test(a_hash_modulo_the_count_is_the_part),
        cmocka_unit_test(each_id_is_taken_by_exactly_one_part),
        cmocka_unit_test(parts_are_about_equal),
        cmocka_unit_test(one_part_or_none_that_was_asked_for_takes_everything),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
