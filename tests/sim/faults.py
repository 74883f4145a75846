# SPDX-License-Identifier: MIT
# Scripted misbehaviour: when a fault strikes, and the small language of steps that it then follows.
"""A fault is *where* it strikes and a list of *steps*. The same in Python and in a JSON file:

  {"run": "4fb0418e-…", "times": 1, "steps": [{"apply": true}, {"close": "rst"}]}

Where (each optional, all must hold): run, nth (request, over all connections, from 1), connection (from 1), method,
path (whole, decoded; `/folder/*` is all that begins so), query (a part of it, as it came); `skip` so many that match;
`times` (default 1, null for always); `stage`:
  accept   the TCP connection stands, nothing of TLS has been said
  before   TLS stands, the next request has not been read
  request  a request has been read whole (the default)
On the first two only `connection` is known, on the second also `nth`, that of the request to come.

Steps, one verb each:
  {"apply": true}            act on the request (the ledger knows), answer nothing yet; {"apply": "ID"}: as that new run
  {"answer": "service"}      the answer that the service gives (acting first, if that has not been done)
  {"answer": {"status": 503, "reason": …, "headers": {…} or [[n, v]…], "body": text, "json": any}}   another one
     beside either, its shape: "version", "chunks": [sizes] or true, "extension", "trailers", "length": false,
     "close": true
  {"send": BYTES}            application bytes, verbatim
  {"plain": BYTES}           TCP bytes, outside TLS
     beside answer and send: "keep": N only the first N bytes; "split": N or [offsets] in several records, with
     "delay": S seconds or "hold": [events] to wait for between them; "dribble": true one TCP byte a segment;
     beside send and plain: "repeat": N times, or true: until the peer goes
  {"wait": EVENT}            until a test (or another fault) sets it;  {"set": EVENT};  {"pause": SECONDS}
  {"read": true}             read a request without answering it (stages accept and before)
  {"cut_in": N, "how": H}    after N more TCP bytes from the peer end by fin, rst or stall;  {"cut_out": N, "how": H}
  {"stall": true}            say nothing until the peer goes
  {"close": H}               notify (close_notify and FIN), fin (FIN alone) or rst; "linger": false closes at once

BYTES is text (one character a byte), Python bytes, {"hex": …} or {"base64": …}. After the last step the connection
is kept unless the answer's shape ends it.
"""

import base64
import itertools
import json
from dataclasses import dataclass

from message import Answer, format_answer

SHAPE = ("version", "chunks", "extension", "trailers", "length", "close")


class Ended(Exception):
    """A script has closed the connection."""


@dataclass
class Fault:
    steps: list
    run: str = None
    nth: int = None
    connection: int = None
    method: str = None
    path: str = None
    stage: str = "request"
    times: int = 1
    struck: int = 0
    query: str = None
    skip: int = 0

    def matches(self, stage, **facts):
        if stage != self.stage or self.times is not None and self.struck >= self.times:
            return False
        wanted = ("run", "nth", "connection", "method")
        if not all(getattr(self, name) in (None, facts.get(name)) for name in wanted):
            return False
        if not self._matches_target(facts):
            return False
        self.skip -= 1
        return self.skip < 0

    def _matches_target(self, facts):
        path, query = facts.get("path") or "", facts.get("query") or ""
        if self.path is not None and (path != self.path if self.path[-1:] != "*"
                                      else not path.startswith(self.path[:-1])):
            return False
        return self.query is None or self.query in query


def to_bytes(value):
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"]) if "hex" in value else base64.b64decode(value["base64"])
    return value.encode("latin-1") if isinstance(value, str) else bytes(value)


def rounds(step):
    count = step.get("repeat", 1)
    return itertools.count() if count is True else range(count)


def pieces(data, split):
    if split is None:
        return [data]
    if isinstance(split, int):
        return [data[at:at + split] for at in range(0, len(data), split)]
    edges = [0, *split, len(data)]
    return [data[start:end] for start, end in zip(edges, edges[1:])]


def scripted_answer(facts):
    headers = facts.get("headers", [])
    headers = [list(pair) for pair in (headers.items() if isinstance(headers, dict) else headers)]
    if "json" in facts:
        return Answer.of(facts.get("status", 200), facts["json"], headers)
    return Answer(facts.get("status", 200), headers, to_bytes(facts.get("body", b"")), facts.get("reason"))


class Script:
    """Follows the steps on one connection (see server.Connection for what it offers)."""

    def __init__(self, connection):
        self.connection = connection
        self.wire = connection.wire

    def follow(self, steps):
        for step in steps:
            verb = next(iter(step))
            getattr(self, "do_" + verb)(step[verb], step)

    def deliver(self, data, step):
        data = data[:step.get("keep", len(data))]
        parts, hold = pieces(data, step.get("split")), step.get("hold", [])
        for number, part in enumerate(parts):
            if number and hold:
                self.connection.events.wait(hold[min(number, len(hold)) - 1])
            elif number and step.get("delay"):
                self.connection.events.pause(step["delay"])
            self.wire.send(part, step.get("dribble", False))

    def do_apply(self, value, step):
        self.connection.act(value if isinstance(value, str) else None)

    def do_answer(self, value, step):
        answer = self.connection.act() if value == "service" else scripted_answer(value)
        shape = {name: step[name] for name in SHAPE if name in step}
        self.connection.note_answer(answer, shape)
        self.deliver(format_answer(answer, **shape), step)

    def do_send(self, value, step):
        data = to_bytes(value)
        for _ in rounds(step):
            self.deliver(data, step)

    def do_plain(self, value, step):
        data = to_bytes(value)
        for _ in rounds(step):
            self.wire.send_raw(data, step.get("dribble", False))

    def do_wait(self, value, step):
        self.connection.events.wait(value)

    def do_set(self, value, step):
        self.connection.note_event(value)

    def do_pause(self, value, step):
        self.connection.events.pause(value)

    def do_read(self, value, step):
        self.connection.read_request()

    def do_cut_in(self, value, step):
        self.wire.limit_in, self.wire.limit_how = self.wire.raw_in + value, step.get("how", "fin")

    def do_cut_out(self, value, step):
        self.wire.limit_out, self.wire.limit_how = self.wire.raw_out + value, step.get("how", "fin")

    def do_stall(self, value, step):
        self.wire.linger()
        raise Ended("stall", False)

    def do_close(self, value, step):
        raise Ended(value, step.get("linger", True))


