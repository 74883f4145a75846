# SPDX-License-Identifier: MIT
# Trouble on our own side: no output, no descriptors, no memory, signals. No crash, and a true report.

import contextlib
import json
import os
import platform
import re
import resource
import shlex
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
import namespaces
import reflow_cli
import state
from server import Simulator

RUN, NEXT = state.EXAMPLES["failed"][0], state.DOCUMENTED
ENDS = {0, 1, 2, 3, 4, 5, 6}
LOADER = 127  # the C library's loader, or the shell: the program itself never ran

pytestmark = pytest.mark.skipif("REFLOW_WRAPPER" in os.environ, reason="a wrapper would meet these faults itself")


def run(reflow, url, *args, before=(), extra=None, **options):
    """As reflow.run(), with a command in front of the tool, or other descriptors."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    done = subprocess.run([*map(str, before), *reflow.command(["retry", "--json", *args])],
                          env=reflow.environment(url, extra), timeout=reflow_cli.LONGEST, **options)
    return reflow_cli.Result(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())


def side_by_side(work, items, count=4):
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, items))


def shell(words):
    return ["sh", "-c", words + '; exec "$@"', "sh"]


# Standard output that takes nothing: the report goes to standard error, the exit status is 6, no further run is begun

def expect_lost_report(result, sim):
    assert result.status == 6, result
    assert RUN in result.stderr and "retriggered" in result.stderr and reflow_cli.TOKEN not in result.stderr
    assert [run for run, _ in sim.ledger.applied] == [RUN]


def test_a_report_to_a_full_disk_is_not_lost_silently(reflow, sim):
    with open("/dev/full", "w") as full:
        expect_lost_report(run(reflow, sim.url, RUN, NEXT, stdout=full), sim)


def test_a_report_whose_reader_is_gone_is_not_lost_silently(reflow, sim):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        expect_lost_report(run(reflow, sim.url, RUN, NEXT, stdout=pipe), sim)


def test_a_report_to_a_closed_output_is_not_lost_silently(reflow, sim):
    expect_lost_report(run(reflow, sim.url, RUN, NEXT, before=shell("exec >&-")), sim)


def test_a_report_to_a_closed_output_with_closed_input_is_not_lost_silently(reflow, sim):
    expect_lost_report(run(reflow, sim.url, RUN, NEXT, before=shell("exec <&- >&-")), sim)


@pytest.mark.parametrize("closed", ["2>&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("verbose", [[], ["-v"]], ids=["plain", "verbose"])
def test_no_word_of_ours_goes_to_another_descriptor_that_took_a_closed_ones_place(reflow, sim, closed, verbose,
                                                                                  tls_version):
    result = run(reflow, sim.url, *verbose, RUN, before=shell("exec " + closed))
    assert [run for run, _ in sim.ledger.applied] == [RUN]
    if ">&-" in closed.split():
        assert result.status == 6
    else:
        assert (result.outcomes, result.status) == ([("retriggered", None)], 0)
    ended, = sim.ledger.wait("closed")
    assert ended["how"] in ("notify", "fin")  # and not by an alert for bytes that are no record


@pytest.mark.parametrize("answer,status", [(faults.status(500), 5), (faults.status(404), 6)],
                         ids=["unknown", "refused"])
def test_unknown_weighs_more_than_a_lost_report(reflow, sim, answer, status):
    sim.fault(answer)
    with open("/dev/full", "w") as full:
        assert run(reflow, sim.url, RUN, stdout=full).status == status


@pytest.mark.parametrize("words", ["--help", "--version", "retry --help"])
def test_help_that_cannot_be_printed_ends_6(reflow, words):
    with open("/dev/full", "w") as full:
        done = subprocess.run(reflow.command(words.split()), stdout=full, env=reflow.environment(), timeout=10)
    assert done.returncode == 6


@pytest.mark.parametrize("how", ["2>&-", "2>/dev/full"])
def test_standard_error_that_takes_nothing_changes_nothing(reflow, sim, how):
    result = run(reflow, sim.url, "-v", RUN, NEXT, before=shell("exec " + how))
    assert (result.outcomes, result.status) == ([("retriggered", None)] * 2, 0)
    reflow_cli.check_truth(result, sim.ledger.applied)


@contextlib.contextmanager
def full_pipe(blocking):
    """A pipe without room; (what to read from, what to write to, how much lies in it)."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    filled = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            filled += os.write(writer, b"\n" * 4096)
    os.set_blocking(writer, blocking)
    yield reader, writer, filled
    os.close(reader)


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
def test_a_reader_that_takes_its_time_gets_every_line_whole(reflow, sim, blocking):
    with full_pipe(blocking) as (reader, writer, filled):
        process = subprocess.Popen(reflow.command(["retry", "--json", RUN, NEXT]), env=reflow.environment(sim.url),
                                   stdin=subprocess.DEVNULL, stdout=writer)
        os.close(writer)
        sim.ledger.wait("answered")
        text = b""
        while data := os.read(reader, 65536):
            text += data
        assert process.wait(10) == 0
    lines = [json.loads(line) for line in text[filled:].decode().splitlines()]
    assert [(line["run"], line["outcome"]) for line in lines] == [(RUN, "retriggered"), (NEXT, "retriggered")]


