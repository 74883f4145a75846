/* SPDX-License-Identifier: MIT */
/* The contract of http_response: status lines, how content ends, chunks, closing, limits. */
#include "http_answers.h"

#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"

/* A chunked answer of these chunks reads so. */
#define CHUNKS_READ(chunks, expected) answer_reads(BYTES(CHUNKED chunks), expected)

static void an_answer_with_a_content_length_is_read(void **state)
{
    (void)state;
    answer_reads(BYTES(OK_HEAD "Content-Length: 5\r\n\r\nhello"), "200+alive (hello) end@43");
    answer_reads(BYTES("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n"
                       "content-length: 00002\r\n\r\n{}"),
                 "retry-after[7] 503+alive ({}) end");
}

static void bytes_after_the_answer_are_not_taken(void **state)
{
    (void)state;
    answer_reads(BYTES(OK_HEAD "Content-Length: 2\r\n\r\n{}HTTP/1.1 200"), "200+alive ({}) end@40");
    answer_reads(BYTES(CHUNKED "2\r\n{}\r\n0\r\n\r\nHTTP/1.1"), "200+alive ({}) end@59");
    answer_reads(BYTES("HTTP/1.1 204\r\n\r\nx"), "204+alive end@16");
}

static void an_empty_content_ends_on_the_next_call(void **state)
{
    static const char head[] = OK_HEAD "Content-Length: 0\r\n\r\n";
    struct reflow_http_response response;
    enum reflow_http_event event;

    (void)state;
    reflow_http_response_init(&response);
    assert_int_equal(reflow_http_response_read(&response, head, sizeof head - 1, &event),
                     sizeof head - 1);
    assert_int_equal(event, REFLOW_HTTP_HEAD);
    assert_int_equal(reflow_http_response_read(&response, NULL, 0, &event), 0);
    assert_int_equal(event, REFLOW_HTTP_END);
    assert_int_equal(reflow_http_response_close(&response), REFLOW_HTTP_END);
    answer_reads(BYTES(OK_HEAD "Content-Length: 0\r\n\r\n"), "200+alive end");
}

