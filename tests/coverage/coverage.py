#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Judges what the tests have run of src/: every line, every branch both ways, in the pure modules MC/DC as well.

coverage.py PROFILES PROGRAM...    PROFILES is the folder of what the programs wrote (LLVM's .profraw)

The same source is compiled into several programs; what one of them has run counts for all. What cannot be
reached is excused beside the code, on the line it begins on or the line above:  /* uncovered: the reason */
An excuse that excuses nothing is an error."""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PURE = """answer civil errors flow http_date http_field http_request http_response ims json json_escape json_path
json_stream name outcome pem proxy_except proxy_request retry run_state runs slices text url""".split()
EXCUSE = re.compile(r"/\* uncovered: \S")


class Source:
    """What was run of one file, over all programs."""

    def __init__(self, path):
        self.path = path
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text().splitlines()
        self.lines = {}
        self.branches = collections.defaultdict(lambda: [0, 0])
        self.decisions = {}
        self.excused = set()
        self.failures = []

    def is_pure(self):
        return self.path.parent.name == "src" and self.path.stem in PURE

    def is_excused(self, line):
        for number in (line, line - 1):
            if number > 0 and EXCUSE.search(self.text[number - 1]):
                self.excused.add(number)
                return True
        return False

    def code(self, place):
        """What the source says there, on one line."""
        first, start, last, end = place
        parts = self.text[first - 1:last]
        parts[-1] = parts[-1][:end - 1]
        parts[0] = parts[0][start - 1:]
        return " ".join(part.strip() for part in parts)

    def blame(self, line, what):
        if not self.is_excused(line):
            self.failures.append((line, what))

    def judge(self):
        for line, count in sorted(self.lines.items()):
            if count == 0:
                self.blame(line, "never run: " + self.text[line - 1].strip())
        for place, counts in sorted(self.branches.items()):
            for count, value in zip(counts, ("true", "false")):
                if count == 0 and self.lines.get(place[0]) != 0:
                    self.blame(place[0], "never %s: %s" % (value, self.code(place)))
        for place, conditions in sorted(self.decisions.items()):
            for number, shown in enumerate(conditions, 1):
                if not shown:
                    self.blame(place[0], "condition %d never decides alone: %s" % (number, self.code(place)))
        for number, line in enumerate(self.text, 1):
            if EXCUSE.search(line) and number not in self.excused:
                self.failures.append((number, "excuses nothing: " + line.strip()))

    def figures(self):
        ways = [count for pair in self.branches.values() for count in pair]
        shown = [one for conditions in self.decisions.values() for one in conditions]
        return [sum(map(bool, self.lines.values())), len(self.lines), sum(map(bool, ways)), len(ways), sum(shown),
                len(shown), len(self.excused)]


def lines_of(segments):
    """How often each line of code was run: the most that any region on it was. After llvm-cov's own rule."""
    lines, wrapped, index = {}, None, 0
    for line in range(segments[0][0], segments[-1][0] + 1):
        here = []
        while index < len(segments) and segments[index][0] == line:
            here.append(segments[index])
            index += 1
        starts = [one for one in here if one[3] and one[4] and not one[5]]
        if starts or (wrapped and wrapped[3] and not (here and not here[0][3] and here[0][4])):
            counts = [one[2] for one in starts]
            if wrapped and wrapped[3]:
                counts.append(wrapped[2])
            lines[line] = max(counts)
        wrapped = here[-1] if here else wrapped
    return lines


def export(profiles, programs):
    merged = profiles.parent / "all.profdata"
    raw = [str(path) for path in profiles.glob("*.profraw")]
    if not raw:
        sys.exit("coverage.py: the tests have left no profiles in %s" % profiles)
    listed = profiles.parent / "profiles.txt"
    listed.write_text("\n".join(raw))
    # Some are torn: of programs whose disk was made to be full.
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", "-failure-mode=all", "-f", listed, "-o", merged],
                   stderr=subprocess.DEVNULL, check=True)
    objects = [word for program in programs[1:] for word in ("-object", program)]
    told = subprocess.run(["llvm-cov-19", "export", "-instr-profile", merged, programs[0], *objects,
                           "--skip-expansions"], stdout=subprocess.PIPE, check=True).stdout
    return json.loads(told)["data"][0]


def read(data):
    sources = {}
    for file in data["files"]:
        path = pathlib.Path(file["filename"]).resolve()
        if ROOT / "src" in path.parents and file["segments"]:
            source = sources[str(path)] = Source(path)
            source.lines = lines_of(file["segments"])
    for function in data["functions"]:
        source = sources.get(os.path.realpath(function["filenames"][0]))
        for branch in function["branches"] if source else []:
            if branch[6] == 0:  # not inside of a macro: a test may have put one in a function's place
                counts = source.branches[tuple(branch[:4])]
                counts[0] += branch[4]
                counts[1] += branch[5]
        for record in function["mcdc_records"] if source and source.is_pure() else []:
            place, shown = tuple(record[:4]), record[-1]
            before = source.decisions.get(place, [False] * len(shown))
            source.decisions[place] = [one or other for one, other in zip(before, shown)]
    return sorted(sources.values(), key=lambda source: (len(source.path.parts), source.name))


def show(name, figures):
    cells = ["%d/%d" % (figures[at], figures[at + 1]) for at in (0, 2, 4)]
    print("%-32s %12s %12s %12s %8s" % (name, *cells, figures[6] or ""))


def main():
    profiles, programs = pathlib.Path(sys.argv[1]), sys.argv[2:]
    sources = read(export(profiles, programs))
    present = {str(path.relative_to(ROOT)) for path in (ROOT / "src").rglob("*.c")}
    missing = sorted(present - {source.name for source in sources})
    print("%-32s %12s %12s %12s %8s" % ("", "lines", "branches", "MC/DC", "excused"))
    for source in sources:
        source.judge()
        show(source.name, source.figures())
    total = [sum(column) for column in zip(*(source.figures() for source in sources))]
    show("all", total)
    failures = [(source.name, line, what) for source in sources for line, what in source.failures]
    for name, line, what in failures:
        print("%s:%d: %s" % (name, line, what))
    for name in missing:
        print("%s: is in no program" % name)
    if failures or missing:
        sys.exit("coverage.py: %d places are not covered" % (len(failures) + len(missing)))
    print("100 %% of %d lines and %d branches; MC/DC of %d pure modules; %d places excused beside the code"
          % (total[1], total[3] // 2, len(PURE), total[6]))


if __name__ == "__main__":
    main()
