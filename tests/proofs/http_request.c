/* SPDX-License-Identifier: MIT */
/* Proofs of http_request: no caller breaks out of his place in a request's head.
 *
 * Each function appends to a text in any state, sound or not, with any room left. Of a text that
 * stays sound everything appended is what the callers gave, byte for byte or percent-encoded, at
 * its place between what the function itself writes: so CR, LF and NUL stand only where a line
 * ends, and a space in the request line only between its three parts. A text given by a caller
 * with any other byte makes the whole invalid. Nothing that stands there already changes, nothing
 * is written behind the room, and no byte of the callers' is read behind its text.
 *
 * PROOF: prove_request_begin | reflow_http_request_begin, visible
 *         | method up to 5 bytes, path up to 8 | --unwind 10
 * PROOF: prove_request_target | reflow_http_request_target, visible | up to 12 bytes | --unwind 14
 * PROOF: prove_request_value | reflow_http_request_value | up to 8 bytes | --unwind 10
 * PROOF: prove_request_host | reflow_http_request_host, visible | host up to 6 bytes, any port
 *         | --unwind 20
 * PROOF: prove_request_value_sound | value_sound | up to 16 bytes | --unwind 18
 * PROOF: prove_request_field | reflow_http_request_field, value_sound, visible
 *         | name up to 6 bytes, value up to 8 | --unwind 10
 * PROOF: prove_request_bearer | reflow_http_request_bearer, visible | up to 12 bytes | --unwind 24
 * PROOF: prove_request_end | reflow_http_request_end | any text | --unwind 4
 *
 * MUTANT: prove_request_begin | visible(head, base->path, base->path_length); |
 *         reflow_text_bytes(head, base->path, base->path_length);
 * MUTANT: prove_request_target | visible(head, literal, strlen(literal)); |
 *         reflow_text_string(head, literal);
 * MUTANT: prove_request_value | reflow_text_percent(head, value); |
 *         reflow_text_string(head, value);
 * MUTANT: prove_request_host | visible(head, url->host, url->host_length); |
 *         reflow_text_bytes(head, url->host, url->host_length);
 * MUTANT: prove_request_value_sound | value[i] == ' ' && i > 0 | value[i] == ' '
 * MUTANT: prove_request_value_sound | reflow_is_visible(value[i + 1]); | true;
 * MUTANT: prove_request_field | if (!value_sound(value)) | if (value[0] == '\0')
 * MUTANT: prove_request_bearer | token[0] == '\0' | false
 * MUTANT: prove_request_bearer | visible(head, token, strlen(token)); |
 *         reflow_text_string(head, token);
 * MUTANT: prove_request_end | "\r\n");\n}\n | x
 */
#include <http_request.c>

#include "proof.h"

#define ROOM 40

/* A text in any state, at the end of its room. */
struct sheet {
    char room[ROOM];
    struct reflow_text text;
};

static void any_text(struct sheet *sheet)
{
    sheet->text.size = proof_up_to(ROOM);
    sheet->text.data = PROOF_END_OF(sheet->room, sheet->text.size);
    sheet->text.length = proof_up_to(sheet->text.size);
    sheet->text.overflow = nondet_bool();
    sheet->text.invalid = nondet_bool();
}

/* Returns whether the text is still sound, so that what was appended is to be looked at. */
static bool prove_appended(const struct sheet *before, const struct sheet *sheet)
{
    const size_t first = ROOM - before->text.size;
    const size_t any = proof_up_to(ROOM - 1);

    prove(sheet->text.data == sheet->room + first && sheet->text.size == before->text.size);
    prove(sheet->text.length >= before->text.length && sheet->text.length <= sheet->text.size);
    if (any < first + before->text.length || any >= first + sheet->text.length) {
        prove(sheet->room[any] == before->room[any]);
    }
    if (!reflow_text_sound(&before->text)) {
        prove(!reflow_text_sound(&sheet->text) && sheet->text.length == before->text.length);
    }
    return reflow_text_sound(&sheet->text);
}

/* Whether exactly `bytes` stand at `at` in what was appended, looked at in any one place. */
static bool stands(const struct sheet *before, const struct sheet *sheet, size_t at,
                   const char *bytes, size_t length)
{
    const char *appended = sheet->text.data + before->text.length;
    const size_t any = nondet_size();

    if (sheet->text.length - before->text.length < at + length) {
        return false;
    }
    assume(any < length || length == 0);
    return length == 0 || appended[at + any] == bytes[any];
}

static size_t appended(const struct sheet *before, const struct sheet *sheet)
{
    return sheet->text.length - before->text.length;
}

/* Any one character of a caller's text. */
static char any_of(const char *bytes, size_t length)
{
    const size_t any = nondet_size();

    assume(any < length);
    return bytes[any];
}

void prove_request_begin(void)
{
    char method_room[6];
    char path[8];
    const char *method = PROOF_STRING(method_room);
    const size_t length = strlen(method);
    struct reflow_url url;
    struct sheet sheet;
    struct sheet before;

    any_text(&sheet);
    before = sheet;
    url.path_length = (uint16_t)proof_up_to(sizeof path);
    url.path = PROOF_END_OF(path, url.path_length);
    reflow_http_request_begin(&sheet.text, method, &url);
    if (prove_appended(&before, &sheet)) {
        prove(appended(&before, &sheet) == length + 1 + url.path_length);
        prove(stands(&before, &sheet, 0, method, length));
        prove(stands(&before, &sheet, length, " ", 1));
        prove(stands(&before, &sheet, length + 1, url.path, url.path_length));
        prove(length == 0 || reflow_is_visible(any_of(method, length)));
        prove(url.path_length == 0 || reflow_is_visible(any_of(url.path, url.path_length)));
    }
}

