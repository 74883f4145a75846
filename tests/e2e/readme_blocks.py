# SPDX-License-Identifier: MIT
# What README tells its reader to type, and what it says comes out: the blocks behind "<!-- run: NAME -->" and
# "<!-- shows: NAME -->".

import re
import textwrap

import reflow_cli

BLOCK = r"<!-- %s: %s -->\n\n?((?:(?:    .*)?\n)+|```.*\n(?:(?!```).*\n)*```)"


def blocks(kind, name):
    """The text of each such block, as it stands between its fences or without its indentation."""
    found = re.findall(BLOCK % (kind, name), (reflow_cli.ROOT / "README.md").read_text())
    assert found, "README has no block %s: %s" % (kind, name)
    return [re.sub("^```.*\n|```$", "", block, flags=re.M) if block.startswith("```") else
            textwrap.dedent(block).strip() + "\n" for block in found]


def block(kind, name):
    (only,) = blocks(kind, name)
    return only


def changed(text, **places):
    """With other folders in the place of README's; each has to be there."""
    for old, new in places.items():
        assert old in text, old
        text = text.replace(old, str(new))
    return text
