# SPDX-License-Identifier: MIT
# `reflow wait`: looks until each run has ended; politely, through passing trouble, and not beyond its deadline.

import json
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
import state

FLOW = state.example(9001)
FIRST = 1795316407000  # 2026-11-22T03:00:07Z


@pytest.fixture
def sim(make_sim):
    sim = make_sim()
    sim.state.runs.clear()
    return sim


def add(sim, name, *future):
    """A run that takes on these statuses, one each time it is looked at; the last one stays."""
    return sim.state.add_run(name, status="scheduled", created_at=FIRST, future=list(future)).id


def wait(reflow, sim, *args, **options):
    return reflow.run("wait", "--json", "--poll", 1, *args, url=sim.url, **options)


def ends(result):
    return [(line["run"], line["status"]) for line in result.lines]


def looks(sim):
    return [request["run"] for request in sim.ledger.requests]


# How runs end

@pytest.mark.parametrize("status,expected", [("success", 0), ("COMPLETED", 0), ("failed", 1), ("partialSuccess", 1),
                                             ("PARTIAL_FAILURE", 1)])
def test_a_run_that_has_ended_is_told_at_the_first_look(reflow, sim, status, expected):
    result = wait(reflow, sim, add(sim, "a-run", status))
    assert (result.status, ends(result), looks(sim)) == (expected, [("a-run", status)], ["a-run"])


def test_a_run_is_looked_at_again_after_a_pause_until_it_has_ended(reflow, sim):
    result = wait(reflow, sim, add(sim, "a-run", "inProgress", "success"))
    assert (result.status, ends(result)) == (0, [("a-run", "success")])
    first, second = sim.ledger.requests
    assert second["time"] - first["time"] >= 0.9


def test_each_is_told_when_it_ends_and_the_worst_decides(reflow, sim):
    slow, bad, good = add(sim, "slow", "IN_PROGRESS", "success"), add(sim, "bad", "failed"), add(sim, "good", "success")
    result = wait(reflow, sim, slow, bad, good)
    assert (result.status, ends(result)) == (1, [("bad", "failed"), ("good", "success"), ("slow", "success")])
    _, second, third, _ = sim.ledger.requests  # the first one came late, behind the handshake
    assert third["time"] - second["time"] >= 0.3
    assert sim.accepted == 1


def test_quiet_tells_a_person_only_what_did_not_succeed(reflow, sim):
    good, bad = add(sim, "good", "success"), add(sim, "bad", "failed")
    result = reflow.run("wait", "-q", good, bad, url=sim.url)
    assert result.status == 1
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [["bad", "failed"],
                                                                          ["->", "CONNECTOR-2001-500:"]]


def test_an_unknown_word_with_a_time_of_completion_is_an_end_but_no_success(reflow, sim):
    result = wait(reflow, sim, add(sim, "a-run", "cancelled"))
    assert (result.status, ends(result)) == (1, [("a-run", "cancelled")])


def test_ids_come_from_standard_input_and_bad_ones_are_told(reflow, sim):
    add(sim, "a-run", "success")
    result = wait(reflow, sim, "-", stdin="a-run\na b\n")
    assert result.status == 2 and {line["run"] for line in result.lines} == {"a-run", "a b"}


# How waiting ends

@pytest.mark.parametrize("option", ["--wait-timeout", "--timeout"])
def test_what_still_runs_when_the_time_is_up_is_told_and_ends_4(reflow, sim, option):
    result = wait(reflow, sim, option, 1, add(sim, "a-run", "inProgress"))
    assert result.status == 4 and "the time is up" in result.stderr
    line = result.one
    assert (line["run"], line["status"], line["flow"], line["created"]) == ("a-run", "inProgress", FLOW,
                                                                            "2026-11-22T03:00:07Z")
    assert (line["completed"], line["error_code"]) == (None, None)


def test_wait_timeout_wins_over_timeout(reflow, sim):
    add(sim, "a-run", "inProgress", "success")
    assert wait(reflow, sim, "--wait-timeout", 10, "--timeout", 1, "a-run").status == 0


