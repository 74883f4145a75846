# SPDX-License-Identifier: MIT
# The main job as a user meets it: what is sent, what is said, and the exit status.

import json

import pytest

import faults
import reflow_cli
import state
from service import BASE

FAILED = state.EXAMPLES["failed"][0]


def named(name):
    return state.EXAMPLES[name][0]


# What is said

def test_the_documented_run_gives_the_documented_new_run(reflow, sim):
    result = reflow.retry(sim, state.DOCUMENTED)
    assert result.status == 0
    line = result.one
    assert line["run"] == state.DOCUMENTED
    assert line["outcome"] == "retriggered"
    assert line["id"] == state.DOCUMENTED_NEW
    assert line["etag"] == state.DOCUMENTED_ETAG and len(line["etag"]) == 38
    assert (line["http_status"], line["error"], line["detail"], line["attempts"]) == (200, None, None, 1)
    assert isinstance(line["elapsed_ms"], int) and line["elapsed_ms"] >= 0
    assert sim.ledger.applied == [(state.DOCUMENTED, state.DOCUMENTED_NEW)]


def test_json_is_one_object_a_line_with_exactly_these_keys_in_this_order(reflow, sim):
    result = reflow.retry(sim, state.DOCUMENTED, "unknown-run", FAILED)
    assert result.stdout.count("\n") == 3 and result.stdout.endswith("\n")
    for line in result.stdout.splitlines():
        assert [key for key, _ in json.loads(line, object_pairs_hook=list)] == reflow_cli.KEYS
    assert [line["run"] for line in result.lines] == [state.DOCUMENTED, "unknown-run", FAILED]


def test_human_output_names_the_old_run_the_outcome_and_the_new_run(reflow, sim):
    result = reflow.run("retry", state.DOCUMENTED, url=sim.url)
    assert result.status == 0
    assert len(result.stdout.splitlines()) == 1
    for word in (state.DOCUMENTED, "retriggered", state.DOCUMENTED_NEW):
        assert word in result.stdout


def test_a_refusal_says_the_services_words_code_and_request_id(reflow, sim):
    result = reflow.run("retry", named("flow-disabled"), url=sim.url)
    assert result.status == 1
    request_id = sim.ledger.of("answered")[0]["request_id"]
    for word in (named("flow-disabled"), "refused", "is not enabled", "FLOW-1388-400", request_id):
        assert word in result.stdout + result.stderr


def test_each_line_is_flushed_as_it_happens(reflow, sim):
    sim.fault([{"wait": "first line read"}, {"answer": "service"}], run=FAILED)
    session = reflow.start("retry", "--json", state.DOCUMENTED, FAILED, url=sim.url)
    assert session.line()["id"] == state.DOCUMENTED_NEW
    assert sim.ledger.of("applied", run=FAILED) == []
    sim.set("first line read")
    assert session.line()["run"] == FAILED
    assert session.finish().status == 0


# What is sent

def test_the_request_is_exactly_as_documented(reflow, sim):
    reflow.retry(sim, state.DOCUMENTED)
    request, = sim.ledger.requests
    assert request["method"] == "POST"
    assert request["target"] == BASE + "/runs/" + state.DOCUMENTED + "/action?op=re-trigger"
    headers = {name.lower(): value for name, value in request["headers"]}
    assert len(headers) == len(request["headers"])
    assert headers.pop("user-agent").startswith("reflow/")
    assert "application/json" in headers.pop("accept")
    assert headers == {
        "host": "localhost:%d" % sim.port, "authorization": "matched", "x-api-key": state.API_KEY,
        "x-gw-ims-org-id": state.ORG, "x-sandbox-name": "prod", "content-type": "application/json",
        "content-length": "0", "accept-encoding": "identity"}
    assert request["content"] == 0 and request["problems"] == []


def test_the_request_head_leaves_in_one_record(reflow, sim, tls_version):
    reflow.retry(sim, state.DOCUMENTED)
    assert sim.ledger.requests[0]["records"] == 1


def test_another_sandbox_and_operation_are_sent_as_given(reflow, sim):
    result = reflow.retry(sim, "--sandbox", "dev", "--op", "RE_TRIGGER", FAILED)
    assert result.status == 0
    request, = sim.ledger.requests
    assert request["target"].endswith("/action?op=RE_TRIGGER")
    assert ["x-sandbox-name", "dev"] in [[name.lower(), value] for name, value in request["headers"]]


