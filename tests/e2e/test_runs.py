# SPDX-License-Identifier: MIT
# `reflow runs` and `reflow show`: what is asked, what is said for a person and for a program, and how they fail.

import json
import os
import pty
import re
import shlex
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
import reflow_cli
import state

KEYS = ["run", "flow", "status", "created", "started", "completed", "input_records", "output_records",
        "failed_records", "error_code", "error_message", "etag"]
FLOW, OTHER_FLOW = state.example(9001), state.example(9003)
FIRST = 1795316407000  # 2026-11-22T03:00:07Z
CONNECTOR = ("CONNECTOR-2001-500", "Error while copying the source's data")


@pytest.fixture
def sim(make_sim):
    """A simulator without the examples."""
    sim = make_sim()
    sim.state.runs.clear()
    return sim


def add(sim, count, *, every=(), **facts):
    """`count` runs, a second apart, the newest last; every=(N, facts): other facts for each Nth."""
    ids = []
    for number in range(count):
        more = every[1] if every and number % every[0] == 0 else {}
        ids.append(sim.state.add_run("run-%04d" % number, created_at=FIRST + number * 1000, **{**facts, **more}).id)
    return ids


def ask(reflow, sim, *args, **options):
    return reflow.run(*args, url=sim.url, **options)


def targets(sim):
    return [request["target"].partition("/flowservice")[2] for request in sim.ledger.requests]


# One run

@pytest.mark.parametrize("shape", ["full", "documented"], ids=["bare-object", "list-of-one"])
def test_a_run_is_shown_in_json_with_exactly_these_members(reflow, sim, shape):
    sim.state.add_run("a-run", created_at=FIRST, shape=shape, etag='"e-1"')
    result = ask(reflow, sim, "show", "--json", "a-run")
    assert (result.status, result.stderr, targets(sim)) == (0, "", ["/runs/a-run"])
    assert list(result.one) == KEYS
    assert result.one == {
        "run": "a-run", "flow": FLOW, "status": "failed", "created": "2026-11-22T03:00:07Z",
        "started": "2026-11-22T03:00:08Z", "completed": "2026-11-22T03:01:08Z", "input_records": 10,
        "output_records": 10, "failed_records": None, "error_code": CONNECTOR[0], "error_message": CONNECTOR[1],
        "etag": '"e-1"'}


def test_the_status_of_an_activity_is_not_taken_for_the_runs(reflow, sim):
    """Each activity of the simulator's has succeeded, and stands before the run's own status."""
    for status in ("failed", "inProgress", "partialSuccess"):
        sim.state.add_run(status, status=status)
    result = ask(reflow, sim, "show", "--json", "failed", "inProgress", "partialSuccess")
    assert [line["status"] for line in result.lines] == ["failed", "inProgress", "partialSuccess"]


@pytest.mark.parametrize("word", ["FAILED", "IN_PROGRESS", "something new", "\x1b[31mred\u202e", ""])
def test_a_status_is_told_as_it_was_spelt_and_safely(reflow, sim, word):
    sim.state.add_run("a-run", status=word)
    assert ask(reflow, sim, "show", "--json", "a-run").one["status"] == word
    row = ask(reflow, sim, "show", "a-run").stdout
    assert "\x1b" not in row and "\u202e" not in row and row.split()[1] == (word.split(" ")[0] or "-").replace(
        "\x1b", "\\u001b").replace("\u202e", "\\u202e")


def test_a_member_that_is_not_there_is_null_and_a_dash(reflow, sim):
    sim.fault([{"answer": {"json": {"id": "a-run"}}}], times=None)
    line = ask(reflow, sim, "show", "--json", "a-run").one
    assert list(line) == KEYS and line.pop("run") == "a-run" and set(line.values()) == {None}
    assert ask(reflow, sim, "show", "a-run").stdout.split() == ["a-run", "-", "-", "-", "-/-/-", "-"]


