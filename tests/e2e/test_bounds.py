# SPDX-License-Identifier: MIT
# Peers that never stop: a clear error, no more memory than for an ordinary run, and the connection dropped.

import json
import os
import shlex
import subprocess
import time

import pytest

import faults
import reflow_cli
import state

RUN, NEXT = state.EXAMPLES["failed"][0], state.DOCUMENTED
NEW = "11111111-2222-4333-8444-555555555555"
ALLOWANCE_KB = 1024 if not reflow_cli.SANITIZED else float("inf")  # sanitizers take memory of their own
KB, MB, GB = 1024, 1024 * 1024, 1024 * 1024 * 1024
OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n"
BODY = json.dumps({"id": NEW})
BLOCK = b" " * 64 * KB  # blanks: of JSON's own, so that nothing but their number can be wrong
CHUNK = b"10000\r\n" + BLOCK + b"\r\n"


# Contents of many megabytes are functions, so that they exist only while they are sent.
def whole(content, status="200 OK"):
    data = content if isinstance(content, bytes) else content.encode()
    return {"send": ("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(data))).encode() + data}


def stream(head, block, repeat=True):
    return [{"send": head}, {"send": block, "repeat": repeat}]


# All act first: whatever they say then, the run is unknown, and the error http_too_large.
ENDLESS = {
    "interim-responses": stream("", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500),
    "interim-responses-with-fields": stream("", b"HTTP/1.1 100 Continue\r\nLink: </x>\r\n\r\n" * 500),
    "field-lines": stream(OK, b"X-Padding: 1234567890\r\n" * 500),
    "a-field-name": stream(OK, b"X" * 16 * KB),
    "a-field-value": stream(OK + "X-Padding: ", b"x" * 16 * KB),
    "blanks-in-a-field": stream(OK + "X-Padding:", b" " * 16 * KB),
    "a-known-field-value": stream(OK + "X-Request-Id: ", b"x" * 16 * KB),
    "a-reason-phrase": stream("HTTP/1.1 200 ", b"x" * 16 * KB),
    "digits-of-a-length": stream(OK + "Content-Length: ", b"0" * 16 * KB),
    "digits-of-a-chunk-size": stream(CHUNKED, b"0" * 16 * KB),
    "a-chunk-extension": stream(CHUNKED + "5;a=", b"x" * 16 * KB),
    "chunk-extensions": stream(CHUNKED, (b"1;" + b"a" * 1000 + b"\r\n \r\n") * 16),
    "chunks-of-one-byte": stream(CHUNKED, b"1\r\n \r\n" * 2000),
    "trailer-fields": stream(CHUNKED + "0\r\n", b"X-Padding: 1234567890\r\n" * 500),
    "a-trailer-value": stream(CHUNKED + "0\r\nX-Padding: ", b"x" * 16 * KB),
    "chunks": stream(CHUNKED, CHUNK),
    "content-until-the-close": stream(OK + "\r\n", BLOCK),
    "content-of-a-refusal": stream("HTTP/1.1 400 No\r\n\r\n", BLOCK),
    "content-of-a-429": stream("HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNK),
}
LARGE = {
    "a-head-of-10000-lines": [{"send": OK + "X-Line: value\r\n" * 10000 + "Content-Length: %d\r\n\r\n" % len(BODY)},
                              {"send": BODY}],
    "a-field-line-of-1-mb": [{"send": OK + "X-Line: " + "x" * MB + "\r\nContent-Length: %d\r\n\r\n" % len(BODY)},
                             {"send": BODY}],
    "1-gb-by-its-length": stream(OK + "Content-Length: %d\r\n\r\n" % GB, BLOCK, GB // len(BLOCK)),
    "1-gb-in-one-chunk": stream(CHUNKED + "%x\r\n" % GB, BLOCK, GB // len(BLOCK)),
    "1-gb-in-chunks": stream(CHUNKED, CHUNK, GB // len(BLOCK)),
    "1-gb-until-the-close": stream(OK + "\r\n", BLOCK, GB // len(BLOCK)),
    "more-than-16-mb-by-its-length": stream(OK + "Content-Length: %d\r\n\r\n" % (16 * MB + 1), BLOCK, 257),
}
# Framed soundly: the whole answer is read, and the connection kept.
SOUND = {
    "100000-levels-of-arrays": (lambda: "[" * 100000 + "]" * 100000, "json_too_large"),
    "100000-levels-of-objects": (lambda: '{"id":' * 100000 + "1" + "}" * 100000, "json_too_large"),
    "100000-levels-never-closed": (lambda: "[" * 100000, "json_too_large"),
    "100000-levels-beside-the-id": (lambda: '{"id": "%s", "deep": %s1%s}' % (NEW, "[" * 100000, "]" * 100000),
                                    "json_too_large"),
    "an-id-of-10-mb": (lambda: '{"id": "%s"}' % ("x" * 10 * MB), "json_too_large"),
    "an-id-of-10-mb-of-escapes": (lambda: '{"id": "%s"}' % ("\\u0078" * (10 * MB // 6)), "json_too_large"),
    "an-object-of-10-mb-as-id": (lambda: '{"id": {%s"x": 1}}' % ('"x": 1, ' * (10 * MB // 8)), "json_too_large"),
    "100000-different-ids": (lambda: "{%s}" % ", ".join('"id": "%s-%d"' % (NEW, n) for n in range(100000)),
                             "json_too_large"),
    "100000-items": (lambda: '{"items": [%s]}' % ", ".join('{"id": "%s-%d"}' % (NEW, n) for n in range(100000)),
                     "json_too_large"),
    "nothing-in-10-mb": (lambda: "{%s}" % (" " * 10 * MB), "json_unexpected"),
    "10-mb-of-no-json": (lambda: "x" * 10 * MB, "json_malformed"),
}
HARMLESS = {
    "a-member-of-10-mb": lambda: '{"padding": "%s", "id": "%s"}' % ("x" * 10 * MB, NEW),
    "a-name-of-10-mb": lambda: '{"%s": 1, "id": "%s"}' % ("x" * 10 * MB, NEW),
    "a-number-of-10-mb": lambda: '{"n": %s, "id": "%s"}' % ("1" * 10 * MB, NEW),
    "100000-members": lambda: '{%s, "id": "%s"}' % (", ".join('"m%d": [{"id": "x"}]' % n for n in range(100000)), NEW),
    "10-mb-of-blanks": lambda: "%s%s%s" % (" " * 5 * MB, BODY, "\n" * 5 * MB),
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
                              env=reflow.environment(url), input=b"", capture_output=True, timeout=8)
        return (reflow_cli.Result(done.returncode, done.stdout.decode(), done.stderr.decode()),
                int(file.read_text()))
    return run


@pytest.fixture
def service(make_sim, tls_version):
    return make_sim(versions=tls_version or ("1.2", "1.3"))


beyond_tls = pytest.mark.parametrize("tls_version", [None], ids=["tls"])  # one version will do


@pytest.fixture
def ordinary(peak, reflow, make_sim, tls_version, known={}):
    """KB that two ordinary runs need, each on a connection of its own."""
    if tls_version not in known:
        sim = make_sim(versions=tls_version or ("1.2", "1.3"))
        sim.fault(faults.shaped(close=True), times=None)
        result, known[tls_version] = peak(reflow, sim.url, RUN, NEXT)
        assert result.status == 0
    return known[tls_version]


@pytest.fixture
def hold(reflow, service, peak, ordinary):
    """hold(steps): what is said of RUN, which met these steps; NEXT meets the service as it should be."""
    def run(steps, connections):
        service.fault(steps, run=RUN)
        result, kb = peak(reflow, service.url, RUN, NEXT)
        reflow_cli.check_truth(result, service.ledger.applied)
        assert kb <= ordinary + ALLOWANCE_KB, "%d KB, an ordinary run %d KB" % (kb, ordinary)
        first, second = result.lines
        assert (second["outcome"], second["id"]) == ("retriggered", state.DOCUMENTED_NEW)
        assert first["attempts"] == 1 and len(service.ledger.requests) == 2
        assert service.accepted == connections
        return first, result.status
    return run


@pytest.mark.parametrize("name", [*ENDLESS, *LARGE])
def test_what_is_too_large_is_unknown_in_constant_memory_and_drops_the_connection(hold, service, name):
    first, status = hold([{"apply": NEW}, *{**ENDLESS, **LARGE}[name], {"stall": True}], connections=2)
    assert (first["outcome"], first["error"], status) == ("unknown", "http_too_large", 5)
    assert (first["id"], first["detail"]) == (None, None)


@beyond_tls
@pytest.mark.parametrize("name", SOUND)
def test_content_that_cannot_be_kept_is_unknown_in_constant_memory(hold, service, name):
    content, error = SOUND[name]
    first, status = hold([{"apply": NEW}, whole(content())], connections=1)
    assert (first["outcome"], first["error"], status) == ("unknown", error, 5)
    assert first["id"] is None


@beyond_tls
@pytest.mark.parametrize("name", HARMLESS)
def test_what_was_not_asked_for_may_be_large_and_costs_no_memory(hold, service, name):
    first, status = hold([{"apply": NEW}, whole(HARMLESS[name]())], connections=1)
    assert (first["outcome"], first["id"], status) == ("retriggered", NEW, 0)


LARGE_TEXT = json.dumps({"message": "x" * 5 * MB})
BAD_TEXT = "<html>" + "x" * 5 * MB


@beyond_tls
@pytest.mark.parametrize("code,outcome,error,exit_status", [
    ("400 No", "refused", "rejected", 1), ("404 No", "refused", "not_found", 1),
    ("401 No", "refused", "unauthorized", 3), ("403 No", "refused", "forbidden", 3),
    ("307 There", "refused", "redirected", 1),
    ("500 Oh", "unknown", "server_error", 5), ("503 Oh", "unknown", "unavailable", 5)])
@pytest.mark.parametrize("body", [LARGE_TEXT, BAD_TEXT], ids=["json", "html"])
def test_an_error_body_of_5_mb_changes_nothing_of_what_its_status_says(hold, service, code, outcome, error, exit_status,
                                                                       body):
    first, status = hold([{"apply": NEW}] * (outcome == "unknown") + [whole(body, code)], connections=1)
    assert (first["outcome"], first["error"], status) == (outcome, error, exit_status)


@beyond_tls
def test_a_429_with_5_mb_is_repeated_like_any_other(reflow, service, peak, ordinary):
    service.fault([{"send": "HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: %d\r\n\r\n%s" %
                    (len(BAD_TEXT), BAD_TEXT)}], run=RUN)
    result, kb = peak(reflow, service.url, RUN)
    assert (result.outcomes, result.one["attempts"]) == ([("retriggered", None)], 2)
    assert kb <= ordinary + ALLOWANCE_KB and service.accepted == 1


# Below HTTP: records of a kind that says nothing, without end, in the clear before the handshake is done

def record(kind, content, version=b"\x03\x03"):
    return bytes([kind]) + version + len(content).to_bytes(2, "big") + content


SILENT = {
    "warning-alerts": record(21, b"\x01\x5a"),
    "unknown-warnings": record(21, b"\x01\xff"),
    "change-cipher-specs": record(20, b"\x01"),
    "hello-requests": record(22, b"\0\0\0\0"),
    "empty-handshake-records": record(22, b""),
    "empty-alerts": record(21, b""),
    "empty-application-data": record(23, b""),
    "empty-change-cipher-specs": record(20, b""),
    "zeros": b"\0" * 10,
    "headers-of-the-longest-record": b"\x16\x03\x03\xff\xff" + b"x" * 16384,
    "a-handshake-message-of-16-mb": record(22, b"\x02\xff\xff\xff" + b"x" * 16380) + record(22, b"x" * 16384),
}


@pytest.mark.parametrize("name", SILENT)
def test_a_handshake_of_records_that_say_nothing_ends_and_drops_the_connection(reflow, service, peak, ordinary, name):
    block = SILENT[name] * (1 + MB // len(SILENT[name]))  # large, so that there is always more to be read
    service.fault([{"plain": block, "repeat": True}], stage="accept", connection=1)
    began = time.monotonic()
    result, kb = peak(reflow, service.url, "--timeout", 1, "--attempts", 1, RUN, NEXT)
    first, second = result.lines
    assert time.monotonic() - began <= 2.0
    assert kb <= ordinary + ALLOWANCE_KB
    assert (first["outcome"], first["error"] in ("tls_handshake", "timeout")) == ("not_applied", True), first
    assert (second["outcome"], result.status) == ("retriggered", 4)
    assert service.ledger.applied == [(NEXT, state.DOCUMENTED_NEW)]
