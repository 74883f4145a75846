/* SPDX-License-Identifier: MIT */
/* The contract of http_field, as http_response shows it: names, values, what decides the framing.
 */
#include "http_answers.h"

/* An answer with a content of one byte and this field line; and one with these lines and what
 * follows them. */
#define LINE_READS(line, expected)                                                                 \
    answer_reads(BYTES(OK_HEAD "Content-Length: 1\r\n" line "\r\n\r\nx"), expected)
#define REST_READS(rest, expected) answer_reads(BYTES(OK_HEAD rest), expected)

static void the_fields_that_matter_are_reported_with_trimmed_values(void **state)
{
    (void)state;
    LINE_READS("Date: Sun, 06 Nov 1994 08:49:37 GMT",
               "date[Sun, 06 Nov 1994 08:49:37 GMT] 200+alive (x) end");
    LINE_READS("rEtRy-aFtEr:\t 120 \t", "retry-after[120] 200+alive (x) end");
    LINE_READS("X-REQUEST-ID:a  b\tc", "x-request-id[a  b\tc] 200+alive (x) end");
    LINE_READS("x-request-id: \xe9\xff", "x-request-id[\xe9\xff] 200+alive (x) end");
    LINE_READS("Date: a\r\nRetry-After: 1\r\nRetry-After: 2",
               "date[a] retry-after[1] retry-after[2] 200+alive (x) end");
}

static void an_empty_value_does_not_swallow_the_next_line(void **state)
{
    (void)state;
    LINE_READS("Date:\r\nRetry-After: 1", "date[] retry-after[1] 200+alive (x) end");
    LINE_READS("Date: \t \r\nX:\r\nRetry-After: 1", "date[] retry-after[1] 200+alive (x) end");
    LINE_READS("Connection:\r\nRetry-After: 1", "retry-after[1] 200+alive (x) end");
    REST_READS("Content-Length:\r\nDate: 5\r\n\r\n", MALFORMED "@33");
    REST_READS("Content-Length: \t\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding:\r\nDate: x\r\n\r\n", MALFORMED "@36");
    REST_READS("Transfer-Encoding: \r\n\r\n", MALFORMED);
}

static void a_value_too_long_to_keep_is_not_reported(void **state)
{
    static const size_t lengths[] = {REFLOW_MAX_FIELD - 1, REFLOW_MAX_FIELD, REFLOW_MAX_FIELD + 1,
                                     300};
    char value[512];
    char answer[2048];
    char expected[1024];

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const bool fits = lengths[i] <= REFLOW_MAX_FIELD;
        int length;

        memset(value, 'v', lengths[i]);
        value[lengths[i]] = '\0';
        length = snprintf(answer, sizeof answer, "HTTP/1.1 204\r\nDate: %s%300s\r\nDate: 2\r\n\r\n",
                          value, "");
        (void)snprintf(expected, sizeof expected, "%s%s%sdate[2] 204+alive end",
                       fits ? "date[" : "", fits ? value : "", fits ? "] " : "");
        answer_reads(answer, (size_t)length, expected);
        length = snprintf(answer, sizeof answer, "HTTP/1.1 204\r\nDate: x%300sx\r\n\r\n", "");
        answer_reads(answer, (size_t)length, "204+alive end");
    }
}

static void names_are_compared_whole_and_in_any_case(void **state)
{
    (void)state;
    REST_READS("CONTENT-LENGTH: 1\r\n\r\nx", "200+alive (x) end");
    REST_READS("TRANSFER-encoding: CHUNKED\r\n\r\n0\r\n\r\n", "200+alive end");
    LINE_READS("Content-Length-X: 5", "200+alive (x) end");
    LINE_READS("Content-Lengt: 5", "200+alive (x) end");
    LINE_READS("XContent-Length: 5", "200+alive (x) end");
    LINE_READS("Content_Length: 5", "200+alive (x) end");
    LINE_READS("Transfer-Encodings: chunked", "200+alive (x) end");
    LINE_READS("Connectio: close\r\nConnections: close", "200+alive (x) end");
    LINE_READS("Dat: 1\r\nDates: 2\r\nRetry-Afte: 3\r\nX-Request-I: 4\r\nD: 5",
               "200+alive (x) end");
    LINE_READS("chunked: \"\"\r\nclose: \"\"\r\nidentity: \"\"", "200+alive (x) end");
    LINE_READS("chunked: 1\r\nclose: 2\r\nidentity: 3", "200+alive (x) end");
    answer_until_close_reads(BYTES(OK_HEAD "Content-Length-X: 1\r\n\r\nxyz"), "200 (xyz) end");
}