def test_numbers_of_every_size_are_told(reflow, sim):
    sizes = [(0, 0), (9223372036854775807, 9223372036854775807), (-1, None), (-7, None)]
    for size, _ in sizes:
        sim.fault([{"answer": {"json": {"id": "a-run", "metrics": {"recordSummary": {"inputRecordCount": size}}}}}])
    for _, told in sizes:
        assert ask(reflow, sim, "show", "--json", "a-run").one["input_records"] == told


def test_a_row_is_aligned_and_the_error_stands_below(reflow, sim):
    ids = [sim.state.add_run(run, created_at=FIRST, status=status).id
           for run, status in ((state.DOCUMENTED, "failed"), ("b", "success"), ("c", "inProgress"))]
    result = ask(reflow, sim, "show", *ids)
    assert result.stdout.splitlines() == [
        state.DOCUMENTED + "  failed          2026-11-22T03:00:07Z  1m00s     10/10/-           " + FLOW,
        "    -> %s: %s" % CONNECTOR,
        "b                                     success         2026-11-22T03:00:07Z  1m00s     10/10/-           " + FLOW,
        "c                                     inProgress      2026-11-22T03:00:07Z  -         10/10/-           " + FLOW]


def test_several_runs_go_over_one_connection_and_the_worst_decides(reflow, sim):
    sim.state.add_run("one", status="success")
    sim.state.add_run("two")
    result = ask(reflow, sim, "show", "--json", "one", "unknown-run", "two")
    assert result.status == 1 and sim.accepted == 1
    assert result.lines[1] == {"run": "unknown-run", "error": "not_found", "http_status": 404,
                               "detail": "Flow run unknown-run does not exist"}
    assert [line["run"] for line in result.lines] == ["one", "unknown-run", "two"]


def test_a_run_that_cannot_be_shown_is_told_on_standard_error(reflow, sim):
    result = ask(reflow, sim, "show", "unknown-run")
    request_id = sim.ledger.of("answered")[0]["request_id"]
    assert (result.status, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "reflow: unknown-run: not_found (HTTP 404), FLOW-1439-404: Flow run unknown-run does not exist [request %s]" %
        request_id, "    -> check the run ID, the sandbox, the organization and --url"]


def test_ids_come_from_standard_input_and_bad_lines_are_told_in_their_turn(reflow, sim):
    sim.state.add_run("one")
    result = ask(reflow, sim, "show", "--json", "-", stdin="one\na b\n\n one \n")
    assert result.status == 2
    assert [line["run"] for line in result.lines] == ["one", "a b", "one"]
    assert result.lines[1] == {"run": "a b", "error": "invalid_argument", "http_status": None, "detail": None}


@pytest.mark.parametrize("command", ["show", "wait"])
def test_bad_ids_among_operands_are_all_told_before_anything_is_sent(reflow, sim, command):
    sim.state.add_run("one")
    result = ask(reflow, sim, command, "one", "a/b", "..", "c d")
    assert (result.status, result.stdout, sim.accepted) == (2, "", 0)
    assert [line.split(": ")[1] for line in result.stderr.splitlines() if line.startswith("reflow: ")] == [
        "a/b", "..", "c d", "nothing was sent"]


@pytest.mark.parametrize("command", ["show", "wait"])
def test_without_an_operand_it_asks_which(reflow, command):
    result = reflow.run(command)
    assert result.status == 2 and "which runs?" in result.stderr


@pytest.mark.parametrize("args", [["show", "a-run"], ["runs"], ["wait", "a-run"]], ids=lambda args: args[0])
def test_a_token_that_is_not_accepted_ends_3(reflow, sim, args):
    result = ask(reflow, sim, *args, env={"REFLOW_ACCESS_TOKEN": "not-the-right-one"})
    assert result.status == 3 and len(sim.ledger.requests) == 1
    assert "unauthorized (HTTP 401), 401013" in result.stderr and "not-the-right" not in result.stderr


def test_words_about_re_triggering_are_not_said_of_what_only_reads(reflow, sim):
    answers = [[{"answer": {"status": code}}] for code in (400, 408, 418, 500, 503)]
    answers += [[{"answer": {"body": body}}] for body in ("<html>", "{}", '{"id": "another"}')]
    answers += [[{"send": "garbage\r\n\r\n"}, {"close": "notify"}], [{"close": "rst"}]]
    for steps in answers:
        sim.fault(steps)
        result = ask(reflow, sim, "show", "--attempts", 1, "a-run")
        assert result.status in (1, 4) and result.stdout == ""
        assert not re.search("trigger|new run|unknown", result.stderr), result.stderr
        assert result.stderr.count("\n") == 2 and "\n    -> " in result.stderr


