# SPDX-License-Identifier: MIT
# A name server for one test: knows the names that it is given, denies all others, or says nothing at all.

import socket
import struct
import threading

NO_SUCH_NAME = 3


class NameServer:
    """`with NameServer({"localhost": "10.0.2.2"}) as names:` answers on UDP 127.0.0.1:names.port."""

    def __init__(self, names, silent=False):
        self.names, self.silent, self.asked = names, silent, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.socket.close()

    def _serve(self):
        while True:
            query, peer = self.socket.recvfrom(512)
            if not query:
                return
            answer = self.answer(query)
            if not self.silent:
                self.socket.sendto(answer, peer)

    def answer(self, query):
        """RFC 1035 section 4.1: the question again, and one address or none."""
        name, at = [], 12
        while query[at]:
            name.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question = query[12:at + 5]
        self.asked.append(".".join(name))
        address = self.names.get(self.asked[-1])
        head = query[:2] + struct.pack(">HHHHH", 0x8180 | (0 if address else NO_SUCH_NAME), 1, bool(address), 0, 0)
        if not address:
            return head + question
        return head + question + struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address)
