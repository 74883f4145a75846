/* SPDX-License-Identifier: MIT */
/* The contract of console: foreign words can neither steer a terminal, nor hide, nor break a line
 * or a JSON text; and a line is written whole. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static ssize_t fake_write(int descriptor, const void *bytes, size_t length);
#define write fake_write
#include "cli/console.c"
#undef write
#include "cli/interrupt.c"
#include "json.h"
#include "json_stream.h"

#define REPLACEMENT "\xef\xbf\xbd"
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct line line;
static unsigned interrupted_writes; /* so many more */

static ssize_t fake_write(int descriptor, const void *bytes, size_t length)
{
    if (interrupted_writes > 0) {
        interrupted_writes--;
        errno = EINTR;
        return -1;
    }
    return write(descriptor, bytes, length);
}

static const char *text_of_line(void)
{
    line.data[line.text.length] = '\0';
    return line.data;
}

/* What foreign bytes become; they end where the fence begins. */
static const char *foreign(const char *bytes, size_t length)
{
    line_begin(&line);
    line_foreign(&line, fenced(bytes, length), length);
    assert_true(reflow_text_sound(&line.text));
    return text_of_line();
}

static void foreign_is(const char *words, const char *expected)
{
    assert_string_equal(foreign(words, strlen(words)), expected);
}

/* The UTF-8 of a code point, surrogates included, as a reader of no scruples would have it. */
static size_t encode(uint32_t c, char *to)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

static void becomes_an_escape(uint32_t c)
{
    char bytes[4];
    char expected[16];
    const size_t length = encode(c, bytes);

    if (c > 0xffff) {
        (void)snprintf(expected, sizeof expected, "\\u%04x\\u%04x",
                       (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                       (unsigned)(0xdc00 + (c & 0x3ff)));
    } else {
        (void)snprintf(expected, sizeof expected, "\\u%04x", (unsigned)c);
    }
    assert_string_equal(foreign(bytes, length), expected);
}

static void range_becomes_escapes(uint32_t first, uint32_t last)
{
    for (; first <= last; first++) {
        becomes_an_escape(first);
    }
}

static void stays(uint32_t c)
{
    char bytes[5] = "";
    const size_t length = encode(c, bytes);

    bytes[length] = '\0';
    assert_string_equal(foreign(bytes, length), bytes);
}

/* ---- Foreign words ---- */

static void plain_words_stay_as_they_are(void **state)
{
    (void)state;
    foreign_is("", "");
    foreign_is("The flow 'x' is \"not\" enabled \\ (FLOW-1388-400)",
               "The flow 'x' is \"not\" enabled \\ (FLOW-1388-400)");
    foreign_is("na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80",
               "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac \xf0\x9f\x98\x80");
    for (uint32_t c = 0x20; c < 0x7f; c++) {
        stays(c);
    }
}

static void controls_cannot_steer_a_terminal(void **state)
{
    (void)state;
    range_becomes_escapes(0, 0x1f);
    range_becomes_escapes(0x7f, 0x9f);
    foreign_is("\x1b[2J\x1b]0;title\a", "\\u001b[2J\\u001b]0;title\\u0007");
    foreign_is("a\r\nretriggered", "a\\u000d\\u000aretriggered");
    foreign_is("\xc2\x9b"
               "2J",
               "\\u009b2J");
}

static void direction_cannot_be_changed(void **state)
{
    (void)state;
    range_becomes_escapes(0x202a, 0x202e);
    range_becomes_escapes(0x2066, 0x2069);
    range_becomes_escapes(0x200e, 0x200f);
    becomes_an_escape(0x61c);
}

static void nothing_can_hide_or_break_a_line(void **state)
{
    (void)state;
    range_becomes_escapes(0x200b, 0x200d);
    range_becomes_escapes(0x2028, 0x2029);
    range_becomes_escapes(0x2060, 0x2064);
    becomes_an_escape(0xfeff);
    becomes_an_escape(0xad);
    becomes_an_escape(0x180e);
    range_becomes_escapes(0xfff9, 0xfffb);
    range_becomes_escapes(0xe0000, 0xe007f);
    range_becomes_escapes(0xe0100, 0xe01ef);
}

static void the_neighbours_of_what_is_unsafe_stay(void **state)
{
    static const uint32_t safe[] = {0x20,   0x7e,   0xa0,   0xac,    0xae,    0x61b,   0x61d,
                                    0x200a, 0x2010, 0x2027, 0x202f,  0x205f,  0x2070,  0xfefe,
                                    0xff00, 0xffef, 0xfffc, 0x10000, 0xdffff, 0xe1000, 0x10ffff,
                                    0x7ff,  0x800,  0xd7ff, 0xe000,  0xffff};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(safe); i++) {
        stays(safe[i]);
    }
}

