# SPDX-License-Identifier: MIT
# What the tests of the tutorials share with the end-to-end tests: README's blocks, the simulator's modules.

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "sim"), str(HERE.parent / "e2e")]
