# SPDX-License-Identifier: MIT
# An unknown is settled by a person: the evidence from the service, the answer into the journal, and what follows.

import binascii
import datetime
import fcntl
import os
import subprocess
import time

import pytest

import state

FAILED, OTHER_FLOW = state.example(1), state.example(9007)
MEMBERS = ["run", "flow", "attempted", "candidate", "created", "after_s", "status"]
LOST = [{"apply": True}, {"close": "rst"}]  # carried out, and the answer lost
NEVER = [{"close": "rst"}]  # read, and nothing done


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def sealed(seconds, words):
    body = "%s %s" % (stamp(seconds), words)
    return "%08x %s\n" % (binascii.crc32(body.encode()), body)


class Night:
    """A journal, a simulator with few runs, and the commands of an operator."""

    def __init__(self, reflow, sim, path):
        self.reflow, self.sim, self.path = reflow, sim, path
        self.now = int(time.time())
        sim.state.runs.clear()
        sim.state.add_flow(OTHER_FLOW)

    def write(self, *events):
        """Events as (seconds ago, words)."""
        self.path.write_text("".join(sealed(self.now - ago, words) for ago, words in events))

    def run(self, *args, **options):
        return self.reflow.run(*args, "--journal", self.path, url=self.sim.url, **options)

    def settle(self, *args, **options):
        return self.run("settle", *args, **options)

    def add(self, run, ago, flow=state.example(9001), **facts):
        """A run of the service's, created so many seconds ago."""
        return self.sim.state.add_run(run, flow, created_at=(self.now - ago) * 1000, **facts)

    def events(self):
        return [(line["event"], line["run"], line["id"], line["by"])
                for line in self.reflow.run("journal", "--json", self.path).lines]

    def bare(self, *args):
        """Without a token, an organization or an address."""
        nothing = {name: None for name in self.reflow.environment() if name.startswith("REFLOW_")}
        return self.reflow.run("settle", "--journal", self.path, *args, env=nothing)


@pytest.fixture
def night(reflow, sim, tmp_path):
    return Night(reflow, sim, tmp_path / "journal")


# Evidence from a journal

def test_candidates_are_the_flows_runs_since_the_attempt_and_no_others(night):
    night.write((600, "intent a flow=%s" % state.example(9001)), (590, "unknown a error=timeout"),
                (400, "intent x"), (399, "retriggered x id=of-x"))
    for run, ago in (("a", 5000), ("older", 721), ("clock-behind", 719), ("just-then", 600), ("later", 10)):
        night.add(run, ago, status="inProgress" if run == "later" else "failed")
    night.add("of-x", 399)
    night.add("elsewhere", 500, flow=OTHER_FLOW)
    shown = night.settle("--json")
    assert (shown.status, shown.stderr) == (0, "")
    assert all(list(line) == MEMBERS for line in shown.lines)
    assert {(line["run"], line["flow"], line["attempted"]) for line in shown.lines} == {
        ("a", state.example(9001), stamp(night.now - 600))}
    assert [(line["candidate"], line["created"], line["after_s"], line["status"]) for line in shown.lines] == [
        ("later", stamp(night.now - 10), 590, "inProgress"),
        ("just-then", stamp(night.now - 600), 0, "failed"),
        ("clock-behind", stamp(night.now - 719), -119, "failed")]
    assert [request["method"] for request in night.sim.ledger.requests] == ["GET"]  # the journal knew the flow


def test_lines_tell_what_they_are_and_what_comes_next(night):
    night.write((60, "intent a flow=%s" % state.example(9001)), (50, "retriggered x id=of-x"))
    for run in ("a", "of-x", "new"):
        night.add(run, 30)
    shown = night.settle()
    command = "    -> reflow settle --journal %s a --as " % night.path
    assert shown.status == 0 and shown.stdout.splitlines() == [
        "a: flow %s, attempted at %s" % (state.example(9001), stamp(night.now - 60)),
        "    candidate new                                  created at %s, +30 s, failed" % stamp(night.now - 30),
        "    left out: 1 run that the journal knows as the new run of an attempt",
        "    this is evidence and never a verdict: one of them may be the new run; which, if any, is for you to say",
        command + "retriggered=NEW_RUN_ID", command + "not-applied"]