# Ready-made scripts. Each answers a list of steps.

def raw(data, close=None, **delivery):
    """Apply, then these bytes instead of an answer."""
    return [{"apply": True}, {"send": data, **delivery}] + ([{"close": close}] if close else [])


def status(code, headers=(), body=b"", **shape):
    """Another answer; the service has not acted."""
    return [{"answer": {"status": code, "headers": headers, "body": body}, **shape}]


def shaped(**shape):
    """The service's answer in another shape or delivery: shaped(chunks=[3, 5]), shaped(split=1)."""
    return [{"answer": "service", **shape}]


def interim(*codes):
    return [{"send": "HTTP/1.1 %d Interim\r\nLink: </x>\r\n\r\n" % code} for code in codes] + shaped()


def truncated(size, close="fin"):
    """The first `size` bytes of the service's answer, then the end."""
    return [{"answer": "service", "keep": size}, {"close": close}]


def apply_then_drop(close="rst"):
    return [{"apply": True}, {"close": close}]


def drop_before_apply(close="rst"):
    return [{"close": close}]


def stall(apply=False):
    return ([{"apply": True}] if apply else []) + [{"stall": True}]


EVIL = b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"id": "evil"}'


def surplus(data=EVIL):
    """The answer and more in the same breath."""
    return [{"answer": "service"}, {"send": data}]


def late(event, done, data=EVIL):
    """The answer; when `event` is set another one, then `done` is set."""
    return [{"answer": "service"}, {"wait": event}, {"send": data}, {"set": done}]


def idle_close(close="notify", event=None):
    """The answer, then (when `event` is set) the end, at once and for good."""
    wait = [{"wait": event}] if event else []
    return [{"answer": "service"}, *wait, {"close": close, "linger": False}]


def early(code, headers=(), body=b"", close="notify"):
    """For stage "before": an answer that does not wait for the request."""
    return [{"answer": {"status": code, "headers": headers, "body": body}, "close": True}, {"close": close}]


NAMED = {
    "apply-then-drop": ("acts, then resets instead of answering", apply_then_drop()),
    "drop-before-apply": ("resets without having acted", drop_before_apply()),
    "stall": ("never answers, does not act", stall()),
    "apply-then-stall": ("acts, never answers", stall(apply=True)),
    "truncated": ("sends 20 bytes of the answer, then FIN without close_notify", truncated(20)),
    "no-close-notify": ("close-delimited answer ended by FIN alone", [*shaped(length=False), {"close": "fin"}]),
    "close-delimited": ("close-delimited answer ended in good order", shaped(length=False)),
    "byte-by-byte": ("one byte a record", shaped(split=1)),
    "dribble": ("one TCP byte a segment", shaped(dribble=True)),
    "chunked": ("chunks with extensions and a trailer",
                shaped(chunks=[1, 16, 7], extension=";sim=1", trailers={"X-Checked": "yes"})),
    "interim": ("100 and 103 before the answer", interim(100, 103)),
    "http10": ("answers as HTTP/1.0 and closes", shaped(version="HTTP/1.0")),
    "close": ("Connection: close", shaped(close=True)),
    "surplus": ("a second answer that nobody asked for", surplus()),
    "idle-close": ("closes after the answer without having said so", idle_close()),
    "malformed": ("acts, then answers what is not HTTP", raw("HTTP/1.1 2OO OK\r\n\r\n", close="notify")),
    "not-json": ("acts, then answers 200 with HTML", [{"apply": True}, *status(200, (), "<html>ok</html>")]),
    "503": ("503 without Retry-After, the service has acted", [{"apply": True}, *status(503)]),
    "503-later": ("503 with Retry-After: 1, not acted", status(503, {"Retry-After": "1"})),
    "500": ("500, the service has acted", [{"apply": True}, *status(500)]),
}


def parse(text):
    """`NAME`, `NAME@RUN_ID` or `NAME@#N` (the Nth request), or a fault as JSON."""
    if text.startswith("{"):
        return Fault(**json.loads(text))
    name, _, where = text.partition("@")
    if name not in NAMED:
        raise ValueError("no fault is called %r" % name)
    if where.startswith("#"):
        return Fault(NAMED[name][1], nth=int(where[1:]))
    return Fault(NAMED[name][1], run=where or None)


def load(file):
    """Faults from a JSON file: a list of objects."""
    with open(file) as stream:
        return [Fault(**entry) for entry in json.load(stream)]
