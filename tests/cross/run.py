#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# `make cross-test`: the library, the tool and the unit tests built for other machines, and run there; one table.
#
#   run.py [MACHINE...]    all of them, or those named; products are kept in build/cross/MACHINE
#
# A machine passes when its unit tests pass and its tool re-triggers runs in the simulator over TLS 1.2 and 1.3, EC and
# RSA chains verified, and refuses a service whose chain is not. The address is numeric: glibc's resolver wants shared
# libraries even in a static program.

import argparse
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent / "sim"), str(HERE.parent / "e2e")]

import pki as pki_module  # noqa: E402
import reflow_cli  # noqa: E402
import state  # noqa: E402
from server import Simulator  # noqa: E402

# What a user types after `make`, and the emulator. None: this kernel runs it.
MACHINES = {
    "armhf": ("CROSS_COMPILE=arm-linux-gnueabihf-", "qemu-arm"),
    "aarch64": ("CROSS_COMPILE=aarch64-linux-gnu-", "qemu-aarch64"),
    "mips": ("CROSS_COMPILE=mips-linux-gnu-", "qemu-mips"),
    "riscv64": ("CROSS_COMPILE=riscv64-linux-gnu-", "qemu-riscv64"),
    "i386": ("CROSS_COMPILE=i686-linux-gnu-", "qemu-i386"),
    "musl": ("CC=musl-gcc", None),
}

# Unit tests that are not run there.
LEFT_OUT = {path.stem: "its peer is OpenSSL's library" for path in sorted((ROOT / "tests/unit").glob("test_tls*.c"))}
LONGEST = 120  # seconds a program may take; the emulator is ten to thirty times slower than the machine under it
FAILED = state.EXAMPLES["failed"][0]
DISABLED = state.EXAMPLES["flow-disabled"][0]


class Wrong(Exception):
    """What did not hold, in the words for the user."""