void prove_request_target(void)
{
    char room[13];
    const char *literal = PROOF_STRING(room);
    const size_t length = strlen(literal);
    struct sheet sheet;
    struct sheet before;

    any_text(&sheet);
    before = sheet;
    reflow_http_request_target(&sheet.text, literal);
    if (prove_appended(&before, &sheet)) {
        prove(appended(&before, &sheet) == length);
        prove(stands(&before, &sheet, 0, literal, length));
        prove(length == 0 || reflow_is_visible(any_of(literal, length)));
    }
}

void prove_request_value(void)
{
    char room[9];
    const char *value = PROOF_STRING(room);
    struct sheet sheet;
    struct sheet before;

    any_text(&sheet);
    before = sheet;
    reflow_http_request_value(&sheet.text, value);
    if (prove_appended(&before, &sheet) && appended(&before, &sheet) > 0) {
        const char c = any_of(sheet.text.data + before.text.length, appended(&before, &sheet));

        prove(reflow_is_unreserved(c) || c == '%');
    }
}

void prove_request_host(void)
{
    static const char begin[] = " HTTP/1.1\r\nHost: ";
    const size_t first = sizeof begin - 1;
    char host[6];
    struct reflow_url url;
    struct sheet sheet;
    struct sheet before;

    any_text(&sheet);
    before = sheet;
    url.host_length = (uint16_t)proof_up_to(sizeof host);
    url.host = PROOF_END_OF(host, url.host_length);
    url.port = nondet_uint16();
    url.ipv6 = nondet_bool();
    reflow_http_request_host(&sheet.text, &url);
    if (prove_appended(&before, &sheet)) {
        const size_t all = appended(&before, &sheet);
        const size_t bracket = url.ipv6 ? 1 : 0;
        const size_t any = nondet_size();

        prove(stands(&before, &sheet, 0, begin, first));
        prove(stands(&before, &sheet, first + bracket, url.host, url.host_length));
        prove(stands(&before, &sheet, all - 2, "\r\n", 2));
        assume(any >= first && any < all - 2);
        prove(reflow_is_visible(sheet.text.data[before.text.length + any]));
        prove(url.port != HTTPS_PORT || all == first + url.host_length + 2 * bracket + 2);
    }
}

void prove_request_value_sound(void)
{
    char room[17];
    const char *value = PROOF_STRING(room);
    const size_t length = strlen(value);
    const size_t any = nondet_size();

    assume(any < length);
    if (value_sound(value)) {
        prove(reflow_is_visible(value[0]) && reflow_is_visible(value[length - 1]));
        prove(reflow_is_visible(value[any]) || (value[any] == ' ' && value[any + 1] != ' '));
    }
}

void prove_request_field(void)
{
    char name_room[7];
    char value_room[9];
    const char *name = PROOF_STRING(name_room);
    const char *value = PROOF_STRING(value_room);
    const size_t name_length = strlen(name);
    const size_t length = strlen(value);
    struct sheet sheet;
    struct sheet before;

    any_text(&sheet);
    before = sheet;
    reflow_http_request_field(&sheet.text, name, value);
    if (prove_appended(&before, &sheet)) {
        prove(appended(&before, &sheet) == name_length + 2 + length + 2);
        prove(stands(&before, &sheet, 0, name, name_length));
        prove(stands(&before, &sheet, name_length, ": ", 2));
        prove(stands(&before, &sheet, name_length + 2, value, length));
        prove(stands(&before, &sheet, name_length + 2 + length, "\r\n", 2));
        prove(name_length == 0 || reflow_is_visible(any_of(name, name_length)));
        prove(length > 0 && value_sound(value));
    }
}

void prove_request_bearer(void)
{
    static const char begin[] = "Authorization: Bearer ";
    const size_t first = sizeof begin - 1;
    char room[13];
    const char *token = nondet_bool() ? PROOF_STRING(room) : NULL;
    const size_t length = token != NULL ? strlen(token) : 0;
    struct sheet sheet;
    struct sheet before;
    size_t at;

    any_text(&sheet);
    before = sheet;
    at = reflow_http_request_bearer(&sheet.text, token);
    prove(at <= sheet.text.length);
    if (prove_appended(&before, &sheet)) {
        prove(length > 0 && at == before.text.length + first);
        prove(appended(&before, &sheet) == first + length + 2);
        prove(stands(&before, &sheet, 0, begin, first));
        prove(stands(&before, &sheet, first, token, length));
        prove(stands(&before, &sheet, first + length, "\r\n", 2));
        prove(reflow_is_visible(any_of(token, length)));
    }
}

void prove_request_end(void)
{
    struct sheet sheet;
    struct sheet before;

    any_text(&sheet);
    before = sheet;
    reflow_http_request_end(&sheet.text);
    if (prove_appended(&before, &sheet)) {
        prove(appended(&before, &sheet) == 2);
        prove(stands(&before, &sheet, 0, "\r\n", 2));
    }
}
