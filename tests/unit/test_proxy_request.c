/* SPDX-License-Identifier: MIT */
/* The contract of proxy_request: the forms of a proxy's URL, and the request for a tunnel to the byte. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS */
#include "fence.h"

#include <stdio.h>

#include "proxy_request.h"
#include "text.h"

static struct reflow_proxy_url url;

static bool read_url(const char *text)
{
    memset(&url, 0xa5, sizeof url);
    return reflow_proxy_url_read(&url, fenced(text, strlen(text) + 1));
}

static void is_at(const char *text, const char *host, unsigned port, const char *credentials)
{
    if (!read_url(text)) {
        fail_msg("%s was refused", text);
    }
    assert_int_equal(url.at.host_length, strlen(host));
    assert_memory_equal(url.at.host, host, url.at.host_length);
    assert_int_equal(url.at.port, port);
    if (credentials == NULL) {
        assert_null(url.credentials);
    } else {
        assert_int_equal(url.credentials_length, strlen(credentials));
        assert_memory_equal(url.credentials, credentials, url.credentials_length);
    }
}

static void is_refused(const char *text)
{
    if (read_url(text)) {
        fail_msg("%s was accepted", text);
    }
}

/* ---- URLs ---- */

static void a_proxy_is_a_host_and_a_port(void **state)
{
    (void)state;
    is_at("http://proxy.example:3128", "proxy.example", 3128, NULL);
    is_at("http://proxy.example:3128/", "proxy.example", 3128, NULL);
    is_at("HTTP://proxy.example:3128", "proxy.example", 3128, NULL);
    is_at("http://proxy.example", "proxy.example", 1080, NULL);
    is_at("proxy.example:3128", "proxy.example", 3128, NULL);
    is_at("proxy", "proxy", 1080, NULL);
    is_at("10.0.0.1:80", "10.0.0.1", 80, NULL);
    is_at("http://[::1]:8080", "::1", 8080, NULL);
}

static void credentials_stand_before_the_host(void **state)
{
    (void)state;
    is_at("http://user:word@proxy:3128", "proxy", 3128, "user:word");
    is_at("user:word@proxy", "proxy", 1080, "user:word");
    is_at("http://user@proxy", "proxy", 1080, "user");
    is_at("http://:word@proxy", "proxy", 1080, ":word");
    is_at("http://us%40er:w%3Ard%25@[::1]:1", "::1", 1, "us%40er:w%3Ard%25");
    is_at("http://us%2fer:%3F%23@proxy", "proxy", 1080, "us%2fer:%3F%23");
}

static void other_urls_are_refused(void **state)
{
    (void)state;
    is_refused("");
    is_refused("http://");
    is_refused("https://proxy:3128");
    is_refused("socks5://proxy:1080");
    is_refused("http:proxy");
    is_refused("http:/");
    is_refused("http://proxy:0");
    is_refused("http://proxy:65536");
    is_refused("http://proxy:x");
    is_refused("http://proxy/proxy.pac");
    is_refused("http://proxy//");
    is_refused("http://proxy?x");
    is_refused("http://pro xy");
    is_refused("http://pro\r\nxy");
    is_refused("http://[::1");
    is_refused("http://user@");
    is_refused("http://@proxy");
}

static void credentials_that_cannot_be_sent_are_refused(void **state)
{
    char text[400];

    (void)state;
    is_refused("http://us%:word@proxy");
    is_refused("http://us%4:word@proxy");
    is_refused("http://us%4g:word@proxy");
    is_refused("http://us%g4:word@proxy");
    is_refused("http://user:%4@proxy");
    is_refused("http://user:%@proxy");
    is_refused("http://us%0aer:word@proxy");
    is_refused("http://us%00er:word@proxy");
    is_refused("http://us%7fer:word@proxy");
    is_refused("http://us\ner:word@proxy");
    is_refused("http://a@b:c@proxy");
    is_refused("http://proxy/@other");
    is_refused("http:///@other");
    is_refused("?@other");
    is_refused("#@other");
    is_refused("http://proxy?@other");
    is_refused("http://proxy#@other");
    sprintf(text, "http://u:%0253d@proxy", 7);
    assert_true(read_url(text));
    assert_int_equal(url.credentials_length, 255);
    sprintf(text, "http://u:%0254d@proxy", 7);
    is_refused(text);
    sprintf(text, "http://%0255d@proxy", 7); /* 255, and the colon */
    assert_true(read_url(text));
    sprintf(text, "http://%0256d@proxy", 7);
    is_refused(text);
}

