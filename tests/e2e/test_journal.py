# SPDX-License-Identifier: MIT
# The journal, shown: what it holds and how each run stands, from a file that is only read.

import binascii
import os
import re

import pytest

import state

TIME = "2026-11-22T03:00:%02dZ"
MEMBERS = ["time", "event", "run", "id", "flow", "error", "http_status", "attempts", "by", "unsettled"]
EVENTS = ["intent a flow=f", "retriggered a id=n http=201 attempts=2", "intent b flow=f",
          "refused b error=not_found http=404 attempts=1", "intent c", "not_applied c error=dns attempts=1",
          "intent d", "unknown d error=timeout attempts=1", "intent e flow=g", "retriggered e id=m by=operator",
          "intent g", "intent g"]


def sealed(body):
    return "%08x %s\n" % (binascii.crc32(body.encode()), body)


def lines(events):
    return "".join(sealed("%s %s" % (TIME % second, event)) for second, event in enumerate(events))


@pytest.fixture
def journal(tmp_path):
    """journal(events) or journal(text="…"): a file with these events, a second after each other."""
    path = tmp_path / "journal"

    def write(events=(), text=""):
        path.write_bytes((lines(events) + text).encode("latin-1"))
        return path
    return write


def bare(reflow, *args):
    """Without a configuration or a token."""
    nothing = {name: None for name in reflow.environment() if name.startswith("REFLOW_")}
    return reflow.run(*args, env=nothing)


def test_each_event_is_a_line_and_the_last_says_how_the_runs_stand(reflow, journal):
    path = journal(EVENTS)
    shown = bare(reflow, "journal", path)
    assert (shown.status, shown.stderr) == (0, "")
    text = [re.sub(" +", " ", line) for line in shown.stdout.splitlines()]
    stamps = [TIME % second for second in range(len(EVENTS))]
    assert text == [
        stamps[0] + " intent a flow f",
        stamps[1] + " retriggered a new run n, HTTP 201, 2 attempts",
        stamps[2] + " intent b flow f",
        stamps[3] + " refused b not_found, HTTP 404",
        stamps[4] + " intent c",
        stamps[5] + " not_applied c dns",
        stamps[6] + " intent d",
        stamps[7] + " unknown d UNSETTLED, timeout",
        stamps[8] + " intent e flow g",
        stamps[9] + " retriggered e new run m, by operator",
        stamps[10] + " intent g no outcome",
        stamps[11] + " intent g no outcome: UNSETTLED",
        "6 runs: 2 re-triggered, 1 refused, 1 not applied, 2 unsettled",
        " -> reflow settle --journal %s" % path]


def test_columns_stand_below_each_other(reflow, journal):
    shown = bare(reflow, "journal", journal(EVENTS)).stdout.splitlines()
    for line, event in zip(shown, EVENTS):
        word, run = event.split()[:2]
        assert line[:20] == line[:20].strip() and line[22:].startswith(word + " ") and line[35] == run
        assert len(line) == 36 or line[72:73] == " " and line[73] != " "


def test_json_gives_every_member_of_every_event(reflow, journal):
    shown = bare(reflow, "journal", "--json", journal(EVENTS))
    assert shown.status == 0 and [list(line) for line in shown.lines] == [MEMBERS] * len(EVENTS)
    assert list(shown.lines[1].values()) == [TIME % 1, "retriggered", "a", "n", None, None, 201, 2, None, False]
    assert list(shown.lines[0].values()) == [TIME % 0, "intent", "a", None, "f", None, None, None, None, False]
    assert [line["by"] for line in shown.lines].count("operator") == 1
    assert [line["run"] for line in shown.lines if line["unsettled"]] == ["d", "g"]


def test_a_journal_without_unsettled_runs_asks_for_nothing(reflow, journal):
    assert bare(reflow, "journal", journal(EVENTS[:2])).stdout.splitlines()[-1] == \
        "1 run: 1 re-triggered, 0 refused, 0 not applied, 0 unsettled"
    empty = bare(reflow, "journal", journal())
    assert empty.stdout == "0 runs: 0 re-triggered, 0 refused, 0 not applied, 0 unsettled\n"
    assert (empty.status, bare(reflow, "journal", "--json", journal()).stdout) == (0, "")


