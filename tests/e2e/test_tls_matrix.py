# SPDX-License-Identifier: MIT
# Servers that must not be trusted, in every way there is: the right name for each, and not one byte of the token for any.
#
# Everything here is seen from the server's side: each byte that came over TCP, and each that could be decrypted.

import base64
import os
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import peers
import server
import state
from service import BASE
from wire import Cut, Lost, Wire, make_context

RUN = state.DOCUMENTED
SECRETS = (state.TOKEN.encode(), b"Bearer", b"POST", state.API_KEY.encode(), state.ORG.encode())
HANDSHAKE, APPLICATION_DATA = 22, 23
ENCRYPTED_ALERT = 2 + 1 + 16  # bytes of a TLS 1.3 record: the alert, its true type, the tag


class Line(Wire):
    """A wire that keeps all that the peer said: raw as it came, plain what could be decrypted."""

    def __init__(self, sock, context):
        super().__init__(sock, context)
        self.raw, self.plain = bytearray(), bytearray()

    def receive_raw(self):
        data = super().receive_raw()
        self.raw += data
        return data

    def serve(self):
        self.handshake()
        while data := self.receive():
            self.plain += data
            if self.plain.endswith(b"\r\n\r\n"):
                self.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                          % (len(peers.CONTENT), peers.CONTENT.encode()))

    def hear_out(self):
        """What still comes, to the very end."""
        try:
            while data := self.sock.recv(65536):
                self.raw += data
        except OSError:
            pass

    def records(self):
        """(type, length) of each TLS record that came."""
        found, at = [], 0
        while at + 5 <= len(self.raw):
            found.append((self.raw[at], int.from_bytes(self.raw[at + 3:at + 5], "big")))
            at += 5 + found[-1][1]
        return found


class Witness:
    """A server on loopback. `script` is what it does on each line in place of serving."""

    def __init__(self, context, script=Line.serve):
        self.context, self.script = context, script
        self.lines, self.threads = [], []
        self.listeners = server.listen(0)
        self.port = self.listeners[0].getsockname()[1]
        for listener in self.listeners:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def url(self, host="localhost"):
        return "https://%s:%d%s" % (host, self.port, BASE)

    def _accept(self, listener):
        while True:
            try:
                line = Line(listener.accept()[0], self.context)
            except OSError:
                return
            self.lines.append(line)
            self.threads.append(threading.Thread(target=self._serve, args=(line,), daemon=True))
            self.threads[-1].start()

    def _serve(self, line):
        try:
            self.script(line)
        except (Lost, Cut):
            pass
        line.hear_out()
        line.drop()

    def stop(self):
        """The client has gone, so every line comes to its end."""
        for listener in self.listeners:
            server.silence(listener)
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()
        for listener in self.listeners:
            listener.close()

    def expect_nothing_was_learnt(self):
        for line in self.lines:
            assert line.plain == b""
            assert [secret for secret in SECRETS if secret in line.raw] == []
            data = [length for kind, length in line.records() if kind == APPLICATION_DATA]
            assert data == ([ENCRYPTED_ALERT] if line.tls.version() == "TLSv1.3" else []) or data == []


@pytest.fixture
def witness(pki):
    """witness(certificate, version, script=…, verify=…, …): a Witness of this test."""
    running = []

    def start(certificate="server-ec", versions=("1.2", "1.3"), script=Line.serve, ask=None, **options):
        context = make_context(pki.chain(certificate), pki.key(certificate), versions, **options)
        if ask is not None:
            context.verify_mode = ask
            context.load_verify_locations(pki.ca)
        running.append(Witness(context, script))
        return running[-1]
    yield start
    for each in running:
        each.stop()


def expect_refused(reflow, peer, error, *args, host="localhost", env=None):
    """One line, not applied, exit 4, one connection, no repetition; and the peer has learnt nothing."""
    result = reflow.run("retry", "--json", *args, RUN, url=peer.url(host), env=env)
    assert result.outcomes == [("not_applied", error)], result
    assert (result.status, result.stderr) == (4, "")
    line = result.one
    assert (line["run"], line["id"], line["http_status"], line["attempts"]) == (RUN, None, None, 1)
    peer.stop()
    assert len(peer.lines) == 1
    peer.expect_nothing_was_learnt()
    return result


def expect_accepted(reflow, peer, *args, host="localhost", env=None):
    result = reflow.run("retry", "--json", *args, RUN, url=peer.url(host), env=env)
    assert result.outcomes == [("retriggered", None)], result
    peer.stop()
    assert b"authorization: bearer " + state.TOKEN.encode() in bytes(peer.lines[-1].plain).replace(
        b"Authorization: Bearer", b"authorization: bearer")


def test_the_token_is_seen_by_a_server_that_is_trusted(reflow, witness, tls_version):
    """All other tests here would be worth nothing if they could not see it."""
    peer = witness(versions=tls_version)
    expect_accepted(reflow, peer)
    with pytest.raises(AssertionError):
        peer.expect_nothing_was_learnt()
    peer.lines[0].plain.clear()
    with pytest.raises(AssertionError):
        peer.expect_nothing_was_learnt()


# Certificates

@pytest.mark.parametrize("certificate,error", [
    ("expired", "tls_expired"), ("not-yet-valid", "tls_expired"),
    ("below-expired", "tls_expired"), ("below-future", "tls_expired"),
    ("wrong-host", "tls_hostname"), ("cn-only", "tls_hostname"), ("address-only", "tls_hostname"),
    ("wildcard", "tls_hostname"), ("star", "tls_hostname"),
    ("nul", "tls_hostname"), ("nul-last", "tls_hostname"),
    ("self-signed", "tls_untrusted"), ("unknown-issuer", "tls_untrusted"), ("missing-intermediate", "tls_untrusted"),
    ("issuer-not-ca", "tls_untrusted"), ("below-not-ca", "tls_untrusted"), ("below-silent", "tls_untrusted"),
    ("below-no-sign", "tls_untrusted"), ("below-too-many", "tls_untrusted"),
    ("client-only", "tls_untrusted"), ("key-encipherment", "tls_untrusted"),
    ("sha1-signed", "tls_untrusted"), ("below-sha1", "tls_untrusted"),
    ("rsa-1024", "tls_untrusted"), ("below-1024", "tls_untrusted"),
    ("unknown-critical", "tls_untrusted"), ("below-constrained", "tls_untrusted"),
    ("below-20", "tls_untrusted"),
])
def test_a_certificate_that_is_not_good_is_refused_by_its_right_name(reflow, witness, certificate, error, tls_version):
    expect_refused(reflow, witness(certificate, tls_version), error)


@pytest.mark.parametrize("certificate", ["server-ec", "server-rsa", "any-purpose", "no-purpose", "name-only", "large",
                                         "below-7"])
def test_a_certificate_that_is_good_is_accepted(reflow, witness, certificate, tls_version):
    expect_accepted(reflow, witness(certificate, tls_version))