def test_a_base_path_that_ends_in_a_slash_is_not_doubled(reflow, sim):
    result = reflow.run("retry", "--json", FAILED, url=sim.url + "/")
    assert result.status == 0
    assert sim.ledger.requests[0]["target"].startswith(BASE + "/runs/")


def test_options_may_stand_on_either_side_of_the_command_and_win_over_the_environment(reflow, sim):
    environment = {"REFLOW_API_KEY": "from-the-environment", "REFLOW_ORG_ID": "wrong@AdobeOrg"}
    result = reflow.run("--json", "--api-key", state.API_KEY, "retry", FAILED, "--org", state.ORG, "--url", sim.url,
                        env=environment)
    assert result.status == 0 and result.one["outcome"] == "retriggered"


def test_a_token_file_is_read_and_its_newline_is_not_sent(reflow, sim, tmp_path):
    file = tmp_path / "token"
    file.touch(mode=0o600)
    file.write_text(reflow_cli.TOKEN + "\n")
    result = reflow.retry(sim, "--token-file", file, FAILED, env={"REFLOW_ACCESS_TOKEN": None})
    assert result.status == 0
    assert sim.ledger.requests[0]["authorization"] == "matched"


# Several runs

def test_several_runs_go_over_one_connection(reflow, sim, tls_version):
    runs = [sim.state.add_run("run-%02d" % number).id for number in range(20)]
    result = reflow.retry(sim, *runs)
    assert result.status == 0
    assert [line["run"] for line in result.lines] == runs
    assert [run for run, _ in sim.ledger.applied] == runs
    assert sim.accepted == 1


def test_refusals_between_them_keep_the_connection(reflow, sim):
    runs = [FAILED, named("flow-disabled"), "unknown-run", named("no-permission"), state.DOCUMENTED]
    result = reflow.retry(sim, *runs)
    assert result.outcomes == [("retriggered", None), ("refused", "rejected"), ("refused", "not_found"),
                               ("refused", "forbidden"), ("retriggered", None)]
    assert sim.accepted == 1


def test_run_ids_come_from_standard_input(reflow, sim):
    runs = [sim.state.add_run("run-%02d" % number).id for number in range(5)]
    result = reflow.retry(sim, "-", stdin="\n".join(runs))
    assert result.status == 0
    assert [line["run"] for line in result.lines] == runs
    assert sim.accepted == 1


def test_no_lines_on_standard_input_are_nothing_to_do(reflow, sim):
    result = reflow.retry(sim, "-", stdin="")
    assert (result.status, result.stdout, sim.accepted) == (0, "", 0)


def test_a_bad_line_on_standard_input_is_reported_and_the_rest_go_on(reflow, sim):
    result = reflow.retry(sim, "-", stdin="%s\nnot/a run\n%s\n" % (FAILED, state.DOCUMENTED))
    assert result.outcomes == [("retriggered", None), ("not_applied", "invalid_argument"), ("retriggered", None)]
    assert result.lines[1]["http_status"] is None
    assert result.status == 2
    assert [run for run, _ in sim.ledger.applied] == [FAILED, state.DOCUMENTED]


# What is checked before anything is sent

@pytest.mark.parametrize("bad", ["", "a b", "a/b", "a?b", "a#b", "a%20b", "a\r\nX: y", "a\nb", "ä", "x" * 129],
                         ids=["empty", "space", "slash", "query", "fragment", "percent", "CRLF", "LF",
                              "non-ASCII", "129"])
def test_a_bad_run_id_among_arguments_stops_everything_before_it_starts(reflow, sim, bad):
    result = reflow.run("retry", "--json", FAILED, bad, url=sim.url)
    assert result.status == 2
    assert sim.accepted == 0
    assert not any(line["outcome"] == "retriggered" for line in result.lines)


def test_a_run_id_of_128_characters_of_every_kind_is_taken(reflow, sim):
    run = sim.state.add_run(("aZ09._~-" * 16)[:128]).id
    assert reflow.retry(sim, run).one["outcome"] == "retriggered"


@pytest.mark.parametrize("changes", [
    {"REFLOW_API_KEY": "a\r\nb"}, {"REFLOW_API_KEY": "a b"}, {"REFLOW_ORG_ID": "ä@AdobeOrg"},
    {"REFLOW_SANDBOX": "Prod/x"}, {"REFLOW_API_KEY": None}, {"REFLOW_ORG_ID": None},
    {"REFLOW_URL": "http://localhost/"}, {"REFLOW_URL": "https://local host/"}, {"REFLOW_URL": "https://a/b\r\nc"},
], ids=str)
def test_a_bad_configuration_ends_2_and_nothing_is_sent(reflow, sim, changes):
    assert reflow.run("retry", "--json", FAILED, url=sim.url, env=changes).status == 2
    assert sim.accepted == 0


