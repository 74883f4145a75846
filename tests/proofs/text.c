/* SPDX-License-Identifier: MIT */
/* text: the writer never writes outside of its buffer and its length never passes the buffer's size; what is appended
 * is appended whole and is what was given, or nothing is written and the overflow sticks; what was written before
 * stays. Percent-encoding writes unreserved characters, "%" and digits of base 16, and so never a line end.
 * Bounds: buffers of up to 24 bytes; reflow_text_bytes() of any length.
 *
 * PROOF: prove_text_init | reflow_text_init, reflow_text_sound | all sizes |
 * PROOF: prove_text_bytes | reflow_text_bytes, reflow_text_sound | buffers up to 24 bytes, appends up to 32 | --unwind 2
 * PROOF: prove_text_string | reflow_text_string | strings up to 16 bytes | --unwind 18
 * PROOF: prove_text_number | reflow_text_number | all numbers | --unwind 11
 * PROOF: prove_text_percent_byte | percent_byte | all bytes | --unwind 4
 * PROOF: prove_text_percent | reflow_text_percent | strings up to 16 bytes | --unwind 18
 * PROOF: prove_text_classes | reflow_is_digit, reflow_lower, reflow_is_unreserved, reflow_is_visible | all bytes |
 * PROOF: prove_text_all | reflow_text_all | strings up to 32 bytes | --unwind 34
 * PROOF: prove_text_visible | reflow_text_visible, all_visible | up to 70 bytes |
 *        --unwindset all_visible.0:66,reflow_text_visible.0:3,prove_text_visible.0:72
 * PROOF: prove_text_wipe | reflow_wipe | up to 32 bytes | --unwind 34
 * REPLACE: prove_text_string | reflow_text_bytes=some_bytes
 * REPLACE: prove_text_number | reflow_text_bytes=some_bytes
 * REPLACE: prove_text_percent | percent_byte=some_percent_byte
 *
 * MUTANT: prove_text_init | text->length = 0; | text->length = size;
 * MUTANT: prove_text_bytes | length > text->size - text->length | length > text->size - text->length + 1
 * MUTANT: prove_text_bytes | text->overflow = true; return; | text->overflow = true;
 * MUTANT: prove_text_bytes | text->length += length; | text->length += length + 1;
 * MUTANT: prove_text_bytes | return !text->overflow && !text->invalid; | return !text->invalid;
 * MUTANT: prove_text_string | strlen(string)); | strlen(string) + 2);
 * MUTANT: prove_text_number | char digits[10]; | char digits[9];
 * MUTANT: prove_text_percent_byte | hex[value >> 4] | hex[value >> 3]
 * MUTANT: prove_text_percent_byte | reflow_is_unreserved(byte)) { | byte != '%') {
 * MUTANT: prove_text_percent | *string != '\0' && reflow_text_sound(text) | reflow_text_sound(text)
 * MUTANT: prove_text_classes | c >= 0x21 | c >= 0x20
 * MUTANT: prove_text_all | length <= most && string[length] != '\0' | length <= most
 * MUTANT: prove_text_all | length >= 1 && length <= most | length <= most
 * MUTANT: prove_text_visible | if (!all_visible(bytes, AT_ONCE)) { | if (!all_visible(bytes, 1)) {
 * MUTANT: prove_text_visible | length -= AT_ONCE; | length -= AT_ONCE + 1;
 * MUTANT: prove_text_wipe | set_memory(memory, 0, size) | set_memory(memory, 0, size / 2)
 *
 * MEANT: percent_byte | (unsigned char)byte | a char may be negative; its bits are what is encoded
 */
#include <text.c>

#include "proof.h"

/* A text in any state that the writer can be in, in the last bytes of `room`. */
static struct reflow_text any_text(char *room, size_t most)
{
    const size_t size = proof_up_to(most);
    struct reflow_text text;

    reflow_text_init(&text, room + (most - size), size);
    text.length = proof_up_to(size);
    text.overflow = nondet_bool();
    text.invalid = nondet_bool();
    return text;
}

void prove_text_init(void)
{
    struct reflow_text text;
    char data;
    const size_t size = nondet_size();

    reflow_text_init(&text, &data, size);
    prove(text.data == &data && text.size == size && text.length == 0);
    prove(reflow_text_sound(&text));
}

