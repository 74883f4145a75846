/* SPDX-License-Identifier: MIT */
/* The contract of journal_line: what is written reads back, whatever is changed is refused, and no
 * byte beyond the line is looked at. */
#include <stdlib.h>

#include "fence.h"

#include "cli/journal_line.c"
#include "cli/when.c"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define TIME_TEXT "2026-11-22T03:00:07Z"
#define TIME INT64_C(1795316407)

static const struct journal_entry plain = {.event = JOURNAL_INTENT, .time = TIME, .run = "run-1"};
static const struct journal_entry full = {.event = JOURNAL_RETRIGGERED,
                                          .time = TIME,
                                          .run = "4fb0418e-1804-45d6-8d56-dd51f05c0baf",
                                          .id = "3fb0418e-1804-45d6-8d56-dd51f05c0baf",
                                          .flow = "20c115bc-cb86-4a1e-9b4e-0cbd8f0a2ad1",
                                          .error = "none",
                                          .http = 201,
                                          .attempts = 2,
                                          .by_operator = true};

/* Another way to the checksum than the module's: bit by bit, by the polynomial. */
static uint32_t slow_crc32(const char *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0);
        }
    }
    return ~crc;
}

/* A line with the right checksum before a body of `length` bytes, right before the fence. */
static const char *sealed_bytes(const char *body, size_t length)
{
    static char line[FENCED_BYTES];
    const uint32_t crc = slow_crc32(body, length);

    for (unsigned i = 0; i < 8; i++) {
        line[i] = "0123456789abcdef"[crc >> (28 - 4 * i) & 15];
    }
    line[8] = ' ';
    memcpy(line + 9, body, length);
    return fenced(line, length + 9);
}

static bool reads_bytes(const char *body, size_t length, struct journal_entry *entry)
{
    return journal_line_read(sealed_bytes(body, length), length + 9, entry);
}

static struct journal_entry read_body(const char *body)
{
    struct journal_entry entry;

    assert_true(reads_bytes(body, strlen(body), &entry));
    return entry;
}

static void is_refused(const char *body)
{
    struct journal_entry entry;

    if (reads_bytes(body, strlen(body), &entry)) {
        fail_msg("taken: %s", body);
    }
}

static void are_equal(const struct journal_entry *a, const struct journal_entry *b)
{
    assert_int_equal(a->event, b->event);
    assert_true(a->time == b->time);
    assert_string_equal(a->run, b->run);
    assert_string_equal(a->id, b->id);
    assert_string_equal(a->flow, b->flow);
    assert_string_equal(a->error, b->error);
    assert_int_equal(a->http, b->http);
    assert_int_equal(a->attempts, b->attempts);
    assert_int_equal(a->by_operator, b->by_operator);
}

static void goes_round(const struct journal_entry *entry)
{
    char line[JOURNAL_LINE];
    char again[JOURNAL_LINE];
    const size_t length = journal_line_write(entry, line);
    struct journal_entry back;

    assert_in_range(length, 1, JOURNAL_LINE);
    assert_int_equal(line[length - 1], '\n');
    assert_ptr_equal(memchr(line, '\n', length), line + length - 1);
    assert_true(journal_line_read(fenced(line, length - 1), length - 1, &back));
    are_equal(entry, &back);
    assert_int_equal(journal_line_write(&back, again), length);
    assert_memory_equal(line, again, length);
}

static void cannot_be_written(const struct journal_entry *entry)
{
    char line[JOURNAL_LINE];

    assert_int_equal(journal_line_write(entry, line), 0);
}

/* ---- Writing, and reading back ---- */