static void a_missing_reason_phrase_is_accepted(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"), "200+alive end");
    answer_reads(BYTES("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), "200+alive end");
    answer_reads(BYTES("HTTP/1.1 200 D\xc3\xa9j\xc3\xa0\tvu 2\r\nContent-Length: 0\r\n\r\n"),
                 "200+alive end");
}

static void a_status_line_that_is_none_is_malformed(void **state)
{
    (void)state;
    answer_reads(BYTES("ICY 200 OK\r\n"), MALFORMED "@1");
    answer_reads(BYTES("http/1.1 200 OK\r\n"), MALFORMED "@1");
    answer_reads(BYTES("\r\nHTTP/1.1 200 OK\r\n"), MALFORMED "@1");
    answer_reads(BYTES("HTTPS/1.1 200 OK\r\n"), MALFORMED "@5");
    answer_reads(BYTES("HTTP/x.1 200 OK\r\n"), MALFORMED "@6");
    answer_reads(BYTES("HTTP 200 OK\r\n"), MALFORMED "@5");
    answer_reads(BYTES("HTTP1.1 200 OK\r\n"), MALFORMED "@5");
    answer_reads(BYTES("HTTP/1.1  200 OK\r\n"), MALFORMED "@10");
    answer_reads(BYTES("HTTP/1.1\t200 OK\r\n"), MALFORMED "@9");
    answer_reads(BYTES("HTTP/1.1\r\n"), MALFORMED "@9");
    answer_reads(BYTES("HTTP/1.1 20 OK\r\n"), MALFORMED "@12");
    answer_reads(BYTES("HTTP/1.1 +20 OK\r\n"), MALFORMED "@10");
    answer_reads(BYTES("HTTP/1.1 2000 OK\r\n"), MALFORMED "@13");
    answer_reads(BYTES("HTTP/1.1 200\tOK\r\n"), MALFORMED "@13");
    answer_reads(BYTES("HTTP/1.1 200 O\0K\r\n"), MALFORMED "@15");
    answer_reads(BYTES("HTTP/1.1 200 O\x7fK\r\n"), MALFORMED "@15");
}

static void a_status_code_outside_100_to_599_is_malformed(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.1 000 OK\r\n"), MALFORMED "@12");
    answer_reads(BYTES("HTTP/1.1 099 OK\r\n"), MALFORMED "@12");
    answer_reads(BYTES("HTTP/1.1 600 OK\r\n"), MALFORMED "@12");
    answer_reads(BYTES("HTTP/1.1 999 OK\r\n"), MALFORMED "@12");
    answer_reads(BYTES("HTTP/1.1 599 -\r\nContent-Length: 0\r\n\r\n"), "599+alive end");
}

static void another_version_of_http_is_unsupported(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/2 200\r\n"), UNSUPPORTED "@6");
    answer_reads(BYTES("HTTP/0.9 200 OK\r\n"), UNSUPPORTED "@6");
    answer_reads(BYTES("HTTP/1.2 200 OK\r\n"), UNSUPPORTED "@8");
    answer_reads(BYTES("HTTP/1.10 200 OK\r\n"), UNSUPPORTED "@9");
    answer_reads(BYTES("HTTP/1.01 200 OK\r\n"), UNSUPPORTED "@9");
    answer_reads(BYTES("HTTP/11.1 200 OK\r\n"), UNSUPPORTED "@7");
}

static void http_1_0_is_never_kept_alive_and_has_no_transfer_encoding(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx"),
                 "200 (x) end");
    answer_reads(BYTES("HTTP/1.0 204 -\r\n\r\n"), "204 end");
    answer_reads(BYTES("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                 MALFORMED "@35");
    answer_reads(BYTES("HTTP/1.0 100 -\r\n\r\nHTTP/1.1 204 -\r\n\r\n"), "204 end");
}

static void a_missing_cr_is_malformed_everywhere(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.1 200\n\n"), MALFORMED "@13");
    answer_reads(BYTES("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), MALFORMED "@16");
    answer_reads(BYTES(OK_HEAD "\n"), MALFORMED "@18");
    CHUNKS_READ("1\nx\r\n0\r\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("1;a\nx\r\n0\r\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("1\r\nx\n0\r\n\r\n", "200+alive (x) " MALFORMED);
    CHUNKS_READ("0\r\na: b\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("0\r\n\n", "200+alive " MALFORMED);
}

static void a_bare_cr_is_malformed_everywhere(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.1 200 OK\rX\r\n"), MALFORMED "@17");
    answer_reads(BYTES("HTTP/1.1 200 OK\r\r\n"), MALFORMED "@17");
    answer_reads(BYTES(OK_HEAD "\rx"), MALFORMED "@19");
    CHUNKS_READ("1\rx\r\n0\r\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("0\rx", "200+alive " MALFORMED);
    CHUNKS_READ("1;a\rb\r\nx\r\n0\r\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("1\r\nx\rx0\r\n\r\n", "200+alive (x) " MALFORMED);
    CHUNKS_READ("0\r\na: b\rx\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("0\r\n\rx\n", "200+alive " MALFORMED);
}

static void interim_responses_are_skipped_with_their_fields(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.1 100 Continue\r\n\r\n"
                       "HTTP/1.1 103 Early Hints\r\nDate: now\r\nRetry-After: 3\r\n"
                       "X-Request-Id: 4\r\nLink: <x>\r\n\r\n"
                       "HTTP/1.1 204 -\r\nRetry-After: 5\r\n\r\nx"),
                 "retry-after[5] 204+alive end");
    answer_reads(BYTES("HTTP/1.1 199 -\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\n"
                       "HTTP/1.1 200 -\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                 "200+alive end");
    answer_reads(BYTES("HTTP/1.1 100 -\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "HTTP/1.1 200 -\r\nContent-Length: 1\r\n\r\nx"),
                 "200+alive (x) end");
    answer_reads(
        BYTES("HTTP/1.1 100 -\r\nContent-Length: 5\r\n\r\n" OK_HEAD "Content-Length: 1\r\n\r\nxy"),
        "200+alive (x) end");
    answer_reads(BYTES("HTTP/1.1 100 -\r\nContent-Length: x\r\n\r\n"), MALFORMED);
    answer_reads(BYTES("HTTP/1.1 100 -\r\n\r\nICY 200 OK\r\n"), MALFORMED);
}

static void a_close_in_an_interim_response_is_not_forgotten(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.1 100 -\r\nConnection: close\r\n\r\nHTTP/1.1 204 -\r\n\r\n"),
                 "204 end");
}

static void switching_protocols_is_unsupported(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"), UNSUPPORTED "@12");
}

static void a_204_and_a_304_have_no_content_whatever_they_say(void **state)
{
    (void)state;
    answer_reads(BYTES("HTTP/1.1 204 -\r\nContent-Length: 5\r\n\r\nHTTP/"), "204+alive end@37");
    answer_reads(BYTES("HTTP/1.1 304 -\r\nContent-Length: 5\r\n\r\nHTTP/"), "304+alive end@37");
    answer_reads(BYTES("HTTP/1.1 304 -\r\nTransfer-Encoding: chunked\r\n\r\n"), "304+alive end");
    answer_reads(BYTES("HTTP/1.1 304 -\r\nTransfer-Encoding: gzip\r\n\r\n"), "304+alive end");
    answer_reads(BYTES("HTTP/1.1 204 -\r\nContent-Length: -1\r\n\r\n"), MALFORMED);
    answer_reads(BYTES("HTTP/1.1 304 -\r\nTransfer-Encoding: ,\r\n\r\n"), MALFORMED);
    answer_until_close_reads(BYTES("HTTP/1.1 205 -\r\n\r\nx"), "205 (x) end");
}

static void several_chunks_are_joined_without_their_framing(void **state)
{
    (void)state;
    CHUNKS_READ("3\r\nabc\r\n1\r\nd\r\n0a\r\n0123456789\r\n0\r\n\r\n",
                "200+alive (abcd0123456789) end@82");
    CHUNKS_READ("A\r\n0123456789\r\nb\r\n0123456789a\r\n1F\r\n0123456789abcdef0123456789abcde"
                "\r\n000\r\n\r\n",
                "200+alive (01234567890123456789a0123456789abcdef0123456789abcde) end");
    CHUNKS_READ("4\r\n\r\n\r\n\r\n0\r\n\r\n", "200+alive (\r\n\r\n) end");
}

static void a_chunks_size_is_told_before_its_content(void **state)
{
    struct reflow_http_response response;
    enum reflow_http_event event;

    (void)state;
    assert_int_equal(flood(&response, CHUNKED, "", 47), 47);
    assert_int_equal(reflow_http_response_read(&response, "2;a\r\n{}\r", 8, &event), 5);
    assert_int_equal(event, REFLOW_HTTP_CHUNK);
    assert_int_equal(reflow_http_response_read(&response, "{}\r", 3, &event), 2);
    assert_int_equal(event, REFLOW_HTTP_CONTENT);
}

static void chunk_extensions_and_trailers_are_skipped(void **state)
{
    (void)state;
    CHUNKS_READ("1;a=\"b c\\\";\xff\"\r\nx\r\n0;\t\r\n\r\nx", "200+alive (x) end@72");
    CHUNKS_READ("1\r\nx\r\n0\r\nDate: now\r\nX-A:\r\nContent-Length: x\r\n"
                "Transfer-Encoding: gzip,\r\nConnection: close\r\n\r\nx",
                "200+alive (x) end");
    CHUNKS_READ("0\r\na : b\r\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("0\r\n a: b\r\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("0\r\nab\r\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("0\r\na: \1\r\n\r\n", "200+alive " MALFORMED);
    CHUNKS_READ("1;\0\r\n", "200+alive " MALFORMED);
}

static void a_chunk_size_is_hexadecimal_digits_and_nothing_else(void **state)
{
    static const char *const sizes[] = {"-2",   "+1",    " 1",  "1 ",  "0x1", "123x", "g",
                                        "",     ";a",    "1,1", "1.0", "\t1", "@",    "`",
                                        "1 ;a", "1\t;a", "/",   ":",   "1\v", "G",    "0 "};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char answer[128];
        const int length =
            snprintf(answer, sizeof answer, CHUNKED "%s\r\nx\r\n0\r\n\r\n", sizes[i]);

        answer_reads(answer, (size_t)length, "200+alive " MALFORMED);
    }
    CHUNKS_READ("1\0\r\nx", "200+alive " MALFORMED);
    CHUNKS_READ("\r\n\r\n", "200+alive " MALFORMED "@48");
    CHUNKS_READ(";a\r\n\r\n", "200+alive " MALFORMED "@48");
    CHUNKS_READ("1\r\nx\r\n\r\n\r\n", "200+alive (x) " MALFORMED "@54");
}

static void a_chunk_size_cannot_overflow(void **state)
{
    char answer[128];
    int length;

    (void)state;
    length = snprintf(answer, sizeof answer, CHUNKED "%x", (unsigned)REFLOW_MAX_CONTENT + 1U);
    answer_reads(answer, (size_t)length, "200+alive " TOO_LARGE);
    length = snprintf(answer, sizeof answer, CHUNKED "1\r\nx\r\n%x", (unsigned)REFLOW_MAX_CONTENT);
    answer_reads(answer, (size_t)length, "200+alive (x) " TOO_LARGE);
    CHUNKS_READ("FFFFFFFF\r\n", "200+alive " TOO_LARGE);
    CHUNKS_READ("-1\r\n", "200+alive " MALFORMED "@48");
    CHUNKS_READ("100000001\r\nx\r\n0\r\n\r\n", "200+alive " TOO_LARGE);
    CHUNKS_READ("10000000000000001\r\nx\r\n0\r\n\r\n", "200+alive " TOO_LARGE);
    CHUNKS_READ("00000000000000000001\r\nx\r\n0\r\n\r\n", "200+alive (x) end");
}

static void the_crlf_after_a_chunk_is_checked(void **state)
{
    (void)state;
    CHUNKS_READ("1\r\nxy\r\n0\r\n\r\n", "200+alive (x) " MALFORMED);
    CHUNKS_READ("1\r\nx0\r\n\r\n", "200+alive (x) " MALFORMED "@52");
    CHUNKS_READ("1\r\nxy\n0\r\n\r\n", "200+alive (x) " MALFORMED "@52");
    CHUNKS_READ("1\r\nx\r00\r\n\r\n", "200+alive (x) " MALFORMED "@53");
    CHUNKS_READ("2\r\nx\r\n0\r\n\r\n", "200+alive (x\r) " MALFORMED);
}

static void without_a_length_the_end_of_the_connection_ends_it(void **state)
{
    (void)state;
    answer_until_close_reads(BYTES(OK_HEAD "\r\nhello\r\n"), "200 (hello\r\n) end");
    answer_until_close_reads(BYTES(OK_HEAD "\r\n"), "200 end");
    answer_until_close_reads(BYTES(OK_HEAD "Content-Encoding: gzip\r\n\r\n"), "200+encoded end");
}

static void a_close_before_the_first_byte_is_a_lost_connection(void **state)
{
    struct reflow_http_response response;
    enum reflow_http_event event;

    (void)state;
    reflow_http_response_init(&response);
    assert_int_equal(reflow_http_response_read(&response, NULL, 0, &event), 0);
    assert_int_equal(event, REFLOW_HTTP_MORE);
    assert_false(reflow_http_response_begun(&response));
    assert_int_equal(reflow_http_response_close(&response), REFLOW_HTTP_ERROR);
    assert_int_equal(reflow_http_error(&response), REFLOW_ERR_CONNECTION_LOST);
    assert_false(reflow_http_response_begun(&response));
    assert_int_equal(reflow_http_response_read(&response, "H", 1, &event), 0);
    assert_int_equal(event, REFLOW_HTTP_ERROR);
}

static void a_close_after_an_error_does_not_change_it(void **state)
{
    struct reflow_http_response response;

    (void)state;
    assert_int_equal(flood(&response, "x", "x", 100), 1);
    assert_true(reflow_http_response_begun(&response));
    assert_int_equal(reflow_http_response_close(&response), REFLOW_HTTP_ERROR);
    assert_int_equal(reflow_http_error(&response), REFLOW_ERR_HTTP_MALFORMED);
    assert_int_equal(flood(&response, OK_HEAD "\r\n", "", 19), 19);
    assert_int_equal(reflow_http_response_close(&response), REFLOW_HTTP_END);
    assert_int_equal(reflow_http_response_close(&response), REFLOW_HTTP_END);
}

static void heads_are_bounded_all_together(void **state)
{
    static const char interim[] = "HTTP/1.1 100 -\r\na: b\r\n\r\n";

    (void)state;
    too_large_after("HTTP/1.1 200 ", "x", REFLOW_MAX_HEAD);
    too_large_after("HTTP/1.1 103 -\r\n\r\n" OK_HEAD, "a: b\r\n", REFLOW_MAX_HEAD);
    too_large_after("HTTP/1.1 103 -\r\na: ", "x", REFLOW_MAX_HEAD);
    too_large_after("", interim, (REFLOW_MAX_INTERIM + 1) * (sizeof interim - 1));
}

static void as_many_interim_responses_as_allowed_are_skipped(void **state)
{
    struct reflow_http_response response;
    enum reflow_http_event event;

    (void)state;
    assert_int_equal(flood(&response, "", "HTTP/1.1 100\r\n\r\n", REFLOW_MAX_INTERIM * 16),
                     REFLOW_MAX_INTERIM * 16);
    assert_int_equal(reflow_http_response_read(&response, "HTTP/1.1 204\r\n\r\n", 16, &event), 16);
    assert_int_equal(event, REFLOW_HTTP_HEAD);
}

static void content_is_bounded_however_it_ends(void **state)
{
    const size_t most = REFLOW_MAX_CONTENT;
    static char chunk[65600];
    char kilobyte[1025];
    char start[80];
    struct reflow_http_response response;
    enum reflow_http_event event;

    (void)state;
    memset(kilobyte, 'x', sizeof kilobyte);
    kilobyte[1024] = '\0';
    memset(chunk, 'x', 65545);
    memcpy(chunk, "10000\r\n", 7);
    memcpy(chunk + 7 + 65536, "\r\n", 2);
    too_large_after(OK_HEAD "\r\n", kilobyte, 19 + most);
    too_large_after(CHUNKED, chunk, 47 + most / 65536 * 65545 + 1);

    assert_int_equal(flood(&response, OK_HEAD "\r\n", kilobyte, 19 + most), 19 + most);
    assert_int_equal(reflow_http_response_close(&response), REFLOW_HTTP_END);
    (void)snprintf(start, sizeof start, CHUNKED "%08x\r\n", (unsigned)REFLOW_MAX_CONTENT);
    assert_int_equal(flood(&response, start, kilobyte, 57 + most), 57 + most);
    assert_int_equal(reflow_http_response_read(&response, "\r\n0\r\n\r\n", 7, &event), 7);
    assert_int_equal(event, REFLOW_HTTP_END);
}

static void chunk_framing_is_bounded_all_together(void **state)
{
    const size_t most = REFLOW_MAX_CHUNK_FRAMING;

    (void)state;
    too_large_after(CHUNKED, "0", 47 + most);
    too_large_after(CHUNKED "1;", "xx", 47 + most);
    too_large_after(CHUNKED "0\r\n", "a: b\r\n", 47 + most);
    too_large_after(CHUNKED "0\r\na:", "xx", 47 + most);
    too_large_after(CHUNKED "1;a\r\nx\r\n0\r\na:", "xx", 47 + most + 1);
    too_large_after(CHUNKED, "1\r\nx\r\n", 47 + most + most / 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_with_a_content_length_is_read),
        cmocka_unit_test(bytes_after_the_answer_are_not_taken),
        cmocka_unit_test(an_empty_content_ends_on_the_next_call),
        cmocka_unit_test(a_missing_reason_phrase_is_accepted),
        cmocka_unit_test(a_status_line_that_is_none_is_malformed),
        cmocka_unit_test(a_status_code_outside_100_to_599_is_malformed),
        cmocka_unit_test(another_version_of_http_is_unsupported),
        cmocka_unit_test(http_1_0_is_never_kept_alive_and_has_no_transfer_encoding),
        cmocka_unit_test(a_missing_cr_is_malformed_everywhere),
        cmocka_unit_test(a_bare_cr_is_malformed_everywhere),
        cmocka_unit_test(interim_responses_are_skipped_with_their_fields),
        cmocka_unit_test(a_close_in_an_interim_response_is_not_forgotten),
        cmocka_unit_test(switching_protocols_is_unsupported),
        cmocka_unit_test(a_204_and_a_304_have_no_content_whatever_they_say),
        cmocka_unit_test(several_chunks_are_joined_without_their_framing),
        cmocka_unit_test(a_chunks_size_is_told_before_its_content),
        cmocka_unit_test(chunk_extensions_and_trailers_are_skipped),
        cmocka_unit_test(a_chunk_size_is_hexadecimal_digits_and_nothing_else),
        cmocka_unit_test(a_chunk_size_cannot_overflow),
        cmocka_unit_test(the_crlf_after_a_chunk_is_checked),
        cmocka_unit_test(without_a_length_the_end_of_the_connection_ends_it),
        cmocka_unit_test(a_close_before_the_first_byte_is_a_lost_connection),
        cmocka_unit_test(a_close_after_an_error_does_not_change_it),
        cmocka_unit_test(heads_are_bounded_all_together),
        cmocka_unit_test(as_many_interim_responses_as_allowed_are_skipped),
        cmocka_unit_test(content_is_bounded_however_it_ends),
        cmocka_unit_test(chunk_framing_is_bounded_all_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