@pytest.mark.parametrize("token", ["a\r\nX: y", "a b", "ä"], ids=["CRLF", "space", "non-ASCII"])
def test_a_token_that_could_break_out_of_its_line_is_not_sent(reflow, sim, token):
    result = reflow.run("retry", "--json", FAILED, url=sim.url, env={"REFLOW_ACCESS_TOKEN": token})
    assert result.status in (2, 3)
    assert sim.accepted == 0
    assert token not in result.stdout + result.stderr


def test_no_token_to_be_had_ends_3(reflow, sim):
    assert reflow.run("retry", FAILED, url=sim.url, env={"REFLOW_ACCESS_TOKEN": None}).status == 3
    assert sim.accepted == 0


@pytest.mark.parametrize("args", [["retry"], ["nonsense"], [], ["retry", "--nonsense", FAILED],
                                  ["retry", "--timeout", "soon", FAILED],
                                  ["retry", "--attempts", "0", FAILED], ["retry", "--attempts", "-1", FAILED],
                                  ["retry", "--pin", "sha256//short", FAILED]], ids=" ".join)
def test_wrong_usage_ends_2(reflow, sim, args):
    assert reflow.run(*args, url=sim.url).status == 2
    assert sim.accepted == 0


@pytest.mark.parametrize("option", ["--token", "--access-token", "--secret", "--client-secret"])
def test_secrets_are_not_taken_from_the_command_line(reflow, sim, option):
    """getopt_long takes an unambiguous beginning for the whole: --token must not become --token-file."""
    result = reflow.run("retry", option, "value-not-secret", FAILED, url=sim.url)
    assert result.status == 2 and sim.accepted == 0
    assert "value-not-secret" not in result.stdout + result.stderr


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["retry", "--help"]], ids=" ".join)
def test_help_and_version_end_0(reflow, args):
    result = reflow.run(*args)
    assert result.status == 0 and "reflow" in result.stdout and result.stderr == ""


def test_version_names_the_tls_library(tls_features):
    assert tls_features.version >= (2, 28)


# Exit statuses and what they come from

@pytest.mark.parametrize("name,outcome,error,http_status,exit_status", [
    ("documented", "retriggered", None, 200, 0),
    ("empty-success", "retriggered", None, 200, 0),
    ("items", "retriggered", None, 201, 0),
    ("full", "retriggered", None, 200, 0),
    ("flow-disabled", "refused", "rejected", 400, 1),
    ("running", "refused", "rejected", 400, 1),
    ("streaming", "refused", "rejected", 400, 1),
    ("cannot-create", "refused", "rejected", 400, 1),
    ("no-profile", "refused", "forbidden", 403, 3),
    ("no-permission", "refused", "forbidden", 403, 3),
    ("throttled", "not_applied", "rate_limited", 429, 4),
    ("throttled-empty", "not_applied", "rate_limited", 429, 4),
    ("gateway-503", "not_applied", "unavailable", 503, 4),
    ("gateway-busy-once", "not_applied", "unavailable", 503, 4),
    ("proxy-503", "unknown", "unavailable", 503, 5),
    ("provider-500", "unknown", "server_error", 500, 5),
    ("provider-503", "unknown", "unavailable", 503, 5),
    ("provider-504", "unknown", "server_error", 504, 5),
])
def test_an_answer_has_its_outcome_error_and_exit_status(reflow, sim, name, outcome, error, http_status, exit_status):
    result = reflow.retry(sim, "--attempts", 1, named(name))
    line = result.one
    assert (line["outcome"], line["error"], line["http_status"]) == (outcome, error, http_status)
    assert result.status == exit_status
    assert line["attempts"] == 1
    _, _, trouble = state.EXAMPLES[name]
    if trouble and trouble.kind != "raw":
        assert trouble.message in line["detail"]
        assert line["request_id"] == sim.ledger.of("answered")[0]["request_id"]


def test_an_unknown_run_is_not_found(reflow, sim):
    result = reflow.retry(sim, "no-such-run")
    assert result.status == 1
    assert result.outcomes == [("refused", "not_found")]
    assert "does not exist" in result.one["detail"]


