# SPDX-License-Identifier: MIT
# make install: what goes where, and that all of it is of use there: a program, man pages, completion, README's night.

import configparser
import email.utils
import os
import pathlib
import re
import shlex
import shutil
import stat
import subprocess

import pytest

import faults
import reflow_cli
import state
from test_readme import run_example
from test_structure import BUILD, CC, MAKE, ROOT, call, libs, make

pytestmark = pytest.mark.not_instrumented("what is installed is what a user compiles")
HERE = ROOT / "port/install"
PREFIX = "usr/local"
BUILT_IN = not any(word.startswith("MBEDTLS=") and word != "MBEDTLS=" for word in MAKE)
FILES = {"bin/reflow": 0o755, **dict.fromkeys([
    "include/reflow.h", "include/reflow_config.h", "include/reflow_memory.h", "include/reflow_posix.h",
    "lib/libreflow.a", "lib/pkgconfig/reflow.pc", "lib/reflow/reflow.o", "lib/systemd/system/reflow.service",
    "lib/systemd/system/reflow.timer", "share/bash-completion/completions/reflow", "share/man/man1/reflow.1",
    "share/man/man3/reflow.3", "share/zsh/site-functions/_reflow", *["lib/libreflow-mbedtls.a"] * BUILT_IN], 0o644)}
COMMANDS = ["retry", "runs", "show", "wait", "settle", "journal", "token", "doctor"]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A system with nothing in it but what make install has put there."""
    folder = tmp_path_factory.mktemp("root")
    make("install", "DESTDIR=%s" % folder)
    return folder


@pytest.fixture(scope="module")
def prefix(root):
    return root / PREFIX


def modes(folder):
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
            for path in sorted(folder.rglob("*")) if not path.is_dir()}


# Which files

def test_each_file_stands_where_it_belongs_and_no_other(root):
    assert modes(root) == {"%s/%s" % (PREFIX, name): mode for name, mode in FILES.items()}


def test_uninstall_takes_away_what_install_has_put_there_and_nothing_else(tmp_path):
    words = ["DESTDIR=%s" % tmp_path, "PREFIX=/opt/reflow", "LIBDIR=/opt/reflow/lib64"]
    make("install", *words)
    assert (tmp_path / "opt/reflow/lib64/libreflow.a").exists()
    assert not (tmp_path / "opt/reflow/lib/libreflow.a").exists()
    mine = tmp_path / "opt/reflow/bin/mine"
    mine.touch()
    make("uninstall", *words)
    assert list(modes(tmp_path)) == ["opt/reflow/bin/mine"]


def test_no_path_of_the_folder_that_stands_for_the_root_is_in_a_text(root):
    for path in root.rglob("*"):
        if path.is_file() and path.suffix not in (".a", ".o") and path.name != "reflow":
            assert str(root) not in path.read_text() and not re.search(r"@[a-z]+@", path.read_text()), path


def test_no_product_says_in_which_folder_it_was_made(root):
    """The same sources make the same bytes everywhere."""
    folder = re.compile(re.escape(bytes(ROOT)) + rb"[/\0]")
    assert [path for path in root.rglob("*") if path.is_file() and folder.search(path.read_bytes())] == []


def test_the_packages_are_of_this_release():
    said = {name: re.search(r"define REFLOW_%s (\S+)" % name, (ROOT / "include/reflow.h").read_text()).group(1)
            for name in ("VERSION", "RELEASED")}
    top = (ROOT / "port/debian/changelog").read_text()
    assert re.match(r"reflow \((.*)\)", top).group(1) == said["VERSION"].strip('"')
    day = email.utils.parsedate_to_datetime(re.search("^ -- .*>  (.*)", top, re.M).group(1))
    assert day.timestamp() == int(said["RELEASED"])


# A program

def pkg_config(root, *options):
    """As a cross compiler's user calls it: nothing of this system's own is found."""
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(root), "PKG_CONFIG_PATH": "",
                   "PKG_CONFIG_LIBDIR": str(root / PREFIX / "lib/pkgconfig")}
    return call("pkg-config", *options, "reflow", env=environment).stdout.split()


def test_readmes_example_needs_nothing_but_pkg_config(root, sim, pki, tmp_path):
    run_example(pkg_config(root, "--cflags", "--libs", "--static"), sim, pki, tmp_path)


def test_the_one_object_takes_the_place_of_the_archive(root, tmp_path):
    (tmp_path / "alone.c").write_text("#include <reflow_memory.h>\n#include <reflow_posix.h>\n"
                                      "int main(void) { return !reflow_version()[0]; }\n")
    wanted = [word for word in pkg_config(root, "--cflags", "--libs") if word != "-lreflow"]
    call(CC, tmp_path / "alone.c", root / PREFIX / "lib/reflow/reflow.o", *wanted, "-o", tmp_path / "alone")
    call(tmp_path / "alone")


def test_pkg_config_knows_the_version_and_the_sizes_that_it_was_built_with(root, tmp_path):
    said = call(root / PREFIX / "bin/reflow", "--version").stdout
    assert said.startswith("reflow %s" % pkg_config(root, "--modversion")[0])
    # Only the texts are made: the library is not compiled anew for it. Another BUILD, so that nobody else sees them.
    make("install-files", "BUILD=%s" % tmp_path, "CPPFLAGS=-DOTHER -DREFLOW_MAX_TOKEN=2048")
    text = (tmp_path / "install/reflow.pc").read_text()
    assert "Cflags: -I${includedir} -DREFLOW_MAX_TOKEN=2048\n" in text


def test_a_system_library_is_named_as_it_is_linked(tmp_path):
    make("install-files", "BUILD=%s" % tmp_path, "MBEDTLS=system")
    words = shlex.split(re.search("^Libs: (.*)", (tmp_path / "install/reflow.pc").read_text(), re.M).group(1))
    assert words[:2] == ["-L${libdir}", "-lreflow"] and words[-1] == "-pthread"
    assert [word for word in words if "mbed" in word] == ["-lmbedtls", "-lmbedx509", "-lmbedcrypto"]
    if not BUILT_IN:
        assert words[2:] == libs()


# Man pages

def page(prefix, number):
    done = call("mandoc", "-Tutf8", "-Owidth=300", prefix / ("share/man/man%d/reflow.%d" % (number, number)))
    return re.sub(".\b", "", done.stdout).replace("\u2010", "-").replace("\u2212", "-")


@pytest.mark.parametrize("number", [1, 3])
def test_mandoc_has_nothing_to_say_of(prefix, number):
    done = call("mandoc", "-Tlint", "-Wwarning", prefix / ("share/man/man%d/reflow.%d" % (number, number)))
    assert done.stdout == ""


def errors():
    """README's rows, which are held against reflow.h themselves."""
    part = re.search("<!-- errors -->\n(.*?)<!-- /errors -->", (ROOT / "README.md").read_text(), re.S).group(1)
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in part.splitlines()[2:]]
    assert len(rows) >= 30
    return rows


