/* SPDX-License-Identifier: MIT */
/* Fuzzes url and the request head made with it: what is accepted is the same when it is put
 * together and read again, and none of it can leave its line. */
#include "fuzz.h"

#include "flow.h"
#include "text.h"
#include "url.h"

#define MOST 2048

static size_t put_together(const struct reflow_url *url, char *text, size_t size)
{
    const int length =
        snprintf(text, size, url->ipv6 ? "https://[%.*s]:%u%.*s" : "https://%.*s:%u%.*s",
                 url->host_length, url->host, (unsigned)url->port, url->path_length, url->path);

    assert_in_range(length, 1, size - 1);
    return (size_t)length;
}

static void reads_again(const struct reflow_url *url)
{
    char text[MOST];
    struct reflow_url again;
    char *copy = exact_copy(text, put_together(url, text, sizeof text), 1);

    strcpy(copy, text);
    assert_true(reflow_url_read(&again, copy));
    assert_true(again.host_length == url->host_length && again.path_length == url->path_length);
    assert_memory_equal(again.host, url->host, url->host_length);
    assert_memory_equal(again.path, url->path, url->path_length);
    assert_true(again.port == url->port && again.ipv6 == url->ipv6);
    free(copy);
}

static void parts_are_sound(const struct reflow_url *url)
{
    size_t i;

    assert_in_range(url->host_length, 1, 253);
    assert_in_range(url->port, 1, 65535);
    assert_true(url->path_length == 0 || url->path[0] == '/');
    for (i = 0; i < url->host_length; i++) {
        assert_true(strchr("/@:?#%", url->host[i]) == NULL || (url->ipv6 && url->host[i] == ':'));
        assert_true(reflow_is_visible(url->host[i]));
    }
    for (i = 0; i < url->path_length; i++) {
        assert_true(reflow_is_visible(url->path[i]) && strchr("?#\"<>\\", url->path[i]) == NULL);
    }
}

/* Its lines are as many as it has fields, and the first one has two blanks. */
static void head_is_sound(const struct reflow_url *url)
{
    const struct reflow_config config = {.api_key = "key", .org_id = "org"};
    const struct reflow_flow_request request = {url, &config, "token", "run"};
    struct reflow_text head;
    char bytes[2 * MOST];
    size_t feeds = 0;
    size_t blanks = 0;
    size_t i;

    reflow_text_init(&head, bytes, sizeof bytes);
    (void)reflow_flow_retrigger(&head, &request);
    assert_true(reflow_text_sound(&head));
    for (i = 0; i < head.length; i++) {
        feeds += bytes[i] == '\n' ? 1 : 0;
        blanks += bytes[i] == ' ' && feeds == 0 ? 1 : 0;
        assert_true((bytes[i] == '\n') == (i > 0 && bytes[i - 1] == '\r'));
    }
    assert_int_equal(feeds, 12);
    assert_int_equal(blanks, 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = exact_copy(data, size < MOST ? size : MOST, 1);
    struct reflow_url url;

    if (reflow_url_read(&url, text)) {
        parts_are_sound(&url);
        reads_again(&url);
        head_is_sound(&url);
    }
    free(text);
    return 0;
}
