#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs sanitized unit tests and then the end-to-end tests: neither a failure nor a single report passes.
#
#   run.sh REPORTS SUMMARY 'MAKE ... test-e2e' PROGRAM...
#
# REPORTS is the folder that options.c names, SUMMARY the file that a line is written to when all is well. Without a
# command ('') there are only the unit tests.
set -u

reports=$1 summary=$2 end_to_end=$3
shift 3
began=$(date +%s)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
rm -rf "$reports"
mkdir -p "$reports" "$(dirname "$summary")"

fail() {
    cat "$log" "$reports"/* 2>/dev/null
    echo "FAILED: $1" >&2
    exit 1
}

tests/unit/run.sh "$@" >"$log" 2>&1 || fail 'unit tests'
unit=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | awk '{sum += $1} END {print sum + 0}')
[ "$unit" -gt 0 ] || fail 'no unit test was run'
tests=none
if [ -n "$end_to_end" ]; then
    sh -c "$end_to_end" >"$log" 2>&1 || fail 'end-to-end tests'
    tests=$(sed -n 's/^=*[ ]*\([0-9]* passed.*\) in .*/\1/p' "$log" | tail -n 1)
    [ -n "$tests" ] || fail 'no end-to-end test was run'
fi
[ -z "$(ls "$reports")" ] || fail 'a sanitizer has reported'

echo "$unit unit tests of $# programs; end to end: $tests; reports 0; $(($(date +%s) - began)) s" | tee "$summary"