def test_no_candidate_is_said_with_what_it_means(night):
    night.write((60, "intent a"))
    night.add("a", 3600)
    night.add("older", 1000)
    shown = night.settle()
    assert shown.status == 0 and "retriggered=" not in shown.stdout
    assert "no new run of flow %s since %s: the re-trigger has probably not been carried out, but the list may lag: " \
        "look again later\n" % (state.example(9001), stamp(night.now - 180)) in shown.stdout
    assert shown.stdout.endswith(" a --as not-applied\n")
    none = night.settle("--json").one
    assert list(none) == MEMBERS and (none["run"], none["candidate"], none["after_s"]) == ("a", None, None)


def test_all_unsettled_runs_are_gone_through_or_the_one_that_is_named(night):
    flow = " flow=%s" % state.example(9001)
    night.write((90, "intent a" + flow), (80, "intent b" + flow), (79, "refused b error=not_found http=404"),
                (70, "intent c flow=%s" % OTHER_FLOW), (60, "unknown c error=timeout"))
    night.add("new", 40)
    night.add("elsewhere", 40, flow=OTHER_FLOW)
    assert [(line["run"], line["candidate"]) for line in night.settle("--json").lines] == [("a", "new"),
                                                                                            ("c", "elsewhere")]
    assert [line["run"] for line in night.settle("--json", "c").lines] == ["c"]
    before = len(night.sim.ledger.requests)
    settled, unheard = night.settle("b"), night.settle("z")
    assert (settled.status, settled.stdout) == (0, "") and "run b is settled: refused at " in settled.stderr
    assert (unheard.status, unheard.stdout) == (2, "") and "the journal knows nothing of run z" in unheard.stderr
    assert len(night.sim.ledger.requests) == before


def test_trouble_with_one_run_is_reported_and_the_others_go_on(night):
    night.write((90, "intent gone"), (80, "intent a"))
    night.add("a", 3600)
    night.add("new", 40)
    shown = night.settle("--json")
    assert shown.status == 1 and "gone: not_found" in shown.stderr
    assert [(line["run"], line["candidate"]) for line in shown.lines] == [("a", "new")]


def test_a_list_that_breaks_off_is_no_evidence_of_absence(night):
    night.write((90, "intent a flow=%s" % state.example(9001)))
    night.sim.fault([{"send": "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"items\":["}, {"close": "fin"}], times=None)
    for mode in [], ["--json"]:
        shown = night.settle(*mode, "--attempts", "1")
        assert shown.status != 0 and "a: http_truncated" in shown.stderr
        assert "no new run" not in shown.stdout and "candidate" not in shown.stdout


def test_long_lists_are_followed_page_by_page(night):
    night.write((90, "intent a flow=%s" % state.example(9001)))
    for number in range(230):
        night.add("r%03d" % number, 50)
    lines = night.settle("--json").lines
    assert sorted(line["candidate"] for line in lines) == ["r%03d" % number for number in range(230)]
    assert len(night.sim.ledger.requests) == 3


def test_nothing_unsettled_is_said_without_a_token(night):
    night.write((60, "intent a"), (50, "retriggered a id=n"))
    said = night.bare()
    assert (said.status, said.stdout, said.stderr) == (0, "nothing is unsettled\n", "")
    assert (night.bare("--json").status, night.bare("--json").stdout) == (0, "")
    night.write((60, "intent a"))
    assert night.bare().status == 3


def test_a_rejected_token_is_renewed_once(night, tmp_path):
    night.write((90, "intent a"), (80, "intent b"))
    for run in "ab":
        night.add(run, 3600)
    token = tmp_path / "token"
    credentials = {"REFLOW_ACCESS_TOKEN": None, "REFLOW_CLIENT_ID": state.CLIENT_ID,
                   "REFLOW_CLIENT_SECRET": state.CLIENT_SECRET, "REFLOW_TOKEN_FILE": str(token),
                   "REFLOW_IMS_URL": night.sim.ims_url}
    assert night.settle("--json", env=credentials).status == 0
    night.sim.state.tokens.clear()
    again = night.settle("--json", env=credentials)
    assert again.status == 0 and [line["run"] for line in again.lines] == ["a", "b"]
    assert night.sim.state.tokens_minted == 2