static void each_byte_that_is_not_utf8_becomes_the_replacement_character(void **state)
{
    (void)state;
    for (int byte = 0x80; byte < 256; byte++) {
        const char alone[] = {(char)byte, '\0'};
        const char before_ascii[] = {(char)byte, 'a', '\0'};
        const char after_ascii[] = {'a', (char)byte, '\0'};

        foreign_is(alone, REPLACEMENT);
        foreign_is(before_ascii, REPLACEMENT "a");
        foreign_is(after_ascii, "a" REPLACEMENT);
    }
    foreign_is("\xef\xbf\xbd", REPLACEMENT);
}

static void a_sequence_that_is_cut_short_is_taken_byte_by_byte(void **state)
{
    (void)state;
    foreign_is("\xe6\x97", REPLACEMENT REPLACEMENT);
    foreign_is("\xe6\x97z", REPLACEMENT REPLACEMENT "z");
    foreign_is("\xf0\x9f\x98", REPLACEMENT REPLACEMENT REPLACEMENT);
    foreign_is("\xf0\x9f\x1b", REPLACEMENT REPLACEMENT "\\u001b");
    foreign_is("\xc3\xc3\xa9", REPLACEMENT "\xc3\xa9");
    foreign_is("\xc3\x1b[2J", REPLACEMENT "\\u001b[2J");
    foreign_is("\xe6\x97\xe6\x97\xa5", REPLACEMENT REPLACEMENT "\xe6\x97\xa5");
}

static void characters_longer_than_need_be_are_not_utf8(void **state)
{
    (void)state;
    foreign_is("\xc0\x80", REPLACEMENT REPLACEMENT);
    foreign_is("\xc1\xbf", REPLACEMENT REPLACEMENT);
    foreign_is("\xc0\x9b[2J", REPLACEMENT REPLACEMENT "[2J");
    foreign_is("\xe0\x80\x9b", REPLACEMENT REPLACEMENT REPLACEMENT);
    foreign_is("\xe0\x9f\xbf", REPLACEMENT REPLACEMENT REPLACEMENT);
    foreign_is("\xf0\x80\x80\x9b", REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT);
    foreign_is("\xf0\x8f\xbf\xbf", REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT);
}

static void surrogates_and_what_lies_beyond_unicode_are_not_utf8(void **state)
{
    char bytes[4];

    (void)state;
    for (uint32_t c = 0xd800; c < 0xe000; c++) {
        assert_string_equal(foreign(bytes, encode(c, bytes)), REPLACEMENT REPLACEMENT REPLACEMENT);
    }
    foreign_is("\xf4\x90\x80\x80", REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT);
    foreign_is("\xf7\xbf\xbf\xbf", REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT);
    foreign_is("\xf8\x88\x80\x80\x80", REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT REPLACEMENT);
    foreign_is("\xff\xfe", REPLACEMENT REPLACEMENT);
}

static void a_nul_does_not_end_words_of_known_length(void **state)
{
    (void)state;
    assert_string_equal(foreign("a\0b", 3), "a\\u0000b");
}

/* Valid UTF-8 without a raw control, checked by a reader that is not ours. */
static void is_safe(const char *text, size_t length)
{
    size_t at = 0;

    while (at < length) {
        const unsigned char first = (unsigned char)text[at];
        const size_t bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        uint32_t c = first < 0x80 ? first : first & (0x7fU >> bytes);

        assert_true(bytes <= length - at);
        for (size_t i = 1; i < bytes; i++) {
            assert_int_equal(text[at + i] & 0xc0, 0x80);
            c = c << 6 | ((unsigned char)text[at + i] & 0x3fU);
        }
        assert_true(c >= 0x20 && !(c >= 0x7f && c <= 0x9f) && !(c >= 0x202a && c <= 0x202e));
        at += bytes;
    }
}

/* ---- JSON ---- */

static void json_is(const char *words, const char *expected)
{
    line_begin(&line);
    line_json(&line, words);
    assert_string_equal(text_of_line(), expected);
}

