# SPDX-License-Identifier: MIT
# Fixtures of the end-to-end tests: certificates, the simulator, independent servers and the tool.

import pathlib
import re
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sim")]

import peers  # noqa: E402
import pki as pki_module  # noqa: E402
import reflow_cli  # noqa: E402
from server import Simulator  # noqa: E402


MARKERS = {
    "not_instrumented": ("this cannot hold in an instrumented build", reflow_cli.INSTRUMENTED),
    "not_sanitized": ("this cannot hold under sanitizers", reflow_cli.SANITIZED),
}


def pytest_configure(config):
    for name, (meaning, _) in MARKERS.items():
        config.addinivalue_line("markers", "%s(why): %s (REFLOW_INSTRUMENTED)" % (name, meaning))


def pytest_runtest_setup(item):
    for name, (meaning, applies) in MARKERS.items():
        for marker in item.iter_markers(name):
            if applies:
                pytest.skip("%s: %s" % (meaning, marker.args[0]))


@pytest.fixture
def no_leak_check(monkeypatch):
    """For a tool that is traced, has no descriptor left or is pelted with signals to its very end: LeakSanitizer
    traces it as well, and gives up or waits for ever. All else that sanitizers look for is still looked for."""
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=0")


@pytest.fixture
def strace(no_leak_check):
    """strace(option, ...): the words in front of a command that run it under strace."""
    program = shutil.which("strace")
    if not program:
        pytest.skip("strace is not there")
    if subprocess.run([program, "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        pytest.skip("strace may not trace here")
    return lambda *options: [program, "-f", "-o", "/dev/null", *options]


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return pki_module.make(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def make_sim(pki):
    """make_sim(certificate="server-ec", versions=("1.2", "1.3"), …): simulators of this test.

    At its end no request may have been wrong as HTTP.
    """
    running = []

    def start(certificate="server-ec", **options):
        sim = Simulator(pki.chain(certificate), pki.key(certificate), **options).start()
        running.append(sim)
        return sim
    yield start
    for sim in running:
        sim.stop()
    assert [problem for sim in running for problem in sim.problems] == []


@pytest.fixture
def sim(make_sim):
    return make_sim()


def the_tool(pki):
    if not pathlib.Path(reflow_cli.program()).exists():
        pytest.fail("%s is not there: run make first" % reflow_cli.program())
    return reflow_cli.Tool(pki)


@pytest.fixture
def reflow(pki):
    """The tool (REFLOW_BIN, default build/reflow; REFLOW_WRAPPER goes before it, such as valgrind)."""
    tool = the_tool(pki)
    yield tool
    for session in tool.sessions:
        session.stop()


class Features:
    """What the TLS library that the tool was built with can do."""

    def __init__(self, version):
        self.version = version
        self.tls13 = version >= (3,)

    def need(self, tls):
        if tls == "1.3" and not self.tls13:
            pytest.skip("mbedTLS %d.%d has no TLS 1.3" % self.version[:2])


@pytest.fixture(scope="session")
def tls_features(pki):
    text = the_tool(pki).run("--version").stdout
    found = re.search(r"mbed ?TLS (\d+)\.(\d+)\.(\d+)", text, re.IGNORECASE)
    assert found, "reflow --version does not name the TLS library: %r" % text
    return Features(tuple(map(int, found.groups())))


@pytest.fixture(params=["1.2", "1.3"], ids=["tls1.2", "tls1.3"])
def tls_version(request, tls_features):
    tls_features.need(request.param)
    return request.param


@pytest.fixture(params=["nginx", "s_server"])
def make_peer(request, pki, tmp_path):
    """make_peer(certificate, tls_version): an independent server."""
    running = []

    def start(certificate, version):
        kind = peers.Nginx if request.param == "nginx" else peers.OpenSSL
        running.append(kind(tmp_path, pki, certificate, version))
        return running[-1]
    yield start
    for peer in running:
        peer.stop()
