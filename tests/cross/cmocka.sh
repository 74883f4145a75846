#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches the source of cmocka, the library of the unit tests, to be built for machines that Debian has no package for.
#
#   cmocka.sh FOLDER    unpacks into FOLDER/source
#
# It comes from the pool of the mirror that this machine has its own cmocka from; the hash pins the bytes.
set -eu

version=1.1.5
sha256=f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6

[ $# -eq 1 ] || { echo 'usage: cmocka.sh FOLDER' >&2; exit 2; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[ ! -f "$folder/source/src/cmocka.c" ] || exit 0

work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
pool=$(apt-get --print-uris download libcmocka-dev 2>/dev/null | sed -n "s|^'\([^']*/\)[^']*'.*|\1|p")
[ -n "$pool" ] || { echo "cmocka.sh: apt knows no libcmocka-dev: run apt-get update" >&2; exit 2; }
/usr/lib/apt/apt-helper -qq -o APT::Sandbox::User= download-file "${pool}cmocka_$version.orig.tar.xz" \
    "$work/cmocka.tar.xz" "SHA256:$sha256" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    echo "cmocka.sh: cmocka $version, as pinned here, cannot be fetched from $pool" >&2
    exit 2
}
tar -xf "$work/cmocka.tar.xz" -C "$work"
mv -T "$work/cmocka-$version" "$folder/source"
