# SPDX-License-Identifier: MIT
# Peers that stall, everywhere: the command ends within its deadline plus half a second, and says what is true.
"""All cases run side by side, once; the tests below look at how each of them ended."""

import contextlib
import email.utils
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

import faults
import namespaces
import peers
import reflow_cli
import stalling
import state
from server import Simulator
from service import BASE

RUN = state.DOCUMENTED
DEADLINE, GRACE = 1.0, 0.5
SIDE_BY_SIDE = 20 if not reflow_cli.SANITIZED else 5  # whose handshakes take several times as long
OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = json.dumps({"id": "11111111-2222-4333-8444-555555555555", "padding": "x" * 200})
WITH_LENGTH = OK + "Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n"
CHUNK = "%x\r\n%s\r\n" % (len(BODY), BODY)

BEFORE, AFTER = ("not_applied", "timeout", 4), ("unknown", "timeout", 5)


@dataclass
class Case:
    """One command against one peer. `peer` is a context manager that is given the bench and yields a URL."""
    name: str
    peer: object
    ends: tuple
    tls: str = None
    at_once: bool = False  # ends long before the deadline
    args: list = field(default_factory=list)
    inside: bool = False  # needs the namespace
    env: dict = field(default_factory=dict)


@dataclass
class Ended:
    result: reflow_cli.Result
    seconds: float
    applied: list


