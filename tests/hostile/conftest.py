# SPDX-License-Identifier: MIT
# Fixtures of the hostile tests: those of the end-to-end tests, and the programs that are tortured.

import importlib.util
import os
import pathlib
import sys

import pytest

TESTS = pathlib.Path(__file__).resolve().parents[1]
spec = importlib.util.spec_from_file_location("e2e_conftest", TESTS / "e2e/conftest.py")
e2e = importlib.util.module_from_spec(spec)
sys.modules["e2e_conftest"] = e2e
spec.loader.exec_module(e2e)

make_sim, pki, tls_features, tls_version = e2e.make_sim, e2e.pki, e2e.tls_features, e2e.tls_version


@pytest.fixture(scope="session")
def program():
    """program(NAME): the path of a program built from this folder."""
    folder = TESTS.parent / os.environ.get("REFLOW_BUILD", "build") / "tests"

    def find(name):
        path = folder / name
        assert path.exists(), "%s is not there: run make test-hostile" % path
        return str(path)
    return find
