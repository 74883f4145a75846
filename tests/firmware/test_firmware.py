# SPDX-License-Identifier: MIT
# The firmware in QEMU against the simulated service: what it says on its UART and by its exit status is true.

import base64
import re
import socket
import subprocess
import time

import pytest

import faults
import qemu
import state
from name_server import NameServer

FLOW_DISABLED = state.EXAMPLES["flow-disabled"][0]
THROTTLED_ONCE = state.EXAMPLES["throttled-once"][0]
DAY = 86400


def pin_of(pki, name):
    return base64.b64decode(pki.pin(name).removeprefix("sha256//")).hex()


# The main job

@pytest.mark.parametrize("certificate", ["server-ec", "server-rsa"])
@pytest.mark.parametrize("image, version", [("tls12", "1.2"), ("tls13", "1.2"), ("tls13", "1.3")])
def test_a_run_is_retriggered_over_a_verified_connection(make_sim, make_device, image, version, certificate):
    sim = make_sim(certificate, versions=(version,))
    result = make_device(image, sim).run(sim, figures=1)
    line = result.said("retriggered", None, 0)
    assert (line["id"], line["etag"]) == (state.DOCUMENTED_NEW, state.DOCUMENTED_ETAG)
    assert [connection["tls"] for connection in sim.ledger.connections] == ["TLSv" + version]


def test_a_super_loop_does_what_the_blocking_call_does(sim, make_device, image):
    make_device(image, sim).run(sim, loop=1).said("retriggered", None, 0)


def test_an_address_needs_no_name_server_and_an_entry_of_its_own_in_the_certificate(make_sim, make_device):
    sim = make_sim("guest")
    url = sim.url.replace("localhost", qemu.HOST)
    make_device("tls12", sim, url=url, dns=1).run(sim).said("retriggered", None, 0)
    sim = make_sim("server-ec")
    url = sim.url.replace("localhost", qemu.HOST)
    make_device("tls12", sim, url=url, dns=1).run(sim).said("not_applied", "tls_hostname", 4)


def test_a_refusal_is_reported_in_the_services_words(sim, make_device):
    line = make_device("tls12", sim).run(sim, run=FLOW_DISABLED).said("refused", "rejected", 1)
    assert line["http_status"] == 400 and line["detail"]


def test_after_429_it_waits_and_tries_again(sim, make_device):
    line = make_device("tls12", sim).run(sim, run=THROTTLED_ONCE).said("retriggered", None, 0)
    assert line["attempts"] == 2 and line["elapsed_ms"] >= 1000


def test_a_bad_run_id_sends_nothing(sim, make_device):
    make_device("tls12", sim).run(sim, run="..").said("not_applied", "invalid_argument", 2)
    assert sim.accepted == 0


# Who the server is

def test_an_unknown_authority_is_not_trusted(sim, pki, make_device, image):
    make_device(image, sim, ca=pki.path("other-root.pem")).run(sim).said("not_applied", "tls_untrusted", 4)


@pytest.mark.parametrize("certificate, error", [("wrong-host", "tls_hostname"), ("expired", "tls_expired"),
                                                ("unknown-issuer", "tls_untrusted")])
def test_a_certificate_that_is_not_the_servers_own_ends_it(make_sim, make_device, image, certificate, error):
    sim = make_sim(certificate)
    make_device(image, sim).run(sim).said("not_applied", error, 4)
    assert sim.ledger.requests == []


# No clock, under each policy

def test_without_a_clock_the_default_policy_refuses(sim, make_device):
    make_device("tls12", sim, clock="unset").run(sim).said("not_applied", "clock_unset", 4)
    assert sim.ledger.requests == []


@pytest.mark.parametrize("built, outcome, error, status", [(0, "retriggered", None, 0),
                                                           (365 * DAY, "not_applied", "tls_expired", 4)])
def test_without_a_clock_a_certificate_must_outlive_the_build(sim, make_device, built, outcome, error, status):
    device = make_device("tls12", sim, clock="unset", policy="not_before_build", build=int(time.time()) + built)
    device.run(sim).said(outcome, error, status)


@pytest.mark.parametrize("certificate, pinned, outcome, error, status", [
    ("expired", "server-ec", "retriggered", None, 0), ("server-ec", "server-rsa", "not_applied", "tls_pin", 4)])
def test_without_a_clock_a_pin_can_stand_for_dates(make_sim, pki, make_device, certificate, pinned, outcome, error,
                                                   status):
    sim = make_sim(certificate)
    device = make_device("tls12", sim, clock="unset", policy="pinned_only", pin=pin_of(pki, pinned))
    device.run(sim).said(outcome, error, status)


# The network