@pytest.mark.parametrize("blocking", [True, False], ids=["blocking", "non-blocking"])
def test_sigterm_ends_a_command_whose_output_nobody_reads(reflow, sim, blocking):
    with full_pipe(blocking) as (_, writer, _):
        process = subprocess.Popen(reflow.command(["retry", "--json", RUN, NEXT]), env=reflow.environment(sim.url),
                                   stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        sim.ledger.wait("answered")
        try:
            wait_until_it_cannot_write(process.pid)
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=2)
        finally:
            process.kill()
            process.communicate()
    assert process.returncode == 6
    assert RUN in told.decode() and "retriggered" in told.decode()
    assert [run for run, _ in sim.ledger.applied] == [RUN]


def wait_until_it_cannot_write(pid):
    """Until it is in a write(), or in a poll() of one descriptor without a time limit. No event tells of it."""
    if platform.machine() != "x86_64":
        pytest.skip("the numbers of system calls are those of x86-64")
    while True:
        with open("/proc/%d/syscall" % pid) as file:
            call = file.read().split()
        if call[0] == "1" or (call[0] == "7" and int(call[2], 16) == 1 and int(call[3], 16) & 0xffffffff == 0xffffffff):
            return


# Standard input that gives nothing

def test_a_closed_input_ends_6_and_nothing_is_sent(reflow, sim):
    result = run(reflow, sim.url, "-", before=shell("exec <&-"))
    assert (result.status, result.stdout, sim.accepted) == (6, "", 0)
    assert "input" in result.stderr


def test_an_input_that_cannot_be_read_ends_6_and_nothing_is_sent(reflow, sim, tmp_path):
    folder = os.open(tmp_path, os.O_RDONLY)
    result = run(reflow, sim.url, "-", stdin=folder)
    os.close(folder)
    assert (result.status, result.stdout, sim.accepted) == (6, "", 0)


def test_an_input_that_breaks_off_ends_6_having_reported_what_was_begun(reflow, sim, strace, tmp_path):
    runs = [sim.state.add_run("run-%03d" % number).id for number in range(200)]
    file = tmp_path / "runs"
    file.write_text("\n".join(runs * 10))
    with open(file) as stream:
        result = run(reflow, sim.url, "-", stdin=stream,
                     before=strace("-P", file, "-e", "inject=read:error=EIO:when=2+"))
    reflow_cli.check_truth(result, sim.ledger.applied)
    assert result.status == 6 and 0 < len(result.lines) < len(runs * 10)
    assert set(result.outcomes) == {("retriggered", None)}


# Signals

