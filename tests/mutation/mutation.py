#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Breaks src/ in small ways, one at a time, and sees whether the unit tests notice.

mutation.py [--every N] [--seed N] [FILE...]    FILE: src/url.c, ...; without, all that unit tests cover

A mutant that compiles to the same code is none. One that no test kills survives: it needs a new test, or a line in
survivors.txt with the reason why nothing could notice. Such a line that a test has killed is an error as well.
The folder of products, the compiler and its flags come from mutation.mk."""
import argparse
import collections
import concurrent.futures
import hashlib
import math
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MUTATION_BUILD", ""))
CC = shlex.split(os.environ.get("MUTATION_CC", "gcc"))
FLAGS = shlex.split(os.environ.get("MUTATION_FLAGS", ""))
LIBS = shlex.split(os.environ.get("MUTATION_LIBS", ""))
OBJECTS = pathlib.Path(os.environ.get("MUTATION_OBJECTS", ""))  # of the unit tests
SURVIVORS = ROOT / "tests/mutation/survivors.txt"
LONGEST = 30  # seconds of processor time that a test may take: a mutant may loop for ever
longest = {}  # of each test, from what it takes unbroken

# Modules that are tested under another's name. What a module has under its own comes first.
TESTS = {"errors": ["outcome"], "client": ["client", "retrigger"], "states": ["client", "retrigger"],
         "finish": ["client", "retrigger", "tls_proxy"], "proxy": ["tls_proxy"], "blocking": ["retrigger", "client"], "reading": ["client_reading", "runs"],
         "retrigger": ["retrigger", "client", "flow"], "tokens": ["client_tokens", "ims"], "json_path": ["json_path"],
         "json_escape": ["json"], "setup": ["setup", "client"], "flow": ["flow", "retrigger"],
         "answer": ["answer", "client"], "run_state": ["run_state", "runs"], "http_request": ["http_request", "client"],
         "tls_mbedtls": ["tls_faults", "tls"], "tls_mbedtls_setup": ["tls_faults", "tls"],
         "tls_mbedtls_trust": ["tls_faults", "tls"], "tls_mbedtls_resume": ["tls_resume", "tls_faults"],
         "tls_mbedtls_peer": ["tls_peer", "tls_faults"], "tls_mbedtls_version": ["tls_faults", "tls"]}
# Of the tool those that unit tests were written for; the others are tested end to end, which takes too long here.
TOOL = """follow history ids journal journal_index journal_line patience progress run_report shard throttle token_file
token_store when""".split()
# Hundreds of handshakes; and what tries something only where records are short.
LEFT_OUT = {"test_tls_memory", "test_tls_small"}

TOKEN = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*|\w+
    |->|<<=?|>>=?|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&|^]=|\S""", re.X | re.S)
SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+=": "-=",
         "-=": "+=", "++": "--", "--": "++", "<<": ">>", ">>": "<<", "true": "false", "false": "true", "!": ""}
BINARY = {"+": "-", "-": "+", "&": "|", "|": "&", "/": "*", "%": "/"}
STATEMENT = re.compile(r"^ +(?!return|const|static|struct|enum|size_t|char|case|else|goto|break|continue|unsigned"
                       r"|u?int|bool|default|assert)(?:\(void\))?[\w>.\[\]*()-]+(?:\(.*\)| [-+|&*^]?=.*|\+\+|--);$")

Mutant = collections.namedtuple("Mutant", "file line column length word new")


def mutants_of(file):
    text = file.read_text()
    # What the preprocessor reads is left alone.
    text = re.sub(r"^#(?:.*\\\n)*.*$", lambda found: re.sub(r"[^\n]", " ", found.group()), text, flags=re.M)
    starts = [0] + [found.end() for found in re.finditer("\n", text)]
    before = ""
    line = 0
    for found in TOKEN.finditer(text):
        word, at = found.group(), found.start()
        while line + 1 < len(starts) and starts[line + 1] <= at:
            line += 1
        place = line + 1, at - starts[line], len(word)
        operand = re.match(r"[\w)\]]", before[-1:]) and before not in ("return", "case", "sizeof")
        if word in SWAPS:
            yield Mutant(file, *place, word, SWAPS[word])
        elif word in BINARY and operand and not (word in "&-" and before == ")"):
            yield Mutant(file, *place, word, BINARY[word])
        elif word[0].isdigit():
            number = re.match(r"(0[xX][0-9a-fA-F]+|\d+)(.*)", word)
            yield Mutant(file, *place, word, "%d%s" % (int(number[1], 16 if "x" in number[1].lower() else 10) + 1,
                                                       number[2]))
        if not word.startswith("/*"):
            before = word
    for number, words in enumerate(text.splitlines(), 1):
        if STATEMENT.match(words):
            column = len(words) - len(words.lstrip())
            yield Mutant(file, number, column, len(words) - column, words.strip(), ";")


