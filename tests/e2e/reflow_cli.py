# SPDX-License-Identifier: MIT
# Runs the tool as a user would, in a clean environment, and holds every report against the simulator's ledger.

import json
import os
import pathlib
import shlex
import subprocess
from dataclasses import dataclass

import state

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = state.TOKEN
KEYS = ["run", "outcome", "id", "etag", "http_status", "error", "detail", "request_id", "attempts", "elapsed_ms"]
# What the tool was compiled with that a user's is not: nothing, "sanitizers", or something else, such as counters of
# coverage. conftest.py leaves out what cannot hold then.
INSTRUMENTED = os.environ.get("REFLOW_INSTRUMENTED", "")
SANITIZED = INSTRUMENTED == "sanitizers"
LONGEST = 20 if "REFLOW_WRAPPER" not in os.environ else 200  # seconds; a tool that hangs is ended


def program():
    path = pathlib.Path(os.environ.get("REFLOW_BIN", "build/reflow"))
    return str(path if path.is_absolute() else ROOT / path)


@dataclass
class Result:
    """What one run of the tool came to. `lines` are the JSON objects on standard output."""
    status: int
    stdout: str
    stderr: str

    @property
    def lines(self):
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def one(self):
        assert len(self.lines) == 1, self
        return self.lines[0]

    @property
    def outcomes(self):
        return [(line["outcome"], line["error"]) for line in self.lines]


class Session:
    """A tool that still runs: lines in, lines out. Nothing here waits longer than the peer or the tool makes it."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.seen = []

    def give(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def line(self):
        text = self.process.stdout.readline().decode()
        self.seen.append(text)
        return json.loads(text)

    def finish(self):
        out, err = self.process.communicate(timeout=LONGEST)
        return Result(self.process.returncode, "".join(self.seen) + out.decode(), err.decode())

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


class Tool:
    def __init__(self, pki):
        self.pki = pki
        self.sessions = []

    def environment(self, url=None, extra=None):
        """The caller's, without anything of reflow's or a proxy's; then a whole configuration."""
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("REFLOW_") and not name.lower().endswith("_proxy")}
        clean.update(REFLOW_ACCESS_TOKEN=TOKEN, REFLOW_API_KEY=state.API_KEY, REFLOW_ORG_ID=state.ORG,
                     REFLOW_CA=self.pki.ca)
        if url:
            clean["REFLOW_URL"] = url
        clean.update(extra or {})
        return {name: value for name, value in clean.items() if value is not None}

    def command(self, args):
        assert not any(TOKEN in str(arg) for arg in args)
        return shlex.split(os.environ.get("REFLOW_WRAPPER", "")) + [program(), *map(str, args)]

    def run(self, *args, url=None, env=None, stdin=None):
        """`env` adds to the environment; a value of None takes away."""
        done = subprocess.run(self.command(args), env=self.environment(url, env), timeout=LONGEST,
                              input=b"" if stdin is None else stdin.encode() if isinstance(stdin, str) else stdin,
                              capture_output=True)
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(self, *args, url=None, env=None):
        session = Session(self.command(args), self.environment(url, env))
        self.sessions.append(session)
        return session

    def retry(self, sim, *args, env=None, stdin=None):
        """`retry --json` against a simulator; what it reports has to be what the ledger knows."""
        before = len(sim.ledger.applied)
        result = self.run("retry", "--json", *args, url=sim.url, env=env, stdin=stdin)
        check_truth(result, sim.ledger.applied[before:])
        return result


def check_truth(result, applied):
    """retriggered only if it was applied, so; refused and not_applied only if it was not; never anything twice."""
    reports = result.lines
    for line in reports:
        assert list(line) == KEYS, line
        times = [run for run, _ in applied].count(line["run"])
        asked = [other["run"] for other in reports].count(line["run"])
        assert times <= asked, "%s was applied %d times" % (line["run"], times)
        if line["outcome"] == "retriggered":
            assert (line["run"], line["id"]) in applied, line
        elif line["outcome"] in ("refused", "not_applied"):
            others = [other["outcome"] for other in reports if other["run"] == line["run"]]
            assert times <= len(others) - others.count(line["outcome"]), "a lie: %s" % line
        else:
            assert line["outcome"] == "unknown", line