static void a_line_looks_as_documented(void **state)
{
    static const char expected[] =
        "5865d1d0 " TIME_TEXT " retriggered 4fb0418e-1804-45d6-8d56-dd51f05c0baf"
        " id=3fb0418e-1804-45d6-8d56-dd51f05c0baf flow=20c115bc-cb86-4a1e-9b4e-0cbd8f0a2ad1"
        " error=none http=201 attempts=2 by=operator\n";
    char line[JOURNAL_LINE];
    size_t length = journal_line_write(&full, line);

    (void)state;
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(line, expected, length);
    length = journal_line_write(&plain, line);
    assert_int_equal(length, strlen("5c933240 " TIME_TEXT " intent run-1\n"));
    assert_memory_equal(line, "5c933240 " TIME_TEXT " intent run-1\n", length);
}

/* The check value of CRC-32/ISO-HDLC, as every catalogue of checksums has it. */
static void the_checksum_is_crc32(void **state)
{
    char bytes[512];

    (void)state;
    assert_int_equal(crc32_of("123456789", 9), 0xcbf43926U);
    assert_int_equal(crc32_of("", 0), 0);
    for (unsigned i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char)(i * 7 + i / 256);
        assert_int_equal(crc32_of(bytes, i), slow_crc32(bytes, i));
    }
}

static void every_event_and_member_goes_round(void **state)
{
    (void)state;
    goes_round(&plain);
    goes_round(&full);
    for (unsigned members = 0; members < 32; members++) {
        for (unsigned event = 0; event < JOURNAL_EVENTS; event++) {
            struct journal_entry entry = {.event = (enum journal_event)event,
                                          .time = TIME,
                                          .run = "r",
                                          .http = (members & 1) != 0 ? 503 : 0,
                                          .attempts = (members & 2) != 0 ? 255 : 0,
                                          .by_operator = (members & 4) != 0};

            strcpy(entry.id, event == JOURNAL_RETRIGGERED ? "n" : "");
            strcpy(entry.flow, (members & 8) != 0 ? "f=" : "");
            strcpy(entry.error, (members & 16) != 0 ? "unavailable" : "");
            goes_round(&entry);
        }
    }
}

static void every_status_code_goes_round(void **state)
{
    struct journal_entry entry = full;

    (void)state;
    for (uint16_t http = 100; http <= 999; http++) {
        entry.http = http;
        goes_round(&entry);
    }
}

static void the_longest_entry_goes_round_and_fits(void **state)
{
    struct journal_entry entry = full;

    (void)state;
    memset(entry.run, '!', JOURNAL_ID);
    memset(entry.id, '~', JOURNAL_ID);
    memset(entry.flow, '=', JOURNAL_ID);
    memset(entry.error, 'e', JOURNAL_ERROR);
    entry.http = 999;
    entry.attempts = UINT8_MAX;
    goes_round(&entry);
}

static void what_no_line_may_hold_is_not_written(void **state)
{
    struct journal_entry entry;

    (void)state;
    for (int c = 0; c < 256; c++) {
        const bool visible = c > 0x20 && c < 0x7f;
        char line[JOURNAL_LINE];
        char *const places[] = {entry.run, entry.id, entry.flow, entry.error};

        for (size_t i = 0; i < COUNT_OF(places) && c != 0; i++) {
            entry = full;
            places[i][2] = (char)c;
            assert_int_equal(journal_line_write(&entry, line) > 0, visible);
        }
    }
    entry = full;
    entry.run[0] = '\0';
    cannot_be_written(&entry);
    entry = full;
    entry.id[0] = '\0';
    cannot_be_written(&entry);
    entry = plain;
    strcpy(entry.id, "new");
    cannot_be_written(&entry);
    entry = plain;
    entry.event = JOURNAL_EVENTS;
    cannot_be_written(&entry);
    entry = plain;
    entry.http = 99;
    cannot_be_written(&entry);
    entry.http = 1000;
    cannot_be_written(&entry);
    entry = plain;
    entry.time = -1;
    cannot_be_written(&entry);
    entry.time = LAST_TIME + 1;
    cannot_be_written(&entry);
}

