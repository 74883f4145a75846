# SPDX-License-Identifier: MIT
# Reads a journal by the description in journal_line.h, without the tool, and holds it against the simulator's ledger.

import zlib
from dataclasses import dataclass

OUTCOMES = ("retriggered", "refused", "not_applied", "unknown")


@dataclass
class Event:
    name: str
    run: str
    id: str


def line_of(text):
    """`text` as a line, with its checksum."""
    return b"%08x %s\n" % (zlib.crc32(text.encode()), text.encode())


def read_line(line):
    """An Event, or None for what is no line of a journal."""
    checksum, _, rest = line.partition(b" ")
    words = rest.decode("ascii", "replace").split(" ")
    if checksum != b"%08x" % zlib.crc32(rest) or len(words) < 3 or words[1] not in ("intent", *OUTCOMES):
        return None
    return Event(words[1], words[2], dict(word.split("=", 1) for word in words[3:]).get("id"))


def read_journal(content, torn=False):
    """All events; ValueError for damage. Torn: the last line may lack its end."""
    *whole, rest = content.split(b"\n")
    events = [read_line(line) for line in whole]
    if None in events or rest and not torn:
        raise ValueError("line %d of %r" % (events.index(None) + 1 if None in events else len(events) + 1, content))
    return events


def last_words(events):
    """run -> its last event; every outcome has its intent before it."""
    last = {}
    for event in events:
        before = last.get(event.run)
        if event.name != "intent" and (before is None or before.name != "intent"):
            raise ValueError("%s has an outcome without an intent" % event.run)
        last[event.run] = event
    return last


def lies_in(last, applied):
    """Where the journal says what the ledger does not, or the ledger what the journal does not."""
    lies = ["%s was applied, of which the journal knows nothing" % run for run, _ in applied if run not in last]
    for run, event in last.items():
        if event.name == "retriggered" and (run, event.id) not in applied:
            lies.append("%s was not applied as %s" % (run, event.id))
        elif event.name in ("refused", "not_applied") and run in dict(applied):
            lies.append("%s was %s, and applied" % (run, event.name))
    return lies