def make(build, words):
    """The sources of mbedTLS are the same for all: what is fetched once serves each."""
    own = build / "mbedtls"
    own.mkdir(parents=True, exist_ok=True)
    if not (own / "source").exists():
        (own / "source").symlink_to(os.path.relpath(ROOT / "build/mbedtls/source", own))
    done = subprocess.run(["make", "-s", "-j%d" % os.cpu_count(), "-f", "tests/cross/cross.mk",
                           "BUILD=%s" % build.relative_to(ROOT), "LEFT_OUT=%s" % " ".join(LEFT_OUT), *words, "cross"],
                          cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise Wrong("cannot be built:\n" + done.stderr)


def can_run(program):
    """Whether this kernel runs it by itself: faster than any emulator."""
    try:
        return subprocess.run([program], capture_output=True).returncode == 0
    except OSError:
        return False


def run_unit_test(wrapper, program):
    """How many tests passed."""
    try:
        done = subprocess.run([*wrapper, str(program)], cwd=ROOT, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        raise Wrong("%s took longer than %d s" % (program.name, LONGEST))
    # cmocka's summary goes to standard output or, where there is something to say, to standard error.
    passed = re.search(r"\[  PASSED  \] (\d+) test", done.stdout + done.stderr)
    if done.returncode != 0 or not passed:
        raise Wrong("%s ended with %d:\n%s%s" % (program.name, done.returncode, done.stdout, done.stderr))
    return int(passed.group(1))


def run_unit_tests(wrapper, build):
    names = sorted(path.stem for path in (ROOT / "tests/unit").glob("test_*.c") if path.stem not in LEFT_OUT)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return sum(pool.map(lambda name: run_unit_test(wrapper, build / "tests" / name), names))


@contextlib.contextmanager
def simulator(pki, certificate, version):
    sim = Simulator(pki.chain(certificate), pki.key(certificate), versions=(version,)).start()
    try:
        yield sim
        if sim.problems:
            raise Wrong("as HTTP it was wrong: %s" % sim.problems)
    finally:
        sim.stop()


def expect(what, seen, wanted):
    if seen != wanted:
        raise Wrong("%s: %s, not %s" % (what, seen, wanted))


def retrigger(tool, sim, what):
    """Three runs on one connection: what is said of each is what the simulator knows."""
    url = sim.url.replace("localhost", "127.0.0.1")
    result = tool.run("retry", "--json", state.DOCUMENTED, DISABLED, FAILED, url=url)
    try:
        reflow_cli.check_truth(result, sim.ledger.applied)
    except AssertionError as lie:
        raise Wrong("%s: %s" % (what, lie))
    expect(what, result.outcomes, [("retriggered", None), ("refused", "rejected"), ("retriggered", None)])
    expect(what, [run for run, _ in sim.ledger.applied], [state.DOCUMENTED, FAILED])
    return len(sim.ledger.applied)


def refuse(tool, pki, sim, what):
    """The certificate's name is another: nothing may be sent."""
    result = tool.run("retry", "--json", FAILED, url=sim.url.replace("localhost", "127.0.0.1"))
    expect(what, result.outcomes, [("not_applied", "tls_hostname")])
    expect(what, sim.ledger.applied, [])


def run_retriggers(wrapper, build, pki):
    os.environ.update(REFLOW_BIN=str(build / "reflow"), REFLOW_WRAPPER=" ".join(wrapper))
    tool = reflow_cli.Tool(pki)
    applied = 0
    for version in ("1.2", "1.3"):
        for certificate in ("server-ec", "server-rsa"):
            with simulator(pki, certificate, version) as sim:
                applied += retrigger(tool, sim, "TLS %s, %s" % (version, certificate))
        with simulator(pki, "name-only", version) as sim:
            refuse(tool, pki, sim, "TLS %s, a certificate for another name" % version)
    return applied


def test(name, pki):
    """A line of the table: name, bits of a pointer, of a time_t, order of bytes, unit tests, re-triggers, seconds."""
    begin = time.monotonic()
    command, emulator = MACHINES[name]
    build = ROOT / "build/cross" / name
    make(build, [command])
    built = time.monotonic()
    wrapper = [emulator] if emulator and not can_run(build / "machine") else []
    facts = subprocess.run([*wrapper, build / "machine"], capture_output=True, text=True, check=True).stdout.split()
    if facts[1:3] != ["64", "64"]:
        raise Wrong("time_t and off_t have %s and %s bits: dates end in 2038, journals at 2 GB" % tuple(facts[1:3]))
    passed = run_unit_tests(wrapper, build)
    applied = run_retriggers(wrapper, build, pki)
    return [name, *facts, str(passed), str(applied), "%.0f" % (built - begin), "%.0f" % (time.monotonic() - built)]


HEAD = ["machine", "pointer", "time_t", "off_t", "bytes", "unit tests", "re-triggers", "built, s", "run, s"]


def show(row):
    print("  " + "  ".join(word.ljust(len(title)) if row.index(word) in (0, 4) else word.rjust(len(title))
                           for word, title in zip(row, HEAD)).rstrip(), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("machines", metavar="MACHINE", nargs="*", help="of %s" % " ".join(MACHINES))
    names = parser.parse_args().machines or list(MACHINES)
    if set(names) - set(MACHINES):
        parser.error("no such machine: %s" % " ".join(sorted(set(names) - set(MACHINES))))
    subprocess.run([str(HERE / "cmocka.sh"), str(ROOT / "build/cross/cmocka")], check=True)
    failed = []
    show(HEAD)
    with tempfile.TemporaryDirectory(prefix="reflow-cross-") as folder:
        pki = pki_module.make(folder)
        for name in names:
            try:
                show(test(name, pki))
            except Wrong as wrong:
                failed.append(name)
                print("  %s: %s" % (name, wrong), flush=True)
    for test_name, reason in LEFT_OUT.items():
        print("  left out: %s, %s" % (test_name, reason))
    if failed:
        sys.exit("  cross-test failed on " + ", ".join(failed))


if __name__ == "__main__":
    main()
