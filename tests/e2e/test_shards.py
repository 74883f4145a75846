# SPDX-License-Identifier: MIT
# Several machines share a list: each run is taken by exactly one of them, decided by its ID alone.

import collections
import json
import shutil
import subprocess
import sys
import time

import pytest

import reflow_cli
import state

sys.path.append(str(reflow_cli.ROOT / "tests/bench"))

import bench  # noqa: E402
from nginx import Nginx, new_id  # noqa: E402

BAD = ["a b", "x" * 129, "x" * 5000, "%2e", "a/b", "ü", "--shard 1/2"]


def fnv_1a(text):
    """32 bits, written anew."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


def part(ids, index, count):
    return [run for run in ids if fnv_1a(run) % count == index]


def lines(ids):
    return "".join(run + "\n" for run in ids)


@pytest.fixture(scope="module")
def quick(pki, tmp_path_factory):
    """nginx, which answers thousands in a second and names the run in the new ID."""
    with Nginx(tmp_path_factory.mktemp("nginx"), pki) as service:
        yield service


def test_the_hash_is_the_published_one():
    assert [fnv_1a(text) for text in ("", "a", "foobar")] == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


def gnu_parallel():
    program = shutil.which("parallel")
    if program and b"GNU" in subprocess.run([program, "--version"], capture_output=True).stdout:  # there is another one
        return program
    pytest.skip("GNU parallel is not there: apt-get install parallel")


def test_of_10000_runs_none_is_taken_twice_and_none_is_missed(reflow, quick, tmp_path):
    ids = list(bench.run_ids(10000))
    (tmp_path / "ids").write_text(lines(ids))
    command = "%s retry --json --jobs 4 --shard {}/4 - <%s" % (reflow_cli.program(), tmp_path / "ids")
    began = time.monotonic()
    done = subprocess.run([gnu_parallel(), "--jobs", "4", "--results", tmp_path / "of", command, ":::", *"0123"],
                          env={**reflow.environment(quick.url), "HOME": str(tmp_path)}, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert time.monotonic() - began < 12
    taken = []
    for index in range(4):
        reports = [json.loads(line) for line in (tmp_path / "of/1/" / str(index) / "stdout").read_text().splitlines()]
        assert all((line["outcome"], line["id"]) == ("retriggered", new_id(line["run"])) for line in reports)
        assert sorted(line["run"] for line in reports) == sorted(part(ids, index, 4))
        assert 2300 < len(reports) < 2700
        taken += [line["run"] for line in reports]
    assert len(taken) == 10000 and sorted(taken) == sorted(ids)


@pytest.mark.parametrize("count", [1, 3, 7])
@pytest.mark.parametrize("source", ["operands", "input"])
def test_each_run_is_taken_by_the_shard_that_its_id_says(reflow, sim, count, source):
    ids = sim.state.add_failed(30)
    for index in range(count):
        options = ["--jobs", 2, "--shard", "%d/%d" % (index, count)]
        result = (reflow.retry(sim, *options, *ids) if source == "operands" else
                  reflow.retry(sim, *options, "-", stdin=lines(ids)))
        assert sorted(line["run"] for line in result.lines) == sorted(part(ids, index, count)) and result.status == 0
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


def test_a_bad_line_is_reported_by_exactly_one_shard(reflow, sim):
    ids = sim.state.add_failed(20)
    told = collections.Counter()
    for index in range(4):
        result = reflow.retry(sim, "--shard", "%d/4" % index, "-", stdin="\r\n".join([*BAD, *ids, *BAD, ""]))
        told.update(line["run"] for line in result.lines if line["error"] == "invalid_argument")
        assert result.status in (0, 2)
    assert sum(told.values()) == 2 * len(BAD) and set(told.values()) <= {2, 4}  # the long ones are cut for display
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


def test_blanks_around_an_id_do_not_change_its_shard(reflow, sim):
    ids = sim.state.add_failed(10)
    result = reflow.retry(sim, "--shard", "1/3", "-", stdin="".join(" \t%s \t\r\n\n" % run for run in ids))
    assert [line["run"] for line in result.lines] == part(ids, 1, 3)


def test_a_shard_without_a_run_is_content(reflow, sim):
    run = state.DOCUMENTED
    result = reflow.retry(sim, "--shard", "%d/9" % ((fnv_1a(run) + 1) % 9), run)
    assert (result.status, result.stdout, sim.ledger.requests) == (0, "", [])


def test_failed_runs_are_shared_between_machines_each_with_a_journal_of_its_own(reflow, sim, tmp_path):
    for run in sim.state.runs.values():
        run.status = "success"
    ids = sim.state.add_failed(60)
    for night in range(2):
        sessions = [reflow.start("retry", "--failed", "--json", "--jobs", 2, "--since", "2d", "--shard", "%d/3" % index,
                                 "--journal", tmp_path / str(index), url=sim.url) for index in range(3)]
        results = [session.finish() for session in sessions]
        assert [result.status for result in results] == [0] * 3, results
        told = [[line["run"] for line in result.lines] for result in results]
        assert [sorted(runs) for runs in told] == [[] if night else sorted(part(ids, index, 3)) for index in range(3)]
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


@pytest.mark.parametrize("shard", ["", "1", "/", "1/", "/2", "2/2", "3/2", "-1/2", "+1/2", "0/0", "1/0", "0/65536", "a/b",
                                   "0/2 ", " 0/2", "0x0/2", "0/2/3", "4294967296/2", "0/4294967297", "1.0/2"])
def test_a_shard_that_is_none_is_a_usage_error(reflow, sim, shard):
    result = reflow.run("retry", "--shard=" + shard, state.DOCUMENTED, url=sim.url)
    assert (result.status, result.stdout, sim.accepted) == (2, "", 0) and "--shard" in result.stderr
