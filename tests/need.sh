#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes sure that Debian packages are there: as root it installs what is missing, otherwise it says
# how to, and ends with 2.   need.sh PACKAGE...
set -u

missing=
for package in "$@"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "missing:$missing; this is not a Debian system: install what they stand for" >&2
    exit 2
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "missing; run:  sudo apt-get install --no-install-recommends$missing" >&2
    exit 2
fi
echo "  installing$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
{ apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing; } >/dev/null || {
    echo "could not install:$missing" >&2
    exit 2
}