def test_the_next_step_can_be_pasted_into_a_shell(reflow, tmp_path):
    path = tmp_path / "the night's journal"
    path.write_text(lines(["intent a"]))
    assert bare(reflow, "journal", path).stdout.endswith(
        "-> reflow settle --journal '%s'\n" % str(path).replace("'", "'\\''"))


def test_a_name_that_would_steer_a_terminal_does_not(reflow, tmp_path):
    path = tmp_path / "\x1b[2Jjournal"
    path.write_text(lines(["intent a"]) + "torn")
    shown = bare(reflow, "journal", path)
    assert shown.status == 0 and "\x1b" not in shown.stdout + shown.stderr and "\\u001b" in shown.stderr


@pytest.mark.parametrize("args", [[], ["{}", "{}"], ["--journal", "{}", "{}"]], ids=["none", "two", "both"])
def test_exactly_one_file_is_named(reflow, journal, args):
    path = journal(EVENTS)
    shown = bare(reflow, "journal", *[str(path) if arg == "{}" else arg for arg in args])
    assert (shown.status, shown.stdout) == (2, "") and "which file" in shown.stderr


def test_the_option_names_it_as_well(reflow, journal):
    path = journal(EVENTS)
    assert bare(reflow, "journal", "--journal", path).stdout == bare(reflow, "journal", path).stdout


def test_it_is_neither_created_nor_changed(reflow, journal, tmp_path):
    path = journal(EVENTS, "1234abcd 2026-")
    path.chmod(0o400)
    before = path.read_bytes(), os.stat(path).st_mtime_ns
    shown = bare(reflow, "journal", path)
    assert shown.status == 0 and len(shown.stdout.splitlines()) == len(EVENTS) + 2
    assert "its last line was torn" in shown.stderr
    assert (path.read_bytes(), os.stat(path).st_mtime_ns) == before
    missing = bare(reflow, "journal", tmp_path / "missing")
    assert (missing.status, missing.stdout) == (6, "") and "missing: cannot be opened" in missing.stderr
    assert os.listdir(tmp_path) == ["journal"]


def test_damage_names_the_line_and_shows_nothing(reflow, journal):
    text = lines(EVENTS).splitlines(keepends=True)
    text[2] = text[2].replace("intent", "imtent")
    shown = bare(reflow, "journal", journal(text="".join(text)))
    assert (shown.status, shown.stdout) == (6, "")
    assert "journal:3: damaged" in shown.stderr and "Nothing was sent" not in shown.stderr


@pytest.mark.parametrize("mode", [[], ["--json"]], ids=["lines", "json"])
def test_output_that_is_full_is_storage(reflow, journal, mode):
    path = journal(EVENTS)
    command = [*reflow.command(["journal", path, *mode])]
    status = os.spawnve(os.P_WAIT, "/bin/sh", ["sh", "-c", '"$@" >/dev/full 2>/dev/null', "sh", *command],
                        reflow.environment())
    assert status == 6


def test_a_journal_that_a_retry_is_writing_can_be_read(reflow, sim, tmp_path):
    path = tmp_path / "journal"
    session = reflow.start("retry", "--json", "--journal", path, "-", url=sim.url)
    session.give(state.DOCUMENTED)
    assert session.line()["outcome"] == "retriggered"
    shown = bare(reflow, "journal", path)
    assert shown.status == 0 and "1 run: 1 re-triggered" in shown.stdout
    assert "another process is writing to it" in shown.stderr
    session.give(state.example(1))
    assert session.line()["outcome"] == "retriggered"
    assert session.finish().status == 0
    shown = bare(reflow, "journal", path, "--json")
    assert (shown.status, shown.stderr) == (0, "")
    assert [(line["event"], line["id"]) for line in shown.lines][:2] == [("intent", None),
                                                                       ("retriggered", state.DOCUMENTED_NEW)]
    assert len(shown.lines) == 4


def test_a_request_on_its_way_stands_without_an_outcome(reflow, sim, tmp_path):
    path = tmp_path / "journal"
    sim.fault([{"set": "asked"}, {"wait": "shown"}, {"answer": "service"}])
    session = reflow.start("retry", "--json", "--journal", path, state.DOCUMENTED, url=sim.url)
    sim.events.wait("asked")
    shown = bare(reflow, "journal", path, "--json")
    sim.set("shown")
    assert session.finish().status == 0
    assert [(line["event"], line["unsettled"]) for line in shown.lines] == [("intent", True)]
    assert [line["event"] for line in bare(reflow, "journal", path, "--json").lines] == ["intent", "retriggered"]
