# SPDX-License-Identifier: MIT
# retry --failed, and retry with a journal: who is taken, who is left alone, and what the exit status says of the night.

import signal
import time

import pytest

import faults
import reflow_cli
import state

FLOW, OTHER = "flow-of-the-night", "another-flow"
REFUSAL = ("flow", 400, "1388-400", "The flow is not enabled")


@pytest.fixture
def sim(make_sim):
    """A service without runs, and with two flows."""
    sim = make_sim()
    sim.state.runs.clear()
    sim.state.add_flow(FLOW)
    sim.state.add_flow(OTHER)
    return sim


class Night:
    """The timer's command: always the same journal."""

    def __init__(self, reflow, sim, folder):
        self.reflow, self.sim, self.journal = reflow, sim, folder / "journal"

    def retry(self, *args, repeated=False, env=None, stdin=None):
        """retry --json with the journal; what it reports has to be what the ledger knows of all nights (`repeated`: but
        for how often)."""
        result = self.reflow.run("retry", "--json", "--journal", self.journal, *args, url=self.sim.url, env=env,
                                 stdin=stdin)
        applied = self.sim.ledger.applied
        reflow_cli.check_truth(result, set(applied[-len(result.lines):]) if repeated else applied)
        return result

    def failed(self, *args, **options):
        return self.retry("--failed", *args, **options)

    @property
    def taken(self):
        return sorted(run for run, _ in self.sim.ledger.applied)

    @property
    def asked(self):
        """How many requests there were that change something."""
        return len([entry for entry in self.sim.ledger.requests if entry["method"] == "POST"])

    @property
    def pages(self):
        return len([entry for entry in self.sim.ledger.requests if entry["method"] == "GET"])


@pytest.fixture
def night(reflow, sim, tmp_path):
    return Night(reflow, sim, tmp_path)


def summary(failed, retriggered=0, refused=0, not_applied=0, unknown=0, left=(0, 0, 0, 0)):
    return ("reflow: %d failed runs: %d re-triggered, %d refused, %d not applied, %d unknown; left alone: "
            "%d done before, %d unsettled, %d refused before, %d after their last round\n"
            % (failed, retriggered, refused, not_applied, unknown, *left))


# Who is taken

@pytest.mark.parametrize("jobs", [1, 4])
def test_all_failed_runs_of_several_pages_are_retriggered_once_and_never_again(night, jobs):
    runs = night.sim.state.add_failed(250, FLOW)
    result = night.failed("--jobs", jobs)
    assert (set(result.outcomes), result.status) == ({("retriggered", None)}, 0)
    assert (night.taken, night.pages, result.stderr) == (sorted(runs), 3, summary(250, 250))
    again = night.failed("--jobs", jobs)
    assert (again.stdout, again.stderr, again.status) == ("", summary(250, left=(250, 0, 0, 0)), 0)
    assert night.asked == 250


def test_a_service_without_failed_runs_is_a_quiet_night(night):
    night.sim.state.add_run("fine", FLOW, status="success")
    result = night.failed()
    assert (result.stdout, result.stderr, result.status) == ("", summary(0), 0)


def test_only_the_runs_of_the_flow_that_is_named(night):
    mine = night.sim.state.add_failed(3, FLOW)
    night.sim.state.add_failed(3, OTHER)
    assert night.failed("--flow", FLOW).status == 0
    assert night.taken == sorted(mine)


def test_only_what_has_failed_since_then(night):
    now = int(time.time() * 1000)
    for name, hours in (("old", 25), ("young", 23), ("new", 1)):
        night.sim.state.add_run(name, FLOW, created_at=now - hours * 3600 * 1000)
    assert night.failed("--since", "24h").status == 0
    assert night.taken == ["new", "young"]


def test_no_more_than_the_newest_that_are_to_be_looked_at(night):
    runs = night.sim.state.add_failed(12, FLOW)
    assert night.failed("--limit", 5).stderr == summary(5, 5)
    assert night.taken == sorted(runs[-5:])
    assert night.failed("--limit", 5).stderr == summary(5, left=(5, 0, 0, 0))
    assert night.failed("--limit", 7).stderr == summary(7, 2, left=(5, 0, 0, 0))


