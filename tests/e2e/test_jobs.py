# SPDX-License-Identifier: MIT
# Many runs at once: each taken once, none held up by another, one throttle for all, and every end a true one.

import contextlib
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

import faults
import reflow_cli
import state

sys.path.append(str(reflow_cli.ROOT / "tests/bench"))

import bench  # noqa: E402
from nginx import Nginx  # noqa: E402

BAD = ["a b", "x" * 129, "x" * 5000, "%2e%2e", "a/b", "ü"]


def lines(ids):
    return "".join(run + "\n" for run in ids)


def expect_each_once(result, sim, ids):
    assert (result.status, {line["outcome"] for line in result.lines}) == (0, {"retriggered"}), result.stderr
    assert sorted(line["run"] for line in result.lines) == sorted(ids)
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


def paused(sim, run, event):
    """The service acts on this run when `event` is set; answers what says that it has been asked."""
    sim.fault([{"set": "asked " + run}, {"wait": event}, {"answer": "service"}], run=run)


def wait_until_asked(sim, ids):
    for run in ids:
        sim.ledger.wait("event", name="asked " + run)


# Each once

@pytest.mark.parametrize("jobs,count", [(8, 300), (64, 300), (8, 3)])
@pytest.mark.parametrize("source", ["operands", "input"])
def test_each_run_is_retriggered_once_and_reported_once(reflow, sim, jobs, count, source):
    ids = sim.state.add_failed(count)
    sim.state.delay_s = 0.01
    named = {"stdin": lines(ids)} if source == "input" else {}
    result = reflow.retry(sim, "--jobs", jobs, *(ids if source == "operands" else ["-"]), **named)
    expect_each_once(result, sim, ids)
    assert min(jobs, count) / 4 <= sim.accepted <= min(jobs, count)


def test_one_job_takes_one_after_the_other_in_order(reflow, sim):
    ids = sim.state.add_failed(20)
    result = reflow.retry(sim, "-", stdin=lines(ids))
    assert [line["run"] for line in result.lines] == [run for run, _ in sim.ledger.applied] == ids
    assert sim.accepted == 1


@pytest.mark.parametrize("jobs", ["0", "65", "x", "", "-1", "8x", "99999999999999999999"])
def test_a_number_of_connections_that_cannot_be_is_a_usage_error(reflow, sim, jobs):
    result = reflow.run("retry", "--jobs=" + jobs, state.DOCUMENTED, url=sim.url)
    assert (result.status, result.stdout, sim.accepted) == (2, "", 0) and "--jobs" in result.stderr


def test_what_is_refused_or_unknown_is_so_for_its_own_run_only(reflow, sim):
    named = {name: state.EXAMPLES[name][0] for name in ("flow-disabled", "provider-500", "items")}
    ids = sim.state.add_failed(40)
    result = reflow.retry(sim, "--jobs", 8, "-", stdin=lines([*ids[:20], *named.values(), *ids[20:]]))
    told = {line["run"]: (line["outcome"], line["id"]) for line in result.lines}
    applied = dict(sim.ledger.applied)
    assert len(result.lines) == len(told) == 43 and result.status == 5
    assert [told[named[name]][0] for name in named] == ["refused", "unknown", "retriggered"]
    assert all(told[run] == ("retriggered", applied[run]) for run in ids)


# None held up by another

@pytest.mark.parametrize("jobs", [2, 8])
def test_one_slow_answer_holds_up_no_other(reflow, sim, jobs):
    ids = sim.state.add_failed(40)
    slow = ids[:jobs - 1]  # a single connection is left for all the others
    for run in slow:
        paused(sim, run, "others done")
    session = reflow.start("retry", "--json", "--jobs", jobs, "--timeout", 6, *ids, url=sim.url)
    assert [session.line()["run"] for _ in ids[jobs - 1:]] == ids[jobs - 1:]
    sim.set("others done")
    expect_each_once(session.finish(), sim, ids)


