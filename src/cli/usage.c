/* SPDX-License-Identifier: MIT */
/* usage: the help texts. */
#include "usage.h"

#include <stddef.h>
#include <string.h>

#define CONNECTION                                                                                 \
    "\n"                                                                                           \
    "  --api-key K       x-api-key                       (REFLOW_API_KEY)\n"                       \
    "  --org ID          organization, ...@AdobeOrg      (REFLOW_ORG_ID)\n"                        \
    "  --sandbox NAME    sandbox, default prod           (REFLOW_SANDBOX)\n"                       \
    "  --token-file F    file with the access token      (REFLOW_TOKEN_FILE), or the token\n"      \
    "                    itself in REFLOW_ACCESS_TOKEN; never on the command line.\n"              \
    "                    With client credentials (reflow token --help) it is fetched\n"            \
    "  --url URL         the service                     (REFLOW_URL)\n"                           \
    "                    default https://platform.adobe.io/data/foundation/flowservice\n"          \
    "  --ca FILE         trust anchors, PEM or DER       (REFLOW_CA), default: the system's\n"     \
    "  --pin sha256//B   the server's key must be this; may be repeated\n"                         \
    "  --proxy URL       http://HOST[:PORT] of a proxy   (HTTPS_PROXY, with USER:PASSWORD@ too)\n" \
    "                    not used for what NO_PROXY names; both as curl reads them\n"              \
    "  --timeout S       deadline for each request with its repetitions, default 60\n"             \
    "  --attempts N      attempts at each, default 4; only what is safe is repeated\n"             \
    "  --json            one JSON object on one line for each\n"                                   \
    "  -v, --verbose     what is sent and received, without secrets, on standard error\n"

#define WAITING                                                                                    \
    "  --wait-timeout S  how long to wait for ends in all, default 3600 (or --timeout, if "        \
    "given)\n"                                                                                     \
    "  --poll S          first pause between two looks at a run, default 5, growing to 60\n"

static const char whole[] =
    "reflow: re-triggers failed dataflow runs of the Adobe Experience Platform Flow Service\n"
    "\n"
    "  reflow retry RUN_ID... | -    re-trigger runs; - reads IDs from standard input, one a line\n"
    "  reflow retry --failed --journal FILE     find failed runs, re-trigger each once\n"
    "  reflow runs                   list runs, the newest first\n"
    "  reflow show RUN_ID...         how a run is doing\n"
    "  reflow wait RUN_ID...         until each has ended; the exit status says how\n"
    "  reflow settle RUN_ID          what may have become of an unknown\n"
    "  reflow settle --journal FILE  the same for all unknowns; and record the answer\n"
    "  reflow journal FILE           what has been done, readably\n"
    "  reflow token                  fetch an access token into the token file\n"
    "  reflow doctor                 what works, and what to do about what does not\n"
    "\n"
    "  reflow COMMAND --help         more about one command\n"
    "  reflow --version              the version, and the TLS library's\n"
    "\n"
    "Exit status: 0 done, 1 refused, 2 usage or configuration, 3 not authorised or no token,\n"
    "4 not applied and safe to repeat, 5 unknown: do not repeat blindly, 6 local storage failed.";

static const char retry[] =
    "reflow retry RUN_ID... | -\n"
    "reflow retry --failed --journal FILE\n"
    "\n"
    "Re-triggers each run and prints what became of it. Each ends in exactly one of four "
    "outcomes:\n"
    "  retriggered   the service has begun a new run, whose ID is shown\n"
    "  refused       the service says that it will not\n"
    "  not_applied   nothing was done; it is safe to repeat\n"
    "  unknown       the request was sent and its answer was lost: look before you repeat\n"
    "\n"
    "  --journal FILE    remember each attempt on disk, before and after; a run that was\n"
    "                    re-triggered already is left alone\n"
    "  --failed          the failed runs that the service lists, instead of named ones; with\n"
    "    --flow ID       only of this flow\n"
    "    --since WHEN    only created since then: 24h, 7d, or 2026-11-22T03:00:00Z\n"
    "    --limit N       look at no more than N failed runs\n"
    "    --dry-run       show what would be done, and do nothing\n"
    "  --rounds N        how often a retry that fails is retried itself, default 3\n"
    "  --repeat-unknown  also runs whose last attempt is unknown: may do work twice\n"
    "  --repeat-refused  also runs that were refused before\n"
    "  --jobs N          connections at once, default 1, at most 64\n"
    "  --shard I/N       only every Nth run, I from 0: each belongs to exactly one I\n"
    "  --wait            follow the new runs to their ends\n" WAITING
    "  --op VALUE        the action's name, default re-trigger\n"
    "  -q, --quiet       only the runs that were not re-triggered\n" CONNECTION;

