#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Are N connections N times as fast, at a real round trip of 50 ms?   jobs_scaling.py [--program P] [--processes]
"""`reflow retry --jobs 1`, 2, 4, ... and 64 in turns, 80 runs a connection, at nginx behind a link that delays every
packet by 25 ms each way. Prints runs a second of each round and the medians, and ends with 1 when ceilings.txt (with
the ratio of 8 jobs to 1) is broken or a run was not re-triggered, 77 when the machine allows no namespaces or TUNs.

The handshake, two round trips, is part of each round. The link's own round trip is measured first: a TCP connection,
from the SYN to its answer.

With --processes, as many processes with one connection each stand in for --jobs.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time

import bench
import link as link_module
import nginx
import results

ONE_WAY = 25  # milliseconds
PORT = 8443
ROUNDS = 3
JOBS = (1, 2, 4, 8, 16, 32, 64)
PATIENCE = 120  # seconds for one round


class Contest:
    """The tool against itself, with few and with many connections."""

    def __init__(self, args, link, service, pki):
        self.program, self.processes, self.each = bench.program(args.program), args.processes, args.each
        self.link = link
        self.environment = bench.environment(pki, service.url)
        self.used = 0

    def has_jobs(self):
        told = subprocess.run([self.program, "retry", "--help"], stdout=subprocess.PIPE, check=True).stdout
        return b"--jobs" in told

    def commands(self, jobs):
        """The processes of one round: how each is called, and how many runs it gets."""
        command = [*self.link.near, *bench.LEASH, self.program, "retry", "--json"]
        if self.processes:
            return [([*command, "-"], self.each)] * jobs
        return [([*command, "--jobs", str(jobs), "-"], self.each * jobs)]

    def rate(self, jobs):
        """Runs a second of one round. IDs are taken once only."""
        work = []
        for command, count in self.commands(jobs):
            work.append(Work(command, list(bench.run_ids(count, self.used))))
            self.used += count
        begun = time.monotonic()
        try:
            for one in work:
                one.start(self.environment)
            for one in work:
                one.process.wait(begun + PATIENCE - time.monotonic())
            seconds = time.monotonic() - begun
        finally:
            for one in work:
                one.end()
        for one in work:
            one.check()
        return self.each * jobs / seconds


class Work:
    """One process of a round. Its input and its output are files without a name, so that it never waits for us."""

    def __init__(self, command, ids):
        self.command, self.ids, self.process = command, ids, None
        self.given, self.said = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.given.write("".join(run + "\n" for run in ids).encode())
        self.given.seek(0)

    def start(self, environment):
        self.process = subprocess.Popen(self.command, env=environment, stdin=self.given, stdout=self.said)

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def check(self):
        """Every run was re-triggered, and has one line."""
        self.said.seek(0)
        reports = [json.loads(line) for line in self.said]
        done = {report["run"] for report in reports
                if report["outcome"] == "retriggered" and report["id"] == nginx.new_id(report["run"])}
        if self.process.returncode or done != set(self.ids) or len(reports) != len(self.ids):
            raise bench.Failed("ended with %d; %d lines, %d of %d runs re-triggered" % (
                self.process.returncode, len(reports), len(done), len(self.ids)))


def judge(one, eight):
    """A run with 1 job takes a round trip and little more; 8 jobs are nearly 8 times as fast."""
    lowest, highest = bench.ceiling("jobs_1_run_ms_at_least"), bench.ceiling("jobs_1_run_ms_at_most")
    wanted = bench.ceiling("jobs_8_ratio_at_least")
    return all([
        bench.verdict("%.1f ms a run with 1 job, from %g to %g" % (1000 / one, lowest, highest),
                      lowest <= 1000 / one <= highest),
        bench.verdict("8 jobs are %.2f times as fast as 1, at least %g" % (eight / one, wanted),
                      eight / one >= wanted)])


def show(name, figures):
    print("%-8s" % name + "".join("%10.1f" % figure for figure in figures), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    results.arguments(parser)
    parser.add_argument("--processes", action="store_true", help="processes stand in for --jobs")
    parser.add_argument("--each", type=int, default=80,
                        help="runs for each connection, default 80; with fewer, its handshake counts for more")
    args = parser.parse_args()
    rates = {jobs: [] for jobs in JOBS}
    with bench.workshop() as (folder, pki), link_module.DelayLink(folder, ONE_WAY) as link, \
            nginx.Nginx(folder, pki, link.address, PORT, link.far, "wildcard", name=link.name) as service:
        contest = Contest(args, link, service, pki)
        if not args.processes and not contest.has_jobs():
            raise bench.Failed("%s has no --jobs (--processes stands in for it)" % contest.program)
        print("round trip of the link: %.2f ms\n" % link.round_trip(PORT))
        show("jobs", JOBS)
        for number in range(ROUNDS):
            for jobs in JOBS:
                rates[jobs].append(contest.rate(jobs))
            show("round %d" % (number + 1), [rates[jobs][-1] for jobs in JOBS])
    medians = {jobs: statistics.median(rates[jobs]) for jobs in JOBS}
    show("median", medians.values())
    results.write(args, "jobs_scaling", [results.row(
        "`--jobs` %s, at a round trip of %d ms: runs a second" % (", ".join(map(str, JOBS)), 2 * ONE_WAY),
        ", ".join("%.1f" % medians[jobs] for jobs in JOBS))])
    return 0 if judge(medians[1], medians[8]) else 1


if __name__ == "__main__":
    bench.script(main)