/* Strings that the caller forgot to end are not followed beyond their array. */
static void a_string_without_an_end_is_not_written(void **state)
{
    struct journal_entry entry = plain;

    (void)state;
    memset(entry.run, 'r', sizeof entry.run);
    cannot_be_written(&entry);
    entry = plain;
    memset(entry.flow, 'f', sizeof entry.flow);
    cannot_be_written(&entry);
    entry = plain;
    memset(entry.error, 'e', sizeof entry.error);
    cannot_be_written(&entry);
}

/* ---- Times ---- */

static void the_first_and_last_days_of_every_month_go_round(void **state)
{
    (void)state;
    for (int year = 1970; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            const int64_t first = reflow_civil_seconds(year, month, 1);
            char text[WHEN_SIZE];
            int64_t seconds;

            when_write(first, text);
            assert_int_equal(atoi(text), year);
            assert_int_equal(atoi(text + 5), month);
            assert_string_equal(text + 7, "-01T00:00:00Z");
            assert_true(when_read_time(text, WHEN_LENGTH, &seconds) && seconds == first);
            if (first > 0) {
                when_write(first - 1, text);
                assert_string_equal(text + 10, "T23:59:59Z");
                assert_true(when_read_time(text, WHEN_LENGTH, &seconds) && seconds == first - 1);
            }
        }
    }
}

static void times_are_those_of_the_calendar(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } table[] = {{"1970-01-01T00:00:00Z", 0},
                 {"1970-01-01T00:01:01Z", 61},
                 {"2000-02-29T12:34:56Z", 951827696},
                 {"2038-01-19T03:14:08Z", 2147483648},
                 {TIME_TEXT, TIME},
                 {"2100-02-28T23:59:59Z", 4107542399},
                 {"9999-12-31T23:59:59Z", 253402300799}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        char text[WHEN_SIZE];
        int64_t seconds = -1;

        when_write(table[i].seconds, text);
        assert_string_equal(text, table[i].text);
        assert_true(when_read_time(text, WHEN_LENGTH, &seconds));
        assert_true(seconds == table[i].seconds);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const bad[] = {
        "1969-12-31T23:59:59Z",  "0000-01-01T00:00:00Z", "2026-00-22T03:00:07Z",
        "2026-13-22T03:00:07Z",  "2026-11-00T03:00:07Z", "2026-11-31T03:00:07Z",
        "2026-11-32T03:00:07Z",  "2026-02-29T03:00:07Z", "2100-02-29T03:00:07Z",
        "2026-11-22T24:00:00Z",  "2026-11-22T03:60:07Z", "2026-11-22T03:00:60Z",
        "2026-11-22t03:00:07Z",  "2026-11-22T03:00:07z", "2026-11-22T03:00:07",
        "2026-11-22T03:00:07ZZ", "2026-11-22T03:00:7Z",  "+026-11-22T03:00:07Z",
        "2026-11-22T03:00:+7Z",  "2026/11/22T03:00:07Z", "9999-12-31T24:00:00Z",
        "9999-99-99T99:99:99Z",  "1795316407",           ""};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char body[64];

        strcpy(body, bad[i]);
        strcat(body, " intent run-1");
        is_refused(body);
    }
}

/* ---- Strictness ---- */

static void every_changed_byte_is_noticed(void **state)
{
    static const struct journal_entry *const entries[] = {&plain, &full};
    struct journal_entry back;

    (void)state;
    for (size_t e = 0; e < COUNT_OF(entries); e++) {
        char line[JOURNAL_LINE];
        const size_t length = journal_line_write(entries[e], line) - 1;

        for (size_t at = 0; at < length; at++) {
            const char was = line[at];
            const char values[] = {(char)(was ^ 1),
                                   (char)(was ^ 0x20),
                                   (char)(was ^ 0x80),
                                   (char)(was ^ 0x10),
                                   (char)(was + 1),
                                   (char)(was - 1),
                                   '\0',
                                   ' ',
                                   '\n',
                                   '\r',
                                   '=',
                                   'A'};

            for (size_t v = 0; v < sizeof values; v++) {
                line[at] = values[v];
                assert_int_equal(journal_line_read(line, length, &back), values[v] == was);
            }
            line[at] = was;
        }
        assert_true(journal_line_read(line, length, &back));
    }
}