static const char runs[] =
    "reflow runs\n"
    "\n"
    "Lists runs, the newest first. Nothing is changed by it.\n"
    "\n"
    "  --flow ID         only of this flow\n"
    "  --status WORD     only with this status: success, failed, scheduled, inProgress, ...\n"
    "  --since WHEN      only created since then: 24h, 7d, or 2026-11-22T03:00:00Z\n"
    "  --limit N         no more than N; default: all\n"
    "  -q, --quiet       only the IDs\n" CONNECTION;

static const char show[] = "reflow show RUN_ID... | -\n"
                           "\n"
                           "Shows how each run is doing. Nothing is changed by it.\n" CONNECTION;

static const char wait[] =
    "reflow wait RUN_ID... | -\n"
    "\n"
    "Looks at each run, politely, until it has ended. Exit status: 0 all succeeded, 1 one has\n"
    "failed, 4 one is still running when the time is up.\n"
    "\n" WAITING "  -q, --quiet       only the runs that did not succeed\n" CONNECTION;

static const char settle[] =
    "reflow settle RUN_ID [--since WHEN]\n"
    "reflow settle --journal FILE [RUN_ID]\n"
    "reflow settle --journal FILE [RUN_ID] --as retriggered=NEW_RUN_ID | --as not-applied\n"
    "\n"
    "For a run whose re-trigger is unknown: shows the runs of its flow that were created since\n"
    "the attempt. One of them may be the new run; which, if any, is for a person to say. With a\n"
    "journal it goes through all that are unsettled, and --as records the answer there.\n"
    "\n"
    "  --since WHEN      when the attempt was, where no journal knows it; default 24h\n" CONNECTION;

static const char journal[] =
    "reflow journal FILE\n"
    "\n"
    "Shows a journal readably, and which runs in it are unsettled. It is not changed.\n"
    "\n"
    "  --json            one JSON object a line";

static const char token[] =
    "reflow token\n"
    "\n"
    "Fetches an access token (OAuth server-to-server) into the token file. Other commands do so\n"
    "by themselves when the token is near its end or was not accepted.\n"
    "\n"
    "  --token-file F    where it is kept                (REFLOW_TOKEN_FILE)\n"
    "  --client-id ID    client ID                       (REFLOW_CLIENT_ID)\n"
    "  --secret-file F   file with the client secret     (REFLOW_SECRET_FILE), or the secret\n"
    "                    itself in REFLOW_CLIENT_SECRET; never on the command line\n"
    "  --scope S         default openid,AdobeID,...      (REFLOW_SCOPE)\n"
    "  --ims-url URL     the token service               (REFLOW_IMS_URL)\n"
    "                    default https://ims-na1.adobelogin.com/ims/token/v3\n"
    "  --ca, --pin, --proxy, --timeout, --attempts, --verbose: as for other commands";

static const char doctor[] =
    "reflow doctor\n"
    "\n"
    "Tries one thing after the other: configuration, clock, name resolution, connection, TLS,\n"
    "token, and one call that changes nothing. Each line says ok, or what to do.\n" CONNECTION;

static const struct {
    const char *command;
    const char *text;
} texts[] = {{"retry", retry},   {"runs", runs},       {"show", show},   {"wait", wait},
             {"settle", settle}, {"journal", journal}, {"token", token}, {"doctor", doctor}};

const char *usage_of(const char *command)
{
    size_t i;

    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (command != NULL && strcmp(command, texts[i].command) == 0) {
            return texts[i].text;
        }
    }
    return whole;
}
