# SPDX-License-Identifier: MIT
# Connections that end, stall or say too much: no run is taken for another, none is applied twice, none is lied about.

import pytest

import faults
import peers
import state

RUN = state.EXAMPLES["failed"][0]
NEXT = state.DOCUMENTED
THIRD = state.EXAMPLES["empty-success"][0]


# Between two runs

@pytest.mark.parametrize("close", ["notify", "fin", "rst"])
def test_an_idle_close_between_runs_is_replaced(reflow, sim, close, tls_version):
    sim.fault(faults.idle_close(close, event="idle"), run=RUN)
    session = reflow.start("retry", "--json", "-", url=sim.url)
    session.give(RUN)
    assert session.line()["outcome"] == "retriggered"
    sim.set("idle")
    sim.ledger.wait("closed")
    session.give(NEXT)
    line = session.line()
    assert (line["outcome"], line["id"]) == ("retriggered", state.DOCUMENTED_NEW)
    session.process.stdin.close()
    assert session.process.wait(10) == 0
    assert sim.accepted == 2
    assert [run for run, _ in sim.ledger.applied] == [RUN, NEXT]


def test_a_late_answer_is_not_taken_for_the_next_runs(reflow, sim, tls_version):
    sim.fault(faults.late("idle", "said"), run=RUN)
    session = reflow.start("retry", "--json", "-", url=sim.url)
    session.give(RUN)
    assert session.line()["outcome"] == "retriggered"
    sim.set("idle")
    sim.ledger.wait("event", name="said")
    session.give(NEXT)
    line = session.line()
    assert (line["outcome"], line["id"]) == ("retriggered", state.DOCUMENTED_NEW)
    session.process.stdin.close()
    assert session.process.wait(10) == 0
    assert sim.accepted == 2


def test_a_surplus_answer_is_not_taken_for_the_next_runs(reflow, sim, tls_version):
    answer = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"id": "good"}'
    sim.fault([{"apply": "good"}, {"send": answer + faults.EVIL}], run=RUN)
    result = reflow.retry(sim, RUN, NEXT)
    assert [line["id"] for line in result.lines] == ["good", state.DOCUMENTED_NEW]
    assert sim.accepted == 2


@pytest.mark.parametrize("shape", [{"close": True}, {"version": "HTTP/1.0"}, {"length": False}], ids=str)
def test_a_connection_that_is_said_to_close_is_not_used_again(reflow, sim, shape):
    sim.fault(faults.shaped(**shape), run=RUN)
    result = reflow.retry(sim, RUN, NEXT)
    assert (result.outcomes, result.status) == ([("retriggered", None)] * 2, 0)
    assert sim.accepted == 2


def test_the_content_of_an_error_is_read_so_that_the_next_answer_is_the_next(reflow, sim):
    sim.fault(faults.status(400, {"Content-Type": "text/html"}, faults.EVIL * 50), run=RUN)
    sim.fault(faults.status(404, (), faults.EVIL * 50, chunks=[7, 100]), run=THIRD)
    result = reflow.retry(sim, RUN, THIRD, NEXT)
    assert [line["outcome"] for line in result.lines] == ["refused", "refused", "retriggered"]
    assert result.lines[2]["id"] == state.DOCUMENTED_NEW
    assert sim.accepted == 1


# Lost after the commit point

@pytest.mark.parametrize("close", ["notify", "fin", "rst"])
@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not-applied"])
def test_a_connection_lost_after_commit_is_unknown_and_not_repeated(reflow, sim, close, applied, tls_version):
    sim.fault(faults.apply_then_drop(close) if applied else faults.drop_before_apply(close), run=NEXT)
    result = reflow.retry(sim, RUN, NEXT, THIRD)
    assert [line["outcome"] for line in result.lines] == ["retriggered", "unknown", "retriggered"]
    assert result.lines[1]["error"] in ("connection_lost", "http_truncated")
    assert result.lines[1]["attempts"] == 1
    assert result.status == 5
    assert [run for run, _ in sim.ledger.applied] == [RUN] + [NEXT] * applied + [THIRD]


def test_a_reset_after_commit_says_connection_lost(reflow, sim, tls_version):
    sim.fault(faults.apply_then_drop("rst"))
    result = reflow.retry(sim, RUN)
    assert (result.outcomes, result.status) == ([("unknown", "connection_lost")], 5)


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not-applied"])
def test_silence_after_commit_is_unknown_at_the_deadline(reflow, sim, applied):
    sim.fault(faults.stall(applied), run=RUN)
    result = reflow.retry(sim, "--timeout", 1, RUN)
    assert (result.outcomes, result.status) == ([("unknown", "timeout")], 5)
    assert 900 <= result.one["elapsed_ms"] <= 1500


# Lost before it

@pytest.mark.parametrize("cut", [{"cut_in": 1}, {"cut_in": 150}, {"cut_out": 0}, {"cut_out": 1}, {"cut_out": 700}],
                         ids=str)
@pytest.mark.parametrize("how", ["fin", "rst"])
def test_a_connection_lost_in_the_handshake_is_not_applied(reflow, sim, cut, how, tls_version):
    sim.fault([{**cut, "how": how}], stage="accept", times=None)
    result = reflow.retry(sim, "--attempts", 1, RUN)
    assert (result.outcomes, result.status) == ([("not_applied", "connection_lost")], 4)
    assert sim.ledger.requests == []


def test_a_connection_lost_in_the_handshake_is_repeated(reflow, sim):
    sim.fault([{"cut_out": 0, "how": "rst"}], stage="accept")
    result = reflow.retry(sim, RUN)
    assert (result.outcomes, result.status) == ([("retriggered", None)], 0)
    assert result.one["attempts"] == 2 and sim.accepted == 2


def test_silence_in_the_handshake_is_not_applied_at_the_deadline(reflow, sim):
    sim.fault([{"stall": True}], stage="accept", times=None)
    result = reflow.retry(sim, "--timeout", 1, RUN)
    assert (result.outcomes, result.status) == ([("not_applied", "timeout")], 4)
    assert result.one["elapsed_ms"] <= 1500


def test_nobody_listening_is_connect(reflow):
    result = reflow.run("retry", "--json", "--attempts", 1, RUN, url="https://localhost:%d/x" % peers.free_port())
    assert (result.outcomes, result.status) == ([("not_applied", "connect")], 4)


def test_a_host_that_does_not_exist_is_dns(reflow):
    result = reflow.run("retry", "--json", "--attempts", 1, "--timeout", 5, RUN, url="https://nowhere.invalid/x")
    assert (result.outcomes, result.status) == ([("not_applied", "dns")], 4)
