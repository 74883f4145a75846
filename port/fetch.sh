#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches the source of a library that reflow is built with, from Debian's signed source package.
#
#   fetch.sh PIN FOLDER    unpacks into FOLDER/PACKAGE-VERSION and points FOLDER/source at it
#
# PIN is a file of assignments: package, suite, series, version and sha256; proof, a file that a whole
# source has; own, the Makefile's variable for a tree of the user's.
#
# Needs no root: a private apt configuration reads the newer Debian suite through the mirror that
# this machine already uses, and leaves the system's own untouched. apt checks the archive's
# signature and the package's hashes; the hash in PIN pins the very bytes, so that a build years from
# now either uses the same ones or says that it does not. FETCH_SOURCES names another folder in
# the form of /etc/apt to look for the mirror in.
set -eu

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

die() {
    printf 'fetch.sh: %s\n' "$1" >&2
    [ ! -s "${log:-/dev/null}" ] || sed 's/^/    /' "$log" >&2
    printf '%s\n' "fetch.sh: to build with a tree of your own of $package $series: make $own=/path" >&2
    exit 2
}

# Mirrors of Debian's main archive that this machine's apt lists name, likely ones first: a list
# may also hold security archives (other suites) and third parties (their packages are not ours).
# Choosing wrongly only costs the time to see that the signature is not Debian's.
mirrors() {
    etc=${FETCH_SOURCES:-/etc/apt}
    set --
    for list in "$etc"/sources.list "$etc"/sources.list.d/*.list "$etc"/sources.list.d/*.sources; do
        [ ! -r "$list" ] || set -- "$@" "$list"
    done
    [ $# -gt 0 ] || return 0
    awk '
        function offer(uri, suites, components) {
            if (uri !~ /^(http|https|file|copy|mirror[+a-z]*|tor[+a-z]*):/ || uri ~ /security/) return
            if (" " components " " !~ / main /) return
            if (" " suites " " !~ / (bullseye|bookworm|trixie|forky|sid|(old)*stable|testing|unstable) /) return
            if (seen[uri]++) return
            if (uri ~ /\/debian\/?$/ || uri ~ /^mirror/) likely = likely uri "\n"
            else other = other uri "\n"
        }
        function stanza(   uris, i, n) {
            n = split(field["uris"], uris, /[ \t]+/)
            if (tolower(field["enabled"]) !~ /no|false/)
                for (i = 1; i <= n; i++) offer(uris[i], field["suites"], field["components"])
            split("", field)
            name = ""
        }
        FNR == 1 { stanza() }
        /^[ \t]*#/ { next }
        FILENAME ~ /\.list$/ {
            if ($1 != "deb" && $1 != "deb-src") next
            sub(/[ \t]#.*/, "")
            sub(/^[ \t]*deb(-src)?[ \t]+(\[[^]]*\][ \t]*)?/, "")
            uri = $1; distribution = $2
            $1 = $2 = ""
            offer(uri, distribution, $0)
            next
        }
        /^[ \t]*$/ { stanza(); next }
        /^[^ \t:]+:/ {
            name = tolower(substr($0, 1, index($0, ":") - 1))
            sub(/^[^:]*:[ \t]*/, "")
        }
        { gsub(/[ \t]+/, " "); field[name] = field[name] " " $0; sub(/^ +/, "", field[name]) }
        END { stanza(); printf "%s%s", likely, other }
    ' "$@"
}

# Reads the suite's signed index through one mirror; false when it cannot, with the reasons in $log.
read_index() {
    rm -rf "$work/apt"
    mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/apt/none"
    : >"$work/apt/status"
    printf 'deb-src [signed-by=%s] %s %s main\n' "$keyring" "$1" "$suite" >"$work/apt/sources.list"
    # Given with -c, so that it is read after the system's files: their proxy counts, their hooks do not.
    cat >"$work/apt.conf" <<CONF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "$work/apt";
Dir::State::status "$work/apt/status";
Dir::State::lists "$work/apt/lists";
Dir::Cache "$work/apt";
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "$work/apt/none";
Dir::Etc::preferences "$work/apt/none/preferences";
Dir::Etc::preferencesparts "$work/apt/none";
Acquire::Languages "none";
Acquire::AllowInsecureRepositories "false";
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "";
CONF
    apt-get -c "$work/apt.conf" -qq -o APT::Update::Error-Mode=any update >>"$log" 2>&1
}

[ $# -eq 2 ] || { echo 'usage: fetch.sh PIN FOLDER' >&2; exit 2; }
# shellcheck disable=SC1090
. "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
mkdir -p "$2"
folder=$(cd "$2" && pwd)

# The stamp tells which pin was in force, so that a newer pin fetches again.
stamp=source/.fetched-for-$version
if [ -f "$folder/$stamp" ] && [ -f "$folder/source/$proof" ]; then
    exit 0
fi

log=
for tool in apt-get dpkg-source sha256sum; do
    command -v $tool >/dev/null || die "$tool is missing; on Debian: apt-get install dpkg-dev"
done
[ -r $keyring ] || die "$keyring is missing; on Debian: apt-get install debian-archive-keyring"

work=$(mktemp -d "$folder/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
log=$work/log
: >"$log"

found=
for uri in $(mirrors); do
    if read_index "$uri"; then
        found=yes
        break
    fi
done
[ -n "$found" ] || die "no mirror in this machine's apt lists offers Debian $suite, signed"

: >"$log"
cd "$work"
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
