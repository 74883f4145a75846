#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Do devices that fail together come back in good order?   fleet.py --programs FOLDER --table FILE --chart FILE
"""Runs fleet.c, which says what is modelled: up to 1,000,000 devices make their first request at once when an outage
ends, at a service that accepts a fixed number a second. Prints, and writes into FILE as a table for README:

  peak         the most requests in one second after the first, as a multiple of the service's capacity
  tenth        the same for a tenth of a second
  completion   when the last device has succeeded, as a multiple of devices / capacity
  requests     for each device, the successful one included

Ends with 1 when peak or completion exceeds its ceiling in ceilings.txt, whatever the size of the fleet, the overload
and the settings, where the service tells each device its own time: nowhere else can a client keep both, as README
shows. And when tenth does, for by that alone a client shows there that it has lost its jitter. All is deterministic.
At 10 requests a second (in brackets), spread widely, chance passes twice that now and then: not judged.
"""

import argparse
import pathlib
import subprocess
from dataclasses import dataclass

import bench
import fleet_chart

SIZES = (1000, 10000, 100000, 1000000)
OVERLOADS = (10, 100, 1000)  # devices for each request a second that the service accepts
SHOWN, JUDGED = 10, 100  # requests a second, at least
FIRST = 10  # tenths of a second: all devices at once, whatever they do later
WORDS = {"reflow": "reflow", "default": "reflow, as `--attempts 4 --timeout 60`", "steady": "reflow without jitter",
         "curl": "curl `--retry`", "both": "curl `--retry`; reflow without jitter", "cap600": "reflow, cap of 600 s",
         "wide": "(the random part: five times Retry-After)"}
SERVICES = {"silent": "none", "20": "20 for all", "60": "60 for all", "queue": "each its own"}
ROWS = [("silent", "reflow"), ("silent", "default"), ("silent", "cap600"), ("silent", "steady"), ("silent", "curl"),
        ("20", "reflow"), ("20", "both"), ("20", "wide"), ("60", "reflow"), ("60", "both"),
        ("queue", "reflow"), ("queue", "default"), ("queue", "both"), ("queue", "wide")]
ROWS_DEVICES = 100000
CHART_DEVICES, CHART_OVERLOAD, CHART_SECONDS = 1000000, 100, 240


@dataclass
class Figures:
    devices: int
    overload: int
    done: int
    completion: float
    requests: float
    tenths: list  # requests offered in each tenth of a second, as a multiple of the capacity

    @property
    def seconds(self):
        return [sum(self.tenths[at:at + 10]) / 10 for at in range(0, len(self.tenths), 10)]

    @property
    def peak(self):
        return max(self.seconds[1:])

    @property
    def peak_tenth(self):
        return max(self.tenths[FIRST:])

    def completion_words(self):
        if self.done < self.devices:
            return "(%.0f %% at %.0f)" % (100 * self.done / self.devices, len(self.tenths) / 10 / self.overload)
        return "%.2f" % self.completion


def simulate(folder, devices, overload, rule, service, seconds=None):
    program, rule = ("fleet-cap600", "reflow") if rule == "cap600" else ("fleet", rule)
    capacity = devices // overload
    seconds = seconds or 10 * overload + 200
    words = [str(folder / program), str(devices), str(capacity), rule, service, str(seconds)]
    first, *tenths = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    done, done_ms, requests = map(int, first.split())
    return Figures(devices, overload, done, done_ms / 1000 / overload, requests / devices,
                   [int(offered) * 10 / capacity for offered in tenths])


def judge_one(folder, devices, overload):
    """The worse of the two settings."""
    runs = [simulate(folder, devices, overload, rule, "queue", 3 * overload) for rule in ("reflow", "default")]
    return (max(run.peak for run in runs),
            max(run.completion if run.done == devices else float("inf") for run in runs),
            max(run.peak_tenth for run in runs))