@pytest.mark.parametrize("changes,error,exit_status,words", [
    ({"REFLOW_ACCESS_TOKEN": "another-token-not-secret"}, "unauthorized", 3, "Oauth token is not valid"),
    ({"REFLOW_API_KEY": "wrong"}, "forbidden", 3, "Api Key is invalid"),
    ({"REFLOW_ORG_ID": "wrong@AdobeOrg"}, "forbidden", 3, "Profile is not valid"),
    ({"REFLOW_SANDBOX": "locked"}, "forbidden", 3, "No permission for sandbox locked"),
    ({"REFLOW_SANDBOX": "nowhere"}, "not_found", 1, "Sandbox nowhere does not exist"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_wrong_credentials_are_refused_once_with_the_services_words(reflow, sim, changes, error, exit_status, words):
    result = reflow.retry(sim, FAILED, env=changes)
    assert result.status == exit_status
    assert result.outcomes == [("refused", error)]
    assert words in result.one["detail"] and result.one["attempts"] == 1
    assert len(sim.ledger.requests) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(reflow, sim, make_sim, code):
    other = make_sim()
    sim.fault(faults.status(code, {"Location": other.url + "/runs/x/action?op=re-trigger"}))
    result = reflow.retry(sim, FAILED)
    assert (result.outcomes, result.status) == ([("refused", "redirected")], 1)
    assert other.accepted == 0 and len(sim.ledger.requests) == 1


@pytest.mark.parametrize("names,expected", [
    (["documented", "proxy-503", "no-profile", "throttled-empty", "flow-disabled"], 5),
    (["no-profile", "throttled-empty", "flow-disabled", "documented"], 3),
    (["flow-disabled", "throttled-empty", "documented"], 4),
    (["documented", "flow-disabled"], 1),
    (["flow-disabled", "documented"], 1),
], ids=["5", "3", "4", "1", "1-first"])
def test_over_several_runs_the_worst_decides(reflow, sim, names, expected):
    result = reflow.retry(sim, "--attempts", 1, *map(named, names))
    assert len(result.lines) == len(names)
    assert result.status == expected


@pytest.mark.parametrize("name,expected", [("throttled-empty", 2), ("flow-disabled", 2), ("no-profile", 3),
                                           ("proxy-503", 5)])
def test_a_bad_line_ranks_between_not_authorised_and_not_applied(reflow, sim, name, expected):
    assert reflow.retry(sim, "--attempts", 1, "-", stdin="a b\n%s\n" % named(name)).status == expected


# Repeating

def test_after_429_it_waits_as_told_and_then_succeeds(reflow, sim):
    result = reflow.retry(sim, named("throttled-once"))
    line = result.one
    assert (result.status, line["outcome"], line["attempts"]) == (0, "retriggered", 2)
    assert line["error"] is None and line["http_status"] == 200
    first, second = sim.ledger.requests
    assert second["time"] - first["time"] >= 1.0
    assert line["elapsed_ms"] >= 1000


def test_429_twice_is_repeated_twice(reflow, sim):
    for _ in range(2):
        sim.fault(faults.status(429, {"Retry-After": "0"}), run=FAILED)
    result = reflow.retry(sim, FAILED)
    assert (result.status, result.one["attempts"]) == (0, 3)


def test_it_gives_up_after_so_many_attempts_and_says_not_applied(reflow, sim):
    sim.fault(faults.status(429, {"Retry-After": "0"}), times=None)
    result = reflow.retry(sim, "--attempts", 3, FAILED)
    assert (result.status, result.one["outcome"], result.one["attempts"]) == (4, "not_applied", 3)
    assert len(sim.ledger.requests) == 3


def test_a_wait_that_would_outlast_the_deadline_is_not_begun(reflow, sim):
    sim.fault(faults.status(429, {"Retry-After": "3600"}), times=None)
    result = reflow.retry(sim, "--timeout", 5, FAILED)
    assert result.outcomes == [("not_applied", "rate_limited")]
    assert result.status == 4 and len(sim.ledger.requests) == 1
    assert result.one["elapsed_ms"] < 3000


@pytest.mark.parametrize("name", ["proxy-503", "provider-500", "flow-disabled", "no-permission"])
def test_what_is_unknown_or_refused_is_never_repeated(reflow, sim, name):
    result = reflow.retry(sim, named(name))
    assert result.one["attempts"] == 1
    assert len(sim.ledger.requests) == 1


# Secrets

@pytest.mark.parametrize("option", ["-v", "--json", "-q"])
def test_no_output_ever_shows_the_token(reflow, sim, option):
    for run in (FAILED, named("flow-disabled")):
        result = reflow.run("retry", option, run, url=sim.url)
        assert reflow_cli.TOKEN not in result.stdout + result.stderr
