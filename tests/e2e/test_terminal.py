# SPDX-License-Identifier: MIT
# Whatever a service, a file or a caller says: it neither steers a terminal, nor breaks a line, nor pretends to be ours.

import json
import re

import pytest

import faults
import reflow_cli
import state

RUN = state.EXAMPLES["failed"][0]

# Steer a terminal, change the direction or the line, or hide: none may reach it.
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                    "\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]")
WORDS = {
    "colour": "\x1b[31mred\x1b[0m", "title": "\x1b]0;mine\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07", "device": "\x1bP$q\x1b\\\x1b[6n\x1b[>c", "clear": "\x1b[2J\x1b[H\x1bc",
    "C1": "\x9b31m\x9d0;x\x9c\x90\x85", "bells": "\x07\x08\x7f", "return": "not\rREFLOW",
    "lines": "a\nb\r\nc\x0b\x0c\x85d",
    "separators": "a\u2028b\u2029c", "tab": "a\tb", "NUL": "a\x00b", "override": "\u202egnp.exe\u202c", "isolate":
    "\u2066a\u2067b\u2068c\u2069", "marks": "\u200e\u200f\u061c", "zero width": "pay\u200bpal\u200c\u200d\u2060\ufeff",
    "soft hyphen": "a\xadb", "tags": "x\U000e0001\U000e0041\U000e007f", "selectors": "x\U000e0100\U000e01ef",
    "annotation": "\ufff9a\ufffab\ufffb", "deprecated": "\u206a\u206f", "ours": "retriggered\n    -> all is well",
    "quotes": "\"\\\"},{\"run\":\"x\\u0000\\", "shell": "`x`$(x)'\"|;", "format": "%s%n%x\\n",
    "others": "äß漢字😀e\u0301 ",
    "mixed": "\x1b\u202e\U000e0041\x00\"\\" * 50, "long": "x" * 3000, "long escapes": "\x1b" * 700,
}
ESCAPED = {"NUL": "a\ufffdb", "mixed": "\x1b\u202e\U000e0041\ufffd\"\\" * 50}  # what cannot be said in a C string
TEXTS = ["report", "errorMessage", "detail", "message", "title"]


def content(place, word):
    return {"report": {"report": {"detailed-message": word}}, "type": {"type": "x/" + word, "title": "T"},
            "error_code": {"error_code": word, "message": "M"}, "request-id": {"report": {"request-id": word}},
            }.get(place, {place: word})


def expect_safe(text):
    assert UNSAFE.findall(text) == []


def ask(reflow, sim, steps, *options, stdin=None):
    """One run for each list of steps, all in one call of the tool; everything it says has to be safe."""
    runs = [sim.state.add_run("run-%03d" % number).id for number in range(len(steps))]
    for run, each in zip(runs, steps):
        sim.fault(each, run=run, times=None)
    result = reflow.run("retry", "--attempts", 1, *options, *(runs or ["-"]), url=sim.url, stdin=stdin)
    expect_safe(result.stdout)
    expect_safe(result.stderr)
    return result, runs


def expect_json(result, runs):
    """One object a line, these keys in this order, each once."""
    lines = [json.loads(line, object_pairs_hook=list) for line in result.stdout.split("\n")[:-1]]
    assert result.stdout.endswith("\n") and len(lines) == len(runs)
    for line, run in zip(lines, runs):
        assert [key for key, _ in line] == reflow_cli.KEYS and dict(line)["run"] == run
    return [dict(line) for line in lines]


def expect_person(result, runs):
    """A line that begins with the run; then, but for successes, one that begins with the arrow."""
    lines = result.stdout.split("\n")
    assert lines.pop() == ""
    for run in runs:
        assert lines.pop(0).startswith(run + "  ")
        if lines and lines[0].startswith("    -> "):
            assert lines.pop(0)[7:] in advice()
    assert lines == []


