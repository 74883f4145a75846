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


def read(text):
    """All such lines in what a suite has printed."""
    return [Totals(name, *map(int, numbers)) for name, *numbers in LINE.findall(text)]
