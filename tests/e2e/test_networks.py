# SPDX-License-Identifier: MIT
# The POSIX port: it is POSIX.1-2008 and nothing else, and an address that is silent keeps nobody from the next one.
#
# A name server that never answers is a case of test_deadlines ("in-dns"); the port by itself, with a resolver of the
# test's own, is tests/unit/test_port_posix_names.c.

import re
import shutil
import subprocess

import pytest

import namespaces
import reflow_cli
import state
from server import Simulator
from test_structure import CC, ROOT, STRICT, call

PORT = sorted((ROOT / "port/posix").glob("*.c"))
POSIX_ALONE = [*STRICT, "-D_POSIX_C_SOURCE=200809L", "-Iinclude", "-Iport/posix"]
NAMED = "half.wild.test"

# All that it calls: functions of POSIX.1-2008 and of C99. errno is what is behind __errno_location().
CALLED = set("""__errno_location calloc free memcpy memset strcasecmp strlen
clock_gettime time close fcntl pipe poll write
connect getsockopt recv send setsockopt socket
freeaddrinfo getaddrinfo htonl htons in6addr_loopback inet_pton
pthread_create pthread_detach pthread_join pthread_sigmask sigfillset
pthread_mutex_destroy pthread_mutex_init pthread_mutex_lock pthread_mutex_unlock""".split())


# ---- POSIX.1-2008 alone

@pytest.mark.parametrize("compiler", [CC, "clang", "musl-gcc"])
@pytest.mark.parametrize("flags_of_2024", [True, False], ids=["with SOCK_NONBLOCK", "without"])
def test_it_compiles_as_posix_2008_alone(compiler, flags_of_2024, tmp_path):
    """Also where socket() takes none of the flags that it has since POSIX.1-2024."""
    if not shutil.which(compiler.split()[0]):
        pytest.skip("%s is not there" % compiler)
    (tmp_path / "without.h").write_text("#include <sys/socket.h>\n#undef SOCK_NONBLOCK\n#undef SOCK_CLOEXEC\n")
    without = [] if flags_of_2024 else ["-include", tmp_path / "without.h"]
    call(*compiler.split(), *POSIX_ALONE, *without, "-fsyntax-only", *PORT)


def test_it_calls_functions_of_posix_2008_alone(tmp_path):
    called = set()
    for source in PORT:
        call(CC, *POSIX_ALONE, "-O0", "-c", source, "-o", tmp_path / "port.o")
        called |= set(call("nm", "-u", tmp_path / "port.o").stdout.split()) - {"U"}
    assert {name for name in called if not name.startswith("reflow_")} == CALLED


def test_the_descriptors_flags_are_the_only_ones_that_are_asked_for():
    text = re.sub(r"/\*.*?\*/", "", "".join(source.read_text() for source in PORT), flags=re.DOTALL)
    assert not re.search(r"__linux__|_GNU_SOURCE|<linux/|<sys/(epoll|eventfd|timerfd|syscall)", text)


# ---- RFC 8305

@pytest.fixture(scope="module")
def space(tmp_path_factory):
    try:
        with namespaces.Namespace(tmp_path_factory.mktemp("namespace")) as made:
            yield made
    except namespaces.Unavailable as reason:
        pytest.skip("no network namespace can be made here: %s" % reason)


def test_a_silent_ipv6_address_gets_company_of_the_next_and_the_one_that_answers_is_taken(pki, reflow, space, strace,
                                                                                         tmp_path):
    """One attempt of the client's is two of the port's, a quarter of a second apart."""
    trace = tmp_path / "trace"
    traced = strace("-o", trace, "-e", "trace=connect")
    with space.inside(Simulator, pki.chain("wildcard"), pki.key("wildcard"), hosts=(NAMED,)).start() as sim:
        done = subprocess.run(space.command([*map(str, traced), *reflow.command(["retry", "--json", state.DOCUMENTED])]),
                              env=reflow.environment(sim.url.replace("localhost", NAMED)), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=reflow_cli.LONGEST)
    result = reflow_cli.Result(done.returncode, done.stdout, done.stderr)
    assert (result.outcomes, result.one["attempts"]) == ([("retriggered", None)], 1)
    assert result.one["elapsed_ms"] >= 250
    attempts = re.findall(r'connect\(\d+, \{.*htons\(%d\).*?"([^"]*)"' % sim.port, trace.read_text())
    assert attempts == ["2001:db8::7", "127.0.0.1"]