/* ---- Requests ---- */

static void asks(const char *host, unsigned port, const char *credentials, const char *expected)
{
    char bytes[1024];
    struct reflow_text head;

    reflow_text_init(&head, bytes, sizeof bytes);
    reflow_proxy_request(&head, host, (uint16_t)port, credentials,
                         credentials != NULL ? strlen(credentials) : 0);
    assert_true(reflow_text_sound(&head));
    bytes[head.length] = '\0';
    assert_string_equal(bytes, expected);
}

#define AGENT "User-Agent: reflow/" REFLOW_VERSION "\r\n"

static void a_tunnel_is_asked_for_by_host_and_port(void **state)
{
    (void)state;
    asks("service.example", 443, NULL,
         "CONNECT service.example:443 HTTP/1.1\r\nHost: service.example:443\r\n" AGENT "\r\n");
    asks("10.0.0.1", 65535, NULL,
         "CONNECT 10.0.0.1:65535 HTTP/1.1\r\nHost: 10.0.0.1:65535\r\n" AGENT "\r\n");
    asks("::1", 8443, NULL, "CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n" AGENT "\r\n");
}

#define BASIC(base64)                                                                              \
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n" AGENT "Proxy-Authorization: Basic " base64 "\r\n\r\n"

/* The first is RFC 7617's own example; the others are by coreutils' base64. */
static void credentials_are_decoded_and_sent_as_base64(void **state)
{
    (void)state;
    asks("a", 1, "Aladdin:open%20sesame", BASIC("QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    asks("a", 1, "test:123%C2%A3", BASIC("dGVzdDoxMjPCow=="));
    asks("a", 1, "user", BASIC("dXNlcjo="));
    asks("a", 1, "us", BASIC("dXM6"));
    asks("a", 1, "use", BASIC("dXNlOg=="));
    asks("a", 1, ":", BASIC("Og=="));
    asks("a", 1, "a:", BASIC("YTo="));
    asks("a", 1, "a:b", BASIC("YTpi"));
    asks("a", 1, "a:b:c", BASIC("YTpiOmM="));
    asks("a", 1, "%fF%FE%fd:%fb", BASIC("//79Ovs="));
}

static void longest_of_all_fits_into_the_room_that_is_made_for_it(void **state)
{
    char host[254];
    char credentials[3 * 255 + 1];
    char bytes[REFLOW_PROXY_SIZE];
    struct reflow_text head;
    size_t i;

    (void)state;
    memset(host, 'h', sizeof host - 1);
    host[253] = '\0';
    for (i = 0; i < 255; i++) {
        memcpy(credentials + 3 * i, "%ff", 4);
    }
    memcpy(credentials, "%3a", 3); /* no colon is added */
    reflow_text_init(&head, bytes, sizeof bytes);
    reflow_proxy_request(&head, host, 65535, credentials, strlen(credentials));
    assert_true(head.overflow == false);
    print_message("%u of %u bytes\n", (unsigned)head.length, (unsigned)sizeof bytes);
}

static void nobody_ends_a_line(void **state)
{
    static const char *const hosts[] = {"a\r\nb", "a b", "a\x7f", "\x80"};
    char bytes[1024];
    struct reflow_text head;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        reflow_text_init(&head, bytes, sizeof bytes);
        reflow_proxy_request(&head, hosts[i], 443, NULL, 0);
        assert_true(head.invalid);
    }
    reflow_text_init(&head, bytes, sizeof bytes);
    reflow_proxy_request(&head, "a", 443, "a%0d%0ab", 8);
    assert_true(head.invalid);
    reflow_text_init(&head, bytes, sizeof bytes);
    reflow_proxy_request(&head, "a", 443, "a%41", 3); /* nothing is read behind them */
    assert_true(head.invalid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_proxy_is_a_host_and_a_port),
        cmocka_unit_test(credentials_stand_before_the_host),
        cmocka_unit_test(other_urls_are_refused),
        cmocka_unit_test(credentials_that_cannot_be_sent_are_refused),
        cmocka_unit_test(a_tunnel_is_asked_for_by_host_and_port),
        cmocka_unit_test(credentials_are_decoded_and_sent_as_base64),
        cmocka_unit_test(longest_of_all_fits_into_the_room_that_is_made_for_it),
        cmocka_unit_test(nobody_ends_a_line),
    };

    return cmocka_run_group_tests_name("proxy_request", tests, put_up_fence, NULL);
}
