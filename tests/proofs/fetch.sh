#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches CBMC from Debian's signed packages, for this folder's proofs alone: nothing is installed.
#
#   fetch.sh FOLDER    unpacks into FOLDER/root; FOLDER/cbmc, goto-cc and goto-instrument start it
#
# The packages are those of a newer suite and run with its C library, by its own loader (see cbmc.pin).
set -eu

die() {
    printf 'fetch.sh: %s\n' "$1" >&2
    [ ! -s "${log:-/dev/null}" ] || sed 's/^/    /' "$log" >&2
    printf 'fetch.sh: to prove with a CBMC 6.6 of your own: make prove CBMC=/folder/with/its/programs\n' >&2
    exit 2
}

[ $# -eq 1 ] || { echo 'usage: fetch.sh FOLDER' >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../port/debian.sh
. "$here/../../port/debian.sh"
# shellcheck source=cbmc.pin
. "$here/cbmc.pin"
mkdir -p "$1"
folder=$(cd "$1" && pwd)
[ "$(dpkg --print-architecture)" = amd64 ] || die "the packages in cbmc.pin are those of amd64"

# The hash pins the very bytes. The C library moves on with each point release of its suite: a package of the
# same upstream version will do.
fetch() {
    apt-get -c apt.conf -qq download "$1" >>"$log" 2>&1 || die "the package $1 cannot be fetched"
    file=$(echo "$1"_*.deb)
    actual=$(dpkg-deb -f "$file" Version)
    if [ "$actual" = "$2" ]; then
        echo "$3  $file" | sha256sum --status -c - ||
            die "the signed archive's $1 $2 is not the one pinned here (SHA-256 differs)"
    elif [ "${actual%%-*}" = "${2%%-*}" ]; then
        printf 'fetch.sh: NOTE: %s has moved on: using %s %s (signature verified), not %s\n' \
            "Debian $suite" "$1" "$actual" "$2" >&2
    else
        die "Debian $suite has $1 $actual, which has not been tried (it needs ${2%%-*})"
    fi
    dpkg-deb -x "$file" root >>"$log" 2>&1 || die "$file cannot be unpacked"
}

start() {
    cat >"root/$1" <<START
#!/bin/sh
root=\$(dirname "\$0")/root
libraries=\$root/usr/lib/x86_64-linux-gnu
exec "\$libraries/ld-linux-x86-64.so.2" --argv0 $1 --inhibit-cache --library-path "\$libraries:\$root/usr/lib" \\
    "\$root/usr/bin/$1" "\$@"
START
    chmod +x "root/$1"
}

open_suite "$folder" deb dpkg-deb
echo "$packages" >wanted
while read -r name version sha256; do
    [ -z "$name" ] || fetch "$name" "$version" "$sha256"
done <wanted
for program in goto-cc goto-instrument cbmc; do
    start $program
done
rm -rf "$folder/root"
mv root "$folder/root"
for program in goto-cc goto-instrument cbmc; do
    mv "$folder/root/$program" "$folder/$program"
done
