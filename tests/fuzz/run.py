#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Runs the fuzz targets and prints one table.   run.py BUILD smoke|fuzz|check [SECONDS [TARGET...]]
#
# smoke   replays all corpora, then fuzzes all targets from the seeds of the repository with a fixed seed of chance;
#         SECONDS in all, two targets at a time
# fuzz    the same from what was found before as well, which is kept in BUILD/fuzz/corpus; SECONDS each
# check   breaks the sources as mutants.txt says; each target must find its fault within SECONDS

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
AT_ONCE = 2
MOST_LENGTH = 4096
DIFFERENTIAL = "differential"
SYMBOLIZER = "/usr/bin/llvm-symbolizer-19"


@dataclasses.dataclass
class Figures:
    target: str
    replayed: int = 0
    executions: int = 0
    a_second: int = 0
    coverage: int = 0
    features: int = 0
    new: int = 0
    crashes: int = 0


def targets():
    return sorted(file.stem.removeprefix("fuzz_") for file in HERE.glob("fuzz_*.c"))


def start(program, target, *options, folders):
    """Runs libFuzzer to its end; answers whether that was a good one, and what it said."""
    crashes = program.parent / "crashes"
    crashes.mkdir(exist_ok=True)
    command = [str(program), "-dict=%s" % (HERE / (target + ".dict")), "-max_len=%d" % MOST_LENGTH, "-timeout=10",
               "-rss_limit_mb=1500", "-print_final_stats=1", "-artifact_prefix=%s/%s-" % (crashes, target), *options,
               *(str(folder) for folder in folders)]
    options = "quarantine_size_mb=16:external_symbolizer_path=" + SYMBOLIZER
    done = subprocess.run(command, env={**os.environ, "ASAN_OPTIONS": options}, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", cwd=ROOT)
    return done.returncode == 0, done.stdout


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def tell_crash(program, said):
    """What went wrong, and how to see it again."""
    telling = re.compile(r"not so|is not|ERROR|runtime error|SUMMARY|^    #\d+ .* %s/(src|tests)/" % ROOT)
    lines = [line for line in said.splitlines() if telling.search(line)]
    print("\n".join(lines[:40]))
    found = re.search(r"Test unit written to (\S+)", said)
    print("replay it:  %s %s\n" % (program, found.group(1) if found else "(no input was kept)"), flush=True)


def fuzz_one(build, target, seconds, folders, *options):
    program = build / "fuzz" / target
    row = Figures(target)
    # Whatever was found in the past must not be found again.
    corpora = [folder for folder in (HERE / "corpus" / target, build / "fuzz" / "corpus" / target) if folder.is_dir()]
    sound, said = start(program, target, "-runs=0", folders=corpora)
    row.replayed = number(r"#(\d+)\s+INITED", said)
    if sound:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        sound, said = start(program, target, "-max_total_time=%d" % seconds, *options, folders=folders)
        row.executions = number(r"stat::number_of_executed_units:\s+(\d+)", said)
        row.a_second = number(r"stat::average_exec_per_sec:\s+(\d+)", said)
        row.coverage, row.features = number(r" cov: (\d+)", said), number(r" ft: (\d+)", said)
        row.new = number(r"stat::new_units_added:\s+(\d+)", said)
    if not sound:
        row.crashes = 1
        tell_crash(program, said)
    return row


def table(rows):
    names = ["target", "replayed", "executions", "a second", "coverage", "features", "new entries", "crashes"]
    lines = [dict(zip(names, dataclasses.astuple(row))) for row in rows]
    width = max(len(row.target) for row in rows)
    text = ["%-*s" % (width, "target") + "".join("  %11s" % name for name in names[1:])]
    for line in lines:
        text.append("%-*s" % (width, line["target"]) + "".join("  %11d" % line[name] for name in names[1:]))
    return "\n".join(text)


def fuzz(build, mode, seconds, names):
    begun = time.monotonic()
    fresh = build / "fuzz" / "smoke"
    shutil.rmtree(fresh, ignore_errors=True)
    if mode == "smoke":
        each = max(1, seconds * AT_ONCE // len(names))
        jobs = [(name, each, [fresh / name, HERE / "corpus" / name], "-seed=1") for name in names]
    else:
        jobs = [(name, seconds, [build / "fuzz" / "corpus" / name, HERE / "corpus" / name]) for name in names]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda job: fuzz_one(build, *job), jobs))
    print(table(rows))
    crashes = sum(row.crashes for row in rows)
    summary = "%d targets, %d inputs replayed, %d executions, %d crashes, %.0f s" % (
        len(rows), sum(row.replayed for row in rows), sum(row.executions for row in rows), crashes,
        time.monotonic() - begun)
    return crashes == 0, summary