def test_an_answer_that_breaks_off_is_asked_for_again(reflow, sim):
    sim.state.add_run("a-run")
    sim.fault(faults.truncated(300))
    result = ask(reflow, sim, "show", "--json", "a-run")
    assert (result.status, result.one["run"], len(sim.ledger.requests)) == (0, "a-run", 2)


# Lists

def test_a_list_is_asked_for_in_pages_and_told_whole_the_newest_first(reflow, sim):
    ids = add(sim, 250)
    result = ask(reflow, sim, "runs", "--json")
    assert (result.status, result.stderr) == (0, "")
    assert [line["run"] for line in result.lines] == ids[::-1]
    assert all(list(line) == KEYS for line in result.lines)
    assert [re.sub("Token=.+", "Token", target) for target in targets(sim)] == [
        "/runs?limit=100&orderby=-createdAt", *["/runs?limit=100&orderby=-createdAt&continuationToken"] * 2]
    assert sim.accepted == 1


def test_quiet_tells_only_ids_that_retry_takes(reflow, sim):
    failed = add(sim, 7, every=(2, {"status": "success"}))[1::2][::-1]
    listed = ask(reflow, sim, "runs", "-q", "--status", "failed")
    assert listed.stdout.split("\n") == [*failed, ""]
    result = reflow.retry(sim, "-", stdin=listed.stdout)
    assert [line["run"] for line in result.lines] == failed and result.status == 0


def test_filters_are_sent_and_hold(reflow, sim):
    ids = add(sim, 6, every=(2, {"flow_id": OTHER_FLOW, "status": "success"}))
    result = ask(reflow, sim, "runs", "-q", "--flow", OTHER_FLOW, "--status", "success")
    assert result.stdout.split() == ids[::2][::-1]
    assert targets(sim)[0].endswith("&property=flowId%3D%3D" + OTHER_FLOW +
                                    "&property=metrics.statusSummary.status%3D%3Dsuccess")
    assert ask(reflow, sim, "runs", "-q", "--flow", "a+b", "--status", "%&=#").stdout == ""


def test_what_does_not_match_is_not_told_even_if_the_service_lists_it(reflow, sim):
    items = [sim.state.add_run("run-%d" % number, flow_id=flow, status=status).as_json() for number, (flow, status) in
             enumerate([(FLOW, "FAILED"), (OTHER_FLOW, "failed"), (FLOW, "success"), (FLOW, "Failed")])]
    sim.fault([{"answer": {"json": {"items": items}}}])
    result = ask(reflow, sim, "runs", "-q", "--flow", FLOW, "--status", "failed")
    assert result.stdout.split() == ["run-0", "run-3"]


def test_since_ends_where_runs_are_older_without_another_page(reflow, sim):
    ids = add(sim, 250)
    result = ask(reflow, sim, "runs", "-q", "--since", "2026-11-22T03:03:07Z")  # that of run-0180
    assert (result.status, result.stdout.split()) == (0, ids[180:][::-1])
    assert len(sim.ledger.requests) == 1


def test_since_a_time_ago(reflow, sim):
    now = int(time.time() * 1000)
    sim.state.add_run("new", created_at=now - 3500000)
    sim.state.add_run("old", created_at=now - 3700000)
    assert ask(reflow, sim, "runs", "-q", "--since", "1h").stdout == "new\n"


@pytest.mark.parametrize("limit,sizes", [(1, [1]), (100, [100]), (150, [100, 50]), (1000, [100, 100, 100])])
def test_a_limit_is_kept_and_no_more_is_asked_for(reflow, sim, limit, sizes):
    ids = add(sim, 250)
    result = ask(reflow, sim, "runs", "-q", "--limit", limit)
    assert result.stdout.split() == ids[::-1][:limit]
    assert [int(re.search(r"limit=(\d+)", target)[1]) for target in targets(sim)] == sizes


