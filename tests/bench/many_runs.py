#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Does memory stay flat over 100,000 runs on standard input?   many_runs.py [--program P] [--counts N,N,…] [-- OPTION…]
"""`reflow retry --json -` re-triggers 1,000, 10,000 and 100,000 runs at nginx on loopback, with IDs that are made as
they are taken, and every answer is checked. Options after -- go to reflow, such as --jobs 8.

  peak KiB     the largest resident set (VmHWM)
  own KiB      the process's own pages when all is done (Anonymous): heap, stack, data
  mapped KiB   the largest address space (VmPeak)

All three must be flat: ceilings.txt says how flat. Ends with 1 when they are not, or when a run was not re-triggered.

Addresses are not randomised: where libc lies decides which of its pages the kernel maps along with one that is touched,
and with that alone the peak differs by 170 KiB between two runs of the same. Without, all figures repeat exactly.
"""

import argparse
import json
import subprocess
import threading
import time
from dataclasses import dataclass

import bench
import nginx
import results

PATIENCE = 60  # seconds without one more line of output


@dataclass
class Figures:
    count: int
    seconds: float
    peak: int
    own: int
    mapped: int


def feed(pipe, count):
    """IDs as they are taken. The pipe stays open: a process that waits can be looked at."""
    try:
        for run in bench.run_ids(count):
            pipe.write(run.encode() + b"\n")
        pipe.flush()
    except (BrokenPipeError, ValueError):
        pass  # it ended early, and what it has said is too short


def wait_for_lines(path, count, process):
    """Until the output has so many lines; they are flushed one by one."""
    lines, at = 0, time.monotonic()
    with open(path, "rb") as output:
        while lines < count:
            more = output.read(1 << 20)
            if more:
                lines, at = lines + more.count(b"\n"), time.monotonic()
            elif process.poll() is not None or time.monotonic() - at > PATIENCE:
                raise bench.Failed("%d runs were given, %d lines came back" % (count, lines))
            else:
                time.sleep(0.002)


def kib(pid, file, field):
    with open("/proc/%d/%s" % (pid, file)) as text:
        return next(int(line.split()[1]) for line in text if line.startswith(field + ":"))


def check(path, count):
    """Each run has its own line, and that says that it was re-triggered."""
    left = set(bench.run_ids(count))
    with open(path) as output:
        for line in output:
            report = json.loads(line)
            if report["outcome"] != "retriggered" or report["id"] != nginx.new_id(report["run"]):
                raise bench.Failed("not re-triggered: " + line)
            if report["run"] not in left:
                raise bench.Failed("nobody asked for this, or it is here twice: " + line)
            left.remove(report["run"])
    if left:
        raise bench.Failed("%d runs have no line" % len(left))


def measure(command, environment, folder, count):
    path = folder / "output"
    with open(path, "wb") as output, open(folder / "errors", "wb") as errors:
        begun = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=errors)
    feeder = threading.Thread(target=feed, args=(process.stdin, count))
    feeder.start()
    try:
        wait_for_lines(path, count, process)
        seconds = time.monotonic() - begun
        figures = Figures(count, seconds, kib(process.pid, "status", "VmHWM"),
                          kib(process.pid, "smaps_rollup", "Anonymous"), kib(process.pid, "status", "VmPeak"))
        feeder.join()
        process.stdin.close()
        if process.wait(PATIENCE) != 0:
            raise bench.Failed("reflow ended with %d" % process.returncode)
    except (bench.Failed, subprocess.TimeoutExpired) as trouble:
        raise bench.Failed("%s\n%s" % (trouble, (folder / "errors").read_text())) from None
    finally:
        process.kill()
        process.wait()
        feeder.join()
    check(path, count)
    return figures


def counts(rows):
    *first, last = (f"{row.count:,}" for row in rows)
    return "%s and %s" % (", ".join(first), last)


def flat(rows, judged):
    limit = bench.ceiling("many_runs_growth_kib_at_most")
    grown = {name: max(getattr(row, name) for row in rows) - getattr(rows[0], name) for name in judged}
    return bench.verdict("memory grows by %s KiB from %s to %s runs, at most %g" % (
        ", ".join("%d (%s)" % (more, name) for name, more in grown.items()), f"{rows[0].count:,}",
        f"{rows[-1].count:,}", limit), max(grown.values()) <= limit)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    results.arguments(parser)
    parser.add_argument("--counts", default="1000,10000,100000")
    parser.add_argument("options", nargs="*")
    args = parser.parse_args()
    fixed = bench.fixed_addresses()
    if not fixed:
        print("addresses are randomised here (setarch -R failed): the peak is shown, not judged")
    command = [*bench.LEASH, *fixed, bench.program(args.program), "retry", "--json", *args.options, "-"]
    rows = []
    print("%9s  %9s  %8s  %11s  %9s  %13s" % ("runs", "peak KiB", "own KiB", "mapped KiB", "seconds", "runs a second"))
    with bench.workshop() as (folder, pki), nginx.Nginx(folder, pki) as service:
        environment = bench.environment(pki, service.url)
        for count in map(int, args.counts.split(",")):
            rows.append(row := measure(command, environment, folder, count))
            print("%9s  %9d  %8d  %11d  %9.2f  %13.0f" % (f"{row.count:,}", row.peak, row.own, row.mapped, row.seconds,
                                                        row.count / row.seconds), flush=True)
    peaks = " to ".join(f"{peak:,}" for peak in sorted({row.peak for row in rows}))
    results.write(args, "many_runs",
                  [results.row("peak memory of `retry -` with %s IDs" % counts(rows), peaks + " KiB")])
    return 0 if flat(rows, ("peak", "own", "mapped") if fixed else ("own", "mapped")) else 1


if __name__ == "__main__":
    bench.script(main)