static void two_exchanged_lost_or_doubled_bytes_are_noticed(void **state)
{
    char line[JOURNAL_LINE];
    char other[JOURNAL_LINE];
    const size_t length = journal_line_write(&full, line) - 1;
    struct journal_entry back;

    (void)state;
    for (size_t at = 0; at < length; at++) {
        memcpy(other, line, at);
        memcpy(other + at, line + at + 1, length - at - 1);
        assert_false(journal_line_read(fenced(other, length - 1), length - 1, &back));
        memcpy(other, line, at + 1);
        memcpy(other + at + 1, line + at, length - at);
        assert_false(journal_line_read(fenced(other, length + 1), length + 1, &back));
        if (at > 0 && line[at] != line[at - 1]) {
            memcpy(other, line, length);
            other[at] = line[at - 1];
            other[at - 1] = line[at];
            assert_false(journal_line_read(fenced(other, length), length, &back));
        }
    }
}

static void no_part_of_a_line_is_one(void **state)
{
    char line[JOURNAL_LINE];
    const size_t length = journal_line_write(&full, line) - 1;
    struct journal_entry back;

    (void)state;
    for (size_t part = 0; part < length; part++) {
        assert_false(journal_line_read(fenced(line, part), part, &back));
        assert_false(journal_line_read(fenced(line + length - part, part), part, &back));
    }
    assert_false(journal_line_read(line, length + 1, &back)); /* with its line feed */
}

static void a_right_checksum_does_not_make_a_line(void **state)
{
    static const char *const bad[] = {
        "", " ", TIME_TEXT, TIME_TEXT " ", TIME_TEXT " intent", TIME_TEXT " intent ",
        " " TIME_TEXT " intent r", TIME_TEXT "  intent r", TIME_TEXT " intent  r",
        TIME_TEXT " intent r ", TIME_TEXT "\tintent r", TIME_TEXT " intent r\r",
        TIME_TEXT " intent r\n", TIME_TEXT " Intent r", TIME_TEXT " inten r",
        TIME_TEXT " intents r", TIME_TEXT " not-applied r", TIME_TEXT " r intent",
        TIME_TEXT " intent r\x7f", TIME_TEXT " intent r\xc3\xa9",
        /* members that are none */
        TIME_TEXT " intent r x", TIME_TEXT " intent r =x", TIME_TEXT " intent r =x=y",
        TIME_TEXT " intent r x=", TIME_TEXT " intent r =", TIME_TEXT " intent r flow= x=1",
        TIME_TEXT " intent r  flow=f",
        /* twice, or not in order */
        TIME_TEXT " intent r flow=f flow=f", TIME_TEXT " intent r flow=f x=1 flow=f",
        TIME_TEXT " refused r http=404 error=not_found", TIME_TEXT " intent r by=operator flow=f",
        TIME_TEXT " refused r error=a error=a", TIME_TEXT " refused r http=404 http=404",
        TIME_TEXT " intent r attempts=1 attempts=1", TIME_TEXT " unknown r by=operator by=operator",
        TIME_TEXT " retriggered r id=a id=a",
        /* values that are not written so */
        TIME_TEXT " intent r http=99", TIME_TEXT " intent r http=1000",
        TIME_TEXT " intent r http=0", TIME_TEXT " intent r http=000",
        TIME_TEXT " intent r http=0404", TIME_TEXT " intent r http=4O4",
        TIME_TEXT " intent r http=+404", TIME_TEXT " intent r http=-1",
        TIME_TEXT " intent r http=", TIME_TEXT " intent r attempts=0",
        TIME_TEXT " intent r attempts=01", TIME_TEXT " intent r attempts=256",
        TIME_TEXT " intent r attempts=4294967297", TIME_TEXT " intent r by=Operator",
        TIME_TEXT " intent r by=o", TIME_TEXT " intent r by=operators",
        TIME_TEXT " intent r error=an_error_of_thirty_two_letters__",
        /* a new run belongs to retriggered only, and there always */
        TIME_TEXT " retriggered r", TIME_TEXT " retriggered r flow=f", TIME_TEXT " intent r id=n",
        TIME_TEXT " refused r id=n", TIME_TEXT " not_applied r id=n", TIME_TEXT " unknown r id=n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        is_refused(bad[i]);
    }
}

