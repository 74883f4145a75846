# SPDX-License-Identifier: MIT
# The one object for a microcontroller, made with README's own line, in a program of a user's: it asks for what the port
# and mbedTLS provide and for a few functions of the C library, and for nothing else.

import re
import shlex

import pytest

from test_structure import BUILD, MAKE, ROOT, STRICT, WANTED, call, symbols_of

pytestmark = pytest.mark.not_instrumented("the flags go to the cross compiler as well")
CPU = ["-mcpu=cortex-m4", "-mthumb"]
# What a board brings: random bytes for mbedTLS.
PROGRAM = """
#include <stdbool.h>
#include <stddef.h>

#include "reflow.h"
#include "reflow_template.h"

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t length, size_t *got);
int mbedtls_hardware_poll(void *data, unsigned char *output, size_t length, size_t *got)
{
    (void)data;
    (void)output;
    (void)length;
    *got = 0;
    return -1;
}

void entry(void);
void entry(void)
{
    static struct reflow_client client;
    static struct reflow_template port;
    static struct reflow_config config;

    reflow_template_init(&port);
    config.url = "https://flow.example/data";
    config.token = config.api_key = config.org_id = "x";
    config.port = &reflow_template;
    config.port_context = &port;
    if (reflow_init(&client, sizeof client, &config) == REFLOW_OK) {
        (void)reflow_retrigger(&client, "a-run");
        reflow_close(&client);
    }
}
"""


def readme_line():
    text = (ROOT / "README.md").read_text()
    found = re.search(r"^ +(make CROSS_COMPILE=arm-none-eabi- .*\\\n.*build/reflow\.o)$", text, re.MULTILINE)
    assert found, "README no longer shows how the one object is made"
    words = shlex.split(found.group(1).replace("\\\n", ""))
    assert words.pop() == "build/reflow.o"
    return words


@pytest.fixture(scope="module")
def thumb():
    """A folder with reflow.o and mbedTLS for a Cortex-M4; kept, as it takes a while to make."""
    folder = BUILD / "one-object"
    if "MBEDTLS=system" in MAKE:
        pytest.skip("the system's mbedTLS is none for a Cortex-M4")
    if not (BUILD / "mbedtls/source").exists():
        pytest.skip("without the source of mbedTLS there is none for a Cortex-M4")
    (folder / "mbedtls").mkdir(parents=True, exist_ok=True)
    if not (folder / "mbedtls/source").exists():
        (folder / "mbedtls/source").symlink_to("../../mbedtls/source")
    call(*readme_line(), "-s", "-j2", "BUILD=%s" % folder, folder / "reflow.o")
    return folder


def undefined(path):
    lines = call("arm-none-eabi-nm", "-P", path).stdout.splitlines()
    return {line.split()[0] for line in lines if re.search(r" U( |$)", line)}


def test_it_wants_only_mbedtls_and_a_few_functions(thumb):
    others = {name for name in undefined(thumb / "reflow.o") if not name.startswith(("mbedtls_", "psa_"))}
    assert others <= WANTED, others - WANTED  # no heap, no division of 64 bits, no floating point


def test_it_shows_only_its_own_names(thumb):
    defined = {line.split()[0] for line in
               call("arm-none-eabi-nm", "-P", "-g", "--defined-only", thumb / "reflow.o").stdout.splitlines()}
    assert {"reflow_init", "reflow_step", "reflow_retrigger", "reflow_close"} <= defined
    assert {name for name in defined if not name.startswith("reflow_")} == set()


@pytest.fixture(scope="module")
def program(thumb, tmp_path_factory):
    """Linked without start files and default libraries: what is named here is all that there is."""
    folder = tmp_path_factory.mktemp("program")
    made = (thumb / "mbedtls").glob("arm-none-eabi-*/libmbedtls.a")
    mbedtls = max(made, key=lambda path: path.stat().st_mtime)
    for name, source in (("main", "-"), ("port", "port/template/reflow_template.c")):
        call("arm-none-eabi-gcc", *CPU, "-Os", "-ffreestanding", *STRICT, "-Iinclude", "-Iport/template", "-x", "c",
             "-c", source, "-o", folder / (name + ".o"), input=PROGRAM)
    call("arm-none-eabi-gcc", *CPU, "-nostdlib", "-nostartfiles", "-Wl,-e,entry", "-Wl,--gc-sections",
         folder / "main.o", folder / "port.o", thumb / "reflow.o", mbedtls, "-lc_nano", "-lgcc", "-o",
         folder / "program")
    return folder


def test_it_links_into_a_users_program(program):
    defined = symbols_of(program / "program", "--defined-only")
    assert {"entry", "reflow_retrigger", "mbedtls_ssl_handshake"} <= defined
    assert undefined(program / "program") == set()


def test_no_heap_and_no_printing_come_with_it(program):
    defined = symbols_of(program / "program", "--defined-only")
    heap = re.compile(r"^_?(m|c|re)alloc(_r)?$|^_?free(_r)?$|^_?sbrk(_r)?$|printf|scanf|^strtol|^gmtime|^exit$")
    assert {name for name in defined if heap.search(name)} <= {"mbedtls_snprintf", "mbedtls_platform_set_snprintf"}


def test_the_optional_parts_stay_away_when_nobody_asks_for_them(program):
    """reflow.o was linked with -r: its sections, one a function, are still the linker's to drop."""
    defined = symbols_of(program / "program", "--defined-only")
    assert not {name for name in defined if re.match(r"reflow_(ims_|read_runs?$|fetch_token|start_runs?$|runs_)", name)}