def test_the_words_of_the_service_do_not_steer_a_terminal(night):
    night.write((90, "intent a flow=%s" % state.example(9001)))
    night.add("new", 40, status="\x1b[2Jfailed")
    for mode in [], ["--json"]:
        shown = night.settle(*mode)
        assert shown.status == 0 and "\x1b" not in shown.stdout and "\\u001b[2Jfailed" in shown.stdout


def test_an_interrupt_ends_it_and_claims_nothing(night):
    night.write((90, "intent a flow=%s" % state.example(9001)), (80, "intent b flow=%s" % state.example(9001)))
    night.sim.fault([{"set": "asked"}, {"stall": True}])
    session = night.reflow.start("settle", "--journal", night.path, url=night.sim.url)
    night.sim.events.wait("asked")
    session.process.terminate()
    ended = session.finish()
    assert ended.status in (4, 5) and "stopped before run b" in ended.stderr and "no new run" not in ended.stdout


# Evidence without a journal

def test_without_a_journal_the_run_names_the_flow_and_since_the_time(night):
    night.add("a", 90000)
    night.add("new", 3000)
    night.add("other", 3000, flow=OTHER_FLOW)
    night.add("yesterday", 86500)
    day = night.reflow.run("settle", "--json", "a", url=night.sim.url)
    assert day.status == 0 and [(line["attempted"], line["candidate"], line["after_s"]) for line in day.lines] == [
        (None, "new", None)]
    since = night.reflow.run("settle", "--json", "a", "--since", stamp(night.now - 3010), url=night.sim.url)
    assert [(line["candidate"], line["after_s"]) for line in since.lines] == [("new", 10)]
    none = night.reflow.run("settle", "a", "--since", "10m", url=night.sim.url)
    assert none.status == 0 and "no new run of flow" in none.stdout and none.stdout.endswith("reflow retry a\n")
    gone = night.reflow.run("settle", "gone", url=night.sim.url)
    assert (gone.status, gone.stdout) == (1, "") and "not_found" in gone.stderr


# The answer

def unknown_then(night, fault, run=FAILED):
    """retry --failed meets an unknown."""
    night.add(run, 3600)
    night.sim.fault(fault, method="POST", run=run)
    assert night.run("retry", "--failed").status == 5
    assert night.run("retry", "--failed").status == 5  # left to a person
    return len(night.sim.ledger.applied)


def test_what_was_not_applied_is_taken_by_the_next_retry(night):
    assert unknown_then(night, NEVER) == 0
    assert "no new run" in night.settle().stdout
    said = night.bare("--as", "not-applied")
    assert (said.status, said.stderr) == (0, "") and "not_applied  " + FAILED in said.stdout
    assert "retry --failed may take the run again" in said.stdout
    assert night.events()[-1] == ("not_applied", FAILED, None, "operator")
    assert night.run("retry", "--failed").status == 0
    assert [run for run, _ in night.sim.ledger.applied] == [FAILED]


def test_what_was_retriggered_is_done_and_its_new_run_is_traced(night):
    assert unknown_then(night, LOST) == 1
    new = night.sim.ledger.applied[0][1]
    assert [line["candidate"] for line in night.settle("--json").lines] == [new]
    said = night.bare(FAILED, "--as", "retriggered=" + new, "--json")
    assert said.status == 0 and (said.one["event"], said.one["id"], said.one["by"]) == ("retriggered", new, "operator")
    assert night.events()[-1] == ("retriggered", FAILED, new, "operator")
    assert night.run("retry", "--failed").status == 0
    assert len(night.sim.ledger.applied) == 1
    night.sim.state.runs[new].status, night.sim.state.runs[new].future = "failed", []
    stopped = night.run("retry", "--failed", "--rounds", "1")
    assert stopped.status == 1 and "it is retry number 1" in stopped.stdout
    assert night.run("retry", "--failed").status == 0
    assert night.sim.ledger.applied[1][0] == new


