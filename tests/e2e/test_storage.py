# SPDX-License-Identifier: MIT
# The journal's disk fails, in every way and at every moment: nothing is sent that could not be recorded; exit 6.

import itertools
import os
import pathlib
import resource
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

import faults
import reflow_cli
from journal_reader import last_words, lies_in, line_of, read_journal

pytestmark = pytest.mark.skipif("REFLOW_WRAPPER" in os.environ, reason="a wrapper would meet these faults itself")

FLOW = "flow"
COUNT = 4


class Night:
    """A service with failed runs, of which the third ends unknown by itself unless all are `sure`; and a journal."""

    def __init__(self, reflow, sim, journal, sure=False):
        self.reflow, self.sim, self.journal = reflow, sim, pathlib.Path(journal)
        sim.state.runs.clear()
        self.runs = sim.state.add_failed(COUNT, FLOW)
        if not sure:
            sim.fault([{"apply": True}, *faults.status(500)], run=self.runs[-3])

    def start(self, *args, before=(), command=("retry", "--failed"), **options):
        done = subprocess.run([*map(str, before), *self.reflow.command([*command, "--json", "--journal", self.journal,
                                                                        *args])],
                              env=self.reflow.environment(self.sim.url), stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=reflow_cli.LONGEST, text=True, **options)
        return reflow_cli.Result(done.returncode, done.stdout, done.stderr)

    @property
    def applied(self):
        return self.sim.ledger.applied

    @property
    def sent(self):
        return [entry["run"] for entry in self.sim.ledger.requests if entry["method"] == "POST"]

    def judge(self, result, content, jobs=1):
        """However the disk has failed, or not: the journal as it was left, the report and the ledger agree."""
        reflow_cli.check_truth(result, self.applied)
        last = last_words(read_journal(content))
        assert lies_in(last, self.applied) == []
        assert sorted(self.sent) == sorted(run for run in last if run in self.runs), (result, content)
        assert set(self.sent) <= {line["run"] for line in result.lines}, result
        assert reflow_cli.TOKEN not in result.stderr
        complained = result.stderr.count(str(self.journal))
        assert complained <= 1, result
        unknown = ("unknown", "server_error") in result.outcomes
        assert result.status == (5 if unknown else 6 if complained else 0), result
        if not complained:
            assert {line["run"] for line in result.lines} == set(self.runs)
        storage = [line["run"] for line in result.lines if line["error"] == "storage"]
        assert len(storage) <= jobs and not set(storage) & set(self.sent), result
        return bool(complained)

    def mended(self, content):
        """The next night, with a disk that works: nothing is done twice, and nothing is forgotten."""
        result = self.start()
        assert len(dict(self.applied)) == len(self.applied)
        last = last_words(read_journal(content()))
        assert lies_in(last, self.applied) == [] and set(last) >= set(self.runs)
        possible = {run for run, event in last.items() if event.name in ("intent", "unknown")}
        assert {line["run"] for line in result.lines if line["outcome"] == "unknown"} == possible
        assert result.status == (5 if possible else 0), result

    def content(self):
        return self.journal.read_bytes() if self.journal.exists() else b""


def expect_nothing_sent(night, result, *words):
    assert (result.stdout, result.status, night.sim.accepted) == ("", 6, 0), result
    assert all(word in result.stderr for word in (str(night.journal), *words)), result
    assert result.stderr.count("\n") == 1, result


def side_by_side(work, items):
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(work, items))


@pytest.fixture
def lines(reflow, make_sim, tmp_path):
    """The lengths of the lines that a whole night writes, one after the other: the same for every night."""
    night = Night(reflow, make_sim(), tmp_path / "whole")
    assert not night.judge(night.start(), night.content())
    return [len(line) for line in night.content().splitlines(keepends=True)]