static void a_name_is_a_token(void **state)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz";

    (void)state;
    for (int c = 0; c < 256; c++) {
        char answer[] = "HTTP/1.1 204\r\nab: 1\r\n\r\n";
        const bool is = c != 0 && strchr(token, c) != NULL;

        answer[14] = (char)c;
        if (c != '\r') {
            answer_reads(BYTES(answer), is ? "204+alive end" : MALFORMED "@15");
        }
        answer[14] = 'a';
        answer[15] = (char)c;
        if (c != ':') {
            answer_reads(BYTES(answer), is ? "204+alive end" : MALFORMED "@16");
        }
    }
}

static void a_space_before_the_colon_is_malformed(void **state)
{
    (void)state;
    REST_READS("Content-Length : 1\r\n\r\nx", MALFORMED "@32");
    REST_READS("X\t: 1\r\n\r\nx", MALFORMED "@19");
    REST_READS(": 1\r\n\r\nx", MALFORMED "@18");
    REST_READS("no colon\r\n\r\nx", MALFORMED "@20");
    REST_READS("nocolon\r\n\r\nx", MALFORMED "@25");
}

static void a_folded_line_is_malformed(void **state)
{
    (void)state;
    REST_READS("X: a\r\n b\r\n\r\n", MALFORMED "@24");
    REST_READS("X: a\r\n\tb\r\n\r\n", MALFORMED "@24");
    REST_READS(" X: a\r\n\r\n", MALFORMED "@18");
    REST_READS("Transfer-Encoding:\r\n chunked\r\n\r\n", MALFORMED);
}

static void nul_and_control_characters_are_malformed_in_every_value(void **state)
{
    static const char *const names[] = {
        "X", "Date", "Connection", "Content-Encoding", "Transfer-Encoding", "Content-Length"};

    (void)state;
    for (int c = 0; c < 256; c++) {
        const bool control = (c < 0x20 && c != '\t') || c == 0x7f;

        for (size_t i = 0; i < sizeof names / sizeof *names && c != '\r'; i++) {
            char answer[128];
            const int length =
                snprintf(answer, sizeof answer, "HTTP/1.1 204\r\n%s:?\r\n\r\n", names[i]);

            *strchr(answer, '?') = (char)c;
            if (control) {
                answer_reads(answer, (size_t)length, MALFORMED);
            } else if (i == 0) {
                answer_reads(answer, (size_t)length, "204+alive end");
            }
        }
    }
}

static void a_content_length_is_decimal_digits_and_nothing_else(void **state)
{
    static const char *const values[] = {
        "-1",  "+1", "0x1", "1,1", "1, 1", "1 1",  "a",  "1a", "1.0",  "1;1", "\"1\"", "1e3",
        "--1", "/",  ":",   "1:",  "1/",   "1\t1", ",1", "1,", "\xb1", "1 a", "1\x85"};

    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char answer[128];
        const int length =
            snprintf(answer, sizeof answer, OK_HEAD "Content-Length: %s\r\n\r\nx", values[i]);

        answer_reads(answer, (size_t)length, MALFORMED);
    }
    REST_READS("Content-Length:\t 1 \t\r\n\r\nx", "200+alive (x) end");
    REST_READS("Content-Length:1\r\n\r\nx", "200+alive (x) end");
}

static void a_huge_content_length_is_too_large_at_once(void **state)
{
    char answer[128];
    int length;

    (void)state;
    length = snprintf(answer, sizeof answer, OK_HEAD "Content-Length: %u\r\n\r\n",
                      (unsigned)REFLOW_MAX_CONTENT);
    answer_until_close_reads(answer, (size_t)length, "200+alive !http_truncated");
    length = snprintf(answer, sizeof answer, OK_HEAD "Content-Length: %u",
                      (unsigned)REFLOW_MAX_CONTENT + 1U);
    answer_reads(answer, (size_t)length, TOO_LARGE);
    /* Modulo 2^32 these are 1, 1, 5 and 65. */
    REST_READS("Content-Length: 4294967297\r\n\r\n", TOO_LARGE);
    REST_READS("Content-Length: 18446744073709551617\r\n\r\n", TOO_LARGE);
    REST_READS("Content-Length: 00000004294967301\r\n\r\n", TOO_LARGE);
    REST_READS("Content-Length: 8589934657\r\n\r\n", TOO_LARGE);
    REST_READS("Content-Length: 99999999999999999999999999999\r\n\r\n", TOO_LARGE);
}

