# SPDX-License-Identifier: MIT
# Peers that never stop: a clear error, no more memory than for an ordinary run, and the connection dropped.

import json
import os
import shlex
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
import reflow_cli
import state

RUN, NEXT = state.EXAMPLES["failed"][0], state.DOCUMENTED
NEW = "11111111-2222-4333-8444-555555555555"
ALLOWANCE_KB = 1024
KB, MB, GB = 1024, 1024 * 1024, 1024 * 1024 * 1024
OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n"
BODY = json.dumps({"id": NEW})
BLOCK = b" " * 64 * KB  # blanks: of JSON's own, so that nothing but their number can be wrong
CHUNK = b"10000\r\n" + BLOCK + b"\r\n"


def whole(content, status="200 OK"):
    data = content if isinstance(content, bytes) else content.encode()
    return {"send": ("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(data))).encode() + data}


def stream(head, block, repeat=True):
    return [{"send": head}, {"send": block, "repeat": repeat}]


# What a peer says, and what is said of it. All act first: whatever they say, the run is unknown.
ENDLESS = {
    "interim-responses": (stream("", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500), "http_too_large"),
    "interim-responses-with-fields": (stream("", b"HTTP/1.1 100 Continue\r\nLink: </x>\r\n\r\n" * 500),
                                      "http_too_large"),
    "field-lines": (stream(OK, b"X-Padding: 1234567890\r\n" * 500), "http_too_large"),
    "a-field-name": (stream(OK, b"X" * 16 * KB), "http_too_large"),
    "a-field-value": (stream(OK + "X-Padding: ", b"x" * 16 * KB), "http_too_large"),
    "blanks-in-a-field": (stream(OK + "X-Padding:", b" " * 16 * KB), "http_too_large"),
    "a-known-field-value": (stream(OK + "X-Request-Id: ", b"x" * 16 * KB), "http_too_large"),
    "a-reason-phrase": (stream("HTTP/1.1 200 ", b"x" * 16 * KB), "http_too_large"),
    "digits-of-a-length": (stream(OK + "Content-Length: ", b"0" * 16 * KB), "http_too_large"),
    "digits-of-a-chunk-size": (stream(CHUNKED, b"0" * 16 * KB), "http_too_large"),
    "a-chunk-extension": (stream(CHUNKED + "5;a=", b"x" * 16 * KB), "http_too_large"),
    "chunk-extensions": (stream(CHUNKED, (b"1;" + b"a" * 1000 + b"\r\n \r\n") * 16), "http_too_large"),
    "chunks-of-one-byte": (stream(CHUNKED, b"1\r\n \r\n" * 2000), "http_too_large"),
    "trailer-fields": (stream(CHUNKED + "0\r\n", b"X-Padding: 1234567890\r\n" * 500), "http_too_large"),
    "a-trailer-value": (stream(CHUNKED + "0\r\nX-Padding: ", b"x" * 16 * KB), "http_too_large"),
    "chunks": (stream(CHUNKED, CHUNK), "http_too_large"),
    "content-until-the-close": (stream(OK + "\r\n", BLOCK), "http_too_large"),
    "content-of-a-refusal": (stream("HTTP/1.1 400 No\r\n\r\n", BLOCK), "http_too_large"),
    "content-of-a-429": (stream("HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNK),
                         "http_too_large"),
}
LARGE = {
    "a-head-of-10000-lines": ([{"send": OK + "X-Line: value\r\n" * 10000 + "Content-Length: %d\r\n\r\n" % len(BODY)},
                               {"send": BODY}], "http_too_large"),
    "a-field-line-of-1-mb": ([{"send": OK + "X-Line: " + "x" * MB + "\r\nContent-Length: %d\r\n\r\n" % len(BODY)},
                              {"send": BODY}], "http_too_large"),
    "1-gb-by-its-length": (stream(OK + "Content-Length: %d\r\n\r\n" % GB, BLOCK, GB // len(BLOCK)), "http_too_large"),
    "1-gb-in-one-chunk": (stream(CHUNKED + "%x\r\n" % GB, BLOCK, GB // len(BLOCK)), "http_too_large"),
    "1-gb-in-chunks": (stream(CHUNKED, CHUNK, GB // len(BLOCK)), "http_too_large"),
    "1-gb-until-the-close": (stream(OK + "\r\n", BLOCK, GB // len(BLOCK)), "http_too_large"),
    "more-than-16-mb-by-its-length": (stream(OK + "Content-Length: %d\r\n\r\n" % (16 * MB + 1), BLOCK, 257),
                                      "http_too_large"),
}
# Framed soundly: the whole answer is read, and the connection kept.
SOUND = {
    "100000-levels-of-arrays": ("[" * 100000 + "]" * 100000, "json_too_large"),
    "100000-levels-of-objects": ('{"id":' * 100000 + "1" + "}" * 100000, "json_too_large"),
    "100000-levels-never-closed": ("[" * 100000, "json_too_large"),
    "100000-levels-beside-the-id": ('{"id": "%s", "deep": %s1%s}' % (NEW, "[" * 100000, "]" * 100000),
                                    "json_too_large"),
    "an-id-of-10-mb": ('{"id": "%s"}' % ("x" * 10 * MB), "json_too_large"),
    "an-id-of-10-mb-of-escapes": ('{"id": "%s"}' % ("\\u0078" * (10 * MB // 6)), "json_too_large"),
    "an-object-of-10-mb-as-id": ('{"id": {%s"x": 1}}' % ('"x": 1, ' * (10 * MB // 8)), "json_unexpected"),
    "100000-different-ids": ("{%s}" % ", ".join('"id": "%s-%d"' % (NEW, n) for n in range(100000)), "json_unexpected"),
    "100000-items": ('{"items": [%s]}' % ", ".join('{"id": "%s-%d"}' % (NEW, n) for n in range(100000)),
                     "json_unexpected"),
    "nothing-in-10-mb": ("{%s}" % (" " * 10 * MB), "json_unexpected"),
    "10-mb-of-no-json": ("x" * 10 * MB, "json_malformed"),
}
HARMLESS = {
    "a-member-of-10-mb": '{"padding": "%s", "id": "%s"}' % ("x" * 10 * MB, NEW),
    "a-name-of-10-mb": '{"%s": 1, "id": "%s"}' % ("x" * 10 * MB, NEW),
    "a-number-of-10-mb": '{"n": %s, "id": "%s"}' % ("1" * 10 * MB, NEW),
    "100000-members": '{%s, "id": "%s"}' % (", ".join('"m%d": [{"id": "x"}]' % n for n in range(100000)), NEW),
    "10-mb-of-blanks": "%s%s%s" % (" " * 5 * MB, BODY, "\n" * 5 * MB),
}


@pytest.fixture(scope="module")
def peak(tmp_path_factory):
    """peak(reflow, url, *ids): the result and the largest resident set in KB."""
    if "REFLOW_WRAPPER" in os.environ:
        pytest.skip("the memory of a wrapper says nothing")
    folder = tmp_path_factory.mktemp("peak")
    program = str(folder / "peak")
    source = str(reflow_cli.ROOT / "tests/e2e/peak.c")
    subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-O1", "-Wall", "-Werror", source, "-o", program],
                   check=True)

    def run(reflow, url, *args):
        file = folder / "kb"
        done = subprocess.run([program, str(file), *reflow.command(["retry", "--json", *args])],
                              env=reflow.environment(url), input=b"", capture_output=True, timeout=reflow_cli.LONGEST)
        return (reflow_cli.Result(done.returncode, done.stdout.decode(), done.stderr.decode()),
                int(file.read_text()))
    return run


@pytest.fixture
def ordinary(peak, reflow, make_sim, tls_version):
    """What two ordinary runs need, each having a connection of its own."""
    sim = make_sim(versions=tls_version)
    sim.fault(faults.shaped(close=True), times=None)
    result, kb = peak(reflow, sim.url, RUN, NEXT)
    assert result.status == 0
    return kb


def apply_then(steps):
    return [{"apply": NEW}, *steps, {"stall": True}]


def hold_to_bounds(reflow, peak, ordinary, sim, steps):
    """RUN meets these steps, NEXT an ordinary service."""
    sim.fault(apply_then(steps), run=RUN)
    result, kb = peak(reflow, sim.url, RUN, NEXT)
    reflow_cli.check_truth(result, sim.ledger.applied)
    assert kb <= ordinary + ALLOWANCE_KB
    assert result.lines[1]["outcome"] == "retriggered" and result.lines[1]["id"] == state.DOCUMENTED_NEW
    return result


@pytest.mark.parametrize("name", [*ENDLESS, *LARGE])
def test_what_is_too_large_is_unknown_in_constant_memory_and_drops_the_connection(
        reflow, sim_of_version, peak, ordinary, name):
    sim = sim_of_version
    steps, error = {**ENDLESS, **LARGE}[name]
    result = hold_to_bounds(reflow, peak, ordinary, sim, steps)
    assert (result.lines[0]["outcome"], result.lines[0]["error"], result.status) == ("unknown", error, 5)
    assert result.lines[0]["attempts"] == 1
    assert sim.accepted == 2
