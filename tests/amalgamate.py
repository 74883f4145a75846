#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Writes the library as one file: `make amalgamation`.
#
#   amalgamate.py FOLDER    writes FOLDER/reflow.c and FOLDER/reflow.h
#
# Sources follow each other as their headers include each other, lower layers first. What a source has for itself
# (static functions and objects, constants, structures) and another file has a word like gets its source's name in
# front, and its macros end where it ends: within one file C has no other room.

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SRC, INCLUDE = ROOT / "src", ROOT / "include"
LOCAL = re.compile(r'^#[ \t]*include[ \t]+"([^"]+)"[ \t]*(/\*.*\*/)?\n', re.MULTILINE)
DEFINE = re.compile(r"^#[ \t]*define[ \t]+(\w+)", re.MULTILINE)
# What is no word of C's: comments, strings, characters, lines for the preprocessor; then words, then all else.
TOKEN = re.compile(r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')"""
                   r"""|(?P<word>[A-Za-z_]\w*)|(?P<number>\.?[0-9](?:[\w.]|[eEpP][+-])*)|(?P<other>.)""", re.DOTALL)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*$", re.MULTILINE)
WELCOME = """/* SPDX-License-Identifier: MIT */
/* %s
 *
 * Made by `make amalgamation` from the sources of reflow %s; change those. */
"""


def tokens(text):
    return [(match.lastgroup, match.group()) for match in TOKEN.finditer(text)]


def words(text):
    return {word for kind, word in tokens(text) if kind == "word"}


def own_names(text):
    """What a source defines for itself outside of functions: static names, tags and constants, macros apart."""
    names, depth, statement = set(), 0, []
    for kind, token in tokens(DIRECTIVE.sub("", text)):
        if kind == "comment" or token.isspace():
            continue
        depth -= token == "}"
        if depth == 0:
            names |= named_by(statement, token)
            statement = [] if token == ";" or token == "}" and is_function(statement) else statement + [token]
        elif depth == 1 and is_enum(statement) and kind == "word" and before in ("{", ","):
            names.add(token)
        depth += token == "{"
        before = token
    return names


def is_function(statement):
    return "(" in statement and "=" not in statement


def is_enum(statement):
    return statement[0] == "enum" and "(" not in statement


def named_by(statement, end):
    """The name that a declaration gives, of which `statement` has been read and `end` follows."""
    if end == "{" and len(statement) == 2 and statement[0] in ("struct", "enum", "union"):
        return {statement[1]}
    if end not in ("(", "=", ";", "[") or statement[:1] != ["static"] or {"(", "=", "["} & set(statement):
        return set()
    return {statement[-1]}


def renamed(text, names, prefix):
    """Members keep their names: they follow a point or an arrow."""
    pieces, before = [], ("", "")
    for kind, token in tokens(text):
        if kind == "word" and token in names and before[1] not in (".", "->"):
            token = prefix + token
        pieces.append(token)
        if kind != "comment" and not token.isspace():
            before = (kind, "->" if before[1] == "-" and token == ">" else token)
    return "".join(pieces)


class Library:
    def __init__(self):
        self.headers = {path.name: path.read_text() for path in [*SRC.glob("*.h"), *INCLUDE.glob("*.h")]}
        self.sources = {path.name: path.read_text() for path in sorted(SRC.glob("*.c"))}
        self.words = {name: words(text) for name, text in [*self.headers.items(), *self.sources.items()]}

    def in_order(self):
        """Sources, each after those whose headers it includes."""
        order = []

        def visit(name):
            if name in order or name in waiting:
                return
            waiting.append(name)
            for below in self.below(self.sources[name]):
                visit(below)
            waiting.remove(name)
            order.append(name)
        waiting = []
        for name in self.sources:
            visit(name)
        return order

    def below(self, text):
        for header, _ in LOCAL.findall(text):
            source = header[:-2] + ".c"
            if source in self.sources:
                yield source

    def source(self, name, seen):
        """A source with the headers that are not there yet before it."""
        text = self.sources[name]
        others = set().union(*(found for other, found in self.words.items() if other != name))
        text = renamed(text, own_names(text) & others, name[:-2] + "_")
        macros = list(dict.fromkeys(DEFINE.findall(self.sources[name])))
        ended = "".join("#undef %s\n" % macro for macro in macros if "#undef " + macro not in self.sources[name])
        return self.with_headers(name, text, seen) + ("\n" + ended if ended else "")

    def with_headers(self, name, text, seen):
        before = []
        for header, _ in LOCAL.findall(text):
            if header not in seen:
                seen.add(header)
                before.append(self.with_headers(header, self.headers[header], seen))
        line = "/* ==== %s " % name
        title = "\n" + line + "=" * (97 - len(line)) + " */\n\n"
        return "".join(before) + title + LOCAL.sub("", text.replace("/* SPDX-License-Identifier: MIT */\n", ""))

    def one_source(self):
        seen = {"reflow.h", "reflow_config.h"}
        body = "".join(self.source(name, seen) for name in self.in_order())
        return self.welcome("reflow as one file: compile it with mbedTLS's headers and jsmn.h on the include path.") + \
            '#include "reflow.h"\n' + body

    def one_header(self):
        """reflow.h with the sizes in it, which may still be given from outside."""
        text = self.headers["reflow.h"]
        config = self.headers["reflow_config.h"].replace("/* SPDX-License-Identifier: MIT */\n", "")
        text = re.sub(r'^#include "reflow_config.h".*\n', lambda _: config, text, flags=re.MULTILINE)
        return self.welcome("reflow.h, with the sizes of reflow_config.h in it.") + \
            text.replace("/* SPDX-License-Identifier: MIT */\n", "")

    def welcome(self, text):
        version = re.search(r'REFLOW_VERSION[A-Z_]* "([^"]+)"', self.headers["reflow.h"])
        return WELCOME % (text, version.group(1) if version else "")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: amalgamate.py FOLDER")
    folder, library = pathlib.Path(sys.argv[1]), Library()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reflow.c").write_text(library.one_source())
    (folder / "reflow.h").write_text(library.one_header())


if __name__ == "__main__":
    main()