def test_a_name_that_nobody_knows(make_device, names):
    url = "https://nowhere.test:443/data/foundation/flowservice"
    make_device("tls12", url=url).run(attempts=1).said("not_applied", "dns", 4)
    assert "nowhere.test" in names.asked


def test_a_name_server_that_says_nothing_does_not_outlast_the_deadline(make_device):
    with NameServer({}, silent=True) as names:
        url = "https://nowhere.test:443/data/foundation/flowservice"
        result = make_device("tls12", url=url, dns=names.port).run(attempts=1, timeout=1500)
    result.said("not_applied", "timeout", 4)


def test_nobody_listens(sim, make_device):
    sim.stop()
    make_device("tls12", sim).run(attempts=1).said("not_applied", "connect", 4)


def test_a_server_that_never_speaks_is_given_up(make_device):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = "https://localhost:%d/data/foundation/flowservice" % silent.getsockname()[1]
        make_device("tls12", url=url).run(timeout=1500).said("not_applied", "timeout", 4)


def test_no_answer_to_a_request_is_unknown(sim, make_device):
    sim.fault(faults.stall(apply=True))
    make_device("tls12", sim).run(sim, timeout=6000).said("unknown", "timeout", 5)
    assert len(sim.ledger.requests) == 1


@pytest.mark.parametrize("steps, error", [(faults.truncated(20), "http_truncated"),
                                          (faults.truncated(100, "rst"), "connection_lost"),
                                          (faults.apply_then_drop(), "connection_lost")])
def test_an_answer_that_breaks_off_is_unknown_and_never_repeated(sim, make_device, image, steps, error):
    sim.fault(steps)
    line = make_device(image, sim).run(sim).one
    assert (line["outcome"], line["attempts"]) == ("unknown", 1)
    assert line["error"] in (error, "http_truncated", "connection_lost")
    assert len(sim.ledger.requests) == 1


def test_a_connection_lost_before_the_request_is_tried_again(sim, make_device):
    sim.fault([{"close": "rst"}], stage="accept")
    line = make_device("tls12", sim).run(sim).said("retriggered", None, 0)
    assert line["attempts"] == 2


def test_an_answer_in_many_small_segments_is_read(sim, make_device):
    sim.fault(faults.shaped(dribble=True))
    make_device("tls12", sim).run(sim).said("retriggered", None, 0)


def test_an_answer_larger_than_all_the_devices_memory_is_read(sim, make_device):
    body = {"padding": "x" * 60000, "id": state.DOCUMENTED_NEW, "etag": "an etag"}
    sim.fault([{"apply": state.DOCUMENTED_NEW}, {"answer": {"status": 200, "json": body}, "split": 1000}])
    line = make_device("tls12", sim).run(sim).said("retriggered", None, 0)
    assert (line["id"], line["etag"]) == (state.DOCUMENTED_NEW, "an etag")


# Memory

@pytest.mark.parametrize("image, arena", [("tls12", 1000), ("tls12", 6000), ("tls12", 10000), ("tls12", 13000),
                                          ("tls13", 9000), ("tls13", 16000)])
def test_an_arena_that_is_too_small_is_said_to_be(sim, make_device, image, arena):
    make_device(image, sim).run(sim, arena=arena).said("not_applied", "out_of_memory", 4)
    assert sim.ledger.requests == []


# The image

def symbols(image):
    listing = subprocess.run(["arm-none-eabi-nm", str(qemu.BUILD / (image + ".elf"))], capture_output=True, text=True)
    return {line.split()[-1] for line in listing.stdout.splitlines()}


def test_nothing_of_a_heap_or_of_formatted_output_is_linked(image):
    """By what is in the image, and by what the linker took from libraries, in its map: of the compiler's at most."""
    unwanted = re.compile(r"_?(malloc|calloc|realloc|free|sbrk)(_r)?|.*(printf|scanf)")
    names = symbols(image)
    assert {"startup", "lan9118_init"} & names
    assert [name for name in names if unwanted.fullmatch(name)] == []
    taken = re.findall(r"/(lib\w+)\.a\([\w.-]+\)$", (qemu.BUILD / (image + ".map")).read_text(), re.MULTILINE)
    assert set(taken) <= {"libmbedtls", "liblwip", "libgcc"}


def test_the_image_stays_below_its_ceilings_with_all_its_memory_counted(image):
    flash, ram = {"tls12": (100, 48), "tls13": (130, 56)}[image]
    sizes = subprocess.run(["arm-none-eabi-size", str(qemu.BUILD / (image + ".elf"))], capture_output=True, text=True)
    text, data, bss = map(int, sizes.stdout.splitlines()[1].split()[:3])
    assert text + data <= flash * 1024 and data + bss <= ram * 1024
