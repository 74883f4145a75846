# SPDX-License-Identifier: MIT
# Debian's packages: what they hold, that lintian has nothing to say, that every build gives the same bytes, and that
# they can be installed, used and purged. `make test-deb` builds them for it, here and in another folder.
#
# REFLOW_DEBS is a folder with one folder of packages for each build: here, there, own (with mbedTLS compiled in).

import os
import pathlib
import re
import shutil
import stat
import subprocess

import pytest

import reflow_cli
from test_readme import NEW, RUN, run_example
from test_structure import ROOT, call

DEBS = pathlib.Path(os.environ.get("REFLOW_DEBS", ""))
pytestmark = pytest.mark.skipif("REFLOW_DEBS" not in os.environ, reason="make test-deb makes the packages for these")
VERSION = re.search(r'REFLOW_VERSION "(.*)"', (ROOT / "include/reflow.h").read_text()).group(1)
TOOL = {"bin/reflow", "share/bash-completion/completions/reflow", "share/man/man1/reflow.1.gz",
        "share/zsh/vendor-completions/_reflow", "share/doc/reflow/README.md.gz", "share/doc/reflow/changelog.gz",
        "share/doc/reflow/copyright"}
LIBRARY = {"include/reflow.h", "include/reflow_config.h", "include/reflow_memory.h", "include/reflow_posix.h",
           "share/man/man3/reflow.3.gz", "share/doc/libreflow-dev/changelog.gz", "share/doc/libreflow-dev/copyright"}


def package(name, build="here"):
    path, = (DEBS / build).glob("%s_%s_*.deb" % (name, VERSION))
    return path


def files_of(folder):
    """Where each stands and what it is, but for what dpkg itself writes down."""
    return {str(path.relative_to(folder)): stat.filemode(path.lstat().st_mode) for path in folder.rglob("*")
            if not path.is_dir() and not re.match("var/(lib/dpkg|log)/", str(path.relative_to(folder)))}


# What they are

@pytest.mark.parametrize("build", ["here", "own"])
def test_lintian_has_nothing_to_say(build):
    changes, = (DEBS / build).glob("*.changes")
    done = subprocess.run(["lintian", "--allow-root", "--no-override", "--display-info", "--pedantic", changes],
                          capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)


def test_lintian_would_have_said_something(tmp_path):
    """A package without its copyright is not passed over."""
    call("dpkg-deb", "-R", package("reflow"), tmp_path / "tree")
    (tmp_path / "tree/usr/share/doc/reflow/copyright").unlink()
    changed = tmp_path / package("reflow").name
    call("dpkg-deb", "-b", tmp_path / "tree", changed)
    done = subprocess.run(["lintian", "--allow-root", "--tags", "no-copyright-file", changed],
                          capture_output=True, text=True)
    assert "E: reflow: no-copyright-file" in done.stdout and done.returncode != 0


def test_a_build_elsewhere_at_another_time_by_another_user_gives_the_same_bytes():
    """The packages, their source, and the products before they are stripped."""
    names = [path.name for pattern in ("*.deb", "*.dsc", "*.tar.xz") for path in (DEBS / "here").glob(pattern)]
    assert len(names) == 5
    for name in names + ["reflow-%s/build/%s" % (VERSION, made) for made in ("reflow", "libreflow.a", "reflow.o")]:
        assert (DEBS / "here" / name).read_bytes() == (DEBS / "there" / name).read_bytes(), name


def test_an_mbedtls_of_their_own_leaves_nothing_to_depend_on():
    def depends(name):
        return call("dpkg-deb", "-f", package(name, "own"), "Depends").stdout.strip()
    assert re.fullmatch(r"libc6 \([^)]*\)", depends("reflow")) and depends("libreflow-dev") == ""
    assert "/libreflow-mbedtls.a\n" in call("dpkg-deb", "-c", package("libreflow-dev", "own")).stdout


def test_the_maintainers_script_is_a_sound_one():
    call("shellcheck", "-s", "dash", "-e", "SC2154", ROOT / "port/debian/reflow.postrm")


