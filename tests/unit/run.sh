#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs cmocka programs one after the other and shows their own summaries; all that a failed one said.
set -u

failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for program in "$@"; do
    if "$program" >"$log" 2>&1; then
        printf '%s\n' "${program##*/}"
        grep -E '^\[(=+|  PASSED  )\].*(run|test\(s\)\.)' "$log"
    else
        printf '%s FAILED\n' "${program##*/}"
        cat "$log"
        failed=1
    fi
done
exit $failed
