#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Makes a throw-away certificate authority, good server certificates and bad ones, with the openssl command.
"""Make a throw-away PKI in FOLDER: `pki.py FOLDER`.

Files, always the same:

  root-ec.pem root-rsa.pem       the two roots (P-256, RSA-2048); roots.pem has both
  intermediate-ec.pem  ...-rsa   one intermediate below each root
  other-root.pem                 a root that nobody trusts
  NAME.pem NAME.key              a server certificate and its key
  NAME.chain.pem                 what a server sends: the certificate, then its intermediate
  NAME.pin                       sha256//BASE64 of the certificate's public key (SPKI)

  NAME is one of
  server-ec server-rsa           good: localhost, 127.0.0.1 and ::1
  wrong-host                     elsewhere.example
  expired  not-yet-valid         ended yesterday; begins tomorrow
  self-signed                    its own issuer
  unknown-issuer                 issued by other-root, which is not in roots.pem
  cn-only                        localhost only as common name, no subject alternative name
  ip-in-dns                      127.0.0.1 written as a DNS name
  wildcard                       *.wild.test
  missing-intermediate           good, but the chain file leaves the intermediate out
  issuer-not-ca                  issued with server-ec, which is no CA
  client-only                    extended key usage clientAuth alone
  sha1-signed  rsa-1024          too weak a signature; too small a key

  or one of the rare ones (RARE below), which are made when they are first asked for.

The keys protect nothing: several certificates share one.
"""

import argparse
import base64
import datetime
import hashlib
import pathlib
import subprocess
from dataclasses import dataclass

