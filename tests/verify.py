#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Runs the parts of `make verify` one after the other, all of them whatever happens, and shows one table.

verify.py BUILD PART...    a part is a target of the Makefile; it leaves its figures in BUILD/verify/PART.txt
"""
import os
import pathlib
import shlex
import subprocess
import sys
import time

SHOWN = 40  # lines of what a failed part has said; all of it is in its log


def run(part, folder):
    """(passed, seconds, figures)"""
    figures, log = folder / (part + ".txt"), folder / (part + ".log")
    figures.unlink(missing_ok=True)
    began = time.monotonic()
    with log.open("w") as out:
        make = shlex.split(os.environ.get("MAKE", "make"))
        status = subprocess.run([*make, "--no-print-directory", part], stdin=subprocess.DEVNULL, stdout=out,
                                stderr=subprocess.STDOUT, check=False).returncode
    seconds = time.monotonic() - began
    # A part that passed without any figures has proven nothing.
    passed = status == 0 and figures.exists() and figures.read_text().strip() != ""
    said = log.read_text(errors="replace").splitlines()
    if not passed:
        print("\n".join(said[-SHOWN:]))
    return passed, seconds, figures.read_text().strip() if passed else "FAILED: see %s" % log


def main():
    folder = pathlib.Path(sys.argv[1]) / "verify"
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for part in sys.argv[2:]:
        print("%-16s ..." % part, flush=True)
        rows.append((part, *run(part, folder)))
        print("%-16s %s  %d s" % (part, "ok" if rows[-1][1] else "FAILED", rows[-1][2]), flush=True)
    table = ["%-16s %5d s  %s" % (part, seconds, figures) for part, _, seconds, figures in rows]
    table.append("%-16s %5d s  %d of %d parts passed" % ("all", sum(row[2] for row in rows), sum(row[1] for row in rows),
                                                       len(rows)))
    (folder / "table.txt").write_text("\n".join(table) + "\n")
    print("\n" + "\n".join(table))
    sys.exit(0 if all(row[1] for row in rows) else 1)


if __name__ == "__main__":
    main()