@pytest.mark.parametrize("spelling", [(), ("status-upper",), ("shuffled", "metrics-first")])
def test_of_a_service_that_does_not_heed_the_filters_only_failed_runs_are_taken(night, spelling):
    night.sim.state.ignore_filters = True
    night.sim.state.list_shape = spelling
    failed = night.sim.state.add_failed(3, FLOW)
    for status in ("success", "inProgress", "scheduled", "partialSuccess"):
        night.sim.state.add_run("run-" + status, FLOW, status=status)
    assert night.failed().status == 0
    assert night.taken == sorted(failed)
    assert night.asked == 3


@pytest.mark.parametrize("surplus", [1, 5, 400])
def test_of_a_page_with_more_runs_than_were_asked_for_all_are_taken(night, surplus):
    runs = night.sim.state.add_failed(250, FLOW)
    night.sim.state.surplus_items = surplus
    result = night.failed()
    assert (night.taken, result.stderr, result.status) == (sorted(runs), summary(250, 250), 0)
    assert night.failed().stderr == summary(250, left=(250, 0, 0, 0))


def test_two_shards_take_each_run_once(reflow, sim, tmp_path):
    runs = sim.state.add_failed(30, FLOW)
    for index in range(2):
        (tmp_path / str(index)).mkdir()
        assert Night(reflow, sim, tmp_path / str(index)).failed("--shard", "%d/2" % index).status == 0
    assert sorted(run for run, _ in sim.ledger.applied) == sorted(runs)


# What was done before

def test_a_retry_that_fails_again_is_retriggered_until_its_rounds_are_over(night):
    night.sim.state.add_run("first", FLOW, next_status_at=((0, "failed"),))
    chain = ["first"]
    for _ in range(3):
        assert night.failed().status == 0
        run, new = night.sim.ledger.applied[-1]
        assert run == chain[-1] and len(night.sim.ledger.applied) == len(chain)
        chain.append(new)
    result = night.failed()
    assert (result.one["run"], result.one["outcome"], result.status) == (chain[-1], "refused", 1)
    assert "retry number 3" in result.one["detail"] and result.stderr == summary(4, left=(3, 0, 0, 1))
    assert night.failed("--rounds", 4).status == 0
    assert [run for run, _ in night.sim.ledger.applied] == chain


def test_a_refused_run_is_taken_again_only_when_that_is_asked_for(night):
    night.sim.state.add_run("refused", FLOW, trouble=state.Trouble(*REFUSAL))
    result = night.failed()
    assert (result.outcomes, result.status, result.stderr) == ([("refused", "rejected")], 1, summary(1, refused=1))
    left = night.failed()
    assert (left.stdout, left.status, left.stderr) == ("", 0, summary(1, left=(0, 0, 1, 0)))
    assert night.asked == 1
    night.sim.state.runs["refused"].trouble = None
    assert night.failed("--repeat-refused").outcomes == [("retriggered", None)]


@pytest.mark.parametrize("trouble,error", [(("gateway", 401, "401013", "Oauth token is not valid"), "unauthorized"),
                                           (("gateway", 403, "403025", "Profile is not valid"), "forbidden")])
def test_a_refusal_of_the_credentials_says_nothing_of_the_run(night, trouble, error):
    night.sim.state.add_run("run", FLOW, trouble=state.Trouble(*trouble, times=1))
    result = night.failed()
    assert (result.outcomes, result.status) == ([("refused", error)], 3)
    assert night.failed().outcomes == [("retriggered", None)]


def test_what_was_not_applied_is_taken_again(night):
    night.sim.state.add_run("run", FLOW, trouble=state.Trouble("gateway", 503, "503000", "Unavailable", times=1))
    result = night.failed("--attempts", 1)
    assert (result.outcomes, result.status) == ([("not_applied", "unavailable")], 4)
    assert night.failed().outcomes == [("retriggered", None)]


def test_an_unknown_is_left_to_a_person_until_its_repetition_is_asked_for(night):
    night.sim.state.add_run("run", FLOW)
    night.sim.fault(faults.apply_then_drop(), run="run")
    result = night.failed()
    assert (result.outcomes, result.status) == ([("unknown", "connection_lost")], 5)
    left = night.failed()
    assert (left.outcomes, left.status, left.stderr) == ([("unknown", None)], 5, summary(1, left=(0, 1, 0, 0)))
    assert "attempted at" in left.one["detail"] and night.asked == 1
    assert night.failed("--repeat-unknown", repeated=True).outcomes == [("retriggered", None)]
    assert night.taken == ["run", "run"]  # which is why it has to be asked for
    assert night.failed(repeated=True).status == 0


