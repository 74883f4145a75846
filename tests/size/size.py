#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Prints what reflow takes on small machines, and fails where a figure exceeds its ceiling.
"""size.py BUILD [MACHINE...]: after `make -f tests/size/size.mk`. See image.py for flash, stack.py for the
stack, chart.py for BUILD/size/flash.svg."""

import pathlib
import sys
import textwrap

import chart
from image import Image
from stack import Graph

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NAMES = {"m4": "Cortex-M4", "m0": "Cortex-M0", "rv32": "rv32imac"}

# The main job by subject; what is new and not named here is counted all the same, as "other".
SUBJECTS = {"HTTP": "http_response http_field http_request url",
            "JSON": "json_stream json_path json_escape json slices",
            "dates": "http_date civil",
            "states": "client states finish blocking",
            "judgement": "answer outcome retry errors",
            "Flow Service": "flow retrigger",
            "arguments": "setup text",
            "certificates": "name pem"}
PARSER = ["http_response", "http_field"]
JSON = ["json_stream", "json_path", "json_escape", "json"]

# One call more than the main job's five, and what it is for.
CALLS = {"reflow_retrigger": "the blocking call", "reflow_start_run": "reading a run",
         "reflow_start_runs": "lists of runs", "reflow_start_token": "access tokens",
         "reflow_retrigger_authorized": "access tokens, blocking",
         "reflow_use_proxy": "proxies", "reflow_error_text": "sentences for people", "all": "all of these"}

# With reflow's side of TLS.
TLS_CALLS = {"reflow_server_certificate": "the server's certificate", "reflow_use_ticket": "resumption"}


def subject_of(module):
    return next((subject for subject, modules in SUBJECTS.items() if module in modules.split()), "other")


class Measured:
    """All figures of one machine. `figures` are those that ceilings.txt can name."""

    def __init__(self, build, machine):
        self.image = image = Image(build, machine)
        self.compiled = image.compiled()
        self.linked = image.linked("minimal")
        self.with_tls = image.linked("with-tls")
        self.with_all = image.linked("all")
        self.tls = [module for module in image.modules if module.startswith("tls_")]
        carried = set(image.linked("reflow_retrigger")) | set(self.linked)
        self.main = [module for module in image.modules if module in carried]
        self.optional = [module for module in image.modules if module not in [*self.main, *self.tls]]
        self.graph = Graph(image.folder, ROOT)
        self.graph.check()
        self.chain = self.graph.worst({*self.main, *self.tls})
        self.chain_all = self.graph.worst(set(image.modules))
        core = image.core("minimal")
        self.figures = {
            "main": core, "main_lto": image.core("lto/minimal"), "tls": image.core("with-tls") - core,
            "http": sum(self.compiled[module] for module in PARSER),
            "json": sum(self.compiled[module] for module in JSON),
            "client": image.client("default"), "client_smallest": image.client("smallest"),
            "stack": self.chain[0], "stack_all": self.chain_all[0],
            **{"+" + call: image.core(call) - core for call in CALLS},
            **{"+" + call: image.core(call) - image.core("with-tls") for call in TLS_CALLS}}

    def rows(self):
        """[(subject, module, compiled, linked)] of the main job."""
        order = [*SUBJECTS, "other"]
        rows = [(subject_of(module), module, self.compiled[module], self.linked.get(module, 0)) for module in self.main]
        return sorted(rows, key=lambda row: order.index(row[0]))


def line(label, values, note=""):
    print(("%-28s" % label + "".join("%10s" % value for value in values) + ("   " + note if note else "")).rstrip())


def columns(machines, label):
    line(label, [NAMES[name] for name in machines])


