# SPDX-License-Identifier: MIT
# What the library is made of: freestanding, layered, one object in which only reflow_* is seen, no heap, no leaks.
#
# REFLOW_BUILD is the folder of products (default build), REFLOW_MAKE the variables that they were made with
# (as "CC=gcc MBEDTLS= BUILD=build"). The slow tests have "valgrind" in their names: -k "not valgrind" leaves them out.

import os
import pathlib
import re
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

import reflow_cli
import state

ROOT = reflow_cli.ROOT
BUILD = ROOT / os.environ.get("REFLOW_BUILD", "build")
MAKE = shlex.split(os.environ.get("REFLOW_MAKE", ""))
# The same folder as make was given it: by another name its flags would differ, and all would be compiled anew.
GIVEN = next((word[6:] for word in MAKE if word.startswith("BUILD=")), os.environ.get("REFLOW_BUILD", "build"))
CC = next((word[3:] for word in MAKE if word.startswith("CC=")), "") or "cc"
STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes",
          "-Wmissing-prototypes", "-Wundef", "-Wcast-qual", "-Wwrite-strings", "-Wvla", "-Werror"]
ARM = ["arm-none-eabi-gcc", "-ffreestanding", "-mcpu=cortex-m4", "-mthumb", "-Os"]
INCLUDE = ["-Iinclude", "-Isrc", "-isystem", str(BUILD / "jsmn")]

SOURCES = sorted((ROOT / "src").glob("*.c"))
HEADERS = sorted((ROOT / "src").glob("*.h"))
PUBLIC = sorted((ROOT / "include").glob("*.h"))

# C99's headers for freestanding programs, and string.h, of which every compiler needs functions anyway.
FREESTANDING = {"stddef.h", "stdint.h", "stdbool.h", "limits.h", "string.h"}
# What the core may want of a C library. memcpy, memmove, memset and memcmp are wanted by compilers themselves; clang
# writes a memcmp() that is compared with 0 as bcmp().
WANTED = {"memcpy", "memmove", "memset", "memcmp", "bcmp", "memchr", "strlen", "strcmp", "strncmp", "strchr", "strrchr"}


def call(*command, **options):
    done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, timeout=120,
                          **options)
    assert done.returncode == 0, "%s\n%s%s" % (shlex.join(map(str, command)), done.stdout, done.stderr)
    return done


def make(*words):
    return call("make", "-s", "--no-print-directory", "BUILD=%s" % GIVEN, *MAKE, *words).stdout


def libs():
    return make("print-libs").split()


def cppflags():
    return make("print-cppflags").split()


def in_parallel(work, items):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, items))


def named(path):
    return str(path.relative_to(ROOT))


def knows_mbedtls(path):
    return path.name.startswith("tls_mbedtls")


CORE = [source for source in SOURCES if not knows_mbedtls(source)]


def includes_of(path):
    return re.findall(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"]*[>"])', path.read_text(), re.MULTILINE)


# Freestanding

def direct_system_headers(text):
    """Of gcc -H: the headers included by our own files, not by other headers of the system."""
    own, found = {0: True}, set()
    for dots, path in re.findall(r"^(\.+) (.*)$", text, re.MULTILINE):
        depth, inside = len(dots), (ROOT / path).resolve()
        own[depth] = ROOT / "src" in inside.parents or ROOT / "include" in inside.parents
        if own[depth - 1] and not own[depth]:
            found.add(inside.name)
    return found


def compile_for_cortex_m(source, folder):
    return call(*ARM, *STRICT, *INCLUDE, "-H", "-c", source, "-o", folder / (source.stem + ".o")).stderr


def test_the_core_compiles_for_cortex_m_without_an_operating_system(tmp_path):
    assert len(CORE) > 20
    for source, seen in zip(CORE, in_parallel(lambda source: compile_for_cortex_m(source, tmp_path), CORE)):
        allowed = FREESTANDING | ({"jsmn.h"} if source.name == "json.c" else set())
        assert direct_system_headers(seen) <= allowed, source.name


def test_the_core_for_cortex_m_wants_nothing_but_tls_and_a_few_functions(tmp_path):
    in_parallel(lambda source: compile_for_cortex_m(source, tmp_path), CORE)
    objects = [str(tmp_path / (source.stem + ".o")) for source in CORE]
    symbols = call("arm-none-eabi-nm", "-P", *objects).stdout.splitlines()
    wanted = {line.split()[0] for line in symbols if re.search(r" U( |$)", line)}
    others = {name for name in wanted if not name.startswith("reflow_")}
    assert others <= WANTED, others - WANTED  # nothing of libgcc's either: no division of 64 bits, no floating point


