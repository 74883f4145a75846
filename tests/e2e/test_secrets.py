# SPDX-License-Identifier: MIT
# The access token: in no output, in no list of processes, and in no memory but the caller's own.

import base64
import os
import pathlib
import subprocess

import pytest

import faults
import peers
import reflow_cli
import state
import test_structure as structure

RUN = state.DOCUMENTED
OTHER = state.EXAMPLES["failed"][0]
# No piece of it occurs anywhere by chance: 203 characters, as different as visible ones can be in a token.
TOKEN = "eyJ" + "".join(base64.urlsafe_b64encode(bytes((number * 7 + place * 31) % 256 for place in range(15))).decode()
                        for number in range(10))
PIECE = 10  # a part of this length is as bad as the whole


def pieces_in(data):
    data = data.encode() if isinstance(data, str) else data
    return [TOKEN[at:at + PIECE] for at in range(len(TOKEN) - PIECE + 1) if TOKEN[at:at + PIECE].encode() in data]


@pytest.fixture
def sim(make_sim):
    sim = make_sim()
    sim.state.tokens[TOKEN] = None
    return sim


def run(reflow, *args, url=None, token=TOKEN, stdin=None, **environment):
    """With the token in the environment; whatever is said must not show it."""
    result = reflow.run(*args, url=url, env={"REFLOW_ACCESS_TOKEN": token, **environment}, stdin=stdin)
    assert pieces_in(result.stdout + result.stderr) == []
    assert base64.b64encode(TOKEN.encode()).decode()[:20] not in result.stdout + result.stderr
    return result


def file_of(tmp_path, content, mode=0o600, name="token"):
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    file.chmod(mode)
    return file


def test_a_piece_of_the_token_would_be_found():
    assert pieces_in("x" + TOKEN[50:60] + "x") == [TOKEN[50:60]]
    assert len(pieces_in(TOKEN)) == len(TOKEN) - PIECE + 1
    assert pieces_in(TOKEN[:9] + "|" + TOKEN[9:18]) == []


# Output

MODES = [("-v",), ("--json", "-v"), (), ("-q",)]
ANSWERS = {
    "success": faults.shaped(), "401": faults.status(401, (), '{"message": "bad token"}'), "500": faults.status(500),
    "garbage": faults.raw("no HTTP at all\r\n\r\n", "notify"), "cut": faults.truncated(20),
    "lost": faults.apply_then_drop(), "early": faults.early(400),
    "redirect": faults.status(302, {"Location": "https://elsewhere.example/"}),
}


@pytest.mark.parametrize("options", MODES, ids=" ".join)
@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_makes_the_tool_say_the_token(reflow, sim, name, options):
    sim.fault(ANSWERS[name], times=None, stage="before" if name == "early" else "request")
    result = run(reflow, "retry", *options, "--attempts", 2, RUN, OTHER, url=sim.url)
    if "-v" in options:
        assert "uthorization: Bearer ***" in result.stderr


@pytest.mark.parametrize("options", MODES, ids=" ".join)
def test_no_failure_before_an_answer_makes_the_tool_say_the_token(reflow, make_sim, tmp_path, options):
    untrusted = make_sim("self-signed")
    for url in (untrusted.url, "https://localhost:%d/x" % peers.free_port(), "https://nowhere.invalid/x", "http://x/"):
        assert run(reflow, "retry", *options, "--attempts", 1, RUN, url=url).status in (2, 4)


SHORT = TOKEN[:60]


@pytest.mark.parametrize("place", ["detail", "code", "request ID", "header", "reason", "location"])
@pytest.mark.parametrize("options", MODES[:3], ids=" ".join)
def test_a_service_that_repeats_the_token_does_not_make_the_tool_say_it(reflow, sim, place, options):
    """Debug pages and echoing proxies show the request that they got, its fields among it."""
    words = "Authorization: Bearer " + SHORT
    sim.fault({
        "detail": faults.status(400, (), '{"message": "you sent %s"}' % words),
        "code": faults.status(400, (), '{"error_code": "%s", "message": "x"}' % SHORT),
        "request ID": faults.status(400, {"X-Request-Id": SHORT}),
        "header": faults.status(400, {"X-Echo": words}), "location": faults.status(302, {"Location": "/?" + SHORT}),
        "reason": [{"answer": {"status": 400, "reason": words}}],
    }[place])
    run(reflow, "retry", *options, RUN, url=sim.url, token=SHORT)