def print_modules(machines):
    """Linked with nothing else: what the five calls of program.c need."""
    first = next(iter(machines.values()))
    columns(machines, "flash, bytes: the main job")
    subjects = [row[0] for row in first.rows()]
    for subject in dict.fromkeys(subjects):
        rows = [[row for row in machine.rows() if row[0] == subject] for machine in machines.values()]
        line(subject, [sum(row[3] for row in some) for some in rows])
        for row in rows[0]:
            line("  " + row[1], [next((other[3] for other in some if other[1] == row[1]), 0) for some in rows])
    line("compiler's own (libgcc)", [machine.linked.get("libgcc", 0) for machine in machines.values()])
    line("strings shared, padding", [machine.linked["padding"] + machine.linked["program"] - extra(machine)
                                     for machine in machines.values()])
    line("in all", [machine.figures["main"] for machine in machines.values()])
    line("with -flto", [machine.figures["main_lto"] for machine in machines.values()])


def extra(machine):
    """What program.c itself takes: it is not reflow's."""
    return machine.image.flash("minimal") - machine.figures["main"]


def print_rest(machines):
    print()
    columns(machines, "reflow's side of TLS")
    for module in next(iter(machines.values())).tls:
        line("  " + module, [machine.with_tls.get(module, 0) for machine in machines.values()])
    for module in ("name", "pem", "civil"):
        line("  more of " + module, [machine.with_tls.get(module, 0) - machine.linked.get(module, 0)
                                     for machine in machines.values()])
    line("in all", [machine.figures["tls"] for machine in machines.values()])
    print()
    columns(machines, "one call more")
    for call, purpose in CALLS.items():
        line("  " + purpose, ["+%d" % machine.figures["+" + call] for machine in machines.values()],
             call if call != "all" else "")
    for call, purpose in TLS_CALLS.items():
        line("  " + purpose, ["+%d" % machine.figures["+" + call] for machine in machines.values()], call)
    print("  pins are data: 32 bytes each; what compares them is in tls_mbedtls_trust")


def print_limits(machines, goals):
    print()
    line("bytes", [NAMES[name] for name in machines], "design's ceiling, M4")
    labels = {"main": "flash, main job", "main_lto": "the same with -flto", "http": "http_response, http_field",
              "json": "json* with jsmn", "client": "struct reflow_client",
              "client_smallest": "the same, smallest sizes",
              "stack": "deepest stack, main job", "stack_all": "deepest stack, all"}
    for figure, label in labels.items():
        line(label, [machine.figures[figure] for machine in machines.values()], goals.get(figure, ""))
    for name, machine in machines.items():
        print()
        for of, (size, chain) in (("main job", machine.chain), ("all", machine.chain_all)):
            frames = ", ".join("%s~%d" % (machine.graph.short(title), machine.graph.frames[title]) for title in chain)
            text = "%s, deepest stack, %s: %d = %s" % (NAMES[name], of, size, frames)
            print("\n".join(textwrap.wrap(text, 118, subsequent_indent="    ")).replace("~", " "))


def ceilings():
    """{(figure, machine): bytes}, and what the design allows where it says."""
    limits, goals = {}, {}
    for row in (HERE / "ceilings.txt").read_text().splitlines():
        words, _, comment = row.partition("#")
        if words.strip():
            figure, machine, size = words.split()
            limits[figure, machine] = int(size)
            if comment.strip().startswith("design "):
                goals[figure] = comment.split()[1]
    return limits, goals


def exceeded(machines, limits):
    for (figure, name), most in limits.items():
        if name in machines and machines[name].figures[figure] > most:
            size = machines[name].figures[figure]
            yield "%s on %s is %d bytes, its ceiling is %d" % (figure, NAMES[name], size, most)


def main():
    build, *names = sys.argv[1:]
    machines = {name: Measured(build, name) for name in names or NAMES}
    limits, goals = ceilings()
    print_modules(machines)
    print_rest(machines)
    print_limits(machines, goals)
    if "m4" in machines:
        picture = chart.draw(machines["m4"].rows(), machines["m4"].figures)
        (pathlib.Path(build) / "size" / "flash.svg").write_text(picture)
    wrong = list(exceeded(machines, limits))
    if wrong:
        sys.exit("\n".join(["", *wrong, "see tests/size/ceilings.txt"]))


if __name__ == "__main__":
    main()