@pytest.mark.parametrize("path", SOURCES + HEADERS + PUBLIC, ids=named)
def test_no_file_of_the_library_includes_an_operating_systems_header(path):
    for name in includes_of(path):
        if name[0] == '"':
            assert (ROOT / "src" / name[1:-1]).exists() or (ROOT / "include" / name[1:-1]).exists(), name
            assert "/" not in name, name
            assert not name.startswith('"tls_mbedtls') or knows_mbedtls(path), name
        elif name.startswith(("<mbedtls/", "<psa/")):
            assert knows_mbedtls(path), name
        elif name == "<jsmn.h>":
            assert path.name == "json.c", name
        else:
            assert name[1:-1] in FREESTANDING, name


def test_what_is_looked_for_is_found():
    """The two tests above would be worth nothing if they could not see."""
    assert any("<mbedtls/ssl.h>" in includes_of(path) for path in SOURCES + HEADERS)
    assert "<jsmn.h>" in includes_of(ROOT / "src/json.c")
    assert "<unistd.h>" in includes_of(ROOT / "src/cli/console.c")
    assert direct_system_headers(". src/text.h\n.. include/reflow.h\n... /usr/include/a.h\n.... /usr/include/b.h\n"
                                 ". /usr/include/c.h\n") == {"a.h", "c.h"}


# Layers

PURE = ["text", "url", "http_request", "http_response", "http_field", "json_stream", "json_path", "json_escape", "json",
        "slices", "flow", "outcome", "retry", "civil", "http_date", "name", "pem", "answer", "errors", "runs", "run_state",
        "ims"]
ABOVE = {"client.h", "states.h", "tls.h"}


def test_a_pure_module_knows_neither_the_client_nor_tls():
    for name in PURE:
        for path in (ROOT / "src" / (name + ".c"), ROOT / "src" / (name + ".h")):
            if path.exists():
                assert not {word[1:-1] for word in includes_of(path)} & ABOVE, named(path)


# Headers

@pytest.mark.parametrize("header", PUBLIC + HEADERS, ids=named)
def test_each_header_compiles_alone_and_twice_as_c99(header):
    line = '#include "%s"\n' % header.name
    flags = cppflags() if knows_mbedtls(header) else ["-Iinclude", "-Isrc"]
    for program in (line, line * 2):
        call(CC, *STRICT, *flags, "-fsyntax-only", "-x", "c", "-", input=program + "extern int nothing;\n")


@pytest.mark.parametrize("header", PUBLIC, ids=named)
def test_each_public_header_compiles_as_cpp(header):
    program = '#include "%s"\nint main() { return 0; }\n' % header.name
    call("g++", "-std=c++11", "-pedantic", "-Wall", "-Wextra", "-Wundef", "-Werror", "-Iinclude", "-fsyntax-only", "-x",
         "c++", "-", input=program)


# One object

@pytest.fixture(scope="module")
def one_object():
    path = BUILD / "reflow.o"
    assert path.exists(), "%s is not there: run make first" % path
    return path


@pytest.fixture(scope="module")
def mbedtls_heap():
    """What mbedtls_calloc and mbedtls_free are: without MBEDTLS_PLATFORM_MEMORY, macros for the C library's own."""
    done = call(CC, *cppflags(), "-E", "-P", "-", input="#include <mbedtls/platform.h>\n@ mbedtls_calloc mbedtls_free\n")
    return set(done.stdout.rsplit("@", 1)[1].split())


def symbols_of(path, *options):
    return {line.split()[0] for line in call("nm", "-P", "-g", *options, path).stdout.splitlines()}


def undefined_in(path):
    return symbols_of(path, "-u") - {"_GLOBAL_OFFSET_TABLE_"}


def test_only_reflows_own_names_are_seen_of_the_one_object(one_object):
    defined = symbols_of(one_object, "--defined-only")
    assert {"reflow_init", "reflow_step", "reflow_retrigger", "reflow_close"} <= defined
    assert {name for name in defined if not name.startswith("reflow_")} == set()


