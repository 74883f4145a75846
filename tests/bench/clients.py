# SPDX-License-Identifier: MIT
# The same re-triggers by reflow, by curl and, as the limit, by wrk: one request, header field for header field.
"""The token comes from the environment (reflow) or from a file (curl, wrk). All speak to 127.0.0.1: nobody looks a
name up. Certificates are verified by reflow and curl, and by wrk never."""

import itertools
import pathlib
import re
import shutil

import bench
import measure
import nginx

ADDRESS = "127.0.0.1"
WRK = """wrk.method, wrk.path, wrk.body = "POST", "%s", ""
wrk.headers = {%s}
"""
NEW_ID = re.compile(r'"id": ?"([^"]*)"')
WRK_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")


def found(program, package):
    path = shutil.which(program)
    if path is None:
        raise bench.Failed("%s is not there: apt-get install %s" % (program, package))
    return path


class Clients:
    """What calls a service, with trust in `ca`. Files go into `folder`."""

    def __init__(self, folder, pki, service, ca):
        self.folder, self.url, self.ca = folder, service.url, str(ca)
        self.origin = self.url.partition("/data/")[0]
        self.environment = {**bench.environment(pki, service.url), "REFLOW_CA": self.ca}
        self.serial = itertools.count()

    def file(self, kind, text):
        path = self.folder / ("%s-%d" % (kind, next(self.serial)))
        path.write_text(text)
        return str(path)

    def fields(self):
        environment = self.environment
        return {"Authorization": "Bearer " + environment["REFLOW_ACCESS_TOKEN"],
                "x-api-key": environment["REFLOW_API_KEY"], "x-gw-ims-org-id": environment["REFLOW_ORG_ID"],
                "x-sandbox-name": "prod", "Content-Type": "application/json", "Content-Length": "0",
                "User-Agent": "reflow/0.0.0", "Accept": "application/json", "Accept-Encoding": "identity"}

    def target(self, run):
        return "%s/runs/%s/action?op=re-trigger" % (self.url, run)

    def reflow(self, program, count=1):
        """One run is an argument, more come from a file."""
        ids = list(bench.run_ids(count))
        command = [program, "retry", "--json", *(ids if count == 1 else ["-"])]
        given = "/dev/null" if count == 1 else self.file("ids", "".join(run + "\n" for run in ids))
        return measure.Call(command, self.environment, given, count)

    def curl(self, count=1):
        options = ["silent", "fail", "http1.1", "request = POST", 'cacert = "%s"' % self.ca]
        options += ['header = "%s: %s"' % field for field in self.fields().items()]
        options += ['url = "%s"' % self.target(run) for run in bench.run_ids(count)]
        config = self.file("curl", "\n".join(options) + "\n")
        return measure.Call([found("curl", "curl"), "-q", "-K", config], self.environment, runs=count)

    def wrk(self, seconds):
        """One connection, one thread."""
        run, = bench.run_ids(1)
        target = self.target(run).partition(self.origin)[2]
        fields = ",".join('["%s"]="%s"' % field for field in self.fields().items())
        script = self.file("wrk", WRK % (target, fields))
        return measure.Call([found("wrk", "wrk"), "-c1", "-t1", "-d%ds" % seconds, "-s", script, self.origin],
                            self.environment)


def check(call):
    """Every run was re-triggered, and that was said."""
    told = set(NEW_ID.findall(measure.said(call)))
    for run in bench.run_ids(call.runs):
        if nginx.new_id(run) not in told:
            raise bench.Failed("%s did not re-trigger %s" % (call.command[0], run))


def wrk_rate(call):
    """Requests a second."""
    told = measure.said(call)
    if "Non-2xx" in told or "Socket errors" in told:
        raise bench.Failed("wrk: " + told)
    return float(WRK_RATE.search(told)[1])


def bundle(pki, folder):
    """The system's certificates, with the root in the place of the last of them: as many, and one that counts."""
    system = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
    if not system.exists():
        raise bench.Failed("%s is not there: apt-get install ca-certificates" % system)
    end = "-----END CERTIFICATE-----\n"
    certificates = system.read_text().split(end)[:-1]
    path = folder / "bundle.pem"
    path.write_text(end.join([*certificates[:-1], root(pki).read_text()]))
    return path, len(certificates)


def root(pki):
    """A file of one certificate."""
    return pki.folder / "root-ec.pem"
