#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches the source of a library that reflow is built with, from Debian's signed source package.
#
#   fetch.sh PIN FOLDER    unpacks into FOLDER/PACKAGE-VERSION and points FOLDER/source at it
#
# PIN is a file of assignments: package, suite, series, version and sha256; proof, a file that a whole
# source has; own, the Makefile's variable for a tree of the user's.
#
# Needs no root (see debian.sh). The hash in PIN pins the very bytes, so that a build years from now
# either uses the same ones or says that it does not.
set -eu

die() {
    printf 'fetch.sh: %s\n' "$1" >&2
    [ ! -s "${log:-/dev/null}" ] || sed 's/^/    /' "$log" >&2
    printf '%s\n' "fetch.sh: to build with a tree of your own of $package $series: make $own=/path" >&2
    exit 2
}

[ $# -eq 2 ] || { echo 'usage: fetch.sh PIN FOLDER' >&2; exit 2; }
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/debian.sh"
# shellcheck disable=SC1090
. "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
mkdir -p "$2"
folder=$(cd "$2" && pwd)

# The stamp tells which pin was in force, so that a newer pin fetches again.
stamp=source/.fetched-for-$version
if [ -f "$folder/$stamp" ] && [ -f "$folder/source/$proof" ]; then
    exit 0
fi

open_suite "$folder" deb-src dpkg-source
apt-get -c apt.conf -qq source --download-only $package >>"$log" 2>&1 ||
    die "the source package of $package cannot be fetched"
orig=$(echo "$package"_*.orig.tar.*)
actual=${orig#"$package"_}
actual=${actual%.orig.tar.*}
: >"$log"
case $actual in
"$version")
    echo "$sha256  $orig" | sha256sum --status -c - ||
        die "the signed archive's $package $version is not the one pinned here (SHA-256 differs)"
    ;;
"$series".*)
    printf 'fetch.sh: NOTE: %s has moved on: building with %s %s (signature verified), not %s\n' \
        "Debian $suite" "$package" "$actual" "$version" >&2
    ;;
*) die "Debian $suite has $package $actual, which reflow has not been tried with (it needs $series)" ;;
esac
dpkg-source -x "$package"_*.dsc unpacked >>"$log" 2>&1 || die "the source package cannot be unpacked"
: >"unpacked/.fetched-for-$version"

# Whole or not at all: complete under a temporary name, then renamed. When two run at once, the
# first wins and the second finds what it would have made.
target=$folder/$package-$actual
if [ -e "$target" ] && [ ! -f "$target/.fetched-for-$version" ]; then
    mv -T "$target" "$work/replaced"
fi
mv -T unpacked "$target" 2>>"$log" || [ -f "$target/.fetched-for-$version" ] ||
    die "cannot write $target"
ln -s "$package-$actual" link
mv -T link "$folder/source"
