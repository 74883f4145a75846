#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the proofs in this folder: CBMC shows each for all inputs within its bounds, and catches each seeded fault.

    run.py --build BUILD --cbmc FOLDER [--readme] [MODULE | PROOF]...

A proof file is named after the module that it proves, and includes that module's source (#include <url.c>), so that
static functions are in reach. It is linked with the other pure modules. The lines that are read here stand in its
comments; a line goes on in the lines below that begin with at least eight spaces; "\\|" stands for a bar:

    PROOF: prove_NAME | function, function | bounds in words | options of cbmc
        The functions are shown to be reached: each can return within the bounds.
    MUTANT: prove_NAME | exact text of the source | what takes its place | source, if not src/MODULE.c
        A seeded fault, which that proof has to catch: as a property that does not hold.
    REPLACE: prove_NAME | function=stub, function=stub
        Calls of these functions go to stubs, which assume exactly what other proofs show.
    MEANT: function | words of the property | reason
        A wrap, or a conversion that loses, which is meant: the one property that may fail, in any proof.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# The pure modules: every function in them is proven.
MODULES = """answer civil errors flow http_date http_field http_request http_response ims json json_escape json_path
    json_stream name outcome pem proxy_except proxy_request retry run_state runs slices text url""".split()

# What CBMC 6 checks of itself (bounds, pointers, signed overflow, division, shifts, unwinding), and more.
CHECKS = ["--pointer-overflow-check", "--unsigned-overflow-check", "--conversion-check", "--drop-unused-functions",
          "--slice-formula"]
LIMIT = 300  # seconds of processor time for one run of CBMC

Proof = collections.namedtuple("Proof", "file name functions bounds options replaced mutants")
Mutant = collections.namedtuple("Mutant", "source text replacement")
Meant = collections.namedtuple("Meant", "file function words reason")
Verdict = collections.namedtuple("Verdict", "failed held seconds")


class Wrong(Exception):
    """What makes `make prove` fail, in words."""


# ---- Reading proof files ----

def lines_of(file):
    """KEY and fields of each machine-read line."""
    found, closed = [], True
    for line in file.read_text().splitlines():
        begin = re.match(r"\s*/?\*\s*(PROOF|MUTANT|REPLACE|MEANT): (.*?)(\s*\*/)?$", line)
        more = re.match(r"\s*\* {8,}(.*?)(\s*\*/)?$", line)
        if begin:
            found.append([begin[1], begin[2]])
        elif more and found and not closed:
            found[-1][1] += " " + more[1]
        closed = not (begin or more)
    return [(key, [field.strip().replace("\\|", "|") for field in re.split(r"(?<=\s)\|(?=\s|$)", text)])
            for key, text in found]


def words(text):
    return [word for word in re.split(r"[,\s]+", text) if word]


def read(file):
    """The proofs of one file, and the properties that may fail."""
    proofs, meant = {}, []
    for key, fields in lines_of(file):
        try:
            if key == "PROOF":
                name, functions, bounds, options = fields
                proofs[name] = Proof(file, name, words(functions), bounds, options.split(), [], [])
            elif key == "MUTANT":
                name, text, replacement, *source = fields
                proofs[name].mutants.append(Mutant(source[0] if source else "src/%s" % file.name, text, replacement))
            elif key == "REPLACE":
                name, pairs = fields
                proofs[name].replaced.extend(words(pairs))
            else:
                meant.append(Meant(file, *fields))
        except (KeyError, TypeError, ValueError) as error:
            raise Wrong("%s: %s: %s cannot be read (%s)" % (file.name, key, " | ".join(fields), error))
    return list(proofs.values()), meant


def sources_in(file):
    """The modules whose sources the proof file includes."""
    quoted = re.search(r'^#include "\w+\.c"', file.read_text(), re.MULTILINE)
    if quoted:
        raise Wrong("%s: %s would find the file itself: write it with <>" % (file.name, quoted[0]))
    return re.findall(r"^#include <(\w+)\.c>", file.read_text(), re.MULTILINE)


# ---- CBMC ----

