/* SPDX-License-Identifier: MIT */
/* proxy_request: a proxy's URL is refused or taken apart into parts that lie inside it, and nothing is read behind its
 * end; of credentials only bytes that are no control characters are decoded, at most 255 of them, inside their text,
 * and what is written of them is base64; nobody's byte ends a line of the request. By parts.
 * Bounds: URLs up to 16 bytes, credentials up to 12, hosts up to 8.
 *
 * PROOF: prove_tunnel_byte | decode_byte, decode_escape | up to 4 bytes |
 * PROOF: prove_tunnel_base64 | write_base64 | all bytes, 1 to 3 of them | --unwind 6
 * PROOF: prove_tunnel_credentials | write_credentials | 12 bytes | --unwind 14
 * PROOF: prove_tunnel_most | write_credentials | 257 bytes that are decoded one by one | --unwind 259
 * PROOF: prove_tunnel_sound | credentials_sound | any credentials |
 * PROOF: prove_tunnel_scheme | skip_scheme | strings up to 12 bytes | --unwind 14
 * PROOF: prove_tunnel_url | reflow_proxy_url_read, skip_scheme | strings up to 16 bytes | --unwind 18
 * PROOF: prove_tunnel_target | write_target | hosts up to 8 bytes | --unwind 12
 * PROOF: prove_tunnel_request | reflow_proxy_request | any host, any credentials | --unwind 32
 * REPLACE: prove_tunnel_base64 | reflow_text_bytes=four_bytes
 * REPLACE: prove_tunnel_credentials | write_base64=some_base64
 * REPLACE: prove_tunnel_most | write_base64=some_base64, decode_byte=some_byte
 * REPLACE: prove_tunnel_sound | write_credentials=into_nothing
 * REPLACE: prove_tunnel_url | credentials_sound=some_sound, reflow_url_authority=some_authority
 * REPLACE: prove_tunnel_target | reflow_http_request_target=some_target, reflow_text_number=some_number
 * REPLACE: prove_tunnel_request | write_target=some_write, write_credentials=some_credentials,
 *         reflow_text_string=some_string, reflow_http_request_field=some_field, reflow_http_request_end=some_end
 *
 * MUTANT: prove_tunnel_byte | length > 2 ? reflow_json_hex((uint8_t)text[1]) : 16 | reflow_json_hex((uint8_t)text[1])
 * MUTANT: prove_tunnel_byte | high < 16 && low < 16 | high < 17 && low < 16
 * MUTANT: prove_tunnel_byte | *byte < 0x20 \|\| | *byte < 0x0a \|\|
 * MUTANT: prove_tunnel_base64 | bits >> 12 & 63 | bits >> 12 & 31
 * MUTANT: prove_tunnel_base64 | memset(group + count, 0, 3 - count); | memset(group + count, 0, 4 - count);
 * MUTANT: prove_tunnel_credentials | held == sizeof group | held > sizeof group
 * MUTANT: prove_tunnel_credentials | if (held > 0) { write | { write
 * MUTANT: prove_tunnel_most | at < length && size < MOST_CREDENTIALS | at < length
 * MUTANT: prove_tunnel_sound | reflow_text_init(&nowhere, NULL, 0) | reflow_text_init(&nowhere, NULL, 1)
 * MUTANT: prove_tunnel_scheme | i < strlen(SCHEME) && reflow_lower | reflow_lower
 * MUTANT: prove_tunnel_url | text = at + 1; | text = at + 2;
 * MUTANT: prove_tunnel_url | text != NULL && (text[0] | (text[0]
 * MUTANT: prove_tunnel_target | reflow_http_request_target(head, host); | reflow_text_string(head, host);
 * MUTANT: prove_tunnel_request | if (!write_credentials(head, credentials, length)) { head->invalid = true; } | (void)write_credentials(head, credentials, length);
 *
 * MEANT: decode_byte | (uint8_t)text[ | a char may be negative; its bits are what is decoded
 * MEANT: decode_escape | (uint8_t)text[ | likewise
 */
#include <proxy_request.c>

#include "proof.h"

void prove_tunnel_byte(void)
{
    char room[4];
    const size_t length = proof_up_to(sizeof room);
    const char *const text = PROOF_END_OF(room, length);
    uint8_t byte;
    size_t taken;

    assume(length > 0);
    taken = decode_byte(text, length, &byte);
    prove(taken <= length && (taken == 0 || taken == 1 || taken == 3));
    prove(taken == 0 || (byte >= 0x20 && byte != 0x7f));
    prove(taken != 1 || byte == (text[0] & 255));
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
}

static unsigned value_of(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return (unsigned)(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return (unsigned)(c - 'a') + 26;
    }
    if (c >= '0' && c <= '9') {
        return (unsigned)(c - '0') + 52;
    }
    return c == '+' ? 62 : c == '/' ? 63 : 0;
}

static uint8_t given[3];
static size_t given_count;

/* The four characters mean the bytes that were given. */
void four_bytes(struct reflow_text *text, const void *bytes, size_t length)
{
    const char *const four = bytes;
    uint32_t value = 0;
    size_t i;

    (void)text;
    prove(length == 4);
    for (i = 0; i < 4; i++) {
        prove(is_base64(four[i]));
        value = value << 6 | value_of(four[i]);
    }
    prove(value >> 16 == given[0]);
    prove(given_count < 2 || (value >> 8 & 255) == given[1]);
    prove(given_count < 3 || (value & 255) == given[2]);
    prove((four[2] == '=') == (given_count < 2) && (four[3] == '=') == (given_count < 3));
}