def advice():
    header = (reflow_cli.ROOT / "include/reflow.h").read_text()
    table = header[header.index("#define REFLOW_ERRORS"):header.index("enum reflow_error {")]
    table = re.sub(r'"\s*\\\n\s*"', "", table)
    return [text for _, text in re.findall(r'"([^"]*)",\s*\\?\s*"([^"]*)"\)', table)]


def test_what_is_unsafe_is_seen():
    assert len(advice()) == 30
    safe = {name for name, word in WORDS.items() if not UNSAFE.search(word)}
    assert safe == {"ours", "quotes", "shell", "format", "others", "long"}
    with pytest.raises(AssertionError):
        expect_safe("a\x1bb")


# What the service says

@pytest.mark.parametrize("ascii_only", [True, False], ids=["escaped", "raw"])
@pytest.mark.parametrize("place", TEXTS)
def test_words_of_a_refusal_reach_a_program_whole_and_a_terminal_tamed(reflow, sim, place, ascii_only):
    steps = [faults.status(400, (), json.dumps(content(place, word), ensure_ascii=ascii_only).encode()) for word in
             WORDS.values()]
    result, runs = ask(reflow, sim, steps, "--json", "-v")
    for line, (name, word) in zip(expect_json(result, runs), WORDS.items()):
        assert (line["outcome"], line["error"], line["http_status"]) == ("refused", "rejected", 400)
        assert line["detail"] == ESCAPED.get(name, word), name
    sim.faults.clear()
    result, runs = ask(reflow, sim, steps)
    expect_person(result, runs)


@pytest.mark.parametrize("place", ["type", "error_code", "request-id", "etag", "id"])
@pytest.mark.parametrize("options", [("--json", "-v"), ("-v",)], ids=["json", "person"])
def test_a_code_a_request_id_an_etag_or_an_id_is_no_better_than_words(reflow, sim, place, options):
    if place in ("etag", "id"):
        steps = [[{"answer": {"json": {"id": "new", **content(place, word)}}}] for word in WORDS.values()]
    else:
        steps = [faults.status(400, (), json.dumps(content(place, word), ensure_ascii=False).encode()) for word in
                 WORDS.values()]
    result, runs = ask(reflow, sim, steps, *options)
    if "--json" in options:
        lines = expect_json(result, runs)
        possible = {"retriggered", "unknown"} if place in ("etag", "id") else {"refused"}
        assert {line["outcome"] for line in lines} <= possible
        assert place != "id" or all(re.fullmatch("[!-~]{1,128}", line["id"]) for line in lines if line["id"])
    else:
        expect_person(result, runs)


@pytest.mark.parametrize("options", [("--json",), ()], ids=["json", "person"])
def test_an_error_that_is_no_utf_8_or_no_json_has_its_status_and_no_words(reflow, sim, options):
    bodies = [b'{"message": "a\xffb"}', b'{"message": "\xed\xa0\x80"}', b'{"message": "\xf8\x88\x80\x80\x80"}',
              b'{"message": "\xc0\x80"}', b'{"message": "cut \xe2\x82', b'{"message": "\x1b[31m"}',
              b'{"message": "a\x00b"}', b"\x1b]0;x\x07", b"\xff\xfe\x00", b'{"message": "\xe2\x80\xae", "x": \x9b}']
    result, runs = ask(reflow, sim, [faults.status(400, (), body) for body in bodies], *options)
    if options:
        for line in expect_json(result, runs):
            assert (line["outcome"], line["http_status"], line["detail"]) == ("refused", 400, None)
    else:
        expect_person(result, runs)


def test_half_a_pair_of_surrogates_becomes_the_replacement_character(reflow, sim):
    result, runs = ask(reflow, sim, [faults.status(400, (), r'{"message": "a\ud800b\udc00c\ud83d\ude00"}')], "--json")
    assert expect_json(result, runs)[0]["detail"] == "a\ufffdb\ufffdc😀"