class Bench:
    """What cases share, and how long a handshake is in each direction."""

    def __init__(self, pki, space):
        self.pki, self.space = pki, space
        self.tool = reflow_cli.Tool(pki)
        self.lengths = {}

    def simulator(self, tls, make=None):
        options = {"versions": tls or ("1.2", "1.3"), "tickets": 0}
        build = make or (lambda *args, **named: Simulator(*args, **named))
        return build(self.pki.chain("server-ec"), self.pki.key("server-ec"), **options).start()

    def measure(self, tls):
        """TCP bytes of a whole handshake: (from the client, from the server). Signatures vary by a few."""
        with self.simulator(tls) as sim:
            sim.fault([{"close": "fin"}], stage="before")
            self.tool.run("retry", "--json", "--attempts", 1, RUN, url=sim.url)
            closed, = sim.ledger.wait("closed")
        self.lengths[tls] = closed["raw_in"], closed["raw_out"]

    def ask(self, case, url, applied=lambda: []):
        command = self.tool.command(["retry", "--json", "--timeout", int(DEADLINE), *case.args, RUN])
        if case.inside:
            command = self.space.command(command)
        began = time.monotonic()
        process = subprocess.Popen(command, env=self.tool.environment(url, case.env), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=5 * DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        seconds = time.monotonic() - began
        return Ended(reflow_cli.Result(process.returncode, out.decode(), err.decode()), seconds, applied())

    def run(self, case):
        if case.inside and self.space is None:
            return None
        with case.peer(self, case) as (url, applied):
            return self.ask(case, url, applied)


# Peers

def simulated(steps, **where):
    @contextlib.contextmanager
    def peer(bench, case):
        with bench.simulator(case.tls) as sim:
            sim.fault(steps(bench.lengths.get(case.tls)) if callable(steps) else steps, times=None, **where)
            yield sim.url, lambda: sim.ledger.applied
    return peer


def unread():
    """Reads the handshake and not one byte of the request; buffers hold less than that request."""
    @contextlib.contextmanager
    def peer(bench, case):
        make = lambda *args, **options: bench.space.inside(Simulator, *args, **options)  # noqa: E731
        with bench.simulator(case.tls, make) as sim:
            sim.fault([{"wait": "never"}], stage="before", times=None)
            yield sim.url, lambda: sim.ledger.applied
    return peer


def trickling(period):
    @contextlib.contextmanager
    def peer(bench, case):
        with bench.simulator(case.tls) as sim, stalling.Trickle(sim.port, period) as relay:
            yield "https://localhost:%d%s" % (relay.port, BASE), lambda: sim.ledger.applied
    return peer


@contextlib.contextmanager
def full_backlog(bench, case):
    with stalling.FullBacklog() as listener:
        yield "https://127.0.0.1:%d%s" % (listener.port, BASE), lambda: []


def nobody_at(host):
    @contextlib.contextmanager
    def peer(bench, case):
        yield "https://%s%s" % (host, BASE), lambda: []
    return peer


# Cases

def handshake_cases(tls):
    """`lengths` is (from the client, from the server); 10 bytes short of the end is inside the last message."""
    def case(where, steps, ends=BEFORE):
        return Case("in-the-handshake-%s" % where, simulated(steps, stage="accept"), ends, tls)
    return [
        case("at-once", [{"stall": True}]),
        case("before-its-hello", [{"cut_out": 0, "how": "stall"}]),
        case("in-its-first-record-header", [{"cut_out": 1, "how": "stall"}]),
        case("in-its-hello", [{"cut_out": 20, "how": "stall"}]),
        case("in-its-certificate", [{"cut_out": 500, "how": "stall"}]),
        case("in-its-finished", lambda lengths: [{"cut_out": lengths[1] - 10, "how": "stall"}]),
        case("in-our-hello", [{"cut_in": 20, "how": "stall"}]),
        # In TLS 1.3 our Finished and the request leave together: the server has all that it needs.
        case("in-our-finished", lambda lengths: [{"cut_in": lengths[0] - 10, "how": "stall"}],
             AFTER if tls == "1.3" else BEFORE),
        Case("a-byte-a-second-from-the-start", trickling(1), BEFORE, tls),
        Case("a-byte-every-20-ms-from-the-start", trickling(0.02), BEFORE, tls),
    ]


def answer_cases(tls):
    def case(where, *steps, apply=True):
        return Case("%s" % where, simulated([{"apply": True}] * apply + [*steps, {"stall": True}]), AFTER, tls)

    def slow(where, data, period, at):
        return case("%s-a-byte-every-%g-s" % (where, period), {"send": data[:at]},
                    {"send": data[at:], "split": 1, "delay": period})
    return [
        case("before-the-answer-having-acted"),
        case("before-the-answer-not-having-acted", apply=False),
        case("in-the-status-line", {"send": "HTTP/1.1 2"}),
        case("in-a-field-line", {"send": OK + "Content-Le"}),
        case("before-the-empty-line", {"send": WITH_LENGTH[:-2]}),
        case("after-an-interim-response", {"send": "HTTP/1.1 100 Continue\r\n\r\n"}),
        case("after-the-head", {"send": WITH_LENGTH}),
        case("in-the-content", {"send": WITH_LENGTH + BODY[:60]}),
        case("before-the-last-byte", {"send": WITH_LENGTH + BODY[:-1]}),
        case("in-a-chunk-size", {"send": CHUNKED + "f"}),
        case("in-a-chunk-extension", {"send": CHUNKED + "5;a="}),
        case("in-the-middle-of-a-chunk", {"send": CHUNKED + CHUNK[:60]}),
        case("between-chunks", {"send": CHUNKED + CHUNK}),
        case("in-the-trailer", {"send": CHUNKED + CHUNK + "0\r\nX-A: "}),
        case("before-the-last-line-end", {"send": CHUNKED + CHUNK + "0\r\n\r"}),
        case("with-the-end-alone-missing", {"send": OK + "\r\n" + BODY}),
        case("in-the-content-of-a-refusal", {"send": "HTTP/1.1 400 No\r\nContent-Length: 9\r\n\r\n{"}, apply=False),
        case("in-the-content-of-a-429", {"send": "HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 9\r\n\r\n{"},
             apply=False),
        case("with-interim-responses-without-end",
             {"send": "HTTP/1.1 103 Early Hints\r\n\r\n" * 40, "split": 28, "delay": 0.1}),
        slow("in-the-head", WITH_LENGTH + BODY, 1, 0),
        slow("in-the-head", WITH_LENGTH + BODY, 0.02, 0),
        slow("in-the-content", WITH_LENGTH + BODY, 1, len(WITH_LENGTH)),
        slow("in-the-content", WITH_LENGTH + BODY, 0.02, len(WITH_LENGTH)),
        slow("in-a-chunk", CHUNKED + CHUNK, 1, len(CHUNKED) + 10),
        slow("in-a-chunk", CHUNKED + CHUNK, 0.02, len(CHUNKED) + 10),
    ]


def network_cases():
    return [
        Case("in-dns", nobody_at("service.test"), BEFORE, inside=True),
        Case("in-connect-to-one-address", nobody_at("192.0.2.7"), BEFORE, inside=True),
        Case("in-connect-to-three-addresses", nobody_at("far.test"), BEFORE, inside=True),
        Case("in-connect-to-a-full-backlog", full_backlog, BEFORE),
        Case("while-the-request-is-sent", unread(), BEFORE, inside=True, env={"REFLOW_ACCESS_TOKEN": "t" * 4000}),
    ]


def later(code, headers):
    return simulated(faults.status(code, headers))


def repeat_cases():
    limited, busy = ("not_applied", "rate_limited", 4), ("not_applied", "unavailable", 4)
    date = email.utils.formatdate(time.time() + 3600, usegmt=True)
    now = email.utils.formatdate(usegmt=True)
    at_once = [
        Case("429-that-asks-for-an-hour", later(429, {"Retry-After": "3600"}), limited),
        Case("429-that-asks-for-the-whole-deadline", later(429, {"Retry-After": "1"}), limited),
        Case("429-that-asks-for-ever", later(429, {"Retry-After": "9" * 30}), limited),
        Case("429-that-names-a-date", later(429, {"Retry-After": date, "Date": now}), limited),
        Case("503-that-asks-for-two-seconds", later(503, {"Retry-After": "2"}), busy),
    ]
    for case in at_once:
        case.at_once = True
    many = ["--attempts", 255]
    nothing_there = nobody_at("localhost:%d" % peers.free_port())
    return at_once + [
        Case("429-again-and-again", later(429, {"Retry-After": "0"}), limited, args=many),
        Case("503-again-and-again", later(503, {"Retry-After": "0"}), busy, args=many),
        Case("refused-connections-again-and-again", nothing_there, ("not_applied", "connect", 4), args=many),
        Case("resets-in-the-handshake-again-and-again",
             simulated([{"cut_out": 0, "how": "rst"}], stage="accept"), ("not_applied", "connection_lost", 4),
             args=many),
    ]


CASES = [case for tls in ("1.2", "1.3") for case in handshake_cases(tls) + answer_cases(tls)]
CASES += network_cases() + repeat_cases()


def identity(case):
    return case.name + ("-tls%s" % case.tls if case.tls else "")


@pytest.fixture(scope="module")
def bench(pki, tls_features, tmp_path_factory):
    try:
        space = namespaces.Namespace(tmp_path_factory.mktemp("namespace"))
    except namespaces.Unavailable as reason:
        space, told = None, str(reason)
    bench = Bench(pki, space)
    bench.why_no_space = None if space else told
    yield bench
    if space:
        space.__exit__()


@pytest.fixture(scope="module")
def ended(bench, tls_features):
    """How each case ended, by its identity; None where it could not be tried."""
    for tls in ("1.2", "1.3"):
        if tls == "1.2" or tls_features.tls13:
            bench.measure(tls)
    able = [case for case in CASES if case.tls != "1.3" or tls_features.tls13]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        return dict(zip(map(identity, able), pool.map(bench.run, able)))


@pytest.fixture
def end(request, ended, bench, tls_features):
    case = request.param
    tls_features.need(case.tls)
    if ended[identity(case)] is None:
        pytest.skip("no network namespace can be made here: %s" % bench.why_no_space)
    return case, ended[identity(case)]


every_case = pytest.mark.parametrize("end", CASES, ids=identity, indirect=True)


@every_case
def test_a_peer_that_stalls_does_not_hold_the_command_beyond_its_deadline(end):
    case, ended = end
    assert ended.seconds <= DEADLINE + GRACE
    assert ended.result.one["elapsed_ms"] <= (DEADLINE + GRACE) * 1000


@every_case
def test_a_stall_is_called_by_its_name_and_the_ledger_agrees(end):
    case, ended = end
    outcome, error, status = case.ends
    assert (ended.result.outcomes, ended.result.status) == ([(outcome, error)], status)
    reflow_cli.check_truth(ended.result, ended.applied)
    assert ended.result.stderr == ""


STALLS = [case for case in CASES if case.ends in (BEFORE, AFTER)]


@pytest.mark.parametrize("end", STALLS, ids=identity, indirect=True)
def test_a_stall_is_waited_for_until_the_deadline_and_no_shorter(end):
    case, ended = end
    assert ended.result.one["elapsed_ms"] >= DEADLINE * 1000
    assert ended.result.one["attempts"] == 1


@pytest.mark.parametrize("end", [case for case in CASES if case.at_once], ids=identity, indirect=True)
def test_what_cannot_finish_before_the_deadline_is_not_begun(end):
    case, ended = end
    assert ended.result.one["elapsed_ms"] < 500
    assert ended.result.one["attempts"] == 1


def test_each_run_of_a_list_has_a_deadline_of_its_own(reflow, sim):
    sim.fault(faults.stall(apply=True), run=RUN)
    result = reflow.retry(sim, "--timeout", 1, RUN, state.EXAMPLES["failed"][0])
    assert result.outcomes == [("unknown", "timeout"), ("retriggered", None)]
    assert sim.accepted == 2


def test_a_stall_in_a_later_attempt_is_held_against_the_same_deadline(reflow, sim):
    sim.fault([{"pause": 0.9}, *faults.status(429, {"Retry-After": "0"})], nth=1)
    sim.fault(faults.stall(apply=True), nth=2)
    began = time.monotonic()
    result = reflow.retry(sim, "--timeout", 2, RUN)
    assert 2.0 <= time.monotonic() - began <= 2.0 + GRACE
    assert (result.outcomes, result.status) == ([("unknown", "timeout")], 5)
    assert result.one["attempts"] == 2 and result.one["elapsed_ms"] >= 2000