def key(mutant):
    """What survivors.txt knows it by: no number of a line, which changes."""
    line = mutant.file.read_text().splitlines()[mutant.line - 1]
    nth = line[:mutant.column].count(mutant.word) + 1
    return (str(mutant.file.relative_to(ROOT)), line.strip(),
            "%s #%d -> %s" % (mutant.word, nth, mutant.new or "nothing") if mutant.new != ";" else "left out")


def chosen(mutant, every, seed):
    told = "%s %s %d" % (key(mutant), mutant.column, seed)
    return int(hashlib.sha256(told.encode()).hexdigest(), 16) % every == 0


def tests_for(file):
    """(program, source) of the unit tests that show what this file does."""
    sources = sorted((ROOT / "tests/unit").glob("test_*.c"))
    inside = '#include "%s"' % file.relative_to(ROOT / "src")
    # What a module's own tests let pass may still be noticed by those of the whole client.
    names = TESTS.get(file.stem, [file.stem]) + ([] if file.stem.startswith(("tls", "proxy")) else ["client", "runs"])
    if "cli" in file.parts:
        picked = [source for source in sources if inside in source.read_text().splitlines()]
    else:
        picked = [source for name in names for source in sources
                  if source.stem == "test_" + name or source.stem.startswith("test_%s_" % name)]
    return [source for source in dict.fromkeys(picked) if source.stem not in LEFT_OUT]


def run(command, **more):
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          cwd=ROOT, check=False, **more).returncode


def compiled(source, to, folder, optimise="-O0"):
    return run([*CC, "-I", folder / "src", *FLAGS, "-I", "src/cli", optimise, "-w", "-g0", "-c", source,
                "-o", to]) == 0


def code_of(source, folder):
    """What a compiler makes of it, without the names that differ between a file and its copy."""
    made = folder / (source.stem + ".code.o")
    if not compiled(source, made, folder, "-O2"):
        return None
    run(["objcopy", "--strip-all", "--remove-section=.comment", made])
    return made.read_bytes()


def linked(source, mutated, folder, program):
    """The unit test with the mutant: of those that include the module the source is compiled anew."""
    inside = '#include "%s"' % mutated.relative_to(folder / "src") in source.read_text().splitlines()
    objects = [folder / "test.o"] if inside else [OBJECTS / (source.stem + ".o"), folder / "mutant.o"]
    if not compiled(*(source, objects[0]) if inside else (mutated, objects[1]), folder):
        return False
    if source.stem.startswith(("test_client", "test_retrigger")):
        objects.append(OBJECTS / "fake_tls.o")
    tls = ["-lssl", "-lcrypto"] if source.stem.startswith("test_tls") else []
    return run([*CC, "-Wl,--gc-sections", *objects, BUILD / "tests/libhelpers.a", BUILD / "libreflow.a", *LIBS,
                "-lcmocka", *tls, "-o", program]) == 0


def is_killed(source, mutated, folder):
    """Whether this test fails on that mutant."""
    program = folder / source.stem
    if not linked(source, mutated, folder, program):
        sys.exit("mutation.py: %s cannot be built" % source.stem)
    seconds = longest.get(source, LONGEST)
    return run(["prlimit", "--cpu=%d" % seconds, "--core=0", program], timeout=20 * seconds) != 0


def sound(files, pool, scratch):
    """Every unit test passes on what is not broken, or it would kill whatever it is given."""
    checked = {source: file for file in files for source in tests_for(file)}

    def passes(source):
        with tempfile.TemporaryDirectory(dir=scratch) as name:
            folder = pathlib.Path(name)
            copy = folder / checked[source].relative_to(ROOT)
            copy.parent.mkdir(parents=True)
            copy.write_text(checked[source].read_text())
            began = time.monotonic()
            killed = is_killed(source, copy, folder)
            longest[source] = min(LONGEST, math.ceil(3 * (time.monotonic() - began)))
            return not killed
    failed = [source.stem for source, well in zip(checked, pool.map(passes, checked)) if not well]
    if failed:
        sys.exit("mutation.py: fails without a mutation: " + ", ".join(failed))


