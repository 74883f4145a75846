# SPDX-License-Identifier: MIT
# Tokens that reflow fetches itself: when, how often, where they are kept, and that nobody sees them.

import json
import pathlib
import re
import stat
import subprocess
import time

import pytest

import faults
import peers
import reflow_cli
import state
from test_secrets import Memory, last_words  # noqa: F401

RUN, OTHER = state.EXAMPLES["failed"][0], state.DOCUMENTED
IMS = "/ims/token/v3"
OURS, OTHERS = "test-token-kept-not-secret", "test-token-given-not-secret"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "token"


def credentials(sim, file=None, **changes):
    """The environment of someone who lets reflow fetch its tokens; a value of None takes away."""
    return {"REFLOW_ACCESS_TOKEN": None, "REFLOW_IMS_URL": sim.ims_url, "REFLOW_CLIENT_ID": state.CLIENT_ID,
            "REFLOW_CLIENT_SECRET": state.CLIENT_SECRET, "REFLOW_TOKEN_FILE": file and str(file), **changes}


def expect_no_secret(sim, *texts):
    """Neither credentials nor tokens, whole or as they are sent."""
    for text in texts:
        for secret in [*sim.state.clients.values(), *sim.state.tokens, OURS, OTHERS]:
            assert secret not in text


def ask(reflow, sim, *args, env, stdin=None):
    """With or without a report of runs; whatever is said must show no secret."""
    before = len(sim.ledger.applied)
    result = reflow.run(*args, url=sim.url, env=env, stdin=stdin)
    expect_no_secret(sim, result.stdout, result.stderr, json.dumps(sim.ledger.entries))
    if args[:2] == ("retry", "--json"):
        reflow_cli.check_truth(result, sim.ledger.applied[before:])
    return result


