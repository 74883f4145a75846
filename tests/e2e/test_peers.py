# SPDX-License-Identifier: MIT
# TLS against servers that are not ours: who is trusted, who is not, and that no secret reaches the latter.

import pytest

import peers
import reflow_cli
import state

BAD = [("wrong-host", "tls_hostname"), ("unknown-issuer", "tls_untrusted"), ("expired", "tls_expired")]


@pytest.mark.parametrize("certificate", ["server-ec", "server-rsa"])
def test_a_run_is_retried_against_an_independent_server(reflow, make_peer, certificate, tls_version):
    peer = make_peer(certificate, tls_version)
    result = reflow.run("retry", "--json", state.DOCUMENTED, url=peer.url)
    assert result.status == 0, result
    line = result.one
    assert (line["outcome"], line["id"], line["etag"]) == ("retriggered", state.DOCUMENTED_NEW, state.DOCUMENTED_ETAG)
    assert peer.received().count("POST ") == 1


@pytest.mark.parametrize("algorithms", ["RSA-PSS+SHA256:RSA+SHA256", "RSA+SHA256"], ids=["rsa-pss-first", "pkcs1-only"])
def test_a_tls_1_2_server_may_prefer_any_rsa_signature(reflow, pki, tmp_path, algorithms):
    """mbedTLS 3.6.6 offers RSA-PSS in TLS 1.2, then rejects a server that takes it up."""
    peer = peers.OpenSSL(tmp_path, pki, "server-rsa", "1.2", "-serverpref", "-sigalgs", algorithms)
    try:
        result = reflow.run("retry", "--json", state.DOCUMENTED, url=peer.url)
        assert (result.outcomes, result.status) == ([("retriggered", None)], 0)
        assert peer.received().count("POST ") == 1
    finally:
        peer.stop()


def test_three_runs_go_over_one_connection(reflow, make_peer, tls_version):
    peer = make_peer("server-ec", tls_version)
    result = reflow.run("retry", "--json", "run-1", "run-2", "run-3", url=peer.url)
    assert [line["outcome"] for line in result.lines] == ["retriggered"] * 3
    assert peer.received().count("POST ") == 3
    assert peer.connections == 1


@pytest.mark.parametrize("certificate,error", BAD, ids=[name for name, _ in BAD])
def test_a_bad_certificate_is_refused_before_a_byte_of_the_token_is_sent(reflow, make_peer, certificate, error,
                                                                         tls_version):
    peer = make_peer(certificate, tls_version)
    result = reflow.run("retry", "--json", state.DOCUMENTED, url=peer.url)
    assert result.status == 4
    assert result.outcomes == [("not_applied", error)]
    assert (result.one["http_status"], result.one["attempts"]) == (None, 1)
    assert peer.received() == ""


@pytest.mark.parametrize("certificate,error", BAD + [
    ("not-yet-valid", "tls_expired"), ("self-signed", "tls_untrusted"), ("missing-intermediate", "tls_untrusted"),
    ("cn-only", "tls_hostname"), ("wildcard", "tls_hostname")], ids=lambda value: value)
def test_nothing_at_all_is_sent_to_a_server_that_is_not_trusted(reflow, make_sim, certificate, error, tls_version):
    sim = make_sim(certificate, versions=tls_version)
    result = reflow.retry(sim, state.DOCUMENTED)
    assert result.status == 4
    assert result.outcomes == [("not_applied", error)]
    closed, = sim.ledger.wait("closed")
    assert closed["plain_in"] == 0 and sim.ledger.requests == []
    assert sim.accepted == 1


def test_a_root_that_was_not_given_is_not_trusted(reflow, make_sim, pki, tls_version):
    sim = make_sim("server-rsa", versions=tls_version)
    result = reflow.retry(sim, "--ca", pki.path("root-ec.pem"), state.DOCUMENTED)
    assert (result.outcomes, result.status) == ([("not_applied", "tls_untrusted")], 4)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_an_address_is_matched_against_address_entries(reflow, make_sim, host):
    sim = make_sim()
    if host == "[::1]" and len(sim.listeners) == 1:
        pytest.skip("this machine has no IPv6 loopback")
    result = reflow.run("retry", "--json", state.DOCUMENTED, url=sim.url.replace("localhost", host))
    assert result.outcomes == [("retriggered", None)]


def test_an_address_written_as_a_dns_name_does_not_match(reflow, make_sim):
    sim = make_sim("ip-in-dns")
    result = reflow.run("retry", "--json", state.DOCUMENTED, url=sim.url.replace("localhost", "127.0.0.1"))
    assert (result.outcomes, result.status) == ([("not_applied", "tls_hostname")], 4)
    assert sim.ledger.requests == []


def test_the_pin_of_the_servers_key_is_accepted(reflow, make_sim, pki, tls_version):
    sim = make_sim(versions=tls_version)
    other = "sha256//" + "A" * 43 + "="
    assert reflow.retry(sim, "--pin", other, "--pin", pki.pin("server-ec"), state.DOCUMENTED).status == 0


def test_another_pin_is_refused(reflow, make_sim, pki, tls_version):
    sim = make_sim(versions=tls_version)
    result = reflow.retry(sim, "--pin", pki.pin("server-rsa"), state.DOCUMENTED)
    assert (result.outcomes, result.status) == ([("not_applied", "tls_pin")], 4)
    assert sim.ledger.wait("closed")[0]["plain_in"] == 0


def test_a_server_with_tls_1_1_alone_is_refused(reflow, make_sim):
    sim = make_sim(versions="1.1")
    result = reflow.retry(sim, state.DOCUMENTED)
    assert (result.outcomes, result.status) == ([("not_applied", "tls_handshake")], 4)


def test_a_server_that_does_not_speak_tls_is_refused_and_learns_nothing(reflow, make_sim):
    sim = make_sim()
    sim.fault([{"plain": "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"}, {"close": "fin"}],
              stage="accept", times=None)
    result = reflow.retry(sim, "--attempts", 1, state.DOCUMENTED)
    assert (result.outcomes, result.status) == ([("not_applied", "tls_handshake")], 4)
    assert reflow_cli.TOKEN not in result.stdout + result.stderr


def test_a_ca_file_that_is_missing_or_empty_is_a_configuration_error(reflow, make_sim, tmp_path):
    sim = make_sim()
    (tmp_path / "empty.pem").write_text("")
    for file in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        assert reflow.run("retry", "--ca", file, state.DOCUMENTED, url=sim.url).status == 2
    assert sim.accepted == 0
