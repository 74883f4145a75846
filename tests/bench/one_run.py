#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# What does one re-trigger cost, as a whole process, beside curl?   one_run.py [--program P] [--static P] [--check]
"""The same re-trigger of nginx on loopback, by reflow and by curl in turns, over TLS 1.3 and 1.2, with trust in one
certificate and in a bundle as large as the system's. Times are medians of --rounds; memory, system calls, sends and
instructions are counted in processes of their own, of which one is as good as many.

  peak KiB        the largest resident set, addresses not randomised
  system calls    as strace counts them, those of the loader among them; sends are those that give bytes to TCP
  instructions    in user mode, in millions, as callgrind counts them

--static is a second build of the tool, without the loader. With --check nothing is timed: what repeats is held to
ceilings.txt. Otherwise times are held to it as well, and --out FOLDER gets one_run.md and one_run.json.
"""

import argparse
import contextlib
import itertools

import bench
import clients
import measure
import nginx
import results

PROTOCOLS = {"TLS 1.3": "TLSv1.3", "TLS 1.2": "TLSv1.2"}
ONE = "1 certificate"
FIGURES = {"wall": "wall, ms", "cpu": "CPU, ms", "peak": "peak, KiB", "system_calls": "system calls", "sends": "sends",
           "instructions": "instructions, million"}


def cases(pki, folder, services):
    """(protocol, trust), and the clients of each."""
    bundle, size = clients.bundle(pki, folder)
    trusts = {ONE: clients.root(pki), "%d certificates" % size: bundle}
    for protocol, trust in itertools.product(services, trusts):
        yield (protocol, trust), clients.Clients(folder, pki, services[protocol], trusts[trust])


def measured(calls, counter, rounds):
    """{client: {figure: value}}."""
    for call in calls.values():
        clients.check(call)
    times = measure.in_turns(calls, rounds) if rounds else {}
    rows = {}
    for name, call in calls.items():
        system_calls, sends = counter.calls(call)
        rows[name] = {"peak": counter.peak(call), "system_calls": system_calls, "sends": sends}
        if rounds or name != "curl":  # its instructions take long, and no ceiling asks for them
            rows[name]["instructions"] = counter.instructions(call) / 1e6
        if rounds:
            rows[name].update(wall=times[name].wall, cpu=times[name].cpu)
    return rows


def table(found):
    """In Markdown; beside each figure of reflow what it is of curl's."""
    figures = [name for name in FIGURES if name in next(iter(found.values()))["reflow"]]
    yield results.row("one re-trigger", "", *map(FIGURES.get, figures))
    yield results.row("---", "---", *["--:"] * len(figures))
    for (protocol, trust), rows in found.items():
        for client, row in rows.items():
            first = "%s, %s" % (protocol, trust) if client == "curl" else ""
            cells = [results.beside(row.get(name), rows["curl"].get(name) if client != "curl" else None)
                     for name in figures]
            yield results.row(first, client, *cells)


def ceilings(protocol, bundle, timed):
    """(figure, name of its ceiling, whether curl's share is meant)."""
    yield "peak", "one_run_peak_kib_at_most", False
    yield "peak", "one_run_peak_ratio_at_most", True
    yield "system_calls", "one_run_system_calls_at_most", False
    yield "system_calls", "one_run_system_calls_ratio_at_most", True
    yield "sends", "one_run_%s_sends_at_most" % protocol.lower().replace(" ", "_"), False
    yield "instructions", "one_run_%sinstructions_at_most" % bundle, False
    if timed:
        yield "wall", "one_run_%swall_ratio_at_most" % bundle, True


def judge(found, timed):
    good = []
    for (protocol, trust), rows in found.items():
        for name, limit, share in ceilings(protocol, "bundle_" if trust != ONE else "", timed):
            value = rows["reflow"][name] / (rows["curl"][name] if share else 1)
            good.append(bench.at_most(limit, value, "one re-trigger, %s, %s: %s%s" % (
                protocol, trust, FIGURES[name], ", share of curl's" if share else "")))
    return all(good)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    results.arguments_beside_curl(parser, rounds=25)
    args = parser.parse_args()
    programs = results.programs(args)
    found = {}
    with bench.workshop() as (folder, pki), contextlib.ExitStack() as stack:
        services = {}
        for protocol, name in PROTOCOLS.items():
            (folder / name).mkdir()
            services[protocol] = stack.enter_context(
                nginx.Nginx(folder / name, pki, protocols=name, name=clients.ADDRESS))
        counter = measure.Counter(folder)
        for case, those in cases(pki, folder, services):
            calls = {"curl": those.curl(), **{name: those.reflow(path) for name, path in programs.items()}}
            found[case] = measured(calls, counter, 0 if args.check else args.rounds)
    results.show(args, "one_run", list(table(found)), {", ".join(case): rows for case, rows in found.items()})
    return 0 if judge(found, not args.check) else 1


if __name__ == "__main__":
    bench.script(main)
