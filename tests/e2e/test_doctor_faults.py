# SPDX-License-Identifier: MIT
# reflow doctor where the system itself is at fault, or somebody will not wait: each finding true, none made up.

import email.utils
import os
import signal
import ssl
import subprocess
import time

import pytest

import faults
import namespaces
import peers
import reflow_cli
import state
from stalling import FullBacklog
from test_doctor import CHECKS, Report, credentials, examine, expect, run
from test_secrets import TOKEN

pytestmark = pytest.mark.skipif("REFLOW_WRAPPER" in os.environ, reason="a wrapper would meet these faults itself")


# Trust anchors

def test_a_single_certificate_in_der_is_counted(reflow, sim, pki, tmp_path):
    der = tmp_path / "ca.der"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(open(pki.path("root-ec.pem")).read()))
    sim.state.tokens[TOKEN] = None
    report = examine(reflow, "--ca", der, url=sim.url)
    assert (report.status, report.by["anchors"]["detail"]) == (0, "1 certificate in %s (--ca)" % der)


@pytest.fixture
def etc(pki):
    """etc(command): before the tool, to give it an /etc/ssl of its own, made by that command."""
    def prefix(command):
        made = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /etc/ssl && %s && exec "$@"' % command, pki.ca]
        if subprocess.run([*made, "true"], capture_output=True).returncode != 0:
            pytest.skip("this machine lets us mount nothing")
        return made
    return prefix


def test_the_systems_bundle_is_found_where_it_is(reflow, sim, etc):
    sim.state.tokens[TOKEN] = None
    before = etc('cp "$0" /etc/ssl/cert.pem')
    report = examine(reflow, url=sim.url, env={"REFLOW_CA": None}, before=before)
    assert (report.status, report.by["anchors"]["detail"]) == (0, "2 certificates in the system's bundle")


def test_a_system_without_a_bundle_asks_for_a_file(reflow, etc):
    url = "https://localhost:%d/x" % peers.free_port()
    report = examine(reflow, url=url, env={"REFLOW_CA": None}, before=etc(":"))
    assert report.of(False) == ["anchors", "tcp"] and report.status == 2
    assert report.by["anchors"]["detail"] == (
        "trust anchors: this system has no bundle in a known place: name one with --ca FILE")


@pytest.mark.parametrize("calls,error,words", [("fstat,newfstatat", "EIO", "Input/output error"),
                                               ("mmap", "ENOMEM", "Cannot allocate memory")])
def test_anchors_that_cannot_be_mapped_say_why(reflow, pki, strace, calls, error, words):
    before = strace("-P", pki.ca, "-e", "inject=%s:error=%s" % (calls, error))
    result = reflow_cli.Result(*ended([*before, *reflow.command(["retry", state.DOCUMENTED])], reflow))
    assert (result.status, result.stdout) == (2, "") and result.stderr == "reflow: %s: %s\n" % (pki.ca, words)


def ended(command, reflow):
    done = subprocess.run(command, env=reflow.environment(), capture_output=True, text=True, timeout=20)
    return done.returncode, done.stdout, done.stderr


def test_words_that_are_too_long_for_a_finding_end_in_dots(reflow):
    path = "/" + "x" * 5000
    report = examine(reflow, "--ca", path, url="https://localhost:%d/x" % peers.free_port())
    assert report.by["anchors"]["detail"] == path[:2044] + "..."


# What is said on standard error cannot be overheard

@pytest.mark.parametrize("fault", ["fcntl:error=EMFILE:when=%d", "pipe,pipe2:error=EMFILE:when=%d",
                                   "dup2:error=EBUSY:when=%d"])
def test_what_cannot_be_overheard_is_said_on_standard_error(reflow, strace, fault):
    """The last time is the token's: before it are those of the program's beginning, and the anchors'."""
    when = 9 if fault.startswith("fcntl") else 3
    url = "https://localhost:%d/x" % peers.free_port()
    result = run(reflow, "--json", url=url, env={"REFLOW_ACCESS_TOKEN": None},
                 before=strace("-e", "inject=" + fault % when))
    report = Report(result)
    assert report.by["token"]["detail"] == "there is none", result
    assert result.stderr.startswith("reflow: no access token: ") and report.status == 4


# The network