def test_no_runs_are_no_trouble(reflow, sim):
    result = ask(reflow, sim, "runs")
    assert (result.status, result.stdout, result.stderr) == (0, "", "")


def test_each_run_is_told_as_it_arrives(reflow, sim):
    add(sim, 3)
    listed = json.dumps({"items": [run.as_json() for run in sim.state.runs.values()]}).encode()
    at = listed.index(b"run-0001")  # in the second
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(listed)
    sim.fault([{"send": head + listed[:at]}, {"wait": "first line read"}, {"send": listed[at:]}])
    session = reflow.start("runs", "--json", url=sim.url)
    assert session.line()["run"] == "run-0000"
    sim.set("first line read")
    result = session.finish()
    assert [line["run"] for line in result.lines] == ["run-0000", "run-0001", "run-0002"] and result.status == 0


@pytest.mark.parametrize("page", [1, 2])
def test_a_list_that_breaks_off_is_asked_for_again_and_tells_no_run_twice(reflow, make_sim, page):
    def listed(kept, end):
        sim = make_sim()
        sim.state.runs.clear()
        ids = add(sim, 150)
        sim.fault([{"answer": "service", "keep": kept}, {"close": end}], nth=page)
        return sim, ids, ask(reflow, sim, "runs", "-q")
    cases = [(kept, end) for kept in (100, 1500, 40000, -2) for end in ("fin", "rst", "notify")]
    with ThreadPoolExecutor(6) as pool:
        for case, (sim, ids, result) in zip(cases, pool.map(lambda case: listed(*case), cases)):
            assert (result.status, result.stdout.split()) == (0, ids[::-1]), (case, result)
            assert len(sim.ledger.requests) == 3


def test_a_list_that_always_breaks_off_ends_4_and_what_was_told_is_right(reflow, sim):
    ids = add(sim, 50)
    sim.fault([{"answer": "service", "keep": 30000}, {"close": "fin"}], times=None)
    result = ask(reflow, sim, "runs", "-q", "--attempts", 2)
    told = result.stdout.split()
    assert result.status == 4 and 0 < len(told) < 50 and told == ids[::-1][:len(told)]
    assert result.stderr.startswith("reflow: list of runs: http_truncated (HTTP 200): ")
    assert len(sim.ledger.requests) == 2


def test_a_list_that_is_refused_says_why(reflow, sim):
    sim.fault([{"answer": {"status": 400, "json": {"errorMessage": "property is\x1b[31m not understood"}}}])
    result = ask(reflow, sim, "runs", "--json")
    assert (result.status, result.stdout) == (1, "")
    assert "list of runs: rejected (HTTP 400): property is\\u001b[31m not understood" in result.stderr
    assert "trigger" not in result.stderr


def test_a_throttled_list_is_repeated_as_told(reflow, sim):
    add(sim, 3)
    sim.fault(faults.status(429, {"Retry-After": "0"}))
    result = ask(reflow, sim, "runs", "-q")
    assert result.status == 0 and len(result.stdout.split()) == 3 and len(sim.ledger.requests) == 2


@pytest.mark.parametrize("args", [["a-run"], ["--flow", ""], ["--flow", "a b"], ["--status", "x" * 129],
                                  ["--status", "\x1b[2J"], ["--flow", "ä"], ["--since", "yesterday"],
                                  ["--limit", "0"]], ids=repr)
def test_what_cannot_be_asked_for_is_a_usage_error_and_nothing_is_sent(reflow, sim, args):
    result = ask(reflow, sim, "runs", *args)
    assert (result.status, result.stdout, sim.accepted) == (2, "", 0)
    assert result.stderr.count("\n") == 1 and "\x1b" not in result.stderr


def test_an_interrupt_ends_the_list_after_the_page_that_is_read(reflow, sim):
    add(sim, 250)
    sim.fault([{"wait": "interrupted"}, {"answer": "service"}], nth=1)
    session = reflow.start("runs", "--json", url=sim.url)
    sim.ledger.wait("request")
    session.process.send_signal(signal.SIGINT)
    sim.set("interrupted")
    result = session.finish()
    assert (result.status, len(result.lines), len(sim.ledger.requests)) == (4, 100, 1)
    assert "there may be more" in result.stderr


