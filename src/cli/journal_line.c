/* SPDX-License-Identifier: MIT */
/* journal_line: writes and reads the lines; one forward pass over their words. */
#include "journal_line.h"

#include <string.h>

#include "text.h"
#include "when.h"

#define CRC_DIGITS 8
#define BODY_AT (CRC_DIGITS + 1) /* where that begins which the checksum covers */
#define EVENT_AT (BODY_AT + WHEN_LENGTH + 1)

#define LAST_TIME INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

/* Indexed by enum journal_event. */
static const char *const event_names[JOURNAL_EVENTS] = {"intent", "retriggered", "refused",
                                                        "not_applied", "unknown"};

const char *journal_event_name(enum journal_event event)
{
    return event_names[event];
}

/* ---- The checksum ---- */

/* A byte's table of 256 is the sum (exclusive or) of one of 16 for each half of it. */
static uint32_t crc32_of(const char *bytes, size_t length)
{
    static const uint32_t low[16] = {0x00000000U, 0x77073096U, 0xee0e612cU, 0x990951baU,
                                     0x076dc419U, 0x706af48fU, 0xe963a535U, 0x9e6495a3U,
                                     0x0edb8832U, 0x79dcb8a4U, 0xe0d5e91eU, 0x97d2d988U,
                                     0x09b64c2bU, 0x7eb17cbdU, 0xe7b82d07U, 0x90bf1d91U};
    static const uint32_t high[16] = {0x00000000U, 0x1db71064U, 0x3b6e20c8U, 0x26d930acU,
                                      0x76dc4190U, 0x6b6b51f4U, 0x4db26158U, 0x5005713cU,
                                      0xedb88320U, 0xf00f9344U, 0xd6d6a3e8U, 0xcb61b38cU,
                                      0x9b64c2b0U, 0x86d3d2d4U, 0xa00ae278U, 0xbdbdf21cU};
    uint32_t crc = UINT32_MAX;
    size_t i;

    for (i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        crc = crc >> 8 ^ low[crc & 15] ^ high[crc >> 4 & 15];
    }
    return ~crc;
}

static void checksum_write(const char *body, size_t length, char digits[CRC_DIGITS])
{
    static const char hex[] = "0123456789abcdef";
    uint32_t crc = crc32_of(body, length);
    size_t i;

    for (i = CRC_DIGITS; i > 0; i--) {
        digits[i - 1] = hex[crc & 15];
        crc >>= 4;
    }
}

static bool checksum_fits(const char *line, size_t length)
{
    char digits[CRC_DIGITS];

    checksum_write(line + BODY_AT, length - BODY_AT, digits);
    return memcmp(digits, line, CRC_DIGITS) == 0 && line[CRC_DIGITS] == ' ';
}

/* ---- What an entry may hold ---- */

static bool is_absent_or_visible(const char *text, size_t most)
{
    return text[0] == '\0' || reflow_text_all(text, most, reflow_is_visible);
}

/* A new run belongs to `retriggered`, and to nothing else. */
static bool has_its_id(const struct journal_entry *entry)
{
    return (entry->event == JOURNAL_RETRIGGERED) == (entry->id[0] != '\0');
}

static bool is_absent_or_status(uint16_t http)
{
    return http == 0 || (http >= 100 && http <= 999);
}

static bool is_sound(const struct journal_entry *entry)
{
    return (unsigned)entry->event < JOURNAL_EVENTS && entry->time >= 0 &&
           entry->time <= LAST_TIME && reflow_text_all(entry->run, JOURNAL_ID, reflow_is_visible) &&
           has_its_id(entry) && is_absent_or_visible(entry->id, JOURNAL_ID) &&
           is_absent_or_visible(entry->flow, JOURNAL_ID) &&
           is_absent_or_visible(entry->error, JOURNAL_ERROR) && is_absent_or_status(entry->http);
}

/* ---- Writing ---- */

/* The longest that is sound: its strings, and what stands around them. */
#if 3 * JOURNAL_ID + JOURNAL_ERROR + 128 > JOURNAL_LINE
#error "a line is too short for what is sound"
#endif

static void string_write(struct reflow_text *text, const char *key, const char *value)
{
    if (value[0] != '\0') {
        reflow_text_string(text, key);
        reflow_text_string(text, value);
    }
}

