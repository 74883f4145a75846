# SPDX-License-Identifier: MIT
# What README tells its reader to type, and what it says comes out: the blocks behind "<!-- run: NAME -->" and
# "<!-- shows: NAME -->", and the files behind "<!-- file: NAME -->".

import re
import textwrap

from reflow_cli import ROOT

BLOCK = r"<!-- %s: %s -->\n((?:(?:    .*)?\n)+|```.*\n(?:(?!```).*\n)*```)"


def blocks(kind, name):
    """The text of each such block, as it stands between its fences or without its indentation."""
    found = re.findall(BLOCK % (kind, name), (ROOT / "README.md").read_text())
    assert found, "README has no block %s: %s" % (kind, name)
    return [re.sub("^```.*\n|```$", "", block, flags=re.M) if block.startswith("```") else
            textwrap.dedent(block).strip() + "\n" for block in found]


def block(kind, name):
    (only,) = blocks(kind, name)
    return only