def said_of(name, text):
    found = re.search(r"^ +%s \(([^)]*)\)\n(.*?)\n(?:\n|\Z)" % name, text, re.M | re.S)
    assert found, name
    return found.group(1), " ".join(found.group(2).split())


@pytest.mark.parametrize("number, spelling", [(1, str), (3, lambda name: "REFLOW_ERR_" + name.upper())])
def test_a_page_says_of_each_error_what_readme_says(prefix, number, spelling):
    text = page(prefix, number)
    for name, meaning, outcome, repeated, status in errors():
        facts, words = said_of(spelling(name), text)
        outcome = outcome.replace("` / `", " or ")
        status = status.replace(" / ", " or ")
        assert facts == "%s; exit %s%s" % (outcome, status, "; repeated" if repeated == "yes" else "")
        assert words.replace("- ", "-").startswith(meaning[0].upper() + meaning[1:])


def test_the_page_of_the_command_sorts_errors_by_exit_status_and_words_it_as_help_does(prefix):
    part = re.search("^EXIT STATUS\n(.*?)^[A-Z]", page(prefix, 1), re.M | re.S).group(1)
    said = {int(number): " ".join(words.split())
            for number, words in re.findall(r"^ +([0-6]) +(.*?)\n\n", part, re.M | re.S)}
    assert sorted(said) == list(range(7))
    for number in range(1, 7):
        names = said[number].rsplit(": ", 1)[1].rstrip(".").split(", ")
        assert names == [row[0] for row in errors() if str(number) in row[4].split(" / ")]
    words = " ".join(call(prefix / "bin/reflow", "--help").stdout.split()).rsplit("Exit status: ", 1)[1].rstrip(".")
    for number, meaning in re.findall(r"(\d) (.*?)(?:, (?=\d)|$)", words):
        assert said[int(number)].lower().startswith(meaning), number


