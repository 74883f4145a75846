# SPDX-License-Identifier: MIT
# README as a new reader meets it: the way to the timer in its order, and no command in a tutorial that no test types.
# (The tutorials themselves take a while to build: make test-tutorials.)

import re

import readme_blocks
from reflow_cli import ROOT

README = (ROOT / "README.md").read_text()
TESTS = "\n".join(path.read_text() for path in (ROOT / "tests").glob("*/test_*.py"))
TUTORIALS = ["As soon as a run fails", "On a gateway", "As one object, in a loop of your own", "Into a firmware",
             "The simulated service"]


def section(title):
    return re.search(r"^##+ %s\n(.*?)(?=^##)" % re.escape(title), README + "\n##", re.M | re.S).group(1)


def test_the_way_to_the_timer_is_one_page_in_its_order():
    titles = re.findall("^## (.*)$", README, re.M)
    assert titles[:4] == ["Try it", "The tool", "Installing", "The night shift"]
    steps = ["git clone", "make demo", "make && sudo make install", "cat >/etc/reflow.env", "/etc/reflow.secret",
             "reflow doctor --secret-file", "systemctl enable --now reflow.timer"]
    places = [README.index(step) for step in steps]
    assert places == sorted(places)


def marks_and_blocks(text):
    """Each indented or fenced block, and the line above it."""
    text = re.sub(r"^```c\n.*?^```", "    (a file)", text, flags=re.M | re.S)
    return re.findall(r"(?:^|\n)(\S.*)\n\n?((?:    .*\n|\n(?=    ))+)", text)


def test_each_block_of_a_tutorial_is_typed_shown_or_saved_by_a_test():
    for title in TUTORIALS:
        blocks = marks_and_blocks(section(title))
        assert blocks, title
        for above, block in blocks:
            assert re.match(r"<!-- (run|shows|file): \S+ -->$", above), "%s: %s" % (title, block)


def test_each_of_these_blocks_has_a_test_that_names_it():
    for kind, name in re.findall(r"^<!-- (run|shows|file): (\S+) -->$", README, re.M):
        assert readme_blocks.block(kind, name)
        assert '"%s"' % name in TESTS, name


def test_what_is_said_of_others_agrees_with_the_figures():
    said = section("Beside other clients")
    flash, tls = (int(number) for number in re.findall(r"^in all +(\d+)", README, re.M)[:2])
    assert "%.0f KB and %.0f KB for TLS" % (flash / 1000, tls / 1000) in said
    curl, reflow = (re.search(row + r" \| [^|]*\| [^|]*\| ([\d,]+)[^|]*\| (\d+)", README).groups()
                    for row in (r"\| TLS 1.3, 1 certificate \| curl", r"\|  \| reflow"))
    memory, calls = (float(a.replace(",", "")) / float(b.replace(",", "")) for a, b in zip(curl, reflow))
    assert "%d times the memory, %d times the system calls" % (memory, calls) in said
