# SPDX-License-Identifier: MIT
# tests/traps.md: every test named there exists; and those traps that had no test of their own.

import re

import reflow_cli
import state

ROOT = reflow_cli.ROOT
RUN, NEXT = state.EXAMPLES["failed"][0], state.DOCUMENTED
BODY = '{"id": "new", "etag": "x"}'


def rows():
    for line in (ROOT / "tests/traps.md").read_text().splitlines():
        if line.startswith("| ") and not line.startswith(("| trap ", "| --- ")):
            trap, tests = line.strip("| ").rsplit(" | ", 1)
            yield trap, re.findall(r"`([^`]+)`", tests)


def exists(test):
    file, _, name = test.partition("::")
    path = ROOT / "tests" / ("unit" if file.endswith(".c") else "e2e") / file
    text = path.read_text() if path.exists() else ""
    if file.endswith(".py"):
        return bool(re.search(r"^def %s\(" % re.escape(name), text, re.MULTILINE)) and name.startswith("test_")
    defined = re.search(r"^static void %s\(void \*\*state\)" % re.escape(name), text, re.MULTILINE)
    return bool(defined) and len(re.findall(r"\b%s\b" % re.escape(name), text)) >= 2  # defined, and run


def test_every_trap_has_a_test_and_every_test_named_exists():
    found = list(rows())
    assert len(found) >= 60
    assert [trap for trap, tests in found if not tests] == []
    assert [test for _, tests in found for test in tests if not exists(test)] == []
    assert not exists("test_text.c::no_such_test") and not exists("test_traps.py::no_such_test")


def test_the_line_end_after_the_last_chunk_is_not_left_for_the_next_run(reflow, sim, tls_version):
    """The last chunk is here, its line end is not: only with it has the answer ended."""
    answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n" % (len(BODY), BODY)
    sim.fault([{"apply": "new"}, {"send": answer + "\r\n", "split": [len(answer)], "hold": ["looked"]}], run=RUN)
    session = reflow.start("retry", "--json", RUN, NEXT, url=sim.url)
    sim.ledger.wait("applied")
    assert session.process.poll() is None
    sim.set("looked")
    assert session.line()["id"] == "new"
    assert session.line()["id"] == state.DOCUMENTED_NEW
    assert session.finish().status == 0 and sim.accepted == 1


def test_a_field_split_across_reads_keeps_its_whole_value(reflow, sim):
    """X-Request-Id and Content-Length cut at every byte, in records of their own."""
    head = "HTTP/1.1 400 Bad\r\nX-Request-Id: 0123456789abcdef\r\nContent-Length: 17\r\n\r\n"
    answer = head + '{"message":"why"}'
    runs = [sim.state.add_run("run-%03d" % at).id for at in range(1, len(answer))]
    for at, run in enumerate(runs, 1):
        sim.fault([{"send": answer, "split": [at]}], run=run)
    result = reflow.retry(sim, *runs)
    assert {(line["request_id"], line["detail"]) for line in result.lines} == {("0123456789abcdef", "why")}
    assert sim.accepted == 1


def test_an_answer_may_end_where_a_read_ends(reflow, sim, tls_version):
    """Reads are of 512 bytes; records here are of as many, one less and one more."""
    sizes = [size + off for size in (512, 1024, 2048, 4096) for off in (-1, 0, 1)]
    runs = [sim.state.add_run("run-%d" % size).id for size in sizes]
    for size, run in zip(sizes, runs):
        head = "HTTP/1.1 200 OK\r\nContent-Length: %04d\r\n\r\n"
        content = BODY + " " * (size - len(head % 0) - len(BODY))
        sim.fault([{"apply": "new"}, {"send": head % len(content) + content}], run=run)
    result = reflow.retry(sim, "--timeout", 5, *runs)
    assert [line["id"] for line in result.lines] == ["new"] * len(runs) and sim.accepted == 1


def test_what_tls_has_decrypted_is_read_before_the_socket_is_waited_for(reflow, sim, tls_version):
    """One record holds far more than a read takes, and then nothing more comes."""
    content = BODY + " " * 15000
    sim.fault([{"apply": "new"}, {"send": "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content)}])
    result = reflow.retry(sim, "--timeout", 5, RUN)
    assert (result.outcomes, result.one["elapsed_ms"] < 2000) == ([("retriggered", None)], True)