LOCAL = "DNS:localhost,IP:127.0.0.1,IP:::1"
CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = any
[any]
database = {folder}/work/index.txt
new_certs_dir = {folder}/work
unique_subject = no
rand_serial = yes
default_md = sha256
policy = policy
email_in_dn = no
[policy]
commonName = supplied
[x]
"""
AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,%s\nsubjectKeyIdentifier=hash\n"
EC, RSA = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ["-algorithm", "RSA", "-pkeyopt"]
KEYS = {
    "root-ec": EC, "intermediate-ec": EC, "server-ec": EC, "other-root": EC,
    "root-rsa": RSA + ["rsa_keygen_bits:2048"], "intermediate-rsa": RSA + ["rsa_keygen_bits:2048"],
    "server-rsa": RSA + ["rsa_keygen_bits:2048"], "rsa-1024": RSA + ["rsa_keygen_bits:1024"],
}


@dataclass
class Spec:
    """One certificate: who signs it (None: itself), with whose key, for which names, and when it counts."""
    name: str
    issuer: str = "intermediate-ec"
    key: str = "server-ec"
    common_name: str = "localhost"
    names: str = LOCAL
    usage: str = "serverAuth"
    days: tuple = (-1, 30)
    digest: str = "sha256"
    authority: bool = False
    chain: bool = True
    key_usage: str = "digitalSignature"
    other: str = None  # an authority's extensions in place of the usual ones; a server's besides the usual ones

    def extensions(self):
        if self.authority:
            return AUTHORITY if self.other is None else self.other
        text = LEAF % self.key_usage + (self.other or "")
        text += "extendedKeyUsage=" + self.usage + "\n" if self.usage else ""
        return text + ("subjectAltName=" + self.names + "\n" if self.names else "")


AUTHORITIES = [
    Spec("root-ec", None, "root-ec", "Throw-away Root EC", authority=True),
    Spec("root-rsa", None, "root-rsa", "Throw-away Root RSA", authority=True),
    Spec("other-root", None, "other-root", "Throw-away Unknown Root", authority=True),
    Spec("intermediate-ec", "root-ec", "intermediate-ec", "Throw-away Intermediate EC", authority=True),
    Spec("intermediate-rsa", "root-rsa", "intermediate-rsa", "Throw-away Intermediate RSA", authority=True),
]
SERVERS = [
    Spec("server-ec"),
    Spec("server-rsa", "intermediate-rsa", "server-rsa"),
    Spec("wrong-host", common_name="elsewhere.example", names="DNS:elsewhere.example"),
    Spec("expired", days=(-30, -1)),
    Spec("not-yet-valid", days=(1, 30)),
    Spec("self-signed", None),
    Spec("unknown-issuer", "other-root"),
    Spec("cn-only", names=""),
    Spec("ip-in-dns", common_name="127.0.0.1", names="DNS:127.0.0.1"),
    Spec("wildcard", common_name="*.wild.test", names="DNS:*.wild.test"),
    Spec("missing-intermediate", chain=False),
    Spec("issuer-not-ca", "server-ec", "server-rsa", "below a server"),
    Spec("client-only", usage="clientAuth"),
    Spec("sha1-signed", digest="sha1"),
    Spec("rsa-1024", "intermediate-rsa", "rsa-1024"),
]


def authority(name, other=None, **facts):
    return Spec(name, **{"issuer": "root-ec", "key": "intermediate-ec", "common_name": "Throw-away " + name, **facts},
                authority=True, other=other)


def der_names(*names):
    """Names as dNSName entries byte for byte, for what openssl would not write."""
    entries = b"".join(bytes([0x82, len(name)]) + name for name in names)
    return "DER:" + (bytes([0x30, len(entries)]) + entries).hex()


CONSTRAINED = "nameConstraints=%spermitted;DNS:elsewhere.example\n"
LONGEST_CHAIN = 20
RARE = {spec.name: spec for spec in [
    # Authorities that must not be believed, and whom they vouch for.
    authority("intermediate-expired", days=(-30, -1)), Spec("below-expired", "intermediate-expired"),
    authority("intermediate-future", days=(1, 30)), Spec("below-future", "intermediate-future"),
    authority("root-expired", issuer=None, key="root-ec", days=(-30, -1)),
    Spec("below-expired-root", "root-expired", "server-ec", chain=False),
    authority("root-impostor", issuer=None, key="other-root", common_name="Throw-away Root EC"),
    authority("root-constrained", AUTHORITY + CONSTRAINED % "critical,", issuer=None, key="root-ec",
              common_name="Throw-away Root EC"),
    authority("intermediate-not-ca", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyCertSign\n"),
    Spec("below-not-ca", "intermediate-not-ca"),
    authority("intermediate-silent", "keyUsage=critical,keyCertSign\n"), Spec("below-silent", "intermediate-silent"),
    authority("intermediate-no-sign", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n"),
    Spec("below-no-sign", "intermediate-no-sign"),
    authority("intermediate-last", AUTHORITY.replace("TRUE", "TRUE,pathlen:0")),
    authority("intermediate-too-many", issuer="intermediate-last"), Spec("below-too-many", "intermediate-too-many"),
    authority("intermediate-sha1", digest="sha1"), Spec("below-sha1", "intermediate-sha1"),
    authority("intermediate-1024", issuer="root-rsa", key="rsa-1024"), Spec("below-1024", "intermediate-1024"),
    authority("intermediate-constrained", AUTHORITY + CONSTRAINED % "critical,"),
    Spec("below-constrained", "intermediate-constrained"),
    authority("intermediate-advised", AUTHORITY + CONSTRAINED % ""), Spec("below-advised", "intermediate-advised"),
    # What a server's certificate says it is for.
    Spec("any-purpose", usage="anyExtendedKeyUsage"), Spec("no-purpose", usage=""),
    Spec("key-agreement", key_usage="keyAgreement"),
    Spec("key-encipherment", "intermediate-rsa", "server-rsa", key_usage="keyEncipherment"),
    Spec("unknown-critical", other="1.3.6.1.4.1.55555.1=critical,ASN1:NULL\n"),
    # Names.
    Spec("address-only", names="IP:127.0.0.1,IP:::1"), Spec("name-only", names="DNS:localhost"),
    Spec("star", names="DNS:*"), Spec("star-test", names="DNS:*.test"),
    Spec("star-partly", names="DNS:a*.wild.test,DNS:*a.wild.test,DNS:a.*.test"),
    Spec("nul", names=der_names(b"localhost\0.elsewhere.example")),
    Spec("nul-last", names=der_names(b"localhost\0")),
    # Sizes, in names of 32 bytes each.
    Spec("large", names=LOCAL + "".join(",DNS:name-%03d.padding.elsewhere.test" % number for number in range(350))),
    Spec("too-large", names=LOCAL + "".join(",DNS:name-%03d.padding.elsewhere.test" % number for number in range(600))),
    *[authority("link-%02d" % number, issuer="link-%02d" % (number - 1) if number > 1 else "root-ec")
      for number in range(1, LONGEST_CHAIN + 1)],
    *[Spec("below-%d" % number, "link-%02d" % number) for number in (7, 8, 9, LONGEST_CHAIN)],
]}


class Pki:
    """The files of a folder made by make(); paths as strings."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ca = self.path("roots.pem")

    def path(self, name):
        return str(self.folder / name)

    def certificate(self, name):
        if name in RARE and not (self.folder / (name + ".pem")).exists():
            self._make_rare(RARE[name])
        return self.path(name + ".pem")

    def chain(self, name):
        self.certificate(name)
        return self.path(name + ".chain.pem")

    def key(self, name):
        self.certificate(name)
        return self.path(name + ".key")

    def _make_rare(self, spec):
        if spec.issuer:
            self.certificate(spec.issuer)
        issue(self.folder, spec)
        finish_server(self.folder, spec)

    def pin(self, name):
        return (self.folder / (name + ".pin")).read_text().strip()


