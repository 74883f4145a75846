/* SPDX-License-Identifier: MIT */
/* option_value: each value is checked where it is read, and what is wrong with it is said. */
#include "option_value.h"

#include <string.h>
#include <time.h>

#include "console.h"
#include "pem.h"
#include "text.h"
#include "when.h"

#define MOST_ATTEMPTS 255
#define PIN_PREFIX "sha256//"

static bool complain(const char *option, const char *value, const char *advice)
{
    console_error((const char *[]){"--", option, " ", value, ": ", advice, NULL});
    return false;
}

/* Digits only, 1 to `most`. */
static bool read_number(const char *text, uint32_t most, uint32_t *number)
{
    uint32_t value = 0;

    if (text[0] == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        value = value * 10 + (uint32_t)(*text - '0');
        if (value > most) {
            return false;
        }
    }
    *number = value;
    return value >= 1;
}

bool option_number(const char *option, const char *value, uint32_t most, uint32_t *number)
{
    char digits[16];
    struct reflow_text text;

    if (read_number(value, most, number)) {
        return true;
    }
    reflow_text_init(&text, digits, sizeof digits);
    reflow_text_number(&text, most);
    reflow_text_bytes(&text, "", 1);
    console_error((const char *[]){"--", option, " ", value, ": must be 1 to ", digits, NULL});
    return false;
}

bool option_pin(struct options *options, const char *text)
{
    uint8_t pin[REFLOW_PIN_SIZE + 1];
    const size_t prefix = strlen(PIN_PREFIX);

    if (options->pin_count == MOST_PINS) {
        return complain("pin", text, "8 pins are the most");
    }
    if (strncmp(text, PIN_PREFIX, prefix) != 0 ||
        reflow_pem_decode(text + prefix, strlen(text + prefix), pin, sizeof pin) !=
            REFLOW_PIN_SIZE) {
        return complain("pin", text,
                        "must be sha256// and the base64 of 32 bytes, as curl's --pinnedpubkey");
    }
    memcpy(options->pins[options->pin_count], pin, REFLOW_PIN_SIZE);
    options->pin_count++;
    return true;
}

bool option_since(struct options *options, const char *value)
{
    options->since_given = true;
    if (!when_read(value, (int64_t)time(NULL), &options->since)) {
        return complain("since", value,
                        "must be a time ago (24h, 7d, 90m) or as 2026-11-22T03:00:00Z");
    }
    return true;
}

bool option_shard(struct options *options, const char *value)
{
    if (!shard_read(value, &options->shard)) {
        return complain("shard", value, "must be I/N, I from 0 to N - 1, N at most 65535");
    }
    return true;
}

bool option_timeout(struct options *options, const char *value)
{
    options->timeout_given = true;
    if (!read_number(value, MOST_SECONDS, &options->timeout_s)) {
        return complain("timeout", value, "must be 1 to 86400 seconds");
    }
    return true;
}

bool option_proxy(struct options *options, const char *value)
{
    const char *at = strrchr(value, '@');
    const char *scheme = strstr(value, "://");
    const char *colon = strchr(scheme != NULL ? scheme + 3 : value, ':');

    options->proxy = value;
    if (at != NULL && colon != NULL && colon < at) {
        console_error((const char *[]){
            "--proxy: a password is not taken from the command line, where others see it: set "
            "HTTPS_PROXY to the whole URL",
            NULL});
        return false;
    }
    return true;
}

bool option_attempts(struct options *options, const char *value)
{
    uint32_t number;

    if (!read_number(value, MOST_ATTEMPTS, &number)) {
        return complain("attempts", value, "must be 1 to 255");
    }
    options->attempts = (uint8_t)number;
    return true;
}