void prove_tunnel_base64(void)
{
    struct reflow_text text;
    uint8_t group[3];

    given_count = 1 + proof_up_to(2);
    memcpy(given, group, sizeof given);
    write_base64(&text, group, given_count);
}

static size_t written; /* bytes that were to be base64 */

void some_base64(struct reflow_text *text, uint8_t group[3], size_t count)
{
    (void)text;
    prove(count >= 1 && count <= 3 && __CPROVER_rw_ok(group, 3));
    written += count;
}

void prove_tunnel_credentials(void)
{
    char room[12];
    struct reflow_text text;
    const size_t length = proof_up_to(sizeof room);
    const char *const credentials = PROOF_END_OF(room, length);

    written = 0;
    if (write_credentials(&text, credentials, length)) {
        prove(length > 0 && written >= 1 && written <= length + 1);
    }
}

/* What prove_tunnel_byte shows, one character at a time: it takes the most room. */
size_t some_byte(const char *text, size_t length, uint8_t *byte)
{
    prove(length > 0 && __CPROVER_r_ok(text, length));
    *byte = 'x';
    return 1;
}

void prove_tunnel_most(void)
{
    char room[257];
    struct reflow_text text;
    const size_t length = proof_up_to(sizeof room);
    bool sound;

    written = 0;
    sound = write_credentials(&text, PROOF_END_OF(room, length), length);
    prove(written <= MOST_CREDENTIALS + 1 && sound == (length > 0 && length <= MOST_CREDENTIALS));
}

bool into_nothing(struct reflow_text *text, const char *credentials, size_t length)
{
    (void)credentials;
    (void)length;
    prove(text->size == 0 && text->length == 0);
    return nondet_bool();
}

void prove_tunnel_sound(void)
{
    (void)credentials_sound("", nondet_size());
}

void prove_tunnel_scheme(void)
{
    char room[13];
    const char *const text = PROOF_STRING(room);
    const char *const rest = skip_scheme(text);

    prove(rest == text || rest == text + 7);
    prove(rest < room + sizeof room);
}

/* What prove_tunnel_sound shows. */
bool some_sound(const char *credentials, size_t length)
{
    prove(__CPROVER_r_ok(credentials, length + 1));
    return length > 0 && length <= 3 * MOST_CREDENTIALS && nondet_bool();
}

/* What prove_url_host and prove_url_port show: it goes on within the string, or refuses it. */
const char *some_authority(struct reflow_url *url, const char *text, uint16_t port)
{
    const size_t by = nondet_size();

    prove(port == PROXY_PORT && __CPROVER_r_ok(text, 1));
    assume(by <= strlen(text));
    url->host = text;
    return nondet_bool() ? NULL : text + by;
}

void prove_tunnel_url(void)
{
    char room[17];
    const char *const text = PROOF_STRING(room);
    struct reflow_proxy_url url;

    if (reflow_proxy_url_read(&url, text)) {
        prove(url.credentials == NULL ? url.credentials_length == 0 : url.credentials >= text);
        prove(url.credentials == NULL || url.credentials[url.credentials_length] == '@');
        prove(url.credentials == NULL ||
              url.at.host == url.credentials + url.credentials_length + 1);
        prove(url.at.host < room + sizeof room);
    }
}

static const char *wanted; /* the host, which has to go through what refuses line ends */
static bool checked;

/* What http_request.c shows: a byte that could end a line is not written, and makes the text invalid. */
void some_target(struct reflow_text *head, const char *literal)
{
    (void)head;
    prove(__CPROVER_r_ok(literal, 1));
    checked = checked || literal == wanted;
}

void some_number(struct reflow_text *text, uint32_t number)
{
    (void)text;
    prove(number <= UINT16_MAX);
}

void prove_tunnel_target(void)
{
    char room[9];
    struct reflow_text head;

    wanted = PROOF_STRING(room);
    checked = false;
    write_target(&head, wanted, nondet_uint16());
    prove(checked);
}

static bool sound_credentials;
static size_t targets;

void some_write(struct reflow_text *head, const char *host, uint16_t port)
{
    (void)head;
    (void)port;
    prove(host == wanted);
    targets++;
}

bool some_credentials(struct reflow_text *text, const char *credentials, size_t length)
{
    (void)text;
    prove(__CPROVER_r_ok(credentials, length));
    sound_credentials = nondet_bool();
    return sound_credentials;
}

/* Only words of ours. */
void some_string(struct reflow_text *text, const char *string)
{
    (void)text;
    prove(string != wanted && strlen(string) > 0);
}

void some_field(struct reflow_text *head, const char *name, const char *value)
{
    (void)head;
    prove(strcmp(name, "User-Agent") == 0 && strlen(value) > 0);
}

void some_end(struct reflow_text *head)
{
    (void)head;
}

void prove_tunnel_request(void)
{
    static const char host[] = "h";
    static const char credentials[] = "u";
    struct reflow_text head;
    const bool with = nondet_bool();

    wanted = host;
    targets = 0;
    sound_credentials = true;
    head.invalid = nondet_bool();
    reflow_proxy_request(&head, host, nondet_uint16(), with ? credentials : NULL, with ? 1 : 0);
    prove(targets == 2);
    prove(sound_credentials || head.invalid);
}
