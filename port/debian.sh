# SPDX-License-Identifier: MIT
# Reads a newer Debian suite than this machine's: a fragment for a shell script, which says `die`.
#
# Needs no root: a private apt configuration reads the suite through the mirror that this machine
# already uses, and leaves the system's own untouched. apt checks the archive's signature and the
# packages' hashes. FETCH_SOURCES names another folder in the form of /etc/apt to look for the mirror in.
#
#   open_suite FOLDER KIND TOOL    goes to a new folder in FOLDER ($work), which is gone when the script ends, with
#                                  an apt.conf that knows $suite; KIND is deb-src or deb, TOOL what unpacks them
#   $log                           what the last command had to say

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
log=

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

# Reads the suite's signed index of packages of one kind (deb, deb-src) through one mirror; false when
# it cannot, with the reasons in $log.
read_index() {
    rm -rf "$work/apt"
    mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/apt/none"
    : >"$work/apt/status"
    printf '%s [signed-by=%s] %s %s main\n' "$2" "$keyring" "$1" "$suite" >"$work/apt/sources.list"
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

open_suite() {
    for tool in apt-get sha256sum "$3"; do
        command -v "$tool" >/dev/null || die "$tool is missing; on Debian: apt-get install dpkg-dev"
    done
    [ -r $keyring ] || die "$keyring is missing; on Debian: apt-get install debian-archive-keyring"

    work=$(mktemp -d "$1/.fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    log=$work/log
    : >"$log"

    found=
    for uri in $(mirrors); do
        if read_index "$uri" "$2"; then
            found=yes
            break
        fi
    done
    [ -n "$found" ] || die "no mirror in this machine's apt lists offers Debian $suite, signed"
    : >"$log"
    cd "$work"
}