# What they do

class System:
    """A folder that stands for the root of a system which has what this one has. Nothing outside it is changed: the
    packages' scripts are told of it, and what would speak to the running systemd only notes what it was told."""

    def __init__(self, folder):
        self.root, self.told = folder / "root", folder / "told"
        database = self.root / "var/lib/dpkg"
        for name in ("info", "updates", "triggers"):
            (database / name).mkdir(parents=True)
        shutil.copy("/var/lib/dpkg/status", database)
        (folder / "bin").mkdir()
        for name in ("systemctl", "deb-systemd-invoke"):
            (folder / "bin" / name).write_text('#!/bin/sh\necho "${0##*/}" "$@" >>%s\n' % self.told)
            (folder / "bin" / name).chmod(0o755)
        self.environment = {**os.environ, "PATH": "%s:%s" % (folder / "bin", os.environ["PATH"])}

    def dpkg(self, *words):
        call("dpkg", "--root=%s" % self.root, "--force-script-chrootless", *words, env=self.environment)

    def install(self):
        self.dpkg("--install", package("reflow"), package("libreflow-dev"))


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    system = System(tmp_path_factory.mktemp("system"))
    system.install()
    return system


@pytest.fixture
def installed(system, monkeypatch):
    monkeypatch.setenv("REFLOW_BIN", str(system.root / "usr/bin/reflow"))
    return system.root


def test_each_file_stands_where_debian_wants_it(system):
    triplet = call("dpkg-architecture", "-qDEB_HOST_MULTIARCH").stdout.strip()
    library = {"lib/%s/%s" % (triplet, name) for name in ("libreflow.a", "pkgconfig/reflow.pc", "reflow/reflow.o")}
    wanted = {"usr/" + name: "-rw-r--r--" for name in TOOL | LIBRARY | library}
    # The last is debhelper's note of what enabling would do.
    wanted.update({name: "-rw-r--r--" for name in ("etc/reflow.env", "lib/systemd/system/reflow.service",
                                                   "lib/systemd/system/reflow.timer",
                                                   "var/lib/systemd/deb-systemd-helper-enabled/reflow.timer.dsh-also")})
    assert files_of(system.root) == {**wanted, "usr/bin/reflow": "-rwxr-xr-x"}


def test_nothing_is_started_before_there_are_credentials(system):
    assert not (system.root / "etc/systemd").exists()
    assert not system.told.exists() or " enable" not in system.told.read_text()


def test_the_installed_command_does_the_main_job(installed, reflow, sim):
    assert reflow.run("--version").stdout.startswith("reflow %s" % VERSION)
    assert reflow.retry(sim, RUN).one["id"] == NEW


def test_readmes_example_is_built_with_the_installed_library(installed, sim, pki, tmp_path):
    folder = next(installed.glob("usr/lib/*/pkgconfig"))
    environment = {**os.environ, "PKG_CONFIG_SYSROOT_DIR": str(installed), "PKG_CONFIG_LIBDIR": str(folder)}
    flags = call("pkg-config", "--cflags", "--libs", "--static", "reflow", env=environment).stdout.split()
    assert "-lmbedtls" in flags
    run_example(flags, sim, pki, tmp_path)


def test_an_upgrade_keeps_the_settings_and_a_purge_leaves_nothing(tmp_path):
    system = System(tmp_path)
    before = files_of(system.root)
    system.install()
    settings = system.root / "etc/reflow.env"
    settings.write_text("REFLOW_API_KEY=mine\n")
    written = [system.root / name for name in ("etc/reflow.secret", "var/lib/private/reflow/journal")]
    for path in written:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (system.root / "var/lib/reflow").symlink_to("private/reflow")
    system.install()
    assert settings.read_text() == "REFLOW_API_KEY=mine\n"
    system.dpkg("--remove", "reflow", "libreflow-dev")
    assert all(path.exists() for path in [settings, *written])
    system.dpkg("--purge", "reflow", "libreflow-dev")
    assert files_of(system.root) == before
    assert not [path for path in system.root.rglob("*reflow*")]
