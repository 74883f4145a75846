/* SPDX-License-Identifier: MIT */
/* Nothing that reads addresses, names and certificates touches a byte before its text or behind it,
 * wherever it is cut. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence_table.h"

#include "name.h"
#include "pem.h"
#include "url.h"

/* ---- Addresses and names ---- */

static void take_url(char *bytes, size_t length)
{
    struct reflow_url url;

    (void)length;
    (void)reflow_url_read(&url, bytes);
}

static void take_pattern(char *bytes, size_t length)
{
    (void)reflow_name_matches(bytes, length, "flow.example.com");
    (void)reflow_name_matches(bytes, length, "a");
    (void)reflow_name_matches(bytes, length, "");
}

static void take_host(char *bytes, size_t length)
{
    uint8_t address[16];

    (void)length;
    (void)reflow_name_address(bytes, address);
    (void)reflow_name_matches("*.example.com", 13, bytes);
    (void)reflow_name_matches("flow.example.com", 16, bytes);
}

static void take_word(char *bytes, size_t length)
{
    (void)length;
    (void)reflow_run_id_valid(bytes);
    (void)reflow_run_state_of(bytes);
}

/* ---- Certificates ---- */

#define CERTIFICATE                                                                                \
    "MIIBbTCCAROgAwIBAgIUX9d/425ZbdBaWfRhEaXzo9FLt7YwCgYIKoZIzj0EAwIw\n"                           \
    "DDEKMAgGA1UEAwwBYTAeFw0yNjExMjIwNTE2MjlaFw0yNjExMjMwNTE2MjlaMAwx\n"                           \
    "CjAIBgNVBAMMAWEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS5r4Jbe/H5UNEV\r\n"                         \
    "yapbZCJu2oerTelNdv+X+re1pULgE9aBWJ+BVJyklpYl4Oh5bi6vnzVbJ49PSBkf\n"                           \
    "t47Ce1Jzo1MwUTAdBgNVHQ4EFgQUM7VaR/s1S6PGjuFkx3aF3caenQEwHwYDVR0j\n"                           \
    "BBgwFoAUM7VaR/s1S6PGjuFkx3aF3caenQEwDwYDVR0TAQH/BAUwAwEB/zAKBggq\n"                           \
    "hkjOPQQDAgNIADBFAiBclSrKQOFP1YSup0cQKswz/LTVGM7XJA5qzezacg80YAIh\n"                           \
    "AM6ByRYxP1IW0h057+YogUOZ2fTw2IhzgQTKxY/uQn4i\n"

static uint8_t der[512];

static void take_pem(char *bytes, size_t length)
{
    size_t at = 0;
    size_t base64_length = 0;
    const char *base64 = reflow_pem_next(bytes, length, &at, &base64_length);

    assert_true(at <= length && (base64 == NULL || base64 + base64_length <= bytes + length));
}

static void take_base64(char *bytes, size_t length)
{
    void *store = next_room();

    (void)reflow_pem_decode(bytes, length, store, room_size);
}

static void take_der(char *bytes, size_t length)
{
    size_t subject;

    (void)reflow_pem_subject((const uint8_t *)bytes, length, &subject);
}

/* ---- The rows ---- */

static struct fenced_parser parsers[] = {
    {"url",
     NULL,
     take_url,
     NULL,
     false,
     true,
     {BYTES("https://platform.adobe.io:443/data/x//"), BYTES("https://[2001:db8::1]:8443/a"),
      BYTES("https://127.0.0.1"), BYTES("http://h"), BYTES("https://h:65536/"),
      BYTES("https://u@h")}},
    {"name: a pattern",
     NULL,
     take_pattern,
     NULL,
     false,
     false,
     {BYTES("*.example.com"), BYTES("flow.example.com"), BYTES("FLOW.example.com."), BYTES("*."),
      BYTES("fl*.example.com"), BYTES("a\0b")}},
    {"name: a host",
     NULL,
     take_host,
     NULL,
     false,
     true,
     {BYTES("flow.example.com."), BYTES("127.0.0.255"), BYTES("2001:db8::ffff:1.2.3.4"),
      BYTES("1:2:3:4:5:6:7:8"), BYTES("::"), BYTES("1::12345"), BYTES("255.255.255.256")}},
    {"run IDs and run_state",
     NULL,
     take_word,
     NULL,
     false,
     true,
     {BYTES("4fb0418e-1804-45d6-8d56-dd51f05c0baf"), BYTES("failed"), BYTES("IN_PROGRESS"),
      BYTES("inProgress"), BYTES("partialSuccess"), BYTES("\x80/..")}},
    {"pem",
     NULL,
     take_pem,
     NULL,
     false,
     false,
     {BYTES("x\n-----BEGIN CERTIFICATE-----\r\nQUJD\n-----END CERTIFICATE-----\n-----BEGIN "),
      BYTES("-----BEGIN CERTIFICATE-----\nQ-D\n-----END CERTIFICATE-----"),
      BYTES("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE----")}},
    {"pem: base64",
     NULL,
     take_base64,
     NULL,
     false,
     false,
     {BYTES(CERTIFICATE), BYTES("QUI="), BYTES("QQ == "), BYTES("Q===")}},
    {"pem: a subject",
     NULL,
     take_der,
     NULL,
     false,
     false,
     {{(const char *)der, 0}, BYTES("\x30\x84\x00\x00\x00\x20\x30\x1e\xa0\x03\x02\x01\x02")}},
};

static int prepare(void **state)
{
    struct fenced_text *certificate = parsers[COUNT_OF(parsers) - 1].texts;

    certificate->length = reflow_pem_decode(CERTIFICATE, sizeof CERTIFICATE - 1, der, sizeof der);
    return certificate->length != 0 ? put_up_fences(state) : -1;
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(parsers)];

    list_tests(tests, parsers, COUNT_OF(parsers));
    return cmocka_run_group_tests_name("fence_names", tests, prepare, NULL);
}
