#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# What does a full handshake cost with each option of mbedTLS?   handshake.py [--machine M] [--option O]
"""Builds the tool, or the firmware, with one option changed at a time, and counts the instructions of one re-trigger
with a full handshake: on x86-64 by callgrind and on aarch64 by QEMU, of the whole process over TLS 1.3; on a Cortex-M3
in QEMU until the commit point, over TLS 1.2. Once with a chain of P-256 certificates, once with RSA.

Bytes are those of the program's code and data, beside the configuration as it is; a firmware's are flash. What is found
is kept in build/handshake/figures.json, so that single machines or options can be measured anew.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import zlib

import bench
import clients
import handshake_options
import measure
import nginx
import results
from handshake_options import AS_IT_IS, MACHINES, OPTIONS, SEALERS

ROOT = bench.HERE.parents[1]
BUILD = ROOT / os.environ.get("REFLOW_BUILD", "build")
OUT = BUILD / "handshake"
SEALED = 100  # requests
CHAINS = ("EC", "RSA")


def run(*command, **environment):
    done = subprocess.run(list(map(str, command)), cwd=ROOT, env={**os.environ, **environment}, capture_output=True,
                          text=True)
    if done.returncode != 0:
        raise bench.Failed("%s: %s" % (" ".join(map(str, command)), done.stderr[-2000:]))
    return done.stdout


def config_header(base, changes):
    """A configuration of its own: the machine's, and the changes."""
    lines = ['#include "%s"' % base]
    for macro, value in changes.items():
        lines += ["#undef " + macro] + (["#define %s %s" % (macro, value)] if value is not None else [])
    text = "\n".join(lines) + "\n"
    path = OUT / "config" / ("%08x.h" % zlib.crc32(text.encode()))
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(text)
    return path.relative_to(ROOT)


def make(name, machine, option, *words):
    """`make` with words of the caller, for a machine and an option."""
    build, header = OUT / name, config_header(machine.config, option.changes)
    compiler = "%s %sgcc" % (bench.HERE / "compile_once.sh", machine.prefix)
    return run("make", "-s", "-j2", "BUILD=%s" % build.relative_to(ROOT), "CC=" + compiler,
               "MBEDTLS=%s" % (BUILD / "mbedtls/source").resolve(),
               "MBEDTLS_CONFIG=%s" % header, *words, COMPILED=str(OUT / "compiled"))


def size(machine, program):
    text, data = run(machine.prefix + "size", program).splitlines()[1].split()[:2]
    return int(text) + int(data)


# ---- A Linux machine ----


class Linux:
    def __init__(self, name, machine, folder, pki):
        self.name, self.machine, self.folder, self.pki = name, machine, folder, pki
        self.counter = measure.Counter(folder)

    def program(self, option):
        build = OUT / self.name
        linked = ["-static", "-Wl,--no-warnings", *self.machine.linked]
        if option.link:
            linked += ["-Wl,--wrap=mbedtls_ssl_conf_groups", str(self.replacement(option.link))]
        program = build / "reflow"
        make(self.name, self.machine, option, "CROSS_COMPILE=" + self.machine.prefix, "CFLAGS=-O2",
             "MBEDTLS_CFLAGS=" + (option.code or self.machine.code), "LDFLAGS=" + " ".join(linked),
             program.relative_to(ROOT))
        return program

    def replacement(self, source):
        path = OUT / self.name / (source + ".o")
        path.parent.mkdir(parents=True, exist_ok=True)
        run(self.machine.prefix + "gcc", "-O2", "-isystem", BUILD / "mbedtls/source/include", "-isystem",
            "port/mbedtls", '-DMBEDTLS_CONFIG_FILE="%s"' % self.machine.config, "-c", bench.HERE / (source + ".c"),
            "-o", path)
        return path

    def instructions(self, call):
        if self.machine.emulator is None:
            return self.counter.instructions(call)
        counted = self.folder / "counted"
        measure.said(call, [self.machine.emulator, "-plugin", "%s,to=%s" % (plugin(), counted)])
        return int(counted.read_text())

    def measured(self, option):
        program = self.program(option)
        row = {"bytes": size(self.machine, program)}
        for chain in CHAINS:
            for version in ("1.3", "1.2"):
                folder = self.folder / ("%s-%s" % (chain, version))
                folder.mkdir(exist_ok=True)
                (folder / "nginx.pid").unlink(missing_ok=True)
                with nginx.Nginx(folder, self.pki, certificate="server-" + chain.lower(), name=clients.ADDRESS,
                                 protocols="TLSv" + version) as service:
                    call = clients.Clients(folder, self.pki, service, self.pki.ca).reflow(str(program))
                    row["%s %s" % (chain, version)] = self.instructions(call) / 1e6
        return row

    def sealed(self, changes):
        """Instructions that seal a request: {suite: count}."""
        option = handshake_options.Option(changes)
        words = ["CROSS_COMPILE=" + self.machine.prefix, "MBEDTLS_CFLAGS=" + self.machine.code]
        make(self.name, self.machine, option, *words, "deps")
        library = make(self.name, self.machine, option, *words, "print-libs").split()[0]
        program = OUT / self.name / "seal"
        run(self.machine.prefix + "gcc", "-O2", "-static", "-isystem", BUILD / "mbedtls/source/include", "-isystem",
            "port/mbedtls", '-DMBEDTLS_CONFIG_FILE="%s"' % self.machine.config,
            bench.HERE / "seal.c", library, "-o", program)
        row = {}
        for suite in ("aes", "chacha"):
            few, many = (self.instructions(measure.Call([str(program), suite, str(count)], dict(os.environ)))
                         for count in (1, 1 + SEALED))
            row[suite] = (many - few) // SEALED
        return row