static void number_write(struct reflow_text *text, const char *key, uint32_t value)
{
    if (value != 0) {
        reflow_text_string(text, key);
        reflow_text_number(text, value);
    }
}

size_t journal_line_write(const struct journal_entry *entry, char line[JOURNAL_LINE])
{
    struct reflow_text text;
    char time[WHEN_SIZE];

    if (!is_sound(entry)) {
        return 0;
    }
    when_write(entry->time, time);
    reflow_text_init(&text, line + BODY_AT, JOURNAL_LINE - BODY_AT);
    reflow_text_string(&text, time);
    string_write(&text, " ", event_names[entry->event]);
    string_write(&text, " ", entry->run);
    string_write(&text, " id=", entry->id);
    string_write(&text, " flow=", entry->flow);
    string_write(&text, " error=", entry->error);
    number_write(&text, " http=", entry->http);
    number_write(&text, " attempts=", entry->attempts);
    string_write(&text, " by=", entry->by_operator ? "operator" : "");
    checksum_write(line + BODY_AT, text.length, line);
    line[CRC_DIGITS] = ' ';
    reflow_text_bytes(&text, "\n", 1);
    return BODY_AT + text.length;
}

/* ---- Reading ---- */

struct slice {
    const char *bytes;
    size_t length;
};

/* Takes the next word, and the one blank behind it unless the line ends there. Words are visible and
 * not empty, and no line ends with a blank. */
static bool word_take(struct slice *rest, struct slice *word)
{
    size_t taken = 0;

    while (taken < rest->length && reflow_is_visible(rest->bytes[taken])) {
        taken++;
    }
    word->bytes = rest->bytes;
    word->length = taken;
    if (taken < rest->length) {
        if (rest->bytes[taken] != ' ' || taken + 1 == rest->length) {
            return false;
        }
        taken++;
    }
    rest->bytes += taken;
    rest->length -= taken;
    return word->length > 0;
}

static bool is_word(const struct slice *word, const char *name)
{
    return word->length == strlen(name) && memcmp(word->bytes, name, word->length) == 0;
}

static bool string_read(const struct slice *word, char *text, size_t most)
{
    if (word->length < 1 || word->length > most) {
        return false;
    }
    memcpy(text, word->bytes, word->length);
    text[word->length] = '\0';
    return true;
}

/* A number of at most three digits, as it is written: without zeros ahead. */
static bool number_read(const struct slice *word, uint16_t least, uint16_t most, uint16_t *number)
{
    uint16_t value = 0;
    size_t i;

    if (word->length < 1 || word->length > 3 || word->bytes[0] == '0') {
        return false;
    }
    for (i = 0; i < word->length; i++) {
        if (!reflow_is_digit(word->bytes[i])) {
            return false;
        }
        value = (uint16_t)(value * 10 + (word->bytes[i] - '0'));
    }
    *number = value;
    return value >= least && value <= most;
}

static bool event_read(const struct slice *word, enum journal_event *event)
{
    unsigned i = 0;

    while (i < JOURNAL_EVENTS && !is_word(word, event_names[i])) {
        i++;
    }
    *event = (enum journal_event)i;
    return i < JOURNAL_EVENTS;
}

/* In the order in which they are written. */
enum key { KEY_ID, KEY_FLOW, KEY_ERROR, KEY_HTTP, KEY_ATTEMPTS, KEY_BY, KEY_OTHER };

static enum key key_of(const struct slice *word)
{
    static const char *const names[KEY_OTHER] = {"id", "flow", "error", "http", "attempts", "by"};
    unsigned i = 0;

    while (i < KEY_OTHER && !is_word(word, names[i])) {
        i++;
    }
    return (enum key)i;
}

static bool value_read(struct journal_entry *entry, enum key key, const struct slice *value)
{
    uint16_t number = 0;
    bool sound;

    switch (key) {
    case KEY_ID:
        return string_read(value, entry->id, JOURNAL_ID);
    case KEY_FLOW:
        return string_read(value, entry->flow, JOURNAL_ID);
    case KEY_ERROR:
        return string_read(value, entry->error, JOURNAL_ERROR);
    case KEY_HTTP:
        return number_read(value, 100, 999, &entry->http);
    case KEY_ATTEMPTS:
        sound = number_read(value, 1, UINT8_MAX, &number);
        entry->attempts = (uint8_t)number;
        return sound;
    case KEY_BY:
        entry->by_operator = true;
        return is_word(value, "operator");
    default: /* a later version's */
        break;
    }
    return value->length >= 1 && value->length <= JOURNAL_ID;
}