def test_every_function_of_the_public_header_is_in_the_one_object(one_object):
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "include/reflow.h").read_text(), flags=re.DOTALL)
    declared = set(re.findall(r"^[a-z][a-z0-9_ *]*?\b(reflow_\w+)\([^;{]*\);", text, re.MULTILINE))
    assert len(declared) >= 18
    assert declared <= symbols_of(one_object, "--defined-only")


@pytest.mark.not_instrumented("counters and checks come with a runtime of their own")
def test_the_one_object_wants_only_mbedtls_and_a_few_functions_of_the_c_library(one_object, mbedtls_heap):
    wanted = undefined_in(one_object) - mbedtls_heap
    others = {name for name in wanted if not name.startswith(("mbedtls_", "psa_"))}
    assert others <= WANTED, others - WANTED
    assert "mbedtls_ssl_handshake" in wanted


@pytest.mark.not_instrumented("counters and checks come with a runtime of their own")
def test_nothing_is_allocated_but_through_mbedtls(one_object, mbedtls_heap):
    heap = re.compile(r"^_?(m|c|re|v)?alloc(a|array)?$|^free$|aligned_alloc|memalign|strn?dup|^sbrk$|^mmap$")
    assert {name for name in undefined_in(one_object) if heap.search(name)} - mbedtls_heap == set()
    for path in SOURCES:
        calls = set(re.findall(r"\b((?:m|c|re)alloc|alloca|free|strdup)\s*\(", path.read_text()))
        assert calls == set(), named(path)


ALONE = """
#include "reflow.h"
int main(void)
{
    static struct reflow_client client;
    struct reflow_config config = {0};
    const bool refused = reflow_init(&client, sizeof client, &config) == REFLOW_ERR_INVALID_ARGUMENT;
    return refused && reflow_version()[0] != '\\0' && reflow_run_id_valid("a") ? 0 : 1;
}
"""


def test_the_one_object_links_into_a_program_by_itself(one_object, tmp_path):
    (tmp_path / "alone.c").write_text(ALONE)
    call(CC, *STRICT, "-Iinclude", tmp_path / "alone.c", one_object, *libs(), "-o", tmp_path / "alone")
    call(tmp_path / "alone")


# What is optional

RETRIGGERS = """
#include "reflow.h"
int main(int argc, char **argv)
{
    static struct reflow_client client;
    struct reflow_config config = {0};
    if (reflow_init(&client, sizeof client, &config) != REFLOW_OK) {
        return 1;
    }
    %s
    reflow_close(&client);
    return argc;
}
"""
OPTIONAL = ["runs", "run_state", "ims", "reading", "tokens"]


def defined_by(module):
    objects = list((BUILD / "obj").glob("*/src/%s.o" % module))
    assert objects, module
    newest = max(objects, key=lambda path: path.stat().st_mtime)
    return {line.split()[0] for line in call("nm", "-P", "--defined-only", newest).stdout.splitlines()
            if line.startswith("reflow_")}


def names_in_a_program(folder, calls):
    (folder / "program.c").write_text(RETRIGGERS % calls)
    call(CC, *STRICT, "-ffunction-sections", "-Iinclude", folder / "program.c", BUILD / "libreflow.a", *libs(),
         "-Wl,--gc-sections", "-o", folder / "program")
    return symbols_of(folder / "program", "--defined-only")


@pytest.mark.parametrize("module", OPTIONAL)
def test_a_program_that_only_retriggers_does_not_carry(module, tmp_path):
    names = names_in_a_program(tmp_path, "(void)reflow_retrigger(&client, argv[1]);")
    assert "reflow_flow_retrigger" in names
    assert len(defined_by(module)) >= 2
    assert names & defined_by(module) == set()


def test_a_program_that_reads_runs_carries_that_and_no_tokens(tmp_path):
    names = names_in_a_program(tmp_path, "struct reflow_run run;\n"
                                         "(void)reflow_read_run(&client, argv[1], &run);")
    assert "reflow_run_take" in names and "reflow_run_state_of" in names
    assert names & (defined_by("ims") | defined_by("tokens") | defined_by("retrigger")) == set()


@pytest.fixture(scope="module")
def two_clients(one_object, tmp_path_factory):
    program = tmp_path_factory.mktemp("two") / "two_clients"
    port = sorted((ROOT / "port/posix").glob("*.c"))
    call(CC, *STRICT, "-D_POSIX_C_SOURCE=200809L", *cppflags(), "tests/e2e/two_clients.c", *port, one_object, *libs(),
         "-o", program)
    return program


