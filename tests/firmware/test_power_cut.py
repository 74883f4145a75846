# SPDX-License-Identifier: MIT
# Power fails at every point around the commit point: after the restart nothing is done twice, nothing is claimed.

import pytest

import faults
import state

NOTHING_SENT = ["verified", "erased", "half-intent", "unsealed"]
MAYBE = ["intended", "ended", "half-outcome"]


def cut_at(device, point):
    process = device.start(cut=point)
    for line in process.stdout:
        if line.decode() == "cut at %s\n" % point:
            break
    else:
        pytest.fail("%s was not reached" % point)
    device.power_off()


def check_restart(device, sim, outcome, status):
    """However often it is started: it says so, and all in all the run was applied once at most."""
    for _ in range(2):
        result = device.run()
        assert (result.one["run"], result.one["outcome"], result.status) == (state.DOCUMENTED, outcome, status)
        assert len(sim.ledger.applied) <= 1
        if outcome == "retriggered":
            assert sim.ledger.applied == [(state.DOCUMENTED, result.one["id"])]


@pytest.fixture
def device(sim, make_device, tmp_path):
    return make_device("tls12", sim, marker=tmp_path / "marker")


@pytest.mark.parametrize("point", NOTHING_SENT)
def test_before_the_intent_is_whole_nothing_was_sent_and_the_restart_does_the_job(sim, device, point):
    cut_at(device, point)
    assert sim.ledger.requests == []
    check_restart(device, sim, "retriggered", 0)


@pytest.mark.parametrize("point", MAYBE)
def test_from_the_intent_to_the_outcome_the_restart_says_unknown_and_sends_nothing(sim, device, point):
    cut_at(device, point)
    seen = sim.accepted
    check_restart(device, sim, "unknown", 5)
    assert sim.accepted == seen


def test_after_the_outcome_the_restart_remembers_it(sim, device):
    cut_at(device, "settled")
    check_restart(device, sim, "retriggered", 0)
    assert len(sim.ledger.requests) == 1


@pytest.mark.parametrize("steps", [faults.stall(), faults.stall(apply=True),
                                   [{"answer": "service", "keep": 40}, {"stall": True}]],
                         ids=["received", "applied", "half-answered"])
def test_power_that_fails_while_the_service_works_leaves_unknown(sim, device, steps):
    sim.fault(steps)
    device.start()
    sim.ledger.wait("request", timeout=30)
    if steps[0] != {"stall": True}:
        sim.ledger.wait("applied", timeout=30)
    device.power_off()
    check_restart(device, sim, "unknown", 5)
    assert len(sim.ledger.requests) == 1


def test_power_that_fails_again_and_again_during_the_handshake_costs_nothing(sim, device):
    for number in range(1, 4):
        sim.fault([{"set": "accepted"}, {"stall": True}], stage="accept", connection=number)
        device.start()
        sim.ledger.wait("event", count=number, timeout=30)
        device.power_off()
    check_restart(device, sim, "retriggered", 0)


def test_a_refused_run_is_settled_and_may_be_tried_again(sim, device):
    disabled = state.EXAMPLES["flow-disabled"][0]
    for _ in range(2):
        device.run(sim, run=disabled).said("refused", "rejected", 1)
    assert sim.ledger.applied == []


def test_an_unknown_run_keeps_others_from_the_marker(sim, device):
    cut_at(device, "intended")
    line = device.run(run=state.EXAMPLES["failed"][0]).said("unknown", None, 5)
    assert line["run"] == state.DOCUMENTED
    assert sim.ledger.requests == []


@pytest.mark.parametrize("loop", [0, 1], ids=["blocking", "super-loop"])
def test_a_marker_that_cannot_be_written_sends_nothing(sim, make_device, tmp_path, loop):
    device = make_device("tls12", sim, marker=tmp_path / "missing" / "marker", loop=loop)
    device.run(sim).said("not_applied", "storage", 6)
    assert sim.ledger.requests == []


def test_an_unknown_outcome_stays_one_over_a_restart(sim, device):
    sim.fault(faults.apply_then_drop())
    device.run(sim, loop=1).said("unknown", "connection_lost", 5)
    check_restart(device, sim, "unknown", 5)
    assert len(sim.ledger.requests) == 1


@pytest.mark.parametrize("content", [b"\xff", b"\0"], ids=["erased", "zeros"])
def test_a_sector_without_a_seal_holds_no_intent(sim, device, tmp_path, content):
    (tmp_path / "marker").write_bytes(content * 512)
    check_restart(device, sim, "retriggered", 0)
