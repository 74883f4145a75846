# SPDX-License-Identifier: MIT
# Every shape of answer: which are believed, and that the others are called unknown rather than guessed at.

import email.utils
import json
import time

import pytest

import faults
import state

RUN = state.EXAMPLES["failed"][0]
NEW = "11111111-2222-4333-8444-555555555555"
ETAG = '"0100-0000"'
BODY = json.dumps({"id": NEW, "etag": ETAG})
OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def answering(sim, content, status=200, **shape):
    """The service acts, the new run is NEW, and `content` is what it answers."""
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    sim.fault([{"apply": NEW}, *faults.status(status, {"Content-Type": "application/json"}, text, **shape)])


def sending(sim, data, close=None, **delivery):
    sim.fault([{"apply": NEW}, {"send": data, **delivery}] + ([{"close": close}] if close else []))


def expect_new(result, etag=ETAG):
    assert result.outcomes == [("retriggered", None)]
    assert (result.one["id"], result.one["etag"], result.status) == (NEW, etag, 0)


def expect_unknown(result, sim, *errors):
    assert result.one["outcome"] == "unknown" and result.status == 5, result
    assert result.one["error"] in errors
    assert result.one["id"] is None
    assert result.one["attempts"] == 1 and len(sim.ledger.requests) == 1


# Contents of a 2xx answer

@pytest.mark.parametrize("content,etag", [
    ({"id": NEW, "etag": ETAG}, ETAG),
    ({"id": NEW, "eTag": ETAG}, ETAG),
    ({"id": NEW}, None),
    ({"items": [{"id": NEW, "etag": ETAG}]}, ETAG),
    ({"items": [{"id": NEW, "eTag": ETAG}], "_links": {}}, ETAG),
    ({"id": NEW, "items": [{"id": NEW}]}, None),
    ({"activities": [{"id": "copy", "etag": "no"}], "etag": ETAG, "id": NEW, "more": [1.5e3, None, True, "ä"]}, ETAG),
    ('\r\n\t {"\\u0069d" : "%s" , "etag":"\\"0100\\u002d0000\\"" } \n' % NEW, ETAG),
    ({"id": NEW, "etag": ETAG, "big": -123456789012345678901234567890}, ETAG),
], ids=["top", "eTag", "no-etag", "items", "items-eTag", "both-the-same", "others-ignored", "escapes", "big-number"])
def test_the_new_id_is_read_wherever_the_service_puts_it(reflow, sim, content, etag):
    answering(sim, content)
    expect_new(reflow.retry(sim, RUN), etag)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_2xx_will_do(reflow, sim, status):
    answering(sim, BODY, status)
    result = reflow.retry(sim, RUN)
    expect_new(result)
    assert result.one["http_status"] == status


def test_a_whole_run_object_of_300_kb_is_no_harder_than_a_small_one(reflow, sim):
    answering(sim, {"activities": [{"id": "x", "note": "y" * 1000}] * 300, "id": NEW, "etag": ETAG})
    expect_new(reflow.retry(sim, RUN))


@pytest.mark.parametrize("content", [
    {}, [], "null", '"text"', [{"id": NEW}], {"id": 7}, {"id": None}, {"id": ""}, {"id": {"id": NEW}}, {"items": []},
    {"items": [{}]}, {"items": [7]}, {"items": {"id": NEW}}, {"data": {"id": NEW}}, {"ID": NEW},
    {"id": NEW, "items": [{"id": "another"}]}, '{"id": "%s", "id": "another"}' % NEW,
], ids=str)
def test_json_without_one_new_id_is_unexpected(reflow, sim, content):
    answering(sim, content)
    expect_unknown(reflow.retry(sim, RUN), sim, "json_unexpected")


@pytest.mark.parametrize("content", [
    "", " ", "<html>ok</html>", BODY[:-1], BODY + "}", BODY + BODY, BODY[:-1] + ",}", "{'id': '%s'}" % NEW,
    '{"a"}', '{"id": "%s" "etag": "x"}' % NEW, '{"id": "%s", "n": 01}' % NEW, '{"id": "%s", "n": .5}' % NEW,
    '{"id": "%s", "n": NaN}' % NEW, '{"id": "%s", "l": [1,,2]}' % NEW, '{"id": "%s", "t": "\\x"}' % NEW,
    '{"id": "%s", "t": "\n"}' % NEW, "\ufeff".encode() + BODY.encode(), BODY + "\x00",
    b'{"id": "%s", "t": "\xff\xfe"}' % NEW.encode(),
], ids=["empty", "blank", "html", "cut", "brace", "twice", "comma", "quotes", "no-value", "no-comma", "leading-zero",
        "bare-dot", "nan", "empty-element", "escape", "control", "bom", "nul", "utf-8"])