@pytest.mark.parametrize("args,words", [
    (["a", "--as", "done"], "must be retriggered=NEW_RUN_ID or not-applied"),
    (["a", "--as", "not_applied"], "must be retriggered=NEW_RUN_ID or not-applied"),
    (["a", "--as", ""], "must be retriggered=NEW_RUN_ID or not-applied"),
    (["a", "--as", "retriggered="], "not the ID of a run"),
    (["a", "--as", "retriggered=new/run"], "not the ID of a run"),
    (["a", "--as", "retriggered=" + "n" * 129], "not the ID of a run"),
    (["a", "--as", "retriggered=a"], "cannot be its own new run"),
    (["a", "--as", "retriggered=of-b"], "already known as the new run of b"),
    (["a", "--as", "retriggered=b"], "older than the attempt"),
    (["--as", "not-applied"], "more than one run is unsettled"),
    (["b", "--as", "not-applied"], "run b is settled: re-triggered at"),
    (["of-b", "--as", "not-applied"], "the journal knows nothing of run of-b"),
    (["a b", "--as", "not-applied"], "not the ID of a run"),
    (["a", "c", "--as", "not-applied"], "one run at a time"),
    (["a", "--since", "24h"], "leave out --since"),
])
def test_wrong_uses_are_refused_and_change_nothing(night, args, words):
    night.write((90, "intent b"), (89, "retriggered b id=of-b"), (80, "intent a"), (70, "intent c"))
    before = night.path.read_bytes()
    said = night.bare(*args)
    assert (said.status, said.stdout) == (2, "") and words in said.stderr
    assert night.path.read_bytes() == before


@pytest.mark.parametrize("args,words", [([], "which run?"), (["a", "b"], "one run at a time"),
                                        (["a", "--as", "not-applied"], "name the journal")])
def test_without_a_journal_one_run_is_named_and_nothing_recorded(night, args, words):
    said = night.reflow.run("settle", *args, url=night.sim.url)
    assert (said.status, said.stdout) == (2, "") and words in said.stderr and night.sim.ledger.requests == []


def test_the_only_unsettled_run_need_not_be_named_and_is_settled_once(night):
    night.write((90, "intent b"), (89, "retriggered b id=of-b"), (80, "intent a"), (79, "unknown a"))
    assert night.bare("--as", "retriggered=new").status == 0
    assert night.events()[-1] == ("retriggered", "a", "new", "operator")
    again = night.bare("--as", "not-applied")
    assert again.status == 2 and "nothing is unsettled" in again.stderr
    again = night.bare("a", "--as", "not-applied")
    assert again.status == 2 and "new run new, as an operator has recorded" in again.stderr


def test_a_new_run_that_the_journal_saw_later_may_be_the_new_run(night):
    night.write((90, "intent a"), (80, "intent new"), (79, "refused new error=not_found"))
    assert night.bare("a", "--as", "retriggered=new").status == 0
    assert night.events()[-1] == ("retriggered", "a", "new", "operator")


@pytest.mark.parametrize("last,words", [("not_applied a error=dns", "settled: not applied at %s\n"),
                                        ("refused a error=not_found", "settled: refused at %s, not_found\n"),
                                        ("refused a", "settled: refused at %s\n"),
                                        ("not_applied a by=operator", "at %s, as an operator has recorded\n")])
def test_what_is_settled_is_said_with_how_it_has_ended(night, last, words):
    night.write((90, "intent a"), (80, last))
    said = night.bare("a")
    assert (said.status, said.stdout) == (0, "") and said.stderr.endswith(words % stamp(night.now - 80))


def test_an_unknown_of_which_there_is_no_attempt_is_looked_for_since_it_was_noted(night):
    night.write((90, "unknown a error=timeout"))
    for run, ago in (("a", 3600), ("too-old", 300), ("new", 10)):
        night.add(run, ago)
    shown = night.settle("--json", "a")
    assert (shown.one["candidate"], shown.one["attempted"], shown.status) == ("new", stamp(night.now - 90), 0)