static void a_nul_never_passes(void **state)
{
    static const char body[] = TIME_TEXT " intent run flow=flow x=y";
    struct journal_entry entry;
    char other[sizeof body];

    (void)state;
    for (size_t at = 0; at < sizeof body - 1; at++) {
        memcpy(other, body, sizeof body);
        other[at] = '\0';
        assert_false(reads_bytes(other, sizeof body - 1, &entry));
    }
    assert_false(reads_bytes(body, sizeof body, &entry));
}

/* "TIME EVENT " and a string of `length` letters behind `before`. */
static bool takes(const char *before, size_t length)
{
    struct journal_entry entry;
    char body[JOURNAL_LINE];
    const size_t start = strlen(before);

    strcpy(body, before);
    memset(body + start, 'x', length);
    return reads_bytes(body, start + length, &entry);
}

static void lengths_have_their_bounds(void **state)
{
    (void)state;
    assert_true(takes(TIME_TEXT " intent ", JOURNAL_ID));
    assert_false(takes(TIME_TEXT " intent ", JOURNAL_ID + 1));
    assert_true(takes(TIME_TEXT " retriggered r id=", JOURNAL_ID));
    assert_false(takes(TIME_TEXT " retriggered r id=", JOURNAL_ID + 1));
    assert_true(takes(TIME_TEXT " intent r flow=", JOURNAL_ID));
    assert_false(takes(TIME_TEXT " intent r flow=", JOURNAL_ID + 1));
    assert_true(takes(TIME_TEXT " intent r error=", JOURNAL_ERROR));
    assert_false(takes(TIME_TEXT " intent r error=", JOURNAL_ERROR + 1));
    assert_true(takes(TIME_TEXT " intent r other=", JOURNAL_ID));
    assert_false(takes(TIME_TEXT " intent r other=", JOURNAL_ID + 1));
}

/* A line of JOURNAL_LINE bytes with its line feed is the longest. */
static void a_line_has_its_bound(void **state)
{
    static char body[2 * JOURNAL_LINE];
    struct journal_entry entry;

    (void)state;
    strcpy(body, TIME_TEXT " intent r");
    while (strlen(body) + 9 + 5 < JOURNAL_LINE - 1) {
        strcat(body, " k=v");
    }
    while (strlen(body) + 9 < JOURNAL_LINE - 1) {
        strcat(body, "w");
    }
    assert_true(reads_bytes(body, strlen(body), &entry));
    strcat(body, "w");
    assert_int_equal(strlen(body) + 9, JOURNAL_LINE);
    assert_false(reads_bytes(body, strlen(body), &entry));
}

static void unknown_keys_are_passed_over(void **state)
{
    static const char *const bodies[] = {
        TIME_TEXT " refused r flow=f error=not_found http=404",
        TIME_TEXT " refused r new=1 flow=f error=not_found http=404",
        TIME_TEXT " refused r flow=f new=1 new=2 error=not_found other==x= http=404",
        TIME_TEXT " refused r flow=f error=not_found http=404 flows=g i=d idd=1 ID=x byy=operator",
        TIME_TEXT " refused r flow=f error=not_found http=404 attempt=0 ~=~ id%=n"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        const struct journal_entry entry = read_body(bodies[i]);
        const struct journal_entry expected = {.event = JOURNAL_REFUSED,
                                               .time = TIME,
                                               .run = "r",
                                               .flow = "f",
                                               .error = "not_found",
                                               .http = 404};

        are_equal(&entry, &expected);
    }
}

