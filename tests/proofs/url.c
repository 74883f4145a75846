/* SPDX-License-Identifier: MIT */
/* url: every string is either refused or taken apart into parts that lie inside it, with a port of 1 to 65535,
 * and no byte in host or path that could end a line or a word of a request. Nothing is read behind the string's
 * end. Bounds: hosts and paths of up to 24 bytes, ports of up to 11 digits; by parts.
 *
 * PROOF: prove_url_characters | is_name_char, is_ipv6_char, is_path_char | all bytes but the NUL,
 *         which span() never asks for | --unwind 20
 * PROOF: prove_url_span | span | 64 bytes | --unwind 66
 * PROOF: prove_url_labels | labels_sound | 64 bytes | --unwind 66
 * PROOF: prove_url_address | is_address | 64 bytes | --unwind 66
 * PROOF: prove_url_host | read_host, span, labels_sound | 24 bytes | --unwind 26
 * PROOF: prove_url_port | read_port | 12 bytes | --unwind 14
 * PROOF: prove_url_authority | reflow_url_authority | 16 bytes | --unwind 18
 * PROOF: prove_url_read | reflow_url_read, span | 8 bytes of scheme, 24 bytes of path | --unwind 34
 * REPLACE: prove_url_address | reflow_name_address=some_address
 * REPLACE: prove_url_host | is_address=some_is_address
 * REPLACE: prove_url_authority | read_host=some_host, read_port=some_port
 * REPLACE: prove_url_read | reflow_url_authority=some_authority
 *
 * MUTANT: prove_url_characters | strchr("/%!$&'()*+,;=:@", c) | strchr("/%!$&'()*+,;=:@ ", c)
 * MUTANT: prove_url_span | length < most && text[length] | length <= most && text[length]
 * MUTANT: prove_url_span | text[length] != '\0' && allowed | allowed
 * MUTANT: prove_url_labels | (i == 0 \|\| host[i - 1] == '.') | host[i - 1] == '.'
 * MUTANT: prove_url_address | length >= sizeof text | length > sizeof text
 * MUTANT: prove_url_host | length == 0 \|\| length > MOST_HOST | length > MOST_HOST
 * MUTANT: prove_url_host | text[0] == ']' && | text[0] != '\0' \|\|
 * MUTANT: prove_url_port | port <= UINT16_MAX; text++ | text[0] != '\0'; text++
 * MUTANT: prove_url_port | port == 0 \|\| port > UINT16_MAX | port > UINT16_MAX
 * MUTANT: prove_url_authority | text != NULL ? read_port | true ? read_port
 * MUTANT: prove_url_authority | url->port = port; |
 * MUTANT: prove_url_read | (text[0] != '\0' && text[0] != '/') | text[0] == '?'
 * MUTANT: prove_url_read | while (length > 0 && text[length - 1] == '/') | while (text[length - 1] == '/')
 */
#include <url.c>

#include "proof.h"

void prove_url_characters(void)
{
    const char c = nondet_char();

    __CPROVER_assume(c != '\0');
    if (is_name_char(c) || is_ipv6_char(c) || is_path_char(c)) {
        prove(reflow_is_visible(c));
        prove(c != '?' && c != '#' && c != '[' && c != ']' && c != '"' && c != '\\');
    }
    if (is_name_char(c) || is_ipv6_char(c)) {
        prove(c != '/' && c != '@' && c != '%');
    }
}

/* Takes some: which, does not matter. */
static bool some_allowed(char c)
{
    prove(c != '\0');
    return c != 'x';
}

void prove_url_span(void)
{
    char room[65];
    const char *text = PROOF_STRING(room);
    const size_t most = proof_up_to(sizeof room);
    const size_t length = span(text, most, some_allowed);
    const size_t at = nondet_size();

    prove(length <= most && text + length < room + sizeof room);
    if (at < length) {
        prove(text[at] != '\0' && some_allowed(text[at]));
    }
}

void prove_url_labels(void)
{
    char room[64];
    const size_t length = proof_up_to(sizeof room);

    labels_sound(PROOF_END_OF(room, length), length);
}

/* What name.c shows of reflow_name_address() (prove_name_address): reads a string, writes 16 bytes at most. */
size_t some_address(const char *host, uint8_t address[16])
{
    const size_t length = nondet_size();

    prove(strlen(host) < 48);
    address[0] = nondet_uint8();
    address[15] = nondet_uint8();
    assume(length == 0 || length == 4 || length == 16);
    return length;
}

void prove_url_address(void)
{
    char room[64];
    const size_t length = proof_up_to(sizeof room);

    is_address(PROOF_END_OF(room, length), length);
}

/* What prove_url_address shows: it only reads. */
bool some_is_address(const char *host, size_t length)
{
    prove(__CPROVER_r_ok(host, length));
    return nondet_bool();
}

void prove_url_host(void)
{
    char room[25];
    const char *const text = PROOF_STRING(room);
    struct reflow_url url;
    const size_t at = nondet_size();
    const char *const next = read_host(&url, text);

    if (next != NULL) {
        prove(url.host_length >= 1 && url.host_length <= MOST_HOST);
        prove(url.host == text + (url.ipv6 ? 1 : 0));
        prove(next == url.host + url.host_length + (url.ipv6 ? 1 : 0) && next < room + sizeof room);
        prove(!url.ipv6 || next[-1] == ']');
        prove(at >= url.host_length || is_name_char(url.host[at]) || is_ipv6_char(url.host[at]));
    }
}

void prove_url_port(void)
{
    char room[13];
    const char *const text = PROOF_STRING(room);
    struct reflow_url url;
    const uint16_t before = nondet_uint16();
    const char *next;

    assume(before >= 1);
    url.port = before;
    next = read_port(&url, text);
    if (next != NULL) {
        prove(url.port >= 1 && next >= text && next < room + sizeof room);
        prove(next == text ? url.port == before : next > text + 1);
    }
}

/* What prove_url_host and prove_url_port show: they go on within the string, or refuse it. */
static const char *some_next(const char *text)
{
    const size_t by = nondet_size();

    assume(by <= strlen(text));
    return nondet_bool() ? NULL : text + by;
}

const char *some_host(struct reflow_url *url, const char *text)
{
    url->host = text;
    return some_next(text);
}

static uint16_t otherwise;

const char *some_port(struct reflow_url *url, const char *text)
{
    prove(text != NULL && text >= url->host && url->port == otherwise);
    return some_next(text);
}

void prove_url_authority(void)
{
    char room[17];
    const char *const text = PROOF_STRING(room);
    struct reflow_url url;
    const char *next;

    otherwise = nondet_uint16();
    next = reflow_url_authority(&url, text, otherwise);
    prove(next == NULL || (next >= text && next < room + sizeof room));
}

/* What that shows. */
const char *some_authority(struct reflow_url *url, const char *text, uint16_t port)
{
    prove(port == HTTPS_PORT);
    url->host = text;
    return some_next(text);
}

void prove_url_read(void)
{
    char room[33];
    const char *const text = PROOF_STRING(room);
    struct reflow_url url;
    const size_t at = nondet_size();

    if (reflow_url_read(&url, text)) {
        prove(url.host == text + 8 && url.path >= url.host && url.path_length <= MOST_PATH);
        prove(url.path + url.path_length < room + sizeof room);
        prove(url.path_length == 0 || url.path[0] == '/');
        prove(url.path_length == 0 || url.path[url.path_length - 1] != '/');
        prove(at >= url.path_length || is_path_char(url.path[at]));
    }
}
