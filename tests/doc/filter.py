#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Doxygen's input filter: turns a header's plain comments into Doxygen's, and prints it.   filter.py HEADER

The headers are written to be read as they are. What their layout says, this says in Doxygen's words: a comment in
front of a declaration, or behind it; one comment for all declarations up to the next blank line; the rule above a
section begins a module; what is indented is a table or a drawing; what is private is left out."""
import pathlib
import re
import sys

STORAGE = re.compile(r"/\* ---- Storage: private.*?(?=#ifdef __cplusplus)", re.DOTALL)
PRIVATE_MEMBERS = re.compile(r"(members are private\. \*/\s*struct \w+ )\{.*?^\};", re.DOTALL | re.MULTILINE)
PORTS_STATES = re.compile(r"/\*[^/]*\*/\nenum reflow_\w+_state \{.*?^\};", re.DOTALL | re.MULTILINE)
PRIVATE_REST = re.compile(r"^\s*/\* Private\. \*/.*?(?=^\};)", re.DOTALL | re.MULTILINE)
SECTION = re.compile(r"---- (.*?) -+$")
ERROR = re.compile(r'X\((\w+), \w+, (\w+), (\w+), ([01]), \d, "(.*?)", "(.*?)"\)')
ERRORS = re.compile(r"(?<=enum reflow_error \{\n).*?(?=^\};)", re.DOTALL | re.MULTILINE)


def escaped(text):
    """Without commands and markup, and with no end of a sentence where a full stop stands alone; what stands in
    backquotes is code as it is."""
    text = re.sub(r"`[^`]*`|[@\\<>#&]", lambda match: match[0] if len(match[0]) > 1 else "\\" + match[0], text)
    return text.replace(" . ", " .\\ ")


def lines_of(comment):
    """A comment's lines, with the indentation that is meant."""
    first, *others = comment.strip()[2:-2].rstrip().split("\n")
    return [first[1:]] + [re.sub(r"^\s*\* ?", "", line) for line in others]


def block(lines, command=""):
    """A comment in front of what it describes."""
    out, drawn = ["/** " + command], False
    for line in lines:
        if line and line.startswith("  ") != drawn:
            drawn = not drawn
            out.append("@verbatim" if drawn else "@endverbatim")
        out.append(line if drawn else escaped(line))
    return "\n".join(out + ["@endverbatim"] * drawn + ["*/"])


def behind(lines):
    return "/**< %s */" % escaped(" ".join(line.strip() for line in lines))


def error_members(text):
    """The enumerators that the preprocessor makes of the table of errors."""
    members = ["REFLOW_OK, /* all went well */"]
    for name, certain, otherwise, repeat, meaning, advice in ERROR.findall(re.sub(r"\s*\\\n\s*", " ", text)):
        outcome = "REFLOW_" + (certain if certain == otherwise else certain + ", REFLOW_" + otherwise)
        members.append("REFLOW_ERR_%s, /* %s. %s%s. (%s%s) */" % (
            name, meaning, advice[0].upper(), advice[1:], outcome, "; repeated by the client" * (repeat == "1")))
    return "\n".join(members + ["REFLOW_ERROR_COUNT /* how many there are, REFLOW_OK among them */\n"])


class Writer:
    """Knows the module that is open, the comment that holds for what follows, and whether a line goes on another."""

    def __init__(self, path):
        self.path, self.first, self.module, self.holds, self.parens, self.goes_on = path, True, 0, None, 0, False

    def comment(self, lines):
        section = SECTION.match(lines[0])
        if lines[0].startswith("SPDX"):
            return
        if self.first:
            self.first = False
            if self.path.name == "reflow.h":
                print(block(lines, "@mainpage"))
            print(block(lines, "@file\n"))
        elif section:
            self.end_module()
            self.module += 1
            print(block(lines[1:], "@defgroup %s_%d %s\n@{\n" % (self.path.stem, self.module, escaped(section[1]))))
        else:
            self.holds = block(lines)

    def end_module(self):
        if self.module:
            print("/** @} */")

    def code(self, text, own):
        """A line; `own` is the comment behind it."""
        if re.match(r"struct \w+;", text):
            own = ""
        elif self.begins_declaration(text) and self.holds and not own:
            print(self.holds)
        print(text + own)
        self.parens += text.count("(") - text.count(")")
        self.goes_on = self.parens > 0 or text.endswith("\\")
        if not text.strip() or text.endswith("{"):
            self.holds = None

    def begins_declaration(self, text):
        return not self.goes_on and re.match(r"#define|\s*[A-Za-z](?!xtern \"C\")", text)


def main():
    path = pathlib.Path(sys.argv[1])
    text = PRIVATE_REST.sub("", PRIVATE_MEMBERS.sub(r"\1{\n};", STORAGE.sub("", path.read_text())))
    if path.name not in ("reflow.h", "reflow_config.h"):
        text = PORTS_STATES.sub("", text)
    text = ERRORS.sub(lambda match: error_members(text), text)
    writer, lines = Writer(path), iter(text.split("\n"))
    for line in lines:
        before, mark, comment = line.partition("/*")
        while mark and "*/" not in comment:
            comment += "\n" + next(lines)
        if mark and not before.strip():
            writer.comment(lines_of(mark + comment))
        else:
            writer.code(before.rstrip(), behind(lines_of(mark + comment)) if mark else "")
    writer.end_module()


main()
