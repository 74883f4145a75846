# SPDX-License-Identifier: MIT
# What the benchmarks share: run IDs, a token of real length, the tool's environment, ceilings, a proper end.

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "sim")]

import pki as pki_module  # noqa: E402
import reflow_cli  # noqa: E402
from peers import free_port  # noqa: E402, F401

UNAVAILABLE = 77  # the status of a benchmark that this machine does not allow
# Goes before a command that has to end with us, even when we are killed.
LEASH = ["setpriv", "--pdeathsig", "KILL"]
TOKEN = "bench-token-not-secret." + "0123456789abcdef" * 98 + "AAAAAAAAA"  # 1,600 characters, as Adobe's have


class Unavailable(Exception):
    """This machine does not let us measure that."""


class Failed(Exception):
    """What was measured did not do its work, so that its figures mean nothing."""


def run_ids(count, first=0):
    """`count` different run IDs that look like the service's, one after the other."""
    for number in range(first, first + count):
        yield "%08x-5eed-4000-8000-%012x" % (number * 2654435761 & 0xFFFFFFFF, number)


def ceiling(name):
    for line in (HERE / "ceilings.txt").read_text().splitlines():
        if line.split()[:1] == [name]:
            return float(line.split()[1])
    raise Failed("ceilings.txt has no " + name)


def verdict(what, good):
    """Says whether a ceiling was kept, and answers it."""
    print("%s: %s" % ("kept" if good else "BROKEN", what))
    return good


def fixed_addresses():
    """What goes before a command to lay it out in memory as ever, where the machine allows that."""
    command = ["setarch", "-R"]
    return command if subprocess.run([*command, "true"], stderr=subprocess.DEVNULL).returncode == 0 else []


def at_most(name, value, what):
    """Holds a figure to its ceiling, says so, and answers whether it was kept."""
    return verdict("%s: %s, at most %s" % (what, figure(value), figure(ceiling(name))), value <= ceiling(name))


def at_least(name, value, what):
    return verdict("%s: %s, at least %s" % (what, figure(value), figure(ceiling(name))), value >= ceiling(name))


def figure(value):
    """Three digits that matter, or all of a whole number."""
    return "{:,}".format(round(value)) if value >= 100 or value == round(value) else "%#.3g" % value


def environment(pki, url):
    """The caller's without anything of reflow's or a proxy's, and a whole configuration."""
    return reflow_cli.Tool(pki).environment(url, {"REFLOW_ACCESS_TOKEN": TOKEN})


def program(given):
    path = pathlib.Path(given or reflow_cli.program()).resolve()
    if not os.access(path, os.X_OK):
        raise Failed("%s is not there: run make first" % path)
    return str(path)


@contextlib.contextmanager
def workshop():
    """A folder for one benchmark, and certificates in it. Both go at the end."""
    with tempfile.TemporaryDirectory(prefix="reflow-bench-") as name:
        folder = pathlib.Path(name)
        yield folder, pki_module.make(folder / "pki")


def terminated(*_):
    raise SystemExit(143)


def script(main):
    """Runs `main` and ends with its status. Whatever ends it, every `with` is left on the way out."""
    signal.signal(signal.SIGTERM, terminated)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (Unavailable, Failed, subprocess.SubprocessError) as trouble:
        print("%s: %s" % (pathlib.Path(sys.argv[0]).name, trouble), file=sys.stderr)
        sys.exit(UNAVAILABLE if isinstance(trouble, Unavailable) else 1)
