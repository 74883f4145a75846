# SPDX-License-Identifier: MIT
# README's tutorials are typed here from top to bottom, in a copy of the sources, against the simulated service that
# README's own lines start. What README shows has to come out. Products stay in the copy, as building takes a while.

import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

import pki as pki_module
import readme_blocks
import state
from readme_blocks import ROOT
from server import Simulator

BUILD = pathlib.Path(os.environ.get("REFLOW_BUILD", ROOT / "build"))
COPY = BUILD / "tutorials"
SOURCES = ["Makefile", "include", "port", "src", "tests"]
LONGEST = 300
UNKNOWN = state.EXAMPLES["provider-500"][0]


def fresh(copy):
    """The sources as they are, the products as they were, and mbedTLS's source where it would be fetched to."""
    copy.mkdir(exist_ok=True)
    for path in copy.iterdir():
        if path.name != "build":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in SOURCES:
        subprocess.run(["cp", "-a", ROOT / name, copy / name], check=True)
    for build in ("build", "build/gateway"):
        own = copy / build / "mbedtls"
        own.mkdir(parents=True, exist_ok=True)
        if not (own / "source").exists():
            (own / "source").symlink_to(BUILD / "mbedtls/source")
            (own / "fetched").touch()


class Reader:
    """Somebody who types what README says. /tmp and /etc are folders of the test's own."""

    def __init__(self, folder):
        self.folder, self.environment = folder, {name: value for name, value in os.environ.items()
                                                 if not name.startswith(("REFLOW_", "MAKE", "MFLAGS"))}
        self.service = None

    def starts_the_service(self):
        start, *exports, self.first = readme_blocks.block("run", "simulated").splitlines()
        assert start.endswith(" &")
        words = shlex.split(self.here(start[:-2]).replace("--port 8443", "--port 0"))
        self.service = subprocess.Popen(words, cwd=COPY, stdout=subprocess.PIPE, text=True, env=self.environment)
        port = re.search(r"listening on https://localhost:(\d+)", self.service.stdout.readline()).group(1)
        said = subprocess.run(["sh", "-ec", self.here("\n".join(exports)).replace("8443", port) + "\nenv -0"],
                              cwd=COPY, env=self.environment, stdout=subprocess.PIPE, text=True, check=True).stdout
        self.environment.update(line.split("=", 1) for line in said.split("\0") if line.startswith("REFLOW_"))

    def here(self, text):
        return re.sub(r"/(?=(tmp|etc|var/lib)/)", "%s/" % self.folder, text)

    def types(self, text):
        done = subprocess.run(["sh", "-c", self.here(text)], cwd=COPY, env=self.environment, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=LONGEST)
        print(done.stdout, done.stderr)
        return done

    def follows(self, *names):
        """Blocks of commands, one after the other in one shell; the last command's status is told."""
        return self.types("\n".join(readme_blocks.block("run", name) for name in names))

    def saves(self, name):
        (COPY / name).write_text(readme_blocks.block("file", name))