static void content_length_twice_is_malformed_even_when_equal(void **state)
{
    (void)state;
    REST_READS("Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", MALFORMED "@51");
    REST_READS("Content-Length: 0\r\nX: y\r\ncontent-length: 0\r\n\r\n", MALFORMED);
}

static void content_length_with_transfer_encoding_is_malformed_in_either_order(void **state)
{
    (void)state;
    REST_READS("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", MALFORMED "@54");
    REST_READS("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", MALFORMED "@60");
    REST_READS("Transfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\n", MALFORMED);
    REST_READS("Content-Length: 0\r\nTransfer-Encoding: identity\r\n\r\n", MALFORMED);
}

static void chunked_once_is_the_only_transfer_encoding(void **state)
{
    (void)state;
    REST_READS("Transfer-Encoding:\t Chunked \t\r\n\r\n0\r\n\r\n", "200+alive end");
    REST_READS("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: gzip, chunked, gzip\r\n\r\n0\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: chunked,\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: ,chunked\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: gzip,,chunked\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: gzip,\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: chunked chunked\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: chunked;q=1\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: \"chunked\"\r\n\r\n", MALFORMED);
    REST_READS("Transfer-Encoding: \xffhunked\r\n\r\n", MALFORMED);
}

static void other_transfer_encodings_are_unsupported(void **state)
{
    (void)state;
    REST_READS("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", UNSUPPORTED "@53");
    REST_READS("Transfer-Encoding: gzip\r\n\r\n", UNSUPPORTED);
    REST_READS("Transfer-Encoding: identity\r\n\r\n", UNSUPPORTED);
    REST_READS("Transfer-Encoding: chunke\r\n\r\n", UNSUPPORTED);
    REST_READS("Transfer-Encoding: chunkedx\r\n\r\n", UNSUPPORTED);
    REST_READS("Transfer-Encoding: xchunked\r\n\r\n", UNSUPPORTED);
    REST_READS("Transfer-Encoding: close , identity,\tchunked \r\n\r\n", UNSUPPORTED);
}

static void close_anywhere_in_connection_ends_the_connection(void **state)
{
    (void)state;
    LINE_READS("Connection: close", "200 (x) end");
    LINE_READS("connection: CLOSE", "200 (x) end");
    LINE_READS("Connection: keep-alive, Close", "200 (x) end");
    LINE_READS("Connection: a,close,b", "200 (x) end");
    LINE_READS("Connection: , ,close\t, ", "200 (x) end");
    LINE_READS("Connection: a\r\nConnection: close\r\nConnection: keep-alive", "200 (x) end");
    LINE_READS("Connection: keep-alive", "200+alive (x) end");
    LINE_READS("Connection: closed, xclose, clos, c, identity, chunked,", "200+alive (x) end");
    REST_READS("Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 end");
}

static void a_connection_that_is_no_list_counts_as_close(void **state)
{
    (void)state;
    LINE_READS("Connection: keep-alive; timeout=5", "200 (x) end");
    LINE_READS("Connection: close close", "200 (x) end");
    LINE_READS("Connection: keep alive", "200 (x) end");
    LINE_READS("Connection: \"x\", keep-alive", "200 (x) end");
}

