/* SPDX-License-Identifier: MIT */
/* The contract of outcome and errors: DESIGN's table row by row, then its laws over everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "outcome.h"

#define OK REFLOW_OK
#define ERROR(id) REFLOW_ERR_##id
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Numbers that are no error. */
static const enum reflow_error no_errors[] = {
    REFLOW_ERROR_COUNT, (enum reflow_error)(REFLOW_ERROR_COUNT + 1), (enum reflow_error)127};

/* What an answer of this status means once the request was committed, with nothing else known. */
static const struct {
    uint16_t first, last;
    enum reflow_error error;
    enum reflow_outcome outcome;
    bool later;
} by_status[] = {
    {0, 199, ERROR(HTTP_MALFORMED), REFLOW_UNKNOWN, false},
    {200, 299, OK, REFLOW_RETRIGGERED, false},
    {300, 399, ERROR(REDIRECTED), REFLOW_REFUSED, false},
    {400, 400, ERROR(REJECTED), REFLOW_REFUSED, false},
    {401, 401, ERROR(UNAUTHORIZED), REFLOW_REFUSED, false},
    {402, 402, ERROR(REJECTED), REFLOW_REFUSED, false},
    {403, 403, ERROR(FORBIDDEN), REFLOW_REFUSED, false},
    {404, 404, ERROR(NOT_FOUND), REFLOW_REFUSED, false},
    {405, 407, ERROR(REJECTED), REFLOW_REFUSED, false},
    {408, 408, ERROR(UNAVAILABLE), REFLOW_NOT_APPLIED, true},
    {409, 424, ERROR(REJECTED), REFLOW_REFUSED, false},
    {425, 425, ERROR(UNAVAILABLE), REFLOW_NOT_APPLIED, true},
    {426, 428, ERROR(REJECTED), REFLOW_REFUSED, false},
    {429, 429, ERROR(RATE_LIMITED), REFLOW_NOT_APPLIED, true},
    {430, 499, ERROR(REJECTED), REFLOW_REFUSED, false},
    {500, 502, ERROR(SERVER_ERROR), REFLOW_UNKNOWN, false},
    {503, 503, ERROR(UNAVAILABLE), REFLOW_UNKNOWN, false},
    {504, 599, ERROR(SERVER_ERROR), REFLOW_UNKNOWN, false},
    {600, UINT16_MAX, ERROR(HTTP_MALFORMED), REFLOW_UNKNOWN, false},
};

/* The rest of DESIGN's table: every error before and after the commit point, without "later". */
static const struct {
    enum reflow_error error;
    enum reflow_outcome before, after;
    bool repeated_before;
    int exit_before, exit_after;
} by_error[] = {
    {ERROR(REDIRECTED), REFLOW_REFUSED, REFLOW_REFUSED, false, 1, 1},
    {ERROR(NOT_FOUND), REFLOW_REFUSED, REFLOW_REFUSED, false, 1, 1},
    {ERROR(REJECTED), REFLOW_REFUSED, REFLOW_REFUSED, false, 1, 1},
    {ERROR(UNAUTHORIZED), REFLOW_REFUSED, REFLOW_REFUSED, false, 3, 3},
    {ERROR(FORBIDDEN), REFLOW_REFUSED, REFLOW_REFUSED, false, 3, 3},
    {ERROR(RATE_LIMITED), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, true, 4, 5},
    {ERROR(UNAVAILABLE), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, true, 4, 5},
    {ERROR(SERVER_ERROR), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(HTTP_MALFORMED), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(HTTP_TRUNCATED), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(HTTP_TOO_LARGE), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(HTTP_UNSUPPORTED), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(JSON_MALFORMED), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(JSON_TOO_LARGE), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(JSON_UNEXPECTED), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(DNS), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, true, 4, 5},
    {ERROR(CONNECT), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, true, 4, 5},
    {ERROR(PROXY), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, true, 4, 5},
    {ERROR(TIMEOUT), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, true, 4, 5},
    {ERROR(CONNECTION_LOST), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, true, 4, 5},
    {ERROR(TLS_HANDSHAKE), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(TLS_UNTRUSTED), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(TLS_HOSTNAME), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(TLS_EXPIRED), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(TLS_PIN), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(CLOCK_UNSET), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(OUT_OF_MEMORY), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 4, 5},
    {ERROR(INVALID_ARGUMENT), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 2, 5},
    {ERROR(REQUEST_TOO_LARGE), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 2, 5},
    {ERROR(STORAGE), REFLOW_NOT_APPLIED, REFLOW_UNKNOWN, false, 6, 5},
};

