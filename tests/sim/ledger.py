# SPDX-License-Identifier: MIT
# What truly happened, written down before anyone is told: the judge of every claim that a client makes.
"""Entries are dictionaries with `kind`, `time` and `connection` (counted from 1):

  connection  accepted; handshake done: tls, cipher, resumed
  request     nth, method, target, headers (Authorization as matched, unmatched or absent), run, problems,
              content: its length, records: TLS records that the head came in
  applied     run, id: the service has acted; written before a byte of the answer leaves
  answered    nth, status: about to be sent
  event       name: a scripted `set`
  closed      by (peer or us), how, plain_in (decrypted bytes received in all), raw_in, raw_out

No secret is ever in it: where a token or client secret stands in a request, an entry has `(secret)`.
"""

import json
import threading
import time


class Ledger:
    def __init__(self, file=None):
        self.entries = []
        self.changed = threading.Condition()
        self.file = file

    def add(self, kind, **facts):
        entry = {"kind": kind, "time": round(time.time(), 6), **facts}
        with self.changed:
            self.entries.append(entry)
            if self.file:
                self.file.write(json.dumps(entry) + "\n")
                self.file.flush()
            self.changed.notify_all()
        return entry

    def of(self, kind, **facts):
        """Entries of a kind whose members equal those given."""
        with self.changed:
            return [entry for entry in self.entries if entry["kind"] == kind
                    and all(entry.get(name) == value for name, value in facts.items())]

    def wait(self, kind, count=1, timeout=10, **facts):
        """Block until there are `count` such entries; answer them."""
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.of(kind, **facts)) >= count, timeout):
                raise TimeoutError("ledger: no %d of %s %s" % (count, kind, facts))
            return self.of(kind, **facts)

    @property
    def applied(self):
        """(run, new id) in the order in which the service acted."""
        return [(entry["run"], entry["id"]) for entry in self.of("applied")]

    @property
    def requests(self):
        return self.of("request")

    @property
    def connections(self):
        return self.of("connection")
