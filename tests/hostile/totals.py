# SPDX-License-Identifier: MIT
# The line by which a suite of hostile tests tells what it came to: run.py makes one table of them.

import re
from dataclasses import dataclass

LINE = re.compile(r"^total: (.+?)  cases (\d+)  lies (\d+)  duplicates (\d+)  crashes (\d+)$", re.MULTILINE)


@dataclass
class Totals:
    name: str
    cases: int = 0
    lies: int = 0
    duplicates: int = 0
    crashes: int = 0

    def __str__(self):
        return "total: %s  cases %d  lies %d  duplicates %d  crashes %d" % (
            self.name, self.cases, self.lies, self.duplicates, self.crashes)

    @property
    def clean(self):
        return self.cases > 0 and not (self.lies or self.duplicates or self.crashes)


def read(text, name):
    """All such lines in what a suite has printed. Where there are none, the suite called `name` has counted in its own way."""
    rows = [Totals(called, *map(int, numbers)) for called, *numbers in LINE.findall(text)]
    return rows or of_the_scripted_port(text, name) or of_pytest(text, name)


def of_the_scripted_port(text, name):
    """The loops of tests/unit/test_client_cuts.c, together."""
    loops = [list(map(int, found)) for found in re.findall(r"operations=(\d+) .*lies=(\d+) duplicates=(\d+)", text)]
    return [Totals(name, *map(sum, zip(*loops)))] if loops else []


def of_pytest(text, name):
    """Every report in these tests is held against the service's ledger: one that fails counts as a lie until it is shown
    to be none."""
    passed, failed, errors = (sum(map(int, re.findall(r"(\d+) %s" % word, text.splitlines()[-1] if text else "")))
                              for word in ("passed", "failed", "error"))
    return [Totals(name, passed + failed + errors, failed, 0, errors)] if passed + failed + errors else []
