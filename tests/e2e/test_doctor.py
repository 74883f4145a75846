# SPDX-License-Identifier: MIT
# reflow doctor: each check failing in its turn, by its right name, with what to do; and nothing changed by any.

import calendar
import email.utils
import re
import signal
import subprocess
import time

import pytest

import faults
import namespaces
import peers
import reflow_cli
import state
from stalling import FullBacklog
from test_secrets import TOKEN, pieces_in
from test_terminal import expect_safe

CHECKS = ["configuration", "anchors", "clock", "dns", "tcp", "tls", "token", "call"]
KEYS = ["check", "ok", "detail", "advice"]
HALF_DAY = 43200


def looks_of(sim):
    return [request for request in sim.ledger.requests if request["target"] != "/ims/token/v3"]


@pytest.fixture
def make_sim(make_sim):
    """Whatever a doctor does, it only looks at a list of one run; fetching a token changes nothing, either."""
    running = []

    def start(*args, **options):
        running.append(make_sim(*args, **options))
        running[-1].state.tokens[TOKEN] = None
        return running[-1]
    yield start
    for sim in running:
        assert sim.ledger.applied == []
        for request in looks_of(sim):
            assert (request["method"], request["target"].partition("?")) == (
                "GET", ("/data/foundation/flowservice/runs", "?", "limit=1&orderby=-createdAt"))


class Report:
    def __init__(self, result):
        self.status, self.stderr, self.lines = result.status, result.stderr, result.lines
        self.by = {line["check"]: line for line in self.lines}

    def of(self, verdict):
        return [line["check"] for line in self.lines if line["ok"] is verdict]


def run(reflow, *args, url=None, env=None, before=()):
    """Whatever comes out is safe to be shown."""
    command = [*before, *reflow.command(["doctor", *args])]
    environment = reflow.environment(url, {"REFLOW_ACCESS_TOKEN": TOKEN, **(env or {})})
    done = subprocess.run(command, env=environment, capture_output=True, timeout=reflow_cli.LONGEST)
    result = reflow_cli.Result(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert pieces_in(result.stdout + result.stderr) == []
    expect_safe(result.stdout)
    expect_safe(result.stderr)
    return result


def examine(reflow, *args, url=None, env=None, before=()):
    report = Report(run(reflow, "--json", *args, url=url, env=env, before=before))
    assert [line["check"] for line in report.lines] == CHECKS and report.stderr == ""
    for line in report.lines:
        assert list(line) == KEYS and line["detail"] and "reflow:" not in line["detail"]
        assert line["advice"] if line["ok"] is False else line["ok"] or line["advice"] is None
    assert (report.status == 0) == (report.of(True) == CHECKS)
    return report


def expect(report, status, failed, skipped=(), words=()):
    """`failed` is the one check that does; all of `words` are in its line."""
    assert (report.of(False), report.of(None), report.status) == ([failed], list(skipped), status), report.lines
    said = report.by[failed]["detail"] + " -> " + report.by[failed]["advice"]
    assert [word for word in words if word not in said] == [], said


# All well

def test_all_is_well(reflow, make_sim, tls_version):
    report = examine(reflow, url=(sim := make_sim(versions=(tls_version,))).url)
    assert report.status == 0 and [line["advice"] for line in report.lines] == [None] * len(CHECKS)
    told = {check: line["detail"] for check, line in report.by.items()}
    assert sim.url + " (REFLOW_URL)" in told["configuration"] and "sandbox prod (default)" in told["configuration"]
    assert told["anchors"] == "2 certificates in %s (REFLOW_CA)" % reflow.pki.ca
    assert told["clock"][:13] in [time.strftime("%Y-%m-%dT%H", time.gmtime(time.time() - ago)) for ago in (0, 60)]
    assert told["dns"].startswith("localhost is ") and "127.0.0.1" in told["dns"]
    assert " port %d, " % sim.port in told["tcp"]
    assert told["tls"].startswith("TLSv%s, TLS" % tls_version)
    assert ", subject CN=localhost, issuer CN=Throw-away Intermediate EC, valid until " in told["tls"]
    assert "(29 days)" in told["tls"] or "(30 days)" in told["tls"]
    assert told["token"] == "%d characters in REFLOW_ACCESS_TOKEN" % len(TOKEN)
    assert told["call"].startswith("1 run seen; credentials and sandbox are accepted, ")
    assert len(sim.ledger.requests) == 1


def test_a_person_gets_a_line_for_each_and_what_to_do_below(reflow, make_sim):
    result = run(reflow, "--sandbox", "nowhere", url=make_sim().url)
    lines = result.stdout.splitlines()
    assert [line.split()[1] for line in lines[:-1]] == CHECKS
    assert [line[:6] for line in lines[:-1]] == ["ok    "] * 7 + ["FAIL  "]
    assert {line[6:21].rstrip() for line in lines[:-1]} == set(CHECKS)
    assert lines[-1] == "    -> check --url, --sandbox and --org" and result.stderr == ""


def test_a_person_sees_what_was_not_tried(reflow):
    result = run(reflow, url="https://localhost:%d/x" % peers.free_port())
    assert "skip  tls            not without tcp\n" in result.stdout
    assert "skip  call           not without tls\n" in result.stdout


def test_verbose_shows_the_exchange_without_the_token(reflow, make_sim):
    result = run(reflow, "-v", url=make_sim().url)
    assert result.status == 0 and "uthorization: Bearer ***" in result.stderr
    assert result.stderr.count("* TLS TLSv1.") == 2  # a handshake for its own sake, then the call


def test_the_token_may_be_in_a_file(reflow, make_sim, tmp_path):
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "token").chmod(0o600)
    url = make_sim().url
    by_option = examine(reflow, "--token-file", tmp_path / "token", url=url, env={"REFLOW_ACCESS_TOKEN": None})
    by_variable = examine(reflow, url=url, env={"REFLOW_TOKEN_FILE": str(tmp_path / "token")})
    assert by_option.by["token"]["detail"].endswith(" in %s/token (--token-file)" % tmp_path)
    assert by_variable.by["token"]["detail"].endswith(" in %s/token (REFLOW_TOKEN_FILE)" % tmp_path)
    assert by_option.status == by_variable.status == 0


