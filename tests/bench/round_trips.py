#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Round trips, sends and bytes of a re-trigger, counted on a slow link.   round_trips.py [--program P] [--check | -o F]
"""`reflow retry` and curl in turns, at nginx behind a link that delays every packet by 50 ms each way. Three kinds of
re-trigger, over TLS 1.2 and 1.3:

  first     a process for one run: connection, full handshake, request, end
  resumed   the second run of a process whose server ends each connection with the answer
  further   the runs after the first on a connection that lasts, without its end

Round trips, segments and bytes are counted on the link (capture.py), sends by strace: the calls that gave bytes to the
connection. Times are those of the whole process (first), from the SYN until the answer (resumed), from one request to
the next (further). All figures are medians. Prints two tables, in Markdown, and then whether ceilings.txt was kept.

--check counts alone, on a faster link and without curl, a few times: what a gate has time for. Ends with 1 when a
ceiling is broken or a run was not re-triggered, 77 when the machine allows no namespaces or TUN devices.
"""

import argparse
import collections
import contextlib
import pathlib
import re
import statistics
import subprocess
import time

import bench
import capture
import link as link_module
import nginx

TIMES = 15
ONE_WAY = 50  # milliseconds
CHECK_TIMES, CHECK_ONE_WAY = 5, 5
PATIENCE = 60  # seconds for one process
PROTOCOLS = {"TLSv1.3": "TLS 1.3", "TLSv1.2": "TLS 1.2"}
STEPS = {"first": 1, "resumed": 2, "further": 6}  # and the runs that a process gets
CERTIFICATES = 500  # bytes; a handshake that is smaller by more has sent none
CONNECT = re.compile(r"connect\(\d+<(socket:\[\d+\])>, {sa_family=AF_INET6?, sin6?_port=htons\((\d+)\)")
SEND = re.compile(r"(?:write|writev|sendto|sendmsg|sendmmsg)\(\d+<(socket:\[\d+\])>.* = [1-9]")


def connections(step):
    """How many a process makes. The last is the one that counts."""
    return 2 if step == "resumed" else 1


class Reflow:
    name = "reflow"

    def __init__(self, program, environment):
        self.program, self.environment = program, environment

    def command(self, _, runs):
        return [self.program, "retry", "--json", *runs]

    def done(self, said):
        return said.count('"outcome":"retriggered"')


class Curl:
    """Called as the service's documents have it. Besides what is given here, reflow sends Content-Length: 0 and
    Accept-Encoding: identity, and asks for JSON where curl asks for anything."""
    name = "curl"

    def __init__(self, environment):
        self.environment = environment
        fields = ["Authorization: Bearer " + bench.TOKEN, "x-api-key: " + environment["REFLOW_API_KEY"],
                  "x-gw-ims-org-id: " + environment["REFLOW_ORG_ID"], "x-sandbox-name: prod",
                  "Content-Type: application/json"]
        self.fields = [word for field in fields for word in ("-H", field)]

    def command(self, url, runs):
        urls = [word for run in runs for word in ("-o", "/dev/null", "%s/runs/%s/action?op=re-trigger" % (url, run))]
        return ["curl", "-q", "-s", "-X", "POST", "--cacert", self.environment["REFLOW_CA"], *self.fields,
                "-w", "%{http_code}\n", *urls]

    def done(self, said):
        return said.split().count("200")


class Samples:
    """What was measured of one client at one step of one protocol."""

    def __init__(self):
        self.figures = collections.defaultdict(list)

    def add(self, **figures):
        for name, value in figures.items():
            self.figures[name].append(value)

    def median(self, name):
        return statistics.median(self.figures[name])

    def add_run(self, run):
        self.add(trips=run.trips, segments=run.segments,
                 **{what + ("_up" if up else "_down"): run.total(what, up)
                    for what in ("size", "content") for up in (True, False)})