@pytest.fixture
def patient(sim):
    """Answers RUN a byte a record: an exchange of thousands of system calls."""
    sim.fault([{"apply": "new-run"}, {"answer": {"status": 200, "json": {"id": "new-run", "padding": "x" * 3000}},
                                      "split": 1}], run=RUN)
    return sim


def test_a_storm_of_harmless_signals_changes_nothing(reflow, patient, tls_version, no_leak_check):
    session = reflow.start("retry", "--json", RUN, NEXT, url=patient.url)
    count = 0
    while session.process.poll() is None:
        for number in (signal.SIGCONT, signal.SIGWINCH, signal.SIGCHLD, signal.SIGURG):
            session.process.send_signal(number)
            count += 1
    result = session.finish()
    assert (result.outcomes, result.status, result.stderr) == ([("retriggered", None)] * 2, 0, "")
    reflow_cli.check_truth(result, patient.ledger.applied)
    assert count > 1000


def test_a_storm_of_stops_changes_nothing(reflow, patient, tls_version, no_leak_check):
    session = reflow.start("retry", "--json", RUN, NEXT, url=patient.url)
    while session.process.poll() is None:
        session.process.send_signal(signal.SIGSTOP)
        session.process.send_signal(signal.SIGCONT)
    result = session.finish()
    assert (result.outcomes, result.status) == ([("retriggered", None)] * 2, 0)
    reflow_cli.check_truth(result, patient.ledger.applied)


def stopped(process):
    """Stops it, and waits until it has."""
    process.send_signal(signal.SIGSTOP)
    assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])


def test_a_stop_in_mid_exchange_is_taken_up_again(reflow, sim):
    sim.fault([{"wait": "stopped"}, {"answer": "service"}])
    session = reflow.start("retry", "--json", RUN, url=sim.url)
    sim.ledger.wait("request")
    stopped(session.process)
    sim.set("stopped")
    sim.ledger.wait("answered")
    session.process.send_signal(signal.SIGCONT)
    result = session.finish()
    assert (result.outcomes, result.status) == ([("retriggered", None)], 0)


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not-applied"])
def test_a_stop_beyond_the_deadline_is_unknown(reflow, sim, applied):
    sim.fault(faults.stall(applied))
    session = reflow.start("retry", "--json", "--timeout", 1, "--attempts", 1, RUN, url=sim.url)
    sim.ledger.wait("request")
    stopped(session.process)
    sim.events.pause(1.1)
    session.process.send_signal(signal.SIGCONT)
    result = session.finish()
    assert (result.outcomes, result.status) == ([("unknown", "timeout")], 5)
    reflow_cli.check_truth(result, sim.ledger.applied)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not-applied"])
def test_a_command_ended_after_commit_says_unknown_before_it_goes(reflow, sim, number, applied, tls_version):
    sim.fault(faults.stall(applied), run=RUN)
    session = reflow.start("retry", "--json", RUN, NEXT, url=sim.url)
    sim.ledger.wait("applied" if applied else "request")
    session.process.send_signal(number)
    result = session.finish()
    assert (result.outcomes, result.status) == ([("unknown", "connection_lost")], 5)
    assert NEXT in result.stderr
    reflow_cli.check_truth(result, sim.ledger.applied)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_command_ended_before_commit_says_not_applied_before_it_goes(reflow, sim, number, tls_version):
    sim.fault([{"set": "here"}, {"stall": True}], stage="accept")
    session = reflow.start("retry", "--json", RUN, NEXT, url=sim.url)
    sim.ledger.wait("event", name="here")
    session.process.send_signal(number)
    result = session.finish()
    assert (result.outcomes, result.status) == ([("not_applied", "connection_lost")], 4)
    assert NEXT in result.stderr and sim.ledger.requests == []