def rooms(lines):
    """Numbers of bytes for which there is room: around each end of a line, and in the middle of each."""
    ends = [sum(lines[:count]) for count in range(len(lines) + 1)]
    middles = [(one + other) // 2 for one, other in zip(ends, ends[1:])]
    return sorted({room for end in ends for room in (end - 1, end, end + 1) if room >= 0} | set(middles))


# No room

@pytest.mark.parametrize("jobs", [1, 3])
def test_a_file_that_may_not_grow_stops_the_night_where_it_stands(reflow, make_sim, tmp_path, lines, jobs):
    def one(room):
        night = Night(reflow, make_sim(), tmp_path / ("journal-%d" % room))
        result = night.start("--jobs", jobs, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
        complained = night.judge(result, night.content(), jobs)
        night.mended(night.content)
        return complained
    complained = side_by_side(one, rooms(lines))
    assert complained == [room < sum(lines) for room in rooms(lines)]


PAGE = os.sysconf("SC_PAGE_SIZE")
SPACE = """
set -e
mount -t tmpfs -o size=$2,nr_inodes=$3 tmpfs "$1"
echo ready
read end
"""


class Disk:
    """A disk of so many bytes in a mount namespace of its own; `with Disk(folder, ...) as disk`."""

    def __init__(self, folder, size=PAGE, inodes=8):
        self.folder = pathlib.Path(folder)
        rights = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self.namespaces = ["--mount", *(["--user", "--preserve-credentials"] if rights else [])]
        self.holder = subprocess.Popen(["unshare", *rights, "--mount", "sh", "-c", SPACE, "sh", str(folder), str(size),
                                        str(inodes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE)
        self.ready = self.holder.stdout.readline() == b"ready\n"

    def __enter__(self):
        if not self.ready:
            _, told = self.holder.communicate()
            pytest.skip("no mount namespace can be made here: %s" % told.decode().strip())
        return self

    def __exit__(self, *_):
        self.holder.communicate()

    @property
    def inside(self):
        return ["nsenter", "--target", str(self.holder.pid), *self.namespaces, "--"]

    def seen(self, path):
        """The same file, from outside."""
        return pathlib.Path("/proc/%d/root%s" % (self.holder.pid, path))

    def do(self, *command):
        subprocess.run([*self.inside, *map(str, command)], check=True)


def filler(size):
    """So many bytes of a journal of other runs."""
    text = "2026-11-22T03:00:00Z refused another-run error=rejected http=400 attempts=1 padding="
    least, content = len(line_of(text)) + 1, b""
    while size - len(content) > 2 * least:
        content += line_of(text + "x")
    return content + line_of(text + "x" * (size - len(content) - least + 1))


def test_a_full_disk_stops_the_night_where_it_stands(reflow, make_sim, tmp_path, lines):
    """Whose last page has room for so many bytes."""
    def one(room):
        folder = tmp_path / ("disk-%d" % room)
        folder.mkdir()
        with Disk(folder) as disk:
            night = Night(reflow, make_sim(), folder / "journal")
            journal, past = disk.seen(night.journal), filler(PAGE - room)
            assert len(past) == PAGE - room
            journal.write_bytes(past)
            complained = night.judge(night.start(before=disk.inside), journal.read_bytes()[len(past):])
            assert journal.read_bytes().startswith(past)
            disk.do("mount", "-o", "remount,size=%d" % (4 * PAGE), folder)
            assert night.start(before=disk.inside).status in (0, 5)
            assert len(dict(night.applied)) == len(night.applied) == COUNT - lost(journal.read_bytes(), night)
            return complained
    some = rooms(lines)[::2]
    assert side_by_side(one, some) == [room < sum(lines) for room in some]


def lost(content, night):
    """How many runs are left to a person although they were not applied: their outcomes could not be recorded."""
    return len({event.run for event in read_journal(content) if event.run in night.runs} - set(dict(night.applied)))


@pytest.mark.parametrize("inodes", [8, 1], ids=["for bytes", "for another file"])
def test_on_a_disk_without_room_nothing_is_sent(reflow, make_sim, tmp_path, inodes):
    with Disk(tmp_path, inodes=inodes) as disk:
        if inodes > 1:
            disk.seen(tmp_path / "other").write_bytes(b"x" * PAGE)
        night = Night(reflow, make_sim(), tmp_path / "journal")
        result = night.start(before=disk.inside)
        assert (night.sent, result.status) == ([], 6), result
        assert "No space left" in result.stderr and str(night.journal) in result.stderr
        assert result.outcomes == ([("not_applied", "storage")] if inodes > 1 else [])


# No right to write

@pytest.mark.parametrize("there", [False, True], ids=["a new journal", "an old journal"])
def test_on_a_disk_that_is_read_only_nothing_is_sent(reflow, make_sim, tmp_path, there):
    with Disk(tmp_path) as disk:
        night = Night(reflow, make_sim(), tmp_path / "journal")
        if there:
            disk.seen(night.journal).write_bytes(filler(1000))
        disk.do("mount", "-o", "remount,ro", tmp_path)
        expect_nothing_sent(night, night.start(before=disk.inside), "Read-only file system")


def without_rights():
    """The superuser may write to everything, unless that is taken from it."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not there")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


def test_a_file_or_folder_that_may_not_be_written_to_stops_everything(reflow, make_sim, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    night = Night(reflow, make_sim(), folder / "journal")
    night.journal.write_bytes(filler(1000))
    night.journal.chmod(0o444)
    expect_nothing_sent(night, night.start(before=without_rights()), "Permission denied")
    night.journal.unlink()
    folder.chmod(0o555)
    expect_nothing_sent(night, night.start(before=without_rights()), "Permission denied")


# No file

def make_folder(path):
    path.mkdir()


PLACES = {
    "a folder": (make_folder, "Is a directory"),
    "a named pipe": (os.mkfifo, "is not a regular file"),
    "in a folder that is not there": (lambda path: path.parent.rmdir(), "No such file or directory"),
    "in what is no folder": (lambda path: (path.parent.rmdir(), path.parent.write_text("")), "Not a directory"),
    "a link to itself": (lambda path: path.symlink_to(path), "symbolic links"),
    "a link to a device that is full": (lambda path: path.symlink_to("/dev/full"), "is not a regular file"),
    "a link to a device that forgets": (lambda path: path.symlink_to("/dev/null"), "is not a regular file"),
    "another text": (lambda path: path.write_text("Dear diary,\n"), "1: damaged"),
    "another text without a line end": (lambda path: path.write_text("Dear diary"), "1: damaged"),
    "a line with a wrong checksum": (lambda path: path.write_bytes(filler(900).replace(b"4", b"5", 1)), "1: damaged"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", [("retry", "--failed"), ("retry", "some-run")], ids=["failed", "named"])
def test_a_journal_that_cannot_be_one_stops_everything(reflow, make_sim, tmp_path, place, command):
    make, words = PLACES[place]
    folder = tmp_path / "folder"
    folder.mkdir()
    night = Night(reflow, make_sim(), folder / "journal")
    make(night.journal)
    before = night.journal.read_bytes() if night.journal.is_file() else None
    expect_nothing_sent(night, night.start(command=command), words)
    assert before is None or night.journal.read_bytes() == before


def test_dev_full_itself_is_no_journal(reflow, make_sim):
    night = Night(reflow, make_sim(), "/dev/full")
    expect_nothing_sent(night, night.start(), "is not a regular file")


# System calls that fail, each at every time that it is made

# Of the calls about the journal: how often each is made in a night.
CALLS = [("fdatasync", "EIO", 2 * COUNT), ("fdatasync", "ENOSPC", 2 * COUNT), ("write", "ENOSPC", 2 * COUNT),
         ("write", "EIO", 2 * COUNT), ("write", "EDQUOT", 2 * COUNT), ("fsync", "EIO", 1), ("openat", "EIO", 2),
         ("openat", "EMFILE", 2), ("fcntl", "ENOLCK", 1), ("fstat,newfstatat", "EIO", 4 * COUNT + 3)]


@pytest.mark.parametrize("call,error,times", CALLS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_call_that_fails_at_any_time_stops_the_night_where_it_stands(reflow, make_sim, strace, tmp_path, call, error,
                                                                       times):
    def one(number):
        night = Night(reflow, make_sim(), tmp_path / ("journal-%d" % number))
        inject = "inject=%s:error=%s:when=%d" % (call, error, number)
        result = night.start(before=strace("-P", night.journal, "-e", inject))
        complained = night.judge(result, night.content())
        night.mended(night.content)
        return complained
    assert side_by_side(one, range(1, times + 2)) == [True] * times + [False]


@pytest.mark.parametrize("call", ["fdatasync", "write"])
def test_what_cannot_be_taken_back_either_is_healed_the_next_night(reflow, make_sim, strace, tmp_path, call, lines):
    """The line whose recording has failed, or a part of it, cannot be cut off."""
    def one(number):
        night = Night(reflow, make_sim(), tmp_path / ("journal-%d" % number))
        faulty = strace("-P", night.journal, "-e", "inject=ftruncate:error=EIO")
        limit = None
        if call == "fdatasync":
            faulty += ["-e", "inject=fdatasync:error=EIO:when=%d" % number]
        else:
            room = sum(lines[:number - 1]) + lines[number - 1] // 2
            limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))  # noqa: E731
        result = night.start(before=faulty, preexec_fn=limit)
        reflow_cli.check_truth(result, night.applied)
        last = last_words(read_journal(night.content(), torn=True))
        assert set(night.sent) <= set(last) and lies_in(last, night.applied) == []
        assert result.status == (5 if ("unknown", "server_error") in result.outcomes else 6)
        night.mended(night.content)
    side_by_side(one, range(1, 2 * COUNT + 1))


def test_what_cannot_be_read_does_not_pass_for_runs_that_were_never_seen(reflow, make_sim, strace, tmp_path):
    """A journal that is longer than what is held of it in memory, so that it is read again and again."""
    night = Night(reflow, make_sim(), tmp_path / "journal", sure=True)
    assert night.start().status == 0
    with night.journal.open("ab") as file:
        file.write(filler(100000))
    content = night.content()

    def one(number):
        faulty = strace("-P", night.journal, "-e", "inject=pread64:error=EIO:when=%d" % number)
        result = night.start(before=faulty, command=("retry", *night.runs))
        return result.status, str(night.journal) in result.stderr, len(night.sent)
    failed = list(itertools.takewhile(lambda end: end != (0, False, COUNT), map(one, range(1, 100))))
    assert failed == [(6, True, COUNT)] * len(failed) and 4 < len(failed) < 99  # more often than to open it
    assert night.content() == content


def test_a_folder_that_cannot_be_synced_stops_everything(reflow, make_sim, strace, tmp_path):
    night = Night(reflow, make_sim(), tmp_path / "journal")
    result = night.start(before=strace("-P", tmp_path, "-e", "inject=fsync:error=EIO"))
    expect_nothing_sent(night, result, "cannot be put on disk")
    night.mended(night.content)


def test_after_a_failed_sync_of_an_outcome_the_report_is_printed_all_the_same(reflow, make_sim, strace, tmp_path):
    night = Night(reflow, make_sim(), tmp_path / "journal", sure=True)
    result = night.start(before=strace("-P", night.journal, "-e", "inject=fdatasync:error=EIO:when=4"))
    assert (result.outcomes, result.status) == ([("retriggered", None)] * 2, 6)
    assert len(night.sent) == 2 and "an event cannot be recorded" in result.stderr


@pytest.mark.parametrize("jobs", [2, 4])
def test_a_failed_sync_stops_all_connections(reflow, make_sim, strace, tmp_path, jobs):
    def one(number):
        night = Night(reflow, make_sim(), tmp_path / ("journal-%d" % number))
        result = night.start("--jobs", jobs, before=strace("-P", night.journal, "-e",
                                                            "inject=fdatasync:error=EIO:when=%d+" % number))
        reflow_cli.check_truth(result, night.applied)
        recorded = {event.run for event in read_journal(night.content()) if event.name == "intent"}
        assert set(night.sent) == recorded, result
        assert set(night.sent) <= {line["run"] for line in result.lines}
        assert result.status == (5 if ("unknown", "server_error") in result.outcomes else 6)
        assert result.stderr.count(str(night.journal)) == 1
        night.mended(night.content)
    side_by_side(one, range(1, 2 * COUNT + 1))


# Two at once

@pytest.mark.parametrize("name", ["journal", "another name"])
def test_a_second_process_ends_at_once_names_the_first_and_sends_nothing(reflow, make_sim, tmp_path, name):
    night = Night(reflow, make_sim(), tmp_path / "journal", sure=True)
    night.sim.fault([{"apply": True}, {"wait": "go on"}, {"answer": "service"}], run=night.runs[-1])
    first = reflow.start("retry", "--json", "--failed", "--journal", night.journal, url=night.sim.url)
    night.sim.ledger.wait("applied")
    if name != "journal":
        (tmp_path / name).symlink_to("journal")
    for command in (["--failed"], [night.runs[0]]):
        other = make_sim()
        result = reflow.run("retry", "--json", *command, "--journal", tmp_path / name, url=other.url)
        assert (result.stdout, result.status, other.accepted) == ("", 6, 0)
        assert "%s: in use by process %d:" % (tmp_path / name, first.process.pid) in result.stderr
    looking = reflow.run("retry", "--json", "--failed", "--dry-run", "--journal", night.journal, url=night.sim.url)
    assert looking.status == 0 and len(looking.lines) == COUNT
    night.sim.set("go on")
    result = first.finish()
    assert (result.outcomes, result.status) == ([("retriggered", None)] * COUNT, 0)
    assert not night.judge(result, night.content())
    night.mended(night.content)