class Measurement:
    def __init__(self, clients, link, services):
        self.clients, self.link, self.services = clients, link, services
        self.samples = collections.defaultdict(Samples)
        self.order = []  # of the connections: whose they are, or None
        self.used = 0

    def process(self, client, protocol, step, before=()):
        """Milliseconds that it took."""
        service = self.services[protocol, step == "resumed"]
        count = STEPS[step]
        runs = list(bench.run_ids(count, self.used))
        self.used += count
        begun = time.monotonic()
        ended = subprocess.run(
            [*self.link.near, *bench.LEASH, *before, *client.command(service.url, runs)], timeout=PATIENCE,
            env={**client.environment, "REFLOW_URL": service.url}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        taken = 1000 * (time.monotonic() - begun)
        done = client.done(ended.stdout.decode())
        if ended.returncode or done != count:
            raise bench.Failed("%s, %s, %s: ended with %d, %d of %d runs re-triggered" % (
                client.name, protocol, step, ended.returncode, done, count))
        return taken

    def time(self, client, protocol, step):
        taken = self.process(client, protocol, step)
        self.order += [None] * (connections(step) - 1) + [(client.name, protocol, step)]
        if step == "first":
            self.samples[client.name, protocol, step].add(ms=taken)

    def trace(self, client, protocol, step, file):
        """Sends of the last connection."""
        self.process(client, protocol, step, ["strace", "-f", "-y", "-qq", "-s", "0", "-e", "signal=none", "-e",
                                              "trace=connect,write,writev,sendto,sendmsg,sendmmsg", "-o", str(file)])
        self.order += [None] * connections(step)
        sends = {}
        for line in file.read_text().splitlines():
            connect, send = CONNECT.search(line), SEND.search(line)
            if connect and int(connect[2]) in PORTS.values():
                sends[connect[1]] = 0
            elif send and send[1] in sends:
                sends[send[1]] += 1
        if len(sends) != connections(step):
            raise bench.Failed("%s, %s, %s: %d connections, not %d" % (
                client.name, protocol, step, len(sends), connections(step)))
        return list(sends.values())[-1]

    def count_sends(self, client, protocol, file):
        """Those of a connection's end are in both counts: they fall out of the difference."""
        counted = {step: self.trace(client, protocol, step, file) for step in STEPS}
        counted["further"] = (counted["further"] - counted["first"]) / (STEPS["further"] - 1)
        for step, sends in counted.items():
            self.samples[client.name, protocol, step].add(sends=sends)

    def take_capture(self, file, one_way):
        """Deals out the connections, in the order in which they were made."""
        found = capture.connections(file, one_way / 1000)
        if len(found) != len(self.order):
            raise bench.Failed("%d connections in the capture, not %d" % (len(found), len(self.order)))
        for key, connection in zip(self.order, found):
            if key is not None:
                self.take(key, connection.runs(len(bench.TOKEN)))

    def take(self, key, runs):
        step = key[2]
        if len(runs) != (STEPS["further"] if step == "further" else 1):
            raise bench.Failed("%s, %s, %s: %d requests in the capture" % (*key, len(runs)))
        for run in runs[1:-1] if step == "further" else runs:
            self.samples[key].add_run(run)
            if step != "first":
                self.samples[key].add(ms=1000 * (run.answered - run.begun))

    def check_resumed(self):
        for (name, protocol, step), samples in self.samples.items():
            full = self.samples[name, protocol, "first"]
            if step == "resumed" and samples.median("content_down") > full.median("content_down") - CERTIFICATES:
                raise bench.Failed("%s, %s: was not resumed" % (name, protocol))


PORTS = {(protocol, ending): 8443 + 2 * at + ending for at, protocol in enumerate(PROTOCOLS) for ending in (0, 1)}


@contextlib.contextmanager
def far_services(folder, pki, link):
    """nginx for each protocol, with connections that last and with those that end with the answer."""
    with contextlib.ExitStack() as stack:
        services = {}
        for (protocol, ending), port in PORTS.items():
            place = folder / str(port)
            place.mkdir()
            services[protocol, bool(ending)] = stack.enter_context(nginx.Nginx(
                place, pki, link.address, port, link.far, "wildcard", protocol, link.name,
                **({"requests": 1} if ending else {})))
        yield services


def need_strace():
    if subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], stderr=subprocess.DEVNULL).returncode:
        raise bench.Unavailable("strace may not trace here")


