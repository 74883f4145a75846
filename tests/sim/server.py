# SPDX-License-Identifier: MIT
# The simulator as a server: listens on loopback, a thread a connection, each exchange written into the ledger.

import errno
import socket
import threading

from faults import Ended, Fault, Script
from ledger import Ledger
from message import Answer, Reader, format_answer
from service import BASE, Service
from wire import Cut, Lost, Wire, make_context


class Stopped(Exception):
    """The simulator is ending; whoever waits for an event goes home."""


class Events:
    """Named events between a test and scripts. Set once, set for good."""

    def __init__(self):
        self.names, self.stopped, self.changed = set(), False, threading.Condition()

    def set(self, name):
        with self.changed:
            self.names.add(name)
            self.changed.notify_all()

    def wait(self, name):
        with self.changed:
            self.changed.wait_for(lambda: name in self.names or self.stopped)
            if self.stopped:
                raise Stopped

    def pause(self, seconds):
        with self.changed:
            if self.changed.wait_for(lambda: self.stopped, seconds):
                raise Stopped

    def stop(self):
        with self.changed:
            self.stopped = True
            self.changed.notify_all()


class Connection:
    """One connection from accept to end; offers scripts what they need."""

    def __init__(self, server, sock, number):
        self.server, self.number = server, number
        self.events, self.ledger = server.events, server.ledger
        self.wire = Wire(sock, server.context)
        self.reader = Reader(self.wire, server.authority)
        self.request = self.answer = None
        self.nth = 0
        self.must_close = False

    def run(self):
        by, how, linger = "us", "notify", True
        try:
            self.strike("accept")
            self.wire.handshake()
            self.ledger.add("connection", connection=self.number, **self.wire.facts())
            while self.exchange():
                pass
            if not self.must_close:
                by = "peer"
        except Ended as end:
            how, linger = end.args
        except Cut as cut:
            how = cut.how
            if how == "stall":
                self.wire.linger()
        except Lost as lost:
            by, how = "peer", str(lost)
        except Stopped:
            how, linger = "fin", False
        self.finish(by, how, linger)

    def finish(self, by, how, linger):
        self.wire.end(how if by == "us" and how != "stall" else "notify")
        self.ledger.add("closed", connection=self.number, by=by, how=how, plain_in=self.wire.plain_in,
                        raw_in=self.wire.raw_in, raw_out=self.wire.raw_out)
        if linger and by == "us" and how in ("notify", "fin"):
            self.wire.linger()
        self.wire.drop()

    def exchange(self):
        """One request and its answer; False when the connection is over."""
        self.request = self.answer = None
        self.strike("before", nth=self.server.count + 1)
        if self.must_close or not self.read_request():
            return False
        if self.request.problems:
            text = "; ".join(self.request.problems).encode()
            self.give(Answer(400, [["Content-Type", "text/plain"]], text), close=True)
        elif not self.strike("request", run=self.server.service.run_of(self.request), nth=self.nth,
                             method=self.request.method, path=self.request.path,
                             query=self.request.target.partition("?")[2]):
            self.give(self.act())
        if (self.request.get("connection") or "").lower() == "close":
            self.must_close = True
        return not self.must_close

    def strike(self, stage, **facts):
        """Follow the first fault that matches; True when there was one."""
        fault = self.server.take_fault(stage, connection=self.number, **facts)
        if fault:
            Script(self).follow(fault.steps)
        return bool(fault)

    def read_request(self):
        self.request, self.answer = self.reader.read(), None
        if self.request is None:
            return False
        service = self.server.service
        state, clean = service.authorization(self.request), service.redacted
        shown = [[name, state if name.lower() == "authorization" else clean(value)]
                 for name, value in self.request.headers]
        self.nth = self.server.next_request()
        self.ledger.add("request", connection=self.number, nth=self.nth, method=self.request.method,
                        target=clean(self.request.target), headers=shown, authorization=state,
                        run=clean(service.run_of(self.request) or "") or None,
                        content=len(self.request.body), records=self.request.records,
                        problems=[clean(problem) for problem in self.request.problems])
        return True

    # For scripts

    def act(self, new_id=None):
        """Let the service act on the request, once; its answer."""
        if self.answer is None:
            self.answer = self.server.service.handle(self.request, new_id, self.note_applied)
            if self.server.state.delay_s:
                self.events.pause(self.server.state.delay_s)
        return self.answer

    def note_applied(self, run, new):
        self.ledger.add("applied", connection=self.number, run=run, id=new)

    def note_answer(self, answer, shape):
        self.ledger.add("answered", connection=self.number, nth=self.nth, status=answer.status,
                        request_id=next((value for name, value in answer.headers if name == "X-Request-Id"), None))
        self.must_close |= bool(shape.get("close") or shape.get("version") == "HTTP/1.0"
                                or shape.get("length") is False)

    def note_event(self, name):
        self.events.set(name)
        self.ledger.add("event", connection=self.number, name=name)

    def give(self, answer, **shape):
        self.note_answer(answer, shape)
        self.wire.send(format_answer(answer, **shape))