# Where it is printed

def on_terminal(reflow, sim, *args):
    """What a terminal gets."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(reflow.command(args), env=reflow.environment(sim.url), stdin=subprocess.DEVNULL,
                               stdout=follower, stderr=subprocess.DEVNULL)
    os.close(follower)
    text = b""
    try:
        while data := os.read(leader, 65536):
            text += data
    except OSError:  # Linux: the other end is closed
        pass
    os.close(leader)
    process.wait(10)
    return text.decode().split("\r\n")


def test_a_header_stands_above_the_rows_on_a_terminal_and_nowhere_else(reflow, sim):
    add(sim, 2, status="success")
    lines = on_terminal(reflow, sim, "runs")
    assert lines[0].split() == ["RUN", "STATUS", "CREATED", "DURATION", "IN/OUT/FAILED", "FLOW"]
    for name, value in zip(lines[0].split()[1:], lines[1].split()[1:]):
        assert lines[0].index(name) == lines[1].index(value)
    assert [line.split()[0] for line in lines[1:-1]] == ["run-0001", "run-0000"]
    assert len(on_terminal(reflow, sim, "runs", "--json")) == len(on_terminal(reflow, sim, "runs", "-q")) == 3
    assert len(ask(reflow, sim, "runs").stdout.splitlines()) == 2


@pytest.mark.parametrize("args", ["runs", "runs --json", "runs -q", "show run-0000 run-0001",
                                  "show --json none run-0001", "wait run-0000 run-0001"])
def test_an_output_that_takes_nothing_ends_6_and_no_more_is_asked_for(reflow, sim, args):
    add(sim, 250)
    with open("/dev/full", "w") as full:
        done = subprocess.run(reflow.command(args.split()), env=reflow.environment(sim.url), stdin=subprocess.DEVNULL,
                              stdout=full, stderr=subprocess.PIPE, timeout=10)
    assert done.returncode == 6 and len(sim.ledger.requests) == 1
    assert done.stderr.count(b"standard output cannot be written to") == 1


# Memory

@pytest.fixture(scope="module")
def peak(tmp_path_factory):
    """peak(reflow, url, *args): the result and the largest resident set in KB."""
    if "REFLOW_WRAPPER" in os.environ:
        pytest.skip("the memory of a wrapper says nothing")
    folder = tmp_path_factory.mktemp("peak")
    program = str(folder / "peak")
    source = str(reflow_cli.ROOT / "tests/e2e/peak.c")
    subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-O1", "-Wall", "-Werror", source, "-o", program],
                   check=True)

    def run(reflow, url, *args):
        done = subprocess.run([program, str(folder / "kb"), *reflow.command(args)], env=reflow.environment(url),
                              input=b"", capture_output=True, timeout=reflow_cli.LONGEST)
        assert done.returncode == 0, done
        return done.stdout.decode(), int((folder / "kb").read_text())
    return run


ALLOWANCE_KB = 256  # code and buffers that a short answer does not touch; less than one large run


@pytest.mark.not_sanitized("they take memory of their own")
def test_memory_depends_neither_on_the_number_of_runs_nor_on_their_size(reflow, sim, peak):
    small, large = sim.state.add_run("small"), sim.state.add_run("large", padding=300000)
    _, least = peak(reflow, sim.url, "show", "--json", "small")
    text, one_large = peak(reflow, sim.url, "show", "--json", "large")
    assert json.loads(text)["status"] == "failed" and len(json.dumps(large.as_json())) > 300000
    small.padding = 3000
    large.padding = 0
    add(sim, 250, padding=1500)
    for run in list(sim.state.runs.values())[::50]:
        run.padding = 300000
    text, list_of_all = peak(reflow, sim.url, "runs", "--json")
    assert len(text.splitlines()) == 252
    assert max(one_large, list_of_all) <= least + ALLOWANCE_KB, (least, one_large, list_of_all)
