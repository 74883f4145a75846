# SPDX-License-Identifier: MIT
# What is asked for twice and what never: counted, and timed, by the service that was asked.

import email.utils
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
import state

RUN = state.EXAMPLES["failed"][0]
OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = '{"id": "new", "etag": "x"}'
MOST_JITTER = 1.0  # seconds, after the first attempt; doubled after each


def http_date(offset, form="%a, %d %b %Y %H:%M:%S GMT"):
    at = time.time() + offset
    return email.utils.formatdate(at, usegmt=True) if form.startswith("%a,") else time.strftime(form, time.gmtime(at))


def later(status=429, after=None, date=None, body=b""):
    headers = {} if after is None else {"Retry-After": after}
    return faults.status(status, {**headers, **({"Date": date} if date else {})}, body)


def gaps(sim):
    times = [entry["time"] for entry in sim.ledger.requests]
    return [after - before for before, after in zip(times, times[1:])]


def side_by_side(reflow, make_sim, cases, *options, times=1, **simulator):
    """Each case, a list of steps for the first answers, with a simulator of its own, all at the same time."""
    def one(steps):
        sim = make_sim(**simulator)
        sim.fault(steps, times=times)
        return reflow.retry(sim, *options, RUN), sim
    with ThreadPoolExecutor(len(cases)) as pool:
        return list(pool.map(one, cases))


# Repeated, and when

def test_retry_after_is_honoured(reflow, make_sim):
    """In seconds; as a date, against the answer's own date although the service's clock is an hour behind ours or a day
    ahead; and as a date against our clock, where the answer has none. Dates come to a whole second less or more."""
    cases = [(later(status, after), int(after)) for status in (429, 503) for after in ("0", "1", "2", "0000000002")]
    cases += [(later(status, http_date(base + 2, form), http_date(base)), 1) for base in (0, -3600, 86400)
              for status, form in ((429, "%a, %d %b %Y %H:%M:%S GMT"), (503, "%a %b %e %H:%M:%S %Y"))]
    cases += [(later(429, http_date(3)), 1.9)]
    for (steps, least), (result, sim) in zip(cases, side_by_side(reflow, make_sim, [steps for steps, _ in cases])):
        assert (result.outcomes, result.one["attempts"]) == ([("retriggered", None)], 2), steps
        assert least <= gaps(sim)[0] <= least + 1.1 + MOST_JITTER + 0.5, steps
        assert len(sim.ledger.applied) == 1 and result.one["elapsed_ms"] >= least * 1000


GARBAGE = ["soon", "", "-1", "-0", "+1", "1.5", "1s", "0x1", "1 2", "1,2", "NaN", "1e3", "\xff",
           "Thu, 32 Jan 2026 00:00:00 GMT", "Mon, 01 Jan 2035 00:00:00", "2035-01-01T00:00:00Z",
           "99999999999x", "x" * 5000]


def test_a_429_whose_retry_after_cannot_be_read_is_repeated_after_the_usual_delay(reflow, make_sim):
    for after, (result, sim) in zip(GARBAGE, side_by_side(reflow, make_sim, [later(429, after) for after in GARBAGE])):
        assert (result.outcomes, result.one["attempts"]) == ([("retriggered", None)], 2), after
        assert gaps(sim)[0] <= MOST_JITTER + 0.5, after


def test_a_503_whose_retry_after_cannot_be_read_is_not_repeated(reflow, make_sim):
    cases = [[{"apply": True}, *later(503, after)] for after in [None, *GARBAGE]]
    for result, sim in side_by_side(reflow, make_sim, cases):
        assert (result.outcomes, result.status) == ([("unknown", "unavailable")], 5)
        assert (result.one["attempts"], len(sim.ledger.requests)) == (1, 1)


def test_a_date_that_has_passed_asks_for_no_delay_but_the_usual(reflow, make_sim):
    cases = [later(status, http_date(offset), http_date(0)) for status in (429, 503)
             for offset in (-1, -3600, -10 ** 9)] + [later(429, http_date(-5)), later(429, http_date(0))]
    for result, sim in side_by_side(reflow, make_sim, cases):
        assert (result.outcomes, result.one["attempts"]) == ([("retriggered", None)], 2)
        assert gaps(sim)[0] <= MOST_JITTER + 0.5