class Simulator:
    """`with Simulator(certificate, key) as sim:` listens on 127.0.0.1 and, where there is one, ::1."""

    def __init__(self, certificate, key, port=0, versions=("1.2", "1.3"), state=None, ledger=None, base=BASE,
                 hosts=("localhost", "127.0.0.1", "[::1]"), ciphers=None, tickets=None):
        self.context = make_context(certificate, key, versions, ciphers, tickets)
        self.ledger = ledger or Ledger()
        self.service = Service(state, base)
        self.state = self.service.state
        self.events = Events()
        self.faults, self.lock = [], threading.Lock()
        self.count = self.accepted = 0
        self.threads, self.sockets = [], {}
        self.listeners = listen(port)
        self.port = self.listeners[0].getsockname()[1]
        self.authority = {"%s:%d" % (host, self.port) for host in hosts}
        self.root = "https://localhost:%d" % self.port
        self.url = self.root + base
        self.ims_url = self.root + "/ims/token/v3"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for listener in self.listeners:
            self._spawn(self._accept, listener)
        return self

    def stop(self):
        """Close everything, wake everyone, and wait until no thread is left."""
        self.events.stop()
        for listener in self.listeners:
            silence(listener)
        with self.lock:
            for sock in list(self.sockets.values()):
                silence(sock)
            threads = list(self.threads)
        for thread in threads:
            thread.join(5)
        for listener in self.listeners:
            listener.close()

    # For tests

    def fault(self, steps, **where):
        """Add a fault (see faults.py): sim.fault(faults.stall(), run=ID)."""
        fault = Fault(steps, **where)
        with self.lock:
            self.faults.append(fault)
        return fault

    def set(self, event):
        self.events.set(event)

    @property
    def problems(self):
        """Everything that was wrong with any request as HTTP."""
        return [problem for entry in self.ledger.requests for problem in entry["problems"]]

    # For connections

    def take_fault(self, stage, **facts):
        with self.lock:
            for fault in self.faults:
                if fault.matches(stage, **facts):
                    fault.struck += 1
                    return fault
        return None

    def next_request(self):
        with self.lock:
            self.count += 1
            return self.count

    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        with self.lock:
            self.threads = [old for old in self.threads if old.is_alive()] + [thread]
            thread.start()

    def _accept(self, listener):
        while not self.events.stopped:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.accepted += 1
                number = self.accepted
                self.sockets[number] = sock
            self._spawn(self._serve, sock, number)

    def _serve(self, sock, number):
        try:
            if self.events.stopped:
                sock.close()
            else:
                Connection(self, sock, number).run()
        finally:
            with self.lock:
                del self.sockets[number]


def silence(sock):
    """Wakes whoever blocks on it; the owner closes."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def listen(port):
    """Sockets on both loopback addresses with one port number; only IPv4's where there is no IPv6."""
    for _ in range(20):
        four = bound(socket.AF_INET, "127.0.0.1", port)
        try:
            return [four, bound(socket.AF_INET6, "::1", four.getsockname()[1])]
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port:
                return [four]
            four.close()
    raise OSError("no port is free on both loopback addresses")


def bound(family, address, port):
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(128)
        return sock
    except OSError:
        sock.close()
        raise
