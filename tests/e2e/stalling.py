# SPDX-License-Identifier: MIT
# Peers below TLS that take their time: a listener whose backlog is full, and a relay that lets bytes trickle.

import select
import socket
import threading


class FullBacklog:
    """A port where a further connection is neither accepted nor refused: Linux ignores its SYN."""

    def __enter__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.waiting = []
        while self._fill():
            pass
        return self

    def _fill(self):
        """True if there was room for one more. On loopback a connect is done at once or never."""
        sock = socket.socket()
        self.waiting.append(sock)
        sock.setblocking(False)
        sock.connect_ex(("127.0.0.1", self.port))
        return bool(select.select([], [sock], [], 0.05)[1])

    def __exit__(self, *_):
        for sock in [*self.waiting, self.listener]:
            sock.close()


class Trickle:
    """Stands before a server: what the client says passes at once, what the server says a byte every `period` s."""

    def __init__(self, port, period):
        self.target, self.period = port, period
        self.ended = threading.Event()
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for sock in [self.listener, *self.sockets]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _serve(self):
        try:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sockets += [client, server]
        threading.Thread(target=self._pass, args=(client, server, 65536), daemon=True).start()
        self._pass(server, client, 1)

    def _pass(self, source, sink, size):
        try:
            while data := source.recv(size):
                sink.sendall(data)
                if size == 1 and self.ended.wait(self.period):
                    return
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