@pytest.fixture(scope="module", autouse=True)
def copy():
    fresh(COPY)


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return pki_module.make(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def reader(tmp_path, pki):
    for name in ("tmp", "etc", "etc/cron.d"):
        (tmp_path / name).mkdir()
    shutil.copytree(pathlib.Path(pki.ca).parent, tmp_path / "tmp/pki")  # made already, as it takes a second
    reader = Reader(tmp_path)
    try:
        reader.starts_the_service()
        yield reader
    finally:
        reader.service.terminate()
        reader.service.communicate()


def shown(name):
    return timeless(readme_blocks.block("shows", name))


def timeless(text):
    """Without what is another each time, or that README leaves out."""
    return re.sub(r'etag "[0-9a-f-]+"', "etag ...", re.sub(r"\b\d+ ms\b", "N ms", text))


def test_the_simulated_service(reader):
    done = reader.types("make -s\n" + reader.first)
    assert done.returncode == 0 and "retriggered" in done.stdout and state.TOKEN not in done.stdout + done.stderr


def test_installing(reader):
    """sudo is one that puts things into a folder."""
    root = reader.folder / "root"
    (reader.folder / "bin").mkdir()
    sudo = reader.folder / "bin/sudo"
    sudo.write_text('#!/bin/sh\nexec "$@" DESTDIR=%s\n' % root)
    sudo.chmod(0o755)
    reader.environment.update(PATH="%s:%s" % (sudo.parent, reader.environment["PATH"]), ROOT=str(root))
    assert reader.follows("installing").returncode == 0
    done = reader.types("$ROOT/usr/local/bin/reflow doctor")
    assert (done.returncode, done.stdout.count("ok  ")) == (0, 8)
    assert (root / "usr/local/lib/systemd/system/reflow.timer").exists()


def test_the_gateway(reader):
    done = reader.follows("gateway")
    *doctor, last = done.stdout.splitlines()[-9:]
    assert (done.returncode, timeless(last + "\n")) == (0, shown("gateway"))
    assert [line.split()[:2] for line in doctor] == [["ok", what] for what in (
        "configuration", "anchors", "clock", "dns", "tcp", "tls", "token", "call")]


@pytest.fixture
def night(reader, pki):
    """A service where five runs have failed."""
    sim = Simulator(pki.chain("server-ec"), pki.key("server-ec")).start()
    sim.state.runs.clear()
    sim.state.add_failed(5, "flow", age_s=3600)
    reader.environment.update(REFLOW_URL=sim.url, REFLOW_IMS_URL=sim.ims_url, REFLOW_CA=pki.ca)
    yield sim
    sim.stop()


def test_the_gateways_cron_line_is_the_night_shift(reader, night):
    """Run as cron does: by sh, with next to nothing in the environment but what its table sets."""
    reader.follows("gateway")
    reader.follows("cron")
    *settings, line = (reader.folder / "etc/cron.d/reflow").read_text().splitlines()
    of_cron = {"PATH": "/usr/bin:/bin", **dict(setting.split("=", 1) for setting in settings)}
    fields = line.split(None, 6)
    assert fields[:6] == ["0", "3", "*", "*", "*", "root"] and "%" not in fields[6]
    wrapper = reader.folder / "reflow"
    wrapper.write_text('#!/bin/sh\nexec qemu-aarch64 -L /usr/aarch64-linux-gnu %s "$@"\n'
                       % (reader.folder / "tmp/gateway/usr/local/bin/reflow"))
    wrapper.chmod(0o755)
    settings = {"REFLOW_API_KEY": state.API_KEY, "REFLOW_ORG_ID": state.ORG, "REFLOW_CLIENT_ID": state.CLIENT_ID,
                **{name: reader.environment[name] for name in ("REFLOW_URL", "REFLOW_IMS_URL", "REFLOW_CA")}}
    (reader.folder / "etc/reflow.env").write_text("".join("%s=%s\n" % item for item in settings.items()))
    (reader.folder / "etc/reflow.secret").write_text(state.CLIENT_SECRET + "\n")
    (reader.folder / "etc/reflow.secret").chmod(0o600)
    for summary in ("5 re-triggered", "left alone: 5 done before"):
        done = subprocess.run(["sh", "-c", fields[6].replace("/usr/local/bin/reflow", str(wrapper))],
                              env=of_cron, capture_output=True, text=True, timeout=LONGEST)
        assert done.returncode == 0 and "reflow: 5 failed runs: " in done.stderr and summary in done.stderr, done
    assert len(night.ledger.applied) == 5


def test_the_one_object(reader):
    reader.saves("app.c")
    done = reader.follows("object")
    assert (done.stdout.splitlines()[-1] + "\n", done.returncode) == (shown("object"), 0)
    assert not (COPY / "marker").exists()


def test_the_one_objects_marker_stays_when_nobody_knows(reader):
    reader.saves("app.c")
    reader.follows("object")
    done = reader.types("./app $REFLOW_CA %s" % UNKNOWN)
    assert (done.stdout, done.returncode) == ("unknown \n", 5)
    assert (COPY / "marker").read_text() == UNKNOWN + "\n"
    (COPY / "marker").unlink()
    (COPY / "marker/held").mkdir(parents=True)  # no marker can be set: nothing may be sent
    done = reader.types("./app $REFLOW_CA %s" % state.DOCUMENTED)
    shutil.rmtree(COPY / "marker")
    assert (done.stdout, done.returncode) == ("not_applied \n", 6)


def test_the_one_file(reader):
    reader.saves("app.c")
    assert reader.follows("file").returncode == 0
    done = reader.types("./app $REFLOW_CA %s" % state.DOCUMENTED)
    assert (done.stdout, done.returncode) == (shown("object"), 0)


def test_the_appliance(reader):
    assert reader.follows("appliance").returncode == 0
    reader.saves("device.c")
    done = reader.follows("device")
    assert done.stdout == shown("device")
