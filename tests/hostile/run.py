#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Runs every suite of hostile tests and prints one table of what they came to.   run.py [BUILD [SUITE...]]

import os
import pathlib
import subprocess
import sys
import time

import totals

HERE = pathlib.Path(__file__).resolve().parent

E2E = HERE.parent / "e2e"


def end_to_end(*files):
    return [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider",
            *(str(E2E / file) for file in files)]


# Each prints what totals.py reads, and ends with 0 when all is well. {build} is the folder of products. The first three
# are run by nobody else; the others are parts of the unit and end-to-end tests. KILL_EVERY=7 in the environment lets
# "journal" take every seventh kill point only.
SUITES = {
    "cuts": ["{build}/tests/cuts"],
    "power": [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", str(HERE / "test_power_cut.py")],
    "journal": [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", str(HERE / "test_journal_kill.py")],
    "scripted port": ["{build}/tests/test_client_cuts"],
    "repeating": end_to_end("test_repeating.py"),
    "deadlines": end_to_end("test_deadlines.py"),
    "bounds": end_to_end("test_bounds.py"),
    "TLS": end_to_end("test_tls_matrix.py"),
    "terminal and logs": end_to_end("test_terminal.py", "test_secrets.py"),
    "local faults": end_to_end("test_local_faults.py"),
}


def run(name, build):
    """Passes on what the suite prints; answers its totals. One that fails without saying why has crashed."""
    command = [word.format(build=build) for word in SUITES[name]]
    environment = {**os.environ, "REFLOW_BUILD": str(build), "REFLOW_BIN": str(build / "reflow")}
    said = []
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            said.append(line)
    rows = totals.read("".join(said), name)
    if process.returncode and all(row.clean for row in rows):
        rows.append(totals.Totals(name + " (status %d)" % process.returncode, 0, 0, 0, 1))
    return rows or [totals.Totals(name + " (said nothing)", 0, 0, 0, 1)]


def table(rows):
    width = max(len(row.name) for row in rows)
    lines = ["%-*s  %8s  %6s  %10s  %7s" % (width, "suite", "cases", "lies", "duplicates", "crashes")]
    for row in rows:
        lines.append("%-*s  %8d  %6d  %10d  %7d" % (width, row.name, row.cases, row.lies, row.duplicates, row.crashes))
    return "\n".join(lines)


def main(build="build", *names):
    begun = time.monotonic()
    rows = [row for name in names or SUITES for row in run(name, pathlib.Path(build).resolve())]
    whole = totals.Totals("all", *(sum(getattr(row, what) for row in rows)
                                   for what in ("cases", "lies", "duplicates", "crashes")))
    print("\n%s\n\n%.0f seconds" % (table([*rows, whole]), time.monotonic() - begun))
    return 0 if all(row.clean for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