def measure(args, times, one_way):
    need_strace()
    with bench.workshop() as (folder, pki):
        file = folder / "link.pcap"
        environment = bench.environment(pki, "")
        clients = [Reflow(bench.program(args.program), environment)]
        clients += [] if args.check else [Curl(environment)]
        with link_module.DelayLink(folder, one_way, file) as link, far_services(folder, pki, link) as services:
            print("round trip of the link: %.2f ms\n" % link.round_trip(PORTS["TLSv1.3", 0]), flush=True)
            measurement = Measurement(clients, link, services)
            for protocol in PROTOCOLS:
                for client in clients:
                    measurement.count_sends(client, protocol, folder / "strace")
                for step in STEPS:
                    for _ in range(times):
                        for client in clients:
                            measurement.time(client, protocol, step)
            link.round_trip(PORTS["TLSv1.3", 0], 2)  # until what was under way has come
        measurement.take_capture(file, one_way)
        measurement.check_resumed()
        return measurement.samples


# ---- What is said of it ----

COUNTED = [("round trips", "trips"), ("sends", "sends"), ("segments", "segments"), ("ms", "ms")]
BYTES = [("up, with IP and TCP", "size_up"), ("down, with IP and TCP", "size_down"),
         ("up, TCP's content", "content_up"), ("down, TCP's content", "content_down")]
CEILINGS = {"trips": "round trips", "sends": "sends", "content_up": "bytes up", "content_down": "bytes down"}


def number(value):
    return "{:,.0f}".format(value) if value == round(value) or value >= 1000 else "{:.1f}".format(value)


def rows(samples, clients, columns):
    """Each cell has a figure of each client, reflow's first; those of time have their ratio beside them."""
    yield ["", *(title for title, _ in columns)]
    for protocol, words in PROTOCOLS.items():
        for step in STEPS:
            row = ["%s, %s" % (words, step)]
            for _, figure in columns:
                medians = [samples[client, protocol, step].median(figure) for client in clients]
                ratio = " (%.2f)" % (medians[0] / medians[1]) if figure == "ms" and len(medians) > 1 else ""
                row.append(" / ".join(map(number, medians)) + ratio)
            yield row


def markdown(title, lines):
    (_, *titles), *others = lines
    lines = [[title, *titles], ["---"] + ["--:"] * len(titles), *others]
    return "".join("| %s |\n" % " | ".join(line) for line in lines)


def judge(samples):
    kept = []
    for protocol, words in PROTOCOLS.items():
        for step in STEPS:
            for figure, unit in CEILINGS.items():
                most = bench.ceiling("rtt_%s_%s_%s_at_most" % (words.lower().replace(" ", ""), step, figure))
                found = samples["reflow", protocol, step].median(figure)
                kept.append(bench.verdict("%s, %s: %s %s, at most %s" % (
                    words, step, number(found), unit, number(most)), 0 < found <= most))
    return all(kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", help="the tool, default build/reflow")
    parser.add_argument("--check", action="store_true", help="count alone, a few times, on a faster link")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="the tables go there as well")
    args = parser.parse_args()
    samples = measure(args, *((CHECK_TIMES, CHECK_ONE_WAY) if args.check else (TIMES, ONE_WAY)))
    clients, counted = (["reflow"], COUNTED[:-1]) if args.check else (["reflow", "curl"], COUNTED)
    text = "\n".join(markdown(title, rows(samples, clients, columns))
                     for title, columns in ((" / ".join(clients), counted), ("bytes", BYTES)))
    print(text)
    if args.output:
        args.output.write_text(text)
    return 0 if judge(samples) else 1


if __name__ == "__main__":
    bench.script(main)