@pytest.mark.parametrize("token", ["id", "run", "null", "e", '"', ",", '":', "retriggered", "\\", "0123456789"])
def test_a_token_that_is_a_word_of_ours_does_not_break_the_line(reflow, sim, token):
    sim.state.tokens[token] = None
    result = reflow.run("retry", "--json", RUN, url=sim.url, env={"REFLOW_ACCESS_TOKEN": token})
    assert (result.status, list(result.one)) == (0, reflow_cli.KEYS)
    assert (result.one["run"], result.one["outcome"]) == (RUN, "retriggered")


@pytest.mark.parametrize("content,status", [
    (TOKEN + " " + TOKEN, (2, 3)), (TOKEN + "\n" + TOKEN, (2, 3)), (TOKEN + "\x07", (2, 3)), (TOKEN + "\x00", (2, 3)),
    ("\ufeff" + TOKEN, (2, 3)), (TOKEN + "ä", (2, 3)), (TOKEN * 30, (3,)), ('{"access_token": "%s"}' % TOKEN, (2, 3)),
    ("Bearer " + TOKEN, (2, 3)), ("\x1b[31m" + TOKEN, (2, 3)),
], ids=["twice", "two lines", "control", "NUL", "BOM", "umlaut", "too long", "JSON", "scheme", "escape"])
@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_token_that_cannot_be_sent_is_refused_without_a_word_of_it(reflow, sim, tmp_path, content, status, where):
    if where == "file":
        result = run(reflow, "retry", "-v", "--token-file", file_of(tmp_path, content), RUN, url=sim.url, token="")
    elif "\x00" in content:
        pytest.skip("no environment holds a NUL")
    else:
        result = run(reflow, "retry", "-v", RUN, url=sim.url, token=content)
    assert result.status in status and result.stderr.startswith("reflow: ") and result.stdout == ""
    assert sim.accepted == 0


@pytest.mark.parametrize("words", [
    ["--token", TOKEN], ["--token=" + TOKEN], ["--tok", TOKEN], ["--tok=" + TOKEN], ["--access-token=" + TOKEN],
    ["--acc", TOKEN], ["--bearer", TOKEN], ["--bearer=" + TOKEN], ["--client-secret=" + TOKEN], ["--cl=" + TOKEN],
    ["--secret", TOKEN], ["--se=" + TOKEN], ["--s=" + TOKEN], ["--json=" + TOKEN], ["-t", TOKEN], ["-t" + TOKEN],
    ["--token" + TOKEN], ["-H", "Authorization: Bearer " + TOKEN], ["-HAuthorization: Bearer " + TOKEN],
    ["--header=Authorization: Bearer " + TOKEN], [TOKEN, "-x"], ["--api-key", TOKEN, "-xy"], ["-" + TOKEN],
    ["--proxy=https://user:%s@proxy.example" % TOKEN], ["--url=https://user:%s@localhost/" % TOKEN],
    ["--url", "https://localhost/?access_token=" + TOKEN], ["--api-key", TOKEN + " "],
    ["--limit", "--token=" + TOKEN], ["--pin", "--client-secret" + TOKEN], ["--since=--access-token=" + TOKEN],
], ids=lambda words: " ".join(words).replace(TOKEN, "T"))
def test_a_secret_on_the_command_line_is_refused_without_repeating_it(reflow, sim, words):
    """`Tool.command` would not let the simulator's token through; this is another."""
    result = run(reflow, *words, "retry", RUN, url=sim.url, token="another-token-not-secret")
    assert result.status == 2 and result.stdout == "", result
    assert sim.accepted == 0


@pytest.mark.parametrize("word,named", [("-x", "-x"), ("-xy", "-x"), ("-vx", "-"), ("--nonsense=v", "--nonsense:"),
                                        ("--url", "--url:")])
def test_an_option_that_is_not_understood_is_named_itself_and_not_its_neighbour(reflow, word, named):
    result = reflow.run("retry", RUN, "--api-key", "k", word)
    assert result.status == 2 and result.stderr.startswith("reflow: " + named), result


def test_an_option_that_only_begins_like_a_secret_may_be_shown_where_a_value_should_be(reflow):
    result = reflow.run("runs", "--limit", "--token-file")
    assert result.status == 2 and result.stderr.startswith("reflow: --limit --token-file: must be 1 to "), result


# Processes

