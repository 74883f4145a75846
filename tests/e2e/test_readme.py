# SPDX-License-Identifier: MIT
# README's promises: its example compiles and works, its tables are what its commands print.

import os
import pathlib
import re
import shlex
import subprocess

import reflow_cli
import state

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUN = state.EXAMPLES["documented"][0]
NEW = "3fb0418e-1804-45d6-8d56-dd51f05c0baf"


def make(*targets):
    """make, with the variables that this build was made with."""
    variables = shlex.split(os.environ.get("REFLOW_MAKE", ""))
    build = "BUILD=%s" % os.environ.get("REFLOW_BUILD", "build")
    done = subprocess.run(["make", "-s", "--no-print-directory", build, *variables, *targets], cwd=ROOT,
                          capture_output=True, text=True, env={**os.environ, "MAKEFLAGS": ""})
    assert done.returncode == 0, done.stderr
    return done.stdout


def example():
    return re.search(r"```c\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL).group(1)


def run_example(flags, sim, pki, folder):
    """README's program, compiled with these flags, does what it is for."""
    source, program = folder / "example.c", folder / "example"
    source.write_text(example())
    cc = next((word[3:] for word in shlex.split(os.environ.get("REFLOW_MAKE", "")) if word.startswith("CC=")), "cc")
    subprocess.run([cc, "-Wall", "-Wextra", "-Werror", source, *flags, "-o", program], cwd=ROOT, check=True)
    environment = {"REFLOW_URL": sim.url, "REFLOW_ACCESS_TOKEN": reflow_cli.TOKEN, "REFLOW_API_KEY": state.API_KEY,
                   "REFLOW_ORG_ID": state.ORG}
    done = subprocess.run([program, pki.ca, RUN], capture_output=True, text=True, env=environment)
    assert (done.stdout, done.returncode) == ("retriggered %s\n" % NEW, 0)
    assert sim.ledger.applied == [(RUN, NEW)]


def test_the_example_compiles_and_retriggers_a_run_in_under_30_lines(sim, pki, tmp_path):
    assert len(example().splitlines()) < 30
    build = pathlib.Path(os.environ.get("REFLOW_BUILD", ROOT / "build"))
    run_example(["-Iinclude", "-Iport/posix", build / "libreflow.a", *shlex.split(make("print-libs"))], sim, pki,
                tmp_path)


def test_its_tables_are_what_its_commands_print():
    make("readme", "CHECK=--check")