def test_the_largest_words_that_are_kept_do_not_break_the_line(reflow, sim):
    """Each byte may become six."""
    words = [character * (size // len(character.encode())) for size in (4000, 4300, 4400, 4450, 4480, 5000, 20000)
             for character in ("\x01", "\x7f", "\x80", "\u202e", "\U000e0041", "\"", "\\", "ä")]
    steps = [faults.status(400, {"X-Request-Id": "i" * 90}, json.dumps({"message": word}, ensure_ascii=False).encode())
             for word in words]
    result, runs = ask(reflow, sim, steps, "--json")
    kept = [line["detail"] for line in expect_json(result, runs)]
    assert all(detail in (word, None) for detail, word in zip(kept, words)) and kept[4] == words[4]
    sim.faults.clear()
    expect_person(*ask(reflow, sim, steps))


HIDDEN = ["\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u180b", "\u180f", "\u3164", "\ufe00", "\ufe0f", "\uffa0",
          "\ufff0", "\U0001bca0", "\U0001d173", "\U0001d17a"]


def test_characters_that_cannot_be_seen_do_not_reach_a_terminal(reflow, sim):
    """Unicode's Default_Ignorable_Code_Point: fillers, selectors and such, in which anything can be hidden."""
    result, runs = ask(reflow, sim, [faults.status(400, (), json.dumps({"message": "pay%spal" % character}))
                                     for character in HIDDEN])
    expect_person(result, runs)
    assert [character for character in HIDDEN if character in result.stdout] == []


# What it says in the head, with -v

HEADS = {
    "reason": b"HTTP/1.1 400 %s\r\nContent-Length: 0\r\n\r\n",
    "value": b"HTTP/1.1 400 Bad\r\nX-A: %s\r\nContent-Length: 0\r\n\r\n",
    "name": b"HTTP/1.1 400 Bad\r\nX%s: a\r\nContent-Length: 0\r\n\r\n",
    "request ID": b"HTTP/1.1 400 Bad\r\nX-Request-Id: %s\r\nContent-Length: 0\r\n\r\n",
    "version": b"HTTP/%s 400 Bad\r\n\r\n",
    "instead": b"%s\r\n\r\n", "retry after": b"HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
    "length": b"HTTP/1.1 400 Bad\r\nContent-Length: %s\r\n\r\n",
    "trailer": b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n0;%s\r\nX: %s\r\n\r\n",
    "interim": b"HTTP/1.1 103 %s\r\nLink: %s\r\n\r\nHTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n",
}
BYTES = {**{name: word.encode() for name, word in WORDS.items()}, "no UTF-8": b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5",
         "latin": b"\xe4", "cut": b"\xe2\x80", "very long": b"y" * 20000, "all": bytes(range(256))}


@pytest.mark.parametrize("place", HEADS)
@pytest.mark.parametrize("options", [("--json", "-v"), ("-v",)], ids=["json", "person"])
def test_nothing_in_a_head_steers_whoever_watches(reflow, sim, place, options):
    steps = [[{"send": HEADS[place].replace(b"%s", word)}, {"close": "notify"}] for word in BYTES.values()]
    result, runs = ask(reflow, sim, steps, *options)
    (expect_json if "--json" in options else expect_person)(result, runs)
    for line in result.stderr.splitlines():
        assert line[:2] in ("* ", "> ", "< ") and len(line) < 4000, line


def test_half_a_line_of_an_answer_is_not_shown_as_a_part_of_the_next_request(reflow, sim):
    steps = [[{"send": b"POST /evil HTTP/1.1"}, {"close": "notify"}], faults.shaped(),
             [{"send": b"HTTP/1.1 200 OK\r\nX-Half: a line"}, {"close": "notify"}], faults.shaped()]
    result, runs = ask(reflow, sim, steps, "-v")
    asked = [line for line in result.stderr.splitlines() if line.startswith("> ")]
    assert len(asked) % len(runs) == 0
    for at, run in enumerate(runs):
        lines = asked[at * len(asked) // len(runs):(at + 1) * len(asked) // len(runs)]
        assert re.fullmatch(r"> POST /\S*/runs/%s/action\?op=re-trigger HTTP/1\.1" % run, lines[0])
        assert lines[-1] == "> " and all(re.match(r"> [A-Za-z-]+: \S", line) for line in lines[1:-1])


def test_what_is_shown_of_an_answer_begins_with_its_status_line(reflow, sim):
    steps = [[{"send": b"garbage without an end"}, {"close": "notify"}], faults.status(400, {"X-A": "b"})]
    result, _ = ask(reflow, sim, steps, "-v")
    said = [line for line in result.stderr.splitlines() if line.startswith("< ")]
    assert "< HTTP/1.1 400 Bad Request" in said and "< X-A: b" in said


# What callers say

LINES = [word.encode().replace(b"\n", b"") for name, word in WORDS.items() if name != "tab"] + [
    b"\xff\xfe", b"\xc0\x80", b"a\xe2\x82", b"x" * 129, b"x" * 100000, b"a b", b"../..", b".", b"..", b"%2e%2e", b"a/b",
    b"a?b=c", b"a#b", b"{}", b"a\x00b", b"--help", b"\xef\xbb\xbf" + RUN.encode()]


@pytest.mark.parametrize("options", [("--json", "-v"), ("-v",)], ids=["json", "person"])
def test_a_line_of_standard_input_that_is_no_run_is_told_safely_and_the_rest_go_on(reflow, sim, options):
    bad = [line for line in LINES if line != b"--help"]  # which is a run ID like any other
    result, _ = ask(reflow, sim, [], *options, stdin=b"\n".join(bad) + b"\n" + RUN.encode() + b"\n")
    assert result.status == 2
    assert [run for run, _ in sim.ledger.applied] == [RUN] and len(sim.ledger.requests) == 1
    if "--json" in options:
        lines = [json.loads(line, object_pairs_hook=list) for line in result.stdout.splitlines()]
        assert all([key for key, _ in line] == reflow_cli.KEYS for line in lines) and len(lines) == len(bad) + 1
        told = {(dict(line)["outcome"], dict(line)["error"]) for line in lines[:-1]}
        assert told == {("not_applied", "invalid_argument")}
    else:
        assert result.stdout.count("\n    -> ") == len(bad) and result.stdout.count("\n") == 2 * len(bad) + 1


@pytest.mark.parametrize("line", [b"%s\x00", b"\x00%s", b"\x00%s\x00", b"%s \x00 ", b"%s\x00junk"], ids=repr)
def test_a_nul_belongs_to_no_run(reflow, sim, line):
    result, _ = ask(reflow, sim, [], "--json", stdin=line % RUN.encode() + b"\n")
    assert (result.outcomes, result.status, sim.accepted) == ([("not_applied", "invalid_argument")], 2, 0)


def test_standard_input_may_come_in_any_spelling_of_line_ends(reflow, sim):
    stdin = "%s\r\n\r\n \t\n  %s\t\n%s" % (RUN, state.DOCUMENTED, state.EXAMPLES["empty-success"][0])
    result = reflow.retry(sim, "-", stdin=stdin)
    assert [line["outcome"] for line in result.lines] == ["retriggered"] * 3 and result.status == 0


@pytest.mark.parametrize("name", [name for name in WORDS if "\x00" not in WORDS[name]])
def test_whatever_stands_on_the_command_line_is_told_safely(reflow, sim, tmp_path, name):
    word = WORDS[name]
    for args in (["retry", word], ["retry", "--json", word], [word], ["--" + word], ["-" + word],
                 ["retry", "--pin", word, RUN], ["retry", "--timeout", word, RUN], ["retry", "--url", word, RUN],
                 ["retry", "--url", "https://" + word, RUN],
                 ["retry", "--ca", tmp_path / word, RUN], ["retry", "--token-file", tmp_path / word, RUN],
                 ["retry", "--op", word, RUN], ["retry", "--sandbox", word, RUN], ["retry", "--jobs=" + word, RUN]):
        result = reflow.run(*args, url=sim.url if "--url" not in args else None)
        expect_safe(result.stdout)
        expect_safe(result.stderr)
        assert result.status in (1, 2, 6)
        assert result.stdout.count("\n") <= 2 and result.stderr.count("\n") <= 1
    assert sim.ledger.applied == []
