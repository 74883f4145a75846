#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Draws README's charts of what one_run.py, further_runs.py and growth.py have found.   chart.py FOLDER
"""FOLDER has their figures as JSON, and gets bench.svg (shares of curl's) and growth.svg."""

import json
import math
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import svg  # noqa: E402

FIGURES = {"wall": ("wall time", "%.1f of %.1f ms"), "cpu": ("CPU time", "%.1f of %.1f ms"),
           "peak": ("peak memory", "%d of %d KiB"), "system_calls": ("system calls", "%.0f of %.0f"),
           "instructions": ("instructions", "%.1f of %.1f million")}
FURTHER = {"time": ("time", "%.0f of %.0f µs"), "system_calls": ("system calls", "%.0f of %.0f"),
           "instructions": ("instructions", "%.0f of %.0f")}
COLOURS = ("#4c8dd6", "#3ba272", "#d9822b", "#9b6dd0", "#c95f6b")
NAMES_WIDTH, WIDTH = 150, 700
KINDS = {"retry": ("reflow retry -", COLOURS[0]), "runs": ("reflow runs", COLOURS[2])}
PANEL, LEFT, TOP, GAP = (300, 200), 60, 44, 90


# ---- Shares of curl's ----

def shares(reflow, curl, figures, colour):
    for name, (words, form) in figures.items():
        share = reflow[name] / curl[name]
        yield words, share, colour, ("%.2f: " + form) % (share, reflow[name], curl[name])


def groups(one_run, further):
    for number, (case, rows) in enumerate(one_run.items()):
        yield "One re-trigger, whole process, " + case, list(shares(rows["reflow"], rows["curl"], FIGURES,
                                                                    COLOURS[number]))
    each = {name: {**row, "time": 1e6 / row["rate"]} for name, row in further.items() if name != "wrk"}
    yield "Each further run on the same connection", list(shares(each["reflow"], each["curl"], FURTHER, COLOURS[-1]))


def draw_shares(one_run, further):
    drawn = list(groups(one_run, further))
    most = max(1, max(row[1] for _, rows in drawn for row in rows))
    width, y = WIDTH - NAMES_WIDTH - 210, 48
    parts = [svg.text(8, 22, "What reflow takes of what curl takes", weight="bold")]
    for title, rows in drawn:
        parts += [svg.text(8, y, title), *svg.bars(NAMES_WIDTH, y + 8, width, rows, most)]
        y += len(rows) * svg.ROW + 34
    at = NAMES_WIDTH + width / most
    behind = [svg.line([(at, 36), (at, y - 30)], width=0.6), svg.text(at, 30, "curl", "middle")]
    return svg.page(WIDTH, y - 20, "What reflow takes of what curl takes", [*behind, *parts])


# ---- Growth ----

def decades(low, high):
    return range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)


def panel(x, title, series, form, floor):
    """Lines over the number of runs; both axes are logarithmic."""
    values = [value for _, points in series for _, value in points]
    across, up = decades(1, max(count for _, points in series for count, _ in points)), decades(floor, max(values))

    def place(count, value):
        return (x + (math.log10(count) - across[0]) * PANEL[0] / (len(across) - 1),
                TOP + PANEL[1] - (math.log10(value) - up[0]) * PANEL[1] / (len(up) - 1))

    yield svg.text(x, 22, title, weight="bold")
    for power in across:
        yield svg.text(place(10 ** power, 10 ** up[0])[0], TOP + PANEL[1] + 18, "{:,}".format(10 ** power), "middle")
    for power in up:
        left, y = place(1, 10 ** power)
        yield svg.line([(left, y), (left + PANEL[0], y)], width=0.4)
        yield svg.text(left - 6, y + 4, form(10 ** power), "end")
    for colour, points in series:
        places = [place(*point) for point in points]
        yield svg.line(places, colour, 2)
        yield svg.dots(places, colour)


def draw_growth(found):
    def series(what):
        return [(colour, [(int(count), row[what]) for count, row in found[kind].items()])
                for kind, (_, colour) in KINDS.items()]

    second = LEFT + PANEL[0] + GAP
    parts = [*panel(LEFT, "Time of the whole process", series("wall"), lambda ms: "%g s" % (ms / 1000), 1),
             *panel(second, "Peak memory", series("peak"), lambda kib: "{:,} KiB".format(kib), 100)]
    y = TOP + PANEL[1] + 44
    for number, (words, colour) in enumerate(KINDS.values()):
        at = LEFT + 130 * number
        parts += [svg.line([(at, y - 4), (at + 24, y - 4)], colour, 2), svg.text(at + 30, y, words)]
    parts.append(svg.text(second + PANEL[0], y, "over the number of runs", "end"))
    return svg.page(second + PANEL[0] + 40, y + 14, "Time and memory over the number of runs", parts)


def main():
    folder = pathlib.Path(sys.argv[1])
    one_run, further, growth = (json.loads((folder / (name + ".json")).read_text())
                                for name in ("one_run", "further_runs", "growth"))
    (folder / "bench.svg").write_text(draw_shares(one_run, further))
    (folder / "growth.svg").write_text(draw_growth(growth))


if __name__ == "__main__":
    main()