def test_runs_behind_bad_lines_are_not_held_up_by_a_slow_one(reflow, sim):
    ids = sim.state.add_failed(10)
    paused(sim, ids[0], "others done")
    session = reflow.start("retry", "--json", "--jobs", 3, "--timeout", 6, "-", url=sim.url)
    session.process.stdin.write(lines([ids[0], *["bad line"] * 50, *ids[1:]]).encode())
    session.process.stdin.close()
    told = [session.line()["run"] for _ in range(59)]
    assert sorted(told) == sorted(["bad line"] * 50 + ids[1:])
    sim.set("others done")
    session.process.stdin = None
    assert (session.finish().status, len(sim.ledger.applied)) == (2, 10)


def test_a_run_named_twice_waits_for_itself_and_for_no_other(reflow, sim, tmp_path):
    ids = sim.state.add_failed(6)
    slow, twice, *others = ids
    paused(sim, slow, "others done")
    paused(sim, twice, "go")
    session = reflow.start("retry", "--json", "--jobs", 4, "--timeout", 6, "--journal", tmp_path / "journal",
                           slow, twice, twice, *others, url=sim.url)
    wait_until_asked(sim, [slow, twice])
    time.sleep(0.1)  # nothing else happens on the slow connection that could wake anyone
    sim.set("go")
    told = [session.line() for _ in range(6)]
    assert sorted(line["run"] for line in told) == sorted([twice, twice, *others])
    sim.set("others done")
    assert session.finish().status == 0
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


# A producer that takes its time

def seconds_used(pid):
    fields = pathlib.Path("/proc/%d/stat" % pid).read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def expect_rest(session, seconds=0.4):
    """Waiting costs nothing: a loop that does not wait would use most of this time."""
    before = seconds_used(session.process.pid)
    time.sleep(seconds)
    assert seconds_used(session.process.pid) - before <= seconds / 5


def test_what_is_on_its_way_is_finished_while_standard_input_is_silent(reflow, sim):
    ids = sim.state.add_failed(6)
    session = reflow.start("retry", "--json", "--jobs", 4, "-", url=sim.url)
    for part in (ids[:3], ids[3:4], ids[4:]):
        for run in part:
            session.give(run)
        assert {session.line()["run"] for _ in part} == set(part)
    expect_each_once(session.finish(), sim, ids)


@pytest.mark.parametrize("case", ["silent input", "half a line", "more input than room", "input while throttled",
                                  "nothing on its way"])
def test_waiting_is_not_looking_again_and_again(reflow, sim, case):
    ids = sim.state.add_failed(9)
    if case == "input while throttled":
        sim.fault(faults.status(429, {"Retry-After": "1"}), run=ids[0])
    elif case != "nothing on its way":
        paused(sim, ids[0], "go")
        paused(sim, ids[1], "go")
    session = reflow.start("retry", "--json", "--jobs", 3 if case != "more input than room" else 2, "-", url=sim.url)
    session.give(ids[0])
    if case in ("nothing on its way", "input while throttled"):
        sim.ledger.wait("answered")
    else:
        session.give(ids[1])
        sim.ledger.wait("request", 2)
    if case == "half a line":
        session.process.stdin.write(ids[2][:10].encode())
        session.process.stdin.flush()
    elif case in ("more input than room", "input while throttled"):
        for run in ids[1 if case == "input while throttled" else 2:]:
            session.give(run)
    time.sleep(0.1)
    expect_rest(session)
    sim.set("go")
    if case == "half a line":
        session.give(ids[2][10:])
    asked = {"silent input": ids[:2], "half a line": ids[:3], "nothing on its way": ids[:1]}.get(case, ids)
    expect_each_once(session.finish(), sim, asked)


def test_input_may_end_without_a_line_end(reflow, sim):
    ids = sim.state.add_failed(20)
    expect_each_once(reflow.retry(sim, "--jobs", 8, "-", stdin="\n".join(ids)), sim, ids)


