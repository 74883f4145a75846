#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Gives the same answers to our reader and to Python's http.client, the same texts to our JSON reader and to Python's
# json, and wants every difference explained by a rule.   compare.py BUILD [PROGRAM]

import collections
import http.client
import io
import json
import pathlib
import struct
import subprocess
import sys
import time

import generate
import rules

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = HERE.parent / "corpus"
SEED = 1
ANSWERS = 40000
TEXTS = 40000
SAME, REFUSED = "read alike by both", "refused by both"


def corpora(build, *names):
    """The texts of those fuzz corpora, without the line that says how they are cut."""
    for name in names:
        for folder in (CORPUS / name, build / "fuzz" / "corpus" / name):
            for file in sorted(folder.glob("*")):
                yield file.read_bytes().partition(b"\n")[2][:60000]


def ask(program, questions):
    """What our readers say of (kind, bytes), in order."""
    asked = b"".join(kind.encode() + struct.pack("<I", len(data)) + data for kind, data in questions)
    done = subprocess.run([program], input=asked, stdout=subprocess.PIPE, check=True)
    said, at = [], 0
    while at < len(done.stdout):
        length, = struct.unpack_from("<I", done.stdout, at)
        said.append(done.stdout[at + 4:at + 4 + length])
        at += 4 + length
    assert len(said) == len(questions)
    return said


# ---- HTTP ----

class Connection(io.BytesIO):
    """What http.client takes for a socket; knows how far it was read."""
    def makefile(self, _mode):
        return self

    def close(self):
        self.taken = self.tell() if not self.closed else self.taken
        super().close()


def read_by_python(data):
    """(status, content, how many bytes were taken), or why not."""
    connection = Connection(data)
    try:
        answer = http.client.HTTPResponse(connection, method="POST")
        answer.begin()
        content = answer.read()
        answer.close()
        return answer.status, content, connection.taken
    except (http.client.HTTPException, ValueError, OverflowError) as error:
        return type(error).__name__


def read_by_us(said):
    if not said.startswith(b"whole "):
        return said.decode()
    head, _, content = said.partition(b"\n")
    _, status, taken = head.split(b" ")
    return int(status), content, int(taken)


def compare_answer(data, ours, python):
    """SAME, REFUSED, the rule that explains the difference, or None. What breaks a rule must be refused by us, whatever
    Python says."""
    broken = rules.broken_by_answer(data)
    if isinstance(ours, str) != (broken is not None):
        return None
    if broken is not None:
        return REFUSED if isinstance(python, str) else broken
    if ours == python:
        return SAME
    return rules.python_differs(data)


# ---- JSON ----

def loads(data):
    """(the value with members as pairs, whether NaN or Infinity occur), or None."""
    odd = []

    def constant(word):
        odd.append(word)
        return 0

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=rules.Members, parse_constant=constant), bool(odd)
    except ValueError:
        return None


def slices_of(said):
    error, _, rest = said.partition(b"\n")
    slices = []
    while rest:
        head, _, rest = rest.partition(b"\n")
        path, length = map(int, head.split(b" "))
        slices.append((path, rest[:length]))
        rest = rest[length:]
    return error.decode(), slices


def compare_text(data, said, python):
    error, slices = slices_of(said)
    broken = rules.broken_by_text(data, python)
    if broken == rules.TOO_MANY:
        return broken if error == "json_too_large" else None
    if (error == "") != (broken is None and python is not None):
        return None
    if error == "":
        wanted = [(path, found) for path, found in rules.wanted(python[0])]
        ours = [(path, loads(raw)[0]) for path, raw in slices]
        return SAME if ours == wanted else None
    return REFUSED if python is None else broken


def compare_string(data, said):
    """Only of texts that are JSON: by itself our reader leaves the look at UTF-8 to json_stream."""
    python = loads(data)
    if python is None:
        return REFUSED
    expected = rules.replace_lone(python[0]).encode("utf-8") if isinstance(python[0], str) else None
    blanks = data != data.strip(b" \t\r\n")
    if expected is None or blanks:
        return REFUSED if said == b"no" else None
    if said != b"yes" + expected:
        return None
    return SAME if python[0] == expected.decode() else rules.LONE


def compare_integer(data, said):
    number = int(data) if rules.INTEGER.fullmatch(data) and -2**63 <= int(data) < 2**63 else None
    if said != (b"no" if number is None else b"yes%d" % number):
        return None
    return REFUSED if number is None else SAME


# ---- The whole ----

def run(program, what, questions, compare):
    said = ask(program, questions)
    counts = collections.Counter()
    bugs = []
    for (_, data), ours in zip(questions, said):
        rule = compare(data, ours)
        counts[rule] += 1
        if rule is None:
            bugs.append((data, ours))
    different = len(questions) - counts[SAME] - counts[REFUSED] - len(bugs)
    print("%-12s  %6d inputs  %6d %s  %6d %s  %6d explained  %4d NOT EXPLAINED" % (
        what, len(questions), counts[SAME], SAME, counts[REFUSED], REFUSED, different, len(bugs)))
    for rule, count in sorted((rule, count) for rule, count in counts.items() if rule not in (SAME, REFUSED, None)):
        print("    %6d  %s" % (count, rule))
    for data, ours in bugs[:10]:
        print("    %r\n        we say %r" % (data[:600], ours[:200]))
    return len(questions), different, len(bugs)


def main(build, program=None):
    sys.set_int_max_str_digits(0)
    build = pathlib.Path(build).resolve()
    asked = program or str(build / "fuzz" / "verdicts")
    begun = time.monotonic()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answers = [*corpora(build, "response"), *(head + data for data in corpora(build, "chunks")),
               *generate.inputs("h", SEED, ANSWERS)]
    texts = [*corpora(build, "json", "json_stream"), *generate.inputs("j", SEED, TEXTS)]
    numbers = [text for text in texts if len(text) < 40]
    totals = [run(asked, "http", [("h", data) for data in answers],
                  lambda data, said: compare_answer(data, read_by_us(said), read_by_python(data))),
              run(asked, "json", [("j", data) for data in texts],
                  lambda data, said: compare_text(data, said, loads(data))),
              run(asked, "json string", [("s", data) for data in texts], compare_string),
              run(asked, "json integer", [("i", data) for data in numbers], compare_integer)]
    inputs, different, bugs = map(sum, zip(*totals))
    summary = "%d inputs, %d differences explained by a rule, %d not, %.0f s" % (
        inputs, different, bugs, time.monotonic() - begun)
    print(summary)
    if bugs == 0 and program is None:
        (build / "verify").mkdir(exist_ok=True)
        (build / "verify" / "fuzz-differential.txt").write_text(summary + "\n")
    return 0 if bugs == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
