# SPDX-License-Identifier: MIT
# Fixtures of the firmware's tests: certificates, the simulator, a name server, and devices in QEMU.

import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "sim"), str(HERE.parent / "e2e")]

import pki as pki_module  # noqa: E402
import qemu  # noqa: E402
from name_server import NameServer  # noqa: E402
from server import Simulator  # noqa: E402

pki_module.RARE["guest"] = pki_module.Spec("guest", common_name=qemu.HOST, names="IP:" + qemu.HOST)


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return pki_module.make(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def make_sim(pki):
    """make_sim(certificate="server-ec", versions=("1.2", "1.3"), …). No request may have been wrong as HTTP."""
    running = []

    def start(certificate="server-ec", **options):
        sim = Simulator(pki.chain(certificate), pki.key(certificate), hosts=("localhost", qemu.HOST), **options)
        running.append(sim.start())
        return sim
    yield start
    for sim in running:
        sim.stop()
    assert [problem for sim in running for problem in sim.problems] == []


@pytest.fixture
def sim(make_sim):
    return make_sim()


@pytest.fixture(scope="session")
def names():
    with NameServer({"localhost": qemu.HOST}) as server:
        yield server


@pytest.fixture
def make_device(pki, names):
    """make_device("tls12", sim, …): a device that is set up for a simulator; more settings as main.c lists them."""
    devices = []

    def make(image, sim=None, **settings):
        if not (qemu.BUILD / (image + ".elf")).exists():
            pytest.fail("%s.elf is not there: run make firmware-test" % image)
        if sim:
            settings = {"url": sim.url, **settings}
        devices.append(qemu.Device(image, **{"ca": pki.ca, "dns": names.port, **settings}))
        return devices[-1]
    yield make
    for device in devices:
        device.power_off()


@pytest.fixture(params=["tls12", "tls13"])
def image(request):
    return request.param
