# SPDX-License-Identifier: MIT
# Deep sleep: a retained session is resumed after it, by the server's word, for a small part of the instructions.

import pytest

CASES = pytest.mark.parametrize("image, version", [("tls12", "1.2"), ("tls13", "1.2"), ("tls13", "1.3")])
CEILING = 0.05  # of a full handshake's instructions, TLS 1.2
FULL = 71_000_000  # with mbedTLS's larger tables and one certificate to be verified; here it takes more


@pytest.fixture
def retained(tmp_path):
    return tmp_path / "retained"


@pytest.fixture
def make_sleeper(make_sim, make_device, retained):
    """make_sleeper("tls12", "1.2", certificate="server-ec", …): a simulator, and a device that sleeps between runs."""
    def make(image, version, certificate="server-ec", tickets=None, **settings):
        sim = make_sim(certificate, versions=(version,), tickets=tickets)
        return sim, make_device(image, sim, ticket=retained, **settings)
    return make


def work(sim, device):
    """One waking: the run is re-triggered, over one connection. Whether the server resumed a session for it."""
    before = len(sim.ledger.connections)
    result = device.run(sim)
    result.said("retriggered", None, 0)
    connection, = sim.ledger.connections[before:]
    return connection["resumed"], result


def resumed(sim, device):
    return work(sim, device)[0]


@pytest.mark.parametrize("certificate", ["server-ec", "server-rsa"])
@CASES
def test_after_sleep_the_session_is_resumed_again_and_again(make_sleeper, image, version, certificate):
    sim, device = make_sleeper(image, version, certificate)
    assert [resumed(sim, device) for _ in range(3)] == [False, True, True]
    assert {connection["tls"] for connection in sim.ledger.connections} == {"TLSv" + version}


@CASES
def test_without_retained_memory_each_handshake_is_full(make_sleeper, retained, image, version):
    sim, device = make_sleeper(image, version)
    assert not resumed(sim, device)
    retained.unlink()
    assert not resumed(sim, device)


@CASES
def test_one_changed_byte_leads_to_a_full_handshake(make_sleeper, retained, image, version):
    sim, device = make_sleeper(image, version)
    assert not resumed(sim, device)
    for part in ("digest", "dates", "session", "end"):
        content = bytearray(retained.read_bytes())
        content[{"digest": 0, "dates": 40, "session": len(content) // 2, "end": -1}[part]] ^= 1
        retained.write_bytes(content)
        assert not resumed(sim, device), part
    assert resumed(sim, device)


@pytest.mark.parametrize("content", [b"\0", b"\xff"], ids=["zeros", "ones"])
def test_memory_that_lost_its_power_leads_to_a_full_handshake(make_sleeper, retained, content):
    sim, device = make_sleeper("tls12", "1.2")
    retained.write_bytes(content * 4096)
    assert [resumed(sim, device) for _ in range(2)] == [False, True]


def test_a_server_that_gives_no_ticket_leaves_the_memory_empty(make_sleeper, retained):
    sim, device = make_sleeper("tls13", "1.3", tickets=0)
    retained.write_bytes(b"of old")
    assert not resumed(sim, device)
    assert retained.read_bytes() == b""


@CASES
def test_a_server_that_was_started_anew_while_the_device_slept_gets_a_full_handshake(make_sim, make_sleeper, image,
                                                                                     version):
    sim, device = make_sleeper(image, version)
    assert not resumed(sim, device)
    sim.stop()
    sim = make_sim(versions=(version,), port=sim.port)
    assert not resumed(sim, device)


@CASES
def test_a_resumed_handshake_takes_a_small_part_of_the_instructions(make_sleeper, image, version):
    sim, device = make_sleeper(image, version, counted=True, loop=1, figures=1)
    (first, full), (second, short) = work(sim, device), work(sim, device)
    assert (first, second) == (False, True)
    print("%s, TLS %s: full %d, resumed %d instructions" % (image, version, full.instructions, short.instructions))
    assert full.instructions > FULL
    assert 0 < short.instructions < full.instructions / 2
    if version == "1.2":
        assert short.instructions <= CEILING * FULL