def plugin():
    path = OUT / "qemu_count.so"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        run("gcc", "-O2", "-shared", "-fPIC", bench.HERE / "qemu_count.c", "-o", path)
    return path


# ---- A firmware ----


class Firmware:
    """The image of tests/firmware without its ceilings, so that options that break them can be seen."""

    def __init__(self, name, machine, folder, pki):
        self.name, self.machine, self.folder, self.pki = name, machine, folder, pki
        os.environ["REFLOW_BUILD"] = str(OUT / name)
        sys.path.append(str(bench.HERE.parent / "firmware"))
        import figures
        self.figures = figures

    def measured(self, option):
        code = (option.code or self.machine.code) + " -g -mcpu=cortex-m3 -mthumb -ffunction-sections -fdata-sections" \
            " -flto=auto"
        build = (OUT / self.name).relative_to(ROOT)
        run("make", "-s", "BUILD=%s" % build, build / "jsmn/jsmn.h")
        make(self.name, self.machine, option, "-f", "tests/firmware/firmware.mk", "MBEDTLS_CFLAGS=" + code,
             "TLS13=%d" % (option.image == "tls13"), "FLASH_SIZE=4M", "RAM_SIZE=1M", "ARENA_SIZE=131072",
             "STACK_SIZE=16384", "LWIP=%s" % (BUILD / "lwip/source").resolve())
        row = {"bytes": size(self.machine, OUT / self.name / "firmware" / (option.image + ".elf")), "arena": 0}
        version = "1.3" if option.image == "tls13" else "1.2"
        for chain in CHAINS:
            full = self.figures.measure(self.pki, self.folder, option.image, version, "server-" + chain.lower())[0]
            row["%s %s" % (chain, version)] = full.instructions / 1e6
            row["arena"] = max(row["arena"], full.figures["arena"])
        return row


# ---- The tables ----


def cells(row, base):
    """Of one machine in the table of options; bytes are the difference to `base`."""
    if row is None:
        return [""] * 3
    counts = [bench.figure(next(row[key] for key in ("%s 1.3" % chain, "%s 1.2" % chain) if key in row))
              for chain in CHAINS]
    return counts + ["{:,}".format(row["bytes"]) if row is base else "{:+,}".format(row["bytes"] - base["bytes"])]


def table(found, machines):
    """Of the options that were tried on one of these machines."""
    heads = [head for name in machines for head in (name + ", EC", "RSA", "bytes")]
    yield results.row("millions of instructions", *heads)
    yield results.row("---", *["--:"] * len(heads))
    for title, option in OPTIONS.items():
        if set(machines) & set(option.machines):
            yield results.row(title, *(cell for name in machines for cell in cells(
                found.get(name, {}).get(title), found.get(name, {}).get(AS_IT_IS))))


def seal_table(found):
    yield results.row("instructions to seal 2,021 bytes", "AES-128-GCM, hardware", "AES-128-GCM, tables",
                      "ChaCha20-Poly1305")
    yield results.row("---", "--:", "--:", "--:")
    for name in SEALERS:
        if name in found:
            yield results.row(name, *("{:,}".format(found[name][suite]) if suite in found[name] else ""
                                      for suite in ("hardware", "tables", "chacha")))


def kept():
    path = OUT / "figures.json"
    return json.loads(path.read_text()) if path.exists() else {"handshake": {}, "seal": {}}


def keep(part, name, rows):
    """Beside what was found before."""
    found = kept()
    found[part].setdefault(name, {}).update(rows)
    (OUT / "figures.json").write_text(json.dumps(found, indent=1) + "\n")
    print(name, rows, flush=True)


def measure_options(args, folder, pki):
    for name, machine in MACHINES.items():
        if args.machine and name not in args.machine:
            continue
        bench_of = (Firmware if machine.firmware else Linux)(name, machine, folder, pki)
        for title, option in OPTIONS.items():
            if name in option.machines and (not args.option or title in args.option):
                keep("handshake", name, {title: bench_of.measured(option)})


def measure_suites(args, folder, pki):
    for name, machine in SEALERS.items():
        if args.machine and name not in args.machine:
            continue
        bench_of = Linux(name, machine, folder, pki)
        usual, software = bench_of.sealed({}), bench_of.sealed(handshake_options.HARDWARE_OFF)
        hardware = {"hardware": usual["aes"]} if usual["aes"] != software["aes"] else {}
        keep("seal", name, {**hardware, "tables": software["aes"], "chacha": usual["chacha"]})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machine", action="append", choices=list(SEALERS) + ["Cortex-M3"])
    parser.add_argument("--option", action="append", choices=list(OPTIONS))
    parser.add_argument("--seal", action="store_true", help="only what suites cost")
    parser.add_argument("--table", type=pathlib.Path, default=BUILD / "handshake.md")
    args = parser.parse_args()
    with bench.workshop() as (folder, pki):
        if not args.seal:
            measure_options(args, folder, pki)
        if not args.option:
            measure_suites(args, folder, pki)
    found = kept()
    hosted = [name for name, machine in MACHINES.items() if not machine.firmware]
    small = [name for name in MACHINES if name not in hosted]
    lines = [*table(found["handshake"], hosted), "", *table(found["handshake"], small), "", *seal_table(found["seal"])]
    args.table.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    bench.script(main)
