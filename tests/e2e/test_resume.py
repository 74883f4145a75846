# SPDX-License-Identifier: MIT
# A connection that has to be made anew is resumed: by the server's word, and with nothing else changed.

import faults


def failed_runs(sim, count):
    return [sim.state.add_run("run-%d" % at).id for at in range(count)]


def resumed(sim):
    return [entry["resumed"] for entry in sim.ledger.connections]


def test_each_connection_after_the_first_is_resumed(reflow, make_sim, tls_version):
    sim = make_sim(versions=tls_version)
    runs = failed_runs(sim, 4)
    for run in runs:
        sim.fault(faults.shaped(close=True), run=run)
    result = reflow.retry(sim, "-v", *runs)
    assert (result.outcomes, result.status) == ([("retriggered", None)] * 4, 0)
    assert [line["attempts"] for line in result.lines] == [1] * 4
    assert resumed(sim) == [False, True, True, True] and sim.accepted == 4
    assert result.stderr.count("resumed") == 3
    closed = sorted(sim.ledger.wait("closed", 4), key=lambda entry: entry["connection"])
    assert all(entry["raw_out"] < 0.7 * closed[0]["raw_out"] for entry in closed[1:])


def test_a_server_that_gives_no_ticket_is_not_asked_for_one(reflow, make_sim, tls_features):
    """TLS 1.2 has session IDs beside."""
    tls_features.need("1.3")
    sim = make_sim(versions="1.3", tickets=0)
    runs = failed_runs(sim, 3)
    for run in runs:
        sim.fault(faults.shaped(close=True), run=run)
    result = reflow.retry(sim, *runs)
    assert result.outcomes == [("retriggered", None)] * 3
    assert resumed(sim) == [False] * 3


def test_a_server_that_was_started_anew_gets_a_full_handshake(reflow, make_sim, tls_version):
    first = make_sim(versions=tls_version)
    run, following = failed_runs(first, 2)
    session = reflow.start("retry", "--json", "-", url=first.url)
    session.give(run)
    assert session.line()["outcome"] == "retriggered"
    first.stop()
    second = make_sim(versions=tls_version, port=first.port)
    failed_runs(second, 2)
    session.give(following)
    assert session.line()["outcome"] == "retriggered"
    assert session.finish().status == 0
    assert (resumed(first), resumed(second), second.accepted) == ([False], [False], 1)


def test_what_is_lost_after_the_commit_is_no_less_unknown_in_a_resumed_session(reflow, make_sim, tls_version):
    sim = make_sim(versions=tls_version)
    runs = failed_runs(sim, 3)
    sim.fault(faults.shaped(close=True), run=runs[0])
    sim.fault(faults.apply_then_drop("rst"), run=runs[1])
    result = reflow.retry(sim, *runs)
    assert result.outcomes == [("retriggered", None), ("unknown", "connection_lost"), ("retriggered", None)]
    # Whether the third is resumed, too, is up to the reset: in TLS 1.3 it may overtake the ticket.
    assert resumed(sim)[:2] == [False, True] and sim.accepted == 3
