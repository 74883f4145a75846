#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Keeps README's generated parts true.   readme.py PART FILE... puts FILE's text between the marks
"<!-- PART -->" and "<!-- /PART -->" of README.md; with --check it only says whether it is there."""
import pathlib
import sys


def parts(arguments):
    return zip(arguments[::2], arguments[1::2])


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    readme = pathlib.Path(__file__).resolve().parent.parent / "README.md"
    text = old = readme.read_text()
    for part, file in parts(arguments):
        begin, end = f"<!-- {part} -->\n", f"<!-- /{part} -->"
        head, rest = text.split(begin)
        text = head + begin + pathlib.Path(file).read_text().rstrip() + "\n" + end + rest.split(end)[1]
    if "--check" not in sys.argv:
        readme.write_text(text)
    elif text != old:
        sys.exit("README.md is not what its commands print: run make readme")


main()
