/* SPDX-License-Identifier: MIT */
/* fake_hosts: a port that remembers where it went. */
#include "fake_hosts.h"

char fake_hosts[1024];

static struct reflow_port port;

static enum reflow_open note_and_open(void *context, const char *host, uint16_t number)
{
    const size_t length = strlen(fake_hosts);

    (void)snprintf(fake_hosts + length, sizeof fake_hosts - length, "%s%s:%u",
                   length == 0 ? "" : " ", host, (unsigned)number);
    return fake_port.open(context, host, number);
}

const struct reflow_port *fake_hosts_port(void)
{
    port = fake_port;
    port.open = note_and_open;
    fake_hosts[0] = '\0';
    return &port;
}

const struct reflow_result *fake_hosts_drive(void)
{
    const struct reflow_result *result;
    enum reflow_event event;
    size_t steps = 0;

    while ((event = reflow_step(&world.client)) != REFLOW_DONE && event != REFLOW_FAILED) {
        assert_true(event != REFLOW_COMMIT);
        assert_true(steps++ < 100000);
        fake_port_wait(&world.port, (int)event, reflow_wake_ms(&world.client));
    }
    result = reflow_result(&world.client);
    assert_int_equal(event == REFLOW_DONE, result->error == REFLOW_OK);
    assert_true(result->outcome == REFLOW_NOT_APPLIED || result->outcome == REFLOW_REFUSED);
    assert_null(result->id);
    return result;
}

static bool holds(const char *bytes, size_t length, const char *word)
{
    const size_t word_length = strlen(word);
    size_t i;

    for (i = 0; i + word_length <= length; i++) {
        if (memcmp(bytes + i, word, word_length) == 0) {
            return true;
        }
    }
    return false;
}

bool fake_hosts_client_holds(const char *word)
{
    return holds((const char *)&world.client, sizeof world.client, word);
}

bool fake_hosts_trace_holds(const char *word)
{
    return holds(world.trace, world.trace_length, word);
}