def test_bad_lines_are_reported_and_the_rest_go_on(reflow, sim):
    ids = sim.state.add_failed(30)
    mixed = [line for run, bad in zip(ids, BAD * 5) for line in (run, bad)]
    result = reflow.retry(sim, "--jobs", 8, "-", stdin=lines(mixed))
    told = [line["error"] for line in result.lines]
    assert (result.status, len(told), told.count("invalid_argument"), told.count(None)) == (2, 60, 30, 30)
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


# One throttle for all

def times_of(sim, kind, **facts):
    return [entry["time"] for entry in sim.ledger.of(kind, **facts)]


def test_one_429_slows_all_connections_and_everything_is_done_in_the_end(reflow, sim):
    ids = sim.state.add_failed(40)
    sim.state.delay_s = 0.01
    sim.fault(faults.status(429, {"Retry-After": "1"}), nth=20)
    expect_each_once(reflow.retry(sim, "--jobs", 8, "-", stdin=lines(ids)), sim, ids)
    told, = times_of(sim, "answered", status=429)
    asked = times_of(sim, "request")
    on_their_way = [at for at in asked if told < at < told + 0.5]
    assert len(on_their_way) <= 7 and all(at < told + 0.3 for at in on_their_way)
    after = [at for at in asked if at >= told + 0.5]
    assert after[0] >= told + 1
    gaps = [later - earlier for earlier, later in zip(after, after[1:])]
    assert all(gap >= 0.045 for gap in gaps[:5]), gaps  # 100 ms, an eighth less for each success
    assert max(gaps) < 0.5 and len(asked) == 41


def test_a_service_with_a_rate_is_followed_to_the_last_run(reflow, sim):
    """Told 429 again and again, each run is repeated until it is taken, and the others wait their turn."""
    ids = sim.state.add_failed(50)
    sim.state.rate = (40, 1)
    expect_each_once(reflow.retry(sim, "--jobs", 8, "--attempts", 9, "-", stdin=lines(ids)), sim, ids)
    assert sim.state.throttled <= 16


def test_what_a_hold_would_keep_beyond_its_deadline_ends_at_once_unsent(reflow, sim):
    ids = sim.state.add_failed(12)
    for connection in (2, 3, 4):  # ready to be sent when the hold has begun
        sim.fault([{"wait": "held"}], stage="accept", connection=connection)
    sim.fault([*faults.status(429, {"Retry-After": "2"}), {"pause": 0.1}, {"set": "held"}], nth=1)
    result = reflow.retry(sim, "--jobs", 4, "--timeout", 1, *ids)
    assert result.outcomes == [("not_applied", "rate_limited")] * 12 and result.status == 4
    at_once_ms = 500 if not reflow_cli.SANITIZED else 1000
    assert all(line["elapsed_ms"] < at_once_ms for line in result.lines)
    assert len(sim.ledger.requests) == 1


def test_between_two_attempts_the_longer_hold_of_another_run_ends_with_the_deadline(reflow, sim):
    first, second = sim.state.add_failed(2)
    sim.fault([{"set": "asked"}, {"wait": "told"}, {"pause": 0.1}, *faults.status(429, {"Retry-After": "0"})], run=first)
    sim.fault([{"wait": "asked"}, *faults.status(429, {"Retry-After": "3600"}), {"set": "told"}], run=second)
    result = reflow.retry(sim, "--jobs", 2, "--timeout", 2, first, second)
    told = {line["run"]: line for line in result.lines}
    assert set(result.outcomes) == {("not_applied", "rate_limited")} and result.status == 4
    assert told[second]["elapsed_ms"] < 1000 and 2000 <= told[first]["elapsed_ms"] < 3000
    assert len(sim.ledger.requests) == 2


# Ends