def test_the_list_of_processes_never_shows_the_token(reflow, sim, tmp_path):
    for extra in ({"REFLOW_ACCESS_TOKEN": TOKEN}, {"REFLOW_ACCESS_TOKEN": None, "REFLOW_TOKEN_FILE": str(
            file_of(tmp_path, TOKEN))}):
        asked, looked = "asked %d" % len(extra), "looked %d" % len(extra)
        sim.fault([{"set": asked}, {"wait": looked}, {"answer": "service"}])
        session = reflow.start("retry", "--json", "-v", RUN, url=sim.url, env=extra)
        sim.ledger.wait("event", name=asked)
        for name in ("cmdline", "comm"):
            seen = pathlib.Path("/proc/%d/%s" % (session.process.pid, name)).read_bytes()
            assert b"reflow" in seen and pieces_in(seen) == []
        sim.set(looked)
        assert session.finish().status == 0


# Memory

CALLER = """
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "reflow.h"
#include "reflow_posix.h"

static struct reflow_client client;
static struct reflow_posix posix;
static char token[REFLOW_MAX_TOKEN + 1]; /* the caller's own copy, read without stdio's buffers */
static char anchors[65536];

static void stop(const char *where)
{
    char byte;
    printf("%s %p %p %zu\\n", where, (void *)token, (void *)&client, sizeof client);
    fflush(stdout);
    if (read(STDIN_FILENO, &byte, 1) != 1) _exit(3);
}

static bool on_commit(void *context, const char *run)
{
    (void)context;
    (void)run;
    stop("commit");
    return true;
}

static void on_trace(void *context, enum reflow_trace what, const char *text, size_t length)
{
    static bool told;
    (void)context;
    (void)text;
    (void)length;
    if (what == REFLOW_TRACE_ANSWER && !told) stop("answer");
    told = what == REFLOW_TRACE_ANSWER;
}

int main(int argc, char **argv)
{
    struct reflow_config config = {0};
    size_t length = 0;
    FILE *file = fopen(argv[2], "r");
    int run;

    while (length < REFLOW_MAX_TOKEN && read(STDIN_FILENO, token + length, 1) == 1 && token[length] != '\\n') length++;
    token[length] = '\\0';
    config.url = argv[1]; config.token = token; config.api_key = argv[3]; config.org_id = argv[4];
    config.anchors = anchors; config.anchors_size = fread(anchors, 1, sizeof anchors, file);
    config.port = &reflow_posix; config.port_context = &posix; config.timeout_ms = 1000; config.on_commit = on_commit;
    config.on_trace = on_trace;
    fclose(file);
    reflow_posix_init(&posix);
    if (reflow_init(&client, sizeof client, &config) != REFLOW_OK) return 2;
    stop("initialised");
    for (run = 5; run < argc; run++) {
        (void)reflow_retrigger(&client, argv[run]);
        stop(reflow_outcome_name(reflow_result(&client)->outcome));
    }
    reflow_close(&client);
    stop("closed");
    return 0;
}
"""


@pytest.fixture(scope="module")
def caller(tmp_path_factory):
    if reflow_cli.SANITIZED:
        pytest.skip("a user's program is compiled without sanitizers, and their shadow cannot be looked through")
    folder = tmp_path_factory.mktemp("caller")
    (folder / "caller.c").write_text(CALLER)
    # Bound at its start: a dynamic linker that binds at the first call saves the registers, and with them what was last
    # copied through them, on the stack.
    structure.call(structure.CC, "-std=c99", "-D_POSIX_C_SOURCE=200809L", "-g", *structure.cppflags(),
                   folder / "caller.c", structure.BUILD / "libreflow.a", *structure.libs(), "-Wl,-z,now", "-o",
                   folder / "caller")
    return folder / "caller"


class Memory:
    """All of a process that can be read, while it waits."""

    def __init__(self, pid):
        self.parts = []
        with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as memory:
            for words in map(str.split, maps):
                start, end = (int(edge, 16) for edge in words[0].split("-"))
                if "w" in words[1]:
                    memory.seek(start)
                    self.add(start, memory.read(end - start), words[5] if len(words) > 5 else "")
        assert sum(len(data) for _, data, _ in self.parts) > 50000

    def add(self, start, data, name):
        """What begins where the last part ends goes on with it: one array may lie in both."""
        if self.parts and self.parts[-1][0] + len(self.parts[-1][1]) == start:
            start, before, name = self.parts.pop()
            data = before + data
        self.parts.append((start, data, name))

    def find(self, word):
        """(address, name of the mapping) of every occurrence."""
        found = []
        for start, data, name in self.parts:
            at = data.find(word)
            while at >= 0:
                found.append((start + at, name))
                at = data.find(word, at + 1)
        return found

    def strays(self, own):
        """Pieces of the token that lie elsewhere than in the caller's own copy at `own`. Of 15 bytes or more in a row
        one of these is among them."""
        return {hex(address): (name, TOKEN[at:at + 8]) for at in range(0, len(TOKEN) - 7, 8)
                for address, name in self.find(TOKEN[at:at + 8].encode()) if address != own + at}


