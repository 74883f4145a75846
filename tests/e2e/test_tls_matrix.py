# SPDX-License-Identifier: MIT
# Servers that must not be trusted, in every way there is: the right name for each, and no byte of the token for any.
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
from pki import spki_pin
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


def test_a_key_that_may_not_sign_is_refused_in_tls_1_3(reflow, witness, tls_features):
    """In TLS 1.2 no server of OpenSSL's shows such a certificate."""
    tls_features.need("1.3")
    expect_refused(reflow, witness("key-agreement", "1.3"), "tls_untrusted")


def test_a_chain_is_at_most_8_intermediates_long(reflow, witness, tls_version):
    """MBEDTLS_X509_MAX_INTERMEDIATE_CA; one whose anchor is the last of them counts one less."""
    expect_accepted(reflow, witness("below-8", tls_version))
    expect_refused(reflow, witness("below-9", tls_version), "tls_untrusted")


def test_a_certificate_message_beyond_16_kb_is_refused(reflow, witness, tls_version):
    expect_refused(reflow, witness("too-large", tls_version), "tls_handshake")


def test_name_constraints_that_are_not_critical_are_not_looked_at(reflow, witness, tls_version):
    """mbedTLS knows no name constraints. RFC 5280 section 4.2.1.10 has them critical, and a critical one is refused
    above; what is not critical may be ignored by those who do not know it (section 4.2)."""
    expect_accepted(reflow, witness("below-advised", tls_version))


def test_an_expired_anchor_is_refused(reflow, witness, pki, tls_version):
    peer = witness("below-expired-root", tls_version)
    expect_refused(reflow, peer, "tls_expired", "--ca", pki.certificate("root-expired"))


@pytest.mark.parametrize("certificate,error", [
    ("unknown-issuer", "tls_untrusted"), ("expired", "tls_expired"), ("wrong-host", "tls_hostname")])
def test_what_is_wrong_is_named_in_order_trust_first(reflow, witness, pki, certificate, error):
    """A pin that does not match is wrong, too, and is named last."""
    expect_refused(reflow, witness(certificate), error, "--pin", pki.pin("server-rsa"))


# Names and addresses

