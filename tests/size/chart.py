# SPDX-License-Identifier: MIT
# Draws README's chart of flash on a Cortex-M4: modules of the main job, and parsers beside those of others.

import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))

import svg  # noqa: E402

COLOURS = {"HTTP": "#4c8dd6", "JSON": "#d9822b", "dates": "#9b6dd0", "states": "#3ba272", "judgement": "#c95f6b",
           "Flow Service": "#2fa7b5", "arguments": "#a08b2e", "certificates": "#8a8f98", "other": "#8a8f98"}
# KB, as reflow's design gives them.
OTHERS = {"HTTP": [("coreHTTP with its parser", 22.3), ("llhttp", 17.1), ("picohttpparser", 2.0)],
          "JSON": [("coreJSON", 2.5)]}
NAMES_WIDTH, WIDTH = 220, 860


def bars(y, rows):
    return svg.bars(NAMES_WIDTH, y, WIDTH - NAMES_WIDTH - 190, rows, max(row[1] for row in rows))


def module_rows(rows):
    before = None
    for subject, module, _, linked in rows:
        if linked:
            yield module, linked, COLOURS[subject], "{:,}".format(linked) + ("" if subject == before else " " + subject)
            before = subject


def parser_rows(figures):
    for subject, figure, name in (("HTTP", "http", "reflow: HTTP"), ("JSON", "json", "reflow: JSON, with jsmn")):
        yield name, figures[figure], COLOURS[subject], "%.1f KB" % (figures[figure] / 1024)
        for other, size in OTHERS[subject]:
            yield other, size * 1024, "#8a8f98", "%.1f KB" % size


def draw(rows, figures):
    modules, parsers = list(module_rows(rows)), list(parser_rows(figures))
    second = 40 + len(modules) * svg.ROW + 36
    parts = [svg.text(8, 22, "Flash of the main job, linked, by module: {:,} bytes".format(figures["main"]),
                      weight="bold"),
             *bars(36, modules),
             svg.text(8, second, "What reads HTTP and JSON, and what others have for it", weight="bold"),
             *bars(second + 14, parsers)]
    return svg.page(WIDTH, second + 14 + len(parsers) * svg.ROW + 8, "Flash on a Cortex-M4, gcc -Os, bytes", parts)