def test_what_is_not_json_is_malformed(reflow, sim, content):
    answering(sim, content)
    expect_unknown(reflow.retry(sim, RUN), sim, "json_malformed")


def test_no_content_at_all_is_unknown(reflow, sim):
    sending(sim, "HTTP/1.1 204 No Content\r\n\r\n")
    expect_unknown(reflow.retry(sim, RUN), sim, "json_malformed", "json_unexpected")


# Framing that is sound

@pytest.mark.parametrize("shape", [
    {"chunks": True}, {"chunks": [1]}, {"chunks": [1, 16, 7], "extension": ";a=b;c=\"d\"", "trailers": {"X-A": "b"}},
    {"chunks": [5], "split": 1}, {"split": 1}, {"split": 7}, {"dribble": True}, {"close": True},
    {"version": "HTTP/1.0"}, {"length": False}, {"length": False, "split": 1},
], ids=str)
def test_the_answer_is_the_same_however_it_is_framed_and_cut(reflow, sim, shape, tls_version):
    answering(sim, BODY, **shape)
    expect_new(reflow.retry(sim, RUN))


@pytest.mark.parametrize("codes", [[100], [103], [100, 103, 102, 100]], ids=str)
@pytest.mark.parametrize("split", [None, 1])
def test_interim_responses_are_passed_over(reflow, sim, codes, split):
    interim = "".join("HTTP/1.1 %d Wait\r\nLink: </x>\r\n\r\n" % code for code in codes)
    sending(sim, interim + OK + "Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY), split=split)
    expect_new(reflow.retry(sim, RUN))


@pytest.mark.parametrize("head", [
    "HTTP/1.1 200 \r\nContent-Length: %d\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-LENGTH:%d\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: \t %d \t\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 000%d\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-Empty:\r\nContent-Length: %d\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length-X: 3\r\nContent-Length: %d\r\n\r\n",
    "HTTP/1.1 200 Ole\xe9\r\nX-Old: \xe9\r\nContent-Length: %d\r\n\r\n",
], ids=["no-reason", "case", "spaces", "zeros", "empty-value", "prefix", "obs-text"])
@pytest.mark.parametrize("split", [None, 1], ids=["whole", "bytes"])
def test_what_rfc_9112_allows_in_a_head_is_taken(reflow, sim, head, split):
    sending(sim, head % len(BODY) + BODY, split=split)
    expect_new(reflow.retry(sim, RUN))


# Framing that is not

@pytest.mark.parametrize("data", [
    "garbage\r\n\r\n" + BODY, "HTTP/1.1 2OO OK\r\nContent-Length: LEN\r\n\r\n" + BODY,
    "HTTP/1.1 20 OK\r\nContent-Length: LEN\r\n\r\n" + BODY, "HTTP/1.1 2000 OK\r\nContent-Length: LEN\r\n\r\n" + BODY,
    "HTTP/1.1 099 OK\r\nContent-Length: LEN\r\n\r\n" + BODY, "HTTP/1.1  200 OK\r\nContent-Length: LEN\r\n\r\n" + BODY,
    "HTTP/1.1 200 OK\nContent-Length: LEN\n\n" + BODY, OK + "Content-Length : LEN\r\n\r\n" + BODY,
    OK + "Content-Length: LEN\r\n folded\r\n\r\n" + BODY, OK + "X-A: b\x00c\r\nContent-Length: LEN\r\n\r\n" + BODY,
    OK + "X-A: b\rc\r\nContent-Length: LEN\r\n\r\n" + BODY, OK + ": x\r\nContent-Length: LEN\r\n\r\n" + BODY,
    OK + "no colon\r\nContent-Length: LEN\r\n\r\n" + BODY,
    OK + "Content-Length: +LEN\r\n\r\n" + BODY, OK + "Content-Length: -LEN\r\n\r\n" + BODY,
    OK + "Content-Length: 0x40\r\n\r\n" + BODY, OK + "Content-Length: LENx\r\n\r\n" + BODY,
    OK + "Content-Length: \r\n\r\n" + BODY, OK + "Content-Length: 18446744073709551700\r\n\r\n" + BODY,
    OK + "Content-Length: LEN, LEN\r\n\r\n" + BODY, OK + "Content-Length: LEN\r\nContent-Length: 3\r\n\r\n" + BODY,
    OK + "Content-Length: LEN\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    OK + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + BODY,
    OK + "Transfer-Encoding: chunked, chunked\r\n\r\n" + BODY, OK + "Transfer-Encoding: chunked, gzip\r\n\r\n" + BODY,
    OK + "Transfer-Encoding: gzip, chunked\r\n\r\n" + BODY, OK + "Transfer-Encoding: xchunked\r\n\r\n" + BODY,
    OK + "Content-Encoding: gzip\r\nContent-Length: LEN\r\n\r\n" + BODY,
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "HTTP/2.0 200 OK\r\nContent-Length: LEN\r\n\r\n" + BODY, "ICY 200 OK\r\nContent-Length: LEN\r\n\r\n" + BODY,
], ids=lambda data: data.replace(BODY, "").replace(OK, "")[:40].strip())
@pytest.mark.parametrize("split", [None, 1], ids=["whole", "bytes"])
def test_a_malformed_head_is_unknown_whatever_it_seems_to_say(reflow, sim, data, split):
    sending(sim, data.replace("LEN", str(len(BODY))), "notify", split=split)
    expect_unknown(reflow.retry(sim, RUN), sim,
                   "http_malformed", "http_unsupported", "http_truncated", "http_too_large")


CHUNKED = OK + "Transfer-Encoding: chunked\r\n\r\n"
SIZE = "%x" % len(BODY)


@pytest.mark.parametrize("body", [
    "-2\r\n" + BODY, SIZE + "x\r\n" + BODY + "\r\n0\r\n\r\n", "0x" + SIZE + "\r\n" + BODY + "\r\n0\r\n\r\n",
    "10000000000000000" + SIZE + "\r\n" + BODY + "\r\n0\r\n\r\n", "\r\n" + BODY + "\r\n0\r\n\r\n",
    SIZE + "\n" + BODY + "\r\n0\r\n\r\n", SIZE + "\r\n" + BODY + "0\r\n\r\n", SIZE + "\r\n" + BODY + "\n0\r\n\r\n",
    SIZE + "\r\n" + BODY + "XX0\r\n\r\n", " " + SIZE + "\r\n" + BODY + "\r\n0\r\n\r\n",
    SIZE + "\r\n" + BODY + "\r\n0\r\nbad trailer\r\n\r\n", SIZE + "\r\n" + BODY + "\r\n",
], ids=["negative", "letter", "0x", "overflow", "no-size", "bare-lf", "no-crlf", "lf-after",
        "junk-after", "space", "trailer", "no-last"])
@pytest.mark.parametrize("split", [None, 1], ids=["whole", "bytes"])
def test_malformed_chunks_are_unknown(reflow, sim, body, split):
    sending(sim, CHUNKED + body, "notify", split=split)
    expect_unknown(reflow.retry(sim, RUN), sim, "http_malformed", "http_truncated", "http_too_large")


# The end of an answer

@pytest.mark.parametrize("close", ["notify", "fin", "rst"])
@pytest.mark.parametrize("data", [
    "", "HTTP", OK, OK + "Content-Length: LEN\r\n\r\n", OK + "Content-Length: LEN\r\n\r\n" + BODY[:-1],
    CHUNKED + SIZE + "\r\n" + BODY, CHUNKED + SIZE + "\r\n" + BODY + "\r\n0\r\n",
], ids=["nothing", "http", "half-a-head", "head", "all-but-one", "chunk", "last-crlf"])
def test_an_answer_cut_short_is_unknown_however_it_ends(reflow, sim, data, close, tls_version):
    sending(sim, data.replace("LEN", str(len(BODY))), close)
    expect_unknown(reflow.retry(sim, RUN), sim, "http_truncated", "connection_lost")


@pytest.mark.parametrize("close", ["fin", "rst"])
def test_a_close_delimited_answer_without_close_notify_is_not_believed(reflow, sim, close, tls_version):
    sending(sim, OK + "\r\n" + BODY, close)
    expect_unknown(reflow.retry(sim, RUN), sim, "http_truncated", "connection_lost")


@pytest.mark.parametrize("status", ["400 Bad", "429 Slow", "503 Busy"])
def test_a_refusal_cut_short_refuses_nothing(reflow, sim, status):
    sending(sim, "HTTP/1.1 %s\r\nRetry-After: 0\r\nContent-Length: 50\r\n\r\n{" % status, "fin")
    expect_unknown(reflow.retry(sim, RUN), sim, "http_truncated", "connection_lost")


# Answers other than 2xx

@pytest.mark.parametrize("body", ["", "<html>sorry</html>", "{", "\x00\xff", "[]", '{"message": 7}', "x" * 100000],
                         ids=["empty", "html", "cut", "binary", "array", "number", "large"])
@pytest.mark.parametrize("status,outcome,error,exit_status", [
    (400, "refused", "rejected", 1), (404, "refused", "not_found", 1), (401, "refused", "unauthorized", 3),
    (403, "refused", "forbidden", 3), (429, "not_applied", "rate_limited", 4), (409, "refused", "rejected", 1),
    (408, "not_applied", "unavailable", 4), (425, "not_applied", "unavailable", 4)])
def test_the_content_of_an_error_never_changes_what_its_status_says(reflow, sim, status, outcome, error, exit_status,
                                                                    body):
    sim.fault(faults.status(status, (), body), times=None)
    result = reflow.retry(sim, "--attempts", 1, RUN)
    assert (result.outcomes, result.status) == ([(outcome, error)], exit_status)
    assert result.one["http_status"] == status


@pytest.mark.parametrize("status", [500, 501, 502, 504, 507, 599])
def test_other_5xx_are_unknown(reflow, sim, status):
    answering(sim, "", status)
    expect_unknown(reflow.retry(sim, RUN), sim, "server_error")


@pytest.mark.parametrize("headers", [(), {"Retry-After": "soon"}, {"Retry-After": ""}, {"Retry-After": "-1"}], ids=str)
def test_503_without_a_readable_retry_after_is_unknown(reflow, sim, headers):
    sim.fault([{"apply": NEW}, *faults.status(503, headers, "<html>busy</html>")])
    expect_unknown(reflow.retry(sim, RUN), sim, "unavailable")


@pytest.mark.parametrize("after", ["0", "2", "date"])
def test_503_with_a_readable_retry_after_is_not_applied(reflow, sim, after):
    after = email.utils.formatdate(time.time() + 2, usegmt=True) if after == "date" else after
    sim.fault(faults.status(503, {"Retry-After": after, "Date": email.utils.formatdate(usegmt=True)}), times=None)
    result = reflow.retry(sim, "--attempts", 1, RUN)
    assert (result.outcomes, result.status) == ([("not_applied", "unavailable")], 4)


@pytest.mark.parametrize("code", ['"503000"', '"503010"', "503010"])
def test_503_with_the_gateways_own_code_is_not_applied(reflow, sim, code):
    sim.fault(faults.status(503, {"Content-Type": "application/json"}, '{"error_code": %s, "message": "later"}' % code))
    result = reflow.retry(sim, "--attempts", 1, RUN)
    assert (result.outcomes, result.status) == ([("not_applied", "unavailable")], 4)


@pytest.mark.parametrize("content,detail", [
    ({"report": {"detailed-message": "A"}, "errorMessage": "B", "message": "C"}, "A"),
    ({"title": "T", "detail": "D", "errorMessage": "B"}, "B"),
    ({"type": "https://ns.adobe.com/aep/errors/FLOW-1", "title": "T", "detail": "D"}, "D"),
    ({"title": "T", "message": "M", "error_code": "400003"}, "M"),
    ({"title": "T"}, "T"),
])
def test_detail_is_the_first_that_exists_of_the_services_words(reflow, sim, content, detail):
    sim.fault([{"answer": {"status": 400, "json": content}}])
    assert detail in reflow.retry(sim, RUN).one["detail"]


def test_the_services_words_never_break_the_line_or_the_terminal(reflow, sim):
    words = "a\nb\x1b[31mc\x07\u202ed\u0085"
    sim.fault([{"answer": {"status": 400, "json": {"message": words}}}], times=None)
    assert reflow.retry(sim, RUN).stdout.count("\n") == 1
    human = reflow.run("retry", RUN, url=sim.url)
    text = human.stdout + human.stderr
    assert not any(character in text for character in "\x1b\x07\u202e\u0085")


def test_the_request_id_comes_from_the_header_or_the_report(reflow, sim):
    sim.fault([{"answer": {"status": 400, "headers": {"X-Request-ID": "from-header"}, "body": ""}}])
    assert reflow.retry(sim, RUN).one["request_id"] == "from-header"
    sim.fault([{"answer": {"status": 400, "json": {"report": {"request-id": "from-report"}}}}])
    assert reflow.retry(sim, RUN).one["request_id"] == "from-report"
