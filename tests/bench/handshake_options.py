# SPDX-License-Identifier: MIT
# What handshake.py tries: machines, and options of mbedTLS and of the compiler.
"""An option is a set of changes to the configuration header of a machine: {macro: value}, None for off."""

from dataclasses import dataclass, field

HOSTED, SMALL = "reflow_mbedtls_config.h", "reflow_mbedtls_config_small.h"


@dataclass(frozen=True)
class Machine:
    """`prefix` is the compiler's, `emulator` what runs the tool; a firmware is run by what runs firmware."""
    config: str
    prefix: str = ""
    emulator: str = None
    code: str = "-O2"
    firmware: bool = False
    linked: tuple = ()


MACHINES = {
    "x86-64": Machine(HOSTED),
    # What mends an erratum of Cortex-A53 takes whole pages here and there, whatever the option.
    "aarch64": Machine(HOSTED, "aarch64-linux-gnu-", "qemu-aarch64", linked=("-mno-fix-cortex-a53-843419",)),
    "Cortex-M3": Machine(SMALL, "arm-none-eabi-", code="-Os", firmware=True),
}
# All that a request is sealed on.
SEALERS = {
    **{name: machine for name, machine in MACHINES.items() if not machine.firmware},
    "arm": Machine(HOSTED, "arm-linux-gnueabihf-", "qemu-arm"),
    "i386": Machine(HOSTED, "i686-linux-gnu-", "qemu-i386"),
    "mips": Machine(HOSTED, "mips-linux-gnu-", "qemu-mips"),
    "riscv64": Machine(HOSTED, "riscv64-linux-gnu-", "qemu-riscv64"),
}
HARDWARE_OFF = {"MBEDTLS_AESNI_C": None, "MBEDTLS_AESCE_C": None}


@dataclass(frozen=True)
class Option:
    changes: dict = field(default_factory=dict)
    machines: tuple = tuple(MACHINES)
    code: str = None  # in place of the machine's -O
    link: str = ""  # an object of tests/bench with functions that take the place of mbedTLS's
    image: str = "tls12"  # of the firmware


LINUX, M3 = ("x86-64", "aarch64"), ("Cortex-M3",)
WINDOW, FIXED = "MBEDTLS_ECP_WINDOW_SIZE", "MBEDTLS_ECP_FIXED_POINT_OPTIM"
P256M = {"MBEDTLS_USE_PSA_CRYPTO": 1, "MBEDTLS_PSA_P256M_DRIVER_ENABLED": 1}
AS_IT_IS = "as it is"

OPTIONS = {
    AS_IT_IS: Option(),
    "window 2": Option({WINDOW: 2}),
    "window 3": Option({WINDOW: 3}),
    "window 5": Option({WINDOW: 5}),
    "window 6": Option({WINDOW: 6}),
    "fixed point off": Option({FIXED: 0}, LINUX),
    "fixed point on": Option({FIXED: 1}, M3),
    # A Cortex-M3 does not come to its end within the 940 millions of its 30 s.
    "NIST reduction off": Option({"MBEDTLS_ECP_NIST_OPTIM": None}, LINUX),
    "p256-m": Option(P256M, LINUX),
    "X25519 before P-256": Option(machines=LINUX, link="x25519_first"),
    "restartable": Option({"MBEDTLS_ECP_RESTARTABLE": 1}),
    "assembly off": Option({"MBEDTLS_HAVE_ASM": None, **HARDWARE_OFF}),
    "AES hardware off": Option(HARDWARE_OFF, LINUX),
    "AES hardware off, tables in ROM": Option({**HARDWARE_OFF, "MBEDTLS_AES_ROM_TABLES": 1}, LINUX),
    "AES hardware off, fewer tables": Option({**HARDWARE_OFF, "MBEDTLS_AES_FEWER_TABLES": 1}, LINUX),
    "all AES tables": Option({"MBEDTLS_AES_FEWER_TABLES": None}, M3),
    "SHA-256 not small": Option({"MBEDTLS_SHA256_SMALLER": None}, M3),
    "SHA-256 without instructions": Option({"MBEDTLS_SHA256_USE_ARMV8_A_CRYPTO_IF_PRESENT": None}, ("aarch64",)),
    "RSA window 2": Option({"MBEDTLS_MPI_WINDOW_SIZE": 2}, M3),
    "gcc -Os": Option(code="-Os", machines=LINUX),
    "gcc -O2": Option(code="-O2", machines=M3),
    "gcc -O3": Option(code="-O3"),
    "with TLS 1.3": Option(machines=M3, image="tls13"),
    "with TLS 1.3, p256-m": Option(P256M, M3, image="tls13"),
}
