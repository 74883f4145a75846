/* SPDX-License-Identifier: MIT */
/* The contract of doctor's rooms among themselves: what no order of checks lets a user meet. The session is
 * this file's; nothing is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/connection.c"
#include "cli/console.c"
#include "cli/doctor_client.c"
#include "cli/doctor_report.c"
#include "cli/interrupt.c"
#include "cli/proxy_choice.c"

/* Each of them has a connection, and advice, of its own. */
#include "cli/doctor_call.c"
#define advice_for advice_for_greeting
#include "cli/doctor_tls.c"
#undef advice_for
#include "fake_session.h"

#define NOON 1795348800 /* 2026-11-22T12:00:00Z */

static struct options chosen;
static struct doctor doctor;

/* ---- The session ---- */

int session_begin(const struct options *options)
{
    (void)options;
    return EXIT_DONE;
}

bool session_token_ends(int64_t *seconds)
{
    (void)seconds;
    return false;
}

const char *doctor_origin(const char *value, const char *variable, const char *option,
                          const char *standard)
{
    (void)value;
    (void)option;
    (void)standard;
    return variable;
}

void when_write(int64_t seconds, char text[WHEN_SIZE])
{
    (void)seconds;
    text[0] = '\0';
}

static int begin(void **state)
{
    (void)state;
    memset(&chosen, 0, sizeof chosen);
    memset(&doctor, 0, sizeof doctor);
    doctor.options = &chosen;
    return 0;
}

/* ---- A client ---- */

static void a_check_that_can_have_no_client_says_which_field_is_wrong(void **state)
{
    bool (*const checks[])(struct doctor * doctor) = {doctor_tls, doctor_call};
    size_t i;

    for (i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        (void)begin(state);
        chosen.url = "nowhere";
        assert_false(checks[i](&doctor));
        assert_int_equal(doctor.finding.verdict, VERDICT_FAILED);
        assert_int_equal(doctor.finding.status, EXIT_USAGE);
        assert_string_equal(doctor.finding.detail.text, "url");
        assert_true(doctor.finding.advice.length > 0);
    }
}

static void without_a_certificate_the_session_alone_is_told(void **state)
{
    (void)state;
    words_add(&doctor.session, "TLSv1.3, a cipher suite");
    tell_session(&doctor);
    assert_string_equal(doctor.finding.detail.text, "TLSv1.3, a cipher suite");
}

/* ---- A call ---- */

static void the_advice_of_a_call_never_speaks_of_a_new_run(void **state)
{
    int error;

    (void)state;
    for (error = REFLOW_OK + 1; error < REFLOW_ERROR_COUNT; error++) {
        const char *advice = advice_for((enum reflow_error)error);

        advice = advice != NULL ? advice : reflow_error_advice((enum reflow_error)error);
        assert_true(strlen(advice) > 0);
        assert_null(strstr(advice, "new run"));
        assert_null(strstr(advice, "trigger"));
    }
    assert_null(advice_for(REFLOW_ERR_OUT_OF_MEMORY));
    assert_null(advice_for(REFLOW_ERR_REQUEST_TOO_LARGE));
}

static void clocks_are_compared_when_both_are_known(void **state)
{
    static const struct {
        int64_t service;
        int64_t ours;
        const char *advice;
    } cases[] = {{REFLOW_TIME_UNKNOWN, NOON, ""},
                 {REFLOW_TIME_UNKNOWN, 0, ""},
                 {NOON, REFLOW_TIME_UNKNOWN, ""},
                 {NOON, NOON + 60, ""},
                 {NOON, NOON - 60, ""},
                 {NOON, NOON + 61, "set the clock: it is 61 seconds ahead of the service's"},
                 {NOON, NOON - 61, "set the clock: it is 61 seconds behind the service's"}};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)begin(state);
        doctor.service_time = cases[i].service;
        doctor.time_of_answer = cases[i].ours;
        compare_clocks(&doctor);
        assert_string_equal(doctor.finding.advice.text, cases[i].advice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_check_that_can_have_no_client_says_which_field_is_wrong, begin),
        cmocka_unit_test_setup(without_a_certificate_the_session_alone_is_told, begin),
        cmocka_unit_test_setup(the_advice_of_a_call_never_speaks_of_a_new_run, begin),
        cmocka_unit_test_setup(clocks_are_compared_when_both_are_known, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