def test_runs_that_are_left_alone_and_those_that_are_not_end_in_one_night(night):
    for name, trouble in (("refused", state.Trouble(*REFUSAL)), ("done", None), ("unknown", None)):
        night.sim.state.add_run(name, FLOW, trouble=trouble)
    night.sim.fault([{"apply": True}, *faults.status(500)], run="unknown")
    assert night.failed().status == 5
    night.sim.state.add_run("new", FLOW)
    result = night.failed()
    assert (sorted((line["run"], line["outcome"]) for line in result.lines), result.status) == (
        [("new", "retriggered"), ("unknown", "unknown")], 5)
    assert result.stderr == summary(4, 1, left=(1, 1, 1, 0))


def test_quiet_says_nothing_of_a_good_night_and_everything_of_an_unknown(night):
    runs = night.sim.state.add_failed(3, FLOW)
    night.sim.fault(faults.apply_then_drop(), run=runs[1])
    done = night.reflow.run("retry", "-q", "--failed", "--journal", night.journal, url=night.sim.url)
    assert (len(done.stdout.splitlines()), done.stderr, done.status) == (2, "", 5)
    assert runs[1] in done.stdout and "->" in done.stdout
    again = night.reflow.run("retry", "-q", "--failed", "--journal", night.journal, url=night.sim.url)
    assert "settle" in again.stdout and (again.stderr, again.status) == ("", 5)


# What must be said first

def test_without_a_journal_nothing_is_asked_and_the_journal_is_asked_for(reflow, sim):
    result = reflow.run("retry", "--failed", url=sim.url)
    assert (result.stdout, result.status, sim.accepted) == ("", 2, 0)
    assert "--journal" in result.stderr


def test_failed_runs_cannot_be_named_as_well(night):
    result = night.failed("some-run")
    assert (result.stdout, result.status, night.sim.accepted) == ("", 2, 0)
    assert not night.journal.exists()


# --dry-run

def shown(result):
    for line in result.lines:
        assert list(line) == ["run", "take", "reason"], line
    return {line["run"]: line["take"] for line in result.lines}


@pytest.mark.parametrize("with_journal", [False, True], ids=["without a journal", "with a journal that is not there"])
def test_a_dry_run_shows_what_would_be_taken_and_leaves_no_trace(night, with_journal):
    runs = night.sim.state.add_failed(120, FLOW)
    journal = ["--journal", night.journal] if with_journal else []
    result = night.reflow.run("retry", "--json", "--failed", "--dry-run", *journal, url=night.sim.url)
    assert (shown(result), result.stderr, result.status) == (dict.fromkeys(runs, True), "", 0)
    assert (night.asked, list(night.journal.parent.glob("journal*"))) == (0, [])


def test_a_dry_run_tells_what_the_journal_knows_and_does_not_touch_it(night):
    night.sim.state.add_run("refused", FLOW, trouble=state.Trouble(*REFUSAL))
    night.sim.state.add_run("done", FLOW)
    night.sim.state.add_run("unknown", FLOW)
    night.sim.fault(faults.apply_then_drop(), run="unknown")
    assert night.failed().status == 5
    night.sim.state.add_run("new", FLOW)
    before, asked = (night.journal.read_bytes(), night.journal.stat()), night.asked
    result = night.reflow.run("retry", "--json", "--failed", "--dry-run", "--journal", night.journal, url=night.sim.url)
    assert shown(result) == {"new": True, "done": False, "refused": False, "unknown": False}
    after = night.journal.read_bytes(), night.journal.stat()
    assert (after[0], after[1].st_mtime_ns, night.asked) == (before[0], before[1].st_mtime_ns, asked)


# Named runs with a journal

def test_a_named_run_that_was_retriggered_before_is_left_and_reported_with_its_new_run(night):
    night.sim.state.add_run("run", FLOW)
    first, second = night.retry("run").one, night.retry("run")
    assert (second.outcomes, second.one["id"], second.status) == ([("retriggered", None)], first["id"], 0)
    assert "left alone" in second.one["detail"] and night.asked == 1
    assert second.stderr == ""


@pytest.mark.parametrize("jobs", [1, 4])
def test_a_run_that_is_named_twice_in_one_call_is_retriggered_once(night, jobs):
    for run in ("a", "b"):
        night.sim.state.add_run(run, FLOW)
    result = night.retry("--jobs", jobs, "a", "a", "b", "a", "b")
    assert (len(result.lines), set(result.outcomes), result.status) == (5, {("retriggered", None)}, 0)
    assert night.taken == ["a", "b"]
    assert len({(line["run"], line["id"]) for line in result.lines}) == 2