def judge(mutant, original, scratch):
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = pathlib.Path(name)
        mutated = folder / mutant.file.relative_to(ROOT)
        mutated.parent.mkdir(parents=True)
        lines = mutant.file.read_text().split("\n")
        line = lines[mutant.line - 1]
        lines[mutant.line - 1] = line[:mutant.column] + mutant.new + line[mutant.column + mutant.length:]
        mutated.write_text("\n".join(lines))
        code = code_of(mutated, folder)
        if code in (None, original):
            return "stillborn" if code is None else "the same"
        for source in tests_for(mutant.file):
            try:
                if is_killed(source, mutated, folder):
                    return "killed"
            except subprocess.TimeoutExpired:
                return "killed"
        return "survived"


def listed():
    """survivors.txt: a line each: file | source line | mutation | reason."""
    rows = {}
    for line in SURVIVORS.read_text().splitlines() if SURVIVORS.exists() else []:
        if line.strip() and not line.startswith("#"):
            parts = [part.strip() for part in line.split(" | ")]
            if len(parts) < 4:
                sys.exit("survivors.txt: no reason is given: " + line)
            rows[(parts[0], " | ".join(parts[1:-2]), parts[-2])] = parts[-1]
    return rows


def files_under_test():
    files = sorted((ROOT / "src").glob("*.c")) + [ROOT / "src/cli" / (name + ".c") for name in TOOL]
    without = [file.name for file in files if not tests_for(file)]
    if without:
        sys.exit("mutation.py: there is no unit test of " + ", ".join(without))
    return files


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1, help="one mutant of so many, chosen by its words")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    files = [pathlib.Path(file).resolve() for file in options.files] or files_under_test()
    began = time.monotonic()
    known = listed()
    score = collections.defaultdict(collections.Counter)
    wrong = []
    with tempfile.TemporaryDirectory(dir=BUILD) as name, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        scratch = pathlib.Path(name)
        originals = dict(zip(files, (code_of(file, scratch) for file in files)))
        if None in originals.values():
            sys.exit("mutation.py: without a mutation cannot be compiled: "
                     + ", ".join(file.name for file, code in originals.items() if code is None))
        sound(files, pool, scratch)
        mutants = [mutant for file in files for mutant in mutants_of(file)]
        gone = {row for row in known if ROOT / row[0] in originals} - {key(mutant) for mutant in mutants}
        wrong += ["in survivors.txt, but no mutant: " + " | ".join(row) for row in sorted(gone)]
        print(*wrong, sep="\n", end="\n" if wrong else "")
        work = [(mutant, pool.submit(judge, mutant, originals[mutant.file], scratch)) for mutant in mutants
                if chosen(mutant, options.every, options.seed)]
        for mutant, judged in work:
            end = judged.result()
            excuse = known.get(key(mutant))
            score[mutant.file]["excused" if end == "survived" and excuse else end] += 1
            if (end == "survived") != bool(excuse) and end in ("survived", "killed"):
                wrong.append(("survived: " if not excuse else "in survivors.txt, but killed: ")
                             + " | ".join(key(mutant)) + "   (line %d)" % mutant.line)
                print(wrong[-1], flush=True)
    columns = ("killed", "excused", "survived", "the same", "stillborn")
    print("%-28s" % "" + "".join("%11s" % column for column in columns))
    total = collections.Counter()
    for file, row in sorted(score.items()):
        print("%-28s" % file.relative_to(ROOT) + "".join("%11d" % row[column] for column in columns))
        total.update(row)
    print("%-28s" % "all" + "".join("%11d" % total[column] for column in columns))
    alive = total["killed"] + total["excused"] + total["survived"]
    if not alive:
        sys.exit("mutation.py: no mutant was tried")
    print("%d mutants of %d files: %d killed (%.1f %%), %d survive with a reason; %d s"
          % (alive, len(score), total["killed"], 100 * total["killed"] / alive, total["excused"],
             time.monotonic() - began))
    if wrong:
        sys.exit("mutation.py: %d mutants are not as they should be" % len(wrong))


if __name__ == "__main__":
    main()