def test_the_page_of_the_command_has_all_options_and_variables(prefix):
    text = page(prefix, 1)
    labels = " ".join(re.findall("^ {5}(-.*)", text, re.M))
    told = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", labels))
    assert told == set().union(*map(options_in_help, COMMANDS)) | {"--version"}
    variables = set(re.findall(r'"(REFLOW_[A-Z_]+)"', "".join(p.read_text() for p in (ROOT / "src/cli").glob("*.c"))))
    assert len(variables) >= 12
    assert variables == set(re.findall(r"^ +(REFLOW_[A-Z_]+) ", text, re.M))


def test_the_page_of_the_library_has_all_functions(prefix):
    declared = set()
    for name in ("reflow.h", "reflow_posix.h"):
        text = re.sub(r"/\*.*?\*/", "", (prefix / "include" / name).read_text(), flags=re.S)
        declared |= set(re.findall(r"^[a-z][a-z0-9_ *]*?\b(reflow_\w+)\([^;{]*\);", text, re.M))
    assert len(declared) >= 28
    assert declared == set(re.findall(r"^ {5}(reflow_\w+)\(", page(prefix, 3), re.M))


# Completion

def options_in_help(command):
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", call(BUILD / "reflow", command, "--help").stdout)) | {"--help"}


def test_options_that_exist_are_in_the_help():
    table = re.search(r"known\[\] = \{(.*?)\{NULL", (ROOT / "src/cli/options.c").read_text(), re.S).group(1)
    known = {"--" + name for name, value in re.findall(r'\{"([a-z-]+)", \w+, NULL, ([^}]+)\}', table)
             if value not in ("OPTION_SECRET", "OPTION_LATER")}
    assert len(known) >= 35
    helped = set().union(*map(options_in_help, COMMANDS)) | {"--version"}
    assert {option for option in helped if option.startswith("--")} == known


