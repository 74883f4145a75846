# SPDX-License-Identifier: MIT
# make doc: the reference holds all that is public, each with what is said of it, and nothing that is private.

import html
import re
import subprocess

import pytest

from test_structure import GIVEN, MAKE, ROOT, make

pytestmark = pytest.mark.not_instrumented("it is made of the headers, whatever they are compiled to")
HEADERS = ["include/reflow.h", "include/reflow_config.h", "port/posix/reflow_posix.h", "port/mbedtls/reflow_memory.h",
           "port/lwip/reflow_lwip.h", "port/sockets/reflow_sockets.h", "port/zephyr/reflow_zephyr.h"]


def public(header):
    """The header without comments and without what is private: the end of reflow.h, the states of a port."""
    text = (ROOT / header).read_text().split("/* ---- Storage: private")[0]
    return re.sub(r"/\*.*?\*/|enum reflow_(posix|lwip|sockets)_state \{.*?\}", "", text, flags=re.DOTALL)


def plain(fragment):
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", fragment)).split())


def described(folder):
    """What has an entry of its own -> what is said there; members of enums and structs among them."""
    said = {}
    for page in folder.glob("*.html"):
        text = page.read_text()
        entries = re.findall(r'<h2 class="memtitle">(.*?)</h2>(.*?)(?=<h2 class="memtitle"|</html>)', text, re.S)
        for title, rest in entries:
            body = re.search(r'<div class="memdoc">(.*?)</div><!-- contents|<div class="memdoc">(.*)', rest, re.S)
            name = re.match(r"\w+", plain(re.sub(r'<span class="permalink">.*?</span>', "", title)))
            said[name[0]] = plain((body[1] or body[2]) if body else "")
        for name, text in re.findall(r'class="fieldname">(.*?)</td><td class="fielddoc">(.*?)</td>', text, re.S):
            said[plain(name)] = plain(text)
    return said


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doc")
    make("doc", "DOC=%s" % folder)
    return described(folder)


def test_each_function_of_the_headers_has_an_entry_with_what_it_does(reference):
    functions = {name for header in HEADERS for name in re.findall(r"\b(reflow_\w+)\([^)]*\);", public(header))}
    assert {"reflow_init", "reflow_retrigger", "reflow_step", "reflow_posix_init"} <= functions and len(functions) > 35
    assert {name: reference.get(name, "") for name in functions if len(reference.get(name, "")) < 20} == {}
    assert reference["reflow_run_id_valid"].startswith("Whether run_id can be sent: 1 to 128 of A-Z a-z 0-9")


def test_each_constant_and_each_word_of_an_enum_has_one_too(reference):
    guards = {header.split("/")[-1].replace(".", "_").upper() for header in HEADERS}
    names = {name for header in HEADERS for name in re.findall(r"^#define (REFLOW_\w+)\b", public(header), re.M)}
    names |= {name for header in HEADERS for body in re.findall(r"\benum \w+ \{(.*?)\}", public(header), re.S)
              for name in re.findall(r"^ +(REFLOW_\w+)(?=,? *$)", body, re.M)}
    names |= {"REFLOW_ERR_" + name for name in re.findall(r"^    X\((\w+),", public("include/reflow.h"), re.M)}
    names -= guards | {"REFLOW_ERROR_ID"}
    assert {"REFLOW_COMMIT", "REFLOW_MAX_TOKEN", "REFLOW_DEFAULT_URL", "REFLOW_ERR_DNS"} <= names and len(names) > 80
    assert [name for name in sorted(names) if not reference.get(name)] == []
    assert "The host name" not in reference["REFLOW_ERR_CONNECT"]
    assert "firewall" in reference["REFLOW_ERR_CONNECT"] and "NOT_APPLIED" in reference["REFLOW_ERR_CONNECT"]


def test_fields_are_described_and_private_ones_are_not_there(reference):
    assert reference["hold_ms"].startswith("after rate_limited or unavailable")
    assert reference["anchors_size"] == reference["anchors"] != ""
    assert not {"buffer", "previous_ms", "received", "request_at"} & set(reference)


# Doxygen 1.9.4 does not miss words of an enum; the test above does.
@pytest.mark.parametrize("before, after", [
    (r"/\* Whether `run_id` can be sent.*?\*/\n", ""),
    (r"    uint16_t http_status;", r"    uint16_t more;\n\g<0>"),
    (r"/\* Room for a name of a certificate.*?\*/\n", ""),
], ids=["function", "field", "constant"])
def test_it_fails_where_a_description_is_missing(tmp_path, before, after):
    header = tmp_path / "reflow.h"
    header.write_text(re.sub(before, after, (ROOT / "include/reflow.h").read_text(), count=1, flags=re.S))
    assert header.read_text() != (ROOT / "include/reflow.h").read_text()
    done = subprocess.run(["make", "-s", "--no-print-directory", "BUILD=%s" % GIVEN, *MAKE, "doc",
                           "DOC=%s" % (tmp_path / "doc"), "HEADERS=%s" % header],
                          cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0 and "is not documented" in done.stderr, done.stdout + done.stderr
