# SPDX-License-Identifier: MIT
# Runs a firmware image in QEMU, and holds what it says against the simulator's ledger.

import json
import os
import pathlib
import subprocess
from dataclasses import dataclass

import state
from reflow_cli import check_truth

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("REFLOW_BUILD", "build") / "firmware"
HOST = "10.0.2.2"  # this machine, as QEMU's user network shows it
LONGEST = 40  # seconds; an image that hangs is ended
SHIFT = 5  # an instruction takes 2**SHIFT nanoseconds of the machine's time, where they are counted


@dataclass
class Result:
    status: int
    output: str

    @property
    def lines(self):
        return [json.loads(line) for line in self.output.splitlines() if line.startswith('{"run"')]

    @property
    def one(self):
        assert len(self.lines) == 1, self
        return self.lines[0]

    @property
    def figures(self):
        return next(json.loads(line)["figures"] for line in self.output.splitlines() if line.startswith('{"figures"'))

    @property
    def instructions(self):
        """That reflow took until the commit point; of a device whose instructions are counted, by its super-loop."""
        return self.figures["connecting_us"] * 1000 // 2 ** SHIFT

    def said(self, outcome, error, status):
        assert (self.one["outcome"], self.one["error"], self.status) == (outcome, error, status), self
        return self.one


class Device:
    """One machine with an image in its flash. `settings` stay, as in a device's own memory.

    `counted`: the machine's clock goes by the instructions, but for waiting.
    """

    def __init__(self, image, counted=False, **settings):
        self.image, self.settings, self.running = BUILD / (image + ".elf"), settings, []
        self.counting = ["-icount", "shift=%d" % SHIFT] if counted else []

    def start(self, **more):
        settings = {"token": state.TOKEN, "key": state.API_KEY, "org": state.ORG, "run": state.DOCUMENTED,
                    "timeout": 30000, **self.settings, **more}
        words = ["firmware"] + ["%s=%s" % pair for pair in settings.items() if pair[1] is not None]
        semihosting = "enable=on,target=native" + "".join(",arg=" + word.replace(",", ",,") for word in words)
        process = subprocess.Popen(
            ["qemu-system-arm", "-M", "mps2-an385", "-nographic", "-monitor", "none", "-serial", "stdio",
             "-nic", "user,model=lan9118", "-semihosting-config", semihosting, "-kernel", str(self.image),
             *self.counting],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.running.append(process)
        return process

    def run(self, sim=None, **more):
        """To the end. What it says has to be what the ledger of `sim` knows."""
        before = len(sim.ledger.applied) if sim else 0
        process = self.start(**more)
        output = process.communicate(timeout=LONGEST)[0].decode()
        result = Result(process.returncode, output)
        if sim:
            check_truth(result, sim.ledger.applied[before:])
        return result

    def power_off(self):
        for process in self.running:
            process.kill()
            process.communicate()
        self.running = []