def test_named_runs_that_are_left_count_for_the_exit_status(night):
    night.sim.state.add_run("refused", FLOW, trouble=state.Trouble(*REFUSAL))
    night.sim.state.add_run("unknown", FLOW)
    night.sim.fault(faults.apply_then_drop(), run="unknown")
    assert night.retry("refused", "unknown").status == 5
    assert (night.retry("refused").status, night.retry("unknown").status) == (1, 5)
    assert night.asked == 2


def test_a_long_input_that_was_interrupted_is_gone_on_with(night):
    runs = night.sim.state.add_failed(20, FLOW)
    night.sim.fault([{"apply": True}, {"wait": "interrupted"}, {"answer": "service"}], run=runs[7])
    session = night.reflow.start("retry", "--json", "--journal", night.journal, "-", url=night.sim.url)
    for run in runs:
        session.give(run)
    night.sim.ledger.wait("applied", 8)
    session.process.send_signal(signal.SIGINT)
    night.sim.set("interrupted")
    first = session.finish()
    assert ([line["run"] for line in first.lines], first.status) == (runs[:8], 4)
    result = night.retry("-", stdin="".join(run + "\n" for run in runs))
    assert ([line["run"] for line in result.lines], set(result.outcomes), result.status) == (
        runs, {("retriggered", None)}, 0)
    assert night.taken == sorted(runs)


# A list that cannot be read to its end

@pytest.mark.parametrize("answer,status", [(faults.status(401), 3), (faults.status(403), 3), (faults.status(500), 4),
                                           (faults.status(200, (), "<html>"), 4), (faults.status(404), 1)],
                         ids=["401", "403", "500", "HTML", "404"])
def test_a_list_that_is_not_to_be_had_is_said_and_is_no_good_night(night, answer, status):
    night.sim.state.add_failed(3, FLOW)
    night.sim.fault(answer, method="GET", times=None)
    result = night.failed("--attempts", 2, "--timeout", 5)
    assert (result.stdout, result.status, night.asked) == ("", status, 0)
    assert "the list of failed runs" in result.stderr and reflow_cli.TOKEN not in result.stderr
    assert "new run" not in result.stderr  # none was to be started


@pytest.mark.parametrize("close", ["notify", "fin", "rst"])
def test_what_a_page_has_told_before_it_was_cut_is_used_and_the_rest_is_said_to_be_missing(night, close):
    runs = night.sim.state.add_failed(150, FLOW)
    cut = night.sim.fault([{"answer": "service", "keep": 40000}, {"close": close}], method="GET", times=None)
    result = night.failed("--attempts", 1)
    assert 0 < len(night.taken) < 100 and night.taken == sorted(runs[-len(night.taken):])
    assert result.status == 4
    assert "the list of failed runs" in result.stderr and "run the command again" in result.stderr
    cut.times = 0
    assert night.failed().status == 0
    assert night.taken == sorted(runs)


def test_a_list_that_is_to_be_had_later_is_asked_for_again(night):
    runs = night.sim.state.add_failed(90, FLOW)
    night.sim.fault(faults.status(503, {"Retry-After": "0"}), method="GET")
    result = night.failed()
    assert (night.taken, result.stderr, result.status) == (sorted(runs), summary(90, 90), 0)
    assert night.pages == 2


def test_what_was_told_before_a_second_page_failed_is_used(night):
    runs = night.sim.state.add_failed(150, FLOW)
    night.sim.fault(faults.shaped(), method="GET")
    night.sim.fault(faults.status(403), method="GET", times=None)
    result = night.failed()
    assert (night.taken, result.status) == (sorted(runs[50:]), 3)
    assert "the list of failed runs" in result.stderr


def test_an_interrupt_while_the_list_is_read_begins_no_run(night):
    night.sim.state.add_failed(3, FLOW)
    night.sim.fault([{"set": "listing"}, {"wait": "interrupted"}, {"answer": "service"}], method="GET")
    session = night.reflow.start("retry", "--json", "--failed", "--journal", night.journal, url=night.sim.url)
    night.sim.ledger.wait("event", name="listing")
    session.process.send_signal(signal.SIGINT)
    night.sim.set("interrupted")
    result = session.finish()
    assert (result.stdout, result.status, night.asked) == ("", 4, 0)