def test_without_a_thread_for_the_resolver_it_is_not_the_name_that_is_blamed(reflow, strace, tmp_path):
    try:
        with namespaces.Namespace(tmp_path) as space:
            before = space.command(strace("-e", "inject=clone,clone3:error=EAGAIN"))
            report = examine(reflow, url="https://elsewhere.test/x", before=before)
    except namespaces.Unavailable as reason:
        pytest.skip("no network namespace can be made here: %s" % reason)
    expect(report, 4, "dns", ["tcp", "tls", "call"], ["no descriptor, thread or memory is to be had"])


def test_an_address_that_no_way_leads_to_is_known_at_once(reflow):
    expect(examine(reflow, url="https://255.255.255.255/x"), 4, "tcp", ["tls", "call"],
           ["255.255.255.255 port 443: refused or unreachable"])


# Whoever does not wait

def wait_until_it_sleeps(pid):
    """No event tells of it."""
    asleep = False
    while not asleep:
        with open("/proc/%d/stat" % pid) as file:
            asleep = file.read().rpartition(")")[2].split()[0] == "S"


def test_an_interrupt_ends_the_wait_for_a_connection(reflow):
    with FullBacklog() as peer:
        session = reflow.start("doctor", "--json", url="https://localhost:%d/x" % peer.port)
        while session.line()["check"] != "dns":
            pass
        wait_until_it_sleeps(session.process.pid)
        session.process.send_signal(signal.SIGINT)
        report = Report(session.finish())
    assert (report.of(False), report.of(None), report.status) == ([], CHECKS[4:], 4)
    assert {report.by[check]["detail"] for check in CHECKS[4:]} == {"interrupted"}


def test_an_interrupt_ends_a_handshake(reflow, sim):
    sim.fault([{"set": "greeting"}, {"stall": True}], stage="accept", connection=2)  # the first is a look at TCP
    session = reflow.start("doctor", "--json", url=sim.url)
    sim.events.wait("greeting")
    session.process.send_signal(signal.SIGINT)
    report = Report(session.finish())
    assert (report.of(False), report.of(None), report.status) == ([], CHECKS[5:], 4)


# The token

def test_a_token_with_what_cannot_be_sent_is_told(reflow, sim):
    expect(examine(reflow, url=sim.url, env={"REFLOW_ACCESS_TOKEN": "Bearer a-token"}), 2, "token", ["call"],
           ["some of which cannot be sent", "no \"Bearer\""])
    assert sim.ledger.requests == []


def test_an_empty_variable_is_no_token(reflow, sim):
    report = examine(reflow, url=sim.url, env={**credentials(sim), "REFLOW_ACCESS_TOKEN": ""})
    assert report.status == 0 and " fetched with the client credentials" in report.by["token"]["detail"]


def test_a_token_service_that_is_not_there_is_told(reflow, sim):
    ims = "https://localhost:%d/ims/token/v3" % peers.free_port()
    expect(examine(reflow, "--attempts", 1, url=sim.url, env={**credentials(sim), "REFLOW_IMS_URL": ims}), 4, "token",
           ["call"], ["connect", "reflow token -v"])


def test_a_kept_token_that_is_not_accepted_any_more_is_renewed(reflow, sim, tmp_path):
    kept = {**credentials(sim), "REFLOW_TOKEN_FILE": str(tmp_path / "token")}
    assert examine(reflow, url=sim.url, env=kept).status == 0
    sim.state.tokens.clear()
    assert examine(reflow, url=sim.url, env=kept).status == 0
    assert sim.state.tokens_minted == 2


# The service's clock

def test_a_refusal_and_a_clock_that_differs_are_both_worth_a_word(reflow, sim):
    date = email.utils.formatdate(time.time() - 3600, usegmt=True)
    sim.fault(faults.status(403, {"Date": date}))
    report = examine(reflow, url=sim.url)
    expect(report, 3, "call", [], ["forbidden (HTTP 403)", "technical account; set the clock: it is 36"])


@pytest.mark.parametrize("field,words", [("Date:\t %s\t ", "ahead of the service's"), ("Date:%s", "ahead"),
                                         ("Date: \t", None), ("Date:", None), ("Date: an hour ago", None)])
def test_a_date_is_read_without_the_blanks_around_it_or_not_at_all(reflow, sim, field, words):
    date = email.utils.formatdate(time.time() - 3600, usegmt=True)
    field = field % date if "%s" in field else field
    sim.fault([{"send": "HTTP/1.1 200 OK\r\n%s\r\nContent-Length: 12\r\n\r\n{\"items\":[]}" % field}])
    report = examine(reflow, url=sim.url)
    advice = report.by["call"]["advice"]
    assert report.status == 0 and (advice is None if words is None else words in advice)
