#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# nginx as a Flow Service that re-triggers everything at once, on connections that last.   nginx.py
"""As a program: start nginx on loopback and say how to reach it, until Ctrl-C.

`with Nginx(folder, pki) as service:` does the same for a benchmark. All that nginx writes lies in the folder. It
answers each re-trigger with `{"id": "again-RUN_ID", "etag": ...}`, so that answers can be told apart. A page of a list
is the file pages/LIMITTOKEN.json in that folder, where there is one.
"""

import os
import shutil
import signal
import subprocess
import time

import bench

CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    access_log off; default_type application/json;
    keepalive_requests {requests}; keepalive_timeout 1d; keepalive_time 1d; tcp_nodelay on;
    server {{
        listen {address}:{port} ssl backlog=1024;
        ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols {protocols};
        ssl_session_cache shared:sessions:1m;  # curl resumes TLS 1.2 by it alone
        location ~ ^/data/foundation/flowservice/runs/(?<run>[^/]+)/action$ {{
            if ($request_method != POST) {{ return 405; }}
            if ($arg_op != re-trigger) {{ return 400; }}
            return 200 '{{"id": "again-$run", "etag": "\\\\"1100c53e-0000-0200-0000-627138980000\\\\""}}';
        }}
        location = /data/foundation/flowservice/runs {{
            root {folder};
            rewrite ^ /pages/$arg_limit$arg_continuationToken.json break;
        }}
    }}
}}
"""


def new_id(run):
    return "again-" + run


class Nginx:
    """`enter` goes before the command, such as what leads into a network namespace. A connection ends after as many
    `requests`."""

    def __init__(self, folder, pki, address="127.0.0.1", port=None, enter=(), certificate="server-ec",
                 protocols="TLSv1.2 TLSv1.3", name="localhost", requests=1000000000):
        self.folder = folder
        port = port or bench.free_port()
        self.url = "https://%s:%d/data/foundation/flowservice" % (name, port)
        (folder / "nginx.conf").write_text(CONFIGURATION.format(
            folder=folder, address=address, port=port, chain=pki.chain(certificate), key=pki.key(certificate),
            protocols=protocols, requests=requests))
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise bench.Failed("nginx is not there: apt-get install nginx-light")
        self.process = subprocess.Popen(
            [*enter, *bench.LEASH, program, "-c", str(folder / "nginx.conf"), "-p", str(folder),
             "-e", str(folder / "nginx.log")], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def __enter__(self):
        """nginx writes its process ID when it listens."""
        pid = self.folder / "nginx.pid"
        while not (pid.exists() and pid.read_text().strip()):
            if self.process.poll() is not None:
                raise bench.Failed("nginx: " + self.process.stderr.read().decode().strip())
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def main():
    with bench.workshop() as (folder, pki), Nginx(folder, pki) as service:
        print("export REFLOW_URL=%s REFLOW_CA=%s" % (service.url, pki.ca), flush=True)
        signal.pause()


if __name__ == "__main__":
    bench.script(main)