static enum reflow_error judge(unsigned status, unsigned facts_bits, enum reflow_error read,
                               bool *later)
{
    const struct reflow_facts facts = {(uint16_t)status, (facts_bits & 1) != 0,
                                       (facts_bits & 2) != 0, read};
    return reflow_judge(&facts, later);
}

static void each_status_code_means_what_the_table_says(void **state)
{
    unsigned next = 0;

    (void)state;
    for (size_t row = 0; row < COUNT_OF(by_status); row++) {
        assert_int_equal(by_status[row].first, next);
        for (next = by_status[row].first; next <= by_status[row].last; next++) {
            bool later = !by_status[row].later;
            assert_int_equal(judge(next, 0, OK, &later), by_status[row].error);
            assert_int_equal(later, by_status[row].later);
            assert_int_equal(reflow_outcome(by_status[row].error, true, later),
                             by_status[row].outcome);
        }
    }
    assert_int_equal(next, UINT16_MAX + 1);
}

static void each_error_has_the_outcomes_the_table_says(void **state)
{
    (void)state;
    assert_int_equal(COUNT_OF(by_error), REFLOW_ERROR_COUNT - 1);
    for (size_t i = 0; i < COUNT_OF(by_error); i++) {
        const enum reflow_error error = by_error[i].error;
        assert_int_equal(error, i + 1);
        assert_int_equal(reflow_outcome(error, false, false), by_error[i].before);
        assert_int_equal(reflow_outcome(error, false, true), by_error[i].before);
        assert_int_equal(reflow_outcome(error, true, true), by_error[i].before);
        assert_int_equal(reflow_outcome(error, true, false), by_error[i].after);
        assert_int_equal(reflow_repeatable(by_error[i].before, error), by_error[i].repeated_before);
        assert_int_equal(reflow_exit_status(by_error[i].before, error), by_error[i].exit_before);
        assert_int_equal(reflow_exit_status(by_error[i].after, error), by_error[i].exit_after);
    }
}

static void a_503_is_not_applied_only_if_the_service_itself_says_later(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 4; bits++) {
        bool later = bits == 0;
        assert_int_equal(judge(503, bits, OK, &later), ERROR(UNAVAILABLE));
        assert_int_equal(later, bits != 0);
        assert_int_equal(reflow_outcome(ERROR(UNAVAILABLE), true, later),
                         bits != 0 ? REFLOW_NOT_APPLIED : REFLOW_UNKNOWN);
    }
}

static void retry_after_changes_nothing_but_a_503(void **state)
{
    (void)state;
    for (unsigned status = 0; status < 700; status++) {
        bool plain = false;
        const enum reflow_error error = judge(status, 0, OK, &plain);
        for (unsigned bits = 1; bits < 4 && status != 503; bits++) {
            bool later = false;
            assert_int_equal(judge(status, bits, OK, &later), error);
            assert_int_equal(later, plain);
        }
    }
}

static void a_2xx_whose_content_fails_keeps_that_error_and_is_unknown(void **state)
{
    static const enum reflow_error reads[] = {
        ERROR(JSON_MALFORMED), ERROR(JSON_TOO_LARGE), ERROR(JSON_UNEXPECTED),
        ERROR(HTTP_TRUNCATED), ERROR(HTTP_MALFORMED), ERROR(HTTP_TOO_LARGE),
        ERROR(TIMEOUT),        ERROR(OUT_OF_MEMORY),  ERROR(CONNECTION_LOST)};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        bool later = true;
        assert_int_equal(judge(201, 3, reads[i], &later), reads[i]);
        assert_false(later);
        assert_int_equal(reflow_outcome(reads[i], true, later), REFLOW_UNKNOWN);
    }
}

static void a_2xx_is_never_talked_into_a_refusal_or_a_repetition(void **state)
{
    (void)state;
    for (int read = 0; read <= REFLOW_ERROR_COUNT; read++) {
        bool later = true;
        const enum reflow_error error = judge(200, 3, (enum reflow_error)read, &later);
        const enum reflow_outcome outcome = reflow_outcome(error, true, later);
        assert_int_equal(outcome, read == OK ? REFLOW_RETRIGGERED : REFLOW_UNKNOWN);
        assert_true(error < REFLOW_ERROR_COUNT);
    }
}