# ---- Mutants ----

@dataclasses.dataclass
class Mutant:
    target: str
    file: str
    text: str
    replacement: str
    found: bool = False
    executions: int = 0
    seconds: float = 0
    by: str = ""


def mutants():
    lines = [line for line in (HERE / "mutants.txt").read_text().splitlines() if line and not line.startswith("#")]
    return [Mutant(*(part.strip() for part in line.split(" | "))) for line in lines]


def make_mutant(build, folder, mutant):
    source = (ROOT / mutant.file).read_text()
    assert source.count(mutant.text) == 1, "%s: not once in it: %s" % (mutant.file, mutant.text)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    changed = folder / pathlib.Path(mutant.file).name
    changed.write_text(source.replace(mutant.text, mutant.replacement))
    made, program = folder / "mutant.o", folder / mutant.target
    main = "differential/verdicts" if mutant.target == DIFFERENTIAL else "fuzz_" + mutant.target
    engine = [] if mutant.target == DIFFERENTIAL else ["-fsanitize=fuzzer"]
    compiler, linker = (shlex.split(os.environ[name]) for name in ("FUZZ_COMPILE", "FUZZ_LINK"))
    subprocess.run([*compiler, "-w", "-c", str(changed), "-o", str(made)], check=True, cwd=ROOT)
    subprocess.run([*linker, *engine, str(made), str(build / "fuzz/obj/tests/fuzz" / (main + ".o")),
                    str(build / "fuzz/libsources.a"), "-o", str(program)], check=True, cwd=ROOT)
    return program


def find_difference(build, program):
    done = subprocess.run([sys.executable, str(HERE / "differential/compare.py"), str(build), str(program)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
    return done.returncode == 0, done.stdout


def check_one(build, seconds, index, mutant):
    folder = build / "fuzz" / "mutants" / str(index)
    program = make_mutant(build, folder, mutant)
    begun = time.monotonic()
    if mutant.target == DIFFERENTIAL:
        sound, said = find_difference(build, program)
    else:
        found = folder / "corpus"  # libFuzzer writes into the first one
        found.mkdir()
        sound, said = start(program, mutant.target, "-seed=1", "-max_total_time=%d" % seconds,
                            folders=[found, HERE / "corpus" / mutant.target])
    mutant.seconds = time.monotonic() - begun
    mutant.executions = number(r"stat::number_of_executed_units:\s+(\d+)", said) or number(r"(\d+) inputs", said)
    reason = re.search(r"not so: .*|\".{0,60} is not |AddressSanitizer: \S+|runtime error: .*|libFuzzer: timeout|"
                       r"[1-9]\d* NOT EXPLAINED", said)
    mutant.by = reason.group(0)[:60] if reason else ""
    mutant.found = not sound and reason is not None  # and not because it could not be run
    return mutant


def check(build, seconds, names):
    begun = time.monotonic()
    chosen = [mutant for mutant in mutants() if mutant.target in names]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        rows = list(pool.map(lambda job: check_one(build, seconds, *job), enumerate(chosen)))
    print("%-12s  %-26s  %-8s  %10s  %7s  %s" % ("target", "broken", "", "executions", "seconds", "noticed by"))
    for row in rows:
        print("%-12s  %-26s  %-8s  %10d  %7.1f  %s" % (row.target, row.file, "found" if row.found else "NOT FOUND",
                                                      row.executions, row.seconds, row.by or row.replacement))
    missing = set(names) - {row.target for row in rows}
    for name in sorted(missing):
        print("%s: mutants.txt has no mutant for it" % name)
    lost = sum(not row.found for row in rows)
    return lost == 0 and not missing, "%d mutants of %d targets, %d not found, %.0f s" % (
        len(rows), len({row.target for row in rows}), lost, time.monotonic() - begun)


def main(build, mode, seconds="60", *names):
    build = pathlib.Path(build).resolve()
    names = names or (targets() + [DIFFERENTIAL] if mode == "check" else targets())
    sound, summary = check(build, int(seconds), names) if mode == "check" else fuzz(build, mode, int(seconds), names)
    print("\n" + summary)
    if sound:
        (build / "verify").mkdir(exist_ok=True)
        (build / "verify" / ("fuzz-%s.txt" % mode)).write_text(summary + "\n")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
