#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs unit tests under valgrind, two at a time, and then the tool itself in the end-to-end tests that are named.
#
#   memcheck.sh SUMMARY 'MAKE ... test-e2e' 'tests/e2e/test_....py ...' PROGRAM...
set -u

summary=$1 end_to_end=$2 files=$3
shift 3
began=$(date +%s)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
mkdir -p "$(dirname "$summary")"
# No exit status of the tool's or of cmocka's looks like this one.
VALGRIND='valgrind -q --error-exitcode=99 --leak-check=full --child-silent-after-fork=yes'

fail() {
    cat "$log"
    echo "FAILED: $1" >&2
    exit 1
}

# shellcheck disable=SC2086
printf '%s\n' "$@" | xargs -P 2 -n 1 $VALGRIND >"$log" 2>&1 || fail 'unit tests under valgrind'
unit=$(grep -c '^\[       OK \]' "$log")
[ "$unit" -gt 0 ] || fail 'no unit test was run'
REFLOW_WRAPPER=$VALGRIND sh -c "$end_to_end E2E='$files'" >"$log" 2>&1 || fail 'end-to-end tests under valgrind'
tests=$(sed -n 's/^=*[ ]*\([0-9]* passed.*\) in .*/\1/p' "$log" | tail -n 1)
[ -n "$tests" ] || fail 'no end-to-end test was run'
echo "$unit unit tests of $# programs; end to end: $tests; $(($(date +%s) - began)) s" | tee "$summary"
