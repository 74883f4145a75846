# SPDX-License-Identifier: MIT
# The power fails at every system call of a run: what the caller has on disk agrees with what the service did.
"""The recorder (recorder.c) re-triggers runs of every outcome and writes a journal; the stepper (stepper.c) kills it at
the entry of its first system call, then of its second, and so on until it comes to its end. After each death the
journal is held against the simulator's ledger. Where death came between a write and its fsync, the line may be lost as
well as not: both readings of the journal must be true. That its name is on disk is no business of the recorder's."""

import socket
import subprocess
import time
from dataclasses import dataclass

import faults
import reflow_cli
import state
from totals import Totals

KINDS = ("retriggered", "refused", "not_applied", "unknown")
MOST_CALLS = 2000  # a run takes a tenth of that: more is an endless one


@dataclass
class Run:
    """What is on disk of one run: whether it was meant to be, and what came of it."""
    intent: bool = False
    outcome: str = None
    id: str = None


def read_journal(text):
    runs = {}
    for line in text.splitlines():
        word, run_id, new = line.split()
        run = runs.setdefault(run_id, Run())
        if word == "intent":
            assert not run.intent, "the intent was told twice: %s" % text
            run.intent = True
        else:
            assert word in KINDS and run.outcome is None, text
            run.outcome, run.id = word, new
    return runs


def lies_in(runs, applied):
    """Where the journal says what the ledger does not, or the ledger what the journal does not."""
    lies = ["%s was applied without an intent" % run for run, _ in applied if not runs.get(run, Run()).intent]
    for name, run in runs.items():
        if run.outcome == "retriggered" and (name, run.id) not in applied:
            lies.append("%s was not applied as %s" % (name, run.id))
        elif run.outcome in ("refused", "not_applied") and name in dict(applied):
            lies.append("%s was applied" % name)
        elif run.outcome == "unknown" and not run.intent:
            lies.append("%s is unknown, and was never to be sent" % name)
    return lies


def add_runs(sim, number):
    """Four runs, one of each outcome, that nobody has seen before."""
    runs = ["%s-%d" % (kind, number) for kind in KINDS]
    for kind, run in zip(KINDS, runs):
        trouble = {"refused": state.Trouble("flow", 400, "1388-400", "The flow is not enabled"),
                   "not_applied": state.Trouble("raw", 429)}.get(kind)
        sim.state.add_run(run, trouble=trouble)
    sim.fault([{"apply": True}, *faults.status(500)], run=runs[3])
    return runs


def settle(sim):
    """Waits until the simulator has done with all connections: a last one comes behind them, and says nothing."""
    before = sim.accepted
    socket.create_connection(("127.0.0.1", sim.port)).close()
    deadline = time.monotonic() + 10
    while sim.accepted <= before or len(sim.ledger.of("closed")) < sim.accepted:
        assert time.monotonic() < deadline, "a connection does not come to its end"
        time.sleep(0.0005)


class PowerCut:
    def __init__(self, sim, pki, program, folder):
        self.sim, self.pki, self.folder = sim, pki, folder
        self.stepper, self.recorder = program("stepper"), program("recorder")
        self.environment = {"REFLOW_ACCESS_TOKEN": state.TOKEN, "REFLOW_API_KEY": state.API_KEY,
                            "REFLOW_ORG_ID": state.ORG}
        self.totals = Totals("")
        self.calls = self.possible = self.possible_applied = 0
        self.told = dict.fromkeys(KINDS, 0)

    def cut(self, number):
        """Kills at that call. Returns whether there was one, after the journal has been held against the ledger."""
        runs, journal = add_runs(self.sim, number), self.folder / ("journal-%d" % number)
        before = len(self.sim.ledger.applied)
        url = "https://127.0.0.1:%d%s" % (self.sim.port, self.sim.service.base)
        journal.touch()
        done = subprocess.run([self.stepper, str(number), journal, self.recorder, journal, url, self.pki.ca, *runs],
                              env=self.environment, capture_output=True, text=True, timeout=reflow_cli.LONGEST)
        settle(self.sim)
        self.totals.cases += 1
        if done.returncode not in (0, 9):
            self.totals.crashes += 1
            return True
        calls, kept = map(int, done.stdout.split()[:2])
        self.judge(journal.read_text(), self.sim.ledger.applied[before:], kept)
        self.calls = max(self.calls, calls)
        return done.returncode == 9

    def judge(self, text, applied, kept):
        readings = {text, text[:kept]}
        lies = [lie for reading in readings for lie in lies_in(read_journal(reading), applied)]
        self.totals.lies += bool(lies)
        self.totals.duplicates += len(applied) > len(dict(applied))
        if lies:
            print(lies, text, applied)
        for name, run in read_journal(text).items():
            if run.outcome:
                self.told[run.outcome] += 1
            else:
                self.possible += 1
                self.possible_applied += name in dict(applied)


def test_the_journal_agrees_with_the_ledger_wherever_the_power_fails(make_sim, pki, tls_version, program, tmp_path):
    power = PowerCut(make_sim(versions=tls_version), pki, program, tmp_path)
    power.totals.name = "power cut, TLS %s" % tls_version
    number = 1
    while power.cut(number):
        number += 1
        assert number < MOST_CALLS
    print("\nTLS %s: killed at each of %d system calls; intents without an outcome %d, of them applied %d; told %s"
          % (tls_version, power.calls, power.possible, power.possible_applied,
             ", ".join("%s %d" % pair for pair in power.told.items())))
    print(power.totals)
    assert power.totals.clean
    # It would be worth nothing if the cuts had not fallen on both sides of what matters.
    assert 0 < power.possible_applied < power.possible
    assert all(power.told.values())
