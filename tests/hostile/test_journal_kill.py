# SPDX-License-Identifier: MIT
# `retry --failed --journal` killed at every system call and started again: nothing twice, nothing lost from sight.
"""Twenty failed runs, a new journal. The stepper (stepper.c) kills the tool at the entry of its Nth system call; the
tool is started again with the same journal and left alone. The service's ledger then judges both: what was applied, how
often, and whether the journal and the second start tell of it. Where death left bytes that no sync has brought to disk,
a power cut may take them: then the second start has to do without them, and once more with half of them.

Some runs end unknown by themselves (500, a lost connection), except in "sure", where the exit status of the second
start depends on the kill alone. KILL_EVERY=7 (environment) takes every seventh kill point only."""

import collections
import contextlib
import multiprocessing
import os
import subprocess
import tempfile
from dataclasses import dataclass, field

import pytest

import faults
import reflow_cli
import state
from journal_reader import last_words, lies_in, read_journal
from server import Simulator
from test_power_cut import settle
from totals import Totals

EVERY = int(os.environ.get("KILL_EVERY", "1"))
COUNT = 20
FLOW = "flow-of-the-night"
WORKERS = 2
# In memory, where a sync takes no time. What a power cut takes away is the stepper's account, not the disk's.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
SLACK = 40  # calls that one run of the tool may need more than another
# How often the calls are made that matter: two events a run, one request, one report.
MATTERS = {"write-journal": 2 * COUNT, "fdatasync-journal": 2 * COUNT, "sendto": COUNT, "write-report": COUNT}
REFUSED, SERVER_ERROR, LOST_ANSWER = (3, 10, 17), 5, 12


@dataclass
class Case:
    """Death at call `number`, of all or of those that are called `kind`."""
    number: int
    kind: str
    jobs: int
    sure: bool


@dataclass
class End:
    """What a case came to. Only words and numbers: it travels from one process to another."""
    case: Case
    call: str = ""  # at which it was killed, or "" when it ended before
    calls: int = 0
    twice: int = 0
    lost: list = field(default_factory=list)
    unreadable: list = field(default_factory=list)
    lies: list = field(default_factory=list)
    crashes: list = field(default_factory=list)
    intents: int = 0  # without an outcome, when it was started again
    intents_applied: int = 0

    @property
    def lied(self):
        return bool(self.lies or self.lost or self.unreadable)


# One death, and what comes after it

class Night:
    """A service with twenty failed runs, some of them re-triggered already; a folder for the journal; and the tool."""

    def __init__(self, scene, folder, case, applied=()):
        self.pki, self.stepper = scene
        self.case, self.journal = case, os.path.join(folder, "journal")
        self.sim = Simulator(self.pki.chain("server-ec"), self.pki.key("server-ec"))
        self.tool = reflow_cli.Tool(self.pki)
        self.runs = ["run-%02d" % number for number in range(COUNT)]
        self.sim.state.runs.clear()
        self.sim.state.add_flow(FLOW)
        for number, run in enumerate(self.runs):
            refusal = state.Trouble("flow", 400, "1388-400", "The flow is not enabled")
            self.sim.state.add_run(run, FLOW, trouble=refusal if number in REFUSED else None)
        for number in () if case.sure else (SERVER_ERROR, LOST_ANSWER):
            steps = [{"apply": True}, *faults.status(500)] if number == SERVER_ERROR else faults.apply_then_drop()
            self.sim.fault(steps, run=self.runs[number])
        for run, new in applied:
            self.sim.state.retry_run(self.sim.state.runs[run], new)
            self.sim.ledger.add("applied", connection=0, run=run, id=new)

    @property
    def applied(self):
        return self.sim.ledger.applied

    @property
    def content(self):
        """Of the journal, or None."""
        with contextlib.suppress(FileNotFoundError), open(self.journal, "rb") as file:
            return file.read()
        return None

    def start(self, *before):
        command = self.tool.command(["retry", "--failed", "--flow", FLOW, "--journal", self.journal, "--json",
                                     "--jobs", self.case.jobs])
        url = "https://127.0.0.1:%d%s" % (self.sim.port, self.sim.service.base)
        done = subprocess.run([*before, *command], capture_output=True, text=True, timeout=reflow_cli.LONGEST,
                              env=self.tool.environment(url))
        settle(self.sim)
        return done

    def killed(self, end):
        """The first start. Returns how many bytes of the journal a power cut could not have taken away, -1: not even
        its name."""
        with self.sim:
            done = self.start(self.stepper, "%d%s" % (self.case.number, self.case.kind), self.journal)
        *reports, last = done.stdout.splitlines()
        calls, kept, call, how = last.split()
        if how not in ("killed", "0", "1", "5"):
            end.crashes.append("the first start ended %s: %s" % (how, done.stderr))
        end.calls, end.call = int(calls), call if how == "killed" else ""
        self.check_reports(end, "\n".join(reports))
        return int(kept)

    def started_again(self, end, torn):
        """With whatever the journal holds by now."""
        last = self.judge_journal(end, torn)
        possible = {run for run, event in last.items() if event.name == "intent"}
        end.intents, end.intents_applied = len(possible), len(possible & set(dict(self.applied)))
        with self.sim:
            done = self.start()
        self.judge(end, done, self.judge_journal(end))
        end.lies += self.sim.problems

    # Judging

    def check_reports(self, end, stdout):
        try:
            reflow_cli.check_truth(reflow_cli.Result(0, stdout, ""), self.applied)
        except (AssertionError, ValueError) as lie:
            end.lies.append("a report: %s" % lie)

    def judge_journal(self, end, torn=False):
        """run -> its last event, where the journal can be read."""
        try:
            last = last_words(read_journal(self.content or b"", torn))
        except ValueError as reason:
            end.unreadable.append(str(reason))
            return {}
        end.lies += lies_in(last, self.applied)
        return last

    def judge(self, end, done, last):
        """The second start, and all that there is afterwards."""
        self.check_reports(end, done.stdout)
        reports = {line["run"]: line["outcome"] for line in reflow_cli.Result(0, done.stdout, "").lines}
        end.twice = len(self.applied) - len(dict(self.applied))
        possible = {run for run, event in last.items() if event.name in ("intent", "unknown")}
        told = {run for run, outcome in reports.items() if outcome == "unknown"}
        for run in self.runs:
            name = last[run].name if run in last else "nothing"
            if name in ("nothing", "not_applied"):
                end.lost.append("%s: %s, applied: %s" % (run, name, run in dict(self.applied)))
        end.lost += ["%s: may have been applied, and was not reported" % run for run in possible - told]
        end.lies += ["%s: reported unknown, although the journal knows" % run for run in told - possible]
        if done.returncode != (5 if possible else 1 if "refused" in reports.values() else 0):
            end.crashes.append("the second start ended %d: %s" % (done.returncode, done.stderr))