RESOLVER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
/* Every name that ends in .test or .test. is this machine. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **list)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    const char *test = node != NULL ? strcasestr(node, ".test") : NULL;
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    return real(test != NULL && strlen(test) <= 6 ? "127.0.0.1" : node, service, hints, list);
}
"""


@pytest.fixture(scope="module")
def all_of_test_is_here(tmp_path_factory):
    """An environment in which .test is resolved to loopback."""
    folder = tmp_path_factory.mktemp("resolver")
    (folder / "resolver.c").write_text(RESOLVER)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", folder / "resolver.so", folder / "resolver.c", "-ldl"], check=True)
    return {"LD_PRELOAD": str(folder / "resolver.so")}


@pytest.mark.parametrize("host", ["a.wild.test", "A.Wild.TEST", "xn--bcher-kva.wild.test", "a_b.wild.test",
                                  "a.wild.test."])
def test_a_wildcard_stands_for_one_whole_label(reflow, witness, all_of_test_is_here, host, tls_version):
    expect_accepted(reflow, witness("wildcard", tls_version), host=host, env=all_of_test_is_here)


@pytest.mark.parametrize("certificate,host", [
    ("wildcard", "wild.test"), ("wildcard", "a.b.wild.test"), ("wildcard", "awild.test"), ("star", "a.test"),
    ("star-test", "a.test"), ("star-test", "a.b.test"),
    ("star-partly", "ab.wild.test"), ("star-partly", "ba.wild.test"), ("star-partly", "a.b.test"),
])
def test_a_wildcard_stands_for_nothing_else(reflow, witness, all_of_test_is_here, certificate, host, tls_version):
    expect_refused(reflow, witness(certificate, tls_version), "tls_hostname", host=host, env=all_of_test_is_here)


@pytest.mark.parametrize("host", ["a.wild.test", "a.wild.test."])
def test_the_server_is_told_the_name_without_a_final_dot(reflow, witness, all_of_test_is_here, host, tls_version):
    """RFC 6066 section 3."""
    peer, names = witness("wildcard", tls_version), []
    peer.context.sni_callback = lambda tls, name, context: names.append(name)
    expect_accepted(reflow, peer, host=host, env=all_of_test_is_here)
    assert names == ["a.wild.test"]


@pytest.mark.parametrize("certificate,host", [
    ("name-only", "127.0.0.1"), ("ip-in-dns", "127.0.0.1"), ("name-only", "[::1]"),
    ("server-ec", "[::ffff:127.0.0.1]"), ("address-only", "localhost"), ("star", "127.0.0.1"),
])
def test_addresses_match_addresses_only_and_names_names_only(reflow, witness, certificate, host, tls_version):
    peer = witness(certificate, tls_version)
    if host == "[::1]" and len(peer.listeners) == 1:
        pytest.skip("this machine has no IPv6 loopback")
    expect_refused(reflow, peer, "tls_hostname", host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_an_address_is_accepted_and_is_not_told_as_a_name(reflow, witness, host, tls_version):
    peer, names = witness("address-only", tls_version), []
    if host == "[::1]" and len(peer.listeners) == 1:
        pytest.skip("this machine has no IPv6 loopback")
    peer.context.sni_callback = lambda tls, name, context: names.append(name)
    expect_accepted(reflow, peer, host=host)
    assert names == [None]


# Versions and cipher suites

@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_version_that_is_too_old_is_refused(reflow, witness, version):
    expect_refused(reflow, witness(versions=version), "tls_handshake")


@pytest.mark.parametrize("certificate,suite", [
    ("server-rsa", "AES128-SHA"), ("server-rsa", "AES256-SHA256"), ("server-rsa", "AES128-GCM-SHA256"),
    ("server-rsa", "NULL-SHA256"), ("server-rsa", "ECDHE-RSA-NULL-SHA"), ("server-ec", "ECDHE-ECDSA-NULL-SHA"),
    ("server-rsa", "ECDHE-RSA-AES128-SHA"), ("server-ec", "ECDHE-ECDSA-AES256-SHA384"),
    ("server-ec", "ECDHE-ECDSA-AES128-CCM8"), ("server-rsa", "DHE-RSA-AES128-GCM-SHA256"),
    ("server-rsa", "ADH-AES128-GCM-SHA256"), ("server-rsa", "AECDH-AES128-SHA"),
    ("server-rsa", "PSK-AES128-GCM-SHA256"), ("server-rsa", "CAMELLIA128-SHA"),
])
def test_a_server_of_weak_suites_only_is_refused(reflow, witness, certificate, suite):
    expect_refused(reflow, witness(certificate, "1.2", ciphers=suite + ":@SECLEVEL=0"), "tls_handshake")


@pytest.mark.parametrize("certificate,suite", [
    ("server-ec", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("server-ec", "ECDHE-ECDSA-CHACHA20-POLY1305"),
    ("server-rsa", "ECDHE-RSA-AES256-GCM-SHA384")])
def test_a_strong_suite_alone_will_do(reflow, witness, certificate, suite):
    """The test above is about suites and not about their being set."""
    expect_accepted(reflow, witness(certificate, "1.2", ciphers=suite))


def record(kind, content, version=b"\x03\x03"):
    return bytes([kind]) + version + len(content).to_bytes(2, "big") + content


def message(kind, content):
    return bytes([kind]) + len(content).to_bytes(3, "big") + content


def server_hello(version=b"\x03\x03", suite=0xc02b, compression=0, extensions=b"\xff\x01\x00\x01\x00"):
    content = (version + os.urandom(32) + b"\x00" + suite.to_bytes(2, "big") + bytes([compression])
               + len(extensions).to_bytes(2, "big") + extensions)
    return record(HANDSHAKE, message(2, content))


EMPTY_LIST = server_hello() + record(HANDSHAKE, message(11, b"\x00\x00\x00"))
ENDLESS_MESSAGE = record(HANDSHAKE, b"\x02\xff\xff\xff")
HELLO_DONE = record(HANDSHAKE, message(14, b""))


def saying(data, how="fin", hear=True):
    """A script: hears the client's first flight (or not), says `data`, ends so."""
    def script(line):
        if hear:
            line.receive_raw()
        if data:
            line.sock.sendall(data)
        line.end(how) if how else None
    return script


@pytest.mark.parametrize("said", [
    server_hello(b"\x03\x00"), server_hello(b"\x03\x01"), server_hello(b"\x03\x02"), server_hello(b"\x03\x05"),
    server_hello(suite=0x002f), server_hello(suite=0xc006), server_hello(suite=0x0000), server_hello(suite=0x1304),
    server_hello(compression=1), server_hello(extensions=b"\xff"),
], ids=["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.5", "static RSA", "NULL suite", "no suite", "CCM in 1.2",
        "compression", "cut extension"])
def test_a_hello_that_takes_what_was_not_offered_is_refused(reflow, witness, said):
    """Kept open: it is what was said that is refused, and not that it ended."""
    expect_refused(reflow, witness(script=saying(said, how=None)), "tls_handshake")


@pytest.mark.parametrize("said", [EMPTY_LIST, EMPTY_LIST + HELLO_DONE, server_hello() + HELLO_DONE],
                         ids=["empty list", "empty list, done", "no message"])
def test_a_server_that_shows_no_certificate_is_refused(reflow, witness, said, tls_features):
    """mbedTLS 2.28 takes it for a certificate that is not trusted, 3.6 for a message that is malformed."""
    error = "tls_handshake" if tls_features.tls13 else "tls_untrusted"
    expect_refused(reflow, witness(script=saying(said, how=None)), error)


def test_a_version_beyond_1_3_is_refused(reflow, witness, tls_features):
    """A TLS library without TLS 1.3 does not know the extension, and takes this for TLS 1.2."""
    tls_features.need("1.3")
    said = server_hello(extensions=b"\x00\x2b\x00\x02\x03\x05")
    expect_refused(reflow, witness(script=saying(said, how=None)), "tls_handshake")


# What is no TLS, or ends early

@pytest.mark.parametrize("said", [
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 100,
    bytes(range(256)) * 80, b"\x16\x03\x03\xff\xff" + b"x" * 70000, b"\x16\x03\x03\x00\x00" * 100,
    record(APPLICATION_DATA, b"x" * 100), record(20, b"\x02"),
    record(HANDSHAKE, message(20, bytes(12))), record(HANDSHAKE, message(0, b"")) + b"\x00" * 5,
], ids=["HTTP", "SSH", "zeros", "every byte", "huge record", "empty records", "application data",
        "change cipher spec", "finished", "hello request"])
@pytest.mark.parametrize("hear", [True, False], ids=["asked", "unasked"])
def test_what_is_no_tls_is_refused(reflow, witness, said, hear):
    expect_refused(reflow, witness(script=saying(said, "fin", hear)), "tls_handshake", "--attempts", 1)


@pytest.mark.parametrize("description", [10, 20, 40, 47, 48, 70, 71, 80, 86, 90, 112, 116, 120, 255])
def test_a_fatal_alert_ends_the_handshake_and_is_not_asked_again(reflow, witness, description):
    peer = witness(script=saying(record(21, bytes([2, description]))))
    expect_refused(reflow, peer, "tls_handshake")


@pytest.mark.parametrize("how", ["fin", "rst"])
@pytest.mark.parametrize("said", [b"", b"\x16\x03", server_hello(), server_hello()[:20]],
                         ids=["nothing", "half a header", "ServerHello", "half of it"])
def test_a_handshake_that_breaks_off_is_a_lost_connection(reflow, witness, said, how):
    expect_refused(reflow, witness(script=saying(said, how)), "connection_lost", "--attempts", 1)


def test_silence_in_the_handshake_ends_at_the_deadline(reflow, witness):
    said = [b"", b"\x16", b"\x16\x03\x03\x40\x00", server_hello(), server_hello()[:20]]
    silent = [witness(script=saying(words, how=None)) for words in said]
    with ThreadPoolExecutor(len(said)) as pool:
        results = list(pool.map(lambda peer: expect_refused(reflow, peer, "timeout", "--timeout", 1), silent))
    assert all(1000 <= result.one["elapsed_ms"] <= 1500 for result in results)


@pytest.mark.parametrize("said", [
    record(20, b"\x01"), record(21, b"\x01\x70"), record(21, b"\x01\x5a"), record(HANDSHAKE, b""),
    record(HANDSHAKE, message(0, b"")), record(HANDSHAKE, message(4, bytes(6))),
    ENDLESS_MESSAGE + record(HANDSHAKE, bytes(1000)),
], ids=["change cipher spec", "warning", "user canceled", "empty records", "hello request", "tickets", "16 MB"])
def test_a_peer_that_never_stops_talking_is_left_in_time(reflow, witness, said):
    flood = said * (1000000 // len(said))  # more than can be digested while the next is sent

    def talk(line):
        try:
            while True:
                line.sock.sendall(flood)
        except OSError:
            pass
    peer = witness(script=talk)
    session = reflow.start("retry", "--json", "--timeout", 1, "--attempts", 1, RUN, url=peer.url())
    session.process.wait(5)
    result = session.finish()
    assert result.outcomes[0] in [("not_applied", "tls_handshake"), ("not_applied", "timeout")]
    assert (result.status, result.one["elapsed_ms"] <= 1500) == (4, True)
    peer.stop()
    peer.expect_nothing_was_learnt()


# Servers that ask for a certificate

def test_a_server_that_demands_a_certificate_is_refused_in_tls_1_2(reflow, witness):
    expect_refused(reflow, witness(versions="1.2", ask=ssl.CERT_REQUIRED), "tls_handshake")


def test_a_server_that_demands_a_certificate_leaves_the_run_unknown_in_tls_1_3(reflow, witness, tls_features):
    """There the request leaves together with the client's last flight, to a server that is verified: what a client
    lacks is told only afterwards (RFC 8446 section 4.4.2), by an alert where the answer would be."""
    tls_features.need("1.3")
    peer = witness(versions="1.3", ask=ssl.CERT_REQUIRED)
    result = reflow.run("retry", "--json", RUN, url=peer.url())
    assert (result.outcomes, result.status) == ([("unknown", "connection_lost")], 5)
    assert result.one["attempts"] == 1
    peer.stop()
    assert [secret for secret in SECRETS if secret in peer.lines[0].raw] == []


def test_a_server_that_only_asks_for_a_certificate_is_answered_without(reflow, witness, tls_version):
    expect_accepted(reflow, witness(versions=tls_version, ask=ssl.CERT_OPTIONAL))


# Pins

OTHER_PIN = "sha256//" + base64.b64encode(bytes(32)).decode()


def test_any_of_several_pins_will_do(reflow, witness, pki, tls_version):
    others = [word for _ in range(7) for word in ("--pin", OTHER_PIN)]
    expect_accepted(reflow, witness(versions=tls_version), *others, "--pin", pki.pin("server-ec"))


@pytest.mark.parametrize("name", ["intermediate-ec", "root-ec", "server-rsa"])
def test_a_pin_is_of_the_servers_own_key_and_no_other(reflow, witness, pki, name, tls_version):
    expect_refused(reflow, witness(versions=tls_version), "tls_pin", "--pin", OTHER_PIN,
                   "--pin", spki_pin(pki.path(name + ".key")))


@pytest.mark.parametrize("certificate,error", [("self-signed", "tls_untrusted"), ("wrong-host", "tls_hostname"),
                                               ("expired", "tls_expired"), ("client-only", "tls_untrusted")])
def test_a_pin_that_matches_makes_no_certificate_good(reflow, witness, pki, certificate, error, tls_version):
    expect_refused(reflow, witness(certificate, tls_version), error, "--pin", pki.pin(certificate))


@pytest.mark.parametrize("pin", [
    "", "sha256//", "sha256//" + base64.b64encode(bytes(31)).decode(),
    "sha256//" + base64.b64encode(bytes(33)).decode(), "sha256//" + base64.b64encode(bytes(64)).decode(),
    OTHER_PIN[8:], OTHER_PIN.replace("sha256", "SHA256"),
    OTHER_PIN.replace("//", "/"), "sha1//" + base64.b64encode(bytes(20)).decode(), OTHER_PIN[:-1],
    OTHER_PIN[:-2] + "B=", OTHER_PIN + ";" + OTHER_PIN, "sha256//" + "!" * 44,
], ids=["empty", "no digest", "31 bytes", "33 bytes", "64 bytes", "no prefix", "capitals", "one slash", "sha1",
        "no padding", "loose bits", "two in one", "no base64"])
def test_a_pin_that_is_none_is_a_configuration_error(reflow, witness, pin):
    peer = witness()
    result = reflow.run("retry", "--json", "--pin", pin, RUN, url=peer.url())
    assert (result.status, result.stdout) == (2, "") and "--pin" in result.stderr
    assert peer.lines == []


# Trust anchors

def text_of(*files):
    return "".join(open(file).read() for file in files)


def unrelated(pki, count):
    """Anchors that differ in their subjects alone; nobody looks at the signature of an anchor."""
    der = ssl.PEM_cert_to_DER_cert(text_of(pki.path("other-root.pem")))
    name = b"Unknown Root"
    assert der.count(name) == 2
    return "".join(ssl.DER_cert_to_PEM_cert(der.replace(name, b"Unknown %04d" % number)) for number in range(count))


GARBAGE = ("\x00\x01\xff-----BEGIN\n-----END CERTIFICATE-----\n----------\n# a comment\nsubject=/CN=x\n"
           "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
           "-----BEGIN CERTIFICATE-----\nno base64!\n-----END CERTIFICATE-----\n"
           "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n")


def shapes_of(pki, root):
    der = ssl.PEM_cert_to_DER_cert(root)
    body, impostor = root.splitlines()[1:-1], text_of(pki.certificate("root-impostor"))
    return {
        "plain": root, "among 150": unrelated(pki, 150) + root, "before 150": root + unrelated(pki, 150), "der": der,
        "garbage": GARBAGE + root + GARBAGE, "CRLF": root.replace("\n", "\r\n"), "CR": root.replace("\n", "\r"),
        "no final line end": root.rstrip("\n"), "twice": root + root,
        "behind its namesake": impostor + root,
        "long lines": "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n" % "".join(body),
        "blank lines": root.replace("\n", "\n\n"), "a page of 4096": root + " " * (4096 - len(root)),
        "ends at a page": " " * 4095 + "\n" + " " * (4095 - len(root)) + "\n" + root,
    }


@pytest.mark.parametrize("shape", ["plain", "among 150", "before 150", "der", "garbage", "CRLF", "CR", "twice",
                                   "behind its namesake", "no final line end", "long lines", "blank lines",
                                   "a page of 4096", "ends at a page"])
def test_anchors_are_found_in_whatever_shape(reflow, witness, pki, tmp_path, shape):
    content = shapes_of(pki, text_of(pki.path("root-ec.pem")))[shape]
    (tmp_path / "ca").write_bytes(content if isinstance(content, bytes) else content.encode("latin-1"))
    expect_accepted(reflow, witness(), "--ca", tmp_path / "ca")


@pytest.mark.parametrize("shape", ["another root", "150 others", "an intermediate", "commented out", "cut",
                                   "no base64", "same name", "constrained"])
def test_anchors_that_do_not_fit_leave_the_server_untrusted(reflow, witness, pki, tmp_path, shape, tls_version):
    root, other = text_of(pki.path("root-ec.pem")), text_of(pki.path("root-rsa.pem"))
    (tmp_path / "ca").write_text({
        "another root": lambda: other, "150 others": lambda: unrelated(pki, 150),
        "an intermediate": lambda: text_of(pki.path("intermediate-rsa.pem")),
        "commented out": lambda: root.replace("-----BEGIN", "# -----BEGIN") + other,
        "cut": lambda: root[:len(root) // 2] + "\n" + other,
        "no base64": lambda: root.replace("\nMI", "\n!I"),
        "same name": lambda: text_of(pki.certificate("root-impostor")),
        "constrained": lambda: text_of(pki.certificate("root-constrained")),
    }[shape]())
    expect_refused(reflow, witness(versions=tls_version), "tls_untrusted", "--ca", tmp_path / "ca")


def test_a_server_that_is_no_authority_is_no_anchor_of_itself(reflow, witness, pki, tls_features, tls_version):
    """mbedTLS 2.28, without the callback for anchors, trusts what is among the anchors byte for byte."""
    peer = witness("self-signed", tls_version)
    if tls_features.tls13:
        expect_refused(reflow, peer, "tls_untrusted", "--ca", pki.certificate("self-signed"))
    else:
        expect_accepted(reflow, peer, "--ca", pki.certificate("self-signed"))


@pytest.mark.parametrize("content", [b"", b"\n", b"no certificates here\n", b"\x00" * 5000,
                                     b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"
                                     b"-----END PRIVATE KEY-----\n", b"\x30", b"\x30\x03\x02\x01\x00"],
                         ids=["empty", "line end", "words", "zeros", "begin", "key", "one byte of DER", "other DER"])
def test_a_ca_file_without_a_certificate_is_a_configuration_error(reflow, witness, tmp_path, content):
    (tmp_path / "ca").write_bytes(content)
    peer = witness()
    result = reflow.run("retry", "--json", "--ca", tmp_path / "ca", RUN, url=peer.url())
    assert (result.status, result.stdout) == (2, ""), result
    assert result.stderr.startswith("reflow: ") and peer.lines == []


@pytest.mark.parametrize("path", [".", "/dev/null", "missing", "missing/ca.pem", "a\nb\x1b[31m"],
                         ids=["directory", "device", "missing", "no folder", "escape"])
def test_a_ca_file_that_is_no_file_is_a_configuration_error(reflow, witness, tmp_path, path):
    peer = witness()
    result = reflow.run("retry", "--json", "--ca", tmp_path / path, RUN, url=peer.url())
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith("reflow: ") and result.stderr.count("\n") == 1 and "\x1b" not in result.stderr
    assert peer.lines == []