static void a_json_string_has_quotes_and_nothing_is_null(void **state)
{
    (void)state;
    json_is(NULL, "null");
    json_is("", "\"\"");
    json_is("null", "\"null\"");
    json_is("a b", "\"a b\"");
    json_is("\"1100\"", "\"\\\"1100\\\"\"");
    json_is("\\", "\"\\\\\"");
    json_is("\\\"\\u0041", "\"\\\\\\\"\\\\u0041\"");
    json_is("a\tb\n\x7f", "\"a\\u0009b\\u000a\\u007f\"");
    json_is("\xc3\"\xa9", "\"" REPLACEMENT "\\\"" REPLACEMENT "\"");
    json_is("\xf3\xa0\x81\x81", "\"\\udb40\\udc41\"");
}

static bool is_json(const char *text, size_t length)
{
    struct reflow_json_stream stream;
    enum reflow_json_event event;

    reflow_json_stream_init(&stream, NULL, 0);
    (void)reflow_json_stream_read(&stream, text, length, &event);
    return event == REFLOW_JSON_MORE && reflow_json_stream_end(&stream) == REFLOW_JSON_MORE;
}

/* Whatever the words, the line parses, is safe, and says what line_foreign() would. */
static void parses_and_is_safe(const char *words)
{
    line_begin(&line);
    line_json(&line, words);
    assert_true(reflow_text_sound(&line.text));
    assert_true(is_json(line.data, line.text.length));
    is_safe(line.data, line.text.length);
}

static void a_json_string_parses_whatever_the_bytes(void **state)
{
    uint32_t random = 1;
    char words[64];

    (void)state;
    for (unsigned pair = 0x0100; pair < 0x10000; pair++) {
        const char two[] = {(char)(pair >> 8), (char)(pair & 0xff), '\0'};

        parses_and_is_safe(two);
    }
    for (unsigned i = 0; i < 20000; i++) {
        size_t length = 0;

        while (length < sizeof words - 1) {
            random = random * 1664525U + 1013904223U;
            /* Mostly lead and continuation bytes, quotes and backslashes. */
            words[length++] = (random >> 31) != 0 ? (char)(0x80 | random >> 24)
                                                  : "\"\\u\xe2\xf3\xc2\x80\x1b"[random >> 24 & 7];
        }
        words[length] = '\0';
        parses_and_is_safe(words);
    }
}

static void a_json_string_says_what_the_words_said(void **state)
{
    static const char words[] = "a \"b\" \\ \x1b[2J \xe2\x80\xae \xf3\xa0\x81\x81 \xc3\xa9\n";
    char slice[200];

    (void)state;
    line_begin(&line);
    line_json(&line, words);
    memcpy(slice, line.data, line.text.length);
    assert_true(reflow_json_string(slice, line.text.length));
    assert_string_equal(slice, words);
}

/* ---- Lines ---- */

static void a_line_is_put_together_in_order(void **state)
{
    (void)state;
    line_begin(&line);
    line_own(&line, "a\tb");
    line_number(&line, 4294967295U);
    line_column(&line, 15);
    line_own(&line, "c");
    line_column(&line, 3);
    line_own(&line, "d");
    assert_string_equal(text_of_line(), "a\tb4294967295  c d");
    line_begin(&line);
    assert_string_equal(text_of_line(), "");
}

/* As report.c may have to: every member at its largest, every byte at its longest. */
static void a_line_holds_the_longest_answer_that_can_be_kept(void **state)
{
    static char words[REFLOW_BUFFER_SIZE + 1];

    (void)state;
    memset(words, '\x01', REFLOW_BUFFER_SIZE);
    parses_and_is_safe(words);
    assert_int_equal(line.text.length, 6 * REFLOW_BUFFER_SIZE + 2);
    line_own(&line, "{\"run\":,\"outcome\":,\"id\":,\"etag\":,\"http_status\":,\"error\":}");
    assert_true(reflow_text_sound(&line.text));
}

static void a_column_beyond_the_line_ends_too(void **state)
{
    (void)state;
    line_begin(&line);
    line_column(&line, SIZE_MAX);
    assert_false(reflow_text_sound(&line.text));
}

/* What arrives at the other end of a pipe. */
static const char *arrived(int descriptor)
{
    static char bytes[256];
    const ssize_t length = read(descriptor, bytes, sizeof bytes - 1);

    assert_true(length >= 0);
    bytes[length] = '\0';
    return bytes;
}

