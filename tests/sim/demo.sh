#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the main job: starts the simulated Flow Service on loopback, re-triggers runs in it with the
# real command, and says what is seen.   demo.sh REFLOW
set -eu

reflow=$1
here=$(dirname "$0")
folder=$(mktemp -d)
simulator=
finish() {
    if [ -n "$simulator" ]; then
        kill "$simulator" 2>/dev/null || true
        wait "$simulator" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

# The simulator writes one line when it is ready: reading it is all the waiting there is.
mkfifo "$folder/ready"
/usr/bin/python3 "$here/flowsim.py" --pki "$folder/pki" --ledger "$folder/ledger" >"$folder/ready" &
simulator=$!
url=$(sed -n '/^listening on /{s///p;q}' <"$folder/ready")
[ -n "$url" ] || { echo "the simulator did not start" >&2; exit 1; }

# What an operator sets once. The token is the simulator's, and worth nothing elsewhere.
export REFLOW_URL="$url/data/foundation/flowservice" REFLOW_CA="$folder/pki/roots.pem"
export REFLOW_API_KEY=test-api-key REFLOW_ORG_ID=0123456789ABCDEF01234567@AdobeOrg
export REFLOW_ACCESS_TOKEN=test-token-not-secret

# retry STATUS RUN_ID OPTION...: the command must end with STATUS.
retry() {
    want=$1
    shift
    printf '$ reflow retry %s\n' "$*"
    got=0
    "$reflow" retry "$@" || got=$?
    printf 'exit status %s\n' "$got"
    [ "$got" = "$want" ] || { echo "expected exit status $want" >&2; exit 1; }
}

say "A failed run is re-triggered. -v shows what is sent and received, the token hidden:"
retry 0 4fb0418e-1804-45d6-8d56-dd51f05c0baf -v

say "A run whose flow is not enabled is refused, in the service's own words:"
retry 1 00000000-0000-4000-8000-000000001388

say "A run that is answered \"429, later\" is repeated, because nothing was done yet:"
retry 0 00000000-0000-4000-8000-000000000429

say "What the simulated service did (its ledger):"
grep -c '"applied"' "$folder/ledger" | sed 's/$/ runs were re-triggered, each once/'