/* Words of a journal in any order, with a right checksum: what is taken, and knows no other keys, is what
 * writing makes. */
static void whatever_is_taken_is_what_writing_makes(void **state)
{
    static const char *const words[] = {
        "intent",      "retriggered", "refused", "r", "id=n", "flow=f",  "error=e", "http=200",
        "by=operator", "attempts=3",  "",        "=", "id=",  TIME_TEXT, "http=20", "by=o"};
    uint32_t random = 1;
    unsigned taken = 0;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        char body[JOURNAL_LINE] = TIME_TEXT;
        char line[JOURNAL_LINE];
        struct journal_entry entry;

        for (unsigned count = random >> 29; count > 0; count--) {
            random = random * 1664525U + 1013904223U;
            strcat(strcat(body, " "), words[random >> 28]);
        }
        random = random * 1664525U + 1013904223U;
        if (reads_bytes(body, strlen(body), &entry)) {
            const size_t length = journal_line_write(&entry, line);

            taken++;
            assert_int_equal(length, strlen(body) + 10);
            assert_memory_equal(line + 9, body, length - 10);
        }
    }
    assert_in_range(taken, 20, 19999);
}

/* ---- Looking without reading ---- */

static bool is_of(const char *line, size_t length, const char *run)
{
    return journal_line_is_of(fenced(line, length), length, run, strlen(run));
}

static bool leads_to(const char *body, const char *run)
{
    const size_t length = strlen(body) + 9;

    return journal_line_leads_to(sealed_bytes(body, length - 9), length, run, strlen(run));
}

static void a_line_is_of_its_run_only(void **state)
{
    char line[JOURNAL_LINE];

    (void)state;
    for (unsigned event = 0; event < JOURNAL_EVENTS; event++) {
        struct journal_entry entry = plain;
        size_t length;

        entry.event = (enum journal_event)event;
        strcpy(entry.id, event == JOURNAL_RETRIGGERED ? "new" : "");
        for (unsigned more = 0; more < 2; more++) {
            strcpy(entry.flow, more != 0 ? "flow" : "");
            length = journal_line_write(&entry, line) - 1;
            assert_true(is_of(line, length, "run-1"));
            assert_false(is_of(line, length, "run-"));
            assert_false(is_of(line, length, "run-11"));
            assert_false(is_of(line, length, "run-2"));
            assert_false(is_of(line, length, "un-1"));
            assert_false(is_of(line, length, "new"));
            assert_false(is_of(line, length, "id=new"));
            assert_false(is_of(line, length, "flow=flow"));
            assert_false(is_of(line, length, journal_event_name(entry.event)));
        }
    }
}

static void a_line_leads_to_its_new_run_only(void **state)
{
    (void)state;
    assert_true(leads_to(TIME_TEXT " retriggered r id=n", "n"));
    assert_true(leads_to(TIME_TEXT " retriggered r id=n flow=f", "n"));
    assert_true(leads_to(TIME_TEXT " retriggered r new=1 id=n", "n"));
    assert_false(leads_to(TIME_TEXT " retriggered r id=n", "r"));
    assert_false(leads_to(TIME_TEXT " retriggered r id=nn", "n"));
    assert_false(leads_to(TIME_TEXT " retriggered r id=n", "nn"));
    assert_false(leads_to(TIME_TEXT " retriggered r id=n flow=f", "f"));
    assert_false(leads_to(TIME_TEXT " retriggered r id=n x=f", "f"));
    assert_false(leads_to(TIME_TEXT " retriggered id=n id=m", "n"));
    assert_true(leads_to(TIME_TEXT " retriggered id=n id=m", "m"));
    assert_false(leads_to(TIME_TEXT " refused id=n", "n"));
    assert_false(leads_to(TIME_TEXT " intent r iid=n", "n"));
}