static void content_other_than_identity_is_encoded(void **state)
{
    (void)state;
    LINE_READS("Content-Encoding: gzip", "200+alive+encoded (x) end");
    LINE_READS("Content-Encoding: Identity", "200+alive (x) end");
    LINE_READS("Content-Encoding: \t", "200+alive (x) end");
    LINE_READS("Content-Encoding: ,identity , identity", "200+alive (x) end");
    LINE_READS("Content-Encoding: identity, br", "200+alive+encoded (x) end");
    LINE_READS("Content-Encoding: br, identity", "200+alive+encoded (x) end");
    LINE_READS("Content-Encoding: br\r\nContent-Encoding: identity", "200+alive+encoded (x) end");
    LINE_READS("Content-Encoding: identity; q", "200+alive+encoded (x) end");
    LINE_READS("Content-Encoding: identity identity", "200+alive+encoded (x) end");
    LINE_READS("Content-Encoding: close", "200+alive+encoded (x) end");
    LINE_READS("Content-Encoding: gzip\r\nConnection: close", "200+encoded (x) end");
}

/* `item` two hundred times: enough to lead a comparison out of its table, were it to go on. */
static void long_list(const char *before, const char *item, const char *after, const char *expected)
{
    char answer[4096];
    size_t length =
        (size_t)snprintf(answer, sizeof answer, OK_HEAD "Content-Length: 1\r\n%s", before);

    for (int i = 0; i < 200; i++) {
        length += (size_t)snprintf(answer + length, sizeof answer - length, "%s", item);
    }
    length += (size_t)snprintf(answer + length, sizeof answer - length, "%s\r\n\r\nx", after);
    answer_reads(answer, length, expected);
}

static void long_lists_are_decided_token_by_token(void **state)
{
    (void)state;
    long_list("Connection: ", "token, ", "close", "200 (x) end");
    long_list("Connection: ", "token, ", "closed", "200+alive (x) end");
    long_list("Connection: close", ",\"\"", "", "200 (x) end");
    long_list("Connection: ", "close", ", x", "200+alive (x) end");
    long_list("Content-Encoding: ", "identity,", "", "200+alive (x) end");
    long_list("Content-Encoding: identity", ",\"\"", "", "200+alive+encoded (x) end");
    long_list("Content-Encoding: ", "          ", "gzip", "200+alive+encoded (x) end");
    long_list("", "Content-Length", "-X: 1", "200+alive (x) end");
}

static void endless_field_lines_and_endless_ones_are_too_large(void **state)
{
    static const char *const starts[] = {
        "", "Date: ", "X: ", "Connection:", "Content-Encoding: a,", "Transfer-Encoding:"};

    (void)state;
    too_large_after(OK_HEAD, "a: b\r\n", REFLOW_MAX_HEAD);
    too_large_after(OK_HEAD, "Date: \r\n", REFLOW_MAX_HEAD);
    too_large_after(OK_HEAD "Content-Length:", "0", REFLOW_MAX_HEAD);
    too_large_after(OK_HEAD "Connection:", ",", REFLOW_MAX_HEAD);
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        char start[64];

        (void)snprintf(start, sizeof start, OK_HEAD "%s", starts[i]);
        too_large_after(start, "x", REFLOW_MAX_HEAD);
        if (i > 0) {
            too_large_after(start, " ", REFLOW_MAX_HEAD);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fields_that_matter_are_reported_with_trimmed_values),
        cmocka_unit_test(an_empty_value_does_not_swallow_the_next_line),
        cmocka_unit_test(a_value_too_long_to_keep_is_not_reported),
        cmocka_unit_test(names_are_compared_whole_and_in_any_case),
        cmocka_unit_test(a_name_is_a_token),
        cmocka_unit_test(a_space_before_the_colon_is_malformed),
        cmocka_unit_test(a_folded_line_is_malformed),
        cmocka_unit_test(nul_and_control_characters_are_malformed_in_every_value),
        cmocka_unit_test(a_content_length_is_decimal_digits_and_nothing_else),
        cmocka_unit_test(a_huge_content_length_is_too_large_at_once),
        cmocka_unit_test(content_length_twice_is_malformed_even_when_equal),
        cmocka_unit_test(content_length_with_transfer_encoding_is_malformed_in_either_order),
        cmocka_unit_test(chunked_once_is_the_only_transfer_encoding),
        cmocka_unit_test(other_transfer_encodings_are_unsupported),
        cmocka_unit_test(close_anywhere_in_connection_ends_the_connection),
        cmocka_unit_test(a_connection_that_is_no_list_counts_as_close),
        cmocka_unit_test(content_other_than_identity_is_encoded),
        cmocka_unit_test(long_lists_are_decided_token_by_token),
        cmocka_unit_test(endless_field_lines_and_endless_ones_are_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
