#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Does cost grow with the number of runs, and memory not?   growth.py [--program P] [--out FOLDER]
"""`reflow retry --json -` with 1, 10, 1,000 and 100,000 IDs, and `reflow runs --json` with lists as long (in pages of
100), at nginx on loopback. Every run has to be in the output. Time and memory are of the whole process.

Linear: what each run adds to the CPU time of one run, (T(n) - T(1)) / (n - 1), is for 100,000 runs at most so many
times what it is for 1,000 as ceilings.txt says. CPU time, as others take their share of the wall's.
Constant: the peak for 100,000 runs is at most so many KiB above the one for 10, when nothing is used for the first
time any more. Addresses are not randomised: see many_runs.py.

Times are medians of --rounds rounds (of 3 for 100,000), in each of which everything has its turn.
"""

import argparse
import collections
import json
import statistics

import bench
import clients
import measure
import nginx
import results
import runs as sim_runs

COUNTS = (1, 10, 1000, 100000)
PAGE = 100  # the most that the service gives
KINDS = {"retry": "re-triggers", "runs": "runs of a list"}


def write_pages(folder):
    """A list without an end: --limit ends it. Tokens follow each other in turns, a page of its own for each."""
    folder.mkdir()
    for size in {min(count, PAGE) for count in COUNTS}:
        items = [sim_runs.Run(run, "flow-of-the-list").as_json() for run in bench.run_ids(size)]
        for token, after in (("", "a"), ("a", "b"), ("b", "a")):
            links = {"next": {"href": "/runs?continuationToken=" + after}}
            (folder / ("%d%s.json" % (size, token))).write_text(json.dumps({"items": items, "_links": links}))


def lister(those, program, count):
    return measure.Call([program, "runs", "--json", "--limit", str(count)], those.environment, runs=count)


def check(kind, call):
    if kind == "retry":
        clients.check(call)
    elif (lines := measure.said(call).count('"flow":"flow-of-the-list"')) != call.runs:
        raise bench.Failed("a list of %d runs has %d lines" % (call.runs, lines))


def measured(calls, counter, rounds):
    """{kind: {count: figures}}."""
    taken = collections.defaultdict(list)
    for number in range(rounds):
        for (kind, count), call in calls.items():
            if number < 3 or count < COUNTS[-1]:
                taken[kind, count].append(measure.times(call))
    found = {kind: {} for kind in KINDS}
    for (kind, count), call in calls.items():
        check(kind, call)
        times = taken[kind, count]
        found[kind][count] = {"wall": statistics.median(one.wall for one in times),
                              "cpu": statistics.median(one.cpu for one in times), "peak": counter.peak(call)}
    return found


def each_us(rows, count, what):
    """What a run adds, in microseconds."""
    return 1000 * (rows[count][what] - rows[1][what]) / (count - 1)


def table(found):
    yield results.row("whole process", "", *[f"{count:,}" for count in COUNTS])
    yield results.row("---", "---", *["--:"] * len(COUNTS))
    for kind, words in KINDS.items():
        rows = found[kind]
        yield results.row(words, "wall, ms", *[bench.figure(rows[count]["wall"]) for count in COUNTS])
        yield results.row("", "CPU, µs each after the first", "",
                          *[bench.figure(each_us(rows, count, "cpu")) for count in COUNTS[1:]])
        yield results.row("", "peak, KiB", *[bench.figure(rows[count]["peak"]) for count in COUNTS])


def judge(found):
    good = []
    for kind, words in KINDS.items():
        rows = found[kind]
        each = [each_us(rows, count, "cpu") for count in COUNTS[-2:]]
        good += [bench.at_most("growth_time_ratio_at_most", each[1] / each[0],
                               "%s: CPU time of each of 100,000 to each of 1,000" % words),
                 bench.at_most("growth_peak_kib_at_most", rows[COUNTS[-1]]["peak"] - rows[10]["peak"],
                               "%s: KiB more for 100,000 than for 10" % words)]
    return all(good)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    results.arguments(parser)
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()
    program = bench.program(args.program)
    with bench.workshop() as (folder, pki), nginx.Nginx(folder, pki, name=clients.ADDRESS) as service:
        write_pages(folder / "pages")
        those = clients.Clients(folder, pki, service, clients.root(pki))
        calls = {}
        for count in COUNTS:
            calls["retry", count] = those.reflow(program, count)
            calls["runs", count] = lister(those, program, count)
        found = measured(calls, measure.Counter(folder), args.rounds)
    results.show(args, "growth", list(table(found)), found)
    return 0 if judge(found) else 1


if __name__ == "__main__":
    bench.script(main)