def judge(folder):
    """All sizes and overloads where the service tells each its own time: the table's lines, and the worst of them."""
    judged = []
    yield "| devices | %s |" % " | ".join("%sx" % f"{overload:,}" for overload in OVERLOADS)
    yield "| --: |" + " --: |" * len(OVERLOADS)
    for devices in SIZES:
        cells = [""] * len(OVERLOADS)
        for at, overload in enumerate(OVERLOADS):
            if devices // overload >= SHOWN:
                ratios = judge_one(folder, devices, overload)
                few = devices // overload < JUDGED
                cells[at] = ("(%.2f, %.2f)" if few else "%.2f, %.2f") % ratios[:2]
                judged += [] if few else [ratios]
        yield "| %s | %s |" % (f"{devices:,}", " | ".join(cells))
    return [max(ratios) for ratios in zip(*judged)]


def both(folder, overload, service):
    """curl, and reflow without jitter: with Retry-After they are one."""
    one, other = (simulate(folder, ROWS_DEVICES, overload, rule, service) for rule in ("steady", "curl"))
    if one != other:
        raise bench.Failed("curl differs from reflow without jitter, Retry-After: %s" % service)
    return one


def compare(folder):
    yield "| Retry-After | rule | peak | tenth | completion | requests | 1,000x: peak | completion | requests |"
    yield "| --- | --- |" + " --: |" * 7
    for service, rule in ROWS:
        less, more = (both(folder, overload, service) if rule == "both" else
                      simulate(folder, ROWS_DEVICES, overload, rule, service) for overload in (100, 1000))
        yield "| %s | %s | %.1f | %.1f | %s | %.1f | %.1f | %s | %.1f |" % (
            SERVICES[service], WORDS[rule], less.peak, less.peak_tenth, less.completion_words(), less.requests,
            more.peak, more.completion_words(), more.requests)


def draw(folder):
    panels = []
    for service, words in (("silent", "429 without Retry-After"), ("60", "Retry-After: 60, the same for all"),
                           ("queue", "Retry-After: each device its own time")):
        runs = [(rule, simulate(folder, CHART_DEVICES, CHART_OVERLOAD, rule, service, CHART_SECONDS))
                for rule in ("curl", "steady", "reflow")]
        panels.append((words, [(WORDS[rule].replace("`", ""), run.seconds) for rule, run in runs]))
    return fleet_chart.draw("{:,} devices come back at once to a service that accepts {:,} requests a second".format(
        CHART_DEVICES, CHART_DEVICES // CHART_OVERLOAD), panels)


def keeps(name, what, figure):
    return bench.verdict("%s: %.3f, at most %g" % (what, figure, bench.ceiling(name)), figure <= bench.ceiling(name))


def show(lines, table):
    """Prints the lines as they come, keeps them, and answers what their generator does."""
    try:
        while True:
            line = next(lines)
            print(line, flush=True)
            table.append(line)
    except StopIteration as end:
        return end.value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the folder of fleet and fleet-cap600")
    parser.add_argument("--table", type=pathlib.Path, required=True)
    parser.add_argument("--chart", type=pathlib.Path, required=True)
    args = parser.parse_args()
    table = ["Peak and completion, where the service tells each device its own time, by overload:", ""]
    load, time, tenth = show(judge(args.programs), table)
    table += ["", "{:,} devices, 100 times and (on the right) 1,000 times as many as are accepted in a second:".format(
        ROWS_DEVICES), ""]
    show(compare(args.programs), table)
    args.table.write_text("\n".join(table) + "\n")
    args.chart.write_text(draw(args.programs))
    good = [keeps("fleet_peak_load_ratio_at_most", "load after the first second, of the capacity", load),
            keeps("fleet_completion_ratio_at_most", "time of all devices, of the ideal", time),
            keeps("fleet_peak_tenth_ratio_at_most", "load in a tenth of a second, of the capacity", tenth)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    bench.script(main)
