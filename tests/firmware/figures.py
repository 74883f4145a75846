#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Prints what the firmware takes: flash and RAM by part; arena, stack and instructions that re-triggers came to need.
"""figures.py: after `make firmware-figures` has built each image twice, with LTO and (NAME-plain) without.

Functions are told apart by the source that the debugging information names. Data has none after LTO: it is looked up by
its name in the map of the plain image. What neither knows is strings and padding.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sim"), str(HERE.parent / "e2e")]

import pki as pki_module  # noqa: E402
import qemu  # noqa: E402
from name_server import NameServer  # noqa: E402
from server import Simulator  # noqa: E402

PARTS = [("mbedTLS", r"/mbedtls[-/]"), ("lwIP", r"/lwip/(?:source|lwip-|[\w-]+/liblwip)"),
         ("reflow", r"(?:^|/)src/\w+\.[cho]"), ("port/lwip", r"(?:^|/)port/lwip/"),
         ("board", r"(?:^|/)tests/firmware/"), ("compiler", r"/libgcc")]
ROWS = [name for name, _ in PARTS] + ["client", "arena", "strings, padding"]
APART = {"client": "client", "arena": "arena"}  # data that is a row of its own: struct reflow_client, mbedTLS's memory
IMAGES = {"tls12": [("1.2", "server-ec"), ("1.2", "server-rsa")],
          "tls13": [("1.2", "server-ec"), ("1.2", "server-rsa"), ("1.3", "server-ec"), ("1.3", "server-rsa")]}
RAM = 0x20000000


def part_of(path):
    return next((name for name, pattern in PARTS if re.search(pattern, path)), None)


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def data_parts(image):
    """Name of a datum -> part, from the plain image's map."""
    text = (qemu.BUILD / (image + "-plain.map")).read_text()
    found = re.findall(r"^ \.(?:rodata|data|bss)\.([\w$.]+)\s+0x\w+\s+0x\w+\s+(\S+)$", text, re.MULTILINE)
    return {re.sub(r"\.\d+$", "", name): part_of(path) for name, path in found}


def sizes(image):
    """{part: [flash, RAM]} of a linked image; initial values count in both."""
    elf, data = str(qemu.BUILD / (image + ".elf")), data_parts(image)
    table = {row: [0, 0] for row in ROWS}
    for line in output("arm-none-eabi-nm", "-S", "-l", elf).splitlines():
        found = re.match(r"(\w+) (\w+) [tTrRdDbBwW] ([\w$.]+)(?:\t(.*))?$", line)
        if not found or found[3].startswith("startup_stack"):
            continue
        name = re.sub(r"(\.(lto_priv|constprop|isra|part|cold))?(\.\d+)*$", "", found[3])
        part = APART.get(name) or part_of(found[4] or "") or data.get(name)
        part = part or ("compiler" if name.startswith("__") else None)
        if part:
            table[part][int(found[1], 16) >= RAM] += int(found[2], 16)
    text, initial, zero = map(int, output("arm-none-eabi-size", elf).splitlines()[1].split()[:3])
    total = [text + initial, initial + zero]
    stack = int(re.search(r"(\w+) A STACK_SIZE", output("arm-none-eabi-nm", elf))[1], 16)
    table["strings, padding"] = [total[0] - sum(row[0] for row in table.values()),
                                 total[1] - stack - sum(row[1] for row in table.values())]
    return {**table, "stack": [0, stack], "in all": total}


def measure(pki, folder, image, version, certificate):
    """A re-trigger with a full handshake, and one with a resumed."""
    ticket = folder / "ticket"
    ticket.write_bytes(b"")
    with NameServer({"localhost": qemu.HOST}) as names, \
            Simulator(pki.chain(certificate), pki.key(certificate), versions=(version,)) as sim:
        device = qemu.Device(image, counted=True, url=sim.url, ca=pki.ca, dns=names.port, ticket=ticket, loop=1,
                             figures=1)
        results = [device.run(sim) for _ in range(2)]
        for result in results:
            result.said("retriggered", None, 0)
        if [connection["resumed"] for connection in sim.ledger.connections] != [False, True]:
            sys.exit("%s, TLS %s, %s: no session was resumed" % (image, version, certificate))
    return results


def main():
    for image in IMAGES:
        print("%-18s %8s %8s   %s" % ("bytes", "flash", "RAM", image))
        for row, (flash, ram) in sizes(image).items():
            print("%-18s %8d %8d" % (row, flash, ram))
        print()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pki = pki_module.make(folder / "pki")
        measured = {"%s, TLS %s, %s" % (image, version, certificate): measure(pki, folder, image, version, certificate)
                    for image, cases in IMAGES.items() for version, certificate in cases}
    print("%-34s %8s %8s" % ("most that was used, bytes", "arena", "stack"))
    for name, results in measured.items():
        most = [max(result.figures[what] for result in results) for what in ("arena", "stack")]
        print("%-34s %8d %8d" % (name, *most))
    print("\n%-34s %8s %8s %8s" % ("connecting, million instructions", "full", "resumed", "ratio"))
    for name, results in measured.items():
        full, resumed = (result.instructions for result in results)
        print("%-34s %8.1f %8.1f %7.1f%%" % (name, full / 1e6, resumed / 1e6, 100 * resumed / full))


if __name__ == "__main__":
    main()