def test_an_attempt_by_a_clock_that_was_never_set_has_all_runs_for_candidates(night):
    night.path.write_text(sealed(60, "intent a flow=%s" % state.example(9001)))
    assert "since 1970-01-01T00:00:00Z: the re-trigger has probably not been" in night.settle().stdout
    night.add("a", 3600)
    night.add("new", 10)
    shown = night.settle("--json")
    assert (shown.one["candidate"], shown.one["attempted"], shown.status) == ("new", "1970-01-01T00:01:00Z", 0)


# The file

def test_a_missing_journal_is_not_created(night):
    for args in [], ["a"], ["a", "--as", "not-applied"]:
        said = night.bare(*args)
        assert (said.status, said.stdout) == (6, "") and "cannot be opened: No such file" in said.stderr
    assert not night.path.exists()


def test_a_torn_journal_is_healed_by_the_answer_only(night):
    night.write((80, "intent a"))
    whole = night.path.read_bytes()
    night.path.write_bytes(whole + sealed(night.now, "unknown a")[:-5].encode())
    night.add("a", 3600)
    assert night.settle().status == 0
    assert len(night.path.read_bytes()) > len(whole)
    said = night.bare("--as", "not-applied")
    assert said.status == 0 and "removed" in said.stderr
    assert night.path.read_bytes().startswith(whole)
    assert [event for event, *_ in night.events()] == ["intent", "not_applied"]


def test_a_damaged_journal_is_neither_believed_nor_written_to(night):
    night.write((80, "intent a"), (70, "unknown a"))
    damaged = night.path.read_bytes().replace(b"intent", b"intend")
    night.path.write_bytes(damaged)
    for args in [], ["a"], ["--as", "not-applied"]:
        said = night.settle(*args)
        assert (said.status, said.stdout) == (6, "") and "journal:1: damaged" in said.stderr
    assert night.path.read_bytes() == damaged and night.sim.ledger.requests == []


def test_a_journal_in_use_can_be_looked_at_but_not_written_to(night):
    night.write((80, "intent a"))
    night.add("a", 3600)
    before = night.path.read_bytes()
    with open(night.path, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        said = night.bare("--as", "not-applied")
        assert (said.status, said.stdout) == (6, "") and "in use by process %d" % os.getpid() in said.stderr
        looked = night.settle()
        assert looked.status == 0 and "another process is writing to it" in looked.stderr
    assert night.path.read_bytes() == before


def test_a_journal_that_cannot_be_written_to_can_be_looked_at(night):
    """A mount says so even to root."""
    night.write((80, "intent a"))
    night.add("a", 3600)
    before = night.path.read_bytes()
    mount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    prefix = ["unshare", "--mount", "sh", "-c", mount, str(night.path)]
    if subprocess.run(prefix + ["true"], capture_output=True).returncode != 0:
        pytest.skip("this machine lets us mount nothing")

    def run(*args):
        command = prefix + night.reflow.command(["settle", "--journal", night.path, *args])
        return subprocess.run(command, env=night.reflow.environment(night.sim.url), capture_output=True, text=True)

    looked, said = run(), run("--as", "not-applied")
    assert looked.returncode == 0 and "--as not-applied" in looked.stdout
    assert (said.returncode, said.stdout) == (6, "") and "Read-only file system" in said.stderr
    assert night.path.read_bytes() == before


@pytest.mark.parametrize("args", [[], ["--json"], ["--as", "not-applied"]], ids=["lines", "json", "answer"])
def test_output_that_is_full_is_storage(night, args):
    night.write((80, "intent a"))
    night.add("a", 3600)
    command = night.reflow.command(["settle", "--journal", night.path, *args])
    status = os.spawnve(os.P_WAIT, "/bin/sh", ["sh", "-c", '"$@" >/dev/full 2>/dev/null', "sh", *command],
                        night.reflow.environment(night.sim.url))
    assert status == 6
    assert night.events()[-1][0] == ("not_applied" if "--as" in args else "intent")


def test_that_nothing_is_unsettled_is_storage_as_well_where_it_cannot_be_said(night):
    night.write((80, "intent a"), (79, "not_applied a"))
    with open("/dev/full", "w") as full:
        command = night.reflow.command(["settle", "--journal", night.path])
        assert subprocess.run(command, env=night.reflow.environment(), stdout=full).returncode == 6
