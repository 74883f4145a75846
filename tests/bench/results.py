# SPDX-License-Identifier: MIT
# How figures are shown: rows of Markdown for README, JSON for the charts; and what the benchmarks are asked with.

import json
import pathlib

import bench


def arguments(parser):
    parser.add_argument("--program", help="the tool, default build/reflow")
    parser.add_argument("--out", type=pathlib.Path, help="a folder for the table and the chart's figures")


def arguments_beside_curl(parser, rounds):
    arguments(parser)
    parser.add_argument("--static", help="the same tool, linked statically")
    parser.add_argument("--check", action="store_true", help="only what repeats, to be held to ceilings.txt")
    parser.add_argument("--rounds", type=int, default=rounds)


def programs(args):
    """What the tool is called in tables, and where it is. The first is judged."""
    named = {"reflow": bench.program(args.program)}
    return named if args.static is None or args.check else {**named, "reflow, static": bench.program(args.static)}


def row(*cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def beside(value, other=None):
    """A figure, and what it is of another's."""
    if value is None:
        return ""
    return bench.figure(value) + (" (%.2f)" % (value / other) if other else "")


def write(args, name, lines, figures=None):
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / (name + ".md")).write_text("\n".join(lines) + "\n")
        (args.out / (name + ".json")).write_text(json.dumps(figures, indent=1) + "\n")


def show(args, name, lines, figures):
    print("\n".join(lines), flush=True)
    write(args, name, lines, figures)