def test_it_takes_no_operands(reflow):
    result = run(reflow, state.DOCUMENTED)
    assert (result.status, result.stdout) == (2, "") and state.DOCUMENTED in result.stderr


# Configuration

@pytest.mark.parametrize("args,env,words", [
    (["--api-key", ""], {}, ["--api-key is not valid"]),
    ([], {"REFLOW_API_KEY": None}, ["--api-key is missing", "REFLOW_API_KEY"]),
    ([], {"REFLOW_API_KEY": "a key"}, ["REFLOW_API_KEY is not valid"]),
    ([], {"REFLOW_ORG_ID": None}, ["--org is missing", "REFLOW_ORG_ID"]),
    ([], {"REFLOW_ORG_ID": "a\nb"}, ["REFLOW_ORG_ID is not valid", "@AdobeOrg"]),
    (["--org", "ä"], {}, ["--org is not valid"]),
    (["--sandbox", "Prod"], {}, ["--sandbox is not valid", "lower-case"]),
    ([], {"REFLOW_SANDBOX": "1st"}, ["REFLOW_SANDBOX is not valid"]),
    (["--op", "re trigger"], {}, ["--op is not valid"]),
    ([], {"REFLOW_API_KEY": None, "REFLOW_ORG_ID": None, "REFLOW_SANDBOX": "X"},
     ["--api-key is missing; --org is missing; REFLOW_SANDBOX is not valid"]),
])
def test_each_setting_that_is_missing_or_wrong_is_named(reflow, make_sim, args, env, words):
    """The server can be looked at all the same."""
    sim = make_sim()
    expect(examine(reflow, *args, url=sim.url, env=env), 2, "configuration", ["call"], words)
    assert sim.ledger.requests == []


@pytest.mark.parametrize("url", ["http://localhost/x", "https://", "https://user:pass@localhost/", "localhost",
                                 "https://a b/", "https://localhost:0/"])
def test_without_a_url_no_server_is_looked_at(reflow, url):
    report = examine(reflow, url=url)
    expect(report, 2, "configuration", ["dns", "tcp", "tls", "call"], ["REFLOW_URL is not valid", "https://HOST"])
    assert "pass@" not in str(report.lines)


