# SPDX-License-Identifier: MIT
# What one call of a program costs: time, memory, system calls, sends, instructions.
"""All but times repeat, to a few in a thousand: keys are random. Each figure is of a process of its own, so that what
counts does not disturb what is timed. The call has to end with 0, or nothing was measured."""

import os
import re
import shlex
import statistics
import subprocess
import time
from dataclasses import dataclass

import bench

PATIENCE = 120  # seconds for one call
SEND = re.compile(r"\d+ +(?:sendto|sendmsg|sendmmsg|write|writev)\(\d+<TCP")
# What strace -c counts: calls that return. One that another thread interrupted has its result on a line of its own.
RETURNED = re.compile(r"\d+ +(?:<\.\.\. )?\w+.* = ")
COLLECTED = re.compile(r"Collected : (\d+)")


@dataclass
class Call:
    """A program with all that it needs; `given` is the file on its standard input."""
    command: list
    environment: dict
    given: str = "/dev/null"
    runs: int = 1


@dataclass
class Times:
    wall: float  # milliseconds, as cpu
    cpu: float


def said(call, before=()):
    """What it says, under the command `before` it."""
    with open(call.given, "rb") as given:
        done = subprocess.run([*before, *call.command], env=call.environment, stdin=given, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
    if done.returncode != 0:
        raise bench.Failed("%s ended with %d: %s" % (shlex.join([*before, *call.command[:2]]), done.returncode,
                                                     done.stderr.decode(errors="replace").strip()))
    return done.stdout.decode()


def times(call):
    """Nothing stands between us and the process: a shell, or a Popen, would cost as much as what is measured."""
    actions = [(os.POSIX_SPAWN_OPEN, 0, call.given, os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    begun = time.perf_counter()
    process = os.posix_spawn(call.command[0], call.command, call.environment, file_actions=actions)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - begun
    if status != 0:
        raise bench.Failed("%s ended with %d" % (shlex.join(call.command[:2]), os.waitstatus_to_exitcode(status)))
    return Times(1000 * wall, 1000 * (usage.ru_utime + usage.ru_stime))


def in_turns(calls, rounds):
    """{name: Times}, medians of `rounds` rounds in each of which every call has its turn."""
    taken = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(times(call))
    return {name: Times(statistics.median(one.wall for one in each), statistics.median(one.cpu for one in each))
            for name, each in taken.items()}


class Counter:
    """Counts, with files of its own in `folder`."""

    def __init__(self, folder):
        self.trace, self.kib, self.peak_program = folder / "trace", folder / "kib", folder / "peak"
        # A child's largest resident set begins with its parent's: this parent is small.
        source = bench.HERE.parent / "e2e" / "peak.c"
        subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-O1", "-o", str(self.peak_program), str(source)],
                       check=True)
        self.fixed = bench.fixed_addresses()

    def peak(self, call):
        """The largest resident set, in KiB. Addresses are not randomised: see many_runs.py."""
        said(call, [*self.fixed, str(self.peak_program), str(self.kib)])
        return int(self.kib.read_text())

    def calls(self, call):
        """System calls of all threads, and those among them that gave bytes to a TCP connection."""
        said(call, ["strace", "-f", "-qq", "-yy", "-s", "0", "-e", "signal=none", "-o", str(self.trace)])
        lines = self.trace.read_text().splitlines()
        return sum(map(bool, map(RETURNED.match, lines))), sum(map(bool, map(SEND.match, lines)))

    def instructions(self, call):
        """All instructions in user mode, by callgrind: there is not a counter for them on every machine."""
        said(call, ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--log-file=" + str(self.trace)])
        return int(COLLECTED.search(self.trace.read_text())[1])
