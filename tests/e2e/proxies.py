# SPDX-License-Identifier: MIT
# Proxies that reflow goes through: tinyproxy and squid as Debian has them, and one that can be told to misbehave.

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import threading

from peers import free_port, wait_for_port

# What squid is told has to be encoded; tinyproxy's configuration takes letters and digits.
USER, PASSWORD, CREDENTIALS = "night shift", "p@ss:w/rd%", "night%20shift:p%40ss%3Aw%2Frd%25"
PLAIN_USER, PLAIN_PASSWORD = "nightshift", "plainword4tests"
SQUID = """
http_port 127.0.0.1:{port}
visible_hostname localhost
pid_filename {folder}/pid
cache deny all
cache_log {folder}/cache.log
access_log stdio:{folder}/access.log
coredump_dir {folder}
cache_effective_user {user}
auth_param basic program /usr/lib/squid/basic_ncsa_auth {folder}/users
auth_param basic children 1
acl known proxy_auth REQUIRED
acl forbidden dstdomain forbidden.example
http_access deny forbidden
http_access allow known
http_access deny all
shutdown_lifetime 0 seconds
"""
TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 60
MaxClients 20
LogFile "{folder}/access.log"
LogLevel Connect
BasicAuth {user} {password}
"""


class Daemon:
    """A proxy in the foreground, with credentials."""
    temporary = False

    def __init__(self, folder, command, credentials, text, **values):
        self.folder, self.port = folder, free_port()
        self.url = "http://%s@127.0.0.1:%d" % (credentials, self.port)
        (folder / "proxy.conf").write_text(text.format(port=self.port, folder=folder, **values))
        program = shutil.which(command[0], path=os.environ.get("PATH", "") + ":/usr/sbin")
        self.process = subprocess.Popen([program, *command[1:], str(folder / "proxy.conf")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_for_port(self.port, self.process)

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=20)
        if self.temporary:
            shutil.rmtree(self.folder)


def squid(folder):
    """Root it will not be: `folder` is that user's then, and in none of root's own."""
    root = os.getuid() == 0
    folder = pathlib.Path(tempfile.mkdtemp()) if root else folder
    hashed = subprocess.run(["openssl", "passwd", "-apr1", "-stdin"], input=PASSWORD.encode(), capture_output=True,
                            check=True).stdout.decode()
    (folder / "users").write_text("%s:%s" % (USER, hashed))
    if root:
        shutil.chown(folder, "proxy", "proxy")
    # Its shared memory is called by the name that -n gives it.
    daemon = Daemon(folder, ["squid", "-N", "-n", "reflow%d" % os.getpid(), "-f"], CREDENTIALS, SQUID, user="proxy")
    daemon.temporary = root
    return daemon


def tinyproxy(folder):
    return Daemon(folder, ["tinyproxy", "-d", "-c"], "%s:%s" % (PLAIN_USER, PLAIN_PASSWORD), TINYPROXY,
                  user=PLAIN_USER, password=PLAIN_PASSWORD)


class Liar:
    """A proxy that answers with these bytes, and then ends, keeps silent, or lets bytes through: up to `most` from the
    server."""
    leads_to = None  # elsewhere

    def __init__(self, answer=b"", then="silence", most=None):
        self.answer, self.then, self.most = answer, then, most
        self.heads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = "http://127.0.0.1:%d" % self.port
        self.threads, self.sockets = [], []
        self._spawn(self._accept)

    def _spawn(self, target, *args):
        self.threads.append(threading.Thread(target=target, args=args, daemon=True))
        self.threads[-1].start()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.sockets.append(sock)
            self._spawn(self._serve, sock)

    def _serve(self, sock):
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                data = sock.recv(4096)
                if not data:
                    return
                head += data
            self.heads.append(head.decode())
            sock.sendall(self.answer)
            if self.then == "tunnel":
                self._tunnel(sock, head.split()[1].decode())
            if self.then != "silence":
                end(sock)
            elif sock.recv(65536):  # whoever has said hello waits until he has had enough
                while sock.recv(65536):
                    pass
        except OSError:
            pass

    def _tunnel(self, sock, target):
        host, _, port = (self.leads_to or target).rpartition(":")
        server = socket.create_connection((host.strip("[]"), int(port)))
        self.sockets.append(server)
        self._spawn(pump, sock, server, None)
        pump(server, sock, self.most)

    def stop(self):
        for sock in [self.listener, *self.sockets]:
            end(sock)
            sock.close()
        for thread in self.threads:
            thread.join(10)


def end(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def pump(source, sink, most):
    passed = 0
    try:
        while most is None or passed < most:
            data = source.recv(65536 if most is None else most - passed)
            if not data:
                break
            sink.sendall(data)
            passed += len(data)
    except OSError:
        pass
    end(sink)
