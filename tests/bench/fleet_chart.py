# SPDX-License-Identifier: MIT
# Draws the load that a fleet offers, second by second: a panel for each kind of service, a line for each rule.

import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import svg  # noqa: E402

COLOURS = ["#d9822b", "#9b6dd0", "#3ba272"]
WIDTH, LEFT, RIGHT, TOP, PANEL = 860, 56, 16, 66, 190
INNER = PANEL - 46
LEAST, MOST = 0.05, 200  # multiples of the capacity; the axis is logarithmic


def y_of(top, load):
    share = math.log(max(load, LEAST) / LEAST) / math.log(MOST / LEAST)
    return top + INNER - share * INNER


def panel(top, words, lines):
    yield svg.text(LEFT, top - 8, words, weight="bold")
    for load, name in ((0.1, "0.1"), (1, "1"), (2, "2"), (10, "10"), (100, "100")):
        y = y_of(top, load)
        yield svg.line([(LEFT, y), (WIDTH - RIGHT, y)], width=1 if load == 2 else 0.3)
        yield svg.text(LEFT - 6, y + 4, name, "end")
    count = len(lines[0][1])
    wide = (WIDTH - LEFT - RIGHT) / count
    for (_, loads), colour in zip(lines, COLOURS):
        points = [(LEFT + wide * (second + 0.5), y_of(top, load)) for second, load in enumerate(loads)]
        yield svg.line(points, colour, 1.5)
    for second in range(0, count + 1, 30):
        yield svg.text(LEFT + wide * second, top + INNER + 16, "%d s" % second, "middle")


def legend(names):
    spans = "  ".join('<tspan fill="%s">%s</tspan>' % pair for pair in zip(COLOURS, names))
    return '<text x="%d" y="40" text-anchor="end" xml:space="preserve">%s</text>' % (WIDTH - RIGHT, spans)


def draw(title, panels):
    """[(words, [(name, load of each second)])]; loads are multiples of the capacity. Later lines cover earlier ones."""
    parts = [svg.text(8, 22, title, weight="bold"),
             svg.text(8, 40, "Load in each second, as a multiple of what is accepted; from the second on it should "
                               "be below 2."), legend(name for name, _ in panels[0][1])]
    for at, (words, lines) in enumerate(panels):
        parts += panel(TOP + 16 + at * PANEL, words, lines)
    return svg.page(WIDTH, TOP + len(panels) * PANEL, "Load of a fleet that comes back", parts)