def started(reflow, sim, ids, in_flight, *options):
    for run in ids[:in_flight]:
        paused(sim, run, "go")
    session = reflow.start("retry", "--json", "--jobs", in_flight, *options, *ids, url=sim.url)
    wait_until_asked(sim, ids[:in_flight])
    return session


def test_an_interrupt_takes_no_more_runs_and_finishes_those_in_flight(reflow, sim):
    ids = sim.state.add_failed(20)
    session = started(reflow, sim, ids, 4)
    session.process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    sim.set("go")
    result = session.finish()
    reflow_cli.check_truth(result, sim.ledger.applied)
    assert sorted(line["run"] for line in result.lines) == sorted(ids[:4])
    assert {line["outcome"] for line in result.lines} == {"retriggered"} and len(sim.ledger.requests) == 4
    assert result.status == 4 and "stopped before run " + ids[4] in result.stderr


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]], ids=["SIGTERM", "SIGINT twice"])
def test_who_insists_is_told_the_truth_at_once(reflow, sim, signals):
    ids = sim.state.add_failed(20)
    session = started(reflow, sim, ids, 4)
    for number in signals:
        session.process.send_signal(number)
        time.sleep(0.1)
    began = time.monotonic()
    result = session.finish()
    assert time.monotonic() - began < 3
    reflow_cli.check_truth(result, sim.ledger.applied)
    assert sorted(line["run"] for line in result.lines) == sorted(ids[:4])
    assert {line["outcome"] for line in result.lines} == {"unknown"} and result.status == 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nobody_waits_for_the_end_of_a_hold_to_be_interrupted(reflow, sim, number):
    ids = sim.state.add_failed(5)
    sim.fault(faults.status(429, {"Retry-After": "30"}), nth=1)
    session = reflow.start("retry", "--json", "--attempts", 1, *ids, url=sim.url)
    assert session.line()["outcome"] == "not_applied"
    session.process.send_signal(number)
    result = session.finish()
    assert result.status == 4 and len(result.lines) == 1 and len(sim.ledger.requests) == 1
    assert "stopped before run %s\n" % ids[1] in result.stderr


def test_when_nobody_reads_the_reports_no_further_run_is_begun(reflow, sim):
    ids = sim.state.add_failed(80)
    sim.state.delay_s = 0.05
    session = reflow.start("retry", "--json", "--jobs", 4, *ids, url=sim.url)
    session.line()
    session.process.stdout.close()
    session.process.stdout = None
    status, err = session.process.wait(10), session.process.stderr.read().decode()
    applied = [run for run, _ in sim.ledger.applied]
    assert status == 6 and len(applied) == len(set(applied)) <= 16
    lost = re.findall(r"standard output cannot be written to; run (\S+): retriggered", err)
    assert lost and set(lost) <= set(applied), err


@pytest.mark.parametrize("steps", [faults.shaped(close=True), faults.idle_close(), faults.idle_close("rst")],
                         ids=["announced", "close_notify", "rst"])
def test_a_server_that_ends_every_connection_after_one_answer_costs_connections_only(reflow, sim, steps):
    ids = sim.state.add_failed(60)
    sim.fault(steps, times=None)
    result = reflow.retry(sim, "--jobs", 8, "-", stdin=lines(ids))
    if "close" in steps[-1]:  # unannounced, it may meet the next request, which is unknown then
        assert {line["outcome"] for line in result.lines} <= {"retriggered", "unknown"} and len(result.lines) == 60
    else:
        expect_each_once(result, sim, ids)


def test_a_server_that_goes_away_leaves_a_true_report_of_every_run(reflow, make_sim):
    sim = make_sim()
    ids = sim.state.add_failed(200)
    sim.state.delay_s = 0.02
    session = reflow.start("retry", "--json", "--jobs", 8, "--attempts", 1, *ids, url=sim.url)
    sim.ledger.wait("applied", 30)
    sim.stop()
    result = session.finish()
    reflow_cli.check_truth(result, sim.ledger.applied)
    assert sorted(line["run"] for line in result.lines) == sorted(ids) and result.status in (4, 5)
    told = [line["outcome"] for line in result.lines]
    assert told.count("not_applied") >= 100 and told.count("unknown") <= 8