def openssl(*args, stdin=None):
    done = subprocess.run(["openssl", *map(str, args)], input=stdin, capture_output=True)
    if done.returncode:
        raise RuntimeError("openssl %s: %s" % (args[0], done.stderr.decode(errors="replace")))
    return done.stdout


def make_keys(folder):
    """All keys at once (RSA keys take the time), and one request for each."""
    running = [subprocess.Popen(["openssl", "genpkey", *options, "-out", str(folder / (name + ".key"))],
                                stderr=subprocess.DEVNULL) for name, options in KEYS.items()]
    if any(process.wait() for process in running):
        raise RuntimeError("openssl genpkey failed")
    for name in KEYS:
        openssl("req", "-new", "-config", folder / "work/ca.cnf", "-key", folder / (name + ".key"),
                "-subj", "/CN=" + name, "-out", folder / "work" / (name + ".csr"))


def issue(folder, spec):
    """`openssl ca` rather than `x509 -req`: it alone sets both dates in every version."""
    def day(offset):
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)
        return at.strftime("%Y%m%d%H%M%SZ")
    extensions = folder / "work/extensions.cnf"
    extensions.write_text("[x]\n" + spec.extensions())
    signer = ["-selfsign", "-keyfile", folder / (spec.key + ".key")] if spec.issuer is None else [
        "-cert", folder / (spec.issuer + ".pem"), "-keyfile", folder / (spec.issuer + ".key")]
    openssl("ca", "-batch", "-notext", "-config", folder / "work/ca.cnf", *signer,
            "-md", spec.digest, "-startdate", day(spec.days[0]), "-enddate", day(spec.days[1]),
            "-subj", "/CN=" + spec.common_name, "-extfile", extensions, "-extensions", "x",
            "-in", folder / "work" / (spec.key + ".csr"), "-out", folder / (spec.name + ".pem"))


def issuers_of(spec):
    """The names of all who stand between a certificate and its root, the nearest first."""
    every = {**RARE, **{other.name: other for other in AUTHORITIES + SERVERS}}
    names = []
    while spec.issuer and every[spec.issuer].issuer:
        spec = every[spec.issuer]
        names.append(spec.name)
    return names


def finish_server(folder, spec):
    certificate = (folder / (spec.name + ".pem")).read_text()
    above = issuers_of(spec) if spec.chain else []
    (folder / (spec.name + ".chain.pem")).write_text(
        certificate + "".join((folder / (name + ".pem")).read_text() for name in above))
    if spec.name != spec.key:
        (folder / (spec.name + ".key")).write_bytes((folder / (spec.key + ".key")).read_bytes())


def spki_pin(key_file):
    der = openssl("pkey", "-in", key_file, "-pubout", "-outform", "DER")
    return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


def make(folder):
    """Fill `folder` (created when missing, kept as it is when already filled); answer a Pki."""
    folder = pathlib.Path(folder)
    if (folder / "roots.pem").exists():
        return Pki(folder)
    (folder / "work").mkdir(parents=True, exist_ok=True)
    (folder / "work/index.txt").write_text("")
    (folder / "work/ca.cnf").write_text(CONFIG.format(folder=folder))
    make_keys(folder)
    for spec in AUTHORITIES + SERVERS:
        issue(folder, spec)
    pins = {key: spki_pin(folder / (key + ".key")) for key in {spec.key for spec in SERVERS}}
    for spec in SERVERS:
        finish_server(folder, spec)
        (folder / (spec.name + ".pin")).write_text(pins[spec.key] + "\n")
    # Last, because its presence says that the folder is whole.
    (folder / "roots.pem").write_text("".join((folder / (root + ".pem")).read_text()
                                              for root in ("root-ec", "root-rsa")))
    return Pki(folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    print(make(parser.parse_args().folder).ca)