def test_a_command_ended_between_two_attempts_says_what_the_first_one_met(reflow, sim):
    sim.fault(faults.status(429, {"Retry-After": "30"}), times=None)
    session = reflow.start("retry", "--json", "-v", RUN, NEXT, url=sim.url)
    while b"next attempt" not in session.process.stderr.readline():
        pass
    session.process.send_signal(signal.SIGTERM)
    result = session.finish()
    assert (result.outcomes, result.status) == ([("not_applied", "rate_limited")], 4)
    assert len(sim.ledger.requests) == 1


def test_an_interrupt_during_a_list_finishes_the_run_in_flight_and_takes_no_more(reflow, sim):
    sim.fault([{"apply": True}, {"wait": "interrupted"}, {"answer": "service"}], run=RUN)
    session = reflow.start("retry", "--json", RUN, NEXT, url=sim.url)
    sim.ledger.wait("applied")
    session.process.send_signal(signal.SIGINT)
    sim.set("interrupted")
    result = session.finish()
    assert (result.outcomes, result.status) == ([("retriggered", None)], 4)
    assert NEXT in result.stderr
    assert [run for run, _ in sim.ledger.applied] == [RUN]


def test_a_second_interrupt_does_not_wait_for_the_run_in_flight(reflow, sim):
    sim.fault(faults.stall(apply=True), run=RUN)
    session = reflow.start("retry", "--json", RUN, NEXT, url=sim.url)
    sim.ledger.wait("applied")
    session.process.send_signal(signal.SIGINT)
    wait_until_taken(session.process.pid, signal.SIGINT)
    session.process.send_signal(signal.SIGINT)
    result = session.finish()
    assert (result.outcomes, result.status) == ([("unknown", "connection_lost")], 5)


def wait_until_taken(pid, number):
    """Until a signal is no longer pending: two of a kind that are pending count as one."""
    pending = -1
    while pending >> (number - 1) & 1:
        with open("/proc/%d/status" % pid) as file:
            pending = int(re.search(r"ShdPnd:\s*(\w+)", file.read())[1], 16)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_command_that_waits_for_input_is_ended_without_a_word_of_storage(reflow, sim, number):
    session = reflow.start("retry", "--json", "-", url=sim.url)
    session.give(RUN)
    assert session.line()["outcome"] == "retriggered"
    session.process.send_signal(number)
    assert session.process.wait(5) in (0, 4)


# Signals and EINTR at every system call of an exchange

# Only calls that the loader does not make: before main() nobody handles a signal.
CALLS = {"socket": [1, 2], "connect": [1, 2], "poll": range(1, 7), "sendto": range(1, 5), "write": [1],
         "recvfrom": [1, 2, 5, 10, *range(12, 26)]}  # from about the 14th on the handshake is done
MOMENTS = [(name, number) for name, numbers in CALLS.items() for number in numbers]