def readings(content, kept):
    """name -> what the journal may hold after a power cut: all that was written, or less."""
    if content is None or kept >= len(content):
        return {"": content}
    sound = max(kept, 0)
    return {"": content, ", bytes lost": content[:sound] if kept >= 0 else None,
            ", bytes torn": content[:sound + (len(content) - sound) // 2]}


def put(content, path):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    if content is not None:
        with open(path, "wb") as file:
            file.write(content)


def follow(scene, folder, case, ends):
    """Kills, and starts again once for each thing that the journal may hold by then."""
    end = End(case)
    ends.append(end)
    night = Night(scene, folder, case)
    kept = night.killed(end)
    call, calls, content = end.call, end.calls, night.content
    for name, reading in readings(content, kept).items():
        if name:
            end = End(case, call + name, calls)
            ends.append(end)
        put(reading, night.journal)
        Night(scene, folder, case, night.applied).started_again(end, torn="torn" in name)


def one_case(scene, case):
    """An End for the death itself, and one more for each thing that a power cut may have done."""
    ends = []
    with tempfile.TemporaryDirectory(prefix="reflow-kill-", dir=MEMORY) as folder:
        try:
            follow(scene, folder, case, ends)
        except Exception as failure:  # of this test: it must not pass for a good end
            ends[-1].crashes.append("%s: %s" % (type(failure).__name__, failure))
    return ends


# All of them

def kill_points(calls):
    """All calls by their numbers; and those that matter by their own, because the others are not always the same."""
    yield from ((number, "") for number in range(1, calls + SLACK, EVERY))
    for kind, times in MATTERS.items():
        yield from ((number, "@" + kind) for number in range(1, times + 1, EVERY))


def all_cases(scene, jobs, sure):
    """Returns how many calls there are, and the ends of all cases."""
    whole = one_case(scene, Case(10 ** 6, "", jobs, sure))
    cases = [Case(number, kind, jobs, sure) for number, kind in kill_points(whole[0].calls)]
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        ends = pool.starmap(one_case, [(scene, case) for case in cases], chunksize=2)
    return whole[0].calls, [end for some in [whole, *ends] for end in some]


def table(ends):
    rows = collections.defaultdict(list)
    for end in ends:
        rows[end.call or "(came to its end)"].append(end)
    form = "%-34s %6s %7s %6s %11s %8s %9s"
    lines = [form % ("killed at the entry of", "cases", "twice", "lost", "unreadable", "intents", "applied")]
    for name, those in [*sorted(rows.items()), ("all", ends)]:
        lines.append(form % (name, len(those), sum(end.twice for end in those), sum(len(end.lost) for end in those),
                             sum(bool(end.unreadable) for end in those), sum(end.intents for end in those),
                             sum(end.intents_applied for end in those)))
    return "\n".join(lines)


@pytest.mark.parametrize("jobs,sure", [(1, False), (1, True), (4, False)], ids=["one", "one-sure", "four"])
def test_killed_at_any_system_call_and_started_again_nothing_is_done_twice_or_lost_from_sight(pki, program, jobs, sure):
    calls, ends = all_cases((pki, program("stepper")), jobs, sure)
    name = "journal, --jobs %d%s" % (jobs, ", none unknown by itself" if sure else "")
    print("\n%s: killed at %s of %d system calls\n%s"
          % (name, "each" if EVERY == 1 else "every %dth" % EVERY, calls, table(ends)))
    for end in ends:
        if end.twice or end.lied or end.crashes:
            print(end)
    total = Totals(name, len(ends), sum(end.lied for end in ends), sum(end.twice for end in ends),
                   sum(bool(end.crashes) for end in ends))
    print(total)
    assert total.clean
    assert any(not end.call for end in ends[1:]), "the last calls were not reached"
    # It would be worth nothing if the kills had not fallen on both sides of what matters.
    assert 0 < sum(end.intents_applied for end in ends) < sum(end.intents for end in ends)
    assert {*MATTERS, "recvfrom"} <= {end.call for end in ends}
    assert all(end.call.startswith(end.case.kind[1:]) for end in ends if end.case.kind)
    assert {word for end in ends for word in ("lost", "torn") if end.call.endswith(word)} == {"lost", "torn"}