def test_a_request_without_an_answer_does_not_outlast_the_deadline(reflow, sim):
    sim.fault(faults.stall(), times=None)
    result = wait(reflow, sim, "--wait-timeout", 1, add(sim, "a-run"))
    assert result.status == 4 and (result.one["run"], result.one["status"]) == ("a-run", None)
    ended, = sim.ledger.wait("closed")
    assert ended["time"] - sim.ledger.requests[0]["time"] < 1.5


def test_a_pause_that_the_service_asks_for_does_not_outlast_the_deadline(reflow, sim):
    sim.fault(faults.status(429, {"Retry-After": "30"}), times=None)
    result = wait(reflow, sim, "--wait-timeout", 1, add(sim, "a-run"))
    assert result.status == 4 and len(sim.ledger.requests) == 1


def test_a_refusal_ends_waiting_for_that_run_only(reflow, sim):
    add(sim, "a-run", "success")
    result = wait(reflow, sim, "unknown-run", "a-run")
    assert result.status == 1 and looks(sim) == ["unknown-run", "a-run"]
    assert result.lines[0] == {"run": "unknown-run", "error": "not_found", "http_status": 404,
                               "detail": "Flow run unknown-run does not exist"}
    assert result.lines[1]["status"] == "success"


def test_a_token_that_is_not_accepted_is_not_sent_for_each_run(reflow, sim):
    for name in ("one", "two", "three"):
        add(sim, name, "success")
    result = wait(reflow, sim, "one", "two", "three", env={"REFLOW_ACCESS_TOKEN": "not-the-right-one"})
    assert result.status == 3 and looks(sim) == ["one"]
    assert [(line["run"], line["error"]) for line in result.lines] == [
        ("one", "unauthorized"), ("two", "unauthorized"), ("three", "unauthorized")]


# Trouble that passes

TROUBLE = {
    "503": faults.status(503), "500": faults.status(500), "cut": faults.truncated(100), "lost": [{"close": "rst"}],
    "not-json": faults.status(200, (), "<html>busy</html>"), "empty": [{"answer": {"json": {"items": []}}}],
    "throttled": faults.status(429, {"Retry-After": "0"}),
}


def test_trouble_that_passes_does_not_end_waiting(reflow, make_sim):
    def met(steps):
        sim = make_sim()
        sim.fault(steps, nth=1)
        add(sim, "a-run", "success")
        return sim, wait(reflow, sim, "--attempts", 1, "a-run")
    with ThreadPoolExecutor(len(TROUBLE)) as pool:
        for name, (sim, result) in zip(TROUBLE, pool.map(met, TROUBLE.values())):
            assert (result.status, ends(result)) == (0, [("a-run", "success")]), name
            assert len(sim.ledger.requests) == 2 and result.stderr.count("\n    -> still waiting") == 1, name


def test_a_connection_that_the_peer_closes_between_two_looks_is_opened_anew(reflow, sim):
    sim.fault(faults.idle_close(), nth=1)
    result = wait(reflow, sim, add(sim, "a-run", "inProgress", "success"))
    assert (result.status, ends(result), result.stderr, sim.accepted) == (0, [("a-run", "success")], "", 2)


# Signals

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_between_two_looks_ends_waiting_and_tells_what_is_known(reflow, sim, number):
    session = reflow.start("wait", "--json", add(sim, "one", "inProgress"), "two", url=sim.url)
    assert session.line()["error"] == "not_found"
    session.process.send_signal(number)
    assert session.process.wait(2) == 4
    result = session.finish()
    assert json.loads(result.stdout.splitlines()[-1])["status"] == "inProgress"
    assert "stopped" in result.stderr and looks(sim) == ["one", "two"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_during_a_look_does_not_wait_for_its_answer(reflow, sim, number):
    sim.fault(faults.stall())
    session = reflow.start("wait", "--json", add(sim, "one"), url=sim.url)
    sim.ledger.wait("request")
    session.process.send_signal(number)
    assert session.process.wait(2) == 4
    assert session.finish().one["status"] is None