# Twice in the input

def test_without_a_journal_a_run_that_is_named_twice_is_asked_for_twice(reflow, sim):
    ids = sim.state.add_failed(10)
    result = reflow.retry(sim, "--jobs", 4, "-", stdin=lines([*ids, *ids]))
    assert [line["outcome"] for line in result.lines] == ["retriggered"] * 20
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids * 2)


@pytest.mark.parametrize("order", ["pairs", "one after the other"])
@pytest.mark.parametrize("jobs", [1, 8])
def test_with_a_journal_a_run_that_is_named_twice_is_applied_once(reflow, sim, tmp_path, jobs, order):
    ids = sim.state.add_failed(10)
    named = [run for run in ids for _ in range(2)] if order == "pairs" else [*ids, *ids]
    result = reflow.run("retry", "--json", "--jobs", jobs, "--journal", tmp_path / "journal", "-", url=sim.url,
                        stdin=lines(named))
    assert (result.status, sorted(line["run"] for line in result.lines)) == (0, sorted(named)), result
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


# Memory

@pytest.fixture(scope="module")
def peak(tmp_path_factory):
    """peak(reflow, url, jobs, ids): the result and the largest resident set in KB."""
    if "REFLOW_WRAPPER" in os.environ:
        pytest.skip("the memory of a wrapper says nothing")
    folder = tmp_path_factory.mktemp("peak")
    program = str(folder / "peak")
    subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-O1", str(reflow_cli.ROOT / "tests/e2e/peak.c"), "-o",
                    program], check=True)

    def run(reflow, url, jobs, ids):
        done = subprocess.run([program, str(folder / "kb"), *reflow.command(["retry", "--json", "--jobs", jobs, "-"])],
                              env=reflow.environment(url), input=lines(ids).encode(), capture_output=True, timeout=20)
        return (reflow_cli.Result(done.returncode, done.stdout.decode(), done.stderr.decode()),
                int((folder / "kb").read_text()))
    return run


@pytest.fixture(scope="module")
def quick(pki, tmp_path_factory):
    """nginx, which answers thousands in a second."""
    with Nginx(tmp_path_factory.mktemp("nginx"), pki) as service:
        yield service


@pytest.mark.not_sanitized("they take memory of their own")
def test_memory_is_flat_and_bounded(reflow, quick, peak, tls_features):
    connection = 60 if tls_features.version >= (3, 0, 0) else 110  # KB; the system's library has longer buffers

    def kb(jobs, count):
        result, size = peak(reflow, quick.url, jobs, bench.run_ids(count))
        assert (result.status, len(result.lines)) == (0, count)
        return size
    # The kernel counts pages in batches of up to 64 for each processor. More would be 90 bytes kept for each run.
    more = 512
    alone = kb(1, 100)
    assert kb(1, 6000) <= alone + more
    many = kb(64, 300)
    assert many <= alone + 64 * connection and kb(64, 6000) <= many + more


# What a person sees meanwhile

PROGRESS = re.compile(r"(\d+) done, (\d+) refused, (\d+) not applied, (\d+) unknown, (\d+\.\d) a second"
                      r"(?:, (\d+:\d\d) left)?")
ERASE = "\r\x1b[K"


class Terminal:
    """A terminal that the tool's standard error, and if need be its output, stands on."""

    def __init__(self, reflow, url, *args, output=False, stdin=None):
        self.master, slave = os.openpty()
        self.process = subprocess.Popen(reflow.command(args), env=reflow.environment(url), stderr=slave,
                                        stdin=stdin or subprocess.DEVNULL, stdout=slave if output else subprocess.PIPE)
        os.close(slave)

    def read(self):
        """All that was written to it."""
        seen = b""
        with contextlib.suppress(OSError):  # the other side is closed
            while part := os.read(self.master, 65536):
                seen += part
        os.close(self.master)
        self.out = self.process.communicate(timeout=10)[0]
        return seen.decode()


