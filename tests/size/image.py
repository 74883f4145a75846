# SPDX-License-Identifier: MIT
# Reads what size.mk has built for one machine: flash by module, compiled and linked, and who names whom.

import pathlib
import re
import subprocess

FLASH = re.compile(r"\.(text|rodata|srodata|data|sdata)\b")
TOOLS = {"m4": "arm-none-eabi-", "m0": "arm-none-eabi-", "rv32": "riscv64-unknown-elf-"}


class Image:
    """One machine's folder."""

    def __init__(self, build, machine):
        self.folder = pathlib.Path(build) / "size" / machine
        self.machine = machine
        others = ("program", "default", "smallest")
        self.modules = sorted(path.stem for path in self.folder.glob("*.o") if path.stem not in others)

    def tool(self, name, *arguments):
        command = [TOOLS[self.machine] + name, *arguments]
        return subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout

    def compiled(self):
        """{module: bytes of flash} before anything is left out."""
        return self.sections("size", [module + ".o" for module in self.modules], FLASH)

    def linked(self, program):
        """{module: bytes of flash} that a program carries; "padding" and "libgcc" are modules here."""
        text = (self.folder / (program + ".map")).read_text().split("Linker script and memory map")[1]
        found, output = {}, ""
        text = re.sub(r"^( ?\.\S+)\n +(?=0x)", r"\1 ", text, flags=re.MULTILINE)  # long names have a line of their own
        for line in text.splitlines():
            if line.startswith("."):
                output = line.split()[0]
            part = re.match(r" (?:\.\S+|(\*fill\*)) +0x\w+ +(0x\w+)(?: (.+))?$", line)
            if part and FLASH.fullmatch(output):
                name = "padding" if part[1] else "libgcc" if "libgcc" in part[3] else pathlib.Path(part[3]).stem
                found[name] = found.get(name, 0) + int(part[2], 16)
        found["padding"] = found.get("padding", 0) + self.flash(program) - sum(found.values())
        return found

    def flash(self, program):
        return sum(self.sections("size", [program + ".elf"], FLASH).values())

    def core(self, program):
        """Flash of a program but for its own part."""
        return self.flash(program) - self.sections("size", ["program.o"], FLASH)["program"]

    def client(self, sizes):
        return self.sections("size", [sizes + ".o"], re.compile(r"\.s?bss"))[sizes]

    def sections(self, tool, files, wanted):
        found = {}
        for part in re.split(r"^(?=\S+ *:$)", self.tool(tool, "-A", *files), flags=re.MULTILINE)[1:]:
            name = pathlib.Path(part.split()[0]).stem
            rows = re.findall(r"^(\.\S+) +(\d+)", part, re.MULTILINE)
            found[name] = sum(int(size) for section, size in rows if wanted.match(section))
        return found

    def users(self):
        """{module: the modules that name something of it}."""
        defined, wanted = {}, {}
        for line in self.tool("nm", "-A", *[module + ".o" for module in self.modules]).splitlines():
            file, kind, name = re.match(r"(\w+)\.o:\w* +(\w) (\S+)", line).groups()
            if kind == "U":
                wanted.setdefault(name, set()).add(file)
            elif kind.isupper():
                defined[name] = file
        found = {module: set() for module in self.modules}
        for name, file in defined.items():
            found[file] |= wanted.get(name, set()) - {file}
        return found
