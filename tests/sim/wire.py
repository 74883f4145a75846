# SPDX-License-Identifier: MIT
# One TLS connection whose every byte on the TCP side is ours to count, cut, dribble or withhold.
"""TLS through memory BIOs: Python's ssl makes and reads records, this file alone touches the socket.

That is what lets a fault cut a handshake at its 300th byte, end without close_notify, or send one byte a
segment. Ways to end: `notify` (close_notify, then FIN), `fin` (FIN alone), `rst` (TCP reset).
"""

import socket
import ssl
import struct
import warnings

VERSIONS = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
            "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class Lost(Exception):
    """The peer is gone without an orderly end: `how` is fin, reset or alert."""

    def __init__(self, how, detail=""):
        super().__init__(how + (": " + detail if detail else ""))
        self.how = how


class Cut(Exception):
    """The scripted number of TCP bytes has passed; `how` says how to end (fin, rst or stall)."""

    def __init__(self, how):
        super().__init__(how)
        self.how = how


def make_context(certificate, key, versions=("1.2", "1.3"), ciphers=None, tickets=None):
    """A server context. `versions` is one of 1.0 to 1.3 or a pair (lowest, highest)."""
    lowest, highest = (versions, versions) if isinstance(versions, str) else (versions[0], versions[-1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old = lowest in ("1.0", "1.1")
    # Small RSA keys, SHA-1 and old versions must be offered before a client can be seen to refuse them.
    context.set_ciphers(ciphers or "DEFAULT:@SECLEVEL=0")
    if old:
        context.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
    # Python would take a FIN without close_notify for an orderly end.
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are wanted here, to be refused
        context.minimum_version, context.maximum_version = VERSIONS[lowest], VERSIONS[highest]
    if tickets is not None:
        context.num_tickets = tickets
        if not tickets:
            context.options |= ssl.OP_NO_TICKET
    context.load_cert_chain(certificate, key)
    return context


class Wire:
    """A server's end of one connection. All calls block; whoever closes the socket wakes them."""

    def __init__(self, sock, context):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.raw_in = self.raw_out = self.plain_in = self.plain_out = 0
        self.limit_in = self.limit_out = None
        self.limit_how = "fin"
        self.captured = bytearray()  # the first TCP bytes of the peer, for tests that look for secrets in them

    # The TCP side

    def send_raw(self, data, dribble=False):
        if not data:
            return
        if self.limit_out is not None:
            data = data[:max(0, self.limit_out - self.raw_out)]
        try:
            for piece in ([data[i:i + 1] for i in range(len(data))] if dribble else [data]):
                self.sock.sendall(piece)
        except OSError as error:
            raise Lost("reset", str(error)) from None
        self.raw_out += len(data)
        if self.limit_out is not None and self.raw_out >= self.limit_out:
            raise Cut(self.limit_how)

    def receive_raw(self):
        room = 65536 if self.limit_in is None else min(65536, self.limit_in - self.raw_in)
        if room <= 0:
            raise Cut(self.limit_how)
        try:
            data = self.sock.recv(room)
        except OSError as error:
            raise Lost("reset", str(error)) from None
        self.raw_in += len(data)
        self.captured += data[:max(0, 65536 - len(self.captured))]
        return data

    # The TLS side

    def _run(self, operation, *args):
        """Repeat an ssl call until it has what it needs; whatever it wrote leaves first."""
        while True:
            try:
                result = operation(*args)
                self.send_raw(self.outgoing.read())
                return result
            except ssl.SSLWantReadError:
                self.send_raw(self.outgoing.read())
                data = self.receive_raw()
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLEOFError:
                raise Lost("fin") from None
            except ssl.SSLError as error:
                if error.reason == "UNEXPECTED_EOF_WHILE_READING":
                    raise Lost("fin") from None
                self._flush_alert()
                raise Lost("alert", error.reason or str(error)) from None

    def _flush_alert(self):
        try:
            self.send_raw(self.outgoing.read())
        except (Lost, Cut):
            pass

    def handshake(self):
        self._run(self.tls.do_handshake)

    def receive(self, size=65536):
        """Decrypted bytes; empty after the peer's close_notify; Lost when it went without one."""
        data = self._run(self.tls.read, size)
        self.plain_in += len(data)
        return data

    def send(self, data, dribble=False):
        """One record for at most 16 KB; `dribble` gives each TCP byte its own segment."""
        if not data:
            return
        self.tls.write(data)
        self.plain_out += len(data)
        self.send_raw(self.outgoing.read(), dribble)

    def facts(self):
        return {"tls": self.tls.version(), "cipher": (self.tls.cipher() or [None])[0],
                "resumed": bool(self.tls.session_reused)}

    # The end: end() says goodbye, linger() reads away what still comes (or a reset would overtake the last
    # answer), drop() gives the socket back.

    def end(self, how="notify"):
        try:
            if how == "rst":
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.sock.close()
                return
            if how == "notify":
                self._notify()
            self.sock.shutdown(socket.SHUT_WR)
        except (OSError, Lost, Cut):
            pass

    def linger(self):
        try:
            while self.sock.recv(65536):
                pass
        except OSError:
            pass

    def drop(self):
        self.sock.close()

    def _notify(self):
        try:
            self.tls.unwrap()
        except (ssl.SSLError, ValueError):
            pass
        self.send_raw(self.outgoing.read())