static void every_beginning_of_a_line_may_begin_one(void **state)
{
    char line[JOURNAL_LINE];
    const size_t length = journal_line_write(&full, line);

    (void)state;
    for (size_t part = 0; part <= length; part++) {
        char zeros[JOURNAL_LINE] = {0};

        assert_true(journal_line_may_begin(fenced(line, part), part));
        memcpy(zeros, line, part);
        assert_true(journal_line_may_begin(fenced(zeros, length), length));
        memcpy(zeros, line, length);
        memset(zeros, 0, part);
        assert_true(journal_line_may_begin(fenced(zeros, length), length));
    }
}

static void other_files_do_not_begin_like_a_line(void **state)
{
    static const char *const others[] = {"{",
                                         "eyJhbGciOiJSUzI1NiJ9",
                                         "p8e-secret",
                                         "-----BEGIN",
                                         "DEADBEEF",
                                         "deadbeef-0000",
                                         "deadbeef 2026-11-22 03:00",
                                         "3b7ff62a 2026-11-22T03:00:07+",
                                         "#!/bin/sh",
                                         " "};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        assert_false(
            journal_line_may_begin(fenced(others[i], strlen(others[i])), strlen(others[i])));
    }
}

/* Nothing that has no end of its own is looked for beyond the length. */
static void looking_stays_within_the_line_whatever_the_bytes(void **state)
{
    static const char alphabet[] = "r id=n\0";
    uint32_t random = 7;
    struct journal_entry entry;

    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        char bytes[48];
        const size_t length = i % sizeof bytes;

        for (size_t at = 0; at < length; at++) {
            random = random * 1664525U + 1013904223U;
            bytes[at] = alphabet[(random >> 24) % sizeof alphabet];
        }
        (void)journal_line_is_of(fenced(bytes, length), length, "n", 1);
        (void)journal_line_leads_to(fenced(bytes, length), length, "n", 1);
        (void)journal_line_may_begin(fenced(bytes, length), length);
        assert_false(journal_line_read(fenced(bytes, length), length, &entry));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_looks_as_documented),
        cmocka_unit_test(the_checksum_is_crc32),
        cmocka_unit_test(every_event_and_member_goes_round),
        cmocka_unit_test(every_status_code_goes_round),
        cmocka_unit_test(the_longest_entry_goes_round_and_fits),
        cmocka_unit_test(what_no_line_may_hold_is_not_written),
        cmocka_unit_test(a_string_without_an_end_is_not_written),
        cmocka_unit_test(the_first_and_last_days_of_every_month_go_round),
        cmocka_unit_test(times_are_those_of_the_calendar),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(every_changed_byte_is_noticed),
        cmocka_unit_test(two_exchanged_lost_or_doubled_bytes_are_noticed),
        cmocka_unit_test(no_part_of_a_line_is_one),
        cmocka_unit_test(a_right_checksum_does_not_make_a_line),
        cmocka_unit_test(a_nul_never_passes),
        cmocka_unit_test(lengths_have_their_bounds),
        cmocka_unit_test(a_line_has_its_bound),
        cmocka_unit_test(unknown_keys_are_passed_over),
        cmocka_unit_test(whatever_is_taken_is_what_writing_makes),
        cmocka_unit_test(a_line_is_of_its_run_only),
        cmocka_unit_test(a_line_leads_to_its_new_run_only),
        cmocka_unit_test(every_beginning_of_a_line_may_begin_one),
        cmocka_unit_test(other_files_do_not_begin_like_a_line),
        cmocka_unit_test(looking_stays_within_the_line_whatever_the_bytes),
    };
    return cmocka_run_group_tests(tests, put_up_fence, NULL);
}