@pytest.mark.parametrize("sig", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_at_any_system_call_of_an_exchange_leaves_a_true_report(reflow, make_sim, strace, sig, tls_version):
    def one(moment):
        sim = make_sim(versions=tls_version)
        result = run(reflow, sim.url, RUN, NEXT,
                     before=strace("-e", "trace=" + moment[0], "-e", "inject=%s:signal=%s:when=%d" % (moment[0], sig,
                                                                                                     moment[1])))
        return moment, result, sim.ledger.applied
    for moment, result, applied in side_by_side(one, MOMENTS):
        reflow_cli.check_truth(result, applied)
        assert result.status in (0, 4, 5), (moment, result)
        reported = {line["run"] for line in result.lines}
        assert {run for run, _ in applied} <= reported, (moment, result)
        assert reported or RUN in result.stderr, (moment, result)


EINTR = [("poll", "1+2"), ("poll", "1+3"), ("sendto", "1+2"), ("recvfrom", "1+2"), ("recvfrom", "2+3"),
         ("write", "1+2"), ("sendto,recvfrom,poll,write", "1+2"), ("sendto,recvfrom,poll,write", "1+3")]


@pytest.mark.not_instrumented("it makes system calls of its own")
@pytest.mark.parametrize("calls,when", EINTR, ids=lambda value: value)
def test_eintr_changes_nothing(reflow, sim, strace, calls, when, tls_version):
    result = run(reflow, sim.url, "--timeout", 5, RUN, NEXT,
                 before=strace("-e", "inject=%s:error=EINTR:when=%s" % (calls, when)))
    assert (result.outcomes, result.status, result.stderr) == ([("retriggered", None)] * 2, 0, "")
    reflow_cli.check_truth(result, sim.ledger.applied)


@pytest.mark.parametrize("call", ["openat", "read", "fstat,newfstatat"])
def test_eintr_at_the_token_file_leaves_a_true_report(reflow, sim, strace, tmp_path, call):
    file = tmp_path / "token"
    file.touch(mode=0o600)
    file.write_text(reflow_cli.TOKEN)
    result = run(reflow, sim.url, "--token-file", file, RUN, extra={"REFLOW_ACCESS_TOKEN": None},
                 before=strace("-P", file, "-e", "inject=%s:error=EINTR:when=1" % call))
    expect_truth_or_nothing(result, sim.ledger.applied)
    assert result.status in ((0,) if call == "read" else (0, 6))


ERRORS = [("socket", "EMFILE"), ("socket", "ENFILE"), ("socket", "ENOBUFS"), ("connect", "ENETUNREACH"),
          ("connect", "EADDRNOTAVAIL"), ("poll", "ENOMEM"), ("sendto", "ENOBUFS"), ("sendto", "ENOMEM"),
          ("sendto", "EPIPE"), ("sendto", "ECONNRESET"), ("recvfrom", "ENOMEM"), ("recvfrom", "ETIMEDOUT"),
          ("recvfrom", "EHOSTUNREACH"), ("getsockopt", "ENOBUFS"), ("setsockopt", "ENOPROTOOPT"), ("write", "EIO"),
          ("write", "ENOSPC"), ("write", "EDQUOT")]


@pytest.mark.parametrize("call,error", ERRORS, ids=lambda value: value)
def test_a_system_call_that_fails_once_leaves_a_true_report(reflow, make_sim, strace, call, error, tls_version):
    def one(number):
        sim = make_sim(versions=tls_version)
        result = run(reflow, sim.url, "--timeout", 1, "--attempts", 1, RUN,
                     before=strace("-e", "inject=%s:error=%s:when=%d" % (call, error, number)))
        return number, result, sim.ledger.applied
    for number, result, applied in side_by_side(one, CALLS.get(call, [1, 2])):
        reflow_cli.check_truth(result, applied)
        assert result.status in (0, 4, 5, 6), (number, result)
        assert result.lines or "retriggered" in result.stderr, (number, result)


def test_a_handshake_that_cannot_be_sent_is_a_lost_connection_and_repeated(reflow, sim, strace, tls_version):
    result = run(reflow, sim.url, "--timeout", 5, RUN, before=strace("-e", "inject=sendto:error=ENOBUFS:when=1"))
    assert (result.outcomes, result.one["attempts"]) == ([("retriggered", None)], 2)


# Descriptors, memory and threads that are not to be had

def limited(which, value):
    return lambda: resource.setrlimit(which, (value, value))


def expect_truth_or_nothing(result, applied):
    """It reported truly, or it failed before it reported anything, and then nothing was applied."""
    reflow_cli.check_truth(result, applied)
    if not result.lines:
        assert applied == [] and result.status != 0, result


def test_with_any_number_of_descriptors_the_report_is_true(reflow, make_sim, no_leak_check):
    statuses = []
    for number in range(0, 12):
        sim = make_sim()
        result = run(reflow, sim.url, "--attempts", 1, RUN, preexec_fn=limited(resource.RLIMIT_NOFILE, number))
        expect_truth_or_nothing(result, sim.ledger.applied)
        assert result.status in ENDS | {LOADER}, (number, result)
        statuses.append(result.status)
    works = statuses.index(0)
    assert set(statuses[works:]) == {0}
    assert {2, 4, 6} & set(statuses[:works])  # some failed in the tool itself


@pytest.mark.not_sanitized("their shadow is larger than any limit")
def test_with_any_amount_of_memory_the_report_is_true(reflow, make_sim):
    def one(kb):
        sim = make_sim()
        limit = ["prlimit", "--as=%d" % (kb * 1024)]
        return kb, sim, run(reflow, sim.url, "--attempts", 1, RUN, before=limit)
    sizes = range(4096, 16384, 96)
    ended = side_by_side(one, sizes)
    for kb, sim, result in ended:
        expect_truth_or_nothing(result, sim.ledger.applied)
        # Less than the program and the C library: the kernel or the loader ends it before main().
        assert result.status in ENDS | {LOADER} or sim.accepted == 0, (kb, result)
    assert ended[-1][2].status == 0


@pytest.fixture(scope="module")
def scarce_memory(tmp_path_factory):
    library = str(tmp_path_factory.mktemp("scarce") / "scarce_memory.so")
    subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-O1", "-Wall", "-Werror", "-shared", "-fPIC",
                    str(reflow_cli.ROOT / "tests/e2e/scarce_memory.c"), "-o", library], check=True)
    return library


