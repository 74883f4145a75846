/* SPDX-License-Identifier: MIT */
/* usage: the help texts. */
#include "usage.h"

#include <stddef.h>
#include <string.h>

static const char whole[] =
    "reflow: re-triggers failed dataflow runs of the Adobe Experience Platform Flow Service\n"
    "\n"
    "  reflow retry RUN_ID... | -    re-trigger runs; - reads IDs from standard input, one a line\n"
    "\n"
    "  reflow COMMAND --help         more about one command\n"
    "  reflow --version              the version, and the TLS library's\n"
    "\n"
    "Not built yet: runs, show, wait, settle, journal, token, doctor.\n"
    "\n"
    "Exit status: 0 done, 1 refused, 2 usage or configuration, 3 not authorised or no token,\n"
    "4 not applied and safe to repeat, 5 unknown: do not repeat blindly, 6 local storage failed.";

static const char retry[] =
    "reflow retry RUN_ID... | -\n"
    "\n"
    "Re-triggers each run and prints what became of it. Each ends in exactly one of four "
    "outcomes:\n"
    "  retriggered   the service has begun a new run, whose ID is shown\n"
    "  refused       the service says that it will not\n"
    "  not_applied   nothing was done; it is safe to repeat\n"
    "  unknown       the request was sent and its answer was lost: look before you repeat\n"
    "\n"
    "  --api-key K       x-api-key                       (REFLOW_API_KEY)\n"
    "  --org ID          organization, ...@AdobeOrg      (REFLOW_ORG_ID)\n"
    "  --sandbox NAME    sandbox, default prod           (REFLOW_SANDBOX)\n"
    "  --token-file F    file with the access token      (REFLOW_TOKEN_FILE), or the token\n"
    "                    itself in REFLOW_ACCESS_TOKEN; never on the command line\n"
    "  --url URL         the service                     (REFLOW_URL)\n"
    "                    default https://platform.adobe.io/data/foundation/flowservice\n"
    "  --ca FILE         trust anchors, PEM or DER       (REFLOW_CA), default: the system's\n"
    "  --pin sha256//B   the server's key must be this; may be repeated\n"
    "  --op VALUE        the action's name, default re-trigger\n"
    "  --timeout S       deadline for each run, default 60\n"
    "  --attempts N      attempts at each run, default 4; only what is safe is repeated\n"
    "  --json            one JSON object a run, on one line\n"
    "  -v, --verbose     what is sent and received, without secrets, on standard error\n"
    "  -q, --quiet       only the runs that were not re-triggered";

const char *usage_of(const char *command)
{
    if (command == NULL) {
        return whole;
    }
    return strcmp(command, "retry") == 0 ? retry : "not built yet";
}