static void only_a_2xx_is_a_success_whatever_the_facts(void **state)
{
    (void)state;
    for (unsigned status = 0; status <= UINT16_MAX; status++) {
        for (unsigned bits = 0; bits < 4; bits++) {
            bool later = false;
            const enum reflow_error error = judge(status, bits, OK, &later);
            assert_int_equal(error == OK, status / 100 == 2);
            assert_false(error == OK && later);
        }
    }
}

/* The law that everything else serves, over every answer that can be and every error it can have.
 */
static void a_judged_answer_is_not_applied_once_committed_only_if_it_says_later(void **state)
{
    (void)state;
    for (unsigned status = 0; status < 1000; status++) {
        for (unsigned bits = 0; bits < 4; bits++) {
            for (int read = 0; read <= REFLOW_ERROR_COUNT; read++) {
                bool later = false;
                const enum reflow_error error =
                    judge(status, bits, (enum reflow_error)read, &later);
                const enum reflow_outcome outcome = reflow_outcome(error, true, later);
                assert_int_equal(outcome == REFLOW_NOT_APPLIED, later);
                assert_int_equal(outcome == REFLOW_RETRIGGERED, error == OK);
                assert_true(reflow_repeatable(outcome, error) == later);
            }
        }
    }
}

static void the_laws_hold_for_every_error_committed_or_not_later_or_not(void **state)
{
    (void)state;
    for (int number = 0; number <= REFLOW_ERROR_COUNT; number++) {
        for (unsigned bits = 0; bits < 4; bits++) {
            const bool committed = (bits & 1) != 0;
            const bool later = (bits & 2) != 0;
            const enum reflow_error error = (enum reflow_error)number;
            const enum reflow_outcome outcome = reflow_outcome(error, committed, later);
            if (outcome == REFLOW_RETRIGGERED) {
                assert_true(committed && !later && error == OK);
            }
            assert_false(outcome == REFLOW_NOT_APPLIED && committed && !later);
            if (reflow_repeatable(outcome, error)) {
                assert_int_equal(outcome, REFLOW_NOT_APPLIED);
            }
        }
    }
}

static void a_success_that_was_never_committed_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(reflow_outcome(OK, true, false), REFLOW_RETRIGGERED);
    assert_int_equal(reflow_outcome(OK, false, false), REFLOW_UNKNOWN);
    assert_int_equal(reflow_outcome(OK, false, true), REFLOW_UNKNOWN);
    assert_int_equal(reflow_outcome(OK, true, true), REFLOW_UNKNOWN);
}

static void a_number_that_is_no_error_is_unknown_and_not_repeated(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(no_errors); i++) {
        for (unsigned bits = 0; bits < 4; bits++) {
            assert_int_equal(reflow_outcome(no_errors[i], (bits & 1) != 0, (bits & 2) != 0),
                             REFLOW_UNKNOWN);
        }
        for (int outcome = 0; outcome < 5; outcome++) {
            assert_false(reflow_repeatable((enum reflow_outcome)outcome, no_errors[i]));
            assert_int_equal(reflow_exit_status((enum reflow_outcome)outcome, no_errors[i]), 5);
        }
    }
}

static void only_not_applied_is_ever_repeated(void **state)
{
    (void)state;
    for (int error = 0; error < REFLOW_ERROR_COUNT; error++) {
        assert_false(reflow_repeatable(REFLOW_RETRIGGERED, (enum reflow_error)error));
        assert_false(reflow_repeatable(REFLOW_REFUSED, (enum reflow_error)error));
        assert_false(reflow_repeatable(REFLOW_UNKNOWN, (enum reflow_error)error));
    }
}

static void the_exit_status_is_0_to_6_and_0_only_for_success(void **state)
{
    (void)state;
    for (int error = 0; error <= REFLOW_ERROR_COUNT; error++) {
        for (int outcome = 0; outcome < 5; outcome++) {
            const int status =
                reflow_exit_status((enum reflow_outcome)outcome, (enum reflow_error)error);
            assert_in_range(status, 0, 6);
            assert_int_equal(status == 0, outcome == REFLOW_RETRIGGERED && error == OK);
            if (outcome == REFLOW_UNKNOWN) {
                assert_int_equal(status, 5);
            }
        }
    }
}

