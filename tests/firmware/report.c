/* SPDX-License-Identifier: MIT */
/* report: JSON without printf. */
#include "report.h"

#include <string.h>

#include "board.h"

static void put_number(uint32_t number)
{
    char digits[10];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    board_print_bytes(digits + at, sizeof digits - at);
}

/* The service's words may hold quotes and control characters; beyond that they are valid UTF-8. */
static void put_character(char character)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t byte = (uint8_t)character;

    if (byte < 0x20 || byte == 0x7F) {
        const char escaped[] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};

        board_print_bytes(escaped, sizeof escaped);
        return;
    }
    if (character == '"' || character == '\\') {
        board_print("\\");
    }
    board_print_bytes(&character, 1);
}

static void put_string(const char *text)
{
    if (text == NULL) {
        board_print("null");
        return;
    }
    board_print("\"");
    while (*text != '\0') {
        put_character(*text++);
    }
    board_print("\"");
}

static void member(const char *name, const char *value)
{
    board_print(name);
    put_string(value);
}

static void number_member(const char *name, uint32_t value)
{
    board_print(name);
    put_number(value);
}

void report_result(const char *run, const struct reflow_result *result)
{
    member("{\"run\":", run);
    member(",\"outcome\":", reflow_outcome_name(result->outcome));
    member(",\"id\":", result->id);
    member(",\"etag\":", result->etag);
    if (result->http_status != 0) {
        number_member(",\"http_status\":", result->http_status);
    } else {
        board_print(",\"http_status\":null");
    }
    member(",\"error\":", result->error != REFLOW_OK ? reflow_error_name(result->error) : NULL);
    member(",\"detail\":", result->detail);
    member(",\"request_id\":", result->request_id);
    number_member(",\"attempts\":", result->attempts);
    number_member(",\"elapsed_ms\":", result->elapsed_ms);
    board_print("}\n");
}

void report_figures(uint32_t arena, uint32_t stack, uint32_t client, uint32_t connecting)
{
    number_member("{\"figures\":{\"arena\":", arena);
    number_member(",\"stack\":", stack);
    number_member(",\"client\":", client);
    number_member(",\"connecting_us\":", connecting);
    board_print("}}\n");
}

void report_problem(const char *what, const char *which)
{
    board_print(what);
    board_print(which);
    board_print("\n");
}
