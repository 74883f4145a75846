#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# The Flow Service simulator as a command: options, certificates, signals.

import argparse
import signal
import sys
import tempfile
import threading

import faults
import ims
import pki
import state
from ledger import Ledger
from server import Simulator
from service import BASE

EPILOG = """
credentials that it accepts:
  token %(token)s    API key %(key)s    sandbox prod (also dev; locked is forbidden)
  organization %(org)s
  client ID %(client)s    client secret %(secret)s

runs that it knows:
%(runs)s

faults:
%(faults)s
  or steps of your own as JSON; `python3 -c 'import faults; help(faults)'` in this folder describes them.

examples:
  flowsim.py --port 8443 --pki /tmp/reflow-pki --verbose
  flowsim.py --fault stall@%(documented)s --ledger /tmp/ledger.jsonl
  flowsim.py --fault '{"nth": 2, "steps": [{"apply": true}, {"close": "rst"}]}' --tls 1.2

and against the first of them:
  export REFLOW_ACCESS_TOKEN=%(token)s REFLOW_API_KEY=%(key)s REFLOW_ORG_ID=%(org)s
  reflow retry --ca /tmp/reflow-pki/roots.pem --url https://localhost:8443%(base)s %(documented)s

tokens are at https://localhost:PORT%(ims)s; instead of REFLOW_ACCESS_TOKEN:
  export REFLOW_CLIENT_ID=%(client)s REFLOW_CLIENT_SECRET=%(secret)s
  reflow token --ca /tmp/reflow-pki/roots.pem --ims-url https://localhost:8443%(ims)s
"""


def epilog():
    runs = "\n".join("  %-19s %s\n      %s" % (name, run_id, text)
                     for name, (run_id, text, _) in state.EXAMPLES.items())
    named = "\n".join("  %-19s %s" % (name, text) for name, (text, _) in faults.NAMED.items())
    return EPILOG % {"token": state.TOKEN, "key": state.API_KEY, "org": state.ORG, "client": state.CLIENT_ID,
                     "secret": state.CLIENT_SECRET, "runs": runs, "faults": named, "base": BASE, "ims": ims.PATH,
                     "documented": state.DOCUMENTED}


def rate(text):
    """`N/S`, N requests in S seconds; `N` is in one second."""
    requests, _, seconds = text.partition("/")
    pair = int(requests), float(seconds or 1)
    if min(pair) <= 0:
        raise ValueError
    return pair


def positive(text):
    if float(text) <= 0:
        raise ValueError
    return float(text)


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(
        prog="flowsim.py", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=epilog(),
        description="Simulates the Flow Service and its token endpoint on loopback over TLS. Prints\n"
                    "`listening on https://localhost:PORT` when ready; ends on SIGTERM or Ctrl-C.")
    parser.add_argument("--port", type=int, default=0, help="TCP port; 0, the default, takes a free one")
    parser.add_argument("--port-file", metavar="FILE", help="write the port number there when ready")
    parser.add_argument("--pki", metavar="FOLDER", help="certificates, made there when missing (default: a temporary "
                        "folder); FOLDER/roots.pem is what a client has to trust")
    parser.add_argument("--cert", metavar="NAME", default="server-ec", choices=[spec.name for spec in pki.SERVERS],
                        help="which of them to show (default server-ec): %(choices)s")
    parser.add_argument("--tls", default="1.2-1.3", choices=["1.1", "1.2", "1.3", "1.2-1.3"], help="TLS versions")
    parser.add_argument("--fault", metavar="FAULT", action="append", default=[], type=faults.parse,
                        help="NAME, NAME@RUN_ID, NAME@#N (the Nth request) or JSON; strikes once; may be repeated")
    parser.add_argument("--script", metavar="FILE", help="faults from a JSON file, a list")
    parser.add_argument("--runs", metavar="N", type=int, default=0, help="add N failed runs of flow %s, created over "
                        "the last 24 hours" % state.example(9001))
    parser.add_argument("--rate", metavar="N/S", type=rate, help="allow N requests in S seconds (S: 1) over all "
                        "connections, beyond that 429 with Retry-After")
    parser.add_argument("--token-life", metavar="S", type=positive, default=86399,
                        help="seconds that fetched tokens live (default %(default)s)")
    parser.add_argument("--ledger", metavar="FILE", help="append what truly happened as JSON lines, before each answer")
    parser.add_argument("-v", "--verbose", action="store_true", help="the ledger on standard error")
    return parser.parse_args(arguments)


class Both:
    """A file that is several."""

    def __init__(self, *files):
        self.files = [file for file in files if file]

    def write(self, text):
        for file in self.files:
            file.write(text)

    def flush(self):
        for file in self.files:
            file.flush()


def serve(options, folder):
    keys = pki.make(folder)
    ledger_file = open(options.ledger, "a") if options.ledger else None
    ledger = Ledger(Both(ledger_file, sys.stderr if options.verbose else None))
    simulator = Simulator(keys.chain(options.cert), keys.key(options.cert), port=options.port,
                          versions=tuple(options.tls.split("-")), ledger=ledger)
    simulator.state.add_failed(options.runs)
    simulator.state.rate, simulator.state.token_life = options.rate, options.token_life
    simulator.faults += options.fault + (faults.load(options.script) if options.script else [])
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with simulator:
        if options.port_file:
            with open(options.port_file, "w") as stream:
                stream.write("%d\n" % simulator.port)
        print("CA certificates: " + keys.ca, file=sys.stderr, flush=True)
        print("listening on " + simulator.root, flush=True)
        ended.wait()


def main():
    options = parse_arguments()
    if options.pki:
        serve(options, options.pki)
    else:
        with tempfile.TemporaryDirectory(prefix="flowsim-") as folder:
            serve(options, folder)


if __name__ == "__main__":
    main()