def places(reflow, sim, library, file):
    """The number of the first allocation of each place in the program that allocates."""
    result = run(reflow, sim.url, RUN, extra={"LD_PRELOAD": library, "SCARCE_LIST": str(file)})
    assert result.status == 0
    return [int(line) for line in file.read_text().split()]


@pytest.mark.not_sanitized("they bring an allocator of their own")
def test_memory_that_fails_at_any_place_is_said_to_be_out_and_the_outcome_is_true(reflow, make_sim, scarce_memory,
                                                                                   tmp_path, tls_version, tls_features):
    if not tls_features.tls13:
        pytest.skip("the system's mbedTLS 2.28 can neither be traced nor counts what it could not allocate")

    def one(number):
        told = tmp_path / ("told-%d" % number)
        # A run of its own each, so that the ledger can be asked about it.
        mine = sim.state.add_run("run-%d" % number).id
        result = run(reflow, sim.url, mine, extra={"LD_PRELOAD": scarce_memory, "SCARCE_AT": str(number),
                                                   "SCARCE_TOLD": str(told)})
        return number, told.exists(), result, [pair for pair in sim.ledger.applied if pair[0] == mine]

    sim = make_sim(versions=tls_version)
    numbers = places(reflow, sim, scarce_memory, tmp_path / "places")
    assert len(numbers) > 300  # or the backtraces did not work
    ended = side_by_side(one, numbers)
    assert sum(told for _, told, _, _ in ended) >= len(numbers) - 10  # the last ones may not come up again
    wrong = []
    for number, told, result, applied in ended:
        expect_truth_or_nothing(result, applied)
        allowed = {("not_applied", "out_of_memory", 4), ("unknown", "out_of_memory", 5)}
        end = (*result.outcomes[0], result.status) if result.lines else None
        if end not in allowed and not (end == ("retriggered", None, 0)):
            wrong.append((number, end, result.stderr))
    assert wrong == []
    assert sum(result.status == 4 for _, _, result, _ in ended) > 300


# The resolver: a thread, a pipe and a block of memory of its own

NAMED = "near.wild.test"


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    try:
        with namespaces.Namespace(tmp_path_factory.mktemp("namespace")) as made:
            yield made
    except namespaces.Unavailable as reason:
        pytest.skip("no network namespace can be made here: %s" % reason)


@pytest.fixture
def named(pki, space):
    """A service whose name is not localhost, so that it has to be resolved."""
    sim = space.inside(Simulator, pki.chain("wildcard"), pki.key("wildcard"), hosts=(NAMED,)).start()
    sim.url = sim.url.replace("localhost", NAMED)
    yield sim
    sim.stop()
    assert sim.problems == []