class Tools:
    def __init__(self, programs, build):
        self.programs = programs
        self.build = build
        self.work = build / "proofs"
        self.work.mkdir(parents=True, exist_ok=True)
        self.objects = {}

    def run(self, program, *arguments):
        """The exit status, the output and the seconds of processor time."""
        command = ["prlimit", "--cpu=%d" % LIMIT, self.programs / program, *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
        output = process.stdout.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            raise Wrong("no answer within %d s" % LIMIT)
        return process.returncode, output, usage.ru_utime + usage.ru_stime

    def must(self, program, *arguments):
        status, output, _ = self.run(program, *arguments)
        if status != 0:
            raise Wrong("%s ended with %d:\n%s" % (program, status, output))
        return output

    def compile(self, source, output, first=()):
        folders = [*first, "src", "include", "tests/proofs", self.build / "jsmn"]
        self.must("goto-cc", "-std=c99", *("-I%s" % folder for folder in folders), "-c", source, "-o", output)
        return output

    def compile_modules(self):
        for module in MODULES:
            self.objects[module] = self.compile("src/%s.c" % module, self.work / ("%s.gb" % module))

    def defined(self, module):
        """The functions with a body in a module's source."""
        listed = self.must("goto-instrument", "--list-goto-functions", self.objects[module])
        return [name for name, about in re.findall(r"^(\w+) /\* (.*) \*/$", listed, re.MULTILINE)
                if "body not available" not in about and not name.startswith("__CPROVER")]

    def link(self, proof, name, mutated=None):
        """The program whose main function is the proof, with a mutated source before the true ones."""
        folder = self.work / name
        folder.mkdir(exist_ok=True)
        included = sources_in(proof.file)
        first, objects = [], {m: o for m, o in self.objects.items() if m not in included}
        if mutated:
            (folder / mutated.name).write_text(mutated.text)
            first = [folder]
            if mutated.module in objects:
                objects[mutated.module] = self.compile(folder / mutated.name, folder / "mutated.gb", first)
        own = self.compile(proof.file, folder / "proof.gb", first)
        program = folder / "program.gb"
        self.must("goto-cc", "--function", proof.name, own, *objects.values(), "-o", program)
        if proof.replaced:  # without the unused ones: CBMC 6.6 stumbles over text.c's pointer to memset otherwise
            calls = [word for pair in proof.replaced for word in ("--replace-calls", pair.replace("=", ":"))]
            self.must("goto-instrument", "--drop-unused-functions", *calls, program, program)
        return program

    def check(self, program, *options):
        """Which properties fail, as (function, description)."""
        status, output, seconds = self.run("cbmc", program, *options)
        found = re.findall(r"^\[([\w$]+)\.\S+\] (?:line \d+ )?(.*): (SUCCESS|FAILURE)$", output, re.MULTILINE)
        failed = [(function, about) for function, about, result in found if result == "FAILURE"]
        failed += re.findall(r"^Violated property:\n  .*function ([\w$]+) line .*\n  (.*)", output, re.MULTILINE)
        if status not in (0, 10) or bool(failed) != (status == 10):
            raise Wrong("cbmc ended with %d:\n%s" % (status, output[:800]))
        return Verdict(failed, len(found) - len(failed), seconds)


# ---- The three things that are asked of a proof ----

def excused(meant, failure):
    function, about = failure
    return [m for m in meant if m.function == function.split("$")[0] and m.words in about]


def holds(tools, proof, meant):
    """All properties hold but those that are meant to fail, which are noted as used."""
    verdict = tools.check(tools.link(proof, proof.name), *CHECKS, *proof.options)
    broken = ["%s: %s" % failure for failure in verdict.failed if not excused(meant, failure)]
    if broken:
        raise Wrong("does not hold: %s" % "; ".join(broken[:9]))
    return verdict, [m for failure in verdict.failed for m in excused(meant, failure)]


def reaches(tools, proof):
    """Each function that is named can return: an assertion of the impossible at its end fails."""
    program = tools.link(proof, proof.name + ".reach")
    names = [proof.name, *proof.functions]
    for name in names:
        tools.must("goto-instrument", "--insert-final-assert-false", name, program, program)
    shown = tools.must("cbmc", program, "--show-properties", "--no-standard-checks", "--drop-unused-functions")
    ends = re.findall(r"^Property (\S+):\n.*\n\s*insert-final-assert-false", shown, re.MULTILINE)
    options = [option for option in proof.options if not option.endswith("-check")]
    verdict = tools.check(program, "--no-standard-checks", "--no-unwinding-assertions", "--drop-unused-functions",
                          "--slice-formula", *options, *(word for end in ends for word in ("--property", end)))
    missing = set(names) - {function for function, about in verdict.failed}
    if missing:
        raise Wrong("names what it does not reach: %s" % ", ".join(sorted(missing)))


def mutate(mutant):
    """The source with its seeded fault; white space in the text stands for any."""
    source = ROOT / mutant.source
    pattern = r"\s+".join(re.escape(word) for word in mutant.text.split())
    text, count = re.subn(pattern, lambda found: mutant.replacement, source.read_text())
    if count != 1:
        raise Wrong("mutant: %s has %d times: %s" % (mutant.source, count, mutant.text))
    return collections.namedtuple("Mutated", "name module text")(source.name, source.stem, text)


def catches(tools, proof, number, meant):
    mutant = proof.mutants[number]
    program = tools.link(proof, "%s.mutant%d" % (proof.name, number), mutate(mutant))
    failed = tools.check(program, *CHECKS, *proof.options, "--stop-on-fail").failed
    if failed and excused(meant, failed[0]):
        failed = tools.check(program, *CHECKS, *proof.options).failed
    if all(excused(meant, failure) for failure in failed):
        raise Wrong("does not catch: %s -> %s" % (mutant.text, mutant.replacement))


# ---- All of them ----

def complete(tools, files, proofs):
    """Says of each function in a module whether a proof names it; each module needs a seeded fault, too."""
    wrong = []
    for module in MODULES:
        including = [file for file in files if module in sources_in(file)]
        named = {function for proof in proofs if proof.file in including for function in proof.functions}
        wrong += ["%s: no proof names %s" % (module, f) for f in tools.defined(module) if f not in named]
        if not any(m.source == "src/%s.c" % module for p in proofs for m in p.mutants):
            wrong.append("%s: no mutant" % module)
    return wrong


def row(tools, file, proofs, seconds):
    known = {function for module in sources_in(file) for function in tools.defined(module)}
    functions = known & {function for proof in proofs for function in proof.functions}
    return (file.stem, len(functions), len(proofs), sum(len(p.mutants) for p in proofs),
            "; ".join(dict.fromkeys(p.bounds for p in proofs)), round(sum(seconds[p.name] for p in proofs)))


def table(rows):
    lines = ["| module | functions | proofs | mutants caught | bounds | seconds |",
             "| --- | --: | --: | --: | --- | --: |"]
    lines += ["| %s | %d | %d | %d | %s | %d |" % r for r in rows]
    totals = [sum(r[i] for r in rows) for i in (1, 2, 3, 5)]
    return "\n".join(lines + ["| **all** | %d | %d | %d | | %d |" % tuple(totals)]) + "\n", totals


def compare(text):
    """README.md has the same table; seconds are this machine's."""
    part = (ROOT / "README.md").read_text().split("<!-- proofs -->\n")[1].split("<!-- /proofs -->")[0]
    if [line.rsplit("|", 2)[0] for line in part.splitlines()] != [line.rsplit("|", 2)[0] for line in text.splitlines()]:
        raise Wrong("README.md's table of proofs is old: run make prove-figures")


def prove(tools, proofs, meant, jobs):
    """Runs everything, two at a time; returns what is wrong, seconds by proof, properties, and what MEANT was used."""
    wrong, seconds, properties, used = [], {}, 0, []
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        started = [(proof, pool.submit(holds, tools, proof, meant),
                    [pool.submit(reaches, tools, proof)] +
                    [pool.submit(catches, tools, proof, n, meant) for n in range(len(proof.mutants))])
                   for proof in proofs]
        for proof, main, others in started:
            before = len(wrong)
            for task in [main, *others]:
                if task.exception():
                    if not isinstance(task.exception(), Wrong):
                        raise task.exception()
                    wrong.append("%s: %s: %s" % (proof.file.stem, proof.name, task.exception()))
                    print(wrong[-1], flush=True)
            if not main.exception():
                verdict, met = main.result()
                seconds[proof.name], properties, used = verdict.seconds, properties + verdict.held, used + met
                print("  %-40s %5d properties %6.1f s, %d mutants%s" % (
                    proof.name, verdict.held, verdict.seconds, len(proof.mutants),
                    " caught" if len(wrong) == before else ": NOT all is well"), flush=True)
    return wrong, seconds, properties, used


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cbmc", type=pathlib.Path, required=True, help="folder of cbmc, goto-cc, goto-instrument")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--readme", action="store_true", help="compare README.md's table as well")
    parser.add_argument("only", nargs="*")
    arguments = parser.parse_args()
    begun = time.monotonic()
    tools = Tools(arguments.cbmc.resolve(), arguments.build.resolve())
    tools.compile_modules()
    files = sorted(HERE.glob("*.c"))
    proofs, meant = [], []
    for file in files:
        more, these = read(file)
        proofs, meant = proofs + more, meant + these
    chosen = [p for p in proofs if not arguments.only or {p.name, p.file.stem} & set(arguments.only)]
    if not chosen:
        raise Wrong("no such proof: %s" % " ".join(arguments.only))
    wrong = complete(tools, files, proofs)
    if arguments.only:
        wrong = [w for w in wrong if w.split(":")[0] in arguments.only]
    for line in wrong:
        print(line, flush=True)
    failed, seconds, properties, used = prove(tools, chosen, meant, arguments.jobs)
    wrong += failed
    if wrong:
        raise Wrong("%d things are wrong:\n%s" % (len(wrong), "\n".join(wrong)))
    stale = [m for m in meant if m.file.stem in {p.file.stem for p in chosen} and m not in used]
    if stale and not set(arguments.only) & {p.name for p in chosen}:
        raise Wrong("\n".join("MEANT: %s | %s: nothing fails there" % (m.function, m.words) for m in stale))
    by_file = [(file, [p for p in chosen if p.file == file]) for file in files]
    text, totals = table([row(tools, file, these, seconds) for file, these in by_file if these])
    print(text, end="")
    if not arguments.only:
        (tools.build / "proofs.md").write_text(text)
        if arguments.readme:
            compare(text)
        (tools.build / "verify").mkdir(exist_ok=True)
        (tools.build / "verify" / "prove.txt").write_text(
            "%d functions, %d proofs, %d properties, %d mutants caught, %d s\n" % (
                *totals[:2], properties, totals[2], time.monotonic() - begun))


try:
    main()
except Wrong as error:
    sys.exit("run.py: %s" % error)
