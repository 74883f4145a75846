/* SPDX-License-Identifier: MIT */
/* The contract of run_state: what the service's words mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "reflow.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- What words mean ---- */

static void status_words_mean_the_same_in_all_spellings(void **state)
{
    static const struct {
        const char *word;
        enum reflow_run_state state;
    } rows[] = {{"success", REFLOW_RUN_SUCCEEDED},
                {"SUCCESS", REFLOW_RUN_SUCCEEDED},
                {"succeeded", REFLOW_RUN_SUCCEEDED},
                {"COMPLETED", REFLOW_RUN_SUCCEEDED},
                {"completed", REFLOW_RUN_SUCCEEDED},
                {"failed", REFLOW_RUN_FAILED},
                {"FAILED", REFLOW_RUN_FAILED},
                {"Failure", REFLOW_RUN_FAILED},
                {"scheduled", REFLOW_RUN_SCHEDULED},
                {"QUEUED", REFLOW_RUN_SCHEDULED},
                {"pending", REFLOW_RUN_SCHEDULED},
                {"inProgress", REFLOW_RUN_RUNNING},
                {"IN_PROGRESS", REFLOW_RUN_RUNNING},
                {"in_progress", REFLOW_RUN_RUNNING},
                {"_i_n_p_r_o_g_r_e_s_s_", REFLOW_RUN_RUNNING},
                {"started", REFLOW_RUN_RUNNING},
                {"processing", REFLOW_RUN_RUNNING},
                {"running", REFLOW_RUN_RUNNING},
                {"partialSuccess", REFLOW_RUN_PARTIAL},
                {"PARTIAL_SUCCESS", REFLOW_RUN_PARTIAL},
                {"PARTIAL_FAILURE", REFLOW_RUN_PARTIAL},
                {"partialFailure", REFLOW_RUN_PARTIAL},
                {NULL, REFLOW_RUN_OTHER},
                {"", REFLOW_RUN_OTHER},
                {"_", REFLOW_RUN_OTHER},
                {"fail", REFLOW_RUN_OTHER},
                {"failedd", REFLOW_RUN_OTHER},
                {"failed ", REFLOW_RUN_OTHER},
                {" failed", REFLOW_RUN_OTHER},
                {"in-progress", REFLOW_RUN_OTHER},
                {"not failed", REFLOW_RUN_OTHER},
                {"partial", REFLOW_RUN_OTHER},
                {"successfailed", REFLOW_RUN_OTHER},
                {"cancelled", REFLOW_RUN_OTHER},
                {"caf\xc3\xa9", REFLOW_RUN_OTHER}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (reflow_run_state_of(rows[i].word) != rows[i].state) {
            fail_msg("%s", rows[i].word);
        }
    }
}

static void a_run_has_ended_by_its_state_or_else_by_its_time(void **state)
{
    static const bool ends[] = {false, false, false, true, true, true};

    (void)state;
    for (int i = REFLOW_RUN_OTHER; i <= REFLOW_RUN_FAILED; i++) {
        struct reflow_run one = {.state = (enum reflow_run_state)i,
                                 .completed_ms = REFLOW_TIME_UNKNOWN};
        assert_int_equal(reflow_run_ended(&one), ends[i]);
        one.completed_ms = 5;
        assert_int_equal(reflow_run_ended(&one), ends[i] || i == REFLOW_RUN_OTHER);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(status_words_mean_the_same_in_all_spellings),
        cmocka_unit_test(a_run_has_ended_by_its_state_or_else_by_its_time),
    };

    return cmocka_run_group_tests_name("run_state", tests, NULL, NULL);
}
