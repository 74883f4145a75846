# SPDX-License-Identifier: MIT
# The library as one file: it compiles alone, shows only its own names, and does what the many files do.

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

import state
from test_structure import ARM, BUILD, CC, GIVEN, ROOT, STRICT, WANTED, call, cppflags, libs, make, symbols_of

# Half a minute of counting leaks, which `make test-amalgamation` does.
TOO_LONG = {"test_tls_memory"}
PUBLIC = {"reflow_init", "reflow_step", "reflow_retrigger", "reflow_read_runs", "reflow_close", "reflow_version"}


def without_ours(flags):
    """What a user has on the include path: jsmn.h and mbedTLS's headers, nothing of this project but its mbedTLS
    configuration."""
    return [flag for flag in flags if not flag.startswith("-I")]


@pytest.fixture(scope="module")
def one_file(tmp_path_factory):
    """Made anew from the sources as they are, in a folder of its own."""
    folder = tmp_path_factory.mktemp("one")
    call("tests/amalgamate.py", folder)
    return folder / "reflow.c"


def test_it_is_made_of_each_source_and_each_header_once(one_file):
    titles = re.findall(r"^/\* ==== (\S+) =+ \*/$", one_file.read_text(), re.MULTILINE)
    files = [path.name for path in (ROOT / "src").glob("*.[ch]")]
    assert sorted(titles) == sorted(files)


def test_it_includes_nothing_of_ours_but_the_one_header(one_file):
    quoted = re.findall(r'^#\s*include\s*"([^"]*)"', one_file.read_text(), re.MULTILINE)
    assert quoted == ["reflow.h"]
    # Nor does that, unless asked for sizes: then it is a file of the user's.
    assert re.findall(r"^#\s*include\s*(\S+)", one_file.with_suffix(".h").read_text(), re.MULTILINE) == \
        ["<stdbool.h>", "<stddef.h>", "<stdint.h>", "REFLOW_CONFIG_FILE"]


def test_what_make_has_written_is_up_to_date(one_file):
    make("amalgamation")
    for suffix in (".c", ".h"):
        assert (BUILD / ("reflow" + suffix)).read_bytes() == one_file.with_suffix(suffix).read_bytes()


@pytest.mark.parametrize("compiler", [CC, "clang"])
def test_it_compiles_alone_and_shows_only_its_own_names(one_file, compiler, tmp_path):
    if not shutil.which(compiler.split()[0]):
        pytest.skip("%s is not there" % compiler)
    path = tmp_path / "reflow.o"
    call(*compiler.split(), *STRICT, "-O2", *without_ours(cppflags()), "-c", one_file, "-o", path)
    defined = symbols_of(path, "--defined-only")
    assert PUBLIC <= defined
    assert {name for name in defined if not name.startswith("reflow_")} == set()


def test_it_compiles_for_cortex_m(one_file, tmp_path):
    path = tmp_path / "reflow.o"
    with_source = BUILD / "mbedtls/source"
    if not with_source.exists():
        pytest.skip("without the source of mbedTLS there are no headers of it for a Cortex-M")
    call(*ARM, *STRICT, "-isystem", BUILD / "jsmn", "-isystem", with_source / "include", "-isystem", "port/mbedtls",
         '-DMBEDTLS_CONFIG_FILE="reflow_mbedtls_config_small.h"', "-c", one_file, "-o", path)
    symbols = call("arm-none-eabi-nm", "-P", path).stdout.splitlines()
    wanted = {line.split()[0] for line in symbols if re.search(r" U( |$)", line)}
    others = {name for name in wanted if not name.startswith(("mbedtls_", "psa_"))}
    assert others <= WANTED | {"calloc", "free"}, others - WANTED  # mbedtls_calloc, until the user names another


def test_two_clients_re_trigger_with_it(one_file, sim, pki, tmp_path):
    port = sorted((ROOT / "port/posix").glob("*.c"))
    flags = without_ours(cppflags())
    # The port and the program see the one header only.
    call(CC, *STRICT, "-D_POSIX_C_SOURCE=200809L", "-I%s" % one_file.parent, "-Iport/posix", *flags,
         "tests/e2e/two_clients.c", *port, one_file, *libs(), "-o", tmp_path / "two")
    other = state.EXAMPLES["failed"][0]
    done = call(tmp_path / "two", sim.url, pki.ca, state.TOKEN, state.API_KEY, state.ORG, state.DOCUMENTED, other)
    said = [tuple(line.split()) for line in done.stdout.splitlines()]
    assert [run for run, _ in said] == [state.DOCUMENTED, other]
    assert sorted(sim.ledger.applied) == sorted(said)


def passes(program):
    done = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    return "" if done.returncode == 0 else "%s\n%s%s" % (program.name, done.stdout, done.stderr)


@pytest.mark.not_instrumented("nothing of what is instrumented is in it")
def test_every_unit_test_passes_on_it():
    names = sorted(path.stem for path in (ROOT / "tests/unit").glob("test_*.c") if path.stem not in TOO_LONG)
    assert len(names) > 40
    programs = [BUILD / "one" / name for name in names]
    # Named as make names them: of another spelling of the path it would say that nothing is to be done.
    make("-j%d" % os.cpu_count(), *("%s/one/%s" % (GIVEN, name) for name in names))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        assert "".join(pool.map(passes, programs)) == ""


def test_a_name_that_two_files_have_gets_its_files_name_in_front(one_file):
    """The test would be worth nothing if the sources shared no names."""
    text = one_file.read_text()
    assert re.search(r"\bhttp_field_step\(", text) and re.search(r"\bjson_stream_step\(", text)
    assert not re.search(r"(?<!\w)step\(", text)