def test_what_is_asked_for_beyond_the_deadline_ends_it_at_once(reflow, make_sim):
    asked = ["6", "3600", "4294967295", "4294967296", "4294967297", "18446744073709551616", "9" * 90, http_date(3600),
             http_date(10 ** 9)]
    cases = [later(status, after, http_date(0)) for status in (429, 503) for after in asked]
    for result, sim in side_by_side(reflow, make_sim, cases, "--timeout", 5):
        assert (result.one["outcome"], result.status, result.one["attempts"]) == ("not_applied", 4, 1)
        assert result.one["error"] in ("rate_limited", "unavailable") and result.one["elapsed_ms"] < 2000
        assert len(sim.ledger.requests) == 1 and sim.ledger.applied == []


LATER = {
    "503000": later(503, None, None, b'{"error_code": "503000", "message": "x"}'),
    "503010": later(503, None, None, b'{"error_code": "503010"}'),
    "as a number": later(503, None, None, b'{"error_code": 503000}'),
    "408": later(408), "425": later(425), "429": later(429),
    "429050": later(429, None, None, b'{"error_code": "429050"}'),
    "chunked": faults.status(429, {"Retry-After": "0"}, "x" * 100, chunks=[7]),
    "closing": faults.status(429, (), "x", close=True),
}


def test_what_says_later_is_repeated(reflow, make_sim):
    for name, (result, sim) in zip(LATER, side_by_side(reflow, make_sim, LATER.values())):
        assert (result.outcomes, result.one["attempts"]) == ([("retriggered", None)], 2), name
        assert len(sim.ledger.requests) == 2


def test_a_request_that_never_left_whole_is_repeated(reflow, sim):
    sim.fault([{"cut_out": 0, "how": "rst"}], stage="accept")
    result = reflow.retry(sim, RUN)
    assert (result.outcomes, result.one["attempts"], sim.accepted) == ([("retriggered", None)], 2, 2)
    assert len(sim.ledger.requests) == 1


# How often

@pytest.mark.parametrize("options,attempts", [(("--attempts", 1), 1), (("--attempts", 2), 2), ((), 4)], ids=str)
def test_no_more_attempts_than_allowed_are_made(reflow, make_sim, options, attempts):
    cases = [later(429, "0"), later(429), later(503, "0"), LATER["503010"], later(408)]
    for result, sim in side_by_side(reflow, make_sim, cases if options else cases[:1], *options, times=None):
        assert (result.one["outcome"], result.status) == ("not_applied", 4)
        assert (result.one["attempts"], len(sim.ledger.requests)) == (attempts, attempts)


def test_attempts_end_with_the_deadline(reflow, sim):
    sim.fault(later(429, "0"), times=None)
    result = reflow.retry(sim, "--timeout", 1, "--attempts", 255, RUN)
    assert (result.outcomes, result.status) == ([("not_applied", "rate_limited")], 4)
    assert result.one["elapsed_ms"] <= 1500 and 1 <= result.one["attempts"] == len(sim.ledger.requests)


def test_each_run_has_attempts_and_a_deadline_of_its_own(reflow, sim):
    for run in (RUN, state.DOCUMENTED):
        sim.fault(later(429, "0"), run=run)
    result = reflow.retry(sim, "--attempts", 2, RUN, state.DOCUMENTED)
    assert [(line["outcome"], line["attempts"]) for line in result.lines] == [("retriggered", 2)] * 2
    assert sim.accepted == 1


# Never repeated

