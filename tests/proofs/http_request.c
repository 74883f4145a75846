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
 * PROOF: prove_request_value | reflow_http_request_value | up to 8 bytes | --unwind 26
 * PROOF: prove_request_host | reflow_http_request_host, visible | host up to 6 bytes, any port
 *         | --unwind 8 --unwindset strlen.0:19,prove_request_host.0:19
 * PROOF: prove_request_value_sound | value_sound | up to 16 bytes | --unwind 18
 * PROOF: prove_request_field | reflow_http_request_field, value_sound, visible
 *         | name up to 6 bytes, value up to 8 | --unwind 10
 * PROOF: prove_request_bearer | reflow_http_request_bearer, visible | up to 12 bytes | --unwind 24
 * PROOF: prove_request_end | reflow_http_request_end | any text | --unwind 4
 *
 * REPLACE: prove_request_begin | reflow_text_bytes=bytes_proven
 * REPLACE: prove_request_target | reflow_text_bytes=bytes_proven
 * REPLACE: prove_request_value | reflow_text_percent=percent_proven
 * REPLACE: prove_request_host | reflow_text_bytes=bytes_proven, reflow_text_number=number_proven
 * REPLACE: prove_request_field | reflow_text_bytes=bytes_proven
 * REPLACE: prove_request_bearer | reflow_text_bytes=bytes_proven
 * REPLACE: prove_request_end | reflow_text_bytes=bytes_proven
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
 * MUTANT: prove_request_end |
 *         void reflow_http_request_end(struct reflow_text *head) { reflow_text_string(head, "\r\n"); |
 *         void reflow_http_request_end(struct reflow_text *head) { reflow_text_string(head, "\n");
 */
#include <http_request.c>

#include "proof.h"

/* How long the text was, and what has been appended to it: how many bytes, and one of them, at any
 * one place: what is shown of it holds of each. */
static size_t start;
static uint8_t appended;
static uint8_t watched;
static char seen;

/* As the proofs of text have shown of reflow_text_bytes(): appends whole or not at all. */
void bytes_proven(struct reflow_text *text, const void *bytes, size_t length)
{
    const char *from = bytes;

    prove(length == 0 || __CPROVER_r_ok(bytes, length));
    prove(text->length == start + appended);
    if (!reflow_text_sound(text)) {
        return;
    }
    if (length > text->size - text->length) {
        text->overflow = true;
        return;
    }
    if (watched >= appended && watched - appended < length) {
        seen = from[watched - appended];
    }
    appended = (uint8_t)(appended + length);
    text->length = start + appended;
}

static struct reflow_text any_text(void)
{
    struct reflow_text text;

    text.size = proof_up_to(REFLOW_BUFFER_SIZE);
    text.length = proof_up_to(text.size);
    text.overflow = nondet_bool();
    text.invalid = nondet_bool();
    start = text.length;
    appended = 0;
    watched = (uint8_t)proof_up_to(63);
    return text;
}

/* The same for percent-encoding, and for numbers. */
void percent_proven(struct reflow_text *text, const char *string)
{
    char bytes[3 * 8];

    assume(reflow_is_unreserved(bytes[0]) || bytes[0] == '%');
    for (size_t i = 1; i < sizeof bytes; i++) {
        bytes[i] = bytes[0];
    }
    prove(__CPROVER_r_ok(string, strlen(string) + 1));
    bytes_proven(text, bytes, strlen(string) + proof_up_to(2 * strlen(string)));
}

void number_proven(struct reflow_text *text, uint32_t number)
{
    static const char digits[] = "0123456789";
    const size_t count = 1 + proof_up_to(9);

    (void)number;
    bytes_proven(text, digits, count);
}

/* A string that fits; the longest ends where its array ends. */
static const char *any_string(char *room, size_t size)
{
    room[size - 1] = '\0';
    return room;
}

/* Returns whether the text is still sound, so that what was appended is to be looked at. */
static bool prove_appended(const struct reflow_text *before, const struct reflow_text *head)
{
    prove(head->size == before->size && head->length == start + appended);
    prove(head->length <= head->size);
    prove(reflow_text_sound(before) || (!reflow_text_sound(head) && appended == 0));
    prove(appended <= 64);
    return reflow_text_sound(head);
}

/* Whether exactly `bytes` stand at `at` of what was appended, as far as the watched byte tells. */
static bool stands(size_t at, const char *bytes, size_t length)
{
    return watched < at || watched - at >= length || seen == bytes[watched - at];
}

void prove_request_begin(void)
{
    char method_room[6];
    char path[8];
    const char *method = any_string(method_room, sizeof method_room);
    const size_t length = strlen(method);
    struct reflow_url url;
    struct reflow_text head = any_text();
    const struct reflow_text before = head;

    url.path_length = (uint16_t)proof_up_to(sizeof path);
    url.path = PROOF_END_OF(path, url.path_length);
    reflow_http_request_begin(&head, method, &url);
    if (prove_appended(&before, &head)) {
        prove(appended == length + 1 + url.path_length);
        prove(stands(0, method, length));
        prove(stands(length, " ", 1));
        prove(stands(length + 1, url.path, url.path_length));
        assume(watched < appended);
        prove(reflow_is_visible(seen) || watched == length);
    }
}

void prove_request_target(void)
{
    char room[13];
    const char *literal = any_string(room, sizeof room);
    const size_t length = strlen(literal);
    struct reflow_text head = any_text();
    const struct reflow_text before = head;

    reflow_http_request_target(&head, literal);
    if (prove_appended(&before, &head)) {
        prove(appended == length);
        prove(stands(0, literal, length));
        assume(watched < appended);
        prove(reflow_is_visible(seen));
    }
}

void prove_request_value(void)
{
    char room[9];
    const char *value = any_string(room, sizeof room);
    struct reflow_text head = any_text();
    const struct reflow_text before = head;

    reflow_http_request_value(&head, value);
    if (prove_appended(&before, &head)) {
        assume(watched < appended);
        prove(reflow_is_unreserved(seen) || seen == '%');
    }
}

void prove_request_host(void)
{
    static const char begin[] = " HTTP/1.1\r\nHost: ";
    const size_t first = sizeof begin - 1;
    char host[6];
    struct reflow_url url;
    struct reflow_text head = any_text();
    const struct reflow_text before = head;

    url.host_length = (uint16_t)proof_up_to(sizeof host);
    url.host = PROOF_END_OF(host, url.host_length);
    url.port = nondet_uint16();
    url.ipv6 = nondet_bool();
    reflow_http_request_host(&head, &url);
    if (prove_appended(&before, &head)) {
        const size_t all = appended;
        const size_t bracket = url.ipv6 ? 1 : 0;

        prove(stands(0, begin, first));
        prove(stands(first + bracket, url.host, url.host_length));
        prove(stands(all - 2, "\r\n", 2));
        prove(url.port != HTTPS_PORT || all == first + url.host_length + 2 * bracket + 2);
        assume(watched >= first && watched < appended - 2);
        prove(reflow_is_visible(seen));
    }
}

void prove_request_value_sound(void)
{
    char room[17];
    const char *value = any_string(room, sizeof room);
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
    const char *name = any_string(name_room, sizeof name_room);
    const char *value = any_string(value_room, sizeof value_room);
    const size_t name_length = strlen(name);
    const size_t length = strlen(value);
    struct reflow_text head = any_text();
    const struct reflow_text before = head;

    reflow_http_request_field(&head, name, value);
    if (prove_appended(&before, &head)) {
        prove(appended == name_length + 2 + length + 2);
        prove(stands(0, name, name_length));
        prove(stands(name_length, ": ", 2));
        prove(stands(name_length + 2, value, length));
        prove(stands(name_length + 2 + length, "\r\n", 2));
        prove(length > 0 && value_sound(value));
        assume(watched < name_length);
        prove(reflow_is_visible(seen));
    }
}

void prove_request_bearer(void)
{
    static const char begin[] = "Authorization: Bearer ";
    const size_t first = sizeof begin - 1;
    char room[13];
    const char *token = nondet_bool() ? any_string(room, sizeof room) : NULL;
    const size_t length = token != NULL ? strlen(token) : 0;
    struct reflow_text head = any_text();
    const struct reflow_text before = head;
    size_t at;

    at = reflow_http_request_bearer(&head, token);
    prove(at <= head.length);
    if (prove_appended(&before, &head)) {
        prove(length > 0 && at == start + first);
        prove(appended == first + length + 2);
        prove(stands(0, begin, first));
        prove(stands(first, token, length));
        prove(stands(first + length, "\r\n", 2));
        assume(watched >= first && watched < appended - 2);
        prove(reflow_is_visible(seen));
    }
}

void prove_request_end(void)
{
    struct reflow_text head = any_text();
    const struct reflow_text before = head;

    reflow_http_request_end(&head);
    if (prove_appended(&before, &head)) {
        prove(appended == 2);
        prove(stands(0, "\r\n", 2));
    }
}