static void an_outcome_that_the_error_cannot_have_exits_as_unknown(void **state)
{
    (void)state;
    assert_int_equal(reflow_exit_status(REFLOW_RETRIGGERED, ERROR(TIMEOUT)), 5);
    assert_int_equal(reflow_exit_status(REFLOW_REFUSED, ERROR(TIMEOUT)), 5);
    assert_int_equal(reflow_exit_status(REFLOW_NOT_APPLIED, OK), 5);
    assert_int_equal(reflow_exit_status(REFLOW_NOT_APPLIED, ERROR(REJECTED)), 5);
    assert_int_equal(reflow_exit_status(REFLOW_RETRIGGERED, ERROR(REDIRECTED)), 5);
}

static void names_are_spelled_as_in_the_table(void **state)
{
    static const char *const names[] = {"",
#define NAME_OF(id, name, certain, otherwise, repeat, exit, text, advice) #name,
                                        REFLOW_ERRORS(NAME_OF)
#undef NAME_OF
    };

    (void)state;
    for (size_t i = 0; i < REFLOW_ERROR_COUNT; i++) {
        assert_string_equal(reflow_error_name((enum reflow_error)i), names[i]);
    }
    assert_string_equal(reflow_error_name(ERROR(CONNECTION_LOST)), "connection_lost");
    assert_string_equal(reflow_outcome_name(REFLOW_RETRIGGERED), "retriggered");
    assert_string_equal(reflow_outcome_name(REFLOW_REFUSED), "refused");
    assert_string_equal(reflow_outcome_name(REFLOW_NOT_APPLIED), "not_applied");
    assert_string_equal(reflow_outcome_name(REFLOW_UNKNOWN), "unknown");
}

static void every_name_is_unique_and_every_error_has_text_and_advice(void **state)
{
    (void)state;
    for (int i = 1; i < REFLOW_ERROR_COUNT; i++) {
        assert_true(strlen(reflow_error_name((enum reflow_error)i)) > 0);
        assert_true(strlen(reflow_error_text((enum reflow_error)i)) > 0);
        assert_true(strlen(reflow_error_advice((enum reflow_error)i)) > 0);
        for (int other = 0; other < i; other++) {
            assert_string_not_equal(reflow_error_name((enum reflow_error)i),
                                    reflow_error_name((enum reflow_error)other));
        }
    }
    assert_string_equal(reflow_error_text(ERROR(STORAGE)), "the intent could not be stored");
    assert_string_equal(reflow_error_advice(ERROR(TLS_HOSTNAME)), "check the host in --url");
}

static void what_has_no_words_gets_the_empty_string(void **state)
{
    (void)state;
    assert_string_equal(reflow_error_name(OK), "");
    assert_string_equal(reflow_error_text(OK), "");
    assert_string_equal(reflow_error_advice(OK), "");
    assert_string_equal(reflow_outcome_name((enum reflow_outcome)4), "");
    assert_string_equal(reflow_outcome_name((enum reflow_outcome)99), "");
    for (size_t i = 0; i < COUNT_OF(no_errors); i++) {
        assert_string_equal(reflow_error_name(no_errors[i]), "");
        assert_string_equal(reflow_error_text(no_errors[i]), "");
        assert_string_equal(reflow_error_advice(no_errors[i]), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_status_code_means_what_the_table_says),
        cmocka_unit_test(each_error_has_the_outcomes_the_table_says),
        cmocka_unit_test(a_503_is_not_applied_only_if_the_service_itself_says_later),
        cmocka_unit_test(retry_after_changes_nothing_but_a_503),
        cmocka_unit_test(a_2xx_whose_content_fails_keeps_that_error_and_is_unknown),
        cmocka_unit_test(a_2xx_is_never_talked_into_a_refusal_or_a_repetition),
        cmocka_unit_test(only_a_2xx_is_a_success_whatever_the_facts),
        cmocka_unit_test(a_judged_answer_is_not_applied_once_committed_only_if_it_says_later),
        cmocka_unit_test(the_laws_hold_for_every_error_committed_or_not_later_or_not),
        cmocka_unit_test(a_success_that_was_never_committed_is_unknown),
        cmocka_unit_test(a_number_that_is_no_error_is_unknown_and_not_repeated),
        cmocka_unit_test(only_not_applied_is_ever_repeated),
        cmocka_unit_test(the_exit_status_is_0_to_6_and_0_only_for_success),
        cmocka_unit_test(an_outcome_that_the_error_cannot_have_exits_as_unknown),
        cmocka_unit_test(names_are_spelled_as_in_the_table),
        cmocka_unit_test(every_name_is_unique_and_every_error_has_text_and_advice),
        cmocka_unit_test(what_has_no_words_gets_the_empty_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
