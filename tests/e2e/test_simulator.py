# SPDX-License-Identifier: MIT
# The simulator is a judge: that it itself answers, counts and misbehaves as it says, seen by Python's own HTTP and TLS.

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest

import faults
import ims
import reflow_cli
import state
from service import BASE

PATH = BASE + "/runs/%s/action?op=re-trigger"
HEADERS = {"Authorization": "Bearer " + state.TOKEN, "x-api-key": state.API_KEY, "x-gw-ims-org-id": state.ORG,
           "x-sandbox-name": "prod", "Content-Type": "application/json", "Content-Length": "0"}


@pytest.fixture
def context(pki):
    return ssl.create_default_context(cafile=pki.ca)


@pytest.fixture
def client(sim, context):
    connection = http.client.HTTPSConnection("localhost", sim.port, context=context, timeout=10)
    yield connection
    connection.close()


def ask(client, method, path, headers=None, body=None):
    client.request(method, path, body, HEADERS if headers is None else headers)
    answer = client.getresponse()
    content = answer.read()
    return answer, json.loads(content) if content[:1] + content[-1:] == b"{}" else content


def retry(client, run_id, **changes):
    headers = {name: changes.get(name, value) for name, value in HEADERS.items()}
    return ask(client, "POST", PATH % run_id, {name: value for name, value in headers.items() if value is not None})


def test_the_documented_run_gives_the_documented_answer(sim, client):
    client.request("POST", PATH % state.DOCUMENTED, headers=HEADERS)
    assert client.getresponse().read() == (b'{"id": "3fb0418e-1804-45d6-8d56-dd51f05c0baf", '
                                           b'"etag": "\\"1100c53e-0000-0200-0000-627138980000\\""}')
    again = retry(client, state.DOCUMENTED)[1]
    assert again["id"] != state.DOCUMENTED_NEW
    assert sim.ledger.applied == [(state.DOCUMENTED, state.DOCUMENTED_NEW), (state.DOCUMENTED, again["id"])]
    assert [entry["authorization"] for entry in sim.ledger.requests] == ["matched", "matched"]
    assert len(sim.ledger.connections) == 1


@pytest.mark.parametrize("changes,status,code", [
    ({"Authorization": "Bearer wrong"}, 401, "401013"),
    ({"Authorization": None}, 403, "403010"),
    ({"x-api-key": None}, 403, "403000"),
    ({"x-api-key": "wrong"}, 403, "403003"),
    ({"x-gw-ims-org-id": "wrong@AdobeOrg"}, 403, "403025"),
    ({"x-gw-ims-org-id": None}, 400, "400003"),
    ({"x-sandbox-name": None}, 400, "FLOW-2105-400"),
    ({"x-sandbox-name": "nowhere"}, 404, "FLOW-2100-404"),
    ({"x-sandbox-name": "locked"}, 403, "FLOW-2118-403"),
])
def test_bad_credentials_get_the_documented_error(sim, client, changes, status, code):
    answer, content = retry(client, state.DOCUMENTED, **changes)
    assert answer.status == status and answer.getheader("X-Request-Id")
    assert content.get("error_code") == code or content.get("type", "").endswith("/" + code)
    assert sim.ledger.applied == []


@pytest.mark.parametrize("name", [name for name, (_, _, trouble) in state.EXAMPLES.items() if trouble])
def test_an_example_of_trouble_answers_with_its_status_first(sim, client, name):
    run_id, _, trouble = state.EXAMPLES[name]
    answer, content = retry(client, run_id)
    assert answer.status == trouble.status
    assert trouble.code in str(content) and sim.ledger.applied == []
    if trouble.times:
        assert retry(client, run_id)[0].status == 200


@pytest.mark.parametrize("name,code", [("flow-disabled", "1388-400"), ("running", "1387-400"),
                                       ("streaming", "1401-400"),
                                       ("cannot-create", "1380-400")])
def test_a_run_that_cannot_be_retried_says_why(client, name, code):
    answer, content = retry(client, state.EXAMPLES[name][0])
    assert answer.status == 400 and content["type"].endswith("FLOW-" + code)
    assert content["report"]["request-id"] == answer.getheader("X-Request-Id")