# As bash itself asks: the words so far, the last of them being typed.
BASH = """
. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
complete -p reflow >/dev/null && _reflow reflow "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def bash(prefix):
    script = prefix / "share/bash-completion/completions/reflow"
    call("bash", "-n", script)
    return lambda *words: call("bash", "--norc", "-c", BASH, script, "reflow", *words).stdout.split()


@pytest.mark.parametrize("words, completed", [
    (["ret"], ["retry"]),
    (["retry", "--fa"], ["--failed"]),
    (["retry", "--failed", "--repeat-"], ["--repeat-unknown", "--repeat-refused"]),
    (["--json", "do"], ["doctor"]),
    ([""], COMMANDS),
    (["-"], ["--help", "--version"]),
    (["runs", "--status", "fa"], ["failed"]),
    (["runs", "--status", "=", "fa"], ["failed"]),
    (["settle", "--as", "="], ["retriggered=", "not-applied"]),
    (["retry", "--jobs", ""], []),
    (["show", "--fa"], [])])
def test_bash_completes(bash, words, completed):
    assert bash(*words) == completed


@pytest.mark.parametrize("command", COMMANDS)
def test_bash_offers_the_options_that_the_help_has(bash, command):
    assert set(bash(command, "-")) == options_in_help(command)


def test_bash_offers_the_commands_that_the_help_has(bash):
    helped = re.findall(r"^  reflow ([a-z]+) ", call(BUILD / "reflow", "--help").stdout, re.M)
    assert bash("") == list(dict.fromkeys(helped)) == COMMANDS


# In place of zsh's own functions, which need a terminal: they only say what they were given.
ZSH = """
_arguments() { print -rl -- "$@" }
_describe() { print -rl -- "${(P@)2}" }
words=("$@"); CURRENT=$#; PREFIX=$words[-1]
. "$0"
"""


def zsh(prefix, *words):
    return call("zsh", "-f", "-c", "f() {%s}; f \"$@\"" % ZSH.replace('"$0"', shlex.quote(str(
        prefix / "share/zsh/site-functions/_reflow"))), "zsh", "reflow", *words).stdout.splitlines()


@pytest.mark.parametrize("command", COMMANDS)
def test_zsh_offers_the_options_that_the_help_has(prefix, command):
    call("zsh", "-n", prefix / "share/zsh/site-functions/_reflow")
    specifications = zsh(prefix, command, "-")
    offered = [re.match(r"(?:\([^)]*\)|\*)?(--?[a-z-]+)\[", line) for line in specifications]
    assert {match.group(1) for match in offered if match} == options_in_help(command)


def test_zsh_offers_the_commands(prefix):
    assert [line.split(":")[0] for line in zsh(prefix, "")] == COMMANDS
    assert [line.split("[")[0] for line in zsh(prefix, "-")] == ["--help", "--version"]


# A terminal: what is typed, a tab, and then ^X, which says what stands in the line by now.
ZSHRC = """
fpath=(%s/share/zsh/site-functions $fpath); autoload -Uz compinit; compinit -u -D
say() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N say; bindkey '^X' say; bindkey '^I' complete-word
"""
TYPE = """
zmodload zsh/zpty; zpty z zsh -i -o NO_GLOBAL_RCS
for line; do zpty -w -n z $line$'\\t\\x18'; zpty -r z answer '*<*>*'; print -r -- $answer; done
"""


def test_zsh_completes_in_a_terminal(prefix, tmp_path):
    typed = {"ret": "retry", "retry --fa": "retry --failed", "--json do": "--json doctor",
             "runs --status fa": "runs --status failed", "token --im": "token --ims-url",
             "settle --as not": "settle --as not-applied"}
    (tmp_path / ".zshrc").write_text(ZSHRC % prefix)
    said = call("zsh", "-f", "-c", TYPE, "zsh", *("reflow " + line for line in typed),
                env={**os.environ, "ZDOTDIR": str(tmp_path), "TERM": "dumb"}).stdout
    assert [line.strip() for line in re.findall("<reflow (.*)>", said)] == list(typed.values())


# The night shift, as README tells it

class Unit(configparser.RawConfigParser):
    optionxform = staticmethod(str)


def unit(prefix, name):
    text = (prefix / "lib/systemd/system" / name).read_text().replace("\\\n", " ")
    parser = Unit(strict=False, delimiters="=", comment_prefixes="#", interpolation=None)
    parser.read_string(text)
    return parser


def test_the_service_is_confined_and_the_timer_starts_it(prefix):
    service, timer = unit(prefix, "reflow.service")["Service"], unit(prefix, "reflow.timer")
    for name, value in {"Type": "oneshot", "DynamicUser": "yes", "StateDirectory": "reflow", "ProtectSystem": "strict",
                        "ProtectHome": "yes", "NoNewPrivileges": "yes", "CapabilityBoundingSet": "",
                        "MemoryDenyWriteExecute": "yes", "EnvironmentFile": "/etc/reflow.env",
                        "LoadCredential": "secret:/etc/reflow.secret"}.items():
        assert service[name] == value
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert shlex.split(service["ExecStart"])[0] == "/%s/bin/reflow" % PREFIX


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not there; the units were read above")
def test_systemd_reads_the_units_and_finds_the_service_confined(prefix, tmp_path):
    for name in ("reflow.service", "reflow.timer"):
        text = (prefix / "lib/systemd/system" / name).read_text()
        (tmp_path / name).write_text(text.replace("=/%s/bin" % PREFIX, "=%s/bin" % prefix))
    said = call("systemd-analyze", "verify", "--man=no", tmp_path / "reflow.service", tmp_path / "reflow.timer")
    assert said.stdout + said.stderr == ""
    said = call("systemd-analyze", "security", "--offline=yes", "--threshold=15", tmp_path / "reflow.service").stdout
    print(said.splitlines()[-1])


class Night:
    """README's setting up, run as it stands but for the place of /etc; then the service's own command."""

    def __init__(self, prefix, sim, pki, folder):
        names = ["bin", "etc", "state", "credentials"]
        self.prefix, self.folder = prefix, folder
        self.bin, self.etc, self.state, self.credentials = (folder / name for name in names)
        for path in (self.bin, self.etc, self.state, self.credentials):
            path.mkdir()
        for name in ("systemctl", "journalctl"):
            (self.bin / name).write_text('#!/bin/sh\necho "${0##*/}" "$@" >>%s/done\n' % shlex.quote(str(folder)))
            (self.bin / name).chmod(0o755)
        self.environment = {"PATH": "%s:%s/bin:%s" % (self.bin, prefix, os.environ["PATH"]), "REFLOW_URL": sim.url,
                            "REFLOW_CA": str(pki.ca), "REFLOW_IMS_URL": sim.ims_url}

    def set_up(self):
        text = (ROOT / "README.md").read_text()
        block = re.search(r"\n\n((?:    .*\n)+)", text[text.index("## The night shift"):]).group(1)
        values = {"API_KEY": state.API_KEY, "ORG_ID": state.ORG, "CLIENT_ID": state.CLIENT_ID}
        for name, value in values.items():
            block, count = re.subn(r"REFLOW_%s=\.\.\.\S*" % name, "REFLOW_%s=%s" % (name, value), block)
            assert count == 1, name
        script = re.sub("^    ", "", block, flags=re.M).replace("/etc/", "%s/" % self.etc)
        return call("sh", "-eu", "-c", script, input=state.CLIENT_SECRET + "\n", env=self.environment)

    def start(self, *before):
        """What systemd would do: the credential is mode 0440, as systemd 254 hands it over."""
        service = unit(self.prefix, "reflow.service")["Service"]
        name, path = service["LoadCredential"].split(":")
        secret = self.credentials / name
        if not secret.exists():
            shutil.copy(path.replace("/etc", str(self.etc)), secret)
            secret.chmod(0o440)
        lines = pathlib.Path(service["EnvironmentFile"].replace("/etc", str(self.etc))).read_text().splitlines()
        words = service["ExecStart"].replace("${STATE_DIRECTORY}", str(self.state)).replace(
            "${CREDENTIALS_DIRECTORY}", str(self.credentials)).replace("/%s/" % PREFIX, "%s/" % self.prefix)
        return subprocess.run([*before, *shlex.split(words)], capture_output=True, text=True,
                              timeout=reflow_cli.LONGEST,
                              env={**self.environment, **dict(line.split("=", 1) for line in lines)})


@pytest.fixture
def night(prefix, sim, pki, tmp_path):
    sim.state.runs.clear()
    return Night(prefix, sim, pki, tmp_path)


def test_readmes_night_shift_is_set_up_and_retries_each_run_once(night, sim):
    failed = sim.state.add_failed(3, "flow", age_s=3600)
    said = night.set_up()
    assert "ok" in said.stdout
    assert stat.S_IMODE((night.etc / "reflow.secret").stat().st_mode) == 0o600
    asked = (night.folder / "done").read_text()
    assert "systemctl enable --now reflow.timer\n" in asked
    first = night.start()
    assert (first.returncode, first.stderr.count("error")) == (0, 0), first
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(failed)
    assert sorted(path.name for path in night.state.iterdir() if path.suffix != ".lock") == ["journal", "token"]
    assert night.start().returncode == 0 and len(sim.ledger.applied) == 3
    assert state.CLIENT_SECRET not in said.stdout + said.stderr + first.stdout + first.stderr


def test_an_unknown_of_the_night_is_settled_beside_the_service(night, sim, prefix):
    lost, *others = sim.state.add_failed(3, "flow", age_s=3600)
    sim.fault([{"apply": True}, *faults.status(500)], run=lost)
    night.set_up()
    assert night.start().returncode == 5
    before = {path.name: path.stat().st_ino for path in night.state.iterdir()}
    new = dict(sim.ledger.applied)[lost]
    lines = (night.etc / "reflow.env").read_text().splitlines()
    settle = ["settle", "--journal", night.state / "journal", "--secret-file", night.etc / "reflow.secret"]
    for words, told in [([], new), ([lost, "--as", "retriggered=" + new], lost)]:
        done = call(prefix / "bin/reflow", *settle, *words,
                    env={**night.environment, **dict(line.split("=", 1) for line in lines)})
        assert told in done.stdout
    # Nothing there is root's now, that was the service's.
    assert {path.name: path.stat().st_ino for path in night.state.iterdir()} == before
    assert night.start().returncode == 0 and len(sim.ledger.applied) == 3


def allowed_calls():
    """The system calls of SystemCallFilter=, from systemd's own list."""
    def members(group):
        lines = [line.strip() for line in call("systemd-analyze", "syscall-filter", group).stdout.splitlines()[1:]]
        names = [line for line in lines if line and not line.startswith("#")]
        return set().union(*(members(name) if name.startswith("@") else {name} for name in names))
    allowed = set()
    lines = (HERE / "reflow.service.in").read_text()
    for line in re.findall("^SystemCallFilter=(.*)", lines, re.M):
        chosen = set().union(*map(members, line.lstrip("~").split()))
        allowed = allowed - chosen if line.startswith("~") else allowed | chosen
    return allowed


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd's list of system calls is not there")
def test_the_service_makes_no_system_call_that_its_unit_forbids(night, sim, strace):
    sim.state.add_failed(2, "flow")
    night.set_up()
    trace = night.folder / "trace"
    assert night.start("strace", "-f", "-qq", "-o", str(trace)).returncode == 0
    made = set(re.findall(r"^\d+ +([a-z_0-9]+)\(", trace.read_text(), re.M))
    assert {"sendto", "openat", "fdatasync"} <= made
    assert made - allowed_calls() == set()