def utc(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def keep(file, token, ends=None, mode=0o600):
    """A token file as reflow writes it, or with `ends` None as a person does."""
    file.write_text(token + "\n" + ("expires %s\n" % utc(time.time() + ends) if ends is not None else ""))
    file.chmod(mode)
    return file.read_text()


def fetches(sim):
    return len([entry for entry in sim.ledger.requests if entry["target"] == IMS])


def asked(sim):
    return [entry["run"] for entry in sim.ledger.requests if entry["target"] != IMS]


# reflow token

def test_a_token_is_fetched_into_a_file_of_two_lines_that_only_its_owner_reads(reflow, sim, file):
    result = ask(reflow, sim, "token", env=credentials(sim, file))
    assert (result.status, result.stderr) == (0, "") and stat.S_IMODE(file.stat().st_mode) == 0o600
    token, expires, end = file.read_text().split("\n")
    assert token == "test-token-1-not-secret" and end == ""
    ends = time.time() + sim.state.token_life
    assert expires in ["expires " + utc(ends - back) for back in range(10)]
    assert result.stdout == "%s: good until %s\n" % (file, expires.removeprefix("expires "))


def test_a_second_call_fetches_nothing(reflow, sim, file):
    said = {ask(reflow, sim, "token", env=credentials(sim, file)).stdout for _ in range(3)}
    assert len(said) == 1 and fetches(sim) == 1


def test_json_says_where_and_until_when(reflow, sim, file):
    result = ask(reflow, sim, "token", "--json", env=credentials(sim, file))
    assert list(result.one) == ["token_file", "expires"]
    assert result.one["token_file"] == str(file) and "expires " + result.one["expires"] in file.read_text()
    keep(file, OTHERS)
    assert ask(reflow, sim, "token", "--json", env=credentials(sim, file)).one["expires"] is None


def test_quiet_says_nothing(reflow, sim, file):
    assert ask(reflow, sim, "token", "-q", env=credentials(sim, file)).stdout == ""
    assert file.exists()


def test_neither_an_api_key_nor_an_organization_is_needed(reflow, sim, file):
    env = credentials(sim, file, REFLOW_API_KEY=None, REFLOW_ORG_ID=None)
    assert ask(reflow, sim, "token", env=env).status == 0


@pytest.mark.parametrize("args,missing,status,words", [
    (["token"], "REFLOW_TOKEN_FILE", 2, "--token-file"), (["token", "x"], None, 2, "no operands"),
    (["token"], "REFLOW_CLIENT_ID", (3, 6), "token"), (["token"], "REFLOW_CLIENT_SECRET", (3, 6), "token"),
    (["retry", RUN], "REFLOW_CLIENT_ID", (3, 6), "token"),
], ids=str)
def test_what_is_missing_is_named(reflow, sim, file, args, missing, status, words):
    result = ask(reflow, sim, *args, env=credentials(sim, file, **({missing: None} if missing else {})))
    assert result.status == status or result.status in (status if isinstance(status, tuple) else ())
    assert words in result.stderr and result.stderr.startswith("reflow: ") and result.stdout == ""
    assert sim.accepted == 0 and not file.exists()


def test_without_a_file_or_an_environment_what_is_missing_is_told(reflow, sim):
    result = ask(reflow, sim, "retry", RUN, env=credentials(sim, REFLOW_CLIENT_ID=None))
    assert result.status == 3 and "REFLOW_CLIENT_ID" in result.stderr and sim.accepted == 0


@pytest.mark.parametrize("client,secret", [
    ("a+b/c=d&e%f", "s+/&=%41?#;:@~.-_\"'<>`|"), ("id", "p%26q&client_id=evil"), ("x" * 60, "+" * 256)],
    ids=["marks", "escapes", "long"])
def test_credentials_arrive_as_they_are(reflow, sim, file, client, secret):
    sim.state.clients = {client: secret}
    env = credentials(sim, file, REFLOW_CLIENT_ID=client, REFLOW_CLIENT_SECRET=secret)
    result = ask(reflow, sim, "token", env=env)
    assert result.status == 0, result.stderr


@pytest.mark.parametrize("secret,status", [("a b", 2), ("ü", 2), ("x" * 257, 3)])
def test_a_secret_that_cannot_be_one_is_refused_without_repeating_it(reflow, sim, file, secret, status):
    result = ask(reflow, sim, "token", env=credentials(sim, file, REFLOW_CLIENT_SECRET=secret))
    assert (result.status, sim.accepted) == (status, 0) and "client secret" in result.stderr
    assert secret not in result.stderr


def test_the_secret_may_stand_in_a_file(reflow, sim, file, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(state.CLIENT_SECRET + "\n")
    secret.chmod(0o600)
    env = credentials(sim, file, REFLOW_CLIENT_SECRET="another-not-secret-at-all")
    assert ask(reflow, sim, "token", "--secret-file", secret, env=env).status == 0
    assert fetches(sim) == 1


@pytest.mark.parametrize("how", ["readable", "writable", "missing", "empty", "long"])
def test_a_secret_file_that_is_wrong_is_refused(reflow, sim, file, tmp_path, how):
    secret = tmp_path / "secret"
    if how != "missing":
        secret.write_text({"empty": "\n", "long": "x" * 257}.get(how, state.CLIENT_SECRET))
        secret.chmod({"readable": 0o644, "writable": 0o602}.get(how, 0o600))
    result = ask(reflow, sim, "token", "--secret-file", secret, env=credentials(sim, file, REFLOW_CLIENT_SECRET=None))
    assert result.status == (3 if how in ("empty", "long") else 6) and sim.accepted == 0
    assert result.stderr.startswith("reflow: ") and ("long" in how or str(secret) in result.stderr)


# By itself

@pytest.mark.parametrize("case", ["missing", "empty", "ended", "due", "good", "others'"])
def test_a_command_fetches_a_token_when_the_file_has_none_for_another_five_minutes(reflow, sim, file, case):
    sim.state.tokens.update({OURS: None, OTHERS: None})
    ends = {"ended": -1, "due": 295, "good": 310}
    if case in ends:
        keep(file, OURS, ends[case])
    elif case != "missing":
        keep(file, "" if case == "empty" else OTHERS)
    before = file.read_text() if file.exists() else None
    result = ask(reflow, sim, "retry", "--json", RUN, env=credentials(sim, file))
    assert result.outcomes == [("retriggered", None)]
    kept = case in ("good", "others'")
    assert fetches(sim) == (0 if kept else 1) and (file.read_text() == before) == kept


def test_a_token_that_lives_less_than_five_minutes_is_fetched_each_time(reflow, sim, file):
    sim.state.token_life = 200
    for count in range(1, 4):
        assert ask(reflow, sim, "retry", "--json", RUN, env=credentials(sim, file)).status in (0, 1)
        assert fetches(sim) == count


def test_without_a_file_a_token_is_kept_in_memory_for_the_whole_command(reflow, sim):
    ids = sim.state.add_failed(20)
    result = ask(reflow, sim, "retry", "--json", *ids, env=credentials(sim))
    assert (result.status, fetches(sim), len(sim.ledger.applied)) == (0, 1, 20)


@pytest.mark.parametrize("command", [["show", RUN], ["runs"], ["wait", state.EXAMPLES["empty-success"][0]]],
                         ids=lambda words: words[0])
def test_other_commands_fetch_and_renew_as_well(reflow, sim, file, command):
    assert ask(reflow, sim, *command, env=credentials(sim, file)).status == 0 and fetches(sim) == 1
    sim.state.revoke("test-token-1-not-secret")
    assert ask(reflow, sim, *command, env=credentials(sim, file)).status == 0 and fetches(sim) == 2


# Renewal

def test_after_one_401_the_token_is_renewed_once_and_the_run_retriggered(reflow, sim, file):
    keep(file, OURS, 86000)
    result = ask(reflow, sim, "retry", "--json", RUN, env=credentials(sim, file))
    assert (result.outcomes, result.status) == ([("retriggered", None)], 0)
    assert [entry["target"] == IMS for entry in sim.ledger.requests] == [False, True, False]
    assert file.read_text().startswith("test-token-1-not-secret\nexpires ")


@pytest.mark.parametrize("jobs", [1, 8])
def test_when_the_new_token_is_refused_too_there_is_no_third_request(reflow, sim, file, jobs):
    ids = sim.state.add_failed(40)
    keep(file, OURS, 86000)
    sim.fault(faults.status(401, (), '{"error_code": "401013", "message": "Oauth token is not valid"}'), times=None,
              method="POST", path="/data/foundation/flowservice/runs/%s/action" % ids[0])
    result = ask(reflow, sim, "retry", "--json", "--jobs", jobs, ids[0], env=credentials(sim, file))
    assert (result.outcomes, result.status) == ([("refused", "unauthorized")], 3)
    assert (asked(sim), fetches(sim)) == ([ids[0]] * 2, 1)


@pytest.mark.parametrize("jobs", [1, 8])
def test_a_service_that_takes_no_token_costs_one_renewal_and_not_one_a_run(reflow, sim, file, jobs):
    ids = sim.state.add_failed(40)
    keep(file, OURS, 86000)
    for run in ids:
        sim.fault(faults.status(401), run=run, times=None)
    result = ask(reflow, sim, "retry", "--json", "--jobs", jobs, *ids, env=credentials(sim, file))
    assert set(result.outcomes) == {("refused", "unauthorized")} and len(result.lines) == 40
    assert result.status == 3 and fetches(sim) == 1 and sim.ledger.applied == []


def test_a_token_that_reflow_has_not_written_is_never_replaced(reflow, sim, file):
    before = keep(file, OTHERS)
    result = ask(reflow, sim, "retry", "--json", RUN, env=credentials(sim, file))
    assert (result.outcomes, result.status) == ([("refused", "unauthorized")], 3)
    assert (file.read_text(), fetches(sim), asked(sim)) == (before, 0, [RUN])


def test_a_token_of_the_environment_is_never_renewed(reflow, sim):
    env = credentials(sim, REFLOW_ACCESS_TOKEN=OTHERS)
    result = ask(reflow, sim, "retry", "--json", RUN, env=env)
    assert (result.outcomes, result.status) == ([("refused", "unauthorized")], 3)
    assert (fetches(sim), asked(sim)) == (0, [RUN])


def test_without_credentials_a_token_that_is_refused_stays(reflow, sim, file):
    before = keep(file, OURS, 86000)
    result = ask(reflow, sim, "retry", "--json", RUN, env=credentials(sim, file, REFLOW_CLIENT_ID=None))
    assert (result.status, file.read_text(), asked(sim)) == (3, before, [RUN])


@pytest.mark.parametrize("jobs", [1, 8])
def test_a_token_that_ends_in_the_middle_is_renewed_once_and_no_run_is_lost(reflow, sim, file, jobs):
    ids = sim.state.add_failed(100)
    keep(file, OURS, 86000)
    sim.state.tokens[OURS] = None
    sim.state.delay_s = 0.005
    session = reflow.start("retry", "--json", "--jobs", jobs, *ids, url=sim.url, env=credentials(sim, file))
    sim.ledger.wait("applied", 30)
    sim.state.revoke(OURS)
    result = session.finish()
    reflow_cli.check_truth(result, sim.ledger.applied)
    assert (result.status, {line["outcome"] for line in result.lines}) == (0, {"retriggered"})
    assert sorted(line["run"] for line in result.lines) == sorted(ids)
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(ids)
    refused = sim.ledger.of("answered", status=401)
    assert fetches(sim) == 1 and 1 <= len(refused) <= jobs and len(asked(sim)) == 100 + len(refused)


def test_two_ends_in_the_middle_are_two_renewals(reflow, sim, file):
    ids = sim.state.add_failed(100)
    sim.state.delay_s = 0.005
    session = reflow.start("retry", "--json", "--jobs", 4, *ids, url=sim.url, env=credentials(sim, file))
    for count in (20, 60):
        sim.ledger.wait("applied", count)
        sim.state.revoke()
    assert session.finish().status == 0
    assert fetches(sim) == 3 and sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


def test_a_renewal_that_fails_ends_the_run_refused_and_asks_no_more(reflow, sim, file):
    ids = sim.state.add_failed(10)
    keep(file, OURS, 86000)
    sim.state.ims_fails("500", None)
    result = ask(reflow, sim, "retry", "--json", "--jobs", 4, *ids, env=credentials(sim, file))
    assert set(result.outcomes) == {("refused", "unauthorized")} and result.status == 3
    assert len(result.lines) == 10 and sim.state.tokens_asked <= 1
    assert "fetching a token" in result.stderr


# Trouble with the token service

@pytest.mark.parametrize("name,status,word", [
    ("invalid-client", 3, "invalid client_id parameter"), ("invalid-scope", 3, "scope is not allowed"),
    ("unauthorized", 3, "client is not entitled"), ("500", 4, "server_error"), ("503", 4, "unavailable"),
    ("html", 4, "json_malformed"), ("html-502", 4, "server_error"), ("empty", 4, "json"), ("not-json", 4, "json"),
    ("redirect", 3, "redirected"), ("token-missing", 4, "json_unexpected"), ("token-empty", 4, "json_unexpected"),
    ("token-number", 4, "json_unexpected"), ("token-illegal", 4, "json_unexpected"),
    ("token-space", 4, "json_unexpected"), ("token-foreign", 4, "json_unexpected"), ("token-long", 4, "json_"),
    ("expires-missing", 4, "json_unexpected"), ("expires-zero", 4, "json_unexpected"),
    ("expires-text", 4, "json_unexpected"), ("throttled-long", 4, "rate_limited")], ids=lambda value: str(value))
def test_what_the_token_service_says_instead_is_told_and_nothing_is_written(reflow, sim, file, name, status, word):
    sim.state.ims_fails(name, None)
    for args in (["token"], ["retry", "--json", RUN]):
        result = ask(reflow, sim, *args, "--attempts", 1, env=credentials(sim, file))
        assert (result.status, result.stdout, file.exists()) == (status, "", False), result
        assert word in result.stderr and "fetching a token" in result.stderr
    assert asked(sim) == []


def test_a_wrong_secret_ends_3_with_the_services_words(reflow, sim, file):
    result = ask(reflow, sim, "token", env=credentials(sim, file, REFLOW_CLIENT_SECRET="wrong-and-not-secret"))
    assert result.status == 3 and "invalid client or secret" in result.stderr and "invalid_client" in result.stderr
    assert "wrong-and-not-secret" not in result.stderr and fetches(sim) == 1


def test_trouble_that_passes_is_waited_for(reflow, sim, file):
    sim.state.ims_fails("throttled")
    began = time.monotonic()
    assert ask(reflow, sim, "token", env=credentials(sim, file)).status == 0
    assert time.monotonic() - began >= 1 and fetches(sim) == 2


def test_a_token_service_that_is_not_there_or_says_nothing_ends_in_time(reflow, sim, make_sim, file):
    nowhere = "https://localhost:%d/ims" % peers.free_port()
    result = ask(reflow, sim, "token", "--attempts", 1, env=credentials(sim, file, REFLOW_IMS_URL=nowhere))
    assert result.status == 4 and "connect" in result.stderr and not file.exists()
    sim.fault(faults.stall(), path=IMS)
    result = ask(reflow, sim, "token", "--timeout", 1, env=credentials(sim, file))
    assert result.status == 4 and "timeout" in result.stderr and not file.exists()
    untrusted = make_sim("self-signed")
    result = ask(reflow, sim, "token", "--attempts", 1, env=credentials(untrusted, file))
    assert result.status == 4 and "tls_untrusted" in result.stderr and untrusted.ledger.requests == []


@pytest.mark.parametrize("url", ["http://localhost/ims", "localhost", "https://", "https://u:p@localhost/"])
def test_a_token_service_that_cannot_be_asked_safely_is_a_usage_error(reflow, sim, file, url):
    result = ask(reflow, sim, "token", env=credentials(sim, file, REFLOW_IMS_URL=url))
    assert result.status == 2 and "--ims-url" in result.stderr and not file.exists()


def test_a_command_that_is_ended_while_it_fetches_leaves_no_file(reflow, sim, file):
    sim.fault([{"set": "asked"}, {"stall": True}], path=IMS)
    session = reflow.start("token", url=sim.url, env=credentials(sim, file))
    sim.ledger.wait("event", name="asked")
    session.process.terminate()
    result = session.finish()
    assert result.status == 4 and result.stdout == "" and not file.exists()


# Many processes

@pytest.mark.parametrize("command", ["token", "retry"])
def test_ten_processes_at_once_fetch_one_token(reflow, sim, file, command):
    ids = sim.state.add_failed(10)
    sim.state.delay_s = 0.1
    sessions = [reflow.start(*(["token"] if command == "token" else ["retry", "--json", run]), url=sim.url,
                             env=credentials(sim, file)) for run in ids]
    results = [session.finish() for session in sessions]
    assert [result.status for result in results] == [0] * 10, results
    assert sim.state.tokens_minted == 1 == fetches(sim)
    assert command == "token" or sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


def test_ten_processes_whose_token_is_refused_fetch_one_token(reflow, sim, file):
    ids = sim.state.add_failed(10)
    keep(file, OURS, 86000)
    sim.state.delay_s = 0.1
    sessions = [reflow.start("retry", "--json", run, url=sim.url, env=credentials(sim, file)) for run in ids]
    assert [session.finish().status for session in sessions] == [0] * 10
    assert sim.state.tokens_minted == 1 and sorted(run for run, _ in sim.ledger.applied) == sorted(ids)


# Secrets

@pytest.mark.parametrize("options", [("-v",), ("--json", "-v")], ids=" ".join)
@pytest.mark.parametrize("case", ["fetched", "renewed", "refused"])
def test_neither_credentials_nor_tokens_are_ever_said(reflow, sim, file, tmp_path, options, case):
    """ask() looks: here at what is said when as much is said as possible."""
    if case == "renewed":
        keep(file, OURS, 86000)
    if case == "refused":
        sim.fault([{"answer": {"status": 400, "json": {"error": "invalid_client", "error_description": "sent: client_id=%s"
                   "&client_secret=%s" % (state.CLIENT_ID, state.CLIENT_SECRET)}}}], path=IMS)
    result = ask(reflow, sim, "retry", *options, "--journal", tmp_path / "journal", RUN, env=credentials(sim, file))
    assert "client_secret=***" in result.stderr and result.status == (3 if case == "refused" else 0)
    if (tmp_path / "journal").exists():
        expect_no_secret(sim, (tmp_path / "journal").read_text())


def test_the_list_of_processes_shows_neither_credentials_nor_tokens(reflow, sim, file, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(state.CLIENT_SECRET)
    secret.chmod(0o600)
    sim.fault([{"set": "asked"}, {"wait": "looked"}, {"answer": "service"}], run=RUN)
    session = reflow.start("retry", "--json", "--secret-file", secret, RUN, url=sim.url,
                           env=credentials(sim, file, REFLOW_CLIENT_SECRET=None))
    sim.ledger.wait("event", name="asked")
    for name in ("cmdline", "comm", "environ"):
        expect_no_secret(sim, pathlib.Path("/proc/%d/%s" % (session.process.pid, name)).read_text())
    sim.set("looked")
    assert session.finish().status == 0


@pytest.mark.not_sanitized("their shadow of 16 TB cannot be looked through")
@pytest.mark.parametrize("case", ["fetched", "renewed", "wrong secret", "not JSON"])
def test_in_the_end_neither_credentials_nor_tokens_are_in_memory(reflow, sim, file, tmp_path, last_words,  # noqa: F811
                                                                 case):
    secret = tmp_path / "secret"
    secret.write_text("another-word-not-secret" if case == "wrong secret" else state.CLIENT_SECRET)
    secret.chmod(0o600)
    if case == "renewed":
        keep(file, OURS, 86000)
    elif case == "not JSON":
        sim.state.ims_fails("not-json", None)
    session = reflow.start("retry", "--json", "--secret-file", secret, RUN, url=sim.url,
                           env={**credentials(sim, file, REFLOW_CLIENT_SECRET=None), **last_words})
    while session.process.stderr.readline() != b"looked?\n":
        assert session.process.poll() is None
    memory = Memory(session.process.pid)
    session.give("")
    assert session.finish().status == {"wrong secret": 3, "not JSON": 4}.get(case, 0)
    for word in (secret.read_text(), OURS, "test-token-1-not-secret", "client_secret=" + secret.read_text()[:4]):
        assert memory.find(word.encode()) == [], word


# The file

def test_a_file_that_cannot_be_written_ends_6_and_no_token_is_fetched_in_vain(reflow, sim, tmp_path):
    (tmp_path / "to").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "to")
    for name in ("missing/token", ".", "link"):
        result = ask(reflow, sim, "token", env=credentials(sim, tmp_path / name))
        assert result.status == 6 and result.stderr.startswith("reflow: "), result
    assert fetches(sim) == 0 and (tmp_path / "to").read_text() == ""


def test_nothing_is_left_beside_the_file_but_its_lock(reflow, sim, file):
    for _ in range(2):
        assert ask(reflow, sim, "token", env=credentials(sim, file)).status == 0
        file.unlink()
    assert [other.name for other in file.parent.iterdir() if other.name.startswith("token")] == ["token.lock"]
