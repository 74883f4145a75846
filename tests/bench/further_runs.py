#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# What does each further run on a kept connection cost?   further_runs.py [--program P] [--static P] [--check]
"""A process that re-triggers 600 runs against one that re-triggers 100: what it costs more, divided by 500, is what one
run costs. System calls, sends and instructions of reflow and curl are counted so; TLS 1.3, nginx on loopback. Calls are
told to a tenth: IDs are read a hundred at once, and a record that arrives in two pieces is received twice.

Then runs a second on one connection, medians of --rounds rounds in each of which reflow, curl and wrk have their turn:
whole processes of reflow and curl, `wrk -c1 -t1` with the same request. wrk writes its request once and reads of an
answer what it must: it is the limit.

With --check nothing is timed and curl is left out. Otherwise --out FOLDER gets further_runs.md and further_runs.json.
"""

import argparse
import statistics

import bench
import clients
import measure
import nginx
import results

FEW, MANY = 100, 600
LONG, CURL_LONG, WRK_SECONDS = 10000, 4000, 1  # runs of about a second, where the machine is slow
COUNTED = {"system_calls": "system calls", "sends": "sends", "instructions": "instructions"}


def counts(make, counter):
    """Of one more run; `make` gives the call of so many."""
    totals = []
    for count in (FEW, MANY):
        call = make(count)
        clients.check(call)
        totals.append([*counter.calls(call), counter.instructions(call)])
    return dict(zip(COUNTED, (round((many - few) / (MANY - FEW), 1) for few, many in zip(*totals))))


def rates(makers, those, rounds):
    """{client: runs a second}, wrk among them."""
    calls = {name: make(CURL_LONG if name == "curl" else LONG) for name, make in makers.items()}
    wrk = those.wrk(WRK_SECONDS)
    taken = {name: [] for name in [*calls, "wrk"]}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(1000 * call.runs / measure.times(call).wall)
        taken["wrk"].append(clients.wrk_rate(wrk))
    return {name: statistics.median(each) for name, each in taken.items()}


def table(found):
    names = list(found)
    yield results.row("each further run", *names)
    yield results.row("---", *["--:"] * len(names))
    for figure, words in {**COUNTED, "rate": "runs a second, one connection"}.items():
        curl = found.get("curl", {}).get(figure)
        cells = [results.beside(row.get(figure), curl if name.startswith("reflow") else None)
                 for name, row in found.items()]
        if any(cells):
            yield results.row(words, *cells)
    if "wrk" in found:
        shares = ["%.2f" % (row["rate"] / found["wrk"]["rate"]) for row in found.values()]
        yield results.row("share of wrk's rate", *shares)


def judge(row, wrk):
    good = [bench.at_most("further_%s_at_most" % name, row[name], "each further run: " + words)
            for name, words in COUNTED.items()]
    if wrk:
        good.append(bench.at_least("further_rate_to_wrk_at_least", row["rate"] / wrk["rate"],
                                   "further runs a second on one connection, share of wrk's"))
    return all(good)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    results.arguments_beside_curl(parser, rounds=15)
    args = parser.parse_args()
    with bench.workshop() as (folder, pki), nginx.Nginx(folder, pki, name=clients.ADDRESS) as service:
        those = clients.Clients(folder, pki, service, clients.root(pki))
        makers = {} if args.check else {"curl": those.curl}
        for name, path in results.programs(args).items():
            makers[name] = lambda count, path=path: those.reflow(path, count)
        counter = measure.Counter(folder)
        found = {name: counts(make, counter) for name, make in makers.items()}
        for name, rate in ({} if args.check else rates(makers, those, args.rounds)).items():
            found.setdefault(name, {})["rate"] = rate
    results.show(args, "further_runs", list(table(found)), found)
    return 0 if judge(found["reflow"], found.get("wrk")) else 1


if __name__ == "__main__":
    bench.script(main)
