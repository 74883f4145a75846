# SPDX-License-Identifier: MIT
# Independent servers, nginx and openssl s_server, that answer a re-trigger with the documented example.

import os
import pathlib
import re
import shutil
import socket
import subprocess
import threading

from service import BASE
from state import DOCUMENTED_ETAG, DOCUMENTED_NEW

CONTENT = '{"id": "%s", "etag": "%s"}' % (DOCUMENTED_NEW, DOCUMENTED_ETAG.replace('"', '\\"'))
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    log_format seen '$request_method $request_uri $status $ssl_protocol $connection $http_x_api_key';
    access_log {folder}/access.log seen;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols {protocol};
        location ~ ^{base}/runs/[^/]+/action$ {{
            if ($request_method != POST) {{ return 405; }}
            default_type application/json;
            return 200 '{content}';
        }}
    }}
}}
"""


class Nginx:
    """nginx in the foreground with a configuration of its own."""

    def __init__(self, folder, pki, certificate, version):
        self.folder = pathlib.Path(folder)
        self.port = free_port()
        self.url = "https://localhost:%d%s" % (self.port, BASE)
        text = NGINX.format(folder=self.folder, port=self.port, chain=pki.chain(certificate), key=pki.key(certificate),
                            protocol="TLSv" + version, base=BASE, content=CONTENT.replace("\\", "\\\\"))
        (self.folder / "nginx.conf").write_text(text)
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        self.process = subprocess.Popen([program, "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder),
                                         "-e", str(self.folder / "error.log")], stderr=subprocess.PIPE)
        wait_for_port(self.port, self.process)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate(timeout=10)

    def received(self):
        """Everything that reached HTTP, a line a request. Ends the server."""
        wait_for_turn(self.port)
        self.stop()
        lines = (self.folder / "access.log").read_text().splitlines()
        return "\n".join(line for line in lines if not line.startswith("GET /turn "))

    @property
    def connections(self):
        return len({line.split()[4] for line in self.received().splitlines()})


class OpenSSL:
    """`openssl s_server`, its standard input and output driven by hand: a request head out, the answer in."""

    def __init__(self, folder, pki, certificate, version, *options):
        chain = pki.chain(certificate)
        self.process = subprocess.Popen(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", chain, "-cert_chain", chain,
             "-key", pki.key(certificate), "-tls" + version.replace(".", "_"), *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.output = bytearray()
        while not (ready := re.search(rb"ACCEPT [^\n]*:(\d+)\n", self.output)):
            self.output += self.process.stdout.readline()
            assert self.process.poll() is None, self.output
        self.port = int(ready[1])
        self.url = "https://localhost:%d%s" % (self.port, BASE)
        self.thread = threading.Thread(target=self._answer, daemon=True)
        self.thread.start()

    def _answer(self):
        answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            len(CONTENT), CONTENT)
        answered = 0
        while data := os.read(self.process.stdout.fileno(), 65536):
            self.output += data
            requests = len(re.findall(rb"POST /[^\r]* HTTP/1\.1\r\n(?:[^\r\n]+\r\n)+\r\n", self.output))
            while answered < requests:
                self.process.stdin.write(answer.encode())
                self.process.stdin.flush()
                answered += 1

    def stop(self):
        if self.process.poll() is not None:
            return
        self.process.terminate()
        self.process.wait(10)
        self.thread.join(10)
        self.process.stdin.close()
        self.process.stdout.close()

    def received(self):
        """Everything from the first request on. Ends the server."""
        wait_for_turn(self.port)
        self.stop()
        return self.output[self.output.index(b"POST "):].decode() if b"POST " in self.output else ""

    @property
    def connections(self):
        self.received()
        return self.output.count(b"BEGIN SSL SESSION PARAMETERS")


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_for_port(port, process):
    """Ready means that it accepts: try until it does. A refused connect on loopback answers at once."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except ConnectionRefusedError:
            try:
                process.wait(0.002)
            except subprocess.TimeoutExpired:
                continue
            raise RuntimeError(process.stderr.read().decode())


def wait_for_turn(port):
    """Until the server has dealt with everyone before us: it answers or drops what is not TLS."""
    try:
        with socket.create_connection(("127.0.0.1", port), 10) as sock:
            sock.sendall(b"GET /turn HTTP/1.0\r\n\r\n")
            while sock.recv(1000):
                pass
    except ConnectionError:
        pass
