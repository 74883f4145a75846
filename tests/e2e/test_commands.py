# SPDX-License-Identifier: MIT
# Every command when something of our own fails: configuration, input, output, a signal, the journal. The exit status
# says which, and nothing is claimed.

import datetime
import os
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import reflow_cli
import state
from journal_reader import line_of, read_journal

RUN, NEXT = state.EXAMPLES["failed"][0], state.DOCUMENTED
COMMANDS = ["retry", "runs", "show", "wait", "settle", "journal", "token", "doctor"]

pytestmark = pytest.mark.skipif("REFLOW_WRAPPER" in os.environ, reason="a wrapper would meet these faults itself")


def run(reflow, sim, *args, before=(), **options):
    """As reflow.run(), with a command in front of the tool, or other descriptors."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    done = subprocess.run([*map(str, before), *reflow.command(args)], env=reflow.environment(sim and sim.url),
                          timeout=reflow_cli.LONGEST, **options)
    return reflow_cli.Result(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())


def to_full(reflow, sim, *args):
    with open("/dev/full", "w") as full:
        return run(reflow, sim, *args, stdout=full)


# What is asked for, and with what

@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(reflow, command):
    result = reflow.run(command, "--help")
    assert (result.status, result.stderr) == (0, "") and result.stdout.startswith("reflow %s" % command)


@pytest.mark.parametrize("args", ["runs", "show " + RUN, "wait " + RUN, "settle " + RUN], ids=str)
def test_without_a_token_or_an_address_nothing_is_asked(reflow, sim, args):
    no_token = reflow.run(*args.split(), url=sim.url, env={"REFLOW_ACCESS_TOKEN": None})
    no_address = reflow.run(*args.split(), url="ftp://localhost")
    assert [(result.status, result.stdout) for result in (no_token, no_address)] == [(3, ""), (2, "")]
    assert "no access token" in no_token.stderr and "--url" in no_address.stderr
    assert sim.accepted == 0


@pytest.mark.parametrize("args", ["runs", "show " + RUN], ids=str)
def test_a_request_that_does_not_fit_is_not_sent(reflow, sim, args):
    longest = {"REFLOW_ACCESS_TOKEN": "t" * 4096, "REFLOW_API_KEY": "k" * 256, "REFLOW_ORG_ID": "o" * 256,
               "REFLOW_SANDBOX": "s" * 256}
    result = reflow.run(*args.split(), url=sim.url, env=longest)
    assert (result.status, result.stdout, sim.accepted) == (2, "", 0)
    assert "request_too_large" in result.stderr


def test_an_empty_variable_is_as_good_as_none(reflow, sim):
    result = reflow.run("retry", "--json", RUN, url=sim.url, env={"REFLOW_SANDBOX": "", "REFLOW_TOKEN_FILE": ""})
    assert (result.outcomes, result.status) == ([("retriggered", None)], 0)
    assert dict(sim.ledger.requests[0]["headers"])["x-sandbox-name"] == "prod"


def test_there_are_at_most_eight_pins(reflow, sim):
    pins = ["--pin=sha256//%s=" % (letter * 43) for letter in "AEIMQUYcg"]
    assert reflow.run("retry", *pins[:8], RUN, url=sim.url).status == 4  # none of them fits
    result = reflow.run("retry", *pins, RUN, url=sim.url)
    assert result.status == 2 and "8 pins are the most" in result.stderr


def test_quiet_json_lists_objects(reflow, sim):
    result = reflow.run("runs", "-q", "--json", "--limit", 2, url=sim.url)
    assert result.status == 0 and [line["run"] for line in result.lines] == [line["run"] for line in result.lines][:2]
    assert all("status" in line for line in result.lines)


# Reports that do not arrive

def test_a_report_for_a_person_that_is_lost_is_said(reflow, sim):
    result = to_full(reflow, sim, "retry", RUN, NEXT)
    assert result.status == 6 and "run %s: retriggered" % RUN in result.stderr
    assert [run for run, _ in sim.ledger.applied] == [RUN]


def test_when_nobody_reads_what_was_left_alone_nothing_more_is_looked_at(reflow, sim, tmp_path):
    journal = tmp_path / "journal"
    assert reflow.retry(sim, "--journal", journal, RUN).status == 0
    result = to_full(reflow, sim, "retry", "--journal", journal, RUN, NEXT)
    assert result.status == 6 and "run %s: left" % RUN in result.stderr
    assert [run for run, _ in sim.ledger.applied] == [RUN]


def test_an_answer_about_the_token_that_is_lost_is_said(reflow, sim, tmp_path):
    file = tmp_path / "token"
    file.touch(mode=0o600)
    file.write_text("a-token")
    env = {"REFLOW_ACCESS_TOKEN": None, "REFLOW_CLIENT_ID": "client", "REFLOW_TOKEN_FILE": str(file)}
    result = reflow.run("token", env=env)
    assert (result.stdout, result.status) == ("%s: not fetched by reflow; its end is not known\n" % file, 0)
    with open("/dev/full", "w") as full:
        assert subprocess.run(reflow.command(["token"]), env=reflow.environment(extra=env), stdout=full).returncode == 6


# Runs that are named

def test_an_interrupt_between_two_runs_names_the_one_before_which_it_stopped(reflow, sim, strace):
    result = run(reflow, sim, "show", "--json", RUN, NEXT, before=strace("-e", "inject=write:signal=SIGINT:when=1"))
    assert ([line["run"] for line in result.lines], result.status) == ([RUN], 4)
    assert result.stderr == "reflow: stopped before run %s\n" % NEXT and len(sim.ledger.requests) == 1


def test_an_interrupt_while_input_is_waited_for_ends_it_without_a_word(reflow, sim, strace, tmp_path):
    fifo = tmp_path / "runs"
    os.mkfifo(fifo)
    reader, writer = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), os.open(fifo, os.O_WRONLY)
    os.set_blocking(reader, True)
    os.write(writer, RUN.encode() + b"\n")
    result = run(reflow, sim, "show", "--json", "-", stdin=reader,
                 before=strace("-P", fifo, "-e", "inject=read:signal=SIGINT:when=2"))
    os.close(reader)
    os.close(writer)
    assert ([line["run"] for line in result.lines], result.stderr, result.status) == ([RUN], "", 4)


def test_input_that_cannot_be_read_is_storage(reflow, sim):
    folder = os.open("/", os.O_RDONLY)
    result = run(reflow, sim, "show", "-", stdin=folder)
    os.close(folder)
    assert (result.stdout, result.status) == ("", 6) and "standard input cannot be read" in result.stderr


def test_an_interrupt_in_front_of_a_bad_line_names_it(reflow, sim, strace, tmp_path):
    (tmp_path / "runs").write_text("%s\nno run\n%s\n" % (RUN, NEXT))
    with open(tmp_path / "runs") as runs:
        result = run(reflow, sim, "retry", "--json", "-", stdin=runs,
                     before=strace("-e", "inject=write:signal=SIGINT:when=1"))
    assert (result.outcomes, result.status) == ([("retriggered", None)], 4)
    assert result.stderr == "reflow: stopped before run no run\n"


def test_an_input_whose_size_is_not_known_is_read_all_the_same(reflow, sim, strace, tmp_path):
    (tmp_path / "runs").write_text(RUN + "\n")
    (tmp_path / "none").touch()
    with open(tmp_path / "runs") as runs:
        result = run(reflow, sim, "retry", "--json", "-", stdin=runs,
                     before=strace("-P", tmp_path / "runs", "-e", "inject=fstat,newfstatat:error=EIO"))
    assert (result.outcomes, result.status) == ([("retriggered", None)], 0)
    with open(tmp_path / "none") as none:
        assert run(reflow, sim, "retry", "--json", "-", stdin=none) == reflow_cli.Result(0, "", "")


# The journal, shown and settled

def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Journal:
    def __init__(self, reflow, sim, path):
        self.reflow, self.sim, self.path = reflow, sim, path
        self.now = int(time.time())

    def write(self, *events, fill=0):
        """Events of a minute ago; between them so many bytes of other runs."""
        when = stamp(self.now - 60)
        other = line_of("%s refused other error=not_found" % when)
        between = other * (fill // len(other))
        self.path.write_bytes(between.join(line_of("%s %s" % (when, event)) for event in events))

    def run(self, *args, **options):
        return run(self.reflow, self.sim, *args, **options)

    def settle(self, *args, **options):
        return self.run("settle", "--journal", self.path, *args, **options)


@pytest.fixture
def journal(reflow, sim, tmp_path):
    return Journal(reflow, sim, tmp_path / "journal")


def test_an_interrupt_ends_the_journal_where_it_stands(journal, strace):
    journal.write("intent a", "retriggered a id=n", "intent b")
    result = journal.run("journal", "--json", journal.path, before=strace("-e", "inject=write:signal=SIGINT:when=2"))
    assert [line["event"] for line in result.lines] == ["intent", "retriggered"]
    assert (result.status, result.stderr) == (4, "reflow: stopped before the end of the journal\n")


def test_a_sum_that_cannot_be_written_is_storage(journal, strace):
    journal.write("intent a", "retriggered a id=n")
    result = journal.run("journal", journal.path, before=strace("-e", "inject=write:error=ENOSPC:when=3"))
    assert (len(result.stdout.splitlines()), result.status) == (2, 6)
    assert "standard output" in result.stderr


# Each is left to a person, of whom nothing may be claimed because of lines that were not read.
READERS = [["journal", "FILE"], ["settle", "--journal", "FILE"], ["settle", "--journal", "FILE", "b"],
           ["settle", "--journal", "FILE", "b", "--as", "retriggered=n"], ["settle", "--journal", "FILE", "--as",
                                                                         "not-applied"],
           ["settle", "--journal", "FILE", "--as", "retriggered=n"]]


@pytest.mark.parametrize("args", READERS, ids=lambda args: " ".join(args[::2]))
def test_a_journal_that_cannot_be_read_at_any_time_is_storage(journal, strace, args):
    """One that is longer than what is held of it in memory, so that it is read again and again."""
    journal.write("refused n error=not_found", "intent b", "refused c error=not_found", fill=40000)

    def one(number):
        file = journal.path.with_name("journal-%d" % number)
        shutil.copy(journal.path, file)
        result = journal.run(*(file if word == "FILE" else word for word in args),
                             before=strace("-P", file, "-e", "inject=pread64:error=EIO:when=%d" % number))
        has_failed = "%s: cannot be read" % file in result.stderr
        assert not has_failed or (result.status == 6 and file.read_bytes() == journal.path.read_bytes()), result
        return has_failed

    with ThreadPoolExecutor(4) as pool:
        failed = list(pool.map(one, range(1, 13)))
    times = failed.index(False)
    assert 4 <= times and not any(failed[times:])