NEVER = {
    "500": faults.status(500), "501": faults.status(501), "502": faults.status(502, {"Retry-After": "0"}),
    "504": faults.status(504, {"Retry-After": "0"}), "507": faults.status(507), "503": faults.status(503),
    "503 html": faults.status(503, (), "<html>busy"),
    "503 of the flow": faults.status(503, (), '{"type": "x/FLOW-1103-503", "message": "x"}'),
    "503 other code": faults.status(503, (), '{"error_code": "503001"}'),
    "503 nested code": faults.status(503, (), '{"report": {"error_code": "503000"}}'),
    "500 and the gateway's code": faults.status(500, {"Retry-After": "0"}, '{"error_code": "503000"}'),
    "nothing, notify": [{"close": "notify"}], "nothing, fin": [{"close": "fin"}], "nothing, rst": [{"close": "rst"}],
    "half a status": faults.truncated(7), "half a head": faults.truncated(30, "notify"), "no content":
    [{"send": OK + "Content-Length: 9\r\n\r\n"}, {"close": "fin"}], "half the content": faults.truncated(190, "rst"),
    "half a 429": [{"send": "HTTP/1.1 429 Slow\r\nRetry-After: 0\r\n"}, {"close": "fin"}],
    "half a 503": [{"send": "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 5\r\n\r\n{"}, {"close": "notify"}],
    "not HTTP": [{"send": "SSH-2.0-x\r\n\r\n"}, {"close": "notify"}],
    "interim only": [{"send": "HTTP/1.1 100 Continue\r\n\r\n"}, {"close": "notify"}],
    "no JSON": faults.status(200, (), "<html>"), "no ID": faults.status(200, (), "{}"), "204": faults.status(204),
    "encoded": faults.status(200, {"Content-Encoding": "gzip"}, BODY), "upgrade": faults.status(101),
    "no such status": faults.status(299 + 300 + 1), "alert": [{"plain": {"hex": "15030300020250"}}, {"close": "fin"}],
    "broken record": [{"plain": {"hex": "1703030020" + "00" * 32}}, {"close": "fin"}],
}


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not-applied"])
def test_a_post_that_may_have_been_carried_out_is_never_repeated(reflow, make_sim, applied, tls_version):
    cases = [[*([{"apply": True}] if applied else []), *steps] for steps in NEVER.values()]
    told = side_by_side(reflow, make_sim, cases, "--attempts", 9, times=None, versions=tls_version)
    for name, (result, sim) in zip(NEVER, told):
        assert (result.one["outcome"], result.status, result.one["attempts"]) == ("unknown", 5, 1), name
        assert len(sim.ledger.requests) == 1 and applied <= len(sim.ledger.applied) <= 1


def test_silence_after_commit_is_never_repeated(reflow, make_sim):
    words = [b"", b"HTTP/1.1 2", OK.encode(), (OK + "Content-Length: 99\r\n\r\n{").encode(),
             b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 9\r\n\r\n",
             (OK + "\r\n" + BODY).encode()]
    cases = [[{"apply": True}, {"send": said}, {"stall": True}] for said in words]
    for result, sim in side_by_side(reflow, make_sim, cases, "--timeout", 1, "--attempts", 9):
        assert (result.outcomes, result.status) == ([("unknown", "timeout")], 5)
        assert 1000 <= result.one["elapsed_ms"] <= 1500
        assert (result.one["attempts"], len(sim.ledger.requests), len(sim.ledger.applied)) == (1, 1, 1)


@pytest.mark.parametrize("status", [301, 307, 308, 400, 401, 403, 404, 405, 409, 410, 412, 413, 418, 422, 499])
def test_a_refusal_is_not_asked_for_again_whatever_retry_after_says(reflow, sim, status):
    sim.fault(later(status, "0"), times=None)
    result = reflow.retry(sim, RUN)
    assert (result.one["outcome"], result.one["attempts"], len(sim.ledger.requests)) == ("refused", 1, 1)


# In step with nobody

def test_processes_do_not_come_back_in_step(reflow, make_sim):
    """Ten at the same moment, each told to come at once: their delays are all over the second. What is told is also
    what is waited."""
    def one(_):
        sim = make_sim()
        sim.fault(later(429, "0"))
        result = reflow.run("retry", "-v", RUN, url=sim.url)
        return int(re.search(r"\* next attempt in ms: (\d+)\n", result.stderr)[1]), gaps(sim)
    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(one, range(10)))
    assert all(delay / 1000 - 0.01 <= measured <= delay / 1000 + 0.5 for delay, (measured,) in told), told
    delays = [delay for delay, _ in told]
    assert 0 <= min(delays) and max(delays) <= 1000
    assert len(set(delays)) >= 5 and max(delays) - min(delays) > 100
