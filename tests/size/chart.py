# SPDX-License-Identifier: MIT
# Draws README's chart of flash on a Cortex-M4: modules of the main job, and parsers beside those of others.

COLOURS = {"HTTP": "#4c8dd6", "JSON": "#d9822b", "dates": "#9b6dd0", "states": "#3ba272", "judgement": "#c95f6b",
           "Flow Service": "#2fa7b5", "arguments": "#a08b2e", "certificates": "#8a8f98", "other": "#8a8f98"}
# KB, as reflow's design gives them.
OTHERS = {"HTTP": [("coreHTTP with its parser", 22.3), ("llhttp", 17.1), ("picohttpparser", 2.0)],
          "JSON": [("coreJSON", 2.5)]}
NAMES_WIDTH, WIDTH, ROW, BAR = 220, 860, 20, 13
TEXT = "#7d8590"  # legible on white as on black


def page(title, height, parts):
    """A whole drawing, WIDTH wide."""
    head = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-size="12" '
            'font-family="system-ui, sans-serif" fill="%s">' % (WIDTH, height, WIDTH, height, TEXT))
    return "\n".join([head, "<title>%s</title>" % title, *parts, "</svg>"]) + "\n"


def text(x, y, words, anchor="start", weight="normal"):
    return '<text x="%d" y="%d" text-anchor="%s" font-weight="%s">%s</text>' % (x, y, anchor, weight, words)


def bars(y, rows, most):
    """[(name, bytes, colour, words)] from y on."""
    for name, size, colour, words in rows:
        long = max(1, round(size * (WIDTH - NAMES_WIDTH - 190) / most))
        yield text(NAMES_WIDTH - 8, y + BAR - 2, name, "end")
        yield '<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="%s"/>' % (NAMES_WIDTH, y, long, BAR, colour)
        yield text(NAMES_WIDTH + long + 6, y + BAR - 2, words)
        y += ROW


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
    second = 40 + len(modules) * ROW + 36
    parts = [text(8, 22, "Flash of the main job, linked, by module: {:,} bytes".format(figures["main"]), weight="bold"),
             *bars(36, modules, max(row[1] for row in modules)),
             text(8, second, "What reads HTTP and JSON, and what others have for it", weight="bold"),
             *bars(second + 14, parsers, max(row[1] for row in parsers))]
    return page("Flash on a Cortex-M4, gcc -Os, bytes", second + 14 + len(parsers) * ROW + 8, parts)