class Caller:
    def __init__(self, program, *args):
        self.process = subprocess.Popen([str(program), *map(str, args)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={"PATH": os.environ["PATH"]})
        self.say(TOKEN + "\n")

    def say(self, words):
        self.process.stdin.write(words.encode())
        self.process.stdin.flush()

    def where(self):
        word, own, client, size = self.process.stdout.readline().decode().split()
        self.own, self.client, self.size = int(own, 16), int(client, 16), int(size)
        return word

    def look(self):
        memory = Memory(self.process.pid)
        assert (self.own, "") in [(address, "") for address, _ in memory.find(TOKEN.encode())]
        return memory.strays(self.own)


@pytest.mark.parametrize("how", ["answered", "refused", "silent", "lost", "untrusted"])
def test_from_the_answer_on_the_token_is_nowhere_in_memory_but_in_the_callers_copy(caller, make_sim, pki, how,
                                                                                   tls_version):
    sim = make_sim("self-signed" if how == "untrusted" else "server-ec", versions=tls_version)
    sim.state.tokens[TOKEN] = None
    sim.fault({"refused": faults.status(400, (), "{}"), "silent": faults.stall(),
               "lost": faults.apply_then_drop()}.get(how, faults.shaped()), times=None)
    runs = [RUN] if how == "silent" else [RUN, OTHER]
    program = Caller(caller, sim.url, pki.ca, state.API_KEY, state.ORG, *runs)
    seen, strays = [], {}
    try:
        while not seen or seen[-1] != "closed":
            seen.append(program.where())
            strays.update({(len(seen), seen[-1], *found): None for found in program.look().items()})
            program.say("\n")
        assert program.process.wait(10) == 0
    finally:
        program.process.kill()
        program.process.communicate()
    outcome = {"answered": "retriggered", "refused": "refused", "untrusted": "not_applied"}.get(how, "unknown")
    stops = {"untrusted": [], "silent": ["commit"], "lost": ["commit"]}.get(how, ["commit", "answer"])
    assert seen == ["initialised", *[*stops, outcome] * len(runs), "closed"]
    assert strays == {}


def test_a_token_left_behind_in_memory_would_be_found(caller, sim, pki):
    """The caller's own copy is found where it is, and a piece of it counts as a stray everywhere else."""
    program = Caller(caller, sim.url, pki.ca, state.API_KEY, state.ORG, RUN)
    try:
        assert program.where() == "initialised" and program.look() == {}
        program.own += 1
        assert len(Memory(program.process.pid).strays(program.own)) == len(TOKEN) // 8
    finally:
        program.process.kill()
        program.process.communicate()


LAST_WORDS = """
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
/* Before a process ends it says so, and waits to be looked at. */
__attribute__((destructor)) static void wait_for_a_look(void)
{
    char byte;
    ssize_t got = 1;
    if (getenv("LOOK") != NULL && write(STDERR_FILENO, "looked?\\n", 8) == 8)
        do
            got = read(STDIN_FILENO, &byte, 1);
        while (got < 0 && errno == EINTR); /* the alarm that follows a signal */
    if (got != 1)
        _exit(99);
}
"""


@pytest.fixture(scope="module")
def last_words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("last")
    (folder / "last.c").write_text(LAST_WORDS)
    structure.call("cc", "-shared", "-fPIC", "-Wl,-z,now", "-o", folder / "last.so", folder / "last.c")
    return {"LD_PRELOAD": str(folder / "last.so"), "LOOK": "1", "REFLOW_ACCESS_TOKEN": None}


@pytest.mark.not_sanitized("their shadow of 16 TB cannot be looked through")
@pytest.mark.parametrize("how", ["done", "refused", "bad run", "bad key", "SIGTERM"])
def test_when_the_tool_ends_the_token_of_its_file_is_nowhere_in_its_memory(reflow, sim, tmp_path, last_words, how):
    if "REFLOW_WRAPPER" in os.environ:
        pytest.skip("the process that is looked at would be the wrapper's")
    sim.fault({"refused": faults.status(400), "SIGTERM": [{"set": "asked"}, {"stall": True}]}.get(how, faults.shaped()))
    args = ["retry", "--json", "--token-file", file_of(tmp_path, TOKEN + "\n"), "a b" if how == "bad run" else RUN]
    key = {"REFLOW_API_KEY": "a b"} if how == "bad key" else {}
    session = reflow.start(*args, url=sim.url, env={**last_words, **key})
    if how == "SIGTERM":
        sim.ledger.wait("event", name="asked")
        session.process.terminate()
    while session.process.stderr.readline() != b"looked?\n":
        assert session.process.poll() is None
    strays = Memory(session.process.pid).strays(0)
    session.give("")
    assert session.finish().status == {"done": 0, "refused": 1, "SIGTERM": 5}.get(how, 2)
    assert strays == {}


# The token's file

@pytest.mark.parametrize("mode", [0o604, 0o602, 0o606, 0o644, 0o666])
def test_a_token_file_that_others_may_read_or_write_is_refused(reflow, sim, tmp_path, mode):
    result = run(reflow, "retry", "--token-file", file_of(tmp_path, TOKEN, mode), RUN, url=sim.url, token="unused")
    assert (result.status, result.stdout, sim.accepted) == (6, "", 0)
    assert "chmod 600" in result.stderr


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_token_file_of_the_owner_and_his_group_is_taken(reflow, sim, tmp_path, mode):
    file = file_of(tmp_path, TOKEN, mode)
    assert run(reflow, "retry", "--token-file", file, RUN, url=sim.url, token="unused").status == 0


@pytest.mark.parametrize("name", ["missing", ".", "missing/token"])
def test_a_token_file_that_cannot_be_read_ends_6(reflow, sim, tmp_path, name):
    result = run(reflow, "retry", "--token-file", tmp_path / name, RUN, url=sim.url, token="unused")
    assert (result.status, result.stdout, sim.accepted) == (6, "", 0)
    assert result.stderr.startswith("reflow: ")


@pytest.mark.parametrize("content", ["", "\n", " \r\n\t\n"], ids=repr)
def test_a_token_file_without_a_token_ends_3(reflow, sim, tmp_path, content):
    result = run(reflow, "retry", "--token-file", file_of(tmp_path, content), RUN, url=sim.url, token="unused")
    assert (result.status, result.stdout, sim.accepted) == (3, "", 0)


@pytest.mark.parametrize("value", [None, ""])
def test_no_token_at_all_ends_3(reflow, sim, value):
    result = reflow.run("retry", "--json", RUN, url=sim.url, env={"REFLOW_ACCESS_TOKEN": value})
    assert (result.status, result.stdout, sim.accepted) == (3, "", 0)
    assert "REFLOW_ACCESS_TOKEN" in result.stderr and "--token-file" in result.stderr


@pytest.mark.parametrize("end", ["", "\n", "\r\n", " \n", "\n\n", "\t"], ids=repr)
def test_blanks_and_line_ends_after_the_token_are_not_part_of_it(reflow, sim, tmp_path, end):
    file = file_of(tmp_path, TOKEN + end)
    assert run(reflow, "retry", "--token-file", file, RUN, url=sim.url, token="unused").status == 0
    assert sim.ledger.requests[0]["authorization"] == "matched"


LONGEST = (TOKEN * 30)[:4096]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"], ids=repr)
@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_token_of_4096_bytes_is_sent(reflow, sim, tmp_path, where, end, tls_version):
    if where == "environment" and end:
        pytest.skip("a variable has no line end")
    sim.state.tokens[LONGEST] = None
    extra = {"REFLOW_TOKEN_FILE": str(file_of(tmp_path, LONGEST + end))} if where == "file" else {}
    assert run(reflow, "retry", RUN, url=sim.url, token=LONGEST, **extra).status == 0
    assert [(entry["authorization"], entry["records"]) for entry in sim.ledger.requests] == [("matched", 1)]


@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_token_of_4097_bytes_is_refused(reflow, sim, tmp_path, where):
    sim.state.tokens[LONGEST] = None
    extra = {"REFLOW_TOKEN_FILE": str(file_of(tmp_path, LONGEST + "x\n"))} if where == "file" else {}
    result = run(reflow, "retry", RUN, url=sim.url, token=LONGEST + "x", **extra)
    assert (result.status, result.stdout, sim.accepted) == (3, "", 0)
    assert "too long" in result.stderr


def test_the_file_goes_before_the_environment(reflow, sim, tmp_path):
    result = run(reflow, "retry", RUN, url=sim.url, token="wrong-token-not-secret",
                 REFLOW_TOKEN_FILE=str(file_of(tmp_path, TOKEN)))
    assert result.status == 0
