#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the torture of allocations and sums it up.   allocations.sh PROGRAM SUMMARY
set -u

began=$(date +%s)
table=$(mktemp)
trap 'rm -f "$table"' EXIT
mkdir -p "$(dirname "$2")"
{ "$1"; echo "status $?"; } | tee "$table" | sed -u '/^status /d'
[ "$(tail -n 1 "$table")" = 'status 0' ] || { echo 'FAILED: allocations' >&2; exit 1; }
awk -v "seconds=$(($(date +%s) - began))" '$1 == "all" && NF == 9 {
    printf "%d allocations failed in turn: retriggered %d, not_applied %d, unknown %d; ", $2, $3, $4, $5
    printf "leaks %d, of mbedTLS itself %d, lies %d, crashes %d; %d s\n", $6, $7, $8, $9, seconds
}' "$table" | tee "$2"
[ -s "$2" ] || { echo 'FAILED: no case was tried' >&2; exit 1; }