def on_screen(seen):
    """What stands there in the end."""
    return [line.split("\r")[-1].removeprefix("\x1b[K") for line in seen.replace("\r\n", "\n").split("\n")]


def test_progress_tells_how_far_it_is_and_is_gone_in_the_end(reflow, sim):
    ids = sim.state.add_failed(150)
    sim.state.runs[ids[0]].trouble = state.EXAMPLES["provider-500"][2]
    sim.state.runs[ids[1]].trouble = state.EXAMPLES["cannot-create"][2]
    sim.state.delay_s = 0.02
    terminal = Terminal(reflow, sim.url, "retry", "--jobs", "4", *ids)
    seen = terminal.read()
    assert seen.startswith(ERASE) and seen.endswith(ERASE) and on_screen(seen) == [""]
    shown = [PROGRESS.fullmatch(part) for part in seen.split(ERASE) if part]
    assert len(shown) >= 3 and all(shown), seen
    done = [int(match[1]) for match in shown]
    assert done == sorted(done) and done[-1] >= 140
    assert [match[2] for match in shown][-1] == "1" and [match[4] for match in shown][-1] == "1"
    assert all(float(match[5]) > 0 for match in shown) and all(match[6] for match in shown[:-3])
    assert len(terminal.out.splitlines()) == 152  # two of them with advice


def test_progress_comes_back_after_every_report(reflow, sim):
    """However fast reports come: what takes the line away puts it back."""
    ids = sim.state.add_failed(100)
    sim.state.delay_s = 0.02
    seen = Terminal(reflow, sim.url, "retry", "--jobs", "4", *ids).read()
    done = [int(match[1]) for match in map(PROGRESS.fullmatch, seen.split(ERASE)) if match]
    assert done == list(range(done[0], 101)) and done[0] < 90


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["person", "json"])
def test_reports_on_the_same_terminal_stay_whole(reflow, sim, options):
    ids = sim.state.add_failed(100)
    sim.state.delay_s = 0.02
    seen = Terminal(reflow, sim.url, "retry", "--jobs", "4", *options, *ids, output=True).read()
    assert PROGRESS.search(seen)
    *reports, last = on_screen(seen)
    assert last == "" and len(reports) == 100
    assert all((json.loads(line)["run"] if options else line.split()[0]) in ids for line in reports)


def test_how_long_it_takes_is_known_of_a_file_and_not_of_a_pipe(reflow, sim, tmp_path):
    ids = sim.state.add_failed(60)
    sim.state.delay_s = 0.02
    (tmp_path / "ids").write_text(lines(ids))
    with open(tmp_path / "ids") as file:
        seen = Terminal(reflow, sim.url, "retry", "--jobs", "4", "-", stdin=file).read()
    assert re.search(r"\d+:\d\d left", seen)
    with subprocess.Popen(["cat", tmp_path / "ids"], stdout=subprocess.PIPE) as cat:
        seen = Terminal(reflow, sim.url, "retry", "--jobs", "4", "-", stdin=cat.stdout).read()
    assert PROGRESS.search(seen) and " left" not in seen


@pytest.mark.parametrize("option", ["-q", "-v"])
def test_no_progress_is_shown_to_who_wants_less_or_sees_more(reflow, sim, option):
    ids = sim.state.add_failed(60)
    sim.state.delay_s = 0.02
    assert " a second" not in Terminal(reflow, sim.url, "retry", "--jobs", "4", option, *ids).read()


def test_no_progress_is_written_where_no_terminal_is(reflow, sim):
    ids = sim.state.add_failed(60)
    sim.state.delay_s = 0.02
    assert reflow.retry(sim, "--jobs", 4, *ids).stderr == ""
