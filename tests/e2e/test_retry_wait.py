# SPDX-License-Identifier: MIT
# `reflow retry --wait`: follows the new runs, and the exit status says how they ended as well.

import pytest

import faults
import reflow_cli


@pytest.fixture
def sim(make_sim):
    sim = make_sim()
    sim.state.runs.clear()
    return sim


def add(sim, name, *future):
    """A failed run whose retry takes on these statuses, one each time it is looked at."""
    return sim.state.add_run(name, next_future=future).id


def retry(reflow, sim, *args, **options):
    return reflow.run("retry", "--wait", "--poll", 1, "--json", *args, url=sim.url, **options)


def split(result):
    """The reports of re-triggers, and those of the new runs: pairs of run and status."""
    told = [line for line in result.lines if list(line) == reflow_cli.KEYS]
    return told, [(line["run"], line["status"]) for line in result.lines if "status" in line]


@pytest.mark.parametrize("last,status", [("success", 0), ("failed", 1), ("partialSuccess", 1)])
def test_the_new_run_is_followed_to_its_end_and_its_end_decides(reflow, sim, last, status):
    result = retry(reflow, sim, add(sim, "a-run", last))
    told, ended = split(result)
    assert told[0]["outcome"] == "retriggered" and ended == [(told[0]["id"], last)]
    assert result.status == status


def test_what_still_runs_when_the_time_is_up_is_told_and_ends_4(reflow, sim):
    result = retry(reflow, sim, "--wait-timeout", 2, add(sim, "a-run", "inProgress"))
    told, ended = split(result)
    assert ended == [(told[0]["id"], "inProgress")] and result.status == 4


def test_the_timeout_of_a_retry_is_that_of_its_waiting_too(reflow, sim):
    assert retry(reflow, sim, "--timeout", 2, add(sim, "a-run", "inProgress")).status == 4


def test_many_are_retriggered_first_and_then_followed_together(reflow, sim):
    runs = [add(sim, "run-%d" % number, "success") for number in range(3)]
    told, ended = split(retry(reflow, sim, "--jobs", 3, *runs))
    assert sorted(line["run"] for line in told) == runs
    assert sorted(ended) == sorted((line["id"], "success") for line in told)
    posts = [entry for entry in sim.ledger.requests if entry["method"] == "POST"]
    looks = [entry for entry in sim.ledger.requests if entry["method"] == "GET"]
    assert posts[-1]["time"] <= looks[0]["time"]


def test_what_was_not_retriggered_is_not_followed_and_still_decides(reflow, sim):
    sim.fault([{"apply": True}, *faults.status(500)], run=add(sim, "unknown", "success"))
    result = retry(reflow, sim, "unknown", add(sim, "well", "success"))
    told, ended = split(result)
    assert [line["outcome"] for line in told] == ["unknown", "retriggered"]
    assert ended == [(told[1]["id"], "success")] and result.status == 5


def test_failed_runs_found_in_a_list_are_followed_as_well(reflow, sim, tmp_path):
    runs = [add(sim, "run-%d" % number, "success") for number in range(2)]
    told, ended = split(retry(reflow, sim, "--failed", "--journal", tmp_path / "journal"))
    assert sorted(line["run"] for line in told) == runs and len(ended) == 2
