/* SPDX-License-Identifier: MIT */
/* doctor_command: one check after the other; what cannot be tried without an earlier one is skipped,
 * with the reason, and the rest goes on. Nothing is changed by any of them. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "console.h"
#include "doctor.h"
#include "interrupt.h"
#include "session.h"

enum check { CONFIGURATION, ANCHORS, CLOCK, DNS, TCP, TLS, TOKEN, CALL, CHECKS };

#define BIT(check) (1U << (check))

/* In this order. A token may have to be fetched, for which a server has to be trusted. */
static const struct {
    const char *name;
    bool (*make)(struct doctor *doctor);
    unsigned needs;
} checks[CHECKS] = {
    [CONFIGURATION] = {"configuration", doctor_configuration, 0},
    [ANCHORS] = {"anchors", doctor_anchors, 0},
    [CLOCK] = {"clock", doctor_clock, 0},
    [DNS] = {"dns", doctor_dns, 0},
    [TCP] = {"tcp", doctor_tcp, BIT(DNS)},
    [TLS] = {"tls", doctor_tls, BIT(ANCHORS) | BIT(TCP)},
    [TOKEN] = {"token", doctor_token, BIT(ANCHORS)},
    [CALL] = {"call", doctor_call, BIT(CONFIGURATION) | BIT(TLS) | BIT(TOKEN)},
};

static bool skip(struct finding *finding, unsigned missing)
{
    size_t i;

    (void)finding_skips(finding, "not without ");
    for (i = 0; i < CHECKS; i++) {
        if ((missing & BIT(i)) != 0) {
            words_add(&finding->detail, checks[i].name);
            missing &= missing - 1;
            words_add(&finding->detail, missing != 0 ? ", " : "");
        }
    }
    return false;
}

/* Who does not wait for the end of a check does not get to know it. */
static bool make(struct doctor *doctor, enum check check, unsigned passed)
{
    struct finding *finding = &doctor->finding;
    bool well = false;

    memset(finding, 0, sizeof *finding);
    if (interrupt_asked() == INTERRUPT_NONE) {
        well = (checks[check].needs & ~passed) != 0 ? skip(finding, checks[check].needs & ~passed)
                                                    : checks[check].make(doctor);
    }
    if (!well && interrupt_asked() != INTERRUPT_NONE) {
        memset(finding, 0, sizeof *finding);
        return finding_skips(finding, "interrupted");
    }
    return well;
}

static int examine(struct doctor *doctor)
{
    unsigned passed = 0;
    int status = EXIT_DONE;
    size_t i;

    for (i = 0; i < CHECKS; i++) {
        if (make(doctor, (enum check)i, passed)) {
            passed |= BIT(i);
        } else if (status == EXIT_DONE && doctor->finding.verdict == VERDICT_FAILED) {
            status = doctor->finding.status;
        }
        if (!finding_report(&doctor->finding, doctor->options, checks[i].name)) {
            console_error((const char *[]){"standard output cannot be written to", NULL});
            return EXIT_STORAGE;
        }
    }
    /* Where nothing has failed, and yet not all is known, it was interrupted. */
    return status == EXIT_DONE && passed != BIT(CHECKS) - 1 ? EXIT_NOT_APPLIED : status;
}

int command_doctor(const struct options *options)
{
    static struct doctor doctor;
    int status;

    if (options->operand_count > 0) {
        console_error((const char *[]){"doctor: ", options->operands[0],
                                       ": it looks at the configuration, and at no run", NULL});
        return EXIT_USAGE;
    }
    doctor.options = options;
    /* Even if it was given in a wrong place, too. */
    console_hide(HIDDEN_TOKEN, getenv("REFLOW_ACCESS_TOKEN"));
    status = examine(&doctor);
    session_end();
    return status;
}
