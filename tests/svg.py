# SPDX-License-Identifier: MIT
# What the charts in README are drawn with: words, bars, lines and a frame around them, as SVG.

TEXT = "#7d8590"  # legible on white as on black
ROW, BAR = 20, 13


def text(x, y, words, anchor="start", weight="normal"):
    return '<text x="%d" y="%d" text-anchor="%s" font-weight="%s">%s</text>' % (x, y, anchor, weight, words)


def bars(x, y, width, rows, most):
    """[(name, value, colour, words)] from y on; a bar of the value `most` is `width` long, names end before x."""
    for name, value, colour, words in rows:
        long = max(1, round(value * width / most))
        yield text(x - 8, y + BAR - 2, name, "end")
        yield '<rect x="%d" y="%d" width="%d" height="%d" rx="2" fill="%s"/>' % (x, y, long, BAR, colour)
        yield text(x + long + 6, y + BAR - 2, words)
        y += ROW


def line(points, colour=TEXT, width=1.0, dashes="none"):
    return '<polyline points="%s" fill="none" stroke="%s" stroke-width="%g" stroke-dasharray="%s"/>' % (
        " ".join("%.1f,%.1f" % point for point in points), colour, width, dashes)


def dots(points, colour):
    return "".join('<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>' % (*point, colour) for point in points)


def page(width, height, title, parts):
    head = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-size="12" '
            'font-family="system-ui, sans-serif" fill="%s">' % (width, height, width, height, TEXT))
    return "\n".join([head, "<title>%s</title>" % title, *parts, "</svg>"]) + "\n"