def test_two_clients_run_side_by_side_in_one_process(two_clients, sim, pki):
    other = state.EXAMPLES["failed"][0]
    # Each answer waits until both requests are there: neither client can have gone before the other.
    sim.fault([{"set": "first"}, {"wait": "second"}, {"answer": "service"}], run=state.DOCUMENTED)
    sim.fault([{"set": "second"}, {"wait": "first"}, {"answer": "service"}], run=other)
    done = call(two_clients, sim.url, pki.ca, state.TOKEN, state.API_KEY, state.ORG, state.DOCUMENTED, other)
    said = [tuple(line.split()) for line in done.stdout.splitlines()]
    assert [run for run, _ in said] == [state.DOCUMENTED, other]
    assert sorted(sim.ledger.applied) == sorted(said)
    assert sim.accepted == 2


# Memory

VALGRIND = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--child-silent-after-fork=yes"]
NOTHING_LEFT = ["--show-leak-kinds=all", "--errors-for-leak-kinds=all"]
# Left to `make test-memcheck`.
# test_http_date: half a minute of dates, each of them read right before a page that must not be touched.
# test_tls*: minutes of cryptography in two libraries; ours is what test_a_retry_is_clean_under_valgrind runs.
TOO_LONG = re.compile("test_http_date|test_tls.*")
LONGEST = {"test_client_cuts", "test_http_field", "test_answer"}  # begin with these: none is left over at the end


def unit_programs():
    names = {path.stem for path in (ROOT / "tests/unit").glob("test_*.c") if not TOO_LONG.fullmatch(path.stem)}
    assert len(names) > 20
    return [BUILD / "tests" / name for name in sorted(names, key=lambda name: (name not in LONGEST, name))]


def under_valgrind(program):
    done = subprocess.run([*VALGRIND, str(program)], cwd=ROOT, capture_output=True, text=True, timeout=600)
    told = [line for line in done.stderr.splitlines() if line.startswith("==")]
    return program.name, done.returncode, "\n".join(told)


@pytest.fixture(scope="module")
def valgrind(tmp_path_factory):
    if "REFLOW_WRAPPER" in os.environ:
        pytest.skip("the tool already runs in a wrapper")
    if not shutil.which("valgrind"):
        pytest.fail("valgrind is not there")
    program = tmp_path_factory.mktemp("valgrind") / "nothing"
    call(CC, "-g", "-x", "c", "-", "-o", program, input="int main(void) { return 0; }\n")
    if call(*VALGRIND, program).stderr:
        pytest.skip("this valgrind cannot read what %s writes" % CC)


def test_every_unit_test_is_clean_under_valgrind(valgrind):
    programs = unit_programs()
    make(*("%s/tests/%s" % (GIVEN, program.name) for program in programs))
    # What a unit test finds is its own business; here only what valgrind says counts.
    seen = in_parallel(under_valgrind, programs)
    assert [(name, told) for name, status, told in seen if status == 9 or told] == []


def test_a_retry_is_clean_under_valgrind(valgrind, reflow, sim):
    runs = [state.DOCUMENTED, state.EXAMPLES["flow-disabled"][0], state.EXAMPLES["failed"][0]]
    command = [*VALGRIND, *NOTHING_LEFT, *reflow.command(["retry", "--json", *runs])]
    done = subprocess.run(command, env=reflow.environment(sim.url), capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (1, "")
    assert [run for run, _ in sim.ledger.applied] == [runs[0], runs[2]]
    assert done.stdout.count("\n") == 3


def test_two_clients_are_clean_under_valgrind(valgrind, two_clients, sim, pki):
    done = subprocess.run([*VALGRIND, *NOTHING_LEFT, str(two_clients), sim.url, pki.ca, state.TOKEN,
                           state.API_KEY, state.ORG, state.DOCUMENTED, state.EXAMPLES["failed"][0]],
                          capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(sim.ledger.applied) == 2


def test_valgrind_would_have_told(valgrind, tmp_path):
    (tmp_path / "test_leak.c").write_text("#include <stdlib.h>\nint main(void) { return malloc(7) == NULL; }\n")
    call(CC, "-O0", tmp_path / "test_leak.c", "-o", tmp_path / "test_leak")
    _, status, told = under_valgrind(pathlib.Path(tmp_path / "test_leak"))
    assert status == 9 and "7 bytes" in told