def test_a_new_run_passes_through_its_states_and_the_old_one_stays_failed(client):
    new = retry(client, state.EXAMPLES["failed"][0])[1]["id"]
    seen = [ask(client, "GET", BASE + "/runs/" + new)[1]["items"][0]["metrics"]["statusSummary"]["status"]
            for _ in range(3)]
    assert seen == ["inProgress", "success", "success"]
    query = "/runs?property=id==%s&property=metrics.statusSummary.status==failed" % state.EXAMPLES["failed"][0]
    assert len(ask(client, "GET", BASE + query)[1]["items"]) == 1


def test_a_list_is_paged_to_its_end(sim, client):
    flow = sim.state.add_flow("flow-1").id
    wanted = [sim.state.add_run("run-%02d" % number, flow).id for number in range(25)]
    query, path, seen = "&limit=10&orderby=createdAt&property=flowId==flow-1", "/runs?", []
    while path:
        page = ask(client, "GET", BASE + path + query)[1]
        seen += [run["id"] for run in page["items"]]
        path = page.get("_links", {}).get("next", {}).get("href")
    assert seen == wanted
    assert ask(client, "GET", BASE + "/runs?count=true&property=flowId==flow-1")[1]["count"] == 25


FORM = {"client_id": state.CLIENT_ID, "client_secret": state.CLIENT_SECRET, "grant_type": "client_credentials",
        "scope": "openid"}