def test_a_name_is_resolved_in_the_namespace_of_these_tests(reflow, named, space):
    result = run(reflow, named.url, RUN, before=space.command([]))
    assert (result.outcomes, result.status) == ([("retriggered", None)], 0)


def test_without_a_thread_for_the_resolver_nothing_is_applied(reflow, named, space, strace):
    no_threads = strace("-e", "inject=clone,clone3:error=EAGAIN")
    result = run(reflow, named.url, "--attempts", 1, RUN, before=space.command(no_threads))
    assert (result.outcomes, result.status) == ([("not_applied", "connect")], 4)
    assert named.accepted == 0


def test_a_thread_that_is_to_be_had_later_is_waited_for(reflow, named, space, strace):
    one_missing = strace("-e", "inject=clone,clone3:error=EAGAIN:when=1")
    result = run(reflow, named.url, RUN, before=space.command(one_missing))
    assert (result.outcomes, result.one["attempts"]) == ([("retriggered", None)], 2)


def test_with_any_number_of_descriptors_a_name_is_resolved_or_the_report_is_true(reflow, named, space, no_leak_check):
    ended = []
    for number in range(4, 16):
        before = len(named.ledger.applied)
        result = run(reflow, named.url, "--attempts", 1, RUN,
                     before=space.command(["prlimit", "--nofile=%d" % number]))
        expect_truth_or_nothing(result, named.ledger.applied[before:])
        assert result.status in (0, 2, 4, 6), (number, result)
        ended.append(result)
    assert ended[-1].status == 0
    assert ("not_applied", "connect") in [pair for result in ended for pair in result.outcomes]


# glibc 2.36 itself follows a null pointer in getaddrinfo() when nss_database.c gets no memory, and aborts a little
# later in the same file. That is before anything is sent.
GLIBC_ENDS = (-signal.SIGSEGV, -signal.SIGABRT)


@pytest.mark.not_sanitized("they bring an allocator of their own")
def test_memory_that_fails_in_the_resolver_leaves_a_true_report(reflow, named, space, scarce_memory, tmp_path,
                                                                tls_features):
    # The system's mbedTLS 2.28 has so few places in the program that the first 80 reach into the handshake, and it
    # does not count what it could not allocate there.
    errors = ["out_of_memory", "dns", "connect"] + ([] if tls_features.tls13 else ["tls_handshake"])

    def preloaded(setting):  # by env(1), so that nsenter(1) has memory
        return space.command(["env", "LD_PRELOAD=" + scarce_memory, setting])
    glibc_ended = 0
    assert run(reflow, named.url, RUN, before=preloaded("SCARCE_LIST=%s" % (tmp_path / "places"))).status == 0
    for number in (tmp_path / "places").read_text().split()[:80]:
        before = len(named.ledger.applied), named.accepted
        result = run(reflow, named.url, "--attempts", 1, RUN, before=preloaded("SCARCE_AT=" + number))
        expect_truth_or_nothing(result, named.ledger.applied[before[0]:])
        if result.status in GLIBC_ENDS and named.accepted == before[1]:
            glibc_ended += 1
            continue
        assert result.status in (0, 4), (number, result)
        assert result.status == 0 or result.outcomes[0] in [("not_applied", error) for error in errors], (
            number, result)
    assert glibc_ended <= 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_command_ended_while_a_name_is_resolved_says_not_applied_at_once(reflow, space, number):
    process = subprocess.Popen(space.command(reflow.command(["retry", "--json", RUN])),
                               env=reflow.environment("https://service.test/"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE)
    while len(os.listdir("/proc/%d/task" % process.pid)) < 2:
        assert process.poll() is None
    process.send_signal(number)
    out, _ = process.communicate(timeout=5)
    line = json.loads(out)
    assert (line["outcome"], line["error"], process.returncode) == ("not_applied", "connection_lost", 4)
    assert line["elapsed_ms"] < 1000