void prove_text_bytes(void)
{
    char room[24], given[32];
    struct reflow_text text = any_text(room, sizeof room);
    const struct reflow_text before = text;
    const size_t length = proof_up_to(sizeof given), at = nondet_size();
    const char *const bytes = PROOF_END_OF(given, length);

    assume(at < sizeof room);

    const char old = room[at];
    reflow_text_bytes(&text, bytes, length);
    prove(text.length <= text.size && text.data == before.data && text.size == before.size);
    if (reflow_text_sound(&text)) {
        prove(reflow_text_sound(&before) && text.length == before.length + length);
        const char *const place = text.data + before.length;
        if (room + at >= place && room + at < place + length) {
            prove(room[at] == bytes[room + at - place]);
        } else {
            prove(room[at] == old);
        }
    } else {
        prove(text.length == before.length && room[at] == old);
        prove(text.invalid == before.invalid);
        prove(text.overflow == (!before.invalid || before.overflow));
    }
}

/* What reflow_text_bytes() needs; prove_text_bytes shows what it does. */
static const char *bytes_given;
static size_t length_given;

void some_bytes(struct reflow_text *text, const void *bytes, size_t length)
{
    prove(__CPROVER_r_ok(bytes, length));
    text->length = nondet_size();
    bytes_given = bytes;
    length_given = length;
}

void prove_text_string(void)
{
    char room[17];
    const char *const string = PROOF_STRING(room);
    struct reflow_text text = {0};

    reflow_text_string(&text, string);
    prove(bytes_given == string && string[length_given] == '\0');
}

void prove_text_number(void)
{
    struct reflow_text text = {0};
    const uint32_t number = nondet_uint32();

    reflow_text_number(&text, number);
    prove(length_given >= 1 && length_given <= 10);
    prove(number < 10 || length_given > 1);
}

static bool is_encoded(char c)
{
    return reflow_is_unreserved(c) || c == '%';
}

void prove_text_percent_byte(void)
{
    char room[3];
    struct reflow_text text = {room, sizeof room, 0, false, false};

    percent_byte(&text, nondet_char());
    prove(reflow_text_sound(&text) && (text.length == 1 || text.length == 3));
    prove((room[0] == '%') == (text.length == 3));
    for (size_t i = 0; i < text.length; i++) {
        prove(is_encoded(room[i]));
        prove(i == 0 || reflow_is_digit(room[i]) || (room[i] >= 'A' && room[i] <= 'F'));
    }
}

/* What prove_text_percent_byte and prove_text_bytes show. */
static size_t encoded;

void some_percent_byte(struct reflow_text *text, char byte)
{
    prove(byte != '\0');
    text->overflow = nondet_bool();
    encoded++;
}

void prove_text_percent(void)
{
    char room[17];
    const char *const string = PROOF_STRING(room);
    struct reflow_text text = {0};

    reflow_text_percent(&text, string);
    prove(text.overflow || string[encoded] == '\0');
}

void prove_text_classes(void)
{
    const char c = nondet_char();

    prove(!reflow_is_unreserved(c) || reflow_is_visible(c));
    prove(!reflow_is_digit(c) || reflow_is_unreserved(c));
    prove(!reflow_is_visible(c) || (c != ' ' && c != '\r' && c != '\n' && c != '\0' && c != 0x7f));
    prove(reflow_lower(c) == c || (c >= 'A' && c <= 'Z' && reflow_lower(c) == c + 32));
    prove(reflow_lower(reflow_lower(c)) == reflow_lower(c));
}

static bool any_character(char c)
{
    (void)c;
    return true;
}

void prove_text_all(void)
{
    char room[33];
    const char *const string = PROOF_STRING(room);
    const size_t most = proof_up_to(40), at = nondet_size(), length = strlen(string);

    prove(!reflow_text_all(NULL, most, reflow_is_visible));
    prove(reflow_text_all(string, most, any_character) == (length >= 1 && length <= most));
    if (reflow_text_all(string, most, reflow_is_visible)) {
        prove(length >= 1 && length <= most);
        prove(at >= length || reflow_is_visible(string[at]));
    }
}

void prove_text_visible(void)
{
    char bytes[70];
    const size_t length = proof_up_to(sizeof bytes);
    bool each = true;

    for (size_t i = 0; i < length; i++) {
        each = each && reflow_is_visible(bytes[sizeof bytes - length + i]);
    }
    prove(reflow_text_visible(bytes + sizeof bytes - length, length) == each);
}

void prove_text_wipe(void)
{
    char room[32];
    const size_t size = proof_up_to(sizeof room), at = nondet_size();

    assume(at < size);
    reflow_wipe(PROOF_END_OF(room, size), size);
    prove(PROOF_END_OF(room, size)[at] == 0);
}