def test_a_wrong_url_does_not_hide_what_else_is_wrong(reflow):
    report = examine(reflow, "--org", "", "--op", "?", "--url", "x")
    assert report.by["configuration"]["detail"] == "--url is not valid; --org is not valid; --op is not valid"


def test_of_several_failures_the_first_gives_the_exit_status(reflow):
    nobody = "https://localhost:%d/x" % peers.free_port()
    wrong = {"REFLOW_ORG_ID": None}, {"REFLOW_CA": "/nowhere"}, {"REFLOW_ACCESS_TOKEN": None}
    for env, failed, status in (({**wrong[0], **wrong[2]}, ["configuration", "tcp", "token"], 2),
                                ({**wrong[1], **wrong[2]}, ["anchors", "tcp"], 2), (wrong[2], ["tcp", "token"], 4)):
        report = examine(reflow, url=nobody, env=env)
        assert (report.of(False), report.status) == (failed, status)


def test_a_token_in_a_wrong_place_is_not_repeated(reflow, make_sim):
    report = examine(reflow, url=make_sim().url, env={"REFLOW_ORG_ID": TOKEN})
    assert report.of(False) == ["call"] and report.status == 3


# Trust anchors

@pytest.mark.parametrize("content,words", [
    (None, ["No such file"]), (b"", ["holds no certificates"]), (b"words\n", ["0 certificates"]),
    (b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", ["0 certificates", "1 that cannot be read"])])
def test_a_file_without_anchors_is_named(reflow, make_sim, tmp_path, content, words):
    if content is not None:
        (tmp_path / "ca").write_bytes(content)
    report = examine(reflow, "--ca", tmp_path / "ca", url=make_sim().url)
    expect(report, 2, "anchors", ["tls", "token", "call"], ["%s/ca" % tmp_path, "--ca", *words])


def test_what_cannot_be_read_among_anchors_is_counted(reflow, make_sim, pki, tmp_path):
    root = open(pki.ca).read()
    (tmp_path / "ca").write_text(root + "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")
    report = examine(reflow, "--ca", tmp_path / "ca", url=make_sim().url)
    assert report.status == 0
    assert report.by["anchors"]["detail"] == "2 certificates in %s/ca (--ca), and 1 that cannot be read" % tmp_path


# The clock

RELEASED = int(re.search(r"REFLOW_RELEASED (\d+)", (reflow_cli.ROOT / "include/reflow.h").read_text()).group(1))
CLOCK = """
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
time_t time(time_t *told)
{
    struct timeval now;
    const char *fixed = getenv("CLOCK_SAYS");
    gettimeofday(&now, NULL);
    now.tv_sec = fixed != NULL ? atol(fixed) : now.tv_sec + atol(getenv("CLOCK_AHEAD"));
    return told != NULL ? (*told = now.tv_sec) : now.tv_sec;
}
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """clock(CLOCK_SAYS=…) or clock(CLOCK_AHEAD=…): an environment with another time."""
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.c").write_text(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "clock.so", folder / "clock.c"], check=True)
    return lambda **told: {"LD_PRELOAD": str(folder / "clock.so"), **{name: str(at) for name, at in told.items()}}


@pytest.mark.parametrize("at,words,error", [
    (0, "never set", "clock_unset"), (1600000000, "2020-09-13T12:26:40Z", "tls_expired"),
    (RELEASED - 1, "T23:59:59Z, which is before this version was released", "tls_expired")])
def test_a_clock_that_is_wrong_is_told_before_what_comes_of_it(reflow, make_sim, clock, at, words, error):
    report = examine(reflow, url=make_sim().url, env=clock(CLOCK_SAYS=at))
    assert (report.of(False), report.of(None), report.status) == (["clock", "tls"], ["call"], 4)
    assert words in report.by["clock"]["detail"] and "set the clock" in report.by["clock"]["advice"]
    assert report.by["tls"]["detail"].startswith(error)


def test_a_clock_at_the_day_of_release_may_be_right(reflow, make_sim, clock):
    report = examine(reflow, url=make_sim().url, env=clock(CLOCK_SAYS=RELEASED))
    assert report.by["clock"]["ok"] and report.by["clock"]["detail"].endswith("T00:00:00Z")


@pytest.mark.parametrize("ahead,words", [(59, None), (-59, None), (3600, "ahead of the service's"),
                                         (-3600, "behind the service's")])
def test_a_clock_that_differs_from_the_services_is_worth_a_word(reflow, make_sim, ahead, words):
    """Its date may be that of some proxy, so that it is no failure."""
    sim = make_sim()
    date = email.utils.formatdate(time.time() - ahead, usegmt=True)
    sim.fault([{"answer": {"headers": {"X-Padding": "x" * 3000, "dAtE": date}, "json": {"items": []}}, "split": 7}])
    report = examine(reflow, url=sim.url)
    assert report.status == 0 and report.by["call"]["detail"].startswith("0 runs seen")
    advice = report.by["call"]["advice"]
    assert (advice is None) if words is None else (" 36" in advice or " 359" in advice) and words in advice


# The network

def test_a_name_that_nobody_knows_is_named(reflow):
    expect(examine(reflow, url="https://nowhere.invalid/x"), 4, "dns", ["tcp", "tls", "call"],
           ["nowhere.invalid", "cannot be resolved", "name server"])


def test_an_address_needs_no_name_server(reflow, make_sim):
    sim = make_sim()
    report = examine(reflow, url=sim.url.replace("localhost", "127.0.0.1"))
    assert (report.status, report.by["dns"]["detail"]) == (0, "127.0.0.1 is an address")


def test_a_port_where_nobody_listens_is_named(reflow):
    port = peers.free_port()
    expect(examine(reflow, url="https://localhost:%d/x" % port), 4, "tcp", ["tls", "call"],
           ["localhost port %d" % port, "refused", "firewall"])


def test_a_port_that_says_nothing_ends_by_the_timeout(reflow):
    with FullBacklog() as peer:
        report = examine(reflow, "--timeout", 1, url="https://localhost:%d/x" % peer.port)
    expect(report, 4, "tcp", ["tls", "call"], ["no answer within 1 second"])
    assert int(report.by["dns"]["detail"].split()[-2]) < 1000  # the wait was not for the name


def test_a_name_server_that_says_nothing_ends_by_the_timeout(reflow, tmp_path):
    try:
        with namespaces.Namespace(tmp_path) as space:
            report = examine(reflow, "--timeout", 1, url="https://elsewhere.test/x", before=space.command([]))
    except namespaces.Unavailable as reason:
        pytest.skip("no network namespace can be made here: %s" % reason)
    expect(report, 4, "dns", ["tcp", "tls", "call"], ["elsewhere.test: no answer", "within 1 second"])


# TLS

@pytest.mark.parametrize("certificate,error,words", [
    ("expired", "tls_expired", "clock"), ("wrong-host", "tls_hostname", "--url"),
    ("self-signed", "tls_untrusted", "--ca"), ("missing-intermediate", "tls_untrusted", "--ca")])
def test_a_certificate_that_is_not_good_is_told_by_its_name(reflow, make_sim, certificate, error, words, tls_version):
    sim = make_sim(certificate, versions=(tls_version,))
    expect(examine(reflow, url=sim.url), 4, "tls", ["call"], [error, words])
    assert sim.ledger.requests == []


def test_other_anchors_do_not_do(reflow, make_sim, pki):
    expect(examine(reflow, "--ca", pki.path("other-root.pem"), url=make_sim().url), 4, "tls", ["call"],
           ["tls_untrusted", "--ca"])


def test_a_pin_that_does_not_match_is_told(reflow, make_sim, pki):
    url = make_sim().url
    expect(examine(reflow, "--pin", pki.pin("server-rsa"), url=url), 4, "tls", ["call"], ["tls_pin", "--pin"])
    assert examine(reflow, "--pin", pki.pin("server-ec"), url=url).status == 0


def test_what_is_not_tls_is_told(reflow, make_sim):
    sim = make_sim()
    sim.fault([{"plain": "HTTP/1.1 400 Bad Request\r\n\r\n"}, {"close": "fin"}], stage="accept", times=None)
    expect(examine(reflow, url=sim.url), 4, "tls", ["call"], ["tls_handshake", "TLS 1.2"])


def test_a_server_that_ends_the_handshake_is_told(reflow, make_sim):
    sim = make_sim()
    sim.fault([{"close": "fin"}], stage="accept", times=None)
    expect(examine(reflow, url=sim.url), 4, "tls", ["call"], ["connection_lost", "TLS 1.2"])


def test_a_certificate_that_ends_soon_is_worth_a_word(reflow, make_sim, clock):
    url = make_sim().url
    for ahead, days, words in ((31 * HALF_DAY, "(14 days)", None), (33 * HALF_DAY, "(13 days)", "ends soon"),
                               (57 * HALF_DAY, "(1 day)", "ends soon"), (59 * HALF_DAY, "(0 days)", "ends soon")):
        line = examine(reflow, url=url, env=clock(CLOCK_AHEAD=ahead)).by["tls"]
        assert line["ok"] and days in line["detail"]
        assert line["advice"] is None if words is None else words in line["advice"]


# The token and the call

@pytest.mark.parametrize("content,mode,status,words", [
    (None, 0, 6, "No such file"), ("", 0o600, 3, "holds no token"), (TOKEN, 0o644, 6, "others may read"),
    ("Bearer " + TOKEN, 0o600, 2, "Bearer"), ("x" * 5000, 0o600, 3, "too long")])
def test_a_token_file_that_is_not_good_is_told(reflow, make_sim, tmp_path, content, mode, status, words):
    if content is not None:
        (tmp_path / "token").write_text(content)
        (tmp_path / "token").chmod(mode)
    sim = make_sim()
    expect(examine(reflow, "--token-file", tmp_path / "token", url=sim.url), status, "token", ["call"], [words])
    assert sim.ledger.requests == []


def credentials(sim, secret=state.CLIENT_SECRET):
    return {"REFLOW_ACCESS_TOKEN": None, "REFLOW_CLIENT_ID": state.CLIENT_ID, "REFLOW_CLIENT_SECRET": secret,
            "REFLOW_IMS_URL": sim.ims_url}


def test_a_token_that_has_to_be_fetched_is_fetched(reflow, make_sim, tmp_path):
    sim = make_sim()
    report = examine(reflow, url=sim.url, env=credentials(sim))
    assert (report.status, len(sim.ledger.requests), len(looks_of(sim))) == (0, 2, 1)
    source, _, end = report.by["token"]["detail"].partition(", until ")
    assert source.endswith(" characters, fetched with the client credentials")
    assert abs(calendar.timegm(time.strptime(end, "%Y-%m-%dT%H:%M:%SZ")) - time.time() - sim.state.token_life) < 60
    kept = {**credentials(sim), "REFLOW_TOKEN_FILE": str(tmp_path / "token")}
    details = [examine(reflow, url=sim.url, env=kept).by["token"]["detail"] for _ in range(2)]
    assert details[0] == details[1] and " (REFLOW_TOKEN_FILE), until " in details[0]
    assert len(sim.ledger.requests) == 5  # the second found it there


def test_credentials_that_are_not_accepted_are_told_without_the_secret(reflow, make_sim):
    sim, secret = make_sim(), "a-secret-that-is-not-the-right-one"
    for args in ((), ("-v",)):
        result = run(reflow, "--json", *args, url=sim.url, env=credentials(sim, secret))
        assert secret not in result.stdout + result.stderr
    expect(examine(reflow, url=sim.url, env=credentials(sim, secret)), 3, "token", ["call"],
           ["invalid client or secret", "client credentials"])
    assert looks_of(sim) == []


def test_without_a_token_all_but_the_call_is_looked_at(reflow, make_sim):
    report = examine(reflow, url=make_sim().url, env={"REFLOW_ACCESS_TOKEN": None})
    expect(report, 3, "token", ["call"], ["REFLOW_ACCESS_TOKEN", "--token-file"])
    assert "CN=localhost" in report.by["tls"]["detail"]


@pytest.mark.parametrize("args,env,status,words", [
    ([], {"REFLOW_ACCESS_TOKEN": "an-old-token-that-has-ended"}, 3, ["unauthorized (HTTP 401), 401013", "new token"]),
    ([], {"REFLOW_API_KEY": "another"}, 3, ["forbidden (HTTP 403), 403003: Api Key is invalid", "API key"]),
    (["--org", "X@AdobeOrg"], {}, 3, ["forbidden (HTTP 403), 403025", "organization"]),
    (["--sandbox", "locked"], {}, 3, ["forbidden (HTTP 403), FLOW-2118-403", "permissions"]),
    (["--sandbox", "nowhere"], {}, 1, ["not_found (HTTP 404), FLOW-2100-404", "nowhere does not exist", "--sandbox"]),
])
def test_what_the_service_does_not_accept_is_told_in_its_words(reflow, make_sim, args, env, status, words):
    expect(examine(reflow, *args, url=make_sim().url, env=env), status, "call", [], [*words, "[request "])


@pytest.mark.parametrize("steps,status,words", [
    (faults.status(400, (), '{"error_code": "400003", "message": "Missing header"}'), 1,
     ["rejected (HTTP 400), 400003: Missing header", "--sandbox"]),
    (faults.status(302, {"Location": "https://elsewhere.example/"}), 1, ["redirected", "--url"]),
    (faults.status(429, {"Retry-After": "1000"}), 4, ["rate_limited (HTTP 429)", "later"]),
    (faults.status(503), 4, ["unavailable (HTTP 503)", "later"]),
    (faults.status(500), 4, ["server_error (HTTP 500)", "later"]),
    (faults.status(200, (), "<html>Welcome</html>"), 4, ["json_malformed", "--url"]),
    (faults.status(200, (), '{"items": [{"id": 5}]}'), 4, ["json_unexpected", "--url"]),
    ([{"send": "SSH-2.0\r\n"}, {"close": "notify"}], 4, ["http_malformed", "--url"]),
    (faults.drop_before_apply(), 4, ["connection_lost", "again"]),
])
def test_what_else_a_service_may_answer_is_told_with_what_to_do(reflow, make_sim, steps, status, words):
    sim = make_sim()
    sim.fault(steps)
    expect(examine(reflow, url=sim.url), status, "call", [], words)
    assert len(sim.ledger.requests) == 1  # what is seen at once counts, and is not hidden by a repetition


@pytest.mark.parametrize("words", ["\x1b[31mred\u202e\n    -> all is well", "you sent Bearer " + TOKEN, "x" * 4000],
                         ids=["steers", "repeats", "long"])
def test_foreign_words_are_made_safe(reflow, make_sim, words):
    sim = make_sim()
    sim.fault([{"answer": {"status": 403, "json": {"message": words}}}], times=None)
    expect(examine(reflow, url=sim.url), 3, "call")
    lines = run(reflow, url=sim.url).stdout.splitlines()
    assert [line.startswith("    -> ") for line in lines] == [False] * len(CHECKS) + [True]


@pytest.mark.parametrize("stage,failed,skipped", [("accept", "tls", ["call"]), ("request", "call", [])])
def test_a_server_that_stalls_ends_by_the_timeout(reflow, make_sim, stage, failed, skipped):
    sim = make_sim()
    sim.fault([{"stall": True}], stage=stage, times=None)
    begun = time.monotonic()
    expect(examine(reflow, "--timeout", 1, url=sim.url), 4, failed, skipped, ["timeout"])
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_interrupts_it_is_told_what_was_not_looked_at(reflow, make_sim, number):
    sim = make_sim()
    sim.fault([{"set": "there"}, {"stall": True}], stage="accept", times=None)
    session = reflow.start("doctor", "--json", url=sim.url)
    sim.events.wait("there")
    session.process.send_signal(number)
    report = Report(session.finish())
    assert (report.of(False), report.status, report.stderr) == ([], 4, "")
    assert report.by["call"]["ok"] is None and report.by["call"]["detail"] == "interrupted"


def test_a_report_that_nobody_gets_is_not_all_well(reflow, make_sim):
    with open("/dev/full", "w") as full:
        done = subprocess.run(reflow.command(["doctor"]), env=reflow.environment(make_sim().url), stdout=full,
                              stderr=subprocess.PIPE, timeout=reflow_cli.LONGEST)
    assert (done.returncode, done.stderr) == (6, b"reflow: standard output cannot be written to\n")
