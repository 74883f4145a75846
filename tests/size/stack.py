# SPDX-License-Identifier: MIT
# The deepest stack of reflow's own functions, by the compiler's figures for each and who calls whom.
"""Frames of mbedTLS, the port, the application's callbacks and the C library count nothing: they are not reflow's.
Calls that end a function (tail calls) are counted as if its frame still stood: the figure is a bound. Where a call goes
through a pointer calls.txt says whom it can reach; what it does not say is an error, as is a function that nobody
reaches, a frame that is not known at compile time, and recursion."""

import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "[^"]*?\\n(\d+) bytes \((\w+)[^"]*"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "([^"]*)")?')


class Graph:
    def __init__(self, folder, root):
        self.root = root
        self.frames, self.calls, self.module, self.lines = {}, {}, {}, {}
        self.pointers = self.table(HERE / "calls.txt")
        self.used = set()
        files = sorted(pathlib.Path(folder).glob("*.ci"))
        for file in files:
            self.read_nodes(file)
        self.plain = {}
        for title in self.frames:
            self.plain.setdefault(self.short(title), []).append(title)
        for file in files:
            for source, target, place in EDGE.findall(file.read_text()):
                self.calls.setdefault(source, set()).update(self.targets(target, place))

    @staticmethod
    def table(path):
        rows = [line.split("#")[0].partition("=") for line in path.read_text().splitlines()]
        return {name.strip(): targets.split() for name, _, targets in rows if name.strip()}

    def read_nodes(self, file):
        for title, size, kind in NODE.findall(file.read_text()):
            if kind != "static":
                raise SystemExit("%s: the stack of %s is not known at compile time" % (file.name, title))
            self.frames[title] = int(size)
            self.module[title] = file.stem

    @staticmethod
    def short(title):
        """src/runs.c:filter.part.0 -> filter"""
        return re.sub(r"(\.(part|constprop|isra|cold)|\.\d+)*$", "", title.split(":")[-1])

    def named(self, name):
        """Titles of a function of calls.txt: NAME, or module:NAME where several have it."""
        module, _, plain = name.rpartition(":")
        found = [title for title in self.plain.get(plain, []) if module in ("", self.module[title])]
        if len(found) != 1:
            raise SystemExit("calls.txt: %s is %s" % (name, "no function" if not found else "several: say module:name"))
        return found

    def targets(self, target, place):
        key = target
        if target == "__indirect_call":
            key = self.pointer(place)
            here = "%s:%s" % (pathlib.Path(place.split(":")[0]).stem, key)
            key = here if here in self.pointers else key
        if key in self.pointers:
            self.used.add(key)
            return [title for name in self.pointers[key] for title in self.named(name)]
        if target == "__indirect_call":
            raise SystemExit("%s: whom can %s reach? Say so in tests/size/calls.txt" % (place, key))
        return [target] if target in self.frames else []

    def pointer(self, place):
        """The last two names of the expression that is called: "operation.write", "allowed"."""
        file, line, column = place.split(":")
        if file not in self.lines:
            self.lines[file] = (self.root / file).read_text().splitlines()
        text = self.lines[file][int(line) - 1][int(column) - 1:]
        return ".".join(re.split(r"->|\.", re.match(r"[\w.>-]+(?=\()", text)[0])[-2:])

    def deepest(self, start, modules, above=()):
        """(bytes, [titles]) of the deepest chain from a function within these modules. There is no recursion."""
        if start in above:
            raise SystemExit("recursion: " + " > ".join(map(self.short, [*above, start])))
        chains = [self.deepest(callee, modules, (*above, start)) for callee in sorted(self.calls.get(start, ()))
                  if self.module[callee] in modules]
        below, chain = max(chains, default=(0, []))
        return below + self.frames[start], [start, *chain]

    def worst(self, modules):
        """The deepest of all functions that reflow.h declares."""
        text = (self.root / "include/reflow.h").read_text()
        public = [name for name in sorted(set(re.findall(r"\b(reflow_\w+)\(", text)))
                  if name in self.frames and self.module[name] in modules]
        return max(self.deepest(name, modules) for name in public)

    def check(self):
        text = (self.root / "include/reflow.h").read_text()
        reached = {callee for callees in self.calls.values() for callee in callees}
        idle = [title for title in sorted(self.frames)
                if title not in reached and not re.search(r"\b%s\(" % self.short(title), text)]
        if idle:
            raise SystemExit("nobody reaches %s: is it called through a pointer that calls.txt does not know?"
                             % ", ".join(idle))
        unused = sorted(set(self.pointers) - self.used)
        if unused:
            raise SystemExit("tests/size/calls.txt: nobody calls %s" % ", ".join(unused))