static void a_line_is_written_with_its_line_feed(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    line_begin(&line);
    line_own(&line, "whole");
    assert_true(line_write(&line, ends[1]));
    assert_string_equal(arrived(ends[0]), "whole\n");
    line_begin(&line);
    assert_true(line_write(&line, ends[1]));
    assert_string_equal(arrived(ends[0]), "\n");
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_line_that_cannot_be_written_says_so(void **state)
{
    int ends[2];

    (void)state;
    line_begin(&line);
    line_own(&line, "lost");
    assert_false(line_write(&line, -1));
    assert_int_equal(pipe(ends), 0);
    assert_false(line_write(&line, ends[0]));
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* Reads to the end and returns whether that were `length` bytes of `c` and a line feed. */
static bool all_arrives(int descriptor, char c, size_t length)
{
    static char bytes[4096];
    size_t total = 0;
    bool sound = true;
    ssize_t got;

    while ((got = read(descriptor, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            sound = sound && bytes[i] == (total + (size_t)i < length ? c : '\n');
        }
        total += (size_t)got;
    }
    return sound && total == length + 1;
}

/* The pipe is full when the line comes, and nobody reads at first. */
static void a_pipe_that_does_not_block_is_waited_for_and_nothing_is_lost(void **state)
{
    const size_t most = sizeof line.data - 1;
    size_t before = 0;
    int ends[2];
    int status;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    line_begin(&line);
    while (line.text.length < most) {
        line_own(&line, "w");
    }
    while (write(ends[1], "w", 1) == 1) {
        before++;
    }
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[1]);
        (void)poll(NULL, 0, 20);
        _exit(all_arrives(ends[0], 'w', before + most) ? 0 : 1);
    }
    assert_true(line_write(&line, ends[1]));
    (void)close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    (void)close(ends[0]);
}

/* As when a process is stopped and goes on, or a window changes its size. */
static void a_write_that_a_signal_interrupts_is_repeated_unless_it_asks_to_go(void **state)
{
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    line_begin(&line);
    line_own(&line, "whole");
    interrupted_writes = 2;
    assert_true(line_write(&line, ends[1]));
    assert_string_equal(arrived(ends[0]), "whole\n");
    asked = INTERRUPT_SOON;
    interrupted_writes = 1;
    assert_true(line_write(&line, ends[1]));
    asked = INTERRUPT_NOW;
    interrupted_writes = 1;
    assert_false(line_write(&line, ends[1]));
    asked = INTERRUPT_NONE;
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void errors_go_to_standard_error_with_the_programs_name_and_are_safe(void **state)
{
    static const char *const parts[] = {"no such file: ", "a\x1b[2J\n", "", NULL};
    const int saved = dup(STDERR_FILENO);
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
    console_error(parts);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    assert_string_equal(arrived(ends[0]), "reflow: no such file: a\\u001b[2J\\u000a\n");
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words_stay_as_they_are),
        cmocka_unit_test(controls_cannot_steer_a_terminal),
        cmocka_unit_test(direction_cannot_be_changed),
        cmocka_unit_test(nothing_can_hide_or_break_a_line),
        cmocka_unit_test(the_neighbours_of_what_is_unsafe_stay),
        cmocka_unit_test(each_byte_that_is_not_utf8_becomes_the_replacement_character),
        cmocka_unit_test(a_sequence_that_is_cut_short_is_taken_byte_by_byte),
        cmocka_unit_test(characters_longer_than_need_be_are_not_utf8),
        cmocka_unit_test(surrogates_and_what_lies_beyond_unicode_are_not_utf8),
        cmocka_unit_test(a_nul_does_not_end_words_of_known_length),
        cmocka_unit_test(a_json_string_has_quotes_and_nothing_is_null),
        cmocka_unit_test(a_json_string_parses_whatever_the_bytes),
        cmocka_unit_test(a_json_string_says_what_the_words_said),
        cmocka_unit_test(a_line_is_put_together_in_order),
        cmocka_unit_test(a_line_holds_the_longest_answer_that_can_be_kept),
        cmocka_unit_test(a_column_beyond_the_line_ends_too),
        cmocka_unit_test(a_line_is_written_with_its_line_feed),
        cmocka_unit_test(a_line_that_cannot_be_written_says_so),
        cmocka_unit_test(a_pipe_that_does_not_block_is_waited_for_and_nothing_is_lost),
        cmocka_unit_test(a_write_that_a_signal_interrupts_is_repeated_unless_it_asks_to_go),
        cmocka_unit_test(errors_go_to_standard_error_with_the_programs_name_and_are_safe),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