/* `next` is the first key that may still come; keys only rise, so that none comes twice. */
static bool member_read(struct journal_entry *entry, const struct slice *word, unsigned *next)
{
    struct slice name = {word->bytes, 0};
    struct slice value;
    enum key key;

    while (name.length < word->length && name.bytes[name.length] != '=') {
        name.length++;
    }
    if (name.length == 0 || name.length == word->length) {
        return false;
    }
    value.bytes = word->bytes + name.length + 1;
    value.length = word->length - name.length - 1;
    key = key_of(&name);
    if (key < *next) {
        return false;
    }
    *next = key == KEY_OTHER ? *next : (unsigned)key + 1;
    return value_read(entry, key, &value);
}

/* What every line has: when, what, and of which run. */
static bool main_words_read(struct slice *rest, struct journal_entry *entry)
{
    struct slice word;

    return word_take(rest, &word) && when_read_time(word.bytes, word.length, &entry->time) &&
           word_take(rest, &word) && event_read(&word, &entry->event) && word_take(rest, &word) &&
           string_read(&word, entry->run, JOURNAL_ID);
}

bool journal_line_read(const char *line, size_t length, struct journal_entry *entry)
{
    struct slice rest;
    struct slice word;
    unsigned next = KEY_ID;
    bool sound;

    memset(entry, 0, sizeof *entry);
    if (length <= EVENT_AT || length >= JOURNAL_LINE || !checksum_fits(line, length)) {
        return false;
    }
    rest.bytes = line + BODY_AT;
    rest.length = length - BODY_AT;
    sound = main_words_read(&rest, entry);
    while (sound && rest.length > 0) {
        sound = word_take(&rest, &word) && member_read(entry, &word, &next);
    }
    return sound && has_its_id(entry);
}

/* ---- Looking without reading ---- */

/* In the shape x stands for a hexadecimal digit and 0 for a decimal one. */
bool journal_line_may_begin(const char *bytes, size_t length)
{
    static const char shape[] = "xxxxxxxx 0000-00-00T00:00:00Z";
    size_t i;

    for (i = 0; i < length && i < sizeof shape - 1; i++) {
        const char c = bytes[i];
        const bool digit = reflow_is_digit(c);
        const bool fits = shape[i] == 'x'   ? digit || (c >= 'a' && c <= 'f')
                          : shape[i] == '0' ? digit
                                            : c == shape[i];

        if (!fits && c != '\0') {
            return false;
        }
    }
    return true;
}

/* The rest of the line behind the blank that comes first at or after `at`; empty when none does. */
static struct slice behind_blank(const char *line, size_t length, size_t at)
{
    const char *blank = at < length ? memchr(line + at, ' ', length - at) : NULL;
    struct slice rest = {line + length, 0};

    if (blank != NULL) {
        rest.bytes = blank + 1;
        rest.length = length - (size_t)(rest.bytes - line);
    }
    return rest;
}

/* Whether these are the first word. */
static bool begins_with_word(struct slice rest, const char *word, size_t length)
{
    return rest.length >= length && memcmp(rest.bytes, word, length) == 0 &&
           (rest.length == length || rest.bytes[length] == ' ');
}

bool journal_line_is_of(const char *line, size_t length, const char *run, size_t run_length)
{
    return begins_with_word(behind_blank(line, length, EVENT_AT), run, run_length);
}

bool journal_line_leads_to(const char *line, size_t length, const char *run, size_t run_length)
{
    struct slice rest = behind_blank(line, length, EVENT_AT);

    if (length <= EVENT_AT || line[EVENT_AT] != 'r') { /* only `retriggered` has a new run */
        return false;
    }
    while (rest.length > 0) {
        rest = behind_blank(rest.bytes, rest.length, 0);
        if (rest.length > 3 && memcmp(rest.bytes, "id=", 3) == 0) {
            rest.bytes += 3;
            rest.length -= 3;
            return begins_with_word(rest, run, run_length);
        }
    }
    return false;
}