def fetch(client, path="/ims/token/v3", **changes):
    form = urllib.parse.urlencode({**FORM, **changes})
    return ask(client, "POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, form)


def test_a_fetched_token_opens_the_service(sim, client):
    token = fetch(client)[1]
    assert token["expires_in"] == 86399
    answer, _ = retry(client, state.DOCUMENTED, Authorization="Bearer " + token["access_token"])
    assert answer.status == 200
    answer, content = fetch(client, client_secret="wrong")
    assert (answer.status, content["error"]) == (400, "invalid_client")
    assert (sim.state.tokens_asked, sim.state.tokens_minted) == (2, 1)


def test_a_token_ends_or_is_revoked(sim, client):
    sim.state.token_life = 0.001
    token = fetch(client)[1]
    time.sleep(0.002)
    answer, content = retry(client, state.DOCUMENTED, Authorization="Bearer " + token["access_token"])
    assert token["expires_in"] == 0 and (answer.status, content["error_code"]) == (401, "401013")
    sim.state.token_life = 60
    other = fetch(client)[1]["access_token"]
    sim.state.revoke(state.TOKEN)
    assert retry(client, state.DOCUMENTED)[0].status == 401
    assert retry(client, state.DOCUMENTED, Authorization="Bearer " + other)[0].status == 200
    sim.state.revoke()
    assert retry(client, state.DOCUMENTED, Authorization="Bearer " + other)[0].status == 401


def test_what_a_token_says_of_itself_is_what_is_asked_for(sim, client):
    sim.state.token_life, sim.state.token_life_in_ms, sim.state.token_length = 3600, True, 4096
    content = fetch(client)[1]
    assert content["expires_in"] == 3600000 and len(content["access_token"]) == 4096
    sim.state.token_expires_in, sim.state.token_life_in_ms = 7, False
    assert fetch(client)[1]["expires_in"] == 7


@pytest.mark.parametrize("name", ims.TROUBLES)
def test_trouble_of_the_token_endpoint_lasts_as_long_as_asked(sim, client, name):
    sim.state.ims_fails(name, 2)
    wanted = ims.TROUBLES[name]()
    for _ in range(2):
        answer, content = fetch(client)
        assert answer.status == wanted.status
        assert content == (json.loads(wanted.body) if wanted.body[-1:] == b"}" else wanted.body)
    assert fetch(client)[1]["access_token"] == "test-token-%d-not-secret" % sim.state.tokens_minted
    if name.startswith("expires-"):
        assert retry(client, state.DOCUMENTED, Authorization="Bearer " + content["access_token"])[0].status == 200


def test_a_token_too_long_or_illegal_is_one(sim, client):
    sim.state.ims_fails("token-long")
    sim.state.ims_fails("token-illegal", None)
    assert len(fetch(client)[1]["access_token"]) == 5000 and "\r\n" in fetch(client)[1]["access_token"]
    with pytest.raises(ValueError):
        sim.state.ims_fails("nothing-of-this-name")


def test_a_fault_strikes_the_token_endpoint_alone(sim, client):
    sim.fault(faults.status(503, {"Retry-After": "2"}), path="/ims/*", method="POST")
    assert retry(client, state.DOCUMENTED)[0].status == 200
    assert fetch(client)[0].getheader("Retry-After") == "2"
    assert fetch(client)[0].status == 200


def test_no_secret_reaches_the_ledger(sim, client):
    token = fetch(client)[1]["access_token"]
    assert fetch(client, "/ims/token/v3?client_secret=" + state.CLIENT_SECRET)[0].status == 400
    ask(client, "GET", BASE + "/runs?limit=1", {**HEADERS, "User-Agent": token, "Authorization": "Bearer " + token})
    ask(client, "GET", BASE + "/runs/" + state.TOKEN)
    text = json.dumps(sim.ledger.entries)
    assert "client_secret=(secret)" in text
    assert not any(secret in text for secret in (token, state.TOKEN, state.CLIENT_SECRET))


def test_answers_can_be_slow_and_many_at_once(sim, context):
    sim.state.delay_s = 0.3
    made, answers = sim.state.add_failed(64), []

    def one(run):
        own = http.client.HTTPSConnection("localhost", sim.port, context=context, timeout=10)
        answers.append(retry(own, run)[0].status)
        own.close()
    threads = [threading.Thread(target=one, args=(run,)) for run in made]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 64 and 0.3 < time.monotonic() - started < 6
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(made)


@pytest.mark.parametrize("name", ["byte-by-byte", "dribble", "chunked", "http10", "close", "close-delimited"])
def test_an_answer_in_another_shape_is_still_the_answer(sim, client, name):
    sim.fault(faults.NAMED[name][1])
    assert retry(client, state.DOCUMENTED)[1]["id"] == state.DOCUMENTED_NEW


@pytest.mark.parametrize("name,applied", [("apply-then-drop", 1), ("drop-before-apply", 0)])
def test_a_lost_answer_leaves_the_truth_in_the_ledger(sim, client, name, applied):
    sim.fault(faults.NAMED[name][1])
    with pytest.raises((ConnectionResetError, http.client.HTTPException, ssl.SSLError)):
        retry(client, state.DOCUMENTED)
    assert len(sim.ledger.applied) == applied


@pytest.mark.parametrize("close", ["notify", "fin", "rst"])
def test_each_way_to_close_is_what_it_says(sim, context, close):
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    sim.fault([{"close": close}], stage="before")
    with socket.create_connection(("localhost", sim.port)) as plain, \
            context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as tls, \
            socket.socket(fileno=os.dup(tls.fileno())) as tcp:
        if close == "notify":
            assert tls.recv(10) == b""
        elif close == "fin":
            with pytest.raises(ssl.SSLError):
                tls.recv(10)
        else:
            with pytest.raises(ConnectionResetError):
                while tcp.recv(1000):
                    pass


@pytest.mark.parametrize("close", ["notify", "fin"])
def test_how_the_peer_ended_is_told_apart(sim, context, close):
    with socket.create_connection(("localhost", sim.port)) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as tls:
        if close == "notify":
            tls.unwrap()
        else:
            tls.shutdown(socket.SHUT_WR)
        assert sim.ledger.wait("closed")[0]["how"] == close


@pytest.mark.parametrize("direction", ["cut_in", "cut_out"])
@pytest.mark.parametrize("size", [1, 100, 400])
def test_a_handshake_is_cut_at_the_byte_that_was_asked_for(sim, context, direction, size):
    sim.fault([{direction: size, "how": "rst"}], stage="accept")
    with pytest.raises((ssl.SSLError, ConnectionResetError)), \
            socket.create_connection(("localhost", sim.port)) as plain:
        context.wrap_socket(plain, server_hostname="localhost")
    closed = sim.ledger.wait("closed")[0]
    assert closed["raw_in" if direction == "cut_in" else "raw_out"] == size and closed["plain_in"] == 0
    assert sim.ledger.connections == []


@pytest.mark.parametrize("head,problem", [
    (b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "no Host"),
    (b"GET / HTTP/1.1\nHost: localhost\r\n\r\n", "bare CR or LF"),
    (b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", "bad request line"),
    (b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", "no Content-Length"),
    (b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", "bad field line"),
])
def test_a_request_that_is_wrong_as_http_is_noticed(sim, context, head, problem):
    with socket.create_connection(("localhost", sim.port)) as plain, \
            context.wrap_socket(plain, server_hostname="localhost") as tls:
        tls.sendall(head)
        assert tls.recv(1000).startswith(b"HTTP/1.1 400 ")
    assert any(problem in entry for entry in sim.problems)
    sim.ledger.entries.clear()


def test_a_scripted_event_holds_an_answer_back(sim, client):
    sim.fault([{"answer": "service", "split": [10], "hold": ["go"]}])
    client.request("POST", PATH % state.DOCUMENTED, headers=HEADERS)
    sim.ledger.wait("answered")
    sim.set("go")
    assert json.loads(client.getresponse().read())["id"] == state.DOCUMENTED_NEW


def test_by_hand_it_says_when_it_is_ready_and_ends_on_a_signal(pki, tmp_path, context):
    command = [sys.executable, faults.__file__.replace("faults.py", "flowsim.py"), "--pki", str(pki.folder),
               "--port-file", str(tmp_path / "port"), "--ledger", str(tmp_path / "ledger"), "--fault", "stall@none",
               "--runs", "30", "--rate", "3/3600", "--token-life", "17"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            ready = process.stdout.readline()
            port = int((tmp_path / "port").read_text())
            assert ready == "listening on https://localhost:%d\n" % port
            client = http.client.HTTPSConnection("localhost", port, context=context)
            assert retry(client, state.DOCUMENTED)[0].status == 200
            query = "/runs?count=true&property=metrics.statusSummary.status==failed&property=flowId=="
            assert ask(client, "GET", BASE + query + state.example(9001))[1]["count"] >= 30
            assert fetch(client)[1]["expires_in"] == 17
            assert [retry(client, state.DOCUMENTED)[0].status for _ in range(2)] == [200, 429]
            kinds = [json.loads(line)["kind"] for line in (tmp_path / "ledger").read_text().splitlines()]
            assert kinds[:4] == ["connection", "request", "applied", "answered"]
        finally:
            process.terminate()
        assert process.wait(10) == 0


def report(run, outcome, new_id=None):
    line = dict.fromkeys(reflow_cli.KEYS)
    return json.dumps({**line, "run": run, "outcome": outcome, "id": new_id})


@pytest.mark.parametrize("lines,applied", [
    ([report("a", "retriggered", "n")], []),
    ([report("a", "retriggered", "other")], [("a", "n")]),
    ([report("a", "refused")], [("a", "n")]),
    ([report("a", "not_applied")], [("a", "n")]),
    ([report("a", "unknown")], [("a", "n"), ("a", "m")]),
    ([report("a", "done")], []),
    (['{"run": "a", "outcome": "unknown"}'], []),
])
def test_a_report_that_the_ledger_contradicts_fails_the_test(lines, applied):
    with pytest.raises(AssertionError):
        reflow_cli.check_truth(reflow_cli.Result(0, "\n".join(lines), ""), applied)


def test_a_true_report_passes():
    lines = [report("a", "retriggered", "n"), report("b", "refused"), report("c", "unknown"), report("d", "unknown")]
    reflow_cli.check_truth(reflow_cli.Result(5, "\n".join(lines), ""), [("a", "n"), ("c", "m")])
